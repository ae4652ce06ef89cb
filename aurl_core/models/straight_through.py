"""Sampled tokens through which gradients flow back to the logits that they were drawn from.

Going forward a sample is exactly one token, as the discriminator sees it in real music; going backward it is taken for
the distribution that it was drawn from (straight-through: Bengio et al. 2013, https://arxiv.org/abs/1308.3432). The
gradient is biased: it takes what comes of the sample for linear in it, and knows nothing of how one token changes what
is said after it. All draws are from torch's global
generator.

Shapes: B batch, T time, V vocabulary.
"""

from __future__ import annotations

import torch
from torch import Tensor


def draw(logits_BTV: Tensor, *, temperature: float) -> Tensor:
    """One-hot samples (B, T, V) of softmax(logits), whose gradient is that of the Gumbel-softmax at `temperature`
    (Jang et al. 2017, https://arxiv.org/abs/1611.01144; Maddison et al. 2017, https://arxiv.org/abs/1611.00712).

    The sample follows the distribution itself at any temperature; that of the gradient smoothes it.
    """
    noisy_BTV = logits_BTV.float() + _gumbel_like(logits_BTV)
    return _through(noisy_BTV, noisy_BTV.detach().argmax(-1), temperature=temperature)


def retrace(logits_BTV: Tensor, token_ids_BT: Tensor, *, temperature: float) -> Tensor:
    """One-hot vectors (B, T, V) of tokens that were drawn elsewhere, say one after the other, whose gradient is that of
    softmax(logits / temperature): the logits are those that the tokens were drawn from, computed anew all at once."""
    return _through(logits_BTV.float(), token_ids_BT, temperature=temperature)


def _through(logits_BTV: Tensor, token_ids_BT: Tensor, *, temperature: float) -> Tensor:
    soft_BTV = (logits_BTV / temperature).softmax(-1)
    hard_BTV = torch.zeros_like(soft_BTV).scatter_(-1, token_ids_BT[..., None], 1.0)
    return hard_BTV + (soft_BTV - soft_BTV.detach())


def _gumbel_like(logits_BTV: Tensor) -> Tensor:
    """Gumbel(0, 1) noise, finite in fp32."""
    waiting_BTV = torch.empty_like(logits_BTV, dtype=torch.float32).exponential_()
    return -waiting_BTV.clamp(min=torch.finfo(torch.float32).tiny).log()
