"""Inputs by the hundred thousand: whatever a reader gives, nothing but the package's own errors comes back.

`make fuzz` runs it: `python tests/fuzz.py --inputs 100000 --seed 16 --minutes 10`. Each target makes its inputs from
the seed, the target's name and the input's number, so that `--target load --seed 16 --only 123` gives one again. A
target runs in a process of its own, which may take 500 MB; an input that takes 2 s of CPU time is interrupted.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import json
import multiprocessing
import os
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from beginners import BEGINNERS
from mutations import VALUES, mutated
from views import shown, views

ROOT = Path(__file__).resolve().parents[1]
SECONDS = 2.0  # CPU time of one input
FIRST = 20.0  # more for the first one, which pays for all that is imported and read once
MEGABYTES = 500  # of one process, beyond what it had before
PIECES = (
    *(
        "\n",
        " ",
        "\t",
        "#\n",
        "---\n",
        "...\n",
        "- ",
        "-",
        "[",
        "{",
        "]",
        "}",
        '"',
        "'",
        ": ",
        ":",
        "? ",
        "&a ",
        "*a ",
        "!",
    ),
    *(
        "!!x ",
        "|\n",
        ">\n",
        "%",
        "%YAML 1.1\n",
        "<<: *a\n",
        "\\",
        "\r",
        "\r\n",
        "\x00",
        "\x1b[31m",
        "\x85",
        "\ufeff",
        "\u202e",
    ),
    *(
        "\u2028",
        "\ud800",
        "é",
        "名",
        "a: ",
        "a: b\n",
        "a",
        "0",
        "9",
        ",",
        "(",
        ")",
        "!=",
        "=",
        "==",
        " in ",
        " notin ",
        "/",
        ".",
    ),
    *(
        "..",
        "~",
        "$(A)",
        "`",
        "{{",
        "}}",
        "<b>",
        "&amp;",
        "${x}",
        "@",
        "  - a\n",
        "kind: Pod\n",
        "e5",
        "Ki",
        "m",
        "-l ",
        "--",
    ),
)
NUMBERS = (
    0,
    -1,
    1,
    2**31 - 1,
    2**31,
    2**63,
    -(2**63) - 1,
    10**25,
    1.5,
    1e308,
    float("nan"),
    float("inf"),
    10**400,
)


class Target(NamedTuple):
    """What is tried: how an input is made, what is done with it, and its share of all inputs."""

    make: Callable[[random.Random], Any]
    use: Callable[[Any], None]
    share: float


class TooSlowError(BaseException):
    """An input that has taken its time; no `except Exception` keeps it."""


class TellsOfItselfError(Exception):
    """An output that says that the package itself has failed."""


def _random(seed: int | str) -> random.Random:
    return random.Random(seed)  # noqa: S311  # inputs, no secrets


# ---- inputs


@cache
def good_texts() -> tuple[str, ...]:
    """Manifests to begin with: the applications of the course, and what beginners write."""
    files = sorted((ROOT / "data").rglob("*.yaml"))
    return (*(file.read_text(encoding="utf-8") for file in files), *BEGINNERS.values())


@cache
def good_lines() -> tuple[str, ...]:
    """Commands to begin with: one or more a verb."""
    from k8snotes.kubectl.verbs import VERBS

    own = [verb.example for verb in VERBS.values() if isinstance(getattr(verb, "example", None), str)]
    return (
        *own,
        *(
            "get pods -A -o wide",
            "get svc,deploy --show-labels",
            "describe pod/client",
            "get all -l app=web",
            "apply -f -",
        ),
        *(
            "create deployment web --image=nginx --replicas=2",
            "scale deploy/web --replicas=3",
            "run x --image=y -- sh -c 'a'",
        ),
        *(
            "get pods -o jsonpath='{.items[*].metadata.name}'",
            "get po -o custom-columns=A:.spec",
            "exec client -- nslookup cache",
            "exec client -- ls -la /etc",
            "exec client -- sh -c 'echo $HOSTNAME && cat /etc/*'",
        ),
        *(
            "label pod client a=b --overwrite",
            "annotate svc cache a-",
            "expose deploy web --port 80",
            "delete pod client",
        ),
        *(
            "patch svc cache -p '{\"spec\": {}}'",
            "rollout status deploy/web",
            "taint nodes node-1 a=b:NoSchedule",
        ),
        *(
            "set image deploy/web web=x",
            "wait pod/client --for=condition=Ready",
            "explain pods.spec",
            "drain node-1 --force",
        ),
        *(
            "create secret generic x --from-literal=a=b",
            "create cm x --from-literal=a=b",
            "events",
            "top pods",
            "cordon node-1",
        ),
        *(
            "get pods --sort-by=.metadata.name",
            "get pods --field-selector=status.phase=Running",
            "replace -f -",
            "api-resources",
        ),
        *(
            "create service clusterip x --tcp=80:80",
            "create quota q --hard=pods=1",
            "autoscale deploy web --max=3",
            "logs client",
        ),
    )


def noise(random_: random.Random) -> str:
    """Pieces in any order; now and then one of them very often."""
    text = "".join(random_.choice(PIECES) for _ in range(random_.randrange(1, 30)))
    if random_.random() < 0.3:
        piece = "".join(random_.choice(PIECES) for _ in range(random_.choice((1, 1, 2, 3))))
        at = random_.randrange(len(text) + 1)
        text = text[:at] + piece * random_.choice((20, 100, 500, 2000)) + text[at:]
    return text


def manifest_text(random_: random.Random) -> str:
    """A manifest with accidents in it, or noise within one, or nothing but noise."""
    lot = random_.random()
    if lot < 0.1:
        return noise(random_)
    text = random_.choice(good_texts())
    if len(text) > 3000:  # a part of the largest, so that most inputs are small
        documents = text.split("\n---\n")
        text = random_.choice(documents)[:6000]
    if lot < 0.7:
        return mutated(text, random_)
    at = random_.choice((0, random_.randrange(len(text) + 1)))
    return text[:at] + noise(random_) + text[at:]


def value(random_: random.Random, depth: int = 0) -> Any:
    """Any JSON value, of a type that is rarely the right one."""
    lot = random_.random()
    if depth < 3 and lot < 0.15:
        return [value(random_, depth + 1) for _ in range(random_.randrange(4))]
    if depth < 3 and lot < 0.3:
        return {
            noise(random_)[:20] if random_.random() < 0.3 else "a": value(random_, depth + 1)
            for _ in range(2)
        }
    if lot < 0.5:
        return random_.choice(NUMBERS)
    if lot < 0.8:
        return copy.deepcopy(random_.choice(VALUES))
    return noise(random_)[:200]


def changed(manifest: Any, random_: random.Random) -> Any:
    """A copy in which some fields have another value, another type, or are gone."""
    copied = json.loads(json.dumps(manifest))
    for _ in range(random_.choice((1, 1, 2, 4, 10))):
        places: list[tuple[Any, Any]] = []
        waiting = [copied]
        while waiting:
            item = waiting.pop()
            for key in list(item) if isinstance(item, dict) else range(len(item)):
                places.append((item, key))
                if isinstance(item[key], (dict, list)):
                    waiting.append(item[key])
        if not places:
            break
        item, key = random_.choice(places)
        if random_.random() < 0.15:
            del item[key]
        else:
            item[key] = value(random_)
    return copied


@cache
def dumped() -> dict[str, Any]:
    """A dump to begin with: objects of many kinds, with statuses, Events and hostile places."""
    import k8snotes as kn

    cluster = kn.load("guestbook", nodes=2)
    for line in (
        "create deployment web --image=nginx --replicas=2",
        "create secret generic key --from-literal=a=b",
        "create cm words --from-literal=a=b",
        "create quota few --hard=pods=40,requests.cpu=4",
        "create job once --image=busybox",
        "create cronjob often --image=busybox --schedule='* * * * *'",
        "create pdb some --selector=app=web --min-available=1",
        "create ingress door --rule=a.example/=cache:80",
        "expose deploy web --port=80 --type=NodePort",
        "create serviceaccount robot",
        "taint nodes node-1 a=b:NoSchedule",
    ):
        cluster.kubectl(line)
    cluster.settle()
    lists = [cluster.kubectl(f"get {kinds} -A -o json").stdout for kinds in _DUMPED]
    items = [item for text in lists if text.startswith("{") for item in json.loads(text)["items"]]
    return {"apiVersion": "v1", "kind": "List", "items": items}


_DUMPED = (
    *(
        "pods",
        "svc",
        "nodes",
        "endpoints",
        "endpointslices",
        "deploy",
        "rs",
        "rc",
        "events",
        "secrets",
        "cm",
        "quota",
    ),
    *("jobs", "cronjobs", "pdb", "ingress", "sa", "ns", "sts", "ds", "hpa", "limits", "pvc", "pv", "netpol"),
)


def dump_input(random_: random.Random) -> tuple[str, int]:
    """Some objects of a dump with wrong types in them, and which views of it are looked at."""
    items = dumped()["items"]
    some = random_.sample(items, min(len(items), random_.randrange(1, 14)))
    cut = {"apiVersion": "v1", "kind": "List", "items": some}
    text = json.dumps(
        changed(cut, random_) if random_.random() < 0.2 else {**cut, "items": changed(some, random_)}
    )
    return text, random_.randrange(2**32)


def words(*starts: str) -> Callable[[random.Random], str]:
    """Return a maker of small texts: one of these with accidents, joined ones, or noise."""

    def make(random_: random.Random) -> str:
        lot = random_.random()
        if lot < 0.2:
            return noise(random_)
        text = random_.choice(starts)
        if lot < 0.5:
            text += random_.choice((",", " ", "/", "")) + random_.choice(starts)
        for _ in range(random_.randrange(4)):
            at = random_.randrange(len(text) + 1)
            text = (
                text[:at] + random_.choice((random_.choice(PIECES), "")) + text[at + random_.randrange(3) :]
            )
        return text

    return make


def line_input(random_: random.Random) -> tuple[str, str]:
    """A kubectl line with accidents, and what it reads from its standard input."""
    lot = random_.random()
    pieces = random_.choice(good_lines()).split(" ")
    if lot < 0.1:
        pieces = [noise(random_)]
    for _ in range(random_.randrange(4)):
        at = random_.randrange(len(pieces) + 1)
        other = random_.choice(random_.choice(good_lines()).split(" "))
        change = random_.choice(([], [other], [noise(random_)[:60]], [random_.choice(PIECES)]))
        pieces[at : at + random_.randrange(2)] = change
    return " ".join(pieces), (manifest_text(random_) if "-f" in pieces else "")


def answer_input(random_: random.Random) -> tuple[str, Any]:
    """The name of an exercise, and an answer of any type."""
    from k8snotes.course.chapters import chapters, exercises

    name = random_.choice([*exercises(random_.choice(chapters()))])
    lot = random_.random()
    if lot < 0.1:
        name = words(name)(random_)
    if lot < 0.2:
        odd = (
            object(),
            b"\xff",
            {1, 2},
            (1,),
            range(10**9),
            lambda: 1,
            float("nan"),
            1j,
            {(1,): 2},
            type,
            [[]] * 1000,
        )
        return name, random_.choice(odd)
    return name, random_.choice((noise(random_), value(random_), str(value(random_)), [noise(random_)] * 3))


def file_input(random_: random.Random) -> dict[str, bytes]:
    """A folder of files: names and contents in any encoding."""
    files = {}
    for _ in range(random_.randrange(1, 4)):
        text = manifest_text(random_)
        encoding = random_.choice(
            ("utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "latin-1", "utf-32")
        )
        data = text.encode(encoding, "surrogatepass" if encoding.startswith("utf") else "replace")
        if random_.random() < 0.2:
            at = random_.randrange(len(data) + 1)
            data = data[:at] + bytes(random_.randrange(256) for _ in range(random_.randrange(8))) + data[at:]
        names = (
            "a.yaml",
            "b.yml",
            "c.json",
            "d.txt",
            "é 名.yaml",
            "sub/e.yaml",
            ".hidden.yaml",
            "-f.yaml",
            "$x.yaml",
        )
        files[random_.choice(names)] = random_.choice((data, data, data, b""))
    return files


# ---- what is done with them


def _load(text: str) -> None:
    import k8snotes as kn

    cluster = kn.load(text, nodes=1)
    repr(cluster)
    cluster.service_map().text  # noqa: B018


def _apply(text: str) -> None:
    import k8snotes as kn

    cluster = kn.Cluster(nodes=1)
    with contextlib.suppress(kn.K8sNotesError):
        cluster.create(text)
    cluster.apply(text)


def _examine(text: str) -> None:
    import k8snotes as kn

    findings = kn.examine(text)
    shown(findings)
    lines = (
        text.count("\n")
        + text.count("\r")
        + text.count("\x85")
        + text.count("\u2028")
        + text.count("\u2029")
        + 1
    )
    assert all(0 <= finding.line <= lines for finding in findings), "a line that is not there"


def _selector(text: str) -> None:
    import k8snotes as kn

    selector = kn.Selector(text)
    selector.matches({"app": "web"})
    repr(selector.explain({"app": "web", "a": "b"}))


def _quantity(text: str) -> None:
    import k8snotes as kn

    quantity = kn.Quantity(text)
    str(quantity)
    repr(quantity)
    assert quantity <= quantity + quantity or quantity < kn.Quantity(0)


def _reference(text: str) -> None:
    import k8snotes as kn

    cluster = _guestbook()
    from k8snotes.api.ref import parse_ref

    with contextlib.suppress(kn.K8sNotesError):
        parse_ref(text, "pods")
    with contextlib.suppress(kn.K8sNotesError):
        cluster.trace(text, "pod/client")
    cluster[text]


@cache
def _guestbook() -> Any:
    import k8snotes as kn

    return kn.load("guestbook", nodes=1)


def _line(line_and_input: tuple[str, str]) -> None:
    from k8snotes.kubectl.cli import OWN_FAULT

    line, stdin = line_and_input
    output = _guestbook().copy().kubectl(line, stdin=stdin)
    shown(output)
    if OWN_FAULT in str(output):
        raise TellsOfItselfError(str(output))


def _answer(name_and_answer: tuple[str, Any]) -> None:
    import k8snotes as kn

    result = kn.check(*name_and_answer)
    shown(result)
    if "The check itself failed" in str(result):
        raise TellsOfItselfError(str(result))


def _dump(text_and_lot: tuple[str, int]) -> None:
    import k8snotes as kn
    from k8snotes.kubectl.cli import OWN_FAULT

    text, lot = text_and_lot
    cluster = kn.load(text)
    random_ = _random(lot)
    every = list(views(cluster))
    for name, view in random_.sample(every, min(8, len(every))):
        with contextlib.suppress(kn.K8sNotesError):
            page = shown(view(), drawn=random_.random() < 0.03)
            if OWN_FAULT in page["text/plain"]:
                raise TellsOfItselfError(f"{name}: {page['text/plain']}")


def _json(text: str) -> None:
    import k8snotes as kn

    with contextlib.suppress(kn.K8sNotesError):
        shown(kn.examine(text))
    _load(text)


def json_input(random_: random.Random) -> str:
    """A few objects as JSON text, with odd values or accidents in the text."""
    kinds = ("Pod", "Service", "Deployment", "ConfigMap")
    items = [item for item in dumped()["items"] if item["kind"] in kinds]
    bare = [{key: item[key] for key in item if key != "status"} for item in random_.sample(items, 2)]
    for item in bare:
        item["metadata"] = {key: item["metadata"].get(key) for key in ("name", "labels")}
    text = json.dumps(
        changed(
            bare[0] if random_.random() < 0.7 else {"kind": "List", "apiVersion": "v1", "items": bare},
            random_,
        )
    )
    if random_.random() < 0.4:
        at = random_.randrange(len(text) + 1)
        text = text[:at] + noise(random_) + text[at:]
    return text


def _files(files: dict[str, bytes]) -> None:
    import k8snotes as kn
    from k8snotes.kubectl.cli import OWN_FAULT

    with tempfile.TemporaryDirectory() as folder:
        for name, data in files.items():
            path = Path(folder, name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(data)
        output = _guestbook().copy().kubectl(["apply", "-f", folder, "-R"])
        if OWN_FAULT in str(output):
            raise TellsOfItselfError(str(output))
        with contextlib.suppress(kn.K8sNotesError):
            kn.examine(folder)
        with (
            contextlib.suppress(kn.K8sNotesError),
            Path(folder, next(iter(files))).open(encoding="utf-8") as file,
        ):
            kn.load(file)
        kn.load(folder, nodes=1)


def value_input(random_: random.Random) -> Any:
    """A manifest as Python values: cyclic, deep, with odd keys and values."""
    item: Any = changed(random_.choice(dumped()["items"]), random_)
    if random_.random() < 0.5:
        item.pop("status", None)
        item["metadata"] = {"name": "web"}
    lot = random_.random()
    places = [part for part in (item, item.get("spec"), item.get("metadata")) if isinstance(part, dict)]
    place = random_.choice(places)
    if lot < 0.2:
        place["x"] = item
    elif lot < 0.4:
        deep: Any = {}
        for _ in range(random_.choice((10, 100, 1000, 5000))):
            deep = {"a": deep} if random_.random() < 0.5 else [deep]
        place["x"] = deep
    elif lot < 0.7:
        place[random_.choice(((1, 2), 1, None, b"x", 1.5, True, frozenset()))] = random_.choice(
            (object(), {1}, b"x", 1j, range(3), value)
        )
    return item


def _value(item: Any) -> None:
    import k8snotes as kn

    with contextlib.suppress(kn.K8sNotesError):
        kn.examine(item)
    with contextlib.suppress(kn.K8sNotesError):
        kn.load(item, nodes=1)
    cluster = kn.Cluster(nodes=1)
    with contextlib.suppress(kn.K8sNotesError):
        cluster.create(item)
    cluster.apply(item)


SELECTORS = (
    "app=web",
    "app in (a, b)",
    "!app",
    "tier!=x",
    "a.b/c notin (d)",
    "x==y",
    "app",
    "a>5",
    "b<3",
    "app=",
)
QUANTITIES = (
    "1",
    "100m",
    "1.5Gi",
    "2e3",
    "1E",
    "0.1",
    "-5k",
    "+1Mi",
    "1e-9",
    ".5",
    "5.",
    "12n",
    "9" * 30,
    "1e400",
    "1e-400",
    "Ki",
)
REFERENCES = (
    "pod/client",
    "svc/cache",
    "shop/deploy/web",
    "http://cache:6379",
    "10.96.0.1:80",
    "node/node-1",
    "client",
    "pods",
)

TARGETS: dict[str, Target] = {
    "selector": Target(words(*SELECTORS), _selector, 0.27),
    "quantity": Target(words(*QUANTITIES), _quantity, 0.27),
    "reference": Target(words(*REFERENCES), _reference, 0.1),
    "kubectl": Target(line_input, _line, 0.13),
    "answer": Target(answer_input, _answer, 0.06),
    "load": Target(manifest_text, _load, 0.04),
    "apply": Target(manifest_text, _apply, 0.04),
    "examine": Target(manifest_text, _examine, 0.02),
    "dump": Target(dump_input, _dump, 0.03),
    "json": Target(json_input, _json, 0.015),
    "files": Target(file_input, _files, 0.01),
    "value": Target(value_input, _value, 0.015),
}


# ---- running them


class Result(NamedTuple):
    """What became of a target's inputs: times in seconds, sizes in bytes, faults by their kind."""

    target: str
    inputs: int
    refused: int
    slowest: tuple[float, int]
    largest: int
    faults: dict[str, tuple[int, int, str]]

    def __str__(self) -> str:
        """A line of the table."""
        slowest, number = self.slowest
        return (
            f"{self.target:10} {self.inputs:7} inputs {self.refused:7} refused   slowest {slowest:5.2f} s (#{number})"
            f"   largest {self.largest / 1e6:4.0f} MB   faults {sum(count for count, _, _ in self.faults.values())}"
        )


