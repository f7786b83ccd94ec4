"""Reads a results folder. Whatever is wrong with it becomes one `ReportError`."""

from pathlib import Path
from typing import Any

from experiments.runner.results.model import Analysis, read_analysis
from experiments.runner.typed_json import Malformed, read_object


class ReportError(OSError):
    """The results cannot be read or drawn; the text is one line for the user.

    An OSError, so that who reports those in one line reports this one too.
    """


def analysis_of(results_dir: Path) -> Analysis:
    """The analysis of a results folder."""
    try:
        return read_analysis(results_dir)
    except FileNotFoundError as error:
        raise ReportError(f"{error.filename} is missing") from None
    except (OSError, Malformed) as error:
        raise ReportError(str(error)) from None


def document(file: Path) -> dict[str, Any]:
    """A JSON file that is shown as it is; empty when it is not there."""
    try:
        return read_object(file) if file.exists() else {}
    except (OSError, Malformed) as error:
        raise ReportError(f"{file}: {error}") from None
