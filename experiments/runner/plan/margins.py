"""What is compared, and which difference matters: declared before anything is measured."""

from enum import StrEnum


class Quantity(StrEnum):
    """What a comparison is about. Cost is the server's CPU time per message.

    `P99` and `P999` are of latencies that no stall of the machine disturbed, `SEEN_P99` is of all;
    `BREAKING_LOAD` is the rate of requests at which p99 passes a limit.
    """

    COST = "cost"
    RATE = "rate"
    P99 = "p99"
    P999 = "p999"
    SEEN_P99 = "seen_p99"
    BREAKING_LOAD = "breaking_load"


# A ratio within 1 +- margin is no difference that matters.
MARGINS: dict[Quantity, float] = {
    Quantity.COST: 0.03,
    Quantity.RATE: 0.03,
    Quantity.P99: 0.10,
    Quantity.P999: 0.20,
    Quantity.SEEN_P99: 0.10,
    Quantity.BREAKING_LOAD: 0.05,
}
# A server breaks where more than 1 % of the replies come later than this.
BREAKING_P99_US = 1000
# The level of every test, after Holm's correction.
SIGNIFICANCE = 0.05