def _interrupt(*_: Any) -> None:
    raise TooSlowError


def tried(name: str, seed: int, numbers: Iterator[int] | range, until: float) -> Result:
    """Send the inputs of these numbers to a target, until a time of the monotonic clock."""
    import k8snotes as kn

    target = TARGETS[name]
    signal.signal(signal.SIGPROF, _interrupt)
    faults: dict[str, tuple[int, int, str]] = {}
    inputs = refused = 0
    slowest = (0.0, 0)
    before = _largest()
    for number in numbers:
        if time.monotonic() > until:
            break
        given = target.make(_random(f"{seed}/{name}/{number}"))
        inputs += 1
        signal.setitimer(signal.ITIMER_PROF, SECONDS + (FIRST if inputs == 1 else 0))
        start = time.process_time()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                warnings.simplefilter("ignore", kn.ManifestWarning)
                target.use(given)
        except kn.K8sNotesError as error:
            refused += 1
            str(error)
        except TooSlowError as error:
            _note(faults, error, number)
        except BaseException as error:  # this is what is looked for
            if isinstance(error, KeyboardInterrupt):
                raise
            _note(faults, error, number)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        if inputs > 1:
            slowest = max(slowest, (time.process_time() - start, number))
    largest = _largest()
    if largest - before > MEGABYTES * 1_000_000:  # what this process had before is no fault of an input
        faults["too large"] = (1, inputs, f"{largest / 1e6:.0f} MB")
    return Result(name, inputs, refused, slowest, largest, faults)


