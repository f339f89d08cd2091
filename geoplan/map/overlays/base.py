"""Base map: the land, rivers, railways, and streets by class as the map comes nearer; readable without any tiles."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely

from geoplan.errors import Text
from geoplan.map.overlay import NO_TEXT, Class, Features, Overlay
from geoplan.map.words import term, word
from geoplan.result import Result

LINE_M = 3.0  # tolerance of streets and rivers; a pixel at zoom 15
LAND_M = 30.0


class Drawn(NamedTuple):
    """How a part of the base map is drawn: colour, width in pixels, dashes, zoom level from which it is drawn."""

    colour: str
    width: float
    dash: tuple[float, ...] = ()
    zoom: int = 0


LINES = {
    "rivers": Drawn("#9fc5dd", 2.2),
    "railways": Drawn("#7b818a", 1.3, (7, 4)),
    "motorway": Drawn("#dfa35c", 2.0),
    "trunk": Drawn("#dfb36f", 1.8),
    "primary": Drawn("#d9c69a", 1.5, zoom=10),
    "secondary": Drawn("#d8cfbb", 1.3, zoom=11),
    "tertiary": Drawn("#dcd7cc", 1.1, zoom=12),
    "street": Drawn("#e0ddd6", 1.0, zoom=13),
}
OTHER = Drawn("#a9b0b8", 1.0)


def overlay(result: Result) -> Overlay | None:
    """The land with what the study gives for orientation; smaller streets lie under larger ones."""
    parts = {"land": [shapely.simplify(result.area.boundary, LAND_M)], **lines(result)}
    order = sorted(parts, key=lambda p: (p != "land", -list(LINES).index(p) if p in LINES else 1, p))
    order = [p for p in order if p not in {"rivers", "railways"}]
    order[1:1] = [p for p in ("rivers", "railways") if p in parts]  # streets cross rivers and railways on bridges
    shapes = [(p, shape) for p in order for shape in parts[p]]
    geometry = gpd.GeoSeries([s for _, s in shapes], crs=result.area.crs)
    features = Features("base", word("base"), "line", geometry, [""] * len(shapes))
    of = np.array([order.index(p) for p, _ in shapes], np.uint8)
    return Overlay("base", word("base"), "base", 0, features, tuple(drawn(p) for p in order), of, shown=True)


def drawn(part: str) -> Class:
    """The legend entry of a part."""
    if part == "land":
        return Class(NO_TEXT, fill="#fcfbf8")  # needs no legend
    style = LINES.get(part, OTHER)
    return Class(label(part), "", style.colour, style.width, style.dash, style.zoom)


def label(part: str) -> Text:
    """The title of a part; the study's own name where the catalogue has none."""
    return term("base", part)


def lines(result: Result) -> dict[str, list[shapely.Geometry]]:
    """Lines by part: streets by their class, the other layers by their name."""
    found: dict[str, list[shapely.Geometry]] = {}
    for name, frame in sorted(result.base.items()):
        part = (
            street_class(frame)
            if name == "streets"
            else np.full(len(frame), "rivers" if name == "water" else name, dtype=object)
        )
        for each in sorted(set(part)):
            found.setdefault(each, []).extend(joined(frame.geometry.to_numpy()[part == each]))
    return found


def street_class(frame: gpd.GeoDataFrame) -> np.ndarray:
    """The class of each street as it is drawn; links with what they lead to."""
    if "highway" not in frame.columns:
        return np.full(len(frame), "street", dtype=object)
    known = frame["highway"].astype(str).str.removesuffix("_link").to_numpy(dtype=object)
    return np.where(np.isin(known.astype(str), list(LINES)), known, "street")


def joined(shapes: np.ndarray) -> list[shapely.Geometry]:
    """Pieces put together where they meet end to end, then simplified: fewer points for the same picture."""
    whole = shapely.line_merge(shapely.multilinestrings(shapely.get_parts(boundaries(shapes))))
    merged = shapely.simplify(shapely.get_parts(whole), LINE_M)
    kept = merged[~shapely.is_empty(merged)]
    return list(kept[np.lexsort(np.rint(shapely.bounds(kept) * 1000).T[::-1])]) if len(kept) else []


def boundaries(shapes: np.ndarray) -> np.ndarray:
    """Lines as they are; polygons by their outline; points left out."""
    dimension = shapely.get_dimensions(shapes)
    return np.concatenate([shapes[dimension == 1], shapely.boundary(shapes[dimension == 2])])
