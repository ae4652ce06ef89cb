import pytest

from aurl_core.corpus.figures import figures_table
from aurl_core.corpus.shards import read_shards
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track

SCALE = [60, 62, 64, 65, 67, 69, 71, 72]


def scale(*, velocity=80, events=()):
    onset = [480 * number for number in range(8)]
    notes = Notes.of(onset=onset, duration=480, pitch=SCALE, velocity=velocity)
    return Score(480, notes, events=Events.of(list(events)))


@pytest.fixture
def measured(write_parsed):
    def measure(**scores):
        [shard] = read_shards(write_parsed(scores, notes_per_shard=10_000))
        table = figures_table(shard._asdict())
        return {name: table[name].to_pylist() for name in table.column_names}

    return measure


def test_time_figures_are_means_over_the_piece(measured):
    columns = measured(one=scale(events=[("tempo", 0, WHOLE_PIECE, 0, 60.0, "")]))
    assert {name: columns[name] for name in ("tempo_bpm", "notes_per_second", "polyphony")} == {
        "tempo_bpm": [60.0],
        "notes_per_second": [1.0],
        "polyphony": [1.0],
    }
    assert columns["mean_note_beats"] == [1.0]


def test_pitches_and_their_key_leave_drums_out(measured):
    kit = Score(480, Notes.of(onset=[0, 0], duration=480, pitch=[36, 60], track=[0, 1]), (Track(is_drum=True), Track()))
    drums = Score(480, Notes.of(onset=[0], duration=480, pitch=[36]), (Track(is_drum=True),))
    found = measured(mixed=kit, drums=drums, scale=scale())
    assert found["lowest_pitch"] == [60, None, 60]
    assert found["highest_pitch"] == [60, None, 72]
    assert found["key"][1:] == [None, "C major"]
    assert [(sum(counts), counts[36]) for counts in found["pitch_counts"]] == [(1, 0), (0, 0), (8, 0)]


def test_instruments_are_families_by_number_of_notes(measured):
    notes = Notes.of(onset=[0, 0, 480, 480], duration=480, pitch=[60, 40, 36, 41], track=[0, 1, 2, 1])
    band = Score(480, notes, (Track(program=56), Track(program=33), Track(is_drum=True)))
    found = measured(scale=scale(), band=band)
    assert found["families"] == [["piano"], ["bass", "brass", "drums"]]
    assert found["drum_share"] == [0.0, 0.25]
    assert [counts[:8] for counts in found["family_counts"]] == [[8] + [0] * 7, [0, 0, 0, 0, 2, 0, 0, 1]]


def test_loudness_is_counted_by_level(measured):
    found = measured(even=scale(), swelling=scale(velocity=[10, 20, 30, 40, 50, 60, 70, 80]))
    assert found["mean_velocity"] == [80.0, 45.0]
    assert found["num_velocities"] == [1, 8]
    assert [counts[80] for counts in found["velocity_counts"]] == [8, 1]


def test_what_files_state_is_told_from_what_they_leave_open(measured):
    events = [
        ("tempo", 0, WHOLE_PIECE, 0, 90.0, ""),
        ("time_signature", 0, WHOLE_PIECE, 1, 4.0, ""),
        ("time_signature", 480, WHOLE_PIECE, 3, 4.0, ""),
        ("key_signature", 0, WHOLE_PIECE, -3, 1.0, ""),
        ("key_signature", 960, WHOLE_PIECE, 0, 0.0, ""),
    ]
    columns = measured(silent=scale(), telling=scale(events=events))
    assert columns["stated_meter"] == [None, "3/4"]
    assert columns["stated_key"] == [None, "C minor"]
    assert (columns["num_tempi"], columns["num_meters"]) == ([0, 1], [0, 2])
