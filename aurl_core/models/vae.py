"""`VAE`: an encoder from segments to latents at three levels, and the family's transformer, which is told them.

How it is taught lives in `aurl_core.training`. Shapes: B batch, T time, V vocabulary, L places of a level, Z latent.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from aurl_core.models.attention.kv_cache import KVCache
from aurl_core.models.conditioning import Controls
from aurl_core.models.encoder import Encoder
from aurl_core.models.latent import LatentConditioning, Latents, PosteriorHead, Posteriors, membership
from aurl_core.models.params import VariationalConfig
from aurl_core.models.places import Clock, PlaceEmbedding, PlaceReader
from aurl_core.models.priors import SegmentPrior
from aurl_core.models.transformer import Transformer
from aurl_core.random_streams import stream
from aurl_core.tokens.traits import TokenTraits
from aurl_core.tokens.vocabulary import PAD, UNK


class VAE(nn.Module):
    """A variational autoencoder of segments of up to `config.latent.bars` bars."""

    def __init__(self, config: VariationalConfig, traits: TokenTraits) -> None:
        super().__init__()
        self.config = config
        self.vocab_size = traits.vocab_size
        self.places = PlaceReader(traits)
        self.decoder = Transformer(config, traits)
        self.encoder_place = PlaceEmbedding(config.latent.bars, config.model_dim)
        self.encoder = Encoder(config)
        self.heads = nn.ModuleDict(
            {level: PosteriorHead(config, dim=size.dim) for level, size in config.latent.sizes.items()}
        )
        self.prior = SegmentPrior(config.latent)
        self.conditioning = LatentConditioning(config)

    def forward(
        self, token_ids_BT: Tensor, *, controls: Controls | None = None, cache: LatentCache | None = None
    ) -> Tensor:
        """Logits of the token that follows each, given the latents of the cache and its past; without a cache, given
        the latents of no noise at all."""
        if cache is None:
            noise_BZ = self.decoder.embedding.table.weight.new_zeros(len(token_ids_BT), self.prior.num_noise)
            return self.decode(token_ids_BT, self.sample(noise_BZ), controls=controls)
        places, cache.clock = self.places(token_ids_BT, cache.clock)
        told_BTD = self.conditioning(cache.reach(int(places.bar_BT.max())), places)
        logits_BTV: Tensor = self.decoder(token_ids_BT, controls=controls, told_BTD=told_BTD, cache=cache.tokens)
        return logits_BTV

    def encode(self, token_ids_BT: Tensor, is_real_BT: Tensor | None = None) -> Posteriors:
        """What is believed of the latents of segments; `is_real_BT` is False at padding, PAD if not given."""
        is_real_BT = token_ids_BT != PAD if is_real_BT is None else is_real_BT
        return self.encode_embedded(self.decoder.embedding(token_ids_BT), token_ids_BT, is_real_BT)

    def encode_embedded(self, x_BTD: Tensor, token_ids_BT: Tensor, is_real_BT: Tensor) -> Posteriors:
        """The same of tokens that are embedded already, for instance as a mixture; the ids say where bars begin."""
        places, _ = self.places(token_ids_BT)
        *_, y_BTD = self.encoder(x_BTD + self.encoder_place(places), is_real_BT)
        return {
            level: self.heads[level](y_BTD, membership(level, places, is_real_BT, self.config.latent))
            for level in self.config.latent.sizes
        }

    def decode(self, token_ids_BT: Tensor, latents: Latents, *, controls: Controls | None = None) -> Tensor:
        """(B, T, V) logits of the token that follows each, given latents: those after t depend on tokens up to t.

        While training, `latent.word_dropout` of the tokens are hidden from the decoder.
        """
        places, _ = self.places(token_ids_BT)
        told_BTD = self.conditioning(latents, places)
        logits_BTV: Tensor = self.decoder(self._hide(token_ids_BT), controls=controls, told_BTD=told_BTD)
        return logits_BTV

    def sample(self, noise_BZ: Tensor) -> Latents:
        """The latents of a segment that `num_noise` standard normal numbers a sequence stand for, as the prior says."""
        return self.prior.draw(noise_BZ)

    @property
    def num_noise(self) -> int:
        """Standard normal numbers from which the latents of a segment are drawn."""
        return self.prior.num_noise

    def start_cache(
        self, batch_size: int, noise_BZ: Tensor | None = None, *, latents: Latents | None = None
    ) -> LatentCache:
        """An empty cache for sequences whose latents this noise stands for; torch's global generator makes it if it is
        not given. `latents`, if given, are those of the first segment."""
        weight = self.decoder.embedding.table.weight
        if noise_BZ is None:
            noise_BZ = torch.randn(batch_size, self.num_noise, device=weight.device)
        return LatentCache(
            self.decoder.start_cache(batch_size),
            self.places.start(batch_size),
            self.sample(noise_BZ.to(weight)) if latents is None else latents,
            noise_BZ.to(weight),
            draw=self.sample,
        )

    @property
    def num_parameters(self) -> int:
        """Trained numbers; the tied embedding counts once."""
        return sum(parameter.numel() for parameter in self.parameters())

    def _hide(self, token_ids_BT: Tensor) -> Tensor:
        if not (self.training and self.config.latent.word_dropout):
            return token_ids_BT
        is_hidden_BT = torch.rand(token_ids_BT.shape, device=token_ids_BT.device) < self.config.latent.word_dropout
        return token_ids_BT.masked_fill(is_hidden_BT, UNK)


class LatentCache:
    """What a VAE keeps of sequences that step together: keys and values, where their clocks stand, and their latents.

    When a sequence outlasts a segment, further latents of phrases and bars are drawn, from the same noise shuffled as
    always in the same way, so that any length follows from it; that of the piece stays.
    """

    def __init__(
        self, tokens: KVCache, clock: Clock, latents: Latents, noise_BZ: Tensor, *, draw: Callable[[Tensor], Latents]
    ) -> None:
        self.tokens = tokens
        self.clock = clock
        self.latents = latents
        self._noise_BZ = noise_BZ
        self._draw = draw
        self._shuffle_Z = torch.from_numpy(stream(0, "latents").permutation(noise_BZ.shape[1]))

    @property
    def window(self) -> int:
        """The most tokens that a query looks at, itself included."""
        return self.tokens.window

    @property
    def batch_size(self) -> int:
        """Sequences side by side."""
        return self.tokens.batch_size

    def reach(self, bar: int) -> Latents:
        """The latents of all segments from the first to that of a bar."""
        while bar >= self.latents["bar"].shape[1]:
            self._noise_BZ = self._noise_BZ[:, self._shuffle_Z]
            more = self._draw(self._noise_BZ)
            self.latents = {
                level: latent_BLZ if level == "piece" else torch.cat([latent_BLZ, more[level]], 1)
                for level, latent_BLZ in self.latents.items()
            }
        return self.latents

    def select(self, rows: Tensor) -> None:
        """Keep only the sequences at `rows` (indices or a mask)."""
        self.tokens.select(rows)
        self.clock = Clock(self.clock.bar_B[rows], self.clock.beat_B[rows])
        self._noise_BZ = self._noise_BZ[rows]
        self.latents = {level: latent_BLZ[rows] for level, latent_BLZ in self.latents.items()}
