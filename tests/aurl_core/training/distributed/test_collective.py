import torch

from aurl_core.training.distributed.collective import is_together, means_of_all, said_by_first, sum_of_all


def test_alone_everything_is_as_it_was():
    values = torch.tensor([1.0, 2.0])
    assert not is_together()
    assert sum_of_all(values) is values
    assert said_by_first({"sample_quality": 0.5}) == {"sample_quality": 0.5}
    assert means_of_all({"kl": values[0]}) == {"kl": 1.0}
