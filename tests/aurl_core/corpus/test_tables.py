import numpy as np
import pyarrow as pa
import pytest

from aurl_core.corpus.schema import PARSED_EVENTS, QUANTIZED_EVENTS, TRACKS, column, table_schema
from aurl_core.corpus.tables import (
    content_hash,
    events_table,
    piece_id_column,
    scores_of,
    table_of,
    tracks_table,
)
from aurl_core.score.score import WHOLE_PIECE, Events, Score, Track

SCORE = Score(
    480,
    tracks=(Track("Soprano", 52, 1, voice="soprano"), Track("kit", is_drum=True)),
    events=Events.of([("lyric", 0, 0, 0, 0.0, "Wachet"), ("tempo", 480, WHOLE_PIECE, 0, 90.5, "")]),
)
NO_NOTES = pa.table(
    {name: pa.array([], pa.int32()) for name in ("onset_ticks", "duration_ticks", "pitch", "velocity", "track")}
)


def test_a_piece_id_is_stored_once():
    ids = piece_id_column("abc", 1000)
    assert ids.dictionary.to_pylist() == ["abc"]
    assert len(ids) == 1000


def test_a_table_has_its_schema():
    schema = table_schema(
        column("pitch", pa.uint8(), "MIDI pitch"), column("kind", pa.dictionary(pa.int32(), pa.string()), "-")
    )
    table = table_of(schema, {"pitch": np.array([60, 61]), "kind": ["a", "a"]})
    assert table.schema.equals(schema, check_metadata=True)
    assert table.to_pylist() == [{"pitch": 60, "kind": "a"}, {"pitch": 61, "kind": "a"}]


def test_a_value_that_does_not_fit_is_an_error():
    with pytest.raises((pa.ArrowInvalid, OverflowError)):
        table_of(table_schema(column("pitch", pa.uint8(), "MIDI pitch")), {"pitch": [300]})


def test_a_missing_column_is_an_error():
    with pytest.raises(KeyError, match="track"):
        table_of(TRACKS, {"piece_id": ["a"]})


def test_tracks_and_events_come_back():
    tracks, events = tracks_table(["abc"], [SCORE]), events_table(["abc"], [SCORE], PARSED_EVENTS)
    counts = [np.array([len(table)]) for table in (NO_NOTES, tracks, events)]
    [score] = scores_of([480], (NO_NOTES, tracks, events), counts)
    assert score.equals(SCORE)


def test_the_onset_of_events_is_named_after_its_clock():
    assert "onset_steps" in events_table(["abc"], [SCORE], QUANTIZED_EVENTS).column_names


def test_a_score_without_events_has_empty_tables():
    table = events_table(["abc"], [Score(24)], PARSED_EVENTS)
    assert table.num_rows == 0
    assert table.schema.equals(PARSED_EVENTS)


def test_a_content_hash_changes_with_anything_in_the_rows():
    other = SCORE.with_events(Events.of([("lyric", 0, 0, 0, 0.0, "Wachet"), ("tempo", 480, WHOLE_PIECE, 0, 91.0, "")]))
    hashes = {
        content_hash({"title": "a"}, SCORE),
        content_hash({"title": "b"}, SCORE),
        content_hash({"title": "a"}, other),
        content_hash({"title": "a"}, SCORE, np.array([1])),
    }
    assert len(hashes) == 4
    assert content_hash({"title": "a"}, SCORE) in hashes
