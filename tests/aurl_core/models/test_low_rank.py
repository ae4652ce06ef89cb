import pytest
import torch

from aurl_core.errors import InputError
from aurl_core.models.low_rank import add_adapters, apply_adapters, merge_adapters, num_trained
from aurl_core.models.params import TransformerConfig
from aurl_core.models.transformer import Transformer
from aurl_core.tokens.traits import TokenTraits

CONFIG = TransformerConfig(
    num_layers=2, num_heads=2, model_dim=8, feedforward="swiglu", feedforward_dim=12, context_length=8
)
IDS_BT = torch.tensor([[1, 5, 3, 2], [4, 4, 6, 0]])
ALL = {"rank": 2, "alpha": 4.0, "dropout": 0.0, "targets": ("attention", "feedforward"), "whole": ()}


def network(seed: int = 0) -> Transformer:
    """One that says something: at first the last matrix of each block is 0."""
    torch.manual_seed(seed)
    made = Transformer(CONFIG, TokenTraits.blank(7))
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return made.eval()


def learnt(model: Transformer, **settings) -> Transformer:
    """With adapters, after a few steps of gradient descent."""
    add_adapters(model, **ALL | settings)
    optimizer = torch.optim.Adam([one for one in model.parameters() if one.requires_grad], lr=0.1)
    for _ in range(3):
        model.train()(IDS_BT).square().mean().backward()
        optimizer.step()
    return model.eval()


def test_adapters_say_nothing_at_first_and_only_they_learn():
    model, plain = network(), network()
    add_adapters(model, **ALL)
    assert torch.equal(model(IDS_BT), plain(IDS_BT))
    matrices = 2 * (4 * 2 * (8 + 8) + 3 * 2 * (8 + 12))
    assert num_trained(model) == matrices
    before = {name: one.clone() for name, one in plain.named_parameters()}
    learnt_model = learnt(network())
    assert not torch.equal(learnt_model(IDS_BT), plain(IDS_BT))
    originals = {
        name.replace("parametrizations.", "").replace(".original", ""): one
        for name, one in learnt_model.named_parameters()
    }
    assert all(torch.equal(originals[name], one) for name, one in before.items())


def test_merged_it_is_a_plain_network_with_the_same_logits_to_the_bit():
    model = learnt(network(), whole=("norms", "embedding"), dropout=0.3)
    before = model(IDS_BT)
    merge_adapters(model)
    assert torch.equal(model(IDS_BT), before)
    assert list(model.state_dict()) == list(network().state_dict())
    assert num_trained(model) == model.num_parameters


def test_what_was_learnt_can_be_given_to_the_same_base():
    model = learnt(network(), whole=("norms",))
    found = merge_adapters(model)
    base = network()
    apply_adapters(base, found)
    torch.testing.assert_close(base(IDS_BT), model(IDS_BT))
    assert sum(tensor.numel() for tensor in found.values()) < 0.8 * base.num_parameters


def test_targets_and_wholes_are_chosen():
    model = network()
    add_adapters(model, **ALL | {"targets": ("attention",), "whole": ("embedding",)})
    names = {name for name, one in model.named_parameters() if one.requires_grad}
    assert "embedding.table.weight" in names
    assert all("attention" in name for name in names - {"embedding.table.weight"})


def test_drop_out_of_inputs_acts_while_learning_alone():
    model = learnt(network(), dropout=0.5)
    assert torch.equal(model(IDS_BT), model(IDS_BT))
    model.train()
    assert not torch.equal(model(IDS_BT), model(IDS_BT))


def test_a_network_without_adapters_has_none_to_merge():
    assert merge_adapters(network()) == {}


def test_adapters_of_another_network_are_refused():
    found = merge_adapters(learnt(network()))
    other = Transformer(CONFIG.model_copy(update={"feedforward_dim": 16}), TokenTraits.blank(7))
    with pytest.raises(InputError, match=r"blocks\.0\.feedforward\.\w+\.up of these adapters .* made for another"):
        apply_adapters(other, found)
