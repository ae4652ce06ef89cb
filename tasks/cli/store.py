"""`aurl store`: what is remembered of each file, so that it need not be computed again."""

from __future__ import annotations

import typer

from tasks.cli.entry import enter, print_table, size_text

store_app = typer.Typer(
    name="store", help="What is remembered of each file: how much it is, and forgetting it.", no_args_is_help=True
)


@store_app.command()
def stats() -> None:
    """Say how many results are remembered, of what kind, and how much disk they take."""
    enter()
    from aurl_core.corpus.store import Store
    from tasks.params import load_params

    params = load_params()
    rooms = Store(params.paths.store).statistics()
    rows = [(room, one.num_results, one.num_segments, size_text(one.bytes)) for room, one in rooms.items()]
    print_table(("kind", "results", "segments", "size"), rows, right=["results", "segments", "size"])
    total = size_text(sum(one.bytes for one in rooms.values()))
    typer.echo(f"{total} of at most {params.cluster.store_gb:g} GB (cluster.store_gb) in {params.paths.store}")


@store_app.command()
def clear() -> None:
    """Forget all results; the next `dvc repro` computes what it needs again."""
    enter()
    from aurl_core.corpus.store import Store
    from tasks.params import load_params

    store = Store(load_params().paths.store)
    freed = sum(one.bytes for one in store.statistics().values())
    store.clear()
    typer.echo(f"{size_text(freed)} forgotten")
