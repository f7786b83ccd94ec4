"""The repository that students get: the labs without their solutions, and what checks them.

Solutions and wrong solutions are left out by construction: of source/ only what starter() makes is
written, and nothing is copied that is not listed here.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console

from experiments.runner.errors import Failure, usage
from experiments.runner.labs.author.plain_links import plain_links, without_sections
from experiments.runner.labs.course.catalogue import Catalogue
from experiments.runner.labs.course.variants import read_answers, read_sources
from experiments.runner.labs.places import PRESET, shown
from experiments.runner.paths import ROOT

RUNNER = "experiments/runner"
LABS = ("labs/[0-9][0-9]-*", "labs/refactoring/[0-9]-*")
SYSTEM = ("__init__", "processes", "affinity", "descendants", "machine")
READER = ("__init__", "catalog", "experiment", "foreign", "margins", "plan", "roster")
COPIED = (
    *("iolab", "LICENSE", ".clang-format", ".devcontainer/*", "CMakeLists.txt"),
    *(f"{RUNNER}/*.py", f"{RUNNER}/ready/*.py", f"{RUNNER}/labs/**/*.py"),
    *(f"{RUNNER}/system/{name}.py" for name in SYSTEM),
    # Who reads an experiment file, which a student writes; nothing that carries it out.
    *(f"{RUNNER}/plan/{name}.py" for name in READER),
    *(f"{RUNNER}/schemas/__init__.py", f"{RUNNER}/schemas/experiment.schema.json"),
    *(f"{RUNNER}/commands/{name}.py" for name in ("__init__", "lab", "check", "shared_options")),
    *(f"{pattern}/README.md" for pattern in ("reactor", "proactor", "emulated-proactor")),
    *("shared/README.md", "shared/buffers/*", "shared/net/CMakeLists.txt"),
    *(
        f"shared/net/{name}"
        for name in ("handle.hpp", "unique_handle.hpp", "iovecs.hpp", "sockets*")
    ),
    *(f"tests/conformance/*.{kind}" for kind in ("cpp", "hpp", "md", "cmake")),
    "tests/conformance/cases/*.cpp",
    *("labs/README.md", "labs/CMakeLists.txt", "labs/given/*"),
    *(f"labs/machine/**/*.{kind}" for kind in ("hpp", "cpp", "py")),
    *(f"labs/refactoring/{name}" for name in ("README.md", "given/*", "tests/*")),
    *(f"{lab}/{name}" for name in ("README.md", "lab.toml", "hints.md") for lab in LABS),
    *(f"{lab}/{name}/**/*" for name in ("given", "tests") for lab in LABS),
)
LEFT_OUT = f"{RUNNER}/labs/author"
README = Path(__file__).with_name("student_readme.md")
IGNORED = "/build/\n/labs/work/**/server\n__pycache__/\ncompile_commands.json\n"
# Sections of labs/README.md that are not for students.
NOT_FOR_STUDENTS = re.compile(r"instructor|author", re.IGNORECASE)


def hand_out(catalogue: Catalogue, out: Path, console: Console) -> int:
    """Writes the repository into a new or empty folder."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise usage(f"{shown(out.resolve())} is there already and not empty")
    files = contents(catalogue)
    try:
        for name, content in files.items():
            target = out / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        (out / "iolab").chmod(0o755)
    except OSError as error:
        raise Failure(f"cannot write into {out}: {error.strerror}") from error
    labs = f"{len(catalogue.labs)} labs, {len(files)} files"
    console.print(f"{shown(out.resolve())}: {labs}", markup=False, soft_wrap=True)
    return 0


def contents(catalogue: Catalogue) -> dict[str, bytes]:
    """Every file of the students' repository by its path in it."""
    files = {name: (ROOT / name).read_bytes() for name in _copied()}
    for lab in catalogue.labs:
        source = f"labs/{lab.name}/source"
        for name, text in {**read_sources(lab).starter(), **read_answers(lab)}.items():
            files[f"{source}/{name}"] = text.encode()
    files["README.md"] = README.read_bytes()
    files[".gitignore"] = IGNORED.encode()
    files["CMakePresets.json"] = _only_labs((ROOT / "CMakePresets.json").read_text())
    interpreter = f"{RUNNER}/ready/interpreter.py"
    files[interpreter] = _fewer_modules(files[interpreter].decode())
    return {name: _for_students(name, content, files) for name, content in files.items()}


def _copied() -> Iterator[str]:
    for pattern in COPIED:
        for file in sorted(ROOT.glob(pattern)):
            name = file.relative_to(ROOT).as_posix()
            if file.is_file() and "__pycache__" not in name and not name.startswith(LEFT_OUT):
                yield name


def _for_students(name: str, content: bytes, files: dict[str, bytes]) -> bytes:
    if not name.endswith(".md"):
        return content
    text = content.decode()
    if name == "labs/README.md":
        text = without_sections(text, NOT_FOR_STUDENTS)
    return plain_links(text, name, set(files)).encode()


def _only_labs(text: str) -> bytes:
    """The presets without those that build what students do not have."""
    presets = json.loads(text)
    kept = {}
    for key, value in presets.items():
        if isinstance(value, list):
            value = [one for one in value if one["name"] in ("base", PRESET)]
        if value != []:
            kept[key] = value
    return (json.dumps(kept, indent=2) + "\n").encode()


def _fewer_modules(text: str) -> bytes:
    """Of Python's packages the launcher looks for, the labs need a few."""
    changed, count = re.subn(
        r"^MODULES = .*$", "MODULES = MODULES_OF_LABS", text, flags=re.MULTILINE
    )
    if count != 1:
        raise Failure(f"{RUNNER}/ready/interpreter.py has no line 'MODULES = …'")
    return changed.encode()
