"""The weights of a network and the state of its optimizers, as each process's part of them, on disk.

torch.distributed.checkpoint writes and reads them, in safetensors files that say which part of a tensor each holds:
nothing is pickled, and any other number of processes reads them back, each its own part.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.distributed.checkpoint.hf_storage import HuggingFaceStorageReader, HuggingFaceStorageWriter
from torch.distributed.checkpoint.metadata import TensorStorageMetadata
from torch.distributed.checkpoint.state_dict_loader import load
from torch.distributed.checkpoint.state_dict_saver import save
from torch.optim import Optimizer

_WEIGHT, _STATE = "weight", "state"
_NUMBER: Final = (1,)
"""The shape in which a single number is stored: the files have no tensors without dimensions."""


def save_shards(folder: Path, module: nn.Module, optimizers: Sequence[Optimizer]) -> None:
    """Write this process's part; all processes call it together."""
    tensors = {f"{_WEIGHT}.{name}": weight.detach() for name, weight in module.named_parameters()}
    for name, _, state in _states(module, optimizers):
        for key, value in state.items():
            if isinstance(value, Tensor):
                tensors[f"{_STATE}.{name}.{key}"] = value.reshape(_NUMBER) if value.ndim == 0 else value.detach()
    with _quiet():
        save(tensors, storage_writer=HuggingFaceStorageWriter(str(folder), save_distributed=True))


def load_shards(folder: Path, module: nn.Module, optimizers: Sequence[Optimizer]) -> None:
    """Put what was saved, by however many processes, into a network and its optimizers; all call it together."""
    reader = HuggingFaceStorageReader(str(folder))
    stored = reader.read_metadata().state_dict_metadata
    tensors: dict[str, Tensor] = {f"{_WEIGHT}.{name}": one.detach() for name, one in module.named_parameters()}
    for name, weight, state in _states(module, optimizers):
        prefix = f"{_STATE}.{name}."
        for key in [key for key in stored if key.startswith(prefix)]:
            tensors[key] = _blank(weight, stored[key])
            state[key.removeprefix(prefix)] = (
                tensors[key].reshape(()) if tensors[key].shape == _NUMBER else tensors[key]
            )
    with _quiet():
        load(tensors, storage_reader=reader)


def _blank(weight: nn.Parameter, stored: Any) -> Tensor:
    """Room for what an optimizer remembers of a weight: split as the weight is, if it is of its shape."""
    assert isinstance(stored, TensorStorageMetadata)
    if stored.size == weight.shape:
        return torch.zeros_like(weight, dtype=stored.properties.dtype)
    return torch.zeros(stored.size, dtype=stored.properties.dtype, device=weight.device)


def _states(module: nn.Module, optimizers: Sequence[Optimizer]) -> Iterator[tuple[str, nn.Parameter, dict[str, Any]]]:
    """What the optimizers remember of each weight that one of them steps, by the weight's name."""
    names = {id(weight): name for name, weight in module.named_parameters()}
    for optimizer in optimizers:
        for group in optimizer.param_groups:
            for weight in group["params"]:
                yield names[id(weight)], weight, optimizer.state[weight]


@contextmanager
def _quiet() -> Iterator[None]:
    """Without torch's remark that a single process saves by itself."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*torch.distributed is disabled.*")
        yield
