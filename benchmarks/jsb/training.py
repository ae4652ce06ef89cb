"""Training one network: the loss, the optimizers, the schedule, the average of its weights."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from benchmarks.jsb.batches import Batch, random_batch
from benchmarks.jsb.features import Features
from benchmarks.jsb.network import ChoraleNetwork, NetworkShape
from benchmarks.jsb.scoring import step_nats


@dataclass(frozen=True)
class TrainingPlan:
    """How a network is trained; the schedule follows the share of the updates done."""

    num_rows: int = 12
    row_steps: int = 192
    matrix_rate: float = 0.01
    """Peak rate of the matrices between layers, by Muon, scaled to match AdamW's."""
    table_rate: float = 0.003
    """Peak rate of tables and heads, by AdamW."""
    weight_decay: float = 4.0
    """Per update and unit of rate: at the peak an update takes 1-4 % of every weight."""
    warmup_share: float = 0.03
    decay_share: float = 0.7
    """The last part of the updates, in which the rates fall to zero in a straight line."""
    average_share: float = 0.06
    """Horizon of the running average of the weights, as a part of all updates."""
    hidden_share: float = 0.5
    """Rows that are not told what was retrieved."""
    uses_muon: bool = True


@dataclass(frozen=True)
class CurvePoint:
    """`steps` of music trained on (a row's padding counts), and the nats per step of validation then."""

    steps: int
    nats: float


def batch_loss(network: ChoraleNetwork, batch: Batch) -> Tensor:
    """Nats per step (four voices)."""
    with torch.autocast("cpu", torch.bfloat16):
        logits = network(batch)
    cost = F.cross_entropy(logits.flatten(0, 2), batch.codes.flatten(), reduction="none").view(batch.codes.shape)
    return (cost.sum(-1) * batch.is_real).sum() / batch.is_real.sum()


class Trainer:
    """A network, the running average of its weights, and its optimizers."""

    def __init__(self, features: Features, shape: NetworkShape, plan: TrainingPlan) -> None:
        self.features, self.plan = features, plan
        self.network = ChoraleNetwork(shape, features)
        self.average = ChoraleNetwork(shape, features)
        self.average.load_state_dict(self.network.state_dict())
        self.optimizers = build_optimizers(self.network, plan)
        self.peaks = [optimizer.param_groups[0]["lr"] for optimizer in self.optimizers]

    def run(self, num_updates: int, *, validation: Features | None = None, num_probes: int = 0) -> list[CurvePoint]:
        """Train, and return what validation cost at `num_probes` moments."""
        curve = []
        for update in range(num_updates):
            self.update(update, num_updates)
            is_probed = num_probes > 0 and (update + 1) % max(1, num_updates // num_probes) == 0
            if validation is not None and is_probed:
                steps = (update + 1) * self.plan.num_rows * self.plan.row_steps
                curve.append(CurvePoint(steps, float(step_nats(self.average, validation, is_hidden=True).mean())))
        return curve

    def update(self, update: int, num_updates: int) -> None:
        plan = self.plan
        for optimizer, peak in zip(self.optimizers, self.peaks, strict=True):
            optimizer.param_groups[0]["lr"] = peak * rate_share(update / num_updates, plan)
        batch = random_batch(
            self.features,
            num_rows=plan.num_rows,
            num_steps=plan.row_steps,
            max_shift=self.network.shape.max_shift,
            hidden_share=plan.hidden_share,
        )
        batch_loss(self.network, batch).backward()  # type: ignore[no-untyped-call]
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad()
        horizon = max(1.0, min(plan.average_share * num_updates, 0.2 * update))
        follow(self.average, self.network, 1 / horizon)


def rate_share(progress: float, plan: TrainingPlan) -> float:
    """A straight rise, a plateau, a straight fall to zero."""
    return min(1.0, (progress + 1e-6) / plan.warmup_share, (1 - progress) / plan.decay_share)


def build_optimizers(network: ChoraleNetwork, plan: TrainingPlan) -> list[torch.optim.Optimizer]:
    """Muon (Jordan 2024) for the matrices inside, AdamW for tables and heads."""
    inner = [p for part in network.inner_parts() for p in part.parameters()]
    chosen = {id(p) for p in inner}
    outer = [p for p in network.parameters() if id(p) not in chosen]
    adam = torch.optim.AdamW(
        outer if plan.uses_muon else [*outer, *inner],
        lr=plan.table_rate,
        betas=(0.9, 0.97),
        eps=1e-10,
        weight_decay=plan.weight_decay,
    )
    if not plan.uses_muon:
        return [adam]
    decay = plan.weight_decay
    return [adam, torch.optim.Muon(inner, lr=plan.matrix_rate, weight_decay=decay, adjust_lr_fn="match_rms_adamw")]


@torch.no_grad()
def follow(average: ChoraleNetwork, network: ChoraleNetwork, weight: float) -> None:
    """Move the average towards the network."""
    torch._foreach_lerp_(list(average.parameters()), list(network.parameters()), weight)
