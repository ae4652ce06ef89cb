import torch

from aurl_core.models.low_rank import num_trained
from aurl_core.models.registry import build
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.protocol.params import ProtocolParams
from aurl_core.training.protocol.start import begin

IDS_BT = torch.tensor([[1, 5, 3]])


def begun(config, protocol, **settings):
    model = build(config, TokenTraits.blank(774))
    begin(model, protocol, **{"before": None, "vocabulary": None} | settings)
    return model.eval()


def test_by_default_nothing_is_changed(make_recipe):
    torch.manual_seed(1)
    plain = build(make_recipe().model, TokenTraits.blank(774)).state_dict()
    torch.manual_seed(1)
    found = begun(make_recipe().model, ProtocolParams()).state_dict()
    assert all(torch.equal(found[name], tensor) for name, tensor in plain.items())


def test_it_goes_on_with_the_stage_before_rather_than_with_the_bundle(make_bundle, make_recipe):
    folder, base = make_bundle()
    before = build(make_recipe().model, TokenTraits.blank(774)).eval()
    model = begun(make_recipe().model, ProtocolParams(warm_start=str(folder)), before=before)
    assert torch.equal(model(IDS_BT), before(IDS_BT))
    assert not torch.equal(model(IDS_BT), base(IDS_BT))


def test_beneath_adapters_it_is_frozen(make_bundle, make_recipe):
    _, base = make_bundle()
    model = begun(make_recipe().model, ProtocolParams(lora={"rank": 2}), before=base)
    assert torch.equal(model(IDS_BT), base(IDS_BT))
    assert num_trained(model) < base.num_parameters / 10
