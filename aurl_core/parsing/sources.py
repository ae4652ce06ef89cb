"""Finding the files that make a corpus, and what their place says of them. No file is opened but to hash its bytes."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import stat
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from io import FileIO
from itertools import chain
from pathlib import Path
from typing import Final, Literal

from aurl_core.errors import InputError
from aurl_core.parsing.params import IngestParams
from aurl_core.parsing.rejection import Rejection
from aurl_core.parsing.sidecar import read_sidecars
from aurl_core.parsing.stated import Stated, filled_up, stated_in

Format = Literal["midi", "musicxml", "abc", "humdrum"]

FORMATS: Final[dict[str, Format]] = {
    ".mid": "midi",
    ".midi": "midi",
    ".kar": "midi",
    ".rmi": "midi",
    ".mxl": "musicxml",
    ".xml": "musicxml",
    ".musicxml": "musicxml",
    ".abc": "abc",
    ".krn": "humdrum",
}
"""What a file is, by the ending of its name in small letters."""

MUSIC21: Final = "music21"
USUAL_COLLECTIONS: Final = ("bach",)
"""What is taken of music21's corpus unless the settings say otherwise."""
MUSIC21_LICENCE: Final = (
    "music21 corpus: free to use here, some encodings not commercially; see corpus/license.txt in that package"
)
MUSIC21_COMPOSERS: Final = {
    "bach": "Johann Sebastian Bach",
    "beach": "Amy Beach",
    "beethoven": "Ludwig van Beethoven",
    "chopin": "Frédéric Chopin",
    "ciconia": "Johannes Ciconia",
    "corelli": "Arcangelo Corelli",
    "cpebach": "Carl Philipp Emanuel Bach",
    "handel": "George Frideric Handel",
    "haydn": "Joseph Haydn",
    "johnson_j_r": "J. Rosamond Johnson",
    "joplin": "Scott Joplin",
    "josquin": "Josquin des Prez",
    "liliuokalani": "Liliʻuokalani",
    "lusitano": "Vicente Lusitano",
    "monteverdi": "Claudio Monteverdi",
    "mozart": "Wolfgang Amadeus Mozart",
    "palestrina": "Giovanni Pierluigi da Palestrina",
    "schoenberg": "Arnold Schoenberg",
    "schubert": "Franz Schubert",
    "schumann_clara": "Clara Schumann",
    "schumann_robert": "Robert Schumann",
    "verdi": "Giuseppe Verdi",
    "weber": "Carl Maria von Weber",
    "webern": "Anton Webern",
}
"""Whose works a folder of music21's corpus holds, where it is one person's."""
_COMPOSERS: Final = {
    **MUSIC21_COMPOSERS,
    **{name.lower(): name for name in MUSIC21_COMPOSERS.values()},
    **{f"{name.split()[-1]}, {' '.join(name.split()[:-1])}".lower(): name for name in MUSIC21_COMPOSERS.values()},
}
"""The same people by what else a folder of their works is called: Ludwig van Beethoven, or Bach, Johann Sebastian."""

_HASH_PREFIX: Final = re.compile(r"[0-9a-f]{8,64}")
_PIECE_ID_DIGITS: Final = 16
_TABLE: Final = ".csv"
_FILES_PER_TASK: Final = 100
"""Files that a thread hashes before it asks for more."""
_SMALL_FILE: Final = 1 << 20
"""Bytes."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was found."""

    path: str
    """Relative to the source folder, forward slashes."""
    file: Path
    bytes: int
    sha256: str
    collection: str
    """The top folder in which it lies, or the source folder's own name."""
    stated: Stated = field(default_factory=Stated)
    """What a table beside it, its folders, and the file itself if it is MIDI say of it; what comes first counts."""

    @property
    def piece_id(self) -> str:
        """The first 16 hex digits of the sha256."""
        return self.sha256[:_PIECE_ID_DIGITS]

    @property
    def format(self) -> Format:
        return FORMATS[self.file.suffix.lower()]


def source_folder(source: str) -> Path:
    """The folder that `ingest.source` names; music21's corpus is found without importing that package.

    Raises InputError if there is none.
    """
    if source == MUSIC21:
        spec = importlib.util.find_spec(MUSIC21)
        if spec is None or spec.origin is None:
            raise InputError("ingest.source is music21, which is not installed: run `make setup`, or give a folder")
        return Path(spec.origin).parent / "corpus"
    folder = Path(source).expanduser()
    if not folder.is_dir():
        raise InputError(
            f"ingest.source is {source!r}, and there is no such folder; give a folder with music in it (absolute, or "
            f"relative to the repository) or {MUSIC21!r} for the scores that come with that package"
        )
    return folder


