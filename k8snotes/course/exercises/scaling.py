"""The exercises of chapter 04: three parts, more and fewer, whose Pod it is, new versions."""

from __future__ import annotations

from k8snotes.course.answers import Choice, Choices, Fields, Number
from k8snotes.course.exercise import Exercise, Wrong
from k8snotes.course.exercises.scaling_trials import (
    ANSWER,
    DEPLOYED,
    accepted_controllers,
    after_two_labels_changed,
    as_before_after_undo,
    caches_beside_a_bare_pod,
    frontends_beside_a_bare_pod,
    stuck,
    which_goes,
    who_hears_of_the_quota,
    without_the_controller,
)

__all__ = ["EXERCISES"]

EXERCISES = (
    Exercise(
        "04-scaling/1",
        "The template of an RC has the labels app=web and color=red. Which selectors does the API server take?",
        Choices("abcd"),
        accepted_controllers,
        "The selector must find what the template makes. It may ask for less; left out, it is the template's labels.",
        (
            Wrong(
                {"a"},
                "an RC is refused when it does not say its selector",
                "One of the other three is taken as well: the API server fills in what it can know by itself.",
            ),
            Wrong(
                {"d"},
                "a selector must ask for every label of the template",
                "Which Pods does a selector find: those with *only* its labels, or those with *all* of its labels?",
            ),
            Wrong(
                {"a", "b", "d"},
                "the selector of an RC may have matchLabels",
                "An RC is as old as a Service, and so is its selector. Of what type is it?",
            ),
            Wrong(
                {"b"},
                "the selector of an RC is written as that of a Deployment",
                "That shape is younger than the RC. What did the API server answer in section 1?",
            ),
            Wrong(
                {"a", "c", "d"},
                "selector and template are two things, and need not fit",
                "The RC counts with the one and makes with the other. When would it ever have enough?",
            ),
            Wrong(
                {"a", "b", "c", "d"},
                "the API server takes whatever is written",
                "You saw two refusals in section 1.",
            ),
        ),
        "Ask of each selector: does it find a Pod with the labels app=web and color=red?",
        starter='{"..."}',
    ),
    Exercise(
        "04-scaling/2",
        'Two old cache Pods and a new one. One of the old ones is not ready. c.scale("rc/cache", 2): which '
        "one goes?",
        Choice("abc"),
        which_goes,
        "First go those that help least: without a Node, then not ready; only then do company and age count.",
        (
            Wrong(
                "a",
                "the youngest Pod always goes first",
                "Age is the last thing that is looked at. Which of the three would a visitor miss least?",
            ),
            Wrong(
                "b",
                "the oldest Pod always goes first",
                "The healthy old one works well. Is there one that nobody would miss?",
            ),
        ),
        "Which of the three helps least?",
    ),
    Exercise(
        "04-scaling/3",
        "Two of the three stable frontend Pods get the label track=lab, and the cluster settles. How many Pods "
        "belong to the Deployment frontend now, and how many answer for the Service frontend? (It asks for app "
        "and tier; the canary answers as well.)",
        Fields(dict.fromkeys((DEPLOYED, ANSWER), Number())),
        after_two_labels_changed,
        "The ReplicaSet lost two Pods and made two. The Service does not ask for track, so it lost nobody, and "
        "won two.",
        (
            Wrong(
                {DEPLOYED: 1},
                "a controller that loses a Pod to another label is content with fewer",
                "belong to the Deployment: its ReplicaSet counts what its selector finds. How many does it want?",
            ),
            Wrong(
                {DEPLOYED: 5},
                "a Pod belongs to the controller that made it, whatever its labels say",
                "belong to the Deployment: look at c[...].owner of a Pod after its label changed.",
            ),
            Wrong(
                {ANSWER: 4},
                "a Pod that loses its controller loses its Services as well",
                "answer for the Service: which labels does *it* ask for? Do the two Pods still have them?",
            ),
            Wrong(
                {ANSWER: 2},
                "a new Pod must be told to the Service",
                "answer for the Service: which labels do the new Pods have, and who looks at them?",
            ),
        ),
        "Two selectors, two answers: write both down, and compare them with the labels of each Pod.",
        starter='{"belong to the Deployment": "...", "answer for the Service": "..."}',
    ),
    Exercise(
        "04-scaling/4",
        "Somebody creates a bare Pod stray with the labels app=guestbook, tier=cache. How many Pods with "
        "tier=cache are there when the cluster has settled?",
        Number(),
        caches_beside_a_bare_pod,
        "The RC adopts it, has one too many, and lets one go: here stray itself, which had no Node yet.",
        (
            Wrong(
                3,
                "a bare Pod with fitting labels stays nobody's",
                "A Pod that a selector finds, and that nobody owns: what did the RC do with client in section 3?",
            ),
            Wrong(
                1,
                "a newcomer takes the place of all the others",
                "Only as many go as are too many.",
            ),
        ),
        "How many does the RC want, and how many does its selector find?",
    ),
    Exercise(
        "04-scaling/5",
        "The same with a Deployment: a bare Pod stray with app=guestbook, tier=frontend, track=stable, and a "
        "port http. How many Pods belong to the Deployment frontend now, how many answer for the Service "
        "frontend (3 stable and 1 canary answered before)?",
        Fields(dict.fromkeys((DEPLOYED, ANSWER), Number())),
        frontends_beside_a_bare_pod,
        "The ReplicaSet also asks for pod-template-hash, which stray lacks. The Service does not, and sends it visitors.",
        (
            Wrong(
                {DEPLOYED: 4},
                "a Deployment adopts what fits its selector, and is happy to have more",
                "belong to the Deployment: it is a ReplicaSet that counts. Which label does its selector add?",
            ),
            Wrong(
                {DEPLOYED: 2},
                "an adopted Pod pushes out one of the old ones",
                "belong to the Deployment: is stray adopted at all? Compare its labels with the ReplicaSet's selector.",
            ),
            Wrong(
                {ANSWER: 4},
                "a Service sends traffic only to the Pods of a controller",
                "answer for the Service: it never asks who owns a Pod. What does it ask for?",
            ),
        ),
        'Compare three selectors: c["svc/frontend"], c["deploy/frontend"], and that of the ReplicaSet.',
        starter='{"belong to the Deployment": "...", "answer for the Service": "..."}',
    ),
    Exercise(
        "04-scaling/6",
        'c.delete("rc/cache", cascade="orphan"), settle; then one of the two cache Pods is deleted, settle. '
        "How many cache Pods are left?",
        Number(),
        without_the_controller,
        "The Pods ran on, and nobody counts them any more.",
        (
            Wrong(
                2,
                "a Pod that a controller once made is kept up for ever",
                "Who would notice that one is missing?",
            ),
            Wrong(
                0,
                "deleting a controller always deletes its Pods",
                'That is the usual way. What does cascade="orphan" say?',
            ),
        ),
        "Ask who still has the wish for two.",
    ),
    Exercise(
        "04-scaling/7",
        "A quota allows the namespace no more Pods than it has. Somebody creates a new RC with replicas: 2. "
        "What happens?",
        Choice("abc"),
        who_hears_of_the_quota,
        "The RC is a good wish, and is stored. The refusals go to the controller, later: look at the events.",
        (
            Wrong(
                "a",
                "a refused Pod shows as an error of the command that created its controller",
                "Who creates the Pods of an RC, and when? Is the one who wrote the RC still there?",
            ),
            Wrong(
                "b",
                "a Pod beyond the quota waits as Pending",
                "Pending are Pods that are stored and have no Node. Where does a quota say no: before the store, "
                "or after?",
            ),
        ),
        "Go through it in order: the RC is created; somebody counts; somebody asks for a Pod. Who is refused?",
    ),
    Exercise(
        "04-scaling/8",
        "The Deployment frontend is scaled to four Pods, settles, and is then rolled to the image "
        "broken-web:1.6, which never gets ready. When nothing moves any more, how many of its Pods are Running, "
        "and how many of these are ready?",
        Fields({"Running": Number(), "ready": Number()}),
        stuck,
        "Of four, one may be missing and one may be too many: three old ones stay, two new ones run and never "
        "get ready.",
        (
            Wrong(
                {"Running": 5, "ready": 5},
                "Running means ready",
                "ready: look at the column READY beside STATUS. May the new Pods be asked?",
            ),
            Wrong(
                {"Running": 4},
                "a roll-out never has more Pods than are wanted",
                "Running: how many may there be at most, if a quarter more is allowed?",
            ),
            Wrong(
                {"Running": 3},
                "a Pod that is not ready is not Running",
                "Running says that the programs run, and no more. Are there new Pods besides the old ones?",
            ),
            Wrong(
                {"ready": 4},
                "a roll-out takes an old Pod away only when a new one is ready",
                "ready: so it was in section 4, with fewer Pods, of which none may be missing. A quarter of four is not nothing.",
            ),
            Wrong(
                {"ready": 0},
                "a bad image takes the application down",
                "ready: how many of the old Pods may go while no new one is ready?",
            ),
        ),
        'Do it on c.copy(), and look at get("pods", selector="track=stable").',
        starter='{"Running": "...", "ready": "..."}',
    ),
    Exercise(
        "04-scaling/9",
        "The Deployment frontend is rolled to a new image, and then back to the old one. What is as it was "
        "before?",
        Choices("abcd"),
        as_before_after_undo,
        "The old template gives the old ReplicaSet its replicas back. Its Pods are new ones.",
        (
            Wrong(
                {"a", "b", "c", "d"},
                "undoing a roll-out brings the old Pods back",
                "Those Pods were deleted. Can the same Pod come twice?",
            ),
            Wrong(
                {"a"},
                "undoing a roll-out makes one more ReplicaSet",
                "Compare the names of the ReplicaSets in section 4: how many are there for this template?",
            ),
            Wrong(
                {"a", "b", "c"},
                "a Pod's name comes from its template",
                "Look at the last five letters of the Pods' names. What are they for?",
            ),
            Wrong(
                "none",
                "nothing of the old version is kept",
                "One thing of the old version is kept at zero, for just this case.",
            ),
        ),
        "Print the tables of Pods and of ReplicaSets before and after.",
        starter='{"..."}',
    ),
)
