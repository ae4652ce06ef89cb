"""What benchmarks.training compares: our network, x-transformers' decoder and Hugging Face's GPT-2, equally large.

All are initialised at random, with no drop-out. x-transformers' has what ours has (rotary positions, RMSNorm, SwiGLU,
tied embeddings, no biases); GPT-2 has learned positions, LayerNorm, biases and GELU, and as many numbers in its
feed-forward networks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn

from aurl_core.models.params import TransformerConfig
from aurl_core.models.registry import build
from aurl_core.tokens.params import BarTokenizerConfig
from aurl_core.tokens.tokenizer import build_tokenizer
from aurl_core.tokens.traits import TokenTraits


@dataclass(frozen=True, slots=True)
class Size:
    """How large a network is, and what it is shown at once."""

    name: str
    num_layers: int
    num_heads: int
    model_dim: int
    feedforward_dim: int
    context_length: int
    batch_size: int

    @property
    def tokens_per_step(self) -> int:
        return self.batch_size * self.context_length


DEMO: Final = Size("demo", 6, 3, 192, 512, context_length=256, batch_size=4)
LARGER: Final = Size("larger", 5, 4, 256, 640, context_length=512, batch_size=8)
SIZES: Final = {size.name: size for size in (DEMO, LARGER)}

Predict = Callable[[Tensor], Tensor]
"""From token ids (B, T) to logits (B, T, V)."""


@dataclass(frozen=True, slots=True)
class Contender:
    """A network under its name."""

    name: str
    network: nn.Module
    predict: Predict

    @property
    def num_parameters(self) -> int:
        return sum(weight.numel() for weight in self.network.parameters())


def ours(size: Size, *, gradient_checkpointing: bool = False) -> Contender:
    """The network that `aurl` trains, for its default tokens."""
    config = TransformerConfig(
        num_layers=size.num_layers,
        num_heads=size.num_heads,
        model_dim=size.model_dim,
        feedforward="swiglu",
        feedforward_dim=size.feedforward_dim,
        context_length=size.context_length,
        gradient_checkpointing=gradient_checkpointing,
    )
    network = build(
        config, TokenTraits.of(build_tokenizer(BarTokenizerConfig(kind="bar", steps_per_beat=24)).vocabulary)
    )
    return Contender("ours", network, network)


def x_transformers(size: Size, vocab_size: int) -> Contender:
    from x_transformers import Decoder, TransformerWrapper  # type: ignore[import-untyped]

    layers = Decoder(
        dim=size.model_dim,
        depth=size.num_layers,
        heads=size.num_heads,
        attn_dim_head=size.model_dim // size.num_heads,
        attn_flash=True,
        rotary_pos_emb=True,
        use_rmsnorm=True,
        ff_glu=True,
        ff_swish=True,
        ff_no_bias=True,
        ff_mult=size.feedforward_dim / size.model_dim,
    )
    network = TransformerWrapper(
        num_tokens=vocab_size,
        max_seq_len=size.context_length,
        use_abs_pos_emb=False,
        tie_embedding=True,
        attn_layers=layers,
    )
    return Contender("x-transformers", network, network)


def gpt2(size: Size, vocab_size: int) -> Contender:
    from transformers import GPT2Config, GPT2LMHeadModel

    config = GPT2Config(
        vocab_size=vocab_size,
        n_positions=size.context_length,
        n_embd=size.model_dim,
        n_layer=size.num_layers,
        n_head=size.num_heads,
        n_inner=size.feedforward_dim * 3 // 2,
        resid_pdrop=0.0,
        embd_pdrop=0.0,
        attn_pdrop=0.0,
        use_cache=False,
        bos_token_id=None,
        eos_token_id=None,
    )
    network = GPT2LMHeadModel(config)
    return Contender("GPT-2", network, lambda token_ids: network(token_ids).logits)


def contenders(size: Size) -> list[Contender]:
    """Ours first."""
    torch.manual_seed(0)
    first = ours(size)
    vocab_size = first.network.vocab_size
    assert isinstance(vocab_size, int)
    return [first, x_transformers(size, vocab_size), gpt2(size, vocab_size)]
