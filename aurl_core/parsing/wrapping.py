"""What may stand around a MIDI file: RIFF, gzip, zip, foreign headers. And what a file is that is none.

Unpacking is bounded: nothing is unpacked beyond the bytes that a file may have.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from contextlib import suppress
from typing import Final

from aurl_core.errors import ParseError
from aurl_core.parsing.reading import Fault

HEADER: Final = b"MThd"
_HEADER_SIZE: Final = b"\0\0\0\x06"
_TRACK: Final = b"MTrk"
_TICKS_PER_BEAT: Final = 480
"""Of a file whose header is lost."""
_MOST_JUNK: Final = 1 << 16
"""How far into a file its header may begin, in bytes; a MacBinary header has 128, a mail's may have some thousand."""
_MOST_LAYERS: Final = 4
"""A zip in a gzip in a zip is not looked into further."""
_KNOWN: Final = (
    (b"<!doctype html", "an HTML page"), (b"<html", "an HTML page"), (b"<?xml", "XML"), (b"RIFF", "RIFF without MIDI"),
    (b"\xff\xfb", "MP3"), (b"ID3", "MP3"), (b"GIF8", "a GIF picture"), (b"%PDF", "PDF"), (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf", "a 7z archive"), (b"\xff\xfe", "UTF-16 text"), (b"\xfe\xff", "UTF-16 text"),
)  # fmt: skip


def unwrapped(data: bytes, *, max_bytes: int) -> tuple[bytes, list[Fault]]:
    """The MIDI file in `data`, beginning with its header, and what stood around it.

    Raises ParseError: empty_file; not_midi, which names what the file is instead; archive for a zip that holds no or
    several MIDI files; too_large for one that unpacks to more than `max_bytes`.
    """
    faults: list[Fault] = []
    for _ in range(_MOST_LAYERS):
        if not data:
            raise ParseError("empty_file", "the file has no bytes")
        if data[:2] == b"\x1f\x8b":
            data, wrapper = _gunzipped(data, max_bytes), "gzip"
        elif data[:4] == b"PK\x03\x04":
            data, wrapper = _unzipped(data, max_bytes), "zip"
        else:
            break
        faults.append(Fault("container", 0, f"packed with {wrapper}"))
    start = _header_of(data)
    if start < 0:
        return _with_header(data), [
            *faults,
            Fault("container", 0, f"no header; {_TICKS_PER_BEAT} ticks per beat are taken"),
        ]
    is_riff = data[:4] == b"RIFF" and data[8:12] == b"RMID"
    if start and not is_riff:
        faults.append(Fault("container", 0, f"{start} bytes stand before the header"))
    return (_riff_content(data, start) if is_riff else data[start:]), faults


def _header_of(data: bytes) -> int:
    """Where the MIDI header begins; of several, the first with the size of a header; -1 if there is none."""
    if data.startswith(HEADER):
        return 0
    start = data.find(HEADER + _HEADER_SIZE, 0, _MOST_JUNK)
    if start < 0 and data[4:8] == _HEADER_SIZE and data.find(_TRACK, 8, 64) > 0:
        return 0  # a header under a damaged name
    return start


def _with_header(data: bytes) -> bytes:
    """The first track and what follows, under a header of ours. ParseError(not_midi) if there is no track."""
    start = data.find(_TRACK, 0, _MOST_JUNK)
    if start < 0:
        raise ParseError("not_midi", _told(data))
    kind_and_count = b"\0\1" + data.count(_TRACK, start).to_bytes(2, "big")
    return HEADER + _HEADER_SIZE + kind_and_count + _TICKS_PER_BEAT.to_bytes(2, "big") + data[start:]


def _told(data: bytes) -> str:
    head = data[:512].lstrip().lower()
    names = (name for sign, name in _KNOWN if head.startswith(sign.lower()))
    kind = next(names, "an HTML page" if b"<html" in head or b"<head" in head else "")
    if not kind and not any(data):
        kind = f"{len(data)} zero bytes"
    return f"begins with {data[:8]!r}, not with MThd and a header" + (f": {kind}" if kind else "")


def _riff_content(data: bytes, start: int) -> bytes:
    """The MIDI file in a RIFF wrapper, as long as its chunk says if that can be."""
    size = int.from_bytes(data[start - 4 : start], "little")
    return data[start : start + size] if 0 < size <= len(data) - start else data[start:]


def _gunzipped(data: bytes, max_bytes: int) -> bytes:
    """What gzip packed; of a damaged stream, as much as comes before the damage."""
    stream, unpacked = zlib.decompressobj(wbits=31), bytearray()
    with suppress(zlib.error):
        for start in range(0, len(data), 4096):
            unpacked += stream.decompress(data[start : start + 4096], max_bytes + 1 - len(unpacked))
            if len(unpacked) > max_bytes:
                raise ParseError("too_large", f"a gzip file unpacks to more than {max_bytes} bytes")
            if stream.eof:
                break
    if not unpacked:
        raise ParseError("archive", "a gzip file that cannot be unpacked")
    return bytes(unpacked)


def _unzipped(data: bytes, max_bytes: int) -> bytes:
    """The one MIDI file in a zip archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            files = [entry for entry in archive.infolist() if not entry.is_dir()]
            found = [entry for entry in files if _holds_midi(archive, entry)]
            if len(found) != 1:
                names = ", ".join(entry.filename for entry in files[:5])
                raise ParseError("archive", f"a zip archive with {len(found)} MIDI files among {len(files)}: {names}")
            if found[0].file_size > max_bytes:
                raise ParseError("too_large", f"{found[0].file_size} bytes when unpacked, {max_bytes} are allowed")
            with archive.open(found[0]) as entry:
                return entry.read(max_bytes)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, OSError, EOFError) as error:
        raise ParseError("archive", f"a zip archive that cannot be unpacked ({error})") from error


def _holds_midi(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    with archive.open(entry) as file:
        head = file.read(12)
    return head.startswith(HEADER) or (head[:4] == b"RIFF" and head[8:] == b"RMID")
