"""The picture of a traced conversation: what stands where."""

import io
from dataclasses import replace
from itertools import combinations

import pytest
from PIL import Image
from plots_pages import texts_of
from test_trace_read import head, recorded

from experiments.runner.trace.model import Loan, Step, Trace
from plots.drawing.text import text_width
from plots.drawing.theme import LIGHT
from plots.trace.buffers import bars, filled_by
from plots.trace.labels import GAP, SIZE, Wish, levels
from plots.trace.picture import lesson, picture
from plots.trace.scene import MOST_STEPS, WIDEST, scene
from plots.trace.timescale import BREAK_WIDTH, LEAST, timescale

HEADLINE = ("reactor-epoll", "proactor-uring", "emulated-epoll")


def step(lane: str, kind: str, at_us: float = 0, lasts_us: float | None = None, **facts) -> Step:
    lasts = None if lasts_us is None else round(lasts_us * 1000)
    values = {"name": "", **facts}
    return Step(round(at_us * 1000), lasts, lane, kind, **values)  # type: ignore[arg-type]


def long_trace(rounds: int) -> Trace:
    """So many receives, each in a handler, 10 us apart."""
    steps = []
    for number in range(rounds):
        at = 10 * number
        steps.append(step("server", "handler", at, 8, name="read", thread=1))
        steps.append(step("server", "receive", at + 1, 2, name="recvfrom", thread=1, bytes=64))
    return Trace(head(), tuple(steps), ())


class TestTimescale:
    def test_order_is_kept_and_every_interval_can_be_seen(self):
        scale = timescale([5_000_000, 0, 1, 300_000, 1000])
        places = [scale.of(at) for at in scale.at_ns]
        assert all(b - a >= LEAST for a, b in zip(places, places[1:]))
        assert places[-1] - places[-2] == pytest.approx(BREAK_WIDTH)
        assert scale.breaks() == [(300_000, 5_000_000)]

    def test_ticks_are_round_and_apart_and_in_no_break(self):
        scale = timescale([0, 40_000, 90_000, 300_000, 50_000_000, 50_100_000])
        ticks = scale.ticks()
        assert len(ticks) > 3
        assert not any(300_000 < each <= 50_000_000 for each in ticks)
        for one, other in zip(ticks, ticks[1:]):
            assert one % 10_000 == 0
            half = (
                text_width(f"{one // 1000:,}", SIZE) + text_width(f"{other // 1000:,}", SIZE)
            ) / 2
            assert scale.of(other) - scale.of(one) > half

    def test_a_trace_without_steps_has_one(self):
        assert timescale([0]).width > 0


def test_labels_lie_on_no_other_and_no_leader_runs_through_one():
    wishes = [Wish(0.11 * place, (f"recvfrom {place} B",), place + 1) for place in range(12)]
    placed = levels(wishes, right=5)
    assert len(placed) > 6
    for one, other in combinations(sorted(placed, key=lambda label: label.x), 2):
        ends = one.x + text_width(one.text, SIZE) + GAP
        assert other.x >= ends - 1e-9 or one.level > other.level


class TestBuffers:
    def test_a_reactor_lends_for_the_call_a_proactor_before_the_data_arrive(self):
        for name, how in (("reactor-epoll", "call"), ("proactor-uring", "operation")):
            trace = recorded(name)
            receive = bars(trace, scene(trace).scale)[0]
            lent = [one for one in receive.segments if one.lent]
            assert all(how in one.texts[0] for one in lent)
            arrives = scene(trace).scale.of(
                next(one.at_ns for one in trace.steps if one.kind == "arrive")
            )
            assert (lent[0].start < arrives) == (how == "operation")

    def test_segments_cover_a_bar_without_a_hole(self):
        trace = recorded("proactor-uring")
        scale = scene(trace).scale
        for bar in bars(trace, scale):
            edges = [0.0] + [edge for one in bar.segments for edge in (one.start, one.end)]
            assert edges[::2] == [*edges[1::2], scale.width][: len(edges[::2])]
            assert edges[-1] == scale.width

    def test_loans_at_a_time_get_a_bar_each_and_copies_the_one_handed_back_first(self):
        loans = (Loan(0, 90_000, "receive", "operation"), Loan(0, 50_000, "receive", "operation"))
        copy = step("kernel", "copy", 40, bytes=64)
        trace = Trace(head(), (step("kernel", "receive", 30, 60, bytes=64), copy), loans)
        drawn = scene(trace)
        found = bars(trace, drawn.scale)
        assert [bar.name for bar in found] == ["receive buffer", "receive buffer 2", "send buffer"]
        filled = filled_by(drawn.copies, found)
        short = next(bar for bar in found if bar.segments[0].end == drawn.scale.of(50_000))
        assert [mark.step for mark in filled[short.name]] == [copy]

    def test_a_copy_that_is_of_no_receive_fills_no_buffer(self):
        steps = (step("server", "call", 0, 9, name="read"), step("server", "copy", 4, bytes=1))
        assert scene(Trace(head(), steps, ())).copies == ()

    def test_what_was_not_recorded_is_not_said(self):
        trace = Trace(
            head(recorder="strace", missing="calls only"), (step("client", "sleep", 0, 9),), ()
        )
        assert all(bar.unknown for bar in bars(trace, scene(trace).scale))


