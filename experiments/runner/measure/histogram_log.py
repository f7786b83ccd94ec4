"""The generator's histograms of every slice, which it writes as an HdrHistogram V2 log.

The format is HdrHistogram's: AbstractHistogram.java and HistogramLogWriter.java of
github.com/HdrHistogram/HdrHistogram.
"""

import base64
import zlib
from collections import defaultdict
from pathlib import Path

import numpy as np

FOLDER = "logs"
# An open loop's slice has a second histogram under this tag: what no stall disturbed.
UNDISTURBED = "/undisturbed"
_COMPRESSED_HEADER, _HEADER = 8, 40
# 2048 linear steps, then half as many for each doubling.
_HALF = 1024

# (highest value of each bucket in ns, ascending; its count)
Buckets = tuple[np.ndarray, np.ndarray]


def log_of(results: Path, cell: str, epoch: int) -> Path:
    """The log of one batch."""
    return results / FOLDER / f"{cell}-epoch{epoch}.hlog"


def read_log(file: Path) -> dict[str, list[Buckets]]:
    """By tag, the histograms in the order of its slices. Empty when there is no such file.

    A line that a crash cut short ends the log.
    """
    found: dict[str, list[Buckets]] = defaultdict(list)
    if not file.exists():
        return found
    for line in file.read_text().splitlines():
        if not line.startswith("Tag="):
            continue
        try:
            tag, _, _, _, text = line.removeprefix("Tag=").split(",")
            found[tag].append(_decode(text))
        except (ValueError, zlib.error):
            break
    return found


def buckets_of(histogram: str | list[list[int]]) -> Buckets:
    """One histogram as the generator writes it: encoded, or in recordings of before in pairs of
    value and count."""
    if isinstance(histogram, str):
        return _decode(histogram)
    pairs = np.array(histogram, dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0].astype(float), pairs[:, 1]


def _decode(text: str) -> Buckets:
    plain = zlib.decompress(base64.b64decode(text, validate=True)[_COMPRESSED_HEADER:])
    numbers = _signed_numbers(np.frombuffer(plain, np.uint8, offset=_HEADER))
    # A number below 0 is so many empty buckets, any other is the count of one.
    steps = np.where(numbers < 0, -numbers, 1)
    place = np.cumsum(steps) - steps
    filled = numbers > 0
    return _highest(place[filled]), numbers[filled]


def _signed_numbers(data: np.ndarray) -> np.ndarray:
    """ZigZag LEB128: 7 bits in each byte, the lowest first, the sign in the lowest of all."""
    ends = (data & 0x80) == 0
    number = np.cumsum(ends) - ends
    first = np.flatnonzero(np.concatenate(([True], ends[:-1])))
    shift = 7 * (np.arange(len(data)) - first[number])
    values = np.zeros(int(ends.sum()), np.int64)
    np.add.at(values, number, (data & 0x7F).astype(np.int64) << shift)
    return (values >> 1) ^ -(values & 1)


def _highest(place: np.ndarray) -> np.ndarray:
    """The highest value in nanoseconds of the bucket at each place."""
    doublings = np.maximum(place // _HALF - 1, 0)
    return (((place - doublings * _HALF + 1) << doublings) - 1).astype(float)
