"""What is compared, and which difference matters: declared before anything is measured."""

from enum import StrEnum


class Quantity(StrEnum):
    """What a comparison is about. Cost is the server's CPU time per message."""

    COST = "cost"
    RATE = "rate"
    P99 = "p99"


# A ratio within 1 +- margin is no difference that matters.
MARGINS: dict[Quantity, float] = {Quantity.COST: 0.03, Quantity.RATE: 0.03, Quantity.P99: 0.10}
# The level of every test, after Holm's correction.
SIGNIFICANCE = 0.05
