"""A manifest as text: a draft that is mended line by line, the paths of its fields, and what YAML cannot read."""
