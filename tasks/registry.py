"""The registered model: a version for every trained model, and the alias `champion` on the most likely one."""

from __future__ import annotations

import logging
import math
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
    if math.isfinite(found := float(tags[LIKELIHOOD])) and (champion is None or found < _likelihood(champion)):
        client.set_registered_model_alias(name, ALIAS, version)
        log.info("Version %s of the model %s is its champion: %.3f bits/note", version, name, found)
    else:
        still = f"version {champion.version} ({_likelihood(champion):.3f} bits/note)" if champion else "none"
        log.info("Version %s of the model %s has %.3f bits/note; the champion is still %s", version, name, found, still)
    return version


def _likelihood(version: ModelVersion) -> float:
    """Bits a note of a version; one that a person registered by hand has none and gives way."""
    return float(version.tags.get(LIKELIHOOD, "inf"))


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
