"""The catalogue: messages, their places and forms, languages, and what may stand outside."""

from __future__ import annotations

import copy
import json
import os
import pickle
import string
import subprocess
import sys
from pathlib import Path

import pytest
import sentences

import k8snotes as kn
from k8snotes import catalogue
from k8snotes.catalogue import _, by_language, ngettext

ROOT = Path(__file__).resolve().parents[1]
LOCALE = ROOT / "k8snotes" / "locale"
babel = pytest.importorskip("babel.messages.pofile", reason="Babel collects the messages")


@pytest.fixture
def klingon(tmp_path: Path):
    """A language of two messages, made for a test."""
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo

    words = Catalog(locale="de")
    words.add("{name} has {pods}", "{name} hat {pods}")
    words.add(("{n} Pod", "{n} Pods"), ("{n} Schote", "{n} Schoten"))
    file = tmp_path / "tlh" / "LC_MESSAGES" / "k8snotes.mo"
    file.parent.mkdir(parents=True)
    with file.open("wb") as target:
        write_mo(target, words)
    catalogue.FOLDERS.append(tmp_path)
    yield "tlh"
    kn.language("en")
    catalogue.FOLDERS.remove(tmp_path)


def test_a_text_says_itself_anew_after_the_language_has_changed(klingon):
    """str(), an f-string and a place of another message speak the language in force, there and back."""
    text = _("{name} has {pods}", name="web", pods=ngettext("{n} Pod", "{n} Pods", 2))
    assert (str(text), f"{text}!") == ("web has 2 Pods", "web has 2 Pods!")
    kn.language(klingon)
    assert (str(text), f"{text}!", str(_("{name} has {pods}", name="a", pods=text))) == (
        "web hat 2 Schoten",
        "web hat 2 Schoten!",
        "a hat web hat 2 Schoten",
    )
    there = _("{name} has {pods}", name="web", pods=ngettext("{n} Pod", "{n} Pods", 1))
    assert there == "web hat 1 Schote"
    kn.language("en")
    assert str(there) == "web has 1 Pod"


@pytest.mark.parametrize(
    "again",
    [copy.copy, copy.deepcopy, lambda text: pickle.loads(pickle.dumps(text))],  # noqa: S301  # its own
)
def test_a_copy_of_a_text_can_still_change_its_language(klingon, again):
    """A cluster is copied with its facts, and they keep their message."""
    text = again(_("{name} has {pods}", name="web", pods=ngettext("{n} Pod", "{n} Pods", 2)))
    assert text == "web has 2 Pods"
    kn.language(klingon)
    assert str(text) == "web hat 2 Schoten"


def test_a_text_is_an_ordinary_string(klingon):
    """It is equal to its words, a key, and JSON; a message that no language has stays English."""
    text = _("not ready")
    assert text == "not ready"
    assert {text: 1}["not ready"] == 1
    assert json.dumps([text]) == '["not ready"]'
    kn.language(klingon)
    assert str(text) == "not ready"


def test_braces_of_a_message_without_places_stay():
    """YAML in a sentence is no place."""
    assert _("write {app: web}") == "write {app: web}"


def test_an_error_speaks_the_language_in_which_it_is_shown(klingon):
    """The error is raised in one language and shown in another."""
    error = kn.ClusterError(_("{name} has {pods}", name="web", pods=1))
    kn.language(klingon)
    assert str(error) == "web hat 1"


def test_a_property_is_made_once_for_each_language(klingon):
    """by_language keeps a value for each language, and makes it once."""

    class Said:
        made = 0

        @by_language
        def words(self) -> str:
            self.made += 1
            return f"{ngettext('{n} Pod', '{n} Pods', 2)}"

    said = Said()
    assert [said.words, said.words] == ["2 Pods", "2 Pods"]
    kn.language(klingon)
    assert [said.words, said.words] == ["2 Schoten", "2 Schoten"]
    kn.language("en")
    assert (said.words, said.made) == ("2 Pods", 2)


@pytest.mark.parametrize("name", ["en", "EN", "en-GB", "en_US.UTF-8", " en "])
def test_a_language_is_named_as_people_and_computers_do(name):
    """Letters, regions and encodings do not matter."""
    assert kn.language(name) == "en"


@pytest.mark.parametrize("name", ["xx", "", "../en", 3, "english language of a very long name" * 20])
def test_an_unknown_language_is_refused_with_what_there_is(name):
    """The error names the languages, and the one in force stays."""
    with pytest.raises(kn.LanguageError, match='Choose one of these languages: "en"') as caught:
        kn.language(name)
    assert len(str(caught.value)) < 300
    assert kn.language() == "en"


