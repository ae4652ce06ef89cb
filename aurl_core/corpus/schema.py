"""The schema of every Parquet table of the data layer, each column with its unit. No reading or writing lives here."""

from __future__ import annotations

from typing import Final

import pyarrow as pa

SCHEMA_VERSION: Final = "2"

_NAME = pa.dictionary(pa.int32(), pa.string())
"""Strings that repeat from row to row, stored once."""


def column(name: str, kind: pa.DataType, unit: str) -> pa.Field:
    """A column whose metadata says its unit or meaning."""
    return pa.field(name, kind, metadata={"unit": unit})


def table_schema(*columns: pa.Field) -> pa.Schema:
    """A schema that carries `schema_version`."""
    return pa.schema(columns, metadata={"schema_version": SCHEMA_VERSION})


PIECE_ID = column("piece_id", _NAME, "first 16 hex digits of sha256 of the source bytes")

CONTENT_HASH = column("content_hash", pa.string(), "hex digest of the piece's rows in these tables")

MANIFEST = table_schema(
    column("piece_id", pa.string(), "first 16 hex digits of sha256 of the source bytes"),
    column("path", pa.string(), "path relative to the source folder, forward slashes"),
    column("midi_path", pa.string(), "the MIDI to parse: relative to data/raw if converted, else to the source"),
    column("is_converted", pa.bool_(), "true if ingest wrote the MIDI from notation"),
    column("sha256", pa.string(), "hex digest of the source bytes"),
    column("bytes", pa.int64(), "size of the source"),
    column("format", pa.string(), "midi, musicxml, abc or humdrum"),
    column("title", pa.string(), "text or null"),
    column("composer", pa.string(), "text or null"),
    column("collection", pa.string(), "name of the collection or of the top folder"),
    column("genre", pa.string(), "text or null"),
    column("year", pa.int32(), "year or null"),
    column("style_tags", pa.list_(pa.string()), "free words"),
    column("licence_note", pa.string(), "what is known of the licence"),
)

_SOURCE = [
    MANIFEST.field(name) for name in ("path", "title", "composer", "collection", "genre", "year", "licence_note")
]

PARSED_PIECES = table_schema(
    PIECE_ID,
    *_SOURCE,
    column("ticks_per_beat", pa.int32(), "ticks of a quarter note"),
    column("num_notes", pa.int32(), "count"),
    column("num_tracks", pa.int32(), "count"),
    column("duration_ticks", pa.int32(), "ticks"),
    column("duration_seconds", pa.float64(), "seconds"),
    column("fingerprint", pa.string(), "hex digest, invariant under transposition and tempo"),
    column("num_repairs", pa.int32(), "count"),
    CONTENT_HASH,
)

FIGURES = table_schema(
    PIECE_ID,
    column("notes_per_second", pa.float64(), "notes a second"),
    column("tempo_bpm", pa.float64(), "quarter notes a minute, mean over the piece"),
    column("num_tempi", pa.int32(), "tempo events, 0 if the file states none"),
    column("stated_meter", pa.string(), "time signature in force longest, null if the file states none"),
    column("num_meters", pa.int32(), "time signature events"),
    column("stated_key", pa.string(), "first key signature, null if the file states none"),
    column("key", pa.string(), "best key of the piece by its notes, null if none fits"),
    column("polyphony", pa.float64(), "notes sounding at once, mean over the piece"),
    column("mean_note_beats", pa.float64(), "mean duration of a note, quarter notes"),
    column("lowest_pitch", pa.uint8(), "MIDI pitch, null for drums alone"),
    column("highest_pitch", pa.uint8(), "MIDI pitch, null for drums alone"),
    column("mean_pitch", pa.float64(), "MIDI pitch, null for drums alone"),
    column("mean_velocity", pa.float64(), "MIDI velocity, 1-127"),
    column("num_velocities", pa.int32(), "different velocities, 1 if nothing is louder than the rest"),
    column("families", pa.list_(pa.string()), "General MIDI families, most notes first"),
    column("drum_share", pa.float64(), "share of the notes, 0 to 1"),
    column("pitch_counts", pa.list_(pa.int32()), "notes of each of the 128 pitches, drums left out"),
    column("velocity_counts", pa.list_(pa.int32()), "notes of each of the 128 velocities"),
    column("family_counts", pa.list_(pa.int32()), "notes of each of the 16 instrument families"),
)

PARSED_NOTES = table_schema(
    PIECE_ID,
    column("note_index", pa.uint32(), "position in the piece, by onset"),
    column("track", pa.uint16(), "track number"),
    column("onset_ticks", pa.int32(), "ticks"),
    column("duration_ticks", pa.int32(), "ticks"),
    column("onset_seconds", pa.float64(), "seconds"),
    column("duration_seconds", pa.float64(), "seconds"),
    column("pitch", pa.uint8(), "MIDI pitch, 0-127"),
    column("velocity", pa.uint8(), "MIDI velocity, 1-127"),
)

