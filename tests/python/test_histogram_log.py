"""The decoder of HdrHistogram logs against encodings made by hand, without the generator."""

import base64
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from experiments.runner.measure.histogram_log import UNDISTURBED, log_of, read_log


def varint(number: int) -> bytes:
    """ZigZag, then 7 bits in each byte, the lowest first."""
    rest, found = number << 1 if number >= 0 else -number * 2 - 1, bytearray()
    while rest >= 0x80:
        found.append(rest & 0x7F | 0x80)
        rest >>= 7
    return bytes([*found, rest])


def place_of(value: int) -> int:
    """Which bucket holds a value: 2048 of width 1, then 1024 of each further width."""
    width = max(0, value.bit_length() - 11)
    return 1024 * width + (value >> width)


def highest_of(value: int) -> int:
    width = max(0, value.bit_length() - 11)
    return (value >> width << width) + (1 << width) - 1


def encoded(counts: dict[int, int]) -> str:
    numbers, at = b"", 0
    for place, count in sorted((place_of(value), count) for value, count in counts.items()):
        numbers += varint(at - place) if place > at else b""
        numbers += varint(count)
        at = place + 1
    head = struct.pack(">IIIIQQd", 0x1C849313, len(numbers), 0, 3, 1, 2**42, 1.0)
    packed = zlib.compress(head + numbers)
    return base64.b64encode(struct.pack(">II", 0x1C849314, len(packed)) + packed).decode()


def line(tag: str, counts: dict[int, int]) -> str:
    return f"Tag={tag},0.007,0.007,0.1,{encoded(counts)}\n"


HEAD = '#[Histogram log format version 1.3]\n"StartTimestamp","Interval_Length"\n'


def decoded(folder: Path, counts: dict[int, int]) -> dict[int, int]:
    (folder / "log").write_text(HEAD + line("a", counts))
    (values, numbers), *others = read_log(folder / "log")["a"]
    assert others == []
    return dict(zip(values.astype(int).tolist(), numbers.tolist()))


@pytest.mark.parametrize(
    "counts",
    [
        {0: 1},
        {1: 1, 2: 2, 3: 3},
        {5: 1, 2047: 4},
        {2047: 1, 2048: 2, 2050: 3, 4095: 4, 4096: 5},
        {25_000: 300, 80_000: 4, 123_456_789: 1},
        {7: 2**40, 2**41: 1},
    ],
)
def test_every_count_is_found_at_the_highest_value_of_its_bucket(
    counts: dict[int, int], tmp_path: Path
) -> None:
    expected = {highest_of(value): count for value, count in counts.items()}
    assert decoded(tmp_path, counts) == expected
    assert all(value <= high <= value * 1.001 + 1 for value, high in zip(counts, expected))


def test_random_histograms_survive(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        values = np.exp(rng.uniform(0, 25, 50)).astype(int).tolist()
        counts = {highest_of(value): int(rng.integers(1, 10**6)) for value in values}
        assert decoded(tmp_path, counts) == counts


def test_an_empty_histogram_is_a_slice_too(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(line("a", {}) + line("a", {9: 1}))
    first, second = read_log(tmp_path / "log")["a"]
    assert [len(part) for part in first] == [0, 0]
    assert second[0].tolist() == [9] and second[1].tolist() == [1]


def test_tags_keep_the_order_of_their_slices(tmp_path: Path) -> None:
    (tmp_path / "log").write_text(
        line("a", {1: 1})
        + line("a" + UNDISTURBED, {3: 1})
        + line("b", {5: 1})
        + line("a", {2: 1})
        + line("a" + UNDISTURBED, {})
    )
    log = read_log(tmp_path / "log")
    assert {tag: [values.tolist() for values, _ in found] for tag, found in log.items()} == {
        "a": [[1], [2]],
        "a/undisturbed": [[3], []],
        "b": [[5]],
    }


@pytest.mark.parametrize("kept", [0.1, 0.3, 0.6, 0.9, 0.97])
def test_a_line_that_was_cut_short_ends_the_log(kept: float, tmp_path: Path) -> None:
    whole, cut = line("a", {1: 1}), line("a", {value: 1 for value in range(1, 9000, 7)})
    (tmp_path / "log").write_text(whole + cut[: int(len(cut) * kept)])
    assert len(read_log(tmp_path / "log")["a"]) == 1


@pytest.mark.parametrize("text", ["Tag=a", "Tag=a,0.0", "Tag=a,0.007,0.007,0.1", "Tag=a,0,0,0,"])
def test_a_line_without_its_histogram_ends_the_log(text: str, tmp_path: Path) -> None:
    (tmp_path / "log").write_text(line("a", {1: 1}) + text)
    assert len(read_log(tmp_path / "log")["a"]) == 1


def test_no_file_is_an_empty_log(tmp_path: Path) -> None:
    assert read_log(log_of(tmp_path, "echo-c100-u70", 3)) == {}
    assert log_of(tmp_path, "x", 3).name == "x-epoch3.hlog"
