"""Helm charts and kustomizations: the real programs make manifests of them, where they are installed."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from k8snotes.api.files import MOST_BYTES
from k8snotes.catalogue import _

__all__ = ["RenderingError", "command_of", "recipe_of", "rendered"]

_SECONDS = 60
_KUSTOMIZE = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_LONGEST_WORDS = 600


class RenderingError(Exception):
    """A chart or a kustomization could not be made into manifests.

    Args:
        code: "missing" (the program is not installed), "late" (it took too long), "failed".
        message: what happened, with the words of the program.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def recipe_of(folder: Path) -> str:
    """Return what a folder is: "chart", "kustomization", or "" if neither.

    >>> recipe_of(Path(__file__).parent)
    ''
    """
    if (folder / "Chart.yaml").is_file():
        return "chart"
    return "kustomization" if any((folder / name).is_file() for name in _KUSTOMIZE) else ""


def command_of(recipe: str, folder: str) -> list[str]:
    """Return the command that makes manifests of a folder.

    Args:
        recipe: what the folder is: "chart" or "kustomization".
        folder: its path.

    >>> command_of("kustomization", "shop"), command_of("chart", "-shop")
    (['kubectl', 'kustomize', 'shop'], ['helm', 'template', 'release', './-shop'])
    """
    shown = f"./{folder}" if folder.startswith("-") else folder
    return ["helm", "template", "release", shown] if recipe == "chart" else ["kubectl", "kustomize", shown]


def rendered(folder: Path) -> str:
    """Return the manifests of a chart or of a kustomization, as text.

    The program gets no shell and no input, has a minute, and is asked for nothing that needs a cluster.

    Raises:
        RenderingError: the program is not installed, takes too long, or refuses.

    Source of the rule: https://helm.sh/docs/helm/helm_template/,
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_kustomize/
    """
    command = command_of(recipe_of(folder), os.fspath(folder.resolve()))
    program = shutil.which(command[0])
    if program is None:
        raise RenderingError("missing", _("{program} is not installed", program=command[0]))
    try:
        done = subprocess.run(  # noqa: S603  # the program by its full path, the folder as one word
            [program, *command[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        late = _("{program} was stopped after {seconds} seconds", program=command[0], seconds=_SECONDS)
        raise RenderingError("late", late) from None
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise RenderingError(
            "failed", _("{program} cannot be started: {why}", program=command[0], why=why)
        ) from None
    if done.returncode or len(done.stdout) > MOST_BYTES:
        words = done.stderr.decode("utf-8", "replace").strip()[-_LONGEST_WORDS:]
        failed = _("{program} says: {words}", program=command[0], words=words or str(done.returncode))
        raise RenderingError("failed", failed)
    return done.stdout.decode("utf-8", "replace")
