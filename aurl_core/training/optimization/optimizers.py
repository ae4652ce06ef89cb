"""Which optimizer steps which weights. How the learning rate moves is said in learning_rate.py.

Muon (Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/) orthogonalizes the updates of matrices; they are
scaled to the size of AdamW's (Liu et al. 2025, https://arxiv.org/abs/2502.16982).
"""

from __future__ import annotations

from collections.abc import Iterable

from torch import nn
from torch.optim import AdamW, Muon, Optimizer

from aurl_core.training.optimization.params import OptimizerParams

_BETAS = (0.9, 0.95)


def build_optimizers(model: nn.Module, params: OptimizerParams) -> list[Optimizer]:
    """Optimizers that together step every weight of `model` once; see `OptimizerParams.kind`."""
    matrices, others = _split(model)
    rest = {"params": others, "weight_decay": 0.0}
    rate, decay = params.learning_rate, params.weight_decay
    if params.kind == "adamw":
        groups = [{"params": matrices, "weight_decay": decay}, rest]
        return [AdamW(groups, lr=rate, betas=_BETAS, fused=True)]
    muon = Muon(matrices, lr=rate, weight_decay=decay, adjust_lr_fn="match_rms_adamw")
    return [muon, AdamW([rest], lr=rate, betas=_BETAS, fused=True)]


def set_learning_rate(optimizers: Iterable[Optimizer], learning_rate: float) -> None:
    """Give every weight this learning rate from the next step on."""
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate


def _split(model: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """The matrices that turn vectors into vectors, and all else: embeddings and norms."""
    inner = {id(module.weight) for module in model.modules() if isinstance(module, nn.Linear)}
    matrices = [parameter for parameter in model.parameters() if id(parameter) in inner]
    return matrices, [parameter for parameter in model.parameters() if id(parameter) not in inner]
