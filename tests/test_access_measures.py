"""Measures of access against arithmetic, a published example and an independent implementation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.access import decay
from geoplan.access.equity import gini, share_by_unit
from geoplan.access.measure import measure_access
from geoplan.access.measures import coverage, nearest, two_step_fca
from geoplan.errors import InputError, UsageError
from geoplan.network.cost import CostMatrix

BHO = Path(__file__).parents[1] / "../shared/data/bho_fca"

# People every kilometre on a line, two clinics: at 0 km with 8 places and at 3 km with 16; reach 1 km.
HOMES = pd.Series({"h0": 10.0, "h1": 30.0, "h2": 20.0, "h3": 20.0, "h4": 5.0, "h9": 7.0})
CLINICS = pd.Series({"c0": 8.0, "c3": 16.0})
LINE = CostMatrix.from_dense(
    pd.DataFrame(abs(np.subtract.outer([0, 1, 2, 3, 4, 9], [0, 3])) * 1000.0, HOMES.index, CLINICS.index),
    unit="m", limit=4000,
)  # fmt: skip


def random_instance(seed: int, size: int = 12, places: int = 5) -> tuple[CostMatrix, pd.Series, pd.Series]:
    """A random instance with whole people and places, everyone within 100."""
    rng = np.random.default_rng(seed)
    ids, clinics = [f"d{i:02}" for i in range(size)], [f"f{j}" for j in range(places)]
    cost = CostMatrix.from_dense(pd.DataFrame(rng.uniform(0, 100, (size, places)), ids, clinics))
    return cost, pd.Series(rng.integers(1, 50, size) * 1.0, ids), pd.Series(rng.integers(0, 9, places) * 1.0, clinics)


def test_on_a_line_two_step_fca_follows_from_arithmetic() -> None:
    """8 places for 40 people in the west, 16 for 45 in the east; who is at 9 km has nothing."""
    found = two_step_fca.measure(LINE, HOMES, CLINICS, reach=1000)
    assert found.to_dict() == {"h0": 0.2, "h1": 0.2, "h2": 16 / 45, "h3": 16 / 45, "h4": 16 / 45, "h9": 0.0}


def test_on_a_line_nearest_and_coverage_follow_from_arithmetic() -> None:
    """Limits are inclusive: 1000 m is within 1000 m and not within 999 m."""
    assert nearest.measure(LINE, HOMES, CLINICS).fillna(-1).tolist() == [0, 1000, 1000, 0, 1000, -1]
    assert coverage.measure(LINE, HOMES, CLINICS, reach=1000).tolist() == [1, 1, 1, 1, 1, 0]
    assert coverage.measure(LINE, HOMES, CLINICS, reach=999).tolist() == [1, 0, 0, 1, 0, 0]


def test_a_decay_weighs_people_and_places_alike() -> None:
    """With weight ½ at 1 km, c0 counts 10 + 15 people, so h0 has 8/25 and h1 half of it."""
    found = two_step_fca.measure(LINE, HOMES, CLINICS, reach=1000, decay=decay.stepped([(999, 1.0), (1000, 0.5)]))
    assert found["h0"] == pytest.approx(8 / 25)
    assert found["h1"] == pytest.approx(4 / 25)


@pytest.mark.skipif(not BHO.exists(), reason="the published example of Belo Horizonte is not beside the checkout")
def test_two_step_fca_equals_the_published_five_cells() -> None:
    """Jobs in Belo Horizonte within 45 minutes, as the R package accessibility publishes them, to 4 decimals."""
    times = pd.read_csv(BHO / "travel_time_5.csv").set_axis(["demand_id", "place_id", "cost"], axis=1)
    land = pd.read_csv(BHO / "land_use_5.csv").set_index("id")
    expected = pd.read_csv(BHO / "expected.csv").set_index("id")["2sfca_jobs"]
    cost = CostMatrix.from_pairs(times, demand_ids=land.index, place_ids=land.index)
    found = two_step_fca.measure(cost, land["population"], land["jobs"], reach=45)
    assert found.round(4).loc[expected.index].tolist() == expected.tolist()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    "curve", [None, decay.gaussian(60), decay.stepped([(20, 1.0), (60, 0.4)])], ids=["none", "gaussian", "stepped"]
)
def test_two_step_fca_equals_pysal(seed: int, curve: decay.Decay | None) -> None:
    """PySAL access gives the same on random instances, with and without a decay."""
    fca = pytest.importorskip("access.fca", reason="PySAL access is not installed")
    cost, demand, supply = random_instance(seed)
    theirs = fca.two_stage_fca(
        demand.rename("demand").rename_axis("geoid").to_frame(), supply.rename("supply").rename_axis("geoid").to_frame(),
        cost.to_frame().set_axis(["origin", "dest", "cost"], axis=1), max_cost=60, weight_fn=curve,
    )  # fmt: skip
    ours = two_step_fca.measure(cost, demand, supply, reach=60, decay=curve)
    assert np.allclose(ours, theirs.reindex(ours.index).fillna(0.0), rtol=1e-12)


@given(st.integers(0, 10_000), st.floats(1, 100))
@settings(deadline=None, max_examples=60)
def test_two_step_fca_shares_out_what_anyone_reaches(seed: int, reach: float) -> None:
    """People × access adds up to the places that anyone reaches; twice the supply gives twice the access."""
    cost, demand, supply = random_instance(seed)
    access = two_step_fca.measure(cost, demand, supply, reach=reach)
    reached = cost.within(reach).to_frame()["place_id"].unique()
    assert (demand * access).sum() == pytest.approx(supply[reached].sum(), rel=1e-9)
    assert np.allclose(two_step_fca.measure(cost, demand, 2 * supply, reach=reach), 2 * access)
    assert np.allclose(two_step_fca.measure(cost, 2 * demand, supply, reach=reach), access / 2)


@given(st.integers(0, 10_000))
@settings(deadline=None, max_examples=60)
def test_a_further_facility_never_makes_anyone_go_farther(seed: int) -> None:
    """With one place more, nobody's nearest is dearer and nobody loses coverage."""
    cost, demand, supply = random_instance(seed)
    fewer = cost.select(supply.index[:-1])
    less = nearest.measure(fewer, demand, supply, reach=50).fillna(np.inf)
    assert (nearest.measure(cost, demand, supply, reach=50).fillna(np.inf) <= less).all()
    assert (coverage.measure(cost, demand, supply, reach=50) >= coverage.measure(fewer, demand, supply, reach=50)).all()


