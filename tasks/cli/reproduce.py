"""`aurl reproduce`: a past run again, and whether the same comes out."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from tasks.cli.entry import enter, print_table


def reproduce(
    run: Annotated[str, typer.Argument(help="Id of an MLflow run: of a stage, or of a pipeline that trained")],
    keep: Annotated[bool, typer.Option("--keep", help="Leave the folder in which it was run again")] = False,
) -> None:
    """Run a past run again and compare.

    Its commit, changes and settings are put in a folder of their own and run there; exit 1 if anything differs.
    """
    root = enter()
    from tasks.params import load_params
    from tasks.rerun import compared, differences, past_run, rerun

    with tempfile.TemporaryDirectory() as fetched:
        experiment = load_params().tracking.experiment
        past = past_run(run, experiment=experiment, root=root, folder=Path(fetched))
        others = [one for one in differences(past.manifest) if not one.is_same]
        if others:
            typer.echo("What is another here than it was then:")
            print_table(("", "then", "now"), [(one.what, one.then, one.now) for one in others])
        folder = rerun(past, root=root)
        found = compared(past, folder)
    rows = [("same" if one.is_same else "DIFFERENT", one.what, one.then, one.now) for one in found]
    print_table(("", past.manifest.stage, "then", "now"), rows)
    if keep:
        typer.echo(f"It was run in {folder}")
    else:
        shutil.rmtree(folder)
    different = sum(not one.is_same for one in found)
    typer.echo(f"{len(found) - different} of {len(found)} are the same")
    if different:
        raise typer.Exit(1)
