"""What the generator and the discriminator want of each other. Who of them learns when lives in balance.py.

Logits above 0 mean real. Each is the mean over the discriminator's scales of the mean over their logits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor
from torch.nn import functional as F

from aurl_core.losses.outputs import CriticOutput, wide


def hinge_critic(critic: CriticOutput) -> Tensor:
    """E max(0, 1 - D(real)) + E max(0, 1 + D(fake)) (Lim and Ye 2017, arXiv:1705.02894)."""
    return _mean(critic.real_logits, lambda real: F.relu(1 - real)) + _mean(
        critic.fake_logits, lambda fake: F.relu(1 + fake)
    )


def hinge_generator(critic: CriticOutput) -> Tensor:
    """E max(0, 1 - D(fake)): the generator's -E D(fake) of Lim and Ye, which is `wasserstein_generator`, with an end at
    1, where the critic's hinge ends too; so it is never negative."""
    return _mean(critic.fake_logits, lambda fake: F.relu(1 - fake))


def non_saturating_critic(critic: CriticOutput) -> Tensor:
    """-E log s(D(real)) - E log(1 - s(D(fake))), s the logistic function (Goodfellow et al. 2014, arXiv:1406.2661)."""
    return _mean(critic.real_logits, lambda real: F.softplus(-real)) + _mean(critic.fake_logits, F.softplus)


def non_saturating_generator(critic: CriticOutput) -> Tensor:
    """-E log s(D(fake)) (Goodfellow et al. 2014)."""
    return _mean(critic.fake_logits, lambda fake: F.softplus(-fake))


def least_squares_critic(critic: CriticOutput) -> Tensor:
    """½ E (D(real) - 1)² + ½ E (D(fake) + 1)² (Mao et al. 2017, arXiv:1611.04076, with -1 for what is fake)."""
    return _mean(critic.real_logits, lambda real: 0.5 * (real - 1).square()) + _mean(
        critic.fake_logits, lambda fake: 0.5 * (fake + 1).square()
    )


def least_squares_generator(critic: CriticOutput) -> Tensor:
    """½ E (D(fake) - 1)² (Mao et al. 2017)."""
    return _mean(critic.fake_logits, lambda fake: 0.5 * (fake - 1).square())


def wasserstein_critic(critic: CriticOutput) -> Tensor:
    """E D(fake) - E D(real): may be negative, and wants `gradient_penalty_between` (Arjovsky et al. 2017,
    arXiv:1701.07875)."""
    return _mean(critic.fake_logits, _same) - _mean(critic.real_logits, _same)


def wasserstein_generator(critic: CriticOutput) -> Tensor:
    """-E D(fake): may be negative (Arjovsky et al. 2017)."""
    return -_mean(critic.fake_logits, _same)


def relativistic_critic(critic: CriticOutput) -> Tensor:
    """-E log s(D(real) - E D(fake)) - E log s(E D(real) - D(fake)): real seems more real than the average fake
    (relativistic average, Jolicoeur-Martineau 2019, arXiv:1807.00734)."""
    return _relativistic(critic.real_logits, critic.fake_logits)


def relativistic_generator(critic: CriticOutput) -> Tensor:
    """The same with real and fake exchanged (Jolicoeur-Martineau 2019)."""
    return _relativistic(critic.fake_logits, critic.real_logits)


def feature_matching(critic: CriticOutput) -> Tensor:
    """mean over layers of |E f(real) - E f(fake)|, over the batch and by unit: what is made moves the discriminator's
    units as real music does on average (Salimans et al. 2016, arXiv:1606.03498)."""
    pairs = zip(critic.real_features, critic.fake_features, strict=True)
    distances = [(wide(real).detach().mean(0) - wide(fake).mean(0)).abs().mean() for real, fake in pairs]
    return torch.stack(distances).mean()


def gradient_penalty_real(critic: CriticOutput) -> Tensor:
    """½ E |∂D(x)/∂x|² at real x (R1, Mescheder et al. 2018, arXiv:1801.04406)."""
    return 0.5 * _slope(critic.real_logits, critic.real_inputs_BTD, "real").square().mean()


def gradient_penalty_fake(critic: CriticOutput) -> Tensor:
    """½ E |∂D(x)/∂x|² at made x (R2, Mescheder et al. 2018)."""
    return 0.5 * _slope(critic.fake_logits, critic.fake_inputs_BTD, "fake").square().mean()


def gradient_penalty_between(critic: CriticOutput) -> Tensor:
    """E (|∂D(x)/∂x| - 1)² at x between real and made, see `mixed` (Gulrajani et al. 2017, arXiv:1704.00028)."""
    return (_slope(critic.mixed_logits, critic.mixed_inputs_BTD, "mixed") - 1).square().mean()


def mixed(real_BTD: Tensor, fake_BTD: Tensor) -> Tensor:
    """(B, T, D) a random point on the line from each real input to a made one, which requires gradients.

    The points are drawn from torch's global generator.
    """
    share_B = torch.rand(len(real_BTD), *[1] * (real_BTD.dim() - 1), device=real_BTD.device, dtype=real_BTD.dtype)
    return torch.lerp(real_BTD.detach(), fake_BTD.detach(), share_B).requires_grad_()


def accuracy(critic: CriticOutput) -> float:
    """The share of logits on the right side of 0, real and fake alike, mean over scales: 0.5 is guessing."""
    with torch.no_grad():
        right = _mean(critic.real_logits, lambda real: (real > 0).float())
        return float(right + _mean(critic.fake_logits, lambda fake: (fake < 0).float())) / 2


def _same(logits: Tensor) -> Tensor:
    return logits


def _mean(scales: Iterable[Tensor], loss: Callable[[Tensor], Tensor]) -> Tensor:
    return torch.stack([loss(wide(logits)).mean() for logits in scales]).mean()


def _relativistic(better: tuple[Tensor, ...], worse: tuple[Tensor, ...]) -> Tensor:
    losses = []
    for up, down in zip(map(wide, better), map(wide, worse), strict=True):
        losses.append(F.softplus(down.mean() - up).mean() + F.softplus(down - up.mean()).mean())
    return torch.stack(losses).mean()


def _slope(scales: tuple[Tensor, ...], inputs_BTD: Tensor | None, name: str) -> Tensor:
    """(B,) the norm of the gradient of a sequence's logits, each scale's mean, in its input; itself differentiable."""
    if inputs_BTD is None or not inputs_BTD.requires_grad:
        raise ValueError(f"gradient penalty: {name}_inputs_BTD must be there and require gradients")
    score = torch.stack([wide(logits).reshape(len(logits), -1).mean(1).sum() for logits in scales]).mean()
    [slope_BTD] = torch.autograd.grad(score, inputs_BTD, create_graph=True)
    return (wide(slope_BTD).flatten(1).square().sum(1) + torch.finfo(torch.float32).tiny).sqrt()
