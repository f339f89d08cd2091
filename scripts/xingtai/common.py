"""What every step shares: the seed, the planes, smooth noise, exact shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer

SEED = 130500
DEGREES, PLANE = "EPSG:4490", "EPSG:4547"  # CGCS2000: longitude and latitude; 3° Gauss-Krüger, 114°E, metres
GRAIN = 2.0**-20  # degrees, 0.1 m: coordinates are whole multiples, exact in binary, so that they compress well

_to_plane = Transformer.from_crs(DEGREES, PLANE, always_xy=True)
_to_degrees = Transformer.from_crs(PLANE, DEGREES, always_xy=True)

Noise = Callable[[Any, Any], Any]


def words(text: str) -> list[str]:
    """The words of a text, for short lists of names."""
    return text.split()


def generator(step: str) -> np.random.Generator:
    """The generator of one step, so that a change in one step leaves the draws of the others alone."""
    return np.random.default_rng([SEED, *step.encode()])


def plane(degrees: Any) -> np.ndarray:
    """(n, 2) longitude and latitude to metres."""
    degrees = np.asarray(degrees, float)
    return np.column_stack(_to_plane.transform(degrees[:, 0], degrees[:, 1]))


def degrees(metres: Any) -> np.ndarray:
    """(n, 2) metres to longitude and latitude, rounded to the grain."""
    metres = np.asarray(metres, float)
    exact = np.column_stack(_to_degrees.transform(metres[:, 0], metres[:, 1]))
    return np.round(exact / GRAIN) * GRAIN


def geometries_in_degrees(geometries: Any) -> np.ndarray:
    """Geometries from metres to longitude and latitude, rounded to the grain."""
    return np.asarray(shapely.transform(np.asarray(geometries, object), degrees))


def smooth_noise(rng: np.random.Generator, wavelength_m: float, waves: int = 6) -> Noise:
    """A smooth random function of x and y (metres) with values in about [-1, 1]."""
    angle, phase = rng.uniform(0, 2 * np.pi, waves), rng.uniform(0, 2 * np.pi, waves)
    number = 2 * np.pi / (wavelength_m * rng.uniform(0.6, 1.6, waves))

    def value(x: Any, y: Any) -> Any:
        x, y = np.asarray(x, float)[..., None], np.asarray(y, float)[..., None]
        return np.sin(number * (x * np.cos(angle) + y * np.sin(angle)) + phase).sum(-1) / np.sqrt(waves)

    return value


def mountain(x: Any, y: Any) -> Any:
    """How mountainous a place is: 0 on the plain, 1 in the west; half way at about 114.33°E."""
    edge = 529_000 + 4_000 * np.sin(np.asarray(y, float) / 9_000)
    return 1 / (1 + np.exp((np.asarray(x, float) - edge) / 2_500))


def shares(total: int, weights: Any) -> np.ndarray:
    """Whole numbers that add to `total`, as near to the weights as they can be (largest remainder, then first)."""
    weights = np.asarray(weights, float)
    exact = total * weights / weights.sum()
    whole = np.floor(exact).astype(np.int64)
    left = total - int(whole.sum())
    whole[np.argsort(-(exact - whole), kind="stable")[:left]] += 1
    return whole


def gcj02(lon: Any, lat: Any) -> tuple[np.ndarray, np.ndarray]:
    """WGS-84 to GCJ-02 by the formula that is publicly known (Krasovsky 1940 ellipsoid)."""
    lon, lat = np.asarray(lon, float), np.asarray(lat, float)
    x, y = lon - 105.0, lat - 35.0
    root = np.sqrt(np.abs(x))
    ripple = (20 * np.sin(6 * np.pi * x) + 20 * np.sin(2 * np.pi * x)) * 2 / 3
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + ripple
    north += (20 * np.sin(np.pi * y) + 40 * np.sin(np.pi / 3 * y)) * 2 / 3
    north += (160 * np.sin(np.pi / 12 * y) + 320 * np.sin(np.pi / 30 * y)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + ripple
    east += (20 * np.sin(np.pi * x) + 40 * np.sin(np.pi / 3 * x)) * 2 / 3
    east += (150 * np.sin(np.pi / 12 * x) + 300 * np.sin(np.pi / 30 * x)) * 2 / 3
    semi_major, eccentricity_squared = 6_378_245.0, 0.00669342162296594323
    radians = np.deg2rad(lat)
    magic = 1 - eccentricity_squared * np.sin(radians) ** 2
    meridian = semi_major * (1 - eccentricity_squared) / magic**1.5
    parallel = semi_major / np.sqrt(magic) * np.cos(radians)
    return lon + np.rad2deg(east / parallel), lat + np.rad2deg(north / meridian)
