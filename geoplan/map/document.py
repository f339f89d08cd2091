"""The page's data: overlays, features and key figures of each scenario, as plain data and columns of numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.errors import Text
from geoplan.map.cells import encode
from geoplan.map.figures import figures, refusals
from geoplan.map.overlay import Class, Column, Features, Overlay
from geoplan.map.packed import numbers, texts
from geoplan.map.tiles import tiles
from geoplan.map.verdicts import pack
from geoplan.map.words import catalogue, word
from geoplan.result import Result

Say = Callable[[Text], str]
FORMAT = 1  # of the data; a page joins only what has the same


def content(result: Result, overlays: Sequence[Overlay]) -> dict[str, Any]:
    """Everything that the page's scripts read of one scenario, in the language of the study, its geometry not yet `together`."""
    return {"language": result.language, "title": result.study, "words": words(result.text), "view": view(result), "format": FORMAT,
            "tiles": tiles(result.settings.get("map") or {}, result.language),
            "geometry": [], "scenarios": [scenario(result, overlays)]}  # fmt: skip


def together(pages: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The contents of pages of one study as that of one page, with geometry that is the same held once."""
    known: dict[bytes, int] = {}
    geometry: list[Any] = []
    scenarios = []
    for page in pages:
        for one in page["scenarios"]:
            features = {}
            for name, f in one["features"].items():
                shape = f["geometry"] if isinstance(f["geometry"], dict) else page["geometry"][f["geometry"]]
                key = b"".join(name.encode() + np.asarray(v).tobytes() for name, v in shape.items())
                if known.setdefault(key, len(geometry)) == len(geometry):
                    geometry.append(shape)
                features[name] = {**f, "geometry": known[key]}
            scenarios.append({**one, "features": features})
    return {**pages[0], "geometry": geometry, "scenarios": scenarios}


def scenario(result: Result, overlays: Sequence[Overlay]) -> dict[str, Any]:
    """What one scenario draws and tells."""
    say = result.text
    features = {o.features.name: o.features for o in overlays}
    return {
        "scenario": result.scenario_title,
        "year": result.year,
        "synthetic": result.synthetic,
        **figures(result),
        "refusals": refusals(result),
        "measures": measures(result),
        "features": {name: shown_features(f, say) for name, f in features.items()},
        "overlays": [shown_overlay(o, say) for o in overlays],
        "links": links(overlays, features),
    }


def words(say: Say) -> dict[str, str]:
    """The words of the page itself, and the labels of unit, kind and verdict in a dossier."""
    own = {key.removeprefix("page."): say(text) for key, text in catalogue().items() if key.startswith("page.")}
    labels = {"unit": "column.unit_id", "kind": "column.kind", "verdict": "column.verdict"}
    return {**own, **{name: say(word(key)) for name, key in labels.items()}}


def view(result: Result) -> list[float]:
    """South, west, north and east of the study area in degrees."""
    west, south, east, north = gpd.GeoSeries([result.area.boundary], crs=result.area.crs).to_crs(4326).total_bounds
    return [round(float(v), 6) for v in (south, west, north, east)]


def measures(result: Result) -> dict[str, Any]:
    """People served now and with the plan, by residential area in the order of the map; what is unknown is not a number."""
    index = result.demand.sort_index().index
    tables = {"served": result.gaps, "served_after": result.gaps_after}
    return {
        n: t.groupby("demand_id")["served"].sum().reindex(index).to_numpy(float).round(3) for n, t in tables.items()
    }


def shown_features(features: Features, say: Say) -> dict[str, Any]:
    """Geometry, ids, names (None where they are the ids) and own columns of features."""
    ids = [str(i) for i in features.geometry.index]
    return {
        "title": say(features.title),
        "kind": features.kind,
        "ids": ids,
        "names": None if list(features.names) == ids else list(features.names),
        "columns": [column(c, say) for c in features.columns],
        "labels_from": features.labels_from,
        "searched": features.searched,
        "told_by": features.told_by,
        "geometry": encode(features.geometry, features.kind),
    }


def shown_overlay(overlay: Overlay, say: Say) -> dict[str, Any]:
    """How an overlay is drawn, its legend and what it adds to a dossier."""
    return {
        "name": overlay.name,
        "title": say(overlay.title),
        "unit": say(overlay.unit),
        "group": overlay.group,
        "features": overlay.features.name,
        "shown": overlay.shown,
        "classes": [shown_class(c, say) for c in overlay.classes],
        "of": overlay.of,
        "phases": [{"year": year, "of": of} for year, of in sorted(overlay.by_phase.items())],
        "columns": [column(c, say) for c in overlay.columns],
        "size": None if overlay.size is None else np.round(overlay.size, 1).astype(np.float32),
        "mark": overlay.mark,
        "marks": [say(m) for m in overlay.marks],
        "fanned": overlay.fanned,
        "facets": [
            {"name": f.name, "title": say(f.title), "values": [say(v) for v in f.values], "of": f.of}
            for f in overlay.facets
        ],
    }


def shown_class(entry: Class, say: Say) -> dict[str, Any]:
    """An entry of a legend, in the language of the study."""
    return {**vars(entry), "label": say(entry.label), "heading": say(entry.heading), "dash": list(entry.dash)}


def column(column: Column, say: Say) -> dict[str, Any]:
    """A row of the dossier for all features."""
    row = {
        "label": say(column.label),
        "kind": column.kind,
        "unit": say(column.unit),
        "colour": column.colour,
        "name": column.name,
    }
    if column.kind == "verdicts":
        return {**row, **pack(column.values, column.rules, say)}
    phases = {str(year): packed(column, values, say) for year, values in sorted(column.by_phase.items())}
    return {**row, "values": packed(column, column.values, say), "phases": phases}


def packed(column: Column, values: Sequence[Any], say: Say) -> Any:
    """The values of a column in little room."""
    shown = [plain(v, say) for v in values]
    return texts(shown) if column.kind in {"text", "note"} else numbers(shown)


def plain(value: Any, say: Say) -> Any:
    """A value as JSON knows it: missing as None, numbers to a thousandth."""
    if isinstance(value, Text):
        return say(value)
    if isinstance(value, (list, tuple)):
        return [plain(v, say) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or value is pd.NA or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return round(value, 3) if isinstance(value, float) else value


def links(overlays: Sequence[Overlay], features: Mapping[str, Features]) -> list[dict[str, Any]]:
    """Who goes where, as rows of the features: from a demand point (`areas`) to places in each other layer."""
    found: list[dict[str, Any]] = []
    tables = [o.links for o in overlays if o.links is not None]
    for table in tables if "areas" in features else ():
        for layer, rows in table.groupby("layer", sort=True):
            if layer not in features:
                continue
            start = features["areas"].geometry.index.get_indexer(rows["demand_id"])
            end = features[str(layer)].geometry.index.get_indexer(rows["place_id"])
            kept = (start >= 0) & (end >= 0)
            amount = rows["amount"].to_numpy(float)[kept].round(3)
            whole = {"area": start[kept].astype(np.int32), "place": end[kept].astype(np.int32)}
            found.append({"layer": layer, **whole, "amount": amount})
    return found
