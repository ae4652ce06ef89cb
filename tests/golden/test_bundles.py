"""Bundles as earlier versions wrote them keep loading, and predict what they predicted."""

import json

import pytest
import torch
from safetensors.torch import save_file

from aurl_core.models.threads import cpu_threads
from aurl_core.models.weights import load_model

WIDTH, INNER, VOCAB_SIZE = 8, 12, 7
FIRST_CONFIG = {
    "format_version": 1,
    "vocab_size": VOCAB_SIZE,
    "mode": "transformer",
    "num_layers": 2,
    "num_heads": 2,
    "model_dim": WIDTH,
    "feedforward": "swiglu",
    "feedforward_dim": INNER,
    "context_length": 6,
    "dropout": 0.0,
    "rotary_base": 10000.0,
}
"""All that version 1's first config.json said."""
BLOCK = {
    "attention_norm": (WIDTH,),
    "feedforward_norm": (WIDTH,),
    **{f"attention.{name}": (WIDTH, WIDTH) for name in ("query", "key", "value", "output")},
    **{f"feedforward.{name}": (INNER, WIDTH) for name in ("gate", "up")},
    "feedforward.down": (WIDTH, INNER),
}
SHAPES = {"embedding.table.weight": (VOCAB_SIZE, WIDTH), "norm.weight": (WIDTH,)} | {
    f"blocks.{layer}.{name}.weight": shape for layer in range(2) for name, shape in BLOCK.items()
}
PREDICTED = {
    1: [-0.7279, 1.3191, 0.3440, -1.4193, 0.0690, 1.3992, -0.4761],
    3: [1.1413, -0.3026, -1.0532, 0.6091, 0.8760, -0.8640, -0.6246],
}
"""The logits after tokens 1 5 3 0 at two places, as the version that wrote such bundles computed them."""


def weights() -> dict[str, torch.Tensor]:
    """Numbers that anyone can make again: a sine through all tensors in the order of their names."""
    made, start = {}, 0
    for name, shape in sorted(SHAPES.items()):
        size = torch.Size(shape).numel()
        made[name] = torch.arange(start, start + size, dtype=torch.float64).sin().reshape(shape).float()
        start += size
    return made


@torch.no_grad()
def test_a_bundle_of_the_first_format_predicts_what_it_predicted(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(FIRST_CONFIG))
    save_file(weights(), tmp_path / "model.safetensors")
    with cpu_threads(1):
        logits_TV = load_model(tmp_path)(torch.tensor([[1, 5, 3, 0]]))[0]
    for place, expected in PREDICTED.items():
        assert logits_TV[place].tolist() == pytest.approx(expected, abs=2e-4)
