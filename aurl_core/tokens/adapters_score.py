"""Scores to symusic's and back, as MidiTok takes and gives them. Columns go over whole; only events go one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
import symusic
from numpy.typing import NDArray

from aurl_core.score.instrument import DRUM_CHANNEL
from aurl_core.score.pitch import HIGHEST_PIANO_PITCH, LOWEST_PIANO_PITCH
from aurl_core.score.score import WHOLE_PIECE, EventKind, Events, Notes, Score, Track
from aurl_core.tokens.changes import PEDAL
from aurl_core.tokens.clock import Clock
from aurl_core.tokens.losses import Losses, unsaid

DENOMINATORS: Final = (4, 8)
"""Meters of halves and of sixteenths are written in these where they can be; others say nothing to MidiTok."""
MOST_BEATS_PER_BAR: Final = 12
SLOWEST_BPM: Final = 40
FASTEST_BPM: Final = 250
_PEDAL_DOWN, _PEDAL_UP, _HALF_DOWN = 127.0, 0.0, 64
_LOUDEST: Final = 127

EventRow = tuple[EventKind, int, int, int, float, str]


class Playable(NamedTuple):
    """What of a score MidiTok is given."""

    score: symusic.core.ScoreTick
    """On the tokenizer's grid."""
    num_notes: int
    losses: Losses


def playable(score: Score, clock: Clock, *, longest_beats: int) -> Playable:
    """The notes from 21 to 108, tempos, meters and sustain pedals of a score, on the grid of `clock`.

    What that and a longest duration cost is counted; what a tokenization is told and does not say is not.
    """
    notes = score.notes
    in_range = (notes.pitch >= LOWEST_PIANO_PITCH) & (notes.pitch <= HIGHEST_PIANO_PITCH)
    notes = notes.take(in_range)
    onset = clock.steps_of_ticks(notes.onset, score.ticks_per_beat)
    offset = clock.steps_of_ticks(notes.offset, score.ticks_per_beat)
    lengthened = int(np.count_nonzero(offset <= onset))
    duration = np.maximum(offset - onset, 1)
    meters = list(_meters(score, clock))
    longest = longest_beats * clock.steps_per_beat * _beats_at(onset, meters)
    given = symusic.Score(clock.steps_per_beat)
    for number, track in enumerate(score.tracks):
        rows = np.flatnonzero(notes.track == number)
        part = symusic.Track(name=track.name, program=track.program, is_drum=track.is_drum)
        part.notes = symusic.Note.from_numpy(
            time=onset[rows].astype(np.int32),
            duration=duration[rows].astype(np.int32),
            pitch=notes.pitch[rows].astype(np.int8),
            velocity=np.clip(notes.velocity[rows], 1, _LOUDEST).astype(np.int8),
        )
        for down, up in _pedals(score, number, clock):
            part.pedals.append(symusic.Pedal(down, up - down))
        given.tracks.append(part)
    for tick, value in _steps_of(score.events.select("tempo"), score, clock):
        given.tempos.append(symusic.Tempo(tick, qpm=value))
    for tick, meter in meters:
        given.time_signatures.append(symusic.TimeSignature(tick, *meter))
    losses = replace(
        _losses_of_events(score, num_meters=len(meters)),
        dropped_pitches=len(score.notes) - len(notes),
        lengthened_notes=lengthened,
        shortened_notes=int(np.count_nonzero(duration > longest)),
    )
    return Playable(given, len(notes), losses)


def score_of(given: symusic.core.ScoreTick, steps_per_beat: int) -> Score:
    """The score that MidiTok decoded, each moment moved to the nearest step; without notes of no length."""
    clock, ticks_per_beat = Clock(steps_per_beat), given.ticks_per_quarter
    columns = [part.notes.numpy() for part in given.tracks]
    sizes = [len(part["time"]) for part in columns]
    time, duration, pitch, velocity = (
        np.concatenate([np.empty(0, np.int32), *(part[name] for part in columns)])
        for name in ("time", "duration", "pitch", "velocity")
    )
    onset = clock.steps_of_ticks(time, ticks_per_beat)
    offset = clock.steps_of_ticks(time + duration, ticks_per_beat)
    track = np.repeat(np.arange(len(sizes)), sizes)
    notes = Notes.of(onset=onset, duration=offset - onset, pitch=pitch, velocity=velocity, track=track)
    events = Events.of(list(_event_rows(given, clock)))
    return Score(steps_per_beat, notes.take(notes.duration > 0), tuple(map(_track_of, given.tracks)), events)


