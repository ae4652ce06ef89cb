"""The part of `python -m benchmarks.vae` that goes through the space of latents and hears what lies there."""

# ruff: noqa: N803, N806 (tensors wear their shape)
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.stats import spearmanr
from torch import Tensor

from aurl_core.generation.constraints import Limits
from aurl_core.generation.engine import sample_tokens
from aurl_core.generation.params import SamplingConfig
from aurl_core.models.disentanglement import (
    dci,
    information,
    mutual_information_gap,
    separated_attribute_predictability,
)
from aurl_core.models.latent import Latents
from aurl_core.models.latent_plots import (
    draw_attribute_vectors,
    draw_importance,
    draw_interpolations,
    draw_traversals,
)
from aurl_core.models.latent_space import attribute_vector, flatten, interpolate, move, traverse
from aurl_core.models.likelihood import collate
from aurl_core.models.vae import VAE, LatentCache
from aurl_core.random_streams import stream
from aurl_core.tokens.tokenizer import Tokenizer
from aurl_core.tokens.traits import TokenTraits
from aurl_core.tokens.vocabulary import BOS
from aurl_core.training.loading.segment_data import SegmentData

ATTRIBUTES: Final = ("notes a bar", "onsets a bar", "mean pitch")
NUM_WAYS: Final = 8
NUM_STEPS: Final = 7
NUM_HEARINGS: Final = 2
"""Samples of each place on a way, whose mean is taken."""
NUM_CODED: Final = 1600
"""Training segments on which disentanglement is measured."""
VALUES: Final = tuple(np.linspace(-2, 2, NUM_STEPS).tolist())
SHARES: Final = tuple(np.linspace(-1, 1, NUM_STEPS).tolist())

Numbers = NDArray[np.float64]


class Told:
    """A VAE whose pieces begin with given latents, as the sampler of pieces takes a network."""

    num_noise = 0

    def __init__(self, vae: VAE, latents: Latents) -> None:
        self.vae = vae
        self.latents = latents
        self.parameters = vae.parameters

    def __call__(self, token_ids_BT: Tensor, *, cache: LatentCache) -> Tensor:
        logits_BTV: Tensor = self.vae(token_ids_BT, cache=cache)
        return logits_BTV

    def start_cache(self, batch_size: int, noise_BZ: Tensor) -> LatentCache:
        """The cache with those latents."""
        return self.vae.start_cache(batch_size, latents=self.latents)


@dataclass(frozen=True, slots=True)
class Ear:
    """Samples segments from latents and measures their attributes."""

    vae: VAE
    tokenizer: Tokenizer
    traits: TokenTraits
    seed: int

    def attributes(self, token_ids: Sequence[int] | NDArray[np.integer]) -> Numbers:
        """(3,) `ATTRIBUTES` of the first bars of some tokens; nan where nothing sounds."""
        ids = np.asarray(token_ids)
        bar = np.cumsum(self.traits.is_bar_V[ids])
        ids = ids[(bar > 0) & (bar <= self.vae.config.latent.bars)]
        num_bars = max(1, int(self.traits.is_bar_V[ids].sum()))
        pitches = self.traits.pitch_V[ids]
        pitches = pitches[pitches >= 0]
        num_onsets = int((self.traits.position_beats_V[ids] >= 0).sum())
        pitch = float(pitches.mean()) if len(pitches) else np.nan
        return np.array([len(pitches) / num_bars, num_onsets / num_bars, pitch])

    def hear(self, ways: Sequence[Latents]) -> Numbers:
        """(W, S, 3) the attributes along each way of S steps: means of samples."""
        together = {level: torch.cat([way[level] for way in ways]) for level in ways[0]}
        heard: Numbers = np.mean([self._sampled(together, hearing) for hearing in range(NUM_HEARINGS)], axis=0)
        return heard.reshape(len(ways), -1, len(ATTRIBUTES))

    def _sampled(self, latents: Latents, hearing: int) -> Numbers:
        count = len(latents["piece"])
        told: Any = Told(self.vae, latents)
        runs = sample_tokens(
            told,
            self.tokenizer,
            limits=Limits(np.zeros(count), np.full(count, np.inf), self.vae.config.context_length, np.inf),
            sampling=SamplingConfig(temperature=0.8),
            streams=[stream(self.seed, "ways", hearing) for _ in range(count)],
        )
        return np.stack([self.attributes(run.token_ids) for run in runs])


def report_ways(vae: VAE, data: SegmentData, *, folder: Path, seed: int) -> None:
    """Interpolations, traversals, attribute vectors and disentanglement: tables here, pictures in `folder`."""
    ear = Ear(vae, data.tokenizer, TokenTraits.of(data.tokenizer.vocabulary), seed)
    windows = [data.held_out_windows(split) for split in ("validation", "test")]
    firsts = [window for split in windows for window in split.windows if window.token_ids_T[0] == BOS]  # type: ignore[attr-defined]
    means = _means(vae, firsts)
    values_BK = np.stack([ear.attributes(window.token_ids_T) for window in firsts])
    _report_interpolations(ear, means, values_BK, folder)
    code_NZ, factor_NK = _codes(ear, data)
    best = information(code_NZ, factor_NK)[0].argmax(0)
    _report_traversals(ear, means, best.tolist(), folder)
    _report_vectors(ear, means, values_BK, folder)
    _report_disentanglement(code_NZ, factor_NK, folder)


