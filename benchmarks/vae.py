"""What a VAE's latents carry, beside the same decoder without them, and what lies between two segments.

`python -m benchmarks.vae --corpus FOLDER --folder FOLDER [--tokens N] [--prior normal] [--seed N]` learns from the
segments of 4 bars of the corpus's training split (data/corpus, which shard writes), transposed by up to six semitones:
the VAE by its evidence lower bound at beta 1, and the decoder alone on the same segments by maximum likelihood, for as
many tokens and by the same optimizer. Models and pictures stay in --folder: a second call measures those it finds.

Figures are of the validation split, where each token is predicted once, given those before it in its segment. Ways
through the latents are of the first segments of the validation and test splits, heard in bars that are sampled with the
grammar of the tokens at temperature 0.8 from their latents.
"""

# ruff: noqa: N803, N806 (tensors wear their shape)
from __future__ import annotations

import argparse
import math
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytorch_lightning as pl
import torch
from torch import Tensor
from torch.nn import functional as F

from aurl_core.augmentation.params import AugmentParams, TransposeParams
from aurl_core.models.latent import Latents, Posteriors
from aurl_core.models.likelihood import IGNORED, Batch
from aurl_core.models.params import MODEL_CONFIG, ModelConfig
from aurl_core.models.registry import Model, build
from aurl_core.models.threads import cpu_threads
from aurl_core.models.vae import VAE
from aurl_core.models.weights import load_model, save_model
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.learner import seed_torch
from aurl_core.training.likelihood import LikelihoodLearner
from aurl_core.training.loading.segment_data import SegmentData
from aurl_core.training.optimization.params import MuonParams
from aurl_core.training.params import TrainParams
from aurl_core.training.schedules import Schedule
from aurl_core.training.variational import VariationalLearner
from benchmarks.vae_ways import report_ways

BARS: Final = 4
CONTEXT_LENGTH: Final = 256
DECODER: Final = {
    "num_layers": 4,
    "num_heads": 4,
    "model_dim": 128,
    "feedforward": "swiglu",
    "feedforward_dim": 256,
    "context_length": CONTEXT_LENGTH,
}
LATENT: Final = {"dim": 128, "bars": BARS, "phrase_bars": 2, "mean_scale": 0.7, "word_dropout": 0.0}
ACTIVE_VARIANCE: Final = 0.01
"""A unit is active if its posterior mean varies more than this over segments (Burda et al. 2016, arXiv:1509.00519)."""
NUM_IMPORTANCE_SAMPLES: Final = 16


@dataclass(frozen=True, slots=True)
class Prediction:
    """How well the tokens of the validation split were predicted."""

    nats: float
    """A token."""
    accuracy: float
    """Share of the tokens that were thought the most likely."""


def config(mode: str, *, prior: str) -> ModelConfig:
    """The network of a mode, with the one decoder."""
    latent = {"encoder": {"num_layers": 2}, "latent": LATENT | {"prior": {"kind": prior}}} if mode == "vae" else {}
    return MODEL_CONFIG.validate_python({"mode": mode} | DECODER | latent)


def settings(num_tokens: int, mode: str, *, prior: str) -> TrainParams:
    """How both are taught."""
    divergence = "kl" if prior == "normal" else "kl_prior"
    weights = {"plain_cross_entropy": 1.0} | ({divergence: 1.0} if mode == "vae" else {})
    return TrainParams(
        budget_tokens=num_tokens,
        batch_size=8,
        validate_every_tokens=num_tokens,
        optimizer=MuonParams(learning_rate=0.005),
        losses={"weights": weights},
        variational={"beta": {"kind": "linear", "share": 0.5}},
        precision="fp32",
        accelerator="cpu",
        num_threads=1,
    )


def corpus_segments(corpus: Path, cache: Path, params: TrainParams, *, seed: int) -> SegmentData:
    """The segments that both learn from and are measured on."""
    return SegmentData(
        corpus,
        bars=BARS,
        cache=cache,
        augment=AugmentParams(transpose=TransposeParams(chance=1, semitones=(-6, 6))),
        schedule=Schedule.of(params, context_length=CONTEXT_LENGTH),
        seed=seed,
    )