def _steps_of(events: Events, score: Score, clock: Clock) -> list[tuple[int, float]]:
    steps = clock.steps_of_ticks(events.onset, score.ticks_per_beat)
    return list(zip(steps.tolist(), events.value.tolist(), strict=True))


def _pedals(score: Score, track: int, clock: Clock) -> Iterator[tuple[int, int]]:
    """When a track's sustain pedal goes down and comes up again."""
    events = score.events.select("control_change")
    events = events.take((events.track == track) & (events.number == PEDAL))
    down = -1
    for step, value in _steps_of(events, score, clock):
        if value >= _HALF_DOWN and down < 0:
            down = step
        elif value < _HALF_DOWN and down >= 0:
            if step > down:
                yield down, step
            down = -1
    end = int(clock.steps_of_ticks(np.array([score.end], np.int32), score.ticks_per_beat)[0])
    if 0 <= down < end:
        yield down, end


def _meters(score: Score, clock: Clock) -> Iterator[tuple[int, tuple[int, int]]]:
    """The time signatures that MidiTok's vocabulary has; what is between two of them keeps the meter before."""
    events = score.events.select("time_signature")
    for (step, denominator), numerator in zip(_steps_of(events, score, clock), events.number.tolist(), strict=True):
        below = int(np.clip(denominator, *DENOMINATORS))
        above = numerator * below / max(denominator, 1)
        if above.is_integer() and 1 <= above <= MOST_BEATS_PER_BAR:
            yield step, (int(above), below)


def _beats_at(onset: NDArray[np.int64], meters: Sequence[tuple[int, tuple[int, int]]]) -> NDArray[np.float64]:
    """What the meter counts at each onset, in quarter notes."""
    starts = np.array([step for step, _ in meters], np.int64)
    beats = np.array([1.0, *(4 / below for _, (_, below) in meters)])
    return beats[np.searchsorted(starts, onset, side="right")]


def _losses_of_events(score: Score, *, num_meters: int) -> Losses:
    """What events and tracks lose."""
    tempos = score.events.select("tempo").value
    programs = {(track.program, track.is_drum) for track in score.tracks}
    return Losses(
        clamped_tempos=int(np.count_nonzero((tempos < SLOWEST_BPM) | (tempos > FASTEST_BPM))),
        merged_tracks=len(score.tracks) - len(programs),
        dropped_time_signatures=len(score.events.select("time_signature")) - num_meters,
        **unsaid(score.events),
    )


def _event_rows(given: symusic.core.ScoreTick, clock: Clock) -> Iterator[EventRow]:
    def step(tick: int) -> int:
        return int(clock.steps_of_ticks(np.array([tick], np.int32), given.ticks_per_quarter)[0])

    for tempo in given.tempos:
        yield "tempo", step(tempo.time), WHOLE_PIECE, 0, round(tempo.qpm, 2), ""
    for meter in given.time_signatures:
        yield "time_signature", step(meter.time), WHOLE_PIECE, meter.numerator, float(meter.denominator), ""
    for number, part in enumerate(given.tracks):
        for pedal in part.pedals:
            yield "control_change", step(pedal.time), number, PEDAL, _PEDAL_DOWN, ""
            yield "control_change", step(pedal.time + pedal.duration), number, PEDAL, _PEDAL_UP, ""


def _track_of(part: symusic.core.TrackTick) -> Track:
    return Track(part.name, part.program, DRUM_CHANNEL if part.is_drum else 0, part.is_drum)
