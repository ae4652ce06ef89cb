import pytest

from aurl_core.models.params import MODEL_CONFIG
from aurl_core.models.registry import build
from aurl_core.models.transformer import Transformer
from aurl_core.models.vae import VAE
from aurl_core.models.vae_gan import VAEGAN
from aurl_core.tokens.traits import TokenTraits

SIZES = {
    "num_layers": 1,
    "num_heads": 1,
    "model_dim": 4,
    "feedforward": "gelu",
    "feedforward_dim": 4,
    "context_length": 4,
}
LATENT = {"encoder": {"num_layers": 1}, "latent": {"dim": 4}}


@pytest.mark.parametrize(
    ("mode", "settings", "network"),
    [("transformer", {}, Transformer), ("vae", LATENT, VAE), ("vae_gan", LATENT | {"discriminator": {}}, VAEGAN)],
)
def test_the_mode_names_the_network(mode, settings, network):
    config = MODEL_CONFIG.validate_python({"mode": mode} | SIZES | settings)
    built = build(config, TokenTraits.blank(7))
    assert type(built) is network
    assert (built.config, built.vocab_size) == (config, 7)
