"""kubectl in many forms: what the real one said, asked about the same cluster, is what is said here."""

from __future__ import annotations

import json
from pathlib import Path

import k8snotes as kn
from k8snotes.kubectl.cli import kubectl

GOLDEN = Path(__file__).resolve().parent / "golden" / "kubectl"
LINES = json.loads((GOLDEN / "lines.json").read_text(encoding="utf-8"))


def test_the_words_of_kubectl(tmp_path):
    """One after the other, each line prints what kubectl v1.32 printed, where v1.36 says the same."""
    cluster = kn.Cluster(nodes=2)
    cluster.apply((GOLDEN / "states" / "lines.yaml").read_text(encoding="utf-8"))
    cluster.settle()
    for name, text in LINES["files"].items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    for name in ("tls.crt", "tls.key"):
        (tmp_path / name).write_text((GOLDEN / name).read_text(encoding="utf-8"), encoding="utf-8")
    wrong = []
    for case in LINES["cases"]:
        done = kubectl(cluster.simulation, case["line"], folder=tmp_path, stdin=case.get("stdin", ""))
        found = {"stdout": done.stdout, "stderr": done.stderr, "exit": done.exit}
        wrong += [
            f"{case['line']}: {key} is {found[key]!r}, not {case[key]!r}"
            for key in ("stdout", "stderr", "exit")
            if key in case and found[key] != case[key]
        ]
    assert not wrong, "\n".join(wrong)
