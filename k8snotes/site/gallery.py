"""The gallery: every kind of picture that is drawn, by the question that it answers, with the call that draws it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape

from k8snotes.catalogue import Text, _, speaking
from k8snotes.figures.figure import Figure
from k8snotes.site import examples
from k8snotes.site.examples import FIRST, Step
from k8snotes.site.helpers import cells, chapters, helper
from k8snotes.site.links import Links

__all__ = ["PICTURES", "Picture", "notebooks", "pages"]

_CODE: Mapping[str, str] = cells()["gallery"]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of the gallery.

    Args:
        name: its file, such as "service_map".
        helper: the helper that draws it, such as "c.service_map".
        title: the question that it answers.
        sentence: what there is to see.
        chapter: the file of a chapter that has it, without a suffix; "" where none has.
    """

    name: str
    helper: str
    title: Text
    sentence: Text
    chapter: str

    @property
    def source(self) -> str:
        """The cell that draws it."""
        return f"{FIRST}\n\n{_CODE[self.name]}"

    @property
    def file(self) -> str:
        """Where the picture is, seen from the page."""
        return f"gallery/{self.name}.svg"


GROUPS: Sequence[tuple[Text, Sequence[Picture]]] = (
    (
        _("Services and labels"),
        (
            Picture(
                "service_map",
                "c.service_map",
                _("Which Pods does each Service send to?"),
                _(
                    "Services are on the left, and the Pods behind them on the right. A Pod without an arrow says why."
                ),
                "06-labels",
            ),
            Picture(
                "service_map_plain",
                "c.service_map",
                _("What is in this application, at a first look?"),
                _("The same map with names and arrows only, for readers who have not met all the words."),
                "00-start-here",
            ),
            Picture(
                "selection",
                "c.selection",
                _("Which Pods does a selector find, and why not the others?"),
                _("Every Pod that is not found says which label is missing, or which value is another one."),
                "06-labels",
            ),
            Picture(
                "explore",
                "kn.explore",
                _("What does this selector find while I type it?"),
                _(
                    "A widget: you type a selector, or choose values, and see what it finds after each letter."
                ),
                "06-labels",
            ),
            Picture(
                "label",
                "c.label",
                _("Who finds this Pod after its label has changed?"),
                _(
                    "On the left is what selected the Pod before the change, and on the right what selects it now."
                ),
                "06-labels",
            ),
            Picture(
                "endpoints",
                "c.endpoints",
                _("Which addresses are behind a Service?"),
                _(
                    "A table of the ready endpoints, those that are not ready, and the Pods that are left out."
                ),
                "01-service",
            ),
            Picture(
                "overview",
                "c.overview",
                _("What needs attention in a cluster of any size?"),
                _(
                    "Each square is a Pod. Namespaces and Nodes with trouble come first, and what is folded is counted."
                ),
                "14-your-own-cluster",
            ),
            Picture(
                "browse",
                "kn.browse",
                _("How do I look into a part of a large cluster?"),
                _("A widget: you go from the overview into a namespace, a workload or a Node, and back."),
                "14-your-own-cluster",
            ),
            Picture(
                "compare",
                "kn.compare",
                _("What would these files change in the cluster?"),
                _(
                    "What users would notice comes first: other images, fewer Pods, Services that lose their Pods."
                ),
                "14-your-own-cluster",
            ),
            Picture(
                "card",
                "c[ref]",
                _("What is this object, in short?"),
                _("A card says what matters about one object, and which calls show more."),
                "00-start-here",
            ),
        ),
    ),
    (
        _("Addresses and packets"),
        (
            Picture(
                "three_ips",
                "c.three_ips",
                _("What has which address?"),
                _("The networks of Nodes, Pods and Services, and which of their addresses are virtual."),
                "07-three-ips",
            ),
            Picture(
                "trace_plain",
                "c.trace",
                _("Which way does a request take?"),
                _("From the client to the Pod that answers, with names and addresses only."),
                "01-service",
            ),
            Picture(
                "trace",
                "c.trace",
                _("What happens to a packet at every hop?"),
                _("Every place that the packet passes, and the rule that changed its address there."),
                "07-three-ips",
            ),
            Picture(
                "trace_times",
                "c.trace",
                _("How are many requests shared among the Pods?"),
                _("The same request a hundred times: how often each Pod answered."),
                "01-service",
            ),
            Picture(
                "ping",
                "c.ping",
                _("Does a Cluster IP answer a ping?"),
                _("It does not: it is only an address in rules, and no machine has it."),
                "07-three-ips",
            ),
            Picture(
                "walk",
                "c.walk",
                _("Where is the packet now?"),
                _("A widget: you follow one packet hop by hop, forward and back."),
                "07-three-ips",
            ),
            Picture(
                "rules",
                "c.rules",
                _("What did kube-proxy write for a Service?"),
                _("The rules of one Node, and how likely each of them sends a packet to each Pod."),
                "07-three-ips",
            ),
            Picture(
                "way_in",
                "c.way_in",
                _("How is a Service reached from outside?"),
                _("The node port on every Node, and the Pods behind it."),
                "08-nodeport-and-load-balancer",
            ),
            Picture(
                "routes",
                "c.routes",
                _("Where does a URL lead?"),
                _("From host and path to a Service and its Pods, by the rules of an Ingress."),
                "13-ways-in-and-walls",
            ),
        ),
    ),
    (
        _("Who may reach whom, and who may do what"),
        (
            Picture(
                "reach",
                "c.reach",
                _("Who may reach whom?"),
                _("A matrix of all workloads: the row calls the column, and a NetworkPolicy decides."),
                "13-ways-in-and-walls",
            ),
            Picture(
                "policies",
                "c.policies",
                _("Who may reach this Pod, and whom may it reach?"),
                _("The NetworkPolicies of the Pod, and which of their rules decides."),
                "14-your-own-cluster",
            ),
            Picture(
                "access",
                "c.access",
                _("Who may do what?"),
                _("A user, its bindings, what their roles allow, and the answer to one question."),
                "12-safe",
            ),
        ),
    ),
    (
        _("Master, Nodes and Pods"),
        (
            Picture(
                "architecture",
                "c.architecture",
                _("Which programs make a cluster?"),
                _("The Master with its components, and each Node with its kubelet, kube-proxy and Pods."),
                "03-master-and-node",
            ),
            Picture(
                "inside",
                "c.inside",
                _("What is inside a Pod?"),
                _("Its containers share one network and its volumes; every probe and port is named."),
                "02-pod",
            ),
            Picture(
                "life",
                "c.life",
                _("What happened to this Pod?"),
                _("The states of one Pod on a time line: when it started, failed, and was ready."),
                "09-health",
            ),
            Picture(
                "timeline",
                "c.timeline",
                _("Which component did what, and when?"),
                _("A lane for every component: a new number of replicas goes from one to the next."),
                "04-scaling",
            ),
            Picture(
                "diff",
                "c.diff",
                _("What is different now?"),
                _(
                    "What changed since an earlier copy: the desired state, and what the controllers made of it."
                ),
                "10-storage",
            ),
            Picture(
                "play",
                "c.play",
                _("What does each component do next?"),
                _("A widget: Master and Nodes after each step, forward and back."),
                "03-master-and-node",
            ),
            Picture(
                "scaler",
                "kn.scaler",
                _("How do three Pods become five?"),
                _("A widget: you choose a number of Pods, and play what each component does."),
                "04-scaling",
            ),
        ),
    ),
    (
        _("How much"),
        (
            Picture(
                "capacity",
                "c.capacity",
                _("What is left on the Nodes?"),
                _("What is requested, limited and used on each Node, and what a next Pod can request."),
                "05-quota",
            ),
            Picture(
                "why_pending",
                "c.why_pending",
                _("Why has this Pod no Node?"),
                _("What the Pod requests, and for each Node what is left, with the numbers."),
                "05-quota",
            ),
            Picture(
                "quota",
                "c.quota",
                _("What may a Namespace use?"),
                _("The quotas and limit ranges of a Namespace, what is used, and which Pods are refused."),
                "05-quota",
            ),
            Picture(
                "fit",
                "kn.fit",
                _("How many of these Pods fit?"),
                _("Without any cluster: how many equal Pods run, wait for a Node, or are refused."),
                "05-quota",
            ),
            Picture(
                "size",
                "kn.size",
                _("How many Nodes do I need?"),
                _("A widget with sliders for Pods, Nodes and a quota."),
                "05-quota",
            ),
            Picture(
                "autoscale_plan",
                "c.autoscale_plan",
                _("What does an autoscaler compute?"),
                _(
                    "The load, the number of Pods, and what each Pod uses, over time: the past, and what comes next."
                ),
                "11-elastic",
            ),
            Picture(
                "storage",
                "c.storage",
                _("Where does a file live?"),
                _("Which Pod mounts which claim, which volume is behind it, and why a claim waits for one."),
                "10-storage",
            ),
        ),
    ),
    (
        _("What is wrong"),
        (
            Picture(
                "diagnose",
                "c.diagnose",
                _("Why does this Service not answer?"),
                _("The questions of troubleshooting, each with its answer, up to the first fault."),
                "14-your-own-cluster",
            ),
            Picture(
                "examine",
                "kn.examine",
                _("What is wrong with my manifest?"),
                _("The text with a note at each fault, and how it is written right."),
                "14-your-own-cluster",
            ),
        ),
    ),
    (
        _("Learn"),
        (
            Picture(
                "legend",
                "kn.legend",
                _("How do I read the pictures?"),
                _("The key to all pictures: what each frame, symbol and line means."),
                "07-three-ips",
            ),
            Picture(
                "ask",
                "kn.ask",
                _("Have I understood it?"),
                _("A widget: an exercise, answered with a click."),
                "01-service",
            ),
        ),
    ),
)
"""Every picture, by what it is about."""

