import torch

from aurl_core.models.straight_through import retrace


def test_the_gradient_is_that_of_the_softened_distribution():
    logits = torch.tensor([[[0.4, -1.0, 2.0]]], requires_grad=True)
    worth_V = torch.tensor([1.0, 5.0, -3.0])
    [found] = torch.autograd.grad((retrace(logits, torch.tensor([[1]]), temperature=0.5) @ worth_V).sum(), logits)
    [expected] = torch.autograd.grad(((logits / 0.5).softmax(-1) @ worth_V).sum(), logits)
    torch.testing.assert_close(found, expected)


def test_what_was_drawn_elsewhere_is_kept():
    ids = torch.tensor([[2, 0, 1], [1, 1, 2]])
    traced = retrace(torch.zeros(2, 3, 3), ids, temperature=1.0)
    assert torch.equal(traced.argmax(-1), ids)
    assert torch.equal(traced.sum(-1), torch.ones(2, 3))


def test_following_the_gradient_makes_what_is_liked_likelier():
    torch.manual_seed(0)
    logits = torch.zeros(1, 400, 4, requires_grad=True)
    worth_V = torch.tensor([0.0, 0.0, 1.0, 0.0])
    (retrace(logits, torch.randint(4, (1, 400)), temperature=1.0) @ worth_V).sum().backward()
    climbed = logits.detach() + 10 * logits.grad
    assert climbed.softmax(-1).mean((0, 1))[2] > 0.5


def test_tokens_stay_whole_in_half_precision():
    traced = retrace(torch.full((2, 50, 7), -30.0, dtype=torch.bfloat16), torch.full((2, 50), 3), temperature=0.1)
    assert traced.dtype == torch.float32
    assert torch.equal(traced.argmax(-1), torch.full((2, 50), 3))
