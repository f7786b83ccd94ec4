"""The terminal and the log: nothing is cut, padded or wrapped where that hurts."""

import pytest
from rich.table import Table

from experiments.runner.console import LOG_WIDTH, make_console


def test_a_log_has_whole_lines_without_blanks_at_their_ends(
    capsys: pytest.CaptureFixture[str],
) -> None:
    long = "word " * LOG_WIDTH + "end"
    table = Table("name", "verdict")
    table.add_row("a", "equivalent")
    table.add_row("long-name", "-")
    console = make_console()
    console.print(long)
    console.print(table)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == long
    assert all(line == line.rstrip() for line in lines)
