"""`Transformer`: the causal decoder-only network from token ids to logits. Training and sampling live elsewhere.

Shapes: B batch, T time, D model, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from aurl_core.models.attention.kv_cache import KVCache
from aurl_core.models.block import Block
from aurl_core.models.conditioning import Conditioning, Controls
from aurl_core.models.embedding import TiedEmbedding
from aurl_core.models.hearing import Hearing
from aurl_core.models.norm import build_norm
from aurl_core.models.params import DecoderConfig
from aurl_core.models.positions import RotaryPositions
from aurl_core.tokens.traits import TokenTraits


class Transformer(nn.Module):
    """Normed transformer with rotary positions and tied embeddings."""

    def __init__(self, config: DecoderConfig, traits: TokenTraits) -> None:
        super().__init__()
        self.config = config
        self.vocab_size = traits.vocab_size
        self.embedding = TiedEmbedding(traits.vocab_size, config.model_dim)
        self.hearing = Hearing(config, traits)
        self.conditioning = Conditioning(config.conditioning, config.model_dim)
        self.positions = RotaryPositions(config.head_dim, base=config.rotary_base)
        heights = [(layer + 1) / config.num_layers for layer in range(config.num_layers)]
        self.blocks = nn.ModuleList(Block(config, height=height) for height in heights)
        self.norm = build_norm(config.norm, config.model_dim)

    def forward(
        self,
        token_ids_BT: Tensor,
        *,
        controls: Controls | None = None,
        told_BTD: Sequence[Tensor] = (),
        cache: KVCache | None = None,
    ) -> Tensor:
        """Logits of the token that follows each of `token_ids_BT`; with a cache, which is extended, given its past too.

        `controls` go with the tokens; of `told_BTD` the first is added to the stream before the first block, the second
        before the second, and so on. Without a cache, T is at most `config.context_length`; with one, at most the
        cache's window.
        """
        length = token_ids_BT.shape[1]
        rotation = self.positions(cache.advance(length) if cache is not None else 0, length)
        heard = self.hearing(token_ids_BT, self.embedding, cache.history if cache is not None else None)
        x_BTD = heard.x_BTD
        if controls:
            x_BTD = x_BTD + self.conditioning(controls)
        for layer, block in enumerate(self.blocks):
            if layer < len(told_BTD):
                x_BTD = x_BTD + told_BTD[layer]
            if self.config.gradient_checkpointing and self.training:
                x_BTD = checkpoint(block, x_BTD, rotation, use_reentrant=False)
            else:
                x_BTD = block(x_BTD, rotation, cache.layers[layer] if cache is not None else None)
        x_BTD = self.norm(x_BTD)
        return self.hearing.score(self.embedding.logits(x_BTD), x_BTD, heard)

    @property
    def num_noise(self) -> int:
        """Standard normal numbers that a sequence is made of, beside what sampling draws: none."""
        return 0

    def start_cache(self, batch_size: int, noise_BZ: Tensor | None = None) -> KVCache:
        """An empty cache for `batch_size` sequences, as long as the context that the model was trained on. Noise is
        for networks with latents: there is none to be used here."""
        layers = [cast(Block, block).attention.start_memory(batch_size) for block in self.blocks]
        return KVCache(layers, window=self.config.context_length, history=self.hearing.start(batch_size))

    @property
    def num_parameters(self) -> int:
        """Trained numbers; the tied embedding counts once."""
        return sum(parameter.numel() for parameter in self.parameters())
