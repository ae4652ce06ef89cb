import pytest
import torch

from aurl_core.models.params import MODEL_CONFIG
from aurl_core.models.vae import VAE
from aurl_core.models.vae_gan import VAEGAN, invent, reread
from aurl_core.models.weights import load_model, save_model
from aurl_core.tokens.traits import TokenTraits
from aurl_core.tokens.vocabulary import BOS, EOS, PAD, SPECIAL_TOKENS, Vocabulary

TOKENS = (*SPECIAL_TOKENS, "BAR", "POSITION_0", "POSITION_12", "PITCH_60", "PITCH_64", "VELOCITY_3")
TRAITS = TokenTraits.of(Vocabulary(TOKENS, {"kind": "bar", "steps_per_beat": 24}))
CONFIG = {
    "mode": "vae_gan",
    "num_layers": 2,
    "num_heads": 2,
    "model_dim": 16,
    "feedforward": "swiglu",
    "feedforward_dim": 24,
    "context_length": 20,
    "encoder": {"num_layers": 1},
    "latent": {"dim": 8, "bars": 2, "phrase_bars": 1},
    "discriminator": {"dim": 8, "num_layers": 3, "local_window": 3, "phrase_window": 4, "num_sections": 2},
}


def first(num_segments: int) -> torch.Tensor:
    """So many segments that begin as pieces do."""
    return torch.full((num_segments,), BOS)


@pytest.fixture
def model() -> VAEGAN:
    torch.manual_seed(0)
    model = VAEGAN(MODEL_CONFIG.validate_python(CONFIG), TRAITS)
    for parameter in model.generator.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model


def test_segments_begin_as_they_are_told_and_are_padded_after_eos(model):
    model.places.is_bar_V.fill_(False)
    made = invent(model, first(40))
    assert set(made.read_BT[:, 0].tolist()) == {BOS}
    assert torch.equal(made.read_BT[:, 1:], made.drawn_BT[:, :-1])
    assert made.drawn_BT.shape[1] <= CONFIG["context_length"]
    ended = (made.drawn_BT == EOS).cumsum(1) - (made.drawn_BT == EOS).long() > 0
    assert ended.any()
    assert torch.equal(made.is_real_BT, ~ended)
    assert set(made.drawn_BT[ended].tolist()) == {PAD}


def test_a_segment_ends_with_the_bar_line_after_its_last_bar(model):
    from_bar = invent(model, torch.full((60,), TOKENS.index("BAR")))
    for made, bars_drawn in ((invent(model, first(60)), 3), (from_bar, 2)):
        bar_lines_B = (made.drawn_BT == TOKENS.index("BAR")).sum(1)
        length_B = made.is_real_BT.sum(1)
        last_B = made.drawn_BT.gather(1, length_B[:, None] - 1)[:, 0]
        assert bar_lines_B.max() == bars_drawn
        assert set(last_B[bar_lines_B == bars_drawn].tolist()) == {TOKENS.index("BAR")}


def test_each_token_is_drawn_from_what_is_traced_back(model):
    """Over many segments of one latent, the second token follows the first as often as the logits say."""
    model.start_cache = lambda size, start=model.start_cache: start(size, torch.zeros(size, model.num_noise))
    made = invent(model, first(2000))
    logits = model.eval().decode(made.read_BT, made.latents)
    assert torch.allclose(logits[:, 0], logits[0, 0], atol=1e-5)
    often = torch.bincount(made.drawn_BT[:, 0], minlength=len(TOKENS)) / 2000
    torch.testing.assert_close(often, logits[0, 0].softmax(-1), atol=0.04, rtol=0)


def test_what_is_traced_back_is_what_was_drawn_by_rows(model):
    made = invent(model, first(6))
    some = made.rows(2, 5)
    assert torch.equal(reread(model, some, temperature=1.0).argmax(-1), made.drawn_BT[2:5])


def test_inventing_leaves_the_mode_as_it_was_and_repeats_with_the_seed(model):
    def drawn(seed: int) -> torch.Tensor:
        torch.manual_seed(seed)
        return invent(model.train(), first(4)).drawn_BT

    assert torch.equal(drawn(1), drawn(1))
    assert model.training
    assert drawn(1).tolist() != drawn(2).tolist()


def score(model: VAEGAN, made, *, temperature: float = 1.0) -> torch.Tensor:
    """What the discriminator thinks of segments, mean over its scales."""
    judgement = model.discriminator(reread(model, made, temperature=temperature), made.is_real_BT)
    return torch.stack([logits.mean() for logits in judgement.logits]).mean()


def test_the_score_has_gradients_to_every_weight_of_the_decoder(model):
    made = invent(model, first(8))
    score(model, made).backward()
    for name, parameter in model.decoder.named_parameters():
        assert parameter.grad is not None and parameter.grad.abs().sum() > 0, name
    assert all(parameter.grad is None for parameter in model.encoder.parameters())


def test_it_is_a_vae_and_its_discriminator_is_no_part_of_the_generator(model):
    vae_config = MODEL_CONFIG.validate_python(
        {k: v for k, v in CONFIG.items() if k != "discriminator"} | {"mode": "vae"}
    )
    names = VAE(vae_config, TRAITS).state_dict().keys()
    assert names == {name for name in model.state_dict() if not name.startswith("discriminator.")}
    judged = set(map(id, model.discriminator.parameters()))
    assert not judged & set(map(id, model.generator.parameters()))
    assert len(judged) + len(list(model.generator.parameters())) == len(list(model.parameters()))


def test_a_bundle_holds_the_discriminator_and_makes_the_same_music(model, tmp_path):
    save_model(tmp_path, model)
    loaded = load_model(tmp_path)
    assert isinstance(loaded, VAEGAN)
    for name, tensor in model.state_dict().items():
        assert torch.equal(tensor, loaded.state_dict()[name]), name
    drawn = []
    for one in (model, loaded):
        torch.manual_seed(5)
        drawn.append(invent(one, first(3)).drawn_BT.tolist())
    assert drawn[0] == drawn[1]
