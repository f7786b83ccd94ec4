"""./iolab lint: format, defects, names; and a list of what has grown too long."""

import argparse
from typing import TYPE_CHECKING

from experiments.runner import setup
from experiments.runner.errors import EXIT_FAILED
from experiments.runner.paths import ROOT
from experiments.runner.requirements import build_requirements, lint_requirements, python_requirements

if TYPE_CHECKING:
    from rich.console import Console


def run(options: argparse.Namespace, arguments: list[str]) -> int:
    setup.ensure(build_requirements() + python_requirements() + lint_requirements(), arguments)
    from experiments.runner import lengths, linters, sources
    from experiments.runner.build import build
    from experiments.runner.console import make_console

    console = make_console()
    files = sources.changed() if options.changed else sources.tracked()
    problems = linters.clang_format(files.cpp, options.fix)
    _show("clang-format", problems, len(files.cpp), console)
    python = linters.python_checks(files.python)
    _show("python", python, len(files.python), console)
    tidy: list[str] = []
    if not options.no_tidy:
        # Which sources there are may have changed since it was configured.
        folder = build("dev", console, ["build.ninja"])
        units = sources.translation_units(folder, files.cpp)
        tidy = linters.clang_tidy(units, console)
        _show("clang-tidy", tidy, len(units), console)
    _list_lengths(lengths.offenders(files), console)
    return EXIT_FAILED if problems or python or tidy else 0


def _show(tool: str, problems: list[str], count: int, console: "Console") -> None:
    for problem in problems:
        console.print(problem, markup=False, soft_wrap=True)
    console.print(f"{tool}: {count} files, {len(problems)} problems" if problems else f"{tool}: {count} files, clean")


def _list_lengths(offenders: list[str], console: "Console") -> None:
    """Length is a smell, not an error: clang-tidy alone decides when a function is too long to pass."""
    for line in offenders:
        console.print(line, markup=False, soft_wrap=True)
    console.print(f"lengths: {len(offenders)} long functions or files under {ROOT.name}" if offenders else "lengths: nothing long")
