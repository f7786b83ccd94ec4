"""What iolab needs from the system, how to see whether it is there, and what each packager calls
it.

A requirement is judged by what it is for (a program, a header, a Python module), not by a
package's name: a compiler from elsewhere is as good as the distribution's.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from experiments.runner.ready.interpreter import MODULES, MODULES_OF_LABS, missing_modules

OLDEST_BOOST = 107800
INCLUDE_DIRS = ("/usr/include", "/usr/local/include", "/opt/homebrew/include")


@dataclass(frozen=True)
class Requirement:
    """One thing needed. `present` looks without side effects; the names are the packages'."""

    name: str
    present: Callable[[], bool]
    apt: str
    dnf: str
    brew: str


def program(name: str, apt: str, dnf: str, brew: str, also: tuple[str, ...] = ()) -> Requirement:
    names = (name, *also)
    return Requirement(name, lambda: any(shutil.which(n) for n in names), apt, dnf, brew)


def pkg_config(name: str, apt: str, dnf: str, brew: str) -> Requirement:
    return Requirement(name, lambda: _pkg_config_knows(name), apt, dnf, brew)


def python_module(name: str) -> Requirement:
    present = lambda: name not in missing_modules()  # noqa: E731
    return Requirement(f"Python's {name}", present, f"python3-{name}", f"python3-{name}", "")


def _pkg_config_knows(name: str) -> bool:
    tool = shutil.which("pkg-config") or shutil.which("pkgconf")
    return (
        bool(tool) and subprocess.run([tool, "--exists", name], capture_output=True).returncode == 0
    )


def _cmake_present() -> bool:
    if not shutil.which("cmake"):
        return False
    text = subprocess.run(["cmake", "--version"], capture_output=True, text=True).stdout
    found = re.search(r"(\d+)\.(\d+)", text)
    return bool(found) and (int(found[1]), int(found[2])) >= (3, 25)


def boost_version() -> int:
    """The newest Boost among the usual include folders as BOOST_VERSION, or 0."""
    newest = 0
    for folder in (*os.environ.get("CPATH", "").split(":"), *INCLUDE_DIRS):
        header = Path(folder or "/nowhere") / "boost" / "version.hpp"
        if header.is_file():
            found = re.search(r"#define BOOST_VERSION (\d+)", header.read_text(errors="replace"))
            newest = max(newest, int(found[1]) if found else 0)
    return newest


def _boost_apt_name() -> str:
    """Debian 12's own libboost-dev is too old for io_uring; its libboost1.81-dev is not."""
    try:
        release = Path("/etc/os-release").read_text()
    except OSError:
        return "libboost-dev"
    bookworm = re.search(r"^VERSION_CODENAME=\"?bookworm", release, re.MULTILINE)
    return "libboost1.81-dev" if bookworm else "libboost-dev"


def python_requirements() -> list[Requirement]:
    """What analysing and drawing need. Enough for `report`, which builds nothing."""
    return [python_module(name) for name in MODULES]


def _toolchain() -> list[Requirement]:
    return [
        program("g++", "g++", "gcc-c++", "", also=("c++", "clang++")),
        Requirement("cmake 3.25", _cmake_present, "cmake", "cmake", "cmake"),
        program("ninja", "ninja-build", "ninja-build", "ninja", also=("ninja-build",)),
        program("pkg-config", "pkg-config", "pkgconf-pkg-config", "pkgconf", also=("pkgconf",)),
    ]


def _libraries_of_labs() -> list[Requirement]:
    return [
        Requirement(
            "Boost 1.78",
            lambda: boost_version() >= OLDEST_BOOST,
            _boost_apt_name(),
            "boost-devel",
            "boost",
        ),
        pkg_config("libevent_core", "libevent-dev", "libevent-devel", "libevent"),
        pkg_config("CLI11", "libcli11-dev", "cli11-devel", "cli11"),
        pkg_config("nlohmann_json", "nlohmann-json3-dev", "json-devel", "nlohmann-json"),
        pkg_config("gtest", "libgtest-dev", "gtest-devel", "googletest"),
    ]


def _liburing() -> Requirement:
    return pkg_config("liburing", "liburing-dev", "liburing-devel", "")


def lab_requirements() -> list[Requirement]:
    """What the labs need, and the judge."""
    modules = map(python_module, MODULES_OF_LABS)
    return [*_toolchain(), *_libraries_of_labs(), _liburing(), *modules]


def build_requirements() -> list[Requirement]:
    """What configuring and compiling need."""
    found = [
        *_toolchain(),
        *_libraries_of_labs(),
        pkg_config("gmock", "libgmock-dev", "gmock-devel", ""),
        pkg_config("benchmark", "libbenchmark-dev", "google-benchmark-devel", "google-benchmark"),
        pkg_config("zlib", "zlib1g-dev", "zlib-devel", "zlib"),
    ]
    if sys.platform.startswith("linux"):
        found.append(_liburing())
        found.append(program("strace", "strace", "strace", ""))
    return found


def everything() -> list[Requirement]:
    """What most subcommands need: to build, to measure, to analyse and to draw."""
    return build_requirements() + python_requirements()


def lint_requirements() -> list[Requirement]:
    return [
        program("clang-format", "clang-format", "clang-tools-extra", "clang-format"),
        program("clang-tidy", "clang-tidy", "clang-tools-extra", "llvm"),
        program("pyflakes", "pyflakes3", "python3-pyflakes", "pyflakes", also=("pyflakes3",)),
    ]
