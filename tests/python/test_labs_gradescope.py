"""The autograder for Gradescope, as Gradescope would run it, in a tree of its own."""

import json
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from grading_fixture import the_lab
from harness import iolab

from experiments.runner.labs.course.variants import read_sources
from experiments.runner.schemas import violations

SCHEMA = json.loads(Path(__file__).with_name("gradescope_results.schema.json").read_text())


@pytest.fixture(scope="module")
def autograder(tmp_path_factory) -> Path:
    """/autograder, elsewhere. The other user must be able to reach it, as it can there."""
    folder = tmp_path_factory.mktemp("autograder")
    for outer in (folder, *folder.parents[:2]):
        outer.chmod(0o755)
    done = iolab("lab", "gradescope", "01", "--out", folder / "bundle.zip")
    assert done.returncode == 0, done.stderr
    for room in ("source", "submission", "results"):
        (folder / room).mkdir()
    with zipfile.ZipFile(folder / "bundle.zip") as archive:
        archive.extractall(folder / "source")
    shutil.copy(folder / "source" / "run_autograder", folder / "run_autograder")
    return folder


def run(autograder: Path, script: Path) -> subprocess.CompletedProcess:
    """Compiled before? Then not again, wherever the tree is this time."""
    environment = {**os.environ, "AUTOGRADER": str(autograder)}
    if shutil.which("ccache"):
        environment |= {
            "CMAKE_CXX_COMPILER_LAUNCHER": "ccache",
            "CCACHE_BASEDIR": str(autograder),
            "CCACHE_NOHASHDIR": "1",
        }
    return subprocess.run(
        ["sh", script], cwd=autograder, env=environment, capture_output=True, text=True, timeout=900
    )


def submit(autograder: Path, files: dict[str, str]) -> None:
    shutil.rmtree(autograder / "submission")
    (autograder / "submission").mkdir()
    for name, text in files.items():
        (autograder / "submission" / name).write_text(text)


def test_it_holds_scripts_and_no_solution(autograder: Path) -> None:
    source = autograder / "source"
    assert {"setup.sh", "run_autograder", "iolab"} == {file.name for file in source.iterdir()}
    with zipfile.ZipFile(autograder / "bundle.zip") as archive:
        modes = {one.filename: one.external_attr >> 16 & 0o777 for one in archive.infolist()}
    assert modes["run_autograder"] == modes["setup.sh"] == modes["iolab/iolab"] == 0o755
    starter = read_sources(the_lab()).starter()["frame_decoder.cpp"]
    handed = source / "iolab" / "labs" / the_lab().name / "source" / "frame_decoder.cpp"
    assert handed.read_text() == starter
    assert not list(source.rglob("wrong.toml")) and not (source / "iolab/labs/work").exists()


def test_a_submission_is_graded_as_there(autograder: Path) -> None:
    set_up = run(autograder, autograder / "source" / "setup.sh")
    assert set_up.returncode == 0, set_up.stdout + set_up.stderr
    results = autograder / "results" / "results.json"

    starter = read_sources(the_lab()).starter()
    submit(autograder, starter)
    done = run(autograder, autograder / "run_autograder")
    assert done.returncode == 0, done.stdout + done.stderr
    value = json.loads(results.read_text())
    assert violations(value, SCHEMA) == []
    assert value["score"] == 0 and len(value["tests"]) == 27
    assert "hint: first-frame" in value["tests"][0]["output"]

    submit(autograder, {"frame_decoder.cpp": "nonsense\n"})
    assert run(autograder, autograder / "run_autograder").returncode == 0
    value = json.loads(results.read_text())
    assert violations(value, SCHEMA) == []
    assert value["output"].startswith("it does not compile\nframe_decoder.cpp:1:1: error:")

    # What is ours and does not work must not count as the student's failure.
    (autograder / "source" / "iolab" / "labs" / "machine" / "main.cpp").write_text("nonsense\n")
    submit(autograder, starter)
    assert run(autograder, autograder / "run_autograder").returncode == 3
    assert not results.exists()
