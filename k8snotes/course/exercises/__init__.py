"""The exercises, chapter by chapter: data, with a function that computes each right answer."""
