"""What the API server does with each kind of object: a file each, called as the kind in lower case."""
