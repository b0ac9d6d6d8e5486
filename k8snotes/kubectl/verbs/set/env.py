"""`kubectl set env`: lists, sets and removes the environment variables of containers."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from k8snotes.api.base import KubeObject, Manifest, mapping, mappings, text
from k8snotes.api.go_text import quoted
from k8snotes.api.masking import HIDDEN
from k8snotes.api.names import environment_name
from k8snotes.api.quantity import Quantity
from k8snotes.catalogue import _
from k8snotes.errors import ApiError
from k8snotes.kubectl.failure import Stopped
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.output.formats import check_format
from k8snotes.kubectl.pod_templates import (
    SET_FLAGS,
    Setting,
    change_templates,
    containers_of,
    local_objects,
    setting_targets,
    where_to_set,
)
from k8snotes.kubectl.resources import kind_named
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import KINDS, Verb

_FLAGS = (
    *SET_FLAGS,
    flag("selector/l"),
    flag("containers/c", default="*"),
    flag("from"),
    flag("prefix"),
    flag("env/e", "texts"),
    flag("keys", "list"),
    flag("list", "bool"),
    flag("resolve", "bool"),
    flag("overwrite", "bool", default=True),
)
_NOUN = "environment variable"


class _Changes(NamedTuple):
    """What is to become of variables: those to set, as items of a container's list, and the names to remove."""

    env: list[Manifest]
    remove: list[str]


def env(session: Session, parsed: Parsed) -> None:
    """Set environment variables of a Pod template: `kubectl set env deploy/web MODE=fast DEBUG-`.

    A name with "-" at its end is removed. --list shows what containers get, and --from takes the keys of a ConfigMap or
    a Secret; values of Secrets are never shown.

    Source of the rule:
    https://kubernetes.io/docs/reference/kubectl/generated/kubectl_set/kubectl_set_env/
    """
    if parsed["all"] and parsed.text("selector"):
        raise Stopped("cannot set --all and --selector at the same time")
    words, changes = _split(parsed.words)
    check_format(parsed, tables=False)
    how = where_to_set(session, parsed)
    if not parsed["filename"] and not words:
        raise Stopped("one or more resources must be specified as <resource> <name> or <resource>/<name>")
    if parsed["list"] and parsed.text("output"):
        raise Stopped("--list and --output may not be specified together")
    if parsed["keys"] and not parsed.text("from"):
        raise Stopped("when specifying --keys, a configmap or secret must be provided with --from")
    wanted = _read(session, [*parsed["env"], *changes])
    if parsed.text("from"):
        wanted.env.extend(_taken_from(session, parsed))
    for item in wanted.env:
        item["name"] = parsed.text("prefix") + item["name"]
    objects = (
        local_objects(session, parsed) if how == "local" else setting_targets(session, parsed, words, how)
    )

    def edit(obj: KubeObject, spec: Manifest) -> None:
        _edit(session, parsed, obj, spec, wanted)

    setting = Setting(edit, "env updated", "failed to patch env update to pod template:")
    if parsed["list"]:
        _list(objects, setting)
    else:
        change_templates(session, parsed, objects, setting, how)


def _list(objects: Sequence[KubeObject], setting: Setting) -> None:
    for obj in objects:
        spec = obj.resource.pod_spec_of(obj.manifest)
        if spec is not None:
            setting.edit(obj, spec)


