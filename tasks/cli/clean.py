"""`aurl clean`: free disk, after saying what and how much."""

from __future__ import annotations

from typing import Annotated

import typer

from tasks.cli.entry import enter, print_table, size_text


def clean(
    everything: Annotated[
        bool, typer.Option("--all", help="Also data, reports, MLflow's and Prefect's records")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask")] = False,
) -> None:
    """Free disk.

    Says what would go, how much it is and what that costs, asks, then deletes it.
    """
    root = enter()
    from tasks.disk import disk_use, free
    from tasks.params import load_params

    uses = [use for use in disk_use(load_params(), root) if use.num_files and (everything or use.is_spare)]
    if not uses:
        typer.echo("There is nothing to free.")
        return
    rows = [(use.what, use.path, size_text(use.num_bytes), use.cost) for use in uses]
    print_table(("what", "folder", "size", "without it"), rows, right=["size"])
    total = size_text(sum(use.num_bytes for use in uses))
    if yes or typer.confirm(f"Delete these, {total} in all?"):
        free(uses, root)
        typer.echo(f"{total} freed")
