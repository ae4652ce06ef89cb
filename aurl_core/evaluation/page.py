"""The report as one page that needs nothing beside it: figures, plots, piano rolls, engraved scores and players.

Pictures and sound are embedded. The sound is MP3 in mono at a lower sample rate, about a twenty-fifth of the WAV; what
does not fit into the page's size is left in the folder of the samples.
"""

from __future__ import annotations

import base64
import math
import wave
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from numpy.typing import NDArray
from scipy.signal import resample_poly

from aurl_core.evaluation.params import EvaluateParams
from aurl_core.evaluation.pieces import Sample
from aurl_core.evaluation.plots import curve_plot, distribution_plot
from aurl_core.evaluation.report import Evaluation, figures_of, num_parts
from aurl_core.figure import figure
from aurl_core.rendering.audio import write_mp3
from aurl_core.rendering.piano_roll import draw_piano_roll
from aurl_core.score.lines import playable
from aurl_core.score.score import Score

PAGE_FILE: Final = "index.html"
_PLOT_BYTES: Final = 1e6
"""What the page takes without its pieces, generously."""
_FULL_SCALE: Final = 32767
_ROLL_WIDTH: Final = 1000
_ROLL_PIXELS_PER_BEAT: Final = 8


@dataclass
class Room:
    """How many more bytes fit into the page."""

    bytes_left: float

    def embed(self, kind: str, data: bytes) -> str | None:
        """`data` as a data URI of MIME type `kind`, or None if it does not fit."""
        uri = f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
        if len(uri) > self.bytes_left:
            return None
        self.bytes_left -= len(uri)
        return uri


