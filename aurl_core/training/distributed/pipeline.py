"""Pipeline parallelism: the blocks of a transformer split among processes, through which parts of a batch follow each
other (Huang et al. 2019, https://arxiv.org/abs/1811.06965; one forward, one backward: Narayanan et al. 2019,
https://arxiv.org/abs/1806.03377).

The first process has what reads the tokens, the last what scores them; since both need the embedding and what is heard
in the music, both have it, and add up its gradients. Shapes: B batch, T time, D model, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch import distributed as dist
from torch.distributed.pipelining import PipelineStage, Schedule1F1B

from aurl_core.models.transformer import Transformer


class Stage(nn.Module):
    """The blocks of one of `size` processes, with what comes before the first of all blocks and after the last.

    It takes out of `model` what is another's.
    """

    def __init__(self, model: Transformer, *, rank: int, size: int) -> None:
        super().__init__()
        self.model = model
        self.is_first, self.is_last = rank == 0, rank == size - 1
        self.layers = range(model.config.num_layers * rank // size, model.config.num_layers * (rank + 1) // size)
        for layer in set(range(model.config.num_layers)) - set(self.layers):
            model.blocks[layer] = nn.Identity()
        if not self.is_last:
            model.norm = nn.Identity()  # type: ignore[assignment]
        if not (self.is_first or self.is_last):
            model.embedding, model.hearing = nn.Identity(), nn.Identity()  # type: ignore[assignment]

    def forward(self, x_BTD: Tensor, *, token_ids_BT: Tensor) -> Tensor:
        """The stream after these blocks, or the logits after the last; the first reads the tokens alone."""
        model, rotation = self.model, self.model.positions(0, token_ids_BT.shape[1])
        heard = model.hearing(token_ids_BT, model.embedding) if self.is_first or self.is_last else None
        if self.is_first and heard is not None:
            x_BTD = heard.x_BTD
        for layer in self.layers:
            x_BTD = model.blocks[layer](x_BTD, rotation)
        if not self.is_last or heard is None:
            return x_BTD
        x_BTD = model.norm(x_BTD)
        return model.hearing.score(model.embedding.logits(x_BTD), x_BTD, heard)

    def at_both_ends(self) -> Iterator[nn.Parameter]:
        """The weights that the first and the last process both have."""
        yield from self.model.embedding.parameters()
        yield from self.model.hearing.parameters()


class Pipeline:
    """One process's place in the row: learning batch by batch, and predicting."""

    def __init__(
        self,
        model: Transformer,
        *,
        rank: int,
        size: int,
        microbatches: int,
        device: torch.device,
        loss: Callable[[Tensor, Tensor], Tensor],
    ) -> None:
        self.rank, self.size = rank, size
        self.stage = Stage(model, rank=rank, size=size)
        self.ends = dist.new_group([0, size - 1]) if size > 1 else None
        place = PipelineStage(self.stage, rank, size, device)
        self.schedule = Schedule1F1B(place, microbatches, loss_fn=loss)

    def learn(self, token_ids_BT: Tensor, targets_BT: Tensor) -> None:
        """Forward and backward of a batch, in parts; every weight here then has the gradient of the mean loss."""
        first = (token_ids_BT,) if self.stage.is_first else ()
        target = targets_BT if self.stage.is_last else None
        self.schedule.step(*first, target=target, return_outputs=False, token_ids_BT=token_ids_BT)
        if self.ends is not None and (self.stage.is_first or self.stage.is_last):
            for weight in self.stage.at_both_ends():
                weight.grad = torch.zeros_like(weight) if weight.grad is None else weight.grad
                dist.all_reduce(weight.grad, group=self.ends)

    def predict(self, token_ids_BT: Tensor) -> Tensor | None:
        """The logits of a batch in the last process; None in the others."""
        x_BTD = token_ids_BT
        if not self.stage.is_first:
            width = self.stage.model.config.model_dim
            x_BTD = torch.empty(*token_ids_BT.shape, width, device=token_ids_BT.device)
            dist.recv(x_BTD, self.rank - 1)
        y_BTD: Tensor = self.stage(x_BTD, token_ids_BT=token_ids_BT)
        if self.stage.is_last:
            return y_BTD
        dist.send(y_BTD.float().contiguous(), self.rank + 1)
        return None

    def told_by_last(self, values: Tensor) -> Tensor:
        """A tensor as the last process has it; the others give one of its shape."""
        if self.size > 1:
            dist.broadcast(values, self.size - 1)
        return values

    def squares(self) -> Tensor:
        """() the sum of all squared gradients of the whole network, what two processes have counted once."""
        shared = {id(one) for one in self.stage.at_both_ends()} if self.stage.is_last and self.size > 1 else set()
        mine = [one.grad for one in self.stage.parameters() if one.grad is not None and id(one) not in shared]
        total = torch.stack([gradient.square().sum() for gradient in mine]).sum()
        if self.size > 1:
            dist.all_reduce(total)
        return total
