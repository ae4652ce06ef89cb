"""A network that hears music keeps its promises: causal, the same step by step, the same once saved and loaded."""

import pytest
import torch

from aurl_core.models.params import TransformerConfig
from aurl_core.models.transformer import Transformer
from aurl_core.models.weights import load_model, save_model
from aurl_core.tokens.params import BarTokenizerConfig, EventTokenizerConfig
from aurl_core.tokens.tokenizer import build_tokenizer
from aurl_core.tokens.traits import TokenTraits

VOCABULARIES = {
    "bar": build_tokenizer(BarTokenizerConfig(steps_per_beat=24)).vocabulary,
    "event": build_tokenizer(EventTokenizerConfig(steps_per_beat=24, out_of_range="fold")).vocabulary,
}
INGREDIENTS = [
    {"relative_pitches": 3},
    {"positions": "musical"},
    {"matches": 2},
    {"relative_pitches": 1, "positions": "musical", "matches": 1},
]


def network(kind, **settings):
    small = {"num_layers": 1, "num_heads": 1, "model_dim": 8, "feedforward_dim": 8, "context_length": 24}
    config = TransformerConfig(mode="transformer", feedforward="gelu", **small | settings)
    torch.manual_seed(0)
    net = Transformer(config, TokenTraits.of(VOCABULARIES[kind])).eval()
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    return net


def music(kind, length):
    """Tokens of every sort, many of them again and again."""
    vocabulary, random = VOCABULARIES[kind], torch.Generator().manual_seed(1)
    names = {
        "bar": "BAR POSITION_0 POSITION_12 TIME_SIGNATURE_3/4 VOICE_1 PROGRAM_0 DURATION_6 PITCH_60 PITCH_64 PITCH_67",
        "event": "TIME_SHIFT_16 TIME_SHIFT_8 INSTRUMENT_0 INSTRUMENT_5 NOTE_ON_60 NOTE_OFF_60 NOTE_ON_64 NOTE_OFF_64",
    }[kind].split()
    ids = torch.tensor([vocabulary.id_of(name) for name in names])
    return ids[torch.randint(len(ids), (2, length), generator=random)]


@pytest.mark.parametrize("kind", VOCABULARIES)
@pytest.mark.parametrize("settings", INGREDIENTS, ids=str)
@torch.no_grad()
def test_a_token_moves_no_logits_before_it(kind, settings):
    net, ids_BT = network(kind, **settings), music(kind, 20)
    for place in (3, 11, 19):
        changed = ids_BT.clone()
        changed[:, place] = VOCABULARIES[kind].id_of("NOTE_ON_62" if kind == "event" else "PITCH_62")
        before, after = net(ids_BT), net(changed)
        assert torch.equal(before[:, :place], after[:, :place])
        assert not torch.equal(before[:, place:], after[:, place:])


@pytest.mark.parametrize("kind", VOCABULARIES)
@pytest.mark.parametrize("settings", INGREDIENTS, ids=str)
@pytest.mark.parametrize("sizes", [(1,) * 24, (9, 1, 14)])
@torch.no_grad()
def test_steps_equal_the_full_forward(kind, settings, sizes):
    net, ids_BT = network(kind, **settings), music(kind, 24)
    cache = net.start_cache(2)
    stepped = torch.cat([net(part, cache=cache) for part in ids_BT.split(sizes, dim=1)], dim=1)
    torch.testing.assert_close(stepped, net(ids_BT), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("settings", INGREDIENTS, ids=str)
@torch.no_grad()
def test_beyond_the_window_the_size_of_a_step_makes_no_difference(settings):
    net, ids_BT = network("bar", **settings), music("bar", 70)
    one, many = net.start_cache(2), net.start_cache(2)
    singles = torch.cat([net(part, cache=one) for part in ids_BT.split(1, dim=1)], dim=1)
    chunks = torch.cat([net(part, cache=many) for part in ids_BT.split(14, dim=1)], dim=1)
    torch.testing.assert_close(singles, chunks, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("settings", INGREDIENTS, ids=str)
@torch.no_grad()
def test_selected_sequences_go_on_alone(settings):
    net, ids_BT = network("bar", **settings), music("bar", 20)
    cache = net.start_cache(2)
    net(ids_BT[:, :19], cache=cache)
    cache.select(torch.tensor([1]))
    torch.testing.assert_close(net(ids_BT[1:, 19:], cache=cache), net(ids_BT)[1:, 19:], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", VOCABULARIES)
@pytest.mark.parametrize("settings", INGREDIENTS, ids=str)
def test_what_tokens_mean_is_saved_with_the_weights(tmp_path, kind, settings):
    net, ids_BT = network(kind, **settings), music(kind, 20)
    save_model(tmp_path, net)
    assert torch.equal(load_model(tmp_path)(ids_BT), net(ids_BT))


def test_a_network_that_hears_nothing_keeps_nothing_of_the_vocabulary():
    assert set(dict(network("bar").named_buffers())) == {"positions.frequency_H"}
