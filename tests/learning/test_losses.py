"""That whoever minimises a component gets what its name says, as plain Python measures it."""

import math
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from statistics import correlation, fmean, pvariance

import pytest
import torch

from aurl_core.losses.params import FAMILY_OF
from tests.aurl_core.losses.cases import (
    FAKE,
    REAL,
    SETTINGS,
    TARGETS,
    VOCABULARY,
    Case,
    case_of,
    judged,
    phrase_ends,
    taught,
)

WINDOW = SETTINGS["harmony_window"]
NUM_STEPS = {"kernel_discrepancy": 160}
"""Of gradient descent, where 75 do not do."""


def minimised(name: str, case: Case, *, num_steps: int) -> tuple[torch.Tensor, ...]:
    """Where gradient descent on one component leads."""
    free = [tensor.clone().requires_grad_() for tensor in case.free]
    optimizer = torch.optim.Adam(free, lr=0.1)
    for step in range(num_steps):
        optimizer.zero_grad()
        case.loss(name, *free, seed=step).backward()
        optimizer.step()
    return tuple(tensor.detach() for tensor in free)


# What the decoder says, place by place: (sequence, time, target, probability of each token).

Place = tuple[int, int, int, list[float]]


def places(logits) -> Iterator[Place]:
    for row, targets in enumerate(TARGETS):
        for time, target in enumerate(targets):
            if target >= 0:
                powers = [math.exp(one) for one in logits[row][time].tolist()]
                yield row, time, target, [power / sum(powers) for power in powers]


def distance_to_teacher(logits) -> float:
    """Half the sum of what the probabilities differ by, mean over places."""
    teacher = {place[:2]: place[3] for place in places(taught())}
    return fmean(
        0.5 * sum(abs(p - q) for p, q in zip(said, teacher[row, time], strict=True))
        for row, time, _, said in places(logits)
    )


def chosen(logits, trait: str) -> list[tuple[int, int, float, dict[float, float]]]:
    """(sequence, time, value that came, probability by value) where the target has the trait."""
    found = []
    for row, time, target, probabilities in places(logits):
        if getattr(VOCABULARY[target], trait) >= 0:
            shares = {getattr(VOCABULARY[v], trait): p for v, p in enumerate(probabilities)}
            shares.pop(-1)
            total = sum(shares.values())
            came = getattr(VOCABULARY[target], trait)
            found.append((row, time, came, {value: share / total for value, share in shares.items()}))
    return found


def mean_cost(logits, trait: str, cost: Callable[[float, float], float]) -> float:
    """The expected cost of a value beside the one that came."""
    return fmean(
        sum(p * cost(value, came) for value, p in shares.items()) for _, _, came, shares in chosen(logits, trait)
    )


def surprise(kind: int | None = None) -> Callable[..., float]:
    def measure(logits) -> float:
        return fmean(-math.log(p[t]) for _, _, t, p in places(logits) if kind is None or VOCABULARY[t].kind == kind)

    return measure


def surprise_at_phrase_ends(logits) -> float:
    return fmean(-math.log(p[t]) for row, time, t, p in places(logits) if phrase_ends()[row, time])


def least_certain(logits) -> float:
    return 1 - min(p[target] for _, _, target, p in places(logits))


def repeated(logits) -> float:
    """The mean probability of a token that came before and does not come now."""
    found = []
    for row, time, target, probabilities in places(logits):
        found += [probabilities[v] for v in set(TARGETS[row][:time]) if v not in (target, -100)]
    return fmean(found)


def drift(logits) -> float:
    return fmean(abs(math.log(sum(map(math.exp, logits[row][time].tolist())))) for row, time, _, _ in places(logits))


def certainty(logits) -> float:
    return fmean(max(p) for _, _, _, p in places(logits))


def histograms(logits, fold: int, window: int | None = None) -> Iterator[tuple[int, Counter, Counter]]:
    """(sequence, shares expected, shares that came) of pitches modulo `fold`, by windows of notes."""
    for row in (0, 1):
        notes = [place for place in chosen(logits, "pitch") if place[0] == row]
        size = window or len(notes)
        for start in range(0, len(notes), size):
            expected, came = Counter(), Counter()
            some = notes[start : start + size]
            for _, _, pitch, shares in some:
                came[pitch % fold] += 1 / len(some)
                for value, share in shares.items():
                    expected[value % fold] += share / len(some)
            yield row, expected, came


def distance(left: Counter, right: Counter) -> float:
    return sum(abs(left[key] - right[key]) for key in left | right)


def histogram_error(fold: int, window: int | None = None) -> Callable[..., float]:
    return lambda logits: fmean(distance(expected, came) for _, expected, came in histograms(logits, fold, window))


