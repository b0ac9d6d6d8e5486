"""A live cluster, which is only read: it becomes a snapshot that can be refreshed and followed."""
