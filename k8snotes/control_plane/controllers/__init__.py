"""The controllers of the Master: one loop each, that reads what is wanted and what is there, compares, and writes.

A class with a `turn` is one of them; the other files hold what several of them share.
"""
