"""Bar ids as columns: where each stands in time, in which track, and what it says there. Writing them lives in bar.py.

Total: any ids of the vocabulary can be read, whole pieces or parts. A part that begins within a bar is read as if that
were the first one; what a part takes for granted is 4/4, the first program, a middle velocity and a quarter note.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from aurl_core.score.score import Notes
from aurl_core.tokens import bar_layout as kinds
from aurl_core.tokens.bar_form import BarForm, Meters, end_of, voices_of
from aurl_core.tokens.bar_layout import COMMON_TIME, NUM_PROGRAMS, NUM_VOICES, BarLayout
from aurl_core.tokens.changes import Column, Pedals, Tempos
from aurl_core.tokens.vocabulary import BOS

Mask = NDArray[np.bool_]


def read(ids: Column, layout: BarLayout) -> BarForm:
    """The form that ids spell."""
    ids, _ = _whole(ids, layout)
    kind, value = layout.kind[ids], layout.value[ids]
    step, meters = _times(ids, layout)
    programs, track_of, voice = _tracks(kind, value)
    velocity = _latest_by_voice(voice, value, kind == kinds.VELOCITY, layout.velocity_bins // 2)
    is_short = kind == kinds.DURATION
    length = _sums(layout.steps[ids], is_short, kind == kinds.LONG_DURATION)
    duration = _latest_by_voice(voice, length, is_short, layout.steps_per_beat)
    track = track_of[voice]
    rows = np.flatnonzero(kind == kinds.PITCH)
    columns = {"onset": step, "duration": duration, "pitch": value, "velocity": velocity, "track": track}
    notes = Notes.of(**{name: column[rows] for name, column in columns.items()})
    rows = np.flatnonzero(kind == kinds.SUSTAIN)
    pedals = Pedals(step[rows], track[rows], (ids[rows] == layout.sustain_on).astype(np.int64))
    end = end_of(notes, pedals)
    tempos = np.flatnonzero((kind == kinds.TEMPO) & (step <= end))
    kept = meters.onset < end
    return BarForm(
        programs,
        notes,
        pedals,
        Tempos(step[tempos], value[tempos]),
        Meters(meters.onset[kept], meters.number[kept]),
    )


def steps_of(ids: Column, layout: BarLayout) -> Column:
    """(T,) steps from the start to the moment that each id belongs to; that of a BAR is its beginning."""
    whole, num_added = _whole(ids, layout)
    return _times(whole, layout)[0][num_added:]


def _whole(ids: Column, layout: BarLayout) -> tuple[Column, int]:
    """A part with the beginning that it lacks, and how many ids that is."""
    opening = [] if len(ids) and ids[0] == BOS else [BOS] if len(ids) and ids[0] == layout.bar else [BOS, layout.bar]
    return np.concatenate([np.array(opening, np.int64), ids]), len(opening)


def _times(ids: Column, layout: BarLayout) -> tuple[Column, Meters]:
    """The step of each id, and where time signatures begin, anew after each cut bar."""
    kind = layout.kind[ids]
    is_bar, is_position = kind == kinds.BAR, kind == kinds.POSITION
    place = _sums(layout.steps[ids], is_position, kind == kinds.LONG_POSITION)
    bars = np.flatnonzero(is_bar)
    follower = np.append(kind, kinds.SPECIAL)[bars + 1]
    is_cut = is_position[bars - 1]
    says_meter = follower == kinds.TIME_SIGNATURE
    meter = _latest(layout.value[np.append(ids, BOS)[bars + 1]], says_meter, COMMON_TIME)
    begins = says_meter | is_cut
    begins[:1] = True
    first = np.flatnonzero(begins)
    part = np.cumsum(begins) - 1
    nth = np.arange(len(bars)) - first[part]
    within, nominal_end = (n * layout.bar_parts[meter] // layout.denominator[meter] for n in (nth, nth + 1))
    last = first[1:] - 1
    lengths = np.where(is_cut[first[1:]], within[last] + place[bars[first[1:]] - 1], nominal_end[last])
    bar_start = within + np.append(0, np.cumsum(lengths))[part]
    if not len(bars):
        return np.zeros(len(ids), np.int64), Meters(np.zeros(1, np.int64), np.array([COMMON_TIME]))
    position = _latest(np.where(is_bar, 0, place), is_bar | is_position, 0)
    step = bar_start[np.maximum(np.cumsum(is_bar) - 1, 0)] + position
    return step, Meters(bar_start[first], meter[first])


def _tracks(kind: Column, value: Column) -> tuple[Column, Column, Column]:
    """The program of each track, the track of each program's voice, and the voice that each id belongs to.

    Voices are numbered through all programs; those that a part does not announce come last.
    """
    is_body = np.cumsum(kind == kinds.BAR) > 0
    names_program, names_voice = (kind == kinds.PROGRAM) & is_body, kind == kinds.VOICE
    program = _latest(value, names_program, 0)
    voice = program * NUM_VOICES + _latest(np.where(names_voice, value, 0), names_voice | names_program, 0)
    announced = value[(kind == kinds.PROGRAM) & ~is_body]
    voices = announced * NUM_VOICES + np.minimum(voices_of(announced), NUM_VOICES - 1)
    acts = (kind == kinds.PITCH) | (kind == kinds.SUSTAIN)
    voices = np.append(voices, np.setdiff1d(voice[acts], voices))
    track = np.zeros(NUM_PROGRAMS * NUM_VOICES, np.int64)
    track[voices] = np.arange(len(voices))
    return voices // NUM_VOICES, track, voice


def _sums(steps: Column, is_short: Mask, is_long: Mask) -> Column:
    """At each short id, its steps and those of the long ids just before it."""
    total = np.cumsum(np.where(is_long, steps, 0))
    before = np.maximum.accumulate(np.where(is_long, 0, total))
    return np.where(is_short, steps + total - np.append(0, before[:-1]), 0)


def _latest(values: Column, is_said: Mask, default: int) -> Column:
    """At each id, the latest value that was said."""
    place = np.maximum.accumulate(np.where(is_said, np.arange(len(values)), -1)) if len(values) else np.zeros(0, int)
    return np.where(place < 0, default, values[place])


def _latest_by_voice(voice: Column, values: Column, is_said: Mask, default: int) -> Column:
    """At each id, the latest value that was said in its voice."""
    order = np.argsort(voice.astype(np.uint16), kind="stable")
    said, sorted_values = is_said[order], values[order]
    begins = np.diff(voice[order], prepend=-1) != 0
    latest = np.empty_like(values)
    latest[order] = _latest(np.where(said, sorted_values, default), said | begins, default)
    return latest
