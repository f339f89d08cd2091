"""Report settings: the block `report` of the study file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from geoplan.study.blocks import Block, known


class ReportSettings(Block):
    """What the report holds, how it looks, and for whom it is."""

    form: Literal["full", "short"] = Field(
        "full", description="full: every section; short: what a land-use bureau files, about ten pages"
    )
    sections: tuple[Annotated[str, known("sections")], ...] | None = Field(
        None, description="sections in order; default: those of the form in the usual order; see geoplan list sections"
    )
    style: Literal["report", "gbt9704"] = Field(
        "report", description="gbt9704: page, type and headings of official documents (GB/T 9704-2012)"
    )
    template: str | None = Field(
        None,
        pattern=r"\.docx$",
        description="a Word file of your own whose styles, headers and footers the report takes",
    )
    editions: tuple[Literal["internal", "public"], ...] = Field(
        ("internal",),
        min_length=1,
        description="public: small counts are left out and sites under negotiation are masked; its files lie in the folder public",
    )
    graticule: bool = Field(False, description="lines of longitude and latitude on the maps of the report")
    site_sheets: int = Field(
        20, ge=0, description="how many sites of the plan, those that serve most, have a page of their own"
    )
    also: tuple[Literal["geojson", "gdb", "csv"], ...] = Field(
        (), description="the layers in further formats, in the folder layers"
    )
