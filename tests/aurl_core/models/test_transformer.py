import torch

from aurl_core.models.params import TransformerConfig
from aurl_core.models.transformer import Transformer
from aurl_core.tokens.traits import TokenTraits


def model(**settings) -> Transformer:
    small = {"num_layers": 2, "num_heads": 2, "model_dim": 16, "feedforward_dim": 24, "context_length": 8}
    torch.manual_seed(1)
    return Transformer(
        TransformerConfig(mode="transformer", **{"feedforward": "swiglu"} | small | settings), TokenTraits.blank(11)
    )


def test_logits_score_the_whole_vocabulary_at_each_time():
    assert model()(torch.zeros(3, 5, dtype=torch.long)).shape == (3, 5, 11)


def test_parameters_are_counted_by_hand():
    block = 4 * 16 * 16 + 3 * 16 * 24 + 2 * 16
    assert model().num_parameters == 11 * 16 + 2 * block + 16


def test_a_cache_is_made_for_the_models_context():
    cache = model(context_length=5).start_cache(4)
    assert (cache.batch_size, cache.window, cache.position) == (4, 5, 0)
