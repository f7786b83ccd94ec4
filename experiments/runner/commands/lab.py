"""./iolab lab ACTION: the coursework, for students, instructors and authors."""

import argparse
from pathlib import Path

from experiments.runner.ready.requirements import Requirement, lab_requirements
from experiments.runner.units import count

HELP = "the labs: build a Reactor and a Proactor yourself, step by step"
DESCRIPTION = "Start with ./iolab lab list, then ./iolab lab start 00."
# A student's repository does not have it.
FOR_AUTHORS = Path(__file__).resolve().parents[1] / "labs" / "author"
STRENGTHS = (1, 2, 3)


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.epilog = DESCRIPTION
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    _add_folder(_add(actions, "list", "the labs, and where you stand"))
    start = _add_for_one(actions, "start", "copy a lab's files to where you work")
    start.description = "DIR gets a folder for each lab and is remembered for later commands."
    _add_check(actions)
    hint = _add_for_one(actions, "hint", "the hints of a lab, or one of them", where=False)
    hint.add_argument("name", nargs="?", metavar="NAME", help="as a failed test names it")
    hint.add_argument(
        "--strength",
        type=int,
        choices=STRENGTHS,
        default=1,
        help="default: %(default)s, the weakest",
    )
    _add_for_one(actions, "diff", "what you have changed since the start")
    _add_for_one(actions, "reset", "start anew; a dated copy of your work is kept")
    _add_grade(actions)
    if FOR_AUTHORS.is_dir():
        handout = _add(actions, "handout", "write a repository for students, without solutions")
        handout.add_argument("--out", type=Path, metavar="DIR", required=True, help="a new folder")
        bundle = _add_for_one(actions, "gradescope", "write an autograder for Gradescope", False)
        bundle.add_argument("--out", type=Path, metavar="FILE.zip", required=True)
        _add_verify(actions)


def _add(actions, name: str, text: str) -> argparse.ArgumentParser:
    return actions.add_parser(name, help=text, description=text, allow_abbrev=False)


def _add_for_one(actions, name: str, text: str, where: bool = True) -> argparse.ArgumentParser:
    parser = _add(actions, name, text)
    parser.add_argument("lab", metavar="NN", help="02, 2 or 02-reactor; r1 for a step")
    if where:
        _add_folder(parser)
    return parser


def _add_folder(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--dir", type=Path, metavar="DIR", help="where your work is (default: labs/work)"
    )


def _add_check(actions) -> None:
    check = _add_for_one(actions, "check", "compile and test your work; tell what to repair first")
    check.add_argument("--watch", action="store_true", help="again after every save, until Ctrl-C")
    check.add_argument(
        "--thorough", action="store_true", help="20 seeds, and a higher level of the judge"
    )
    check.add_argument("--seed", type=count, metavar="N", help="with this seed only")
    check.add_argument(
        "--only",
        metavar="TEST",
        default="",
        help="one test or suite only, or a pattern such as 'Raw*'",
    )


def _add_grade(actions) -> None:
    grade = _add_for_one(actions, "grade", "points for your work, or for what others handed in")
    what = grade.add_mutually_exclusive_group()
    what.add_argument(
        "--submission", type=Path, metavar="DIR", help="grade what lies there, not your own work"
    )
    what.add_argument(
        "--submissions", type=Path, metavar="DIR", help="each folder in it; needs --csv"
    )
    for kind, text in (
        ("json", "write everything; of --submissions: into a folder, a file each"),
        ("junit", "write JUnit's XML"),
        ("csv", "add a line to a table"),
        ("gradescope", "write results.json of Gradescope"),
    ):
        grade.add_argument(f"--{kind}", type=Path, metavar="FILE", help=text)


def _add_verify(actions) -> None:
    verify = _add(actions, "verify", "for authors: do starter, solution and wrong solutions do it?")
    verify.add_argument("labs", nargs="*", metavar="NN", help="default: all")
    verify.add_argument(
        "--repeat", type=count, default=20, metavar="N", help="seeds (default: %(default)s)"
    )
    verify.add_argument("--no-judge", action="store_true", help="leave out the programs")
    verify.add_argument("--only-wrong", metavar="NAME", help="only this wrong solution")


def needs(_options: argparse.Namespace) -> list[Requirement]:
    """All at once: whoever starts a lab compiles next, perhaps without a network."""
    return lab_requirements()


def run(options: argparse.Namespace, _arguments: list[str]) -> int:
    from experiments.runner.console import make_console
    from experiments.runner.labs.course.catalogue import read_catalogue

    catalogue, console = read_catalogue(), make_console()
    if options.action == "handout":
        from experiments.runner.labs.author.handout import hand_out

        return hand_out(catalogue, options.out, console)
    if options.action == "verify":
        from experiments.runner.labs.author.verifying import Scope, verify

        chosen = [catalogue.find(wish) for wish in options.labs] or list(catalogue.labs)
        scope = Scope(options.repeat, not options.no_judge, options.only_wrong)
        return verify(chosen, catalogue, scope, console)
    from experiments.runner.labs.student import desk

    if options.action == "gradescope":
        from experiments.runner.labs.author.gradescope import bundle

        return bundle(catalogue, catalogue.find(options.lab), options.out, console)
    student = desk(catalogue, getattr(options, "dir", None), console)
    if options.action == "list":
        return student.list()
    lab = catalogue.find(options.lab)
    if options.action == "start":
        return student.start(lab, remembered=options.dir is not None)
    if options.action == "hint":
        return student.hint(lab, options.name, options.strength)
    if options.action == "check":
        wish = _wish(options)
        return student.watch(lab, wish) if options.watch else student.check(lab, wish)
    if options.action == "grade":
        return _grade(options, lab, catalogue, student)
    return {"diff": student.diff, "reset": student.reset}[options.action](lab)


def _grade(options: argparse.Namespace, lab, catalogue, student) -> int:
    from experiments.runner.errors import usage
    from experiments.runner.labs.grading.batch import Written, grade_all
    from experiments.runner.labs.grading.single import WRITERS, grade_one

    if options.submissions is not None:
        if options.csv is None:
            raise usage("--submissions needs --csv FILE")
        one_each = [kind for kind in WRITERS if kind not in ("csv", "json")]
        if others := [kind for kind in one_each if getattr(options, kind) is not None]:
            raise usage(f"--{others[0]} is for one submission")
        written = Written(options.csv, options.json)
        return grade_all(lab, catalogue, options.submissions, written, student.console)
    folder = (options.submission or student.workspace.require(lab)).resolve()
    if not folder.is_dir():
        raise usage(f"{folder} is no folder")
    files = {kind: getattr(options, kind) for kind in WRITERS}
    return grade_one(lab, catalogue, folder, files, student.console)


def _wish(options: argparse.Namespace):
    from experiments.runner.labs.checking import SEEDS, THOROUGH_SEEDS, Wish

    last = THOROUGH_SEEDS if options.thorough else SEEDS
    seeds = range(1, last + 1)
    if options.seed is not None:
        seeds = range(options.seed, options.seed + 1)
    folder = str(options.dir) if options.dir else ""
    return Wish(seeds, options.only, options.thorough, folder=folder)