def key_blur(logits) -> float:
    return 1 - fmean(max(expected.values()) for _, expected, _ in histograms(logits, 12, WINDOW))


def harmonic_steps(logits) -> float:
    shares = list(histograms(logits, 12, WINDOW))
    return fmean(distance(a, b) for (row, a, _), (next_row, b, _) in pairwise(shares) if row == next_row)


def leaps(logits) -> float:
    """The expected leap from the nearest of the last two notes."""
    found, past = [], {0: [], 1: []}
    for row, _, came, shares in chosen(logits, "pitch"):
        if past[row]:
            found.append(sum(p * min(abs(value - old) for old in past[row][-2:]) for value, p in shares.items()))
        past[row].append(came)
    return fmean(found)


def outside(logits) -> float:
    return mean_cost(
        logits, "pitch", lambda pitch, _: not SETTINGS["lowest_pitch"] <= pitch <= SETTINGS["highest_pitch"]
    )


def harsh(logits) -> float:
    """The probability of a semitone, whole tone or tritone to a note said just before in the same moment."""
    found = []
    for row, time, _, shares in chosen(logits, "pitch"):
        before = VOCABULARY[TARGETS[row][time - 1]] if time and TARGETS[row][time - 1] >= 0 else VOCABULARY[0]
        if before.pitch >= 0:
            found.append(sum(p for value, p in shares.items() if (value - before.pitch) % 12 in (1, 2, 6, 10, 11)))
    return fmean(found)


def illegal(logits) -> float:
    case = case_of("grammar_mass")
    legal = case.make(*case.free).legal_BTV
    return fmean(
        sum(p for p, is_legal in zip(shares, legal[row, time].tolist(), strict=True) if not is_legal)
        for row, time, _, shares in places(logits)
    )


def note_surplus(logits) -> float:
    """By how many notes the expected number differs."""
    surplus = [0.0, 0.0]
    for row, _, target, shares in places(logits):
        surplus[row] += sum(p for v, p in enumerate(shares) if VOCABULARY[v].pitch >= 0) - (
            VOCABULARY[target].pitch >= 0
        )
    return fmean(map(abs, surplus))


def onsets(logits) -> Iterator[tuple[int, float, list[tuple[float, float]]]]:
    """(sequence, onset that came, [(onset, probability)]), in quarter notes from the start of the sequence."""
    clock = [0.0, 0.0]
    for row, _, came, shares in chosen(logits, "beats"):
        yield row, clock[row] + came, [(clock[row] + value, p) for value, p in shares.items()]
        clock[row] += came


def off_grid(logits) -> float:
    """How much further from a sixteenth note an onset is expected to be than the best there could be."""
    found = []
    for _, _, chances in onsets(logits):
        off = [abs(4 * onset - round(4 * onset)) for onset, _ in chances]
        found.append(sum(p * one for one, (_, p) in zip(off, chances, strict=True)) - min(off))
    return fmean(found)


def weakness(onset: float) -> float:
    return sum(abs(onset * halves - round(onset * halves)) > 0.01 for halves in (1, 2, 4)) / 3


def meter_error(logits) -> float:
    """By how much the mean weakness expected differs from the one that came."""
    missed = {0: [], 1: []}
    for row, came, found in onsets(logits):
        missed[row].append(sum(p * weakness(onset) for onset, p in found) - weakness(came))
    return fmean(abs(fmean(one)) for one in missed.values())


def velocity_jumps(logits) -> float:
    found, before = [], {}
    for row, _, came, shares in chosen(logits, "loudness"):
        if row in before:
            found.append(sum(p * abs(value - before[row]) for value, p in shares.items()))
        before[row] = came
    return fmean(found)


# What the encoder says: (mean, log-variance) of each real place of a level, a list of dimensions.


def rows(free, level: int) -> list[tuple[list[float], list[float]]]:
    mean, log_variance = (tensor.tolist() for tensor in free[2 * level : 2 * level + 2])
    return [
        (mean[row][place], log_variance[row][place])
        for row in range(len(mean))
        for place in range(len(mean[row]))
        if not (row == 0 and place == 3)
    ]


def nats(free, *levels: int) -> float:
    """KL to the standard normal, all places and dimensions."""
    found = (pair for level in levels for means, logs in rows(free, level) for pair in zip(means, logs, strict=True))
    return sum(0.5 * (mean**2 + math.exp(log) - 1 - log) for mean, log in found)


def far_from_prior(*levels: int) -> Callable[..., float]:
    return lambda *free: nats(free, *levels)


