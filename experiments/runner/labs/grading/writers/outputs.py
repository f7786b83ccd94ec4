"""Where grades are to be written, looked at before anything is graded."""

import os
from pathlib import Path

from experiments.runner.errors import usage


def require_writable(file: Path) -> None:
    """Raises Failure if `file` could not be written later."""
    if file.is_dir():
        raise usage(f"{file} is a folder: name a file in it")
    if not file.parent.is_dir():
        raise usage(f"{file.parent} is not there: make that folder first")
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise usage(f"you may not write {file}: name another file")