PICTURES: Sequence[Picture] = tuple(each for _title, pictures in GROUPS for each in pictures)
"""Every picture, in the order of the page."""


@cache
def _drawn(name: str, _language: str) -> Step:
    """Draw a picture, once for each language."""
    return examples.run([each.source for each in PICTURES if each.name == name])[-1]


def pages(language: str, links: Links) -> dict[str, str | bytes]:
    """Return the page of the gallery in a language, with the pictures beside it.

    Args:
        language: "en" or "zh".
        links: the addresses of the site.
    """
    files: dict[str, str | bytes] = {}
    with speaking(language):
        titles = {file: chapter.title for file, chapter in chapters(language).items()}
        thumbnails, below = [], []
        for title, pictures in GROUPS:
            thumbnails += [
                f'<p class="kn-group">{escape(str(title))}</p>',
                "",
                '<div class="kn-gallery">',
                "",
            ]
            below += [f"## {title}", ""]
            for each in pictures:
                step = _drawn(each.name, language)
                below += [_entry(each, links, titles, step, files), ""]
                thumbnails += [_thumbnail(each, step), ""]
            thumbnails += ["</div>", ""]
        head = [
            f"# {_('Gallery')}",
            "",
            str(
                _(
                    "Every picture of the course, by the question that it answers, with the call that draws it."
                )
            ),
            str(_("All of them were computed when this page was built.")),
            "",
        ]
        files["gallery.md"] = "\n".join([*head, *thumbnails, *below])
    return files


