import pytest
from pydantic import ValidationError

from aurl_core.studies.params import StudyParams


@pytest.mark.parametrize("path", ["aurl_core.studies.chords", "chords/py:ChordStudy", ":ChordStudy", "a:b:c"])
def test_a_study_is_named_by_module_and_class(params, path):
    with pytest.raises(ValidationError, match=r"studies\.0"):
        StudyParams.model_validate(params.model_dump() | {"studies": [path]})


def test_an_unknown_setting_is_an_error(params):
    with pytest.raises(ValidationError, match="loudness"):
        StudyParams.model_validate(params.model_dump() | {"loudness": 1})
