"""Small chorales made in code."""

from collections.abc import Callable

import numpy as np
import pytest

from benchmarks.jsb.chorales import NUM_VOICES, Chorales, IntArray, build_chorales
from benchmarks.jsb.features import Features, build_features
from benchmarks.jsb.matching import VIEWS, continuations
from benchmarks.jsb.network import ChoraleNetwork, NetworkShape

OPENING = np.array([69, 64, 59, 52])


@pytest.fixture
def make_pieces() -> Callable[..., list[IntArray]]:
    """A function that composes pieces of four slow random walks."""

    def make(seed: int, *, num_pieces: int = 3, num_steps: int = 40) -> list[IntArray]:
        rng = np.random.default_rng(seed)
        motions = rng.integers(-2, 3, size=(num_pieces, num_steps, NUM_VOICES)) * (
            rng.random((num_pieces, num_steps, NUM_VOICES)) < 0.4
        )
        return list(np.clip(OPENING + motions.cumsum(1), 40, 80))

    return make


@pytest.fixture
def make_chorales(make_pieces: Callable[..., list[IntArray]]) -> Callable[..., Chorales]:
    def make(seed: int, **sizes: int) -> Chorales:
        return build_chorales(make_pieces(seed, **sizes), opening=OPENING, voice_order=(0, 1, 2, 3))

    return make


@pytest.fixture
def describe() -> Callable[[Chorales, Chorales], Features]:
    """A function that builds the features of chorales that are matched with themselves and with training pieces."""

    def build(chorales: Chorales, train: Chorales) -> Features:
        own = [continuations(chorales, chorales, view=view, scope="past") for view in VIEWS]
        retrieved = [continuations(chorales, train, view=view, scope="all") for view in VIEWS]
        return build_features(chorales, own=own, retrieved=retrieved, opening=OPENING)

    return build


@pytest.fixture
def small_shape() -> NetworkShape:
    return NetworkShape(step_dim=40, voice_dim=16, num_layers=2, head_dim=20)


@pytest.fixture
def woken() -> Callable[[ChoraleNetwork], ChoraleNetwork]:
    """A function that gives every weight of a network a random value, so that nothing is multiplied by zero."""

    def wake(network: ChoraleNetwork) -> ChoraleNetwork:
        for parameter in network.parameters():
            parameter.data.normal_(std=0.2)
        return network

    return wake
