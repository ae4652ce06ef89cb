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
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from aurl_core.errors import InputError
from aurl_core.files import write_whole
from aurl_core.score.score import Score
from aurl_core.score.time import BarGrid
from aurl_core.tokens import bar_layout as kinds
from aurl_core.tokens.bar_form import BarForm, bar_form_of, score_of_bar_form, voices_of
from aurl_core.tokens.bar_grammar import BarGrammar
from aurl_core.tokens.bar_layout import BarLayout
from aurl_core.tokens.bar_reading import read
from aurl_core.tokens.changes import Column
from aurl_core.tokens.normal_form import Losses
from aurl_core.tokens.params import BarTokenizerConfig
from aurl_core.tokens.vocabulary import BOS, EOS, Vocabulary

Ids = NDArray[np.uint16]
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
        token_ids = np.asarray(ids, np.int64)
        size = self._layout.size
        if len(token_ids) and not 0 <= token_ids.min() <= token_ids.max() < size:
            raise InputError(
                f"ids go from {token_ids.min()} to {token_ids.max()}, the vocabulary's from 0 to {size - 1}"
            )
        return score_of_bar_form(read(token_ids, self._layout), self._layout)

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
    """The ids of a form. What happens is sorted into rows; each row is a few tokens, the last of which is its own."""

    def __init__(self, form: BarForm, layout: BarLayout) -> None:
        self.form = form
        self.layout = layout
        meters = form.meters
        self.bars = BarGrid.of_signatures(
            meters.onset,
            layout.numerator[meters.number],
            layout.denominator[meters.number],
            ticks_per_beat=layout.steps_per_beat,
            end=form.last + 1,
        )
        self.voices = voices_of(form.programs)
        own, onset, turn, source = self._happenings()
        key = onset << _TURN_BITS | turn
        order = np.argsort(key, kind="stable")
        self.key, self.own, self.source = key[order], own[order], source[order]
        self.onset, self.turn = self.key >> _TURN_BITS, self.key & ((1 << _TURN_BITS) - 1)
        self.track = (self.turn - _FIRST_TRACK) // 2
        """Below 0 where no track acts."""

    def ids(self) -> Ids:
        """BOS, what holds from the beginning, the rows, EOS."""
        columns = [*self._position(), *self._track(), *self._note(), self.own]
        rows = np.stack(columns, axis=1, dtype=np.uint16, casting="unsafe")
        opening = [BOS, self.layout.tempo + self.form.tempos.bin[0], *(self.layout.program + self.form.programs)]
        return np.concatenate([np.array(opening, np.uint16), rows[rows > 0], np.array([EOS], np.uint16)])

    def _happenings(self) -> tuple[Column, Column, Column, Column]:
        """The own token of each row, its onset, its turn, and the note it is (-1 if none)."""
        form, layout = self.form, self.layout
        notes, pedals, tempos, meters = form.notes, form.pedals, form.tempos, form.meters
        counts = [len(self.bars), len(meters.onset), len(tempos.onset) - 1, len(pedals.onset), len(notes)]
        own = [
            np.full(counts[0], layout.bar),
            layout.time_signature + meters.number,
            layout.tempo + tempos.bin[1:],
            layout.sustain_off - pedals.down,
            layout.pitch + notes.pitch.astype(np.int64),
        ]
        onset = [self.bars.start, meters.onset, tempos.onset[1:], pedals.onset, notes.onset.astype(np.int64)]
        turn = [
            np.repeat([_BAR, _METER, _TEMPO], counts[:3]),
            _FIRST_TRACK + 2 * pedals.part,
            _FIRST_TRACK + 1 + 2 * notes.track.astype(np.int64),
        ]
        source = [np.full(sum(counts[:4]), -1), np.arange(counts[4])]
        return np.concatenate(own), np.concatenate(onset), np.concatenate(turn), np.concatenate(source)

    def _position(self) -> list[Column]:
        """POSITION where a moment begins, and where a bar is cut, before the BAR of the next."""
        is_bar, speaks = self.turn == _BAR, self.turn >= _TEMPO
        bar = np.cumsum(is_bar) - 1
        moves = np.diff(self.onset, prepend=-1) != 0
        moves |= np.append(True, ~speaks[:-1])
        cut = np.append(False, self.bars.is_cut[:-1])
        steps = self.onset - self.bars.start[bar]
        steps[is_bar] = np.append(0, self.bars.length[:-1])
        says = np.where(is_bar, cut[bar], speaks & moves)
        return _said(says, steps, self.layout.position, self.layout.long_position, self.layout.span)

    def _track(self) -> list[Column]:
        """PROGRAM and VOICE where another track acts than the one before."""
        rows = np.flatnonzero(self.track >= 0)
        track = self.track[rows]
        program, voice = self.form.programs[track], self.voices[track]
        is_other = np.diff(track, prepend=-1) != 0
        is_other_program = np.diff(program, prepend=-1) != 0
        says_voice = np.where(is_other_program, voice > 0, is_other)
        columns = np.zeros((2, len(self.own)), np.int64)
        columns[0, rows] = np.where(is_other_program, self.layout.program + program, 0)
        columns[1, rows] = np.where(says_voice, self.layout.voice + voice, 0)
        return list(columns)

    def _note(self) -> list[Column]:
        """VELOCITY and DURATION where they differ from those of the track's last note."""
        notes, layout = self.form.notes, self.layout
        rows = np.flatnonzero(self.source >= 0)
        order = np.argsort(notes.track, kind="stable")
        is_first = np.diff(notes.track[order].astype(np.int64), prepend=-1) != 0
        velocity, duration = notes.velocity.astype(np.int64), notes.duration.astype(np.int64)

        def differs(column: Column) -> NDArray[np.bool_]:
            changes = np.empty(len(order), bool)
            changes[order] = is_first | (np.diff(column[order], prepend=-1) != 0)
            return changes

        said = [
            np.where(differs(velocity), layout.velocity + velocity, 0),
            *_said(differs(duration), duration - 1, layout.duration, layout.long_duration, layout.span),
        ]
        columns = np.zeros((len(said), len(self.own)), np.int64)
        columns[:, rows] = said
        return list(columns)


def _said(says: NDArray[np.bool_], steps: Column, short: int, long: int, span: int) -> list[Column]:
    """Columns of the tokens that sum up to `steps` where `says`: the long ones, longest first, and the short one."""
    spans, rest = np.divmod(steps, span)
    spans = np.where(says, spans, 0)
    bits = range(int(spans.max(initial=0)).bit_length() - 1, -1, -1)
    return [*(np.where(spans >> bit & 1, long + bit, 0) for bit in bits), np.where(says, short + rest, 0)]
