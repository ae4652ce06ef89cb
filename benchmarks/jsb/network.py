"""The network: a transformer over the steps, and a small one that writes a step's voices one after another.

B rows, T steps, 4 voices, D width of steps, E of voices, C codes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from benchmarks.jsb.batches import Batch
from benchmarks.jsb.chorales import NUM_CODES, NUM_VOICES, REACH
from benchmarks.jsb.features import NUM_HISTOGRAMS, NUM_REFERENCES, Features
from benchmarks.jsb.layers import Dropout, FeatureTable, FeedForward, StepLayer, WindowSum, normalize

LOWEST_PITCH, NUM_PITCHES = 24, 72
MIDDLE_PITCH = 56
"""What absolute pitches are told from."""
REFERENCE_REACH = 24
"""References are told up to so many semitones from the voice's last pitch."""
INTERVAL_WIDTH = 2 * REFERENCE_REACH + NUM_CODES


@dataclass(frozen=True)
class NetworkShape:
    step_dim: int = 128
    voice_dim: int = 96
    num_layers: int = 4
    num_voice_layers: int = 2
    head_dim: int = 64
    token_shifts: tuple[int, ...] = (0, 1, 2, 4, 16)
    dropout: float = 0.2
    """Of what the layers add, and half of it of what goes into the first layer and, from the last, to the voices."""
    retrieving_dropout: float = 0.5
    """The same where matches in training pieces are told, with which a network overfits sooner."""
    feature_dropout: float = 0.4
    """Of single features."""
    max_shift: int = 5
    """Rows are transposed by up to so many semitones."""
    is_relative: bool = True
    """Whether a pitch is told from the voice's last, the other voices' and the one's before; else by itself alone."""


class ChoraleNetwork(nn.Module):
    """Logits of every voice's code at every step, from the steps before it and the voices before it in the step."""

    def __init__(self, shape: NetworkShape, features: Features) -> None:
        super().__init__()
        self.shape = shape
        D, E = shape.step_dim, shape.voice_dim  # noqa: N806
        num_votes = features.votes.shape[2]
        dropout = shape.retrieving_dropout if features.is_retrieved_vote.any() else shape.dropout
        num_pitch_ids = NUM_VOICES * NUM_PITCHES + 2 * shape.max_shift + 1
        self.step_table = FeatureTable(features.num_step_ids, D, shape.feature_dropout)
        self.pitch_table = FeatureTable(num_pitch_ids, D, shape.feature_dropout)
        self.voice_table = FeatureTable(features.num_voice_ids, E, shape.feature_dropout)
        self.layers = nn.ModuleList(
            StepLayer(D, shape.head_dim, shape.token_shifts, dropout) for _ in range(shape.num_layers)
        )
        self.from_steps = nn.Linear(D, NUM_VOICES * E, bias=False)
        self.from_evidence = nn.Linear(num_votes * NUM_CODES + NUM_HISTOGRAMS * 12, E, bias=False)
        self.voice_layers = nn.ModuleList(FeedForward(E, 2) for _ in range(shape.num_voice_layers))
        self.dropout, self.input_dropout = Dropout(dropout), Dropout(dropout / 2)
        self.code_head = nn.Linear(E, NUM_CODES)
        self.reference_head = nn.Linear(E, (NUM_REFERENCES + 1) * INTERVAL_WIDTH, bias=False)
        self.evidence_head = nn.Linear(E, num_votes + 2 * NUM_HISTOGRAMS)
        for head in (self.code_head, self.reference_head, self.evidence_head):
            nn.init.zeros_(head.weight)
        nn.init.zeros_(self.evidence_head.bias)
        self.retrieved = (features.is_retrieved_step, features.is_retrieved_voice, features.is_retrieved_vote)

    def inner_parts(self) -> tuple[nn.Module, ...]:
        """What lies between tables and heads: matrices all."""
        return self.layers, self.voice_layers, self.from_steps

    def drop_features_while_scoring(self, rate: float) -> None:
        for table in (self.step_table, self.pitch_table, self.voice_table):
            table.scoring_rate = rate

    def forward(self, batch: Batch) -> Tensor:
        """(B, T, 4, C)."""
        is_hidden = batch.is_hidden[:, None, None]
        step_hidden, voice_hidden, vote_hidden = (is_hidden & column for column in self.retrieved)
        batch = replace(batch, votes=batch.votes * ~vote_hidden[:, :, None, :, None])
        h = self.step_table(batch.step_ids, step_hidden) + self.pitch_table(self.pitch_ids(batch))
        h = self.input_dropout(h)
        for layer in self.layers:
            h = layer(h)
        z = self.voice_table(batch.voice_ids, voice_hidden[:, :, None])
        z = z + self.input_dropout(self.from_steps(normalize(h))).view_as(z)
        z = z + self.from_evidence(torch.cat([batch.votes.flatten(3), 4 * batch.histograms.flatten(3)], dim=-1))
        for layer in self.voice_layers:
            z = z + self.dropout(layer(normalize(z)))
        z = normalize(z)
        return self.motion_logits(batch, z) + self.evidence_logits(batch, z)

    def pitch_ids(self, batch: Batch) -> Tensor:
        """(B, T, 5): the transposed pitches before the step, and by how much the row is transposed."""
        shifts = batch.shifts[:, None, None]
        pitches = batch.last_pitches + shifts - LOWEST_PITCH + torch.arange(NUM_VOICES) * NUM_PITCHES
        shift_ids = (shifts + self.shape.max_shift + NUM_VOICES * NUM_PITCHES).expand(*pitches.shape[:2], 1)
        return torch.cat([pitches, shift_ids], dim=-1)

    def motion_logits(self, batch: Batch, z: Tensor) -> Tensor:
        """A code's logit by itself, and by the interval from each reference and from a fixed pitch."""
        middle = MIDDLE_PITCH - (batch.last_pitches + batch.shifts[:, None, None])
        references = torch.cat([batch.references, middle[..., None]], dim=-1)
        begin = REFERENCE_REACH - references.clamp(-REFERENCE_REACH, REFERENCE_REACH)
        by_interval = self.reference_head(z).view(*begin.shape, INTERVAL_WIDTH)
        if not self.shape.is_relative:
            summed: Tensor = WindowSum.apply(by_interval[..., -1:, :], begin[..., -1:])  # type: ignore[no-untyped-call]
            return summed.float()
        logits: Tensor = self.code_head(z) + WindowSum.apply(by_interval, begin)  # type: ignore[no-untyped-call]
        return logits.float()

    def evidence_logits(self, batch: Batch, z: Tensor) -> Tensor:
        """A code's logit by how many matches vote for it, and how much its pitch class was heard lately."""
        motions = torch.arange(NUM_CODES) - REACH
        heard = batch.histograms[..., motions % 12] * (motions <= REACH)
        evidence = torch.cat([(batch.votes + 0.003).log(), heard, (heard + 0.01).log()], dim=3)
        return torch.einsum("btvk,btvkc->btvc", self.evidence_head(z).float(), evidence.float())
