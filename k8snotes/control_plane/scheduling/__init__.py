"""What kube-scheduler decides with: requests, filters, scores, and the words for "no Node fits".

Source of the rule: https://kubernetes.io/docs/concepts/scheduling-eviction/scheduling-framework/
"""
