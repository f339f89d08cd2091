"""Which streets a mode may use, how fast and in which direction: the mode's rules laid over a table of edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.profiles.mode import Mode


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
    may_pass = ~_carries(edges, mode.barred) | _carries(edges, mode.admitted)
    return np.where(may_pass, speed, 0.0)


def directions(edges: pd.DataFrame, mode: Mode) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Whether each edge may be passed from u to v, and from v to u. `oneway` is yes, no or missing (then no)."""
    both = np.ones(len(edges), dtype=bool)
    return both, (~(_tag(edges, "oneway") == "yes").to_numpy() if mode.oneway else both)


def _tag(edges: pd.DataFrame, tag: str) -> pd.Series:
    if tag not in edges.columns:
        return pd.Series("", index=edges.index, dtype=object)
    return edges[tag].astype(object).where(edges[tag].notna(), "")


def _carries(edges: pd.DataFrame, rules: Any) -> npt.NDArray[np.bool_]:
    carried = np.zeros(len(edges), dtype=bool)
    for tag in sorted(set(rules) & set(edges.columns)):
        carried |= _tag(edges, tag).isin(rules[tag]).to_numpy()
    return carried
