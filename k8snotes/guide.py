"""The page that `help(kn)` begins with: the helpers that matter most, and where to go next."""

from __future__ import annotations

from collections.abc import Iterable

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


def page() -> str:
    """Return the page, in the language in force.

    >>> print(page().splitlines()[0])
    Kubernetes notes that run: a simulated cluster that answers by the rules of a real one.
    """
    wide = max(len(call) for call, _words in _HELPERS)
    rows = [f"    {call:{wide}}  {words}" for call, words in _HELPERS]
    return "\n".join(
        [
            str(_("Kubernetes notes that run: a simulated cluster that answers by the rules of a real one.")),
            "",
            str(_("Begin with these twelve helpers, after import k8snotes as kn:")),
            "",
            *rows,
            "",
            str(
                _(
                    "A helper returns a picture, a table or words, and a cell shows it. print() shows the words."
                )
            ),
            str(
                _(
                    'An object is named by a reference: c["svc/frontend"], or c["shop/svc/web"] outside default.'
                )
            ),
            "",
            str(_("Where to go next:")),
            str(_("    c. and the Tab key         everything that a cluster can show and do")),
            str(_("    help(c.trace)              one helper, with an example that runs")),
            str(_('    kn.glossary("Service")     the words of the course, in English and Chinese')),
            str(_("    kn.errors. and the Tab key the errors that you can catch, as kn.NotFoundError")),
            str(_('    kn.language("zh")          the same in Chinese')),
            str(_("    python -m k8snotes         how to open the chapters; examines a file")),
        ]
    )


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
