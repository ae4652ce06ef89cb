import pytest
import torch
from torch import nn
from torch.optim import AdamW

from aurl_core.training.health.events import Unstable
from aurl_core.training.health.params import HealthParams
from aurl_core.training.health.rollback import LastGood
from aurl_core.training.health.watch import Watch


class Line(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3, 1)
        self.watch = Watch(HealthParams())


def descend(line: Line, optimizer: AdamW, num_steps: int) -> torch.Tensor:
    for step in range(num_steps):
        line.layer(torch.full((1, 3), 1.0 + step)).square().sum().backward()
        optimizer.step()
        optimizer.zero_grad()
    return line.layer.weight.detach().clone()


@pytest.mark.parametrize("num_steps_before", [0, 3])
def test_it_can_go_back_to_the_same_state_again_and_again(num_steps_before):
    line = Line()
    optimizer = AdamW(line.parameters(), lr=0.1)
    before = descend(line, optimizer, num_steps_before)
    good, ends = LastGood(line, [optimizer], step=num_steps_before), []
    for _ in range(3):
        ends.append(descend(line, optimizer, 4))
        good.restore(line, [optimizer])
        assert torch.equal(line.layer.weight, before)
    assert torch.equal(ends[0], ends[1]) and torch.equal(ends[1], ends[2])
    assert not torch.equal(ends[0], before)


def test_what_was_seen_is_not_undone():
    line = Line()
    optimizer = AdamW(line.parameters(), lr=0.1)
    good = LastGood(line, [optimizer], step=0)
    line.watch.undo(Unstable("non_finite", float("nan")), 5, good_step=0)
    good.restore(line, [optimizer])
    assert (line.watch.rate_scale, len(line.watch.events)) == (0.5, 1)
