"""`%kubectl get pods` and `%%kubectl apply -f -`: registered with IPython, loaded when one is typed."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

__all__ = ["offer", "register"]

_NAME = "kubectl"
_CELL = "k8snotes.kubectl.cell"
_LINE = re.compile(rf"\s*%%?{_NAME}\s")
_MATCHER = "k8snotes.kubectl"


def offer(shell: Any) -> None:
    """Register the magic with an IPython shell, unless another one of this name is there."""
    if _NAME not in shell.magics_manager.magics["line"]:
        register(shell)


def register(shell: Any) -> None:
    """Register `%kubectl` and `%%kubectl`, and what the Tab key offers there, with an IPython shell."""

    def kubectl(line: str, cell: str | None = None) -> Any:
        """Run a kubectl command on a cluster of this notebook.

        %kubectl get pods                      on the cluster made last
        %kubectl --cluster c get pods          on the cluster c
        %%kubectl apply -f -                   the rest of the cell is what -f - reads
        %kubectl --live get pods               the real kubectl, with its own cluster; it only looks
        {name} is replaced by the variable of that name.
        """
        return import_module(_CELL).run(shell.user_ns, line, cell)

    kubectl.no_var_expand = True  # type: ignore[attr-defined]  # IPython would read JSONPath as Python
    shell.register_magic_function(kubectl, magic_kind="line_cell", magic_name=_NAME)

    _offer_completion(shell)


def _offer_completion(shell: Any) -> None:
    """Let the Tab key offer kubectl's words, and in its lines nothing else."""

    def complete(line: str, word: str) -> tuple[str, list[str]]:
        typed: tuple[str, list[str]] = import_module(_CELL).complete(shell.user_ns, line, word)
        return typed

    matchers = getattr(getattr(shell, "Completer", None), "custom_matchers", None)
    if (
        matchers is None
    ):  # an IPython before 8.6, such as Colab's: there Python's completions are shown besides these
        for key in (f"%{_NAME}", f"%%{_NAME}"):
            shell.set_hook(
                "complete_command",
                lambda _, event: complete(event.text_until_cursor, event.symbol)[1],
                str_key=key,
            )
        return

    from IPython.core.completer import SimpleCompletion, context_matcher  # noqa: PLC0415

    @context_matcher(identifier=_MATCHER)  # type: ignore[untyped-decorator]  # IPython has no types
    def match(context: Any) -> dict[str, Any]:
        line = context.text_until_cursor
        if not _LINE.match(line):
            return {"completions": []}
        typed, offered = complete(line, context.token)
        completions = [SimpleCompletion(text=text, type="kubectl") for text in offered]
        return {"completions": completions, "matched_fragment": typed, "suppress": True}

    others = [item for item in matchers if getattr(item, "matcher_identifier", "") != _MATCHER]
    matchers[:] = [*others, match]
