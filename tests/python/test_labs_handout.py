"""The repository for students: no line of a solution is in it, and its ./iolab works."""

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT
from harness import iolab

from experiments.runner.errors import Failure
from experiments.runner.labs.author.formalities import MODEL_ANSWERS
from experiments.runner.labs.author.handout import contents, hand_out
from experiments.runner.labs.author.plain_links import plain_links, without_sections
from experiments.runner.labs.course.catalogue import Catalogue, Lab, read_catalogue
from experiments.runner.labs.course.variants import read_answers, read_sources
from experiments.runner.labs.course.wrong import read_wrongs

SHORTEST_SECRET = 25
# So many lines of one lab's solution may stand in a starter of another: `asio::steady_timer t;`.
COINCIDENCES = 3
# What stands in there for students to read.
PUBLIC = ("given", "tests", "machine")


def lines_of(texts: list[str]) -> set[str]:
    lines = {line.strip() for text in texts for line in text.splitlines()}
    return {line for line in lines if len(line) >= SHORTEST_SECRET}


def public_lines() -> set[str]:
    """Of what students may read: given files, tests, the machine, the judge."""
    folders = [folder for room in PUBLIC for folder in (ROOT / "labs").rglob(room)]
    folders.append(ROOT / "tests" / "conformance")
    files = [f for folder in folders for k in ("*.[ch]pp", "*.py") for f in folder.rglob(k)]
    mine = ROOT / "labs" / "work"
    return lines_of([file.read_text() for file in files if not file.is_relative_to(mine)])


def frame_lines(catalogue: Catalogue) -> set[str]:
    """Of the echo server with which several labs begin, so that it is nobody's solution."""
    found = Counter(
        line
        for lab in catalogue.labs
        for line in lines_of(list(read_sources(lab).starter().values()))
    )
    return {line for line, labs in found.items() if labs > 1}


def secrets(lab: Lab) -> set[str]:
    """Lines of the solution and of the wrong solutions that are not in the starter."""
    sources = read_sources(lab)
    texts = list(sources.solution().values())
    for wrong in read_wrongs(lab):
        texts += [*sources.wrong(wrong.name).values(), wrong.says, wrong.seen]
    return lines_of(texts) - lines_of(list(sources.starter().values()))


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return read_catalogue()


@pytest.fixture(scope="module")
def files(catalogue: Catalogue) -> dict[str, str]:
    return {name: content.decode() for name, content in contents(catalogue).items()}


def found_in(files: dict[str, str], hidden: set[str]) -> Iterator[str]:
    for name, text in files.items():
        yield from (f"{name}: {line}" for line in lines_of([text]) & hidden)


def builds_on(later: Lab, lab: Lab, catalogue: Catalogue) -> bool:
    """Directly or not: its starter may show the frame of what was asked for before."""
    earlier = [catalogue.find(number) for number in later.file.builds_on]
    return any(one == lab or builds_on(one, lab, catalogue) for one in earlier)


def begun_with(lab: Lab, catalogue: Catalogue) -> set[str]:
    """Lines of the starters of what was asked for before: a step goes on with them."""
    earlier = [one for one in catalogue.labs if builds_on(lab, one, catalogue)]
    return lines_of([text for one in earlier for text in read_sources(one).starter().values()])


def test_no_line_of_a_solution_is_handed_out(catalogue: Catalogue, files: dict[str, str]) -> None:
    public = public_lines() | frame_lines(catalogue)
    for lab in catalogue.labs:
        hidden = secrets(lab) - begun_with(lab, catalogue)
        assert len(hidden) > 10, lab.name
        later = [one.name for one in catalogue.labs if builds_on(one, lab, catalogue)]
        others = {n: t for n, t in files.items() if not n.startswith(tuple(_starters(later)))}
        found = {name: list(found_in({name: others[name]}, hidden - public)) for name in others}
        starters = tuple(_starters([one.name for one in catalogue.labs]))
        leaks = [
            lines
            for name, lines in found.items()
            if len(lines) > (COINCIDENCES if name.startswith(starters) else 0)
        ]
        assert leaks == []


def _starters(names: list[str]) -> list[str]:
    return [f"labs/{name}/source/" for name in names]


def answered(lab: Lab) -> set[str]:
    """Lines of the model answers that are not in the form with the questions."""
    text = (lab.folder / MODEL_ANSWERS).read_text()
    return lines_of([text]) - lines_of(list(read_answers(lab).values()))


def test_no_line_of_a_model_answer_is_handed_out(
    catalogue: Catalogue, files: dict[str, str]
) -> None:
    for lab in catalogue.labs:
        hidden = answered(lab)
        assert len(hidden) > 10, lab.name
        assert list(found_in(files, hidden)) == []


def test_a_line_that_is_handed_out_would_be_found(catalogue: Catalogue) -> None:
    hidden = secrets(catalogue.labs[0])
    line = min(hidden)
    assert list(found_in({"a.md": f"x\n  {line}\n"}, hidden)) == [f"a.md: {line}"]


