import pytest

from benchmarks.kept import Kept, read_kept, verdict, with_kept
from benchmarks.regression import MEASURES
from tests.pipeline import REPOSITORY

PAGE = """# Page

| not kept | 9.00 | 10 % |

## What is kept

| ratio | kept | margin |
|---|---:|---:|
| a step, times a peer | 1.50 | 20 % |
| memory | 3.00 | 10 % |

## After it

| not kept either | 9.00 | 10 % |
"""


def test_only_its_own_section_is_read():
    assert read_kept(PAGE) == {"a step, times a peer": Kept(1.5, 0.2), "memory": Kept(3.0, 0.1)}


@pytest.mark.parametrize(
    ("rounds", "is_worse"),
    [([1.1] * 5, True), ([1.1, 1.1, 1.1, 1.3, 1.3], False), ([1.25] * 5, False), ([9.0] * 5, False)],
)
def test_worse_is_what_noise_and_margin_do_not_explain(rounds, is_worse):
    assert verdict("a step, times a peer", rounds, read_kept(PAGE)).is_regression == is_worse


def test_a_ratio_that_is_not_kept_is_told():
    with pytest.raises(SystemExit, match="keeps no 'speed'"):
        verdict("speed", [1.0], read_kept(PAGE))


def test_what_is_kept_is_renewed_with_its_margin():
    renewed = with_kept(PAGE, {"memory": 4.5})
    assert renewed == PAGE.replace("| memory | 3.00 |", "| memory | 4.50 |")


def test_the_page_keeps_what_is_measured():
    assert list(read_kept((REPOSITORY / "docs" / "benchmarks.md").read_text())) == list(MEASURES)
