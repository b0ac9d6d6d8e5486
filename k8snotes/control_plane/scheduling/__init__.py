"""What kube-scheduler decides with: requests, filters, scores, and the words for "no Node fits"."""
