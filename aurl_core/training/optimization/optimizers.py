"""Which optimizer steps which weights, and how much these decay. How the rate moves is said in learning_rate.py.

Muon and AdamW are torch's, all others those of pytorch_optimizer. Muon's updates are scaled to the size of AdamW's (Liu
et al. 2025, https://arxiv.org/abs/2502.16982).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

from pytorch_optimizer import ADOPT, CAME, SOAP, AdaFactor, Adan, AdEMAMix, Lamb, Lion, Prodigy, ScheduleFreeAdamW
from torch import Tensor, nn
from torch.optim import AdamW, Muon, Optimizer

from aurl_core.training.optimization.params import MuonParams, OptimizerParams

Group = dict[str, Any]
"""Weights that are stepped alike, as optimizers take them; `factor` is what their learning rate is multiplied by."""


class Groups(NamedTuple):
    """All weights of a network by their kind; a kind that it has none of is an empty list of groups."""

    matrices: list[Group]
    others: list[Group]


def build_optimizers(model: nn.Module, params: OptimizerParams) -> list[Optimizer]:
    """Optimizers that together step every weight of `model` that learns once; see the classes of `OptimizerParams`."""
    groups = groups_of(model, params)
    if isinstance(params, MuonParams):
        return _muon(groups, params)
    make, names = _MAKERS[params.kind]
    settings = {theirs: getattr(params, ours) for ours, theirs in names.items()}
    return [make([*groups.matrices, *groups.others], lr=params.learning_rate, **settings)]


def set_learning_rate(optimizers: Iterable[Optimizer], learning_rate: float) -> None:
    """Give every weight this learning rate, or its own share of it, from the next step on."""
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate * group["factor"]


def show_means(optimizers: Iterable[Optimizer]) -> None:
    """Put the means that schedule-free optimizers form in the place of their weights' data, which is left as it is and
    has to be put back before the next step."""
    for optimizer in optimizers:
        if isinstance(optimizer, ScheduleFreeAdamW):
            for group in optimizer.param_groups:
                for weight in group["params"]:
                    weight.data = weight.data.clone()
            optimizer.eval()  # type: ignore[no-untyped-call]
            for group in optimizer.param_groups:
                group["train_mode"] = True


def groups_of(model: nn.Module, params: OptimizerParams) -> Groups:
    """The matrices that turn vectors into vectors, and all else: embeddings, and norms and biases."""
    inner = {id(module.weight) for module in model.modules() if isinstance(module, nn.Linear)}
    tables = {id(module.weight) for module in model.modules() if isinstance(module, nn.Embedding)}
    matrices, embeddings, vectors = list[Tensor](), list[Tensor](), list[Tensor]()
    for weight in (one for one in model.parameters() if one.requires_grad):
        where = matrices if id(weight) in inner else embeddings if id(weight) in tables else vectors
        where.append(weight)
    return Groups(
        _group(matrices, weight_decay=params.weight_decay, factor=1.0),
        [
            *_group(embeddings, params.embeddings.weight_decay, params.embeddings.learning_rate_factor),
            *_group(vectors, params.vectors.weight_decay, params.vectors.learning_rate_factor),
        ],
    )


def _group(weights: list[Tensor], weight_decay: float, factor: float) -> list[Group]:
    return [{"params": weights, "weight_decay": weight_decay, "factor": factor}] if weights else []


def _muon(groups: Groups, params: MuonParams) -> list[Optimizer]:
    rate = params.learning_rate
    adamw = AdamW(groups.others, lr=rate, betas=params.betas, eps=params.eps, fused=True)
    if not groups.matrices:
        return [adamw]
    return [Muon(groups.matrices, lr=rate, momentum=params.momentum, adjust_lr_fn="match_rms_adamw"), adamw]


_BETAS: Final = {"betas": "betas"}
_AT_A_GIVEN_RATE: Final[dict[str, Any]] = {"betas": (None, 0.999), "scale_parameter": False, "relative_step": False}
_ADAM: Final = {"betas": "betas", "eps": "eps"}


def _decoupled(make: Callable[..., Optimizer], **settings: Any) -> Callable[..., Optimizer]:
    """Decay apart from the gradient, which is not what all of them do by default."""
    return lambda groups, **more: make(groups, weight_decouple=True, **settings, **more)


_MAKERS: Final[dict[str, tuple[Callable[..., Optimizer], dict[str, str]]]] = {
    "adamw": (lambda groups, **settings: AdamW(groups, fused=True, **settings), _ADAM),
    "lion": (_decoupled(Lion), _BETAS),
    "adan": (_decoupled(Adan), _ADAM),
    "lamb": (_decoupled(Lamb, max_grad_norm=0.0), _ADAM),
    "adafactor": (_decoupled(AdaFactor, **_AT_A_GIVEN_RATE), {"decay_rate": "decay_rate"}),
    "came": (_decoupled(CAME), _BETAS),
    "ademamix": (_decoupled(AdEMAMix), _ADAM | {"alpha": "alpha"}),
    "adopt": (_decoupled(ADOPT), _ADAM),
    "soap": (SOAP, _ADAM | {"turn_every": "precondition_frequency"}),
    "prodigy": (_decoupled(Prodigy), _ADAM | {"first_guess": "d0"}),
    "schedule_free": (ScheduleFreeAdamW, _ADAM),
}
"""Of each kind who makes it, and what our settings are called there."""
