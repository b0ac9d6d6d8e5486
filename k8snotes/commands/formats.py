"""The formats in which `examine` says its findings to other programs: JSON, and the workflow commands of GitHub."""

from __future__ import annotations

import json
import os
from pathlib import Path

from k8snotes.doctor import Finding, Findings
from k8snotes.doctor.findings import ERROR, NOTE, WARNING
from k8snotes.screen import json_shown, shown

__all__ = ["EDITION", "STDIN", "as_github", "as_json"]

EDITION = 1
"""The edition of the JSON. It becomes 2 if a name goes away or means something else, not if one is added."""

STDIN = "-"
"""How the standard input is named where files are named."""

_COMMANDS = {ERROR: "error", WARNING: "warning", NOTE: "notice"}


def as_json(findings: Findings) -> str:
    r"""Return findings as one JSON object.

    It has `edition` (1), `ok` (whether nothing would be refused), the numbers of `errors`, `warnings` and `notes`, and
    `files`: for each file that was examined its name (`file`, "-" for the standard input) and its `findings`. A finding has:

    - `severity`: "error", "warning" or "note"
    - `code` and `because`: what was found and why it matters, as words for programs ("unknown-field", "misspelt")
    - `line` and `column`, counted from 1 in the file, and `document`, the document of the file, counted from 0
    - `field`: the path of the field, "" for the whole document
    - `message`, `why`, `fix`: sentences in the language in force; `fix` is "" where only the author can know
    - `certain`: whether `--fixed` makes this repair

    >>> from k8snotes.doctor import examine
    >>> said = json.loads(as_json(examine("apiVersion: v1\nkind: Namespace\nmetadata:\n  nmae: shop\n")))
    >>> said["ok"], said["errors"], [one["line"] for one in said["files"][0]["findings"]]
    (False, 1, [4])
    """
    files = [
        {
            "file": _name(page.file),
            "findings": [_as_mapping(finding) for finding in findings if finding.file == page.file],
        }
        for page in findings.pages
    ]
    counts = {
        "errors": len(findings.errors),
        "warnings": len(findings.warnings),
        "notes": len(findings.notes),
    }
    return json_shown(json.dumps({"edition": EDITION, "ok": findings.ok, **counts, "files": files}, indent=2))


def _as_mapping(finding: Finding) -> dict[str, object]:
    return {
        "severity": finding.severity,
        "code": finding.code,
        "because": finding.because,
        "line": finding.line,
        "column": finding.column,
        "document": finding.document,
        "field": finding.field,
        "message": str(finding.what),
        "why": str(finding.why),
        "fix": str(finding.fix),
        "certain": finding.certain,
    }


def as_github(findings: Findings) -> str:
    r"""Return findings as workflow commands of GitHub Actions, a line each, and the counts in a last line.

    GitHub shows them beside the lines of a pull request: errors, warnings, and notes as notices.

    >>> from k8snotes.doctor import examine
    >>> findings = examine("apiVersion: v1\nkind: Namespace\nmetadata:\n  nmae: shop\n")
    >>> print(as_github(findings).partition("::unknown")[0])
    ::error line=4,col=3,title=k8snotes%3A unknown-field

    Source of the rule: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """
    return "\n".join([*map(_command, findings), str(findings.summary)])


def _command(finding: Finding) -> str:
    places = {
        "file": _in_workspace(finding.file) if finding.file else "",
        "line": str(finding.line),
        "col": str(finding.column),
        "title": f"k8snotes: {finding.code}",
    }
    said = ",".join(f"{name}={_property(value)}" for name, value in places.items() if value)
    words = "\n".join(line.removeprefix("  ") for line in finding.lines())
    return f"::{_COMMANDS[finding.severity]} {said}::{_data(words)}"


def _data(text: str) -> str:
    return shown(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _name(file: str) -> str:
    return Path(file).as_posix() if file else STDIN


def _in_workspace(file: str) -> str:
    """Return a path as GitHub knows it: from the folder of the repository, if it is below it."""
    workspace = Path(os.environ.get("GITHUB_WORKSPACE") or ".").resolve()
    path = Path(file).resolve()
    return path.relative_to(workspace).as_posix() if path.is_relative_to(workspace) else _name(file)
