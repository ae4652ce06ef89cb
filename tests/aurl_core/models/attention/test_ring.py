import pytest
import torch

from aurl_core.models.attention.ring import Ring


def ring(*, batch_size: int = 1, longest: int = 6) -> Ring:
    shape = {"batch_size": batch_size, "num_heads": 1, "head_dim": 1}
    return Ring(torch.zeros(1), **shape, window=4, longest=longest)


@pytest.mark.parametrize("sizes", [[1] * 23, [6, 6, 6, 5], [3, 0, 6, 1, 1, 6, 2, 4]])
def test_the_last_stay_in_sight_in_order(sizes):
    kept, seen = ring(), 0
    for size in sizes:
        new = torch.arange(seen, seen + size).float().view(1, 1, -1, 1)
        key, value = kept.extend(new, -new)
        expected = list(range(max(seen - 3, 0), seen + size))
        assert key.flatten().tolist() == expected
        assert (-value).flatten().tolist() == expected
        seen += size


def test_rows_can_be_left_out():
    kept = ring(batch_size=3)
    rows = torch.arange(3.0).view(3, 1, 1, 1)
    kept.extend(rows, rows)
    kept.select(torch.tensor([True, False, True]))
    assert kept.batch_size == 2
    assert kept.extend(rows[:2], rows[:2])[0][:, 0, 0, 0].tolist() == [0, 2]
