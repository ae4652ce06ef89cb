import pickle
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pytest

from aurl_core.corpus.cache import SplitReader
from aurl_core.errors import SettingError
from aurl_core.training.protocol.params import PieceParams
from aurl_core.training.protocol.pieces import chosen


class Pieces:
    """A reader of four pieces of which the corpus says this."""

    COLUMNS: ClassVar = {
        "collection": ["bach", "bach", "folk", "folk"],
        "genre": ["chorale", None, "reel", "chorale"],
    }

    def __len__(self):
        return 4

    def column(self, name):
        return pa.chunked_array([self.COLUMNS[name]])

    def only(self, pieces):
        return pieces.tolist()


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"collections": ["folk"]}, [2, 3]),
        ({"collections": ["folk", "bach"], "genres": ["chorale"]}, [0, 3]),
    ],
)
def test_a_piece_is_shown_if_each_column_asked_for_says_so(params, expected):
    assert chosen(Pieces(), PieceParams(**params)) == expected


def test_if_nothing_is_asked_for_all_are_shown():
    reader = Pieces()
    assert chosen(reader, PieceParams()) is reader


def test_what_there_is_is_told_if_nothing_is_left():
    with pytest.raises(SettingError, match=r"no piece .* there are \{'genre': \['None', 'chorale', 'reel'\]\}"):
        chosen(Pieces(), PieceParams(genres=["waltz"]))


def test_a_reader_of_some_pieces_numbers_them_anew_also_in_another_process(small_corpus, tmp_path):
    reader = SplitReader.of(small_corpus / "split=train", cache=tmp_path)
    some = pickle.loads(pickle.dumps(reader.only(np.array([6, 1]))))
    assert (len(some), some.piece_id(0), some.piece_id(1)) == (2, reader.piece_id(6), reader.piece_id(1))
    assert some.num_tokens.tolist() == reader.num_tokens[[6, 1]].tolist()
    assert np.array_equal(some.score(1).notes.pitch, reader.score(1).notes.pitch)