def write_page(
    evaluation: Evaluation,
    folder: Path,
    *,
    params: EvaluateParams,
    samples: Path,
    seed: int,
    progress: Callable[[int, int], None],
) -> int:
    """Write index.html and return its size in bytes; `samples` is the folder of the generated files."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"figure": figure, "percent": percent}
    content = {
        **_headline(evaluation, params),
        **_learning(evaluation),
        "groups": _groups(evaluation),
        "pieces": _pieces(evaluation, samples, params, progress),
        "params": params,
        "seed": seed,
        "vocabulary_hash": evaluation.tokenizer.vocabulary.hash[:12],
    }
    page = environment.get_template("page.html").render(content).encode()
    (folder / PAGE_FILE).write_bytes(page)
    return len(page)


def percent(share: float, *, decimals: int = 0) -> str:
    r"""A share in percent, a dash for nan.

    >>> percent(0.519), percent(0.0519, decimals=1), percent(float("nan"))
    ('52\xa0%', '5.2\xa0%', '–')
    """
    return "–" if math.isnan(share) else f"{100 * share:.{decimals}f}\u00a0%"


def read_mono(path: Path, *, sample_rate: int) -> NDArray[np.int16]:
    """The samples (N,) of a 16-bit WAV file, its channels mixed into one, at `sample_rate` hertz."""
    with wave.open(str(path)) as file:
        data, rate, channels = file.readframes(file.getnframes()), file.getframerate(), file.getnchannels()
    mono = np.frombuffer(data, "<i2").reshape(-1, channels).mean(axis=1)
    divisor = math.gcd(rate, sample_rate)
    lowered = resample_poly(mono, sample_rate // divisor, rate // divisor) if rate != sample_rate else mono
    return np.clip(np.rint(lowered), -_FULL_SCALE, _FULL_SCALE).astype(np.int16)


def _headline(evaluation: Evaluation, params: EvaluateParams) -> dict[str, Any]:
    figures = figures_of(evaluation)
    faults = figures.pairing_errors + figures.zero_length_notes + figures.out_of_range_notes
    num_notes = sum(found.num_notes for found in evaluation.faults)
    tiles = [
        (
            f"{figures.test_bits_per_note:.2f}", "bits per note",
            f"to foretell music it never heard; a bigram needs {figures.bigram_test_bits_per_note:.2f}",
        ),
        (
            f"{figures.num_metrics_within_floor} of {figures.num_metrics}", "",
            "measures as near to the test pieces as other real pieces are",
        ),
        (
            percent(figures.copied_share_generated, decimals=1), "",
            f"of its passages of {params.window_beats} beats stand in the training pieces; of the real test pieces’, "
            f"{percent(figures.copied_share_test, decimals=1)}",
        ),
        (
            f"{faults:,}", "faults",
            f"in {num_notes:,} notes: unpaired, of no length, or out of range",
        ),
    ]  # fmt: skip
    return {
        "num_generated": figures.num_generated,
        "num_test": figures.num_test,
        "num_within": figures.num_metrics_within_floor,
        "num_measures": figures.num_metrics,
        "tiles": [{"figure": number, "unit": unit, "text": text} for number, unit, text in tiles],
    }


def _groups(evaluation: Evaluation) -> list[dict[str, Any]]:
    rows: Iterable[dict[str, Any]] = (
        {
            "metric": metric,
            "comparison": evaluation.comparisons[metric.name],
            "plot": Markup(
                distribution_plot(
                    metric.name,
                    generated=evaluation.generated.values[metric.name],
                    real=evaluation.test.values[metric.name],
                    unit=metric.unit,
                    description=f"{metric.title} of generated and real pieces",
                )
            ),
        }
        for metric in evaluation.metrics
    )
    return [{"title": title, "rows": list(group)} for title, group in groupby(rows, lambda row: row["metric"].group)]


def _learning(evaluation: Evaluation) -> dict[str, Any]:
    training = evaluation.training
    curve = training["curve"]
    plot = curve_plot(
        "curve",
        tokens=[point["tokens"] for point in curve],
        likelihood=[point["validation_bits_per_note"] for point in curve],
        baseline=training["bigram"]["validation"]["bits_per_note"],
        unit="bits per note",
        description="Validation likelihood in bits per note over tokens seen, with the bigram’s as a line",
    )
    rows = [
        {
            "title": split.capitalize(),
            "unit": unit,
            "model": training[split][key],
            "bigram": training["bigram"][split][key],
        }
        for split in ("validation", "test")
        for key, unit in (("bits_per_note", "bits per note"), ("nats_per_token", "nats per token"))
    ]
    own = figures_of(evaluation).generated_nats_per_token
    rows.append({"title": "Generated", "unit": "nats per token", "model": own, "bigram": math.nan})
    return {"curve": Markup(plot), "likelihood": rows}


def _pieces(
    evaluation: Evaluation, folder: Path, params: EvaluateParams, progress: Callable[[int, int], None]
) -> list[dict[str, Any]]:
    """What the page shows of each sample: pictures and MIDI go in first, then the sound, while there is room."""
    samples, total = evaluation.samples, num_parts(evaluation.samples)
    room = Room(params.page_megabytes * 1e6 - _PLOT_BYTES)
    views, sounds = [], []
    for number, sample in enumerate(samples):
        views.append(
            _pictures(playable(evaluation.tokenizer.decode(sample.token_ids)), folder / sample.sample_id, room)
        )
        recording = read_mono(folder / f"{sample.sample_id}.wav", sample_rate=params.audio_sample_rate)
        sounds.append(write_mp3(recording, sample_rate=params.audio_sample_rate))
        progress(total - len(samples) + number + 1, total)
    return [
        {"sample_id": sample.sample_id, "facts": _facts(sample), "audio": room.embed("audio/mpeg", sound), **view}
        for sample, sound, view in zip(samples, sounds, views, strict=True)
    ]


def _pictures(score: Score, stem: Path, room: Room) -> dict[str, Any]:
    """The piano roll, the MIDI file and the engraved score of a sample; None for what has no room or no file."""
    width = max(_ROLL_WIDTH, round(_ROLL_PIXELS_PER_BEAT * score.music_end / score.ticks_per_beat))
    return {
        "roll": room.embed("image/svg+xml", draw_piano_roll(score, width=width).encode()),
        "roll_width": width,
        "midi": room.embed("audio/midi", stem.with_suffix(".mid").read_bytes()),
        "score": room.embed("image/svg+xml", stem.with_suffix(".svg").read_bytes()),
    }


def _facts(sample: Sample) -> list[tuple[str, str]]:
    minutes, seconds = divmod(round(sample.row["duration_seconds"]), 60)
    return [
        ("file", sample.sample_id),
        ("length", f"{minutes}:{seconds:02d}"),
        ("notes", f"{sample.row['num_notes']:,}"),
        ("ended by", f"the {sample.row['ended_by']}"),
        ("temperature", f"{sample.row['temperature']:g}"),
        ("top-p", f"{sample.row['top_p']:g}"),
    ]
