"""What a cluster tells of itself: describe, events, api-resources, api-versions, version, cluster-info."""

from __future__ import annotations

from k8snotes.api.base import KubeObject, mapping, text
from k8snotes.api.kind import Kind
from k8snotes.api.manifest import dump_as_kubectl
from k8snotes.bootstrap import VERSION
from k8snotes.control_plane.addresses import API_SERVER_IP
from k8snotes.facts.rows import age
from k8snotes.kubectl.asked import ALL, Asked, find, known_resources, listed, lookup
from k8snotes.kubectl.describe import descriptions
from k8snotes.kubectl.files import FILES, from_files
from k8snotes.kubectl.flags import Parsed, flag
from k8snotes.kubectl.formats import indented_json
from k8snotes.kubectl.printing import OUTPUT, check_format, print_objects
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.tabs import table
from k8snotes.kubectl.trouble import Stopped, Undone, error_text

__all__ = [
    "DESCRIBE_FLAGS",
    "EVENTS_FLAGS",
    "RESOURCES_FLAGS",
    "VERSION_FLAGS",
    "api_resources",
    "api_versions",
    "cluster_info",
    "describe",
    "events",
    "version",
]

DESCRIBE_FLAGS = (
    *FILES,
    flag("selector/l"),
    flag("all-namespaces/A", "bool"),
    flag("show-events", "bool", default=True),
    flag("chunk-size", "int", 500),
)
EVENTS_FLAGS = (
    *OUTPUT,
    flag("for"),
    flag("types", "list"),
    flag("all-namespaces/A", "bool"),
    flag("no-headers", "bool"),
    flag("watch/w", "bool"),
    flag("chunk-size", "int", 500),
)
RESOURCES_FLAGS = (
    flag("output/o"),
    flag("namespaced", "bool", default=True),
    flag("api-group"),
    flag("no-headers", "bool"),
    flag("verbs", "list"),
    flag("categories", "list"),
    flag("sort-by"),
    flag("cached", "bool"),
)
VERSION_FLAGS = (flag("output/o"), flag("client", "bool"), flag("short", "bool"))
_NO_TYPE = (
    'You must specify the type of resource to describe. Use "kubectl api-resources" for a complete list of '
    "supported resources."
)


def describe(session: Session, parsed: Parsed) -> None:
    """Tell all about objects: `kubectl describe pod web`."""
    if not parsed.words and not parsed["filename"]:
        raise Stopped(error_text(_NO_TYPE))
    everywhere = parsed["all-namespaces"]
    if parsed["filename"]:
        found = []
        for document in from_files(session, parsed):
            with session.trying():
                home = document.namespace(session, parsed)
                found.append(session.api.get(document.resource, home, document.name))
        _tell(session, parsed, found)
        return
    asked = lookup(session, parsed.words)
    before = len(session.pieces)
    found = find(session, parsed, asked, everywhere=everywhere)
    if not found and len(parsed.words) == 2 and len(asked.named) == 1:
        _near(session, parsed, asked, before)
        return
    errors, session.pieces[before:] = session.pieces[before:], []
    _tell(session, parsed, found)
    session.pieces += errors
    if not found and not session.failed:
        where = "" if everywhere or not all(item.namespaced for item in asked.resources) else None
        session.err(
            f"No resources found{f' in {session.namespace(parsed)} namespace.' if where is None else ''}\n"
        )


def _tell(session: Session, parsed: Parsed, found: list[KubeObject]) -> None:
    session.out("\n\n".join(descriptions(session.api, found, events=parsed["show-events"])))


def _near(session: Session, parsed: Parsed, asked: Asked, before: int) -> None:
    """Describe what begins with the name, as nothing has it as its whole name."""
    resource, name = asked.named[0]
    near = [obj for obj in listed(session, resource, session.namespace(parsed)) if obj.name.startswith(name)]
    if not near:
        return
    session.failed = False
    session.pieces[before:] = []
    for page in descriptions(session.api, near, events=parsed["show-events"]):
        session.out(f"{page}\n")


# ---- events


def events(session: Session, parsed: Parsed) -> None:
    """Print what has been told lately, in the order of time: `kubectl events --for pod/web`."""
    form = check_format(parsed)
    everywhere = parsed["all-namespaces"]
    found = session.api.list("events", None if everywhere else session.namespace(parsed))
    about = parsed.text("for")
    if about:
        kind, slash, name = about.partition("/")
        if not slash or not kind or not name:
            raise Stopped(error_text("--for must be in resource/name form"))
        resource = lookup(session, [about]).named[0][0]
        found = [event for event in found if _is_about(event, resource, name)]
    types = [item for item in parsed["types"] if item]
    for item in types:
        if item.lower() not in ("normal", "warning"):
            raise Stopped(error_text("valid --types are Normal or Warning"))
    if types:
        wanted = {item.lower() for item in types}
        found = [event for event in found if text(event.raw.get("type")).lower() in wanted]
    found.sort(key=lambda event: (text(event.raw.get("lastTimestamp")), _number(event)))
    if form:
        print_objects(session, parsed, found, one=False)
        return
    if not found:
        where = "" if everywhere else f" in {session.namespace(parsed)} namespace"
        session.err(f"No events found{where}.\n")
        return
    names = ["LAST SEEN", "TYPE", "REASON", "OBJECT", "MESSAGE"]
    rows = [] if parsed["no-headers"] else [["NAMESPACE", *names] if everywhere else names]
    for event in found:
        line = _event_row(event, session.api.timestamp)
        rows.append([event.namespace, *line] if everywhere else line)
    session.out(table(rows))


