"""The loops of the bound without numba: equal to the compiled ones, to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.location import _kernels, _plain
from geoplan.location.models.programme import solve
from geoplan.network import _kernel
from tests.location_problems import plane

SEEDS = st.integers(0, 10_000)


def runs(random: np.random.Generator, rows: int, members: int) -> tuple[np.ndarray, np.ndarray]:
    """Lists of different members, some of them empty, as start and members."""
    lists = [random.choice(members, random.integers(0, members + 1), replace=False) for _ in range(rows)]
    return np.concatenate(([0], np.cumsum([len(x) for x in lists]))).astype(np.int64), np.concatenate(lists).astype(
        np.int64
    )


@given(SEEDS)
@settings(deadline=None, max_examples=60)
def test_cheapest_pools_are_equal(seed: int) -> None:
    """Sending demand to its cheapest pool gives the same sum and load in both forms."""
    random = np.random.default_rng(seed)
    start, pool = runs(random, 12, 6)
    wanted, price = random.integers(1, 5000, 12), random.choice([0.0, 0.1, 0.3, 0.7, 1.0, 1 / 3], 6)
    loads = np.zeros(6), np.zeros(6)
    sums = [
        form.cheapest(start, pool, wanted, price, load) for form, load in zip((_kernels, _plain), loads, strict=True)
    ]
    assert sums[0] == sums[1]
    assert np.array_equal(*loads)


@given(SEEDS, st.floats(0, 30))
@settings(deadline=None, max_examples=60)
def test_relaxed_knapsacks_are_equal(seed: int, budget: float) -> None:
    """The bound over a budget, its multiplier and the shares are the same in both forms."""
    random = np.random.default_rng(seed)
    site = np.concatenate((np.arange(5), random.integers(0, 5, 7)))
    random.shuffle(site)
    value, cost = random.random(12).round(1) * 9, random.choice([0.0, 1.0, 2.5, 7.0], 12)
    shares = np.zeros(12), np.zeros(12)
    found = [
        f.relaxed_knapsack(value, cost, site, 5, budget, s) for f, s in zip((_kernels, _plain), shares, strict=True)
    ]
    assert found[0] == found[1]
    assert np.array_equal(*shares)


@given(SEEDS)
@settings(deadline=None, max_examples=60)
def test_packing_is_equal(seed: int) -> None:
    """Filling pools by profit gives the same values, order and load in both forms, round after round."""
    random = np.random.default_rng(seed)
    start, order = runs(random, 6, 15)
    sets = np.stack((np.sort(random.integers(0, 6, 8)), random.integers(1, 9000, 8)), axis=1)
    wanted, key = random.integers(1, 4000, 15), np.zeros(16)
    orders, values, loads = (order.copy(), order.copy()), (np.zeros(8), np.zeros(8)), (np.zeros(15), np.zeros(15))
    for _ in range(3):
        profit, share = random.random(15).round(1) - 0.2, random.random(8).round(1)
        for form, at, value, load in zip((_kernels, _plain), orders, values, loads, strict=True):
            form.pack(start, at, wanted, profit, sets, key, value)
            load[:] = 0
            form.unpack(start, at, wanted, profit, sets, share, load)
        assert np.array_equal(*values)
        assert np.array_equal(*loads)


@pytest.mark.parametrize("seed", range(6))
def test_the_programme_is_the_same_without_numba(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The plan, its bound and its assignment do not depend on whether numba is there."""
    problem = plane(seed)
    compiled = solve(problem, gap=0.01)
    monkeypatch.setattr(_kernel, "numba", None)
    plain = solve(problem, gap=0.01)
    assert (plain.sites, plain.objective, plain.bound, plain.status) == (
        compiled.sites,
        compiled.objective,
        compiled.bound,
        compiled.status,
    )
    assert plain.assignment.equals(compiled.assignment)
