"""Damage to MIDI files, by seed: what transfers, disks and careless programs do. benchmarks.malformed uses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

Damage = Callable[[bytes, np.random.Generator], bytes]
_HEADER: Final = 14


def cut_off(data: bytes, draw: np.random.Generator) -> bytes:
    """Only the first 20 to 95 % arrived."""
    return data[: int(len(data) * draw.uniform(0.2, 0.95))]


def bytes_replaced(data: bytes, draw: np.random.Generator) -> bytes:
    """One byte in a thousand behind the header is another."""
    damaged = np.frombuffer(data, np.uint8).copy()
    places = draw.integers(_HEADER, len(data), max(len(data) // 1000, 1))
    damaged[places] = draw.integers(0, 256, len(places))
    return damaged.tobytes()


def bytes_lost(data: bytes, draw: np.random.Generator) -> bytes:
    """Three bytes behind the header are missing, each somewhere else."""
    places = set(draw.integers(_HEADER, len(data), 3).tolist())
    return bytes(byte for place, byte in enumerate(data) if place not in places)


def block_zeroed(data: bytes, draw: np.random.Generator) -> bytes:
    """A sector of 512 bytes was never written."""
    start = int(draw.integers(_HEADER, max(len(data) - 512, _HEADER + 1)))
    return data[:start] + b"\0" * min(512, len(data) - start) + data[start + 512 :]


def wrong_sizes(data: bytes, draw: np.random.Generator) -> bytes:
    """Each track claims a size that it does not have."""
    damaged, start = bytearray(data), data.find(b"MTrk")
    while start >= 0:
        damaged[start + 4 : start + 8] = int(draw.integers(0, 1 << 24)).to_bytes(4, "big")
        start = data.find(b"MTrk", start + 4)
    return bytes(damaged)


def wrong_count(data: bytes, draw: np.random.Generator) -> bytes:
    """The header announces any number of tracks."""
    return data[:10] + int(draw.integers(0, 1 << 16)).to_bytes(2, "big") + data[12:]


def junk_between(data: bytes, draw: np.random.Generator) -> bytes:
    """Something stands before the header and before the last track."""
    last = data.rfind(b"MTrk")
    return draw.bytes(100) + data[:last] + draw.bytes(50) + data[last:]


def header_lost(data: bytes, draw: np.random.Generator) -> bytes:
    """The file begins somewhere in its header."""
    return data[int(draw.integers(1, _HEADER)) :]


DAMAGES: Final[tuple[Damage, ...]] = (
    cut_off, bytes_replaced, bytes_lost, block_zeroed, wrong_sizes, wrong_count, junk_between, header_lost,
)  # fmt: skip
