"""The files of generated pieces: MIDI, MusicXML, sound and engraved score, the MIDI read back by another library."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pretty_midi

from aurl_core.chunks import Casualty, ChunkPool
from aurl_core.errors import AurlError
from aurl_core.generation.samples import Sample
from aurl_core.rendering.audio import render_audio, write_wav
from aurl_core.rendering.midi import write_midi
from aurl_core.rendering.musicxml import write_musicxml
from aurl_core.rendering.notation import engrave, stack_pages
from aurl_core.score.score import Score


def render_samples(
    samples: Sequence[Sample], folder: Path, *, pool: ChunkPool, progress: Callable[[float], None] = lambda share: None
) -> None:
    """Write `<sample_id>.mid`, `.musicxml`, `.wav` and `.svg` of each piece into `folder`.

    Raises AurlError if pretty_midi reads other notes in a MIDI file than the piece has, or a worker is lost.
    """
    for done, lost in enumerate(pool.map(partial(_render, folder=folder), samples, chunk_size=1), start=1):
        if isinstance(lost, Casualty):
            raise AurlError(
                f"rendering {lost.item.sample_id} cost its process ({lost.reason}); raise "
                "cluster.chunk_timeout_seconds or cluster.worker_memory_mb, or make shorter pieces"
            )
        progress(done / len(samples))


def _render(samples: list[Sample], *, folder: Path) -> None:
    for sample in samples:
        for suffix, content in files_of(sample).items():
            (folder / f"{sample.sample_id}{suffix}").write_bytes(content)


def files_of(sample: Sample) -> dict[str, bytes]:
    """The files of a piece by suffix; MIDI and MusicXML carry its lineage."""
    midi = write_midi(sample.score, lineage=sample.lineage)
    difference = reread_difference(midi, sample.score)
    if difference:
        raise AurlError(f"the MIDI file of {sample.sample_id} does not hold its notes: {difference}")
    musicxml = write_musicxml(sample.score, title=sample.sample_id, lineage=sample.lineage)
    return {
        ".mid": midi,
        ".musicxml": musicxml.encode(),
        ".wav": write_wav(render_audio(sample.score)),
        ".svg": stack_pages(engrave(musicxml)).encode(),
    }


def reread_difference(midi: bytes, score: Score) -> str:
    """How the notes that pretty_midi finds in a MIDI file differ from those of the score; empty if they do not.

    Notes are compared by program, drum kit, onset and offset in ticks, pitch and velocity.
    """
    file = pretty_midi.PrettyMIDI(io.BytesIO(midi))
    found = [
        (instrument.program, instrument.is_drum, file.time_to_tick(note.start), file.time_to_tick(note.end),
         note.pitch, note.velocity)
        for instrument in file.instruments
        for note in instrument.notes
    ]  # fmt: skip
    programs = np.array([track.program for track in score.tracks])[score.notes.track]
    notes = score.notes
    columns = (programs, score.is_drum, notes.onset, notes.offset, notes.pitch, notes.velocity)
    meant = list(zip(*(column.tolist() for column in columns), strict=True))
    missing, extra = sorted(set(meant) - set(found)), sorted(set(found) - set(meant))
    if len(found) == len(meant) and not missing and not extra:
        return ""
    return f"{len(found)} notes instead of {len(meant)}, missing {missing[:3]}, not meant {extra[:3]}"