def _means(vae: VAE, windows: Sequence[Any]) -> Latents:
    posteriors = vae.encode(collate(windows).token_ids_BT)
    return {level: posterior.mean_BLZ for level, posterior in posteriors.items()}


def _of(latents: Latents, row: int) -> Latents:
    return {level: latent_BLZ[row : row + 1] for level, latent_BLZ in latents.items()}


def _report_interpolations(ear: Ear, means: Latents, values_BK: Numbers, folder: Path) -> None:
    """Between the segments with the least and the most of each attribute."""
    print(f"\n| {NUM_WAYS} interpolations of {NUM_STEPS} steps | kind | from | to | Spearman of the mean | of each |")
    print("| --- | --- | --- | --- | --- | --- |")
    heard: dict[str, Numbers] = {}
    for number, name in enumerate(ATTRIBUTES):
        order = values_BK[:, number].argsort()
        pairs = list(zip(order[:NUM_WAYS].tolist(), order[-NUM_WAYS:].tolist(), strict=True))
        for kind in ("spherical", "linear"):
            ways = [
                interpolate(_of(means, low), _of(means, high), num_steps=NUM_STEPS, kind=kind) for low, high in pairs
            ]
            heard_WS = ear.hear(ways)[..., number]
            heard.setdefault(name, heard_WS)
            print(f"| {name} | {kind} | {_steadiness(heard_WS)} |", flush=True)
    (folder / "interpolation.svg").write_text(draw_interpolations(heard))


def _report_traversals(ear: Ear, means: Latents, dimensions: Sequence[int], folder: Path) -> None:
    """Of the dimension of the piece's latent that knows most of each attribute."""
    print(
        f"\n| traversal from {VALUES[0]:g} to {VALUES[-1]:g} | dimension | from | to | Spearman of the mean | of each |"
    )
    print("| --- | --- | --- | --- | --- | --- |")
    heard: dict[str, Numbers] = {}
    for number, (name, dimension) in enumerate(zip(ATTRIBUTES, dimensions, strict=True)):
        ways = [traverse(_of(means, row), "piece", dimension, VALUES) for row in range(NUM_WAYS)]
        heard[name] = ear.hear(ways)[..., number]
        print(f"| {name} | {dimension} | {_steadiness(heard[name])} |", flush=True)
    (folder / "traversal.svg").write_text(draw_traversals(VALUES, heard))


def _report_vectors(ear: Ear, means: Latents, values_BK: Numbers, folder: Path) -> None:
    """Segments moved along what tells those with the most of an attribute from those with the least."""
    print(f"\n| attribute vector, {SHARES[0]:g} to {SHARES[-1]:g} times | from | to | Spearman of the mean | of each |")
    print("| --- | --- | --- | --- | --- |")
    heard: dict[str, Numbers] = {}
    for number, name in enumerate(ATTRIBUTES):
        vector_F = attribute_vector(flatten(means), torch.from_numpy(values_BK[:, number]))
        ways = [move(_of(means, row), vector_F, SHARES) for row in range(NUM_WAYS)]
        heard[name] = ear.hear(ways)[..., number]
        print(f"| {name} | {_steadiness(heard[name])} |", flush=True)
    (folder / "attribute_vector.svg").write_text(draw_attribute_vectors(SHARES, heard))


def _steadiness(heard_WS: Numbers) -> str:
    """Where the mean way begins and ends, and the rank correlation of step and attribute: its own, and the mean one."""
    steps, mean_S = np.arange(heard_WS.shape[1]), heard_WS.mean(0)
    each = [float(spearmanr(steps, way_S).statistic) for way_S in heard_WS]
    return f"{mean_S[0]:.2f} | {mean_S[-1]:.2f} | {spearmanr(steps, mean_S).statistic:.2f} | {np.nanmean(each):.2f}"


def _codes(ear: Ear, data: SegmentData) -> tuple[Numbers, Numbers]:
    """Means of the piece's latent, and the attributes, of training segments in which something sounds."""
    windows = data.training_windows
    read = [windows[number] for number in range(NUM_CODED)]
    parts = [_means(ear.vae, read[start : start + 64])["piece"][:, 0] for start in range(0, NUM_CODED, 64)]
    factors = np.stack([ear.attributes(window.token_ids_T) for window in read])
    sounds = np.isfinite(factors).all(1)
    return torch.cat(parts).double().numpy()[sounds], factors[sounds]


def _report_disentanglement(code_NZ: Numbers, factor_NK: Numbers, folder: Path) -> None:
    found = dci(code_NZ, factor_NK)
    print("\n| latent of the piece | MIG | SAP | disentanglement | completeness | informativeness |")
    print("| --- | --- | --- | --- | --- | --- |")
    print(
        f"| {code_NZ.shape[1]} units | {mutual_information_gap(code_NZ, factor_NK):.3f} | "
        f"{separated_attribute_predictability(code_NZ, factor_NK):.3f} | {found.disentanglement:.2f} | "
        f"{found.completeness:.2f} | {found.informativeness:.2f} |"
    )
    names = [str(unit) for unit in range(code_NZ.shape[1])]
    picture = draw_importance(found.importance_ZF, codes=names, factors=ATTRIBUTES, title="weight in a lasso")
    (folder / "importance.svg").write_text(picture)
