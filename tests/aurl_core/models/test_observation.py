import pytest
import torch

from aurl_core.models.discriminator_params import DiscriminatorConfig
from aurl_core.models.observation import Observation, musical_features
from aurl_core.tokens.traits import TokenTraits
from aurl_core.tokens.vocabulary import Vocabulary

TOKENS = ("PAD", "BAR", "POSITION_0", "POSITION_12", "PITCH_60", "PITCH_64", "PITCH_72", "VELOCITY_0", "VELOCITY_1")
TRAITS = TokenTraits.of(Vocabulary(TOKENS, {"kind": "bar", "steps_per_beat": 24}))
BAR, START, OFFBEAT, C4, E4, C5, SOFT, LOUD = range(1, 9)
AROUND = slice(27, 45)
"""Columns of what is around: kinds and bars (5), pitch classes (12), loudness (1); the motion comes last."""


@pytest.fixture
def observation() -> Observation:
    torch.manual_seed(0)
    return Observation(DiscriminatorConfig(dim=8, local_window=3, phrase_window=4), TRAITS)


def music(observation: Observation, ids: list[int]) -> torch.Tensor:
    """(T, features) of a sequence without padding."""
    return observation(torch.tensor([ids]), torch.ones(1, len(ids), dtype=torch.bool))[0, :, 8:]


def test_ids_and_their_one_hot_vectors_look_the_same(observation):
    ids = torch.tensor([[BAR, START, LOUD, C4, E4, OFFBEAT, C5]])
    is_real = torch.ones_like(ids, dtype=torch.bool)
    one_hot = torch.nn.functional.one_hot(ids, len(TOKENS)).float()
    torch.testing.assert_close(observation(ids, is_real), observation(one_hot, is_real))


def test_padding_shows_nothing_and_changes_nothing_before_it(observation):
    ids = torch.tensor([[C4, E4, BAR, C5]])
    shown = observation(ids, torch.tensor([[True, True, False, False]]))
    assert not shown[0, 2:].any()
    torch.testing.assert_close(shown[:, :2], observation(ids[:, :2], torch.ones(1, 2, dtype=torch.bool)))


def test_melody_is_pitch_and_motion_from_the_note_before(observation):
    motion = music(observation, [C4, BAR, C5, START, E4])[:, -1]
    torch.testing.assert_close(motion, torch.tensor([0, 0, 1.0, 0, -8 / 12]))


def test_harmony_is_the_profile_of_the_notes_around(observation):
    profile = music(observation, [C4, BAR, E4, BAR, BAR, BAR])[:, AROUND][:, 5:17]
    torch.testing.assert_close(profile[1, [0, 4]], torch.tensor([0.5, 0.5]), atol=1e-2, rtol=0)
    assert profile[4].abs().max() < 1e-2


def test_dynamics_is_the_loudness_around(observation):
    loudness = music(observation, [SOFT, LOUD, C4, BAR])[:, AROUND][:, -1]
    torch.testing.assert_close(loudness[:3], torch.tensor([0.75, 0.75, 1.0]), atol=1e-2, rtol=0)


def test_rhythm_tells_an_offbeat_from_a_beat(observation):
    clock = music(observation, [START, OFFBEAT])[:, 5:9]
    expected = torch.tensor([[1.0, 0, 1, 0], [-1.0, 0, 2**-0.5, 2**-0.5]])
    torch.testing.assert_close(clock, expected, atol=1e-6, rtol=0)


def test_features_have_gradients_to_the_distributions():
    torch.manual_seed(0)
    observation = Observation(DiscriminatorConfig(dim=4, local_window=3, phrase_window=4), TRAITS).double()
    logits = torch.randn(1, 6, len(TOKENS), dtype=torch.double, requires_grad=True)
    is_real = torch.ones(1, 6, dtype=torch.bool)
    assert torch.autograd.gradcheck(lambda x: observation((3 * x).softmax(-1), is_real), logits)


def test_music_can_be_left_out():
    observation = Observation(DiscriminatorConfig(dim=4, musical_features=False), TRAITS)
    assert observation.dim == 4
    assert observation(torch.tensor([[1, 2]]), torch.ones(1, 2, dtype=torch.bool)).shape == (1, 2, 4)


def test_a_vocabulary_of_which_nothing_is_known_has_no_music():
    observation = Observation(DiscriminatorConfig(dim=4), TokenTraits.blank(5))
    features = musical_features(observation.traits_VK[None], torch.ones(1, 5, dtype=torch.bool), window=3)
    assert features[..., 1:].abs().sum() == pytest.approx(features[..., AROUND.start].sum())
