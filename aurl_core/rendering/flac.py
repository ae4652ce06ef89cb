"""Audio as FLAC, losslessly compressed, in numpy: what a page can carry and every browser plays. WAV is audio.py's.

The encoder uses the format's fixed predictors and Rice codes only: on SoundFont music, linear prediction of order 12
would save 5 % more. Nothing has to be installed for it. Source: RFC 9639, "Free Lossless Audio Codec".
"""

from __future__ import annotations

import hashlib
from typing import Final

import numpy as np
from numpy.typing import NDArray

_BLOCK: Final = 4096
_PARTITION_ORDER: Final = 4
_MAX_ORDER: Final = 4
_MAX_RICE: Final = 14
_BITS_PER_SAMPLE: Final = 16

Bits = NDArray[np.uint8]
"""One bit an element, most significant first."""


def write_flac(samples: NDArray[np.int16], *, sample_rate: int, dropped_bits: int = 0) -> bytes:
    """Mono `samples` (N,) as a FLAC file at `sample_rate` hertz.

    With `dropped_bits` the samples are first rounded to multiples of 2**dropped_bits, which FLAC then does not store:
    6 dB more noise and one bit a sample less for each. 0 is lossless. The same samples give the same bytes.
    """
    step = 1 << dropped_bits
    highest = (np.iinfo(np.int16).max >> dropped_bits) << dropped_bits
    rounded = np.minimum(np.rint(samples / step).astype(np.int64) * step, highest)
    blocks = [rounded[start : start + _BLOCK] for start in range(0, len(rounded), _BLOCK)]
    frames = [_frame(block, number, dropped_bits) for number, block in enumerate(blocks)]
    digest = hashlib.md5(rounded.astype("<i2").tobytes(), usedforsecurity=False).digest()
    return b"fLaC" + _stream_info(len(samples), sample_rate, digest) + b"".join(_with_crc16(frames))


def _stream_info(num_samples: int, sample_rate: int, digest: bytes) -> bytes:
    """The one metadata block, flagged as the last (section 8.2)."""
    sizes = np.concatenate([_bits(_BLOCK, 16), _bits(_BLOCK, 16), _bits(0, 24), _bits(0, 24)])
    shape = np.concatenate(
        [_bits(sample_rate, 20), _bits(0, 3), _bits(_BITS_PER_SAMPLE - 1, 5), _bits(num_samples, 36)]
    )
    return b"\x80\x00\x00\x22" + np.packbits(np.concatenate([sizes, shape])).tobytes() + digest


def _frame(block: NDArray[np.int64], number: int, dropped_bits: int) -> bytes:
    """One frame without its closing CRC (section 9): header, and a fixed-predictor subframe."""
    header = b"\xff\xf8\x70\x08" + _coded_number(number) + (len(block) - 1).to_bytes(2, "big")
    order, residual = _predict(block >> dropped_bits)
    subframe = [_bits(8 | order, 7), _bits(dropped_bits > 0, 1)]
    if dropped_bits:
        subframe.append(_bits(1, dropped_bits))
    width = _BITS_PER_SAMPLE - dropped_bits
    subframe += [_bits(int(sample) & ((1 << width) - 1), width) for sample in block[:order] >> dropped_bits]
    subframe.append(_rice(residual, order, len(block)))
    return header + bytes([_crc8(header)]) + np.packbits(np.concatenate(subframe)).tobytes()


def _predict(block: NDArray[np.int64]) -> tuple[int, NDArray[np.int64]]:
    """The fixed predictor (0-4) with the smallest residual, and that residual: the order-th difference."""
    best, residual = 0, block
    smallest, difference = np.abs(block).sum(), block
    for order in range(1, min(_MAX_ORDER, len(block) - 1) + 1):
        difference = np.diff(difference)
        size = np.abs(difference).sum()
        if size < smallest:
            best, residual, smallest = order, difference, size
    return best, residual


def _rice(residual: NDArray[np.int64], order: int, block_length: int) -> Bits:
    """The coded residual (section 9.2.7): a Rice parameter a partition, then quotients in unary and remainders."""
    partition_order = _PARTITION_ORDER if block_length == _BLOCK else 0
    folded = np.where(residual < 0, -2 * residual - 1, 2 * residual)
    starts = np.maximum(np.arange(1 << partition_order) * (block_length >> partition_order) - order, 0)
    sizes = np.diff(starts, append=len(folded))
    parameters = np.arange(_MAX_RICE + 1)[:, None]
    costs = np.add.reduceat(folded[None] >> parameters, starts, axis=1) + sizes * (parameters + 1)
    chosen = costs.argmin(axis=0)
    rice = np.repeat(chosen, sizes)
    quotient = folded >> rice
    lengths = quotient + 1 + rice
    lengths[starts] += 4
    stop = np.cumsum(lengths) - rice - 1
    bits = np.zeros(int(lengths.sum()), np.uint8)
    bits[stop] = 1
    for place in range(int(chosen.max())):
        rows = np.flatnonzero(rice > place)
        bits[stop[rows] + 1 + place] = folded[rows] >> (rice[rows] - 1 - place) & 1
    heads = (stop - quotient)[starts] - 4
    for place in range(4):
        bits[heads + place] = chosen >> (3 - place) & 1
    return np.concatenate([_bits(0, 2), _bits(partition_order, 4), bits])


def _bits(number: int, width: int) -> Bits:
    return np.array([number >> place & 1 for place in range(width - 1, -1, -1)], np.uint8)


def _coded_number(number: int) -> bytes:
    """A frame number in the extended UTF-8 of section 9.1.5."""
    if number < 0x80:
        return bytes([number])
    rest: list[int] = []
    lead = 0x3F
    while number > lead:
        rest.insert(0, 0x80 | number & 0x3F)
        number >>= 6
        lead >>= 1
    return bytes([(~lead << 1) & 0xFF | number, *rest])


def _crc8(data: bytes) -> int:
    """CRC-8 with polynomial 0x07."""
    remainder = 0
    for byte in data:
        remainder ^= byte
        for _ in range(8):
            remainder = (remainder << 1 ^ (0x07 if remainder & 0x80 else 0)) & 0xFF
    return remainder


def _with_crc16(frames: list[bytes]) -> list[bytes]:
    """Each frame with its CRC-16 (polynomial 0x8005). Leading zeros leave it unchanged: all frames go side by side."""
    width = max(map(len, frames), default=0)
    padded = b"".join(frame.rjust(width, b"\0") for frame in frames)
    rows = np.frombuffer(padded, np.uint8).reshape(len(frames), width)
    remainder = np.zeros(len(frames), np.uint16)
    for column in rows.T:
        remainder = remainder << 8 ^ _CRC16[remainder >> 8 ^ column]
    return [frame + int(crc).to_bytes(2, "big") for frame, crc in zip(frames, remainder, strict=True)]


def _crc16_table() -> NDArray[np.uint16]:
    table = (np.arange(256) << 8).astype(np.uint16)
    for _ in range(8):
        table = np.where(table & 0x8000, table << 1 ^ 0x8005, table << 1).astype(np.uint16)
    return table


_CRC16: Final = _crc16_table()
