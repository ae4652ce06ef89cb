"""Small corpora, written the way the stages write them."""

import hashlib

import numpy as np
import pytest

from aurl_core.corpus.schema import PARSED_EVENTS, PARSED_NOTES, PARSED_PIECES
from aurl_core.corpus.shards import PARSED, PieceTables, ShardWriter
from aurl_core.corpus.tables import events_table, piece_id_column, table_of, tracks_table
from aurl_core.score.fingerprint import fingerprint
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track
from aurl_core.score.time import TempoMap


def tune(seed, *, num_notes=40, transposed=0, ticks_per_beat=480):
    """A wandering melody over a bass: equal for equal seeds, but for the bass when transposed."""
    random = np.random.default_rng(seed)
    half_beats = np.cumsum(random.integers(1, 4, num_notes + 1))
    onset, duration = half_beats[:-1] * ticks_per_beat // 2, np.diff(half_beats) * ticks_per_beat // 2
    melody = random.integers(60, 84, num_notes) + transposed
    bass = 40 + np.random.default_rng(seed + 1000 * transposed).integers(0, 12, num_notes)
    notes = Notes.of(
        onset=np.tile(onset, 2),
        duration=np.tile(duration, 2),
        pitch=np.concatenate([melody, bass]),
        velocity=80,
        track=np.repeat([0, 1], num_notes),
    )
    events = Events.of([("tempo", 0, WHOLE_PIECE, 0, 100.0, ""), ("time_signature", 0, WHOLE_PIECE, 3, 4.0, "")])
    return Score(ticks_per_beat, notes, (Track("melody"), Track("bass", program=32)), events)


def parsed_tables(name, score):
    piece_id = hashlib.sha256(name.encode()).hexdigest()[:16]
    onset, offset = (TempoMap.of(score).seconds(ticks) for ticks in (score.notes.onset, score.notes.offset))
    made = {
        "piece_id": piece_id,
        "path": f"folk/{name}.mid",
        "title": name,
        "composer": "anonymous",
        "collection": "folk",
        "ticks_per_beat": score.ticks_per_beat,
        "num_notes": len(score.notes),
        "num_tracks": len(score.tracks),
        "duration_ticks": score.music_end,
        "duration_seconds": float(TempoMap.of(score).seconds(score.music_end)),
        "fingerprint": fingerprint(score),
        "num_repairs": 0,
    }
    notes = {
        "piece_id": piece_id_column(piece_id, len(score.notes)),
        "note_index": np.arange(len(score.notes)),
        "onset_ticks": score.notes.onset,
        "duration_ticks": score.notes.duration,
        "onset_seconds": onset,
        "duration_seconds": offset - onset,
        **{column: getattr(score.notes, column) for column in ("track", "pitch", "velocity")},
    }
    return PieceTables(
        table_of(PARSED_PIECES, {column: [made.get(column)] for column in PARSED_PIECES.names}),
        table_of(PARSED_NOTES, notes),
        tracks_table(piece_id, score),
        events_table(piece_id, score, PARSED_EVENTS),
    )


@pytest.fixture
def write_parsed(tmp_path):
    """Write scores by name as data/parsed, and say where that is."""

    def write(scores, notes_per_shard=200):
        writer = ShardWriter(tmp_path / "data" / "parsed", PARSED, notes_per_shard)
        for name, score in scores.items():
            writer.add(parsed_tables(name, score))
        writer.close()
        return writer.folder

    return write
