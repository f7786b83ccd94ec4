"""What a verification found, counted by kind."""

from dataclasses import dataclass, field


@dataclass
class Report:
    """What was verified, by kind, and what is wrong, as lines.

    `failures`: of each that is not as it should be, the first fault.
    """

    repeat: int
    labs: int = 0
    steps: int = 0
    tried: dict[str, int] = field(default_factory=dict)
    good: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    @property
    def passed(self) -> int:
        return sum(self.good.values())

    def note(self, kind: str, faults: list[str]) -> None:
        self.tried[kind] = self.tried.get(kind, 0) + 1
        self.good[kind] = self.good.get(kind, 0) + (not faults)
        self.faults += faults
        self.failures += faults[:1]

    def line(self) -> str:
        parts = {
            "starter": "starters that fail",
            "solution": f"solutions that pass {self.repeat} times",
            "wrong": "wrong solutions caught by the test that names them",
            "race": f"races caught {self.repeat} times in {self.repeat} runs",
            "program": "programs that the judge passes",
        }
        counts = [
            f"{text}: {self._count(kind)}" for kind, text in parts.items() if kind in self.tried
        ]
        numbers = {"labs": self.labs, "steps": self.steps}
        told = [f"{kind}: {number}" for kind, number in numbers.items() if number or kind == "labs"]
        return ", ".join([*told, *counts])

    def _count(self, kind: str) -> str:
        tried, good = self.tried[kind], self.good[kind]
        return (
            str(good) if good == tried and kind not in ("wrong", "race") else f"{good} of {tried}"
        )
