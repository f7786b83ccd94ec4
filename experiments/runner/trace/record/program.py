"""What a program's own symbols tell: where its handlers are, and which source line made a call."""

import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from experiments.runner.paths import ROOT
from experiments.runner.trace.record.tracefs import Probe

# A coroutine goes on, and is given up, in functions of its own, which the compiler calls so.
_RESUMES, _DESTROYS = "[clone .actor]", "[clone .destroy]"
DOOR = "door"
DOORS = (
    *("io_uring_submit", "io_uring_submit_and_wait", "io_uring_submit_and_wait_timeout"),
    *("io_uring_get_events", "io_uring_wait_cqes", "io_uring_wait_cqe_timeout"),
    *("__io_uring_get_cqe", "io_uring_submit_and_get_events"),
)
_SYSTEM = ("/usr/", "/lib", "/build/")
_INCLUDES = "/usr/include/"


@dataclass(frozen=True)
class Segment:
    """The executable part of a program: its place in the file and its address when it is linked."""

    offset: int
    address: int
    size: int


@dataclass(frozen=True)
class Handler:
    """A function that the event loop calls."""

    name: str
    probe: Probe


def handlers_of(program: Path, names: Iterable[str]) -> list[Handler]:
    """The functions of these names, such as Connection::read, in whatever namespace they are.

    Each may be there several times, as a template is. Of a coroutine it is what is resumed.
    """
    wanted = list(names)
    if not wanted:
        return []
    segment = code_segment(program)
    found = [
        (name, text.endswith(_RESUMES), address)
        for address, text in _functions(program)
        for name in wanted
        if is_function(text, name)
    ]
    coroutines = {name for name, resumes, _ in found if resumes}
    places = sorted(
        {(address, name) for name, resumes, address in found if resumes or name not in coroutines}
    )
    return [
        Handler(
            name, Probe(f"handler_{number}", program, address - segment.address + segment.offset)
        )
        for number, (address, name) in enumerate(places)
    ]


def doors_of(pid: int) -> list[Probe]:
    """The functions of liburing that a process enters the kernel by.

    The library keeps no frames, so a stack does not lead from within it to the caller.
    """
    library = next(
        (Path(line.split()[-1]) for line in _maps(pid) if re.search(r"/liburing\.so[^/]*$", line)),
        None,
    )
    if library is None:
        return []
    segment = code_segment(library)
    places = {
        address - segment.address + segment.offset
        for address, text in _functions(library)
        if text.partition("@")[0] in DOORS
    }
    return [
        Probe(f"{DOOR}_{number}", library, offset, door=True)
        for number, offset in enumerate(sorted(places))
    ]


def _maps(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/maps").read_text().splitlines()


def is_function(symbol: str, name: str) -> bool:
    """Whether a readable symbol is that function itself, not something made of it."""
    plain = _without_angles(symbol).replace("(anonymous namespace)", "anonymous")
    called, bracket, rest = plain.partition("(")
    if not bracket or "thunk" in called or "::{" in rest or _DESTROYS in rest:
        return False
    called = called.split()[-1] if called.split() else ""
    return called == name or called.endswith(f"::{name}")


def _without_angles(symbol: str) -> str:
    """Without template arguments, however deep."""
    kept, depth = [], 0
    for letter in symbol:
        depth += letter == "<"
        if depth == 0:
            kept.append(letter)
        depth -= letter == ">" and depth > 0
    return "".join(kept)


@cache
def _functions(program: Path) -> tuple[tuple[int, str], ...]:
    """(address, readable name) of each function."""
    text = _run("nm", "--defined-only", "-C", str(program))
    text = text or _run("nm", "--defined-only", "-D", "-C", str(program))
    lines = (line.split(maxsplit=2) for line in text.splitlines())
    return tuple(
        (int(words[0], 16), words[2]) for words in lines if len(words) == 3 and words[1] in "tTwW"
    )


@cache
def code_segment(program: Path) -> Segment:
    for line in _run("readelf", "-lW", str(program)).splitlines():
        words = line.split()
        if words[:1] == ["LOAD"] and "E" in "".join(words[6:-1]):
            return Segment(int(words[1], 16), int(words[2], 16), int(words[5], 16))
    return Segment(0, 0, 0)


class SourceLines:
    """Translates addresses of a running process to lines of its program's source."""

    def __init__(self, pid: int) -> None:
        self._program = Path(f"/proc/{pid}/exe").resolve()
        self._start = self._loaded_at(pid)
        self._known: dict[int, str | None] = {}

    def _loaded_at(self, pid: int) -> int:
        """What is to be taken from an address to get the one in the file."""
        for line in _maps(pid):
            words = line.split(maxsplit=5)
            if len(words) == 6 and words[5] == str(self._program) and "x" in words[1]:
                start = int(words[0].partition("-")[0], 16)
                segment = code_segment(self._program)
                return start - int(words[2], 16) + segment.offset - segment.address
        return 0

    def learn(self, stacks: Iterable[tuple[int, ...]]) -> None:
        """Looks all addresses of these stacks up at once."""
        segment = code_segment(self._program)
        wanted = sorted(
            {
                place
                for stack in stacks
                for place in self._places(stack)
                if segment.address <= place < segment.address + segment.size
            }
            - self._known.keys()
        )
        if not wanted:
            return
        words = [hex(place) for place in wanted]
        lines = _run("addr2line", "-i", "-a", "-e", str(self._program), *words).splitlines()
        self._known |= _first_own(lines)

    def of(self, stack: tuple[int, ...]) -> str | None:
        """The line, such as reactor/reactor_server.cpp:37, that made the call; None if not known.

        The innermost that is not a library's, else that of the library's header.
        """
        lines = [line for place in self._places(stack) if (line := self._known.get(place))]
        return next((line for line in lines if not line.startswith("<")), next(iter(lines), None))

    def _places(self, stack: tuple[int, ...]) -> list[int]:
        # All but the first are return addresses: the call is before.
        return [
            address - self._start - (1 if number else 0)
            for number, address in enumerate(stack)
            if address
        ]


def _first_own(lines: list[str]) -> dict[int, str | None]:
    """From addr2line's answer, for each address the innermost line that is not of a library, else
    the outermost of a library's header, as <boost/asio/read.hpp>:12."""
    found: dict[int, str | None] = {}
    address = 0
    for line in lines:
        if line.startswith("0x"):
            address = int(line, 16)
            found[address] = None
            continue
        file, _, number = line.partition(" ")[0].rpartition(":")
        if not number.isdigit() or (known := found[address]) and not known.startswith("<"):
            continue
        if not file.startswith(_SYSTEM):
            found[address] = f"{_short(Path(file))}:{number}"
        elif file.startswith(_INCLUDES):
            found[address] = f"<{file.removeprefix(_INCLUDES)}>:{number}"
    return found


def _short(file: Path) -> str:
    for base in (ROOT, Path.cwd()):
        if file.is_relative_to(base):
            return str(file.relative_to(base))
    return str(file)


def _run(*command: str) -> str:
    """What a tool of binutils prints; nothing where it is missing or cannot read the file."""
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except FileNotFoundError:
        return ""
    return done.stdout if done.returncode == 0 else ""