TRACKS = table_schema(
    PIECE_ID,
    column("track", pa.uint16(), "track number"),
    column("name", pa.string(), "text"),
    column("program", pa.uint8(), "General MIDI program, 0-127"),
    column("channel", pa.uint8(), "MIDI channel, 0-15"),
    column("is_drum", pa.bool_(), "true for a drum kit"),
    column("voice", pa.string(), "role in the notated score, may be empty"),
)


def _events(time: str) -> pa.Schema:
    return table_schema(
        PIECE_ID,
        column(f"onset_{time}", pa.int32(), time),
        column("kind", _NAME, "one of aurl_core.score.score.EVENT_KINDS"),
        column("track", pa.int16(), "track number, -1 for the whole piece"),
        column("number", pa.int32(), "by kind: controller, numerator, sharps"),
        column("value", pa.float64(), "by kind: BPM, denominator, 1 if minor, controller or bend value"),
        column("text", pa.string(), "text, may be empty"),
    )


PARSED_EVENTS = _events("ticks")

REJECTIONS = table_schema(
    column("path", pa.string(), "path relative to the source folder"),
    column("piece_id", pa.string(), "first 16 hex digits of sha256 of the source bytes, null if unreadable"),
    column("reason", pa.string(), "one of the closed list in aurl_core.parsing.rejection"),
    column("detail", pa.string(), "what was seen"),
    column("remedy", pa.string(), "what a person can do"),
)

REPAIRS = table_schema(
    PIECE_ID,
    column("note_index", pa.uint32(), "note concerned, as numbered before the repair, or null"),
    column("kind", _NAME, "name of the repair"),
    column("before", pa.string(), "what stood there"),
    column("after", pa.string(), "what stands there now"),
)

QUANTIZED_PIECES = table_schema(
    PIECE_ID,
    *_SOURCE,
    column("steps_per_beat", pa.int32(), "steps of a quarter note"),
    column("num_notes", pa.int32(), "count"),
    column("num_tracks", pa.int32(), "count"),
    column("num_bars", pa.int32(), "count"),
    column("duration_steps", pa.int32(), "steps"),
    column("duration_seconds", pa.float64(), "seconds"),
    column("fingerprint", pa.string(), "hex digest, invariant under transposition and tempo"),
    column("mean_onset_error_seconds", pa.float64(), "mean absolute distance of onsets from the grid, seconds"),
    column("max_onset_error_seconds", pa.float64(), "largest distance of an onset from the grid, seconds"),
    column("mean_duration_error_seconds", pa.float64(), "mean absolute change of duration, seconds"),
    column("num_dropped_notes", pa.int32(), "notes lost by quantizing"),
    column("num_crowded_notes", pa.int32(), "those of them that went because too many sounded at once"),
    column("ticks_per_beat", pa.int32(), "ticks of a quarter note of the source"),
    column("beat_ticks", pa.list_(pa.int32()), "the tick of each beat that was heard, null where the file's were kept"),
    column("beat_grids", pa.list_(pa.string()), "the grid found for each beat, empty unless the mode is adaptive"),
    column("swing_ratio", pa.float64(), "an eighth against the next, null where even or the mode is not groove"),
    CONTENT_HASH,
)

QUANTIZED_NOTES = table_schema(
    PIECE_ID,
    column("note_index", pa.uint32(), "position in the piece, by onset"),
    column("track", pa.uint16(), "track number"),
    column("onset_steps", pa.int32(), "steps"),
    column("duration_steps", pa.int32(), "steps"),
    column("onset_deviation_ticks", pa.int32(), "played minus grid, ticks of the source"),
    column("duration_deviation_ticks", pa.int32(), "played minus grid, ticks of the source"),
    column("bar", pa.int32(), "bar number from 0"),
    column("position_steps", pa.int32(), "steps from the start of the bar"),
    column("pitch", pa.uint8(), "MIDI pitch, 0-127"),
    column("velocity", pa.uint8(), "MIDI velocity after normalisation, 1-127"),
    column("velocity_raw", pa.uint8(), "MIDI velocity as played, 1-127"),
)

QUANTIZED_EVENTS = _events("steps")

CORPUS_PIECES = table_schema(
    *QUANTIZED_PIECES,
    column("cluster_id", pa.string(), "smallest fingerprint among near-duplicates"),
    column("note_start", pa.int64(), "row of the piece's first note in the shard's notes file"),
    column("token_ids", pa.list_(pa.uint16()), "the configured tokenizer's ids, not augmented"),
)
"""The shards' notes, tracks and events have the quantized tables' schemas."""
