"""`Recipe`: all settings that a trained model depends on. What is done by it is said in trainer.py."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aurl_core.augmentation.params import AugmentParams
from aurl_core.models.params import ModelConfig
from aurl_core.training.checkpoints.params import KEEPING
from aurl_core.training.checkpoints.run import Identity, identity_of
from aurl_core.training.distributed.params import STARTING
from aurl_core.training.loading.complexity import hashes
from aurl_core.training.params import TrainParams
from aurl_core.training.protocol.bundles import origins
from aurl_core.training.protocol.plan import stages_of
from aurl_core.training.schedules import Schedule


@dataclass(frozen=True, slots=True)
class Recipe:
    """All settings that a trained model depends on."""

    train: TrainParams
    model: ModelConfig
    augment: AugmentParams
    seed: int

    @property
    def schedule(self) -> Schedule:
        """How far the run goes."""
        return Schedule.of(self.train, context_length=self.model.context_length)

    def key(self, corpus: Path, *, studies: Path | None = None) -> str:
        """What names the checkpoints of this recipe on this corpus, with what `studies` found if that matters."""
        return self.identity(corpus, studies=studies).key

    def identity(self, corpus: Path, *, studies: Path | None = None) -> Identity:
        """All that the result depends on: how checkpoints are kept and how many processes there are is not among it."""
        train = self.train.model_dump(exclude={"checkpoints": set(KEEPING), "strategy": set(STARTING)})
        named = [origins(stage.train.protocol) for stage in stages_of(self.train, self.augment)]
        bundles = [{setting: one.digest for setting, one in some.items()} for some in named]
        found = {"studies": hashes(studies)} if studies else {}
        return identity_of(corpus, self.settings() | {"train": train, "bundles": bundles} | found)

    def settings(self) -> dict[str, Any]:
        """All of them, section by section."""
        sections = {name: getattr(self, name).model_dump() for name in ("train", "model", "augment")}
        return sections | {"seed": self.seed}
