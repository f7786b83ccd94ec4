"""Who may use whom: imports and includes point one way, and there is no circle."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from conftest import ROOT

# Python: each package may import from itself and from those before it. Files beside the packages of
# the runner count by their own names.
RUNNER = ROOT / "experiments" / "runner"
FOUNDATION = ("errors", "paths", "units", "typed_json", "console", "schemas")
RUNNER_ORDER = (
    *("system", "ready", "labs", "plan", "results", "measure", "trace", "judge", "dev"),
    *("commands", "cli"),
)
PLOTS = ROOT / "plots"
PLOTS_ORDER = ("drawing", "figures", "report", "trace", "__main__")

# C++: what the files of a folder may include, beside themselves.
SERVERS = ("shared", "reactor", "proactor", "emulated-proactor")
CPP = {
    "shared": (),
    "reactor": ("shared",),
    "proactor": ("shared",),
    "emulated-proactor": ("shared", "reactor", "proactor"),
    # The baselines: Half-Sync/Half-Async has our Reactor as its asynchronous half.
    "experiments": ("shared", "reactor"),
}
LOADGEN = ROOT / "experiments" / "loadgen"
LOADGEN_ORDER = ("system", "options", "wire", "results", "pace", "slice", "commands", "cli")


def imports(file: Path) -> Iterator[str]:
    """The modules a file imports, wherever it does so."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def includes(file: Path) -> list[str]:
    return re.findall(r'^\s*#include "([^"]+)"', file.read_text(), re.MULTILINE)


def against(order: tuple[str, ...], uses: Iterable[tuple[str, str, str]]) -> list[str]:
    """Of (file, its room, the room it uses) those that point to a later room."""
    places = {room: place for place, room in enumerate(order)}
    found = []
    for file, room, used in uses:
        if used in places and places[used] > places[room]:
            found.append(f"{file} uses {used}/")
    return sorted(set(found))


def circle(graph: dict[str, set[str]]) -> list[str]:
    """The names of one circle in a graph, or none."""
    done: set[str] = set()

    def walk(name: str, path: list[str]) -> list[str]:
        if name in path:
            return path[path.index(name) :]
        if name in done:
            return []
        for other in sorted(graph.get(name, ())):
            if found := walk(other, [*path, name]):
                return found
        done.add(name)
        return []

    return next((found for name in sorted(graph) if (found := walk(name, []))), [])


def module_name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def python_graph(folder: Path) -> dict[str, set[str]]:
    """Modules below a folder and which of each other they import."""
    files = {module_name(file): file for file in folder.rglob("*.py")}
    return {
        name: {used for used in imports(file) if used in files and used != name}
        for name, file in files.items()
    }


def python_uses(folder: Path, rooms: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    prefix = module_name(folder / "__init__.py") + "."
    for name, used in python_graph(folder).items():
        room = name.removeprefix(prefix).split(".")[0]
        if room in rooms:
            others = {other.removeprefix(prefix).split(".")[0] for other in used}
            yield from ((name, room, other) for other in others)


@pytest.mark.parametrize(
    ("folder", "order"), [(RUNNER, RUNNER_ORDER), (PLOTS, PLOTS_ORDER)], ids=["runner", "plots"]
)
def test_python_packages_use_only_those_before_them(folder: Path, order: tuple[str, ...]) -> None:
    uses = list(python_uses(folder, order))
    assert len(uses) > 10
    assert against(order, uses) == []
    assert circle(python_graph(folder)) == []


def test_the_order_names_every_room_of_the_runner() -> None:
    rooms = {file.relative_to(RUNNER).parts[0].removesuffix(".py") for file in RUNNER.rglob("*.py")}
    assert rooms - {"__init__", "__main__"} == {*FOUNDATION, *RUNNER_ORDER}


def test_what_everyone_needs_uses_nothing_else() -> None:
    graph = python_graph(RUNNER)
    prefix = "experiments.runner."
    known = {prefix + name for name in FOUNDATION} | {"experiments.runner"}
    for name in FOUNDATION:
        assert graph[prefix + name] <= known


def test_plots_know_of_the_runner_only_the_models() -> None:
    allowed = (
        *("experiments.runner.results.model", "experiments.runner.typed_json"),
        *("experiments.runner.trace.model", "experiments.runner.trace.observed"),
        "experiments.runner.errors",
    )
    for file in PLOTS.rglob("*.py"):
        used = {name for name in imports(file) if name.startswith("experiments")}
        assert all(name.startswith(allowed) for name in used), file


def sources(folder: str) -> list[Path]:
    return [file for kind in ("*.cpp", "*.hpp") for file in (ROOT / folder).rglob(kind)]


@pytest.mark.parametrize("folder", list(CPP))
def test_servers_include_only_what_their_pattern_is_built_on(folder: str) -> None:
    for file in sources(folder):
        used = {name.split("/")[0] for name in includes(file)}
        assert used <= {folder, *CPP[folder]}, file


def test_the_rooms_of_the_load_generator_use_only_those_before_them() -> None:
    uses = []
    for file in sources("experiments/loadgen"):
        room = file.relative_to(LOADGEN).parts[0]
        if room in LOADGEN_ORDER:
            names = [n.removeprefix("experiments/loadgen/") for n in includes(file)]
            uses += [(str(file.relative_to(ROOT)), room, name.split("/")[0]) for name in names]
    assert len(uses) > 30
    assert against(LOADGEN_ORDER, uses) == []


MOST_FILES = 16


def test_every_folder_can_be_looked_over() -> None:
    """At most 16 source files outside the tests; a header beside its source counts once."""
    stems: dict[Path, set[str]] = {}
    for top in (*SERVERS, "experiments", "plots", "labs"):
        for kind in ("*.cpp", "*.hpp", "*.py"):
            for file in (ROOT / top).rglob(kind):
                if file.name != "__init__.py":
                    stems.setdefault(file.parent, set()).add(file.stem)
    crowded = {str(f.relative_to(ROOT)): len(s) for f, s in stems.items() if len(s) > MOST_FILES}
    assert crowded == {}


def test_a_circle_and_an_arrow_backwards_are_noticed() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c"]
    assert circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []
    uses = [("x.py", "plan", "judge"), ("y.py", "judge", "plan"), ("z.py", "plan", "other")]
    assert against(("plan", "judge"), uses) == ["x.py uses judge/"]
