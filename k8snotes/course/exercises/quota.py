"""The exercises of chapter 05: thousandths and bytes, requests and limits, and what a quota refuses."""

from __future__ import annotations

from k8snotes.course.answers import Choice, Choices, Fields, Number, Word
from k8snotes.course.exercise import Exercise, Wrong
from k8snotes.course.exercises.quota_trials import (
    CLASSES,
    COMMAND,
    CPU,
    FRONTENDS,
    MEMORY,
    PARTS,
    after_a_lowered_quota,
    classes,
    filled_in,
    large_enough,
    millis_on,
    restarts_over_the_limit,
    set_aside,
    what_decides,
    where_it_goes,
    within_the_budget,
)

__all__ = ["EXERCISES"]

_GUESS = (
    "A Pod says what it requests and what its limits are, and then it uses something. Which of the three "
    "(request, limit, use) finds it a Node, slows its CPU, kills it for its memory?"
)
_NUMBERS = Word(
    ("request", "limit", "use"),
    {"requests": "request", "limits": "limit", "usage": "use", "used": "use", "its limit": "limit"},
)
_QOS = Word(("Guaranteed", "Burstable", "BestEffort"), {"best effort": "BestEffort"})
_YES_NO = Word(("yes", "no"))
_STARTER = "{" + ", ".join(f'"{part}": "..."' for part in PARTS) + "}"

