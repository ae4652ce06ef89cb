"""`aurl inspect`, `aurl render` and `aurl convert`: one file at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tasks.cli.entry import enter, print_table

if TYPE_CHECKING:
    from aurl_core.score.score import Score

Source = Annotated[Path, typer.Argument(help="MIDI, MusicXML, ABC or Humdrum", resolve_path=True)]


def inspect(file: Source) -> None:
    """Say what a file of music holds.

    Length, tempo, meters, key, tracks, and the repairs that the parse stage would make.
    """
    enter()
    from tasks.files_of_music import read_music
    from tasks.params import load_params

    params = load_params()
    score, repairs = read_music(file, params.parse)
    print_table(("what", "found"), _facts(file, score))
    print_table(("track", "name", "program", "drums", "notes", "pitches"), _tracks(score), right=["program", "notes"])
    if repairs:
        rows = [(repair.kind, len(repair), f"{repair.before[0]} → {repair.after[0]}") for repair in repairs]
        print_table(("repair", "times", "first"), rows, right=["times"])
    else:
        typer.echo("nothing to repair")


def render(
    file: Source,
    target: Annotated[Path, typer.Argument(help="Ends in .wav, .svg, .musicxml or .mid", resolve_path=True)],
) -> None:
    """Make sound or a score of a file."""
    convert(file, target)


def convert(
    source: Source,
    target: Annotated[Path, typer.Argument(help="Ends in .mid, .musicxml, .wav or .svg", resolve_path=True)],
) -> None:
    """Write a file in another format.

    The endings say which.
    """
    enter()
    from aurl_core.errors import InputError
    from tasks.files_of_music import read_music, write_music
    from tasks.params import load_params

    score, repairs = read_music(source, load_params().parse)
    if target.exists() and target.samefile(source):
        raise InputError(f"{target} is the file that is read: name another to write to.")
    write_music(score, target)
    repaired = f", {sum(map(len, repairs))} defects repaired" if repairs else ""
    typer.echo(f"{target}: {len(score.notes)} notes{repaired}")


def _facts(file: Path, score: Score) -> Iterator[tuple[str, object]]:
    from aurl_core.parsing.parser import piece_id_of
    from aurl_core.score.time import BarGrid, TempoMap

    seconds = float(TempoMap.of(score).seconds(score.music_end))
    tempos, meters = score.events.select("tempo"), score.events.select("time_signature")
    data = file.read_bytes()
    yield "file", f"{file.name}, {len(data)} bytes"
    yield "piece_id", piece_id_of(data)
    yield "clock", f"{score.ticks_per_beat} ticks a beat"
    yield (
        "length",
        f"{int(seconds // 60)}:{seconds % 60:04.1f}, {len(BarGrid.of(score))} bars, {len(score.notes)} notes",
    )
    yield "tempo", _listed(f"{value:.4g}" for value in tempos.value) + " BPM" if len(tempos) else "none: 120 BPM"
    pairs = zip(meters.number, meters.value, strict=True)
    yield "meter", _listed(f"{upper}/{lower:.0f}" for upper, lower in pairs) if len(meters) else "none: 4/4"
    yield "key", _key(score)
    others = sorted({"lyric", "marker", "chord_symbol", "text", "control_change", "pitch_bend"} & _kinds(score))
    yield "also", ", ".join(others) or "nothing else"


def _key(score: Score) -> str:
    from aurl_core.score.key import key_name
    from aurl_core.studies.chords.keys import key_of
    from tasks.params import load_params

    signatures = score.events.select("key_signature")
    heard = key_name(int(key_of(score.notes, params=load_params().study.keys).argmax()))
    written = _listed(_sharps(int(number)) for number in signatures.number)
    return f"{heard} by its notes; " + (f"signed with {written}" if len(signatures) else "no signature")


def _sharps(number: int) -> str:
    return f"{abs(number)} {'sharps' if number > 0 else 'flats'}" if number else "no sharps or flats"


def _tracks(score: Score) -> Iterator[tuple[object, ...]]:
    from aurl_core.score.pitch import pitch_name

    for number, track in enumerate(score.tracks):
        pitch = score.notes.pitch[score.notes.track == number]
        span = f"{pitch_name(int(pitch.min()))} to {pitch_name(int(pitch.max()))}" if len(pitch) else ""
        yield number, track.name, track.program, "drums" if track.is_drum else "", len(pitch), span


def _kinds(score: Score) -> set[str]:
    from aurl_core.score.score import EVENT_KINDS

    return {EVENT_KINDS[kind] for kind in score.events.kind}


def _listed(texts: Iterator[str], most: int = 6) -> str:
    """The different texts in their order, the first few of them."""
    found = list(dict.fromkeys(texts))
    return ", ".join(found[:most]) + (f" and {len(found) - most} more" if len(found) > most else "")
