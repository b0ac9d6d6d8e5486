"""The health of what runs in a cluster: what is wrong with it, the worst first; `health` asks all questions."""
