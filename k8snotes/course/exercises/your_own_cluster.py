"""The exercises of chapter 09: ten broken manifests, mended when the cluster does what their first line says."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from k8snotes.course.exercise import Exercise, Wrong
from k8snotes.course.exercises.repair_trials import (
    clock,
    menu,
    museum,
    old_shop,
    preview,
    printer,
    report,
    search,
    tickets,
    two_doors,
)
from k8snotes.course.exercises.repair_trials import mended as _mended
from k8snotes.course.repairing import Repair, broken

if TYPE_CHECKING:
    from k8snotes.cluster import Cluster

__all__ = ["EXERCISES"]


def _changed(number: int, *changes: tuple[str, str]) -> Callable[[], str]:
    """Return a repair that does something else than what is right: the right one with changes."""

    def text() -> str:
        result = _mended(number)
        for old, new in changes:
            if old not in result:
                raise ValueError(old)
            result = result.replace(old, new)
        return result

    return text


def _exercise(  # noqa: PLR0917  # the parts of an exercise, in the order of reading
    number: int,
    question: str,
    sees: Callable[[Cluster], dict[str, Any]],
    because: str,
    wrong: tuple[Wrong, ...],
    hint: str,
) -> Exercise:
    return Exercise(
        f"09-your-own-cluster/{number}",
        question,
        Repair(sees),
        lambda: _mended(number),
        because,
        wrong,
        hint,
        starter='"..."',
    )


def _untouched(number: int, misconception: str, hint: str) -> Wrong:
    return Wrong(lambda: broken(number), misconception, hint)


EXERCISES = (
    _exercise(
        1,
        "Mend repairs/1, so that somebody outside reaches the ticket office at port 31010 of a Node.",
        tickets,
        "Blanks, a dash with its blank, and everything of the Service inside its spec: then the Nodes open the port.",
        (
            _untouched(
                1,
                "YAML does not mind which blank one uses",
                "Look at the first line that the API server stumbles on, and at what it begins with.",
            ),
            Wrong(
                _changed(1, ("  type: NodePort\n", ""), ("      nodePort: 31010\n", "")),
                "a Service is open to the outside by itself",
                "The Service answers inside of the cluster. Which of its lines opened a door to the outside?",
            ),
            Wrong(
                _changed(1, ("      nodePort: 31010\n", "")),
                "the type NodePort alone settles the number",
                "A port is open on every Node now. Which number was it meant to have, and which one has it?",
            ),
            Wrong(
                _changed(1, ("    app: tickets\n---", "    app: ticket\n---")),
                "a selector may be a little different from the label",
                "The door is open, and nobody stands behind it. Compare two words, letter by letter.",
            ),
        ),
        "Ask kn.examine for all faults at once, and compare .fixed with the text line by line.",
    ),
    _exercise(
        2,
        "Mend repairs/2, so that the clock runs, declares the port 8080 as a number, and knows its ZONE.",
        clock,
        "Two names misspelt, three fields one level too far to the left, a number in quotes, and a list without dashes.",
        (
            _untouched(
                2,
                "Kubernetes guesses what a misspelt field means",
                "Each name counts by every letter. How many of the names in the text do you know by heart?",
            ),
            Wrong(
                _changed(2, ('    env:\n    - name: ZONE\n      value: "+01:00"\n', "")),
                "what is refused is best left out",
                "The clock runs, and does not know where it is. What is still missing of what the first line says?",
            ),
            Wrong(
                _changed(2, ("    ports:\n      - containerPort: 8080\n", "")),
                "a port that is not declared is closed, so it hardly matters what is written",
                "The Pod runs, and the port is open all the same. But what was to be declared?",
            ),
            Wrong(
                _changed(2, ("app: clock", "app: watch")),
                "labels are decoration",
                "The Pod runs. Did its label stay what it was?",
            ),
        ),
        "What belongs to the container stands under the container: image, ports, env.",
    ),
    _exercise(
        3,
        "Mend repairs/3, so that two Pods of the old shop run, made by a Deployment.",
        old_shop,
        "apps/v1 took the place of extensions/v1beta1, and wants the selector written out.",
        (
            _untouched(
                3,
                "an apiVersion that worked once works for ever",
                "The kind is still there. Under which apiVersion does kn.examine know it?",
            ),
            Wrong(
                _changed(
                    3,
                    ("  selector:\n    matchLabels:\n      app: old-shop\n", ""),
                ),
                "a Deployment takes its selector from its template, as an RC does",
                "The API server names the field that it misses. What must it find?",
            ),
            Wrong(
                _changed(
                    3,
                    ("apiVersion: apps/v1\nkind: Deployment", "apiVersion: v1\nkind: ReplicationController"),
                    ("    matchLabels:\n      app: old-shop\n", "    app: old-shop\n"),
                ),
                "an RC is as good as a Deployment",
                "Two Pods run. Who made them, and who was to make them?",
            ),
            Wrong(
                _changed(3, ("replicas: 2", "replicas: 1")),
                "how many Pods there are is for the cluster to decide",
                "It runs. How many were wanted?",
            ),
        ),
        "Two things changed on the way to apps/v1: the line itself, and one field that may no longer be left out.",
    ),
    _exercise(
        4,
        'Mend repairs/4, so that the Pod carries the labels version "1.10" and canary "no", as text.',
        preview,
        "Without quotes 1.10 is the number 1.1, and no is a truth value: in quotes both are text.",
        (
            _untouched(
                4,
                "what I see is what YAML reads",
                "Which of the values is text to YAML, and which is something else?",
            ),
            Wrong(
                _changed(4, ('"1.10"', '"1.1"')),
                "1.10 and 1.1 are the same version",
                "The tenth and the first are different versions. What did YAML make of the digits?",
            ),
            Wrong(
                _changed(4, ('canary: "no"', 'canary: "false"')),
                "no and false are one word",
                "Somebody will ask for the label with the word of the first version. Will he find this Pod?",
            ),
            Wrong(
                _changed(4, ('    canary: "no"\n', "")),
                "a label that says no may as well be missing",
                "A selector canary=... asks for a label that is there. Is it?",
            ),
        ),
        "Two values are meant as text, and YAML takes them for something else.",
    ),
    _exercise(
        5,
        "Mend repairs/5, so that both Pods of the menu answer for its Service.",
        menu,
        "A Service asks for labels of Pods, and those stand in the template.",
        (
            _untouched(
                5,
                "what is accepted works",
                "Ask c.endpoints for the Service: what does it want, and what do the Pods carry?",
            ),
            Wrong(
                _changed(
                    5,
                    ("  selector:\n    app: menu\n  ports", "  selector:\n    name: menu\n  ports"),
                    (
                        "  labels:\n    app: menu\nspec:\n  replicas",
                        "  labels:\n    name: menu\nspec:\n  replicas: 2\n  revisionHistoryLimit",
                    ),
                ),
                "a Service finds the Deployment, by the Deployment's labels",
                "The label stands on the Deployment now. Who answers for a Service: a Deployment, or Pods?",
            ),
            Wrong(
                _changed(5, ("  selector:\n    app: menu\n  ports", "  ports")),
                "a Service without a selector takes every Pod",
                "It asks for nothing now. Whom does it find?",
            ),
            Wrong(
                _changed(5, ("targetPort: 8080", "targetPort: 80")),
                "targetPort is the Service's own port",
                "Both Pods are endpoints. On which port does their program listen, and where does the Service send?",
            ),
        ),
        "The selector and the labels of the Pods must agree: change the one or the other.",
    ),
    _exercise(
        6,
        "Mend repairs/6, so that three Pods print, and all of them answer for the Service.",
        printer,
        "Selector, template and Service say the same word now.",
        (
            _untouched(
                6,
                "a controller makes Pods that it cannot find",
                "Two words in the ReplicationController must be the same. Which?",
            ),
            Wrong(
                _changed(
                    6,
                    ("    app: printer\n  template:", "    app: pinter\n  template:"),
                    ("        app: printer", "        app: pinter"),
                ),
                "it is enough that the controller finds its Pods",
                "Three Pods print. Who sends them work, and whom does it ask for?",
            ),
            Wrong(
                _changed(6, ("replicas: 3", "replicas: 0")),
                "a controller that makes nothing makes no mistakes",
                "Nothing is refused. How many print?",
            ),
            Wrong(
                _changed(6, ("  - port: 631\n", "  - port: 631\n    targetPort: 80\n")),
                "any port will do",
                "All three are endpoints. On which port do they listen?",
            ),
        ),
        "The same label is written three times in this text: in the Service, in the selector, in the template.",
    ),
    _exercise(
        7,
        "Mend repairs/7, so that other Pods reach the search engine at http://search.",
        search,
        "The name of the port is the same on both sides now, or the Service names the number.",
        (
            _untouched(
                7,
                "http is a name that every Pod knows",
                "Who gives a port its name? Look at the container.",
            ),
            Wrong(
                _changed(7, ("targetPort: web", "targetPort: 80")),
                "targetPort repeats the port of the Service",
                "Now there is an endpoint, and a connection is refused there. Where does the program listen?",
            ),
            Wrong(
                _changed(7, ("  - port: 80\n", "  - port: 9200\n")),
                "the port of a Service must be that of the program",
                "It answers at search:9200. With which port does http://search call?",
            ),
            Wrong(
                _changed(7, ("containerPort: 9200", "containerPort: 80")),
                "containerPort tells the program where to listen",
                "Writing another number changes the note, not the program. Where does the program listen?",
            ),
        ),
        "Follow a request with c.trace, and look at the hop where it ends.",
    ),
    _exercise(
        8,
        "Mend repairs/8, so that the report runs with half a CPU and 256 mebibytes kept free for it.",
        report,
        "CPU is counted in cores, and m is a thousandth: of a core useful, of a byte nonsense.",
        (
            _untouched(
                8,
                "the units are understood from what is meant",
                "Nothing is refused, and the Pod is Pending. How many Nodes have so many cores?",
            ),
            Wrong(
                _changed(
                    8,
                    ("    resources:\n      requests:\n        cpu: 500m\n        memory: 256Mi\n", ""),
                ),
                "a request is a limit, and without it the program is free",
                "It runs. What does the scheduler keep free for it now?",
            ),
            Wrong(
                _changed(8, ("memory: 256Mi", "memory: 256m")),
                "m means mega",
                "The CPU is right. How many bytes are 256m?",
            ),
            Wrong(
                _changed(8, ("memory: 256Mi", "memory: 256M")),
                "M and Mi are one unit",
                "Almost. One counts in thousands, the other in powers of two.",
            ),
        ),
        "Which amount makes no Node large enough, and which is a fraction of a byte?",
    ),
    _exercise(
        9,
        "Mend repairs/9, so that both shops are reached from outside, each by a port of its own.",
        two_doors,
        "A node port is opened on every Node, so it can belong to one Service only.",
        (
            _untouched(
                9,
                "two Services may share a node port, as they share the port 80",
                "Why can both have the port 80, and not both the other one? On whose address is each open?",
            ),
            Wrong(
                _changed(
                    9,
                    ("  type: NodePort\n  selector:\n    app: music", "  selector:\n    app: music"),
                    ("    nodePort: 31021\n", ""),
                ),
                "whoever comes second has to stay inside",
                "Nothing is refused. Can somebody outside hear the music?",
            ),
            Wrong(
                _changed(9, ("    app: music\n  ports", "    app: books\n  ports")),
                "a door is a door, whatever is behind it",
                "Both doors are open. Who stands behind the second?",
            ),
        ),
        "There are 2,768 numbers to choose from, and the cluster chooses one if you do not.",
    ),
    _exercise(
        10,
        "Mend repairs/10, so that the guide answers for its Service in the namespace museum, and gets the word sesame!",
        museum,
        "A Service looks in its own namespace; a Secret is named exactly; under stringData its value is plain text.",
        (
            _untouched(
                10,
                "the value of a Secret is written as it is",
                "What does the API server want to find under data?",
            ),
            Wrong(
                _changed(
                    10,
                    (
                        "  name: guide\n  namespace: museum\nspec:\n  selector",
                        "  name: guide\nspec:\n  selector",
                    ),
                ),
                "a Service finds Pods in every namespace",
                "The Pod runs, and the Service finds nobody. Where does each of them live?",
            ),
            Wrong(
                _changed(10, ("  word: sesame!", "  word: c2VzYW1lIQ==")),
                "base64 belongs into every field of a Secret",
                "The guide gets a word, and it is another. In which of the two fields is it translated?",
            ),
            Wrong(
                _changed(10, ("name: archive\n          key", "name: archiv\n          key")),
                "names of objects are found if they are nearly right",
                "Which Secret does the container ask for, and which one is there?",
            ),
        ),
        "Three things are wrong, and kn.examine names all of them: one is refused, two are only of no use.",
    ),
)
