"""What a program's own symbols tell: where its handlers are, and which source line made a call."""

import re
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from experiments.runner.paths import ROOT
from experiments.runner.trace.record.tracefs import Probe

# A coroutine goes on in a function of its own, which the compiler calls so.
_RESUMES = "[clone .actor]"
_SYSTEM = ("/usr/", "/lib", "/build/")


@dataclass(frozen=True)
class Segment:
    """The executable part of a program: its place in the file and its address when it is linked."""

    offset: int
    address: int
    size: int


@dataclass(frozen=True)
class Handler:
    """A function that the event loop calls; `text` is what to call it."""

    text: str
    probe: Probe


def handlers_of(program: Path, names: Iterable[str]) -> list[Handler]:
    """The member functions `names` of the classes Connection, as places for probes."""
    wanted = tuple(names)
    if not wanted:
        return []
    segment = code_segment(program)
    pattern = re.compile(rf"\bConnection(<.*>)?::({'|'.join(map(re.escape, wanted))})\(")
    found: dict[int, str] = {}
    resumes: set[str] = set()
    symbols = list(_functions(program))
    for _, text in symbols:
        if text.endswith(_RESUMES) and (match := _own(pattern, text)):
            resumes.add(match)
    for address, text in symbols:
        name = _own(pattern, text)
        if name and (name not in resumes or text.endswith(_RESUMES)):
            found[address] = name
    return [
        Handler(
            f"Connection::{name}",
            Probe(f"handler_{number}", program, address - segment.address + segment.offset),
        )
        for number, (address, name) in enumerate(sorted(found.items()))
    ]


def _own(pattern: re.Pattern[str], text: str) -> str | None:
    """The name if the symbol is such a function itself, not something made of one."""
    if not text.startswith("iolab::") or "thunk" in text:
        return None
    last = None
    for match in pattern.finditer(text):
        head = text[: match.start()]
        if head.count("<") == head.count(">") and "{lambda" not in text[: match.end()]:
            last = match
    if last is None or text[last.start() :].count("::{") or ".destroy" in text:
        return None
    return last[2]


@cache
def _functions(program: Path) -> tuple[tuple[int, str], ...]:
    """(address, readable name) of each function."""
    text = _run("nm", "--defined-only", "-C", str(program))
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
        for line in Path(f"/proc/{pid}/maps").read_text().splitlines():
            words = line.split(maxsplit=5)
            if len(words) == 6 and words[5] == str(self._program) and "x" in words[1]:
                start = int(words[0].partition("-")[0], 16)
                segment = code_segment(self._program)
                self._size = segment.size
                return start - int(words[2], 16) + segment.offset - segment.address
        self._size = 0
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
        """The line, such as reactor/reactor_server.cpp:37, that made the call; None if not known."""
        return next(filter(None, (self._known.get(place) for place in self._places(stack))), None)

    def _places(self, stack: tuple[int, ...]) -> list[int]:
        # All but the first are return addresses: the call is before.
        return [
            address - self._start - (1 if number else 0)
            for number, address in enumerate(stack)
            if address
        ]


def _first_own(lines: list[str]) -> dict[int, str | None]:
    """From addr2line's answer, for each address the innermost line that is not of a library."""
    found: dict[int, str | None] = {}
    address = 0
    for line in lines:
        if line.startswith("0x"):
            address = int(line, 16)
            found[address] = None
            continue
        file, _, number = line.partition(" ")[0].rpartition(":")
        if found[address] is None and number.isdigit() and not file.startswith(_SYSTEM):
            found[address] = f"{_short(Path(file))}:{number}"
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
