"""Learning curves of several trained models in one picture.

`python -m benchmarks.curves base=data/models long=FOLDER > docs/images/training_curves.svg` reads the training.json of
each bundle and draws bits/note of validation, and of training where the tokenizers are the same, over tokens seen.
"""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import matplotlib as mpl
from matplotlib.figure import Figure

from aurl_core.training.bundle import FACTS_FILE
from aurl_core.training.callbacks.curve import Point

_COLOURS: Final = ("#c8553d", "#1f6f8b", "#8a8f98", "#d9a441")


def draw(curves: Mapping[str, Sequence[Point]]) -> str:
    """An SVG of bits a note and nats a token, the training's own as dotted lines; same input, same text."""
    text = io.StringIO()
    with mpl.rc_context({"svg.hashsalt": "aurl", "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(9, 3.8), layout="constrained")
        bits, nats = figure.subplots(1, 2)
        for (name, points), colour in zip(curves.items(), _COLOURS, strict=False):
            tokens = [point["tokens"] / 1e6 for point in points]
            bits.plot(
                tokens, [point["validation_bits_per_note"] for point in points], "o-", color=colour, label=name, ms=3
            )
            nats.plot(
                tokens, [point["validation_nats_per_token"] for point in points], "o-", color=colour, label=name, ms=3
            )
            nats.plot(tokens, [point["train_nats_per_token"] for point in points], ":", color=colour)
        bits.set(xlabel="million tokens seen", ylabel="bits per note of validation")
        nats.set(xlabel="million tokens seen", ylabel="nats per token; dotted: while learning")
        bits.legend(frameon=False)
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("bundles", nargs="+", metavar="NAME=FOLDER")
    named = dict(one.split("=", 1) for one in parser.parse_args().bundles)
    facts = {
        name: json.loads((Path(folder) / FACTS_FILE).read_text(encoding="utf-8")) for name, folder in named.items()
    }
    print(draw({name: one["curve"] for name, one in facts.items()}), end="")


if __name__ == "__main__":
    main()
