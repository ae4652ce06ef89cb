"""What the discriminator of a VAE-GAN is good for: a VAE alone and a VAE-GAN at equal compute, over several seeds.

`python -m benchmarks.vae_gan [--corpus FOLDER] [--results FOLDER] [--seeds 0 1 2] [--svg FILE]` trains both on segments
of eight bars of FOLDER (data/corpus by default), from the same weights of the same seed, on one thread; the VAE takes
as many more steps as make up for what the discriminator costs. Each then draws openings of pieces, eight bars each,
token by token from the prior at temperature 1. They are measured as the evaluate stage measures pieces, against the
openings of the test pieces: by how far the densities of a metric overlap (1 is the same), and how far apart the
distributions are (0 is the same), both the mean over the metrics; openings of validation pieces, as many as there are,
say what real music comes to. Whatever has been trained before stays in the results' folder and is not trained again.

The discriminator's accuracy at the end is that on segments of the test split and on as many made ones, none of which it
has learnt from: the share of windows that it takes for what they are, mean over its three scales.
"""

from __future__ import annotations

import argparse
import io
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any, Final

import matplotlib as mpl
import numpy as np
import pytorch_lightning as pl
import torch
from matplotlib.figure import Figure
from numpy.typing import NDArray

from aurl_core.evaluation.distribution import overlap_area, standardised_distance
from aurl_core.evaluation.metrics import Metric, metrics
from aurl_core.evaluation.pieces import PieceSet, measure
from aurl_core.losses.adversarial import accuracy
from aurl_core.losses.outputs import CriticOutput
from aurl_core.losses.params import LossParams
from aurl_core.models.likelihood import IGNORED, collate
from aurl_core.models.params import MODEL_CONFIG
from aurl_core.models.registry import build
from aurl_core.models.threads import cpu_threads
from aurl_core.models.vae import VAE
from aurl_core.models.vae_gan import VAEGAN, invent
from aurl_core.models.weights import save_model
from aurl_core.tokens.tokenizer import Tokenizer
from aurl_core.tokens.traits import TokenTraits
from aurl_core.tokens.vocabulary import BOS
from aurl_core.training.adversarial import AdversarialLearner
from aurl_core.training.adversarial_params import AdversarialParams
from aurl_core.training.callbacks.curve import Curve, Point
from aurl_core.training.learner import seed_torch
from aurl_core.training.loading.segment_data import SegmentData
from aurl_core.training.loading.segments import HeldOutSegments, bar_starts, segment_end
from aurl_core.training.optimization.params import MuonParams
from aurl_core.training.optimization.schedule_params import TrapezoidSchedule
from aurl_core.training.params import TrainParams
from aurl_core.training.recipe import Recipe
from aurl_core.training.variational import VariationalLearner
from aurl_core.training.variational_params import RampBeta, VariationalParams
from tasks.params import load_params

BARS: Final = 8
KINDS: Final = ("VAE", "VAE-GAN")
NUM_OPENINGS: Final = 128
"""Drawn from each model."""
NETWORK: Final = {
    "num_layers": 3,
    "num_heads": 4,
    "model_dim": 128,
    "feedforward": "swiglu",
    "feedforward_dim": 341,
    "context_length": 320,
    "positions": "musical",
    "relative_pitches": 6,
    "encoder": {"num_layers": 1},
    "latent": {"dim": 64, "bars": BARS, "phrase_bars": 4},
}
DISCRIMINATOR: Final = {"dim": 64, "num_layers": 6}
WEIGHTS: Final = {"plain_cross_entropy": 1.0, "kl_free_bits": 1.0}
PLAYERS_WEIGHTS: Final = {
    "hinge_generator": 1.0,
    "feature_matching": 10.0,
    "hinge_critic": 1.0,
    "gradient_penalty_real": 1.0,
}
ADVERSARIAL: Final = AdversarialParams(weight=0.3, learning_rate=2e-3)
BATCH: Final = 6
NUM_STEPS: Final = {"VAE": 456, "VAE-GAN": 240}
"""That cost the same: see the CPU seconds in the table."""
_INTERVALS: Final = 4
Openings = Mapping[str, Any]
"""The values of each metric, by its name."""
Runs = Mapping[str, Sequence[Mapping[str, Any]]]
"""What was found, by model and seed."""

_COLORS: Final = {"VAE": "#1f6f8b", "VAE-GAN": "#c8553d"}


def recipe(kind: str, *, seed: int) -> Recipe:
    """All settings of one training."""
    is_gan = kind == "VAE-GAN"
    model = NETWORK | ({"mode": "vae_gan", "discriminator": DISCRIMINATOR} if is_gan else {"mode": "vae"})
    tokens = NUM_STEPS[kind] * BATCH * NETWORK["context_length"]
    train = TrainParams(
        budget_tokens=tokens,
        batch_size=BATCH,
        validate_every_tokens=tokens // _INTERVALS,
        optimizer=MuonParams(learning_rate=0.005, schedule=TrapezoidSchedule(warmup_share=0.05)),
        losses=LossParams(weights=WEIGHTS | (PLAYERS_WEIGHTS if is_gan else {})),
        variational=VariationalParams(beta=RampBeta(kind="linear", start=0.01, end=1.0, share=0.5)),
        adversarial=ADVERSARIAL,
        precision="fp32",
        accelerator="cpu",
        num_threads=1,
    )
    return Recipe(train, MODEL_CONFIG.validate_python(model), load_params().augment, seed)


