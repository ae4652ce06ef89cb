import numpy as np
import pyarrow as pa
import pytest

from aurl_core.corpus.schema import column
from aurl_core.errors import SettingError
from aurl_core.score.score import Notes, Score
from aurl_core.studies.study import beats_of, load_studies, load_templates, study_schema, study_table

CHORDS = "aurl_core.studies.chords.recognition:ChordStudy"
KEYS = "aurl_core.studies.chords.keys:KeyStudy"


def test_the_shipped_studies_are_found_in_order(params):
    assert [study.name for study in load_studies(params)] == ["chords", "keys", "sections", "contours", "motifs"]
    assert [template.name for template in load_templates(params)] == ["chord_transitions"]


@pytest.mark.parametrize("path", ["aurl_core.studies.nowhere:ChordStudy", "aurl_core.studies.study:Nothing"])
def test_a_path_that_leads_nowhere_is_named(params, path):
    with pytest.raises(SettingError, match=path):
        load_studies(params.model_copy(update={"studies": (path,)}))


def test_a_class_that_is_no_study_is_refused(params):
    with pytest.raises(SettingError, match="needs `name`, `schema` and `analyze`"):
        load_studies(params.model_copy(update={"studies": ("aurl_core.studies.chords.progressions:ChordTransitions",)}))


def test_a_class_that_is_no_template_is_refused(params):
    with pytest.raises(SettingError, match="is no template"):
        load_templates(params.model_copy(update={"templates": (CHORDS,)}))


def test_two_studies_of_one_name_are_refused(params):
    with pytest.raises(SettingError, match=r"same table \['chords'\]"):
        load_studies(params.model_copy(update={"studies": (CHORDS, CHORDS)}))


def test_a_template_without_its_studies_is_refused(params):
    with pytest.raises(SettingError, match=r"reads the tables \['keys'\]"):
        load_templates(params.model_copy(update={"studies": (CHORDS,)}))


def test_a_study_table_carries_its_piece_and_units():
    schema = study_schema(column("beat", pa.float64(), "quarter notes"))
    beats = beats_of(np.array([0, 36]), Score(24, Notes.empty()))
    table = study_table(schema, {"piece_id": "x"}, {"beat": beats, "confidence": [0.5, 1.0]})
    assert table["piece_id"].to_pylist() == ["x", "x"]
    assert table["beat"].to_pylist() == [0.0, 1.5]
    assert table.schema.field("beat").metadata == {b"unit": b"quarter notes"}
