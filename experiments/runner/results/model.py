"""What a measurement showed: the content of derived/analysis.json as objects.

This is the contract between those who judge (judge/) and those who show (results/, plots/). A
figure is named here and in schemas/analysis.schema.json, and nowhere else. Every number that may be
missing is None then, never 0. Units are in the names; latencies are microseconds. Standard library
only, so that whoever reads results needs nothing else.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from experiments.runner.plan.margins import BREAKING_P99_US, Quantity
from experiments.runner.typed_json import Malformed, from_json, read_object, to_text
from experiments.runner.units import connections_text

SCHEMA = 3
FILE = Path("derived") / "analysis.json"

# Among fewer connections a process's own fluctuation is larger than what they need.
MANY_CONNECTIONS = 100
# A percentile is shown only where so many samples lie beyond it.
SAMPLES_BEYOND = 100
# A server that answered a smaller share of an offered load in time has not carried that load.
ACHIEVED = 0.98


class Verdict(StrEnum):
    """What a comparison says, by the rules of judge/verdicts.py."""

    FASTER = "faster"
    SLOWER = "slower"
    SMALL = "small difference"
    EQUIVALENT = "equivalent"
    INCONCLUSIVE = "inconclusive"


class Flag(StrEnum):
    """A kind of doubt about a figure."""

    CLIENT_BOUND = "CLIENT-BOUND"
    SATURATED = "SATURATED"
    LITTLE = "LITTLE"
    UNSTABLE = "UNSTABLE"
    NOISY = "NOISY"
    SAMPLE = "SAMPLE"
    ERRORS = "ERRORS"
    VERIFY = "VERIFY"
    UNFAIR = "UNFAIR"
    UNEVEN = "UNEVEN"
    UNAVAILABLE = "UNAVAILABLE"
    UNCHARGED = "UNCHARGED"
    ENV = "ENV"


class FindingKind(StrEnum):
    """What a finding is about, the most important first."""

    INTERRUPTED = "interrupted"
    NOTHING_MEASURED = "nothing measured"
    INVALID = "invalid"
    INVALID_TAILS = "invalid tails"
    NO_CONTROL = "no control"
    DOUBTFUL_CELLS = "doubtful cells"
    HIDDEN_DELAY = "hidden delay"
    MAIN_CELL = "main cell"
    TAIL = "tail"
    FAR_TAIL = "far tail"
    BREAKING_LOAD = "breaking load"
    ELSEWHERE = "elsewhere"
    MEMORY = "memory"
    RESOLUTION = "resolution"

    @property
    def alarming(self) -> bool:
        """The reader must not pass over it."""
        kinds = FindingKind
        return self in (kinds.INTERRUPTED, kinds.INVALID, kinds.INVALID_TAILS)


def _table(*parts: str) -> dict[str, tuple[str, ...]]:
    """Which parts of a figure the CSV table of results shows; without parts, none: JSON only."""
    return {"table": parts}


@dataclass(frozen=True)
class Estimate:
    """A median over rounds with its 95 % interval."""

    median: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Percentiles:
    """Percentiles of a latency; one without enough samples beyond it is None."""

    p50: float | None
    p90: float | None
    p99: float | None
    p999: float | None

    def at(self, name: str) -> float | None:
        """The percentile called `p50`, `p90`, `p99` or `p999`."""
        return getattr(self, name)


@dataclass(frozen=True)
class Ratio:
    """A comparison with the reference, paired within rounds: 1 is equal.

    `low`, `high`: 95 % interval; `low90`, `high90`: the 90 % interval that decides equivalence;
    `p_adjusted`: Holm's p; `rounds_needed`: only where it is inconclusive.
    """

    estimate: float
    low: float | None
    high: float | None
    low90: float | None
    high90: float | None
    p_adjusted: float
    verdict: Verdict
    rounds_needed: int | None

    @property
    def corrected_away(self) -> bool:
        """Inconclusive although the interval excludes 1: Holm's correction asks for more."""
        excludes_1 = (self.low or 0) > 1 or 0 < (self.high or 0) < 1
        return self.verdict is Verdict.INCONCLUSIVE and excludes_1


@dataclass(frozen=True)
class Ratios:
    """The comparisons of one contestant in one cell; None where the data do not allow one.

    `p99` and `p999` are of latencies that no stall of the machine disturbed, `seen_p99` of all.
    """

    cost: Ratio | None = None
    rate: Ratio | None = None
    p99: Ratio | None = None
    p999: Ratio | None = None
    seen_p99: Ratio | None = None
    breaking_load: Ratio | None = None

    def of(self, quantity: Quantity) -> Ratio | None:
        return getattr(self, quantity)

    def items(self) -> list[tuple[Quantity, Ratio]]:
        """Those that there are."""
        return [(name, ratio) for name in Quantity if (ratio := self.of(name)) is not None]


@dataclass(frozen=True)
class Series:
    """One value for each round, all equally long, in the order in which the rounds ran.

    `p99_us` is None in a round of which stalls left too little. `begin_s` counts from the
    measurement's start; `steal` is a share of one core.
    """

    round: tuple[int, ...]
    epoch: tuple[int, ...]
    begin_s: tuple[float | None, ...]
    rate_per_s: tuple[float | None, ...]
    cpu_us: tuple[float | None, ...]
    p99_us: tuple[float | None, ...]
    steal: tuple[float | None, ...]

    def __post_init__(self) -> None:
        for name, values in vars(self).items():
            if len(values) != len(self.round):
                counts = f"{len(values)} values for {len(self.round)} rounds"
                raise Malformed(f"series {name} has {counts}")


# (percentile, microseconds)
Point = tuple[float, float]
# (percentile, lowest and highest microseconds of an epoch)
Span = tuple[float, float, float]


@dataclass(frozen=True)
class Spectrum:
    """A latency's percentiles up to where the samples run out; `response` only in an open loop.

    `undisturbed` is `response` without what a stall disturbed; `undisturbed_span` says how far its
    epochs lie apart.
    """

    service: tuple[Point, ...]
    response: tuple[Point, ...] | None
    undisturbed: tuple[Point, ...] | None = None
    undisturbed_span: tuple[Span, ...] = ()

    def items(self) -> list[tuple[str, tuple[Point, ...]]]:
        """(latency, its points) of those that were measured."""
        named = (("service", self.service), ("response", self.response))
        return [(name, points) for name, points in named if points]


@dataclass(frozen=True)
class Result:
    """All figures of one contestant in one cell.

    `achieved` is the share of an offered load that was answered in time; `*_share` are cores kept
    busy; `service_us`, `response_us` and `send_lag_us` are of all messages together, as a
    client sees them. The tail is told twice and never mixed: `p99_us` is the p99 of a typical slice
    (in an open loop without what a stall of the machine disturbed, which leaves
    `undisturbed_share` of the requests) and `p999_us` that of a typical group of slices;
    `seen_p99_us` is the p99 of all requests of a typical epoch. `pss_bytes` is the process's memory
    under load; `pss_per_connection_bytes` what one idle
    connection adds.
    """

    contestant: str
    rounds: int
    samples: int
    rate_per_s: Estimate | None
    cpu_us: Estimate | None
    server_cpu_share: float | None = field(metadata=_table())
    generator_cpu_share: float | None = field(metadata=_table())
    achieved: float | None
    service_us: Percentiles | None = field(metadata=_table("p50", "p99", "p999"))
    response_us: Percentiles | None = field(metadata=_table("p50", "p99", "p999"))
    send_lag_us: Percentiles | None = field(metadata=_table("p99"))
    p99_us: Estimate | None
    p999_us: Estimate | None
    seen_p99_us: Estimate | None
    undisturbed_share: float | None
    syscalls_per_message: float | None
    context_switches_per_message: float | None
    counted_by: str | None = field(metadata=_table())
    pss_bytes: int | None
    pss_per_connection_bytes: int | None
    ratios: Ratios | None = field(metadata=_table())
    series: Series = field(metadata=_table())
    spectrum: Spectrum = field(metadata=_table())
    flags: tuple[Flag, ...]

    def ratio(self, quantity: Quantity) -> Ratio | None:
        """The comparison with the reference, where there is one."""
        return self.ratios.of(quantity) if self.ratios else None

    def latency_us(self, open_loop: bool) -> Percentiles | None:
        """The latency that answers the cell's question."""
        return self.response_us if open_loop else self.service_us


@dataclass(frozen=True)
class MeasuredCell:
    """A workload and the results of everyone who ran it.

    `offered_per_s` is None in a closed loop; `utilisation` is the share of the reference's capacity
    that it is, where it was chosen so; `idle` connections had no traffic.
    """

    id: str
    protocol: str
    connections: int
    depth: int
    size: int
    mode: str
    offered_per_s: float | None
    slice_s: float
    results: tuple[Result, ...]
    idle: int = 0
    utilisation: float | None = None

    @property
    def held(self) -> int:
        """All connections to one contestant, those with traffic and the idle ones."""
        return self.connections + self.idle

    @property
    def connections_text(self) -> str:
        """`100 connections`, or `100 connections and 5,000 idle`."""
        return connections_text(self.connections, self.idle)

    @property
    def open_loop(self) -> bool:
        """True when requests came on a schedule."""
        return self.mode == "open"


@dataclass(frozen=True)
class BreakingLoad:
    """The rate at which 99 % of a contestant's replies just come within `limit_us`.

    One search in each epoch: `by_epoch` in their order.
    """

    cell: str
    protocol: str
    connections: int
    size: int
    contestant: str
    rate_per_s: Estimate
    by_epoch: tuple[float, ...]
    ratio: Ratio | None = None
    limit_us: int = BREAKING_P99_US


@dataclass(frozen=True)
class Stalls:
    """Times in which a core that was wanted did not run, over all slices of open loops.

    `core` is the generator's, or the servers'. `counts` are how many were at least as long as each
    of `edges_us`, in `watched_s` seconds; `share` of the time was lost in them.
    """

    core: str
    watched_s: float
    edges_us: tuple[int, ...]
    counts: tuple[int, ...]
    share: float


@dataclass(frozen=True)
class HeatColumn:
    """One contestant's slices, each with how many replies lay in each band of latencies."""

    contestant: str
    begin_s: tuple[float, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class HeatMap:
    """Latencies over time in one epoch of one cell, all requests as they were seen.

    A band lies between two of `edges_us`, what is beyond the last edge is in the last. `stalls` are
    (when in seconds, microseconds, `generator` or `servers`).
    """

    cell: str
    epoch: int
    edges_us: tuple[float, ...]
    columns: tuple[HeatColumn, ...]
    stalls: tuple[tuple[float, float, str], ...]


@dataclass(frozen=True)
class ContestantFacts:
    """Who was to be compared, and why it was not if it is unavailable.

    Facts are None where unknown. Of a foreign program only its `command` is known.
    """

    name: str
    pattern: str | None
    engine: str | None
    written: str | None
    source: str | None
    options: str | None
    control: bool
    available: bool
    why_not: str | None
    command: str = ""

    @property
    def kind(self) -> str:
        """The pattern, or `foreign` for a program that is none of ours, or `unknown`."""
        return self.pattern or ("foreign" if self.command else "unknown")

    @property
    def started_with(self) -> str:
        """A server's own options, or a foreign program's command."""
        return self.options or self.command

    @property
    def from_scratch(self) -> bool | None:
        """True for a server that uses no event library; None where that is not known."""
        return None if self.written is None else self.written.startswith("from scratch")


@dataclass(frozen=True)
class Warning:
    """A flag that was raised, with the figure that raised it.

    Without a cell it is about all of them.
    """

    flag: Flag
    cell: str | None
    contestant: str | None
    figure: str
    text: str

    @property
    def sentence(self) -> str:
        """The text with whom and what it is about."""
        about = [name for name in (self.contestant, self.cell) if name] if self.cell else []
        return f"{', '.join(about)}: {self.text}" if about else self.text


@dataclass(frozen=True)
class Finding:
    """One thing that was found, as a sentence."""

    kind: FindingKind
    text: str


@dataclass(frozen=True)
class Analysis:
    """Everything.

    `interrupted` says why the measurement did not reach its end; None when it did.
    """

    schema: int
    experiment: str
    title: str
    question: str
    look_for: str
    reference: str
    control: str | None
    margins: dict[str, float]
    findings: tuple[Finding, ...]
    warnings: tuple[Warning, ...]
    valid: bool
    interrupted: str | None
    command: str
    seed: int
    quick: bool
    started: str | None
    duration_s: float
    contestants: tuple[ContestantFacts, ...]
    cells: tuple[MeasuredCell, ...]
    breaking_loads: tuple[BreakingLoad, ...] = ()
    stalls: tuple[Stalls, ...] = ()
    heat: HeatMap | None = None

    @property
    def compared(self) -> tuple[ContestantFacts, ...]:
        """The contestants without the control, which is the reference once more."""
        return tuple(one for one in self.contestants if not one.control)

    def compared_in(self, cell: MeasuredCell) -> tuple[Result, ...]:
        """The results of a cell without the control's, in the order of the contestants."""
        order = {one.name: place for place, one in enumerate(self.contestants)}
        mine = [result for result in cell.results if not self.is_control(result.contestant)]
        return tuple(sorted(mine, key=lambda result: order.get(result.contestant, len(order))))

    def comparisons(self, quantity: Quantity) -> int:
        """How many comparisons of this quantity there are, the control's not among them."""
        results = (result for cell in self.cells for result in self.compared_in(cell))
        return sum(result.ratio(quantity) is not None for result in results)

    def facts(self, name: str) -> ContestantFacts | None:
        """What is known of the contestant called `name`."""
        return next((one for one in self.contestants if one.name == name), None)

    def is_control(self, name: str) -> bool:
        """True for the second entry of the reference."""
        return name == self.control


def idle_bytes(each: int | None, connections: int) -> int | None:
    """What one of so many idle connections takes; None where that is not known well enough."""
    return each if each is not None and each >= 0 and connections >= MANY_CONNECTIONS else None


def write_analysis(analysis: Analysis, results: Path) -> None:
    """Writes derived/analysis.json of a results folder; `derived` must be there."""
    (results / FILE).write_text(to_text(analysis), encoding="utf-8")


def read_analysis(results: Path) -> Analysis:
    """Reads it. Raises OSError, or Malformed with one line that names file and place."""
    file = results / FILE
    try:
        value = read_object(file)
        if value.get("schema") != SCHEMA:
            found = f"has schema {value.get('schema')!r}, this version reads {SCHEMA}"
            raise Malformed(f"{found}; ./iolab report {results} writes it anew")
        return from_json(Analysis, value)
    except Malformed as fault:
        raise Malformed(f"{file}: {fault}") from None
