"""The exercises of chapter 02: what containers share, how a Pod gets to run, and what happens when one stops."""

from __future__ import annotations

from k8snotes.course.answers import Choice, Choices, Fields, Number, Word
from k8snotes.course.exercise import Exercise, Wrong
from k8snotes.course.exercises.pod_trials import (
    AGAIN,
    DELETED,
    ENDED,
    HALF,
    NEW,
    PARTS,
    POLICIES,
    STAYS,
    after_a_crash,
    after_a_good_end,
    after_deletion,
    before_the_scheduler,
    half_ready,
    reached,
    restarts,
    side_by_side,
    what_pause_does,
    where_web_sees_keys,
)

__all__ = ["EXERCISES"]

_GUESS = (
    "The container web of the Pod news ends with an error. Which of these is new afterwards, and which stays?"
)
_SAME_OR_NEW = Word(
    (STAYS, NEW),
    {
        "same": STAYS,
        "the same": STAYS,
        "old": STAYS,
        "stay": STAYS,
        "runs on": STAYS,
        "changes": NEW,
        "another": NEW,
        "starts again": NEW,
        "restarted": NEW,
    },
)
_FATE = Word(
    (AGAIN, ENDED),
    {
        "starts": AGAIN,
        "restarted": AGAIN,
        "again": AGAIN,
        "ended": ENDED,
        "stays": ENDED,
        "ends": ENDED,
    },
)
_YES_NO = Word(("yes", "no"))

