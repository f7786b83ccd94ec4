"""Verification: is it noticed if a starter passes, a solution fails, a wrong one is not caught?"""

import io
from pathlib import Path

import pytest
from labs_fixture import (
    add_step,
    catalogue_of,
    compile_machine,
    fake_judge,
    make_labs,
    make_toolchain,
)
from rich.console import Console

from experiments.runner.errors import Failure
from experiments.runner.labs import checking
from experiments.runner.labs.author import formalities, variants_on_disk, verifying
from experiments.runner.labs.author.formalities import MODEL_ANSWERS, complaints_about
from experiments.runner.labs.author.verifying import Scope, verify
from experiments.runner.labs.build.toolchain import read_toolchain
from experiments.runner.labs.run.results import Results


@pytest.fixture(scope="module")
def machine(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("machine")
    return compile_machine(folder, make_labs(folder))


class Author:
    def __init__(self, folder: Path, machine: Path) -> None:
        self.labs = make_labs(folder)
        self.source = self.labs / "00-doubling" / "source" / "doubling.cpp"
        make_toolchain(folder, list(catalogue_of(self.labs).labs), machine)

    def change(self, old: str, new: str) -> None:
        assert old in self.source.read_text()
        self.source.write_text(self.source.read_text().replace(old, new, 1))

    def verify(self, *wishes: str, scope: Scope = Scope(3, judged=False)) -> tuple[int, list[str]]:
        catalogue = catalogue_of(self.labs)
        labs = [catalogue.find(wish) for wish in wishes] or list(catalogue.labs)
        out = io.StringIO()
        status = verify(labs, catalogue, scope, Console(file=out, width=200))
        return status, out.getvalue().splitlines()


@pytest.fixture
def author(tmp_path: Path, machine: Path, monkeypatch: pytest.MonkeyPatch) -> Author:
    for module in (checking, variants_on_disk, verifying):
        monkeypatch.setattr(module, "BUILD", tmp_path)
    monkeypatch.setattr(
        verifying,
        "make_ready",
        lambda labs, console: read_toolchain(tmp_path / "labs.json"),
    )
    monkeypatch.setattr(verifying, "make_judge", lambda console: None)
    monkeypatch.setattr(formalities, "LEAST_WRONGS", 0)
    made = Author(tmp_path, machine)
    # Of the made-up wrong solutions this one does no wrong.
    made.change("//@ wrong negative absent", "//@ wrong negative")
    toml = made.labs / "00-doubling" / "wrong.toml"
    toml.write_text(toml.read_text().rsplit("[[wrong]]", 1)[0])
    text = made.source.read_text()
    made.source.write_text(text[: text.index("//@ solution\n//@ wrong absent")] + "}\n")
    return made


def test_labs_that_do_what_they_should(author: Author) -> None:
    for _ in range(2):
        status, lines = author.verify()
        assert status == 0 and sorted(lines[:-1]) == [
            "00-doubling: verified",
            "01-quadrupling: verified",
        ]
        assert lines[-1] == (
            "labs: 2, starters that fail: 2, solutions that pass 3 times: 2, "
            "wrong solutions caught by the test that names them: 2 of 2"
        )


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("//| return 0;", "//| return 2 * number;", "starter: passes all tests"),
        ("//| return 0;", "//| return;", "starter: does not compile: "),
        ("//| (void)number;\n", "//|\n", "starter: warning: "),
        ("number + number", "3 * number", "solution: fails Small.Two with seed 1"),
        ("number * number", "2 * number", "wrong solution square: Large.Seeded does not catch it"),
        ("number * number", "missing", "wrong solution square: does not compile: "),
        ("//@ wrong square", "//@ wrong squares", "wrong.toml knows no wrong solution 'squares'"),
    ],
)
def test_what_is_not_as_it_should_be_is_told(
    author: Author, old: str, new: str, fault: str
) -> None:
    author.change(old, new)
    status, lines = author.verify("00")
    assert status == 1 and fault in lines[0]
    assert lines[-1].startswith("labs: 1")


def test_a_race_must_be_caught_in_every_run(author: Author) -> None:
    toml = author.labs / "00-doubling" / "wrong.toml"
    toml.write_text(toml.read_text().replace('(somebody)"', '(somebody)"\nrace = true'))
    line = "races caught 3 times in 3 runs: "
    status, lines = author.verify("00")
    assert status == 0 and lines[-1].endswith(f"{line}1 of 1")
    author.change("return number * number;", "return number == 12 ? 0 : 2 * number;")
    status, lines = author.verify("00")
    assert status == 1 and lines[-1].endswith(f"{line}0 of 1")
    assert lines[0].endswith("wrong solution square: Large.Seeded does not catch it in 2 of 3 runs")


