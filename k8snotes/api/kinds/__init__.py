"""The kinds that Kubernetes knows by itself, one file each: their names, their traits, and the view that reads them."""
