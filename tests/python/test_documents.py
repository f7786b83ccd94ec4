"""Every file, link, command and option that a document names is there."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import ROOT
from experiments.runner.cli import COMMANDS, make_parser

DOCUMENTS = [
    file
    for file in sorted(ROOT.rglob("*.md"))
    if not {"build", "results", ".git"} & set(file.relative_to(ROOT).parts)
]
TOPS = {folder.name for folder in ROOT.iterdir() if folder.is_dir()}
# Written by iolab itself; they are not in a fresh clone.
MADE = ("build/", "results/")


def by_path(file: Path) -> str:
    return str(file.relative_to(ROOT))


def links(text: str) -> list[str]:
    """Where links and pictures point in the repository."""
    found = re.findall(r"\]\(([^)\s]+)\)", text)
    return [target for target in found if not re.match(r"[a-z]+:", target)]


def named_paths(text: str) -> Iterator[str]:
    """What stands in `code` and looks like a path from the repository's root."""
    for code in re.findall(r"`([^`\n]+)`", text):
        for word in code.split():
            path = word.rstrip(",;:.")
            looks_like_one = re.fullmatch(r"[\w.-]+(/[\w.-]+)*/?", path) and "/" in path
            if looks_like_one and path.split("/")[0] in TOPS and not path.startswith(MADE):
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


def options_of(command: str) -> set[str]:
    actions = make_parser()._actions  # noqa: SLF001
    (choices,) = (a.choices for a in actions if isinstance(a, argparse._SubParsersAction))
    return {name for action in choices[command]._actions for name in action.option_strings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=by_path)
def test_every_command_and_option_is_there(document: Path) -> None:
    for words in commands(document.read_text()):
        if not words or words[0].startswith("-"):
            assert words[:1] in ([], ["--help"]), words
            continue
        command = re.sub(r"[,.:]$", "", words[0])
        assert command in COMMANDS, words
        # What follows the name of a server is the server's own.
        mine = words[1:] if command != "serve" else []
        used = {re.sub(r"[,.:]$", "", w).split("=")[0] for w in mine if w.startswith("-")}
        assert used - {"--help"} <= options_of(command), words


def test_what_is_looked_for_would_be_found() -> None:
    assert len(DOCUMENTS) > 10
    text = "[a](b.md#c) `reactor/none.cpp` `./iolab lint --nonsense` and ./iolab frobnicate."
    assert links(text) == ["b.md#c"] and list(named_paths(text)) == ["reactor/none.cpp"]
    assert commands(text) == [["lint", "--nonsense"], ["frobnicate."]]
    assert headings("# The glossary, part 1") == {"the-glossary-part-1"}
