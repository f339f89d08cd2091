"""Blocks: what every part of the study file is made of."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from geoplan import plugins

Level = Literal["low", "mid", "high"]
Scalar = str | int | float | bool
Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Spot = tuple[float, float]  # longitude, latitude
Yuan = Annotated[float, Field(ge=0, allow_inf_nan=False)]


def known(kind: str) -> AfterValidator:
    """A name that must be a plug-in of this kind; the message lists them all."""

    def check(name: str) -> str:
        if name not in plugins.names(kind):
            raise ValueError(f"must be one of {', '.join(plugins.names(kind))}")
        return name

    return AfterValidator(check)


def codes(given: Any) -> Any:
    """A mapping with its whole numbers as text: a unit code such as 130571 need not be put in quotes."""
    if isinstance(given, dict):
        return {codes(key): codes(value) for key, value in given.items()}
    if isinstance(given, list):
        return [codes(value) for value in given]
    return str(given) if isinstance(given, int) and not isinstance(given, bool) else given


class Block(BaseModel):
    """A part of the study file: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)
