"""The page that `help(kn)` begins with: the helpers that matter most, and where to go next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from k8snotes.catalogue import Text, _
from k8snotes.cluster import Cluster
from k8snotes.errors import UnknownNameError
from k8snotes.face import example_of

__all__ = ["page", "unknown"]

_HELPERS: tuple[tuple[str, Text], ...] = (
    (
        'c = kn.load("guestbook")',
        _("a cluster with an application: a name, a file, a folder, text or a dump"),
    ),
    ("c = kn.Cluster(nodes=3)", _("an empty cluster; c.apply(manifest) creates objects in it")),
    ('c.get("pods")', _("a table, as kubectl get prints it")),
    ('c.kubectl("get pods -o wide")', _("any kubectl command, as in a terminal")),
    ("c.service_map()", _("the Services, the Pods behind them, and why a Pod is left out")),
    ('c.selection("tier=cache")', _("which Pods a label selector finds, and why not the others")),
    ('c.trace("http://frontend")', _("the way of a request, hop by hop")),
    ("c.three_ips()", _("the addresses of Nodes, Pods and Services")),
    ('c.diagnose("svc/frontend")', _("what is wrong with a Service, and what to change")),
    ('c.scale("deploy/frontend", 5)', _("change something; c.settle() lets the controllers act")),
    ('kn.examine("web.yaml")', _("what is wrong with a manifest, line by line")),
    (
        'kn.check("01-service/2", 31080)',
        _("checks an answer to an exercise; kn.progress() shows all of them"),
    ),
)


_NEXT: tuple[tuple[str, Text], ...] = (
    ("c.<TAB>", _("everything that a cluster can show and do")),
    ("help(c.trace)", _("one helper, with an example that runs")),
    ('kn.glossary("Service")', _("the words of the course, in English and Chinese")),
    ("kn.errors.<TAB>", _("the errors that you can catch, such as kn.NotFoundError")),
    ('kn.language("zh")', _("changes the language to Chinese")),
    ("python -m k8snotes", _("in a terminal: how to open the chapters; it also examines files")),
)


def page() -> str:
    """Return the page, in the language in force.

    >>> print(page().splitlines()[0])
    Kubernetes notes that run: a simulated cluster that answers by the rules of a real one.
    """
    said = (
        _("Kubernetes notes that run: a simulated cluster that answers by the rules of a real one."),
        "",
        _("Begin with these twelve helpers, after import k8snotes as kn:"),
        "",
        *_rows(_HELPERS),
        "",
        _("A helper returns a picture, a table or words, and a cell shows it. print() shows the words."),
        _('A reference names an object: c["svc/frontend"], or c["shop/svc/web"] in the Namespace shop.'),
        "",
        _("Where to go next:"),
        "",
        *_rows(_NEXT),
    )
    return "\n".join(map(str, said))


def _rows(calls: Sequence[tuple[str, Text]]) -> list[str]:
    wide = max(len(call) for call, _words in calls)
    return [f"    {call:{wide}}  {words}" for call, words in calls]


def unknown(name: str, there: Iterable[str]) -> UnknownNameError:
    """Return the error for a name that the package does not have; a helper of a cluster is shown with a call.

    Args:
        name: what was asked for.
        there: the names of the face.

    >>> print(unknown("chek", ["check", "examine"]))
    kn has no attribute "chek". Did you mean "check"?
    >>> print(unknown("trace", ["check", "examine"]))
    kn has no attribute "trace". It is a helper of a cluster, such as c = kn.load("guestbook"): \
c.trace("http://cache:6379", source="pod/mysql-0")
    """
    helper = vars(Cluster).get(name)
    example = "" if helper is None else example_of(helper) if callable(helper) else f"c.{name}"
    hint = _('It is a helper of a cluster, such as c = kn.load("guestbook"): {example}', example=example)
    return UnknownNameError("kn", name, there, hint=hint if example else "")