def in_a_new_python(code: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """What a Python of its own prints; `variables` are those of its environment."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )


def test_the_environment_chooses_the_language_before_the_first_use():
    """K8SNOTES_LANGUAGE is read; one that is unknown is told of and stays English, whatever is in it."""
    code = "import k8snotes as kn; print(kn.language())"
    assert in_a_new_python(code, K8SNOTES_LANGUAGE="en_GB.UTF-8").stdout == "en\n"
    done = in_a_new_python(code, K8SNOTES_LANGUAGE="no such")
    assert done.stdout == "en\n"
    assert 'K8SNOTES_LANGUAGE is "no such"' in done.stderr
    assert "Traceback" not in done.stderr


def test_in_english_gettext_is_not_loaded():
    """English costs no import and no file."""
    code = "import sys, k8snotes as kn; kn.Cluster; kn.language(); print('gettext' in sys.modules)"
    assert in_a_new_python(code).stdout == "False\n"


def test_no_sentence_stands_outside_the_catalogue():
    """Whatever k8snotes says is a message; what Kubernetes and kubectl say is listed."""
    allowed = sentences.listed()
    found = [
        f"{sentence.path}:{sentence.line}: {sentence.text}"
        for path in sorted(sentences.PACKAGE.rglob("*.py"))
        for sentence in sentences.outside(path)
        if sentence.key not in allowed
    ]
    assert not found, "\n".join(found)


def test_what_is_listed_as_outside_is_there():
    """A line of the lists whose sentence is gone is gone, too."""
    there = {sentence.key for path in sentences.PACKAGE.rglob("*.py") for sentence in sentences.outside(path)}
    assert not sentences.listed() - there


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('x = "The Pod waits."', ["The Pod waits."]),
        ('x = f"The Pod {name} waits."', ["The Pod {} waits."]),
        ('x = _("The Pod waits.")', []),
        ('x = ngettext("{n} Pod waits", "{n} Pods wait", 2)', []),
        ('def f():\n    """The Pod waits."""', []),
        ('x = "pod-waits"', []),
        ("x = '<div style=\"color: red\"></div>'", []),
        ("x = '@media print{.box p{color:red;margin:0 auto}}'", []),
        ('x = _("The Pod waits.", name="a long name")', ["a long name"]),
    ],
)
def test_a_sentence_outside_is_found(tmp_path, monkeypatch, code, found):
    """The judge of the two tests above: what is a sentence, and what is in the catalogue."""
    monkeypatch.setattr(sentences, "PACKAGE", tmp_path)
    path = tmp_path / "new.py"
    path.write_text(code, encoding="utf-8")
    assert [sentence.text for sentence in sentences.outside(path)] == found


def languages() -> list[Path]:
    """The languages that people write."""
    return sorted(LOCALE.glob("*/LC_MESSAGES/k8snotes.po"))


def read(path: Path):
    with path.open("rb") as file:
        return babel.read_po(file, locale=path.parent.parent.name)


def places(message: str) -> set[str]:
    """The names of a message's places."""
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(message) if name is not None}


def test_the_catalogue_is_up_to_date():
    """Template, languages and what is read are those of the messages that are said: `make words` writes them."""
    done = subprocess.run(
        [sys.executable, ROOT / ".ci" / "catalogue.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", languages(), ids=lambda path: path.parent.parent.name)
def test_a_language_is_complete(path: Path):
    """Each message is translated, none is fuzzy, and none is there that is no longer said."""
    language = read(path)
    missing = [
        message.id
        for message in language
        if message.id and (message.fuzzy or not all(_forms(message.string)))
    ]
    assert not missing, missing[:10]
    assert not language.obsolete, list(language.obsolete)[:10]


def _forms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    return text if isinstance(text, tuple) else (text,)


@pytest.mark.parametrize("path", languages(), ids=lambda path: path.parent.parent.name)
def test_a_translation_has_the_places_of_its_message(path: Path):
    """Each form has places of the same names, so that nothing is lost and nothing fails when it is shown."""
    wrong = []
    for message in read(path):
        if not message.id:
            continue
        of_message = _forms(message.id)
        if not any("{" in form for form in of_message):
            continue
        try:
            wanted = set().union(*map(places, of_message))
        except ValueError:
            continue  # braces that are no places: the message has none, and is taken as it is
        for form in _forms(message.string):
            left = wanted - places(form)
            if places(form) - wanted or left - {"n"}:
                wrong.append((message.id, form))
    assert not wrong, wrong[:10]


def test_a_message_is_literal_and_has_only_named_places():
    """Babel sees it, and a translator may change the order: no f-string, no `{}`, no `{0}`, no attribute."""
    import ast

    wrong = []
    for path in sorted(sentences.PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in sentences.MARKS
            ):
                continue
            forms = node.args[:1] if node.func.id == "_" else node.args[:2]
            given = {keyword.arg for keyword in node.keywords} | (
                {"n"} if node.func.id == "ngettext" else set()
            )
            for form in forms:
                here = f"{path.relative_to(ROOT)}:{node.lineno}"
                if not (isinstance(form, ast.Constant) and isinstance(form.value, str)):
                    if path.name not in ("catalogue.py", "chapters.py", "glossary.py"):
                        wrong.append(f"{here}: {ast.unparse(form)} is no literal")
                elif given and None not in given and not places(form.value) <= given:
                    wrong.append(f"{here}: {places(form.value) - given} not given")
                elif (
                    not given
                    and places_or_none(form.value)
                    and path.name not in ("words.py", "cluster_words.py")
                ):  # filled in later there
                    wrong.append(f"{here}: {form.value} has places, and nothing for them")
    assert not wrong, "\n".join(wrong)


def places_or_none(message: str) -> set[str]:
    """The places of a message, none where its braces are no places."""
    try:
        return {name for name in places(message) if name.isidentifier()}
    except ValueError:
        return set()
