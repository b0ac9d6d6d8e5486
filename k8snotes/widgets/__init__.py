"""Controls for a notebook, over the same facts as the tables and the figures."""
