import numpy as np
import pytest

from aurl_core.corpus.params import SplitFractions
from aurl_core.corpus.splits import assign_splits, cluster_ids, leak_figures, place_of

FRACTIONS = SplitFractions(train=0.8, validation=0.1, test=0.1)
NO_PAIRS = np.empty((0, 2), np.int64)


def test_a_cluster_is_named_after_its_smallest_fingerprint():
    assert cluster_ids(["d", "c", "b", "a"], np.array([[0, 1], [1, 2]])) == ["b", "b", "b", "a"]


def test_equal_fingerprints_are_one_cluster():
    assert cluster_ids(["b", "a", "b"], NO_PAIRS) == ["b", "a", "b"]


def test_copies_of_alike_pieces_are_linked_through_them():
    assert cluster_ids(["c", "a", "c", "b"], np.array([[0, 1], [2, 3]])) == ["a", "a", "a", "a"]


def test_a_split_does_not_depend_on_the_rest_of_the_corpus():
    names = [f"{number:x}" for number in range(500)]
    whole = dict(zip(names, assign_splits(names, FRACTIONS), strict=True))
    assert assign_splits(names[::3], FRACTIONS) == [whole[name] for name in names[::3]]


def test_clusters_are_shared_out_by_the_fractions():
    splits = assign_splits([f"{number:x}" for number in range(5000)], FRACTIONS)
    shares = [splits.count(split) / 5000 for split in ("train", "validation", "test")]
    assert shares == pytest.approx([0.8, 0.1, 0.1], abs=0.02)


def test_pieces_of_one_cluster_go_together():
    clusters = [f"{number % 7}" for number in range(70)]
    splits = assign_splits(clusters, FRACTIONS)
    assert len(set(zip(clusters, splits, strict=True))) == 7


@pytest.mark.parametrize("count", [3, 4, 6, 10])
def test_no_split_of_a_small_corpus_is_empty(count):
    for start in range(0, 200, count):
        names = [f"{number}" for number in range(start, start + count)]
        assert set(assign_splits(names, FRACTIONS)) == {"train", "validation", "test"}


def test_the_only_cluster_is_for_training():
    assert assign_splits(["a", "a"], FRACTIONS) == ["train", "train"]
    assert sorted(set(assign_splits(["a", "b"], FRACTIONS))) == ["train", "validation"]


def test_a_split_without_a_share_stays_empty():
    no_test = SplitFractions(train=0.5, validation=0.5, test=0)
    assert set(assign_splits([f"{number}" for number in range(50)], no_test)) == {"train", "validation"}


def test_leaks_are_pieces_that_hashing_each_alone_would_have_put_beside_training():
    ids = [f"{number}" for number in range(200)]
    clusters = [f"cluster {number // 2}" for number in range(200)]
    in_train = [place_of(name) < 0.8 for name in ids]
    leaks = sum(one != other for one, other in zip(in_train[::2], in_train[1::2], strict=True))
    figures = leak_figures(ids, ids, clusters, FRACTIONS)
    assert (figures.num_leaks_prevented, figures.num_kept_together, figures.largest_cluster) == (leaks, 200, 2)


def test_pieces_alone_leak_nothing():
    figures = leak_figures(["a", "b"], ["1", "2"], ["1", "2"], FRACTIONS)
    assert (figures.num_clusters, figures.num_kept_together, figures.num_leaks_prevented) == (2, 0, 0)
