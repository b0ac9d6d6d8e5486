"""The exercises of the chapters, and the checker that tells a right answer from a misconception."""

from k8snotes.course.checking import check
from k8snotes.course.glossary import glossary
from k8snotes.course.progress import progress
from k8snotes.course.result import CheckResult

__all__ = ["CheckResult", "check", "glossary", "progress"]
