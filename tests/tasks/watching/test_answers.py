"""What the page gets: what is new, samples that are there, and nothing else from the disk."""

import json
from pathlib import Path

import pytest

from aurl_core.parsing.params import ParseParams
from aurl_core.rendering.midi import write_midi
from tasks.watching.answers import Answers
from tasks.watching.events import EventFile

PARSE = ParseParams(repair=True, overlaps="fifo", min_tempo_bpm=5, max_tempo_bpm=1000, max_file_mb=64, mb_per_shard=2)


@pytest.fixture
def answers(tmp_path: Path, make_piece) -> Answers:
    """Of a folder in which the run abc has begun and made a sample."""
    file = EventFile(tmp_path / "runs" / "abc" / "events.jsonl")
    file.begin("abc", {"seed": 1})
    sketches = file.path.parent / "sketches"
    sketches.mkdir()
    (sketches / "000000000512-0.mid").write_bytes(write_midi(make_piece(1, num_beats=4)))
    (sketches / "noise.mid").write_bytes(b"")
    (tmp_path / "runs" / "secret.mid").write_bytes(b"secret")
    return Answers(tmp_path / "runs", PARSE)


def state(answers: Answers, query: str = "") -> dict[str, object]:
    return json.loads(answers.to(f"/state{query}").body)


def test_before_any_training_there_is_none(tmp_path: Path) -> None:
    assert state(Answers(tmp_path, PARSE)) == {"run": None}


def test_the_state_is_what_is_new(answers: Answers, tmp_path: Path) -> None:
    first = state(answers)
    EventFile(tmp_path / "runs" / "abc" / "events.jsonl").add("alert", text="x")

    then = state(answers, f"?run=abc&from={first['to']}")

    assert (first["run"], first["is_running"], first["samples"]) == ("abc", True, ["000000000512-0"])
    assert [event["kind"] for event in then["events"]] == ["alert"]
    assert then["is_running"]


@pytest.mark.parametrize("query", ["?run=other&from=20", "?run=abc&from=-5", "?run=abc&from=x", "?run=abc&from=99999"])
def test_who_knows_another_run_or_talks_nonsense_gets_all(answers: Answers, query: str) -> None:
    found = state(answers, query)

    assert (found["from"], [event["kind"] for event in found["events"]]) == (0, ["begin"])


def test_a_sample_is_midi_sound_and_picture(answers: Answers) -> None:
    base = "/samples/abc/000000000512-0"

    assert answers.to(f"{base}.mid").body.startswith(b"MThd")
    assert answers.to(f"{base}.svg").body.startswith(b"<svg")
    sound = answers.to(f"{base}.mp3")
    assert (sound.content_type, len(sound.body) > 2000) == ("audio/mpeg", True)


def test_a_sample_without_music_is_none(answers: Answers, tmp_path: Path) -> None:
    (tmp_path / "runs" / "abc" / "sketches" / "000000000512-1.mid").write_bytes(b"broken")

    assert answers.to("/samples/abc/000000000512-1.mp3").status == 404


@pytest.mark.parametrize(
    "path",
    [
        "/samples/abc/../secret.mid",
        "/samples/abc/..%2F..%2Fsecret.mid",
        "/samples/../secret.mid",
        "/samples/..%2F/secret.mid",
        "/samples/abc/noise.mid",
        "/samples/abc/000000000512-0.exe",
        "/samples/abc/000000000512-0",
        "/samples/none/000000000512-0.mid",
        "/samples/./000000000512-0.mid",
        "/page.html",
        "/../params.yaml",
        "//etc/passwd",
    ],
)
def test_nothing_else_is_given_away(answers: Answers, path: str) -> None:
    assert answers.to(path).status == 404


def test_the_page_and_plotly_come_from_here(answers: Answers) -> None:
    assert b'src="plotly.js"' in answers.to("/").body
    assert b"plotly.js v" in answers.to("/plotly.js").body[:200]
    assert b"http" not in answers.to("/").body + answers.to("/page.js").body
