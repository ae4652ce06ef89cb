import torch

from aurl_core.losses.outputs import Outputs, TokenOutput, TokenTable
from aurl_core.losses.params import LossParams
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.objective import Objective

OUTPUTS = Outputs(
    tokens=TokenOutput(
        torch.tensor([[[2.0, 0.0, 1.0], [0.0, 0.0, 0.0]]]),
        torch.tensor([[0, 2]]),
        TokenTable.of(TokenTraits.blank(3)),
    )
)


def objective() -> Objective:
    return Objective(LossParams(weights={"plain_cross_entropy": 2.0, "focal": 0.5, "kl": 1.0}), ["tokens"])


def test_the_total_is_the_weighted_sum_of_its_families():
    built = objective()
    total = built(OUTPUTS, step=0, factors={"focal": 10.0})
    said = {name: values[0] for name, values in built.history.values.items()}
    assert said.keys() == {"plain_cross_entropy", "focal"}
    torch.testing.assert_close(total, torch.tensor(2 * said["plain_cross_entropy"] + 5 * said["focal"]))


def test_what_the_losses_have_been_is_part_of_the_state():
    before, after = objective(), objective()
    before(OUTPUTS, step=3)
    after.load_state_dict(before.state_dict())
    assert after.history.state() == before.history.state()
    assert list(after.history.steps["focal"]) == [3]
