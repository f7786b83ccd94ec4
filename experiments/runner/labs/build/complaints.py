"""What a compiler says, in few words: the place in the student's file, its line, the caret."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from experiments.runner.labs.places import shown

MOST_NOTES = 2
# Types of the library can be longer than a page.
LONGEST_TEXT = 300
_HEAD = re.compile(r"(.+?):(\d+):(\d+): (fatal error|error|warning|note): +(.*)$")
_WITHOUT_PLACE = re.compile(r"[^:\s]+: (fatal error|error): (.*)$")
_REQUIRED = re.compile(r"(.+?):(\d+):(\d+):   +required (from|by)")
_CONTEXT = re.compile(
    r"In file included from |  +from |.+?: (In|At) |.+?:\d+:\d+:  |\d+ (warning|error)s? "
)
_SNIPPET_LINES = 3


@dataclass(frozen=True)
class Place:
    file: Path
    line: int
    column: int

    def __str__(self) -> str:
        return f"{shown(self.file)}:{self.line}:{self.column}"

    def quoted(self) -> list[str]:
        """Its line with a caret beneath, as the compiler shows it."""
        try:
            line = self.file.read_text(errors="replace").splitlines()[self.line - 1]
        except (OSError, IndexError):
            return []
        blank = re.sub(r"[^\t]", " ", line[: self.column - 1])
        return [f"{self.line:5} | {line}", f"{'':5} | {blank}^"]


@dataclass(frozen=True)
class Complaint:
    """One error or warning. `also`: places of templates and notes that belong to it."""

    place: Place | None
    error: bool
    text: str
    snippet: list[str] = field(default_factory=list)
    notes: list[tuple[Place, str]] = field(default_factory=list)
    also: list[Place] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        kind = "error" if self.error else "warning"
        text = f"{kind}: {_short(self.text)}"
        yield f"{self.place}: {text}" if self.place else text
        yield from self.snippet
        yield from (f"  {place}: {_short(text)}" for place, text in self.notes)


def complaints(said: str, own: Sequence[Path]) -> list[Complaint]:
    """In the compiler's order, errors first. `own`: folders whose files the reader knows.

    An error inside a library is told at the line of the reader's that led there, once for each.
    """
    told: dict[tuple[str, str], Complaint] = {}
    for one in _parse(said):
        mine = _brought_home(one, own)
        key = (str(mine.place), "" if mine.place != one.place else mine.text)
        told.setdefault(key, mine)
    return sorted(told.values(), key=lambda one: not one.error)


def _parse(said: str) -> Iterator[Complaint]:
    present: Complaint | None = None
    required: list[Place] = []
    taking = False
    for line in said.splitlines():
        if head := _HEAD.match(line):
            place = Place(Path(head[1]), int(head[2]), int(head[3]))
            if head[4] == "note":
                if present:
                    present.notes.append((place, head[5].strip()))
                    present.also.append(place)
                taking = False
                continue
            if present:
                yield present
            present = Complaint(place, head[4] != "warning", head[5], also=required)
            required, taking = [], True
        elif found := _REQUIRED.match(line):
            required.append(Place(Path(found[1]), int(found[2]), int(found[3])))
        elif found := _WITHOUT_PLACE.match(line):
            if present:
                yield present
            present, taking = Complaint(None, True, found[2]), False
        elif _CONTEXT.match(line):
            taking = False
        elif taking and present and len(present.snippet) < _SNIPPET_LINES:
            present.snippet.append(line)
    if present:
        yield present


def _brought_home(one: Complaint, own: Sequence[Path]) -> Complaint:
    """The complaint at a place that the reader knows, with the notes that are about such."""

    def known(place: Place | None) -> bool:
        # A source can make the compiler name any file; only what lies here is opened and quoted.
        if place is None or ".." in place.file.parts:
            return False
        return any(place.file.is_relative_to(folder) for folder in own)

    notes = [(place, text) for place, text in one.notes if known(place)][:MOST_NOTES]
    if one.place is None or known(one.place):
        return replace(one, notes=notes)
    place = next((place for place in one.also if known(place)), None)
    if place is None:
        return replace(one, notes=notes)
    text = f"{one.text} (found in {one.place.file.name})"
    notes = [note for note in notes if note[0] != place]
    return replace(one, place=place, text=text, snippet=place.quoted(), notes=notes)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]} …"
