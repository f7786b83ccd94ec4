"""Requests that come when they come."""

from random import Random

from bench import DUE, P99_OF_10000, RATE_PER_S, TEN_SECONDS, Bench, at_rank, began
from simulation import MS, Batches, OneAtATime, Unlimited, constant
from world import Window

from machine.python.lab_test import lab_test
from machine.python.story import Story

STALL = (5.0, 6.0)


@lab_test("OpenLoop", "on-schedule")
def each_is_sent_when_it_is_due(story: Story) -> None:
    bench = Bench(story, constant(0.1 * MS), "takes 0.1 ms for each request")
    run = bench.open(DUE, TEN_SECONDS)
    story.expect_equal("samples", 10_000, len(run.samples))
    for number in (0, 1, 9_999):
        sample = run.samples[number]
        story.expect_near(f"request {number}, intended", DUE[number], began(sample.intended), "s")
        story.expect_near(f"request {number}, sent", DUE[number], began(sample.sent), "s")
        story.expect_near("response time", 0.1, sample.response_s / MS, "ms", within=1e-4)


@lab_test("OpenLoop", "no-waiting")
def nobody_waits_for_the_reply_of_another(story: Story) -> None:
    bench = Bench(story, Unlimited(50 * MS), "answers each after 50 ms, any number at a time")
    run = bench.open(DUE, TEN_SECONDS)
    story.expect_near(
        "in flight, at most (Little: 1,000/s * 50 ms)", 50, bench.world.most_in_flight, "", within=1
    )
    story.expect_equal("requests sent", 10_000, bench.world.requests)
    slowest = max(sample.response_s for sample in run.samples)
    story.expect_near("longest response time", 50, slowest / MS, "ms", within=0.001)


@lab_test("OpenLoop", "stall")
def a_stall_meets_all_that_are_due(story: Story) -> None:
    server = constant(0.1 * MS, STALL)
    bench = Bench(story, server, "takes 0.1 ms, and stands still from 5 s to 6 s")
    run = bench.open(DUE, TEN_SECONDS)
    story.expect_equal("samples", 10_000, len(run.samples))
    # Who is due x s after its begin waits 1 - x, and for 1,000 x others: 1 - 0.9 x in all.
    story.expect_near(
        "p99 of the response times", 0.91, at_rank(run, P99_OF_10000), "s", within=0.002
    )


@lab_test("OpenLoop", "intended")
def it_counts_from_the_intended_time(story: Story) -> None:
    server = constant(0.1 * MS, STALL)
    bench = Bench(story, server, "takes 0.1 ms, and stands still from 5 s to 6 s", room=20)
    story.step("only 20 requests fit into the connections: send() blocks then")
    run = bench.open(DUE, TEN_SECONDS)
    story.expect_equal("requests sent", 10_000, bench.world.requests)
    story.expect_near(
        "p99 of the response times", 0.91, at_rank(run, P99_OF_10000), "s", within=0.005
    )
    blocked = max(run.samples, key=lambda sample: sample.sent - sample.intended)
    story.expect_near(
        "longest time from intended to sent",
        0.98,
        blocked.sent - blocked.intended,
        "s",
        within=0.005,
    )


@lab_test("OpenLoop", "sent")
def sending_begins_before_send_blocks(story: Story) -> None:
    server = constant(0.1 * MS, STALL)
    bench = Bench(story, server, "takes 0.1 ms, and stands still from 5 s to 6 s", room=20)
    story.step("only 20 requests fit into the connections: send() blocks then")
    run = bench.open(DUE, TEN_SECONDS)
    story.expect_equal("samples", 10_000, len(run.samples))
    number = 5_020  # the first for which there is no room
    story.step(f"request {number} is due at {DUE[number]:g} s, and its send() blocks until 6 s")
    blocked = run.samples[number]
    story.expect_near("it is sent at", DUE[number], began(blocked.sent), "s", within=1 * MS)
    story.expect_near("its service time", 0.982, blocked.service_s, "s", within=0.002)


@lab_test("OpenLoop", "catch-up")
def what_is_late_is_sent_all_the_same(story: Story) -> None:
    server = constant(0.1 * MS, STALL)
    bench = Bench(story, server, "takes 0.1 ms, and stands still from 5 s to 6 s", room=20)
    story.step("only 20 requests fit into the connections: send() blocks then")
    run = bench.open(DUE, TEN_SECONDS)
    story.expect_equal("requests sent", 10_000, bench.world.requests)
    in_stall = sum(STALL[0] <= began(sample.intended) < STALL[1] for sample in run.samples)
    story.expect_near("samples that were due while it stood still", 1_000, in_stall, "", within=1)


@lab_test("OpenLoop", "replies-meanwhile")
def replies_are_noted_when_they_come(story: Story) -> None:
    server = constant(5 * MS)
    bench = Bench(story, server, "takes 5 ms for each request, one at a time", room=2)
    story.step("only 2 requests fit into the connections: send() blocks then")
    run = bench.open([0.0] * 100, Window(seconds=1.0))
    story.expect_equal("samples", 100, len(run.samples))
    for number in (0, 1, 50):
        expected = 5 * (number + 1)
        found = run.samples[number].response_s / MS
        story.expect_near(f"response time of request {number}", expected, found, "ms", within=5)


@lab_test("OpenLoop", "replies-meanwhile")
def all_replies_that_are_there_are_noted(story: Story) -> None:
    bench = Bench(
        story, Batches(50 * MS), "answers every 50 ms, then all that has come", blocks=1 * MS
    )
    story.step("the connections are nearly full: each send() blocks for 1 ms")
    run = bench.open([0.0] * 100, Window(seconds=1.0))
    story.expect_equal("samples", 100, len(run.samples))
    for number in (0, 24, 48):
        found = run.samples[number].response_s / MS
        story.expect_near(f"response time of request {number}", 50, found, "ms", within=2)


@lab_test("OpenLoop", "no-drift")
def timers_that_are_late_cost_no_request(story: Story) -> None:
    bench = Bench(story, constant(0.1 * MS), "takes 0.1 ms for each request", late=0.4 * MS)
    story.step("each timer is 0.4 ms late")
    run = bench.open(DUE, TEN_SECONDS)
    story.expect_equal("samples", 10_000, len(run.samples))
    last = run.samples[-1]
    story.expect_near("the last request, intended", 9.999, began(last.intended), "s")
    story.expect_near("the last request, sent", 9.999, began(last.sent), "s", within=1 * MS)


@lab_test("OpenLoop", "queue")
def at_95_percent_load_there_is_a_queue(story: Story) -> None:
    random = Random(story.seed)
    times = [random.expovariate(RATE_PER_S) for _ in range(10_000)]
    due, at = [], 0.0
    while len(due) < len(times):
        at += random.expovariate(0.95 * RATE_PER_S)
        due.append(at)
    server = OneAtATime(lambda _: next(service))
    service = iter(times)
    bench = Bench(story, server, "takes 1 ms on average, and is 95 % busy")
    run = bench.open(due, Window(seconds=due[-1] + 1, patience_s=60))
    story.expect_equal("samples", len(due), len(run.samples))
    free_at = 0.0  # Lindley: each begins when it arrives, or when the one before it is done
    for number, (arrival, needed) in enumerate(zip(due, times)):
        free_at = max(arrival, free_at) + needed
        found = run.samples[number].response_s / MS
        story.expect_near(
            f"response time of request {number}", (free_at - arrival) / MS, found, "ms", within=1e-4
        )
