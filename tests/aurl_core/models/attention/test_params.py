import pytest
from pydantic import ValidationError

from aurl_core.models.params import TransformerConfig


def configured(*, num_heads: int = 3, context_length: int = 2048, **attention: object) -> TransformerConfig:
    shape = {"num_layers": 1, "model_dim": 4 * num_heads, "feedforward": "gelu", "feedforward_dim": 4}
    return TransformerConfig(**shape, num_heads=num_heads, context_length=context_length, attention=attention)


@pytest.mark.parametrize("kind", ["causal", "relative", "sliding_window", "hierarchical", "multi_scale"])
def test_each_kind_has_settings_that_fit_a_context_of_2048(kind):
    assert configured(kind=kind).attention.kind == kind


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "sliding_window", "window": 65}, r"window 65 is more than model\.context_length 64.* 1 to 64"),
        ({"kind": "hierarchical", "local": 8, "summary_length": 9}, r"summary_length 9 is more .*local 8.* 1 to 8"),
        (
            {"kind": "hierarchical", "local": 16, "summary_length": 8, "num_global": 7},
            r"reach back 72 tokens, further than model\.context_length 64",
        ),
        (
            {"kind": "multi_scale", "phrase_length": 4, "piece_length": 10},
            r"piece_length 10 is no multiple .*8, 12, 16",
        ),
        ({"kind": "multi_scale", "phrase_length": 4, "piece_length": 4}, r"piece_length 4 is no multiple .*8, 12, 16"),
        (
            {"kind": "multi_scale", "note_window": 8, "piece_length": 32, "num_summaries": 2},
            r"reaches back 96 tokens, further than model\.context_length 64",
        ),
    ],
)
def test_what_does_not_fit_is_refused_with_the_way_out(settings, message):
    with pytest.raises(ValidationError, match=message):
        configured(context_length=64, **settings)


def test_scales_need_a_head_each():
    with pytest.raises(ValidationError, match=r"num_heads 2 cannot be shared by three scales.* at least 3"):
        configured(num_heads=2, kind="multi_scale")
