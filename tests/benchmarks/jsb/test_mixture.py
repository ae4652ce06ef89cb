import numpy as np
import pytest
import torch

from benchmarks.jsb.mixture import MEMORIES, Gate, Mixer, Statements, mix_cross_fitted


def statements_of(nats: np.ndarray, *, starts: list[int], clues: np.ndarray | None = None) -> Statements:
    empty = np.zeros((nats.shape[1], 0), dtype=np.float32)
    return Statements(nats.astype(np.float32), empty if clues is None else clues.astype(np.float32), np.array(starts))


def even_gate(num_models: int, *, by_evidence: float = 0.0) -> Gate:
    return Gate(torch.full((len(MEMORIES),), by_evidence), torch.zeros(num_models, 1))


def test_even_weights_are_the_mean_probability() -> None:
    statements = statements_of(-np.log([[0.5, 0.1], [0.1, 0.3]]), starts=[0, 2])
    torch.testing.assert_close((-Mixer(statements).mix(even_gate(2))).exp(), torch.tensor([0.3, 0.2]))


def test_evidence_forgets_and_starts_afresh_with_a_piece() -> None:
    statements = statements_of(np.array([[1.0, 2.0, 4.0, 8.0, 16.0]]), starts=[0, 3, 5])
    memory = MEMORIES[0]
    np.testing.assert_allclose(statements.evidence()[0, :, 0], [0, -1, -memory - 2, 0, -8], rtol=1e-6)


def test_a_step_does_not_weigh_itself() -> None:
    nats = np.random.default_rng(0).random((3, 10))
    changed = nats.copy()
    changed[0, 6] += 1.0
    gate = even_gate(3, by_evidence=0.5)
    first, second = (Mixer(statements_of(values, starts=[0, 10])).mix(gate) for values in (nats, changed))
    assert torch.equal(first[:6], second[:6])
    weights = (-first[6]).exp() - (-second[6]).exp()
    share = weights / (np.exp(-nats[0, 6]) - np.exp(-changed[0, 6]))
    assert 0.0 < float(share) < 1.0
    assert not torch.equal(first[7:], second[7:])


def test_the_gate_learns_whom_a_clue_speaks_for() -> None:
    clue = np.tile([[0.0], [1.0]], (20, 1))
    nats = np.where(clue[:, 0] == 1.0, [[0.1], [3.0]], [[3.0], [0.1]])
    statements = statements_of(nats, starts=[0, 20, 40], clues=clue)
    assert float(Mixer(statements).mix(Mixer(statements).fit()).mean()) < 0.3


def test_a_half_does_not_choose_its_own_weights() -> None:
    nats = np.stack([np.repeat([0.1, 3.0], 10), np.repeat([3.0, 0.1], 10)])
    mixed = mix_cross_fitted(statements_of(nats, starts=[0, 10, 20]))
    assert mixed[0] > np.log(2)
    assert mixed[10] > np.log(2)


def test_chosen_pieces_keep_their_steps() -> None:
    statements = statements_of(np.arange(12.0).reshape(2, 6), starts=[0, 2, 3, 6])
    chosen = statements.only(np.array([0, 2]))
    assert chosen.nats.tolist() == [[0, 1, 3, 4, 5], [6, 7, 9, 10, 11]]
    assert chosen.starts.tolist() == [0, 2, 5]
    assert chosen.nats.mean() == pytest.approx(5.6)
