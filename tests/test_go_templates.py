"""Go templates: what `-o go-template` writes, and what it says of templates that do not fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import k8snotes as kn
from k8snotes.kubectl.output.go_format import Int, sprint, sprintf, sprintln
from k8snotes.kubectl.output.go_template import GoTemplate, GoTemplateError

GOLDEN = Path(__file__).resolve().parent / "golden" / "kubectl" / "go_templates.json"
RECORDED = json.loads(GOLDEN.read_text(encoding="utf-8"))


def written(template, data, **options):
    """Return what a template writes, and the error that ends it."""
    text = ""
    try:
        for piece in GoTemplate(template, **options).written(data):
            text += piece
    except GoTemplateError as error:
        return text, str(error)
    return text, ""


@pytest.mark.parametrize("case", RECORDED["cases"], ids=lambda case: case["template"][:40])
def test_a_recorded_template_writes_the_same(case):
    """Each template writes what kubectl wrote of the same object, and ends with the same error."""
    text, error = written(case["template"], RECORDED["object"])
    out, said = case["out"], case["err"]
    if error and "error parsing template" in said:
        assert (text, said) == ("", f"error: error parsing template {case['template']}, {error}\n")
    elif error:
        assert out == f"{text}Error executing template: {error}."
        assert said.endswith(f": {error}\n")
    else:
        assert (text, "") == (out, said)


def test_a_range_over_a_number_counts():
    """Since Go 1.24, a range goes over numbers, too."""
    assert written("{{range 3}}{{.}}{{end}}{{range $i := .n}}<{{$i}}>{{end}}", {"n": 2}) == ("012<0><1>", "")
    text, error = written("{{range $i, $x := 2}}{{end}}", {})
    assert text == ""
    assert error.endswith(": can't use 2 to iterate over more than one variable")


def test_a_missing_key_may_be_an_error():
    """--allow-missing-template-keys=false refuses a field that there is not."""
    text, error = written("{{.a}}{{.b}}", {"a": 1}, missing_keys=False)
    assert (text, error.endswith('at <.b>: map has no entry for key "b"')) == ("1", True)


def test_a_template_that_calls_itself_ends():
    """A template that calls itself without end is stopped, and so is one that writes without end."""
    text, error = written('{{define "a"}}x{{template "a" .}}{{end}}{{template "a" .}}', {})
    assert "exceeded maximum template depth" in error
    assert set(text) == {"x"}
    assert "writes too much" in written("{{range 100000000}}{{end}}", {})[1]


@given(st.text(alphabet='{}.$"`|()-:=,/* \nabx01\\', max_size=40))
def test_any_template_is_read_or_refused(text):
    """Whatever is typed, a template is either read and used, or Go's words say why not."""
    for template in (text, f"{{{{{text}}}}}", f"{{{{range .a}}}}{text}{{{{end}}}}"):
        out, error = written(template, {"a": [{"b": 1}, {"b": "x"}], "x": None})
        assert isinstance(out, str)
        assert error == "" or error.startswith("template: output:")


@given(
    st.text(max_size=20), st.lists(st.one_of(st.integers(), st.text(max_size=5), st.booleans(), st.none()))
)
def test_any_form_prints_something(form, values):
    """`printf` never fails: a verb that does not fit is shown as Go shows it."""
    assert isinstance(sprintf(form, *values), str)


def test_values_are_printed_as_go_prints_them():
    """`Sprint` puts a space between two values that are no text, `Sprintln` between all."""
    assert sprint("a", 1, 2, "b") == "a1 2b"
    assert sprintln("a", 1, None) == "a 1 <nil>\n"
    assert sprintf("%T %T %5.1f|%-4d|%04d", 1, Int(1), 2.25, 7, -7) == "int64 int   2.2|7   |-007"


def test_a_template_of_a_secret_shows_no_value():
    """The values of Secrets stay hidden, also behind base64decode."""
    c = kn.Cluster(nodes=1)
    c.kubectl("create secret generic key --from-literal=password=sesame")
    for template in ("{{.data.password}}", "{{.data.password | base64decode}}", "{{.}}"):
        done = c.kubectl(["get", "secret", "key", "-o", f"go-template={template}"])
        assert "sesame" not in done.stdout + done.stderr
        assert "<hidden>" in done.stdout


def test_a_template_can_be_in_a_file(tmp_path, monkeypatch):
    """-o go-template-file reads the template, and --template gives it to -o go-template."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t").write_text("{{range .items}}{{.metadata.name}};{{end}}", encoding="utf-8")
    c = kn.Cluster(nodes=2)
    for options in (
        "-o go-template-file=t",
        "-o templatefile --template=t",
        "-o go-template --template='{{range .items}}{{.metadata.name}};{{end}}'",
    ):
        assert c.kubectl(f"get nodes {options}").stdout == "node-1;node-2;"
    missing = c.kubectl("get nodes -o go-template-file=nope")
    assert missing.stderr == "error: error reading --template nope, open nope: no such file or directory\n"


def test_an_error_shows_the_template_and_the_object():
    """What a template has written stays, and then kubectl shows the template and the object."""
    c = kn.Cluster(nodes=1)
    done = c.kubectl(["get", "ns", "default", "-o", "go-template={{.kind}}{{.kind.x}}"])
    assert done.exit == 1
    assert done.stdout.startswith("NamespaceError executing template: template: output:1:16: executing")
    assert "\n\ttemplate was:\n\t\t{{.kind}}{{.kind.x}}\n\traw data was:\n\t\t{" in done.stdout
    assert done.stderr.startswith(
        'error: error executing template "{{.kind}}{{.kind.x}}": template: output:1:16'
    )