def over_free_bits(*free) -> float:
    """How far the nats of a dimension are from the 0.2 that are free."""
    found = []
    for level in (0, 1, 2):
        places = rows(free, level)
        for z in range(3):
            kl = [0.5 * (means[z] ** 2 + math.exp(logs[z]) - 1 - logs[z]) for means, logs in places]
            found.append(abs(fmean(kl) - 0.2))
    return fmean(found)


def off_capacity(*free) -> float:
    return abs(nats(free, 0, 1, 2) / 4 - 3)


def off_normal(*free) -> float:
    """|mean| and |variance - 1| of the aggregated posterior, by dimension."""
    found = []
    for level in (0, 1, 2):
        for z in range(3):
            means = [mean[z] for mean, _ in rows(free, level)]
            variance = pvariance(means) + fmean(math.exp(logs[z]) for _, logs in rows(free, level))
            found.append(abs(fmean(means)) + abs(variance - 1))
    return fmean(found)


def correlated(*free) -> float:
    columns = [[[mean[z] for mean, _ in rows(free, level)] for z in range(3)] for level in (0, 1, 2)]
    return fmean(abs(correlation(level[a], level[b])) for level in columns for a, b in ((0, 1), (0, 2), (1, 2)))


def confused(*free) -> float:
    """How likely the mean of a place's posterior is to come from another place of its level."""
    found = []
    for level in (0, 1, 2):
        real = rows(free, level)
        for number, (here, _) in enumerate(real):
            heights = [math.exp(-sum(map(half_square, here, means, logs))) for means, logs in real]
            found.append(1 - heights[number] / sum(heights))
    return fmean(found)


def half_square(value: float, mean: float, log_variance: float) -> float:
    return 0.5 * ((value - mean) ** 2 * math.exp(-log_variance) + log_variance)


# What a frozen encoder hears, layer by layer: places of features, the last place of the first layer being padding.


def heard(*decoded) -> Iterator[tuple[list[list[float]], list[list[float]]]]:
    """(features decoded, features wanted), by layer and sequence, a list of places."""
    output = case_of("feature_distance").make(*decoded)
    for layer in zip(output.decoded, output.targets, output.is_real, strict=True):
        for found, wanted, is_real in zip(*layer, strict=True):
            yield found[is_real].tolist(), wanted[is_real].tolist()


def unlike(*decoded) -> float:
    return fmean(math.dist(a, b) for layer in heard(*decoded) for a, b in zip(*layer, strict=True))


def turned(*decoded) -> float:
    pairs = [pair for layer in heard(*decoded) for pair in zip(*layer, strict=True)]
    return fmean(1 - sum(map(float.__mul__, a, b)) / math.hypot(*a) / math.hypot(*b) for a, b in pairs)


def sounds_apart(*decoded) -> float:
    """How much the mean product of two features differs."""

    def products(places: list[list[float]]) -> list[float]:
        dims = range(len(places[0]))
        return [fmean(place[a] * place[b] for place in places) for a in dims for b in dims]

    return fmean(math.dist(products(found), products(wanted)) for found, wanted in heard(*decoded))


# What the discriminator says.


def found_out(fake) -> float:
    """The share of made music that the discriminator recognises, a logit counted as what it is at most worth, 1."""
    return fmean(-min(1, logit) for scale in judged(fake)[0] for logit in scale.flatten().tolist())


def units_apart(fake) -> float:
    real_units, fake_units = judged(REAL)[1], judged(fake)[1]
    return fmean(float((a.mean(0) - b.mean(0)).norm()) for a, b in zip(real_units, fake_units, strict=True))


def fooled(*layers) -> float:
    """The share of logits on the wrong side."""
    real, fake = (torch.cat([scale.flatten() for scale in judged(one, layers)[0]]).tolist() for one in (REAL, FAKE))
    return fmean([logit <= 0 for logit in real] + [logit >= 0 for logit in fake])


def separation(*layers) -> float:
    """Minus the distance of the mean logits."""
    return fmean(fmean(s.flatten().tolist()) for s in judged(FAKE, layers)[0]) - fmean(
        fmean(s.flatten().tolist()) for s in judged(REAL, layers)[0]
    )


def slope(inputs, layers) -> float:
    """The mean length of the gradient of a sequence's mean logit, by differences."""
    lengths = []
    for sequence in inputs:
        squares = 0.0
        for place in torch.cartesian_prod(torch.arange(4), torch.arange(3)).tolist():
            step = torch.zeros_like(sequence)
            step[place[0], place[1]] = 1e-5
            up, down = (
                fmean(float(s.mean()) for s in judged(one[None], layers)[0])
                for one in (sequence + step, sequence - step)
            )
            squares += ((up - down) / 2e-5) ** 2
        lengths.append(math.sqrt(squares))
    return fmean(lengths)