def _split(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the words that name objects, and the changes, which come after them."""
    first = next((at for at, word in enumerate(words) if _is_change(word)), len(words))
    if not all(map(_is_change, words[first:])):
        raise Stopped(f"all resources must be specified before environment changes: {' '.join(words)}")
    return list(words[:first]), list(words[first:])


def _is_change(word: str) -> bool:
    return "=" in word[1:] or word.endswith("-")


def _read(session: Session, changes: Iterable[str]) -> _Changes:
    """Return what changes mean, as `ParseEnv` of k8s.io/kubectl/pkg/cmd/set/env reads them."""
    wanted = _Changes([], [])
    named = set()
    for change in changes:
        name, equals, value = change.partition("=")
        if change == "-":
            wanted.env.extend(_from_lines(session.stdin))
        elif equals:
            wrong = environment_name(name)
            if wrong:
                raise Stopped(f"{quoted(name)} is not a valid key name: {';'.join(wrong)}")
            named.add(name)
            wanted.env.append({"name": name, "value": value})
        elif change.endswith("-"):
            wanted.remove.append(change[:-1])
        else:
            raise Stopped(f"unknown {_NOUN}: {change}")
    if named & set(wanted.remove):
        raise Stopped(f"can not both modify and remove the same {_NOUN} in the same command")
    return wanted


def _from_lines(given: str) -> list[Manifest]:
    found = []
    for line in given.splitlines():
        name, equals, value = line.partition("#")[0].partition("=")
        if equals:
            found.append({"name": name, "value": value})
    return found


def _taken_from(session: Session, parsed: Parsed) -> list[Manifest]:
    """Return a variable for each key of the ConfigMap or the Secret that --from names."""
    kind_word, slash, name = parsed.text("from").partition("/")
    kind = kind_named(session, kind_word)
    if not slash:
        raise Stopped("resource(s) were provided, but no name was specified")
    with session.asking():
        source = session.api.get(kind, session.namespace(parsed), name)
    if source.kind not in ("Secret", "ConfigMap"):
        raise Stopped("unsupported resource specified in --from")
    field = "secretKeyRef" if source.kind == "Secret" else "configMapKeyRef"
    keys = [
        key for key in sorted(mapping(source.raw.get("data"))) if not parsed["keys"] or key in parsed["keys"]
    ]
    for key in keys:
        if _variable(key) != key:
            session.err(f"Warning: key {key} transferred to {_variable(key)}\n")
    return [
        {
            "name": _variable(key),
            "valueFrom": {field: {"key": key, "name": source.name}},
        }
        for key in keys
    ]


def _variable(key: str) -> str:
    return re.sub(r"[^a-zA-Z0-9_]", "_", key).upper()


def _edit(session: Session, parsed: Parsed, obj: KubeObject, spec: Manifest, wanted: _Changes) -> None:
    pattern = parsed.text("containers")
    containers = containers_of(spec, pattern)
    if not containers:
        session.err(
            f"Warning: {obj.kind}/{obj.name} does not have any containers matching {quoted(pattern)}\n"
        )
    failed = False
    for container in containers:
        old = mappings(container.get("env"))
        if not parsed["overwrite"]:
            _check_free(obj, parsed, old, wanted.env)
        new = _updated(old, wanted)
        if new or "env" in container:
            container["env"] = new
        if not new:
            container.pop("env", None)
        if parsed["list"]:
            failed |= not _listed(session, parsed, obj, container)
    if failed:
        raise Stopped("failed to retrieve valueFrom references")


def _check_free(obj: KubeObject, parsed: Parsed, old: Sequence[Manifest], new: Sequence[Manifest]) -> None:
    for item in new:
        taken = next((one for one in old if one.get("name") == item["name"]), None)
        if taken is not None and taken.get("value") != item.get("value"):
            shown = f"{obj.resource.singular}.{obj.resource.group}/{obj.name}\n".replace("./", "/")
            name = shown if parsed["local"] and obj.resource.group else f"{obj.resource.plural}/{obj.name}"
            raise Stopped(
                f"{name} '{item['name']}' already has a value ({text(taken.get('value'))}), and --overwrite is false\n"
            )


def _updated(old: Sequence[Manifest], wanted: _Changes) -> list[Manifest]:
    """Return the variables of a container after the changes, as `updateEnv` of kubectl orders them."""
    done = set(wanted.remove)
    found: list[Manifest] = []
    for item in old:
        name = text(item.get("name"))
        if name in done:
            continue
        newer = next((one for one in wanted.env if one["name"] == name), None)
        if newer is not None:
            done.add(name)
        found.append(dict(newer) if newer is not None else item)
    for item in wanted.env:
        if item["name"] not in done:
            done.add(item["name"])
            found.append(dict(item))
    return found


# ---- what is listed


def _listed(session: Session, parsed: Parsed, obj: KubeObject, container: Manifest) -> bool:
    """Print the variables of a container; returns whether all could be found."""
    session.out(f"# {obj.kind} {obj.name}, container {text(container.get('name'))}\n")
    missing: dict[str, list[str]] = {}
    for item in mappings(container.get("env")):
        name, source = text(item.get("name")), mapping(item.get("valueFrom"))
        if not source:
            session.out(f"{name}={text(item.get('value'))}\n")
            continue
        shown = f"# {name} from {_reference(source)}\n"
        if parsed["resolve"]:
            try:
                shown = f"{name}={_resolved(session, parsed, obj, container, source)}\n"
            except ApiError as error:
                missing.setdefault(str(error.message), []).append(name)
            except Stopped as stopped:
                missing.setdefault(stopped.message, []).append(name)
        session.out(shown)
    for why, names in sorted(missing.items()):
        session.err(f"error retrieving reference for {', '.join(sorted(names))}: {why}\n")
    return not missing


def _reference(source: Manifest) -> str:
    for field, kind in (("configMapKeyRef", "configmap"), ("secretKeyRef", "secret")):
        if field in source:
            part = mapping(source[field])
            return f"{kind} {text(part.get('name'))}, key {text(part.get('key'))}"
    if "fieldRef" in source:
        return f"field path {text(mapping(source['fieldRef']).get('fieldPath'))}"
    if "resourceFieldRef" in source:
        part = mapping(source["resourceFieldRef"])
        owner = f"{text(part.get('containerName'))}/" if part.get("containerName") else ""
        return f"resource field {owner}{text(part.get('resource'))}"
    return "invalid valueFrom"


def _resolved(
    session: Session, parsed: Parsed, obj: KubeObject, container: Manifest, source: Manifest
) -> str:
    """Return the value that a variable gets; the value of a Secret is hidden."""
    for field, kind, words in (
        ("secretKeyRef", "secrets", "secret"),
        ("configMapKeyRef", "configmaps", "config map"),
    ):
        if field in source:
            part = mapping(source[field])
            name, key = text(part.get("name")), text(part.get("key"))
            held = session.api.get(kind_named(session, kind), session.namespace(parsed), name)
            data = mapping(held.raw.get("data"))
            if key not in data:
                raise Stopped(f"key {key} not found in {words} {name}")
            return HIDDEN if kind == "secrets" else text(data[key])
    if "fieldRef" in source:
        return _field(obj, text(mapping(source["fieldRef"]).get("fieldPath")))
    if "resourceFieldRef" in source:
        return _amount(container, mapping(source["resourceFieldRef"]))
    raise Stopped("invalid valueFrom")


def _field(obj: KubeObject, path: str) -> str:
    part, bracket, key = path.partition("['")
    if bracket and key.endswith("']"):
        if part in ("metadata.annotations", "metadata.labels"):
            held = obj.annotations if part.endswith("annotations") else obj.labels
            return held.get(key[:-2], "")
        raise Stopped(f"fieldPath {quoted(path)} does not support subscript")
    known = {
        "metadata.annotations": "\n".join(
            f"{name}={quoted(value)}" for name, value in sorted(obj.annotations.items())
        ),
        "metadata.labels": "\n".join(f"{name}={quoted(value)}" for name, value in sorted(obj.labels.items())),
        "metadata.name": obj.name,
        "metadata.namespace": obj.namespace,
        "metadata.uid": text(obj.metadata.get("uid")),
    }
    if path not in known:
        raise Stopped(f"unsupported fieldPath: {path}")
    return known[path]


def _amount(container: Manifest, source: Manifest) -> str:
    part, _dot, name = text(source.get("resource")).partition(".")
    known = ("cpu", "memory", "ephemeral-storage")
    if part not in ("limits", "requests") or (name not in known and not name.startswith("hugepages-")):
        raise Stopped(f"Unsupported container resource : {text(source.get('resource'))}")
    given: Any = mapping(mapping(container.get("resources")).get(part)).get(name, "0")
    value, divisor = Quantity(str(given)), Quantity(str(source.get("divisor") or "1"))
    if not divisor.milli:
        divisor = Quantity("1")
    if name == "cpu":
        return str(math.ceil(value.milli / divisor.milli))
    return str(math.ceil(value.value / divisor.value))


VERB = Verb(
    env,
    _("List, set and remove environment variables of containers in a Pod template."),
    _FLAGS,
    "kubectl set env deploy/web MODE=fast DEBUG-",
    takes=KINDS,
)