def _largest() -> int:
    """Return the most memory that this process has had, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _note(faults: dict[str, tuple[int, int, str]], error: BaseException, number: int) -> None:
    """Keep the first fault of each kind, which is its type and the last line of the package that it passed."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if "/k8snotes/" in frame.filename]
    at = f"{own[-1].filename.rpartition('/k8snotes/')[2]}:{own[-1].lineno}" if own else "tests"
    kind = f"{type(error).__name__} at {at}: {str(error)[-160:]!r}"
    short = f"{type(error).__name__} at {at}"
    if isinstance(error, TellsOfItselfError):
        short = kind
    count, first, text = faults.get(
        short, (0, number, "".join(traceback.format_exception(error, limit=-8))[-3000:])
    )
    faults[short] = (count + 1, first, text)


def _worker(name: str, seed: int, count: int, until: float, pipe: Any) -> None:
    if sys.platform != "darwin":  # its kernel takes no such limit
        limit = 4 * MEGABYTES * 1_000_000  # of addresses: libraries take more of them than memory
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_DATA, (2 * MEGABYTES * 1_000_000,) * 2)
    os.environ["K8SNOTES_PROGRESS"] = "off"
    pipe.send(tried(name, seed, range(count), until))


def run(inputs: int, seed: int, seconds: float, targets: list[str], processes: int = 2) -> list[Result]:
    """Run targets in processes of their own, and return what became of each; a process that died is a fault."""
    context = multiprocessing.get_context("spawn")
    until = time.monotonic() + seconds

    def one(name: str) -> Result:
        count = max(1, round(inputs * TARGETS[name].share))
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=_worker, args=(name, seed, count, until, there))
        process.start()
        there.close()
        process.join(0)
        try:
            result: Result = here.recv() if here.poll(max(0, until - time.monotonic()) + 60) else _dead(name)
        except EOFError:
            result = _dead(name)
        if process.is_alive():
            process.kill()
        process.join()
        print(result, flush=True)  # noqa: T201  # a script
        return result

    with ThreadPoolExecutor(processes) as pool:
        return list(pool.map(one, targets))


