"""`python3 -m plots RESULTS_DIR`: redraws a results folder."""

from __future__ import annotations

import sys
from pathlib import Path

from plots.report.html import write_report
from plots.report.reading import ReportError


def main(arguments: list[str]) -> int:
    """Exit status 0, 1 when the folder cannot be drawn, 2 for a wrong command line."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print("usage: python3 -m plots RESULTS_DIR", file=sys.stderr)
        return 2
    try:
        print(write_report(Path(arguments[0])))
    except ReportError as error:
        print(f"plots: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
