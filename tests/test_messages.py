"""No decision reads a message: what decides is a code or a part, and the sentence is made of them last."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "k8snotes"

# What holds a sentence that is made to be read: as an attribute of an object, and as a variable.
SENTENCES = {"message", "hint", "title", "why", "what", "note", "sentence", "summary", "caption", "alt"}
NAMED = {"message", "hint", "title", "why", "sentence", "reason"}
# What holds one in an error; elsewhere `.text` may be a manifest, `.detail` a number.
OF_ERRORS = {"text", "detail", "near", "args"}
ERRORS = {
    "cause",
    "error",
    "exception",
    "problem",
    "refusal",
    "refused",
    "stop",
    "stopped",
    "trouble",
    "warning",
}
CUTS = {
    *("startswith", "endswith", "partition", "rpartition", "split", "rsplit", "removeprefix", "removesuffix"),
    *("find", "rfind", "index", "rindex", "count", "replace"),
}
PATTERNS = {"search", "match", "fullmatch", "findall", "finditer", "sub", "subn"}
SPLITS = {"split", "rsplit", "partition", "rpartition"}
QUOTES = {'"', "'"}

# What stands there -> why it is no decision by a message
ALLOWED = {
    'message.split("\\n", 1)[0][:240]': "what Kubernetes says of Pods is shown once, without what differs from Pod to Pod",
    'self.message.partition(" is forbidden: ")': "an Event of Kubernetes has nothing but its message",
}


def is_sentence(node: ast.expr) -> bool:
    """Whether an expression is a sentence, or a piece that was made of one."""
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr=attr) if attr in OF_ERRORS and name in ERRORS:
            return True
        case ast.Attribute(attr=attr):
            return attr in SENTENCES
        case ast.Name(id=name):
            return name in NAMED
        case ast.Call(func=ast.Name(id="str" | "repr"), args=[ast.Name(id=name)]):
            return name in ERRORS
        case ast.Call(func=ast.Attribute(value=value, attr="lower" | "upper" | "strip" | "casefold")):
            return is_sentence(value)
        case ast.Subscript(value=value):
            return is_sentence(value)
        case ast.BoolOp(values=values):
            return any(map(is_sentence, values))
    return False


def is_text(node: ast.expr) -> bool:
    """Whether an expression is a text that stands in the source, or a tuple of such."""
    if isinstance(node, ast.Tuple):
        return all(map(is_text, node.elts))
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def letter(node: ast.expr) -> str:
    """Return the text that an argument is, "" if it is none."""
    match node:
        case ast.Constant(value=str() as value):
            return value
        case ast.Call(func=ast.Name(id="chr"), args=[ast.Constant(value=int() as number)]):
            return chr(number)
    return ""


def offences(source: str) -> list[int]:
    """Return the lines of a module on which something is decided by a sentence, or cut out of one."""
    lines = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Compare(left=left, ops=[ast.In() | ast.NotIn()], comparators=[right]):
                if (is_sentence(right) and not isinstance(right, ast.Name)) or (
                    is_sentence(right) and is_text(left)
                ):
                    lines.append(node.lineno)
            case ast.Compare(
                left=left, ops=[ast.Eq() | ast.NotEq()], comparators=[ast.Constant(value=str() as text)]
            ):
                if text and isinstance(left, ast.Attribute) and is_sentence(left):
                    lines.append(node.lineno)
            case ast.Call(func=ast.Attribute(value=value, attr=attr), args=args):
                letters = [letter(arg) for arg in args]
                # to take a message's lines is to show it
                cut = attr in CUTS and is_sentence(value) and letters != ["\n"]
                matched = attr in PATTERNS and any(map(is_sentence, args))
                # what stands between two quotation marks was put there by a sentence
                unquoted = attr in SPLITS and any(text in QUOTES for text in letters)
                if cut or matched or unquoted:
                    lines.append(node.lineno)
    return sorted(set(lines))


def room_of(path: Path) -> str:
    """Return the folder of the package that a file is in, "" for one that is in none."""
    return path.relative_to(PACKAGE).parts[0] if path.parent != PACKAGE else ""


def places(room: str) -> list[str]:
    """Return every place in a room where a message is read: file, line, and what stands there."""
    found = []
    for path in sorted(path for path in PACKAGE.rglob("*.py") if room_of(path) == room):
        source, file = path.read_text(encoding="utf-8"), path.relative_to(PACKAGE).as_posix()
        lines = source.splitlines()
        for number in offences(source):
            line = lines[number - 1].strip()
            if not any(piece in line for piece in ALLOWED):
                found.append(f"{file}:{number}: {line}")
    return found


ROOMS = sorted({room_of(path) for path in PACKAGE.rglob("*.py")})


@pytest.mark.parametrize("room", ROOMS)
def test_no_room_decides_by_a_message(room):
    """Nothing tests what a message says, or cuts a word out of it, but what is listed with its reason."""
    assert places(room) == []


@pytest.mark.parametrize("piece", ALLOWED)
def test_what_is_allowed_is_there(piece):
    """What is listed as allowed stands somewhere in the package."""
    assert any(piece in path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))


@pytest.mark.parametrize(
    "line",
    [
        'if "taint" in error.message: pass',
        'if "taint" in message: pass',
        'if error.message == "gone": pass',
        "word = near.split('\"')[1]",
        "word = near.split(chr(34))[1]",
        'alt = self.title.partition(": ")[2]',
        'if problem.hint.startswith("Did"): pass',
        'if "because" not in str(error): pass',
        'if re.search("range|IP", cause.message): pass',
        "_PLACE.match(warning.text)",
        'text = stop.text.removeprefix("error: ")',
        'first = error.message.lower().split(": ")[0]',
    ],
)
def test_the_old_habit_is_recognised(line):
    """Each way in which messages were read back is found by this test."""
    assert offences(line) == [1]


@pytest.mark.parametrize(
    "line",
    [
        'if cause.rule == "port-number": pass',
        'if error.reason in ("NotFound", "Conflict"): pass',
        'print(f"{error.message}: {hint}")',
        "if word in words_of(text): pass",
        'name, _, rest = line.partition(": ")',
        "if self.hint: pass",
        'print(error.message.split("\\n")[0])',
    ],
)
def test_codes_and_other_texts_are_no_messages(line):
    """Codes may be compared, sentences shown, and a reader's text be read."""
    assert offences(line) == []