@given(st.integers(0, 10_000), st.floats(0, 100), st.floats(0, 100))
@settings(deadline=None, max_examples=60)
def test_coverage_grows_with_reach_and_agrees_with_nearest(seed: int, one: float, other: float) -> None:
    """Who is covered at a reach is covered at any larger one, and is who has a nearest place within it."""
    cost, demand, supply = random_instance(seed)
    small, large = sorted((one, other))
    within = coverage.measure(cost, demand, supply, reach=small)
    assert (within <= coverage.measure(cost, demand, supply, reach=large)).all()
    assert ((nearest.measure(cost, demand, supply) <= small) == (within == 1)).all()


def test_supply_is_the_sum_of_bands_that_count() -> None:
    """Without a column places the bands are summed, and a facility that does not count has no supply."""
    homes = HOMES.rename("population").to_frame()
    clinics = pd.DataFrame({"places_m06_12": [3, 6], "places_m24_36": [5, 10]}, index=CLINICS.index)
    one = measure_access(LINE, homes, clinics, "two_step_fca", reach=1000)
    assert one["h0"] == 0.2
    other = measure_access(LINE, homes, clinics.assign(counted=[False, True]), "two_step_fca", reach=1000)
    assert (other["h0"], other["h3"]) == (0.0, one["h3"])


def test_labels_that_differ_are_refused_and_named() -> None:
    """A table of other ids, or of numbers that look like them, never joins in silence."""
    homes, clinics = HOMES.rename("population").to_frame(), CLINICS.rename("places").to_frame()
    with pytest.raises(InputError, match="h9"):
        measure_access(LINE, homes.drop("h9"), clinics, "nearest")
    with pytest.raises(InputError, match="GP-M001 facilities"):
        measure_access(LINE, homes, clinics.set_axis([0, 3]), "nearest")
    with pytest.raises(UsageError, match="did you mean nearest"):
        measure_access(LINE, homes, clinics, "neerest")


