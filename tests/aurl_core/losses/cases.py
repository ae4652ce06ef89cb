"""For each family of losses, tensors that may be moved and how the family's output is made of them.

Shapes: B batch, T time, V vocabulary, L places of a level, Z latent, D features, H units of the discriminator.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from aurl_core.losses.outputs import (
    IGNORED,
    CriticOutput,
    FeatureOutput,
    LatentOutput,
    Outputs,
    Posterior,
    TokenOutput,
    TokenTable,
)
from aurl_core.losses.params import FAMILY_OF, LossParams
from aurl_core.losses.registry import measure


class Token(NamedTuple):
    """What a token of the made vocabulary says."""

    kind: int
    pitch: int = -1
    beats: float = -1
    loudness: float = -1


VOCABULARY = (
    Token(0),
    *(Token(1, pitch=pitch) for pitch in (48, 59, 60, 61, 66, 67, 72)),
    *(Token(2, beats=beats) for beats in (0.25, 0.3, 0.5, 1.0)),
    *(Token(3, loudness=loudness) for loudness in (0.0, 0.5, 1.0)),
)
X = IGNORED
TARGETS = [
    [12, 1, 3, 9, 14, 5, 4, 11, 2, 3, 13, 7, 8, 1, 0],
    [X, 3, 3, 11, 13, 6, X, 10, 1, 14, 6, 9, 2, X, X],
]
SETTINGS = {
    "lowest_pitch": 59,
    "highest_pitch": 67,
    "harmony_window": 3,
    "leap_semitones": 1,
    "nearby_notes": 2,
    "free_bits": 0.2,
    "capacity_nats": 3,
}


class Case(NamedTuple):
    """What may be moved, and what is made of it."""

    free: tuple[Tensor, ...]
    make: Callable[..., object]

    def loss(self, name: str, *free: Tensor, seed: int = 3) -> Tensor:
        """The component's value there; what is drawn is the same each time, unless the seed is another."""
        torch.manual_seed(seed)
        params = LossParams(weights={name: 1}, **SETTINGS)
        return measure(Outputs(**{FAMILY_OF[name]: self.make(*free)}), params)[name]


def table(dtype: torch.dtype = torch.float64) -> TokenTable:
    kind, pitch, beats, loudness = zip(*VOCABULARY, strict=True)
    real = (torch.tensor(one, dtype=dtype) for one in (beats, loudness))
    return TokenTable(torch.tensor(kind), torch.tensor(pitch), *real, is_relative=True)


def tokens(targets=TARGETS) -> Case:
    targets_BT = torch.tensor(targets)
    shape = *targets_BT.shape, len(VOCABULARY)
    legal_BTV = torch.rand(shape, generator=torch.Generator().manual_seed(2)) < 0.6

    def make(logits_BTV: Tensor) -> TokenOutput:
        return TokenOutput(logits_BTV, targets_BT, table(), legal_BTV, taught(targets), phrase_ends(targets))

    return Case((noise(1, *shape),), make)


def phrase_ends(targets=TARGETS) -> Tensor:
    """is_phrase_end_BT: of every six targets the last two."""
    return (torch.arange(len(targets[0])) % 6 >= 4).expand(len(targets), -1)


def taught(targets=TARGETS) -> Tensor:
    """taught_BTV: what a teacher says of the same tokens."""
    return noise(12, len(targets), len(targets[0]), len(VOCABULARY))


def latents(num_sequences: int = 4, dim: int = 3) -> Case:
    """Posteriors away from the prior, with dimensions that go together; the last bar of the first sequence is not."""
    places = {"piece": 1, "phrase": 2, "bar": 4}
    free = []
    for size in places.values():
        joint = noise(4, num_sequences, size, 1) + 0.3 * noise(5, num_sequences, size, dim) + 0.7
        free += [joint, 0.5 * noise(6, num_sequences, size, dim) - 1]

    def make(*free: Tensor) -> LatentOutput:
        levels = {}
        for (name, size), mean, log_variance in zip(places.items(), free[::2], free[1::2], strict=True):
            is_real = torch.ones(num_sequences, size, dtype=torch.bool)
            is_real[0, 3:] = False
            latent = mean + (0.5 * log_variance).exp() * torch.randn_like(mean)
            levels[name] = Posterior(mean, log_variance, latent, is_real, 0.5 * latent.square().sum(-1))
        return LatentOutput(levels, torch.tensor(20))

    return Case(tuple(free), make)


def features() -> Case:
    targets = noise(10, 2, 5, 3), noise(11, 2, 2, 4)
    is_real = torch.tensor([[1, 1, 1, 1, 0], [1] * 5]).bool(), torch.ones(2, 2).bool()
    return Case((noise(8, 2, 5, 3), noise(9, 2, 2, 4)), lambda *decoded: FeatureOutput(decoded, targets, is_real))


REAL, FAKE = (torch.randn(6, 4, 3, dtype=torch.float64, generator=torch.Generator().manual_seed(n)) + n for n in (0, 1))
LAYERS = tuple(torch.randn(3, 4, dtype=torch.float64, generator=torch.Generator().manual_seed(n)) for n in (20, 21))


def judged(inputs_BTD: Tensor, layers: tuple[Tensor, ...] = LAYERS) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
    """Logits (B, T) and features of a discriminator of a layer at each of two scales."""
    units = tuple((inputs_BTD @ layer_DH).tanh() for layer_DH in layers)
    return tuple(unit_BTH.sum(-1) + inputs_BTD.square().sum(-1) * 0.1 for unit_BTH in units), units


def generator() -> Case:
    """What is made is moved, the discriminator stays."""

    def make(fake: Tensor) -> CriticOutput:
        return CriticOutput(judged(REAL)[0], judged(fake)[0], judged(REAL)[1], judged(fake)[1])

    return Case((FAKE,), make)


def critic() -> Case:
    """The discriminator is moved."""

    def make(*layers: Tensor) -> CriticOutput:
        inputs = [one.clone().requires_grad_() for one in (REAL, FAKE, (REAL + FAKE) / 2)]
        real, fake, mixed = (judged(one, layers)[0] for one in inputs)
        return CriticOutput(real, fake, (), (), *inputs, mixed)

    return Case(LAYERS, make)


def noise(seed: int, *shape: int) -> Tensor:
    return torch.randn(shape, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


CASES = {"tokens": tokens, "latents": latents, "features": features, "generator": generator, "critic": critic}


def case_of(name: str) -> Case:
    """The case of the component's family."""
    return CASES[FAMILY_OF[name]]()
