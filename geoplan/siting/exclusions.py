"""Exclusions: which options rule one another out, because they stand on the same ground or change the same facility."""

from __future__ import annotations

from collections.abc import Iterable

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import STRtree

HALF = 0.5  # share of the smaller footprint from which on two sites are the same ground


def overlapping(sites: gpd.GeoDataFrame) -> pd.DataFrame:
    """Pairs of sites (one, other; each pair once) whose footprints overlap by more than half of the smaller one.

    Sites without an area, such as points, overlap nothing.

    >>> from shapely import box
    >>> sites = gpd.GeoDataFrame(geometry=[box(0, 0, 9, 9), box(0, 0, 3, 3), box(2, 2, 5, 5)], index=["a", "b", "c"])
    >>> overlapping(sites).values.tolist()
    [['a', 'b'], ['a', 'c']]
    """
    sites = sites[sites.geometry.area > 0]
    shapes, area = sites.geometry.to_numpy(), sites.geometry.area.to_numpy()
    one, other = STRtree(shapes).query(shapes, predicate="intersects")
    one, other = one[one < other], other[one < other]
    common = shapely.area(shapely.intersection(shapes[one], shapes[other]))
    same = common > HALF * np.minimum(area[one], area[other])
    return pd.DataFrame({"one": sites.index[one[same]], "other": sites.index[other[same]]})


def exclusions(options: pd.DataFrame, pairs: pd.DataFrame) -> pd.Series:
    """The ids of the options that each option rules out, in order, as a tuple; it is as ruled out by them.

    They stand on its site or on one that `pairs` names with it, or change the same facility (column `facility`, "" for none).

    >>> options = pd.DataFrame({"site_id": ["a", "a", "b", "c"], "facility": ["", "F", "", "F"]}, index=list("wxyz"))
    >>> exclusions(options, pd.DataFrame({"one": ["a"], "other": ["b"]})).tolist()
    [('x', 'y'), ('w', 'y', 'z'), ('w', 'x'), ('x',)]
    """
    sites = pd.DataFrame({"option": options.index, "ground": options["site_id"].to_numpy()})
    changed = pd.DataFrame({"option": options.index, "ground": ("=" + options["facility"]).to_numpy()})
    held = pd.concat([sites, changed[changed["ground"] != "="]], ignore_index=True)
    itself = pd.DataFrame({"one": held["ground"].unique(), "other": held["ground"].unique()})
    turned = pairs.rename(columns={"one": "other", "other": "one"})
    same = pd.concat([itself, pairs, turned], ignore_index=True)
    near = held.merge(same, left_on="ground", right_on="one")[["option", "other"]]
    met = near.merge(held, left_on="other", right_on="ground", suffixes=("", "_met"))
    met = met[met["option"] != met["option_met"]].drop_duplicates(["option", "option_met"])
    found = met.sort_values("option_met").groupby("option")["option_met"].agg(tuple)
    return pd.Series([found.get(option, ()) for option in options.index], index=options.index, dtype=object)


def site_groups(options: pd.DataFrame, excludes: Iterable[tuple[str, ...]]) -> pd.Series:
    """The first site id of all options that are joined by exclusions, be it through others.

    A plan that takes at most one option of a group breaks no exclusion.

    >>> options = pd.DataFrame({"site_id": ["b", "a", "c"]}, index=["x", "y", "z"])
    >>> site_groups(options, [("y",), ("x",), ()]).tolist()
    ['a', 'a', 'c']
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    at = pd.Series(np.arange(len(options)), index=options.index)
    many = list(excludes)
    row = np.repeat(np.arange(len(options)), [len(m) for m in many])
    column = at.reindex([i for m in many for i in m]).to_numpy(int)
    links = coo_matrix((np.ones(len(row)), (row, column)), shape=(len(options), len(options)))
    group = connected_components(links, directed=False)[1]
    rank, names = pd.factorize(options["site_id"], sort=True)
    first = np.full(len(options), len(names))
    np.minimum.at(first, group, rank)
    return pd.Series(names[first[group]], index=options.index, dtype=object)
