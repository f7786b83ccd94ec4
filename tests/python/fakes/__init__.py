"""A made-up build folder: fake servers and a fake generator that speak the real ones' JSON.

And a foreign program, which is no fake: it echoes.
"""

import json
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).parent
ROSTER = {
    "reactor-libevent": ("reactor", "libevent, raw events"),
    "reactor-epoll": ("reactor", "from scratch"),
    "proactor-asio": ("proactor", "Boost.Asio, callbacks"),
    "emulated-asio": ("emulated", "Boost.Asio, callbacks"),
    "floor-epoll": ("floor", "one file"),
}


def make_programs(
    folder: Path, behaviour: dict | None = None, names: tuple[str, ...] = tuple(ROSTER)
) -> Path:
    """Writes servers.json, bin/ and behaviour.json. Returns the folder, fit for --programs."""
    programs = folder / "bin"
    programs.mkdir(parents=True)
    servers = []
    for name in names:
        pattern, written = ROSTER[name]
        _install(HERE / "fake_server.py", programs / name)
        protocols = ["echo"] if pattern == "floor" else ["echo", "framed"]
        servers.append(
            {
                "name": name,
                "pattern": pattern,
                "written": written,
                "engine": "fake",
                "program": f"bin/{name}",
                "source": "nowhere.cpp",
                "protocols": protocols,
                "dispatch": ["sharded"],
            }
        )
    _install(HERE / "fake_loadgen.py", programs / "loadgen")
    (programs / "behaviour.json").write_text(json.dumps(behaviour or {}))
    (folder / "servers.json").write_text(
        json.dumps({"schema": 1, "preset": "release", "servers": servers})
    )
    return folder


def make_echo_program(folder: Path) -> Path:
    """A program of somebody else's in that folder; echo_program.py tells its options."""
    program = folder / "echo-program"
    _install(HERE / "echo_program.py", program)
    return program


def _install(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    target.write_text(f"#!{sys.executable} -S\n" + target.read_text())
    target.chmod(0o755)
