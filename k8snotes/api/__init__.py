"""What a manifest says: objects, labels, quantities, names, and how they are read and written."""
