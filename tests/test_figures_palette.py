"""The one visual language: readable on its ground, and never by colour alone."""

from __future__ import annotations

import colorsys

import pytest

from k8snotes.figures import palette
from k8snotes.figures.legend import legend
from k8snotes.figures.palette import Look

LOOKS = {name: look for name, look in vars(palette).items() if isinstance(look, Look)}
OKABE_ITO = ("#0072B2", "#009E73", "#E69F00", "#D55E00")


def luminance(color: str) -> float:
    """Return the relative luminance (https://www.w3.org/TR/WCAG21/#dfn-relative-luminance)."""
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio (https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def hue(color: str) -> float:
    """Return the hue of a colour, a full turn as 1."""
    red, green, blue = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return colorsys.rgb_to_hsv(red, green, blue)[0]


def test_the_contrast_of_black_on_white_is_21() -> None:
    """The measure that the next tests use is right at its end."""
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
@pytest.mark.parametrize("ink", ["own", palette.INK, palette.MUTED, palette.WARNING_INK])
def test_every_ink_is_readable_on_every_ground(look: Look, ink: str) -> None:
    """Each ink that a box may hold has a contrast of 4.5:1 or more on the box's ground."""
    assert contrast(look.ink if ink == "own" else ink, look.fill) >= 4.5


@pytest.mark.parametrize("ink", [palette.INK, palette.MUTED, palette.EDGE, palette.WARNING_INK])
def test_every_ink_is_readable_on_paper(ink: str) -> None:
    """What stands beside the boxes is readable on white, in a dark theme too: the ground is opaque."""
    assert contrast(ink, palette.PAPER) >= 4.5


@pytest.mark.parametrize(
    ("look", "of"), zip((palette.SERVICE, palette.POD, palette.NODE, palette.ERROR), OKABE_ITO, strict=True)
)
def test_kinds_keep_okabe_and_itos_hues(look: Look, of: str) -> None:
    """Service, Pod, Node and error have the four hues that most colour-blind readers tell apart."""
    assert hue(look.line) == pytest.approx(hue(of), abs=0.03)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("role", ["svc", "pod", "node", "wait", "off", "bad", "act"])
def test_lines_and_inks_stand_out_in_both_themes(role: str, theme: int) -> None:
    """A line has a contrast of 3:1 or more, an ink 4.5:1, on paper and on the ground of what it frames."""
    colors = {name: pair[theme] for name, pair in palette.TOKENS.items()}
    for ground in (colors["paper"], colors[f"{role}bg"]):
        assert contrast(colors[role], ground) >= 3
        for ink in ("ink", "muted", f"{role}ink", "badink"):
            assert contrast(colors[ink], ground) >= 4.5


def test_a_colour_stands_for_one_role() -> None:
    """The style sheet gives each colour of a light drawing the one of a dark page: it has to know which."""
    lights = [light for light, _dark in palette.TOKENS.values()]
    assert len(set(lights)) == len(lights)
    assert all(light == light.lower() for light in lights)


def test_a_cluster_ip_is_dashed_and_a_pod_and_a_node_are_not() -> None:
    """The line says without colour that nothing is at a Cluster IP."""
    assert "dashed" in palette.SERVICE.style
    assert not {"dashed", "dotted"} & {*palette.POD.style.split(","), *palette.NODE.style.split(",")}


def test_states_differ_by_sign_and_line() -> None:
    """Ready, not ready and left out differ in their symbol; what gets no traffic is dotted."""
    looks = [palette.look_of(state) for state in ("ready", "not ready", "left out")]
    assert [look.symbol for look in looks] == ["✓", "◐", "✗"]
    assert ["dotted" in look.style for look in looks] == [False, True, True]


def test_a_pod_that_is_on_its_way_is_half_a_sign_and_one_that_ended_is_a_cross() -> None:
    """Pending and terminating Pods may still change; Succeeded and Failed ones will not."""
    assert [palette.sign_of(state) for state in ("Pending", "terminating", "no Node yet")] == ["◐"] * 3
    assert [palette.sign_of(state) for state in ("Succeeded", "Failed")] == ["✗", "✗"]


def test_the_legend_explains_every_address_sign_and_line() -> None:
    """Whoever reads the legend knows what each frame, symbol and line means."""
    text = legend().text
    for word in ("Node IP", "Pod IP", "Cluster IP", "✓", "◐", "✗", "dashed", "dotted", "double", "arrow"):
        assert word in text


def test_the_legend_can_be_drawn() -> None:
    """The legend is a picture too."""
    figure = legend()
    assert "Cluster IP" in figure.svg
    assert "Cluster IP" in figure.alt
