"""Markdown for a repository that has fewer files than the one it was written in."""

import posixpath
import re

# `[text](target)`, also of a picture.
_LINK = re.compile(r"!?\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\(([^)\s]+)\)")


def plain_links(text: str, name: str, files: set[str]) -> str:
    """Links from the page `name` to what is not among `files` become their text."""
    folders = {parent for file in files for parent in _parents(file)}

    def replaced(found: re.Match) -> str:
        target = found[2].partition("#")[0]
        if not target or re.match(r"[a-z]+:", target):
            return found[0]
        place = posixpath.normpath(posixpath.join(posixpath.dirname(name), target))
        return found[0] if place in files or place in folders else found[1]

    return _LINK.sub(replaced, text)


def _parents(file: str) -> list[str]:
    parts = file.split("/")[:-1]
    return [".", *("/".join(parts[: n + 1]) for n in range(len(parts)))]


def without_sections(text: str, heading: re.Pattern) -> str:
    """Leaves out each `## ` section whose heading matches, up to the next such heading."""
    parts = re.split(r"^(?=## )", text, flags=re.MULTILINE)
    kept = [p for p in parts if not (p.startswith("## ") and heading.search(p.split("\n", 1)[0]))]
    return "".join(kept)
