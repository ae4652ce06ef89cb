"""What each kind of attention costs as the context grows: memory and time of one layer, forward and backward.

`python -m benchmarks.attention [--kinds KIND ...] [--lengths N ...] [--flex N]` measures each kind at each length in a
process of its own, on one CPU thread: 192 wide, 3 heads, one sequence, the settings that `model.attention` has by
default. Memory is the most that the pass held beyond the layer and its input. Time is that of the processor, of the
second pass. The time of `causal` and `relative` grows with the square.

`--flex N` sets the sliding window at length N beside torch's `flex_attention` with the same window as a block mask,
compiled (only there it skips blocks) and not.
"""

from __future__ import annotations

import argparse
import multiprocessing
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import torch
from torch import Tensor
from torch.nn.attention.flex_attention import create_block_mask, flex_attention

from aurl_core.models.attention.band import Band
from aurl_core.models.attention.lookback import Lookback
from aurl_core.models.attention.registry import KINDS, build_attention
from aurl_core.models.params import TransformerConfig
from aurl_core.models.positions import RotaryPositions

_WIDTH: Final = 192
_HEADS: Final = 3
_WINDOW: Final = 256
_MEGABYTE: Final = 1e6


def one_pass(kind: str, length: int) -> Callable[[], None]:
    """A function that runs one layer of this kind over `length` tokens, forward and backward."""
    shape = {"num_layers": 1, "num_heads": _HEADS, "model_dim": _WIDTH, "feedforward_dim": 1}
    config = TransformerConfig(**shape, feedforward="gelu", context_length=max(length, 2048), attention={"kind": kind})
    net, stream = build_attention(config), torch.randn(1, length, _WIDTH, requires_grad=True)
    rotation = RotaryPositions(config.head_dim, base=config.rotary_base)(0, length)

    def run() -> None:
        net(stream, rotation).sum().backward()
        net.zero_grad()
        stream.grad = None

    return run


def cost(run: Callable[[], None]) -> tuple[float, float]:
    """Megabytes at most, and seconds of the second run."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten
    before = _kilobytes("VmRSS")
    run()
    start = time.process_time()
    run()
    return (_kilobytes("VmHWM") - before) * 1024 / _MEGABYTE, time.process_time() - start


def _kilobytes(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])


def cost_of(kind: str, length: int) -> tuple[float, float]:
    """In this process: see `cost`."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    return cost(one_pass(kind, length))


def cost_in_process(kind: str, length: int) -> tuple[float, float]:
    """In a process of its own, whose memory holds nothing else: see `cost`."""
    with multiprocessing.get_context("fork").Pool(1) as pool:
        return pool.apply(cost_of, (kind, length))


def row(kind: str, lengths: list[int]) -> str:
    """A kind's row of the table."""
    found = [cost_in_process(kind, length) for length in lengths]
    growth = f"{found[-1][0] / found[-2][0]:.2f}" if len(found) > 1 else ""
    return " | ".join([f"| {kind}", *(f"{memory:.0f} MB, {seconds:.2f} s" for memory, seconds in found), f"{growth} |"])


def in_window(batch: Tensor, head: Tensor, query: Tensor, key: Tensor) -> Tensor:
    """The sliding window as flex_attention asks for it."""
    return (query >= key) & (query - key < _WINDOW)


def flex_rows(length: int) -> Iterator[str]:
    """The sliding window by three ways of computing it: seconds of a forward pass alone."""
    torch.manual_seed(0)
    q, k, v = torch.randn(3, 1, _HEADS, length, _WIDTH // _HEADS)
    mask = create_block_mask(in_window, None, None, length, length, device="cpu")
    lookback, compiled = (
        Lookback(Band(_WINDOW), num_heads=_HEADS, head_dim=_WIDTH // _HEADS),
        torch.compile(flex_attention),
    )
    ways: dict[str, Callable[[], Tensor]] = {
        "blocks of SDPA": lambda: lookback(q, k, v),
        "flex_attention, compiled": lambda: compiled(q, k, v, block_mask=mask),
        "flex_attention": lambda: flex_attention(q, k, v, block_mask=mask),
    }
    yield f"| sliding window of {_WINDOW} over {length} tokens | seconds forward | of the first call |"
    yield "|---|---|---|"
    with torch.no_grad():
        for name, way in ways.items():
            spent = []
            for _ in range(4):
                start = time.process_time()
                seen = way()
                spent.append(time.process_time() - start)
            torch.testing.assert_close(seen, lookback(q, k, v), atol=1e-4, rtol=1e-4)
            yield f"| {name} | {min(spent[1:]):.3f} | {spent[0]:.2f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--lengths", type=int, nargs="+", default=[1024 * 2**power for power in range(6)])
    parser.add_argument("--flex", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(1)
    if options.flex:
        print("\n".join(flex_rows(options.flex)))
        return
    print("| kind | " + " | ".join(f"{length // 1024}k" for length in options.lengths) + " | last growth of memory |")
    print("|---" * (len(options.lengths) + 2) + "|")
    for kind in options.kinds:
        print(row(kind, options.lengths), flush=True)


if __name__ == "__main__":
    main()
