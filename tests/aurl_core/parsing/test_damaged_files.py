"""Any damage to a file costs what it hit, never a crash and never a track that it did not touch."""

import numpy as np
import pytest

from aurl_core.errors import ParseError
from aurl_core.parsing.params import ParseParams
from aurl_core.parsing.parser import parse_bytes
from aurl_core.parsing.rejection import REASONS
from aurl_core.rendering.midi import write_midi
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track

PARAMS = ParseParams(repair=True, min_tempo_bpm=5, max_tempo_bpm=1000, max_file_mb=1, mb_per_shard=1)
TRACKS = Track("One", 1, 0), Track("Two", 2, 1), Track("Three", 3, 2)
EVENTS = [
    ("tempo", 0, WHOLE_PIECE, 0, 90.0, ""),
    ("control_change", 9, 0, 64, 127.0, ""),
    ("lyric", 9, 1, 0, 0.0, "la"),
]
PITCHES = np.tile(np.arange(40, 56), 3)
PIECE = Score(
    480,
    Notes.of(onset=np.tile(np.arange(16) * 60, 3), duration=50, pitch=PITCHES, track=np.repeat(np.arange(3), 16)),
    TRACKS,
    Events.of(EVENTS),
)
DATA = write_midi(PIECE)
STARTS = [start for start in range(len(DATA)) if DATA.startswith(b"MTrk", start)]


def parsed(data):
    """Each track's notes as (onset, pitch), by name; nothing of a file that is rejected for a known reason."""
    try:
        score, _ = parse_bytes(data, PARAMS)
    except ParseError as error:
        assert error.reason in REASONS
        return {}
    spans = np.column_stack([score.notes.onset, score.notes.pitch])
    return {track.name: spans[score.notes.track == number].tolist() for number, track in enumerate(score.tracks)}


WHOLE = parsed(DATA)


def test_a_file_cut_off_at_any_byte_keeps_the_tracks_before():
    for length in range(len(DATA)):
        found = parsed(DATA[:length])
        whole = [name for name, start in zip(("One", "Two"), STARTS[2:], strict=True) if start <= length]
        assert [name for name in whole if found[name] != WHOLE[name]] == [], length


@pytest.mark.parametrize("seed", range(40))
def test_bytes_flipped_in_one_track_leave_the_others(seed):
    draw = np.random.default_rng(seed)
    damaged = np.frombuffer(DATA, np.uint8).copy()
    places = draw.integers(STARTS[2] + 8, STARTS[3], draw.integers(1, 20))
    damaged[places] = draw.integers(0, 256, len(places))
    found = parsed(damaged.tobytes())
    assert [found[name] for name in ("One", "Three")] == [WHOLE["One"], WHOLE["Three"]]


@pytest.mark.parametrize("seed", range(40))
def test_bytes_flipped_anywhere_are_survived(seed):
    draw = np.random.default_rng(seed)
    damaged = np.frombuffer(DATA, np.uint8).copy()
    places = draw.integers(0, len(DATA), draw.integers(1, 100))
    damaged[places] = draw.integers(0, 256, len(places))
    assert set(parsed(damaged.tobytes())) <= {*WHOLE, *parsed(damaged.tobytes())}


@pytest.mark.parametrize("track", [1, 2, 3])
@pytest.mark.parametrize("size", [0, 1, 77, 1 << 16, (1 << 32) - 1])
def test_a_track_of_any_claimed_size_is_read_whole(track, size):
    place = STARTS[track] + 4
    assert parsed(DATA[:place] + size.to_bytes(4, "big") + DATA[place + 4 :]) == WHOLE


def test_a_chunk_lost_or_doubled_leaves_the_others():
    second = DATA[STARTS[2] : STARTS[3]]
    assert parsed(DATA.replace(second, b"")) == {name: WHOLE[name] for name in ("One", "Three")}
    assert parsed(DATA.replace(second, second * 2)) == WHOLE


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("track", [2, 3])
def test_junk_between_chunks_is_passed_over(seed, track):
    junk = np.random.default_rng(seed).bytes(1 + 3 * seed)
    assert parsed(DATA[: STARTS[track]] + junk + DATA[STARTS[track] :]) == WHOLE


@pytest.mark.parametrize("seed", range(10))
def test_noise_is_rejected_or_read_but_never_raises(seed):
    noise = np.random.default_rng(seed).bytes(2000)
    parsed(noise)
    found = parsed(DATA[: STARTS[3]] + b"MTrk" + len(noise).to_bytes(4, "big") + noise)
    assert found["One"] == WHOLE["One"]
