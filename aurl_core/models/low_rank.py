"""Low-rank adapters of a trained network: few numbers learn while the network's own stay as they are (LoRA, Hu et al.
2021, arXiv:2106.09685). Which network is adapted, and to what music, is said in `aurl_core.training.protocol`.

An adapter is a parametrization of a `Linear`'s weight, W + scale · U D, so that a network with adapters is used as one
without, and merging them changes no output by a bit. Shapes: I inputs, O outputs, R rank.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrize import is_parametrized, register_parametrization, remove_parametrizations

from aurl_core.errors import InputError

_UP, _DOWN = ".up", ".down"
_WHOLE: Final[dict[str, tuple[type[nn.Module], ...]]] = {
    "norms": (nn.RMSNorm, nn.LayerNorm),
    "embedding": (nn.Embedding,),
}
"""What may be trained as a whole beside the adapters, by what it is made of."""


class LowRank(nn.Module):
    """weight_OI + scale · up_OR · down_RI; at first that is the weight. Drop-out leaves out inputs of `down_RI`, the
    same of a whole batch."""

    def __init__(self, weight_OI: Tensor, *, rank: int, scale: float, dropout: float) -> None:
        super().__init__()
        self.scale = scale
        self.dropout = dropout
        num_outputs, num_inputs = weight_OI.shape
        self.down_RI = nn.Parameter(weight_OI.new_empty(rank, num_inputs))
        self.up_OR = nn.Parameter(weight_OI.new_zeros(num_outputs, rank))
        nn.init.normal_(self.down_RI, std=1 / math.sqrt(num_inputs))

    def forward(self, weight_OI: Tensor) -> Tensor:
        keep_I = F.dropout(torch.ones_like(self.down_RI[0]), self.dropout, self.training)
        added_OI = self.scale * (self.up_OR @ (self.down_RI * keep_I))
        return weight_OI + added_OI


def add_adapters(
    model: nn.Module, *, rank: int, alpha: float, dropout: float, targets: Collection[str], whole: Collection[str]
) -> None:
    """Freeze a network but for an adapter of each `Linear` below a module named as one of `targets`, and the norms or
    the embedding if `whole` names them."""
    model.requires_grad_(False)
    for name in _whole(model, whole):
        model.get_parameter(name).requires_grad_(True)
    for name, linear in list(model.named_modules()):
        if isinstance(linear, nn.Linear) and not set(targets).isdisjoint(name.split(".")):
            adapter = LowRank(linear.weight, rank=rank, scale=alpha / rank, dropout=dropout)
            register_parametrization(linear, "weight", adapter)


def merge_adapters(model: nn.Module) -> dict[str, Tensor]:
    """Make a network plain again: its weights are what they were with the adapters. What was learnt, by name: see
    `apply_adapters`; nothing if there were none."""
    adapted = list(_adapted(model.eval()))
    if not adapted:
        return {}
    learnt = {name: one.detach().clone() for name, one in model.named_parameters() if _is_whole(name, one)}
    for name, linear, adapter in adapted:
        learnt[name + _UP] = adapter.scale * adapter.up_OR.detach()
        learnt[name + _DOWN] = adapter.down_RI.detach().clone()
        remove_parametrizations(linear, "weight", leave_parametrized=True)
    model.requires_grad_(True)
    return learnt


@torch.no_grad()
def apply_adapters(model: nn.Module, learnt: Mapping[str, Tensor]) -> None:
    """Give a plain network what adapters learnt: `<linear>.up` times `<linear>.down` is added to that weight, anything
    else replaces the parameter of its name. `InputError` if they are those of another network."""
    parameters = dict(model.named_parameters())
    for name, tensor in learnt.items():
        if name.endswith(_DOWN):
            continue
        of_linear = name.endswith(_UP)
        parameter = parameters.get(f"{name.removesuffix(_UP)}.weight" if of_linear else name)
        value = tensor @ learnt[name.removesuffix(_UP) + _DOWN] if of_linear else tensor
        if parameter is None or parameter.shape != value.shape:
            raise InputError(f"{name} of these adapters has no counterpart in the network: they were made for another")
        parameter.copy_(parameter + value if of_linear else value)


def num_trained(model: nn.Module) -> int:
    """How many numbers of a network learn."""
    return sum(parameter.numel() for parameter in model.parameters() if parameter.requires_grad)


def _adapted(model: nn.Module) -> Iterator[tuple[str, nn.Linear, LowRank]]:
    for name, module in model.named_modules():
        if isinstance(module, nn.Linear) and is_parametrized(module, "weight"):
            adapter = module.parametrizations.weight[0]  # type: ignore[union-attr,index]
            if isinstance(adapter, LowRank):
                yield name, module, adapter


def _whole(model: nn.Module, names: Collection[str]) -> Iterator[str]:
    kinds = tuple(kind for name in names for kind in _WHOLE[name])
    for above, module in model.named_modules():
        if isinstance(module, kinds):
            yield from (f"{above}.{name}" for name, _ in module.named_parameters(recurse=False))


def _is_whole(name: str, parameter: nn.Parameter) -> bool:
    return parameter.requires_grad and "parametrizations" not in name.split(".")
