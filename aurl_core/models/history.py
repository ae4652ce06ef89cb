"""What tokens say of the music so far, read off their ids alone: which notes, in which track, at which time.

What the network makes of it lives elsewhere. Everything is causal: what is read at a token depends on it and those
before. Shapes: B batch, T time (tokens of this call), S tokens in sight (T of this call last), V vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple, Self

import torch
from torch import Tensor, nn

from aurl_core.tokens.traits import TokenTraits
from aurl_core.tokens.vocabulary import BOS

TICKS_PER_BEAT: Final = 480
"""The clock counts in whole numbers, so that it is the same however the tokens are cut into calls."""
NO_PITCH: Final = -1
NO_MOTION: Final = 128
_NO_TOKEN: Final = -1
_VOICES: Final = 32
_BEATS_PER_BAR: Final = 4


class Reading(NamedTuple):
    """What S tokens of each sequence say; each number is what holds once its token has been read."""

    token_ids_BS: Tensor
    """-1 before the first token."""
    pitch_BS: Tensor
    """Of the note that this token begins; `NO_PITCH`: none."""
    motion_BS: Tensor
    """Semitones to that note from the one before it in its track; `NO_MOTION`: no note, or none before it in sight."""
    track_BS: Tensor
    """A number of what plays."""
    bar_BS: Tensor
    """Bars begun since the piece began; where the vocabulary has none, bars of four beats."""
    bar_start_BS: Tensor
    """Ticks since the piece began."""
    bar_ticks_BS: Tensor
    """The bar's length."""
    time_BS: Tensor
    """Ticks since the piece began."""

    @classmethod
    def opening(cls, batch_size: int, *, device: torch.device) -> Self:
        """One column that stands for nothing said yet."""
        column = torch.zeros(batch_size, 1, dtype=torch.long, device=device)
        bar_ticks = column + _BEATS_PER_BAR * TICKS_PER_BEAT
        silence = (column + _NO_TOKEN, column + NO_PITCH, column + NO_MOTION)
        return cls(*silence, column, column, column, bar_ticks, column)

    def last(self, num_tokens: int) -> Self:
        """The last columns."""
        return type(self)(*(column[:, -num_tokens:] for column in self))

    def then(self, later: Self) -> Self:
        """These columns and the ones after."""
        return type(self)(*map(lambda *columns: torch.cat(columns, dim=1), self, later))


@dataclass(slots=True)
class History:
    """The reading of the last tokens of sequences that step together, as many as a query sees."""

    reading: Reading

    def select(self, rows: Tensor) -> None:
        """Keep only the sequences at `rows` (indices or a mask)."""
        self.reading = Reading(*(column[rows] for column in self.reading))


