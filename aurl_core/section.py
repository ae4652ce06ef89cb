"""`Section`: the base of every section of params.yaml and of every part's configuration. No section lives here."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A frozen set of settings in which an unknown key is an error.

    Every field is followed by a docstring with its unit and meaning; choices are `Literal` or a union discriminated
    on `kind` or `mode`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, validate_default=True)
