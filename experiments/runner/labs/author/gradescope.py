"""An autograder for Gradescope: the students' repository, and two scripts around it.

It holds no solutions, so nothing is lost if it gets out. So a student hands in the files of earlier
labs as well, which a lab goes on with.

How Gradescope uses it: https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""

import zipfile
from pathlib import Path

from rich.console import Console

from experiments.runner.errors import Failure
from experiments.runner.labs.author.handout import contents
from experiments.runner.labs.course.catalogue import Catalogue, Lab
from experiments.runner.labs.grading.grader import require_compiled
from experiments.runner.labs.places import shown
from experiments.runner.paths import ROOT

# By the names that Gradescope looks for.
SCRIPTS = {
    "setup.sh": Path(__file__).with_name("gradescope_setup.sh"),
    "run_autograder": Path(__file__).with_name("gradescope_run.sh"),
}
REPOSITORY = "iolab"
LAB, FOLDER = "@LAB@", "@FOLDER@"
EXECUTABLE, PLAIN = 0o100755, 0o100644


def bundle(catalogue: Catalogue, lab: Lab, out: Path, console: Console) -> int:
    """Writes the zip file, over one that is there."""
    require_compiled(lab)
    files = {name: _for_lab(file, lab) for name, file in SCRIPTS.items()}
    files |= {f"{REPOSITORY}/{name}": data for name, data in contents(catalogue).items()}
    try:
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(_entry(name), data)
    except OSError as error:
        raise Failure(f"cannot write {out}: {error.strerror}") from error
    console.print(f"{shown(out.resolve())}: {len(files)} files", markup=False, soft_wrap=True)
    return 0


def _for_lab(script: Path, lab: Lab) -> bytes:
    text = script.read_text(encoding="utf-8").replace(LAB, lab.number)
    return text.replace(FOLDER, lab.folder.relative_to(ROOT).as_posix()).encode()


def _entry(name: str) -> zipfile.ZipInfo:
    """With a fixed date, so that the same labs make the same file."""
    entry = zipfile.ZipInfo(name)
    executable = name in SCRIPTS or name == f"{REPOSITORY}/iolab"
    entry.external_attr = (EXECUTABLE if executable else PLAIN) << 16
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry
