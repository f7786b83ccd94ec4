"""A trace of our own in the kernel: what other users of tracing have set up stays as it is.

Only events of the processes that are followed are recorded. Whatever was set up is removed when the
trace is closed; what a runner that was killed left behind is removed by the next one.
"""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from experiments.runner.errors import Failure
from experiments.runner.system.processes import signals_held
from experiments.runner.trace.record.ring_buffer import Event, Format, decode_page, read_format

PLACES = (Path("/sys/kernel/tracing"), Path("/sys/kernel/debug/tracing"))
OURS = "iolab"
# What is recorded. User stacks come with each event and say from where a call was made.
EVENTS = (
    *("syscalls", "io_uring", "sock/sk_data_ready", "sock/sock_recv_length"),
    *("sock/sock_send_length", "skb/skb_copy_datagram_iovec", "tcp/tcp_probe"),
    *("sched/sched_switch", "sched/sched_waking", "sched/sched_process_fork"),
)
NEEDED = ("syscalls", "sock/sock_recv_length", "sched/sched_switch")
STACKS = "ftrace/user_stack"
# For each processor. A message takes less than 16 KiB in most servers.
LEAST_BUFFER_KIB, MOST_BUFFER_KIB, MESSAGE_KIB = 4 * 1024, 64 * 1024, 16
LEAST_KERNEL = "6.3"


@dataclass(frozen=True)
class Probe:
    """A function of a program or a library: `offset` in its file. It is recorded when it is called
    and when it returns; a `door`, when it is called, with the address in `ret` from where."""

    name: str
    program: Path
    offset: int
    door: bool = False


def place() -> Path | None:
    """Where tracefs is mounted; None where it is not, or hidden."""
    return next((one for one in PLACES if (one / "instances").is_dir()), None)


def refusal() -> str | None:
    """Why the kernel's record cannot be had here and what helps, in one line; None when it can."""
    if os.geteuid() != 0:
        return "tracefs belongs to root: run it with sudo"
    root = place()
    if root is None:
        return "tracefs is not mounted: mount -t tracefs tracefs /sys/kernel/tracing"
    trial = root / "instances" / f"{OURS}-{os.getpid()}"
    try:
        with signals_held():
            trial.mkdir()
            trial.rmdir()
    except OSError as error:
        return f"tracefs may not be used ({error.strerror}): a container must be privileged"
    for name in NEEDED:
        if not (root / "events" / name).exists():
            return f"this kernel has no event {name}: Linux {LEAST_KERNEL} or newer has"
    return None


