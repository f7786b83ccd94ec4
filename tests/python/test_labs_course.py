"""The labs' files: what is read from them, and that mistakes in them are one clear line."""

from pathlib import Path

import pytest
from labs_fixture import HINTS, add_step, catalogue_of, make_labs

from experiments.runner.errors import Failure
from experiments.runner.labs.course.answers import Answers, read_answers_of
from experiments.runner.labs.course.hints import own_hints, parse_hints, read_hints
from experiments.runner.labs.course.sources import read_marked
from experiments.runner.labs.course.variants import carried_solutions, read_sources
from experiments.runner.labs.course.wrong import read_wrongs


@pytest.fixture
def labs(tmp_path: Path) -> Path:
    return make_labs(tmp_path)


def test_a_lab_is_found_by_number_and_by_name(labs: Path) -> None:
    catalogue = catalogue_of(labs)
    second = catalogue.labs[1]
    assert [catalogue.find(wish) for wish in ("01", "1", "01-quadrupling")] == [second] * 3
    assert (second.file.hours, second.file.carry) == (2.0, {"doubling.cpp": "00"})
    assert second.file.program.command == "{program} --protocol {protocol}"
    assert second.given("doubling.hpp") == labs / "given" / "doubling.hpp"
    with pytest.raises(Failure, match="there is no lab '7'; there are 00, 01") as caught:
        catalogue.find("7")
    assert caught.value.status == 2


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('title = "Doubling"\n', "", "lacks the key 'title'"),
        ("hours = 1.5", 'hours = "1"', "hours: str is not"),
        ("ends_at", "ends_in", "unknown key 'ends_in'"),
        ('edit = ["doubling.cpp"]', "edit = []", "edit names no file"),
        ('edit = ["doubling.cpp"]', 'edit = ["../a.cpp"]', "'../a.cpp' is no name of a"),
        ("hours = 1.5", "hours = ", "Invalid value"),
        ("hours = 1.5", 'hours = 1\ncarry = {"doubling.cpp" = "00"}', "is in edit and in carry"),
        ("hours = 1.5", 'hours = 1\nbegins_as = {"a.cpp" = "00"}', "is in begins_as, not in edit"),
    ],
)
def test_a_bad_lab_file_is_named_in_one_line(labs: Path, old: str, new: str, message: str) -> None:
    file = labs / "00-doubling" / "lab.toml"
    file.write_text(file.read_text().replace(old, new))
    with pytest.raises(Failure) as caught:
        catalogue_of(labs)
    assert message in caught.value.message and "00-doubling/lab.toml: " in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('level = "wire"', 'level = "all"', "level 'all' is none of wire, server, full"),
        ('["echo"]', '["http"]', "protocol 'http' is none of echo, framed"),
        ("main", "mains", "unknown key 'program.mains'"),
        ('level = "wire"', 'level = "wire"\ncommand = "x"', "lacks the word {program}"),
    ],
)
def test_a_bad_program_is_named_in_one_line(labs: Path, old: str, new: str, message: str) -> None:
    file = labs / "01-quadrupling" / "lab.toml"
    file.write_text(file.read_text().replace(old, new, 1))
    with pytest.raises(Failure, match=message):
        catalogue_of(labs)


def test_solution_starter_and_wrong_come_out_of_one_file(labs: Path) -> None:
    source = read_marked(labs / "00-doubling" / "source" / "doubling.cpp")
    solution, starter, square = source.solution(), source.starter(), source.wrong("square")
    for text in (solution, starter, square, source.wrong("absent")):
        assert "//@" not in text and "//|" not in text
        assert text.startswith('#include "doubling.hpp"\n') and text.endswith(
            "}  // namespace lab\n"
        )
    assert "  // A sum cannot be misread.\n  return number + number;\n}" in solution
    assert "  // TODO: twice as much.\n  (void)number;\n  return 0;\n}" in starter
    assert "number + number" not in starter and "misread" not in starter
    assert "  return number * number;\n" in square and "nobody_calls" not in square
    assert "\nint nobody_calls_this() {\n  return 1;\n}\n" in source.wrong("absent")
    assert set(source.wrong_names()) == {"square", "negative", "absent"}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("//@ solution\nint a;\n", 1, "no '//@ end'"),
        ("int a;\n//@ end\n", 2, "'//@ end' outside a block"),
        ("//@ starter\n//@ end\n", 1, "'//@ starter' outside a block"),
        ("//@ solution\n//@ solution\n//@ end\n", 2, "the block of line 1 has not ended"),
        ("//@ solution\n//@ starter\n//@ starter\n//@ end\n", 3, "has a starter already"),
        ("//@ solution\n//@ wrong\n//@ end\n", 2, "needs a name"),
        ("//@ solution\n//@ wrong A_b\n//@ end\n", 2, "'A_b' is no name"),
        ("//@ solution\n//@ wrong a\n//@ wrong b a\n//@ end\n", 3, "has a wrong 'a' already"),
        ("//@ solution\n//@ starter\nint a;\n//@ end\n", 3, "begin with '//| '"),
        ("//@ solution\n//| int a;\n//@ end\n", 2, "in a starter or a wrong part only"),
        ("//| int a;\n", 1, "in a starter or a wrong part only"),
        ("//@ solution\n//@ starter\n//|int a;\n//@ end\n", 3, "followed by a blank"),
        ("//@ soluton\n", 1, "'//@ soluton' is no marker"),
        ("int a;  //@ end\n", 1, "is no marker"),
        ("//@ solution now\n", 1, "is no marker"),
        ("//@solution\n", 1, "is no marker"),
    ],
)
def test_a_bad_marker_is_named_with_its_line(
    tmp_path: Path, text: str, line: int, message: str
) -> None:
    file = tmp_path / "a.cpp"
    file.write_text(text)
    with pytest.raises(Failure) as caught:
        read_marked(file)
    assert caught.value.message.startswith(f"{file}:{line}: ") and message in caught.value.message


