import pytest

from benchmarks.jsb.recipe import ABLATIONS, Recipe, build_recipe


@pytest.mark.parametrize("name", ABLATIONS)
def test_each_name_leaves_something_out(name: str) -> None:
    assert build_recipe([name]) != Recipe()


def test_names_add_up() -> None:
    recipe = build_recipe(["token_shift", "weight_average"])
    assert (recipe.shape.token_shifts, recipe.training.average_share) == ((0,), 0.0)


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'rhythm'.*relative_pitch"):
        build_recipe(["rhythm"])
