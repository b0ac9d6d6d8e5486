"""The Master: what decides. It stores what is wished for and works until the cluster is like that."""
