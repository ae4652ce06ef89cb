import numpy as np
import pyarrow.parquet as pq
import pytest

from aurl_core.score.score import Notes, Score
from aurl_core.studies.chords.keys import KeyStudy
from aurl_core.studies.chords.progressions import ChordTransitions
from aurl_core.studies.chords.recognition import ChordStudy

CADENCES = [(48, 60, 64, 67), (53, 60, 65, 69), (43, 59, 62, 67), (48, 60, 64, 67)] * 2


def piece(shift):
    pitch = np.array(CADENCES) + shift
    onset = np.repeat(np.arange(len(CADENCES)) * 96, 4)
    return Score(24, Notes.of(onset=onset, duration=96, pitch=pitch.ravel()))


@pytest.fixture
def table(params, tmp_path):
    import pyarrow as pa

    for study in (ChordStudy(params), KeyStudy(params)):
        rows = [study.analyze({"piece_id": name}, piece(shift)) for name, shift in (("a", 0), ("b", 5))]
        pq.write_table(pa.concat_tables(rows).unify_dictionaries(), tmp_path / f"{study.name}.parquet")
    return ChordTransitions(params).build(tmp_path)


def test_the_same_progression_in_two_keys_adds_up(table):
    rows = {(row["from_label"], row["to_label"]): row for row in table.to_pylist()}
    assert set(rows) == {("C:maj", "F:maj"), ("F:maj", "G:maj"), ("G:maj", "C:maj")}
    assert rows["C:maj", "F:maj"]["num_changes"] == 4
    assert rows["C:maj", "F:maj"]["num_pieces"] == 2


def test_probabilities_of_what_follows_a_chord_add_up_to_one(table):
    leaving = table.group_by(["mode", "from_label"]).aggregate([("probability", "sum")])
    np.testing.assert_allclose(leaving["probability_sum"].to_numpy(), 1.0)


def test_no_change_leads_from_one_piece_into_the_next(table):
    assert sum(row["num_changes"] for row in table.to_pylist()) == 2 * 6


def test_a_piece_whose_key_is_not_known_is_left_out(table, params, tmp_path):
    keys = pq.read_table(tmp_path / "keys.parquet")
    pq.write_table(keys.slice(0, 1), tmp_path / "keys.parquet")
    alone = ChordTransitions(params).build(tmp_path)
    assert sum(alone["num_changes"].to_pylist()) * 2 == sum(table["num_changes"].to_pylist())
