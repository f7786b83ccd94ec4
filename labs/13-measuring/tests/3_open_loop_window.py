"""Where the window of the open loop begins and ends: what is too early, late, or never answered."""

from bench import DUE, P99_OF_10000, TEN_SECONDS, Bench, at_rank, began
from simulation import MS, OneAtATime, Silent, constant
from world import Window

from machine.python.lab_test import lab_test
from machine.python.story import Story


@lab_test("OpenLoop", "warm-up")
def the_slow_start_does_not_count(story: Story) -> None:
    server = OneAtATime(lambda at: 1.5 * MS if at < 1 else 0.1 * MS)
    bench = Bench(story, server, "takes 1.5 ms for each request in the first second, then 0.1 ms")
    run = bench.open(DUE[:4_000], Window(seconds=2.0, warm_up_s=2.0))
    story.expect_equal("samples", 2_000, len(run.samples))
    slowest = max(sample.response_s for sample in run.samples)
    story.expect_near("longest response time", 0.1, slowest / MS, "ms", within=1e-4)


@lab_test("OpenLoop", "catch-up")
def what_was_due_is_sent_after_the_end_as_well(story: Story) -> None:
    server = constant(0.1 * MS, stall=(9.0, 10.5))
    bench = Bench(story, server, "takes 0.1 ms, and stands still from 9 s to 10.5 s", room=20)
    story.step("only 20 requests fit into the connections: send() blocks then")
    run = bench.open(DUE, TEN_SECONDS)
    story.expect_equal("requests sent", 10_000, bench.world.requests)
    story.expect_equal("samples", 10_000, len(run.samples))
    # Who is due x s after the begin of the stall waits 1.5 - x, and for 1,000 x others.
    story.expect_near(
        "p99 of the response times", 1.41, at_rank(run, P99_OF_10000), "s", within=0.005
    )


@lab_test("OpenLoop", "unanswered")
def what_is_never_answered_counts_with_its_waiting(story: Story) -> None:
    bench = Bench(story, Silent(dies_at=1.0), "answers within 1 ms, and after 1 s never again")
    run = bench.open(DUE[:2_000], Window(seconds=2.0, patience_s=3.0))
    story.expect_near("the end of the run", 5.0, bench.world.now, "s", within=0.2)
    given_up = [sample for sample in run.samples if not sample.replied]
    story.expect_near("samples without a reply", 1_000, len(given_up), "", within=1)
    story.expect_near(
        "the longest time one has waited", 4.0, given_up[0].response_s, "s", within=0.2
    )


@lab_test("OpenLoop", "unanswered")
def patience_begins_at_the_end_of_the_window(story: Story) -> None:
    server = Silent(dies_at=0.5)
    bench = Bench(story, server, "answers within 1 ms, and after 0.5 s never again", blocks=2 * MS)
    story.step("each send() blocks for 2 ms: the last one ends 1 s after the window")
    run = bench.open(DUE[:1_000], Window(seconds=1.0, patience_s=2.0))
    story.expect_equal("samples", 1_000, len(run.samples))
    story.expect_near("the end of the run", 3.0, bench.world.now, "s", within=0.01)
    last = run.samples[-1]
    story.expect_that(not last.replied, "the last one is given up", "it has a reply")
    story.expect_near("the last one, given up at", 3.0, began(last.ended), "s", within=0.01)
