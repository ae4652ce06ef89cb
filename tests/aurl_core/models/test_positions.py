import math

import pytest
import torch

from aurl_core.models.history import TICKS_PER_BEAT, Reading
from aurl_core.models.positions import (
    BARS_OF_A_CYCLE,
    PARTS_OF_A_BAR,
    PARTS_OF_A_BEAT,
    MusicalPositions,
    RotaryPositions,
    turns,
)


def test_a_turn_is_a_rotation_of_each_pair():
    rotation = RotaryPositions(2, base=10_000.0)(1, 1)
    turned = rotation.turn(torch.tensor([[[[1.0, 0.0]]]]))
    torch.testing.assert_close(turned.flatten(), torch.tensor([math.cos(1), math.sin(1)]))


def test_products_depend_on_distance_alone():
    positions = RotaryPositions(8, base=100.0)
    q, k = torch.randn(2, 1, 1, 1, 8, generator=torch.Generator().manual_seed(1))
    near = positions(5, 1).turn(q) @ positions(2, 1).turn(k).mT
    far = positions(905, 1).turn(q) @ positions(902, 1).turn(k).mT
    torch.testing.assert_close(near, far, atol=1e-4, rtol=0)


def test_a_later_start_continues_the_same_angles():
    positions = RotaryPositions(4, base=100.0)
    torch.testing.assert_close(positions(0, 7).sine_TH[4:], positions(4, 3).sine_TH)


def reading(*, bar, start, length, time):
    columns = {"bar_BS": bar, "bar_start_BS": start, "bar_ticks_BS": length, "time_BS": time}
    opening = Reading.opening(1, device=torch.device("cpu"))
    return opening._replace(**{name: torch.tensor([[number]]) for name, number in columns.items()})


def test_places_in_the_bar_come_round_with_the_bar():
    """In 3/4 time, beat 2 of bar 5 and the same 16 bars on, where every cycle has come round; then in half a bar."""
    three, start = 3 * TICKS_PER_BEAT, 12 * TICKS_PER_BEAT
    early = turns(reading(bar=5, start=start, length=three, time=start + TICKS_PER_BEAT))[0, 0]
    again = start + 16 * three
    late = turns(reading(bar=5 + 16, start=again, length=three, time=again + TICKS_PER_BEAT))[0, 0]
    torch.testing.assert_close(early, late)
    torch.testing.assert_close(early[:2], torch.tensor([1 / 3, 2 / 3]))
    half = turns(reading(bar=5, start=start, length=three // 2, time=start + TICKS_PER_BEAT))[0, 0]
    torch.testing.assert_close(half[:2], torch.tensor([2 / 3, 1 / 3]))


def test_triplets_and_sixteenths_differ_in_the_parts_of_a_beat():
    first = len(PARTS_OF_A_BAR) + len(BARS_OF_A_CYCLE)

    def parts(ticks):
        found = turns(reading(bar=1, start=0, length=4 * TICKS_PER_BEAT, time=ticks))[0, 0]
        return dict(zip(PARTS_OF_A_BEAT, found[first : first + len(PARTS_OF_A_BEAT)].tolist(), strict=True))

    third, quarter = parts(TICKS_PER_BEAT // 3), parts(TICKS_PER_BEAT // 4)
    assert (third[3], quarter[4]) == (0, 0)
    assert (third[4], quarter[3]) == (pytest.approx(1 / 3), pytest.approx(3 / 4))


def test_music_without_bars_is_counted_in_fours():
    """Beat 9 is beat 1 of the third bar of four."""
    found = turns(reading(bar=0, start=0, length=4 * TICKS_PER_BEAT, time=9 * TICKS_PER_BEAT))[0, 0]
    first = len(PARTS_OF_A_BAR)
    torch.testing.assert_close(found[0], torch.tensor(1 / 4))
    torch.testing.assert_close(found[first], torch.tensor((2 % 2 + 1 / 4) / 2))


def test_the_stream_is_told_sines_and_cosines():
    net = MusicalPositions(3)
    place = reading(bar=1, start=0, length=4 * TICKS_PER_BEAT, time=TICKS_PER_BEAT)
    assert not net(place, num_new=1).any()
    torch.nn.init.normal_(net.told.weight)
    angle_C = 2 * math.pi * turns(place)[0, 0]
    expected = net.told.weight @ torch.cat([angle_C.sin(), angle_C.cos()])
    torch.testing.assert_close(net(place, num_new=1)[0, 0], expected)
