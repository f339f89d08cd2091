"""The way along the streets is never shorter than the straight line: what every table of travel costs is held against."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from geoplan.errors import CheckFailed
from geoplan.network._search import Pairs
from geoplan.network.graph import SCALE
from geoplan.network.snap import Joined

BLOCK = 1 << 19  # pairs that are looked at together
SHARE = 1e-3  # what rounding each street of a way to whole thousandths may take off it
Floats = npt.NDArray[np.float64]


def check_ways(home: Joined, place: Joined, found: Pairs) -> None:
    """Raise `CheckFailed` if a way costs less than the straight line between where its ends join, at the cheapest metre of all streets.

    That metre costs a metre (or more, where streets are as long as they are drawn) if the network counts metres, and the time
    of the quickest street if it counts seconds. A unit that slipped, or a search that skipped a street, breaks it.
    """
    metre, drawn_apart = home.network.cheapest_metre
    slack = SCALE + 2 * metre * drawn_apart  # a metre or second, and lines that do not quite end where they meet
    (at, around, way), (there, width, last) = _stand(home), _stand(place)
    own = np.repeat(np.arange(len(place.ids)), np.diff(found.start))
    for k in range(0, len(own), BLOCK):
        d, p = found.target[k : k + BLOCK], own[k : k + BLOCK]
        straight = np.hypot(*(at[d] - there[p]).T) - around[d] - width[p]
        along = found.cost[k : k + BLOCK] - way[d] - last[p]
        short = along < metre * straight * (1 - SHARE) - slack
        if short.any():
            i = int(np.argmax(short))
            ends = f"from {home.ids[d[i]]} to {place.ids[p[i]]}"
            line = f"{along[i] / SCALE:.3f} {home.network.unit} along the streets for {straight[i]:.1f} m in a straight line"
            raise CheckFailed(f"travel cost {ends}: {line}, where no metre costs less than {metre / SCALE:.6f}")


def _stand(rows: Joined) -> tuple[Floats, Floats, Floats]:
    """Of each row the middle of where its entrances join, how far they lie around it, and the cheapest way to a street."""
    use, count = rows.at.joined, len(rows.ids)
    row, xy = rows.row[use], rows.at.xy[use]
    number = np.maximum(np.bincount(row, minlength=count), 1)
    middle = np.column_stack([np.bincount(row, xy[:, axis], count) / number for axis in (0, 1)])
    around, way = np.zeros(count), np.full(count, np.inf)
    np.maximum.at(around, row, np.hypot(*(xy - middle[row]).T))
    np.minimum.at(way, row, rows.network.connector(rows.at.distance_m[use]).astype(float))
    return middle, around, way
