"""Running all tests of a lab with several seeds, also those behind one that crashes."""

import signal
from dataclasses import dataclass, field
from pathlib import Path

from experiments.runner.labs.run.ground import HERE, Ground
from experiments.runner.labs.run.process import Ran, run_program
from experiments.runner.labs.run.results import Results, TestFailure
from experiments.runner.labs.run.sanitizer import leaks, shorten
from experiments.runner.labs.run.yardstick import Yardstick
from experiments.runner.system.processes import describe_exit

MOST_OUTSIDE = 3
# Where one test does not end the next will not either: then limit and patience are less.
LESS_LIMIT, LESS_PATIENCE = 0.1, 0.2
# What a program that a sanitizer ends says of it, which is less than the sanitizer does.
BY_SANITIZER = ("sanitizer", "Aborted")
WAITS = "it waits for something that does not come"
LEAKED = "never freed"


@dataclass(frozen=True)
class TestProgram:
    """A linked test program, the folder of the student's sources, and one for what it leaves."""

    program: Path
    own: Path
    folder: Path
    yardstick: Yardstick
    ground: Ground = HERE

    def run(self, seeds: range, only: str = "*") -> Results:
        """Whatever happens in one test, the others are run with each of the seeds."""
        found = _Round(self, seeds, only).results()
        found.limit_s, found.leaks = self.yardstick.limit_s, self.yardstick.leaks
        return found

    def start(self, seed: int, repeat: int, chosen: str, impatient: bool) -> Ran:
        limit_s = self.yardstick.limit_s * (LESS_LIMIT if impatient else 1)
        patience_s = self.yardstick.patience_s * (LESS_PATIENCE if impatient else 1)
        arguments = ["--seed", str(seed), "--repeat", str(repeat), f"--gtest_filter={chosen}"]
        arguments += ["--limit", f"{limit_s:.3f}"]
        return run_program(
            self.program,
            arguments,
            self.folder,
            self.yardstick.leaks,
            patience_s,
            ground=self.ground,
        )


@dataclass
class _Round:
    """One run with all seeds. A program that dies within a test is started again without that test.

    With the seed at which it died it goes on behind the tests that have ended.
    """

    program: TestProgram
    seeds: range
    only: str
    found: Results = field(default_factory=Results)
    dead: set[str] = field(default_factory=set)
    impatient: bool = False

    def results(self) -> Results:
        seed, ended = self.seeds.start, set[str]()
        while seed < self.seeds.stop and not self.program.ground.exhausted:
            repeat = 1 if ended else self.seeds.stop - seed
            without = ":".join(sorted(self.dead | ended))
            ran = self.program.start(seed, repeat, f"{self.only}-{without}", self.impatient)
            death = self._take(ran)
            if death is None:
                seed, ended = seed + repeat, set()
                continue
            test, at = death
            ended = {*(ended if at == seed else ()), *_ended(ran, at)}
            seed = at
            self.dead.add(test)
        return self.found

    def _take(self, ran: Ran) -> tuple[str, int] | None:
        """Notes what a run found. Returns the test within which it died, with the seed."""
        present: dict | None = None
        self.found.output += ran.output
        self.impatient = self.impatient or ran.silent
        for event in ran.events:
            kind, test = event.get("event"), str(event.get("test", ""))
            if kind == "start":
                present = event
                self.found.began(test)
            elif kind == "end":
                present = None
                passed = bool(event.get("passed"))
                self.found.ended(test, float(event.get("seconds", 0)), passed)
                if not passed:
                    self._failed(event, ran, "")
            elif kind in ("crash", "endless"):
                self.impatient = self.impatient or kind == "endless"
                self._failed(event, ran, WAITS if ran.silent else _why(event))
                return test, int(event["seed"])
        if present is not None:
            self._failed(present, ran, f"it {_how_it_ended(ran)}")
            return str(present["test"]), int(present["seed"])
        self._look_outside(ran)
        return None

    def _failed(self, event: dict, ran: Ran, why: str) -> None:
        """A sanitizer's report belongs to the test that died, or that found memory leaking."""
        story = str(event.get("story", ""))
        memory: list[str] = []
        if why:
            memory = shorten(f"{ran.output}\n{ran.sanitizers}", self.program.own)
        elif LEAKED in story:
            memory = leaks(ran.sanitizers, self.program.own)
        self.found.failed(
            TestFailure(
                test=str(event["test"]),
                seed=int(event["seed"]),
                story=story.rstrip(),
                hint=str(event.get("hint", "")),
                why="" if memory and why in BY_SANITIZER else why,
                memory=tuple(memory),
            )
        )

    def _look_outside(self, ran: Ran) -> None:
        """A program that ends badly though no test failed: before the first, or at its end."""
        told = any(failure.memory for failure in self.found.failures.values())
        if ran.status in (0, 1) and ran.events or ran.status == 0 or told:
            return
        place = "after the last test" if ran.events else "before the first test"
        said = f"{ran.output}\n{ran.sanitizers}"
        lines = shorten(said, self.program.own)[:MOST_OUTSIDE]
        self.found.outside = [f"{place} the program {_how_it_ended(ran)}", *lines]


def _ended(ran: Ran, seed: int) -> set[str]:
    ends = (e for e in ran.events if e.get("event") == "end" and e.get("seed") == seed)
    return {str(event["test"]) for event in ends}


def _why(event: dict) -> str:
    return str(event.get("why", "")) or str(event.get("event"))


def _how_it_ended(ran: Ran) -> str:
    if ran.ended:
        return ran.ended
    if ran.silent:
        return "did nothing any more, and was ended"
    if ran.status == -signal.SIGKILL:
        return "was killed"
    if ran.status >= 0:
        return f"ended by itself ({describe_exit(ran.status)}): did it call exit()?"
    return f"was {describe_exit(ran.status)}"
