import pytest
import torch
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel

from aurl_core.models.attention.causal_product import causal_product


def heads(length: int, dtype: torch.dtype) -> list[torch.Tensor]:
    torch.manual_seed(0)
    return [torch.randn(2, 2, length, 16).to(dtype).requires_grad_() for _ in range(3)]


@pytest.mark.parametrize("length", [1, 5, 256, 300, 512, 600])
def test_bf16_is_the_textbook_formula_up_to_its_rounding(length):
    q, k, v = heads(length, torch.bfloat16)
    scores = q.float() @ k.float().transpose(2, 3) / 4
    weights = scores.masked_fill(torch.ones(length, length).triu(1).bool(), -torch.inf).softmax(-1)
    torch.testing.assert_close(causal_product(q, k, v).float(), weights @ v.float(), atol=0.03, rtol=0.02)


@pytest.mark.parametrize("length", [256, 300])
def test_bf16_has_the_gradients_of_full_precision(length):
    low = heads(length, torch.bfloat16)
    full = [x.detach().float().requires_grad_() for x in low]
    wanted = torch.randn(2, 2, length, 16)
    gradients = torch.autograd.grad(causal_product(*low), low, wanted.bfloat16())
    expected = torch.autograd.grad(F.scaled_dot_product_attention(*full, is_causal=True), full, wanted)
    for gradient, exact in zip(gradients, expected, strict=True):
        assert (gradient.float() - exact).norm() < 0.01 * exact.norm()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_no_token_sees_what_comes_after_it(dtype):
    q, k, v = heads(300, dtype)
    before = causal_product(q, k, v)
    later = [torch.cat([x[:, :, :270], x[:, :, 270:] + 1], dim=2) for x in (q, k, v)]
    assert torch.equal(causal_product(*later)[:, :, :270], before[:, :, :270])


@pytest.mark.parametrize(("dtype", "length"), [(torch.float32, 64), (torch.bfloat16, 600)])
def test_no_matrix_of_all_pairs_is_made_where_the_kernel_is_taken(dtype, length):
    """Only torch's flash kernel may run here, which keeps sums a query and no weights; anything else is an error."""
    q, k, v = (torch.randn(1, 2, length, 8, dtype=dtype, requires_grad=True) for _ in range(3))
    with sdpa_kernel(SDPBackend.FLASH_ATTENTION):
        causal_product(q, k, v).sum().backward()
    assert all(x.grad.isfinite().all() for x in (q, k, v))
