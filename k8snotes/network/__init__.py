"""The three IPs: the addresses of Nodes, Pods and Services, names, and the way of a packet."""
