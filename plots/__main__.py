"""`python3 -m plots RESULTS_DIR`: redraws a results folder, of a measurement or of traces."""

from __future__ import annotations

import sys
from pathlib import Path

from experiments.runner.errors import Failure
from experiments.runner.trace.model import read_trace
from plots.report.html import write_report
from plots.report.reading import ReportError
from plots.trace import write_pictures


def main(arguments: list[str]) -> int:
    """Exit status 0, 1 when the folder cannot be drawn, 2 for a wrong command line."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("usage: python3 -m plots RESULTS_DIR", file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    try:
        traces = sorted(folder.glob("*/trace.jsonl"))
        if traces:
            print(write_pictures(folder, [read_trace(file) for file in traces]))
        else:
            print(write_report(folder))
    except (ReportError, Failure) as error:
        print(f"plots: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
