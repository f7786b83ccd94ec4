"""The one place that owns the terminal: a rich console for people, plain lines for logs."""

import re
import sys
from types import TracebackType
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

LOG_WIDTH = 170


def make_console() -> Console:
    """Writes to standard output. A terminal's lines are wrapped at words; a log's are not."""
    console = Console(highlight=False)
    if console.is_terminal:
        return console
    return Console(file=_Log(sys.stdout), highlight=False, width=LOG_WIDTH, soft_wrap=True)


class _Log:
    """A file without blanks at the ends of lines, which tables are padded with."""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> int:
        self._file.write(re.sub(r" +$", "", text, flags=re.MULTILINE))
        return len(text)

    def flush(self) -> None:
        self._file.flush()

    def isatty(self) -> bool:
        return False


class _Silent:
    """Stands in for a progress bar where there is no terminal to draw it on."""

    def __enter__(self) -> "_Silent":
        return self

    def __exit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def add_task(self, description: str, total: float | None = None) -> int:
        return 0

    def update(self, task: int, **changes: object) -> None:
        pass

    def advance(self, task: int, advance: float = 1) -> None:
        pass


def make_progress(console: Console) -> Progress | _Silent:
    """A progress bar that vanishes when done; nothing at all on anything but a terminal."""
    if not console.is_terminal:
        return _Silent()
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
