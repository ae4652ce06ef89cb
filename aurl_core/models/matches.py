"""Where what was just said was said before in this piece, and what followed there: looked up, and how much to trust it
learned.

The last 1, 2, 4 ... tokens are looked up as they are, and with each pitch told as the interval from the note before it
in its track, so that a passage is found again in another key. Each stretch is hashed and the hashes are sorted, which
takes O(T log T). Shapes: B batch, T time (tokens of this call), S tokens in sight (T of this call last), D model, L
lengths (the longest first), M matches, V vocabulary.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from aurl_core.models.history import NO_MOTION, NO_PITCH, Reading, last_notes
from aurl_core.models.relative_pitch import NUM_PITCHES, note_ids
from aurl_core.tokens.traits import TokenTraits
from aurl_core.tokens.vocabulary import PAD

LENGTHS: Final = (32, 16, 8, 4, 2, 1)
"""Tokens of the stretches that are looked up; each but the last is twice the next."""
_FIRST_MOTION: Final = -2 - NO_MOTION
"""Motions are numbered down from here, where no token is."""
_INCREMENT: Final = -7046029254386353131
_MULTIPLIERS: Final = (-4658895280553007687, -7723592293110705685)


class Matches(NamedTuple):
    """Of each token the longest stretches that were said before, the longest first."""

    place_BTM: Tensor
    """Which token in sight ended the stretch when it was said last."""
    length_BTM: Tensor
    """How long it is: 0 none, 1 the shortest of `LENGTHS`, and so on."""


class Foretold(NamedTuple):
    """What followed each match."""

    token_ids_BTM: Tensor
    """PAD: none, or nothing that the vocabulary can say."""
    length_BTM: Tensor
    """See `Matches`."""


class MatchedContinuations(nn.Module):
    """What followed the M longest matches of both sorts, as an input and as a push of its logit.

    Read: x += sum_m s_m * e(token_m) + l_m. Foretold: logit(token_m) += w_m x + b_m. The s, l and b are those of the
    match's length. At first both add nothing.
    """

    note_id_P: Tensor

    def __init__(self, traits: TokenTraits, *, model_dim: int, num_matches: int) -> None:
        super().__init__()
        self.num_matches = num_matches
        sorts = (2 * num_matches, len(LENGTHS) + 1)
        self.scale = nn.Parameter(torch.zeros(*sorts, model_dim))
        self.length = nn.Parameter(torch.zeros(*sorts, model_dim))
        self.trust = nn.Parameter(torch.zeros(sorts))
        self.push = nn.Linear(model_dim, 2 * num_matches, bias=False)
        nn.init.zeros_(self.push.weight)
        self.register_buffer("note_id_P", note_ids(traits))

    def find(self, reading: Reading, *, num_new: int, window: int) -> Foretold:
        """What followed the matches of the last `num_new` tokens: those of the tokens themselves, then the others."""
        said_BS = reading.token_ids_BS
        in_any_key_BS = torch.where(reading.pitch_BS != NO_PITCH, _FIRST_MOTION - reading.motion_BS, said_BS)
        exact, moved = (
            longest_matches(symbol_BS, self.num_matches, num_new=num_new, window=window)
            for symbol_BS in (said_BS, in_any_key_BS)
        )
        now_BT1 = last_notes(reading, 1, num_new=num_new, window=window, same_track=True)
        ids_BTM = torch.cat([_followed(said_BS, exact), self._moved(reading, moved, now_BT1)], dim=-1)
        length_BTM = torch.cat([exact.length_BTM, moved.length_BTM], dim=-1)
        return Foretold(ids_BTM.where(length_BTM > 0, PAD), length_BTM)

    def forward(self, foretold: Foretold, embedded_BTMD: Tensor) -> Tensor:
        """What the foretold tokens, embedded, say to the stream, x_BTD."""
        row_BTM = self._rows(foretold)
        scale_BTMD, length_BTMD = (F.embedding(row_BTM, table.flatten(0, 1)) for table in (self.scale, self.length))
        return (embedded_BTMD * scale_BTMD + length_BTMD).sum(dim=2)

    def score(self, logits_BTV: Tensor, x_BTD: Tensor, foretold: Foretold) -> Tensor:
        """The logits with what is foretold pushed."""
        push_BTM = self.push(x_BTD) + F.embedding(self._rows(foretold), self.trust.view(-1, 1))[..., 0]
        push_BTM = push_BTM * (foretold.token_ids_BTM != PAD)
        return logits_BTV.scatter_add(-1, foretold.token_ids_BTM, push_BTM.to(logits_BTV.dtype))

    def _moved(self, reading: Reading, matches: Matches, now_BT1: Tensor) -> Tensor:
        """What followed, notes as far from the track's last note as they were; PAD where there is no such note."""
        pitch_BTM = now_BT1 + _followed(reading.motion_BS, matches)
        is_said_BTM = (now_BT1 != NO_PITCH) & (pitch_BTM >= 0) & (pitch_BTM < NUM_PITCHES)
        note_BTM = self.note_id_P[pitch_BTM.clamp(0, NUM_PITCHES - 1)].clamp(min=PAD).where(is_said_BTM, PAD)
        is_note_BTM = _followed(reading.pitch_BS, matches) != NO_PITCH
        return torch.where(is_note_BTM, note_BTM, _followed(reading.token_ids_BS, matches))

    def _rows(self, foretold: Foretold) -> Tensor:
        """Which row of the tables, laid end to end, each match's sort and length have."""
        num_sorts, num_lengths = self.trust.shape
        return torch.arange(num_sorts, device=self.trust.device) * num_lengths + foretold.length_BTM


