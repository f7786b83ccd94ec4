"""What a check says: the first thing to repair, in full, and what else there is, in brief."""

import shlex
from collections.abc import Iterable, Sequence

from rich.console import Console

from experiments.runner.labs.build.complaints import Complaint
from experiments.runner.labs.build.products import Built
from experiments.runner.labs.checking import Checked
from experiments.runner.labs.places import shown
from experiments.runner.labs.run.judge import Verdict, command
from experiments.runner.labs.run.results import Results, TestFailure
from experiments.runner.paths import WHOLE

MOST_COMPLAINTS = 3
MOST_NAMES = 12
MOST_PRINTED = 30


def tell_tests(checked: Checked, console: Console) -> None:
    """What came before the judge, for a student who is about to go on."""
    _heading(checked, console)
    tell_warnings(checked.tests, console)
    if checked.results is None:
        tell_why_not_built(checked.tests, console)
        return
    tell_suites(checked.results, console)
    if not checked.results.ok:
        _first_failure(checked, console)
        return
    _say(console, _all_passed(checked))


def _say(console: Console, text: str, style: str | None = None) -> None:
    console.print(text, style=style, markup=False, soft_wrap=True)


def _heading(checked: Checked, console: Console) -> None:
    _say(console, checked.lab.heading, "bold")


def tell_warnings(built: Built, console: Console) -> None:
    for one in built.warnings[:MOST_COMPLAINTS] if not built.errors else ():
        _complaint(one, console)


def tell_why_not_built(built: Built, console: Console) -> None:
    for one in built.errors[:MOST_COMPLAINTS]:
        _complaint(one, console)
    if more := len(built.errors) - MOST_COMPLAINTS:
        if more > 0:
            _say(console, f"{more} more errors are not shown: most come from the first ones")
    if built.errors:
        _say(console, "it does not compile", "bold red")
        return
    for line in built.link:
        _say(console, line)
    _say(console, "it compiles, and cannot be linked", "bold red")


def _complaint(one: Complaint, console: Console) -> None:
    first, *rest = one.lines()
    _say(console, first, "red" if one.error else "yellow")
    for line in rest:
        _say(console, line)


def tell_suites(results: Results, console: Console) -> None:
    suites = results.suites()
    width = max((len(name) for name in suites), default=0)
    for name, tests in suites.items():
        failed = sum(test in results.failures for test in tests)
        count = f"{len(tests) - failed} passed" + (f", {failed} failed" if failed else "")
        _say(console, f"  {name:{width}}  {count}", "red" if failed else "green")


def _first_failure(checked: Checked, console: Console) -> None:
    results = checked.results
    first, *others = results.failed_in_order() or [None]
    for line in results.outside:
        _say(console, line, "red")
    if first is not None:
        tell_failure(first, checked.lab.number, checked.wish.folder, console)
    if checked.wish.only:
        _printed(results.output, console)
    if others:
        names = [failure.test for failure in others]
        more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
        _say(console, f"\nalso failed: {', '.join(names[:MOST_NAMES])}{more}")
    _say(
        console, f"\n{results.passed} of {len(results.tests)} tests passed{_seeds(checked)}", "bold"
    )


def tell_failure(failure: TestFailure, number: str, folder: str, console: Console) -> None:
    """The story, what the sanitizers know, the hint, and how to see it again."""
    where = f" --dir {shlex.quote(folder)}" if folder else ""
    _say(console, f"\n{failure.test}", "bold red")
    for line in (*failure.story.splitlines(), *_why(failure)):
        _say(console, f"  {line}".rstrip())
    if failure.hint:
        _say(console, f"hint:   ./iolab lab hint {number} {failure.hint}")
    which = f"--only {failure.test} --seed {failure.seed}"
    _say(console, f"again:  ./iolab lab check {number}{where} {which}")


def _printed(output: str, console: Console) -> None:
    """Where one test is looked at alone, what the student's code prints helps."""
    lines = [line for line in output.splitlines() if line != "AddressSanitizer:DEADLYSIGNAL"]
    if lines:
        _say(console, "\nprinted:")
    for line in lines[:MOST_PRINTED]:
        _say(console, f"  {line}")
    if len(lines) > MOST_PRINTED:
        _say(console, f"  … and {len(lines) - MOST_PRINTED} lines more")


def _why(failure: TestFailure) -> Iterable[str]:
    if failure.why:
        yield f"the program ended here: {failure.why}"
    yield from failure.memory


def _all_passed(checked: Checked) -> str:
    count = len(checked.results.tests)
    tests = "the test" if count == 1 else f"all {count} tests"
    blind = "" if checked.results.leaks else "; leaks cannot be looked for here (LeakSanitizer)"
    return f"{tests} passed{_seeds(checked)}{blind}"


def _seeds(checked: Checked) -> str:
    seeds = checked.wish.seeds
    if len(seeds) == 1:
        return f", with seed {seeds[0]}"
    return f", with seeds {seeds[0]} to {seeds[-1]}"


def tell_program(checked: Checked, console: Console) -> None:
    """What the judge said, if it came to that."""
    if checked.program is None:
        return
    tell_warnings(checked.program, console)
    if checked.program.program is None:
        tell_why_not_built(checked.program, console)
        return
    tell_verdicts(checked.verdicts, console)
    if not checked.passed:
        return
    _say(console, f"lab {checked.lab.number} is done", "bold green")
    _say(console, f"the program:  {shown(checked.program.program)}")
    _say(console, f"measure it:   {_measure(checked)}")


def tell_verdicts(verdicts: Sequence[Verdict], console: Console) -> None:
    """One line for each that passed; of the first that did not, all that the judge said."""
    for verdict in verdicts:
        if verdict.passed:
            last = verdict.said.splitlines()[-1] if verdict.said else ""
            _say(console, f"judge, {verdict.trial.name}: {last.split(';')[0]}", "green")
    for verdict in [one for one in verdicts if not one.passed][:1]:
        _say(console, f"judge, {verdict.trial.name}:", "red")
        for line in verdict.said.splitlines():
            _say(console, f"  {line}")
        _say(console, f"again:  {_again(verdict)}")


def _again(verdict: Verdict) -> str:
    words = shlex.quote(shlex.join(verdict.trial.words))
    options = f"--protocol {verdict.trial.protocol} --level {verdict.trial.level} --first"
    return f"./iolab check {options} {words}"


def _measure(checked: Checked) -> str:
    """The comparison with the server of the project that this lab ends in."""
    lab = checked.lab.file
    path = shown(checked.program.program)
    words = command(lab.program, path, "{protocol}", lab.program.arguments[0])
    words += [] if "{port}" in words else ["--port", "{port}"]
    text = " ".join(word if word.startswith("{") else shlex.quote(word) for word in words)
    beside = f" --servers {lab.ends_at}" if lab.ends_at else ""
    where = "" if WHOLE else "in the whole project, "
    protocols = "" if len(lab.program.protocols) > 1 else f" --protocols {lab.program.protocols[0]}"
    return f"{where}./iolab compare --program {shlex.quote(f'mine={text}')}{protocols}{beside}"
