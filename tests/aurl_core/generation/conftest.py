import pytest
import torch

from aurl_core.models.params import TransformerConfig, VAEConfig
from aurl_core.models.transformer import Transformer
from aurl_core.models.vae import VAE
from aurl_core.models.weights import save_model
from aurl_core.tokens.params import EventTokenizerConfig
from aurl_core.tokens.tokenizer import VOCABULARY_FILE, build_tokenizer
from aurl_core.tokens.traits import TokenTraits


@pytest.fixture(scope="session")
def tokenizer():
    return build_tokenizer(EventTokenizerConfig(steps_per_beat=24, out_of_range="fold"))


@pytest.fixture(scope="session")
def model():
    """An untrained network that sees 32 tokens, whose blocks do something."""
    torch.manual_seed(3)
    config = TransformerConfig(
        mode="transformer", num_layers=2, num_heads=2, model_dim=16, feedforward="gelu", feedforward_dim=32,
        context_length=32,
    )  # fmt: skip
    network = Transformer(config, TokenTraits.blank(774))
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    return network.eval()


@pytest.fixture(scope="session")
def vae():
    """An untrained VAE that sees 32 tokens, whose latents matter."""
    torch.manual_seed(3)
    config = VAEConfig(
        num_layers=2, num_heads=2, model_dim=16, feedforward="gelu", feedforward_dim=32, context_length=32,
        encoder={"num_layers": 1}, latent={"dim": 8, "bars": 2, "phrase_bars": 1},
    )  # fmt: skip
    network = VAE(config, TokenTraits.blank(774))
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    return network.eval()


@pytest.fixture(scope="session")
def bundle(tmp_path_factory, model, tokenizer):
    """The folders of a model bundle and of the corpus it is said to come from."""
    root = tmp_path_factory.mktemp("data")
    save_model(root / "models", model)
    tokenizer.save(root / "models" / VOCABULARY_FILE)
    (root / "corpus").mkdir()
    (root / "corpus" / "manifest.json").write_text('{"num_pieces": 3}')
    return root
