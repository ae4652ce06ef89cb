"""`aurl ui`: the pages of Prefect and MLflow, until Ctrl-C."""

from __future__ import annotations

import signal
from contextlib import suppress

import typer

from tasks.cli.entry import enter


def ui() -> None:
    """Start the pages of Prefect and MLflow.

    Prefect starts and shows flows, MLflow compares runs; on this machine only, one Ctrl-C ends both.
    """
    root = enter()
    from tasks.servers import running_servers

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    typer.echo("starting ...")
    with suppress(KeyboardInterrupt), running_servers(root) as servers:
        for note in servers.notes:
            typer.echo(note)
        typer.echo(f"Prefect  {servers.prefect}   flows to start: {servers.prefect}/deployments")
        typer.echo(f"MLflow   {servers.mlflow}")
        typer.echo("Ctrl-C ends both")
        servers.wait()
        typer.echo(
            "a server has ended by itself; see .aurl/prefect.log, .aurl/mlflow.log and .aurl/flows.log", err=True
        )
        raise typer.Exit(1)
    typer.echo("ended")
