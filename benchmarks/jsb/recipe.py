"""What can be left out of the models, each under a name of its own: `--without NAME`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from benchmarks.jsb.network import NetworkShape
from benchmarks.jsb.scoring import Averaging
from benchmarks.jsb.training import TrainingPlan


@dataclass(frozen=True)
class Recipe:
    """All that is chosen about a network and its training but the voices' order, the seed and the time."""

    shape: NetworkShape = field(default_factory=NetworkShape)
    training: TrainingPlan = field(default_factory=TrainingPlan)
    has_matches: bool = True
    """Whether it is told where in the piece the last steps were heard before."""
    averaging: Averaging = field(default_factory=Averaging)


def with_shape(**changes: object) -> Callable[[Recipe], Recipe]:
    return lambda recipe: replace(recipe, shape=replace(recipe.shape, **changes))  # type: ignore[arg-type]


def with_training(**changes: object) -> Callable[[Recipe], Recipe]:
    return lambda recipe: replace(recipe, training=replace(recipe.training, **changes))  # type: ignore[arg-type]


ABLATIONS: dict[str, Callable[[Recipe], Recipe]] = {
    "relative_pitch": with_shape(is_relative=False),
    "matches": lambda recipe: replace(recipe, has_matches=False),
    "transposition": lambda recipe: replace(with_shape(max_shift=0)(recipe), averaging=Averaging((0,) * 12)),
    "averaging": lambda recipe: replace(recipe, averaging=Averaging((0,), 0.0)),
    "token_shift": with_shape(token_shifts=(0,)),
    "attention": with_shape(num_layers=0),
    "dropout": with_shape(dropout=0.0, retrieving_dropout=0.0),
    "feature_dropout": with_shape(feature_dropout=0.0),
    "weight_decay": with_training(weight_decay=0.1),
    "muon": with_training(uses_muon=False),
    "weight_average": with_training(average_share=0.0),
}


def build_recipe(without: list[str]) -> Recipe:
    """The full recipe less what is named.

    Raises:
        ValueError: nothing has that name.
    """
    recipe = Recipe()
    for name in without:
        if name not in ABLATIONS:
            raise ValueError(f"nothing is called {name!r}; what can be left out: {', '.join(ABLATIONS)}")
        recipe = ABLATIONS[name](recipe)
    return recipe
