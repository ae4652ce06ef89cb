"""The page about a corpus: one file that needs nothing beside it. What it says is measured in table.py."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from aurl_core.corpus.quality.outliers import FAR, MEASURES
from aurl_core.corpus.quality.plots import histogram, key_plot, pitch_plot, velocity_plot
from aurl_core.corpus.quality.table import Quality, measure_quality, write_quality_table
from aurl_core.corpus.splits import SPLITS
from aurl_core.figure import figure
from aurl_core.score.instrument import FAMILIES

PAGE_FILE: Final = "quality.html"
_MOST_ROWS: Final = 20
"""Of a list; the tables have all."""
_MOST_BARS: Final = 8
_SECONDS_PER_HOUR: Final = 3600

Row = dict[str, Any]


def write_quality(parsed: Path, quantized: Path, corpus: Path, *, tables: Path, pages: Path) -> None:
    """Measure what parse, quantize and shard have made of a corpus: `tables`/pieces.parquet and `pages`/quality.html.

    `MissingError` if `parsed` holds no sets.
    """
    quality = measure_quality(parsed, quantized, corpus)
    write_quality_table(quality, tables)
    write_quality_page(quality, pages)


def write_quality_page(quality: Quality, folder: Path) -> None:
    """Write quality.html."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    environment.filters |= {"figure": figure, "count": lambda number: f"{number:,}", "share": share}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PAGE_FILE).write_bytes(environment.get_template("page.html").render(_content(quality)).encode())


def share(part: float, whole: float) -> str:
    r"""A part in percent, small ones with a decimal.

    >>> share(1, 3), share(1, 1000), share(0, 0), share(1, 100000)
    ('33\xa0%', '0.1\xa0%', '0\xa0%', '<0.1\xa0%')
    """
    percent = 100 * part / max(whole, 1)
    if 0 < percent < 0.1:
        return "<0.1\u00a0%"
    return f"{percent:.{0 if percent >= 10 or not percent else 1}f}\u00a0%"


def _content(quality: Quality) -> Row:
    pieces = {name: quality.pieces[name].to_pylist() for name in quality.pieces.column_names}
    num_pieces = len(quality.pieces)
    return {
        "num_pieces": num_pieces,
        "num_files": len({row["path"] for row in quality.rejections}.union(pieces["path"])),
        "num_notes": sum(pieces["num_notes"]),
        "hours": sum(pieces["duration_seconds"]) / _SECONDS_PER_HOUR,
        "num_rejections": len(quality.rejections),
        "num_repaired": sum(count > 0 for count in pieces["num_repairs"]),
        "num_repairs": sum(count for count, _ in quality.repairs.values()),
        "num_kept_together": sum(size > 1 for size in pieces["cluster_size"]),
        "num_clusters": len({cluster for cluster in pieces["cluster_id"] if cluster is not None}),
        "spreads": _spreads(quality),
        "pitches": Markup(pitch_plot(quality.pitches, description="Notes by pitch")),
        "velocities": Markup(velocity_plot(quality.velocities, description="Notes by velocity")),
        "keys": Markup(key_plot(pieces["key"], description="Pieces by key, along the circle of fifths")),
        "families": _bars({name: int(count) for name, count in zip(FAMILIES, quality.families, strict=True)}),
        "meters": _bars(Counter(meter or "none stated" for meter in pieces["stated_meter"])),
        "splits": [(split, pieces["split"].count(split)) for split in SPLITS],
        "collections": _collections(pieces),
        "unsaid": _unsaid(pieces),
        "rejections": _rejections(quality),
        "repairs": quality.repairs,
        "clusters": _clusters(pieces),
        "outliers": _outliers(pieces),
        "num_outliers": sum(reason is not None for reason in pieces["outlier_reason"]),
        "far": FAR,
        "most_rows": _MOST_ROWS,
    }


