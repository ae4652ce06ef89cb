import pytest
import torch

from tests.aurl_core.models.attention.reference import Sight, at_once, attention, music, reference, step_by_step


def hierarchical(local: int, summary_length: int, num_global: int, *, context_length: int = 64):
    settings = {"local": local, "summary_length": summary_length, "num_global": num_global}
    return attention({"kind": "hierarchical"} | settings, context_length=context_length)


@pytest.mark.parametrize("sizes", [(5, 3, 2), (4, 4, 3), (33, 5, 2)])
@pytest.mark.parametrize("length", [1, 35, 270])
def test_it_is_the_slow_reference(sizes, length):
    net = hierarchical(*sizes)
    x_BTD = music(net, length)
    expected = reference(net, x_BTD, [Sight(*sizes, weight) for weight in net.lookback.summary.weight_NH])
    torch.testing.assert_close(at_once(net, x_BTD), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("size", [1, 3, 200])
def test_steps_are_the_full_pass(size):
    net = hierarchical(5, 3, 4)
    x_BTD = music(net, 200, batch_size=2)
    torch.testing.assert_close(step_by_step(net, x_BTD, size), at_once(net, x_BTD), atol=1e-5, rtol=0)


def test_a_summary_of_like_tokens_weighs_what_they_weigh():
    """The last of 20 tokens, all with the same key, sees 4 of them and 4 summaries: the mean of all 20 values."""
    net = hierarchical(4, 4, 8)
    net.key.weight.data.zero_()
    x_BTD = music(net, 5).repeat_interleave(4, dim=1)
    mean_BD = x_BTD.mean(dim=1) @ net.value.weight.T @ net.output.weight.T
    torch.testing.assert_close(at_once(net, x_BTD)[:, -1], mean_BD, atol=1e-5, rtol=0)
