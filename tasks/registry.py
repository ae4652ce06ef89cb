"""The registered model: a version for every trained model, and the alias `champion` on the most likely one."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from mlflow.exceptions import MlflowException

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities.model_registry import ModelVersion

ALIAS = "champion"
LIKELIHOOD = "validation_bits_per_note"
"""The tag of a version that is compared; lower is better. Bits a note, unlike nats a token, also compare across
tokenizers."""

log = logging.getLogger(__name__)


def register(client: MlflowClient, name: str, run_id: str, source: str, tags: dict[str, str]) -> str:
    """Register the model whose files are at `source`; its version number.

    `tags` must hold `LIKELIHOOD`. The alias moves to the new version only if that is lower than the champion's.
    """
    _make(client, name)
    version = str(client.create_model_version(name, source, run_id, tags).version)
    champion = find_champion(client, name)
    if champion is None or float(tags[LIKELIHOOD]) < float(champion.tags[LIKELIHOOD]):
        client.set_registered_model_alias(name, ALIAS, version)
        log.info("Version %s of the model %s is its champion: %.3f bits/note", version, name, float(tags[LIKELIHOOD]))
    else:
        log.info(
            "Version %s of the model %s is registered; the champion is still version %s (%.3f bits/note, not %.3f)",
            *(version, name, champion.version, float(champion.tags[LIKELIHOOD]), float(tags[LIKELIHOOD])),
        )
    return version


def find_champion(client: MlflowClient, name: str) -> ModelVersion | None:
    """The version that the alias points to, None before the first."""
    try:
        return client.get_model_version_by_alias(name, ALIAS)
    except MlflowException as error:
        if error.error_code in ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"):
            return None
        raise


def _make(client: MlflowClient, name: str) -> None:
    try:
        client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
