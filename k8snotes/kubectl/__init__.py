"""kubectl in a cell: the verbs as one types them, answered by a simulated cluster.

Read `cli` first: it takes a line from its first word to what it prints. Each verb is a file of `verbs/`, each page
of `kubectl describe` a file of `describe/`, and what a verb does to the cluster is in `k8snotes/actions.py`.
"""