def test_nothing_tells_that_there_are_solutions(files: dict[str, str]) -> None:
    for name, text in files.items():
        assert Path(name).name not in ("wrong.toml", MODEL_ANSWERS) and "/author/" not in name
        if "/source/" in name:
            assert not re.search(r"(//|# )[@|]", text), name
    assert "nstructor" not in files["labs/README.md"]


def test_every_link_of_the_handout_leads_somewhere(files: dict[str, str]) -> None:
    for name, text in files.items():
        if name.endswith(".md"):
            assert plain_links(text, name, set(files)) == text


def test_it_needs_only_what_the_labs_need(files: dict[str, str]) -> None:
    interpreter: dict = {}
    exec(files["experiments/runner/ready/interpreter.py"], interpreter)
    assert set(interpreter["MODULES"]) == {"rich", "jsonschema", "matplotlib"}
    assert re.findall(r'"name": "(\w+)"', files["CMakePresets.json"]).count("labs") == 2
    assert '"dev"' not in files["CMakePresets.json"]


@pytest.fixture(scope="module")
def students(tmp_path_factory, catalogue: Catalogue) -> Path:
    folder = tmp_path_factory.mktemp("for students") / "labs of 2026"
    done = iolab("lab", "handout", "--out", folder)
    assert done.returncode == 0, done.stderr
    return folder


def student(folder: Path, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [folder / "iolab", *words], capture_output=True, text=True, cwd=folder, timeout=60
    )


def test_a_students_iolab_has_the_labs_and_the_judge(students: Path, catalogue: Catalogue) -> None:
    done = student(students, "--help")
    assert done.returncode == 0 and "./iolab lab list" in done.stdout
    assert "compare   " not in done.stdout and "verify" not in student(students, "lab", "-h").stdout
    listed = student(students, "lab", "list").stdout
    for lab in catalogue.labs:
        assert re.search(rf"^{lab.number} .*not started$", listed, re.MULTILINE)
    assert student(students, "compare").returncode == 2
    assert "--preset {labs}" in student(students, "check", "--help").stdout


def test_a_student_starts_and_is_given_no_solution(students: Path, catalogue: Catalogue) -> None:
    number = catalogue.labs[0].number
    assert student(students, "lab", "start", number).returncode == 0
    name = catalogue.labs[0].name
    made = students / "labs" / "work" / name
    assert {file.name for file in made.iterdir()} >= set(catalogue.labs[0].file.edit)
    assert student(students, "lab", "diff", number).stdout == (
        f"lab {number} is as it was at the start\n"
    )
    for lab in catalogue.labs:
        if lab.file.carry and set(lab.file.carry.values()) != {number}:
            refused = student(students, "lab", "start", lab.number)
            assert refused.returncode == 2 and "do that first" in refused.stderr
            assert refused.stderr.count("\n") == 1


def test_a_folder_with_something_in_it_is_refused(catalogue: Catalogue, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("")
    with pytest.raises(Failure, match="is there already and not empty") as caught:
        hand_out(catalogue, tmp_path, None)
    assert caught.value.status == 2


def test_links_to_what_is_not_there_become_text() -> None:
    text = "[`a`](a.cpp) [b](b.md#c) [up](../up/) ![p](p.svg) [w](https://x.org) [h](#here)"
    assert plain_links(text, "room/x.md", {"room/b.md", "up/README.md"}) == (
        "`a` [b](b.md#c) [up](../up/) p [w](https://x.org) [h](#here)"
    )


def test_sections_that_are_not_for_students_are_left_out() -> None:
    text = "# T\n\n## For instructors\nsecret\n### more\n\n## Next\nopen\n"
    assert without_sections(text, re.compile("instructor")) == "# T\n\n## Next\nopen\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("start", "77"), "iolab: there is no lab '77'; there are 00"),
        (("check", "00", "--seed", "x"), "argument --seed: 'x' is no whole number above 0"),
        (("hint", "00", "nonsense"), "lab 00 has no hint 'nonsense'; it has "),
        (("hint", "00", "--strength", "4"), "invalid choice: 4"),
        (("check", "00", "--dir", "/nowhere"), "/nowhere/00-blocking-echo is not there"),
        (("verify", "--repeat", "0"), "'0' is no whole number above 0"),
        (("handout",), "the following arguments are required: --out"),
    ],
)
def test_mistakes_end_in_one_line(words: tuple[str, ...], message: str) -> None:
    done = iolab("lab", *words)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert message in done.stderr


def test_whatever_is_imported_is_handed_out(files: dict[str, str]) -> None:
    """But for what an author's command imports, which says so."""
    missing = {
        f"{name}: {module}"
        for name, text in files.items()
        if name.startswith("experiments/") and name.endswith(".py")
        for module in re.findall(r"from (experiments[.\w]*) import", text)
        if ".labs.author" not in module
        if not {f"{module.replace('.', '/')}{end}" for end in (".py", "/__init__.py")} & set(files)
    }
    assert missing == set()
