import pytest
import torch

from aurl_core.losses.outputs import IGNORED, LatentOutput, Posterior, TokenOutput, TokenTable
from aurl_core.tokens.params import BarTokenizerConfig, EventTokenizerConfig
from aurl_core.tokens.tokenizer import build_tokenizer
from aurl_core.tokens.traits import NOTE, VELOCITY, TokenTraits
from tests.aurl_core.losses.cases import table

EVENT = build_tokenizer(EventTokenizerConfig(steps_per_beat=24, out_of_range="fold")).vocabulary
BAR = build_tokenizer(BarTokenizerConfig(steps_per_beat=24)).vocabulary


@pytest.mark.parametrize(
    ("vocabulary", "token", "beats", "is_relative"),
    [(EVENT, "TIME_SHIFT_16", 0.5, True), (BAR, "POSITION_36", 1.5, False), (BAR, "POSITION_0", 0, False)],
)
def test_moments_of_a_vocabulary(vocabulary, token, beats, is_relative):
    known = TokenTable.of(TokenTraits.of(vocabulary))
    assert known.beats_V[vocabulary.id_of(token)] == beats
    assert known.is_relative is is_relative


def test_what_does_not_set_the_clock_has_no_moment():
    known = TokenTable.of(TokenTraits.of(BAR))
    for token in ("BAR", "DURATION_24", "PITCH_60"):
        assert known.beats_V[BAR.id_of(token)] == -1


@pytest.mark.parametrize(("vocabulary", "note"), [(EVENT, "NOTE_ON_60"), (BAR, "PITCH_60")])
def test_notes_and_velocities_of_a_vocabulary(vocabulary, note):
    known = TokenTable.of(TokenTraits.of(vocabulary))
    assert (known.kind_V[vocabulary.id_of(note)], known.pitch_V[vocabulary.id_of(note)]) == (NOTE, 60)
    loud = known.loudness_V[known.kind_V == VELOCITY]
    torch.testing.assert_close(loud, torch.linspace(0, 1, 32))
    assert (known.loudness_V >= 0).sum() == 32


def test_half_precision_is_widened():
    output = TokenOutput(torch.randn(1, 2, 15, dtype=torch.bfloat16), torch.tensor([[1, 9]]), table())
    assert output.log_probabilities_BTV.dtype == torch.float32
    assert output.pitches.log_probabilities_NC.dtype == torch.float32


def test_relative_time_is_counted_from_the_start():
    output = TokenOutput(torch.zeros(1, 6, 15), torch.tensor([[10, 1, 9, IGNORED, 8, 3]]), table(torch.float32))
    torch.testing.assert_close(output.clock_BT, torch.tensor([[0, 0.5, 0.5, 0.8, 0.8, 1.05]]))
    assert output.moment_BT.tolist() == [[1, 1, 2, 2, 3, 3]]


def test_absolute_time_is_its_own():
    known = table()._replace(is_relative=False)
    output = TokenOutput(torch.zeros(1, 3, 15), torch.tensor([[11, 1, 10]]), known)
    assert output.clock_BT.tolist() == [[0, 0, 0]]
    torch.testing.assert_close(output.onset_N, known.beats_V[[11, 10]], check_dtype=False)


def test_places_that_are_not_real_have_no_rows():
    tensors = (torch.randn(2, 3, 4, dtype=torch.bfloat16) for _ in range(3))
    level = Posterior(*tensors, torch.tensor([[True, False, True], [True, True, False]]))
    assert {rows.shape for rows in level.rows()} == {(4, 4)}
    assert level.kl_BLZ.dtype == torch.float32
    assert level.kl_BLZ[0, 1].tolist() == level.kl_BLZ[1, 2].tolist() == [0, 0, 0, 0]


def test_nats_are_told_a_target():
    assert LatentOutput({}, torch.tensor(4)).per_target(torch.tensor(10.0)) == 2.5
    assert LatentOutput({}, torch.tensor(0)).per_target(torch.tensor(0.0)) == 0
