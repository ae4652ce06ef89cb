import pytest
from pydantic import ValidationError

from aurl_core.generation.params import GenerateParams, LengthConfig, SamplingConfig

REQUIRED = {
    "num_pieces": 2,
    "length": {"least_seconds": 1, "most_seconds": 2},
    "long_length": {"least_seconds": 3, "most_seconds": 4},
    "most_tokens": 100,
    "batch_size": 4,
    "num_threads": 1,
    "sampling": {},
}


def test_nothing_is_cut_and_no_prompt_is_used_unless_asked():
    params = GenerateParams.model_validate(REQUIRED)
    assert params.sampling == SamplingConfig(temperature=1, top_k=0, top_p=1, min_p=0)
    assert (params.prompt, params.num_long_pieces) == ("", 0)


def test_a_piece_cannot_be_held_back_beyond_its_end():
    with pytest.raises(ValidationError, match="least_seconds 5 is more than most_seconds 4"):
        LengthConfig(least_seconds=5, most_seconds=4)


@pytest.mark.parametrize(
    ("field", "value"), [("temperature", 0), ("top_p", 0), ("top_p", 1.1), ("min_p", 1), ("top_k", -1), ("topk", 3)]
)
def test_impossible_sampling_is_refused(field, value):
    with pytest.raises(ValidationError, match=field):
        SamplingConfig.model_validate({field: value})
