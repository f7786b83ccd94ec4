"""Durations, counts and lists of the command line."""

import argparse

import pytest

from experiments.runner.units import (
    count,
    duration_s,
    format_duration,
    number_list,
    seconds,
    size_bytes,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("150ns", 150e-9), ("10us", 10e-6), ("5ms", 0.005), ("60s", 60), ("2m", 120)],
)
def test_durations_are_read(text: str, seconds: float) -> None:
    assert duration_s(text) == pytest.approx(seconds, rel=1e-12)


@pytest.mark.parametrize("text", ["", "5", "0s", "-1s", "5 parsecs", "1e3s"])
def test_bad_durations_are_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="no duration"):
        duration_s(text)


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.06, "60ms"), (2, "2s"), (0.0000015, "1500ns"), (0.25e-3, "250us")]
)
def test_durations_are_written_exactly(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text


@pytest.mark.parametrize(("text", "expected"), [("20", 20), ("1.5", 1.5), ("20s", 20), ("2m", 120)])
def test_a_number_alone_is_seconds_where_seconds_are_asked_for(text: str, expected: float) -> None:
    assert seconds(text) == pytest.approx(expected)


@pytest.mark.parametrize(("text", "expected"), [("68", 68), ("4KiB", 4096), ("1MiB", 1024**2)])
def test_sizes_are_read(text: str, expected: int) -> None:
    assert size_bytes(text) == expected


@pytest.mark.parametrize("text", ["", "0", "-1", "4k", "4 KiB", "1.5KiB", "4KB"])
def test_bad_sizes_are_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="no size"):
        size_bytes(text)


def test_counts_and_lists() -> None:
    assert count("12") == 12
    assert number_list("1,10,0") == [1, 10, 0]
    for bad in ("0", "-3", "x", ""):
        with pytest.raises(argparse.ArgumentTypeError):
            count(bad)
    for bad in ("", "1,,2", "a"):
        with pytest.raises(argparse.ArgumentTypeError):
            number_list(bad)
