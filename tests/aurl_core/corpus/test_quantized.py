import shutil

import numpy as np
import pytest

from aurl_core.chunks import Casualty, SerialPool
from aurl_core.corpus.pieces import scores_at
from aurl_core.corpus.quantized import QuantizeTally, quantize_corpus
from aurl_core.corpus.rejections import read_rejections
from aurl_core.corpus.shards import read_scores, read_shards, shard_files
from aurl_core.corpus.store import Store
from aurl_core.errors import MissingError
from aurl_core.quantization.params import QuantizeParams
from aurl_core.score.score import Notes, Score

from .conftest import tune

STRICT = QuantizeParams(mode="strict", steps_per_beat=24, short_notes="lengthen")


def quantize(source, params=STRICT, pool=None, progress=lambda done, total: None):
    target = source.with_name("quantized")
    shutil.rmtree(target, ignore_errors=True)
    with Store(source.with_name("store")) as store:
        tally, _ = quantize_corpus(source, target, params, store=store, pool=pool or SerialPool(), progress=progress)
    return target, tally


def test_sets_keep_their_pieces_and_numbers(write_parsed):
    source = write_parsed({name: tune(seed) for seed, name in enumerate("abcde")})
    target, tally = quantize(source)
    assert [file.name for file in shard_files(target)] == [file.name for file in shard_files(source)]
    assert [row["title"] for row, _ in read_scores(target)] == list("abcde")
    assert (tally.num_pieces, tally.num_notes, tally.num_moved_notes) == (5, 400, 0)


def test_a_score_on_the_grid_comes_back_in_steps(write_parsed):
    target, _ = quantize(write_parsed({"a": tune(1)}))
    [(row, score)] = read_scores(target)
    assert score.equals(tune(1, ticks_per_beat=24))
    assert (row["steps_per_beat"], row["num_notes"], row["max_onset_error_seconds"]) == (24, 80, 0.0)


def test_bars_and_positions_follow_the_meter(write_parsed):
    onset = [0, 480 * 3, 480 * 4 + 240]
    target, _ = quantize(write_parsed({"a": tune(1).with_notes(Notes.of(onset=onset, duration=480, pitch=60))}))
    [shard] = read_shards(target)
    assert shard.notes["bar"].to_pylist() == [0, 1, 1]
    assert shard.notes["position_steps"].to_pylist() == [0, 0, 36]


def test_deviations_lead_back_to_what_was_played(write_parsed):
    played = Score(480, Notes.of(onset=[0, 483, 971], duration=[470, 450, 10], pitch=60, velocity=[5, 6, 7]))
    target, tally = quantize(write_parsed({"a": played}))
    [shard] = read_shards(target)
    notes = shard.notes.to_pandas()
    assert (notes.onset_steps * 20 + notes.onset_deviation_ticks).tolist() == [0, 483, 971]
    assert (notes.duration_steps * 20 + notes.duration_deviation_ticks).tolist() == [470, 450, 10]
    assert tally.max_onset_error_seconds == pytest.approx(9 / 960)


def test_heard_beats_lead_back_to_what_was_played_too(write_parsed):
    onset = np.cumsum(np.random.default_rng(1).integers(85, 105, 64))
    played = Score(480, Notes.of(onset=onset, duration=90, pitch=60))
    params = STRICT.model_copy(update={"mode": "adaptive", "beats": "tracked"})
    target, tally = quantize(write_parsed({"a": played}), params)
    [shard] = read_shards(target)
    [piece] = shard.pieces.to_pylist()
    places = np.interp(shard.notes["onset_steps"], np.arange(len(piece["beat_ticks"])) * 24, piece["beat_ticks"])
    back = np.floor(places + 0.5).astype(int) + shard.notes["onset_deviation_ticks"].to_numpy()
    assert back.tolist() == onset.tolist()
    assert len(piece["beat_grids"]) > 8
    assert tally.num_tracked_pieces == 1


def test_progress_counts_pieces(write_parsed):
    told = []
    quantize(write_parsed({"a": tune(1), "b": tune(2)}, 1), progress=lambda *numbers: told.append(numbers))
    assert told == [(1, 2), (2, 2)]


def test_a_piece_that_kills_its_worker_is_a_rejection(write_parsed):
    class LosingPool:
        def map(self, function, items, *, chunk_size=None):
            for item in items:
                is_lost = getattr(item, "path", "lost.mid") == "lost.mid"
                yield Casualty(item, "timeout") if is_lost else function([item])

    target, tally = quantize(write_parsed({"a": tune(1), "lost": tune(2)}), pool=LosingPool())
    assert [row["title"] for row, _ in read_scores(target)] == ["a"]
    assert [(one.path, one.reason) for one in read_rejections(target)] == [("lost.mid", "timeout")]
    assert tally.num_pieces == 1


def test_pieces_that_did_not_change_are_not_quantized_again(write_parsed, monkeypatch):
    seeds = {name: seed for seed, name in enumerate("abcdef")}
    quantize(write_parsed({name: tune(seed) for name, seed in seeds.items()}))
    asked = []
    monkeypatch.setattr("aurl_core.corpus.quantized.scores_at", lambda items: asked.extend(items) or scores_at(items))
    seeds["d"] = 99
    target, _ = quantize(write_parsed({name: tune(seed) for name, seed in seeds.items()}))
    assert [item.path for item in asked] == ["d.mid"]
    found = {row["title"]: score for row, score in read_scores(target)}
    assert all(found[name].equals(tune(seed, ticks_per_beat=24)) for name, seed in seeds.items())


def test_a_missing_corpus_is_said(tmp_path):
    with pytest.raises(MissingError, match="dvc repro"):
        quantize(tmp_path / "parsed")


def test_tallies_add_up():
    one = QuantizeTally(1, 10, 1, 2, 0.5, 0.25, 0.1, 1, 0, 1)
    two = QuantizeTally(2, 20, 0, 3, 0.5, 0.75, 0.3, 0, 2, 1)
    assert one + two == QuantizeTally(3, 30, 1, 5, 1.0, 1.0, 0.3, 1, 2, 2)
