"""The simulated programs that show a container from within: env, cat, ls, id, ... Their words are those of busybox."""

from __future__ import annotations

import stat
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from k8snotes.api.base import mapping, sequence, text
from k8snotes.api.masking import HIDDEN
from k8snotes.catalogue import _
from k8snotes.kubectl.shell import Program, Shell
from k8snotes.node.container_environment import UNKNOWN, user_of
from k8snotes.node.container_files import File, Folder, Found, Link

__all__ = ["CONTAINER_PROGRAMS", "print_value", "tell_of_values"]


def tell_of_values(shell: Shell, *values: str) -> None:
    """Say why values are not shown, if some are not."""
    if any(HIDDEN in value for value in values):
        shell.tell(_("The values of Secrets and the tokens of ServiceAccounts are never shown."))
    if any(UNKNOWN in value for value in values):
        shell.tell(_("{unknown} stands for a value that is not known here.", unknown=UNKNOWN))


def print_value(shell: Shell, value: str) -> None:
    """Print a line, and say what in it is not shown."""
    shell.out(f"{value}\n")
    tell_of_values(shell, value)


# ---- variables


def _env(shell: Shell, _words: list[str]) -> int:
    """Print the variables of the container."""
    for name, value in shell.variables.items():
        print_value(shell, f"{name}={value}")
    _tell_of_missing(shell)
    return 0


def _printenv(shell: Shell, words: list[str]) -> int:
    """Print the variables of the container, or only the values of those that are named."""
    if not words:
        return _env(shell, words)
    missing = False
    for name in words:
        if name in shell.variables:
            print_value(shell, shell.variables[name])
        else:
            missing = True
    if missing:
        _tell_of_missing(shell)
    return int(missing)


def _tell_of_missing(shell: Shell) -> None:
    """Say that variables may be missing, if an object is missing now from which they were taken."""
    gone = sorted({item.needed[2] for item in shell.seen.environment.errors if item.needed is not None})
    if gone:
        shell.tell(
            _(
                "Some variables are not known, because these ConfigMaps or Secrets are missing, or lack a key: {names}.",
                names=", ".join(gone),
            )
        )


def _echo(shell: Shell, words: list[str]) -> int:
    """Print the arguments; -n leaves out the end of the line."""
    plain = words[:1] == ["-n"]
    said = " ".join(words[1:] if plain else words)
    shell.out(said if plain else f"{said}\n")
    tell_of_values(shell, said)
    return 0


# ---- who and where


def _hostname(shell: Shell, words: list[str]) -> int:
    """Print the name of the Pod, with -f in full, with -i its address."""
    name = shell.resolver.hostname
    names = shell.resolver.hosts.names(name) or (name,)
    shown = shell.pod.ip if "-i" in words else names[0] if "-f" in words else name
    shell.out(f"{shown}\n")
    return 0


class _User(NamedTuple):
    """A user with its groups."""

    uid: int
    gid: int
    groups: tuple[int, ...]


def _who(shell: Shell) -> _User:
    """Return who runs the programs of the container; where its image decides, root is assumed.

    Source of the rule: https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
    """
    own = mapping(shell.container.raw.get("securityContext"))
    whole = mapping(shell.pod.spec.get("securityContext"))
    uid = user_of(shell.pod, shell.container)
    if uid is None:
        shell.tell(
            _(
                "The image of container {container} decides who runs its programs. Here, root is assumed.",
                container=shell.container.name,
            )
        )
    gid = next((item["runAsGroup"] for item in (own, whole) if isinstance(item.get("runAsGroup"), int)), 0)
    more = [*sequence(whole.get("supplementalGroups")), whole.get("fsGroup")]
    groups = sorted({gid, *(item for item in more if isinstance(item, int))})
    return _User(uid or 0, gid, tuple(groups))


def _id(shell: Shell, words: list[str]) -> int:
    """Print who runs the programs of the container."""
    user = _who(shell)
    if "-u" in words:
        shell.out(f"{user.uid}\n")
    elif "-g" in words:
        shell.out(f"{user.gid}\n")
    elif "-G" in words:
        shell.out(f"{' '.join(map(str, user.groups))}\n")
    else:
        groups = ",".join(map(_named, user.groups))
        shell.out(f"uid={_named(user.uid)} gid={_named(user.gid)} groups={groups}\n")
    return 0


def _named(number: int) -> str:
    return f"{number}(root)" if number == 0 else str(number)


def _whoami(shell: Shell, _words: list[str]) -> int:
    """Print the name of the user, if the number has one."""
    user = _who(shell)
    if user.uid:
        shell.err(f"whoami: unknown uid {user.uid}\n")
        return 1
    shell.out("root\n")
    return 0


def _pwd(shell: Shell, _words: list[str]) -> int:
    """Print the working directory; where the image decides, that is assumed to be `/`."""
    shell.out(f"{shell.seen.tree.workdir}\n")
    return 0


def _true(_shell: Shell, _words: list[str]) -> int:
    """Do nothing, successfully."""
    return 0


def _false(_shell: Shell, _words: list[str]) -> int:
    """Do nothing, unsuccessfully."""
    return 1


# ---- files


def _cat(shell: Shell, words: list[str]) -> int:
    """Print files."""
    code = 0
    for path in (word for word in words if not word.startswith("-")):
        found = shell.seen.tree.find(path)
        if isinstance(found.node, File):
            content = found.node.content
            shell.out(f"{content}\n" if content in (HIDDEN, UNKNOWN) else content)
            tell_of_values(shell, content)
            continue
        code = 1
        if isinstance(found.node, Folder):
            shell.err("cat: read error: Is a directory\n")
        else:
            shell.err(f"cat: can't open '{path}': {_why_not(shell, path, found)}\n")
    return code


