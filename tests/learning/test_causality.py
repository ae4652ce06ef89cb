"""That no kind of attention lets a token know of what comes after it."""

import pytest
import torch

from aurl_core.models.params import MODEL_CONFIG
from aurl_core.models.registry import build
from aurl_core.models.transformer import Transformer
from aurl_core.tokens.traits import TokenTraits

VOCAB_SIZE = 23
LENGTH = 24
KINDS = {
    "causal": {},
    "relative": {"max_distance": 6},
    "sliding_window": {"window": 7},
    "hierarchical": {"local": 5, "summary_length": 3, "num_global": 4},
    "multi_scale": {"note_window": 5, "phrase_length": 2, "piece_length": 6, "num_summaries": 3},
}


@pytest.fixture(params=list(KINDS))
def kind(request) -> str:
    return request.param


@pytest.fixture(params=["rotary", "musical"])
def model(kind: str, request) -> Transformer:
    settings = {
        "num_layers": 2,
        "num_heads": 3,
        "model_dim": 24,
        "feedforward": "swiglu",
        "feedforward_dim": 32,
        "context_length": LENGTH,
        "positions": request.param,
        "attention": {"kind": kind} | KINDS[kind],
    }
    torch.manual_seed(0)
    built = build(MODEL_CONFIG.validate_python({"mode": "transformer"} | settings), traits()).eval()
    for parameter in built.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return built


def traits() -> TokenTraits:
    """Ids of which some begin bars, some move the clock and some are notes."""
    blank = TokenTraits.blank(VOCAB_SIZE)
    blank.is_bar_V[1] = True
    blank.position_beats_V[2:6] = [0, 1, 2, 3]
    blank.shift_beats_V[6:9] = [0.5, 1, 2]
    blank.pitch_V[9:] = range(60, 60 + VOCAB_SIZE - 9)
    return blank


def token_ids() -> torch.Tensor:
    return torch.randint(VOCAB_SIZE, (2, LENGTH), generator=torch.Generator().manual_seed(2))


@torch.no_grad()
@pytest.mark.parametrize("place", [0, 1, 5, 6, 11, 12, 22, 23])
def test_a_token_moves_no_logits_before_it(model, place):
    ids = token_ids()
    changed = ids.clone()
    changed[:, place] = (changed[:, place] + 1) % VOCAB_SIZE
    before, after = model(ids), model(changed)
    torch.testing.assert_close(before[:, :place], after[:, :place], atol=1e-6, rtol=0)
    assert (before[:, place] - after[:, place]).abs().max() > 1e-3


@pytest.mark.parametrize("place", [0, 5, 11, 22])
def test_no_logit_depends_on_the_embedding_of_a_later_token(model, place):
    embedded = []
    hook = model.embedding.register_forward_hook(lambda module, inputs, x_BTD: embedded.append(x_BTD))
    logits_BTV = model(token_ids())
    hook.remove()
    (gradient_BTD,) = torch.autograd.grad(logits_BTV[:, place].sum(), embedded[0])
    assert gradient_BTD[:, : place + 1].abs().max() > 0
    assert (gradient_BTD[:, place + 1 :] == 0).all()
