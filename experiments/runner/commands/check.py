"""./iolab check COMMAND: judges any program that serves echo or framed echo."""

import argparse
import shlex
import shutil

from experiments.runner.commands.shared_options import add_preset
from experiments.runner.errors import usage
from experiments.runner.paths import WHOLE
from experiments.runner.ready.requirements import Requirement, everything, lab_requirements

HELP = "say what is wrong with a server program, yours for instance"
JUDGE = "conformance_tests"


def add_options(parser: argparse.ArgumentParser) -> None:
    add_preset(parser)
    parser.add_argument(
        "--protocol", choices=("echo", "framed"), default="echo", help="default: %(default)s"
    )
    parser.add_argument(
        "--level",
        choices=("wire", "server", "full"),
        default="wire",
        help="wire: what a client sees; server: also SIGTERM, limits, descriptors; "
        "full: what every server of iolab promises (default: %(default)s)",
    )
    parser.add_argument("--first", action="store_true", help="stop at the first failure")
    parser.add_argument(
        "command_line",
        metavar="COMMAND",
        help="the program with its arguments as one text, such as './mine {port}': {port} becomes "
        "a free port; no shell runs it",
    )


def needs(_options: argparse.Namespace) -> list[Requirement]:
    return everything() if WHOLE else lab_requirements()


def run(options: argparse.Namespace, _arguments: list[str]) -> int:
    """Replaces this process by the judge, so that signals and terminal are its own."""
    from rich.console import Console

    from experiments.runner.ready.build import build
    from experiments.runner.system.processes import become

    try:
        program, *arguments = shlex.split(options.command_line)
    except ValueError as error:
        raise usage(f"cannot read the command '{options.command_line}': {error}") from error
    _require(program)
    folder = build(options.preset, Console(stderr=True, highlight=False), [JUDGE])
    words = ["--report", "--protocol", options.protocol, "--level", options.level]
    words += ["--first"] if options.first else []
    words += ["--program", program, "--", *arguments]
    become(folder / "bin" / JUDGE, words)


def _require(program: str) -> None:
    """Said before anything is built; the judge would say the same."""
    if shutil.which(program):
        return
    lab = f"; a lab's check is ./iolab lab check {program}" if program.isdigit() else ""
    raise usage(
        f"there is no program '{program}'{lab}; for variables, && or pipes write sh -c '...'"
    )
