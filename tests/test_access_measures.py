"""Measures of access against arithmetic, a published example and an independent implementation."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.access import decay
from geoplan.access._weights import conserved
from geoplan.access.measure import measure_access
from geoplan.access.measures import (
    balanced_fca,
    coverage,
    cumulative,
    gravity,
    nearest,
    spatial_availability,
    three_step_fca,
    two_step_fca,
)
from geoplan.errors import CheckFailed, InputError, UsageError
from geoplan.network.cost import CostMatrix
from geoplan.plugins import find
from geoplan.study import numbers
from geoplan.study.line import compute
from geoplan.study.scenarios import load_study
from tests import town

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


@pytest.mark.skipif(not BHO.exists(), reason="the published example of Belo Horizonte is not beside the checkout")
def test_balanced_fca_equals_the_published_five_cells() -> None:
    """The balanced measure of the same cells, to 4 decimals."""
    times = pd.read_csv(BHO / "travel_time_5.csv").set_axis(["demand_id", "place_id", "cost"], axis=1)
    land = pd.read_csv(BHO / "land_use_5.csv").set_index("id")
    expected = pd.read_csv(BHO / "expected.csv").set_index("id")["bfca_jobs"]
    cost = CostMatrix.from_pairs(times, demand_ids=land.index, place_ids=land.index)
    found = balanced_fca.measure(cost, land["population"], land["jobs"], reach=45)
    assert found.round(4).loc[expected.index].tolist() == expected.tolist()


def test_spatial_availability_equals_the_published_example() -> None:
    """Three centres and three employers as in Soukhov et al. 2023, to whole jobs as the R package accessibility asserts them."""
    minutes = pd.DataFrame([[15, 30, 100], [30, 15, 100], [100, 100, 15]], list("ABC"), list("123"))
    people, jobs = pd.Series([50_000, 150_000, 10_000], list("ABC")), pd.Series([100_000, 100_000, 10_000], list("123"))
    found = spatial_availability.measure(CostMatrix.from_dense(minutes), people, jobs, decay=decay.exponential(0.1))
    assert found.round().to_dict() == {"A": 66_833, "B": 133_203, "C": 9_963}


CURVES_FOR_ALL = [decay.gaussian(60), decay.stepped([(20, 1.0), (60, 0.4)]), decay.exponential(0.05)]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("curve", CURVES_FOR_ALL, ids=repr)
def test_each_measure_equals_its_formula_written_out(seed: int, curve: decay.Decay) -> None:
    """Dense loops over demand points and places, as the papers write them, give the same."""
    cost, people, places = random_instance(seed)
    pairs = cost.within(60).to_frame().pivot_table(index="demand_id", columns="place_id", values="cost")
    dense = pairs.reindex(index=people.index, columns=places.index).to_numpy()
    f = np.where(np.isnan(dense), 0.0, curve(np.nan_to_num(dense)))
    p, s = people.to_numpy(), places.to_numpy()
    n, m = f.shape
    points, sites = range(n), [j for j in range(m) if s[j] > 0]
    sent = [sum(f[i, j] for j in sites) for i in points]  # what a point can reach, all its places together
    heard = [sum(f[i, j] for i in points) for j in range(m)]
    two = {j: s[j] / load for j in sites if (load := sum(f[k, j] * p[k] for k in points)) > 0}
    g = {(i, j): f[i, j] / sent[i] if sent[i] else 0.0 for i in points for j in sites}
    three = {j: s[j] / load for j in sites if (load := sum(g[k, j] * f[k, j] * p[k] for k in points)) > 0}
    balanced = {j: s[j] / load for j in sites if (load := sum(g[k, j] * p[k] for k in points)) > 0}
    expected = {
        "cumulative": [sum(f[i, j] * s[j] for j in sites) for i in points],
        "gravity": [sum(f[i, j] * s[j] for j in sites) for i in points],
        "two_step_fca": [sum(f[i, j] * r for j, r in two.items()) for i in points],
        "three_step_fca": [sum(g[i, j] * f[i, j] * r for j, r in three.items()) for i in points],
        "balanced_fca": [sum(f[i, j] / heard[j] * r for j, r in balanced.items()) for i in points],
        "spatial_availability": [p[i] * sum(f[i, j] * r for j, r in two.items()) for i in points],
    }
    for name, values in expected.items():
        found = find("measures", name)(cost, people, places, reach=60, decay=curve)
        assert np.allclose(found, values, rtol=1e-12), name


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # of PySAL access 1.1 under pandas 3.1
@pytest.mark.parametrize("seed", range(5))
def test_three_step_fca_equals_pysal(seed: int) -> None:
    """PySAL access gives the same with its step weights, where every place has supply."""
    fca = pytest.importorskip("access.fca", reason="PySAL access is not installed")
    cost, demand, supply = random_instance(seed)
    curve = decay.stepped([(20, 1.0), (40, 0.68), (60, 0.22)])
    theirs = fca.three_stage_fca(
        demand.rename("demand").rename_axis("geoid").to_frame(),
        (supply + 1).rename("supply").rename_axis("geoid").to_frame(),
        cost.within(60).to_frame().set_axis(["origin", "dest", "cost"], axis=1), max_cost=60,
        weight_fn=lambda c: float(curve(c)),
    )  # fmt: skip
    ours = three_step_fca.measure(cost, demand, supply + 1, reach=60, decay=curve)
    assert np.allclose(ours, theirs.reindex(ours.index).fillna(0.0), rtol=1e-12)


def test_balanced_fca_counts_nobody_twice() -> None:
    """8 places for h0 and h1, 16 for h2, h3 and h4: levels of service 8/40 and 16/45, divided among 2 and 3 points."""
    found = balanced_fca.measure(LINE, HOMES, CLINICS, reach=1000)
    assert found.round(9).to_dict() == {
        "h0": 0.1, "h1": 0.1, **dict.fromkeys(("h2", "h3", "h4"), round(16 / 45 / 3, 9)), "h9": 0.0
    }  # fmt: skip


def test_gravity_needs_a_decay_and_cumulative_does_not() -> None:
    """Without a decay gravity would be cumulative, so it refuses; with the same decay the two are equal."""
    with pytest.raises(UsageError, match="gravity needs a decay"):
        gravity.measure(LINE, HOMES, CLINICS)
    curve = decay.linear(2000)
    assert cumulative.measure(LINE, HOMES, CLINICS, reach=3000).tolist() == [24, 24, 24, 24, 16, 0]
    assert (
        gravity.measure(LINE, HOMES, CLINICS, decay=curve) == cumulative.measure(LINE, HOMES, CLINICS, decay=curve)
    ).all()


def test_a_sum_that_is_not_conserved_is_a_fault() -> None:
    """What is shared out is held against what was there, to one part in a thousand million; unknown is never equal."""
    conserved("two_step_fca", np.array([1.0, 2.0 + 1e-10]), np.array([3.0]))
    for stated in (2.9999, np.nan):
        with pytest.raises(CheckFailed, match="two_step_fca"):
            conserved("two_step_fca", np.array([stated]), np.array([3.0]))


@pytest.mark.parametrize("weight", [-0.1, 1.1, float("nan")])
def test_a_decay_of_ones_own_has_to_keep_the_contract(weight: float) -> None:
    """Weights below 0, above 1 or missing are refused by every measure that weighs."""
    for name in ("cumulative", "gravity", "two_step_fca", "three_step_fca", "balanced_fca", "spatial_availability"):
        with pytest.raises(UsageError, match="must lie in"):
            find("measures", name)(LINE, HOMES, CLINICS, decay=lambda c: np.full(c.shape, weight))


def test_weights_too_small_to_count_are_none() -> None:
    """An exponential decay far out gives no access rather than lost digits or an overflow."""
    cost = CostMatrix.from_pairs([("a", "F", 700.0), ("b", "F", 1.0)])
    for module in (two_step_fca, three_step_fca, balanced_fca, spatial_availability):
        found = module.measure(cost, pd.Series({"a": 2.0, "b": 4.0}), pd.Series({"F": 4.0}), decay=decay.exponential(1))
        assert found["a"] == 0
        assert found["b"] > 0


def test_rows_in_another_order_are_joined_by_label() -> None:
    """The same tables in another order give the same values, each in the order of its own table."""
    homes, clinics = HOMES.rename("population").to_frame(), CLINICS.rename("places").to_frame()
    one = measure_access(LINE, homes, clinics, "two_step_fca", reach=1000)
    other = measure_access(LINE, homes.iloc[::-1], clinics.iloc[::-1], "two_step_fca", reach=1000)
    assert other.index.equals(homes.index[::-1])
    assert other.loc[one.index].equals(one)


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


def test_decays_that_weigh_alike_are_equal_and_say_what_they_are() -> None:
    """Equal forms and parameters compare and hash as one; the representation is the call that makes it."""
    for curve in CURVES:
        made = eval(repr(curve), vars(decay))
        assert made == curve
        assert hash(made) == hash(curve)
    assert len({*CURVES, decay.gaussian(401)}) == len(CURVES) + 1


ALL = "access: { measures: [nearest, coverage, cumulative, gravity, two_step_fca, three_step_fca, balanced_fca, spatial_availability], decay: DECAY }\n"


def town_demand(study: Path, access: str) -> pd.DataFrame:
    """The demand table of the town's base with these access settings, as the study computes it."""
    from geoplan.profiles.load import load_service
    from geoplan.study.given import read_given
    from geoplan.study.memo import Memo

    text = study.read_text(encoding="utf-8").replace("plan:\n", f"{access}plan:\n", 1)
    loaded = load_study(study, text)
    scenario = loaded.scenarios["base"]
    service = load_service(scenario.settings.service, scenario.settings.standards)
    given_ = read_given(loaded, scenario, service, Memo())
    return compute(scenario.settings, given_, service, Memo(), lambda _: None).measured.demand


