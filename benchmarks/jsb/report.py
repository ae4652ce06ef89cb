"""What is printed: each member, the best single models, the mixture; and a drawing of the learning curves."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.jsb.chorales import FloatArray, IntArray, build_chorales, opening_pitches, read_splits
from benchmarks.jsb.members import HELD_OUT, Member, Nats, pooled
from benchmarks.jsb.mixture import Mixer, Statements, mix_cross_fitted
from benchmarks.jsb.overlap import Overlap, find_overlap

NUM_RESAMPLES = 1000


LABELS = {"valid": "validation", "test": "test"}


def print_report(data: Path, members: list[Member]) -> None:
    """Each member, a table of the models over kinds of pieces, and the lines with their means; the mixture last."""
    pieces = read_splits(data)
    opening = opening_pitches(pieces["train"])
    chorales = {s: build_chorales(pieces[s], opening=opening, voice_order=(0, 1, 2, 3)) for s in pieces}
    overlaps = {split: find_overlap(chorales[split], chorales["train"]) for split in HELD_OUT}
    models = {"mixture": mixture(members, overlaps)}
    retrieving = [member.retrieving for member in members if member.retrieving is not None]
    if retrieving:
        models = {"retrieval": retrieving[0], **models}
    if not members[0].plan.is_retrieving:
        models = {"single": members[0].plain, **models}
    for member in members:
        print_member(member)
    print_table(models, overlaps)
    for name, nats in models.items():
        print(means(nats, prefix=f"{name}_"))
    print(means(models["mixture"]))


def means(nats: Nats, *, prefix: str = "") -> str:
    return " ".join(f"{prefix}{label}_nats_per_step={nats[split].mean():.4f}" for split, label in LABELS.items())


def print_member(member: Member) -> None:
    figures = [f"plain {' / '.join(f'{member.plain[split].mean():.4f}' for split in HELD_OUT)}"]
    if member.retrieving is not None:
        figures.append(f"retrieving {' / '.join(f'{member.retrieving[split].mean():.4f}' for split in HELD_OUT)}")
    print(
        f"{member.plan.name}: {', '.join(figures)}; {member.num_parameters / 1e6:.2f} M parameters, "
        f"{member.num_updates} updates, {member.cpu_seconds:.0f} CPU seconds"
    )


def mixture(members: list[Member], overlaps: dict[str, Overlap]) -> Nats:
    """Validation by gates of the other half of its pieces, test by a gate of all validation."""
    statements = {
        split: Statements(pooled(members, split), overlap.clues(), overlap.chorales.starts)
        for split, overlap in overlaps.items()
    }
    gate = Mixer(statements["valid"]).fit()
    return {"valid": mix_cross_fitted(statements["valid"]), "test": Mixer(statements["test"]).mix(gate).numpy()}


def print_table(models: dict[str, Nats], overlaps: dict[str, Overlap]) -> None:
    """Means over steps with an interval from resampled pieces, over pieces, and of the pieces training cannot know."""
    print("| split | model | nats per step | piece mean | 95 % interval | no near-duplicates | unseen melodies |")
    print("|---|---|---|---|---|---|---|")
    for split, label in LABELS.items():
        lengths = overlaps[split].chorales.lengths
        fresh, unseen = ~overlaps[split].near_duplicates(), overlaps[split].unseen_melodies()
        for name, nats in models.items():
            totals = np.add.reduceat(nats[split], overlaps[split].chorales.starts[:-1])
            low, high = resampled(totals, lengths)
            mean, piece_mean = nats[split].mean(), (totals / lengths).mean()
            print(
                f"| {label} | {name} | {mean:.4f} | {piece_mean:.4f} | {low:.3f}-{high:.3f} "
                f"| {totals[fresh].sum() / lengths[fresh].sum():.4f} ({fresh.sum()}) "
                f"| {totals[unseen].sum() / lengths[unseen].sum():.4f} ({unseen.sum()}) |"
            )


def resampled(totals: FloatArray, lengths: IntArray) -> tuple[float, float]:
    """The middle 95 % of the mean over steps when pieces are drawn with replacement."""
    drawn = np.random.default_rng(0).integers(len(totals), size=(NUM_RESAMPLES, len(totals)))
    low, high = np.percentile(totals[drawn].sum(1) / lengths[drawn].sum(1), [2.5, 97.5])
    return float(low), float(high)


def draw_curves(members: list[Member], path: Path) -> None:
    """Validation nats without retrieval against steps of music trained on."""
    from matplotlib.figure import Figure  # imported here since a run without a drawing needs none of it

    figure = Figure(figsize=(6, 3.5), layout="constrained")
    axes = figure.add_subplot(xlabel="steps of music trained on, millions", ylabel="validation, nats per step")
    for member in members:
        axes.plot([p.steps / 1e6 for p in member.curve], [p.nats for p in member.curve], label=member.plan.name)
    axes.legend(frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, format="svg")
