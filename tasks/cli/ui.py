"""`aurl ui`: the pages of Prefect and MLflow, until Ctrl-C."""

from __future__ import annotations

from contextlib import suppress

import typer

from tasks.cli.entry import enter


def ui() -> None:
    """Start the pages of Prefect and MLflow.

    Prefect starts and shows flows, MLflow compares runs; on this machine only, one Ctrl-C ends both.
    """
    root = enter()
    from tasks.params import load_params
    from tasks.processes import interruptible
    from tasks.servers import running_servers

    experiment = load_params().tracking.experiment
    interruptible()
    typer.echo("starting ...")
    with suppress(KeyboardInterrupt), running_servers(root, experiment) as servers:
        for note in servers.notes:
            typer.echo(note)
        typer.echo(f"Prefect, to start and watch flows:  {servers.prefect}")
        typer.echo(f"MLflow, to compare runs:            {servers.mlflow}")
        typer.echo("Ctrl-C ends both")
        servers.wait()
        typer.echo(
            "a server has ended by itself; see .aurl/prefect.log, .aurl/mlflow.log and .aurl/flows.log", err=True
        )
        raise typer.Exit(1)
    typer.echo("ended")
