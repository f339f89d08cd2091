"""Power lines between substations, and oil and gas pipes across the city."""

from __future__ import annotations

import numpy as np
import shapely
from scipy.spatial import cKDTree

from .common import generator, plane, smooth_noise
from .outlines import Outlines
from .settlements import Settlements

COURSES_500 = {  # longitude, latitude; invented, as all courses here
    "辛彭线": [(114.36, 37.60), (114.42, 37.30), (114.40, 37.12), (114.47, 36.88)],
    "彭清线": [(114.40, 37.14), (114.75, 37.14), (115.05, 37.10), (115.50, 37.06), (115.80, 36.99)],
    "宁巨线": [(114.88, 37.74), (115.00, 37.45), (115.06, 37.15), (115.10, 36.90)],
}
COURSES_PIPE = {
    "京邯输气管线": [(114.70, 37.62), (114.66, 37.30), (114.60, 37.02), (114.66, 36.88)],
    "鲁冀输油管线": [(115.70, 36.90), (115.35, 37.03), (114.95, 37.05), (114.62, 37.14), (114.30, 37.02)],
    "宁晋支线": [(114.66, 37.33), (114.92, 37.60), (115.10, 37.70)],
    "南宫支线": [(114.66, 37.30), (115.03, 37.21), (115.40, 37.35), (115.66, 37.20)],
}
TRUNKS_220, SEAT_APART_M = 2, 8_000.0  # lines of 220 kV from each seat to the seats nearest to it
TRIES = 14  # bends that are tried; the line that runs over the least housing is built
LONGEST_110_M = 16_000.0


def cables(outlines: Outlines, substations: np.ndarray, settled: Settlements) -> dict[str, np.ndarray]:
    """Lines of 500, 220 and 110 kV by class."""
    rng = generator("power lines")
    homes = shapely.STRtree(settled.residents["geometry"].to_numpy())
    seats = np.array(list(outlines.seats.values()))
    away = rng.choice([-1, 1], seats.shape) * rng.uniform(1_500, 3_500, seats.shape)
    ring = seats + away  # stations of 220 kV by the seats
    pairs_220 = _nearest_pairs(ring, TRUNKS_220)
    far_220 = [(ring[a], ring[b]) for a, b in pairs_220 if np.hypot(*(ring[a] - ring[b])) > SEAT_APART_M]
    lines_220 = [_bent(rng, a, b, homes) for a, b in far_220]
    lines_110 = [_bent(rng, a, b, homes) for a, b in _inward(substations, ring)]
    trunk = [_course(rng, points, outlines) for points in COURSES_500.values()]
    return {"500kV高压线": _parts(trunk), "220kV高压线": _parts(lines_220), "110kV高压线": _parts(lines_110)}


def pipes(outlines: Outlines) -> np.ndarray:
    """Oil and gas pipes, smoothly bent."""
    rng = generator("pipes")
    return _parts([_course(rng, points, outlines) for points in COURSES_PIPE.values()])


def _parts(lines: list[shapely.Geometry]) -> np.ndarray:
    parts = shapely.get_parts(np.array(lines, object))
    return np.asarray(parts[shapely.length(parts) > 300], object)


def _course(rng: np.random.Generator, points: list[tuple[float, float]], outlines: Outlines) -> shapely.Geometry:
    """A course bent a little, within the city."""
    line = shapely.get_coordinates(shapely.segmentize(shapely.linestrings(plane(points)), 900))
    sway = [smooth_noise(rng, 9_000), smooth_noise(rng, 9_000)]
    bent = line + 260 * np.column_stack([n(*line.T) for n in sway])
    return shapely.intersection(shapely.simplify(shapely.linestrings(bent), 15), outlines.boundary)


def _nearest_pairs(points: np.ndarray, count: int) -> list[tuple[int, int]]:
    near = cKDTree(points).query(points, k=count + 1)[1][:, 1:]
    return sorted({(min(k, int(j)), max(k, int(j))) for k, row in enumerate(near) for j in row})


def _inward(substations: np.ndarray, ring: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """From each substation to the nearest station, of its own kind or by a seat, that is nearer to a seat than itself."""
    depth = cKDTree(ring).query(substations)[0]
    nodes, deep = np.vstack([substations, ring]), np.r_[depth, np.zeros(len(ring))]
    pairs = []
    for k, at in enumerate(substations):
        far = np.where(deep < deep[k], np.hypot(*(nodes - at).T), np.inf)
        if 400 < far.min() < LONGEST_110_M:
            pairs.append((at, nodes[int(far.argmin())]))
    return pairs


def _bent(rng: np.random.Generator, start: np.ndarray, end: np.ndarray, homes: shapely.STRtree) -> shapely.LineString:
    """A line with two bends that runs over as few homes as a few tries give."""
    reach = np.hypot(*(end - start))
    aside = np.array([start[1] - end[1], end[0] - start[0]]) / reach
    best, fewest = None, np.inf
    for _ in range(TRIES):
        share, sway = np.sort(rng.uniform(0.15, 0.85, 2)), rng.normal(0, 0.09 * reach, 2)
        middle = start + share[:, None] * (end - start) + sway[:, None] * aside
        line = shapely.linestrings(np.vstack([start, middle, end]))
        over = len(homes.query(line, predicate="intersects"))
        if over < fewest:
            best, fewest = line, over
    return best
