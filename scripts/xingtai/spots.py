"""Points beside homes, and numbers of which some are unknown: what all invented lists of places share."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from .common import PLANE
from .outlines import Outlines


def with_middles(frame: pd.DataFrame) -> pd.DataFrame:
    """The areas with their middle x, y (metres) and the radius of a circle as large."""
    xy = shapely.get_coordinates(shapely.centroid(frame["geometry"].to_numpy()))
    radius = np.sqrt(shapely.area(frame["geometry"].to_numpy()) / np.pi)
    return frame.assign(x=xy[:, 0], y=xy[:, 1], radius=radius).reset_index(drop=True)


def beside(
    rng: np.random.Generator, frame: pd.DataFrame, rows: np.ndarray, low: float = 0.5, high: float = 1.05
) -> np.ndarray:
    """A point by each chosen area: from its middle outward, a share of its radius."""
    angle, far = rng.uniform(0, 2 * np.pi, len(rows)), rng.uniform(low, high, len(rows))
    at = frame.iloc[rows]
    step = (far * at["radius"].to_numpy())[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return at[["x", "y"]].to_numpy() + step


def sample(rng: np.random.Generator, frame: pd.DataFrame, count: int) -> np.ndarray:
    """Different areas, the larger the likelier."""
    weight = frame["population"].to_numpy(float)
    return np.sort(rng.choice(len(frame), count, replace=False, p=weight / weight.sum()))


def township_of(outlines: Outlines, frame: pd.DataFrame) -> pd.Series:
    """The township in which a point lies; for one beyond the border that of the area that it stands by."""
    home = pd.Series(outlines.township_of(frame[["x", "y"]].to_numpy()), index=frame.index)
    return home.where(home != "", frame["township"])


def partly(rng: np.random.Generator, values: np.ndarray, unknown: float) -> pd.Series:
    """Whole numbers, some of them unknown."""
    known = pd.Series(values, dtype="Float64").where(rng.random(len(values)) >= unknown)
    return known.mask(known.isna()).astype("Int64")


def partly_text(rng: np.random.Generator, values: np.ndarray, unknown: float) -> pd.Series:
    """Texts, some of them unknown."""
    return pd.Series(values, dtype=object).where(rng.random(len(values)) >= unknown, None)


def stems(facts_townships: pd.DataFrame, townships: pd.Series) -> pd.Series:
    """Names of townships without their ending 街道, 镇 or 乡."""
    return townships.map(facts_townships["name"]).str.replace("街道|镇$|乡$", "", regex=True)


def numbered(names: list[str]) -> list[str]:
    """Names made different: the second of a name gets （2） behind it, and so on."""
    seen: dict[str, int] = {}
    result = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        result.append(name if seen[name] == 1 else f"{name}（{seen[name]}）")
    return result


def points(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    """Rows with x and y (metres) as points."""
    return gpd.GeoDataFrame(
        frame.drop(columns=["x", "y"]), geometry=shapely.points(frame[["x", "y"]].to_numpy()), crs=PLANE
    )
