"""`aurl generate`: new pieces from the trained model, beside the pipeline. The generate stage is tasks/generate.py."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tasks.cli.entry import enter

if TYPE_CHECKING:
    from aurl_core.generation.params import GenerateParams

_SLACK = 1.25
"""A piece may last this many times the seconds asked for before it is brought to its end."""


def generate(
    number: Annotated[int, typer.Option("--number", "-n", help="How many pieces")] = 1,
    seed: Annotated[
        int | None, typer.Option(help="The same seed gives the same pieces; by default the pipeline's")
    ] = None,
    temperature: Annotated[float | None, typer.Option(help="Below 1 the likely is likelier, above 1 rarer")] = None,
    seconds: Annotated[float | None, typer.Option(help="About how long each piece lasts")] = None,
    prompt: Annotated[Path | None, typer.Option(help="A MIDI file to go on from", resolve_path=True)] = None,
    model: Annotated[
        Path | None, typer.Option(help="A folder with a model, such as a bundle; else data/models", resolve_path=True)
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="A folder that is empty or not there yet", resolve_path=True)
    ] = Path("pieces"),
) -> None:
    """Make new pieces.

    Each as MIDI, MusicXML, WAV and SVG; the pipeline's own pieces stay as they are.
    """
    enter()
    from aurl_core.errors import InputError
    from aurl_core.export.bundle import verify_bundle
    from aurl_core.files import whole_folder
    from aurl_core.generation.run import make_pieces
    from aurl_core.sums import SUMS_FILE
    from tasks.params import load_params
    from tasks.pool import Pool
    from tasks.progress import progress

    params = load_params()
    settings = _settings(params.generate, number, temperature, seconds, prompt)
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise InputError(f"{output} holds something already, and pieces are never written over; name another --output")
    if model is not None and (model / SUMS_FILE).exists():
        verify_bundle(model)
    with whole_folder(output) as folder, progress("generate") as sink:
        figures = make_pieces(
            settings,
            folder,
            models=model or params.paths.of("models"),
            corpus=None if model else params.paths.of("corpus"),
            seed=params.seed if seed is None else seed,
            pool=Pool(params.cluster),
            progress=sink,
        )
    typer.echo(f"{output}: {figures.num_pieces} pieces, {figures.music_seconds:.0f} s of music")
    for file in sorted(output.glob("*.mid")):
        typer.echo(f"  {file}")


def _settings(
    base: GenerateParams, number: int, temperature: float | None, seconds: float | None, prompt: Path | None
) -> GenerateParams:
    """The generate section with what the command line says instead; checked like params.yaml."""
    from tasks.settings import check

    settings: dict[str, Any] = base.model_dump(mode="json") | {"num_pieces": number, "num_long_pieces": 0}
    if temperature is not None:
        settings["sampling"]["temperature"] = temperature
    if seconds is not None:
        settings["length"] = {"least_seconds": seconds / _SLACK, "most_seconds": seconds * _SLACK}
    if prompt is not None:
        settings["prompt"] = str(prompt)
    return check(type(base), settings, "the command line")