def notebooks(language: str) -> dict[str, str]:
    """Return the small notebook of each picture for the running edition.

    Args:
        language: "en" or "zh".
    """
    found = {}
    with speaking(language):
        for each in PICTURES:
            steps = [_drawn(each.name, language)]
            found[f"gallery/{each.name}.ipynb"] = examples.notebook(each.title, each.sentence, steps)
    return found


def _thumbnail(shown: Picture, step: Step) -> str:
    """Return a small picture that leads to the large one; in place of a table or a widget, it has the call."""
    if isinstance(step.value, Figure):
        inside = examples.picture(shown.file, step.value, thumbnail=True)
    else:
        inside = f'<div class="kn-sign" aria-hidden="true">{escape(shown.helper)}</div>'
    words = f"[{shown.title}](#{_anchor(shown)})"
    return f'<div class="kn-card">\n\n{inside}\n\n{words}\n\n</div>'


def _anchor(shown: Picture) -> str:
    return f"picture-{shown.name.replace('_', '-')}"


def _entry(
    shown: Picture, links: Links, titles: Mapping[str, str], step: Step, files: dict[str, str | bytes]
) -> str:
    """Return one picture with its words, its code and its links; the picture goes into a file."""
    by = helper(shown.helper)
    chapter = f"{shown.chapter}.ipynb"
    run = escape(links.run(f"gallery/{shown.name}.ipynb", depth=0))
    ways = [
        f'<a class="kn-run" href="{run}">{escape(_("Run it"))}</a>',
        f"[`{by.name}`](helpers/{by.page}.md)",
        f"[{titles[chapter]}](chapters/{chapter})",
    ]
    return "\n".join(
        [
            f"({_anchor(shown)})=",
            f"### {shown.title}",
            "",
            str(shown.sentence),
            "",
            examples.box(step, shown.file, files, str(shown.title)),
            "",
            examples.code(shown.source),
            "",
            " · ".join(ways),
        ]
    )