def _dead(name: str) -> Result:
    return Result(name, 0, 0, (0.0, 0), 0, {"the process died or hangs": (1, 0, "")})


def main() -> int:
    """Run what the command line asks for; 1 if there was a fault, or fewer inputs than were asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=16)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--target", choices=[*TARGETS], action="append")
    parser.add_argument("--only", type=int, help="one input of one target, by its number")
    asked = parser.parse_args()
    targets = asked.target or sorted(
        TARGETS, key=lambda name: name not in ("dump", "kubectl", "load", "apply")
    )
    if asked.only is not None:
        print(repr(TARGETS[targets[0]].make(_random(f"{asked.seed}/{targets[0]}/{asked.only}"))))  # noqa: T201
        result = tried(targets[0], asked.seed, range(asked.only, asked.only + 1), float("inf"))
        for kind, (_, _, text) in result.faults.items():
            print(kind, text, sep="\n")  # noqa: T201
        return bool(result.faults)
    print(f"seed {asked.seed}, {asked.inputs} inputs, at most {asked.minutes:g} minutes", flush=True)  # noqa: T201
    results = run(asked.inputs, asked.seed, asked.minutes * 60, targets, asked.processes)
    faults: Counter[str] = Counter()
    for result in results:
        for kind, (count, number, text) in sorted(result.faults.items(), key=lambda item: -item[1][0]):
            faults[kind] += count
            again = f"python tests/fuzz.py --seed {asked.seed} --target {result.target} --only {number}"
            print(f"\n== {result.target}: {count} times {kind}\n{again}\n{text}")  # noqa: T201
    total = sum(result.inputs for result in results)
    print(f"\n{total} inputs, {sum(faults.values())} faults of {len(faults)} kinds")  # noqa: T201
    wanted = sum(max(1, round(asked.inputs * TARGETS[name].share)) for name in targets)
    if total < wanted:
        print(f"time was up {wanted - total} inputs before the end")  # noqa: T201
    return bool(faults) or total < wanted


if __name__ == "__main__":
    sys.exit(main())
