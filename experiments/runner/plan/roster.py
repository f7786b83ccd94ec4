"""The roster of server programs that CMake wrote, and choosing contestants from it."""

import json
from dataclasses import dataclass
from pathlib import Path

from experiments.runner.errors import EXIT_FAILED, Failure, usage

PATTERNS = ("reactor", "proactor", "emulated")


@dataclass(frozen=True)
class Server:
    """One server program. `program` is an absolute path.

    What is not known of a foreign program is None. `handlers` are the functions that its
    event loop calls for a connection, such as Connection::read.
    """

    name: str
    pattern: str | None
    written: str | None
    engine: str | None
    program: Path | None
    source: str | None
    protocols: tuple[str, ...]
    dispatch: tuple[str, ...]
    handlers: tuple[str, ...] = ()

    @property
    def from_scratch(self) -> bool:
        return (self.written or "").startswith("from scratch")


@dataclass(frozen=True)
class Roster:
    """The servers of one build, in the order CMake declared them."""

    preset: str
    folder: Path
    servers: tuple[Server, ...]

    def names(self) -> list[str]:
        return [server.name for server in self.servers]

    def get(self, name: str) -> Server:
        for server in self.servers:
            if server.name == name:
                return server
        raise usage(f"unknown server '{name}'; known: {', '.join(self.names()) or 'none'}")


def read_roster(folder: Path) -> Roster:
    """Reads servers.json of a build folder."""
    file = folder / "servers.json"
    try:
        data = json.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise Failure(f"cannot read the roster {file}: {error}", EXIT_FAILED) from error
    return Roster(
        data["preset"], folder, tuple(_server(entry, folder) for entry in data["servers"])
    )


def _server(entry: dict, folder: Path) -> Server:
    return Server(
        name=entry["name"],
        pattern=entry["pattern"],
        written=entry["written"],
        engine=entry["engine"],
        program=folder / entry["program"],
        source=entry["source"],
        protocols=tuple(entry["protocols"]),
        dispatch=tuple(entry["dispatch"]),
        handlers=tuple(entry.get("handlers", ())),
    )


def headline(roster: Roster) -> list[Server]:
    """Of each pattern the first server written with a library and the first from scratch."""
    chosen = []
    for pattern in PATTERNS:
        for from_scratch in (False, True):
            fitting = [
                s for s in roster.servers if s.pattern == pattern and s.from_scratch == from_scratch
            ]
            chosen += fitting[:1]
    return chosen


def choose(roster: Roster, wish: str) -> list[Server]:
    """The servers meant by `headline`, `all` or a list `a,b,c`; each once, in the order given."""
    if wish == "headline":
        return headline(roster)
    if wish == "all":
        return list(roster.servers)
    names = [name.strip() for name in wish.split(",") if name.strip()]
    return [roster.get(name) for name in dict.fromkeys(names)]
