"""How components become one number: fixed weights, learnt uncertainties, or equal shares; how much the discriminator
counts; and which of the two players learns. The components themselves live in the other modules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple, Self

import torch
from torch import Tensor, nn

from aurl_core.losses.params import LossParams, PlayersParams

_AS_THEY_STAND: Final[Mapping[str, float]] = MappingProxyType({})
_LEAST_MAGNITUDE: Final = 1e-3
_MAGNITUDE_MEMORY: Final = 0.99


class Balance(nn.Module):
    """The sum of components by fixed weights: sum w · factor · L."""

    def __init__(self, weights: Mapping[str, float]) -> None:
        super().__init__()
        self.weights = dict(weights)

    def forward(self, values: Mapping[str, Tensor], *, factors: Mapping[str, float] = _AS_THEY_STAND) -> Tensor:
        """() the total of some of its components. A factor is what a schedule says at this step, such as beta of `kl`;
        without one it is 1.
        """
        shares = [self.weights[name] * factors.get(name, 1.0) * self.scaled(name, one) for name, one in values.items()]
        return torch.stack(shares).sum()

    def scaled(self, name: str, value: Tensor) -> Tensor:
        """A component as it is weighed."""
        return value

    def effective_weights(self) -> dict[str, float]:
        """What each component is multiplied by now, factors aside."""
        return dict(self.weights)


class UncertaintyBalance(Balance):
    """Components times learnt precisions: sum w · factor · (exp(-s) · L + s), twice the formula of Kendall, Gal and
    Cipolla 2018 (arXiv:1705.07115) where all w are 1; w is the share of a component, since exp(-s) undoes its scale.

    The network has the gradient of exp(-s) · L, and s that of exp(-s) · |L| + s: where L is positive both are theirs,
    and where L is negative s still ends at log |L| instead of falling for ever. Magnitudes below 0.001 count as 0.001.
    The value leaves s out. The parameters s want an optimizer without weight decay.
    """

    def __init__(self, weights: Mapping[str, float]) -> None:
        super().__init__(weights)
        self.log_variances = nn.ParameterDict({name: nn.Parameter(torch.zeros(())) for name in weights})

    def scaled(self, name: str, value: Tensor) -> Tensor:
        log_variance: Tensor = self.log_variances[name]
        magnitude = value.detach().abs().clamp(min=_LEAST_MAGNITUDE)
        uncertainty = (-log_variance).exp() * magnitude + log_variance
        return (-log_variance.detach()).exp() * value + (uncertainty - uncertainty.detach())

    def effective_weights(self) -> dict[str, float]:
        return {
            name: weight * float((-self.log_variances[name].detach()).exp()) for name, weight in self.weights.items()
        }


class EqualBalance(Balance):
    """Components divided by their running magnitudes: sum w · factor · L / mean |L|, so that weights are shares.

    Magnitudes are learnt while training, with a memory of about a hundred steps, and kept while validating; they are
    part of the module's state.
    """

    magnitude_C: Tensor

    def __init__(self, weights: Mapping[str, float]) -> None:
        super().__init__(weights)
        self.places = {name: place for place, name in enumerate(weights)}
        self.register_buffer("magnitude_C", torch.full((len(weights),), torch.nan))

    def scaled(self, name: str, value: Tensor) -> Tensor:
        running = self.magnitude_C[self.places[name]]
        magnitude = value.detach().abs()
        if self.training:
            running.copy_(running.lerp(magnitude, 1 - _MAGNITUDE_MEMORY).where(running.isfinite(), magnitude))
        return value / running.nan_to_num(1.0).clamp(min=_LEAST_MAGNITUDE)

    def effective_weights(self) -> dict[str, float]:
        known_C = self.magnitude_C.nan_to_num(1.0).clamp(min=_LEAST_MAGNITUDE).tolist()
        return {name: weight / known_C[self.places[name]] for name, weight in self.weights.items()}


def build_balance(params: LossParams, names: Sequence[str]) -> Balance:
    """The balance of one player's components, such as `params.names_on(["critic"])`."""
    kinds = {"fixed": Balance, "uncertainty": UncertaintyBalance, "equal": EqualBalance}
    return kinds[params.balance]({name: params.weights[name] for name in names})


def adversarial_weight(reconstruction: Tensor, adversarial: Tensor, last_layer: Tensor, *, largest: float) -> Tensor:
    """() |d reconstruction| / |d adversarial| in the generator's last layer, at most `largest`: times this, the second
    moves it as much as the first (Esser, Rombach and Ommer 2021, arXiv:2012.09841)."""
    [taught] = torch.autograd.grad(reconstruction, last_layer, retain_graph=True)
    [fooled] = torch.autograd.grad(adversarial, last_layer, retain_graph=True)
    tiny = torch.finfo(fooled.dtype).tiny
    ratio = taught.square().sum().sqrt() / fooled.square().sum().sqrt().clamp(min=tiny)
    return ratio.clamp(max=largest).detach()


class Players(NamedTuple):
    """How sure the discriminator has been lately, and who learns next. A value: each step makes the next.

    At least one of them learns, since the band between them is open.

    >>> params = PlayersParams(lowest_accuracy=0.4, highest_accuracy=0.8, memory=0)
    >>> [(one.generator_learns, one.critic_learns) for one in (Players(a, params) for a in (0.3, 0.6, 0.9))]
    [(False, True), (True, True), (True, False)]
    """

    accuracy: float
    """Running share of logits on the right side."""
    params: PlayersParams

    @property
    def generator_learns(self) -> bool:
        """Is the discriminator worth deceiving?"""
        return self.accuracy >= self.params.lowest_accuracy

    @property
    def critic_learns(self) -> bool:
        """Has the discriminator something to learn?"""
        return self.accuracy <= self.params.highest_accuracy

    def after(self, accuracy: float) -> Self:
        """The state after a step in which the discriminator had this accuracy."""
        memory = self.params.memory
        return self._replace(accuracy=memory * self.accuracy + (1 - memory) * accuracy)
