"""Finds functions and files that have outgrown a screen."""

import ast
import re

from experiments.runner.dev.sources import Files
from experiments.runner.paths import ROOT

FUNCTION_LINES = 40
FILE_LINES = 200

_KEYWORDS = re.compile(
    r"\b(if|for|while|switch|catch|return|namespace|class|struct|enum|union|do|else|try|alignas)\b"
)
_NOISE = re.compile(
    r'//[^\n]*|/\*.*?\*/|R"\((?:.|\n)*?\)"'
    r'|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'|^[ \t]*#[^\n]*',
    re.DOTALL | re.MULTILINE,
)
# What a lab's source holds beside the solution; lines are counted, and numbered, without it.
_MARKED = re.compile(r"^[ \t]*(//|# )[@|].*\n", re.MULTILINE)


def offenders(files: Files) -> list[str]:
    """One line per function over 40 lines or file over 200, longest first."""
    found: list[tuple[int, str]] = []
    for file in files.cpp + files.python:
        text = _MARKED.sub("", file.read_text(errors="replace"))
        name = file.relative_to(ROOT)
        lines = text.count("\n")
        if lines > FILE_LINES:
            found.append((lines, f"{name}: {lines} lines"))
        functions = python_functions(text) if file.suffix == ".py" else cpp_functions(text)
        for function, line, length in functions:
            if length > FUNCTION_LINES:
                found.append((length, f"{name}:{line}: {function} has {length} lines"))
    return [text for _, text in sorted(found, key=lambda item: (-item[0], item[1]))]


def python_functions(text: str) -> list[tuple[str, int, int]]:
    """(name, first line, lines) of every function. Empty for text that does not parse."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return []
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        (n.name, n.lineno, n.end_lineno - n.lineno + 1)
        for n in ast.walk(tree)
        if isinstance(n, kinds)
    ]


def cpp_functions(text: str) -> list[tuple[str, int, int]]:
    """(name, first line, lines) of what looks like a function body: a brace opened after a `)`.

    A heuristic without a parser: good enough for a list of smells, and clang-tidy has the last
    word. A brace right after a name, as in a member's initialiser, opens no body.
    """
    text = _NOISE.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)
    found, open_braces, head = [], [], 0
    for match in re.finditer(r"[{};]", text):
        at = match.start()
        if match[0] == "{":
            initialiser = text[at - 1 : at].isalnum() or text[at - 1 : at] in (
                "_",
                ">",
                "(",
                ",",
                "=",
            )
            inside = any(name for name, _, _ in open_braces)
            name = "" if inside or initialiser else _function_name(text[head:at])
            open_braces.append((name, at, head if initialiser else None))
            head = head if initialiser else at + 1
        elif match[0] == "}" and open_braces:
            name, begin, before = open_braces.pop()
            head = at + 1 if before is None else before
            if name:
                found.append(
                    (name, text.count("\n", 0, begin) + 1, text.count("\n", begin, at) + 1)
                )
        else:
            head = at + 1
    return found


def _function_name(head: str) -> str:
    """The name declared before a brace, or empty when the brace opens something else."""
    signature = re.match(r"(?s)\s*(.*?([\w:~]+(?:operator\S+)?)\s*\(.*\).*)$", head)
    if not signature or _KEYWORDS.search(signature[2]) or re.search(r"=\s*$", head):
        return ""
    return signature[2]
