"""The solutions of the exercises, kept where a reader does not stumble on them: a file for each chapter."""

from importlib import import_module
from pathlib import Path

from .your_own_cluster import _repaired

__all__ = ["GUESSES", "SOLUTIONS", "_repaired"]

_CHAPTERS = [
    import_module(f"{__name__}.{path.stem}")
    for path in sorted(Path(__file__).parent.glob("*.py"))
    if path.stem != "__init__"
]
# id -> the solution in each of the forms that a reader may give it
SOLUTIONS = {name: forms for chapter in _CHAPTERS for name, forms in chapter.SOLUTIONS.items()}
# predictions: their answer is noted first
GUESSES = {name: answer for chapter in _CHAPTERS for name, answer in chapter.GUESSES.items()}