def taught(mode: str, data: SegmentData, params: TrainParams, *, prior: str, folder: Path, seed: int) -> Model:
    """The network of a mode after its training, or as it was found in `folder`."""
    if (folder / "config.json").is_file():
        return load_model(folder)
    traits = TokenTraits.of(data.tokenizer.vocabulary)
    seed_torch(seed, "model")
    model, started = build(config(mode, prior=prior), traits), time.process_time()
    make: Callable[..., pl.LightningModule] = VariationalLearner if mode == "vae" else LikelihoodLearner
    learner = make(model, params, data.schedule, traits=traits, seed=seed)
    quiet = {"logger": False, "enable_checkpointing": False, "enable_progress_bar": False}
    trainer = pl.Trainer(
        accelerator="cpu",
        max_epochs=1,
        limit_val_batches=0,
        enable_model_summary=False,
        **quiet,  # type: ignore[arg-type]
    )
    trainer.fit(learner, datamodule=data)
    print(f"{mode}: {model.num_parameters:,} parameters, {time.process_time() - started:.0f} CPU seconds", flush=True)
    save_model(folder, model)
    return model.eval()


def predicted(batches: list[Batch], logits_of: Callable[[Batch], Tensor]) -> Prediction:
    """How well the targets of all batches are predicted by the logits of each."""
    nats = num_right = num_targets = 0.0
    for batch in batches:
        logits_BTV, is_target_BT = logits_of(batch), batch.targets_BT != IGNORED
        nats += float(token_nats(logits_BTV, batch).sum())
        num_right += int(((logits_BTV.argmax(-1) == batch.targets_BT) & is_target_BT).sum())
        num_targets += int(is_target_BT.sum())
    return Prediction(nats / num_targets, num_right / num_targets)


def token_nats(logits_BTV: Tensor, batch: Batch) -> Tensor:
    """(B, T) the nats of each target, 0 where there is none."""
    return F.cross_entropy(logits_BTV.transpose(1, 2), batch.targets_BT, ignore_index=IGNORED, reduction="none")


def drawn(posteriors: Posteriors) -> Latents:
    """Latents drawn of each posterior."""
    return {level: posterior.draw() for level, posterior in posteriors.items()}


def log_ratio(vae: VAE, posteriors: Posteriors, latents: Latents) -> Tensor:
    """(B,) log q(z|x) - log p(z) of drawn latents, all levels and real places together."""
    total_B = torch.zeros(len(latents["piece"]))
    for level, nats_BL in vae.prior.nats(latents).items():
        mean_BLZ, log_variance_BLZ, is_real_BL = posteriors[level]
        squared_BLZ = (latents[level] - mean_BLZ).square() * (-log_variance_BLZ).exp()
        log_q_BL = -0.5 * (squared_BLZ + log_variance_BLZ + math.log(2 * math.pi)).sum(-1)
        total_B += ((log_q_BL + nats_BL) * is_real_BL).sum(1)
    return total_B


def bounds(vae: VAE, batches: list[Batch]) -> tuple[float, float]:
    """Upper bounds on the nats a token: the negative ELBO, and the tighter one by importance weights (Burda et al.
    2016)."""
    negative_elbo = weighted = num_targets = 0.0
    for batch in batches:
        posteriors, surprises = vae.encode(batch.token_ids_BT), []
        for _ in range(NUM_IMPORTANCE_SAMPLES):
            latents = drawn(posteriors)
            nats_B = token_nats(vae.decode(batch.token_ids_BT, latents), batch).sum(1)
            surprises.append(nats_B + log_ratio(vae, posteriors, latents))
        surprise_KB = torch.stack(surprises)
        negative_elbo += float(surprise_KB.mean(0).sum())
        weighted -= float(((-surprise_KB).logsumexp(0) - math.log(NUM_IMPORTANCE_SAMPLES)).sum())
        num_targets += int((batch.targets_BT != IGNORED).sum())
    return negative_elbo / num_targets, weighted / num_targets


