from collections.abc import Callable

import pytest
import torch

from benchmarks.jsb.batches import random_batch, whole_pieces
from benchmarks.jsb.chorales import Chorales
from benchmarks.jsb.features import Features
from benchmarks.jsb.network import ChoraleNetwork, NetworkShape
from benchmarks.jsb.scoring import Averaging, averaged_nats, step_nats
from benchmarks.jsb.training import Trainer, TrainingPlan, batch_loss, rate_share

PLAN = TrainingPlan(num_rows=3, row_steps=24)
MakeChorales = Callable[..., Chorales]
Describe = Callable[[Chorales, Chorales], Features]


@pytest.fixture
def features(make_chorales: MakeChorales, describe: Describe) -> Features:
    chorales = make_chorales(1)
    return describe(chorales, make_chorales(2))


def test_training_lowers_what_the_pieces_cost(features: Features, small_shape: NetworkShape) -> None:
    torch.manual_seed(0)
    trainer = Trainer(features, small_shape, PLAN)
    before = float(step_nats(trainer.average, features).mean())
    trainer.run(60)
    assert float(step_nats(trainer.average, features).mean()) < 0.8 * before


def test_the_same_seed_gives_the_same_network(features: Features, small_shape: NetworkShape) -> None:
    nats = []
    for _ in range(2):
        torch.manual_seed(3)
        trainer = Trainer(features, small_shape, PLAN)
        trainer.run(3)
        nats.append(step_nats(trainer.average, features))
    assert torch.equal(*nats)


def test_padding_costs_nothing(features: Features, small_shape: NetworkShape) -> None:
    torch.manual_seed(0)
    network = ChoraleNetwork(small_shape, features).eval()
    batch = random_batch(features, num_rows=2, num_steps=60, max_shift=0, hidden_share=0.0)
    assert batch.is_real.sum(1).tolist() == [40, 40]
    before = float(batch_loss(network, batch).detach())
    batch.codes[:, 40:] = 0
    assert float(batch_loss(network, batch).detach()) == before


def test_a_row_is_a_stretch_of_one_piece(features: Features) -> None:
    torch.manual_seed(0)
    batch = random_batch(features, num_rows=40, num_steps=16, max_shift=2, hidden_share=0.5)
    stretches = {tuple(features.codes[i : i + 16].flatten().tolist()) for s in (0, 40, 80) for i in range(s, s + 25)}
    assert {tuple(row.flatten().tolist()) for row in batch.codes} <= stretches
    assert set(batch.shifts.tolist()) == {-2, -1, 0, 1, 2}
    assert 5 < int(batch.is_hidden.sum()) < 35


def test_every_step_is_scored_once(features: Features) -> None:
    scored = torch.cat([steps[batch.is_real] for steps, batch in whole_pieces(features, shift=0, is_hidden=False)])
    assert sorted(scored.tolist()) == list(range(120))


def test_averaging_is_of_probabilities(features: Features, small_shape: NetworkShape) -> None:
    torch.manual_seed(0)
    trainer = Trainer(features, small_shape, PLAN)
    trainer.run(5)
    passes = [step_nats(trainer.network, features, shift=shift) for shift in (-1, 2)]
    averaged = averaged_nats(trainer.network, features, Averaging((-1, 2), feature_dropout=0.0))
    torch.testing.assert_close((-averaged).exp(), (-torch.stack(passes)).exp().mean(0))


def test_rates_rise_stay_and_fall() -> None:
    plan = TrainingPlan(warmup_share=0.1, decay_share=0.5)
    assert [round(rate_share(progress, plan), 3) for progress in (0.05, 0.3, 0.75, 1.0)] == [0.5, 1.0, 0.5, 0.0]
