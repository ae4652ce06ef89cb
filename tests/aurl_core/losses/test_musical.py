import math

import pytest
import torch

from aurl_core.losses import musical
from aurl_core.losses.outputs import TokenOutput
from tests.aurl_core.losses.cases import VOCABULARY, table

ID = {token.pitch: number for number, token in enumerate(VOCABULARY) if token.pitch >= 0}
QUARTER, OFF, HALF, BEAT = (number for number, token in enumerate(VOCABULARY) if token.beats >= 0)
SOFT, MIDDLE, LOUD = (number for number, token in enumerate(VOCABULARY) if token.loudness >= 0)


def sure(targets: list[int], said: list[int] | None = None, *, is_relative: bool = True) -> TokenOutput:
    """A decoder that is certain of some tokens, of the targets if no others are given."""
    one_hot_TV = torch.nn.functional.one_hot(torch.tensor(said or targets), len(VOCABULARY)).double()
    known = table()._replace(is_relative=is_relative)
    return TokenOutput(60 * one_hot_TV[None], torch.tensor([targets]), known)


def unsure(targets: list[int]) -> TokenOutput:
    return TokenOutput(
        torch.zeros(1, len(targets), len(VOCABULARY), dtype=torch.float64), torch.tensor([targets]), table()
    )


@pytest.mark.parametrize(
    ("pitches", "nearby", "octaves"),
    [([48, 60], 1, 10 / 12), ([59, 60, 61], 1, 0), ([48, 72, 60], 1, (22 + 10) / 24), ([48, 72, 61], 2, (22 + 9) / 24)],
)
def test_leaps_are_from_the_nearest_of_the_last_notes(pitches, nearby, octaves):
    loss = musical.voice_leading(sure([ID[pitch] for pitch in pitches]), leap_semitones=2, nearby_notes=nearby)
    assert loss.item() == pytest.approx(octaves)


def test_no_leap_crosses_from_one_sequence_to_the_next():
    targets_BT = torch.tensor([[ID[48]], [ID[72]]])
    output = TokenOutput(torch.zeros(2, 1, len(VOCABULARY)), targets_BT, table(torch.float32))
    assert musical.voice_leading(output, leap_semitones=0, nearby_notes=3) == 0


@pytest.mark.parametrize(("pitch", "octaves"), [(48, 1), (60, 0), (66, 0), (72, 0.5)])
def test_range(pitch, octaves):
    loss = musical.pitch_range(sure([ID[pitch]]), lowest_pitch=60, highest_pitch=66)
    assert loss.item() == pytest.approx(octaves)


@pytest.mark.parametrize(
    ("below", "above", "rough"), [(59, 60, 1), (60, 67, 0), (60, 72, 0), (60, 66, (1.24 + 0.453) / (1.24 + 1.428))]
)
def test_roughness_of_two_notes_of_a_chord(below, above, rough):
    assert musical.dissonance(sure([ID[below], LOUD, ID[above]])).item() == pytest.approx(rough)


def test_notes_of_different_moments_do_not_grate():
    assert musical.dissonance(sure([ID[59], BEAT, ID[60]])) == 0


def test_a_passage_in_another_order_is_consistent_and_another_harmony_is_not():
    targets = [ID[60], ID[67], ID[59]]
    turned = sure(targets, [ID[67], ID[59], ID[48]])
    assert musical.harmony_consistency(turned, harmony_window=3).item() == pytest.approx(0, abs=1e-9)
    foreign = sure(targets, [ID[61], ID[66], ID[66]])
    assert musical.harmony_consistency(foreign, harmony_window=3).item() == pytest.approx(1)


def test_entropy_of_pitch_classes():
    assert musical.pitch_class_entropy(sure([ID[48], ID[60]]), harmony_window=2).item() == pytest.approx(0, abs=1e-9)
    assert musical.pitch_class_entropy(sure([ID[59], ID[60]]), harmony_window=2).item() == pytest.approx(math.log(2))


def test_a_fifth_is_less_tension_than_a_semitone_and_than_a_tritone():
    near, semitone, tritone = (
        musical.tonal_tension(sure([ID[60], ID[to]]), harmony_window=1).item() for to in (67, 61, 66)
    )
    assert 0 < near < semitone < tritone


def test_the_mass_of_what_is_forbidden():
    legal_BTV = torch.ones(1, 1, len(VOCABULARY), dtype=torch.bool)
    legal_BTV[0, 0, :6] = False
    output = TokenOutput(torch.zeros(1, 1, len(VOCABULARY)), torch.tensor([[9]]), table(torch.float32), legal_BTV)
    assert musical.grammar_mass(output).item() == pytest.approx(6 / 15)


def test_grammar_without_a_grammar_is_an_error():
    with pytest.raises(ValueError, match="came without legal_BTV"):
        musical.grammar_mass(unsure([1]))


def test_density_is_compared_with_what_came():
    assert musical.note_density(sure([ID[60], HALF], [HALF, ID[60]])).item() == pytest.approx(0, abs=1e-9)
    assert musical.note_density(unsure([ID[60], ID[61]])).item() == pytest.approx((1 - 7 / 15) ** 2)


@pytest.mark.parametrize(
    ("targets", "off"),
    [
        ([BEAT, HALF, QUARTER], 0),
        ([OFF], 2 * 0.2),
        ([OFF, QUARTER], 2 * 0.2),
        ([OFF, OFF, QUARTER], (0.4 + 0.8 + 0.8) / 3),
    ],
)
def test_onsets_off_the_grid(targets, off):
    assert musical.rhythm_regularity(sure(targets), beat_divisions=4).item() == pytest.approx(off, abs=1e-5)


def test_onsets_in_the_bar_stand_for_themselves():
    output = sure([OFF, QUARTER, HALF], is_relative=False)
    assert musical.rhythm_regularity(output, beat_divisions=4).item() == pytest.approx(0.4 / 3, abs=1e-5)


def test_a_piece_is_to_be_as_syncopated_as_it_was():
    off_beats, beats = [HALF, BEAT, BEAT], [BEAT, BEAT, BEAT]
    assert musical.syncopation(sure(off_beats)).item() == pytest.approx(0, abs=1e-9)
    assert musical.syncopation(sure(beats, off_beats)).item() == pytest.approx((1 / 9) ** 2)


def test_velocities_that_jump():
    assert musical.velocity_smoothness(sure([SOFT, ID[60], MIDDLE, LOUD])).item() == pytest.approx(0.25)
