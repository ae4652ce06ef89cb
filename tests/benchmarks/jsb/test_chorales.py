import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.jsb.chorales import FAR, REACH, REST, build_chorales, opening_pitches, read_splits

OPENING = np.array([70, 65, 60, 50])
IN_ORDER = (0, 1, 2, 3)


def test_codes_tell_motion_rest_and_far() -> None:
    piece = np.array([[72, 65, 60, 50], [72, -1, 55, 80], [71, 66, 55, 80]])
    chorales = build_chorales([piece], opening=OPENING, voice_order=IN_ORDER)
    expected = [[REACH + 2, REACH, REACH, REACH], [REACH, REST, REACH - 5, FAR], [REACH - 1, REACH + 1, REACH, REACH]]
    np.testing.assert_array_equal(chorales.codes, expected)


def test_a_rest_keeps_the_pitch_that_sounded() -> None:
    piece = np.array([[-1, 65, 60, 50], [72, -1, 60, 50]])
    chorales = build_chorales([piece], opening=OPENING, voice_order=IN_ORDER)
    np.testing.assert_array_equal(chorales.pitches, [[70, 65, 60, 50], [72, 65, 60, 50]])


def test_each_piece_is_told_from_the_opening() -> None:
    pieces = [np.array([[71, 65, 60, 50]]), np.array([[70, 65, 60, 49]])]
    chorales = build_chorales(pieces, opening=OPENING, voice_order=IN_ORDER)
    np.testing.assert_array_equal(chorales.codes - REACH, [[1, 0, 0, 0], [0, 0, 0, -1]])


def test_voices_stand_in_the_order_asked_for() -> None:
    chorales = build_chorales([np.array([[70, 65, 60, 50]])], opening=OPENING, voice_order=(0, 3, 1, 2))
    np.testing.assert_array_equal(chorales.pitches, [[70, 50, 65, 60]])


def test_codes_tell_the_same_in_every_key() -> None:
    piece = np.array([[70, 65, 60, 50], [72, 64, 60, 45]])
    codes = [build_chorales([piece + k], opening=OPENING + k, voice_order=IN_ORDER).codes for k in (0, 3)]
    np.testing.assert_array_equal(*codes)


def test_opening_leaves_rests_out() -> None:
    np.testing.assert_array_equal(
        opening_pitches([np.array([[70, -1, 60, 50]]), np.array([[72, 65, 60, 50]])]), [71, 65, 60, 50]
    )


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.json"
    path.write_text(json.dumps({"train": []}))
    with pytest.raises(ValueError, match=r"\['train'\].*'valid'"):
        read_splits(path)
