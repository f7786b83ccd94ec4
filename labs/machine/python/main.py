"""The tests of a lab in Python, with a student's files: main.py --lab FOLDER --work FOLDER.

Beyond that it is called as the test programs in C++ are (labs/machine/main.cpp), and writes the
same report. ./iolab lab check calls it and tells what is in there.
"""

import argparse
import importlib
import os
import sys
import time
from pathlib import Path

LABS = Path(__file__).resolve().parents[2]
# The machine, the project's runner, and no longer this folder, whose names are not for students.
sys.path[0:1] = [str(LABS), str(LABS.parent)]

from machine.python.lab_test import chosen  # noqa: E402
from machine.python.report_file import ReportFile  # noqa: E402


def main() -> int:
    options = _options()
    if options.yardstick:
        print(yardstick_seconds())
        return 0
    for folder in (options.lab / "given", options.lab / "tests", options.work):
        sys.path.append(str(folder))
    os.environ["MPLBACKEND"] = "Agg"  # nobody's figure opens a window
    report = ReportFile(options.report, options.work, options.limit)
    for file in sorted((options.lab / "tests").glob("*.py")):
        importlib.import_module(file.stem)
        report.loaded(file.stem)
    seeds = range(options.seed, options.seed + options.repeat)
    results = [report.run(test, s) for s in seeds for test in chosen(options.gtest_filter)]
    return 0 if all(results) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lab", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--report", type=Path, default=Path("/dev/null"))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--limit", type=float, default=10.0)
    parser.add_argument("--gtest_filter", default="*")
    parser.add_argument("--yardstick", action="store_true")
    return parser.parse_args()


def yardstick_seconds() -> float:
    """Of the processor, for a fixed piece of work: what time limits are multiples of."""
    began_s = time.process_time()
    numbers = sorted((number * 7919) % 10007 for number in range(130_000))
    sum(number for number in numbers if number % 3)
    return time.process_time() - began_s


if __name__ == "__main__":
    sys.exit(main())
