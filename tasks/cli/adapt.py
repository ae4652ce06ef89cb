"""`aurl adapt`: what low-rank adapters learnt, put into the model that they learnt beside."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tasks.cli.entry import enter


def adapt(
    base: Annotated[Path, typer.Argument(help="The folder of the model that they were trained from")],
    adapters: Annotated[Path, typer.Argument(help="adapter.safetensors, which training leaves beside a model")],
    output: Annotated[Path, typer.Argument(help="A folder for the adapted model, not there yet or empty")],
) -> None:
    """Write the model that a base becomes with adapters, as if it had been trained here."""
    enter()
    import shutil

    from aurl_core.errors import InputError
    from aurl_core.files import whole_folder
    from aurl_core.models.weights import load_adapted, save_model
    from aurl_core.tokens.tokenizer import tokenizer_files

    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise InputError(f"{output} holds something already, and a model is never written over; name another folder")
    model = load_adapted(base, adapters)
    with whole_folder(output) as folder:
        save_model(folder, model)
        for file in tokenizer_files(base):
            shutil.copyfile(file, folder / file.name)
    typer.echo(f"{output}: {model.num_parameters:,} numbers; `aurl generate --model {output}` makes music with it")
