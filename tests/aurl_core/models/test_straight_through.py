import torch

from aurl_core.models.straight_through import draw, retrace


def test_a_sample_is_one_token_and_follows_the_distribution_at_any_temperature():
    torch.manual_seed(0)
    probabilities_V = torch.tensor([0.6, 0.3, 0.1])
    drawn = draw(probabilities_V.log().expand(1, 20_000, 3), temperature=0.5)
    assert set(drawn.unique().tolist()) == {0.0, 1.0}
    torch.testing.assert_close(drawn[0].mean(0), probabilities_V, atol=0.02, rtol=0)


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
    (draw(logits, temperature=1.0) @ worth_V).sum().backward()
    climbed = logits.detach() + 10 * logits.grad
    assert climbed.softmax(-1).mean((0, 1))[2] > 0.5


def test_draws_repeat_with_the_seed_and_stay_finite_in_half_precision():
    def drawn(seed: int) -> torch.Tensor:
        torch.manual_seed(seed)
        return draw(torch.full((2, 50, 7), -30.0, dtype=torch.bfloat16), temperature=0.1)

    assert torch.equal(drawn(3), drawn(3))
    assert not torch.equal(drawn(3), drawn(4))
    assert drawn(3).isfinite().all()
