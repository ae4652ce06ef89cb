"""`aurl run`: the trainings whose state is on disk: naming, sharing and playing them. It is `dvc repro` that trains."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tasks.cli.entry import enter, print_table, size_text

run_app = typer.Typer(
    name="run", help="Trainings whose state is on disk: naming, sharing and playing them.", no_args_is_help=True
)
Key = Annotated[str, typer.Option("--run", help="As `list` names it, its first letters do; by default the latest")]


@run_app.command("list")
def list_runs() -> None:
    """Say which trainings can be gone on with, how far they are and how well they do."""
    enter()
    from aurl_core.sharing.model import shelves_of
    from aurl_core.training.checkpoints.params import CheckpointParams
    from tasks.lineage import folder_size

    rows = []
    for run in _runs():
        shelves = shelves_of(run, CheckpointParams())
        record = found.record if shelves and (found := shelves[-1].newest()) else None
        tokens, nats = (record.tokens_seen, record.figures.get("validation_nats_per_token")) if record else (0, None)
        rows.append((run.name, tokens, nats and f"{nats:.3f}", size_text(folder_size(run)[1])))
    columns = ("run", "tokens seen", "nats/token of validation", "size")
    print_table(columns, rows, right=columns[1:])


@run_app.command("export")
def export(file: Annotated[Path, typer.Argument(help="The file to write", resolve_path=True)], key: Key = "") -> None:
    """Write a run to one file to share: its checkpoints, settings and vocabulary; no music."""
    enter()
    from aurl_core.sharing.archive import export_run

    number = export_run(_find(key), file)
    typer.echo(f"{file}: {size_text(file.stat().st_size)}; checkpoints: {number}")


@run_app.command("import")
def import_(file: Annotated[Path, typer.Argument(help="What `export` wrote", exists=True, resolve_path=True)]) -> None:
    """Put a shared run among those of this machine, after checking every file in it."""
    enter()
    from aurl_core.sharing.archive import import_run
    from tasks.params import load_params

    params = load_params()
    run = import_run(file, params.paths.checkpoints)
    typer.echo(f"{run}: `aurl run model FOLDER --run {run.name[:6]}` makes a model of it")
    for line in _differences(run):
        typer.echo(f"  {line}")


@run_app.command("model")
def model(
    folder: Annotated[Path, typer.Argument(help="A folder that is not there yet", resolve_path=True)],
    key: Key = "",
    is_best: Annotated[bool, typer.Option("--best", help="Of the best checkpoint, not the newest")] = False,
) -> None:
    """Make a model of a run's newest or best checkpoint, for `aurl generate --model`."""
    enter()
    from aurl_core.errors import InputError
    from aurl_core.files import whole_folder
    from aurl_core.sharing.model import write_model

    if folder.exists():
        raise InputError(f"{folder} is there already, and nothing is written over; name another folder")
    with whole_folder(folder) as temporary:
        record = write_model(temporary, _find(key), is_best=is_best).record
    typer.echo(f"{folder}: the model after {record.tokens_seen} tokens")


def _runs() -> list[Path]:
    from aurl_core.training.checkpoints.run import RUN_FILE
    from tasks.params import load_params

    return sorted(file.parent for file in load_params().paths.checkpoints.glob(f"*/{RUN_FILE}"))


def _find(key: str) -> Path:
    """The one run whose name begins so; the one that was written to last if nothing is said."""
    from aurl_core.errors import InputError

    runs = _runs()
    found = [run for run in runs if run.name.startswith(key)]
    if not key and found:
        return max(found, key=lambda run: run.stat().st_mtime)
    if len(found) != 1:
        names = ", ".join(run.name for run in runs) or "none"
        raise InputError(f"{key!r} names {'several runs' if found else 'no run'}; there are: {names}")
    return found[0]


def _differences(run: Path) -> list[str]:
    """What has to be as it was for `dvc repro train` to go on with a run here."""
    from aurl_core.training.checkpoints.run import identity_of, read_identity
    from tasks.params import Params, load_params
    from tasks.settings import flatten

    params, theirs = load_params(), read_identity(run)
    here = flatten(params.model_dump(mode="json"))
    sections = {name: value for name, value in theirs.settings.items() if name in Params.model_fields}
    settings = {name: value for name, value in flatten(sections).items() if here.get(name) != value}
    lines = [f"to go on with it, set {name}={value} (now {here.get(name)})" for name, value in settings.items()]
    corpus = params.paths.of("corpus")
    ours = identity_of(corpus, {}) if (corpus / "manifest.json").is_file() else None
    if not ours or ours.corpus != theirs.corpus:
        lines.append(f"to go on with it, the corpus it learned from is needed in {corpus}: another is there, or none")
    if ours and (ours.code, ours.torch, ours.machine) != (theirs.code, theirs.torch, theirs.machine):
        lines.append(
            "it can be played, not gone on with: another version of Aurl or torch, or kind of machine, made it"
        )
    return lines or ["`dvc repro train` goes on with it"]
