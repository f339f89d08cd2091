"""Was a list of places read in the right datum? GCJ-02 and BD-09 move everything some 500 m and more one way, off streets and homes.

Each position is tried as declared (D) and as it would be had the file been in another datum (A), and how near it then is to a street and to
a residential area is compared with what chance gives: the same shift made in other directions and lengths, from both positions.

For a position p of point i let s_i(p) = Σ over references r of ln(1 + d_r(p) / 5 m), d in metres, and μ_i the mean of s_i over the chance
positions q. The evidence that p is right is e(p) = √n · mean_i(μ_i − s_i(p)) / √mean_{i,q}((s_i(q) − μ_i)²): about 0 ± 1 for any position that
has nothing to do with streets and homes, and large for the true one. A datum is named only if e(A) >= 3.2 and e(A) − e(D) >= 1.3.
Since chance is counted around the points themselves, dense and sparse ground count alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pyproj
import shapely

from geoplan.errors import Finding, Text
from geoplan.sources import datum as shifts
from geoplan.sources._messages import finding

Numbers = npt.NDArray[np.float64]

FEWEST = 12  # points below which nothing is said
MOST = 120  # points that are tried, evenly spread over the list
CHANCE = tuple(
    (length, 2 * np.pi * turn / 12) for length in (0.75, 1.0, 1.35) for turn in range(1, 12)
)  # of the shift; radians
NEAR_M = 5.0
SURE, APART = 3.2, 1.3  # e(A), and e(A) − e(D)
VERY = 6.0  # e(A) that is called very likely
SAME = {"wgs84": "wgs84", "cgcs2000": "wgs84", "gcj02": "gcj02", "bd09": "bd09"}
TO_WGS84: Mapping[str, Callable[[Numbers, Numbers], tuple[Numbers, Numbers]]] = {
    "wgs84": lambda lon, lat: (lon, lat), "gcj02": shifts.gcj02_to_wgs84, "bd09": shifts.bd09_to_wgs84,
}  # fmt: skip
FROM_WGS84: Mapping[str, Callable[[Numbers, Numbers], tuple[Numbers, Numbers]]] = {
    "wgs84": lambda lon, lat: (lon, lat), "gcj02": shifts.wgs84_to_gcj02, "bd09": shifts.wgs84_to_bd09,
}  # fmt: skip


@dataclass(frozen=True)
class Ground:
    """What places stand near to, in the working CRS: streets, and residential areas."""

    crs: pyproj.CRS
    references: tuple[shapely.STRtree, ...]

    @classmethod
    def of(cls, crs: pyproj.CRS, *layers: gpd.GeoDataFrame) -> Ground:
        """The references that hold anything."""
        return cls(crs, tuple(shapely.STRtree(layer.geometry.to_numpy()) for layer in layers if len(layer)))

    def scores(self, xy: Numbers) -> Numbers:
        """s_i of points (n × 2, metres): small near streets and homes."""
        points, total = shapely.points(xy), np.zeros(len(xy))
        for tree in self.references:
            _, distance = tree.query_nearest(points, return_distance=True, all_matches=False)
            total += np.log1p(distance / NEAR_M)
        return total


@dataclass(frozen=True)
class Verdict:
    """Another datum that fits better: the `evidence` for it and for the `declared` one, `moved_m` between the two (median)."""

    datum: str
    evidence: float
    declared: float
    moved_m: float


def better_datum(points: gpd.GeoSeries, declared: str, ground: Ground) -> Verdict | None:
    """The datum in which a list of places lies on streets and homes much better than in the declared one; None if there is none.

    `points` are in the working CRS, as they were read in the `declared` datum.
    """
    xy = spread(shapely.get_coordinates(points.to_numpy()))
    if len(xy) < FEWEST or not ground.references or declared not in SAME:
        return None
    to_plane = pyproj.Transformer.from_crs("EPSG:4326", ground.crs, always_xy=True)
    lon, lat = to_plane.transform(xy[:, 0], xy[:, 1], direction="INVERSE")
    if not shifts.in_china(lon, lat).all():
        return None
    given = FROM_WGS84[SAME[declared]](lon, lat)
    best: Verdict | None = None
    for other in sorted(set(SAME.values()) - {SAME[declared]}):
        there = TO_WGS84[other](*given)
        moved = np.column_stack(to_plane.transform(there[0], there[1]))
        verdict = judged(other, xy, moved, ground)
        best = verdict if verdict and (best is None or verdict.evidence > best.evidence) else best
    return best


def judged(other: str, xy: Numbers, moved: Numbers, ground: Ground) -> Verdict | None:
    """The verdict on one other datum, if it fits much better than the positions `xy` and than chance."""
    step, chance = moved - xy, []
    for length, angle in CHANCE:
        turned = length * step @ np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        chance += [ground.scores(xy + turned), ground.scores(moved - turned)]
    there, here = (evidence(ground.scores(at), np.array(chance)) for at in (moved, xy))
    if there < SURE or there - here < APART:
        return None
    return Verdict(other, there, here, float(np.median(np.hypot(*step.T))))


def evidence(scores: Numbers, chance: Numbers) -> float:
    """e of positions with these scores (n) against those of chance positions (k × n).

    >>> round(evidence(np.array([0.0, 0.0]), np.array([[1.0, 3.0], [3.0, 1.0]])), 3)
    2.828
    """
    middle = chance.mean(axis=0)
    return float((middle - scores).mean() * np.sqrt(len(scores)) / max(np.sqrt(((chance - middle) ** 2).mean()), 1e-9))


def spread(xy: Numbers) -> Numbers:
    """At most `MOST` of the points, evenly over the list; without those that stand on one another."""
    xy = np.unique(xy, axis=0)
    return xy if len(xy) <= MOST else xy[np.linspace(0, len(xy) - 1, MOST).astype(int)]


def told(role: str, file: str, count: int, declared: str, verdict: Verdict) -> Finding:
    """The finding of a list that another datum fits better: which, how sure, how many metres."""
    sure = Text("very likely", "很可能") if verdict.evidence >= VERY else Text("likely", "可能")
    fields = {
        "other": verdict.datum,
        "metres": f"{verdict.moved_m:.0f}",
        "e": f"{verdict.evidence:.1f}",
        "e0": f"{verdict.declared:.1f}",
    }
    words = {"sure": sure.en, "sure_zh": sure.zh}
    return finding("GP-D012", file, f"layers.{role}.datum", declared, severity="note", count=count, **fields, **words)


def datum_findings(role: str, file: str, declared: str, table: gpd.GeoDataFrame, ground: Ground) -> list[Finding]:
    """The finding of a layer of places, if another datum fits it better; its features are taken by a point inside each."""
    verdict = better_datum(table.geometry.representative_point(), declared, ground)
    return [told(role, file, len(table), declared, verdict)] if verdict else []
