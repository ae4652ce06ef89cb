import copy
import io
from typing import get_args

import pytest
import torch
from pydantic import TypeAdapter

from aurl_core.models.params import TransformerConfig
from aurl_core.models.registry import build
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.optimization.optimizers import build_optimizers, set_learning_rate, show_means
from aurl_core.training.optimization.params import OptimizerParams

KINDS = [get_args(member.model_fields["kind"].annotation)[0] for member in get_args(get_args(OptimizerParams)[0])]


@pytest.fixture
def model() -> torch.nn.Module:
    config = TransformerConfig(
        mode="transformer",
        num_layers=1,
        num_heads=1,
        model_dim=8,
        feedforward="gelu",
        feedforward_dim=8,
        context_length=4,
    )
    return build(config, TokenTraits.blank(5))


def params(kind: str, **settings) -> OptimizerParams:
    settings = {"kind": kind, "learning_rate": 0.1, "weight_decay": 0.3} | settings
    return TypeAdapter(OptimizerParams).validate_python(settings)


def groups_of(model, settings) -> list[dict]:
    return [group for optimizer in build_optimizers(model, settings) for group in optimizer.param_groups]


@pytest.mark.parametrize(("kind", "names"), [("muon", ["Muon", "AdamW"]), ("adamw", ["AdamW"]), ("lion", ["Lion"])])
def test_a_kind_is_the_optimizer_of_its_name(model, kind, names):
    assert [type(optimizer).__name__ for optimizer in build_optimizers(model, params(kind))] == names


@pytest.mark.parametrize("kind", KINDS)
def test_every_weight_is_stepped_by_one_optimizer(model, kind):
    stepped = [id(weight) for group in groups_of(model, params(kind)) for weight in group["params"]]
    assert sorted(stepped) == sorted(map(id, model.parameters()))


@pytest.mark.parametrize("kind", KINDS)
def test_embeddings_and_norms_do_not_decay_unless_told(model, kind):
    def decays(**settings) -> list[float]:
        groups = groups_of(model, params(kind, **settings))
        decay = {id(weight): group["weight_decay"] for group in groups for weight in group["params"]}
        weights = model.blocks[0].attention.query.weight, model.embedding.table.weight, model.norm.weight
        return [decay[id(weight)] for weight in weights]

    assert decays() == [0.3, 0, 0]
    assert decays(embeddings={"weight_decay": 0.1}, vectors={"weight_decay": 0.2}) == [0.3, 0.1, 0.2]


@pytest.mark.parametrize("kind", KINDS)
def test_decay_is_apart_from_the_gradient(model, kind):
    """Without a gradient a matrix shrinks by the rate times its decay, and nothing else happens; SOAP takes no first
    step, and Prodigy's rate begins at its guess."""
    optimizers, matrix = build_optimizers(model, params(kind)), model.blocks[0].attention.query.weight
    before = matrix.detach().clone()
    for weight in model.parameters():
        weight.grad = torch.zeros_like(weight)
    for optimizer in optimizers:
        optimizer.step()
    rate = {"soap": 0.0, "prodigy": 0.1e-5}.get(kind, 0.1)
    torch.testing.assert_close(matrix.detach(), before * (1 - rate * 0.3), rtol=1e-6, atol=0)


def test_the_learning_rate_reaches_every_group_times_its_factor(model):
    optimizers = build_optimizers(model, params("muon", embeddings={"learning_rate_factor": 0.5}))
    set_learning_rate(optimizers, 0.25)
    assert [group["lr"] for optimizer in optimizers for group in optimizer.param_groups] == [0.25, 0.125, 0.25]


def stepped(model, optimizers, *, first: int, last: int) -> None:
    for step in range(first, last):
        random = torch.Generator().manual_seed(step)
        for weight in model.parameters():
            weight.grad = torch.randn(weight.shape, generator=random)
        for optimizer in optimizers:
            optimizer.step()


@pytest.mark.parametrize("kind", KINDS)
def test_an_optimizer_goes_on_from_its_state_to_the_bit(model, kind):
    whole, stopped, resumed = (copy.deepcopy(model) for _ in range(3))
    stepped(whole, build_optimizers(whole, params(kind)), first=0, last=14)
    before, after = (build_optimizers(one, params(kind)) for one in (stopped, resumed))
    stepped(stopped, before, first=0, last=7)
    file = io.BytesIO()
    torch.save([stopped.state_dict(), *(optimizer.state_dict() for optimizer in before)], file)
    weights, *states = torch.load(io.BytesIO(file.getvalue()), weights_only=True)
    resumed.load_state_dict(weights)
    for optimizer, state in zip(after, states, strict=True):
        optimizer.load_state_dict(state)
    stepped(resumed, after, first=7, last=14)
    assert all(map(torch.equal, whole.parameters(), resumed.parameters()))


def test_the_mean_of_a_schedule_free_optimizer_is_shown_and_what_learns_is_left(model):
    optimizers = build_optimizers(model, params("schedule_free"))
    stepped(model, optimizers, first=0, last=3)
    learning = {weight: weight.data for weight in model.parameters()}
    copies = {weight: weight.data.clone() for weight in model.parameters()}
    show_means(optimizers)
    assert not torch.equal(model.embedding.table.weight, copies[model.embedding.table.weight])
    assert all(torch.equal(data, copies[weight]) for weight, data in learning.items())
    assert {group["train_mode"] for group in optimizers[0].param_groups} == {True}
