"""What the card of each kind says: a file a kind, found by its name, the kind in lower case; "workload" for all that keep Pods.

A file says `body(obj, asked)`, which returns a `Body`. A kind without a file has the columns of `kubectl get -o wide`.
"""
