"""What is wrong with a manifest, why, and what to write instead: `examine` is the way in."""

from __future__ import annotations

import os
import re
from typing import Any

from k8snotes import datasets
from k8snotes.api.base import KubeObject
from k8snotes.api.files import decoded, read_open
from k8snotes.api.manifest import dump
from k8snotes.api.sources import MOST_NESTED, is_text, text_of, texts
from k8snotes.api.values import unfit
from k8snotes.catalogue import _
from k8snotes.doctor.examination import examination
from k8snotes.doctor.findings import Finding
from k8snotes.doctor.report import Findings
from k8snotes.errors import ManifestError, Problem

__all__ = ["Finding", "Findings", "examine"]

_PATH = re.compile(r"\A(?:~|\.{0,2})/\w|\w\.(?:ya?ml|json)\s*\Z", re.IGNORECASE)


def examine(source: Any, *, url: str = "") -> Findings:
    r"""Find everything that is wrong with manifests: as YAML, as objects, within them and between them.

    What is an error is decided by the API server's own rules, never by the doctor's.

    Args:
        source: text, a path (a file, or a folder with all below it), a name in data/, bytes, an open file, a
            manifest as a dict or an object, or a list of these.
        url: how the application is to be reached ("http://node:31002"): its port is held against the Services.

    Returns:
        The findings, in the order of the text; `.fixed` is the text with every certain fix in it.

    Raises:
        ManifestError: there is no such path, or nothing can be read from a source of this type.

    >>> findings = examine("kind: Pod\napiVersion: v1\nmetadata: {name: web}\nspec:\n  containers:\n  - name: web\n"
    ...                    "    imge: nginx\n")
    >>> findings.errors[0].line, findings.errors[0].fix, findings.errors[0].certain
    (7, 'image: nginx', True)
    >>> examine(findings.fixed).ok
    True
    """
    return examination(_texts(source), url)


def _texts(source: Any, depth: int = 0) -> list[tuple[str, str | Problem]]:
    """Return the texts of a source, each with the name of its file; a Problem in the place of what is no text."""
    if isinstance(source, (KubeObject, dict)):
        why = unfit(source.raw if isinstance(source, KubeObject) else source)
        if why:
            return [("", Problem(_("This is not a manifest: {why}", why=why), document=None))]
        return [("", dump(source, secrets=True))]  # `.fixed` is to be applied
    if isinstance(source, bytes):
        return [("", text_of(lambda: decoded(source)))]
    if isinstance(source, str):
        if is_text(source) or not source.strip():
            return [("", source)]
        try:
            return texts(source, datasets.find)
        except ManifestError:
            if _PATH.search(source):
                raise
            return [("", source)]
    if isinstance(source, os.PathLike):
        return texts(source, datasets.find)
    if hasattr(source, "read"):
        return [("", text_of(lambda: read_open(source)))]
    if isinstance(source, (list, tuple)) and depth < MOST_NESTED:
        return [text for item in source for text in _texts(item, depth + 1)]
    what = _("nothing can be read from a value of type {type}", type=type(source).__name__)
    hint = _("Give a text, a path, a manifest as a dict, or a list of these.")
    raise ManifestError([Problem(what, document=None, hint=hint)])
