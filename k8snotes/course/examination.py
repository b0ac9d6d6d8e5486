"""Examines manifests as the doctor does, and keeps to itself what would solve an exercise that was not tried yet."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from k8snotes import datasets, doctor
from k8snotes.catalogue import _
from k8snotes.cluster import Cluster
from k8snotes.course import record
from k8snotes.doctor import Findings
from k8snotes.doctor.inspection import inspection
from k8snotes.errors import CallError
from k8snotes.face import calls

__all__ = ["examine"]

_CHAPTER = "14-your-own-cluster"
_REPAIRS = 10
_MOST_LETTERS = 5000  # a longer text is none of them


@calls
def examine(source: Any, *, url: str = "") -> Findings:
    """Find everything that is wrong with manifests, or with what runs in a cluster.

    Of manifests, each finding has its line; `k8snotes.doctor.examine` says what a source is. Of a cluster (simulated, a
    dump, or a live one), each has its object, the picture to look at (`.look` is the call, `.figure` the picture), and
    the line of kubectl. What hurts users most comes first: errors are felt now, warnings with the next change or
    failure, notes are worth knowing. What is only noted is left out for the cluster's own namespaces (kube-...).

    Args:
        source: text, a path, a name in data/, bytes, an open file, a manifest, a list of these, or a cluster.
        url: how the application is to be reached ("http://node:31002"): its port is held against the Services.

    Returns:
        The findings. Of one of the ten manifests that chapter 14 gives to mend, `.fixed` is locked until the exercise
        was tried once.

    Raises:
        ManifestError: there is no such path, or nothing can be read from a source of this type.
        CallError: `url` is given with a cluster, of which `c.diagnose(url)` asks that.

    >>> import k8snotes as kn
    >>> found = examine(kn.load("guestbook-broken"))
    >>> print(found[0].severity, found[0].ref, found[0].look)
    error service/frontend c.diagnose("service/frontend")
    >>> found[0].figure
    <Figure service/frontend: question 2 of 9 finds the fault>
    >>> examine("examples/tickets").summary, examine("examples/tickets").exercise
    ('9 errors', '')
    """
    if isinstance(source, Cluster):
        if url:
            raise CallError(
                _(
                    "The argument url= is for manifests, and c.diagnose(url) asks what a URL leads to in a cluster"
                ),
                'kn.examine(c), or c.diagnose("http://web:8080")',
            )
        return inspection(source._health(), source)  # noqa: SLF001  # a reader's findings are the doctor's
    findings = doctor.examine(source, url=url)
    exercise = next(filter(None, (_not_tried(page.text) for page in findings.pages)), "")
    if not exercise:
        return findings
    pages = tuple(replace(page, fixed=page.text) for page in findings.pages)
    return replace(findings, pages=pages, exercise=exercise)


def _not_tried(text: str) -> str:
    """Return the exercise whose manifest a text is, its comments and empty lines aside; "" if it is none or was tried."""
    exercise = _exercises().get(_lines(text), "") if len(text) <= _MOST_LETTERS else ""
    return "" if exercise and record.tried(exercise) else exercise


@cache
def _exercises() -> dict[tuple[str, ...], str]:
    """Return the exercises in which a text is to be mended, by the lines of that text."""
    paths = {f"{_CHAPTER}/{number}": datasets.find(f"repairs/{number}") for number in range(1, _REPAIRS + 1)}
    return {
        _lines(path.read_text(encoding="utf-8")): name for name, path in paths.items() if path is not None
    }


def _lines(text: str) -> tuple[str, ...]:
    stripped = (line.rstrip() for line in text.splitlines())
    return tuple(line for line in stripped if line and not line.startswith("#"))
