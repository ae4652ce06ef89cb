"""That every kind of tokenizer serves from a corpus to new music: trained on, sampled from, read and written."""

import mido
import numpy as np
import pytest

from aurl_core.generation.constraints import Limits
from aurl_core.generation.engine import sample_tokens
from aurl_core.generation.params import SamplingConfig
from aurl_core.random_streams import stream
from aurl_core.rendering.midi import write_midi
from aurl_core.tokens.grammar import first_violation
from aurl_core.tokens.params import BarTokenizerConfig, EventTokenizerConfig, MidiTokConfig
from aurl_core.tokens.tokenizer import LearningTokenizer, build_tokenizer, load_tokenizer
from aurl_core.tokens.vocabulary import BOS, EOS
from aurl_core.training.bundle import write_bundle
from aurl_core.training.trainer import fit
from tasks.sketches import Sketches

CONFIGS = {
    "event": EventTokenizerConfig(steps_per_beat=24, out_of_range="fold"),
    "bar": BarTokenizerConfig(steps_per_beat=24),
    "REMI": MidiTokConfig(tokenization="REMI", steps_per_beat=24),
    "REMI with BPE": MidiTokConfig(tokenization="REMI", steps_per_beat=24, bpe_vocab_size=1300),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_from_a_corpus_to_new_music(name, write_corpus, make_piece, make_recipe, tmp_path):
    tokenizer, pieces = build_tokenizer(CONFIGS[name]), [make_piece(seed, num_beats=8) for seed in range(4)]
    if isinstance(tokenizer, LearningTokenizer):
        tokenizer = tokenizer.trained(map(tokenizer.encode, pieces))
    corpus = write_corpus({"train": pieces[:2], "validation": pieces[2:3], "test": pieces[3:]}, tokenizer)
    sketches = Sketches.of(corpus, tmp_path / "sketches", num_pieces=1, seed=1)
    training = fit(
        make_recipe(budget_tokens=512, validate_every_tokens=256),
        corpus,
        checkpoints=tmp_path / "checkpoints",
        cache=tmp_path / "cache",
        progress=lambda done, total: None,
        sampler=sketches,
    )
    write_bundle(tmp_path / "models", training, corpus=corpus)
    tokenizer = load_tokenizer(tmp_path / "models" / "vocabulary.json")
    assert training.likelihood["test"].num_notes == len(pieces[3].notes)
    assert len(list(sketches.folder.iterdir())) == 2
    assert all(0 <= point["sample_quality"] <= 1 for point in training.curve)

    [run] = sample_tokens(
        training.model,
        tokenizer,
        limits=Limits(np.zeros(1), np.full(1, 8.0), most_tokens=48),
        sampling=SamplingConfig(),
        streams=[stream(1, "test", 0)],
    )
    assert (run.token_ids[0], run.token_ids[-1]) == (BOS, EOS)
    assert len(run.token_ids) <= 64
    assert first_violation(tokenizer.grammar(), np.array(run.token_ids)) is None
    (tmp_path / "piece.mid").write_bytes(write_midi(tokenizer.decode(run.token_ids)))
    assert mido.MidiFile(tmp_path / "piece.mid").type == 1
