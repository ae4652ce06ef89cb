"""What cannot be trained in several processes is told when params.yaml is read."""

import pytest

from aurl_core.errors import SettingError
from aurl_core.models.params import MODEL_CONFIG
from aurl_core.training.distributed.agreement import check_strategy

LATENT = {"encoder": {"num_layers": 1}, "latent": {"dim": 8, "bars": 2, "phrase_bars": 1}}
GAN = LATENT | {"discriminator": {"num_layers": 3, "dim": 8}, "mode": "vae_gan"}
MULTI_SCALE = {"attention": {"kind": "sliding_window", "window": 8}}


def check(make_recipe, kind, *, model=None, processes=2, **settings):
    recipe = make_recipe(strategy={"kind": kind, "processes": processes, "microbatches": 2}, **settings)
    sections = recipe.model.model_dump() | {"num_layers": 2} | (model or {})
    check_strategy(recipe.train, MODEL_CONFIG.validate_python(sections))


@pytest.mark.parametrize("kind", ["ddp", "fsdp", "tensor", "pipeline"])
def test_every_strategy_takes_a_transformer(make_recipe, kind):
    check(make_recipe, kind)


def test_ddp_takes_a_vae(make_recipe):
    check(make_recipe, "ddp", model=LATENT | {"mode": "vae"})


@pytest.mark.parametrize(
    ("kind", "settings", "told"),
    [
        ("ddp", {"model": GAN}, "model.mode vae_gan"),
        ("fsdp", {"model": LATENT | {"mode": "vae"}}, "model.mode vae"),
        ("ddp", {"batch_size": 5}, "train.batch_size 5"),
        (
            "ddp",
            {"accumulate": 2, "batching": {"kind": "buckets"}, "sequences": {"is_filled": False}},
            "unlike numbers",
        ),
        ("tensor", {"processes": 3, "batch_size": 6}, "model.num_heads 2"),
        ("tensor", {"model": MULTI_SCALE}, "model.attention.kind causal, not of sliding_window"),
        ("pipeline", {"processes": 3}, "model.num_layers 2"),
        ("pipeline", {"batch_size": 5}, "train.strategy.microbatches 2"),
        ("pipeline", {"accumulate": 2}, "train.accumulate 2"),
        ("fsdp", {"averaging": {"kind": "ema"}}, "train.averaging.kind ema"),
        ("fsdp", {"landscape_points": 3}, "train.landscape_points 3"),
        ("tensor", {"losses": {"weights": {"focal": 1}, "balance": "equal"}}, "train.losses.balance equal"),
        ("fsdp", {"optimizer": {"kind": "soap", "learning_rate": 1}}, "train.optimizer.kind soap"),
    ],
)
def test_what_does_not_go_together_is_named(make_recipe, kind, settings, told):
    with pytest.raises(SettingError, match=told):
        check(make_recipe, kind, **settings)


def test_torchrun_has_the_last_word_on_how_many_there_are(make_recipe):
    recipe = make_recipe(strategy={"kind": "ddp", "processes": 2})
    with pytest.raises(SettingError, match=r"train.batch_size 4 cannot be split evenly among 3 processes"):
        check_strategy(recipe.train, recipe.model, num_processes=3)
