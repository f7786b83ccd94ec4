"""The circumstances of a measurement: what a reader must know to trust or repeat it."""

import json
import os
import platform
import re
import subprocess
import sys
from dataclasses import asdict, dataclass, field, replace
from operator import attrgetter
from pathlib import Path

from experiments.runner.measure.running_server import Banner
from experiments.runner.measure.servers import ContestantProgram
from experiments.runner.paths import ROOT
from experiments.runner.plan.plan import Plan
from experiments.runner.ready.requirements import boost_version
from experiments.runner.system import machine
from experiments.runner.typed_json import from_json, read_object

SCHEMA = 2
FILE = "manifest.json"
# What two measurements must have in common to be compared: place in the manifest, name in words.
COMPARABLE = {
    "machine.cpu": "processor",
    "machine.cpus": "number of CPUs",
    "machine.kernel": "kernel",
    "machine.governor": "frequency governor",
    "machine.mitigations": "mitigations",
    "build.compiler": "compiler",
    "build.flags": "compiler flags",
    "build.build_type": "build type",
    "build.libraries": "libraries",
    "git.commit": "commit",
    "git.dirty": "uncommitted changes",
}


@dataclass(frozen=True)
class Git:
    """Which source was built; None outside a repository."""

    commit: str | None
    branch: str | None
    dirty: bool


@dataclass(frozen=True)
class Build:
    """How it was built. `libraries` has versions by name."""

    preset: str | None
    build_type: str | None
    compiler: str | None
    flags: str
    libraries: dict[str, str | None]


@dataclass(frozen=True)
class Machine:
    """Where it ran. What cannot be read is None."""

    system: str
    distribution: str | None
    kernel: str
    architecture: str
    cpu: str
    cpus: int | None
    memory_bytes: int | None
    mitigations: dict[str, str]
    governor: str | None
    virtualisation: str | None
    load_average: float | None
    io_uring: str
    user_is_root: bool


@dataclass(frozen=True)
class Entered:
    """A contestant as it was entered: its server's facts, its options, its banner if it started.

    Of a foreign program only its `command` is known, and where it listened.
    """

    name: str
    pattern: str | None
    written: str | None
    engine: str | None
    program: str | None
    source: str | None
    protocols: tuple[str, ...]
    dispatch: tuple[str, ...]
    options: str
    banner: Banner | None
    command: str = ""


@dataclass(frozen=True)
class Manifest:
    """All of it.

    `limits` are (soft, hard); `affinity` is known only after measuring, by contestant.
    """

    schema: int
    command: str
    git: Git
    build: Build
    machine: Machine
    limits: dict[str, tuple[int, int]]
    network: dict[str, str | None]
    python: str
    contestants: tuple[Entered, ...]
    affinity: dict[str, tuple[int, ...]] = field(default_factory=dict)
    resumed_differently: tuple[str, ...] = ()


def collect(
    command_line: str,
    build_folder: Path,
    contestants: list[ContestantProgram],
    banners: dict[str, Banner],
) -> Manifest:
    """Everything about source, build, machine, limits and contestants."""
    return Manifest(
        schema=SCHEMA,
        command=command_line,
        git=git_state(),
        build=_build(build_folder),
        machine=_machine(),
        limits={name: (soft, hard) for name, (soft, hard) in machine.limits().items()},
        network=machine.network_settings(),
        python=platform.python_version(),
        contestants=tuple(_entered(one, banners.get(one.name)) for one in contestants),
    )


def _entered(one: ContestantProgram, banner: Banner | None) -> Entered:
    program = one.server.program
    facts = {**asdict(one.server), "name": one.name, "program": str(program) if program else None}
    del facts["handlers"]  # a trace's, and nothing of a measurement
    return Entered(**facts, options=one.options, banner=banner, command=one.command)


def git_state() -> Git:
    """Which source this is."""

    def git(*words: str) -> str | None:
        return _output("git", "-C", str(ROOT), *words)

    return Git(
        commit=git("rev-parse", "HEAD"),
        branch=git("rev-parse", "--abbrev-ref", "HEAD"),
        dirty=bool(git("status", "--porcelain", "--untracked-files=no")),
    )


