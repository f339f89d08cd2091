"""Floating catchments: geoplan against PySAL access on random pairs."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from access import Access, weights

from bench.table import Row, race
from geoplan import CostMatrix, decay, measure_access

SEED = 20260101
ZONES = {10.0: 1.0, 20.0: 0.68, 30.0: 0.22}  # minutes and weights of Luo & Qi 2009


@dataclass(frozen=True, eq=False)
class Town:
    """People, places, and the pairs between them with minutes up to 30."""

    people: pd.DataFrame
    places: pd.DataFrame
    pairs: pd.DataFrame


def catchments() -> Iterator[Row]:
    """2SFCA of 400 thousand pairs, and E2SFCA of five million."""
    yield from _against_access("2SFCA", _town(20_000, 500, 20), None)
    yield from _against_access("E2SFCA", _town(100_000, 2_000, 50), ZONES)


def _town(demand: int, supply: int, each: int) -> Town:
    random = np.random.default_rng(SEED)
    first = random.integers(0, supply, demand)
    step = random.choice(supply, each, replace=False)
    place = (first[:, None] + step) % supply  # each demand point reaches `each` different places
    pairs = pd.DataFrame({"origin": np.repeat(np.arange(demand), each), "dest": place.ravel()})
    pairs["cost"] = random.uniform(0, 30, len(pairs))
    people = pd.DataFrame({"id": np.arange(demand), "people": random.integers(1, 200, demand).astype(float)})
    places = pd.DataFrame({"id": np.arange(supply), "places": random.integers(10, 90, supply).astype(float)})
    return Town(people, places, pairs)


def _peer(town: Town, zones: dict[float, float] | None) -> pd.Series:
    """What PySAL access computes from its tables."""
    demand = {"demand_df": town.people, "demand_index": "id", "demand_value": "people"}
    supply = {"supply_df": town.places, "supply_index": "id", "supply_value": "places"}
    cost = {"cost_df": town.pairs, "cost_origin": "origin", "cost_dest": "dest", "cost_name": "cost"}
    access = Access(**demand, **supply, **cost)
    if zones is None:
        return access.two_stage_fca(name="x", cost="cost", max_cost=30)["x_places"]
    return access.enhanced_two_stage_fca(name="x", cost="cost", weight_fn=weights.step_fn(zones))["x_places"]


def _matrix(town: Town) -> CostMatrix:
    given = town.people["id"], town.places["id"], town.pairs["origin"], town.pairs["dest"], town.pairs["cost"]
    return CostMatrix.from_arrays(*(np.asarray(g) for g in given), unit="", limit=30)


def _against_access(job: str, town: Town, zones: dict[float, float] | None) -> Iterator[Row]:
    """The first time, with the matrix from the pairs, and again on the same matrix."""
    home = town.people.set_index(town.people["id"].astype(str)).drop(columns="id")
    care = town.places.set_index(town.places["id"].astype(str)).drop(columns="id")
    curve = None if zones is None else decay.stepped([*zones.items()])
    measure = partial(measure_access, reach=30, decay=curve, weight="people")
    kept = _matrix(town)

    contenders: dict[str, Any] = {
        "PySAL access": partial(_peer, town, zones),
        "matrix and measure": lambda: measure(_matrix(town), home, care, "two_step_fca"),
        "first": lambda: measure(copy.copy(kept), home, care, "two_step_fca"),  # a copy remembers nothing
        "again": lambda: measure(kept, home, care, "two_step_fca"),
    }
    result = race(contenders)
    theirs_s, theirs = result.pop("PySAL access")
    size = f"{len(home):,} × {len(care):,}, {len(town.pairs):,} pairs"
    for name, (seconds, values) in result.items():
        same = np.allclose(values.to_numpy(), theirs.reindex(town.people["id"]).to_numpy(), rtol=1e-9, atol=0)
        yield Row(f"{job}, {name}", size, "PySAL access", theirs_s, seconds, same)
