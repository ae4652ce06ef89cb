"""`Params`: the whole of params.yaml, validated in milliseconds. The rooms' own sections live in their params.py.

Nothing here loads a library that computes (no numpy, pyarrow or torch), so that every entry point can afford it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import Field, model_validator

from aurl_core.augmentation.params import AugmentParams
from aurl_core.corpus.params import ShardParams
from aurl_core.evaluation.params import EvaluateParams
from aurl_core.experiments.params import ScalingParams, TuneParams
from aurl_core.export.params import ExportParams
from aurl_core.generation.params import GenerateParams
from aurl_core.models.params import ModelConfig
from aurl_core.parsing.params import IngestParams, ParseParams
from aurl_core.quantization.params import QuantizeParams
from aurl_core.section import Section
from aurl_core.studies.params import StudyParams
from aurl_core.tokens.params import EventTokenizerConfig
from aurl_core.training.params import TrainParams
from aurl_core.training.protocol.plan import check_training
from tasks.settings import check, read_settings
from tasks.stage import Paths

PARAMS_FILE = Path("params.yaml")


class ClusterParams(Section):
    """How work on many files is spread over processes; nothing here changes what comes out."""

    address: str = Field(default="", pattern=r"^$|^(tcp|tls)://.+:\d+$")
    """A Dask scheduler, `tcp://127.0.0.1:8786`, whose workers do the work; empty means processes of this machine."""
    workers: int = Field(ge=0)
    """Worker processes of this machine; 0 means one a core."""
    chunk_size: int = Field(ge=1)
    """Files handed to a worker at a time."""
    chunk_timeout_seconds: float = Field(gt=0)
    """After this long a chunk's worker is taken for hanging: the chunk is split until one file is to blame."""
    worker_memory_mb: int = Field(default=0, ge=0)
    """Address space a worker may take, in MiB; 0 means no limit."""
    store_gb: float = Field(default=16.0, gt=0)
    """Results per file that are kept in paths.store, in gigabytes (10^9 bytes); the least recently used go first."""
    loader_workers: int = Field(default=0, ge=0)
    """Processes that make a training's batches ahead of it, for each process that trains; 0: it makes its own."""
    prefetch: int = Field(default=2, ge=1)
    """Batches that each of `loader_workers` has ready."""

    @property
    def store_bytes(self) -> int:
        """The limit of the store, bytes."""
        return round(self.store_gb * 1e9)


class TrackingParams(Section):
    """Who is told how a run goes; nothing here changes what comes out."""

    is_enabled: bool = True
    """Whether runs are recorded in MLflow at all."""
    experiment: str = Field(min_length=1)
    """Name of the MLflow experiment."""
    model_name: str = Field(min_length=1)
    """Name under which trained models are registered; its alias `champion` marks the most likely one."""
    loggers: tuple[Literal["mlflow", "tensorboard", "wandb"], ...] = ("mlflow",)
    """Who draws the curves of a training; mlflow is told in any case."""
    wandb_mode: Literal["offline", "online"] = "offline"
    """offline: Weights & Biases writes into .aurl/wandb and asks nothing of the network."""


class Params(Section):
    """params.yaml, section by section."""

    seed: int = Field(ge=0)
    """Every random stream of the pipeline is derived from it and from its own name."""
    paths: Paths
    cluster: ClusterParams
    tracking: TrackingParams
    ingest: IngestParams
    parse: ParseParams
    quantize: QuantizeParams
    shard: ShardParams
    study: StudyParams
    augment: AugmentParams
    model: ModelConfig
    train: TrainParams
    tune: TuneParams = TuneParams()
    scaling: ScalingParams = ScalingParams()
    generate: GenerateParams
    evaluate: EvaluateParams
    export: ExportParams

    @model_validator(mode="after")
    def _sections_agree(self) -> Self:
        check_training(self.train, self.augment, self.model)
        if self.model.mode != "transformer" and isinstance(self.shard.tokenizer, EventTokenizerConfig):
            raise ValueError(
                f"model.mode {self.model.mode} learns from segments of bars, and shard.tokenizer.kind event says no "
                "bar lines; take bar, or a miditok one with bars such as REMI"
            )
        return self


def load_params(path: Path = PARAMS_FILE) -> Params:
    """The settings in `path`; SettingError (one paragraph: value, valid ones, file, way out) if they cannot be used."""
    return check(Params, read_settings(path), str(path))