def test_all_problems_of_a_call_are_shown_at_once() -> None:
    """Labels, a missing column, a missing number and a reach beyond the limit give one error with four findings."""
    clinics = CLINICS.rename("places").to_frame().replace(8.0, np.nan)
    with pytest.raises(InputError) as caught:
        measure_access(LINE, HOMES.rename("people").to_frame().drop("h9"), clinics, "nearest", reach=5000)
    assert [f.code for f in caught.value.findings] == ["GP-M001", "GP-M002", "GP-M004", "GP-M003"]


CURVES = [decay.binary(400), decay.linear(400), decay.gaussian(400), decay.exponential(0.01),
          decay.stepped([(100, 0.9), (400, 0.2)])]  # fmt: skip


@pytest.mark.parametrize("curve", CURVES, ids=["binary", "linear", "gaussian", "exponential", "stepped"])
@given(costs=st.lists(st.floats(0, 1e6), max_size=9))
@settings(deadline=None, max_examples=60)
def test_a_decay_stays_in_its_range_and_never_rises(curve: decay.Decay, costs: list[float]) -> None:
    """Weights lie in [0, 1], have the shape of the costs and do not rise with them."""
    weights = curve(np.sort(np.array(costs, float)))
    assert weights.shape == (len(costs),)
    assert ((weights >= 0) & (weights <= 1)).all()
    assert (np.diff(weights) <= 0).all()


def test_a_decay_that_makes_no_sense_is_refused_when_it_is_made() -> None:
    """Parameters are checked by the factory, before any cost is seen."""
    for factory in (decay.linear, decay.gaussian):
        for bad in (0, -1, float("nan"), float("inf")):
            with pytest.raises(UsageError):
                factory(bad)
    for factory in (decay.binary, decay.exponential):
        for bad in (-1, float("nan"), float("inf")):
            with pytest.raises(UsageError):
                factory(bad)
    for steps in (
        [],
        [(300, 0.5), (300, 0.4)],
        [(300, 0.5), (500, 0.6)],
        [(300, 1.2)],
        [(-1, 0.5)],
        [(float("nan"), 0.5)],
    ):
        with pytest.raises(UsageError):
            decay.stepped(steps)


def test_e2sfca_with_all_weights_one_is_2sfca() -> None:
    """A stepped decay of weight 1 up to the reach changes nothing."""
    cost, demand, supply = random_instance(3)
    plain = two_step_fca.measure(cost, demand, supply, reach=50)
    assert two_step_fca.measure(cost, demand, supply, decay=decay.stepped([(50, 1.0)])).equals(plain)


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), min_size=1, max_size=9), st.integers(1, 9))
def test_gini_is_between_0_and_1_and_does_not_see_scale(rows: list[tuple[int, int]], factor: int) -> None:
    """Gini lies in [0, 1], does not change with scale, is 0 when all have the same, and equals the mean difference."""
    values, people = pd.Series([float(v) for v, _ in rows]), pd.Series([float(w) for _, w in rows])
    if values.sum() == 0:
        assert np.isnan(gini(values, people))
        return
    found = gini(values, people)
    assert 0 <= found <= 1
    assert gini(factor * values, people) == pytest.approx(found)
    assert gini(values * 0 + factor, people) == pytest.approx(0, abs=1e-12)
    each = np.repeat(values, people.astype(int))
    difference = abs(np.subtract.outer(each.to_numpy(), each.to_numpy())).mean() / (2 * each.mean())
    assert found == pytest.approx(difference)


def test_a_share_by_unit_leaves_out_who_is_in_no_unit() -> None:
    """Shares weigh by people; a unit without people has no share; labels that differ are refused."""
    ids = list("abcd")
    flag, people = pd.Series([1, 0, 1, 1], ids), pd.Series([30, 10, 0, 99], ids)
    unit = pd.Series(["V", "V", "U", None], ids)
    found = share_by_unit(flag, people, unit)
    assert found.index.tolist() == ["U", "V"]
    assert np.isnan(found["U"])
    assert found["V"] == 0.75
    with pytest.raises(UsageError, match="labels differ"):
        share_by_unit(flag, people, unit.drop("a"))