EXERCISES = (
    Exercise(
        "02-pod/guess",
        _GUESS,
        Fields(dict.fromkeys(PARTS, _SAME_OR_NEW)),
        after_a_crash,
        "We come back to it at the end of the chapter.",
        (),
        "",
        starter="{" + ", ".join(f'"{part}": "..."' for part in PARTS) + "}",
        guess=True,
    ),
    Exercise(
        "02-pod/answer",
        _GUESS,
        Fields(dict.fromkeys(PARTS, _SAME_OR_NEW)),
        after_a_crash,
        "The kubelet starts that one container again. The Pod, with all else that it has, is not touched.",
        (
            Wrong(
                {"container web": STAYS},
                "a container that has stopped goes on where it was",
                "Look at its line in the picture after the crash: since when does it run?",
            ),
            Wrong(
                {"container writer": NEW},
                "when a container stops, the whole Pod is started again",
                "Look at the line of writer in both pictures, before the crash and after it.",
            ),
            Wrong(
                {"Pod IP": NEW},
                "a container that starts gets an address",
                "Whose address is it, and which container holds it? Did that one stop?",
            ),
            Wrong(
                {"Node": NEW},
                "Kubernetes moves a Pod with an error to another Node",
                "Who started the container again, and on which Node does that program work?",
            ),
        ),
        "Compare the two pictures of the Pod, before the crash and after it.",
        starter="{" + ", ".join(f'"{part}": "..."' for part in PARTS) + "}",
    ),
    Exercise(
        "02-pod/1",
        "The container web of news has just ended. What is true of the pause container in this moment?",
        Choices("abcd"),
        what_pause_does,
        "It does nothing but hold what the others share. That is why the Pod can keep its address.",
        (
            Wrong(
                {"a", "b"},
                "the pause container does the application's work while the application is down",
                "Which image has the pages in it? Is the Pod ready while web is down?",
            ),
            Wrong(
                {"b"},
                "the pause container does the application's work",
                "It has an image of its own, and the pages are not in it. What is it there for?",
            ),
            Wrong(
                {"a", "c"},
                "the pause container watches over the other containers",
                "Look at the lines that c.step() printed after the crash: who acted in each of them?",
            ),
            Wrong(
                {"a", "d"},
                "the pause container is one of the containers that the manifest asks for",
                "The Pod said 2/2 under READY. Which two are counted?",
            ),
            Wrong(
                "none",
                "the pause container ends with the first container that ends",
                "Look at the Pod IP after the crash. Who has held it all the time?",
            ),
        ),
        "Think of the one thing it was started for, before all others.",
        starter='{"..."}',
    ),
    Exercise(
        "02-pod/2",
        "Four pairs of programs on node-1. In which pairs can both programs listen?",
        Choices("abcd"),
        side_by_side,
        "An address and a port together must be free. Within a Pod the address is one; two Pods have two.",
        (
            Wrong(
                {"a", "b", "c", "d"},
                "a container has a network of its own, so ports never meet",
                "What do the containers of a Pod share? And what does hostNetwork make a Pod share?",
            ),
            Wrong(
                {"a", "b", "c"},
                "a container has a network of its own, so two containers of a Pod can use one port",
                "Look at the picture of the Pod twins once more.",
            ),
            Wrong(
                {"b", "c", "d"},
                "every Pod has a network of its own, whatever its manifest says",
                "Which address do Pods with hostNetwork have? Then compare address and port of the two.",
            ),
            Wrong(
                {"c"},
                "two Pods on one Node cannot use the same port",
                "The four frontend Pods all listen on 8080, and there are three Nodes. So what must be true of some Node?",
            ),
            Wrong(
                {"b"},
                "a Pod has one port",
                "A Pod has one address. How many ports does one address have?",
            ),
        ),
        "For each program, write down its address and its port. Which two are the same?",
        starter='{"..."}',
    ),
    Exercise(
        "02-pod/3",
        "The Pod news has a volume keys; writer mounts it at /keys. Where does web see its files?",
        Choice("abc"),
        where_web_sees_keys,
        "A volume belongs to the Pod, and each container sees only those that it mounts.",
        (
            Wrong(
                "a",
                "every container of a Pod sees all its volumes",
                "Read the lines volumeMounts in the manifest of news, container by container.",
            ),
            Wrong(
                "b",
                "the containers of a Pod share all their files",
                "/www is where web mounts the volume pages. Is keys the same volume?",
            ),
        ),
        "Which volumes does web name in its volumeMounts?",
    ),
    Exercise(
        "02-pod/4",
        "Three Pods whose programs all listen on 8080, behind a Service with targetPort 8080. Which get its traffic?",
        Choices("abc"),
        reached,
        "The program listens, and the Service leads to 8080. containerPort is a note for who reads the manifest.",
        (
            Wrong(
                {"a"},
                "containerPort opens the port; without it the port stays closed",
                "You made a Service for 9000 in section 3. Had news declared that port?",
            ),
            Wrong(
                {"a", "b"},
                "a containerPort closes all other ports",
                "Does a containerPort open or close anything? Look at section 3 once more.",
            ),
            Wrong(
                {"a", "c"},
                "a Pod that declares no port has none",
                "Who opens a port: the manifest, or the program?",
            ),
            Wrong(
                {"b"},
                "a program picks its port only where the manifest leaves it free",
                "All three programs listen on 8080, whatever their manifests say. What does the Service look at?",
            ),
            Wrong(
                "none",
                "a Service leads only to ports that have a name",
                "A targetPort can be a name or a number. Which is it here?",
            ),
        ),
        "Who opens a port: the manifest, or the program that listens?",
        starter='{"..."}',
    ),
    Exercise(
        "02-pod/5",
        "You have just sent the manifest of a Pod, and no part of the cluster has acted on it. What does the Pod have?",
        Choices("abcde"),
        before_the_scheduler,
        "It is an entry in the store, and no more. The scheduler gives it a Node, and the kubelet all the rest.",
        (
            Wrong(
                {"a", "b", "c", "d", "e"},
                "to create a Pod is to start it",
                "Look at the table right after c.apply(...) in section 4.",
            ),
            Wrong(
                {"a", "b", "d"},
                "the API server gives a Pod its address, as it does with a Service",
                "From which range is a Pod IP, and on what does that depend? Look at the table after each step.",
            ),
            Wrong(
                {"a", "b", "c"},
                "the API server chooses the Node",
                "Which part of the cluster wrote the line with the word bind?",
            ),
            Wrong(
                {"a"},
                "a Pod is not stored before it runs",
                'c["pod/hello"].manifest right after c.apply(...): does it have something that you did not write?',
            ),
        ),
        "Try it: make a copy, apply a Pod, and look at it before the first step().",
        starter='{"..."}',
    ),
    Exercise(
        "02-pod/6",
        "The container web of a fresh news ends three times, and is started again each time. What is under RESTARTS?",
        Number(),
        restarts,
        "Each time one container was started again. The other one never noticed.",
        (
            Wrong(
                6,
                "when a container stops, all containers of its Pod are started again",
                "How often was writer started again? Look into the Pod.",
            ),
            Wrong(
                0,
                "a restart is a new Pod, which counts from the beginning",
                "Is it another Pod? Look at its AGE.",
            ),
            Wrong(
                1,
                "RESTARTS says whether there was one, not how many",
                "Try it: crash, settle, look; and once more.",
            ),
        ),
        "Try it on a copy: crash, settle, and look at the table.",
    ),
    Exercise(
        "02-pod/7",
        "A container ends with exit code 0. For each restartPolicy: does it start again?",
        Fields(dict.fromkeys(POLICIES, _FATE)),
        after_a_good_end,
        "OnFailure looks at the exit code, the two others do not.",
        (
            Wrong(
                {"Always": ENDED},
                "a container that has done its work is left alone, whatever the restartPolicy is",
                "A web server that ends without an error: are its visitors content? Read the name of the policy again.",
            ),
            Wrong(
                {"OnFailure": AGAIN},
                "a container that has ended has failed",
                "What does exit code 0 say? Look at the two tables of section 5.",
            ),
            Wrong(
                {"Never": AGAIN},
                "Kubernetes starts every container again",
                "Read the name of the policy again.",
            ),
        ),
        "Look at the two tables of section 5: which of them is for exit code 0?",
        starter='{"Always": "...", "OnFailure": "...", "Never": "..."}',
    ),
    Exercise(
        "02-pod/8",
        "A Pod with two containers: web is ready, writer runs and is not ready. What holds?",
        Fields(dict.fromkeys(HALF, _YES_NO)),
        half_ready,
        "Running means that the containers run. A Pod is ready when all its containers are.",
        (
            Wrong(
                {"its Service leads to it": "yes"},
                "Running means Ready, or one ready container is enough",
                "What does READY say for this Pod: 1/2, or 2/2? What does a Service ask for?",
            ),
            Wrong(
                {"STATUS is Running": "no"},
                "STATUS says whether a Pod is ready",
                "In section 5 you made mysql-0 not ready. What did STATUS say then?",
            ),
            Wrong(
                {"both containers run": "no"},
                "a container that is not ready has stopped",
                "It runs, and is perhaps still loading. Has any container ended here?",
            ),
        ),
        'Try it: an image whose name begins with "broken" runs here, and never gets ready.',
        starter="{" + ", ".join(f'"{field}": "..."' for field in HALF) + "}",
    ),
    Exercise(
        "02-pod/9",
        "You delete the Pod news and the mirror Pod watch-node-2, and wait a little. What has happened?",
        Fields(dict.fromkeys(DELETED, _YES_NO)),
        after_deletion,
        "A Pod comes back only if somebody wants it: a controller that counts, or a kubelet that has its file.",
        (
            Wrong(
                {"news is back": "yes"},
                "Kubernetes brings every Pod back",
                "Did hello come back in section 4? Who was there to want it?",
            ),
            Wrong(
                {"watch-node-2 is back": "no"},
                "deleting a static Pod through the API removes it",
                "The file is still on the Node. Who reads it?",
            ),
            Wrong(
                {"the container watch was stopped": "yes"},
                "deleting a static Pod through the API stops it",
                "What did the kubelet say in section 6, in the last of its three lines?",
            ),
        ),
        "For each of them: who wants it to be there, and where is that written?",
        starter="{" + ", ".join(f'"{field}": "..."' for field in DELETED) + "}",
    ),
)
