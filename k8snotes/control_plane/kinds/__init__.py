"""What the API server does with each kind of object: a file each, called as the kind in lower case.

A file declares `RULES = Rules(...)`: defaults, first status, checks, warnings, what a quota counts. What several
kinds share is in `validation/` and `defaulting.py`; names and traits of a kind are in `api/kinds/`.
"""
