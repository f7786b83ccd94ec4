"""Fixed texts of the report: the method and what each flag means."""

from experiments.runner.results.model import SAMPLES_BEYOND, Flag

METHOD = (
    "All servers run at once on their own cores and idle but for the one being measured; one load "
    "generator on other cores holds connections to all of them and visits them in short slices.",
    "A round visits every server once in an order shuffled by a recorded seed; an epoch is a "
    "fresh start of all processes; the number of rounds is fixed beforehand and no round is "
    "dropped.",
    "Servers are compared within a round, so that what the machine does to all of them cancels: "
    "the ratio is the Hodges-Lehmann estimate over the rounds' log-ratios to the reference, its "
    "95 % interval an exact signed-rank interval widened by the spread between epochs.",
    "Margins are declared beforehand ({margins}): equivalent means that the 90 % interval lies "
    "inside the margin, faster or slower that the 95 % interval lies wholly beyond it, a small "
    "difference that it only excludes 1 (with Holm's correction for the number of comparisons), "
    "and inconclusive anything else.",
    "The reference is entered twice under two names (the A/A control), and if that control "
    "differs from itself the measurement is invalid.",
)

FLAGS = {
    Flag.CLIENT_BOUND: "the load generator, not the server, was the limit",
    Flag.SATURATED: "the server was at its limit, so what is late is late because of it",
    Flag.LITTLE: "connections × depth disagrees with rate × mean service time",
    Flag.UNSTABLE: "a trend within the measurement, or rounds in two groups",
    Flag.NOISY: "the machine was busy with something else",
    Flag.SAMPLE: "too few samples for what is shown",
    Flag.ERRORS: "requests failed",
    Flag.VERIFY: "wrong bytes in a reply",
    Flag.UNFAIR: "connections were served unequally",
    Flag.UNAVAILABLE: "the engine is refused on this machine",
    Flag.UNCHARGED: "CPU, memory and system calls are unknown",
    Flag.ENV: "machine, kernel or build differs from what it is compared with",
}

PERCENTILE_RULE = (
    f"A percentile is shown only where at least {SAMPLES_BEYOND} samples lie beyond it; "
    "a dash means that there were fewer."
)
