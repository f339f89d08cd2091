"""What a site keeps clear of, as points and as lines."""

from __future__ import annotations

import geopandas as gpd

from geoplan.errors import Text
from geoplan.map.overlay import Column
from geoplan.map.overlays._features import column, named, unit_names
from geoplan.map.overlays._verdicts import cited
from geoplan.map.words import catalogue, word
from geoplan.result import Result


def hazard_classes(result: Result, frame: gpd.GeoDataFrame) -> list[str]:
    """The classes of hazard that are there, in the order of the service, then those that it does not know."""
    there = set(frame["kind"])
    known = [k for k in result.service.hazards if k in there]
    return known + sorted(str(k) for k in there - set(known))


def hazard_title(result: Result, kind: str) -> Text:
    """The name of a class of hazard: of the catalogue, else of its standard, else the class itself."""
    standard = result.service.standards.get(result.service.hazards.get(kind, ""))
    return catalogue().get(f"hazard.{kind}") or (standard.title if standard else Text(kind, kind))


def hazard_names(result: Result, frame: gpd.GeoDataFrame) -> list[str]:
    """The name of each, or what it is where it has none."""
    return [
        result.text(hazard_title(result, kind)) if name == str(i) else name
        for i, name, kind in zip(frame.index, named(frame), frame["kind"], strict=True)
    ]


def hazard_columns(result: Result, frame: gpd.GeoDataFrame) -> list[Column]:
    """The class, the distance that is to be kept, and where that stands."""
    service = result.service
    rules = {kind: service.standards.get(service.hazards.get(kind, "")) for kind in hazard_classes(result, frame)}
    made = [column(word("column.kind"), [hazard_title(result, kind) for kind in frame["kind"]])]
    made += [unit_names(result, frame)] if "unit_id" in frame.columns else []
    distances = {kind: rule.value if rule else None for kind, rule in rules.items()}
    references = {kind: cited(rule) if rule else None for kind, rule in rules.items()}
    made.append(column(word("column.keep_m"), [distances[kind] for kind in frame["kind"]], "amount", "m"))
    made.append(column(word("column.reference"), [references[kind] for kind in frame["kind"]]))
    return made
