import numpy as np
import pytest
import torch

from aurl_core.models.history import NO_PITCH
from aurl_core.models.relative_pitch import REACH, RelativePitches
from aurl_core.tokens.traits import TokenTraits

FIRST_NOTE = 5


@pytest.fixture
def intervals():
    """Over a vocabulary of 100 ids in which 5 to 92 begin the pitches 21 to 108."""
    traits = TokenTraits.blank(100)
    traits.pitch_V[FIRST_NOTE : FIRST_NOTE + 88] = np.arange(21, 109)
    torch.manual_seed(0)
    built = RelativePitches(traits, model_dim=4, num_notes=1)
    torch.nn.init.normal_(built.scores.weight)
    return built


def scores(intervals, references, x_D):
    reference_BTK = torch.tensor([[references]])
    return intervals(torch.zeros(1, 1, 100), x_D.view(1, 1, 4), reference_BTK)[0, 0]


def test_at_first_nothing_is_added():
    fresh = RelativePitches(TokenTraits.blank(7), model_dim=4, num_notes=2)
    reference_BTK, logits_BTV = torch.tensor([[[60, 62, 60, NO_PITCH]]]), torch.randn(1, 1, 7)
    assert torch.equal(fresh(logits_BTV, torch.randn(1, 1, 4), reference_BTK), logits_BTV)


def test_scores_are_those_of_the_intervals(intervals):
    """Pitch 64 beside the references 60 and 57, the third missing: +4 of the first and +7 of the second."""
    x_D = torch.randn(4)
    score_KR = (intervals.scores.weight @ x_D).view(3, 2 * REACH + 1)
    found = scores(intervals, [60, 57, NO_PITCH], x_D)[FIRST_NOTE + 64 - 21]
    torch.testing.assert_close(found, score_KR[0, REACH + 4] + score_KR[1, REACH + 7])


def test_transposed_references_transpose_the_scores(intervals):
    x_D = torch.randn(4)
    low, high = scores(intervals, [60, 57, 50], x_D), scores(intervals, [65, 62, 55], x_D)
    torch.testing.assert_close(low[FIRST_NOTE : FIRST_NOTE + 83], high[FIRST_NOTE + 5 : FIRST_NOTE + 88])
    assert low[FIRST_NOTE : FIRST_NOTE + 83].any()


def test_what_is_no_note_or_too_far_gets_nothing(intervals):
    found = scores(intervals, [40, NO_PITCH, NO_PITCH], torch.randn(4))
    assert not found[:FIRST_NOTE].any()
    assert found[FIRST_NOTE + 40 + REACH - 21] != 0
    assert not found[FIRST_NOTE + 41 + REACH - 21 :].any()


@pytest.mark.parametrize("pitch", [0, 127])
def test_references_at_the_ends_of_the_keyboard_stay_on_it(intervals, pitch):
    x_D = torch.randn(4)
    score_R = (intervals.scores.weight @ x_D).view(3, -1)[0]
    place = 21 if pitch == 0 else 108
    found = scores(intervals, [pitch, NO_PITCH, NO_PITCH], x_D)[FIRST_NOTE + place - 21]
    torch.testing.assert_close(found, score_R[REACH + place - pitch])


def test_scores_of_bf16_networks_have_the_type_of_the_logits(intervals):
    logits_BTV, reference_BTK = torch.zeros(1, 1, 100), torch.tensor([[[60, 57, NO_PITCH]]])
    with torch.autocast("cpu", torch.bfloat16):
        found = intervals(logits_BTV.bfloat16(), torch.ones(1, 1, 4), reference_BTK)
    assert found.dtype == torch.bfloat16
    torch.testing.assert_close(
        found.float(), intervals(logits_BTV, torch.ones(1, 1, 4), reference_BTK), atol=0.05, rtol=0.05
    )
