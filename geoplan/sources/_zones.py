"""Zone numbers in front of eastings: CGCS2000 Gauss-Krüger has each zone with its number and without it."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np

from geoplan.errors import Findings
from geoplan.sources._messages import finding
from geoplan.sources.datum import coordinates

# of each width of zones: its numbers, the EPSG code of its first with the number in front of eastings, and without it
ZONES = ((range(25, 46), 4513, 4534), (range(13, 24), 4491, 4502))
PREFIX = 1_000_000  # metres: eastings with a zone number in front are zone · 1,000,000 + 500,000 ± half a zone


def zone_of(easting: float) -> int:
    """The zone number in front of an easting (25 to 45: 3-degree zones, 13 to 23: 6-degree zones), 0 if there is none.

    >>> zone_of(39_421_000.0), zone_of(421_000.0), zone_of(115.6)
    (39, 0, 0)
    """
    zone = int(easting // PREFIX) if np.isfinite(easting) else 0
    return zone if any(zone in numbers for numbers, _, _ in ZONES) else 0


def epsg(zone: int, with_number: bool) -> int:
    """The EPSG code of a zone on CGCS2000.

    >>> epsg(39, True), epsg(39, False), epsg(20, True)
    (4527, 4548, 4498)
    """
    numbers, numbered, plain = next(z for z in ZONES if zone in z[0])
    return (numbered if with_number else plain) + zone - numbers[0]


def three_degree_zone(lon: float) -> int:
    """The EPSG code of the 3-degree zone on CGCS2000, eastings without its number, that a longitude lies in; 0 outside China.

    >>> three_degree_zone(114.5), three_degree_zone(115.6), three_degree_zone(75.0), three_degree_zone(-51.2)
    (4547, 4548, 4534, 0)
    """
    zone = int((lon + 1.5) // 3)
    return epsg(zone, False) if zone in ZONES[0][0] else 0


def said_by_eastings(bounds: tuple[float, ...]) -> dict[str, Any]:
    """The fields `hint` and `hint_zh` of a message about a missing CRS: what the coordinates themselves say of it."""
    west, south, east, north = bounds
    zone = zone_of(west)
    if zone and zone == zone_of(east):
        code = epsg(zone, True)
        return {
            "hint": f": the eastings begin with the zone number {zone}, so it may be EPSG:{code}",
            "hint_zh": f"：横坐标以带号 {zone} 开头，可能为 EPSG:{code}",
        }
    if -180 <= west <= east <= 180 and -90 <= south <= north <= 90:
        return {"hint": ": these are degrees, such as EPSG:4490", "hint_zh": "：坐标为经纬度，如 EPSG:4490"}
    return {
        "hint": ", such as EPSG:4547 (114° E) or EPSG:4548 (117° E)",
        "hint_zh": "，如 EPSG:4547（114°E）或 EPSG:4548（117°E）",
    }


def wrong_zone(shapes: gpd.GeoDataFrame, file: str, findings: Findings) -> bool:
    """Add one error where eastings carry a zone number and their CRS has none, or the other way round, or another one.

    Then a layer would come to lie thousands of kilometres away, with a message that speaks of the place and not of the cause.
    """
    operation = shapes.crs.coordinate_operation
    if shapes.empty or operation is None or "Transverse Mercator" not in operation.method_name:
        return False
    stated = zone_of(next((p.value for p in operation.params if p.name == "False easting"), 0.0))
    middles = shapes.bounds[["minx", "maxx"]].mean(axis=1).to_numpy()
    zones = {zone_of(middle) for middle in np.unique(middles // PREFIX * PREFIX)}
    plain = bool(((middles > 0) & (middles < PREFIX)).all())
    if stated in zones or len(zones) > 1 or not (plain or max(zones)):
        return False  # rows that do not agree are strays, and what has neither form may have its axes swapped
    given = max(zones)
    fields: dict[str, Any] = {"crs": shapes.crs.name, "zone": given, "count": len(shapes)}
    fields["epsg"] = epsg(given, True) if given else epsg(stated, False)
    first = coordinates(shapes.geometry.iloc[0])
    findings.add(finding("GP-D010" if given else "GP-D011", file, "crs", first, **fields))
    return True
