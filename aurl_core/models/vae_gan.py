"""`VAEGAN`: a VAE, and beside it the discriminator that its decoder learns to deceive. Who learns when lives in
`aurl_core.training`.

What the discriminator is shown as made is what the network makes when it is used: tokens drawn one after the other,
each given those before it, from latents of the prior. Drawing them is one thing and knows no gradients; their logits
are then computed anew, all at once, and gradients reach them by `straight_through.retrace`. It is not shown what the
decoder says of the tokens of real music: those samples are each given a past that was not drawn, so that they fit
together badly, however good the decoder.

That gradient is biased, since the discriminator is no linear function of the tokens and later tokens answer to earlier
ones: at times it misleads (`python -m benchmarks.straight_through` has figures).

Shapes: B batch, T time, V vocabulary.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from aurl_core.models.discriminator import Discriminator
from aurl_core.models.latent import Latents
from aurl_core.models.params import VAEGANConfig
from aurl_core.models.straight_through import retrace
from aurl_core.models.vae import VAE
from aurl_core.tokens.traits import TokenTraits
from aurl_core.tokens.vocabulary import EOS, PAD


class Invention(NamedTuple):
    """Segments that a network drew, and of which latents."""

    read_BT: Tensor
    """What the decoder had read, from the first token on, which was given."""
    drawn_BT: Tensor
    """What it drew after each; PAD where a segment has ended."""
    is_real_BT: Tensor
    """bool: False where it has."""
    latents: Latents

    def rows(self, start: int, end: int) -> Invention:
        """Some of the segments."""
        latents = {level: latent_BLZ[start:end] for level, latent_BLZ in self.latents.items()}
        return Invention(self.read_BT[start:end], self.drawn_BT[start:end], self.is_real_BT[start:end], latents)


class VAEGAN(VAE):
    """A VAE whose discriminator is saved with it and takes no part in generation (Larsen et al. 2016, VAE/GAN,
    https://arxiv.org/abs/1512.09300)."""

    def __init__(self, config: VAEGANConfig, traits: TokenTraits) -> None:
        super().__init__(config, traits)
        self.discriminator = Discriminator(config.discriminator, traits)

    @property
    def generator(self) -> nn.ModuleList:
        """Everything but the discriminator."""
        return nn.ModuleList(child for child in self.children() if child is not self.discriminator)


@torch.no_grad()
def invent(vae: VAE, first_B: Tensor) -> Invention:
    """Draw segments that begin with these ids from the prior, token by token: to the end of the piece, to the bar line
    after the last bar of a segment, or until the context is full."""
    was_training = vae.training
    vae.eval()
    cache = vae.start_cache(len(first_B))
    read_BT, is_real_BT = first_B[:, None], torch.ones_like(first_B, dtype=torch.bool)[:, None]
    for _ in range(vae.config.context_length):
        logits_BV = vae(read_BT[:, -1:], cache=cache)[:, -1].float()
        drawn_B = torch.multinomial(logits_BV.softmax(-1), 1)[:, 0].masked_fill(~is_real_BT[:, -1], PAD)
        is_full_B = vae.places.is_bar_V[drawn_B] & (cache.clock.bar_B + 1 >= vae.config.latent.bars)
        goes_on_B = is_real_BT[:, -1] & (drawn_B != EOS) & ~is_full_B
        read_BT, is_real_BT = _extended(read_BT, drawn_B), _extended(is_real_BT, goes_on_B)
        if not goes_on_B.any():
            break
    vae.train(was_training)
    return Invention(read_BT[:, :-1], read_BT[:, 1:], is_real_BT[:, :-1], dict(cache.latents))


def reread(vae: VAE, invention: Invention, *, temperature: float) -> Tensor:
    """(B, T, V) what was drawn, one-hot, with gradients to the decoder as it is now. Nothing is hidden from it, as when
    it drew."""
    was_training = vae.training
    vae.eval()
    logits_BTV = vae.decode(invention.read_BT, invention.latents)
    vae.train(was_training)
    return retrace(logits_BTV, invention.drawn_BT, temperature=temperature)


def _extended(x_BT: Tensor, x_B: Tensor) -> Tensor:
    return torch.cat([x_BT, x_B[:, None]], 1)
