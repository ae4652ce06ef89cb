import pytest
import torch

from aurl_core.models.params import TransformerConfig
from aurl_core.models.registry import build
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.optimization.optimizers import build_optimizers, set_learning_rate
from aurl_core.training.optimization.params import OptimizerParams


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


def params(kind: str) -> OptimizerParams:
    return OptimizerParams(kind=kind, learning_rate=0.1, weight_decay=0.3, clip_norm=1, warmup_share=0, decay_share=0)


@pytest.mark.parametrize(("kind", "names"), [("muon", ["Muon", "AdamW"]), ("adamw", ["AdamW"])])
def test_every_weight_is_stepped_by_one_optimizer(model, kind, names):
    optimizers = build_optimizers(model, params(kind))
    stepped = [id(p) for optimizer in optimizers for group in optimizer.param_groups for p in group["params"]]
    assert [type(optimizer).__name__ for optimizer in optimizers] == names
    assert sorted(stepped) == sorted(map(id, model.parameters()))


@pytest.mark.parametrize("kind", ["muon", "adamw"])
def test_embeddings_and_norms_do_not_decay(model, kind):
    groups = [group for optimizer in build_optimizers(model, params(kind)) for group in optimizer.param_groups]
    decay = {id(p): group["weight_decay"] for group in groups for p in group["params"]}
    assert decay[id(model.embedding.table.weight)] == decay[id(model.norm.weight)] == 0
    assert decay[id(model.blocks[0].attention.query.weight)] == 0.3


def test_the_learning_rate_reaches_every_group(model):
    optimizers = build_optimizers(model, params("muon"))
    set_learning_rate(optimizers, 0.25)
    assert {group["lr"] for optimizer in optimizers for group in optimizer.param_groups} == {0.25}
