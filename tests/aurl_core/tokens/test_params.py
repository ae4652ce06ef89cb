import pytest
from pydantic import TypeAdapter, ValidationError

from aurl_core.tokens.params import EventTokenizerConfig, MidiTokConfig, TokenizerConfig


@pytest.mark.parametrize("steps_per_beat", [0, 33])
def test_the_grid_must_fit_the_units(steps_per_beat):
    with pytest.raises(ValidationError, match="steps_per_beat"):
        EventTokenizerConfig(steps_per_beat=steps_per_beat, out_of_range="fold")


def test_the_policy_is_named():
    with pytest.raises(ValidationError, match="'fold' or 'drop'"):
        EventTokenizerConfig(steps_per_beat=24, out_of_range="keep")


def test_the_kind_tells_tokenizers_apart():
    settings = {"kind": "miditok", "tokenization": "TSD", "steps_per_beat": 24}
    assert isinstance(TypeAdapter(TokenizerConfig).validate_python(settings), MidiTokConfig)


@pytest.mark.parametrize(
    ("name", "reason"), [("Octuple", "several ids at once"), ("PerTok", "own tempos"), ("REMIX", "'REMI', 'TSD'")]
)
def test_tokenizations_that_cannot_serve_are_refused_with_the_reason(name, reason):
    with pytest.raises(ValidationError, match=reason):
        MidiTokConfig(tokenization=name, steps_per_beat=24)
