"""Checking again after every save."""

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from rich.console import Console

from experiments.runner.labs.course.languages import CPP, PYTHON

POLL_S = 0.3
# An editor may write several files, or one in two steps.
SETTLE_S = 0.1
SUFFIXES = (".h", *CPP.suffixes, *PYTHON.suffixes)
Stamps = dict[Path, tuple[int, int]]


def watch(folder: Path, check: Callable[[], None], console: Console) -> int:
    """Ends with Ctrl-C only, and then well: status 0."""
    try:
        while True:
            seen = stamps(folder)
            if console.is_terminal:
                console.clear()
            check()
            console.print(
                f"\n{datetime.now():%H:%M:%S}, waiting for a save; Ctrl-C ends", style="dim"
            )
            while stamps(folder) == seen:
                time.sleep(POLL_S)
            time.sleep(SETTLE_S)
    except KeyboardInterrupt as interrupt:
        if hasattr(interrupt, "status"):
            raise
        console.print()
        return 0


def stamps(folder: Path) -> Stamps:
    """When each source was last changed, with its size. A file that goes meanwhile is not there."""
    found: Stamps = {}
    for file in folder.glob("*.*"):
        if file.suffix not in SUFFIXES:
            continue
        try:
            state = file.stat()
        except OSError:
            continue
        found[file] = (state.st_mtime_ns, state.st_size)
    return found
