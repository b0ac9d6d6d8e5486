"""The indexes of a Job whose Pods are numbered (`completionMode: Indexed`): which are done, which come next.

Source of the rules: https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from k8snotes.api.base import Manifest, mapping, mappings, text
from k8snotes.api.kinds.job import Job
from k8snotes.api.kinds.pod import Pod

__all__ = [
    "FAILURES",
    "IGNORED",
    "INDEX",
    "index_of",
    "indexes",
    "interval_text",
    "is_indexed",
    "next_indexes",
    "numbered",
]

INDEX = "batch.kubernetes.io/job-completion-index"
FAILURES = "batch.kubernetes.io/job-index-failure-count"  # how often the Pods of an index had failed before
IGNORED = "batch.kubernetes.io/job-index-ignored-failure-count"  # and how often without its counting


def is_indexed(job: Job) -> bool:
    """Whether each Pod of a Job has a number of its own."""
    return job.spec.get("completionMode") == "Indexed"


def index_of(job: Job, pod: Pod) -> int:
    """Return the number of a Pod, -1 where it has none that its Job asks for."""
    written = pod.annotations.get(INDEX, "")
    index = int(written) if written.isdigit() else -1
    return index if index < int(job.spec.get("completions") or 0) else -1


def indexes(written: object) -> set[int]:
    """Read a list of numbers and of ranges, as a Job's status has it.

    >>> sorted(indexes("1,3-5"))
    [1, 3, 4, 5]
    """
    found: set[int] = set()
    for part in text(written).split(","):
        first, _, last = part.partition("-")
        if first.isdigit():
            found.update(range(int(first), int(last if last.isdigit() else first) + 1))
    return found


def interval_text(numbers: Iterable[int]) -> str:
    """Write numbers as a list of ranges; two that follow each other are listed with a comma.

    Source of the rule: `orderedIntervals.String` in k8s.io/kubernetes/pkg/controller/job

    >>> interval_text([5, 3, 4, 1]), interval_text([0, 1])
    ('1,3-5', '0,1')
    """
    ranges: list[list[int]] = []
    for number in sorted(numbers):
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1][1] = number
        else:
            ranges.append([number, number])
    shown = []
    for first, last in ranges:
        between = "-" if last - first > 1 else ","
        shown.append(str(first) if first == last else f"{first}{between}{last}")
    return ",".join(shown)


def next_indexes(job: Job, taken: Collection[int], count: int) -> list[int]:
    """Return the lowest numbers that are not taken: so many Pods are made next."""
    free = (number for number in range(int(job.spec.get("completions") or 0)) if number not in taken)
    return [number for number, _ in zip(free, range(count), strict=False)]


def numbered(job: Job, pod: Manifest, index: int, failures: int, ignored: int = 0) -> Manifest:
    """Return the manifest of the Pod for one number: in a label, an annotation, its host name and its environment.

    Args:
        job: its Job.
        pod: the manifest of any Pod of this Job.
        index: the number.
        failures: how often Pods of this number have failed, where the Job bounds that (`backoffLimitPerIndex`).
        ignored: how often besides, without its counting (`podFailurePolicy`).

    Source of the rule: `addCompletionIndexEnvVariables` in k8s.io/kubernetes/pkg/controller/job
    """
    metadata, spec = mapping(pod["metadata"]), mapping(pod["spec"])
    number = str(index)
    annotations = {**mapping(metadata.get("annotations")), INDEX: number}
    if job.spec.get("backoffLimitPerIndex") is not None:
        annotations[FAILURES] = str(failures)
        if ignored:
            annotations[IGNORED] = str(ignored)
    source = {"fieldRef": {"fieldPath": f"metadata.labels['{INDEX}']"}}
    variable = {"name": "JOB_COMPLETION_INDEX", "valueFrom": source}
    lists: dict[str, list[Manifest]] = {}
    for field in ("initContainers", "containers"):
        if spec.get(field):
            lists[field] = [_with_variable(item, variable) for item in mappings(spec[field])]
    return {
        **pod,
        "metadata": {
            **metadata,
            "generateName": f"{job.name}-{index}-",
            "labels": {**mapping(metadata.get("labels")), INDEX: number},
            "annotations": annotations,
        },
        "spec": {**spec, **lists, "hostname": f"{job.name}-{index}"},
    }


def _with_variable(container: Manifest, variable: Manifest) -> Manifest:
    """Return a container with a variable in its environment, unless it says that itself."""
    there = mappings(container.get("env"))
    if any(item.get("name") == variable["name"] for item in there):
        return container
    return {**container, "env": [*there, variable]}