def report_latents(vae: VAE, batches: list[Batch]) -> None:
    """A row a level: units, how many are active, the variance of their means, and their divergence."""
    read = [vae.encode(batch.token_ids_BT) for batch in batches]
    num_segments = sum(len(batch.token_ids_BT) for batch in batches)
    print("\n| level | units | active | median variance of the means | KL, nats a latent | KL, nats a segment |")
    print("| --- | --- | --- | --- | --- | --- |")
    total = 0.0
    for level, size in vae.config.latent.sizes.items():
        mean_RZ = torch.cat([posteriors[level].mean_BLZ[posteriors[level].is_real_BL] for posteriors in read])
        ratio = torch.cat([_divergence(posteriors, level) for posteriors in read])
        variance_Z = mean_RZ.var(0)
        is_active = (variance_Z > ACTIVE_VARIANCE).float().mean()
        total += float(ratio.sum()) / num_segments
        print(
            f"| {level} | {size.dim} | {is_active:.0%} | {variance_Z.median():.3f} | {ratio.mean():.2f} | "
            f"{ratio.sum() / num_segments:.1f} |"
        )
    print(f"\nkl_nats_per_segment={total:.1f} (from the standard normal)")


def _divergence(posteriors: Posteriors, level: Any) -> Tensor:
    """(R,) KL(q || N(0, 1)) of each real latent of a level."""
    one = posteriors[level]
    kl_BLZ = 0.5 * (one.mean_BLZ.square() + one.log_variance_BLZ.exp() - 1 - one.log_variance_BLZ)
    return kl_BLZ.sum(-1)[one.is_real_BL]


def report_predictions(vae: VAE, alone: Model, batches: list[Batch]) -> None:
    """The decoder with latents of the segment itself, of another, and without."""
    reads: dict[str, Callable[[Batch], Tensor]] = {
        "the decoder without latents": lambda batch: alone(batch.token_ids_BT),
        "the VAE, latents drawn of the posterior": lambda batch: vae.decode(
            batch.token_ids_BT, drawn(vae.encode(batch.token_ids_BT))
        ),
        "the VAE, posterior means": lambda batch: vae.decode(
            batch.token_ids_BT, {level: one.mean_BLZ for level, one in vae.encode(batch.token_ids_BT).items()}
        ),
        "the VAE, latents of another segment": lambda batch: vae.decode(
            batch.token_ids_BT,
            {level: one.mean_BLZ.roll(1, 0) for level, one in vae.encode(batch.token_ids_BT).items()},
        ),
    }
    print("\n| what the next token is predicted by | nats a token | accuracy |\n| --- | --- | --- |")
    for name, logits_of in reads.items():
        found = predicted(batches, logits_of)
        print(f"| {name} | {found.nats:.3f} | {found.accuracy:.1%} |")
    negative_elbo, weighted = bounds(vae, batches)
    print(
        f"\nupper bounds on the VAE's nats a token, latents and all: negative_elbo={negative_elbo:.3f} "
        f"importance_weighted_{NUM_IMPORTANCE_SAMPLES}={weighted:.3f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("data/corpus"))
    parser.add_argument("--folder", type=Path, required=True, help="where models and pictures are kept")
    parser.add_argument("--tokens", type=int, default=700_000, help="budget of each training")
    parser.add_argument("--prior", choices=("normal", "mixture", "flow"), default="normal")
    parser.add_argument("--seed", type=int, default=2026)
    given = parser.parse_args()
    warnings.filterwarnings("ignore")
    models = {}
    with cpu_threads(1):
        for mode in ("vae", "transformer"):
            params = settings(given.tokens, mode, prior=given.prior)
            data = corpus_segments(given.corpus, given.folder / "cache", params, seed=given.seed)
            models[mode] = taught(mode, data, params, prior=given.prior, folder=given.folder / mode, seed=given.seed)
        vae, batches = models["vae"], list(data.val_dataloader())
        assert isinstance(vae, VAE)
        with torch.inference_mode():
            seed_torch(given.seed, "measure")
            report_predictions(vae, models["transformer"], batches)
            report_latents(vae, batches)
            report_ways(vae, data, folder=given.folder, seed=given.seed)


if __name__ == "__main__":
    main()
