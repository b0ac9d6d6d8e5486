"""What can be wrong with a manifest that is YAML: each file finds one sort of fault, and says what to write instead."""
