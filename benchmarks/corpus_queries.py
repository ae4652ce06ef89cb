"""SQL over ten million notes: the documentation's example queries and window functions, beside pandas.

`python -m benchmarks.corpus_queries --midi FOLDER [--notes 10000000] [--repeats 5]` runs the data stages over the MIDI
below FOLDER in a temporary folder, repeats the sets of the corpus under other piece ids until there are that many
notes, and asks. Seconds are wall time of `aurl_core.corpus.catalog.query`, opening the catalogue included: what
`aurl query` takes without starting Python. pandas reads the columns that it needs of the notes and computes the same.
"""

from __future__ import annotations

import argparse
import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as pads
from rich.console import Console
from rich.table import Table

from aurl_core.corpus.catalog import query, rebuild_catalog
from aurl_core.corpus.shards import read_shard, shard_files, write_set
from aurl_core.errors import InputError
from tasks.ingest import ingest
from tasks.params import load_params
from tasks.parse import parse
from tasks.quantize import quantize
from tasks.shard import shard
from tasks.stage import Paths

_PAGES: Final = ("README.md", "docs/data_format.md")
_EXAMPLES: Final = re.compile(r'aurl query "([^"]+)"|```sql\n(.+?)```', re.DOTALL)
_INTERVALS: Final = """
    select semitones, count(*) as times
    from (
        select pitch - lag(pitch) over (partition by piece_id, track order by onset_steps, pitch) as semitones
        from notes
    )
    group by semitones
"""
_DENSITY: Final = """
    select max(begun) as most
    from (
        select count(*) over last_beat as begun
        from notes
        window last_beat as (partition by piece_id order by onset_steps range between 24 preceding and current row)
    )
"""
_ACCENTS: Final = """
    select round(avg(position_steps), 6) as position
    from (
        select position_steps, row_number() over by_velocity as place
        from notes
        window by_velocity as (partition by piece_id, bar order by velocity desc, note_index)
    )
    where place = 1
"""
_PITCH_CLASSES: Final = "select pitch % 12 as pitch_class, count(*) as notes from notes group by 1 order by 1"

Frame = Callable[..., pd.DataFrame]


def examples() -> list[str]:
    """The SQL of the documentation, each once."""
    pages = [Path(page).read_text() for page in _PAGES]
    found = [shown or block for page in pages for shown, block in _EXAMPLES.findall(page)]
    return list(dict.fromkeys(sql.strip() for sql in found))


def pitch_classes(notes: Frame) -> Any:
    return (notes("pitch")["pitch"] % 12).value_counts()


def intervals(notes: Frame) -> Any:
    table = notes("piece_id", "track", "onset_steps", "pitch")
    ordered = table.sort_values(["piece_id", "track", "onset_steps", "pitch"])
    pitch = ordered["pitch"].astype("int16")
    return (pitch - pitch.groupby([ordered["piece_id"], ordered["track"]], observed=True).shift()).value_counts()


def density(notes: Frame) -> Any:
    table = notes("piece_id", "onset_steps").sort_values(["piece_id", "onset_steps"])
    place = table["piece_id"].cat.codes.to_numpy().astype("int64") << 32 | table["onset_steps"].to_numpy()
    return (np.searchsorted(place, place, side="right") - np.searchsorted(place, place - 24)).max()


def accents(notes: Frame) -> Any:
    table = notes("piece_id", "bar", "velocity", "note_index", "position_steps")
    ordered = table.sort_values(["piece_id", "bar", "velocity", "note_index"], ascending=[True, True, False, True])
    return ordered.drop_duplicates(["piece_id", "bar"])["position_steps"].mean()


_PEERS: Final = {
    "pitch classes": (_PITCH_CLASSES, pitch_classes),
    "intervals by track: lag()": (_INTERVALS, intervals),
    "most notes begun within a beat: count() over a range": (_DENSITY, density),
    "loudest note of each bar: row_number()": (_ACCENTS, accents),
}


def make(midi: Path, root: Path, *, notes: int) -> int:
    """Write data/corpus and the catalogue in `root`, and return how many notes it has: at least `notes`."""
    params = load_params()
    paths = Paths(data=root / "data", reports=root / "reports", store=root / "store")
    found = params.ingest.model_copy(update={"source": str(midi), "collections": []})
    ingest(found, paths, cluster=params.cluster)
    parse(params.parse, paths, ingest=found, cluster=params.cluster)
    quantize(params.quantize, paths, cluster=params.cluster)
    size = shard(params.shard, paths, cluster=params.cluster).num_notes
    copies = -(-notes // size) - 1
    for folder in sorted(paths.of("corpus").glob("split=*")):
        _repeat(folder, copies)
    rebuild_catalog(root)
    return size * (copies + 1)


def _repeat(folder: Path, copies: int) -> None:
    """Write each numbered set of `folder` so many times more, every time with other piece ids."""
    files = shard_files(folder)
    for copy in range(1, copies + 1):
        for number, file in enumerate(files):
            tables = {name: _renamed(table, copy) for name, table in read_shard(file)._asdict().items()}
            write_set(folder, copy * len(files) + number, tables)


def _renamed(table: pa.Table, copy: int) -> pa.Table:
    ids = table["piece_id"].combine_chunks()
    coded = ids if pa.types.is_dictionary(ids.type) else ids.dictionary_encode()
    names = [sha256(f"{name}/{copy}".encode()).hexdigest()[:16] for name in coded.dictionary.to_pylist()]
    renamed = pa.DictionaryArray.from_arrays(coded.indices, pa.array(names)).cast(table.schema.field("piece_id").type)
    return table.set_column(table.schema.get_field_index("piece_id"), table.schema.field("piece_id"), renamed)


def milliseconds(run: Callable[[], object], repeats: int) -> float:
    """The median wall time of a call."""
    spent = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        spent.append(1000 * (time.perf_counter() - start))
    return statistics.median(spent)


def _measured(root: Path, repeats: int) -> Iterator[tuple[str, float, float | None]]:
    """Each question with our milliseconds and those of pandas; an example that needs later stages is left out."""
    for sql in examples():
        with suppress(InputError):
            query(root, sql)
            yield " ".join(sql.split()), milliseconds(partial(query, root, sql), repeats), None
    files = sorted((root / "data" / "corpus").glob("*/notes-*.parquet"))
    for name, (sql, peer) in _PEERS.items():
        theirs = milliseconds(partial(peer, partial(_columns, files)), repeats)
        yield name, milliseconds(partial(query, root, sql), repeats), theirs


def _columns(files: list[Path], *names: str) -> pd.DataFrame:
    """Columns of all notes."""
    frame: pd.DataFrame = pads.dataset(files).to_table(columns=list(names)).unify_dictionaries().to_pandas()
    return frame


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--midi", type=Path, required=True, help="folder of MIDI to make the corpus of")
    parser.add_argument("--notes", type=int, default=10_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="aurl-queries-") as folder:
        size = make(options.midi.resolve(), Path(folder), notes=options.notes)
        table = Table("query", "ms", "pandas, ms", title=f"{size:,} notes")
        for name, ours, theirs in _measured(Path(folder), options.repeats):
            table.add_row(name[:110], f"{ours:,.0f}", "" if theirs is None else f"{theirs:,.0f}")
    Console(width=150).print(table)


if __name__ == "__main__":
    main()