EXERCISES = (
    Exercise(
        "05-quota/guess",
        _GUESS,
        Fields(dict.fromkeys(PARTS, _NUMBERS)),
        what_decides,
        "We come back to it at the end of the chapter.",
        (),
        "",
        starter=_STARTER,
        guess=True,
    ),
    Exercise(
        "05-quota/answer",
        _GUESS,
        Fields(dict.fromkeys(PARTS, _NUMBERS)),
        what_decides,
        "Requests decide where, limits hold back: CPU is slowed, for memory it is killed. Use is only what is measured.",
        (
            Wrong(
                {PARTS[0]: "limit"},
                "the scheduler looks at limits",
                "finds it a Node: the Pod roomy had a limit of 8 CPUs, and no Node has so many. Where did it run?",
            ),
            Wrong(
                {PARTS[0]: "use"},
                "the scheduler looks at real usage",
                "finds it a Node: node-2 was as busy as can be. Did the Pod go there all the same?",
            ),
            Wrong(
                {PARTS[1]: "request"},
                "a Pod gets no more CPU than it requests",
                "slows its CPU: worker requested 200m. How much did the table show?",
            ),
            Wrong(
                {PARTS[1]: "use"},
                "only a full Node slows a program down",
                "slows its CPU: the Node of worker was nearly idle. What did the note in the table say?",
            ),
            Wrong(
                {PARTS[2]: "request"},
                "a container that uses more memory than it requests is killed",
                "kills it for its memory: worker went over two numbers, one after the other. At which did it end?",
            ),
            Wrong(
                {PARTS[2]: "use"},
                "memory is only ever taken when the whole Node is out of it",
                "kills it for its memory: how full was the Node when worker was killed?",
            ),
        ),
        "Look at sections 2 and 3 again: each changes one of the three numbers.",
        starter=_STARTER,
    ),
    Exercise(
        "05-quota/1",
        "A container requests 250m of CPU and runs on a Node with 64 CPUs. How many thousandths of one CPU are that?",
        Number(),
        millis_on,
        "m is a thousandth of one CPU, on every machine.",
        (
            Wrong(
                16000,
                "m is a share of all the CPUs of the Node",
                "The Node has many CPUs; of how many of them does m speak?",
            ),
            Wrong(
                4,
                "an amount of CPU is divided by the CPUs of the Node",
                "Compare what fits on Nodes of different sizes, in section 1. Does the Pod change with the Node?",
            ),
        ),
        'Ask kn.Quantity("...").milli.',
    ),
    Exercise(
        "05-quota/2",
        "Which of these amounts of memory are 128,000,000 bytes or more?",
        Choices("abcde"),
        large_enough,
        "M counts in thousands, Mi in 1024s. Of memory, m is a thousandth of a byte.",
        (
            Wrong(
                {"a", "b", "c", "d", "e"},
                "128m of memory is 128 megabytes",
                "What did m mean for CPU? It means the same here.",
            ),
            Wrong(
                {"b", "e"},
                "128M is less than 128 million bytes",
                "M is a million: how much is a million times 128?",
            ),
            Wrong(
                {"a", "d"},
                "Mi is less than M",
                "Mi is 1024 times 1024. Is that more or less than a million?",
            ),
            Wrong(
                {"a", "b", "c"},
                "M, Mi and m are the same, in other spellings",
                "Each of the three is another number. Compare kn.Quantity of each.",
            ),
        ),
        'Ask kn.Quantity("...").value for each of them.',
        starter='{"..."}',
    ),
    Exercise(
        "05-quota/3",
        "The only Node has 4 CPUs. Its one Pod requests 3600m, and uses 100m. A new Pod requests 500m, with a limit "
        "of 2 CPUs. What becomes of it?",
        Choice("abc"),
        where_it_goes,
        "The scheduler adds up requests, and nothing else: the sum would be more than the Node has.",
        (
            Wrong(
                "a",
                "the scheduler looks at real usage",
                "The Node is idle, that is true. Which of the three numbers did the scheduler ask for in section 2?",
            ),
            Wrong(
                "b",
                "the scheduler looks at limits",
                "Limits may come to more than there is: overcommitted. Which sum may not?",
            ),
        ),
        "Add up what is requested, and compare it with what the Node has.",
    ),
    Exercise(
        "05-quota/4",
        "A Pod has an init container that requests 800m and ends before the others start, and two containers that "
        "request 200m and 300m. How many millicores does the scheduler set aside?",
        Number(),
        set_aside,
        "They never run at the same time: the larger of the two, the init container or the sum of the others.",
        (
            Wrong(
                1300,
                "all containers of a Pod are added up, whenever they run",
                "The init container has ended when the others start. Do they need their CPU at the same time?",
            ),
            Wrong(
                500,
                "init containers do not count",
                "The init container has to run somewhere as well, and it needs more than the others.",
            ),
            Wrong(
                300,
                "the largest container counts for its Pod",
                "The two containers run side by side.",
            ),
        ),
        "What does the Pod need at its hungriest moment?",
    ),
    Exercise(
        "05-quota/5",
        "Each of four Pods has one container, which says this and no more. Which QoS class has each?",
        Fields(dict.fromkeys(CLASSES, _QOS)),
        classes,
        "Who sets a limit and no request asks for the limit: limits for both make both equal, and the Pod Guaranteed.",
        (
            Wrong(
                {"limits for both": "Burstable"},
                "a Pod without requests cannot be Guaranteed",
                "limits for both: look at the stored Pod. What has it requested?",
            ),
            Wrong(
                {"a limit for CPU": "Guaranteed"},
                "one equal pair makes a Pod Guaranteed",
                "a limit for CPU: what does it say of memory?",
            ),
            Wrong(
                {"a limit for CPU": "BestEffort"},
                "only requests count for the class",
                "a limit for CPU: a limit is a word about CPU, too. Is that nothing at all?",
            ),
            Wrong(
                {"a request for CPU": "BestEffort"},
                "a class needs both CPU and memory",
                "a request for CPU: the lowest class is for those that say nothing at all.",
            ),
            Wrong(
                {"nothing at all": "Burstable"},
                "a Pod that says nothing may burst",
                "nothing at all: it may indeed use what is free. But what is such a Pod promised?",
            ),
        ),
        "Create such Pods on c.copy(), and look at status.qosClass.",
        starter="{" + ", ".join(f'"{said}": "..."' for said in CLASSES) + "}",
    ),
    Exercise(
        "05-quota/6",
        "A container has the limits 500m of CPU and 128Mi of memory. First its program wants 2 CPUs, then it takes "
        "200Mi of memory. How often is it started again, for each of the two?",
        Fields({CPU: Number(), MEMORY: Number()}),
        restarts_over_the_limit,
        "CPU that is not given can be waited for. Memory that is taken cannot be given back, but by ending.",
        (
            Wrong(
                {CPU: 1},
                "a container over its CPU limit is killed",
                "over its CPU limit: look at RESTARTS of worker in section 3, before its memory grew.",
            ),
            Wrong(
                {MEMORY: 0},
                "a container over its memory limit is slowed down",
                "over its memory limit: can one take half of a program's memory away, and let it run on?",
            ),
        ),
        "Do it on c.copy(): c.use(...), c.settle(), and look at RESTARTS.",
        starter=f'{{"{CPU}": "...", "{MEMORY}": "..."}}',
    ),
    Exercise(
        "05-quota/7",
        "In the guestbook, 850m of CPU are requested. A quota allows 1 CPU of requests. Then frontend (three Pods, "
        "100m each) is scaled to six. How many Pods has it in the end, and does the command fail?",
        Fields({FRONTENDS: Number(), COMMAND: _YES_NO}),
        within_the_budget,
        "The wish is stored; its Pods are asked for one by one, and refused from the second on. It says so in an event.",
        (
            Wrong(
                {COMMAND: "yes"},
                "a refused Pod shows as an error of the command that created its controller",
                "the command fails: who asks for the Pods, and when? Where did you find the message in section 5?",
            ),
            Wrong(
                {FRONTENDS: 6},
                "Pods beyond a quota are made, and wait",
                "Pods of the Deployment: a Pod that waits is stored. Does a quota let it be stored?",
            ),
            Wrong(
                {FRONTENDS: 3},
                "a quota refuses all of a wish, or nothing",
                "Pods of the Deployment: each Pod is asked for by itself. Is there nothing left for the first?",
            ),
            Wrong(
                {FRONTENDS: 5},
                "a quota may be exceeded by the last one",
                "Pods of the Deployment: add the requests up, one Pod after the other.",
            ),
        ),
        "Count what is left of the CPU, and how many hundreds fit into it.",
        starter=f'{{"{FRONTENDS}": "...", "{COMMAND}": "..."}}',
    ),
    Exercise(
        "05-quota/8",
        "Nine Pods run. A quota of 20 Pods is lowered to 5. Then one of the two cache Pods is deleted. How many "
        "cache Pods are there when all has settled?",
        Number(),
        after_a_lowered_quota,
        "Lowering ends nobody. But what is gone does not come back: its successor is a new Pod, and is refused.",
        (
            Wrong(
                2,
                "a quota is not asked when a Pod is only replaced",
                "The RC makes another Pod. Is that one new to the quota?",
            ),
            Wrong(
                0,
                "lowering a quota ends what is too much",
                "Look at section 5 after the quota was lowered: was any Pod gone?",
            ),
        ),
        "Two steps: what happens when the quota is lowered, and what when the RC counts again?",
    ),
    Exercise(
        "05-quota/9",
        "A LimitRange says for containers: default 400m of CPU, defaultRequest 150m. Somebody creates a Pod that says "
        "nothing of CPU. How many millicores does the scheduler set aside for it?",
        Number(),
        filled_in,
        "The defaults are written into the Pod on its way in: it is stored with a request and a limit.",
        (
            Wrong(
                0,
                "a LimitRange only checks, and changes nothing",
                "Look at the stored Pod in section 5: who wrote its resources?",
            ),
            Wrong(
                400,
                "who has a limit requests the limit",
                "That is so where nobody says what is requested. Does somebody say it here?",
            ),
        ),
        "Create it on c.copy(), and look at the stored Pod's resources.",
    ),
)
