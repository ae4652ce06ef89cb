import pytest
import torch

from aurl_core.models.history import Reader
from aurl_core.models.matches import LENGTHS, MatchedContinuations, longest_matches
from aurl_core.tokens.params import BarTokenizerConfig
from aurl_core.tokens.tokenizer import build_tokenizer
from aurl_core.tokens.traits import TokenTraits
from aurl_core.tokens.vocabulary import PAD

VOCABULARY = build_tokenizer(BarTokenizerConfig(steps_per_beat=24)).vocabulary


def slow_matches(symbols, count, window):
    """The places and lengths of the longest matches of the last symbol, by comparing everything."""
    now, found = len(symbols) - 1, []
    for length in LENGTHS:
        ends = [
            end
            for end in range(max(length - 1, now - window + length), now)
            if symbols[end - length + 1 : end + 1] == symbols[now - length + 1 :] and length <= now
        ]
        if ends and max(ends) not in [end for end, _ in found]:
            found.append((max(ends), len(LENGTHS) - LENGTHS.index(length)))
    return found[:count]


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("window", [12, 200])
@pytest.mark.parametrize("num_symbols", [1, 3])
def test_the_longest_matches_are_those_of_comparing_everything(num_symbols, count, window):
    symbols = torch.randint(num_symbols, (90,), generator=torch.Generator().manual_seed(3))
    places, lengths = longest_matches(symbols[None], count, num_new=90, window=window)
    for now in range(90):
        pairs = list(zip(places[0, now].tolist(), lengths[0, now].tolist(), strict=True))
        assert [pair for pair in pairs if pair[1]] == slow_matches(symbols[: now + 1].tolist(), count, window)


def foretold(text, num_matches=1):
    """The names of what is foretold after the last token: exactly, then in any key."""
    ids_BT = torch.tensor([[VOCABULARY.id_of(token) for token in text.split()]])
    traits = TokenTraits.of(VOCABULARY)
    net = MatchedContinuations(traits, model_dim=4, num_matches=num_matches)
    found = net.find(Reader(traits, window=64)(ids_BT), num_new=ids_BT.shape[1], window=64)
    return [VOCABULARY.tokens[number] for number in found.token_ids_BTM[0, -1].tolist()]


def test_what_followed_is_foretold():
    assert foretold("PITCH_60 PITCH_64 POSITION_12 PITCH_67 BAR PITCH_60 PITCH_64") == ["POSITION_12", "POSITION_12"]


def test_a_passage_in_another_key_foretells_its_notes_moved():
    melody = "PITCH_60 PITCH_64 PITCH_62 PITCH_65 BAR PITCH_67 PITCH_71 PITCH_69"
    assert foretold(melody) == ["PAD", "PITCH_72"]


def test_intervals_are_those_within_a_track():
    duet = "PROGRAM_0 PITCH_60 PITCH_62 PROGRAM_40 PITCH_30 PROGRAM_0 PITCH_70 PROGRAM_40 PITCH_38"
    assert foretold(duet) == ["PAD", "PROGRAM_40"]


def test_notes_beyond_the_keyboard_are_not_foretold():
    assert foretold("PITCH_0 PITCH_5 PITCH_11 BAR PITCH_120 PITCH_125") == ["PAD", "PAD"]


def test_nothing_is_foretold_of_what_was_never_said():
    assert foretold("PITCH_60 BAR POSITION_0", num_matches=3) == ["PAD"] * 6


@pytest.fixture
def net():
    torch.manual_seed(0)
    built = MatchedContinuations(TokenTraits.blank(9), model_dim=4, num_matches=1)
    for parameter in built.parameters():
        torch.nn.init.normal_(parameter)
    return built


def test_a_foretold_token_is_pushed_as_its_match_is_trusted(net):
    found = net.find(Reader(TokenTraits.blank(9), window=8)(torch.tensor([[5, 7, 5]])), num_new=1, window=8)
    x_D = torch.randn(4)
    logits_V = net.score(torch.zeros(1, 1, 9), x_D.view(1, 1, 4), found)[0, 0]
    torch.testing.assert_close(logits_V[7], (net.push.weight @ x_D + net.trust[:, 1]).sum())
    assert not logits_V[[PAD, 5, 8]].any()


def test_the_stream_is_told_token_and_length(net):
    found = net.find(Reader(TokenTraits.blank(9), window=8)(torch.tensor([[5, 7, 5]])), num_new=1, window=8)
    embedded_BTMD = torch.randn(1, 1, 2, 4)
    expected = (net.scale[:, 1] * embedded_BTMD[0, 0] + net.length[:, 1]).sum(0)
    torch.testing.assert_close(net(found, embedded_BTMD)[0, 0], expected)


def test_at_first_nothing_is_added():
    fresh = MatchedContinuations(TokenTraits.blank(9), model_dim=4, num_matches=2)
    found = fresh.find(Reader(TokenTraits.blank(9), window=8)(torch.tensor([[5, 7, 5]])), num_new=3, window=8)
    logits_BTV = torch.randn(1, 3, 9)
    assert not fresh(found, torch.randn(1, 3, 4, 4)).any()
    assert torch.equal(fresh.score(logits_BTV, torch.randn(1, 3, 4), found), logits_BTV)
