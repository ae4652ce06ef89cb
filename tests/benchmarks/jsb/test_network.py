from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np
import pytest
import torch

from benchmarks.jsb.batches import whole_pieces
from benchmarks.jsb.chorales import NUM_CODES, REACH, Chorales, IntArray, build_chorales
from benchmarks.jsb.features import Features
from benchmarks.jsb.network import ChoraleNetwork, NetworkShape

OPENING = np.array([69, 64, 59, 52])
Describe = Callable[[Chorales, Chorales], Features]
Wake = Callable[[ChoraleNetwork], ChoraleNetwork]
MakePieces = Callable[..., list[IntArray]]


def chorales_of(*pieces: IntArray) -> Chorales:
    return build_chorales(list(pieces), opening=OPENING, voice_order=(0, 1, 2, 3))


def logits_of(network: ChoraleNetwork, features: Features, *, is_hidden: bool = False) -> torch.Tensor:
    ((_, batch),) = whole_pieces(features, shift=0, is_hidden=is_hidden)
    with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
        return network.eval()(batch)


def test_no_later_step_moves_a_prediction(
    make_pieces: MakePieces, describe: Describe, small_shape: NetworkShape, woken: Wake
) -> None:
    (piece,), train = make_pieces(1, num_pieces=1), chorales_of(*make_pieces(2))
    changed = piece.copy()
    changed[25:, 2] += 1
    before, after = describe(chorales_of(piece), train), describe(chorales_of(changed), train)
    network = woken(ChoraleNetwork(small_shape, before))
    moved = (logits_of(network, before) - logits_of(network, after))[0].abs().amax(-1)
    assert float(moved[:25].max()) == 0.0
    assert float(moved[25, :3].max()) == 0.0
    assert float(moved[25, 3]) > 0.0
    assert float(moved[26].min()) > 0.0


def test_the_joint_outcomes_of_two_voices_have_probability_one(
    make_pieces: MakePieces, describe: Describe, small_shape: NetworkShape, woken: Wake
) -> None:
    start, train = np.array([69, 64, 59, 52]), chorales_of(*make_pieces(4))
    pitches = [np.append(np.arange(-REACH, REACH + 1) + last, [-1, 127]) for last in start[:2]]
    outcomes = [np.array([start, [*pair, *start[2:]]]) for pair in product(*pitches)]
    features = describe(chorales_of(*outcomes), train)
    network = woken(ChoraleNetwork(small_shape, features))
    total = 0.0
    for _, batch in whole_pieces(features, shift=0, is_hidden=False):
        with torch.no_grad(), torch.autocast("cpu", torch.bfloat16):
            chosen = network.eval()(batch).log_softmax(-1).gather(-1, batch.codes[..., None])
        total += float(chosen[:, 1, :2].sum((1, 2)).exp().sum())
    assert len(outcomes) == NUM_CODES**2
    assert total == pytest.approx(1.0, abs=1e-3)


def test_the_pitches_out_of_reach_share_their_code(make_pieces: MakePieces, describe: Describe) -> None:
    near, far = np.array([[69, 64, 59, 52]] * 2), np.array([[69, 64, 59, 52], [110, 64, 59, 52]])
    features = describe(chorales_of(near, far), chorales_of(*make_pieces(4)))
    pitches_out_of_reach = [p for p in range(128) if abs(p - 69) > REACH]
    assert features.far_cost.tolist() == pytest.approx([0.0, 0.0, 0.0, np.log(len(pitches_out_of_reach))])


def test_hidden_retrieval_changes_nothing(
    make_pieces: MakePieces, describe: Describe, small_shape: NetworkShape, woken: Wake
) -> None:
    chorales = chorales_of(*make_pieces(5, num_pieces=2))
    knowing, ignorant = describe(chorales, chorales), describe(chorales, chorales_of(*make_pieces(6)))
    network = woken(ChoraleNetwork(small_shape, knowing))
    assert torch.equal(logits_of(network, knowing, is_hidden=True), logits_of(network, ignorant, is_hidden=True))
    assert not torch.equal(logits_of(network, knowing), logits_of(network, ignorant))


def test_without_relative_outputs_the_last_pitch_is_not_told(
    make_pieces: MakePieces, describe: Describe, small_shape: NetworkShape, woken: Wake
) -> None:
    chorales = chorales_of(*make_pieces(7, num_pieces=1))
    features = describe(chorales, chorales)
    network = woken(ChoraleNetwork(replace(small_shape, is_relative=False), features))
    moved = replace(features, references=features.references + 1)
    assert torch.equal(logits_of(network, features), logits_of(network, moved))
