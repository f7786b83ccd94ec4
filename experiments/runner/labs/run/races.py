"""The thread sanitizer's report in a few lines: what two threads did, and in which handlers."""

import re
from collections.abc import Iterator
from pathlib import Path

from experiments.runner.labs.run.frames import own_places

_KIND = re.compile(r"^WARNING: ThreadSanitizer: ([\w-]+(?: [\w-]+)*)", re.MULTILINE)
_ACCESS = re.compile(
    r"^  (?:Previous )?(?:atomic )?(read|write) of size (\d+) at \w+ by (main thread|thread \w+)",
    re.IGNORECASE,
)
_UNABLE = re.compile(r"FATAL: ThreadSanitizer: unexpected memory mapping")
_MEANINGS = {
    "data race": "two threads use the same memory, and nothing keeps them apart",
    "heap-use-after-free": "one thread uses memory that another one has freed",
    "lock-order-inversion": "threads lock mutexes in different orders: both may wait for ever",
}
_CURE = (
    "the thread sanitizer cannot work with addresses as random as here: call "
    "'setarch -R ./iolab lab …', or once 'sudo sysctl vm.mmap_rnd_bits=28'"
)


def races(report: str, own: Path) -> list[str]:
    """Empty when the thread sanitizer has said nothing. `own`: the student's folder."""
    if _UNABLE.search(report):
        return [_CURE]
    kind = _KIND.search(report)
    if not kind:
        return []
    first = report[kind.start() :].split("\n==================")[0]
    meaning = _MEANINGS.get(kind[1], kind[1])
    return [f"{meaning} (ThreadSanitizer: {kind[1]})", *_accesses(first, own)]


def _accesses(report: str, own: Path) -> Iterator[str]:
    """One line for each thread; of a report without accesses, the first place of the student's."""
    parts = [part.splitlines() for part in report.split("\n\n")]
    found = [(access, part) for part in parts for line in part if (access := _ACCESS.match(line))]
    if not found:
        yield from (f"  at {place}" for place in own_places(report.splitlines(), own)[:1])
    for access, part in found:
        verb = "reads" if access[1].lower() == "read" else "writes"
        yield f"  {access[3]} {verb} {access[2]} bytes {_where(own_places(part, own))}"


def _where(places: list[str]) -> str:
    """The innermost place, and the outermost: there the handler begins."""
    if not places:
        return "outside your files"
    handler = places[-1].partition(" in ")[0]
    inside = f", in the handler of {handler}" if len(places) > 1 else ""
    return f"at {places[0]}{inside}"
