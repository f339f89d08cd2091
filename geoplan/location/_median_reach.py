"""A choice of places that leaves no point out, or the proof that there is none: needed only where places are scarce."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from geoplan.errors import ResourceError
from geoplan.location._graph import Ints
from geoplan.location._highs import Model, maximise
from geoplan.location._median import Medians
from geoplan.location._watch import Watch

AT_ONCE = 400  # points that are added to the model at a time


def surely_none(medians: Medians) -> bool:
    """Whether counting alone shows that no plan keeps the rules: too few sites, or a point with too few places in reach."""
    free = len(np.unique(medians.site[medians.movable]))
    return free < medians.p or bool((np.diff(medians.points[0]) < medians.k).any())


def reaching(medians: Medians, watch: Watch) -> Ints | None:
    """Places, `p` beside the fixed, that reach every point k times; None if it is proven that there are none.

    A set cover over few points, to which those that its answer leaves out are added, until none is left out or the few
    cannot be reached already. Raises `ResourceError` if the time runs out.
    """
    start, place, _, _, _ = medians.points
    shape = (len(start) - 1, len(medians.movable))
    reach = sparse.csr_matrix((np.ones(len(place)), place, start), shape=shape)
    short = medians.k - reach @ (~medians.movable).astype(float)
    order = np.argsort(np.diff(start), kind="stable")
    used = order[short[order] > 0][:AT_ONCE]
    while watch.going:
        answer = maximise(
            _cover(medians, reach[used], short[used]), gap=0, absolute=0, time_limit_s=watch.left(), watch=watch
        )
        if answer.ended == "infeasible":
            return None
        if answer.x is None:
            break
        is_open = answer.x > 0.5
        missed = order[(reach @ is_open.astype(float) < short)[order]]
        if not len(missed):
            return np.flatnonzero(is_open)
        used = np.concatenate((used, missed[:AT_ONCE]))
    raise ResourceError(
        "no plan was found in the time given, nor a proof that there is none: give more time, more reach, or a larger p"
    )


def _cover(medians: Medians, reach: Any, short: Any) -> Model:
    """Open `p` movable places, at most one a site, so that each of these points has as many in reach as it is short of."""
    places = len(medians.movable)
    ones, number = np.ones(places), np.arange(places)
    of_site = sparse.csr_matrix((ones, (medians.site, number)), shape=(medians.sites, places))
    return Model(
        value=np.zeros(places),
        matrix=sparse.vstack((reach, of_site, sparse.csr_matrix(ones))).tocsr(),
        lower=np.concatenate((short, np.zeros(medians.sites), [medians.p])),
        upper=np.concatenate((np.full(len(short), np.inf), np.ones(medians.sites), [medians.p])),
        least=np.zeros(places),
        most=medians.movable.astype(float),
        whole=np.ones(places, bool),
    )
