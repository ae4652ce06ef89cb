"""The members of the mixture: which there are, how the minutes are shared among them, and how each is made.

Two processes of one thread train a list of members each. A network that reads retrieved matches is trained with them
hidden in a part of the rows, so that it predicts without them too. The single model never had them.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from benchmarks.jsb.budget import affordable_updates
from benchmarks.jsb.chorales import SPLITS, Chorales, FloatArray, IntArray, build_chorales, opening_pitches, read_splits
from benchmarks.jsb.features import Features, build_features
from benchmarks.jsb.matching import VIEWS, Scope, continuations
from benchmarks.jsb.network import ChoraleNetwork
from benchmarks.jsb.recipe import Recipe
from benchmarks.jsb.scoring import Averaging, averaged_nats
from benchmarks.jsb.training import CurvePoint, Trainer

HELD_OUT = ("valid", "test")
Nats = dict[str, FloatArray]
"""Nats per step (N,) of each held-out split."""


@dataclass(frozen=True)
class MemberPlan:
    """One network: the order of its voices (places in soprano, alto, tenor, bass), whether it is told of matches in
    training pieces, and its part of the time of the process that makes it."""

    name: str
    voice_order: tuple[int, ...]
    is_retrieving: bool
    share: float


@dataclass(frozen=True)
class WorkOrder:
    """What one process does: members one after another within `cpu_seconds`, or `num_updates` each."""

    data: Path
    members: tuple[MemberPlan, ...]
    recipe: Recipe
    seed: int
    cpu_seconds: float
    num_updates: int | None
    num_probes: int


@dataclass(frozen=True)
class Member:
    """A trained network's nats: without retrieval (`plain`), and with it where it was trained so."""

    plan: MemberPlan
    num_parameters: int
    num_updates: int
    cpu_seconds: float
    plain: Nats
    retrieving: Nats | None
    curve: list[CurvePoint]


def make_members(order: WorkOrder) -> list[Member]:
    """Train them in this process, on one thread.

    The time is the process's own, so what else runs on the machine changes little. Reading, matching and scoring are
    taken off before it is shared.
    """
    torch.set_num_threads(1)
    pieces = read_splits(order.data)
    cache = FeatureCache(pieces, order.recipe)
    told = [cache.build(plan) for plan in order.members]
    made = []
    for place, (plan, features) in enumerate(zip(order.members, told, strict=True)):
        later = sum(member.share for member in order.members[place:])
        left = order.cpu_seconds - time.process_time()
        torch.manual_seed(order.seed * 100 + place)
        made.append(make_member(order, plan, features, left * plan.share / later))
    return made


def make_member(order: WorkOrder, plan: MemberPlan, features: dict[str, Features], cpu_seconds: float) -> Member:
    recipe, begun = order.recipe, time.process_time()
    views = (True, False) if plan.is_retrieving else (True,)
    num_passes = len(recipe.averaging.shifts) * len(views)
    random_state = torch.get_rng_state()
    num_updates = order.num_updates or affordable_updates(
        features, recipe, cpu_seconds=cpu_seconds, num_passes=num_passes
    )
    torch.set_rng_state(random_state)
    trainer = Trainer(features["train"], recipe.shape, recipe.training)
    curve = trainer.run(num_updates, validation=features["valid"], num_probes=order.num_probes)
    scores = [score(trainer.average, features, recipe.averaging, is_hidden=is_hidden) for is_hidden in views]
    return Member(
        plan=plan,
        num_parameters=sum(parameter.numel() for parameter in trainer.network.parameters()),
        num_updates=num_updates,
        cpu_seconds=time.process_time() - begun,
        plain=scores[0],
        retrieving=scores[1] if plan.is_retrieving else None,
        curve=curve,
    )


def score(network: ChoraleNetwork, features: dict[str, Features], averaging: Averaging, *, is_hidden: bool) -> Nats:
    return {
        split: averaged_nats(network, features[split], averaging, is_hidden=is_hidden).numpy() for split in HELD_OUT
    }


class FeatureCache:
    """Features by voice order, since members share them; the matches in training are found once for each order."""

    def __init__(self, pieces: dict[str, list[IntArray]], recipe: Recipe) -> None:
        self.pieces, self.recipe = pieces, recipe
        self.opening = opening_pitches(pieces["train"])
        self.built: dict[tuple[tuple[int, ...], bool], dict[str, Features]] = {}

    def build(self, plan: MemberPlan) -> dict[str, Features]:
        key = (plan.voice_order, plan.is_retrieving)
        if key not in self.built:
            chorales = {
                split: build_chorales(self.pieces[split], opening=self.opening, voice_order=plan.voice_order)
                for split in SPLITS
            }
            self.built[key] = {split: self.features(chorales, split, plan) for split in SPLITS}
        return self.built[key]

    def features(self, chorales: dict[str, Chorales], split: str, plan: MemberPlan) -> Features:
        """A training piece is matched with the other training pieces, a held-out piece with all of them."""
        query, train = chorales[split], chorales["train"]
        own, retrieved = [], []
        if self.recipe.has_matches:
            own = [continuations(query, query, view=view, scope="past") for view in VIEWS]
        if plan.is_retrieving:
            scope: Scope = "others" if split == "train" else "all"
            retrieved = [continuations(query, train, view=view, scope=scope) for view in VIEWS]
        opening = self.opening[list(plan.voice_order)]
        return build_features(query, own=own, retrieved=retrieved, opening=opening)


def pooled(members: list[Member], split: str) -> FloatArray:
    """(M, N): all that the members say, those that know of retrieved matches both with and without."""
    plain = [member.plain[split] for member in members]
    return np.stack(plain + [member.retrieving[split] for member in members if member.retrieving is not None])
