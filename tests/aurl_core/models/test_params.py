import pytest
from pydantic import ValidationError

from aurl_core.models.params import MODEL_CONFIG, TransformerConfig, VAEConfig

SMALL = {
    "mode": "transformer",
    "num_layers": 1,
    "num_heads": 2,
    "model_dim": 8,
    "feedforward": "gelu",
    "feedforward_dim": 16,
    "context_length": 4,
}


def test_heads_share_the_width():
    assert TransformerConfig(**SMALL).head_dim == 4


def test_heads_of_odd_width_are_refused():
    with pytest.raises(ValidationError, match=r"model_dim 6 is not a multiple of twice model\.num_heads 2"):
        TransformerConfig(**SMALL | {"model_dim": 6})


def test_an_unknown_key_is_refused():
    with pytest.raises(ValidationError, match="num_layer"):
        TransformerConfig(**SMALL | {"num_layer": 3})


VAE = SMALL | {"mode": "vae", "encoder": {"num_layers": 1}, "latent": {"dim": 8}}


def test_the_mode_tells_the_settings_apart():
    assert isinstance(MODEL_CONFIG.validate_python(SMALL), TransformerConfig)
    assert isinstance(MODEL_CONFIG.validate_python(VAE), VAEConfig)
    with pytest.raises(ValidationError, match=r"'transformer', 'vae', 'vae_gan'"):
        MODEL_CONFIG.validate_python(SMALL | {"mode": "diffusion"})


def test_an_unknown_kind_of_attention_names_the_known_ones():
    with pytest.raises(ValidationError, match=r"'causal', 'relative', 'sliding_window', 'hierarchical', 'multi_scale'"):
        MODEL_CONFIG.validate_python(SMALL | {"attention": {"kind": "linear"}})


def test_latents_split_in_three():
    latent = MODEL_CONFIG.validate_python(VAE | {"latent": {"dim": 128, "bars": 6}}).latent
    assert latent.sizes == {"piece": (1, 64), "phrase": (2, 32), "bar": (6, 32)}


def test_phrases_longer_than_a_segment_are_refused():
    with pytest.raises(ValidationError, match=r"phrase_bars 4 is more than the 2 bars.*take 1 to 2"):
        MODEL_CONFIG.validate_python(VAE | {"latent": {"dim": 8, "bars": 2}})


def test_a_latent_that_does_not_split_is_refused():
    with pytest.raises(ValidationError, match=r"latent\.dim 30 does not split in three.*such as 28 or 32"):
        MODEL_CONFIG.validate_python(VAE | {"latent": {"dim": 30}})
