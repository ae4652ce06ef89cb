"""The bar tokenizer: scores to bars, positions and notes with durations, and back. Legal successors: bar_grammar.py.

A piece reads: BOS, TEMPO, the PROGRAM (or DRUMS) of each track in order, then bar by bar: BAR, TIME_SIGNATURE if it
begins there, and moment by moment: POSITION in the bar, TEMPO if it changes, then each track that acts, in order:
PROGRAM if it is not the current one and VOICE (the how-manieth track of that program) if it is not the first or only
this differs; SUSTAIN if it changes; and by ascending pitch each note: VELOCITY and DURATION where they are not those of
the track's last note, PITCH. At last EOS. A bar that a time signature ends before its time ends with the POSITION where
it does so. There is exactly one way to write each normal form.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aurl_core.files import write_whole
from aurl_core.score.score import Score
from aurl_core.tokens import bar_layout as kinds
from aurl_core.tokens.bar_form import BarForm, bar_form_of, bars_of, score_of_bar_form, voices_of
from aurl_core.tokens.bar_grammar import BarGrammar
from aurl_core.tokens.bar_layout import BarLayout
from aurl_core.tokens.bar_reading import read, steps_of
from aurl_core.tokens.changes import Column, differs
from aurl_core.tokens.losses import Losses
from aurl_core.tokens.params import BarTokenizerConfig
from aurl_core.tokens.vocabulary import BOS, EOS, Vocabulary

Ids = NDArray[np.uint16]
Part = tuple[NDArray[np.intp], list[NDArray[Any]]]
"""Some rows, and columns of their tokens; 0 where one says nothing."""
# In one moment the turns are: bar line, time signature, tempo, then two for each track, its pedal and its notes.
_BAR, _METER, _TEMPO, _FIRST_TRACK = range(4)
_TURN_BITS: Final = 16


class BarTokenizer:
    """Encodes and decodes with the bar vocabulary: `decode(encode(x))` equals `normal_form(x)`."""

    def __init__(self, config: BarTokenizerConfig) -> None:
        self.config = config
        self._layout = BarLayout(config)
        self.vocabulary = Vocabulary(self._layout.token_names, config.model_dump())
        self.num_notes = (self._layout.kind == kinds.PITCH).astype(np.uint8)

    def encode(self, score: Score) -> Ids:
        """The ids of a score, BOS and EOS included."""
        return self.encode_counting(score)[0]

    def encode_counting(self, score: Score) -> tuple[Ids, Losses]:
        """The ids of a score and what its normal form cost."""
        form = bar_form_of(score, self._layout)
        return _Writer(form, self._layout).ids(), form.losses

    def decode(self, ids: ArrayLike) -> Score:
        """The score of ids, at `steps_per_beat` of the config.

        Total on any ids of the vocabulary, whole pieces or parts. `InputError` if an id is not in the vocabulary.
        """
        return score_of_bar_form(read(self.vocabulary.checked(ids), self._layout), self._layout)

    def beats_of(self, ids: ArrayLike) -> NDArray[np.float64]:
        """(N,) quarter notes from the start of the piece to the moment that each id belongs to."""
        return steps_of(self.vocabulary.checked(ids), self._layout) / self.config.steps_per_beat

    def normal_form(self, score: Score) -> Score:
        """What of a score the vocabulary can say."""
        return score_of_bar_form(bar_form_of(score, self._layout), self._layout)

    def grammar(self) -> BarGrammar:
        """The legal successors: what `encode` could have written."""
        return BarGrammar(self._layout)

    def save(self, path: Path) -> None:
        """Write vocabulary.json."""
        write_whole(path, self.vocabulary.to_json())


class _Writer:
    """The ids of a form. What happens is put into rows by time and turn; a row is a few tokens, its own comes last."""

    def __init__(self, form: BarForm, layout: BarLayout) -> None:
        self.form = form
        self.layout = layout
        self.bars = bars_of(form.meters, layout, end=form.last + 1)
        track = form.notes.track.astype(np.int64)
        notes = form.notes.onset.astype(np.int64) << _TURN_BITS | (track << 1) + (_FIRST_TRACK + 1)
        others, own = self._others()
        before = np.searchsorted(notes, others)
        self.other_rows = before + np.arange(len(others))
        """The rows of bars, time signatures, tempos and pedals."""
        self.note_rows = np.arange(len(notes)) + np.cumsum(np.bincount(before, minlength=len(notes) + 1))[:-1]
        key, self.own = np.empty(len(notes) + len(others), np.int64), np.empty(len(notes) + len(others), np.uint16)
        key[self.note_rows], key[self.other_rows] = notes, others
        self.own[self.note_rows], self.own[self.other_rows] = layout.pitch + form.notes.pitch.astype(np.uint16), own
        self.onset, self.turn = key >> _TURN_BITS, (key & ((1 << _TURN_BITS) - 1)).astype(np.int32)

    def ids(self) -> Ids:
        """BOS, what holds from the beginning, the rows, EOS."""
        parts = [self._positions(), self._tracks(), self._notes(), (np.arange(len(self.own)), [self.own])]
        table = np.zeros((len(self.own), sum(len(columns) for _, columns in parts)), np.uint16)
        places = iter(table.T)
        for rows, columns in parts:
            for column in columns:
                next(places)[rows] = column
        said = table.ravel().compress(table.ravel() != 0)
        opening = [BOS, self.layout.tempo + self.form.tempos.bin[0], *(self.layout.program + self.form.programs)]
        return np.concatenate([np.array(opening, np.uint16), said, np.array([EOS], np.uint16)])

    def _others(self) -> tuple[Column, Column]:
        """When it is the turn of all but the notes, as sorted keys, and their own tokens."""
        pedals, tempos, meters, layout = self.form.pedals, self.form.tempos, self.form.meters, self.layout
        keys = [
            self.bars.start << _TURN_BITS | _BAR,
            meters.onset << _TURN_BITS | _METER,
            tempos.onset[1:] << _TURN_BITS | _TEMPO,
            pedals.onset << _TURN_BITS | (pedals.part << 1) + _FIRST_TRACK,
        ]
        own = [
            np.full(len(self.bars), layout.bar),
            layout.time_signature + meters.number,
            layout.tempo + tempos.bin[1:],
            layout.sustain_off - pedals.down,
        ]
        key = np.concatenate(keys)
        order = np.argsort(key)
        return key[order], np.concatenate(own)[order]

    def _positions(self) -> Part:
        """POSITION where a moment begins, and where a bar is cut, before the BAR of the next."""
        bar_rows = np.flatnonzero(self.turn == _BAR)
        speaks = self.turn >= _TEMPO
        says = differs(self.onset)
        says[1:] |= ~speaks[:-1]
        says &= speaks
        says[bar_rows[1:]] = self.bars.is_cut[:-1]
        steps = self.onset - np.repeat(self.bars.start, np.append(bar_rows[1:], len(says)) - bar_rows)
        steps[bar_rows[1:]] = self.bars.length[:-1]
        rows = np.flatnonzero(says)
        return rows, _sum(steps[rows], self.layout.position, self.layout.long_position, self.layout.span)

    def _tracks(self) -> Part:
        """PROGRAM and VOICE where another track acts than the one before."""
        rows = np.flatnonzero(self.turn >= _FIRST_TRACK)
        track = self.turn[rows] - _FIRST_TRACK >> 1
        changes = differs(track)
        rows, track = rows[changes], track[changes]
        program, voice = self.form.programs[track], voices_of(self.form.programs)[track]
        is_other = differs(program)
        says_voice = (voice > 0) | ~is_other
        return rows, [is_other * (self.layout.program + program), says_voice * (self.layout.voice + voice)]

    def _notes(self) -> Part:
        """VELOCITY and DURATION where they differ from those of the track's last note."""
        notes, layout = self.form.notes, self.layout
        order = np.argsort(notes.track, kind="stable")
        is_first = differs(notes.track[order])

        def is_said(column: NDArray[Any]) -> NDArray[np.bool_]:
            said = np.empty(len(order), bool)
            said[order] = is_first | differs(column[order])
            return said

        velocity = is_said(notes.velocity) * (layout.velocity + notes.velocity.astype(np.uint16))
        durations = _sum(notes.duration - 1, layout.duration, layout.long_duration, layout.span)
        says_duration = is_said(notes.duration)
        return self.note_rows, [velocity, *(says_duration * column for column in durations)]


def _sum(steps: NDArray[Any], short: int, long: int, span: int) -> list[Ids]:
    """Columns of the tokens that sum up to `steps`: the long ones, if there are any, longest first; the short one."""
    if steps.max(initial=0) < span:
        return [(steps + short).astype(np.uint16)]
    spans = steps // span
    bits = range(int(spans.max()).bit_length() - 1, -1, -1)
    tokens = [((spans >> bit & 1) * (long + bit)).astype(np.uint16) for bit in bits]
    return [*tokens, (steps - spans * span + short).astype(np.uint16)]
