import pytest
import torch

from aurl_core.models.latent_space import (
    attribute_vector,
    flatten,
    interpolate,
    move,
    spherical,
    traverse,
    unflatten,
)


def latents(seed: int):
    torch.manual_seed(seed)
    return {"piece": torch.randn(1, 1, 4), "phrase": torch.randn(1, 2, 2), "bar": torch.randn(1, 3, 2)}


def test_what_is_flattened_comes_back():
    like = latents(1)
    restored = unflatten(flatten(like), like)
    assert all(torch.equal(restored[level], like[level]) for level in like)


@pytest.mark.parametrize("kind", ["spherical", "linear"])
def test_a_way_leads_from_one_segment_to_the_other(kind):
    first, second = latents(1), latents(2)
    way = interpolate(first, second, num_steps=5, kind=kind)
    for level in first:
        torch.testing.assert_close(way[level][0], first[level][0])
        torch.testing.assert_close(way[level][4], second[level][0])


def test_a_line_is_halfway_at_its_middle():
    way = interpolate(latents(1), latents(2), num_steps=3, kind="linear")
    torch.testing.assert_close(way["bar"][1], (latents(1)["bar"][0] + latents(2)["bar"][0]) / 2)


def test_an_arc_keeps_the_length_and_moves_by_equal_angles():
    start_BF, end_BF = torch.tensor([[2.0, 0.0]]).expand(4, 2), torch.tensor([[0.0, 2.0]]).expand(4, 2)
    arc_BF = spherical(start_BF, end_BF, torch.linspace(0, 1, 4)[:, None])
    angle_B = torch.atan2(arc_BF[:, 1], arc_BF[:, 0])
    torch.testing.assert_close(arc_BF.norm(dim=1), torch.full((4,), 2.0))
    torch.testing.assert_close(angle_B, torch.linspace(0, torch.pi / 2, 4))


@pytest.mark.parametrize("factor", [2.0, -2.0])
def test_between_parallel_latents_the_way_is_a_line(factor):
    start_BF = torch.tensor([[1.0, 1.0]])
    halfway_BF = spherical(start_BF, factor * start_BF, torch.tensor([[0.5]]))
    torch.testing.assert_close(halfway_BF, (1 + factor) / 2 * start_BF, atol=1e-3, rtol=1e-3)


def test_a_traversal_changes_one_dimension_at_all_places_of_its_level():
    way = traverse(latents(1), "bar", 1, [-1.0, 0.5])
    assert way["bar"][:, :, 1].tolist() == [[-1, -1, -1], [0.5, 0.5, 0.5]]
    assert torch.equal(way["bar"][:, :, 0], latents(1)["bar"][:, :, 0].expand(2, -1))
    assert torch.equal(way["piece"], latents(1)["piece"].expand(2, -1, -1))


def test_an_attribute_vector_leads_from_the_least_to_the_most():
    latent_BF = torch.tensor([[0.0, 5.0], [9.0, 9.0], [9.0, 9.0], [4.0, 6.0]])
    vector_F = attribute_vector(latent_BF, torch.tensor([1.0, 2.0, 3.0, 4.0]))
    assert vector_F.tolist() == [4, 1]


def test_an_attribute_of_one_segment_has_no_vector():
    with pytest.raises(ValueError, match="two segments at least, there are 1"):
        attribute_vector(torch.zeros(1, 2), torch.zeros(1))


def test_moving_by_a_share_adds_that_much_of_the_vector():
    vector_F = torch.arange(14.0)
    moved = flatten(move(latents(1), vector_F, [0.0, -0.5]))
    torch.testing.assert_close(moved[0], flatten(latents(1))[0])
    torch.testing.assert_close(moved[1], flatten(latents(1))[0] - 0.5 * vector_F)
