"""Which streets a mode may use, how fast, in which direction and what holds it up: the mode's rules laid over a table of edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.profiles.mode import Mode

MPH = 1.609344  # kilometres in an international mile


def speeds_kph(edges: pd.DataFrame, mode: Mode) -> npt.NDArray[np.float64]:
    """The speed of a mode on each edge in km/h, 0 where it may not pass; edges without `highway` have no class.

    >>> from geoplan.profiles.mode import load_mode
    >>> edges = pd.DataFrame({"highway": ["residential", "footway", "cycleway", "cycleway"], "foot": [None, "no", None, "yes"]})
    >>> speeds_kph(edges, load_mode("walk")).tolist()
    [3.6, 0.0, 0.0, 3.6]
    """
    classes = _tag(edges, "highway")
    by_class = {c: mode.speed_on(c) or 0.0 for c in classes.unique()}
    speed = classes.map(by_class).to_numpy(dtype=float)
    if mode.maxspeed:
        speed = np.fmin(speed, _posted_kph(edges))
    may_pass = ~_carries(edges, mode.barred) | _carries(edges, mode.admitted)
    return np.where(may_pass, speed, 0.0)


def directions(edges: pd.DataFrame, mode: Mode) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Whether each edge may be passed from u to v, and from v to u. `oneway` is yes, no or missing (then no)."""
    both = np.ones(len(edges), dtype=bool)
    return both, (~(_tag(edges, "oneway") == "yes").to_numpy() if mode.oneway else both)


def slowness(edges: pd.DataFrame, mode: Mode) -> npt.NDArray[np.float64]:
    """How many times longer than at its speed a mode takes for each edge: the product of the penalties that the edge's tags name.

    >>> from geoplan.profiles.mode import load_mode
    >>> edges = pd.DataFrame({"highway": ["steps", "path", "path"], "surface": ["gravel", "gravel", "asphalt"]})
    >>> slowness(edges, load_mode("walk")).tolist()
    [2.66, 1.33, 1.0]
    """
    times = np.ones(len(edges))
    for penalty in mode.slower:
        times[_carries(edges, {penalty.tag: penalty.values})] *= penalty.amount
    return times


def waits_s(nodes: pd.DataFrame, edges: pd.DataFrame, mode: Mode) -> npt.NDArray[np.float64]:
    """The seconds that a mode waits at the ends of each edge, to cross a railway (node column `crossing`) or a big road there.

    Who crosses comes along one edge and leaves along another, so each edge bears half of the wait of its end. The big road itself
    bears none, and of one that is drawn as two one-way carriageways each counts half.

    >>> from geoplan.profiles.mode import load_mode
    >>> edges = pd.DataFrame({"highway": ["path", "path", "trunk"], "u": [1, 2, 2], "v": [2, 3, 4]})
    >>> waits_s(pd.DataFrame(index=[1, 2, 3, 4]), edges, load_mode("walk")).tolist()
    [15.0, 15.0, 0.0]
    """
    ends = [nodes.index.get_indexer(pd.Index(edges[end])) for end in ("u", "v")]
    total = np.zeros(len(edges))
    for penalty in mode.waits:
        rule, at_node = {penalty.tag: penalty.values}, np.zeros(len(nodes))
        at_node[_carries(nodes, rule)] = penalty.amount
        along = _carries(edges, rule)
        wait = np.where(_tag(edges, "oneway") == "yes", penalty.amount / 2, penalty.amount)
        for end in ends:
            np.maximum.at(at_node, end[along], wait[along])
        total += np.where(along, 0.0, sum(at_node[end] for end in ends) / 2)
    return total


def _posted_kph(edges: pd.DataFrame) -> npt.NDArray[np.float64]:
    """The posted limit in km/h; NaN where there is none, or none that is a number (`CN:urban`, `signals`)."""
    said = _tag(edges, "maxspeed").astype(str).str.extract(r"^\s*(\d+(?:\.\d+)?)\s*(mph|km/h|kph)?\s*$")
    limit = said[0].astype(float).to_numpy() * np.where(said[1] == "mph", MPH, 1.0)
    return np.where(limit > 0, limit, np.nan)


def _tag(edges: pd.DataFrame, tag: str) -> pd.Series:
    if tag not in edges.columns:
        return pd.Series("", index=edges.index, dtype=object)
    return edges[tag].astype(object).where(edges[tag].notna(), "")


def _carries(edges: pd.DataFrame, rules: Any) -> npt.NDArray[np.bool_]:
    carried = np.zeros(len(edges), dtype=bool)
    for tag in sorted(set(rules) & set(edges.columns)):
        given = _tag(edges, tag)
        wanted = [value for value in given.unique() if rules[tag] & set(str(value).split(";"))]
        carried |= given.isin(wanted).to_numpy()
    return carried
