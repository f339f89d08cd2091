"""Rivers, the railway and the motorways: hand-placed courses, bent a little."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from scipy.interpolate import PchipInterpolator

from .common import generator, plane, smooth_noise

CLEAR_M = 260.0  # no village or town nearer than this to a river, railway or motorway

RIVERS = {
    "滏阳河": [(114.905, 36.90), (114.90, 36.99), (114.885, 37.08), (114.895, 37.17), (114.93, 37.27), (114.97, 37.36),
             (115.04, 37.44), (115.10, 37.51), (115.155, 37.57), (115.30, 37.62)],
    "七里河": [(113.88, 37.14), (113.97, 37.17), (114.10, 37.13), (114.22, 37.065), (114.34, 37.04), (114.44, 37.032),
             (114.50, 37.03), (114.56, 37.02), (114.64, 37.06), (114.72, 37.085), (114.80, 37.10), (114.89, 37.125)],
}  # fmt: skip
RAILWAYS = {"京广铁路": [(114.52, 36.78), (114.515, 36.86), (114.49, 36.96), (114.492, 37.06), (114.50, 37.17), (114.52, 37.29),
                     (114.53, 37.38), (114.525, 37.45), (114.57, 37.60)]}  # fmt: skip
MOTORWAYS = {
    "京港澳高速": [(114.585, 36.78), (114.57, 36.90), (114.562, 37.00), (114.562, 37.12), (114.60, 37.28), (114.625, 37.42),
              (114.645, 37.52), (114.66, 37.65)],
    "东吕高速": [(114.24, 37.01), (114.36, 36.985), (114.48, 36.972), (114.68, 36.952), (114.90, 36.985), (115.03, 37.015),
              (115.14, 36.99), (115.24, 36.93), (115.38, 36.935), (115.52, 36.925), (115.66, 36.965), (115.84, 36.98)],
    "青银高速": [(115.86, 37.10), (115.70, 37.16), (115.52, 37.27), (115.30, 37.31), (115.16, 37.41), (115.06, 37.54),
              (114.99, 37.66), (114.93, 37.76)],
    "太行山高速": [(114.22, 36.80), (114.20, 36.95), (114.17, 37.12), (114.20, 37.28), (114.24, 37.42), (114.22, 37.56)],
}  # fmt: skip


@dataclass(frozen=True)
class Lines:
    """Named lines in metres; rivers and railways are the barriers that streets cross at few places."""

    rivers: dict[str, shapely.LineString]
    railways: dict[str, shapely.LineString]
    motorways: dict[str, shapely.LineString]

    @property
    def barriers(self) -> list[shapely.LineString]:
        """Rivers and railways."""
        return [*self.rivers.values(), *self.railways.values()]

    def kept_clear(self, wide_m: float = CLEAR_M) -> shapely.Geometry:
        """The land beside all lines on which nothing is settled."""
        return shapely.union_all([shapely.buffer(line, wide_m) for line in [*self.barriers, *self.motorways.values()]])


def draw_lines(boundary: shapely.Geometry) -> Lines:
    """Smooth, bend and cut the courses to the city; a river meanders more than a railway."""
    rng = generator("lines")

    def drawn(
        courses: dict[str, list[tuple[float, float]]], sway_m: float, wave_m: float
    ) -> dict[str, shapely.LineString]:
        return {name: _course(rng, points, sway_m, wave_m, boundary) for name, points in courses.items()}

    rivers = drawn(RIVERS, 170, 2_600)
    return Lines(rivers, drawn(RAILWAYS, 60, 9_000), drawn(MOTORWAYS, 90, 9_000))


def _course(
    rng: np.random.Generator,
    points: list[tuple[float, float]],
    sway_m: float,
    wave_m: float,
    boundary: shapely.Geometry,
) -> shapely.LineString:
    corner = plane(points)
    along = np.r_[0, np.cumsum(np.hypot(*np.diff(corner, axis=0).T))]
    at = np.arange(0, along[-1], 250.0)
    line = np.column_stack([PchipInterpolator(along, corner[:, k])(at) for k in (0, 1)])
    noise = [smooth_noise(rng, wave_m), smooth_noise(rng, wave_m)]
    bent = shapely.linestrings(line + sway_m * np.column_stack([n(*line.T) for n in noise]))
    inside = shapely.intersection(bent, boundary)
    return max(shapely.get_parts(inside), key=shapely.length)
