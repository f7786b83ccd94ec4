"""Whether a report was written by the tests, and not by what they test: see machine/seal.hpp."""

import struct
from collections.abc import Iterator

KEY_SIZE = 16
_WORD = 2**64 - 1
_PLAIN_DIGITS = 16


def siphash(key: bytes, data: bytes) -> int:
    """SipHash-2-4, whose paper has the values that a test compares with."""
    k0, k1 = struct.unpack("<QQ", key)
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D]
    v += [k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]
    whole = len(data) // 8 * 8
    words = [word for (word,) in struct.iter_unpack("<Q", data[:whole])]
    last = int.from_bytes(data[whole:], "little") | (len(data) & 0xFF) << 56
    for word in (*words, last):
        v[3] ^= word
        _rounds(v, 2)
        v[0] ^= word
    v[2] ^= 0xFF
    _rounds(v, 4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def _rounds(v: list[int], count: int) -> None:
    a, b, c, d = v
    for _ in range(count):
        a, c = (a + b) & _WORD, (c + d) & _WORD
        b, d = _left(b, 13) ^ a, _left(d, 16) ^ c
        a = _left(a, 32)
        c, a = (c + b) & _WORD, (a + d) & _WORD
        b, d = _left(b, 17) ^ c, _left(d, 21) ^ a
        c = _left(c, 32)
    v[:] = a, b, c, d


def _left(word: int, bits: int) -> int:
    return (word << bits | word >> (64 - bits)) & _WORD


def canary(key: bytes, suite: str) -> str:
    """The name of the test at the end of a suite that fails for every program."""
    return f"{suite}.C{siphash(key, f'canary:{suite}'.encode()):016x}"


# For a Google Test filter that names tests: these run as well.
CANARIES = f"*.C{'?' * _PLAIN_DIGITS}"


def genuine(report: str, key: bytes) -> Iterator[str | None]:
    """The lines without their seals; None for each that has none, a wrong one, or a wrong place.

    A last line without its end is what death cut off, and is left out.
    """
    number = 0
    for line in report.split("\n")[:-1]:
        text, _, seal = line.rpartition("\t")
        if seal == f"{siphash(key, f'{number}:{text}'.encode()):016x}":
            number += 1
            yield text
        else:
            yield None
