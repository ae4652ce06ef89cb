"""`scaling`: a ladder of trainings, the curve through it, and the rung above by which it is checked. It is no stage.

The curve and the page are in aurl_core/experiments/scaling.
"""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aurl_core.experiments.params import ScalingParams
from aurl_core.experiments.scaling.law import Rung, fit_law, foretell
from aurl_core.experiments.scaling.page import Ladder, write_page
from aurl_core.files import write_whole
from tasks.locks import PATIENCE_SECONDS, stage_lock
from tasks.params import Params
from tasks.profiles import with_settings
from tasks.progress import progress
from tasks.settings import flatten
from tasks.trainings import Trainings, corpus_hash
from tasks.trial_runs import TrialRun, trial_run

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """A rung to be trained."""

    width: int
    share: float

    @property
    def name(self) -> str:
        """What it is called, in MLflow and on disk."""
        return f"width-{self.width}-share-{self.share:g}"

    def settings(self, params: Params) -> dict[str, Any]:
        """What it has in place of the settings of params.yaml."""
        budget = max(1, round(params.scaling.budget_tokens * self.share))
        return {
            "model.model_dim": self.width,
            "model.feedforward_dim": max(1, round(params.model.feedforward_dim * self.width / params.model.model_dim)),
            "train.protocol.pieces.share": params.train.protocol.pieces.share * self.share,
            "train.budget_tokens": budget,
            "train.validate_every_tokens": budget,
            "train.num_samples": 0,
            "train.landscape_points": 0,
        }


def scaling(params: Params, *, root: Path, patience_seconds: float = PATIENCE_SECONDS) -> Ladder:
    """Train the ladder, foretell the rung above it, train that too, and write reports/scaling/index.html.

    Rungs that were trained with these settings on this corpus are not trained again. SettingError if a width cannot be.
    """
    wanted = params.scaling
    steps = list(steps_of(wanted))
    for step in steps:
        with_settings(params, step.settings(params), f"scaling with width {step.width}")
    folder = (root / params.paths.searches / "scaling" / wanted.name / corpus_hash(params)[:16]).resolve()
    with stage_lock("scaling", patience_seconds=patience_seconds):
        run = TrialRun(params.tracking, root, f"scaling:{wanted.name}:{folder.name}", f"scaling {wanted.name}")
        with trial_run(run, flatten(wanted.model_dump(mode="json"))), progress("scaling") as sink:
            trainings, rungs = Trainings(params, root, folder, run.key, run.run_id), list[Rung]()
            for number, step in enumerate(steps, start=1):
                rungs.append(_trained(trainings, step, params))
                log.info("%s: %.4f nats/token", step.name, rungs[-1].loss)
                sink(number, len(steps))
            *ladder, top = rungs
            said = foretell(
                ladder, top.num_parameters, top.num_tokens,
                coverage=wanted.coverage, num_resamples=wanted.num_resamples, seed=params.seed,
            )  # fmt: skip
            found = Ladder(wanted, tuple(ladder), top, fit_law(ladder), said)
            pages = params.paths.reports / "scaling"
            write_page(found, pages)
            run.keep(pages)
            run.add({"foretold": said.loss, "low": said.low, "high": said.high, "came": top.loss}, 0)
    return found


def steps_of(params: ScalingParams) -> Iterator[Step]:
    """The ladder, smallest first, and then the rung above it."""
    for width in params.widths:
        for share in params.data_shares:
            yield Step(width, share)
    yield Step(params.next_width, params.next_share)


def _trained(trainings: Trainings, step: Step, params: Params) -> Rung:
    """What a rung came to, trained unless that is known."""
    settings = step.settings(params)
    key = trainings.recipe(settings, step.name).key(params.paths.of("corpus"))
    file = trainings.folder / f"{step.name}-{key}.json"
    if not file.is_file():
        figures = trainings.run(step.name, settings, shown=settings, metrics=lambda figures, tokens_seen: None)
        named = ("num_parameters", "tokens_seen", "validation_nats_per_token")
        write_whole(file, json.dumps([figures[name] for name in named]))
        shutil.rmtree(trainings.folder / step.name)
    return Rung(*json.loads(file.read_text(encoding="utf-8")))
