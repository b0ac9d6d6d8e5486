"""The Node: what runs, and what rewrites the way of a packet."""