class KernelTrace:
    """Records while it is on. A context manager; `missed` tells that the buffer was too small."""

    def __init__(
        self, followed: Iterable[int], probes: Iterable[Probe] = (), messages: int = 1
    ) -> None:
        root = place()
        if root is None:
            raise Failure(refusal() or "tracefs is not there")
        self._root = root
        self._instance = root / "instances" / f"{OURS}-{os.getpid()}"
        self._group = f"{OURS}_{os.getpid()}"
        self._followed = list(followed)
        self._probes = list(probes)
        self._buffer_kib = min(LEAST_BUFFER_KIB + MESSAGE_KIB * messages, MOST_BUFFER_KIB)
        self._formats: dict[int, Format] = {}
        self.missed = False

    def __enter__(self) -> "KernelTrace":
        remove_left_behind(self._root)
        try:
            self._instance.mkdir()
            self._set_up()
        except OSError as error:
            self.close()
            raise Failure(f"the kernel refuses to trace: {error}") from error
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _set_up(self) -> None:
        self._write("tracing_on", "0")
        self._write("trace_clock", "mono")
        self._write("buffer_size_kb", str(self._buffer_kib))
        self._write("options/event-fork", "1")
        self._write("options/userstacktrace", "1")
        self._write("set_event_pid", " ".join(map(str, self._followed)))
        for name in EVENTS:
            if (self._instance / "events" / name).exists():
                self._write(f"events/{name}/enable", "1")
        self._set_probes()
        self._read_formats()

    def _set_probes(self) -> None:
        places = self._root / "uprobe_events"
        for probe in self._probes:
            where = f"{probe.program}:{probe.offset:#x}"
            if probe.door:
                _append(places, f"p:{self._group}/{probe.name} {where} ret=$stack0:u64")
                continue
            _append(places, f"p:{self._group}/{probe.name} {where}")
            _append(places, f"r:{self._group}/{probe.name}_return {where}")
        if self._probes:
            self._write(f"events/{self._group}/enable", "1")

    def _read_formats(self) -> None:
        events = self._root / "events"
        for name in (*EVENTS, STACKS, *([self._group] if self._probes else [])):
            for file in events.glob(f"{name}/format"):
                self._keep(read_format(file))
            for file in events.glob(f"{name}/*/format"):
                self._keep(read_format(file))

    def _keep(self, form: Format) -> None:
        self._formats[form.number] = form

    def on(self) -> None:
        self._write("tracing_on", "1")

    def off(self) -> None:
        self._write("tracing_on", "0")

    def events(self) -> list[Event]:
        """All that was recorded, by time; those of one time in the order of their processor."""
        found: list[Event] = []
        for buffer in sorted(self._instance.glob("per_cpu/cpu*/trace_pipe_raw")):
            found += self._drain(buffer)
        return sorted(found, key=lambda event: event.at_ns)

    def _drain(self, buffer: Path) -> list[Event]:
        size = 1024 * int((self._instance / "buffer_subbuf_size_kb").read_text())
        descriptor = os.open(buffer, os.O_RDONLY | os.O_NONBLOCK)
        found: list[Event] = []
        try:
            while page := _next_page(descriptor, size):
                events, missed = decode_page(page, self._formats)
                self.missed |= missed
                found += events
        finally:
            os.close(descriptor)
        return found

    def _write(self, name: str, text: str) -> None:
        (self._instance / name).write_text(text)

    def close(self) -> None:
        """Removes the trace. Nothing of it is left."""
        _remove(self._root, self._instance, self._group)


def _next_page(descriptor: int, size: int) -> bytes:
    try:
        return os.read(descriptor, size)
    except BlockingIOError:
        return b""


def _remove(root: Path, instance: Path, group: str) -> None:
    """A Ctrl-C meanwhile is acted upon afterwards: what is left would be left for good."""
    with signals_held():
        try:
            if instance.exists():
                for name in ("tracing_on", "events/enable"):
                    (instance / name).write_text("0")
                instance.rmdir()
        finally:
            for event in _probes(root):
                if event.startswith(f"{group}/"):
                    _append(root / "uprobe_events", f"-:{event}")


def _probes(root: Path) -> list[str]:
    """All probes of the system, as group/name."""
    file = root / "uprobe_events"
    lines = file.read_text().splitlines() if file.exists() else []
    return [line.split()[0].partition(":")[2] for line in lines]


def _append(file: Path, line: str) -> None:
    """Python's own way to append asks for the end of the file, which this one has none of."""
    descriptor = os.open(file, os.O_WRONLY | os.O_APPEND)
    try:
        os.write(descriptor, line.encode() + b"\n")
    finally:
        os.close(descriptor)


def remove_left_behind(root: Path, remove: Callable[[Path, Path, str], None] = _remove) -> None:
    """Removes traces of runners that are gone: they were killed and could not do it themselves."""
    names = [instance.name for instance in (root / "instances").glob(f"{OURS}-*")]
    names += [event.partition("/")[0].replace("_", "-") for event in _probes(root)]
    for name in sorted(set(names)):
        start, _, number = name.rpartition("-")
        if start == OURS and number.isdigit() and not Path(f"/proc/{number}").exists():
            remove(root, root / "instances" / name, f"{OURS}_{number}")
