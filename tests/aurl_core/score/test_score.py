import numpy as np

from aurl_core.score.score import EVENT_KINDS, WHOLE_PIECE, Events, Notes, Score, Track


def test_notes_are_sorted_by_onset_track_pitch_and_duration():
    notes = Notes.of(onset=[5, 0, 0, 0], duration=[1, 3, 2, 1], pitch=[60, 64, 64, 70], track=[0, 1, 1, 0])
    assert notes.onset.tolist() == [0, 0, 0, 5]
    assert notes.track.tolist() == [0, 1, 1, 0]
    assert notes.duration.tolist() == [1, 2, 3, 1]


def test_single_values_stand_for_all_notes():
    notes = Notes.of(onset=[0, 24], duration=24, pitch=60, velocity=90, track=2)
    assert notes.velocity.tolist() == [90, 90]
    assert notes.track.tolist() == [2, 2]


def test_columns_are_as_small_as_their_values():
    notes = Notes.of(onset=[0], duration=[1], pitch=[60])
    kinds = [str(getattr(notes, name).dtype) for name in ("onset", "duration", "pitch", "velocity", "track")]
    assert kinds == ["int32", "int32", "uint8", "uint8", "uint16"]


def test_no_notes_are_columns_too():
    assert len(Notes.empty()) == 0
    assert Notes.empty().offset.dtype == np.int32
    assert Notes.empty().equals(Notes.of(onset=[], duration=[], pitch=[]))


def test_taking_keeps_the_order_asked_for():
    notes = Notes.of(onset=[0, 1, 2], duration=1, pitch=[60, 61, 62])
    assert notes.take(np.array([2, 0])).pitch.tolist() == [62, 60]
    assert notes.take(notes.pitch > 60).pitch.tolist() == [61, 62]


def test_events_are_stably_sorted_by_onset():
    rows = [("lyric", 5, 0, 0, 0.0, "b"), ("marker", 0, WHOLE_PIECE, 0, 0.0, "x"), ("lyric", 0, 0, 0, 0.0, "a")]
    events = Events.of(rows)
    assert events.text.tolist() == ["x", "a", "b"]
    assert [EVENT_KINDS[kind] for kind in events.kind] == ["marker", "lyric", "lyric"]


def test_events_are_selected_by_kind():
    events = Events.of([("lyric", 0, 0, 0, 0.0, "la"), ("tempo", 0, WHOLE_PIECE, 0, 90.0, "")])
    assert events.select("lyric").text.tolist() == ["la"]
    assert len(events.select("marker")) == 0


def test_the_end_is_the_last_thing_that_happens():
    score = Score(
        24, Notes.of(onset=[0], duration=[24], pitch=60), events=Events.of([("marker", 30, -1, 0, 0.0, "fin")])
    )
    assert (score.end, score.music_end) == (30, 24)
    assert (Score(24).end, Score(24).music_end) == (0, 0)


def test_drums_are_known_note_by_note():
    notes = Notes.of(onset=[0, 1], duration=1, pitch=60, track=[1, 0])
    assert Score(24, notes, (Track(), Track(is_drum=True))).is_drum.tolist() == [True, False]


def test_equality_looks_at_everything():
    score = Score(24, Notes.of(onset=[0], duration=[24], pitch=60))
    louder = score.with_notes(Notes.of(onset=[0], duration=[24], pitch=60, velocity=90))
    faster = score.with_events(Events.of([("tempo", 0, WHOLE_PIECE, 0, 200.0, "")]))
    others = [louder, faster, Score(48, score.notes), Score(24, score.notes, (Track("piano"),))]
    assert score.equals(Score(24, Notes.of(onset=[0], duration=[24], pitch=60)))
    assert not any(score.equals(other) for other in others)
