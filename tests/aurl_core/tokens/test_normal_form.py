import numpy as np
import pytest

from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track
from aurl_core.tokens.event import EventTokenizer
from aurl_core.tokens.losses import Losses
from aurl_core.tokens.normal_form import normal_form_of
from aurl_core.tokens.params import EventTokenizerConfig

PIANO = (Track(),)


def config(out_of_range="fold"):
    return EventTokenizerConfig(steps_per_beat=24, out_of_range=out_of_range)


def normal(score, out_of_range="fold"):
    """The normal form as a score, and what it cost."""
    return EventTokenizer(config(out_of_range)).normal_form(score), normal_form_of(score, config(out_of_range)).losses


def score(*notes, tracks=PIANO, events=(), ticks_per_beat=24):
    """A score of (onset, duration, pitch, velocity, track) notes."""
    columns = dict(zip(("onset", "duration", "pitch", "velocity", "track"), zip(*notes, strict=True), strict=True))
    return Score(ticks_per_beat, Notes.of(**columns), tuple(tracks), Events.of(list(events)))


def test_tracks_of_one_family_become_one():
    tracks = (Track("violin", program=40), Track("piano"), Track("cello", program=42), Track("kit", is_drum=True))
    form, _ = normal(
        score((0, 24, 60, 66, 0), (0, 24, 60, 66, 1), (24, 24, 50, 66, 2), (0, 24, 36, 66, 3), tracks=tracks)
    )
    assert [(track.program, track.is_drum) for track in form.tracks] == [(0, False), (40, False), (0, True)]
    assert form.notes.track.tolist() == [0, 1, 2, 1]


def test_unisons_become_the_longer_note():
    form, losses = normal(score((0, 12, 60, 90, 0), (0, 24, 60, 30, 0)))
    assert (form.notes.duration.tolist(), form.notes.velocity.tolist()) == ([24], [30])
    assert losses == Losses(merged_unisons=1)


def test_unisons_of_one_length_become_the_louder_note():
    form, _ = normal(score((0, 24, 60, 30, 0), (0, 24, 60, 90, 0)))
    assert form.notes.velocity.tolist() == [90]


def test_a_note_is_cut_where_its_pitch_starts_again():
    form, losses = normal(score((0, 24, 60, 66, 0), (12, 24, 60, 66, 0), (12, 24, 64, 66, 0)))
    assert form.notes.duration.tolist() == [12, 24, 24]
    assert losses == Losses(cut_overlaps=1)


def test_the_same_pitch_of_another_family_is_another_note():
    _, losses = normal(score((0, 24, 60, 66, 0), (12, 24, 60, 66, 1), tracks=(Track(), Track(program=40))))
    assert losses == Losses()


@pytest.mark.parametrize(("pitch", "folded"), [(20, 32), (0, 24), (8, 32), (9, 21), (109, 97), (127, 103), (120, 108)])
def test_pitches_are_folded_by_octaves(pitch, folded):
    form, losses = normal(score((0, 24, pitch, 66, 0)))
    assert form.notes.pitch.tolist() == [folded]
    assert losses == Losses(folded_pitches=1)


def test_pitches_are_dropped_where_that_is_asked():
    form, losses = normal(score((0, 24, 20, 66, 0), (0, 24, 60, 66, 0)), "drop")
    assert form.notes.pitch.tolist() == [60]
    assert losses == Losses(dropped_pitches=1)


def test_drums_out_of_range_are_always_dropped():
    form, losses = normal(score((0, 24, 15, 66, 0), (0, 24, 36, 66, 0), tracks=(Track(is_drum=True),)))
    assert form.notes.pitch.tolist() == [36]
    assert losses == Losses(dropped_pitches=1)


def test_sound_effects_are_dropped_and_not_taken_for_drums():
    tracks = (Track(program=125), Track(is_drum=True, program=125))
    form, losses = normal(score((0, 24, 60, 66, 0), (0, 24, 36, 66, 1), tracks=tracks))
    assert form.notes.pitch.tolist() == [36]
    assert losses == Losses(dropped_sound_effects=1)


def test_a_note_shorter_than_a_step_becomes_one():
    form, losses = normal(score((0, 5, 60, 66, 0), ticks_per_beat=480))
    assert form.notes.duration.tolist() == [1]
    assert losses == Losses(lengthened_notes=1)


def test_velocities_are_the_middle_of_their_bin():
    form, _ = normal(score((0, 24, 60, 1, 0), (24, 24, 60, 64, 0), (48, 24, 60, 127, 0)))
    assert form.notes.velocity.tolist() == [2, 66, 126]


def test_a_velocity_that_midi_cannot_mean_is_the_loudest():
    form, _ = normal(score((0, 24, 60, 200, 0), (24, 24, 62, 64, 0)))
    assert form.notes.velocity.tolist() == [126, 66]
    assert form.notes.duration.tolist() == [24, 24]


def test_tempos_are_binned_counted_and_said_once():
    events = [
        ("tempo", onset, WHOLE_PIECE, 0, bpm, "") for onset, bpm in ((0, 30.0), (24, 60.5), (48, 300.0), (999, 90.0))
    ]
    form, losses = normal(score((0, 100, 60, 66, 0), events=events))
    assert form.events.onset.tolist() == [0, 48]
    assert form.events.value.tolist() == pytest.approx([60.0, 200.0])
    assert losses == Losses(clamped_tempos=2)


def test_a_score_without_tempo_has_that_of_midi():
    form, _ = normal(score((0, 24, 60, 66, 0)))
    assert form.events.select("tempo").value.tolist() == pytest.approx([120.0], rel=0.02)


def test_the_pedal_is_up_or_down_and_said_on_change():
    pedal = [
        ("control_change", onset, 0, 64, value, "") for onset, value in ((0, 0.0), (4, 70.0), (6, 127.0), (9, 63.0))
    ]
    other = [("control_change", 5, 0, 1, 127.0, ""), ("control_change", 6, WHOLE_PIECE, 64, 0.0, "")]
    form, _ = normal(score((0, 24, 60, 66, 0), events=[*pedal, *other]))
    controls = form.events.select("control_change")
    assert (controls.onset.tolist(), controls.value.tolist()) == ([4, 9], [127.0, 0.0])


def test_two_families_have_a_pedal_each():
    pedal = [("control_change", 0, track, 64, 127.0, "") for track in (0, 1, 1)]
    form, _ = normal(score((0, 24, 60, 66, 0), (0, 24, 60, 66, 1), tracks=(Track(), Track(program=40)), events=pedal))
    assert form.events.select("control_change").track.tolist() == [0, 1]


def test_meter_keys_and_words_are_not_said():
    events = [("time_signature", 0, WHOLE_PIECE, 3, 4.0, ""), ("lyric", 0, 0, 0, 0.0, "la")]
    form, _ = normal(score((0, 24, 60, 66, 0), events=events))
    assert len(form.events) == len(form.events.select("tempo"))


def test_columns_are_sixty_four_bit_so_that_long_pieces_do_not_overflow():
    far = 2**30
    form = normal_form_of(score((far, 480, 60, 66, 0), ticks_per_beat=480), config())
    assert form.onset.tolist() == [round(far / 20)]
    assert form.onset.dtype == np.int64
