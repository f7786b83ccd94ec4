"""Fixed texts of the report: the method and what each flag means."""

METHOD = (
    "All servers run at once on their own cores and idle but for the one being measured; one load generator on other "
    "cores holds connections to all of them and visits them in short slices.",
    "A round visits every server once in an order shuffled by a recorded seed; an epoch is a fresh start of all "
    "processes; the number of rounds is fixed beforehand and no round is dropped.",
    "Servers are compared within a round, so that what the machine does to all of them cancels: the ratio is the "
    "Hodges-Lehmann estimate over the rounds' log-ratios to the reference, its 95 % interval an exact signed-rank "
    "interval widened by the spread between epochs.",
    "Margins are declared beforehand ({margins}): equivalent means that the 90 % interval lies inside the margin, "
    "faster or slower that the 95 % interval lies wholly beyond it, a small difference that it only excludes 1 (with "
    "Holm's correction for the number of comparisons), and inconclusive anything else.",
    "The reference is entered twice under two names (the A/A control), and if that control differs from itself the "
    "session is invalid.",
)

FLAGS = {
    "CLIENT-BOUND": "the load generator, not the server, was the limit",
    "SATURATED": "the server was at its limit, so what is late is late because of it",
    "LITTLE": "connections × depth disagrees with rate × mean service time by more than 5 %",
    "UNSTABLE": "a trend within the session, or rounds in two groups",
    "NOISY": "the machine was busy with something else",
    "SAMPLE": "too few samples for what is shown",
    "ERRORS": "requests failed",
    "VERIFY": "wrong bytes in a reply",
    "UNFAIR": "connections were served unequally",
    "UNAVAILABLE": "the engine is refused on this machine",
    "ENV": "machine, kernel or build differs from what it is compared with",
    "INVALID": "the A/A control differs from itself",
}

PERCENTILE_RULE = "A percentile is shown only where at least 100 samples lie beyond it; a dash means that there were fewer."
