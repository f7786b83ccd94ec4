"""What derived/analysis.json says, as read-only objects.

Every number may be missing (`null`, or not finite): it is then `None`, never 0.
Units are in the names; latencies are microseconds throughout.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Point = tuple[float, float]


@dataclass(frozen=True)
class Estimate:
    """A median over rounds with its 95 % interval; the interval may be missing."""

    median: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Ratio:
    """A paired ratio to the reference, 1 = equal, with its 95 % interval and verdict."""

    estimate: float
    low: float | None
    high: float | None
    verdict: str
    rounds_needed: int | None


@dataclass(frozen=True)
class Latency:
    """Percentiles in microseconds; one without enough samples beyond it is None."""

    p50: float | None
    p99: float | None
    p999: float | None

    def at(self, name: str) -> float | None:
        """The percentile called `p50`, `p99` or `p999`."""
        return getattr(self, name)


@dataclass(frozen=True)
class Series:
    """One value per round, all lists equally long, in the order of the file."""

    round: tuple[int, ...] = ()
    epoch: tuple[int, ...] = ()
    rate_per_s: tuple[float | None, ...] = ()
    cpu_us: tuple[float | None, ...] = ()
    p99_us: tuple[float | None, ...] = ()
    steal: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One contestant in one cell."""

    server: str
    rounds: int
    samples: int | None
    rate_per_s: Estimate | None
    cpu_us: Estimate | None
    achieved: float | None
    syscalls_per_message: float | None
    context_switches_per_message: float | None
    counted_by: str | None
    pss_bytes: int | None
    pss_per_connection_bytes: int | None
    service: Latency | None
    response: Latency | None
    send_lag: Latency | None
    ratios: dict[str, Ratio]
    series: Series
    spectrum: dict[str, tuple[Point, ...]]
    flags: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """One workload and everyone who ran it."""

    id: str
    protocol: str
    connections: int
    depth: int
    size: int
    mode: str
    rate_per_s: float | None
    entries: tuple[Entry, ...]

    @property
    def open_loop(self) -> bool:
        """True when requests came on a schedule."""
        return self.mode == "open"


@dataclass(frozen=True)
class Server:
    """A contestant's identity, and why it is absent if it is."""

    name: str
    pattern: str
    engine: str
    written: str
    available: bool = True
    why_not: str | None = None
    options: str = ""

    @property
    def from_scratch(self) -> bool:
        """True for a server that uses no event library."""
        return self.written.startswith("from scratch")


@dataclass(frozen=True)
class Warning:
    """A flag raised by the analysis; cell and server may be None (whole session)."""

    flag: str
    text: str
    cell: str | None = None
    server: str | None = None
    figure: str | None = None


@dataclass(frozen=True)
class Analysis:
    """The whole file."""

    experiment: str
    reference: str
    control: str | None
    margins: dict[str, float]
    findings: tuple[str, ...]
    warnings: tuple[Warning, ...]
    command: str
    quick: bool
    valid: bool
    interrupted: bool
    started: str
    duration_s: float | None
    servers: tuple[Server, ...]
    cells: tuple[Cell, ...]
    title: str = ""
    question: str = ""
    look_for: str = ""
    by_name: dict[str, Server] = field(default_factory=dict)

    def server(self, name: str) -> Server:
        """The contestant called `name`; the control carries its original's properties."""
        known = self.by_name.get(name) or self.by_name.get(name.removesuffix("#control"))
        return known or Server(name, "unknown", "unknown", "unknown")

    def contestants(self, cell: Cell) -> tuple[Entry, ...]:
        """The cell's entries without the A/A control, in the order of `servers`."""
        order = {server.name: place for place, server in enumerate(self.servers)}
        mine = [entry for entry in cell.entries if not self.is_control(entry.server)]
        return tuple(sorted(mine, key=lambda entry: order.get(entry.server, len(order))))

    def is_control(self, name: str) -> bool:
        """True for the second entry of the reference."""
        return name == self.control or name.endswith("#control")

    def label(self, cell: Cell) -> str:
        """The workload in words; the size is named only where sizes differ."""
        parts = [cell.protocol, f"{cell.connections} connection{'s' * (cell.connections != 1)}"]
        parts.append(f"depth {cell.depth}")
        if len({other.size for other in self.cells}) > 1:
            parts.append(f"{cell.size} B")
        if cell.rate_per_s:
            parts.append(f"{cell.rate_per_s:,.0f}/s offered".replace(",", "\u202f"))
        return ", ".join(parts)
