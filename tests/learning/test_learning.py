"""That a model learns what it is shown, and from nothing else."""

import pytest
import torch
from pydantic import TypeAdapter

from aurl_core.models.likelihood import IGNORED, Batch, nats
from aurl_core.models.params import TransformerConfig
from aurl_core.models.registry import build
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.optimization.learning_rate import learning_rate_factor
from aurl_core.training.optimization.optimizers import build_optimizers, set_learning_rate
from aurl_core.training.optimization.params import OptimizerParams

VOCAB_SIZE = 23
RATES = {
    "muon": 0.02,
    "adamw": 0.02,
    "lion": 0.005,
    "adan": 0.02,
    "lamb": 0.02,
    "adafactor": 0.01,
    "came": 0.001,
    "ademamix": 0.01,
    "adopt": 0.01,
    "soap": 0.02,
    "prodigy": 0.5,
    "schedule_free": 0.02,
}
"""A learning rate for each kind of optimizer."""


@pytest.fixture
def model():
    config = TransformerConfig(
        mode="transformer",
        num_layers=2,
        num_heads=2,
        model_dim=32,
        feedforward="swiglu",
        feedforward_dim=48,
        context_length=24,
    )
    torch.manual_seed(0)
    return build(config, TokenTraits.blank(VOCAB_SIZE))


@pytest.fixture
def batch() -> Batch:
    ids = torch.randint(VOCAB_SIZE, (4, 25), generator=torch.Generator().manual_seed(2))
    return Batch(ids[:, :-1], ids[:, 1:].clone())


def learn(model, batch: Batch, *, kind: str, num_steps: int, rate: float = 0.02) -> float:
    """Nats per target after so many steps on one batch."""
    settings = TypeAdapter(OptimizerParams).validate_python({"kind": kind, "learning_rate": rate})
    optimizers = build_optimizers(model, settings)
    for step in range(num_steps):
        set_learning_rate(optimizers, rate * learning_rate_factor(step, num_steps, settings.schedule))
        nats(model(batch.token_ids_BT), batch.targets_BT).backward()
        for optimizer in optimizers:
            optimizer.step()
            optimizer.zero_grad()
    return mean_nats(model, batch)


@torch.no_grad()
def mean_nats(model, batch: Batch) -> float:
    return float(nats(model(batch.token_ids_BT), batch.targets_BT)) / int((batch.targets_BT != IGNORED).sum())


@pytest.mark.parametrize(("kind", "rate"), RATES.items())
def test_one_batch_of_noise_is_learnt_by_heart(model, batch, kind, rate):
    assert learn(model, batch, kind=kind, num_steps=80, rate=rate) < 0.05


def test_what_is_ignored_is_not_learnt(model, batch):
    ignored = batch.targets_BT.clone()
    ignored[:, 12:] = IGNORED
    assert learn(model, Batch(batch.token_ids_BT, ignored), kind="muon", num_steps=80) < 0.05
    unseen = Batch(batch.token_ids_BT, torch.where(ignored == IGNORED, batch.targets_BT, IGNORED))
    assert mean_nats(model, unseen) > 3


def test_padding_moves_no_gradient(model, batch):
    """A batch padded at the end teaches what the same batch teaches without padding."""
    padded_ids = torch.cat([batch.token_ids_BT[:, :20], torch.zeros(4, 4, dtype=torch.long)], dim=1)
    padded_targets = torch.cat([batch.targets_BT[:, :20], torch.full((4, 4), IGNORED)], dim=1)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.1)

    def gradients(ids, targets):
        model.zero_grad()
        nats(model(ids), targets).backward()
        return [parameter.grad.clone() for parameter in model.parameters()]

    short = gradients(batch.token_ids_BT[:, :20], batch.targets_BT[:, :20])
    for with_padding, without in zip(gradients(padded_ids, padded_targets), short, strict=True):
        torch.testing.assert_close(with_padding, without, atol=1e-4, rtol=1e-4)
