import math
from dataclasses import replace

import pytest
import torch
from torch.nn import functional as F

from aurl_core.losses import reconstruction
from aurl_core.losses.outputs import IGNORED, TokenOutput
from aurl_core.losses.params import NAMES, TokenWeights
from tests.aurl_core.losses.cases import TARGETS, VOCABULARY, Case, phrase_ends, table, taught, tokens

NOTE_60, HALF, LOUD = 3, 10, 14


def said(probabilities: list[dict[int, float]], targets: list[int]) -> TokenOutput:
    """One sequence whose places give these tokens these probabilities, the rest shared by the others."""
    logits_TV = torch.empty(len(targets), len(VOCABULARY), dtype=torch.float64)
    for row, known in zip(logits_TV, probabilities, strict=True):
        row.fill_((1 - sum(known.values())) / (len(VOCABULARY) - len(known)))
        row[list(known)] = torch.tensor(list(known.values()), dtype=torch.float64)
    return TokenOutput(logits_TV.log()[None], torch.tensor([targets]), table())


THREE = said([{NOTE_60: 0.5}, {HALF: 0.25}, {LOUD: 0.1}], [NOTE_60, HALF, LOUD])


def test_the_plain_one_is_the_mean_surprise():
    assert reconstruction.plain_cross_entropy(THREE).item() == pytest.approx(-math.log(0.5 * 0.25 * 0.1) / 3)


def test_notes_count_three_times():
    expected = -(3 * math.log(0.5) + 2 * math.log(0.25) + 1.5 * math.log(0.1)) / 6.5
    assert reconstruction.token_cross_entropy(THREE, token_weights=TokenWeights()).item() == pytest.approx(expected)


def test_only_the_ends_of_phrases_count():
    is_phrase_end_BT = torch.tensor([[False, True, True]])
    marked = replace(THREE, is_phrase_end_BT=is_phrase_end_BT)
    assert reconstruction.phrase_end_cross_entropy(marked).item() == pytest.approx(-math.log(0.25 * 0.1) / 2)
    with pytest.raises(ValueError, match="came without is_phrase_end_BT, where phrases end"):
        reconstruction.phrase_end_cross_entropy(THREE)


def test_a_teacher_is_followed_at_its_temperature():
    taught = said([{NOTE_60: 0.9}, {HALF: 0.9}, {LOUD: 0.9}], [NOTE_60, HALF, IGNORED]).logits_BTV
    student = TokenOutput(torch.zeros_like(taught), torch.tensor([[NOTE_60, HALF, IGNORED]]), table(), None, taught)
    spread = [0.9**0.5] + [(0.1 / (len(VOCABULARY) - 1)) ** 0.5] * (len(VOCABULARY) - 1)
    softened = [one / sum(spread) for one in spread]
    expected = 4 * sum(p * math.log(p * len(VOCABULARY)) for p in softened)
    assert reconstruction.distillation(student, distillation_temperature=2).item() == pytest.approx(expected)


def test_without_a_teacher_there_is_nothing_to_follow():
    with pytest.raises(ValueError, match="distillation: the output came without taught_BTV"):
        reconstruction.distillation(THREE, distillation_temperature=2)


@pytest.mark.parametrize(("kind", "probability"), [("note", 0.5), ("time", 0.25), ("velocity", 0.1)])
def test_a_kind_alone(kind, probability):
    loss = getattr(reconstruction, f"{kind}_cross_entropy")
    assert loss(THREE).item() == pytest.approx(-math.log(probability))


def test_smoothing_is_torchs():
    output = tokens().make(*tokens().free)
    expected = F.cross_entropy(output.logits_BTV.flatten(0, 1), output.targets_BT.flatten(), label_smoothing=0.2)
    torch.testing.assert_close(reconstruction.smoothed_cross_entropy(output, label_smoothing=0.2), expected)


