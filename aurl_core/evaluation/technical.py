"""Faults of a piece and of its MIDI file that can be counted without taste. What can be heard is in musical.py."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import mido
import pretty_midi

from aurl_core.score.instrument import DRUM_CHANNEL
from aurl_core.score.pitch import HIGHEST_PIANO_PITCH, LOWEST_PIANO_PITCH


@dataclass(frozen=True, slots=True)
class MidiFaults:
    """What is wrong with the notes of one MIDI file, read message by message."""

    num_notes: int
    """Note-on messages."""
    pairing_errors: int
    """Note-ons of a sounding note, note-offs of a silent one, and notes still sounding at the end."""
    zero_length_notes: int
    out_of_range_notes: int
    """Pitches off the piano, outside 21-108; drums are not counted."""
    reread_difference: int
    """Note-ons minus the notes that pretty_midi finds in the same file."""


def midi_faults(path: Path) -> MidiFaults:
    """Walk a MIDI file's raw messages, independently of the code that wrote it; all counts are 0 in a sound file."""
    counts: Counter[str] = Counter()
    file = mido.MidiFile(path)
    for track in file.tracks:
        counts.update(_track_faults(track))
    found = sum(len(instrument.notes) for instrument in pretty_midi.PrettyMIDI(str(path)).instruments)
    return MidiFaults(
        num_notes=counts["notes"],
        pairing_errors=counts["pairing"],
        zero_length_notes=counts["zero"],
        out_of_range_notes=counts["range"],
        reread_difference=counts["notes"] - found,
    )


def _track_faults(track: mido.MidiTrack) -> Counter[str]:
    counts: Counter[str] = Counter()
    sounding: dict[tuple[int, int], int] = {}
    now = 0
    for message in track:
        now += message.time
        if message.type not in ("note_on", "note_off"):
            continue
        key = (message.channel, message.note)
        if message.type == "note_on" and message.velocity > 0:
            counts["notes"] += 1
            counts["pairing"] += key in sounding
            in_range = LOWEST_PIANO_PITCH <= message.note <= HIGHEST_PIANO_PITCH
            counts["range"] += message.channel != DRUM_CHANNEL and not in_range
            sounding[key] = now
        else:
            counts["pairing"] += key not in sounding
            counts["zero"] += sounding.pop(key, -1) == now
    counts["pairing"] += len(sounding)
    return counts