def longest_matches(symbol_BS: Tensor, count: int, *, num_new: int, window: int) -> Matches:
    """The `count` longest stretches ending at each of the last `num_new` symbols that ended at different places before.

    Of every length the latest stretch counts if all of it is in sight, which is the last `window` symbols.
    """
    place_BTL = latest_before(stretch_hashes(symbol_BS))[..., -num_new:].transpose(1, 2)
    now_T1 = torch.arange(symbol_BS.shape[1] - num_new, symbol_BS.shape[1], device=symbol_BS.device)[:, None]
    length_L = torch.tensor(LENGTHS, device=symbol_BS.device)
    place_BTL = torch.where(now_T1 - place_BTL + length_L <= window, place_BTL, -1)
    is_longer = torch.ones(len(LENGTHS), len(LENGTHS), dtype=torch.bool, device=symbol_BS.device).tril(-1)
    is_known_BTL = ((place_BTL[..., :, None] == place_BTL[..., None, :]) & is_longer).any(dim=-1)
    rank_L = torch.arange(len(LENGTHS), 0, -1, device=symbol_BS.device)
    length_BTM, which_BTM = torch.where((place_BTL >= 0) & ~is_known_BTL, rank_L, 0).topk(count, dim=-1)
    return Matches(place_BTL.gather(-1, which_BTM), length_BTM)


def stretch_hashes(symbol_BS: Tensor) -> Tensor:
    """A hash of the symbols up to each place, for each of `LENGTHS`, (B, L, S); where there are fewer, of its own."""
    hashes = [_mixed(symbol_BS)]
    place_S = torch.arange(symbol_BS.shape[1], device=symbol_BS.device)
    for length in reversed(LENGTHS[1:]):
        before_BS = F.pad(hashes[-1], (length, 0))[:, : len(place_S)]
        hashes.append(torch.where(place_S < length, place_S, _mixed(_mixed(before_BS) + hashes[-1])))
    return torch.stack(hashes[::-1], dim=1)


def latest_before(hash_BLS: Tensor) -> Tensor:
    """The latest earlier place of the same hash; -1: none."""
    sorted_BLS, order_BLS = hash_BLS.sort(dim=-1, stable=True)
    is_again_BLS = sorted_BLS[..., 1:] == sorted_BLS[..., :-1]
    before_BLS = F.pad(torch.where(is_again_BLS, order_BLS[..., :-1], -1), (1, 0), value=-1)
    return torch.empty_like(order_BLS).scatter(-1, order_BLS, before_BLS)


def _followed(value_BS: Tensor, matches: Matches) -> Tensor:
    """The values right after the places of the matches; any where there is none."""
    after_BTM = (matches.place_BTM + 1).clamp(max=value_BS.shape[1] - 1)
    return value_BS.gather(1, after_BTM.flatten(1)).view_as(after_BTM)


def _mixed(number: Tensor) -> Tensor:
    """64-bit numbers that look random, as splitmix64 mixes them (Steele et al. 2014,
    https://doi.org/10.1145/2714064.2660195)."""
    number = number + _INCREMENT
    for multiplier, shift in zip(_MULTIPLIERS, (30, 27), strict=True):
        number = (number ^ (number >> shift)) * multiplier
    return number ^ (number >> 31)
