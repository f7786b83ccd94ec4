"""The circumstances of a measurement: what a reader must know to trust or repeat it."""

import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

from experiments.runner import machine
from experiments.runner.paths import ROOT
from experiments.runner.plan import Plan

SCHEMA = 1
FILE = "manifest.json"
# What two measurements must have in common to be compared: path in the manifest, name in words.
COMPARABLE = {
    ("machine", "cpu"): "processor",
    ("machine", "cpus"): "number of CPUs",
    ("machine", "kernel"): "kernel",
    ("machine", "governor"): "frequency governor",
    ("machine", "mitigations"): "mitigations",
    ("build", "compiler"): "compiler",
    ("build", "flags"): "compiler flags",
    ("build", "build_type"): "build type",
    ("build", "libraries"): "libraries",
    ("git", "commit"): "commit",
    ("git", "dirty"): "uncommitted changes",
}


def collect(command_line: str, build_folder: Path) -> dict:
    """Everything about source, build, machine and limits. What cannot be read is null."""
    return {
        "schema": SCHEMA,
        "command": command_line,
        "git": _git(),
        "build": _build(build_folder),
        "machine": _machine(),
        "limits": machine.limits(),
        "network": machine.network_settings(),
        "affinity": {},
        "python": platform.python_version(),
    }


def _git() -> dict:
    return {
        "commit": _output("git", "-C", str(ROOT), "rev-parse", "HEAD"),
        "branch": _output("git", "-C", str(ROOT), "rev-parse", "--abbrev-ref", "HEAD"),
        "dirty": bool(_output("git", "-C", str(ROOT), "status", "--porcelain", "--untracked-files=no")),
    }


def _build(folder: Path) -> dict:
    cache = machine.read(str(folder / "CMakeCache.txt")) or ""
    kind = _cached(cache, "CMAKE_BUILD_TYPE")
    compiler = _cached(cache, "CMAKE_CXX_COMPILER")
    flags = [_cached(cache, "CMAKE_CXX_FLAGS"), _cached(cache, f"CMAKE_CXX_FLAGS_{(kind or '').upper()}")]
    return {
        "preset": _cached(cache, "IOLAB_PRESET"),
        "build_type": kind,
        "compiler": (_output(compiler, "--version") or "").split("\n")[0] if compiler else None,
        "flags": " ".join(flag for flag in flags if flag),
        "libraries": _libraries(cache),
    }


def _cached(cache: str, name: str) -> str | None:
    found = re.search(rf"^{name}:\w+=(.*)$", cache, re.MULTILINE)
    return found[1] if found else None


def _libraries(cache: str) -> dict[str, str | None]:
    from experiments.runner.requirements import boost_version

    boost = boost_version()
    found = {"boost": f"{boost // 100000}.{boost // 100 % 1000}.{boost % 100}" if boost else None}
    for name in ("libevent_core", "liburing"):
        found[name] = _output("pkg-config", "--modversion", name)
    found["libc"] = " ".join(platform.libc_ver()).strip() or None
    return found


def _machine() -> dict:
    return {
        "system": platform.system(),
        "distribution": _distribution(),
        "kernel": platform.release(),
        "architecture": platform.machine(),
        "cpu": machine.cpu_model(),
        "cpus": os.cpu_count(),
        "memory_bytes": machine.memory_bytes(),
        "mitigations": machine.mitigations(),
        "governor": machine.governor(),
        "virtualisation": machine.virtualisation(),
        "load_average": machine.load_average(),
        "io_uring": machine.io_uring_refusal() or "allowed",
        "user_is_root": hasattr(os, "geteuid") and os.geteuid() == 0,
    }


def _distribution() -> str | None:
    found = re.search(r'^PRETTY_NAME="?([^"\n]*)', machine.read("/etc/os-release") or "", re.MULTILINE)
    return found[1] if found else (platform.mac_ver()[0] or None if sys.platform == "darwin" else None)


def _output(*command: str) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def write(manifest: dict, results: Path) -> None:
    (results / FILE).write_text(json.dumps(manifest, indent=1, sort_keys=True) + "\n")


def add(results: Path, key: str, value: object) -> None:
    """Notes something that is known only while or after measuring."""
    write({**read(results), key: value}, results)


def read(results: Path) -> dict:
    """Reads a manifest. Raises OSError or ValueError."""
    return json.loads((results / FILE).read_text())


def not_in_effect(plan: Plan, about: dict) -> list[str]:
    """In words, which process the kernel ran elsewhere than the plan asked for."""
    found = []
    for name, cpus in sorted(about.get("affinity", {}).items()):
        asked = plan.generator_cpus if name == "generator" else plan.server_cpus
        if asked and cpus and set(cpus) != set(asked):
            found.append(f"{name} ran on CPUs {cpus}, not {list(asked)}")
    return found


def differences(ours: dict, theirs: dict) -> list[str]:
    """In words, what differs between two manifests of what should be the same."""
    found = []
    for (group, key), name in COMPARABLE.items():
        mine, other = ours.get(group, {}).get(key), theirs.get(group, {}).get(key)
        if mine != other:
            detail = "" if isinstance(mine, dict) else f" ({mine} here, {other} there)"
            found.append(name + detail)
    return found
