import pytest

from aurl_core.augmentation.params import AugmentParams
from aurl_core.errors import SettingError
from aurl_core.models.params import MODEL_CONFIG
from aurl_core.training.protocol.plan import check_training, stages_of

WIDTHS = {"num_layers": 1, "num_heads": 1, "model_dim": 8, "feedforward": "gelu", "feedforward_dim": 8}
TRANSFORMER = WIDTHS | {"mode": "transformer", "context_length": 64}
VAE = TRANSFORMER | {"mode": "vae", "encoder": {"num_layers": 1}, "latent": {"dim": 8}}
VAE_GAN = VAE | {"mode": "vae_gan", "discriminator": {}}
POLISH = {"name": "polish", "budget_share": 0.25, "train": {"optimizer": {"learning_rate": 0.001}}}
PRETRAIN = {"name": "pretrain", "budget_share": 0.75}


@pytest.fixture
def params(make_recipe):
    """The train section with a protocol, and other settings."""
    return lambda protocol, **settings: make_recipe(protocol=protocol, **settings).train


def test_without_stages_there_is_one_as_the_settings_are(params):
    train = params({})
    assert stages_of(train, AugmentParams()) == [("", train, AugmentParams())]


def test_a_stage_is_the_settings_with_what_differs(params):
    train = params({"stages": [PRETRAIN, POLISH | {"augment": {"stretch": {"chance": 0.5}}}], "warm_start": "x"})
    pretrain, polish = stages_of(train, AugmentParams())
    assert (pretrain.train.budget_tokens, polish.train.budget_tokens) == (768, 256)
    assert (pretrain.train.optimizer, polish.train.optimizer.learning_rate) == (train.optimizer, 0.001)
    assert polish.train.optimizer.kind == train.optimizer.kind
    assert (pretrain.augment, polish.augment.stretch.chance) == (AugmentParams(), 0.5)
    assert polish.train.protocol == train.protocol.model_copy(update={"stages": ()})


def test_weights_of_losses_are_replaced_as_a_whole(params):
    losses = {"train": {"losses": {"weights": {"focal": 1.0}}}}
    train = params({"stages": [PRETRAIN, POLISH | losses]}, losses={"weights": {"plain_cross_entropy": 1.0}})
    assert stages_of(train, AugmentParams())[1].train.losses.weights == {"focal": 1.0}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"train": {"batch_sise": 3}}, r"stages polish: batch_sise: Extra"),
        ({"train": {"optimizer": {"learning_rate": -1}}}, r"polish: optimizer\.muon\.learning_rate: .*greater than 0"),
        ({"train": {"protocol": {"stages": [PRETRAIN]}}}, "a stage has no stages of its own"),
    ],
)
def test_what_a_stage_cannot_be_is_named(params, change, message):
    with pytest.raises(SettingError, match=message):
        stages_of(params({"stages": [PRETRAIN, POLISH | change]}), AugmentParams())


@pytest.mark.parametrize(
    ("stages", "message"),
    [
        ([PRETRAIN, PRETRAIN], "pretrain, pretrain: two have one name"),
        ([PRETRAIN], r"budget_share of pretrain come to 0\.75 .* must come to 1"),
    ],
)
def test_stages_share_one_budget_under_their_names(params, stages, message):
    with pytest.raises(ValueError, match=message):
        params({"stages": stages})


LORA = {"lora": {"rank": 2}}
TAUGHT = {"weights": {"distillation": 1.0}}


@pytest.mark.parametrize(
    ("protocol", "settings", "model", "message"),
    [
        (LORA, {}, TRANSFORMER, "adapters change a trained network"),
        (LORA | {"warm_start": "x"}, {}, TRANSFORMER, None),
        (LORA | {"warm_start": "x"}, {"losses": {"weights": {"plain_cross_entropy": 1, "kl": 1}}}, VAE, None),
        ({"stages": [PRETRAIN, POLISH | {"train": {"protocol": LORA}}]}, {}, TRANSFORMER, None),
        ({"stages": [PRETRAIN | {"train": {"protocol": LORA}}, POLISH]}, {}, TRANSFORMER, "adapters change a trained"),
        ({}, {"losses": TAUGHT}, TRANSFORMER, "have both or neither"),
        ({"teacher": "x"}, {}, TRANSFORMER, "have both or neither"),
        ({"teacher": "x"}, {"losses": TAUGHT}, TRANSFORMER, None),
        (
            {"perturbation": {"epsilon": 0.1}},
            {"losses": {"weights": {"plain_cross_entropy": 1, "kl": 1}}},
            VAE,
            r"perturbation\.epsilon 0\.1 is for model\.mode transformer, not vae",
        ),
    ],
)
def test_a_protocol_suits_the_network(params, protocol, settings, model, message):
    train, config = params(protocol, **settings), MODEL_CONFIG.validate_python(model)
    if message is None:
        assert check_training(train, AugmentParams(), config) is None
    else:
        with pytest.raises(ValueError, match=message):
            check_training(train, AugmentParams(), config)


def test_of_a_vae_gan_all_weights_learn(params):
    weights = {"plain_cross_entropy": 1, "kl": 1, "hinge_generator": 1, "hinge_critic": 1}
    train = params(LORA | {"warm_start": "x"}, losses={"weights": weights})
    with pytest.raises(ValueError, match="of a vae_gan all weights learn"):
        check_training(train, AugmentParams(), MODEL_CONFIG.validate_python(VAE_GAN))