def test_focus_is_on_what_is_not_known():
    expected = -(0.5**2 * math.log(0.5) + 0.75**2 * math.log(0.25) + 0.9**2 * math.log(0.1)) / 3
    assert reconstruction.focal(THREE, focal_gamma=2).item() == pytest.approx(expected)


def test_repetition_costs_within_the_window_alone():
    output = said([{0: 0.5}, {1: 0.5, 0: 0.2}, {2: 0.4, 0: 0.3, 1: 0.1}], [0, 1, 2])
    wide = reconstruction.repetition_unlikelihood(output, repetition_window=2).item()
    assert wide == pytest.approx(-(math.log(0.8) + math.log(0.7) + math.log(0.9)) / 3)
    narrow = reconstruction.repetition_unlikelihood(output, repetition_window=1).item()
    assert narrow == pytest.approx(-(math.log(0.8) + math.log(0.9)) / 2)


def test_what_is_repeated_for_certain_costs_a_finite_number():
    logits_BTV = torch.full((1, 2, 15), -200.0)
    logits_BTV[..., 0] = 200
    output = TokenOutput(logits_BTV.requires_grad_(), torch.tensor([[0, 1]]), table(torch.float32))
    loss = reconstruction.repetition_unlikelihood(output, repetition_window=4)
    assert 10 < loss.item() < 20


def test_the_earth_mover_is_the_distance_of_a_certain_choice():
    sure = said([{1: 1 - 1e-9}], [5])
    assert reconstruction.pitch_earth_mover(sure).item() == pytest.approx((66 - 48) / 12)
    assert reconstruction.pitch_distance(sure).item() == pytest.approx((66 - 48) / 12)


def test_histograms_do_not_mind_the_order():
    targets = [1, NOTE_60, 6]
    turned = said([{6: 1 - 1e-9}, {1: 1 - 1e-9}, {NOTE_60: 1 - 1e-9}], targets)
    assert reconstruction.pitch_histogram(turned).item() == pytest.approx(0, abs=1e-6)
    assert reconstruction.plain_cross_entropy(turned).item() > 10


def test_pitch_classes_do_not_mind_the_octave():
    octave_up = said([{7: 1 - 1e-9}], [1])
    assert reconstruction.pitch_class_histogram(octave_up).item() == pytest.approx(0, abs=1e-6)
    assert reconstruction.pitch_histogram(octave_up).item() > 10


@pytest.mark.parametrize("name", NAMES["tokens"])
def test_what_is_ignored_does_not_count(name):
    case = tokens()
    is_ignored_BT = torch.tensor(TARGETS) == IGNORED
    [logits_BTV] = case.free
    changed_BTV = torch.where(is_ignored_BT[..., None], 5 * logits_BTV.roll(1, -1), logits_BTV)
    assert not torch.equal(changed_BTV, logits_BTV)
    assert case.loss(name, changed_BTV) == case.loss(name, logits_BTV)


@pytest.mark.parametrize("name", NAMES["tokens"])
def test_with_everything_ignored_it_is_zero_and_teaches_nothing(name):
    case = tokens([[IGNORED] * 4] * 2)
    logits_BTV = case.free[0].clone().requires_grad_()
    loss = case.loss(name, logits_BTV)
    loss.backward()
    assert loss == 0
    assert not logits_BTV.grad.any()


@pytest.mark.parametrize("name", NAMES["tokens"])
def test_it_is_a_mean_over_the_batch(name):
    once = tokens()
    legal_BTV = once.make(*once.free).legal_BTV.repeat(2, 1, 1)
    taught_BTV = taught().repeat(2, 1, 1)
    ends_BT = phrase_ends(TARGETS * 2)
    double = Case(
        (), lambda logits: TokenOutput(logits, torch.tensor(TARGETS * 2), table(), legal_BTV, taught_BTV, ends_BT)
    )
    torch.testing.assert_close(double.loss(name, once.free[0].repeat(2, 1, 1)), once.loss(name, *once.free))
