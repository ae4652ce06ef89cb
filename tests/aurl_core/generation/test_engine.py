from itertools import pairwise

import numpy as np
import pytest
import torch

from aurl_core.generation.constraints import Limits
from aurl_core.generation.engine import Context, sample_tokens
from aurl_core.generation.params import SamplingConfig
from aurl_core.random_streams import stream
from aurl_core.tokens.grammar import first_violation
from aurl_core.tokens.layout import INSTRUMENT, NOTE_ON, TEMPO, VELOCITY
from aurl_core.tokens.vocabulary import BOS, EOS


def sampled(model, tokenizer, numbers, *, least=5.0, most=40.0, most_tokens=300, longest=np.inf, **settings):
    limits = Limits(np.full(len(numbers), least), np.full(len(numbers), most), most_tokens, longest)
    return sample_tokens(
        model,
        tokenizer,
        limits=limits,
        sampling=SamplingConfig(),
        streams=[stream(1, "test", number) for number in numbers],
        **settings,
    )


def test_every_piece_is_legal_from_its_beginning_to_its_end(model, tokenizer):
    grammar = tokenizer.grammar()
    for run in sampled(model, tokenizer, range(6)):
        assert (run.token_ids[0], run.token_ids[-1]) == (BOS, EOS)
        assert run.token_ids.count(EOS) == 1
        assert first_violation(grammar, np.array(run.token_ids)) is None


def test_pieces_stay_legal_when_hanging_notes_are_turned_off(model, tokenizer):
    for run in sampled(model, tokenizer, range(4), longest=2):
        assert first_violation(tokenizer.grammar(), np.array(run.token_ids)) is None


def test_a_piece_is_the_same_alone_and_in_company(model, tokenizer):
    together = sampled(model, tokenizer, range(5))
    assert len({len(run.token_ids) for run in together}) > 1
    alone = [sampled(model, tokenizer, [number])[0] for number in range(5)]
    assert [run.token_ids for run in together] == [run.token_ids for run in alone]


def test_a_piece_of_latents_of_its_own_is_the_same_alone_and_in_company(vae, tokenizer):
    together = sampled(vae, tokenizer, range(3))
    alone = [sampled(vae, tokenizer, [number])[0] for number in range(3)]
    assert [run.token_ids for run in together] == [run.token_ids for run in alone]


@torch.inference_mode()
def test_latents_are_those_of_the_noise(vae):
    ids, noise = np.array([[1, 30], [1, 30]]), np.zeros((2, vae.num_noise), np.float32)
    noise[1] += 1
    logits_BV = Context(vae, ids, noise).logits_BV
    assert np.allclose(logits_BV[0], vae(torch.from_numpy(ids[:1]))[0, -1], atol=1e-4)
    assert not np.allclose(logits_BV[0], logits_BV[1], atol=1e-2)


def test_pieces_last_as_long_as_they_must(model, tokenizer):
    runs = sampled(model, tokenizer, range(4), least=30, most=1e9)
    assert all(run.seconds >= 30 for run in runs)


def test_a_limit_closes_and_says_so(model, tokenizer):
    closed = sampled(model, tokenizer, range(3), least=0, most=1e9, most_tokens=20)
    assert all(run.is_closed for run in closed)
    assert all(20 < len(run.token_ids) < 60 for run in closed)


def test_a_piece_is_as_likely_as_the_whole_model_says(model, tokenizer):
    [run] = sampled(model, tokenizer, [3], least=0, most_tokens=20)
    ids = torch.tensor([run.token_ids])
    with torch.inference_mode():
        expected = torch.nn.functional.cross_entropy(model(ids[:, :-1])[0], ids[0, 1:], reduction="sum")
    assert run.nats == pytest.approx(float(expected), rel=1e-4)


def test_a_prompt_is_gone_on_from(model, tokenizer):
    prompt = [TEMPO + 3, INSTRUMENT + 2, VELOCITY + 20, NOTE_ON + 50]
    first, second = sampled(model, tokenizer, range(2), prompt=prompt)
    assert first.token_ids[:5] == second.token_ids[:5] == [BOS, *prompt]
    assert first.token_ids != second.token_ids


def test_progress_hears_the_seconds_of_all_pieces(model, tokenizer):
    heard = []
    runs = sampled(model, tokenizer, range(3), progress=lambda seconds: heard.append(seconds.copy()))
    assert np.allclose(heard[-1], [run.seconds for run in runs])
    assert all((after >= before).all() for before, after in pairwise(heard))


@torch.inference_mode()
def test_the_context_sees_what_the_whole_window_shows(model):
    ids = np.random.default_rng(0).integers(4, 774, (2, 20))
    context = Context(model, ids[:, :12])
    for place in range(12, 20):
        context.read(ids[:, place, None])
    assert np.allclose(context.logits_BV, model(torch.from_numpy(ids))[:, -1].numpy(), atol=1e-4)


@torch.inference_mode()
def test_a_prompt_longer_than_the_window_is_read_as_if_token_by_token(model):
    ids = np.random.default_rng(0).integers(4, 774, (1, 100))
    context = Context(model, ids[:, :1])
    for place in range(1, 100):
        context.read(ids[:, place, None])
    assert np.allclose(Context(model, ids).logits_BV, context.logits_BV, atol=1e-4)


@torch.inference_mode()
def test_what_is_far_behind_the_window_is_forgotten(model):
    ids = np.random.default_rng(0).integers(4, 774, (1, 200))
    other = ids.copy()
    other[0, :10] += 1
    assert np.allclose(Context(model, ids).logits_BV, Context(model, other).logits_BV, atol=1e-6)
    other[0, -10] += 1
    assert not np.allclose(Context(model, ids).logits_BV, Context(model, other).logits_BV, atol=1e-3)


@torch.inference_mode()
def test_pieces_that_are_kept_go_on_as_alone(model):
    ids = np.random.default_rng(0).integers(4, 774, (3, 9))
    context, alone = Context(model, ids[:, :8]), Context(model, ids[1:2, :8])
    context.keep(np.array([False, True, False]))
    context.read(ids[1:2, 8:])
    alone.read(ids[1:2, 8:])
    assert np.allclose(context.logits_BV, alone.logits_BV, atol=1e-5)
