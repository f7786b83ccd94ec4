"""n clients who wait for their replies."""

from bench import TEN_SECONDS, Bench, began
from simulation import DATE, MS, OneAtATime, Silent, constant
from world import Window

from machine.python.lab_test import lab_test
from machine.python.story import Story


@lab_test("ClosedLoop", "one-client")
def a_client_waits_for_its_reply(story: Story) -> None:
    bench = Bench(story, constant(1 * MS), "takes 1 ms for each request")
    run = bench.closed(1, TEN_SECONDS)
    story.expect_equal("requests in flight, at most", 1, bench.world.most_in_flight)
    story.expect_near("samples", 10_000, len(run.samples), "", within=1)
    for sample in run.samples[:3]:
        story.expect_near("response time", 1, sample.response_s / MS, "ms")
    story.expect_near(
        "sent, after it was intended", 0, run.samples[9].sent - run.samples[9].intended, "s"
    )


@lab_test("ClosedLoop", "several-clients")
def more_clients_wait_longer_and_get_no_more(story: Story) -> None:
    bench = Bench(story, constant(1 * MS), "takes 1 ms for each request, one at a time")
    run = bench.closed(10, TEN_SECONDS)
    story.expect_equal("requests in flight, at most", 10, bench.world.most_in_flight)
    story.expect_near(
        "samples (Little: 10 clients / 10 ms each)", 10_000, len(run.samples), "", within=10
    )
    story.expect_near("response time", 10, run.samples[5_000].response_s / MS, "ms")


@lab_test("ClosedLoop", "warm-up")
def the_slow_start_does_not_count(story: Story) -> None:
    server = OneAtATime(lambda at: 50 * MS if at < 1 else 1 * MS)
    bench = Bench(story, server, "takes 50 ms for each request in the first second, then 1 ms")
    run = bench.closed(1, Window(seconds=2.0, warm_up_s=1.5))
    story.expect_near(
        "first sample, intended at", 1.5, began(run.samples[0].intended), "s", within=2 * MS
    )
    story.expect_near("samples", 2_000, len(run.samples), "", within=1)
    slowest = max(sample.response_s for sample in run.samples)
    story.expect_near("longest response time", 1, slowest / MS, "ms")


@lab_test("ClosedLoop", "in-flight")
def the_last_reply_is_waited_for(story: Story) -> None:
    server = constant(1 * MS, stall=(1.9, 2.9))
    bench = Bench(story, server, "takes 1 ms, and stands still from 1.9 s to 2.9 s")
    run = bench.closed(4, Window(seconds=2.0))
    slow = [sample for sample in run.samples if sample.response_s > 0.9]
    story.expect_equal("samples that met the stall", 4, len(slow))
    story.expect_near(
        "latest request, sent at", 1.9, began(run.samples[-1].sent), "s", within=2 * MS
    )


@lab_test("ClosedLoop", "unanswered")
def a_reply_that_never_comes_is_given_up(story: Story) -> None:
    bench = Bench(story, Silent(dies_at=1.0), "answers within 1 ms, and after 1 s never again")
    run = bench.closed(3, Window(seconds=2.0, patience_s=5.0))
    story.expect_near("the end of the run", 7.0, bench.world.now, "s", within=0.2)
    given_up = [sample for sample in run.samples if not sample.replied]
    story.expect_equal("samples without a reply", 3, len(given_up))
    story.expect_near(
        "the time one of them has waited", 6.0, given_up[0].response_s, "s", within=0.2
    )


@lab_test("ClosedLoop", "closed-hides")
def a_stall_meets_one_request_of_each_client(story: Story) -> None:
    server = constant(1 * MS, stall=(5.0, 6.0))
    bench = Bench(story, server, "takes 1 ms, and stands still from 5 s to 6 s")
    run = bench.closed(1, TEN_SECONDS)
    slow = sum(sample.response_s > 2 * MS for sample in run.samples)
    story.expect_equal("samples that met the stall, of the 9,000", 1, slow)


@lab_test("ClosedLoop", "clock")
def the_time_of_day_is_for_the_date_only(story: Story) -> None:
    bench = Bench(story, constant(1 * MS), "takes 1 ms for each request", step=(1.0, -30.0))
    story.step("after 1 s somebody sets the time of day back by 30 s")
    run = bench.closed(1, Window(seconds=2.0))
    story.expect_equal("date of the run, seconds since 1970", DATE, run.date)
    shortest = min(sample.response_s for sample in run.samples)
    story.expect_near("shortest response time", 1, shortest / MS, "ms")
    story.expect_near("samples", 2_000, len(run.samples), "", within=1)
