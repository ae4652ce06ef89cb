"""The `export` section of params.yaml."""

from __future__ import annotations

from pydantic import Field

from aurl_core.section import Section


class ExportParams(Section):
    """What the model bundle says of itself."""

    title: str = Field(min_length=1)
    """Name of the model on its card."""
    licence: str = Field(min_length=1)
    """Licence of the weights, an identifier of the Hugging Face hub: apache-2.0, cc-by-4.0, other."""