def test_a_file_without_markers_is_its_own_starter(tmp_path: Path) -> None:
    file = tmp_path / "a.cpp"
    file.write_text("int a;\n\n  int b;\n")
    assert read_marked(file).starter() == file.read_text()


def test_blocks_and_wrong_solutions_must_fit(labs: Path) -> None:
    lab = catalogue_of(labs).find("0")
    wrongs = read_wrongs(lab)
    sources = read_sources(lab)
    sources.check_names(wrongs)
    with pytest.raises(Failure, match=r"doubling.cpp:13: wrong.toml knows no .* 'square'"):
        sources.check_names(wrongs[1:])
    file = lab.folder / "wrong.toml"
    file.write_text(
        file.read_text() + file.read_text().replace('"square"', '"other"').split("\n\n")[0]
    )
    with pytest.raises(Failure, match="wrong.toml: no block in source/ has a '//@ wrong other'"):
        sources.check_names(read_wrongs(lab))
    file.write_text(file.read_text().replace('"other"', '"square"'))
    with pytest.raises(Failure, match="'square' stands there twice"):
        read_wrongs(lab)


def test_sources_are_those_that_a_student_edits(labs: Path) -> None:
    lab = catalogue_of(labs).find("0")
    (lab.source / "more.cpp").write_text("")
    with pytest.raises(Failure, match="'more.cpp' is in source/, not in edit"):
        read_sources(lab)
    (lab.source / "more.cpp").unlink()
    (lab.source / "doubling.cpp").unlink()
    with pytest.raises(Failure, match="'doubling.cpp' is only in edit, not in source/"):
        read_sources(lab)


def test_what_is_carried_on_is_the_earlier_solution(labs: Path) -> None:
    catalogue = catalogue_of(labs)
    files = carried_solutions(catalogue.find("1"), catalogue)
    assert list(files) == ["doubling.cpp"] and "number + number" in files["doubling.cpp"]


def test_a_step_shares_tests_and_hints(labs: Path) -> None:
    add_step(labs)
    step = catalogue_of(labs).find("r1")
    assert [file.name for file in step.tests] == ["1-1_some_test.cpp"]
    second = step.folder.with_name("2-more")
    second.mkdir()
    (second / "lab.toml").write_text((step.folder / "lab.toml").read_text())
    (second / "hints.md").write_text("# Hints\n\n## signs\n1. a\n2. b\n3. c\n")
    (step.folder / "hints.md").write_text((labs / "00-doubling" / "hints.md").read_text())
    later = catalogue_of(labs).find("r2")
    assert [file.name for file in later.tests] == ["2-7_other_test.cpp"]
    assert list(own_hints(later)) == ["signs"]
    assert read_hints(later) == {**read_hints(step), "signs": ("a", "b", "c")}


def test_hints_have_three_strengths(labs: Path) -> None:
    hints = read_hints(catalogue_of(labs).find("0"))
    assert list(hints) == ["begin", "signs"]
    assert hints["begin"] == ("What is twice 2?", "Add.\nTwice the same.", "Return the sum.")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("3. Return the sum.\n", "", "hints.md:3: 'begin' has 2 hints, not 3"),
        ("2. Add.", "3. Add.", "hints.md:5: this is hint 2, not 3"),
        ("## signs", "## begin", "hints.md:9: 'begin' is no new name"),
        ("## signs", "## Two Words", "hints.md:9: 'Two Words' is no new name"),
        ("1. Is there", "Is there", "hints.md:10: a hint begins with its number"),
    ],
)
def test_bad_hints_are_named_with_their_line(old: str, new: str, message: str) -> None:
    with pytest.raises(Failure, match=message):
        parse_hints(HINTS.replace(old, new, 1), Path("hints.md"))


def test_answers_that_are_filled_in_are_counted(labs: Path) -> None:
    folder = labs / "00-doubling" / "source"
    file = folder / "answers.md"
    form = file.read_text()
    assert read_answers_of(folder, form) == Answers(predicted=False, answered=0, questions=1)
    file.write_text(form.replace("(your answer)", "42", 1))
    assert read_answers_of(folder, form) == Answers(predicted=True, answered=0, questions=1)
    file.write_text(form.replace("(your answer)", "Because."))
    assert read_answers_of(folder, form) == Answers(predicted=True, answered=1, questions=1)
    file.write_text(form.replace("(your answer)", ""))
    assert read_answers_of(folder, form) == Answers(predicted=False, answered=0, questions=1)
    assert read_answers_of(labs, form) == Answers(predicted=False, answered=0, questions=1)
    assert read_answers_of(labs, "") == Answers(predicted=None, answered=0, questions=0)
