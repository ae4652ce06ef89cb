"""`aurl tune`: search among settings. What it does is in tasks/tune.py."""

from __future__ import annotations

from typing import Annotated

import typer

from tasks.cli.entry import enter, print_table


def tune(
    overrides: Annotated[
        list[str], typer.Option("-S", "--set", help="A setting for this search alone: tune.num_trials=40")
    ] = [],  # noqa: B006
) -> None:
    """Search among settings.

    Each trial is a short training; a search that was stopped goes on where it was.
    """
    root = enter()
    from aurl_core.experiments.search.results import command_of
    from tasks.logs import set_up_logs
    from tasks.params import load_params
    from tasks.processes import interruptible
    from tasks.profiles import overridden
    from tasks.tune import tune as search

    interruptible()
    params = overridden(load_params(), overrides)
    params.paths.check()
    set_up_logs(params.paths.logs, "tune")
    found = search(params, root=root)
    assert found.best
    print_table(("setting", "best"), found.best.settings.items())
    outcomes = ", ".join(f"{found.count(one)} {one}" for one in ("finished", "stopped", "failed") if found.count(one))
    typer.echo(f"{params.tune.metric} {found.best.value:.4f} with trial {found.best.number}; {outcomes}")
    typer.echo(f"{params.paths.reports / 'tune' / 'index.html'}")
    typer.echo(command_of(["dvc", "exp", "run", "train"], found.best.settings))
