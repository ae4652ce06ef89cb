import pytest
import torch
from pydantic import ValidationError

from aurl_core.models.discriminator import Discriminator
from aurl_core.models.discriminator_params import DiscriminatorConfig
from aurl_core.tokens.traits import TokenTraits

VOCAB_SIZE = 11
WINDOWS = {"local_window": 5, "phrase_window": 9}


def discriminator(**settings) -> Discriminator:
    torch.manual_seed(0)
    config = DiscriminatorConfig(**{"dim": 8, "num_sections": 4, **WINDOWS} | settings)
    return Discriminator(config, TokenTraits.blank(VOCAB_SIZE))


def real(*lengths: int) -> torch.Tensor:
    return torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]


def ids(num_rows: int, length: int) -> torch.Tensor:
    return torch.randint(VOCAB_SIZE, (num_rows, length), generator=torch.Generator().manual_seed(1))


def test_each_scale_judges_its_windows_and_each_layer_says_its_features():
    judgement = discriminator()(ids(2, 30), real(30, 30))
    assert [logits.shape for logits in judgement.logits] == [(2, 26), (2, 3), (2, 1)]
    assert [features.shape for features in judgement.features] == [(2, 8)] * 6


def test_the_local_network_sees_as_far_as_its_window():
    critic, tokens = discriminator(musical_features=False).eval(), ids(1, 30)
    changed = tokens.clone()
    changed[:, 12] = (changed[:, 12] + 1) % VOCAB_SIZE
    moved = critic(tokens, real(30)).logits[0] != critic(changed, real(30)).logits[0]
    assert moved.nonzero()[:, 1].tolist() == [8, 9, 10, 11, 12]


def test_padding_and_company_move_nothing():
    critic = discriminator().eval()
    tokens = ids(3, 40)
    together = critic(tokens, real(40, 24, 2))
    for row, length in enumerate((40, 24, 2)):
        alone = critic(tokens[row : row + 1, :length], real(length))
        for scale, expected in zip(together.logits, alone.logits, strict=True):
            torch.testing.assert_close(scale[row : row + 1, : expected.shape[1]], expected)
        for layer, expected in zip(together.features, alone.features, strict=True):
            torch.testing.assert_close(layer[row : row + 1], expected)


def test_a_shorter_sequence_has_its_windows_again():
    local = discriminator().eval()(ids(2, 12), real(12, 7)).logits[0]
    torch.testing.assert_close(local[1], local[1, :3].repeat(3)[:8])


def test_the_piece_network_hears_the_order_of_sections():
    critic, tokens = discriminator(musical_features=False).eval(), ids(1, 36)
    turned = torch.cat([tokens[:, 18:], tokens[:, :18]], 1)
    assert critic(tokens, real(36)).logits[2] != critic(turned, real(36)).logits[2]


@pytest.mark.parametrize("num_layers", [3, 6, 9])
def test_spectral_norm_bounds_each_network(num_layers):
    critic = discriminator(num_layers=num_layers)
    shown = torch.randn(64, 2, 30, critic.observation.dim)
    for _ in range(60):
        critic.judge(shown[:, 0], real(*[30] * 64))
    critic.eval()
    first, second = (critic.judge(shown[:, side], real(*[30] * 64)).logits for side in (0, 1))
    distance_B = (shown[:, 0] - shown[:, 1]).flatten(1).norm(dim=1)
    for network, one, other in zip((critic.local, critic.phrase, critic.piece), first, second, strict=True):
        moved_B = (one - other).norm(dim=1)
        assert (moved_B <= network.lipschitz_bound * distance_B).all()
        assert (moved_B > 0).all()


def test_spectral_norm_keeps_the_largest_singular_value_at_one():
    critic = discriminator()
    for _ in range(200):
        critic(ids(1, 30), real(30))
    matrices = [module.weight.flatten(1) for module in critic.modules() if hasattr(module, "parametrizations")]
    assert len(matrices) == 9
    for matrix in matrices:
        assert torch.linalg.matrix_norm(matrix, ord=2).item() == pytest.approx(1, abs=1e-3)


def test_without_spectral_norm_matrices_are_as_they_are():
    assert not any(hasattr(module, "parametrizations") for module in discriminator(spectral_norm=False).modules())


def test_gradients_reach_made_tokens():
    critic = discriminator()
    made = torch.rand(2, 20, VOCAB_SIZE).softmax(-1).requires_grad_()
    sum(logits.sum() for logits in critic(made, real(20, 15)).logits).backward()
    assert (made.grad[0].abs().sum(-1) > 0).all()
    assert not made.grad[1, 15:].any()


def test_phrases_that_are_no_longer_than_what_is_near_are_refused():
    with pytest.raises(ValidationError, match=r"phrase_window 16 is not above local_window 16.*take 64"):
        DiscriminatorConfig(phrase_window=16, local_window=16)


@pytest.mark.parametrize("num_layers", [0, 4, 7])
def test_layers_that_three_networks_cannot_share_are_refused(num_layers):
    with pytest.raises(ValidationError, match="num_layers"):
        DiscriminatorConfig(num_layers=num_layers)
