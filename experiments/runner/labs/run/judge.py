"""The judge of ./iolab check on a lab's program, with each protocol and each of its arguments."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from experiments.runner.labs.build.objects import Run, run_here
from experiments.runner.labs.build.parallel import in_parallel
from experiments.runner.labs.course.catalogue import Program


@dataclass(frozen=True)
class Trial:
    """One call of the judge."""

    protocol: str
    level: str
    arguments: str
    words: tuple[str, ...]

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.protocol, self.arguments, self.level) if part)


@dataclass(frozen=True)
class Verdict:
    trial: Trial
    passed: bool
    said: str


def trials(lab: Program, program: Path, thorough: bool) -> Iterator[Trial]:
    level = lab.thorough_level if thorough else lab.level
    for arguments in lab.arguments:
        for protocol in lab.protocols:
            words = command(lab, str(program), protocol, arguments)
            yield Trial(protocol, level, arguments, tuple(words))


def command(lab: Program, program: str, protocol: str, arguments: str) -> list[str]:
    """The words that start a lab's program; {port} is left to whoever starts it."""
    filled = {"{program}": program, "{protocol}": protocol}
    return [filled.get(word, word) for word in (*lab.command.split(), *arguments.split())]


def judge(
    judge_program: Path, all_trials: Iterator[Trial], first: bool, run: Run = run_here
) -> list[Verdict]:
    """In parallel: a judge mostly waits. `first`: each stops at its first failure."""
    return in_parallel(lambda trial: _judge(judge_program, trial, first, run), all_trials)


def _judge(judge_program: Path, trial: Trial, first: bool, run: Run) -> Verdict:
    program, *arguments = trial.words
    words = ["--report", "--protocol", trial.protocol, "--level", trial.level]
    words += ["--first"] if first else []
    command = [str(judge_program), *words, "--program", program, "--", *arguments]
    status, said = run(command)
    return Verdict(trial, status == 0, said.rstrip())
