"""What importing, loading and drawing cost, beside pandas, bare PyYAML and KubeDiagrams. Run it as a script."""

from __future__ import annotations

# ruff: noqa: T201
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml

import k8snotes as kn
from k8snotes.api.sources import parse

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT.parent / "shared" / "manifests" / "online-boutique" / "kubernetes-manifests.yaml"


def application() -> tuple[str, Path]:
    """Return online-boutique where it is, else the course's own application."""
    if REAL.is_file():
        return "online-boutique", REAL
    return "guestbook (online-boutique is not here)", ROOT / "data" / "guestbook.yaml"


def paired(ours, theirs, times: int = 15) -> tuple[float, float]:
    """Return the median seconds of two pieces of work, run in turn."""
    ours(), theirs()
    a, b = [], []
    for _ in range(times):
        for work, kept in ((ours, a), (theirs, b)):
            start = time.perf_counter()
            work()
            kept.append(time.perf_counter() - start)
    return statistics.median(a), statistics.median(b)


def command(*arguments: str):
    """Return a piece of work that runs a command."""
    return lambda: subprocess.run(arguments, check=True, capture_output=True)


def row(what: str, ours: float, peer: str, theirs: float, limit: str) -> None:
    """Print one comparison."""
    ratio = ours / theirs
    print(
        f"{what:<34} {ours * 1000:8.1f} ms   {peer:<28} {theirs * 1000:8.1f} ms   ratio {ratio:6.3f}   ({limit})"
    )


def importing() -> None:
    """Compare `import k8snotes` with `import pandas`, each less the start of Python itself."""
    ours, theirs = paired(
        command(sys.executable, "-c", "import k8snotes"), command(sys.executable, "-c", "import pandas"), 7
    )
    empty, _ = paired(command(sys.executable, "-c", ""), command(sys.executable, "-c", ""), 7)
    row("import k8snotes", max(ours - empty, 1e-4), "import pandas", theirs - empty, "at most 0.1")


def loading() -> None:
    """Compare reading the objects of a file with bare PyYAML, both with the C parser."""
    name, path = application()
    text = path.read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    ours, theirs = paired(lambda: parse(text).checked(), lambda: list(yaml.load_all(text, Loader=loader)), 41)
    row(f"read {name}", ours, "yaml.load_all", theirs, "at most 1.5")


def drawing() -> None:
    """Compare the service map, from text to SVG, with KubeDiagrams' picture of the same file."""
    name, path = application()
    text = path.read_text(encoding="utf-8")

    def ours() -> None:
        assert kn.load(text).service_map().svg

    tool = Path(sys.executable).with_name("kube-diagrams")
    start = time.perf_counter()
    ours()
    first = time.perf_counter() - start
    if not tool.is_file() or shutil.which("dot") is None:
        missing = "KubeDiagrams" if not tool.is_file() else "system graphviz (dot)"
        print(f"{'map ' + name:<34} {first * 1000:8.1f} ms   KubeDiagrams: no figure, {missing} is not here")
        return
    with tempfile.TemporaryDirectory() as folder:
        draw = command(str(tool), "-o", f"{folder}/out.svg", str(path))
        try:
            draw()
        except subprocess.CalledProcessError as error:
            last = error.stderr.decode(errors="replace").strip().split("\n")[-1]
            print(f"{'map ' + name:<34} {first * 1000:8.1f} ms   KubeDiagrams: no figure, it failed: {last}")
            return
        code = f"import k8snotes as kn; kn.load({str(path)!r}).service_map().save({folder + '/our.svg'!r})"
        in_kernel, theirs = paired(ours, draw, 7)
        row(f"map {name}, text to SVG", in_kernel, "kube-diagrams", theirs, "less than 1")
        whole, theirs = paired(command(sys.executable, "-c", code), draw, 7)
        row(f"map {name}, whole process", whole, "kube-diagrams", theirs, "for comparison")


if __name__ == "__main__":
    importing()
    loading()
    drawing()
