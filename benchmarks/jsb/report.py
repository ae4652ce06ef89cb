"""What is printed: each member, the best single models, the mixture; and a drawing of the learning curves."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.jsb.chorales import Chorales, FloatArray, build_chorales, opening_pitches, read_splits
from benchmarks.jsb.members import HELD_OUT, Member, Nats, pooled
from benchmarks.jsb.mixture import fit, mix, mix_cross_fitted
from benchmarks.jsb.overlap import near_duplicates, unseen_melodies

NUM_RESAMPLES = 1000


def print_report(data: Path, members: list[Member]) -> None:
    pieces = read_splits(data)
    opening = opening_pitches(pieces["train"])
    chorales = {s: build_chorales(pieces[s], opening=opening, voice_order=(0, 1, 2, 3)) for s in pieces}
    models = {"single": members[0].plain if not members[0].plan.is_retrieving else None}
    models["retrieval"] = next((m.retrieving for m in members if m.retrieving is not None), None)
    models["mixture"] = mixture(members, chorales)
    for member in members:
        print_member(member)
    print_table({name: nats for name, nats in models.items() if nats is not None}, chorales)
    for name, nats in models.items():
        if nats is not None:
            means = " ".join(
                f"{name}_{label}_nats_per_step={nats[split].mean():.4f}" for split, label in LABELS.items()
            )
            print(means)
    best = models["mixture"]
    assert best is not None
    print(" ".join(f"{label}_nats_per_step={best[split].mean():.4f}" for split, label in LABELS.items()))


LABELS = {"valid": "validation", "test": "test"}


def print_member(member: Member) -> None:
    figures = [f"plain {' / '.join(f'{member.plain[split].mean():.4f}' for split in HELD_OUT)}"]
    if member.retrieving is not None:
        figures.append(f"retrieving {' / '.join(f'{member.retrieving[split].mean():.4f}' for split in HELD_OUT)}")
    print(
        f"{member.plan.name}: {', '.join(figures)}; {member.num_parameters / 1e6:.2f} M parameters, "
        f"{member.num_updates} updates, {member.cpu_seconds:.0f} CPU seconds"
    )


def mixture(members: list[Member], chorales: dict[str, Chorales]) -> Nats:
    """Validation with weights of the other half of its pieces, test with weights of all validation."""
    validation, groups = pooled(members, "valid")
    test, _ = pooled(members, "test")
    starts = chorales["valid"].starts
    fitted = fit(validation, starts, groups, np.arange(len(starts) - 1))
    return {"valid": mix_cross_fitted(validation, starts, groups), "test": mix(test, chorales["test"].starts, fitted)}


def print_table(models: dict[str, Nats], chorales: dict[str, Chorales]) -> None:
    """Means over steps with an interval from resampled pieces, over pieces, and of the pieces training cannot know."""
    print("| split | model | nats per step | piece mean | 95 % interval | no near-duplicates | unseen melodies |")
    print("|---|---|---|---|---|---|---|")
    for split, label in LABELS.items():
        held_out, train = chorales[split], chorales["train"]
        fresh, unseen = ~near_duplicates(held_out, train), unseen_melodies(held_out, train)
        for name, nats in models.items():
            totals = np.add.reduceat(nats[split], held_out.starts[:-1])
            low, high = resampled(totals, held_out.lengths)
            print(
                f"| {label} | {name} | {nats[split].mean():.4f} | {(totals / held_out.lengths).mean():.4f} "
                f"| {low:.3f}-{high:.3f} | {weighted(totals, held_out.lengths, fresh):.4f} ({fresh.sum()}) "
                f"| {weighted(totals, held_out.lengths, unseen):.4f} ({unseen.sum()}) |"
            )


def weighted(totals: FloatArray, lengths: np.ndarray, chosen: np.ndarray) -> float:
    return float(totals[chosen].sum() / lengths[chosen].sum())


def resampled(totals: FloatArray, lengths: np.ndarray) -> tuple[float, float]:
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