def _build(folder: Path) -> Build:
    cache = machine.read(str(folder / "CMakeCache.txt")) or ""
    kind = _cached(cache, "CMAKE_BUILD_TYPE")
    compiler = _cached(cache, "CMAKE_CXX_COMPILER")
    flags = [
        _cached(cache, "CMAKE_CXX_FLAGS"),
        _cached(cache, f"CMAKE_CXX_FLAGS_{(kind or '').upper()}"),
    ]
    version = _output(compiler, "--version") if compiler else None
    return Build(
        preset=_cached(cache, "IOLAB_PRESET"),
        build_type=kind,
        compiler=(version or "").split("\n")[0] if compiler else None,
        flags=" ".join(flag for flag in flags if flag),
        libraries=_libraries(),
    )


def _cached(cache: str, name: str) -> str | None:
    found = re.search(rf"^{name}:\w+=(.*)$", cache, re.MULTILINE)
    return found[1] if found else None


def _libraries() -> dict[str, str | None]:
    boost = boost_version()
    version = f"{boost // 100000}.{boost // 100 % 1000}.{boost % 100}" if boost else None
    found = {"boost": version}
    for name in ("libevent_core", "liburing"):
        found[name] = _output("pkg-config", "--modversion", name)
    found["libc"] = " ".join(platform.libc_ver()).strip() or None
    return found


def _machine() -> Machine:
    return Machine(
        system=platform.system(),
        distribution=_distribution(),
        kernel=platform.release(),
        architecture=platform.machine(),
        cpu=machine.cpu_model(),
        cpus=os.cpu_count(),
        memory_bytes=machine.memory_bytes(),
        mitigations=machine.mitigations(),
        governor=machine.governor(),
        virtualisation=machine.virtualisation(),
        load_average=machine.load_average(),
        io_uring=machine.io_uring_refusal() or "allowed",
        user_is_root=hasattr(os, "geteuid") and os.geteuid() == 0,
    )


def _distribution() -> str | None:
    found = re.search(
        r'^PRETTY_NAME="?([^"\n]*)', machine.read("/etc/os-release") or "", re.MULTILINE
    )
    return (
        found[1] if found else (platform.mac_ver()[0] or None if sys.platform == "darwin" else None)
    )


def _output(*command: str) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def write(manifest: Manifest, results: Path) -> None:
    text = json.dumps(asdict(manifest), indent=1, sort_keys=True)
    (results / FILE).write_text(text + "\n")


def read(results: Path) -> Manifest:
    """Reads a manifest. Raises OSError or ValueError."""
    value = read_object(results / FILE)
    if value.get("schema") == 1:
        value = {**value, "schema": SCHEMA, "contestants": value.get("servers", [])}
    return from_json(Manifest, value)


def add_affinity(results: Path, affinity: dict[str, list[int]]) -> None:
    """Notes on which cores each process really ran."""
    told = {name: tuple(cpus) for name, cpus in affinity.items()}
    write(replace(read(results), affinity=told), results)


def not_in_effect(plan: Plan, about: Manifest) -> list[str]:
    """In words, which process the kernel ran elsewhere than the plan asked for."""
    found = []
    for name, cpus in sorted(about.affinity.items()):
        asked = plan.generator_cpus if name == "generator" else plan.server_cpus
        if asked and cpus and set(cpus) != set(asked):
            found.append(f"{name} ran on CPUs {list(cpus)}, not {list(asked)}")
    return found


def differences(ours: Manifest, theirs: Manifest) -> list[str]:
    """In words, what differs between two manifests of what should be the same."""
    found = []
    for place, name in COMPARABLE.items():
        mine, other = attrgetter(place)(ours), attrgetter(place)(theirs)
        if mine != other:
            detail = "" if isinstance(mine, dict) else f" ({mine} here, {other} there)"
            found.append(name + detail)
    return found
