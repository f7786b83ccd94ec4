"""Colours that everyone can tell apart, and looks that tell eight contestants apart."""

from __future__ import annotations

import itertools

import matplotlib.colors
import numpy
import pytest

import analysis_fixture
from experiments.runner.results.model import Analysis
from experiments.runner.typed_json import from_json
from plots.drawing.key import key_items
from plots.drawing.theme import LIBRARY_MARKERS, SCRATCH_MARKERS, THEMES, looks

# Machado, Oliveira and Fernandes 2009, severity 1, in linear RGB.
SEEN_BY = {
    "everyone": numpy.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}
TO_XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
HEADLINE = ("reactor", "proactor", "emulated")


def linear(colour: str) -> numpy.ndarray:
    rgb = numpy.array(matplotlib.colors.to_rgb(colour))
    return numpy.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def lab(colour: str, eye) -> numpy.ndarray:
    xyz = (
        numpy.array(TO_XYZ)
        @ numpy.clip(numpy.array(eye) @ linear(colour), 0, 1)
        / [0.9505, 1.0, 1.089]
    )
    f = numpy.where(xyz > 216 / 24389, numpy.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return numpy.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def contrast(one: str, other: str) -> float:
    light, dark = sorted(
        (float(numpy.array(TO_XYZ)[1] @ linear(each)) for each in (one, other)), reverse=True
    )
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("eye", SEEN_BY)
def test_the_three_patterns_differ_for_every_eye(theme, eye):
    for one, other in itertools.combinations(HEADLINE, 2):
        distance = numpy.linalg.norm(
            lab(theme.pattern(one), SEEN_BY[eye]) - lab(theme.pattern(other), SEEN_BY[eye])
        )
        assert distance > 20, f"{one} and {other} look alike with {eye}"


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_marks_and_text_stand_out_from_the_paper(theme):
    for name, colour in theme.patterns.items():
        assert contrast(colour, theme.paper) >= 3, name
    assert contrast(theme.ink, theme.paper) >= 7
    assert contrast(theme.muted, theme.paper) >= 4.5


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
@pytest.mark.parametrize("servers", [8, 15])
def test_as_many_contestants_as_looks(theme, servers):
    analysis = from_json(Analysis, analysis_fixture.analysis(servers=servers, rounds=3))
    found = looks(analysis, theme)
    contestants = [look for name, look in found.items() if name != analysis.control]
    assert len(contestants) == servers
    assert len({(look.colour, look.marker, str(look.dashes)) for look in contestants}) == servers


def test_line_and_marker_say_how_a_server_was_written():
    found = looks(from_json(Analysis, analysis_fixture.analysis(servers=8)), THEMES[0])
    assert found["reactor-libevent"].dashes == found["emulated-asio"].dashes == "-"
    assert found["reactor-epoll"].dashes == found["proactor-uring"].dashes != "-"
    assert found["reactor-libevent"].colour == found["reactor-epoll"].colour
    markers = {name: look.marker for name, look in found.items()}
    assert not {markers["reactor-libevent"], markers["reactor-bufferevent"]} & {
        markers["reactor-epoll"]
    }


def test_a_foreign_program_looks_neither_like_a_library_nor_from_scratch():
    content = analysis_fixture.analysis(servers=3)
    unknown = dict.fromkeys(("pattern", "written", "engine", "source"))
    for one in content["contestants"][1:3]:
        one.update(unknown, command="./s {port}")
    analysis = from_json(Analysis, content)
    library, mine, other = list(looks(analysis, THEMES[0]).values())[:3]
    assert mine.dashes == other.dashes != library.dashes and mine.marker != other.marker
    assert not {mine.marker, other.marker} & {*LIBRARY_MARKERS, *SCRATCH_MARKERS}
    words = [one.text for one in key_items(analysis, THEMES[0], analysis.cells[0].results, True)]
    assert words == ["Reactor", "a program of yours"]


def test_the_control_takes_no_look_from_the_contestants():
    content = analysis_fixture.analysis(servers=3)
    before = looks(from_json(Analysis, content), THEMES[0])
    content["contestants"].insert(0, content["contestants"].pop())
    assert content["contestants"][0]["control"]
    assert looks(from_json(Analysis, content), THEMES[0]) == before
