"""Map settings: the block `map` of the study file."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from geoplan.study.blocks import Block

NAMED = ("osm", "tianditu")
SHIFTED = (
    "autonavi",
    "amap",
    "bdimg",
    "baidu",
    "gtimg",
)  # maps in GCJ-02 or BD-09, some 500 m off under any other data


def _tiles(given: str) -> str:
    if given in NAMED:
        return given
    if any(name in given.lower() for name in SHIFTED):
        raise ValueError("these tiles are shifted (GCJ-02 or BD-09): the data would lie some 500 m beside the streets")
    if not given.startswith(("https://", "http://")) or any(part not in given for part in ("{z}", "{x}", "{y}")):
        raise ValueError(
            f"must be {', '.join(NAMED)}, or an address that begins with https:// and holds {{z}}, {{x}} and {{y}}"
        )
    if any(character in given for character in "\"'<>;, "):
        raise ValueError("an address of tiles holds no blanks, quotation marks, commas or semicolons")
    return given


class MapSettings(Block):
    """What lies under the map beside the study's own layers."""

    tiles: Annotated[str, AfterValidator(_tiles)] | None = Field(
        None,
        description="osm, tianditu, or the address of tiles in WGS 84 or CGCS2000 with {z}, {x} and {y}; default: none, and "
        "the map asks nothing of any network",
    )
    key: str = Field("", pattern=r"^\w*$", description="the key of tianditu")

    @model_validator(mode="after")
    def _with_key(self) -> MapSettings:
        if self.tiles == "tianditu" and not self.key:
            raise ValueError("tianditu asks for a key: give map.key")
        return self
