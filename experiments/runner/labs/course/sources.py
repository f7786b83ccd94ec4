"""Marked sources: starter, solution and wrong solutions of a lab in one file.

The file as it stands is the solution. A block holds what stands there instead:

    //@ solution
    while (!output_.empty()) { … }
    //@ starter
    //| // TODO: send all that is pending.
    //@ wrong one-send
    //| ::send(handle_, output_.data(), output_.size(), MSG_NOSIGNAL);
    //@ end

In Python and TOML the markers are `# @` and `# |`, as formatters want them. A part without lines
deletes. A block without the part that is asked for is left as the solution.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from experiments.runner.errors import Failure
from experiments.runner.labs.course.languages import language_of
from experiments.runner.labs.places import shown

_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*$")


@dataclass
class _Block:
    line: int
    solution: list[str] = field(default_factory=list)
    starter: list[str] | None = None
    wrong: dict[str, list[str]] = field(default_factory=dict)
    wrong_lines: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class MarkedSource:
    """One file: lines that all share, and blocks."""

    file: Path
    pieces: tuple[str | _Block, ...]

    def solution(self) -> str:
        return self._text(lambda block: block.solution)

    def starter(self) -> str:
        return self._text(lambda block: block.solution if block.starter is None else block.starter)

    def wrong(self, name: str) -> str:
        return self._text(lambda block: block.wrong.get(name, block.solution))

    def wrong_names(self) -> dict[str, int]:
        """With the first line that has each."""
        found: dict[str, int] = {}
        for piece in self.pieces:
            if isinstance(piece, _Block):
                found = {**piece.wrong_lines, **found}
        return found

    def _text(self, choose: Callable[[_Block], list[str]]) -> str:
        lines: list[str] = []
        for piece in self.pieces:
            lines += choose(piece) if isinstance(piece, _Block) else [piece]
        # Where a block was emptied, the blank lines around it meet.
        most = language_of(self.file).blank_lines + 1
        return re.sub(rf"\n{{{most + 1},}}", "\n" * most, "".join(f"{line}\n" for line in lines))


def read_marked(file: Path) -> MarkedSource:
    """Raises Failure, `file:line: …`, for markers that are not as they must be."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"cannot read {shown(file)}: {error}") from error
    return MarkedSource(file, tuple(_Parser(file).pieces(text.splitlines())))


class _Parser:
    """Reads line by line. `live`: the present part is the solution; else `part` takes its lines."""

    def __init__(self, file: Path) -> None:
        self._file = file
        comment = language_of(file).comment
        self._mark, self._bar = f"{comment}@", f"{comment}|"
        self._marker_line = re.compile(rf"\s*{self._mark} (\w+)((?: +\S+)*)\s*$")
        self._text_line = re.compile(rf"(\s*){comment}\|(?: (.*))?$")
        self._line = 0
        self._block: _Block | None = None
        self._live = True
        self._part: list[str] = []

    def pieces(self, lines: list[str]) -> Iterator[str | _Block]:
        for self._line, line in enumerate(lines, 1):
            if self._mark in line:
                if block := self._marker(line):
                    yield block
            elif self._bar in line:
                self._replacement(line)
            elif self._block is None:
                yield line
            elif self._live:
                self._block.solution.append(line)
            elif line.strip():
                raise self._fault(f"lines of this part begin with '{self._bar} '")
        if self._block is not None:
            self._line = self._block.line
            raise self._fault(f"this block has no '{self._mark} end'")

    def _marker(self, line: str) -> _Block | None:
        mark = self._mark
        found = self._marker_line.match(line)
        kind, names = (found[1], found[2].split()) if found else ("", [])
        if kind not in ("solution", "starter", "wrong", "end") or (names and kind != "wrong"):
            raise self._fault(
                f"'{line.strip()}' is no marker: they are '{mark} solution', '{mark} starter', "
                f"'{mark} wrong NAME' and '{mark} end'"
            )
        if kind == "solution":
            if self._block is not None:
                raise self._fault(f"the block of line {self._block.line} has not ended")
            self._block, self._live = _Block(self._line), True
            return None
        if self._block is None:
            raise self._fault(f"'{mark} {kind}' outside a block; one begins with '{mark} solution'")
        if kind == "end":
            block, self._block = self._block, None
            return block
        self._begin_part(self._block, kind, names)
        return None

    def _begin_part(self, block: _Block, kind: str, names: list[str]) -> None:
        part: list[str] = []
        self._live, self._part = False, part
        if kind == "starter":
            if block.starter is not None:
                raise self._fault("this block has a starter already")
            block.starter = part
            return
        if not names:
            raise self._fault(f"'{self._mark} wrong' needs a name")
        for name in names:
            if not _NAME.match(name):
                raise self._fault(f"'{name}' is no name such as one-send")
            if name in block.wrong:
                raise self._fault(f"this block has a wrong '{name}' already")
            block.wrong[name], block.wrong_lines[name] = part, self._line

    def _replacement(self, line: str) -> None:
        found = self._text_line.match(line)
        if not found:
            raise self._fault(
                f"'{self._bar}' must be followed by a blank, and stand alone in its line"
            )
        if self._block is None or self._live:
            raise self._fault(f"'{self._bar}' stands in a starter or a wrong part only")
        self._part.append(f"{found[1]}{found[2]}".rstrip() if found[2] else "")

    def _fault(self, what: str) -> Failure:
        return Failure(f"{shown(self._file)}:{self._line}: {what}")
