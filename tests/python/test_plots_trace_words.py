"""What every step of a trace is said to be, and the colours of who acts."""

import re
from typing import get_args

import pytest
from test_plots_trace import HEADLINE, step
from test_trace_read import recorded

from experiments.runner.trace.model import LANES, Kind
from plots.drawing.theme import DARK, LIGHT, THEMES
from plots.trace.colours import STRONG, actors, recolouring, text_on, variables
from plots.trace.picture import picture
from plots.trace.sentences import kinds, sentence


class TestSentences:
    def test_every_kind_of_every_lane_that_traces_have(self):
        seen = {
            (one.lane, one.kind)
            for name in (*HEADLINE, "proactor-asio")
            for one in recorded(name).steps
        }
        assert seen <= set(kinds())
        assert {kind for _, kind in kinds()} == set(get_args(Kind))
        assert {lane for lane, _ in kinds()} == set(LANES)

    def test_no_two_kinds_say_the_same(self):
        said = [
            sentence(step(lane, kind, name="x", bytes=64, lasts_us=1)) for lane, kind in kinds()
        ]
        assert len(set(said)) == len(said)
        assert all(text[0].isupper() and text.endswith(".") and "  " not in text for text in said)

    @pytest.mark.parametrize(
        ("one", "words"),
        [
            (
                step("server", "receive", name="recvfrom", connection=1, bytes=64),
                "The server's thread copies the 64 bytes itself: recvfrom on connection 1.",
            ),
            (step("server", "receive", name="readv", outcome="would block"), "would block"),
            (step("server", "receive", name="recvfrom", bytes=0), "the peer has closed"),
            (step("client", "receive", name="recvfrom", lasts_us=1), "has closed the connection"),
            (step("server", "receive", name="recvfrom", cut=True), "waits for data"),
            (step("server", "wait", name="futex"), "another of its threads"),
            (step("kernel", "receive", name="RECV", bytes=1), "puts 1 byte into the buffer"),
            (step("kernel", "complete", name="RECV", outcome="ECANCELED"), "ECANCELED"),
            (step("server", "wait", name="epoll_wait", outcome="2 ready"), "It returns: 2 ready."),
            (step("server", "sleep", at_us=1, cut=True), "goes on after the trace"),
        ],
    )
    def test_says_what_it_came_to(self, one, words):
        assert words in sentence(one)


class TestColours:
    def test_every_colour_has_one_meaning(self):
        for place in (0, 1):
            colours = [pair[place] for pair in variables().values()]
            assert len(set(colours)) == len(colours)
        assert len(recolouring()) == len(variables())

    @pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
    def test_texts_can_be_read_on_what_they_lie_on(self, theme):
        for role, colour in actors(theme).items():
            if role != "on_strong":
                assert contrast(colour, text_on(role, theme)) >= 4.5, role
        for role in STRONG:
            assert contrast(actors(theme)[role], theme.paper) >= 3, role
        for role in ("handler", "network"):
            assert contrast(actors(theme)[role], theme.paper) >= 4.5, role
        for behind in (actors(theme)["within"], theme.paper):
            assert contrast(theme.ink, behind) >= 4.5 and contrast(theme.muted, behind) >= 4.5

    def test_a_drawing_has_no_colour_that_the_dark_page_does_not_know(self):
        made = picture(recorded("proactor-uring"))
        drawing = made.figure.inline("a", made.figure.page(LIGHT, made.layout), recolouring())
        assert re.findall(r"#[0-9a-f]{6}\b", drawing) == []
        assert DARK.paper not in drawing


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2."""

    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
