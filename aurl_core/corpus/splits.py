"""Which piece goes to which split, so that no music is in two. How alike pieces are found lives in similarity.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from aurl_core.corpus.params import SplitFractions

Split = Literal["train", "validation", "test"]
SPLITS: Final[tuple[Split, ...]] = get_args(Split)
_HASH_RANGE: Final = 1 << 64


def cluster_ids(fingerprints: Sequence[str], pairs: NDArray[np.int64]) -> list[str]:
    """The cluster of each piece: the smallest fingerprint among all that it is linked with, directly or through others.

    Pieces of one fingerprint are linked anyhow; `pairs` (E, 2) are the near-duplicates.

    >>> cluster_ids(["c", "b", "a", "b"], np.array([[0, 1]]))
    ['b', 'b', 'a', 'b']
    """
    from scipy.sparse import coo_array  # which workers that only put sets together need not load
    from scipy.sparse.csgraph import connected_components

    names, same = np.unique(np.array(fingerprints, str), return_inverse=True)
    links = same[pairs]
    size = len(names)
    graph = coo_array((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(size, size))
    _, component = connected_components(graph, directed=False)
    _, smallest = np.unique(component, return_index=True)
    return [str(name) for name in names[smallest[component[same]]]]


def assign_splits(clusters: Sequence[str], fractions: SplitFractions) -> list[Split]:
    """The split of each piece, by the hash of its cluster: it does not depend on the rest of the corpus.

    Only where that would leave a split empty that is to have a share (a corpus of a few pieces), the cluster that the
    hash puts nearest to it moves there, as long as a cluster is left for the splits before it.
    """
    places = {cluster: place_of(cluster) for cluster in sorted(set(clusters))}
    bounds = np.cumsum([fractions.train, fractions.validation])
    split_of = {cluster: SPLITS[int(np.searchsorted(bounds, place, side="right"))] for cluster, place in places.items()}
    middles = {
        "validation": fractions.train + fractions.validation / 2,
        "test": 1 - fractions.test / 2,
        "train": fractions.train / 2,
    }
    for split in SPLITS:
        spare = _spare(split_of)
        if split not in split_of.values() and getattr(fractions, split) > 0 and spare:
            split_of[min(spare, key=lambda cluster: abs(places[cluster] - middles[split]))] = split
    return [split_of[cluster] for cluster in clusters]


def place_of(name: str) -> float:
    """A number in [0, 1) that depends on `name` alone."""
    return int.from_bytes(sha256(name.encode()).digest()[:8]) / _HASH_RANGE


def _spare(split_of: dict[str, Split]) -> list[str]:
    """The clusters that are not the only one of their split."""
    sizes = {split: list(split_of.values()).count(split) for split in SPLITS}
    return [cluster for cluster, split in split_of.items() if sizes[split] > 1]


@dataclass(frozen=True, slots=True)
class LeakFigures:
    """What keeping near-duplicates together was good for."""

    num_clusters: int
    num_exact_duplicates: int
    """Pieces beyond the first of each fingerprint."""
    num_kept_together: int
    """Pieces that share a cluster with another piece."""
    largest_cluster: int
    num_leaks_prevented: int
    """Pieces that would stand outside train with a near-duplicate inside, had each piece been split by itself."""


def leak_figures(
    piece_ids: Sequence[str], fingerprints: Sequence[str], clusters: Sequence[str], fractions: SplitFractions
) -> LeakFigures:
    """Compare with the split that hashes each piece by itself."""
    _, number, sizes = np.unique(np.array(clusters, str), return_inverse=True, return_counts=True)
    is_train = np.array([place_of(piece_id) < fractions.train for piece_id in piece_ids], bool)
    in_train = np.bincount(number, weights=is_train, minlength=len(sizes))
    return LeakFigures(
        num_clusters=len(sizes),
        num_exact_duplicates=len(fingerprints) - len(set(fingerprints)),
        num_kept_together=int(sizes[sizes > 1].sum()),
        largest_cluster=int(sizes.max(initial=0)),
        num_leaks_prevented=int(np.count_nonzero(~is_train & (in_train[number] > 0))),
    )
