import pytest
import torch

from aurl_core.losses.choice import choose, mean, window_means

VALUE_V = torch.tensor([-1.0, 5.0, 7.0])
KNOWN_BT = torch.tensor([[1, 0, 2], [2, 2, 1]])
IS_SCORED_BT = torch.tensor([[True, True, True], [True, False, True]])


def test_a_choice_is_made_where_a_scored_target_has_a_value():
    choice = choose(torch.zeros(2, 3, 3), KNOWN_BT, IS_SCORED_BT, VALUE_V)
    assert list(zip(choice.sequence_N.tolist(), choice.time_N.tolist(), strict=True)) == [
        (0, 0),
        (0, 2),
        (1, 0),
        (1, 2),
    ]
    assert choice.target_N.tolist() == [5, 7, 7, 5]
    assert choice.value_C.tolist() == [5, 7]
    assert choice.follows_N.tolist() == [False, True, False, True]
    assert choice.rank_N.tolist() == [0, 1, 0, 1]


def test_what_has_no_value_takes_no_probability():
    logits_BTV = torch.tensor([9.0, 0.0, 2.0]).log_softmax(-1).expand(2, 3, 3)
    choice = choose(logits_BTV, KNOWN_BT, IS_SCORED_BT, VALUE_V)
    assert choice.probabilities_NC[0].tolist() == pytest.approx([0.1192, 0.8808], abs=1e-4)
    assert choice.expected(choice.value_C)[0].item() == pytest.approx(5 * 0.1192 + 7 * 0.8808, abs=1e-3)


def test_no_window_holds_notes_of_two_sequences():
    targets_BT = torch.ones(2, 5, dtype=torch.long)
    choice = choose(torch.zeros(2, 5, 3), targets_BT, targets_BT > 0, VALUE_V)
    assert choice.windows(3).tolist() == [0, 0, 0, 1, 1, 2, 2, 2, 3, 3]
    assert choice.windows().tolist() == [0] * 5 + [1] * 5


def test_nothing_to_choose_is_no_error():
    choice = choose(torch.zeros(2, 3, 3), KNOWN_BT, torch.zeros(2, 3, dtype=torch.bool), VALUE_V)
    assert choice.probabilities_NC.shape == (0, 2)
    assert choice.windows(2).shape == choice.rank_N.shape == (0,)
    assert window_means(choice.probabilities_NC, choice.windows()).shape == (0, 2)


def test_the_mean_of_nothing_is_zero_and_has_a_gradient_of_zero():
    logits = torch.ones(3, requires_grad=True)
    mean(logits[logits > 2]).backward()
    assert logits.grad.tolist() == [0, 0, 0]