class Reader(nn.Module):
    """Reads tokens by their traits, which are kept with the weights."""

    pitch_V: Tensor
    program_V: Tensor
    voice_V: Tensor
    shift_V: Tensor
    position_V: Tensor
    bar_ticks_V: Tensor
    is_bar_V: Tensor

    def __init__(self, traits: TokenTraits, *, window: int) -> None:
        super().__init__()
        self.window = window
        for name, values in (
            ("pitch_V", traits.pitch_V),
            ("program_V", traits.program_V),
            ("voice_V", traits.voice_V),
            ("shift_V", (traits.shift_beats_V * TICKS_PER_BEAT).round()),
            ("position_V", (traits.position_beats_V * TICKS_PER_BEAT).round()),
            ("bar_ticks_V", (traits.bar_beats_V * TICKS_PER_BEAT).round()),
            ("is_bar_V", traits.is_bar_V),
        ):
            self.register_buffer(name, torch.from_numpy(values.astype("int64")))

    def start(self, batch_size: int) -> History:
        """The history of sequences of which nothing has been read."""
        return History(Reading.opening(batch_size, device=self.pitch_V.device))

    def forward(self, token_ids_BT: Tensor, history: History | None = None) -> Reading:
        """The reading of the tokens in sight, these last; with a history, which goes on, after what it holds.

        What lies `window` tokens or more before a token is in the reading only for the clock and the track to go on.
        """
        before = (history or self.start(len(token_ids_BT))).reading
        reading = self._with_motions(before, before.then(self._go_on(before.last(1), token_ids_BT)))
        if history is not None:
            history.reading = reading.last(self.window)
        return reading

    def _go_on(self, last: Reading, ids_BT: Tensor) -> Reading:
        """The reading of new tokens, of which `last` is the token before."""
        is_start = ids_BT == BOS
        program, voice = self.program_V[ids_BT], self.voice_V[ids_BT]
        programs = _held(last.track_BS // _VOICES, program.where(~is_start, 0), program.ge(0) | is_start)
        voices = _held(last.track_BS % _VOICES, voice.clamp(min=0), program.ge(0) | voice.ge(0) | is_start)
        clock = self._clock(last, ids_BT, is_start)
        pitches = self.pitch_V[ids_BT]
        return Reading(ids_BT, pitches, torch.full_like(pitches, NO_MOTION), programs * _VOICES + voices, *clock)

    def _with_motions(self, before: Reading, reading: Reading) -> Reading:
        """The reading with the motions of the tokens that come after those of `before`."""
        num_new = reading.pitch_BS.shape[1] - before.pitch_BS.shape[1]
        note_BT2 = last_notes(reading, 2, num_new=num_new, window=self.window, same_track=True)
        is_known_BT = (note_BT2[..., 1] != NO_PITCH) & (reading.pitch_BS[:, -num_new:] != NO_PITCH)
        motion_BT = torch.where(is_known_BT, note_BT2[..., 0] - note_BT2[..., 1], NO_MOTION)
        return reading._replace(motion_BS=torch.cat([before.motion_BS, motion_BT], dim=1))

    def _clock(self, last: Reading, ids_BT: Tensor, is_start: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Bars, the bar's start and length, and the time.

        A bar ends where its length says, or at the position said right before the next bar line.
        """
        is_bar = self.is_bar_V[ids_BT].bool()
        position, bar_ticks = self.position_V[ids_BT], self.bar_ticks_V[ids_BT]
        lengths = _held(last.bar_ticks_BS, bar_ticks, bar_ticks > 0)
        bars = _summed(last.bar_BS, is_bar.long(), is_start)
        before_ids = torch.cat([last.token_ids_BS, ids_BT[:, :-1]], 1)
        cut = torch.where(before_ids >= 0, self.position_V[before_ids.clamp(min=0)], -1)
        before_lengths = torch.cat([last.bar_ticks_BS, lengths[:, :-1]], 1)
        ended = torch.where(cut > 0, cut, before_lengths) * (is_bar & (bars > 1))
        starts = _summed(last.bar_start_BS, ended, is_start)
        is_set = is_bar | position.ge(0) | is_start
        passed = self.shift_V[ids_BT].cumsum(1)
        places = _held(last.time_BS - last.bar_start_BS, position.clamp(min=0) - passed, is_set) + passed
        return bars, starts, lengths, starts + places


def _held(first_B1: Tensor, value_BT: Tensor, is_said_BT: Tensor) -> Tensor:
    """At each time the value that was said last; `first_B1` before any."""
    place_BT = torch.arange(1, value_BT.shape[1] + 1, device=value_BT.device)
    said_BT = torch.where(is_said_BT, place_BT, 0).cummax(1).values
    return torch.cat([first_B1, value_BT], 1).gather(1, said_BT)


def _summed(first_B1: Tensor, value_BT: Tensor, is_start_BT: Tensor) -> Tensor:
    """At each time the sum of the values since the last start, which `first_B1` begins where there is none."""
    sum_BT = value_BT.cumsum(1)
    return sum_BT + _held(first_B1, -sum_BT, is_start_BT)


def last_notes(reading: Reading, count: int, *, num_new: int, window: int, same_track: bool = False) -> Tensor:
    """The pitches (B, T, count) of the last notes, the latest first, at each of the last `num_new` tokens, their own
    included; `NO_PITCH` where there are fewer in sight, which is the last `window` tokens.

    With `same_track` the notes are those of what plays at the token.
    """
    track_BS = reading.track_BS if same_track else torch.zeros_like(reading.track_BS)
    length, order_BS = track_BS.shape[1], track_BS.argsort(dim=1, stable=True)
    note_BS = (reading.pitch_BS != NO_PITCH).gather(1, order_BS)
    number_BS = note_BS.cumsum(1)
    room_BS = order_BS.new_zeros(len(order_BS), length + 1)
    place_BS = room_BS.scatter(1, torch.where(note_BS, number_BS, 0), order_BS)
    back_K = torch.arange(count, device=order_BS.device)
    unsorted_BS = torch.empty_like(number_BS).scatter(1, order_BS, number_BS)
    wanted_BTK = unsorted_BS[:, -num_new:, None] - back_K
    found_BTK = place_BS.gather(1, wanted_BTK.clamp(min=0).flatten(1)).view_as(wanted_BTK)
    flat = found_BTK.flatten(1)
    now_T1 = torch.arange(length - num_new, length, device=order_BS.device)[:, None]
    is_in_sight = (wanted_BTK > 0) & (now_T1 - found_BTK < window)
    if same_track:
        is_in_sight &= track_BS.gather(1, flat).view_as(found_BTK) == track_BS[:, -num_new:, None]
    return reading.pitch_BS.gather(1, flat).view_as(found_BTK).where(is_in_sight, NO_PITCH)
