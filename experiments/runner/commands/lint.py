"""./iolab lint: format, defects, names; and a list of what has grown too long."""

import argparse
from typing import TYPE_CHECKING

from experiments.runner.errors import EXIT_FAILED
from experiments.runner.paths import ROOT
from experiments.runner.ready.requirements import Requirement, everything, lint_requirements

if TYPE_CHECKING:
    from rich.console import Console

HELP = "clang-format, clang-tidy, pyflakes; lists long functions and files"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--changed", action="store_true", help="only files that differ from the branch's upstream"
    )
    parser.add_argument("--fix", action="store_true", help="let clang-format rewrite the files")
    parser.add_argument(
        "--no-tidy", action="store_true", help="leave out clang-tidy, the slow part"
    )


def needs(_options: argparse.Namespace) -> list[Requirement]:
    return everything() + lint_requirements()


def run(options: argparse.Namespace, _arguments: list[str]) -> int:
    from experiments.runner.console import make_console
    from experiments.runner.dev import lengths, linters, sources
    from experiments.runner.ready.build import build

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
    outcome = f"{len(problems)} problems" if problems else "clean"
    console.print(f"{tool}: {count} files, {outcome}")


def _list_lengths(offenders: list[str], console: "Console") -> None:
    """Length is a smell and no error: only clang-tidy fails a function for being too long."""
    for line in offenders:
        console.print(line, markup=False, soft_wrap=True)
    long = (
        f"{len(offenders)} long functions or files under {ROOT.name}"
        if offenders
        else "nothing long"
    )
    console.print(f"lengths: {long}")
