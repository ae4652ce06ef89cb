import pytest

from aurl_core.losses.params import LossParams
from aurl_core.models.params import MODEL_CONFIG
from aurl_core.training.agreement import check_loading, check_losses, check_steps
from aurl_core.training.params import TrainParams

WIDTHS = {"num_layers": 1, "num_heads": 1, "model_dim": 8, "feedforward": "gelu", "feedforward_dim": 8}
TRANSFORMER = WIDTHS | {"mode": "transformer", "context_length": 64}
VAE = TRANSFORMER | {"mode": "vae", "encoder": {"num_layers": 1}, "latent": {"dim": 8}}
FLOW = VAE | {"latent": {"dim": 8, "prior": {"kind": "flow"}}}
VAE_GAN = VAE | {"mode": "vae_gan", "discriminator": {}}


@pytest.mark.parametrize(
    ("model", "names", "message"),
    [
        (TRANSFORMER, ["kl"], r"kl: needs latents, which model\.mode transformer does not make"),
        (VAE, ["kl", "hinge_critic"], r"hinge_critic: needs critic, which model\.mode vae does not make"),
        (VAE, ["focal"], "nothing keeps the latents near their prior.* put kl, kl_free_bits or kl_capacity there"),
        (VAE, ["kl_prior", "orthogonality"], None),
        (
            FLOW,
            ["kl", "kl_prior"],
            r"kl: the prior 'flow' .* is learnt, and kl_prior alone",
        ),
        (FLOW, ["focal"], "without a divergence: the prior 'flow'"),
        (FLOW, ["kl_prior"], None),
        (VAE_GAN, ["kl", "hinge_generator"], "vae_gan has a discriminator.* put one of hinge_critic, .* there"),
        (VAE_GAN, ["kl", "hinge_critic"], "vae_gan has a generator.* put one of hinge_generator, .* there"),
        (VAE_GAN, ["kl", "hinge_critic", "hinge_generator"], None),
    ],
)
def test_losses_suit_the_network(model, names, message):
    losses, config = LossParams(weights=dict.fromkeys(names, 1.0)), MODEL_CONFIG.validate_python(model)
    if message is None:
        assert check_losses(losses, config) is None
    else:
        with pytest.raises(ValueError, match=message):
            check_losses(losses, config)


UNFILLED = {"sequences": {"is_filled": False}}
BUCKETS = {"batching": {"kind": "buckets"}}
SHORT = {"curriculum": {"length": {"start": 16}}}


@pytest.mark.parametrize(
    ("model", "settings", "message"),
    [
        (TRANSFORMER, BUCKETS, r"buckets sorts windows by length.* set is_filled false, or take windows"),
        (TRANSFORMER, BUCKETS | UNFILLED, None),
        (VAE, BUCKETS, None),
        (VAE_GAN, BUCKETS, "vae_gan makes segments ahead in batches of one size; take windows"),
        (TRANSFORMER, SHORT, None),
        (TRANSFORMER, SHORT | UNFILLED, r"start 16 cuts full windows.* those of train\.sequences\.is_filled false"),
        (VAE, SHORT, "start 16 cuts full windows.* segments of bars are not always full"),
        (TRANSFORMER, {"curriculum": {"length": {"start": 33}}}, "start 33: the full context .* 64 cannot be halved"),
    ],
)
def test_batches_suit_the_network(make_recipe, model, settings, message):
    train = TrainParams.model_validate(make_recipe().train.model_dump() | settings)
    config = MODEL_CONFIG.validate_python(model)
    if message is None:
        assert check_loading(train, config) is None
    else:
        with pytest.raises(ValueError, match=message):
            check_loading(train, config)


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"accumulate": 2}, r"train\.accumulate 2.*take 1"), ({"precision": "fp16"}, r"train\.precision fp16.*take auto")],
)
def test_a_game_takes_whole_steps_of_plain_losses(make_recipe, settings, message):
    train = make_recipe(**settings).train
    assert check_steps(train, MODEL_CONFIG.validate_python(VAE)) is None
    with pytest.raises(ValueError, match=message):
        check_steps(train, MODEL_CONFIG.validate_python(VAE_GAN))
