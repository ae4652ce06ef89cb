import torch

from aurl_core.models.attention.summary import Summary


def test_at_first_it_is_the_mean_of_each_block():
    key_BNTH, value_BNTH = torch.randn(2, 1, 2, 6, 4)
    key_BNMH, value_BNMH = Summary(num_heads=2, head_dim=4)(key_BNTH, value_BNTH, length=3)
    torch.testing.assert_close(key_BNMH, key_BNTH.view(1, 2, 2, 3, 4).mean(dim=3))
    torch.testing.assert_close(value_BNMH, value_BNTH.view(1, 2, 2, 3, 4).mean(dim=3))


def test_each_head_learns_what_to_look_for():
    summary = Summary(num_heads=2, head_dim=2)
    summary.weight_NH.data = torch.tensor([[99.0, 0.0], [0.0, 99.0]])
    value_BNTH = torch.eye(2).expand(1, 2, 2, 2)
    key_BNTH = torch.tensor([[5.0, 6.0], [7.0, 8.0]]).expand(1, 2, 2, 2)
    key_BNMH, _ = summary(key_BNTH, value_BNTH, length=2)
    torch.testing.assert_close(key_BNMH[0, :, 0], torch.tensor([[5.0, 6.0], [7.0, 8.0]]))
