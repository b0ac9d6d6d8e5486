"""The controllers: one loop each that reads what is wanted, compares, and writes what is missing."""