def find_sources(params: IngestParams) -> tuple[list[Source], list[Rejection]]:
    """The files of the corpus by path, each content once, and those that cannot be read or repeat another's bytes.

    Names that begin with a dot are passed over. Raises InputError if the folder or a collection is missing, or if no
    file is found.
    """
    folder = source_folder(params.source)
    collections = params.collections or (USUAL_COLLECTIONS if params.source == MUSIC21 else (".",))
    found = [path for path in _walk(folder, collections) if not _is_excluded(path, params.exclude)]
    tables = [path for path in found if path.lower().endswith(_TABLE)]
    paths = [path for path in found if not path.lower().endswith(_TABLE)]
    if not paths:
        raise InputError(
            f"no music was found in {params.source!r} (ingest.source) with collections {list(collections)} and "
            f"exclude {list(params.exclude)}; files that count end in {', '.join(FORMATS)}, in any subfolder"
        )
    parts = [paths[start : start + _FILES_PER_TASK] for start in range(0, len(paths), _FILES_PER_TASK)]
    with ThreadPoolExecutor() as threads:
        done = list(threads.map(lambda part: [_source_of(folder, path) for path in part], parts))
    read = [one for one in chain.from_iterable(done) if not _has_excluded_hash(one, params.exclude)]
    sources, rejections = _once_each(read)
    said = read_sidecars(folder, tables, {source.path for source in sources}) if tables else {}
    return [_told(source, said.get(source.path, Stated())) for source in sources], rejections


def _walk(folder: Path, collections: Sequence[str]) -> list[str]:
    """Paths of all files of known formats, of tables and of the folders that cannot be looked into, sorted."""
    found: set[str] = set()

    def keep(error: OSError) -> None:
        found.add(Path(error.filename).relative_to(folder).as_posix())

    for collection in collections:
        top = folder / collection
        if not top.is_dir():
            valid = ", ".join(
                sorted(entry.name for entry in folder.iterdir() if entry.is_dir() and _is_shown(entry.name))
            )
            raise InputError(
                f"ingest.collections names {collection!r}, which is no folder of the source; it has {valid}"
            )
        for parent, subfolders, names in os.walk(top, onerror=keep):
            subfolders[:] = [name for name in subfolders if _is_shown(name)]
            place = Path(parent).relative_to(folder)
            found.update((place / name).as_posix() for name in names if _is_shown(name) and _is_known(name))
    return sorted(found)


def _is_shown(name: str) -> bool:
    return not name.startswith((".", "__"))


def _is_known(name: str) -> bool:
    return Path(name).suffix.lower() in (*FORMATS, _TABLE)


def _is_excluded(path: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(path, pattern) or fnmatchcase(path, f"{pattern.rstrip('/')}/*") for pattern in patterns)


def _has_excluded_hash(found: Source | Rejection, patterns: Sequence[str]) -> bool:
    prefixes = tuple(pattern for pattern in patterns if _HASH_PREFIX.fullmatch(pattern))
    return isinstance(found, Source) and bool(prefixes) and found.sha256.startswith(prefixes)


def _source_of(folder: Path, path: str) -> Source | Rejection:
    file, sayable = folder / path, path.encode("utf-8", "replace").decode()
    if sayable != path:
        return Rejection(sayable, None, "unreadable", "its name is not UTF-8: give it another")
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):  # reading a pipe would wait for a writer, a device may have no end
            return Rejection(path, None, "unreadable", "it is a pipe, a device or a socket, no file")
        with file.open("rb", buffering=0) as opened:
            digest, size, beginning = _read(opened, status.st_size)
    except OSError as error:
        return Rejection(path, None, "unreadable", error.strerror or type(error).__name__)
    top, _, rest = path.partition("/")
    stated = stated_in(beginning) if FORMATS[file.suffix.lower()] == "midi" else Stated()
    return Source(path, file, size, digest, top if rest else folder.resolve().name, stated)


def _told(source: Source, said: Stated) -> Source:
    """The source with all that is said of it: by a table, by folders that are called after a composer, by itself."""
    folders = [name.lower() for name in source.path.split("/")[:-1]]
    composer = next((_COMPOSERS[name] for name in reversed(folders) if name in _COMPOSERS), None)
    return replace(source, stated=filled_up(said, Stated(composer=composer), source.stated))


def _read(opened: FileIO, expected: int) -> tuple[str, int, bytes]:
    """The sha256 of a file, its size and its beginning; a small one is read at once, which spares it a buffer."""
    if expected <= _SMALL_FILE:
        data = opened.readall()
        return hashlib.sha256(data).hexdigest(), len(data), data
    beginning = opened.read(_SMALL_FILE)
    opened.seek(0)
    return hashlib.file_digest(opened, "sha256").hexdigest(), opened.tell(), beginning


def _once_each(found: Sequence[Source | Rejection]) -> tuple[list[Source], list[Rejection]]:
    sources: dict[str, Source] = {}
    rejections: list[Rejection] = []
    for one in found:
        if isinstance(one, Rejection):
            rejections.append(one)
        elif one.piece_id in sources:
            kept = sources[one.piece_id].path
            rejections.append(Rejection(one.path, one.piece_id, "duplicate", f"the same bytes as {kept}"))
        else:
            sources[one.piece_id] = one
    return list(sources.values()), rejections
