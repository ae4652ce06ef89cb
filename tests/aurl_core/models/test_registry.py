from aurl_core.models.params import TransformerConfig
from aurl_core.models.registry import build
from aurl_core.models.transformer import Transformer
from aurl_core.tokens.traits import TokenTraits


def test_the_mode_names_the_network():
    config = TransformerConfig(
        mode="transformer",
        num_layers=1,
        num_heads=1,
        model_dim=4,
        feedforward="gelu",
        feedforward_dim=4,
        context_length=4,
    )
    built = build(config, TokenTraits.blank(7))
    assert isinstance(built, Transformer)
    assert (built.config, built.vocab_size) == (config, 7)
