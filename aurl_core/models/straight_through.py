"""Sampled tokens through which gradients flow back to the logits that they were drawn from.

Going forward a sample is exactly one token, as the discriminator sees it in real music; going backward it is taken for
the distribution that it was drawn from (straight-through: Bengio et al. 2013, https://arxiv.org/abs/1308.3432). The
gradient is biased: it takes what comes of the sample for linear in it, and knows nothing of how one token changes what
is said after it.

Shapes: B batch, T time, V vocabulary.
"""

from __future__ import annotations

import torch
from torch import Tensor


def retrace(logits_BTV: Tensor, token_ids_BT: Tensor, *, temperature: float) -> Tensor:
    """One-hot vectors (B, T, V) of tokens that were drawn one after the other, whose gradient is that of
    softmax(logits / temperature): the logits are those that the tokens were drawn from, computed anew all at once."""
    soft_BTV = (logits_BTV.float() / temperature).softmax(-1)
    hard_BTV = torch.zeros_like(soft_BTV).scatter_(-1, token_ids_BT[..., None], 1.0)
    return hard_BTV + (soft_BTV - soft_BTV.detach())
