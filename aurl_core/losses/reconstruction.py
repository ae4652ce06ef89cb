"""How well the tokens that came were foreseen. What musicians would say of the prediction lives in musical.py.

All are means over the targets they look at; an ignored target never counts.
Shapes: B batch, T time, V vocabulary, W window, N places, C tokens chosen from.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from aurl_core.losses.choice import Choice, mean, window_means
from aurl_core.losses.outputs import TokenOutput, wide
from aurl_core.losses.params import TokenWeights
from aurl_core.tokens.traits import NOTE, TIME, VELOCITY

SEMITONES_PER_OCTAVE: Final = 12


def plain_cross_entropy(tokens: TokenOutput) -> Tensor:
    """mean -log p(target): nats a token, the likelihood itself."""
    return mean(tokens.nats_BT[tokens.is_scored_BT])


def token_cross_entropy(tokens: TokenOutput, *, token_weights: TokenWeights) -> Tensor:
    """sum w(kind) · -log p(target) / sum w(kind): nats a token, notes before time before all else."""
    by_kind = token_weights.other, token_weights.note, token_weights.time, token_weights.velocity
    weight_K = tokens.nats_BT.new_tensor(by_kind)
    weight_BT = weight_K[tokens.table.kind_V[tokens.known_BT]] * tokens.is_scored_BT
    return (weight_BT * tokens.nats_BT).sum() / weight_BT.sum().clamp(min=1)


def smoothed_cross_entropy(tokens: TokenOutput, *, label_smoothing: float) -> Tensor:
    """(1 - ε) · -log p(target) + ε · mean over tokens of -log p (Szegedy et al. 2016, arXiv:1512.00567)."""
    spread_BT = -tokens.log_probabilities_BTV.mean(-1)
    return mean(torch.lerp(tokens.nats_BT, spread_BT, label_smoothing)[tokens.is_scored_BT])


def focal(tokens: TokenOutput, *, focal_gamma: float) -> Tensor:
    """mean (1 - p)^γ · -log p(target): what is known well counts less (Lin et al. 2017, arXiv:1708.02002)."""
    nats_N = tokens.nats_BT[tokens.is_scored_BT]
    return mean((-torch.expm1(-nats_N)) ** focal_gamma * nats_N)


def repetition_unlikelihood(tokens: TokenOutput, *, repetition_window: int) -> Tensor:
    """mean -log(1 - p(c)) over the last W tokens c that are not the target (Welleck et al. 2020, arXiv:1908.04319).

    A token that came several times in the window counts as often.
    """
    past_BT = F.pad(tokens.targets_BT, (repetition_window, 0), value=-1)
    past_BTW = past_BT.unfold(1, repetition_window, 1)[:, :-1]
    is_wrong_BTW = (past_BTW >= 0) & (past_BTW != tokens.targets_BT[..., None]) & tokens.is_scored_BT[..., None]
    log_probability_BTW = tokens.log_probabilities_BTV.gather(-1, past_BTW.clamp(min=0))
    return mean(-log_complement(log_probability_BTW[is_wrong_BTW]))


def logit_normalizer(tokens: TokenOutput) -> Tensor:
    """mean (log sum exp logits)²: keeps logits from drifting (z-loss, Chowdhery et al. 2022, arXiv:2204.02311)."""
    logits_NV = tokens.logits_BTV[tokens.is_scored_BT]
    return mean(logits_NV.to(tokens.log_probabilities_BTV.dtype).logsumexp(-1).square())


def confidence_penalty(tokens: TokenOutput) -> Tensor:
    """mean sum p · log p: minus the entropy, nats; at most 0 (Pereyra et al. 2017, arXiv:1701.06548)."""
    entropy_BT = -(tokens.probabilities_BTV * tokens.log_probabilities_BTV).sum(-1)
    return -mean(entropy_BT[tokens.is_scored_BT])


def note_cross_entropy(tokens: TokenOutput) -> Tensor:
    """mean -log p(target) over what begins or ends a note."""
    return _kind_cross_entropy(tokens, NOTE)


def time_cross_entropy(tokens: TokenOutput) -> Tensor:
    """mean -log p(target) over what says when, or how long."""
    return _kind_cross_entropy(tokens, TIME)


def velocity_cross_entropy(tokens: TokenOutput) -> Tensor:
    """mean -log p(target) over what says how loud."""
    return _kind_cross_entropy(tokens, VELOCITY)


def phrase_end_cross_entropy(tokens: TokenOutput) -> Tensor:
    """mean -log p(target) over the last beats of phrases, where cadences are: beside the likelihood of all it makes
    them count more."""
    if tokens.is_phrase_end_BT is None:
        raise ValueError("phrase_end_cross_entropy: the output came without is_phrase_end_BT, where phrases end")
    return mean(tokens.nats_BT[tokens.is_scored_BT & tokens.is_phrase_end_BT])


def distillation(tokens: TokenOutput, *, distillation_temperature: float) -> Tensor:
    """τ² · mean KL(teacher || student), both softened by τ: what a larger network knows of the tokens that did not come
    (Hinton et al. 2015, arXiv:1503.02531)."""
    if tokens.taught_BTV is None:
        raise ValueError("distillation: the output came without taught_BTV, what a teacher says of each place")
    student_NV, teacher_NV = (
        (wide(logits_BTV[tokens.is_scored_BT]) / distillation_temperature).log_softmax(-1)
        for logits_BTV in (tokens.logits_BTV, tokens.taught_BTV)
    )
    divergence_N = (teacher_NV.exp() * (teacher_NV - student_NV)).sum(-1)
    return distillation_temperature**2 * mean(divergence_N)


def pitch_histogram(tokens: TokenOutput) -> Tensor:
    """mean over sequences of KL(pitches that came || pitches expected), each as a histogram: which notes, no matter in
    what order (as the bag of words of Zhao et al. 2017, arXiv:1703.10960)."""
    return _histogram_divergence(tokens.pitches, _pitches)


def pitch_class_histogram(tokens: TokenOutput) -> Tensor:
    """The same over the twelve pitch classes: which harmony, no matter in what octave."""
    return _histogram_divergence(tokens.pitches, pitch_classes)


def pitch_distance(tokens: TokenOutput) -> Tensor:
    """mean E|pitch - target| / 12: octaves by which a note is expected to miss."""
    pitches = tokens.pitches
    missed_NC = (pitches.value_C - pitches.target_N[:, None]).abs()
    return mean(pitches.expected(missed_NC)) / SEMITONES_PER_OCTAVE


def pitch_earth_mover(tokens: TokenOutput) -> Tensor:
    """mean sum over semitones of (CDF(pitch) - [target <= pitch])² / 12, in octaves: see `_ranked_probability`."""
    return _ranked_probability(tokens.pitches) / SEMITONES_PER_OCTAVE


def time_earth_mover(tokens: TokenOutput) -> Tensor:
    """The same over moments, in quarter notes: nearly in time is better than far off."""
    return _ranked_probability(tokens.moments)


def velocity_earth_mover(tokens: TokenOutput) -> Tensor:
    """The same over velocities from 0 to 1."""
    return _ranked_probability(tokens.loudnesses)


def log_complement(log_probability: Tensor) -> Tensor:
    """log(1 - p) of log p, finite where p rounds to 1.

    >>> [round(one, 3) for one in log_complement(torch.tensor([0.5, 0.9]).log()).tolist()]
    [-0.693, -2.303]
    """
    tiny = torch.finfo(log_probability.dtype).eps
    return torch.log1p(-log_probability.exp().clamp(max=1 - tiny))


def _kind_cross_entropy(tokens: TokenOutput, kind: int) -> Tensor:
    is_kind_BT = tokens.is_scored_BT & (tokens.table.kind_V[tokens.known_BT] == kind)
    return mean(tokens.nats_BT[is_kind_BT])


def pitch_classes(pitch: Tensor, dtype: torch.dtype) -> Tensor:
    """(..., 12) one where the pitch class is, 0 elsewhere."""
    return F.one_hot(pitch.long() % SEMITONES_PER_OCTAVE, SEMITONES_PER_OCTAVE).to(dtype)


def _pitches(pitch: Tensor, dtype: torch.dtype) -> Tensor:
    return F.one_hot(pitch.long(), 128).to(dtype)


def _histogram_divergence(choice: Choice, bins: Callable[[Tensor, torch.dtype], Tensor]) -> Tensor:
    """mean over sequences of KL(came || expected) in nats, both the mean over the places of the sequence."""
    dtype, row_N = choice.probabilities_NC.dtype, choice.windows()
    came_RK = window_means(bins(choice.target_N, dtype), row_N)
    expected_RK = window_means(choice.probabilities_NC @ bins(choice.value_C, dtype), row_N)
    log_expected_RK = expected_RK.clamp(min=torch.finfo(dtype).tiny).log()
    return mean((torch.xlogy(came_RK, came_RK) - came_RK * log_expected_RK).sum(-1))


def _ranked_probability(choice: Choice) -> Tensor:
    """mean of the integral of (CDF(x) - [target <= x])² over the values, in their unit: the continuous ranked
    probability score, a squared earth mover's distance to the target (Matheson and Winkler 1976; Hou et al. 2017,
    arXiv:1611.05916)."""
    value_C, order_C = choice.value_C.sort()
    reached_NC = choice.probabilities_NC[:, order_C].cumsum(-1)
    is_past_NC = value_C >= choice.target_N[:, None]
    gap_C = value_C.diff()
    return mean(((reached_NC - is_past_NC.to(reached_NC.dtype)).square()[:, :-1] * gap_C).sum(-1))
