"""Facts about this machine that a measurement depends on. Each is None where it cannot be read."""

import ctypes
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

if sys.platform != "win32":
    import resource

_NR_IO_URING_SETUP = 425
_IO_URING_PARAMS_BYTES = 120


def read(path: str) -> str | None:
    try:
        return Path(path).read_text(errors="replace").strip()
    except OSError:
        return None


def cpu_model() -> str:
    found = re.search(r"^model name\s*:\s*(.+)$", read("/proc/cpuinfo") or "", re.MULTILINE)
    return found[1] if found else platform.processor() or platform.machine()


def mitigations() -> dict[str, str]:
    folder = Path("/sys/devices/system/cpu/vulnerabilities")
    return {file.name: read(str(file)) or "?" for file in sorted(folder.glob("*"))}


def governor() -> str | None:
    return read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")


def memory_bytes() -> int | None:
    found = re.search(r"^MemTotal:\s*(\d+) kB", read("/proc/meminfo") or "", re.MULTILINE)
    return int(found[1]) * 1024 if found else None


def load_average() -> float | None:
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else None


def virtualisation() -> str | None:
    """The kind of hypervisor or container, `none`, or None when nobody can say."""
    if not shutil.which("systemd-detect-virt"):
        return (
            "some hypervisor" if re.search(r"\bhypervisor\b", read("/proc/cpuinfo") or "") else None
        )
    return (
        subprocess.run(["systemd-detect-virt"], capture_output=True, text=True).stdout.strip()
        or None
    )


def limits() -> dict[str, list[int]]:
    """Soft and hard limits of descriptors and locked memory; -1 is no limit."""
    if sys.platform == "win32":
        return {}
    found = {"descriptors": resource.getrlimit(resource.RLIMIT_NOFILE)}
    if hasattr(resource, "RLIMIT_MEMLOCK"):
        found["locked_memory"] = resource.getrlimit(resource.RLIMIT_MEMLOCK)
    return {name: list(pair) for name, pair in found.items()}


def network_settings() -> dict[str, str | None]:
    names = (
        "core/somaxconn",
        "ipv4/ip_local_port_range",
        "ipv4/tcp_rmem",
        "ipv4/tcp_wmem",
        "ipv4/tcp_congestion_control",
    )
    return {name.split("/")[1]: read(f"/proc/sys/net/{name}") for name in names}


def io_uring_refusal() -> str | None:
    """Why a ring cannot be made here, or None when it can."""
    if not sys.platform.startswith("linux"):
        return "not Linux"
    libc = ctypes.CDLL(None, use_errno=True)
    params = ctypes.create_string_buffer(_IO_URING_PARAMS_BYTES)
    ring = libc.syscall(_NR_IO_URING_SETUP, 2, params)
    if ring < 0:
        return os.strerror(ctypes.get_errno())
    os.close(ring)
    return None


def perf_refusal() -> str | None:
    """Why perf cannot count system calls here, or None when it can."""
    if not shutil.which("perf"):
        return "perf is not installed"
    command = ["perf", "stat", "-x", ",", "-e", "raw_syscalls:sys_enter", "--", "true"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode == 0 and re.search(r"^\d+,", done.stderr, re.MULTILINE):
        return None
    return "the kernel does not let perf count raw_syscalls here"


def strace_refusal() -> str | None:
    """Why strace cannot be used here, or None when it can."""
    if not shutil.which("strace"):
        return "strace is not installed"
    done = subprocess.run(
        ["strace", "-c", "-o", os.devnull, "true"], capture_output=True, text=True
    )
    return (
        None
        if done.returncode == 0
        else (done.stderr.strip().splitlines() or ["ptrace is refused"])[-1]
    )


def steal_share() -> float | None:
    """Share of time since boot that the hypervisor gave to others."""
    found = re.match(r"cpu\s+(.+)", read("/proc/stat") or "")
    if not found:
        return None
    ticks = [int(word) for word in found[1].split()[:8]]
    return ticks[7] / max(1, sum(ticks))
