import math

import pytest
import torch

from aurl_core.losses.balance import Players, adversarial_weight, build_balance
from aurl_core.losses.params import LossParams, PlayersParams

WEIGHTS = {"focal": 2.0, "wasserstein_generator": 0.5}


def balance_of(kind: str, weights=WEIGHTS):
    return build_balance(LossParams(weights=weights, balance=kind), list(weights))


def values(focal: float, wasserstein: float) -> dict[str, torch.Tensor]:
    return {"focal": torch.tensor(float(focal)), "wasserstein_generator": torch.tensor(float(wasserstein))}


def learnt(balance, amounts: dict[str, torch.Tensor]):
    """The balance after it has seen these amounts for long."""
    for _ in range(150):
        balance(amounts).backward()
        for log_variance in balance.parameters():
            log_variance.data -= 0.2 * log_variance.grad
        balance.zero_grad()
    return balance


def test_fixed_weights_and_a_schedule():
    balance = balance_of("fixed")
    assert balance(values(3, -4)) == 2 * 3 - 0.5 * 4
    assert balance(values(3, -4), factors={"focal": 0.5}) == 3 - 2
    assert balance({"focal": torch.tensor(3.0)}) == 6
    assert balance.effective_weights() == WEIGHTS


def test_a_precision_ends_at_one_over_the_magnitude():
    balance = learnt(balance_of("uncertainty"), values(4, 0.25))
    assert balance.effective_weights() == pytest.approx({"focal": 2 / 4, "wasserstein_generator": 0.5 / 0.25}, rel=1e-2)


def test_a_negative_component_has_a_precision_too():
    balance = learnt(balance_of("uncertainty"), values(4, -5))
    assert balance.effective_weights()["wasserstein_generator"] == pytest.approx(0.5 / 5, rel=1e-2)


def test_no_precision_is_endless():
    balance = learnt(balance_of("uncertainty"), values(0, 1))
    assert balance.effective_weights()["focal"] <= 2 * 1001


def test_while_components_are_positive_gradients_are_those_of_the_paper():
    balance, amount = balance_of("uncertainty", {"focal": 1.0}), torch.tensor(3.0, requires_grad=True)
    [log_variance] = balance.parameters()
    torch.nn.init.constant_(log_variance, 0.7)
    balance({"focal": amount}).backward()
    assert amount.grad.item() == pytest.approx(math.exp(-0.7))
    assert log_variance.grad.item() == pytest.approx(1 - 3 * math.exp(-0.7))


def test_equal_components_have_their_weights_as_shares():
    balance = balance_of("equal")
    for _ in range(3):
        total = balance(values(8, -0.2))
    assert total.item() == pytest.approx(2 - 0.5)
    assert balance.effective_weights() == pytest.approx({"focal": 2 / 8, "wasserstein_generator": 0.5 / 0.2})


def test_magnitudes_stay_while_validating_and_travel_with_the_state():
    balance, other = balance_of("equal"), balance_of("equal")
    balance(values(8, 1))
    balance.eval()(values(80, 10))
    other.load_state_dict(balance.state_dict())
    assert other.effective_weights() == balance.effective_weights() == {"focal": 0.25, "wasserstein_generator": 0.5}


@pytest.mark.parametrize("kind", ["fixed", "uncertainty", "equal"])
def test_a_factor_of_zero_switches_off(kind):
    amount = torch.tensor(3.0, requires_grad=True)
    total = balance_of(kind)({"focal": amount, "wasserstein_generator": torch.tensor(1.0)}, factors={"focal": 0})
    total.backward()
    assert amount.grad == 0


def test_deceiving_moves_the_last_layer_as_much_as_reconstructing():
    layer = torch.tensor([1.0, 2.0], requires_grad=True)
    taught, fooled = (3 * layer).sum(), (layer * torch.tensor([0.0, 0.5])).sum()
    weight = adversarial_weight(taught, fooled, layer, largest=100)
    assert weight.item() == pytest.approx(math.sqrt(18) / 0.5)
    assert adversarial_weight(taught, fooled, layer, largest=2) == 2
    assert adversarial_weight(taught, 0 * fooled, layer, largest=5) == 5


def test_accuracy_is_kept_in_its_band():
    """A discriminator that gains while it learns and loses while the generator does ends inside the band."""
    accuracy, players, turns = 0.5, Players(0.5, PlayersParams(memory=0.5)), []
    for _ in range(200):
        players = players.after(accuracy)
        accuracy += 0.03 * players.critic_learns - 0.02 * players.generator_learns
        turns.append((players.generator_learns, players.critic_learns))
    assert 0.55 < players.accuracy < 0.9
    assert set(turns[100:]) == {(True, True), (True, False)}