def _spreads(quality: Quality) -> list[Row]:
    return [
        {
            "title": measure.title,
            "unit": measure.unit,
            "plot": Markup(
                histogram(
                    np.array(quality.pieces[measure.column].to_pylist(), object),
                    is_ratio=measure.is_ratio,
                    description=f"Pieces by {measure.title}",
                )
            ),
        }
        for measure in MEASURES
    ]


def _bars(counts: dict[str, int]) -> list[Row]:
    """The most frequent names with their shares, what is left as one."""
    total = sum(counts.values())
    ranked = sorted(((count, name) for name, count in counts.items() if count), key=lambda one: (-one[0], one[1]))
    shown = ranked if len(ranked) <= _MOST_BARS + 1 else ranked[:_MOST_BARS]
    rows: list[Row] = [{"name": name, "count": count} for count, name in shown]
    if rest := ranked[len(shown) :]:
        rows.append({"name": f"{len(rest)} others", "count": sum(count for count, _ in rest)})
    largest = max((row["count"] for row in rows), default=1)
    return [row | {"width": 100 * row["count"] / largest, "share": share(row["count"], total)} for row in rows]


def _collections(pieces: Row) -> list[Row]:
    grouped: dict[str, list[int]] = {}
    for place, name in enumerate(pieces["collection"]):
        grouped.setdefault(name, []).append(place)
    rows = [
        {
            "name": name,
            "num_pieces": len(places),
            "num_notes": sum(pieces["num_notes"][place] for place in places),
            "hours": sum(pieces["duration_seconds"][place] for place in places) / _SECONDS_PER_HOUR,
            "num_outliers": sum(pieces["outlier_reason"][place] is not None for place in places),
        }
        for name, places in grouped.items()
    ]
    return sorted(rows, key=lambda row: (-row["num_pieces"], row["name"]))[:_MOST_ROWS]


def _unsaid(pieces: Row) -> list[tuple[str, int]]:
    """What files leave open, and how many do; what none does is left out."""
    said = [
        ("state no tempo, and are read at 120 BPM", sum(not count for count in pieces["num_tempi"])),
        ("state no meter, and are read in 4/4", sum(meter is None for meter in pieces["stated_meter"])),
        ("state no key", sum(key is None for key in pieces["stated_key"])),
        ("have one velocity throughout", sum(count == 1 for count in pieces["num_velocities"])),
        ("are drums alone", sum(one == 1 for one in pieces["drum_share"])),
    ]
    return [(text, count) for text, count in said if count]


def _rejections(quality: Quality) -> list[Row]:
    """By reason: how many, and the first of them with what can be done."""
    counts = Counter(row["reason"] for row in quality.rejections)
    first = {row["reason"]: row for row in reversed(quality.rejections)}
    ranked = sorted(counts.items(), key=lambda one: (-one[1], one[0]))
    return [first[reason] | {"count": count} for reason, count in ranked]


def _clusters(pieces: Row) -> list[Row]:
    """The largest groups of pieces that were kept together."""
    members: dict[str, list[str]] = {}
    for cluster, size, path in zip(pieces["cluster_id"], pieces["cluster_size"], pieces["path"], strict=True):
        if size > 1:
            members.setdefault(cluster, []).append(path)
    ranked: Sequence[list[str]] = sorted(members.values(), key=lambda paths: (-len(paths), paths))
    return [{"size": len(paths), "paths": paths[:4], "rest": max(len(paths) - 4, 0)} for paths in ranked[:_MOST_ROWS]]


def _outliers(pieces: Row) -> list[Row]:
    """The pieces that lie farthest out."""
    rows = zip(pieces["path"], pieces["outlier_reason"], pieces["outlier_distance"], strict=True)
    far = [{"path": path, "reason": reason, "distance": distance} for path, reason, distance in rows if reason]
    return sorted(far, key=lambda row: (-row["distance"], row["path"]))[:_MOST_ROWS]