MEASURES: dict[str, tuple[Callable[..., float], float]] = {
    "token_cross_entropy": (surprise(), 0.2),
    "plain_cross_entropy": (surprise(), 0.2),
    "smoothed_cross_entropy": (surprise(), 0.3),
    "focal": (least_certain, 0.4),
    "repetition_unlikelihood": (repeated, 0.2),
    "logit_normalizer": (drift, 0.1),
    "confidence_penalty": (certainty, 0.4),
    "note_cross_entropy": (surprise(1), 0.2),
    "time_cross_entropy": (surprise(2), 0.2),
    "velocity_cross_entropy": (surprise(3), 0.2),
    "phrase_end_cross_entropy": (surprise_at_phrase_ends, 0.2),
    "distillation": (distance_to_teacher, 0.1),
    "pitch_histogram": (histogram_error(128), 0.2),
    "pitch_class_histogram": (histogram_error(12), 0.2),
    "pitch_distance": (lambda logits: mean_cost(logits, "pitch", lambda a, b: abs(a - b)), 0.2),
    "pitch_earth_mover": (lambda logits: mean_cost(logits, "pitch", lambda a, b: abs(a - b)), 0.3),
    "time_earth_mover": (lambda logits: mean_cost(logits, "beats", lambda a, b: abs(a - b)), 0.2),
    "velocity_earth_mover": (lambda logits: mean_cost(logits, "loudness", lambda a, b: abs(a - b)), 0.3),
    "harmony_consistency": (histogram_error(12, WINDOW), 0.3),
    "voice_leading": (leaps, 0.3),
    "pitch_range": (outside, 0.1),
    "pitch_class_entropy": (key_blur, 0.4),
    "dissonance": (harsh, 0.3),
    "tonal_tension": (harmonic_steps, 0.1),
    "grammar_mass": (illegal, 0.1),
    "note_density": (note_surplus, 0.1),
    "rhythm_regularity": (off_grid, 0.3),
    "syncopation": (meter_error, 0.2),
    "velocity_smoothness": (velocity_jumps, 0.2),
    "kl": (far_from_prior(0, 1, 2), 0.05),
    "kl_piece": (far_from_prior(0), 0.05),
    "kl_phrase": (far_from_prior(1), 0.05),
    "kl_bar": (far_from_prior(2), 0.05),
    "kl_free_bits": (over_free_bits, 0.1),
    "kl_capacity": (off_capacity, 0.05),
    "kl_prior": (far_from_prior(0, 1, 2), 0.1),
    "kernel_discrepancy": (off_normal, 0.7),
    "aggregate_moments": (off_normal, 0.05),
    "orthogonality": (correlated, 0.1),
    "total_correlation": (correlated, 0.4),
    "information_shortfall": (confused, 0.2),
    "feature_distance": (unlike, 0.1),
    "feature_cosine": (turned, 0.1),
    "feature_gram": (sounds_apart, 0.2),
    "feature_matching": (units_apart, 0.2),
    "hinge_critic": (fooled, 0.5),
    "non_saturating_critic": (fooled, 0.5),
    "least_squares_critic": (fooled, 0.5),
    "gradient_penalty_real": (lambda *layers: slope(REAL, layers), 0.5),
    "gradient_penalty_fake": (lambda *layers: slope(FAKE, layers), 0.5),
    "gradient_penalty_between": (lambda *layers: abs(slope((REAL + FAKE) / 2, layers) - 1), 0.1),
}
"""What each component is to make smaller, and to which share of its value before it does so at least."""

SIGNED = {
    "hinge_generator": (found_out, 0.5),
    "non_saturating_generator": (found_out, 0.5),
    "least_squares_generator": (found_out, 0.5),
    "wasserstein_generator": (found_out, 0.5),
    "relativistic_generator": (found_out, 0.5),
    "wasserstein_critic": (separation, 1),
    "relativistic_critic": (separation, 1),
}
"""The same for measures of either sign, which fall by so much at least."""


@pytest.mark.parametrize("name", MEASURES)
def test_minimising_it_does_what_its_name_says(name):
    measure, share = MEASURES[name]
    case = case_of(name)
    found = minimised(name, case, num_steps=NUM_STEPS.get(name, 75))
    assert measure(*found) < share * measure(*case.free)


@pytest.mark.parametrize("name", SIGNED)
def test_minimising_it_moves_what_its_name_says(name):
    measure, fall = SIGNED[name]
    case = case_of(name)
    found = minimised(name, case, num_steps=NUM_STEPS.get(name, 75))
    assert measure(*found) < measure(*case.free) - fall


def test_no_component_is_left_out():
    assert set(MEASURES) | set(SIGNED) == set(FAMILY_OF)
