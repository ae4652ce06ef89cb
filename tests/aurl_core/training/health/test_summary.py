import pytest

from aurl_core.training.health.summary import write_summary
from aurl_core.training.outcome import Training
from aurl_core.training.trainer import fit


@pytest.fixture
def training(make_recipe, small_corpus, tmp_path) -> Training:
    return fit(
        make_recipe(),
        small_corpus,
        checkpoints=tmp_path / "run",
        cache=tmp_path / "cache",
        progress=lambda done, total: None,
        sampler=lambda model, *, tokens_seen: {"sample_quality": 0.25, "sample_consonance": 0.125},
    )


def test_a_summary_says_what_was_trained_how_it_went_and_what_to_try(training, make_recipe):
    page = write_summary(training, make_recipe())
    figures = training.likelihood["test"]
    assert "| tokens seen | 1,024 of a budget of 1,024 |" in page
    assert f"| test | {figures.nats_per_token:.4f} | {figures.perplexity:.3f} | {figures.bits_per_note:.3f} |" in page
    assert "(lowest) |" in page
    assert "unlike real pieces in consonance 0.12" in page
    assert "| 0.250 |" in page
    assert "| `gradient_norm` |" in page
    assert page.endswith("## What went wrong\n\nNothing.\n")
