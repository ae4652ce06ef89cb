import torch

from aurl_core.models.attention.band import Band
from aurl_core.models.attention.lookback import Lookback


def test_a_query_of_the_first_tokens_sees_no_summary():
    net = Lookback(Band(local=4, summary_length=2, num_summaries=3), num_heads=1, head_dim=2)
    q, k, v = torch.randn(3, 1, 1, 4, 2)
    causal = torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
    torch.testing.assert_close(net(q, k, v, net.start_memory(1, like=q)), causal)


def test_select_keeps_summaries_with_their_sequences():
    net = Lookback(Band(local=4, summary_length=2, num_summaries=3), num_heads=1, head_dim=2)
    q, k, v = torch.randn(3, 2, 1, 12, 2)
    memory = net.start_memory(2, like=q)
    net(q[:, :, :11], k[:, :, :11], v[:, :, :11], memory)
    memory.select(torch.tensor([1]))
    last = net(q[1:, :, 11:], k[1:, :, 11:], v[1:, :, 11:], memory)
    torch.testing.assert_close(last, net(q, k, v)[1:, :, 11:])
