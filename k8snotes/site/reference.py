"""The reference: a page for each helper, with its example run and drawn, and a page that leads to all of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from html import escape

import k8snotes as kn
from k8snotes.catalogue import Text, _, speaking
from k8snotes.course.chapters import said
from k8snotes.site import examples
from k8snotes.site.examples import Step
from k8snotes.site.helpers import Chapter, Helper, chapters, helper, helpers, more, results
from k8snotes.site.links import Links

__all__ = ["GROUPS", "notebooks", "pages", "sentences"]

GROUPS: Sequence[tuple[Text, Sequence[str]]] = (
    (_("Make a cluster"), ("kn.load", "kn.connect", "kn.Cluster", "c.copy", "c.snapshot", "c.notes")),
    (
        _("Look at objects"),
        ("c[ref]", "c.get", "c.object", "c.objects", "c.kubectl", "c.events", "c.warnings"),
    ),
    (
        _("Create and change objects"),
        (
            "c.apply",
            "c.create",
            "c.replace",
            "c.delete",
            "c.scale",
            "c.label",
            "c.static_pod",
            "c.remove_static_pod",
        ),
    ),
    (_("Let time pass"), ("c.settle", "c.step", "c.wait", "c.waiting", "c.play", "kn.scaler")),
    (_("See who did what"), ("c.timeline", "c.diff", "kn.compare", "c.life", "c.architecture", "c.inside")),
    (_("Select by labels"), ("c.selection", "kn.explore", "kn.Selector", "kn.LabelIndex", "kn.select")),
    (
        _("See Services and addresses"),
        (
            "c.overview",
            "kn.browse",
            "c.service_map",
            "c.endpoints",
            "c.three_ips",
            "c.way_in",
            "c.routes",
            "c.rules",
        ),
    ),
    (_("Follow a packet"), ("c.trace", "c.ping", "c.walk", "c.policies", "c.reach")),
    (_("Find out why"), ("c.diagnose", "c.why_pending", "kn.examine", "c.access")),
    (
        _("See and set amounts"),
        (
            "c.capacity",
            "c.quota",
            "c.storage",
            "c.top",
            "c.use",
            "c.autoscale_plan",
            "kn.fit",
            "kn.size",
            "kn.Quantity",
        ),
    ),
    (
        _("Say what programs do"),
        (
            *("c.listen", "c.answer", "c.returns", "c.exits", "c.stops", "c.crash", "c.set_ready"),
            *("c.set_pullable", "c.write_log"),
        ),
    ),
    (_("Work on Nodes"), ("c.cordon", "c.uncordon", "c.drain", "c.evict", "c.lose", "c.recover")),
    (
        _("Add what a real cluster has"),
        ("c.provide_ingress", "c.provide_gateway", "c.provide_load_balancers", "c.provide_storage"),
    ),
    (_("Learn"), ("kn.ask", "kn.check", "kn.progress", "kn.glossary", "kn.legend", "kn.language")),
    (_("What you get back"), tuple(each.name for each in results())),
)
"""Every helper, by what a reader wants to do; each is in one group."""

_ERRORS = "errors"


def sentences() -> Iterator[str]:
    """Yield the sentence of every helper, for the catalogue: they are docstrings, and pages say them in each language.

    >>> next(sentences())
    'Ask an exercise: choose or write the answer, and press "Check".'
    """
    for each in (*helpers(), *more(), *results()):
        yield each.sentence


def pages(language: str, links: Links) -> dict[str, str | bytes]:
    """Return the pages of all helpers in a language, with the pictures beside them.

    Args:
        language: "en" or "zh".
        links: the addresses of the site.
    """
    files: dict[str, str | bytes] = {}
    with speaking(language):
        there = chapters(language)
        files["helpers/index.md"] = _index()
        for title, names in GROUPS:
            for name in names:
                beside: dict[str, str | bytes] = {}
                parts = [
                    *_head(helper(name), links),
                    *_example(helper(name), beside),
                    *_described(helper(name)),
                    *_used(helper(name), there),
                    *_related(name, title, names),
                ]
                files[f"helpers/{helper(name).page}.md"] = "\n".join(parts) + "\n"
                files |= {f"helpers/{file}": data for file, data in beside.items()}
        files[f"helpers/{_ERRORS}.md"] = _errors()
    return files


def notebooks(language: str) -> dict[str, str]:
    """Return the small notebook of each helper for the running edition: its example, ready to be changed.

    Args:
        language: "en" or "zh".
    """
    found = {}
    with speaking(language):
        for _title, names in GROUPS:
            for each in map(helper, names):
                steps = _steps(each.name, language)
                found[f"helpers/{each.page}.ipynb"] = examples.notebook(each.name, said(each.sentence), steps)
    return found


@cache
def _steps(name: str, _language: str) -> list[Step]:
    """Run the example of a helper, once for each language."""
    return examples.run(examples.cells_of(helper(name)))


def _index() -> str:
    lines = [f"# {_('Helpers')}", ""]
    lines += [
        _(
            'A helper is a function that you call in a cell. `c` is a cluster, such as `c = kn.load("guestbook")`, '
            "and `kn` is the package, after `import k8snotes as kn`."
        ),
        "",
        _("Every page has an example that was run when this page was built."),
        "",
    ]
    for title, names in GROUPS:
        lines += [f"## {title}", "", '<div class="kn-helpers">', ""]
        lines += _listed(names)
        if names[-1] == results()[-1].name:
            lines.append(f"- [`kn.errors`]({_ERRORS}.md) {_('What can be raised, and caught.')}")
        lines += ["", "</div>", ""]
    for title, names in GROUPS:
        entries = [helper(name).page for name in names]
        if names[-1] == results()[-1].name:
            entries.append(_ERRORS)
        lines += ["```{toctree}", ":hidden:", f":caption: {title}", "", *entries, "```", ""]
    return "\n".join(map(str, lines))


def _head(shown: Helper, links: Links) -> list[str]:
    """Return the title of a helper's page, what it does, and the way to try it."""
    run = links.run(f"helpers/{shown.page}.ipynb", depth=1)
    way = f'<a class="kn-run" href="{escape(run)}">{escape(_("Try it in your browser"))}</a>'
    return [f"# {shown.name}", "", str(said(shown.sentence)), "", f'<p class="kn-helper">{way}</p>', ""]


