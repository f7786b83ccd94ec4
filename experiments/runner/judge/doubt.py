"""What a check says when it doubts a figure."""

from dataclasses import dataclass

from experiments.runner.results.model import Flag


@dataclass(frozen=True)
class Doubt:
    """A flag, the figure that raised it, and what that means; about one contestant in one cell."""

    flag: Flag
    figure: str
    text: str
