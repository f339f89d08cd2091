"""A small service made by hand, and sites to judge by it: what a rule says follows from the numbers in the test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry.base import BaseGeometry

from geoplan.errors import Text
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.profiles.standard import Standard
from geoplan.siting.compliance import judge, overall
from geoplan.siting.ground import Ground

CRS = "EPSG:4547"
NOTHING = Text("", "")
LAND_USE = {
    "survey": {"01": "farmland", "0701": "residential", "0702": "residential_rural", "05H1": "commercial"},
    "planning": {"07": "residential", "0702": "service", "0703": "residential_rural", "09": "commercial",
                 "1001": "industry", "14": "open_space", "16": "reserve"},
}  # fmt: skip


def rule(id_: str, quantity: str, value: float, sense: str = "at_most", force: str = "must", **more: Any) -> Standard:
    """A standard that bounds a quantity."""
    title = Text(f"rule {id_}", f"规则{id_}")
    return Standard(id_, title, value, "m", sense, Text("1.1", "1.1"), "by hand", "F", quantity, force, **more)


def kind(id_: str, checks: Sequence[str], **more: Any) -> OptionKind:
    """An option kind with these checks."""
    one = rule("one", "", 1, "")
    fields: dict[str, Any] = {
        "title": Text(id_, id_), "hosts": ("host",), "bands": (), "cost_yuan": one, "annual_yuan": one, "floor_m2": one,
        "outdoor_m2": one, "land_m2": None, "lead_time_years": 1, "max_classes": 3, "clause": NOTHING, "departments": (),
    }  # fmt: skip
    return OptionKind(id=id_, checks=tuple(checks), **{**fields, **more})


def service(standards: Sequence[Standard], kinds: Sequence[OptionKind] = ()) -> ServiceProfile:
    """A service with these standards; without kinds, one (`build`) that is checked by all of them."""
    kinds = kinds or [kind("build", [s.id for s in standards])]
    return ServiceProfile(
        id="by_hand", title=NOTHING, people=NOTHING, bands=(), uptake={}, reaches_m=(300,), note=NOTHING,
        standards={s.id: s for s in standards}, options={k.id: k for k in kinds}, land_use=LAND_USE,
    )  # fmt: skip


def frame(shapes: Mapping[str, BaseGeometry] | Sequence[BaseGeometry], **columns: Any) -> gpd.GeoDataFrame:
    """A layer of these shapes."""
    ids = list(shapes) if isinstance(shapes, Mapping) else [f"f{i}" for i in range(len(shapes))]
    values = list(shapes.values()) if isinstance(shapes, Mapping) else list(shapes)
    return gpd.GeoDataFrame(columns, index=pd.Index(ids, dtype=object), geometry=values, crs=CRS)


def options_on(sites: gpd.GeoDataFrame, kind_: str = "build", **columns: Any) -> gpd.GeoDataFrame:
    """One option of a kind on each site."""
    table = {"site_id": sites.index, "kind": kind_, "places": 20.0, **columns}
    index = pd.Index([f"{site}:{kind_}" for site in sites.index], dtype=object)
    return gpd.GeoDataFrame(table, index=index, geometry=sites.geometry.to_numpy(), crs=CRS)


def outcomes(
    sites: gpd.GeoDataFrame, profile: ServiceProfile, ground: Ground, kind_: str = "build", **columns: Any
) -> dict[str, dict[str, str]]:
    """The outcome of each verdict, by site and standard."""
    options = options_on(sites, kind_, **columns)
    verdicts = judge(options, sites, profile, ground)
    return {
        site: {v.standard: v.outcome for v in many} for site, many in zip(options["site_id"], verdicts, strict=True)
    }


def measured(site: BaseGeometry, quantity: str, ground: Ground, **columns: Any) -> float | None:
    """What is measured of one site; None where it is not known."""
    sites = frame({"s": site}, **{name: [value] for name, value in columns.items()})
    verdicts = judge(options_on(sites), sites, service([rule("r", quantity, 0)]), ground)
    return verdicts.iloc[0][0].measured


def judged(options: gpd.GeoDataFrame, sites: gpd.GeoDataFrame, profile: ServiceProfile, ground: Ground) -> Any:
    """The options with verdicts and verdict."""
    verdicts = judge(options, sites, profile, ground)
    return options.assign(verdicts=verdicts, verdict=verdicts.map(overall))
