"""What `kubectl get` prints of each kind: a file a kind, found by its name, the kind in lower case.

A file says `NAMES` (the columns, in order), `WIDE` (those of `-o wide`, where they are others) and `row(obj)`, which
returns the cells; where time plays a part besides the age it is `row_at(obj, now)`. NAME and AGE are filled in where
a file leaves them out. A kind without a file has these two alone.
"""
