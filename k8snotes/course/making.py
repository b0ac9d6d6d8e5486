"""What a module of exercises is made of: the kinds of answers, and the Solution that says which answer is right.

A teacher's own module imports all it needs from here:

    from k8snotes.course.making import Choice, Deed, Number, Solution
"""

from k8snotes.course.answers import YES_NO, Address, Choice, Choices, Fields, Names, Number, Word
from k8snotes.course.chapters import Solution, vocabulary
from k8snotes.course.clusters import application
from k8snotes.course.deeds import Deed, Facts, Prints, Repair

__all__ = [
    "YES_NO",
    "Address",
    "Choice",
    "Choices",
    "Deed",
    "Facts",
    "Fields",
    "Names",
    "Number",
    "Prints",
    "Repair",
    "Solution",
    "Word",
    "application",
    "vocabulary",
]
