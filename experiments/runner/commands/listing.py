"""The lists on the terminal: servers and experiments."""

from rich.console import Console
from rich.table import Table

from experiments.runner.plan.catalog import experiments
from experiments.runner.plan.roster import Roster, headline


def show_servers(roster: Roster, console: Console) -> None:
    default = {server.name for server in headline(roster)}
    table = Table("server", "pattern", "written", "engine", "protocols", "dispatch", "source")
    for s in roster.servers:
        name = f"{s.name} *" if s.name in default else s.name
        table.add_row(
            name,
            s.pattern,
            s.written,
            s.engine,
            " ".join(s.protocols),
            " ".join(s.dispatch),
            s.source,
        )
    console.print(table)
    console.print(
        "* compared by default. Run one with ./iolab serve NAME, "
        "all its options with ./iolab serve NAME --help."
    )


def show_experiments(console: Console) -> None:
    table = Table("experiment", "title", "contestants", "seconds")
    for e in experiments():
        table.add_row(
            e.name, e.title, ", ".join(one.name for one in e.contestants), f"{e.seconds:.0f}"
        )
    console.print(table)
    console.print(
        "Carry one out with ./iolab run NAME. They are experiments/catalog/NAME.toml; "
        "./iolab run FILE.toml takes your own."
    )
