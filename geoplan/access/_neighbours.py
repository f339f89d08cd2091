"""Neighbours among demand points, and which members of a group hang together over neighbours."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

Values = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]

CLOSE = 1e-6  # metres: a point so near the circle stands on it, not in it


def hang_together(members: gpd.GeoDataFrame, everyone: gpd.GeoSeries, group: pd.Series) -> pd.Series:
    """The groups parted into pieces that hang together: a whole number for each member, in the order of group and piece.

    Two members of a group are neighbours if no point of `everyone` lies within the circle over the line between their
    representative points (the Gabriel graph), or if their geometries touch. A piece are those that a way over neighbours
    joins. Source: Gabriel & Sokal 1969, Systematic Zoology 18(3).
    """
    at = _points(members.geometry)
    one, other = _pairs(group)
    middle, radius = (at[one] + at[other]) / 2, np.hypot(*(at[one] - at[other]).T) / 2
    between = cKDTree(_points(everyone)).query(middle)[0] < radius - CLOSE
    shapes = members.geometry.to_numpy()
    between[between] = ~shapely.intersects(shapes[one[between]], shapes[other[between]])
    one, other = one[~between], other[~between]
    graph = coo_array((np.ones(len(one)), (one, other)), shape=(len(at), len(at)))
    piece = connected_components(graph, directed=False)[1]
    pieces = pd.MultiIndex.from_arrays([group.to_numpy(), _first(piece)])
    return pd.Series(pd.factorize(pieces, sort=True)[0], members.index)


def _pairs(group: pd.Series) -> tuple[Rows, Rows]:
    """The rows of every two members of one group."""
    each = (np.asarray(rows) for rows in group.groupby(group).indices.values())
    found = [rows[np.array(np.triu_indices(len(rows), 1))] for rows in each]
    one, other = np.concatenate([np.empty((2, 0), np.int64), *found], axis=1)
    return one, other


def _first(piece: Rows) -> Rows:
    """The first member of each one's piece."""
    rows: Rows = np.full(piece.max(initial=-1) + 1, len(piece))
    np.minimum.at(rows, piece, np.arange(len(piece)))
    return rows[piece]


def _points(shapes: gpd.GeoSeries) -> Values:
    points = shapes.representative_point()
    return np.column_stack([points.x.to_numpy(float), points.y.to_numpy(float)])
