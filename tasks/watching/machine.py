"""What a training takes of this machine at a moment. What a whole stage took is measured in timings.py."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Machine:
    """Memory, disk and GPU."""

    memory_bytes: int
    """Resident memory of this process and of its children."""
    free_memory_bytes: int
    """What the system could still give."""
    free_disk_bytes: int
    """Where checkpoints are written."""
    gpu_memory_bytes: int | None
    """Held by torch on the CUDA device; None without one."""
    gpu_utilization: float | None
    """Share of the last moments in which the GPU computed; None without CUDA, or without the nvidia-ml-py package."""


def read_machine(folder: Path) -> Machine:
    """Look at this process, and at the disk that `folder` is on."""
    memory, utilization = _gpu()
    return Machine(
        memory_bytes=_memory(),
        free_memory_bytes=int(psutil.virtual_memory().available),
        free_disk_bytes=shutil.disk_usage(folder).free,
        gpu_memory_bytes=memory,
        gpu_utilization=utilization,
    )


def _memory() -> int:
    this, total = psutil.Process(), 0
    for process in (this, *this.children(recursive=True)):
        try:
            total += int(process.memory_info().rss)
        except psutil.Error:  # it has ended
            continue
    return total


def _gpu() -> tuple[int | None, float | None]:
    torch = sys.modules.get("torch")  # a training has it loaded; nobody else should
    if torch is None or not torch.cuda.is_available():
        return None, None
    try:
        utilization = torch.cuda.utilization() / 100
    except (ModuleNotFoundError, RuntimeError):
        utilization = None
    return int(torch.cuda.memory_reserved()), utilization
