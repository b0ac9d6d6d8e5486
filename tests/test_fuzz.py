"""A small part of `make fuzz`: a few thousand inputs, and nothing but the package's own errors."""

from __future__ import annotations

import fuzz
import pytest

INPUTS = 4000
SEED = 1


@pytest.mark.parametrize("target", sorted(fuzz.TARGETS))
def test_only_errors_of_the_package_come_back(target, monkeypatch):
    """No input of a target brings another exception, a line about a failure of k8snotes, or two seconds of work."""
    monkeypatch.setenv("K8SNOTES_PROGRESS", "off")
    count = max(20, round(INPUTS * fuzz.TARGETS[target].share))
    result = fuzz.tried(target, SEED, range(count), float("inf"))
    again = {
        kind: f"tests/fuzz.py --seed {SEED} --target {target} --only {first}"
        for kind, (_, first, _) in result.faults.items()
    }
    assert not again, "\n".join(text for _, _, text in result.faults.values())
    assert result.inputs == count


def test_faults_are_noticed(monkeypatch):
    """A target that raises what is not ours, that hangs, or that takes its time is told of, each with its input."""

    def hang(_):
        while True:
            pass

    def fails(_):
        raise KeyError("x")

    monkeypatch.setattr(fuzz, "SECONDS", 0.05)
    monkeypatch.setitem(fuzz.TARGETS, "hangs", fuzz.Target(lambda random_: random_.random(), hang, 1))
    monkeypatch.setitem(fuzz.TARGETS, "fails", fuzz.Target(lambda random_: random_.random(), fails, 1))
    monkeypatch.setattr(fuzz, "FIRST", 0)
    slow = fuzz.tried("hangs", 1, range(3), float("inf"))
    wrong = fuzz.tried("fails", 1, range(3), float("inf"))
    assert [kind.split()[0] for kind in slow.faults] == ["TooSlowError"]
    assert [kind.split()[0] for kind in wrong.faults] == ["KeyError"]
    assert [count for count, _, _ in (*slow.faults.values(), *wrong.faults.values())] == [3, 3]


def test_inputs_come_from_the_seed():
    """The same seed, target and number make the same input."""
    for name, target in fuzz.TARGETS.items():
        if name not in ("value", "answer"):  # they have objects in them that have no equal
            one, two = (target.make(fuzz._random(f"1/{name}/7")) for _ in range(2))
            assert one == two


def test_doubled_keys_are_looked_through_once():
    """The doctor goes through the keys of a document as often for a hundred doubled ones as for ten."""

    class Counted(list):
        times = 0

        def __iter__(self):
            self.times += 1
            return super().__iter__()

    from k8snotes.api.manifest import compose, plain
    from k8snotes.doctor.rules.doubled_keys import doubled_key_faults

    def passes(number):
        node = compose("kind: Pod\n" * number).nodes[0]
        refused = plain(node)[1]
        node.value = Counted(node.value)
        assert len(doubled_key_faults(node, refused)) == number - 1
        return node.value.times

    assert passes(100) == passes(10)


@pytest.mark.parametrize("text", ["{" * 60 + "\ud800", "[" * 60 + "\udfff" + "]" * 60])
def test_half_a_character_within_deep_brackets_is_refused(text):
    """Half a character is an error of ours wherever it stands, however deep."""
    import k8snotes as kn

    with pytest.raises(kn.ManifestError):
        kn.Cluster(nodes=1).apply(f"kind: Pod\nspec: {text}")
    assert not kn.examine(f"kind: Pod\nspec: {text}").ok
