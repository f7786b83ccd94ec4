"""A sanitizer's report in a few lines: what happened, and where in the student's files."""

import re
from collections.abc import Iterator
from pathlib import Path

from experiments.runner.labs.places import shown
from experiments.runner.labs.run.frames import own_places
from experiments.runner.labs.run.races import races

_KIND = re.compile(
    r"==\d+==ERROR: (Address|Thread)Sanitizer: (?:attempting )?([\w-]+(?: allocation size)?)"
)
_ACCESS = re.compile(r"^(READ|WRITE) of size (\d+)", re.MULTILINE)
_SIGNAL_ACCESS = re.compile(r"caused by a (READ|WRITE) memory access")
_SECTION = re.compile(r"^(freed|previously allocated|allocated) by thread .*here:$")
_LEAK = re.compile(r"^(?:Direct|Indirect) leak of (\d+) byte\(s\) in (\d+) object\(s\)")
_RUNTIME = re.compile(r"^(/.+?):(\d+)(?::\d+)?: runtime error: (.*)$")
_TERMINATE = re.compile(r"^(?:terminate called|  what\(\):|.*Assertion).*$")
# What LeakSanitizer says where it may not look, under a debugger or in some containers.
BLIND = re.compile(r"LeakSanitizer (has encountered a fatal error|does not work under ptrace)")

_MEANINGS = {
    "heap-use-after-free": "memory was used after it was freed",
    "heap-buffer-overflow": "memory beyond the end of a block was used",
    "stack-buffer-overflow": "memory beyond the end of a local variable was used",
    "global-buffer-overflow": "memory beyond the end of a global variable was used",
    "stack-use-after-return": "a local variable was used after its function had returned",
    "stack-use-after-scope": "a local variable was used after its block had ended",
    "use-after-poison": "memory was used while it is lent to the kernel",
    "double-free": "memory was freed twice",
    "free": "what was freed is not the beginning of a block of memory",
    "alloc-dealloc-mismatch": "memory was freed in another way than it was made (delete[], free)",
    "stack-overflow": "the stack is full: a function calls itself without end",
    "requested allocation size": "more memory was asked for at once than any test needs",
    "SEGV": "a pointer does not point to memory",
}
_MOST_LEAKS = 3
ELSEWHERE = "elsewhere"


def shorten(report: str, own: Path) -> list[str]:
    """Lines to tell; empty when there is no report in it. `own`: the student's folder."""
    lines = report.splitlines()
    found = [*_undefined(lines, own), *_address(report, lines, own)]
    found = found or races(report, own) or leaks(report, own)
    return found or [line.strip() for line in lines if _TERMINATE.match(line)]


def _address(report: str, lines: list[str], own: Path) -> Iterator[str]:
    kind = _KIND.search(report)
    if not kind:
        return
    access = _ACCESS.search(report)
    extent = f", by {_verb(access[1])} {access[2]} bytes" if access else ""
    if on_signal := _SIGNAL_ACCESS.search(report):
        extent = f", by {_verb(on_signal[1])}"
    yield f"{_MEANINGS.get(kind[2], kind[2])}{extent} ({kind[1]}Sanitizer: {kind[2]})"
    parts = _stacks(lines)
    for name, words in (("", "at"), ("freed", "freed at"), ("allocated", "allocated at")):
        if place := _first_own(parts.get(name, []), own):
            yield f"  {words} {place}"


def _verb(access: str) -> str:
    return "reading" if access == "READ" else "writing"


def _stacks(lines: list[str]) -> dict[str, list[str]]:
    """The lines of the access itself under "", and those of each section under its name."""
    parts: dict[str, list[str]] = {}
    name = ""
    for line in lines:
        if section := _SECTION.match(line):
            name = section[1].removeprefix("previously ")
        parts.setdefault(name, []).append(line)
    return parts


def leaks(report: str, own: Path) -> list[str]:
    """Each place once, with its first block: the others hang on that, or are of later tests."""
    bytes_at: dict[str, str] = {}
    lines = report.splitlines()
    for number, line in enumerate(lines):
        if found := _LEAK.match(line):
            place = _first_own(list(_until_blank(lines[number + 1 :])), own)
            bytes_at.setdefault(f"at {place}" if place else ELSEWHERE, found[1])
    if not bytes_at:
        return []
    own_first = sorted(bytes_at, key=lambda place: place == ELSEWHERE)[:_MOST_LEAKS]
    sites = [f"  {bytes_at[place]} bytes allocated {place}" for place in own_first]
    return ["memory was never freed (LeakSanitizer)", *sites]


def _until_blank(lines: list[str]) -> Iterator[str]:
    for line in lines:
        if not line.strip():
            return
        yield line


def _undefined(lines: list[str], own: Path) -> Iterator[str]:
    for number, line in enumerate(lines):
        if found := _RUNTIME.match(line):
            yield f"undefined behaviour: {found[3]} (UndefinedBehaviorSanitizer)"
            stack = list(_until_blank(lines[number + 1 :]))
            yield f"  at {_first_own(stack, own) or f'{shown(Path(found[1]))}:{found[2]}'}"
            return


def _first_own(stack: list[str], own: Path) -> str:
    """The innermost place that is the student's, or nothing."""
    return next(iter(own_places(stack, own)), "")
