import pytest
import torch

from aurl_core.models.likelihood import nats
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


NORMED = [
    {"norm": "layernorm", "norm_position": "after"},
    {"norm_position": "around", "query_key_norm": True},
]


@pytest.mark.parametrize("settings", NORMED)
def test_token_by_token_every_way_of_norming_says_the_same(settings):
    ids_BT, network = torch.randint(11, (2, 8)), model(**settings).eval()
    for weight in network.blocks.parameters():
        torch.nn.init.normal_(weight, std=0.2)
    cache = network.start_cache(2)
    with torch.no_grad():
        steps = [network(ids_BT[:, [time]], cache=cache) for time in range(8)]
        torch.testing.assert_close(torch.cat(steps, dim=1), network(ids_BT), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("settings", NORMED)
def test_every_way_of_norming_learns_in_bf16(settings):
    ids_BT, network = torch.randint(11, (2, 8)), model(**settings)
    with torch.autocast("cpu", torch.bfloat16):
        nats(network(ids_BT), ids_BT).backward()
    assert all(weight.grad.isfinite().all() for weight in network.parameters())


def test_the_stream_is_dropped_before_the_blocks_in_training_alone():
    ids_BT, network = torch.zeros(2, 8, dtype=torch.long), model(embedding_dropout=0.5)
    stream_BTD = network.hearing(ids_BT, network.embedding).x_BTD
    assert 0.3 < float((stream_BTD == 0).float().mean()) < 0.7
    stream_BTD = network.eval().hearing(ids_BT, network.embedding).x_BTD
    assert torch.equal(stream_BTD, network.embedding(ids_BT))