class Music:
    """The openings of a corpus's held-out pieces, and what is measured of them."""

    def __init__(self, corpus: Path, *, cache: Path) -> None:
        made = recipe("VAE", seed=0)
        self.data = SegmentData(corpus, cache=cache, augment=made.augment, schedule=made.schedule, seed=0, bars=BARS)
        self.tokenizer: Tokenizer = self.data.tokenizer
        self.is_bar_V = TokenTraits.of(self.tokenizer.vocabulary).is_bar_V
        known = np.zeros(0, np.uint64)
        self.metrics: list[Metric] = [
            one for one in metrics(load_params().evaluate, known=known) if one.name != "copied_share"
        ]

    def openings(self, split: str) -> PieceSet:
        """The first bars of the pieces of a split, measured."""
        return self.measured(split, (self._opening(ids) for ids in self.data.held_out[split]))

    def measured(self, name: str, openings: Iterator[NDArray[np.integer]]) -> PieceSet:
        """Token ids as scores, measured."""
        return measure(
            name,
            ((str(n), self.tokenizer.decode(ids.astype(np.uint16))) for n, ids in enumerate(openings)),
            self.metrics,
        )

    def _opening(self, ids: NDArray[np.uint16]) -> NDArray[np.uint16]:
        starts = bar_starts(ids, self.is_bar_V)
        return ids[: segment_end(starts, 0, num_tokens=len(ids), bars=BARS, length=NETWORK["context_length"])]


def openings_of(model: VAE, *, seed: int) -> Iterator[NDArray[np.int64]]:
    """The first bars of pieces that a model draws."""
    seed_torch(seed, "openings")
    made = invent(model, torch.full((NUM_OPENINGS,), BOS))
    for drawn, is_real in zip(made.drawn_BT, made.is_real_BT, strict=True):
        yield np.concatenate([[BOS], drawn[is_real].numpy()])


@torch.no_grad()
def final_accuracy(model: VAEGAN, music: Music, *, seed: int) -> list[float]:
    """Of each scale, on segments of the test split and made ones."""
    seed_torch(seed, "accuracy")
    segments = HeldOutSegments(
        music.data.held_out["test"], bars=BARS, is_bar_V=music.is_bar_V, length=NETWORK["context_length"]
    )
    batch = collate([segments[number] for number in range(len(segments))])
    made = invent(model, batch.token_ids_BT[:, 0])
    real = model.discriminator(batch.targets_BT.clamp(min=0), batch.targets_BT != IGNORED)
    fake = model.discriminator(made.drawn_BT, made.is_real_BT)
    return [accuracy(CriticOutput((one,), (other,))) for one, other in zip(real.logits, fake.logits, strict=True)]


def trained(made: Recipe, corpus: Path, *, cache: Path) -> tuple[VariationalLearner, list[Point], float]:
    """A learner that is done, its curve, and the CPU seconds that its training took."""
    schedule = made.schedule
    data = SegmentData(corpus, cache=cache, augment=made.augment, schedule=schedule, seed=made.seed, bars=BARS)
    traits = TokenTraits.of(data.tokenizer.vocabulary)
    seed_torch(made.seed, "model")
    model = build(made.model, traits)
    teach = AdversarialLearner if isinstance(model, VAEGAN) else VariationalLearner
    learner = teach(model, made.train, schedule, traits=traits, seed=made.seed)
    curve = Curve(data, lambda figures, tokens: None)
    quiet = dict.fromkeys(("logger", "enable_checkpointing", "enable_progress_bar", "enable_model_summary"), False)
    trainer = pl.Trainer(
        accelerator="cpu", max_epochs=schedule.num_intervals, callbacks=[curve], num_sanity_val_steps=0, **quiet
    )
    started = time.process_time()
    trainer.fit(learner, datamodule=data)
    return learner, curve.points, time.process_time() - started


def run(kind: str, music: Music, corpus: Path, results: Path, *, seed: int) -> dict[str, Any]:
    """Train, draw and measure one model, or read what was found before."""
    file = results / f"{kind}-{seed}.json"
    if file.is_file():
        found: dict[str, Any] = json.loads(file.read_text())
        return found
    learner, curve, seconds = trained(recipe(kind, seed=seed), corpus, cache=results / "cache")
    model = learner.model.eval()
    save_model(results / f"{kind}-{seed}", model)
    openings = music.measured(kind, openings_of(model, seed=seed))
    found = {
        "cpu_seconds": seconds,
        "curve": [(point["tokens"], point["validation_nats_per_token"]) for point in curve],
        "openings": {name: values.tolist() for name, values in openings.values.items()},
        "losses": learner.history.state(),
    }
    if isinstance(model, VAEGAN):
        found["accuracy"] = final_accuracy(model, music, seed=seed)
    file.write_text(json.dumps(found))
    return found