class TestPicture:
    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("reactor-epoll", "application performs the receive itself, in its handler"),
            ("proactor-uring", "kernel performs the receive for the application"),
            ("emulated-epoll", "application performs the receive itself, but before its handler"),
        ],
    )
    def test_the_lesson_is_what_was_observed(self, name, words):
        trace = recorded(name)
        assert words in lesson(trace)
        # Whatever the server says it is.
        assert lesson(replace(trace, head=head(pattern="reactor"))) == lesson(trace)

    def test_without_handlers_nothing_is_said_of_them(self):
        assert "not recorded" in lesson(recorded("emulated-epoll", False))

    @pytest.mark.parametrize("name", HEADLINE)
    def test_no_text_lies_on_another_or_leaves_the_paper(self, name):
        made = picture(recorded(name))
        page = made.figure.page(LIGHT, made.layout)
        texts = texts_of(page)
        width, height = page.canvas.bbox.width, page.canvas.bbox.height
        for text, box in texts:
            assert box.x0 >= -1 and box.x1 <= width + 1, text
            assert box.y0 >= -1 and box.y1 <= height + 1, text
        for (one, box), (other, another) in combinations(texts, 2):
            wide = min(box.x1, another.x1) - max(box.x0, another.x0)
            high = min(box.y1, another.y1) - max(box.y0, another.y0)
            assert wide <= 1 or high <= 2, (one, other)

    def test_the_calls_are_written_on_it_with_their_bytes(self):
        for name, words in (("reactor-epoll", "recvfrom 64 B"), ("proactor-uring", "RECV 64 B")):
            made = picture(recorded(name))
            assert words in [text for text, _ in texts_of(made.figure.page(LIGHT, made.layout))]

    def test_a_long_trace_is_drawn_from_its_beginning_and_says_so(self):
        trace = long_trace(200)
        drawn = scene(trace)
        assert drawn.left_out == 400 - MOST_STEPS
        made = picture(trace)
        said = " ".join(text for text, _ in texts_of(made.figure.page(LIGHT, made.layout)))
        assert f"{drawn.left_out} more steps" in said

    def test_no_picture_is_too_wide_for_a_file(self):
        steps = tuple(step("client", "call", 2000 * n, 1000, name="x") for n in range(MOST_STEPS))
        drawn = scene(Trace(head(), steps, ()))
        assert 0.9 * WIDEST < drawn.scale.width < 1.1 * WIDEST
        assert drawn.left_out > 0

    def test_a_call_is_parted_by_sleep_also_by_that_in_which_the_trace_found_it(self):
        steps = (
            step("server", "receive", -3, 53, name="recvfrom", thread=1, bytes=64, cut=True),
            step("server", "sleep", -3, 33, thread=1, cut=True),
            step("server", "wait", 60, 100, name="epoll_wait", thread=1),
            step("server", "sleep", 70, 80, thread=1),
        )
        drawn = scene(Trace(head(), steps, ()))
        first, second = drawn.of("receive")[0], drawn.of("wait")[0]
        of = drawn.scale.of
        assert first.pieces == ((of(30_000), of(50_000)),)
        assert second.pieces == ((of(60_000), of(70_000)), (of(150_000), of(160_000)))

    def test_each_thread_has_its_rows(self):
        steps = [step("server", "wait", 0, 9, name="epoll_wait", thread=n) for n in (1, 2)]
        names = [row.lane for row in scene(Trace(head(), tuple(steps), ())).rows]
        assert "server's thread 1" in names and "server's thread 2" in names

    def test_the_same_trace_gives_the_same_bytes(self):
        first, second = (picture(recorded("reactor-epoll")) for _ in range(2))
        drawings = [each.figure.render(layout=each.layout) for each in (first, second)]
        assert drawings[0] == drawings[1]
        assert Image.open(io.BytesIO(drawings[0].png)).width > 1.9 * drawings[0].width
