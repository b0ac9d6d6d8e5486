"""`kubectl create`: creates what files describe, or an object of a kind; `create/NAME.py` makes the manifest of one.

A file of this folder declares its `VERB` with `creator`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from k8snotes.api.base import Manifest, view
from k8snotes.catalogue import _
from k8snotes.errors import ApiError
from k8snotes.kubectl.dry_run import DRY_RUN, answer, created, dry_run
from k8snotes.kubectl.failure import Stopped, refusal
from k8snotes.kubectl.files import FILES, manifests
from k8snotes.kubectl.flags import Flag, Parsed, flag
from k8snotes.kubectl.output.formats import OUTPUT, check_format
from k8snotes.kubectl.session import Session
from k8snotes.kubectl.verb import Verb, Verbs

__all__ = ["VERB", "Builder", "creator", "new_object"]

Builder = Callable[[Session, Parsed, str], Manifest]  # from the flags and the name to the manifest

_COMMON = (*DRY_RUN, *OUTPUT, flag("save-config", "bool"), flag("validate", default="strict", bare="strict"))
_FLAGS = (*_COMMON, *FILES, flag("selector/l"), flag("edit", "bool"), flag("raw"))


def create(session: Session, parsed: Parsed) -> None:
    """Create the objects that files describe; an object that exists is an error: `kubectl create -f web.yaml`.

    If the next word is the name of a kind, it makes the manifest itself; see the files of this folder.

    Source of the rule: https://kubernetes.io/docs/reference/kubectl/generated/kubectl_create/
    """
    if parsed.words and not parsed["filename"]:
        raise Stopped(
            f"Unexpected args: [{' '.join(parsed.words)}]\nSee 'kubectl create -h' for help and examples"
        )
    how = dry_run(session, parsed)
    check_format(parsed, tables=False)
    for document in manifests(session, parsed):
        home = document.namespace(session, parsed)
        if how == "client":  # kubectl then asks nobody
            answer(session, parsed, document.at(home), "created", how)
            continue
        with session.trying(document.doing("creating")):
            obj = created(session, how, document.manifest, home, save=parsed["save-config"])
            answer(session, parsed, obj, "created", how)
            session.show([obj], "apply")


def creator(
    build: Builder,
    about: str,
    flags: tuple[Flag, ...] = (),
    *,
    example: str,
    aliases: tuple[str, ...] = (),
    required: tuple[str, ...] = (),
    failing: str = "",
) -> Verb:
    """Return the subcommand that creates an object of a kind from flags.

    Args:
        build: makes the manifest.
        about: one sentence that says what it does, for `kubectl help`.
        flags: what the kind takes besides the flags of every `kubectl create`.
        example: a line that can be typed.
        aliases: other names of the kind.
        required: flags that must be given.
        failing: the text after "failed to create " if the API server refuses the object: "quota: "; "" for kinds
            whose refusals are printed as they are.
    """

    def run(session: Session, parsed: Parsed) -> None:
        parsed.require(*required)
        names = parsed.before
        if len(names) != 1:
            usage = f"See 'kubectl {session.verb} -h' for help and examples"
            raise Stopped(f"exactly one NAME is required, got {len(names)}\n{usage}")
        how = dry_run(session, parsed)
        manifest = build(session, parsed, names[0])
        home = session.namespace(parsed)
        if how == "client":
            obj = view(manifest)
            if parsed.has("namespace") and obj.resource.namespaced:
                manifest["metadata"]["namespace"] = home
        else:
            sent = {key: value for key, value in manifest.items() if key != "status"}
            try:
                with session.warnings():
                    obj = created(session, how, sent, home, save=parsed["save-config"])
            except ApiError as error:
                if not failing:
                    raise Stopped(refusal(error), head="") from None
                raise Stopped(f"failed to create {failing}{error.message}") from None
        answer(session, parsed, obj, "created", how)
        session.show([obj], "apply")

    return Verb(run, about, (*_COMMON, *flags), example, aliases=aliases)


def new_object(api_version: str, kind: str, name: str, **fields: Any) -> Manifest:
    """Return a manifest of a kind.

    >>> new_object("v1", "Namespace", "shop", spec={})
    {'apiVersion': 'v1', 'kind': 'Namespace', 'metadata': {'name': 'shop'}, 'spec': {}}
    """
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, **fields}


VERB = Verb(
    create,
    _("Create objects from files, or an object of one kind from options."),
    _FLAGS,
    "kubectl create deployment web --image=nginx",
    subcommands=Verbs(__name__, __path__),
)