def test_a_study_can_name_every_measure_and_a_decay(town_study: Path) -> None:
    """Each measure gives its column; a Gaussian decay changes the measures that weigh and no other; straight lines reach more."""
    curved = town_demand(town_study, ALL.replace("DECAY", "{ form: gaussian, reach_min: 12 }"))
    plain = town_demand(town_study, ALL.replace("DECAY", "{ form: binary, reach_min: 600 }"))
    for name in ("nearest", "cumulative", "coverage_300", "straight_coverage_300"):
        assert curved[name].equals(plain[name])
    for name in ("gravity", "two_step_fca", "three_step_fca", "balanced_fca", "spatial_availability"):
        assert not curved[name].equals(plain[name])
        assert plain[name].notna().all()
    for column in curved.filter(regex="^coverage_"):
        assert (curved[f"straight_{column}"] >= curved[column]).all()
    assert numbers.SHARED.keys() <= set(curved.columns)


@pytest.mark.parametrize(
    ("curve", "what"),
    [
        ("{ form: gausian, reach_min: 5 }", "gaussian"),
        ("{ form: gaussian }", "gaussian needs exactly reach_min, not nothing"),
        ("{ form: exponential, reach_min: 5 }", "exponential needs exactly half_min, not reach_min"),
        ("{ form: stepped, steps_min: [[5, 1], [5, 0.5]] }", "must be finite, >= 0 and rise"),
        ("{ form: stepped, steps_min: [[5, 0.5], [9, 0.8]] }", "not rise"),
        ("{ form: stepped, steps_min: [] }", "at least one step"),
        ("{ form: gaussian, reach_min: -5 }", "greater than 0"),
        ("~", "gravity needs a decay"),
    ],
)
def test_a_decay_that_the_study_gets_wrong_is_named(curve: str, what: str) -> None:
    """The message says which key the form needs, or which rule its numbers break."""
    text = (
        town.STUDY.replace("LON", "114.5")
        .replace("LAT", "37.0")
        .replace("plan:\n", ALL.replace("DECAY", curve) + "plan:\n", 1)
    )
    with pytest.raises(InputError, match=what):
        load_study("study.yaml", text)


def test_a_decay_that_nothing_uses_is_refused() -> None:
    """A study that sets a decay and measures only distance and coverage would not do what it says."""
    access = "access: { measures: [nearest, coverage], decay: { form: linear, reach_min: 5 } }\nplan:\n"
    text = town.STUDY.replace("LON", "114.5").replace("LAT", "37.0").replace("plan:\n", access, 1)
    with pytest.raises(InputError, match="none of the measures uses one"):
        load_study("study.yaml", text)


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
