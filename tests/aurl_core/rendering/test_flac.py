"""The decoder here reads what RFC 9639 says of fixed subframes, bit by bit, and shares nothing with the encoder."""

import hashlib

import numpy as np
import pytest

from aurl_core.rendering.flac import write_flac


class BitReader:
    def __init__(self, data):
        self.bits = "".join(f"{byte:08b}" for byte in data)
        self.place = 0

    def number(self, width):
        self.place += width
        return int(self.bits[self.place - width : self.place], 2) if width else 0

    def signed(self, width):
        value = self.number(width)
        return value - (1 << width) if value >> width - 1 else value

    def zeros(self):
        start, self.place = self.place, self.bits.index("1", self.place) + 1
        return self.place - 1 - start


def crc(data, polynomial, width):
    remainder = 0
    for byte in data:
        remainder ^= byte << width - 8
        for _ in range(8):
            remainder = remainder << 1 ^ (polynomial if remainder >> width - 1 else 0) & (1 << width) - 1
            remainder &= (1 << width) - 1
    return remainder


def decode(file):
    assert file[:8] == b"fLaC\x80\x00\x00\x22"
    info = BitReader(file[8:42])
    info.number(80)
    rate, channels, width, total = info.number(20), info.number(3) + 1, info.number(5) + 1, info.number(36)
    assert (channels, width) == (1, 16)
    samples, start, number = [], 42, 0
    while start < len(file):
        block, length = decode_frame(file[start:], number)
        samples += block
        start, number = start + length, number + 1
    assert len(samples) == total
    assert hashlib.md5(np.array(samples, "<i2").tobytes()).digest() == file[26:42]
    return rate, samples


def decode_frame(data, number):
    reader = BitReader(data[:20_000])
    assert [reader.number(width) for width in (14, 1, 1, 4, 4, 4, 3, 1)] == [0x3FFE, 0, 0, 7, 0, 0, 4, 0]
    coded = chr(number).encode()
    assert [reader.number(8) for _ in coded] == list(coded)
    size = reader.number(16) + 1
    header = data[: reader.place // 8]
    assert reader.number(8) == crc(header, 0x07, 8)
    order = reader.number(7) - 8
    dropped = reader.zeros() + 1 if reader.number(1) else 0
    block = [reader.signed(16 - dropped) for _ in range(order)]
    predictor = [[], [1], [2, -1], [3, -3, 1], [4, -6, 4, -1]][order]
    for residual in read_residuals(reader, size, order):
        block.append(residual + sum(factor * block[-1 - back] for back, factor in enumerate(predictor)))
    length = -(-reader.place // 8)
    assert int.from_bytes(data[length : length + 2], "big") == crc(data[:length], 0x8005, 16)
    return [sample << dropped for sample in block], length + 2


def read_residuals(reader, size, order):
    assert reader.number(2) == 0
    partitions = 1 << reader.number(4)
    for partition in range(partitions):
        rice = reader.number(4)
        for _ in range(size // partitions - (order if partition == 0 else 0)):
            folded = reader.zeros() << rice | reader.number(rice)
            yield folded >> 1 if folded % 2 == 0 else -(folded >> 1) - 1


def tone(count, loudness=9000.0):
    time = np.arange(count)
    noise = np.random.default_rng(0).normal(0, 40, count)
    return np.rint(loudness * np.sin(time * 0.05) * np.cos(time * 0.003) + noise).astype(np.int16)


@pytest.mark.parametrize(
    "samples",
    [
        tone(4096), tone(5000), tone(3), tone(1), np.zeros(4100, np.int16),
        np.array([-32768, 32767] * 40, np.int16), np.random.default_rng(1).integers(-32768, 32768, 900, np.int16),
    ],
    ids=["one block", "a short last block", "three samples", "one sample", "silence", "full scale", "noise"],
)  # fmt: skip
def test_lossless(samples):
    assert decode(write_flac(samples, sample_rate=22050)) == (22050, samples.tolist())


def test_an_empty_recording_is_a_header_alone():
    assert decode(write_flac(np.zeros(0, np.int16), sample_rate=8000)) == (8000, [])


def test_dropped_bits_move_each_sample_by_half_a_step_at_most():
    samples = np.append(tone(600), np.array([32767, -32768], np.int16))
    _, decoded = decode(write_flac(samples, sample_rate=8000, dropped_bits=4))
    assert np.abs(np.array(decoded[:-2]) - samples[:-2]).max() <= 8
    assert decoded[-2:] == [32767 & ~15, -32768]


def test_music_shrinks():
    samples = tone(4096 * 3)
    size, coarse = (len(write_flac(samples, sample_rate=22050, dropped_bits=bits)) for bits in (0, 4))
    assert coarse < size < samples.nbytes * 0.6
    assert size - coarse == pytest.approx(len(samples) * 4 / 8, rel=0.1)


def test_frame_numbers_beyond_one_byte():
    samples = np.zeros(4096 * 130, np.int16)
    assert decode(write_flac(samples, sample_rate=8000))[1] == samples.tolist()