def _is_about(event: KubeObject, resource: Kind, name: str) -> bool:
    about = mapping(event.raw.get("involvedObject"))
    return about.get("kind") == resource.kind and about.get("name") == name


def _number(obj: KubeObject) -> int:
    revision = text(obj.metadata.get("resourceVersion"))
    return int(revision) if revision.isdigit() else 0


def _event_row(event: KubeObject, now: str) -> list[str]:
    first, last = text(event.raw.get("firstTimestamp")), text(event.raw.get("lastTimestamp"))
    count = event.raw.get("count")
    seen = age(last, now)
    if isinstance(count, int) and count > 1:
        seen = f"{seen} (x{count} over {age(first, now)})"
    about = mapping(event.raw.get("involvedObject"))
    return [
        seen,
        text(event.raw.get("type")),
        text(event.raw.get("reason")),
        f"{text(about.get('kind'))}/{text(about.get('name'))}",
        text(event.raw.get("message")).strip(),
    ]


# ---- what there is

_VERSION = {"gitVersion": VERSION, "major": VERSION[1:].split(".")[0], "minor": VERSION.split(".")[1]}
_VERBS = "create,delete,deletecollection,get,list,patch,update,watch"


def api_resources(session: Session, parsed: Parsed) -> None:
    """Print the kinds that the cluster knows: `kubectl api-resources`."""
    if parsed.words:
        message = f"unexpected arguments: [{' '.join(parsed.words)}]\nSee 'kubectl api-resources -h' for help and examples"
        raise Stopped(error_text(message))
    form = parsed.text("output")
    if form not in ("", "wide", "name"):
        raise Stopped(error_text(f"--output {form} is not available"))
    found = sorted(known_resources(session), key=lambda item: (item.group, item.plural))
    if parsed.has("namespaced"):
        found = [item for item in found if item.namespaced == parsed["namespaced"]]
    if parsed.has("api-group"):
        found = [item for item in found if item.group == parsed["api-group"]]
    if parsed["categories"]:
        found = [item for item in found if item.qualified in ALL and "all" in parsed["categories"]]
    key = parsed.text("sort-by")
    if key not in ("", "name", "kind"):
        raise Stopped(error_text("--sort-by accepts only name or kind"))
    if key:
        found.sort(key=lambda item: item.plural if key == "name" else item.kind)
    if form == "name":
        session.out("".join(f"{item.qualified}\n" for item in found))
        return
    head = ["NAME", "SHORTNAMES", "APIVERSION", "NAMESPACED", "KIND"]
    head += ["VERBS", "CATEGORIES"] if form == "wide" else []
    rows = [] if parsed["no-headers"] else [head]
    for item in found:
        line = [item.plural, ",".join(item.short), item.api_version, str(item.namespaced).lower(), item.kind]
        line += [_VERBS, "all" if item.qualified in ALL else ""] if form == "wide" else []
        rows.append(line)
    session.out(table(rows))


def api_versions(session: Session, _: Parsed) -> None:
    """Print the API groups and their versions."""
    versions = sorted({item.api_version for item in known_resources(session)})
    session.out("".join(f"{version_}\n" for version_ in versions))


def version(session: Session, parsed: Parsed) -> None:
    """Print the version that is simulated here."""
    if parsed.text("output") not in ("", "yaml", "json"):
        raise Stopped(error_text("--output must be 'yaml' or 'json'"))
    known = {"clientVersion": _VERSION, **({} if parsed["client"] else {"serverVersion": _VERSION})}
    if parsed.text("output"):
        text_ = dump_as_kubectl(known) if parsed["output"] == "yaml" else indented_json(known)
        session.out(text_.rstrip("\n") + "\n")
        return
    session.out("".join(f"{name[:6].title()} Version: {VERSION}\n" for name in known))


def cluster_info(session: Session, parsed: Parsed) -> None:
    """Print where the API server is reached."""
    if parsed.words:
        what = f"cluster-info {' '.join(parsed.words)}"
        raise Undone(what, "kubectl get all -A -o yaml prints what is there.")
    session.out(f"Kubernetes control plane is running at https://{API_SERVER_IP}:6443\n")
    session.out("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n")
