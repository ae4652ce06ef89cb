import pytest

from aurl_core.parsing.params import ParseParams
from aurl_core.parsing.parser import Piece, parse_file, piece_id_of
from aurl_core.parsing.rejection import Rejection
from aurl_core.rendering.midi import write_midi
from aurl_core.score.fingerprint import fingerprint
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track
from tests.aurl_core.parsing.smf import END, note, smf

SETTINGS = {"repair": True, "min_tempo_bpm": 5, "max_tempo_bpm": 1000, "max_file_mb": 1, "mb_per_shard": 1}


def params(**settings):
    return ParseParams(**{**SETTINGS, **settings})


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "piece.mid"
    path.write_bytes(write_midi(Score(480, Notes.of(onset=[0, 10], duration=[480, 480], pitch=60), (Track(),))))
    return path


def test_a_piece_is_repaired_and_identified(file):
    piece = parse_file(file, params())
    assert isinstance(piece, Piece)
    assert piece.piece_id == piece_id_of(file.read_bytes())
    assert piece.score.notes.duration.tolist() == [10, 480]
    assert piece.fingerprint == fingerprint(piece.score)
    assert [repairs.kind for repairs in piece.repairs] == ["overlapping_note"]


def test_repair_can_be_switched_off(file):
    piece = parse_file(file, params(repair=False))
    assert piece.score.notes.duration.tolist() == [480, 480]
    assert piece.repairs == []


def test_a_converted_piece_keeps_its_sources_id(file):
    assert parse_file(file, params(), piece_id="0123").piece_id == "0123"


@pytest.mark.parametrize(
    ("data", "settings", "reason"),
    [
        (b"", {}, "empty_file"),
        (b"<html>", {}, "not_midi"),
        (b"PK\x03\x04 a zip archive", {}, "archive"),
        (smf(b"\x00\xff\x01\x7f"), {}, "malformed"),
        (b"x" * 2000, {"max_file_mb": 0.001}, "too_large"),
        (write_midi(Score(480)), {}, "no_notes"),
        (write_midi(Score(1, Notes.of(onset=[0, 1 << 27], duration=1, pitch=60))), {"repair": False}, "too_long"),
    ],
)
def test_what_is_wrong_with_a_file_becomes_a_rejection(tmp_path, data, settings, reason):
    file = tmp_path / "odd.mid"
    file.write_bytes(data)
    rejection = parse_file(file, params(**settings), path="folder/odd.mid", piece_id="0123")
    assert isinstance(rejection, Rejection)
    assert (rejection.path, rejection.piece_id, rejection.reason) == ("folder/odd.mid", "0123", reason)


def test_a_missing_file_is_unreadable(tmp_path):
    rejection = parse_file(tmp_path / "gone.mid", params())
    assert (rejection.path, rejection.reason, rejection.piece_id) == ("gone.mid", "unreadable", None)


def test_without_repair_a_velocity_out_of_range_is_malformed(tmp_path):
    file = tmp_path / "loud.mid"
    file.write_bytes(smf(note(60, velocity=200) + END))
    assert parse_file(file, params(repair=False)).detail.startswith("a note has velocity 200")
    assert parse_file(file, params()).score.notes.velocity.tolist() == [127]


def test_what_had_to_be_overlooked_is_on_record_with_repair_or_without(tmp_path):
    file = tmp_path / "count.mid"
    file.write_bytes(smf(note(60) + END, announced=7))
    for is_on in (True, False):
        assert [one.kind for one in parse_file(file, params(repair=is_on)).repairs] == ["container"]


def test_without_repair_a_time_signature_that_is_none_is_malformed(tmp_path):
    meter = Events.of([("time_signature", 0, WHOLE_PIECE, 3, 4.0, "")])
    data = write_midi(Score(480, Notes.of(onset=[0], duration=480, pitch=60), events=meter))
    file = tmp_path / "odd.mid"
    file.write_bytes(data.replace(b"\xff\x58\x04\x03\x02", b"\xff\x58\x04\x03\xff"))
    assert parse_file(file, params(repair=False)).detail.startswith("a time signature is none")
    assert [repairs.kind for repairs in parse_file(file, params()).repairs] == ["time_signature"]