def _why_not(shell: Shell, path: str, found: Found) -> str:
    """Return the system's words for a path that leads nowhere, and tell what is not known about it."""
    if found.through_file:
        return "Not a directory"
    _tell_of_folder(shell, path, found.folder)
    return "No such file or directory"


def _tell_of_folder(shell: Shell, path: str, folder: Folder) -> None:
    """Say what is not known of a folder.

    Args:
        shell: the container.
        path: what was looked for in it, "" for all that is there.
        folder: the folder.
    """
    if folder.source.sort == "emptyDir":
        shell.tell(
            _(
                "No program runs here, so nothing is ever written into the emptyDir volume {volume}.",
                volume=folder.source.name,
            )
        )
    elif folder.known:
        return
    elif folder.source.sort == "image":
        shell.tell(
            _("{path} may be a file of the image, and those are not known here.", path=path)
            if path
            else _("The files of the image are not known here.")
        )
    else:
        shell.tell(
            _(
                "The contents of volume {volume} ({sort}) are not known here.",
                volume=folder.source.name,
                sort=folder.source.sort,
            )
        )


_FLAGS = "1Aadl"


def _ls(shell: Shell, words: list[str]) -> int:
    """List files; folders of the image are not known, only what is mounted in them."""
    flags = {letter for word in words if word.startswith("-") for letter in word[1:]}
    wrong = sorted(flags - set(_FLAGS))
    if wrong:
        shell.err(f"ls: unrecognized option: {wrong[0]}\n")
        shell.tell(_("Here, ls knows only these options: {flags}.", flags=", ".join(f"-{x}" for x in _FLAGS)))
        return 1
    paths = [word for word in words if not word.startswith("-")] or ["."]
    tree, code = shell.seen.tree, 0
    files: list[tuple[str, _Entry]] = []
    folders: list[tuple[str, Folder]] = []
    for path in paths:
        found = tree.find(path)
        if found.node is None:
            code = 1
            shell.err(f"ls: {path}: {_why_not(shell, path, found)}\n")
        elif isinstance(found.node, Folder) and "d" not in flags:
            folders.append((path, found.node))
        else:
            files.append((path, found.node))
    _print(shell, files, flags)
    for number, (path, folder) in enumerate(folders):
        if len(paths) > 1:
            shell.out(("\n" if number or files else "") + f"{path}:\n")
        _list(shell, path, folder, flags)
    return code


_Entry = File | Folder | Link


def _list(shell: Shell, path: str, folder: Folder, flags: set[str]) -> None:
    """Print what is in a folder."""
    hidden = flags & {"a", "A"}
    entries: list[tuple[str, _Entry]] = sorted(
        (name, node) for name, node in folder.entries.items() if hidden or not name.startswith(".")
    )
    if "a" in flags:
        above = shell.seen.tree.find(f"{path}/..").node
        entries = [(".", folder), ("..", above if isinstance(above, Folder) else folder), *entries]
    if "l" in flags:
        blocks = [_blocks(node, folder) for _name, node in entries]
        shell.out(f"total {'?' if None in blocks else sum(size or 0 for size in blocks)}\n")
    _print(shell, entries, flags)
    _tell_of_folder(shell, "", folder)


def _print(shell: Shell, entries: Iterable[tuple[str, _Entry]], flags: set[str]) -> None:
    when = _date(text(shell.pod.status.get("startTime")))
    for name, node in entries:
        shell.out(f"{_line(name, node, when) if 'l' in flags else name}\n")


class _Row(NamedTuple):
    """What a line of `ls -l` begins with: permissions, links, user, group, and the size, None if it is not known."""

    mode: str
    links: int
    owner: str
    group: str
    size: int | None

    def __str__(self) -> str:
        size = "?" if self.size is None else self.size
        return f"{self.mode:<10} {self.links:>4} {self.owner:<8.8} {self.group:<8.8} {size:>9}"


def _line(name: str, node: _Entry, when: str) -> str:
    """Return the line of `ls -l`."""
    if isinstance(node, Link):
        return f"{_Row('lrwxrwxrwx', 1, 'root', node.group, len(node.target))} {when} {name} -> {node.target}"
    if isinstance(node, File):
        mode = stat.filemode(stat.S_IFREG | node.mode)
        return f"{_Row(mode, 1, node.owner, node.group, node.size)} {when} {name}"
    below = sum(isinstance(item, Folder) for item in node.entries.values())
    links = 1 if node.source.sort == "image" else 2 + below
    size = 20 * (len(node.entries) + 2) if node.in_memory else 4096
    mode = stat.filemode(stat.S_IFDIR | node.mode)
    return f"{_Row(mode, links, 'root', node.group, size)} {when} {name}"


def _blocks(node: _Entry, folder: Folder) -> int | None:
    """Return how many KiB something takes, None where that is not known."""
    if isinstance(node, Link) or (isinstance(node, Folder) and node.in_memory):
        return 0
    if isinstance(node, Folder):
        return 4
    return None if node.size is None or not folder.known else 4 * -(-node.size // 4096)


def _date(when: str) -> str:
    try:
        moment = datetime.fromisoformat(when)
    except ValueError:
        return "?".rjust(12)
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{months[moment.month - 1]} {moment.day:>2} {moment:%H:%M}"


CONTAINER_PROGRAMS: dict[str, Program] = {
    "cat": _cat,
    "echo": _echo,
    "env": _env,
    "false": _false,
    "hostname": _hostname,
    "id": _id,
    "ls": _ls,
    "printenv": _printenv,
    "pwd": _pwd,
    "true": _true,
    "whoami": _whoami,
}
"""The programs by name."""
