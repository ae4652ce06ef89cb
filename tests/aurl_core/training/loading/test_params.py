import pytest
from pydantic import ValidationError

from aurl_core.training.loading.params import SLIDING, SequenceParams


def test_windows_begin_anywhere_unless_told_otherwise():
    assert SequenceParams() == SLIDING
    assert (SLIDING.policy, SLIDING.stride) == ("sliding", 1.0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"policy": "cut"}, "'sliding', 'truncate', 'adaptive' or 'phrases'"), ({"stride": 1.5}, "equal to 1")],
)
def test_what_cannot_be_is_refused(settings, message):
    with pytest.raises(ValidationError, match=message):
        SequenceParams(**settings)
