import numpy as np
import torch

from aurl_core.models.places import PlaceEmbedding, PlaceReader, Places
from aurl_core.tokens.traits import TokenTraits

BAR = 4


def reader() -> PlaceReader:
    traits = TokenTraits.blank(8)
    traits.is_bar_V[BAR] = True
    traits.position_beats_V[5:8] = np.array([0.0, 1.5, 3.0])
    return PlaceReader(traits)


def test_bars_are_counted_and_moments_remembered():
    places, _ = reader()(torch.tensor([[1, BAR, 2, 6, 2, BAR, 2, 7]]))
    assert places.bar_BT.tolist() == [[0, 0, 0, 0, 0, 1, 1, 1]]
    assert places.beat_BT.tolist() == [[0, 0, 0, 1.5, 1.5, 0, 0, 3]]


def test_a_clock_goes_on_where_it_stood():
    ids = torch.randint(8, (3, 20), generator=torch.Generator().manual_seed(1))
    whole, end = reader()(ids)
    first, clock = reader()(ids[:, :7])
    second, last = reader()(ids[:, 7:], clock)
    assert torch.equal(torch.cat([first.bar_BT, second.bar_BT], 1), whole.bar_BT)
    assert torch.equal(torch.cat([first.beat_BT, second.beat_BT], 1), whole.beat_BT)
    assert torch.equal(last.bar_B, end.bar_B)
    assert torch.equal(last.beat_B, end.beat_B)


def test_what_a_token_does_to_the_clock_is_kept_with_the_weights():
    restored = PlaceReader(TokenTraits.blank(8))
    restored.load_state_dict(reader().state_dict())
    assert restored(torch.tensor([[BAR, 6]]))[0].beat_BT.tolist() == [[0, 1.5]]


def test_places_of_the_next_segment_look_like_those_of_this_one():
    embedding = PlaceEmbedding(4, 6)
    x_BTD = embedding(Places(torch.tensor([[1, 5, 2, 1]]), torch.tensor([[1.0, 1.0, 1.0, 2.0]])))
    assert torch.equal(x_BTD[0, 0], x_BTD[0, 1])
    assert not torch.equal(x_BTD[0, 0], x_BTD[0, 2])
    assert not torch.equal(x_BTD[0, 0], x_BTD[0, 3])
