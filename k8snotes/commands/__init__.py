"""The commands of `k8snotes` in a terminal: one file each, which is loaded when its command is asked for."""
