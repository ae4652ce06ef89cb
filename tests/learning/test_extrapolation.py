"""That a model trained on short passages knows as much in pieces four times as long, which it reads as generation does:
step by step, with as much in sight as it was trained on."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from aurl_core.models.likelihood import Batch, nats
from aurl_core.models.params import TransformerConfig
from aurl_core.models.registry import build
from aurl_core.tokens.traits import TokenTraits
from aurl_core.tokens.vocabulary import BOS
from aurl_core.training.optimization.optimizers import build_optimizers
from aurl_core.training.optimization.params import MuonParams

SHORT, LONG = 32, 128
Pieces = Callable[..., Batch]
FIRST_SHIFT, FIRST_NOTE, NUM_NOTES = 4, 7, 8


def traits() -> TokenTraits:
    """Three shifts of half a beat, one beat and one and a half; then eight notes."""
    known = TokenTraits.blank(FIRST_NOTE + NUM_NOTES)
    known.shift_beats_V[FIRST_SHIFT:FIRST_NOTE] = [0.5, 1, 1.5]
    known.pitch_V[FIRST_NOTE:] = 60 + np.arange(NUM_NOTES)
    return known


def told_by_the_place(number: int, length: int, *, seed: int) -> Batch:
    """BOS, then shifts at random, each followed by a note. Two in three notes are told by the place in a bar of four
    beats, the others are drawn at random, so that the last note does not tell the place."""
    random = torch.Generator().manual_seed(seed)
    shift = torch.randint(3, (number, length // 2), generator=random)
    note = (1 + shift).cumsum(1) % NUM_NOTES
    is_noise = torch.rand(note.shape, generator=random) < 1 / 3
    note = torch.where(is_noise, torch.randint(NUM_NOTES, note.shape, generator=random), note)
    tokens = torch.stack([FIRST_SHIFT + shift, FIRST_NOTE + note], dim=-1).flatten(1)
    return begun(tokens)


def told_by_the_past(number: int, length: int, *, seed: int) -> Batch:
    """BOS, then five tokens drawn at random, again and again."""
    random = torch.Generator().manual_seed(seed)
    figure = torch.randint(FIRST_SHIFT, FIRST_NOTE + NUM_NOTES, (number, 5), generator=random)
    return begun(figure.repeat(1, 1 + length // 5)[:, :length])


def begun(tokens: torch.Tensor) -> Batch:
    ids = torch.cat([torch.full((len(tokens), 1), BOS), tokens], dim=1)
    return Batch(ids[:, :-1], ids[:, 1:])


def learned(positions: str, pieces: Pieces) -> torch.nn.Module:
    config = TransformerConfig(
        mode="transformer", num_layers=2, num_heads=2, model_dim=32, feedforward="swiglu", feedforward_dim=64,
        context_length=SHORT, positions=positions,
    )  # fmt: skip
    torch.manual_seed(0)
    model = build(config, traits())
    settings = MuonParams(learning_rate=0.01)
    optimizers = build_optimizers(model, settings)
    for step in range(150):
        batch = pieces(32, SHORT, seed=step)
        (nats(model(batch.token_ids_BT), batch.targets_BT) / batch.targets_BT.numel()).backward()
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
    return model.eval()


@torch.no_grad()
def nats_per_token(model: torch.nn.Module, pieces: Pieces, start: int, end: int) -> float:
    """Of the tokens from `start` to `end` of pieces that none was trained on."""
    batch = pieces(64, LONG, seed=10_000)
    cache = model.start_cache(64)
    logits_BTV = torch.cat([model(part, cache=cache) for part in batch.token_ids_BT.split(8, dim=1)], dim=1)
    return float(nats(logits_BTV[:, start:end], batch.targets_BT[:, start:end])) / (64 * (end - start))


BEST = (np.log(3) - 0.708333 * np.log(0.708333) - 7 * 0.0416667 * np.log(0.0416667)) / 2
"""Nats a token of who knows the place: a shift is one of three, a note the place's with 2/3 + 1/24, else another."""


@pytest.mark.parametrize("positions", ["rotary", "musical"])
def test_what_comes_round_is_known_at_four_times_the_length(positions):
    model = learned(positions, told_by_the_past)
    near, far = (nats_per_token(model, told_by_the_past, *span) for span in ((SHORT // 2, SHORT), (LONG // 2, LONG)))
    assert far < near + 0.1 < 0.3


def test_places_are_known_at_four_times_the_length():
    musical = learned("musical", told_by_the_place)
    assert nats_per_token(musical, told_by_the_place, SHORT // 2, SHORT) < 1.1 * BEST
    assert nats_per_token(musical, told_by_the_place, LONG // 2, LONG) < 1.1 * BEST
    rotary = learned("rotary", told_by_the_place)
    assert nats_per_token(rotary, told_by_the_place, LONG // 2, LONG) > 1.15 * BEST
