"""Every file, link, command and option that a document names is there."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import ROOT
from experiments.runner.cli import make_parser

# Written by iolab itself; they are not in a fresh clone.
MADE = ("build/", "results/", "labs/work/")


def by_path(file: Path) -> str:
    return str(file.relative_to(ROOT))


DOCUMENTS = [
    file for file in sorted(ROOT.rglob("*.md")) if not by_path(file).startswith((*MADE, ".git/"))
]
TOPS = {folder.name for folder in ROOT.iterdir() if folder.is_dir()}


def links(text: str) -> list[str]:
    """Where links and pictures point in the repository."""
    found = re.findall(r"\]\(([^)\s]+)\)", text)
    return [target for target in found if not re.match(r"[a-z]+:", target)]


def named_paths(text: str) -> Iterator[str]:
    """What stands in `code` and looks like a path from the repository's root; NN is any lab."""
    for code in re.findall(r"`([^`\n]+)`", text):
        for word in code.split():
            path = word.rstrip(",;:.")
            looks_like_one = re.fullmatch(r"[\w.-]+(/[\w.-]+)*/?", path) and "/" in path
            named = path.split("/")[0] in TOPS and "NN" not in path and not path.startswith(MADE)
            if looks_like_one and named:
                yield path


def headings(text: str) -> set[str]:
    """The anchors that a page's headings make."""
    lines = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", line).strip().lower().replace(" ", "-") for line in lines}


def commands(text: str) -> list[list[str]]:
    """Every call of ./iolab, as words up to what ends it."""
    joined = text.replace("\\\n", " ")
    calls = re.findall(r"\./iolab([^`\n|#&;)]*)", joined)
    return [re.sub(r"'[^']*'", "TEXT", call).split() for call in calls]


@pytest.mark.parametrize("document", DOCUMENTS, ids=by_path)
def test_every_link_leads_somewhere(document: Path) -> None:
    text = document.read_text()
    for target in links(text):
        path, _, anchor = target.partition("#")
        there = (document.parent / path).resolve() if path else document
        assert there.exists(), target
        if anchor:
            assert anchor in headings(there.read_text()), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=by_path)
def test_every_path_is_there(document: Path) -> None:
    missing = [path for path in named_paths(document.read_text()) if not (ROOT / path).exists()]
    assert missing == []


def subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """By name; empty for one that has none."""
    for action in parser._actions:  # noqa: SLF001
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001
            return dict(action.choices)
    return {}


def options_of(parser: argparse.ArgumentParser) -> set[str]:
    return {name for action in parser._actions for name in action.option_strings}  # noqa: SLF001


def plain(word: str) -> str:
    """Without what ends a sentence behind it."""
    return re.sub(r'[],.:"]+$', "", word)


def unknown_in(words: list[str]) -> list[str]:
    """What a call of ./iolab names that is not there: a command, one of its own, an option."""
    if not words or words[0].startswith("-"):
        return [word for word in words[:1] if plain(word) != "--help"]
    parser, rest = make_parser(), words
    while rest and (choices := subcommands(parser)):
        name = plain(rest[0])
        if name.startswith("-"):
            break
        if name not in choices:
            return [name]
        parser, rest = choices[name], rest[1:]
    # What follows the name of a server is the server's own.
    mine = rest if plain(words[0]) != "serve" else []
    used = {plain(word).split("=")[0] for word in mine if word.startswith("-")}
    return sorted(used - {"--help"} - options_of(parser))


@pytest.mark.parametrize("document", DOCUMENTS, ids=by_path)
def test_every_command_and_option_is_there(document: Path) -> None:
    for words in commands(document.read_text()):
        assert unknown_in(words) == [], words


def test_what_is_looked_for_would_be_found() -> None:
    assert len(DOCUMENTS) > 10
    text = "[a](b.md#c) `reactor/none.cpp` `./iolab lint --nonsense` and ./iolab frobnicate."
    assert links(text) == ["b.md#c"] and list(named_paths(text)) == ["reactor/none.cpp"]
    assert commands(text) == [["lint", "--nonsense"], ["frobnicate."]]
    calls = (["lint", "--nonsense"], ["frobnicate."], ["lab", "frobnicate", "00"])
    assert [unknown_in(call) for call in calls] == [["--nonsense"], ["frobnicate"], ["frobnicate"]]
    assert unknown_in(["lab", "check", "00", "--strength"]) == ["--strength"]
    assert unknown_in(["lab", "hint", "00", "NAME", "--strength", "2."]) == []
    assert headings("# The glossary, part 1") == {"the-glossary-part-1"}
