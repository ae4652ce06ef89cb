"""`Attention`: what all kinds share, from the stream to heads and back. How heads look back lives in the kinds' files.

Shapes: B batch, T time, D model, N heads, H head.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Generic, TypeVar

from torch import Tensor, nn

from aurl_core.models.attention.kv_cache import Memory
from aurl_core.models.norm import RMSNorm
from aurl_core.models.params import DecoderConfig
from aurl_core.models.positions import Rotation

MemoryT = TypeVar("MemoryT", bound=Memory)


class Attention(nn.Module, Generic[MemoryT]):
    """Multi-head attention with rotary positions, which begins by saying nothing.

    No kind drops attention weights: on CPU that would throw `scaled_dot_product_attention` off its flash path. The
    three projections stay apart: as one matrix they took as long (33 ms for 4096 tokens 192 wide, forward and
    backward), and Muon treats each as the matrix that it is.
    """

    def __init__(self, config: DecoderConfig) -> None:
        super().__init__()
        self.num_heads = config.num_heads
        self.head_dim = config.head_dim
        self.query = nn.Linear(config.model_dim, config.model_dim, bias=False)
        self.key = nn.Linear(config.model_dim, config.model_dim, bias=False)
        self.value = nn.Linear(config.model_dim, config.model_dim, bias=False)
        self.output = nn.Linear(config.model_dim, config.model_dim, bias=False)
        nn.init.zeros_(self.output.weight)
        self.has_norms = config.query_key_norm
        if self.has_norms:
            self.query_norm, self.key_norm = RMSNorm(config.head_dim), RMSNorm(config.head_dim)

    def forward(self, x_BTD: Tensor, rotation: Rotation, memory: MemoryT | None = None) -> Tensor:
        """x_BTD -> y_BTD, where y at time t depends on x up to t and on what the memory holds of the time before."""
        q_BNTH, k_BNTH, v_BNTH = (self._heads(project(x_BTD)) for project in (self.query, self.key, self.value))
        if self.has_norms:
            q_BNTH = self.query_norm(q_BNTH.float()).to(v_BNTH.dtype)
            k_BNTH = self.key_norm(k_BNTH.float()).to(v_BNTH.dtype)
        y_BNTH = self._look(q_BNTH, k_BNTH, v_BNTH, rotation, memory)
        y_BTD: Tensor = self.output(y_BNTH.transpose(1, 2).flatten(2))
        return y_BTD

    @abstractmethod
    def start_memory(self, batch_size: int) -> MemoryT:
        """An empty memory for `batch_size` sequences."""

    @abstractmethod
    def _look(
        self, q_BNTH: Tensor, k_BNTH: Tensor, v_BNTH: Tensor, rotation: Rotation, memory: MemoryT | None
    ) -> Tensor:
        """What each head sees (B, N, T, H); queries and keys are not turned yet."""

    def _heads(self, x_BTD: Tensor) -> Tensor:
        return x_BTD.view(*x_BTD.shape[:2], -1, self.head_dim).transpose(1, 2)
