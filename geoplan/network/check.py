"""The way along the streets is never shorter than the straight line: what every table of travel costs is held against."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geoplan.errors import CheckFailed
from geoplan.network._search import Pairs
from geoplan.network.graph import SCALE
from geoplan.network.snap import Joined

BLOCK = 1 << 15  # pairs that are looked at together: they stay in the cache
SHARE = 1e-3  # what rounding each street of a way to whole thousandths may take off it
Floats = npt.NDArray[np.float64]


def check_ways(home: Joined, place: Joined, found: Pairs) -> None:
    """Raise `CheckFailed` if a way costs less than the straight line between where its ends join, at the cheapest metre of all streets.

    That metre costs a metre (or more, where streets are as long as they are drawn) if the network counts metres, and the time
    of the quickest street if it counts seconds. A unit that slipped, or a search that skipped a street, breaks it.
    """
    metre, drawn_apart = home.network.cheapest_metre
    metre *= 1 - SHARE
    slack = SCALE + 2 * metre * drawn_apart  # a metre or second, and lines that do not quite end where they meet
    (x, y, off), (there_x, there_y, last) = _stand(home, metre), _stand(place, metre)
    own = np.repeat(np.arange(len(place.ids), dtype=np.int32), np.diff(found.start))
    for k in range(0, len(own), BLOCK):
        d, p, cost = found.target[k : k + BLOCK], own[k : k + BLOCK], found.cost[k : k + BLOCK]
        room = cost + off[d] + (last[p] + slack)
        apart = (x[d] - there_x[p]) ** 2 + (y[d] - there_y[p]) ** 2
        if (short := (room < 0) | (room * room < metre * metre * apart)).any():
            i = int(np.argmax(short))
            ends = f"from {home.ids[int(d[i])]} to {place.ids[int(p[i])]}"
            line = f"{cost[i] / SCALE:.3f} {home.network.unit} for {apart[i] ** 0.5:.1f} m in a straight line"
            raise CheckFailed(f"travel cost {ends}: {line}, where no metre costs less than {metre / SCALE:.6f}")


def _stand(rows: Joined, metre: float) -> tuple[Floats, Floats, Floats]:
    """Of each row the middle of where its entrances join, and what may be missing to the straight line from there.

    That is the way around the middle to the farthest entrance, less the cheapest way to a street, which is in the cost already.
    """
    use, count = rows.at.joined, len(rows.ids)
    row, xy = rows.row[use], rows.at.xy[use]
    number = np.maximum(np.bincount(row, minlength=count), 1)
    x, y = (np.bincount(row, xy[:, axis], count) / number for axis in (0, 1))
    around, way = np.zeros(count), np.full(count, np.inf)
    np.maximum.at(around, row, np.hypot(xy[:, 0] - x[row], xy[:, 1] - y[row]))
    np.minimum.at(way, row, rows.network.connector(rows.at.distance_m[use]).astype(float))
    return x, y, metre * around - way