def _example(shown: Helper, beside: dict[str, str | bytes]) -> list[str]:
    """Return the example with what each of its cells shows; pictures go into files beside the page."""
    first, *steps = _steps(shown.name, kn.language())
    lines = [f"## {_('An example')}", ""]
    for number, step in enumerate(steps, 1):
        begin = f"{first.source}\n\n" if number == 1 else ""
        lines += [examples.code(begin + step.source), ""]
        file = f"{shown.page}.svg" if number == 1 else f"{shown.page}-{number}.svg"
        if words := examples.box(step, file, beside, str(_("What {helper} shows", helper=shown.name))):
            lines += [words, ""]
    return lines


def _described(shown: Helper) -> list[str]:
    """Return the directive by which autodoc describes a helper."""
    options: list[str] = []
    if isinstance(shown.value, type):
        kind = "autoclass"
        if members := ", ".join(_members(shown.value)):
            options = [f"   :members: {members}", "   :member-order: bysource"]
    elif isinstance(shown.value, property):
        kind = "autoproperty"
    else:
        kind = "automethod" if shown.target.startswith("k8snotes.Cluster.") else "autofunction"
    lines = [f"## {_('In full')}", "", *_in_english()]
    return [*lines, "```{eval-rst}", f".. {kind}:: {shown.target}", *options, "```", ""]


def _in_english() -> list[str]:
    """Return the line that says that what follows is in English, where the page is not."""
    if kn.language() == "en":
        return []
    return [str(_("The description of every argument is in English, as help() prints it.")), ""]


def _used(shown: Helper, there: Mapping[str, Chapter]) -> list[str]:
    """Return the chapters that use a helper."""
    found = [f"- [{chapter.title}](../chapters/{chapter.file})" for chapter in shown.used(there)]
    return [f"## {_('In the chapters')}", "", *found, ""] if found else []


def _related(name: str, group: Text, names: Sequence[str]) -> list[str]:
    """Return the other helpers for what a reader wants to do."""
    return [f"## {_('See also')}", "", f"**{group}**", "", *_listed(each for each in names if each != name)]


def _listed(names: Iterable[str]) -> list[str]:
    return [f"- [`{name}`]({helper(name).page}.md) {said(helper(name).sentence)}" for name in names]


def _members(cls: type) -> list[str]:
    """Return what a reader finds after the dot of an object, where something is said of it.

    >>> _members(helper("Figure").value)[:3], _members(helper("kn.Cluster").value)
    (['alt', 'caption', 'copy_text'], [])
    """
    if cls is kn.Cluster:
        return []  # each has a page of its own
    hidden = set(getattr(vars(cls).get("__dir__"), "inner", ()))
    named = {
        name
        for base in cls.__mro__
        if base.__module__.startswith("k8snotes")
        for name, value in vars(base).items()
        if not name.startswith("_") and name not in hidden and not isinstance(value, type)
        if (getattr(value, "__doc__", "") or "") and (callable(value) or hasattr(value, "__get__"))
    }
    return sorted(name for name in named if not _is_field(cls, name))


def _is_field(cls: type, name: str) -> bool:
    """Say whether a name is a field that the class describes under `Args:`."""
    return name in getattr(cls, "__dataclass_fields__", ()) or name in getattr(cls, "_fields", ())


def _errors() -> str:
    """Return the page of the errors."""
    lines = [
        "# kn.errors",
        "",
        str(_("What can be raised, and caught.")),
        "",
        str(_("Each error says what happened, where, and what to do next.")),
        "",
    ]
    lines += _in_english()
    names = sorted(set(kn.__all__) - set(dir(kn)) - {"Finding", "Findings"})
    return (
        "\n".join(
            [*lines, "```{eval-rst}", *(f".. autoexception:: k8snotes.{name}" for name in names), "```"]
        )
        + "\n"
    )