def test_a_step_is_counted_as_one(author: Author, tmp_path: Path) -> None:
    add_step(author.labs)
    step = author.labs / "refactoring" / "1-again"
    (step / "source" / "doubling.cpp").write_text(author.source.read_text())
    make_toolchain(tmp_path, list(catalogue_of(author.labs).labs), tmp_path / "machine.o")
    complaints = list(complaints_about(catalogue_of(author.labs).find("r1")))
    assert "refactoring/1-again has 0 wrong solutions, not 2" in complaints
    status, lines = author.verify("r1", scope=Scope(1, judged=False))
    assert status == 1 and lines[-1].startswith("labs: 0, steps: 1")


def test_one_wrong_solution_alone(author: Author) -> None:
    scope = Scope(3, judged=False, only_wrong="negative")
    line = "labs: 1, wrong solutions caught by the test that names them: 1 of 1"
    assert author.verify("00", scope=scope) == (0, ["00-doubling: verified", line])
    with pytest.raises(Failure, match="no lab has a wrong solution 'other'"):
        author.verify("00", scope=Scope(only_wrong="other"))


@pytest.mark.parametrize("status", [0, 1])
def test_the_judge_tries_the_solutions_program(author: Author, tmp_path: Path, status: int) -> None:
    fake_judge(tmp_path / "bin" / "conformance_tests", tmp_path / "words", status)
    found, lines = author.verify("01", scope=Scope(1))
    assert found == status
    assert lines[-1].endswith(f"programs that the judge passes: {'1' if not status else '0 of 1'}")
    assert "--level server" in (tmp_path / "words").read_text()


def test_objects_of_the_solution_are_used_for_the_wrong_ones(
    author: Author, tmp_path: Path
) -> None:
    author.verify("00")
    wrong = tmp_path / "verify" / "00-doubling" / "wrong"
    assert {file.name for file in wrong.glob("*/*.cpp")} == {"doubling.cpp"}
    stale = wrong / "square" / "stale.cpp"
    stale.write_text("nonsense")
    assert author.verify("00")[0] == 0 and not stale.exists()


def test_hints_and_tests_must_fit(author: Author, monkeypatch: pytest.MonkeyPatch) -> None:
    lab = catalogue_of(author.labs).find("00")
    assert list(complaints_about(lab)) == []
    hints = lab.folder / "hints.md"
    hints.write_text(hints.read_text().replace("## signs", "## sign"))
    wrong = lab.folder / "wrong.toml"
    wrong.write_text(wrong.read_text().replace("Large.Seeded", "Large.Gone"))
    monkeypatch.setattr(formalities, "LEAST_WRONGS", 5)
    named, unused, gone, few = complaints_about(lab)
    assert "Small.Minus names the hint 'signs': there is none" in named
    assert "no test names the hint 'sign'" in unused
    assert "there is no test Large.Gone that could catch 'square'" in gone
    assert few == "00-doubling has 2 wrong solutions, not 5"


def test_model_answers_must_fit(author: Author) -> None:
    lab = catalogue_of(author.labs).find("00")
    file = lab.folder / MODEL_ANSWERS
    file.write_text(file.read_text().replace("Question 1", "Question 2").replace("Seeded", "Gone"))
    headings, gone = complaints_about(lab)
    wanted = "Prediction, Question 1, Common mistakes"
    assert headings.endswith(f"{MODEL_ANSWERS}: its headings should be: {wanted}")
    assert gone.endswith(f"{MODEL_ANSWERS}: there is no test Large.Gone")
    file.unlink()
    assert list(complaints_about(lab)) == [f"00-doubling has no {MODEL_ANSWERS}"]


def test_a_lab_that_asks_nothing_has_its_common_mistakes(author: Author) -> None:
    lab = catalogue_of(author.labs).find("01")
    assert list(complaints_about(lab)) == []
    file = lab.folder / MODEL_ANSWERS
    file.write_text("## Question 1\n" + file.read_text())
    (complaint,) = complaints_about(lab)
    assert complaint.endswith("its headings should be: Common mistakes")


@pytest.mark.parametrize(
    ("later", "said"), [([0.1], ""), ([0.9, 0.1], ""), ([0.9, 0.7, 0.1], "One.A takes 0.70 s")]
)
def test_a_test_is_too_slow_if_it_always_is(later: list[float], said: str) -> None:
    times = iter(later)
    first = Results(limit_s=1, slowest_s=0.8, slowest="One.A")
    told = "".join(
        verifying._is_too_slow(first, lambda _test: Results(limit_s=1, slowest_s=next(times)))
    )
    assert told.startswith(said) and bool(told) == bool(said)


def test_tests_are_named_in_both_languages() -> None:
    text = "`One.Two`, `Quantile.it_is_a_sample`, `README.md`, `server.cpp`, `io.stop()`"
    assert formalities._NAMED_IN_TEXT.findall(text) == ["One.Two", "Quantile.it_is_a_sample"]
