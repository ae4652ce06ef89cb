import numpy as np
import pytest
import symusic

from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track
from aurl_core.tokens.adapters_score import playable, score_of
from aurl_core.tokens.clock import Clock

NOTES = Notes.of(onset=[0, 480], duration=[240, 480], pitch=[60, 64], velocity=[20, 100], track=[0, 1])
TRACKS = (Track("one", program=5), Track("two", is_drum=True, channel=9))


def given(notes=NOTES, rows=(), *, tracks=TRACKS):
    return playable(Score(480, notes, tracks, Events.of(rows)), Clock(24), longest_beats=12)


def test_notes_and_tracks_go_over_and_come_back():
    back = score_of(given().score, 24)
    assert back.notes.onset.tolist() == [0, 24]
    assert back.notes.duration.tolist() == [12, 24]
    assert back.notes.velocity.tolist() == [20, 100]
    assert back.tracks == TRACKS


def test_times_come_back_from_a_finer_clock_at_the_nearest_step():
    fine = symusic.Score(48)
    fine.tracks.append(
        symusic.Track(notes=symusic.Note.from_numpy(*(np.array([n], np.int32) for n in (95, 49, 60, 64))))
    )
    notes = score_of(fine, 24).notes
    assert (notes.onset.tolist(), notes.duration.tolist()) == ([48], [24])


def test_pedals_go_over_as_spans_and_come_back_as_changes():
    rows = [("control_change", tick, 0, 64, value, "") for tick, value in ((0, 90.0), (240, 0.0), (400, 127.0))]
    part = given(rows=rows).score.tracks[0]
    assert [(pedal.time, pedal.duration) for pedal in part.pedals] == [(0, 12), (20, 28)]
    back = score_of(given(rows=rows).score, 24).events
    assert list(zip(back.onset.tolist(), back.value.tolist(), strict=True)) == [(0, 127), (12, 0), (20, 127), (48, 0)]


@pytest.mark.parametrize(
    ("written", "said"), [((2, 2), (4, 4)), ((6, 16), (3, 8)), ((7, 8), (7, 8)), ((3, 16), None), ((13, 4), None)]
)
def test_meters_are_written_in_quarters_and_eighths(written, said):
    found = given(rows=[("time_signature", 0, WHOLE_PIECE, written[0], float(written[1]), "")])
    meters = [(meter.numerator, meter.denominator) for meter in found.score.time_signatures]
    assert meters == ([said] if said else [])
    assert found.losses.dropped_time_signatures == (said is None)


def test_what_is_lost_is_counted():
    notes = Notes.of(onset=[0, 0, 0, 0], duration=[1, 480 * 13, 480, 480], pitch=[60, 61, 20, 109])
    rows = [
        ("tempo", 0, WHOLE_PIECE, 0, 300.0, ""),
        ("key_signature", 0, WHOLE_PIECE, 1, 0.0, ""),
        ("control_change", 0, 0, 7, 90.0, ""),
        ("lyric", 0, 0, 0, 0.0, "la"),
    ]
    losses = given(notes, rows, tracks=(Track(), Track("again"))).losses
    assert (losses.lengthened_notes, losses.shortened_notes, losses.dropped_pitches) == (1, 1, 2)
    assert (losses.clamped_tempos, losses.dropped_key_signatures, losses.dropped_controls) == (1, 1, 1)
    assert (losses.dropped_texts, losses.merged_tracks) == (1, 1)


def test_durations_count_in_the_beats_of_the_meter():
    notes = Notes.of(onset=[480], duration=[480 * 7], pitch=[60])
    assert given(notes, [("time_signature", 0, WHOLE_PIECE, 3, 4.0, "")]).losses.shortened_notes == 0
    assert given(notes, [("time_signature", 0, WHOLE_PIECE, 6, 8.0, "")]).losses.shortened_notes == 1
