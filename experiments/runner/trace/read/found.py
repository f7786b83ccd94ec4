"""Steps as they are found, with the stacks of those that are calls."""

from dataclasses import replace

from experiments.runner.trace.model import Step

Stack = tuple[int, ...]
# So much of what was under way before the first call is shown.
BEFORE_NS = 3_000


class Found:
    """`started_ns` is the client's first call; nothing is before it but what was under way."""

    def __init__(self) -> None:
        self.started_ns: int | None = None
        self._steps: list[tuple[Step, Stack]] = []

    @property
    def begins_ns(self) -> int:
        """Where what was under way before is cut."""
        return (self.started_ns or 0) - BEFORE_NS

    def add(self, step: Step, stack: Stack = ()) -> int | None:
        """Before the client's first call only the server's threads are of interest.

        Returns what amend() wants, or None if the step was not kept.
        """
        if self.started_ns is None and step.lane != "server":
            return None
        self._steps.append((step, stack))
        return len(self._steps) - 1

    def amend(self, place: int | None, connection: int) -> None:
        """Only now it is known which connection a step was about."""
        if place is not None:
            step, stack = self._steps[place]
            self._steps[place] = (replace(step, connection=connection), stack)

    def steps(self) -> list[tuple[Step, Stack]]:
        """By time, counted from the first call; those of one time as they were found."""
        begins, start = self.begins_ns, self.started_ns or 0
        kept = []
        for step, stack in self._steps:
            if step.until_ns < start and self.started_ns is not None:
                continue
            cut = max(begins - step.at_ns, 0)
            if cut and step.lasts_ns is not None:
                step = replace(step, at_ns=step.at_ns + cut, lasts_ns=step.lasts_ns - cut, cut=True)
            kept.append((replace(step, at_ns=step.at_ns - start), stack))
        return sorted(kept, key=lambda each: each[0].at_ns)
