"""`aurl watch`: the page of the training that is running, or of the last one, until Ctrl-C."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import Annotated

import typer

from tasks.cli.entry import enter

_SECONDS = 3600.0


def watch(
    port: Annotated[int, typer.Option(min=1, max=65_000, help="Or the next that is free")] = 4300,
) -> None:
    """Show a training while it runs.

    Curves, gradients, speed, memory, alerts, and samples to hear, as a page on this machine only.
    """
    enter()
    from tasks.params import load_params
    from tasks.processes import interruptible
    from tasks.watching.answers import Answers
    from tasks.watching.server import running_page

    params, notes = load_params(), list[str]()
    interruptible()
    with (
        suppress(KeyboardInterrupt),
        running_page(Answers(params.paths.checkpoints, params.parse), notes, port=port) as page,
    ):
        for note in notes:
            typer.echo(note)
        typer.echo(f"The training, live: {page}")
        typer.echo("Ctrl-C ends this page; the training goes on")
        while True:
            time.sleep(_SECONDS)
    typer.echo("ended")
