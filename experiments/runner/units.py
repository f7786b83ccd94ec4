"""Durations, sizes, counts and lists as they are written in options and in catalog files, and
counts as they are told.

Bad text raises ArgumentTypeError.
"""

import argparse
import re

_SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}
_BYTES = {"": 1, "KiB": 1024, "MiB": 1024**2}


def duration_s(text: str) -> float:
    """`150ns`, `10us`, `5ms`, `60s`, `2m`, `1h` in seconds; above zero."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)", text.strip())
    if not found or float(found[1]) == 0:
        raise argparse.ArgumentTypeError(f"'{text}' is no duration such as 50ms or 90s")
    return float(found[1]) * _SECONDS[found[2]]


def seconds(text: str) -> float:
    """As duration_s(); a number alone is seconds."""
    if re.fullmatch(r"\d+(?:\.\d+)?", text.strip()):
        text = f"{text.strip()}s"
    return duration_s(text)


def size_bytes(text: str) -> int:
    """`68`, `4KiB`, `1MiB` in bytes; above zero."""
    found = re.fullmatch(r"(\d+)(|KiB|MiB)", text.strip())
    if not found or int(found[1]) == 0:
        raise argparse.ArgumentTypeError(f"'{text}' is no size such as 68, 4KiB or 1MiB")
    return int(found[1]) * _BYTES[found[2]]


def format_duration(seconds: float) -> str:
    """A duration the C++ programs understand, exact to the nanosecond."""
    ns = round(seconds * 1e9)
    for unit, size in (("s", 10**9), ("ms", 10**6), ("us", 10**3)):
        if ns % size == 0:
            return f"{ns // size}{unit}"
    return f"{ns}ns"


def count(text: str) -> int:
    """A whole number above zero."""
    if not re.fullmatch(r"\d+", text.strip()) or int(text) == 0:
        raise argparse.ArgumentTypeError(f"'{text}' is no whole number above 0")
    return int(text)


def number_list(text: str) -> list[int]:
    """`1,10,100`; whole numbers, zero allowed."""
    parts = text.split(",")
    if not all(re.fullmatch(r"\d+", part.strip()) for part in parts):
        raise argparse.ArgumentTypeError(f"'{text}' is no list of whole numbers such as 1,10,100")
    return [int(part) for part in parts]


def connections_text(active: int, idle: int = 0) -> str:
    """`1 connection`, `100 connections and 5,000 idle`."""
    text = f"{active:,} connection{'s' * (active != 1)}"
    return f"{text} and {idle:,} idle" if idle else text


def three_digits(rate: float) -> int:
    """A rate per second, at least 1, with the digits that one is known to."""
    return max(1, round(float(f"{rate:.3g}")))
