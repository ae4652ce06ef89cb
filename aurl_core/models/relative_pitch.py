"""Pitches foretold as intervals from the last notes: what is learned in one key is known in all.

The references of a token are the last notes before what it foretells and the last ones of the track that plays. Shapes:
B batch, T time, D model, K references, R interval scores, P the 128 pitches, V vocabulary.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from aurl_core.models.history import NO_PITCH, Reading, last_notes
from aurl_core.tokens.traits import TokenTraits

REACH: Final = 24
"""The largest interval that is told from others, in semitones."""
NUM_PITCHES: Final = 128
_SAME_TRACK: Final = 2
_INTERVALS: Final = 2 * REACH + 1
_NOWHERE: Final = NUM_PITCHES + 2 * REACH
"""Where the scores of missing references are put: past those of all pitches."""


class RelativePitches(nn.Module):
    """logit(pitch p) += sum_k (W_k x)[p - r_k], which is added to what the tied embedding gives p itself.

    Farther intervals and missing references add nothing, and so does at first everything.
    """

    note_id_P: Tensor

    def __init__(self, traits: TokenTraits, *, model_dim: int, num_notes: int) -> None:
        super().__init__()
        self.num_notes = num_notes
        self.num_references = num_notes + _SAME_TRACK
        self.scores = nn.Linear(model_dim, self.num_references * _INTERVALS, bias=False)
        nn.init.zeros_(self.scores.weight)
        self.register_buffer("note_id_P", note_ids(traits))

    def references(self, reading: Reading, *, num_new: int, window: int) -> Tensor:
        """reference_BTK: pitches, the latest first; `NO_PITCH` where there are fewer."""
        notes = last_notes(reading, self.num_notes, num_new=num_new, window=window)
        of_track = last_notes(reading, _SAME_TRACK, num_new=num_new, window=window, same_track=True)
        return torch.cat([notes, of_track], dim=-1)

    def forward(self, logits_BTV: Tensor, x_BTD: Tensor, reference_BTK: Tensor) -> Tensor:
        """The logits with what the intervals say of the notes."""
        score_BTR = self.scores(x_BTD).float()
        lowest_BTK = reference_BTK.where(reference_BTK != NO_PITCH, _NOWHERE)
        place_BTR = (lowest_BTK[..., None] + torch.arange(_INTERVALS, device=x_BTD.device)).flatten(2)
        room_BTR = score_BTR.new_zeros(*x_BTD.shape[:2], _NOWHERE + _INTERVALS)
        score_BTP = room_BTR.scatter_add(-1, place_BTR, score_BTR)[..., REACH : REACH + NUM_PITCHES]
        has_token_P = self.note_id_P >= 0
        score_BTP = (score_BTP * has_token_P).to(logits_BTV.dtype)
        return logits_BTV.index_add(-1, self.note_id_P.clamp(min=0), score_BTP)


def note_ids(traits: TokenTraits) -> Tensor:
    """The id of the token that begins a note of each pitch, (P); -1: none."""
    ids = torch.full((NUM_PITCHES,), -1)
    pitch_V = torch.from_numpy(traits.pitch_V).long()
    tokens = torch.nonzero(pitch_V >= 0)[:, 0]
    ids[pitch_V[tokens]] = tokens
    return ids
