"""docs/models.md: its tables name every setting, and its examples are networks that can be built and learn."""

from typing import get_args

import pytest
import torch
from ruamel.yaml import YAML

from aurl_core.models.attention.params import AttentionConfig
from aurl_core.models.discriminator_params import DiscriminatorConfig
from aurl_core.models.latent_params import EncoderConfig, LatentConfig
from aurl_core.models.params import MODEL_CONFIG, DecoderConfig
from aurl_core.models.registry import build
from aurl_core.tokens.params import BarTokenizerConfig
from aurl_core.tokens.tokenizer import build_tokenizer
from aurl_core.tokens.traits import TokenTraits
from tests.docs.pages import codes, fenced, tables

PAGE = "models.md"
EXAMPLES = [YAML(typ="safe").load(text)["model"] for text in fenced(PAGE, "yaml")]


@pytest.fixture(scope="module")
def traits() -> TokenTraits:
    return TokenTraits.of(build_tokenizer(BarTokenizerConfig(steps_per_beat=24)).vocabulary)


def named(section: str) -> list[str]:
    return [codes(row[0])[0] for row in tables(PAGE)[section]]


def test_every_setting_is_explained() -> None:
    assert named("decoder") == list(DecoderConfig.model_fields)
    assert named("discriminator") == list(DiscriminatorConfig.model_fields)
    inner = [f"encoder.{name}" for name in EncoderConfig.model_fields]
    assert named("latent") == inner + [f"latent.{name}" for name in LatentConfig.model_fields]


def test_every_kind_of_attention_is_explained() -> None:
    rows = {codes(row[0])[0]: codes(row[1]) for row in tables(PAGE)["attention"]}
    kinds = {kind.model_fields["kind"].default: kind for kind in get_args(get_args(AttentionConfig)[0])}
    assert {kind: set(config.model_fields) - {"kind"} for kind, config in kinds.items()} == {
        kind: set(settings) for kind, settings in rows.items()
    }


@pytest.mark.parametrize(
    ("example", "millions"), list(zip(EXAMPLES, [(0.7, 1.3), (3, 5), (50, 90), (450, 550)], strict=True))
)
def test_examples_are_as_large_as_they_say(example: dict, millions: tuple[float, float], traits: TokenTraits) -> None:
    with torch.device("meta"):
        model = build(MODEL_CONFIG.validate_python(example), traits)
    assert millions[0] <= model.num_parameters / 1e6 <= millions[1]


@pytest.mark.parametrize("example", EXAMPLES[:3], ids=["demo", "four_layers", "vae_gan"])
def test_examples_take_a_step_that_lowers_their_loss(example: dict, traits: TokenTraits) -> None:
    torch.manual_seed(0)
    model = build(MODEL_CONFIG.validate_python(example), traits)
    ids_BT = torch.randint(4, traits.vocab_size, (1, 17))

    def loss() -> torch.Tensor:
        torch.manual_seed(1)
        return torch.nn.functional.cross_entropy(model(ids_BT[:, :-1])[0], ids_BT[0, 1:])

    before = loss()
    before.backward()
    with torch.no_grad():
        for weight in model.parameters():
            if weight.grad is not None:
                weight -= 0.01 * weight.grad
    assert loss() < before
