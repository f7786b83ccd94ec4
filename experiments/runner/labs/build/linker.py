"""What a linker says, one line for each function that is missing or there twice."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

_UNDEFINED = re.compile(r"undefined (?:reference to|symbol:) [`'‘]?(.+?)['’]?$")
_TWICE = re.compile(
    r"(\S+?): .*multiple definition of [`'‘](.+?)['’]; (.+?)(?::.*)?: first defined"
)
_VTABLE = re.compile(r"(?:vtable|typeinfo) for (.+)$")


def linker_lines(said: str, starter: Mapping[str, str]) -> list[str]:
    """`starter`: the student's files at the start, which show where a function belongs."""
    lines = dict.fromkeys(_lines(said, starter))
    return list(lines) or [line for line in said.splitlines() if "error" in line][:1]


def _lines(said: str, starter: Mapping[str, str]) -> Iterator[str]:
    for line in said.splitlines():
        if twice := _TWICE.search(line):
            names = sorted({_source(twice[1]), _source(twice[3])})
            yield f"{_short(twice[2])} is defined twice: {' and '.join(names)}"
        elif found := _UNDEFINED.search(line):
            yield _undefined(found[1], starter)


def _undefined(symbol: str, starter: Mapping[str, str]) -> str:
    if table := _VTABLE.match(symbol):
        return f"{table[1]} declares virtual functions that are defined nowhere"
    name = _short(symbol)
    last = name.removesuffix("()").split("::")[-1]
    pattern = re.compile(rf"\b{re.escape(last)}\(")
    file = next((name for name, text in starter.items() if pattern.search(text)), "")
    return f"{name} is not defined" + (f"; {file} should define it" if file else "")


def _short(symbol: str) -> str:
    """`lab::make_reactor(std::unique_ptr<…>)` as `lab::make_reactor()`."""
    name = symbol.replace("(anonymous namespace)", "{anonymous}").split("(")[0]
    return f"{name.removesuffix('[abi:cxx11]')}()" if "(" in symbol else name


def _source(place: str) -> str:
    """`/b/reactor.cpp.o:/w/reactor.cpp:3` or one of the two, as reactor.cpp."""
    return Path(place.split(":")[0]).name.removesuffix(".o")