def compared(openings: Openings, real: Openings) -> dict[str, tuple[float, float]]:
    """Overlap with and distance from real openings, by metric."""
    found = {}
    for name, reference in real.items():
        made, known = (np.asarray(one, np.float64) for one in (openings[name], reference))
        made, known = made[np.isfinite(made)], known[np.isfinite(known)]
        found[name] = overlap_area(made, known), standardised_distance(made, known)
    return found


def summed_up(openings: Openings, real: Openings) -> tuple[float, float]:
    """Overlap and distance, the mean over the metrics."""
    overlaps, distances = zip(*compared(openings, real).values(), strict=True)
    return float(np.nanmean(overlaps)), float(np.nanmean(distances))


def tables(runs: Runs, real: Openings, other: Openings, *, seeds: Sequence[int]) -> str:
    """Markdown: a row a model and seed with the means, then a row a metric."""
    lines = [
        "| model | seed | CPU seconds | overlap with real openings | distance from them | discriminator's accuracy |",
        "|---|---|---|---|---|---|",
    ]
    for kind in KINDS:
        for seed, found in zip(seeds, runs[kind], strict=True):
            overlap, distance = summed_up(found["openings"], real)
            sure = ", ".join(f"{100 * one:.0f} %" for one in found.get("accuracy", ()))
            lines.append(f"| {kind} | {seed} | {found['cpu_seconds']:.0f} | {overlap:.3f} | {distance:.3f} | {sure} |")
    means = {kind: np.mean([summed_up(one["openings"], real) for one in runs[kind]], axis=0) for kind in KINDS}
    lines += [f"| {kind} | mean | | {overlap:.3f} | {distance:.3f} | |" for kind, (overlap, distance) in means.items()]
    floor = summed_up(other, real)
    lines += [f"| validation pieces | | | {floor[0]:.3f} | {floor[1]:.3f} | |", ""]
    lines += [f"| overlap by metric | {' | '.join(KINDS)} | validation pieces |", "|---|---|---|---|"]
    for name, (overlap, _) in compared(other, real).items():
        by_kind = (mean(compared(one["openings"], real)[name][0] for one in runs[kind]) for kind in KINDS)
        lines.append(f"| {name} | {' | '.join(f'{one:.2f}' for one in by_kind)} | {overlap:.2f} |")
    return "\n".join(lines)


def draw(runs: Runs, real: Openings) -> str:
    """An SVG: what validation came to by CPU seconds, how sure the discriminator was by step, and the overlaps."""
    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "aurl", "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(10.5, 3.4), layout="constrained")
        learnt, sure, alike = figure.subplots(1, 3)
        for place, kind in enumerate(KINDS):
            for number, found in enumerate(runs[kind]):
                tokens, nats = zip(*found["curve"], strict=True)
                seconds = np.array(tokens) / tokens[-1] * found["cpu_seconds"]
                label = None if number else kind
                learnt.plot(seconds, nats, color=_COLORS[kind], marker="o", markersize=3, label=label)
                alike.plot(place, summed_up(found["openings"], real)[0], "o", color=_COLORS[kind])
        for found in runs["VAE-GAN"]:
            steps, accuracies = zip(*found["losses"]["accuracy"], strict=True)
            sure.plot(steps, accuracies, color=_COLORS["VAE-GAN"], linewidth=1)
        start = (ADVERSARIAL.alone_share + ADVERSARIAL.warmup_share) * NUM_STEPS["VAE-GAN"]
        sure.axvline(start, color="#8a8f98", linestyle="--", linewidth=1)
        learnt.set(xlabel="CPU seconds (evenly spread)", ylabel="validation, nats a token (bound)")
        learnt.legend(frameon=False)
        sure.set(
            xlabel="step; dashed: the generator heeds it", ylabel="discriminator's running accuracy", ylim=(0.4, 1)
        )
        alike.set(xticks=range(len(KINDS)), xticklabels=KINDS, xlim=(-0.5, 1.5), ylabel="overlap with real openings")
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, default=Path("data/corpus"))
    parser.add_argument("--results", type=Path, default=Path("build/vae_gan"))
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--svg", type=Path, help="where the curves are drawn")
    arguments = parser.parse_args()
    arguments.results.mkdir(parents=True, exist_ok=True)
    with cpu_threads(1):
        music = Music(arguments.corpus, cache=arguments.results / "cache")
        runs = {
            kind: [run(kind, music, arguments.corpus, arguments.results, seed=seed) for seed in arguments.seeds]
            for kind in KINDS
        }
        real, other = music.openings("test").values, music.openings("validation").values
    print(tables(runs, real, other, seeds=arguments.seeds))
    if arguments.svg:
        arguments.svg.write_text(draw(runs, real), encoding="utf-8")


if __name__ == "__main__":
    main()
