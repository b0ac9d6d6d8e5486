"""The Master: what decides. It stores the desired state and works until the cluster is in that state."""
