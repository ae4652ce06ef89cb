import json

import numpy as np
import pytest

from aurl_core.generation.generator import generate_samples
from aurl_core.generation.lineage import Lineage
from aurl_core.generation.params import GenerateParams
from aurl_core.rendering.midi import write_midi
from aurl_core.score.score import Notes, Score

LINEAGE = Lineage("c", "v", "m", "s", "", "code", seed=5)
SETTINGS = {
    "num_pieces": 3,
    "length": {"least_seconds": 2, "most_seconds": 20},
    "num_long_pieces": 1,
    "long_length": {"least_seconds": 60, "most_seconds": 90},
    "most_tokens": 400,
    "batch_size": 4,
    "num_threads": 1,
    "sampling": {"top_p": 0.95},
}


def generated(model, tokenizer, progress=lambda share: None, **changes):
    params = GenerateParams.model_validate(SETTINGS | changes)
    return generate_samples(model, tokenizer, params, lineage=LINEAGE, progress=progress)


def test_the_pieces_that_were_asked_for_come_with_their_names_and_lineage(model, tokenizer):
    samples = generated(model, tokenizer)
    assert [sample.sample_id for sample in samples] == ["piece-000", "piece-001", "piece-002", "piece-003"]
    assert [json.loads(sample.lineage)["aurl"]["sample"] for sample in samples] == [0, 1, 2, 3]
    assert [sample.least_seconds for sample in samples] == [2, 2, 2, 60]
    assert all(len(sample.score.notes) for sample in samples)


def test_decoded_pieces_have_no_faults(model, tokenizer):
    for sample in generated(model, tokenizer):
        notes = sample.score.notes
        assert notes.duration.min() > 0
        assert notes.pitch.min() >= 21
        assert notes.pitch.max() <= 108
        assert tokenizer.normal_form(sample.score).equals(sample.score)


def test_the_size_of_batches_does_not_matter(model, tokenizer):
    one, many = generated(model, tokenizer, batch_size=1), generated(model, tokenizer)
    assert all(np.array_equal(a.token_ids, b.token_ids) for a, b in zip(one, many, strict=True))


def test_another_seed_gives_other_pieces(model, tokenizer):
    first, second, *_ = generated(model, tokenizer)
    assert not np.array_equal(first.token_ids, second.token_ids)


def test_progress_rises_to_all_of_it(model, tokenizer):
    shares = []
    generated(model, tokenizer, progress=shares.append, batch_size=2)
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)


def test_every_piece_begins_with_the_prompt(model, tokenizer, tmp_path):
    (tmp_path / "scale.mid").write_bytes(write_midi(Score(480, Notes.of(onset=[0, 480], duration=480, pitch=[60, 62]))))
    samples = generated(model, tokenizer, prompt=str(tmp_path / "scale.mid"), prompt_beats=1.5)
    assert {sample.score.notes.pitch[0] for sample in samples} == {60}
    assert {(sample.prompt, sample.num_prompt_tokens) for sample in samples} == {("scale.mid", 8)}
