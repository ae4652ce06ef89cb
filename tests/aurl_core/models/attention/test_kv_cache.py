import pytest
import torch
from torch.nn import functional as F

from aurl_core.models.attention.kv_cache import KVCache
from aurl_core.models.params import TransformerConfig
from aurl_core.models.transformer import Transformer
from aurl_core.tokens.traits import TokenTraits

VOCAB_SIZE = 11


def model(context_length: int = 8) -> Transformer:
    config = TransformerConfig(
        mode="transformer",
        num_layers=2,
        num_heads=2,
        model_dim=16,
        feedforward="swiglu",
        feedforward_dim=24,
        context_length=context_length,
    )
    torch.manual_seed(3)
    built = Transformer(config, TokenTraits.blank(VOCAB_SIZE)).eval()
    for parameter in built.parameters():
        torch.nn.init.normal_(parameter, std=0.4)
    return built


def token_ids(batch_size: int, length: int) -> torch.Tensor:
    return torch.randint(VOCAB_SIZE, (batch_size, length), generator=torch.Generator().manual_seed(5))


def sliding_window_logits(net: Transformer, ids: torch.Tensor, window: int, monkeypatch) -> torch.Tensor:
    """The full forward in which each query sees the last `window` keys alone."""
    distance = torch.arange(ids.shape[1])[:, None] - torch.arange(ids.shape[1])
    band = (distance >= 0) & (distance < window)
    attention = F.scaled_dot_product_attention
    with monkeypatch.context() as patch:
        patch.setattr(F, "scaled_dot_product_attention", lambda q, k, v, is_causal: attention(q, k, v, attn_mask=band))
        return net(ids)


@torch.no_grad()
def test_steps_equal_the_full_forward():
    net, ids = model(), token_ids(3, 8)
    cache = net.start_cache(3)
    stepped = torch.cat([net(ids[:, t : t + 1], cache=cache) for t in range(8)], dim=1)
    torch.testing.assert_close(stepped, net(ids), atol=1e-5, rtol=0)


@torch.no_grad()
@pytest.mark.parametrize("sizes", [(5, 1, 1, 1), (1, 7), (3, 4, 1), (8,)])
def test_chunks_equal_the_full_forward(sizes):
    net, ids = model(), token_ids(2, 8)
    cache = net.start_cache(2)
    chunked = torch.cat([net(part, cache=cache) for part in ids.split(sizes, dim=1)], dim=1)
    torch.testing.assert_close(chunked, net(ids), atol=1e-5, rtol=0)


@torch.no_grad()
@pytest.mark.parametrize("sizes", [(1,) * 45, (8,) * 5 + (5,), (3, 1, 1, 8, 8, 2, 7, 1, 6, 8)])
def test_beyond_the_window_it_is_sliding_window_attention(sizes, monkeypatch):
    net, ids = model(context_length=8), token_ids(2, 45)
    cache = net.start_cache(2)
    rolled = torch.cat([net(part, cache=cache) for part in ids.split(sizes, dim=1)], dim=1)
    torch.testing.assert_close(rolled, sliding_window_logits(net, ids, 8, monkeypatch), atol=1e-5, rtol=0)
    assert cache.position == 45


@torch.no_grad()
def test_what_has_left_every_layers_window_has_no_influence():
    net, ids = model(context_length=4), token_ids(1, 20)
    other = ids.clone()
    other[:, 0] = (other[:, 0] + 1) % VOCAB_SIZE

    def last(tokens):
        cache = net.start_cache(1)
        return [net(tokens[:, t : t + 1], cache=cache) for t in range(20)][-1]

    assert torch.equal(last(ids), last(other))


@torch.no_grad()
def test_selected_sequences_go_on_alone():
    net, ids = model(), token_ids(3, 6)
    cache = net.start_cache(3)
    net(ids[:, :5], cache=cache)
    cache.select(torch.tensor([2, 0]))
    stepped = net(ids[[2, 0], 5:], cache=cache)
    assert cache.batch_size == 2
    torch.testing.assert_close(stepped, net(ids)[[2, 0], 5:], atol=1e-5, rtol=0)


def test_more_tokens_than_the_window_are_refused():
    with pytest.raises(ValueError, match=r"5 tokens in one call .* window of 4"):
        KVCache([], window=4).advance(5)
