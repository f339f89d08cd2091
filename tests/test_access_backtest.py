"""The back-test: what it estimates again, what it says of a forecast, and how full facilities are treated."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.access import huff
from geoplan.access._huff_fit import poisson_deviance
from geoplan.access.backtest import backtest
from geoplan.access.backtest_result import BackTest, accuracy
from geoplan.errors import CheckFailed, InputError, UsageError
from geoplan.network.cost import CostMatrix

SIDE, LIMIT = 4000.0, 1500.0


@dataclasses.dataclass(frozen=True, eq=False)
class World:
    """A square of demand points and facilities, by straight line up to a limit."""

    cost: CostMatrix
    people: pd.Series
    places: pd.Series

    def enrolment(self, uptake: float, half: float, form: str = "exponential", room: float = 1e6) -> pd.Series:
        """What the model expects, if every facility takes `room` times its places."""
        people, places = self.people.to_numpy()[:, None], self.places.to_numpy()[:, None]
        market = huff.market(self.cost, people, places, places * room)
        return pd.Series(huff.choose(market, market.weights(form, half), uptake).taken, self.places.index)


def world(seed: int, points: int = 200, facilities: int = 25) -> World:
    """A world of a seed: 20 to 200 people a point, 10 to 60 places a facility."""
    random = np.random.default_rng(seed)
    at, there = random.random((points, 2)) * SIDE, random.random((facilities, 2)) * SIDE
    metres = np.hypot(*(at[:, None] - there[None]).transpose(2, 0, 1))
    names = [f"a{i}" for i in range(points)], [f"F{j}" for j in range(facilities)]
    frame = pd.DataFrame(np.where(metres <= LIMIT, metres, np.nan), index=names[0], columns=names[1])
    people = pd.Series(random.integers(20, 200, points).astype(float), names[0])
    places = pd.Series(random.integers(10, 60, facilities).astype(float), names[1])
    return World(CostMatrix.from_dense(frame, unit="m", limit=LIMIT), people, places)


def one_by_one(here: World, uptake: float, half: float, seed: int) -> pd.Series:
    """Children who come one after the other in random order, each choosing at random among the facilities with a place left."""
    random = np.random.default_rng(seed)
    pairs = here.cost.to_frame()
    weight = np.exp2(-pairs["cost"] / half) * pairs["place_id"].map(here.places)
    reach = {i: (g["place_id"].to_numpy(), weight[g.index].to_numpy()) for i, g in pairs.groupby("demand_id")}
    going = [i for i in reach for _ in range(random.poisson(uptake * here.people[i]))]
    random.shuffle(going)
    taken = dict.fromkeys(here.places.index, 0.0)
    for i in going:
        ids, pull = reach[i]
        pull = pull * [taken[j] + 1 <= here.places[j] for j in ids]
        if pull.sum() > 0:
            taken[random.choice(ids, p=pull / pull.sum())] += 1
    return pd.Series(taken)


def run(here: World, enrolled: pd.Series, **more: object) -> BackTest:
    """The back-test of a world."""
    return backtest(enrolled, here.people, here.cost, here.places, **more)  # type: ignore[arg-type]


def codes(test: BackTest) -> dict[str, int]:
    """The findings by code, with their counts."""
    return {f.code: f.count for f in test.findings}


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 99), st.floats(0.01, 0.06), st.floats(300, 900), st.sampled_from(["exponential", "gaussian"]))
def test_what_made_the_enrolment_is_found_again(seed: int, uptake: float, half: float, form: str) -> None:
    """Without chance and with places enough, uptake, half cost and form are those that the numbers were made from."""
    here = world(seed, 60, 10)
    ample = dataclasses.replace(here, places=here.places * 100)
    test = run(ample, ample.enrolment(uptake, half, form))
    assert test.uptake == pytest.approx(uptake, rel=1e-4)
    assert test.half_cost == pytest.approx(half, rel=1e-2)
    assert (test.decay_form, test.unit, test.deviance < 1e-3) == (form, "m", True)


@pytest.mark.parametrize("seed", range(4))
def test_full_facilities_do_not_hide_what_made_the_enrolment(seed: int) -> None:
    """Without chance, and with some facilities full and others not, uptake and half cost are found again."""
    here = world(seed)
    enrolled = here.enrolment(0.04, 400.0, room=1.0)
    full = enrolled >= here.places - 0.5
    assert 2 <= full.sum() < len(full)
    test = run(here, enrolled, forms=["exponential"])
    assert test.uptake == pytest.approx(0.04, rel=0.01)
    assert test.half_cost == pytest.approx(400.0, rel=0.02)
    assert codes(test)["GP-B013"] == full.sum()


@pytest.mark.parametrize("seed", range(3))
def test_children_who_came_by_chance_are_described_within_sampling_error(seed: int) -> None:
    """Poisson enrolment of some 9,000 children gives the uptake within four standard errors, and the half cost nearly."""
    here = world(seed)
    ample = dataclasses.replace(here, places=here.places * 100)
    truth = ample.enrolment(0.4, 400.0)
    enrolled = pd.Series(np.random.default_rng(seed).poisson(truth).astype(float), truth.index)
    test = run(ample, enrolled, forms=["exponential"])
    assert test.uptake == pytest.approx(0.4, rel=4 / np.sqrt(enrolled.sum()))
    assert test.half_cost == pytest.approx(400.0, rel=0.25)
    assert test.deviance <= poisson_deviance(enrolled.to_numpy(), truth.to_numpy(), np.ones(len(truth)))


@pytest.mark.parametrize("seed", range(4))
def test_children_who_are_turned_away_one_by_one_are_counted_in_the_uptake(seed: int) -> None:
    """Where children fill places one after the other, the uptake is that of all who came, not of those who found a place."""
    here = world(seed)
    enrolled = one_by_one(here, 0.033, 400.0, seed)
    full = enrolled >= here.places - 0.5
    assert 3 <= full.sum() < len(full)
    test = run(here, enrolled, forms=["exponential"])
    assert test.uptake == pytest.approx(0.033, rel=0.12)
    assert 200 < test.half_cost < 800


@settings(max_examples=6, deadline=None)
@given(st.integers(0, 99), st.floats(0.2, 5.0))
def test_more_enrolment_is_more_uptake_and_the_same_decay(seed: int, factor: float) -> None:
    """If all enrolment, and what limits it, is scaled, the uptake is scaled and nothing else changes."""
    here = world(seed, 60, 10)
    random = np.random.default_rng(seed)
    enrolled = pd.Series(random.poisson(20, 10).astype(float), here.places.index) + 1
    ample = dataclasses.replace(here, places=here.places * 1000)
    one, other = run(ample, enrolled), run(ample, enrolled * factor)
    assert other.uptake == pytest.approx(one.uptake * factor, rel=1e-6)
    if np.isfinite(one.half_cost):
        assert other.half_cost == pytest.approx(one.half_cost, rel=1e-3)
    assert other.expected.to_numpy() == pytest.approx(one.expected.to_numpy() * factor, rel=1e-3)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 99), st.floats(0.0, 1.2))
def test_nobody_is_lost(seed: int, level: float) -> None:
    """Who is expected and who is turned away add up to uptake times those who reach something; no facility is overfull."""
    here = world(seed, 60, 10)
    enrolled = pd.Series(
        np.random.default_rng(seed).binomial(here.places.astype(int), min(level, 1.0)), here.places.index
    )
    test = run(here, enrolled.astype(float))
    assert test.expected.sum() + test.turned_away == pytest.approx(test.uptake * test.reached)
    if not test.lower_bound:
        assert test.expected.sum() == pytest.approx(enrolled.sum(), rel=1e-6)
    assert (test.expected <= here.places + 1e-6).all()
    reached = here.people[here.people.index.isin(here.cost.to_frame()["demand_id"])].sum()
    assert (test.reached, test.people) == (reached, here.people.sum())


@pytest.mark.parametrize("seed", range(3))
def test_the_uptake_is_the_ratio_of_sums_where_no_place_is_short(seed: int) -> None:
    """All enrolled over all who reach something, whatever the decay, if every enrolment is known."""
    here = world(seed)
    ample = dataclasses.replace(here, places=here.places * 100)
    enrolled = pd.Series(np.random.default_rng(seed).poisson(30.0, len(here.places)).astype(float), here.places.index)
    test = run(ample, enrolled)
    assert test.uptake == pytest.approx(enrolled.sum() / test.reached, rel=1e-6)
    assert test.measures.loc["expected", "bias"] == pytest.approx(0.0, abs=1e-6)


def plain_choice(pairs: pd.DataFrame, people: dict, places: dict, room: dict, uptake: float, half: float) -> dict:
    """The choice of facilities in plain loops: a child turned away chooses again among those that are still open."""
    waiting = {i: uptake * n for i, n in people.items()}
    taken, shut = dict.fromkeys(places, 0.0), set()
    while True:
        load = dict.fromkeys(places, 0.0)
        sent = {}
        for i, mass in waiting.items():
            mine = pairs[(pairs["demand_id"] == i) & ~pairs["place_id"].isin(shut)]
            pull = {r.place_id: places[r.place_id] * 2 ** (-r.cost / half) for r in mine.itertuples()}
            for j, w in pull.items():
                sent[i, j] = mass * w / sum(pull.values())
                load[j] += sent[i, j]
        over = {j for j in places if load[j] > room[j] - taken[j] + 1e-12}
        waiting = dict.fromkeys(people, 0.0)
        for (i, j), mass in sent.items():
            if j in over:
                waiting[i] += mass * (1 - (room[j] - taken[j]) / load[j])
        taken = {j: min(taken[j] + load[j], room[j]) for j in places}
        shut |= over
        if not over:
            return taken


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.05, 1.0))
def test_the_choice_agrees_with_plain_loops(seed: int, uptake: float) -> None:
    """The sparse rounds give what loops over children and facilities give."""
    random = np.random.default_rng(seed)
    metres = np.where(random.random((6, 4)) < 0.7, random.random((6, 4)) * 1000, np.nan)
    cost = CostMatrix.from_dense(pd.DataFrame(metres, index=list("abcdef"), columns=list("FGHI")))
    people, places = random.integers(1, 30, 6).astype(float), random.integers(1, 20, 4).astype(float)
    market = huff.market(cost, people[:, None], places[:, None], places[:, None])
    answer = huff.choose(market, market.weights("exponential", 300.0), uptake)
    room = dict(zip("FGHI", places, strict=True))
    expected = plain_choice(cost.to_frame(), dict(zip("abcdef", people, strict=True)), room, room, uptake, 300.0)
    assert dict(zip("FGHI", answer.taken, strict=True)) == pytest.approx(expected, abs=1e-6)


def test_people_choose_only_places_of_their_band() -> None:
    """Facility F has places for the older only, so the younger all go to G, which is as near."""
    cost = CostMatrix.from_pairs([("a", "F", 100.0), ("a", "G", 100.0), ("b", "F", 900.0)], unit="m")
    people = pd.DataFrame({"young": [10.0, 40.0], "old": [20.0, 0.0]}, ["a", "b"])
    places = pd.DataFrame({"young": [0.0, 50.0], "old": [50.0, 50.0]}, ["F", "G"])
    test = backtest(pd.Series({"F": 5.0, "G": 10.0}), people, cost, places)
    assert test.uptake == pytest.approx(0.5)
    assert test.expected.to_dict() == pytest.approx({"F": 5.0, "G": 10.0})
    assert (test.people, test.reached) == (70.0, 30.0)
    assert codes(test)["GP-B016"] == 1  # b is too young for F


def test_an_enrolment_that_no_uptake_explains_is_told() -> None:
    """F is full in all, yet nobody young lives near it: the uptake is the least that fills what can be filled, and is told."""
    cost = CostMatrix.from_pairs([("a", "F", 100.0), ("a", "G", 200.0), ("b", "G", 900.0)], unit="m")
    people = pd.DataFrame({"young": [0.0, 9.0], "old": [20.0, 5.0]}, ["a", "b"])
    places = pd.DataFrame({"young": [10.0, 2.0], "old": [10.0, 2.0]}, ["F", "G"])
    test = backtest(pd.Series({"F": 20.0, "G": 3.0}), people, cost, places)
    assert test.expected.to_dict() == pytest.approx({"F": 10, "G": 4}, rel=1e-3)
    assert 0 < test.uptake < 10
    assert test.measures.loc["expected", "bias"] == pytest.approx(-9 / 23, rel=1e-3)


def test_a_facility_that_nobody_reaches_is_expected_to_have_nobody() -> None:
    """It gets 0, is told, counts in the errors, and does not change the estimate."""
    here = world(1)
    enrolled = here.enrolment(0.03, 400.0)
    ample = dataclasses.replace(here, places=here.places * 100)
    more = CostMatrix.from_pairs(
        here.cost.to_frame(), unit="m", demand_ids=here.cost.demand_ids, place_ids=[*here.cost.place_ids, "alone"]
    )
    wide = World(more, here.people, pd.concat([ample.places, pd.Series({"alone": 30.0})]))
    test, alone = run(ample, enrolled), run(wide, pd.concat([enrolled, pd.Series({"alone": 7.0})]))
    assert alone.expected["alone"] == 0
    assert alone.error.loc["alone", "difference"] == -7
    assert codes(alone) == {**codes(test), "GP-B012": 1}
    assert (alone.uptake, alone.half_cost) == pytest.approx((test.uptake, test.half_cost))
    assert alone.measures.loc["expected", "facilities"] == len(here.places) + 1


def test_if_all_are_full_only_a_lower_bound_is_told() -> None:
    """The uptake is then at most the true one, and the decay cannot be told."""
    here = world(2)
    test = run(here, here.places)
    assert test.lower_bound
    assert test.uptake == pytest.approx(here.places.sum() / test.reached)
    assert test.uptake < 1.0
    assert np.isnan(test.half_cost)
    assert codes(test) == {"GP-B014": 1}
    assert "at least" in test.summary()
    assert "不低于" in test.summary("zh")
    assert "estimated again" not in test.summary()


@pytest.mark.parametrize("rest", [0.5, 0.95])
def test_one_facility_with_places_left_makes_an_estimate_of_a_bound(rest: float) -> None:
    """It is no bound any more, not below what is enrolled, and higher the fuller that facility is."""
    here = world(2)
    enrolled = here.places.copy()
    enrolled.iloc[0] *= rest
    test, emptier = run(here, enrolled), run(here, enrolled.where(enrolled.index != "F0", enrolled * 0.8))
    assert not test.lower_bound
    assert test.uptake > emptier.uptake > enrolled.drop("F0").sum() / test.reached


def test_unknown_enrolment_is_left_out_and_counted() -> None:
    """Facilities without a number compete, tell nothing, and the estimate stays that of the others."""
    here = world(3)
    ample = dataclasses.replace(here, places=here.places * 100)
    enrolled = ample.enrolment(0.03, 400.0)
    some = enrolled.mask(np.arange(len(enrolled)) % 3 == 0)
    for given_ in (some, some.dropna()):
        test = run(ample, given_, forms=["exponential"])
        assert test.uptake == pytest.approx(0.03, rel=1e-3)
        assert test.half_cost == pytest.approx(400.0, rel=1e-2)
        assert codes(test) == {"GP-B010": int(some.isna().sum())}
        assert test.expected.to_numpy() == pytest.approx(enrolled.to_numpy(), rel=1e-2)
        assert test.measures.loc["expected", "facilities"] == some.notna().sum()


def test_unknown_places_are_no_zero() -> None:
    """A facility whose places are not known has no expectation, rather than 0, and is told."""
    here = world(3)
    places = here.places.copy()
    places.iloc[0] = np.nan
    test = run(dataclasses.replace(here, places=places), here.enrolment(0.03, 400.0))
    assert np.isnan(test.expected.iloc[0])
    assert codes(test)["GP-B011"] == 1
    assert test.expected.iloc[1:].notna().all()


def test_the_order_of_rows_does_not_matter() -> None:
    """Shuffled tables give the same estimate, facility by facility."""
    here = world(4)
    enrolled = here.enrolment(0.04, 300.0, room=1.0).round()
    one = run(here, enrolled)
    shuffled = World(here.cost, here.people.sample(frac=1, random_state=1), here.places.sample(frac=1, random_state=2))
    other = run(shuffled, enrolled.sample(frac=1, random_state=3))
    assert (one.uptake, one.half_cost) == (other.uptake, other.half_cost)
    pd.testing.assert_frame_equal(one.error, other.error)


def test_where_nobody_has_a_choice_the_decay_is_not_told() -> None:
    """If each point reaches one facility, any half cost fits as well."""
    cost = CostMatrix.from_pairs([("a", "F", 100.0), ("b", "G", 500.0)], unit="m")
    places = pd.Series({"F": 50.0, "G": 50.0})
    test = backtest(pd.Series({"F": 10.0, "G": 20.0}), pd.Series({"a": 100.0, "b": 200.0}), cost, places)
    assert np.isnan(test.half_cost)
    assert test.uptake == pytest.approx(0.1)
    assert codes(test) == {"GP-B017": 1}
    assert "cannot be told" in test.summary()


def test_distance_without_effect_is_said() -> None:
    """If people go by places alone, the half cost is infinite."""
    here = world(5)
    ample = dataclasses.replace(here, places=here.places * 100)
    test = run(ample, ample.enrolment(0.03, np.inf))
    assert np.isinf(test.half_cost)
    assert codes(test) == {"GP-B018": 1}


def test_an_impossible_enrolment_is_told() -> None:
    """More enrolled than live there, more than places, and nobody at all: each has its note."""
    cost = CostMatrix.from_pairs([("a", "F", 100.0), ("a", "G", 500.0)], unit="m")
    people, places = pd.Series({"a": 10.0}), pd.Series({"F": 50.0, "G": 50.0})
    many = backtest(pd.Series({"F": 60.0, "G": 20.0}), people, cost, places)
    assert {"GP-B015": 1, "GP-B019": 1}.items() <= codes(many).items()
    assert many.expected["F"] <= 60
    nobody = backtest(pd.Series({"F": 0.0, "G": 0.0}), people, cost, places)
    assert nobody.uptake == 0
    assert codes(nobody) == {"GP-B021": 1}
    assert nobody.summary()


def test_errors_of_a_forecast_follow_from_arithmetic() -> None:
    """Off by 2 and 4 of 30: on average 3 children, 20 % of the enrolment, 2 too many on balance; one without forecast is told."""
    cost = CostMatrix.from_pairs([("a", "F", 100.0), ("a", "G", 500.0), ("a", "H", 600.0)], unit="m")
    places = pd.Series({"F": 50.0, "G": 50.0, "H": 50.0})
    test = backtest(
        pd.Series({"F": 10.0, "G": 20.0, "H": 5.0}), pd.Series({"a": 300.0}), cost, places,
        forecast=pd.Series({"F": 8.0, "G": 24.0}),
    )  # fmt: skip
    assert test.error["forecast_difference"].to_dict() == pytest.approx({"F": -2, "G": 4, "H": np.nan}, nan_ok=True)
    assert test.measures.loc["forecast"].tolist() == pytest.approx([2, 3, 0.2, 2 / 30])
    assert codes(test)["GP-B020"] == 1
    assert accuracy(pd.Series([1.0]), pd.Series([0.0]))["mean_absolute_error"] == 1
    assert np.isnan(accuracy(pd.Series([1.0]), pd.Series([0.0]))["bias"])


def test_draws_come_from_the_generator_alone() -> None:
    """The same generator gives the same intervals, which hold the truth here; without one there are no draws."""
    here = world(6, 60, 12)
    ample = dataclasses.replace(here, places=here.places * 100)
    truth = ample.enrolment(0.2, 400.0)
    enrolled = pd.Series(np.random.default_rng(2).poisson(truth).astype(float), truth.index)
    one, other = (run(ample, enrolled, draws=25, generator=np.random.default_rng(7)) for _ in range(2))
    assert one.uptake_interval == other.uptake_interval
    assert one.uptake_interval is not None
    assert one.uptake_interval[0] < 0.2 < one.uptake_interval[1]
    assert one.half_cost_interval is not None
    assert one.half_cost_interval[0] < one.half_cost < one.half_cost_interval[1]
    assert run(ample, enrolled).uptake_interval is None
    with pytest.raises(UsageError, match="generator"):
        run(ample, enrolled, draws=5)


def test_a_draw_of_full_facilities_bounds_nothing_from_above() -> None:
    """Where most facilities are full some draws allow any uptake, and the interval says so."""
    here = world(1, 60, 8)
    enrolled = here.enrolment(0.035, 400.0, room=1.0)
    test = run(here, enrolled, forms=["exponential"], draws=20, generator=np.random.default_rng(1))
    assert not test.lower_bound
    assert test.uptake_interval is not None
    assert np.isinf(test.uptake_interval[1])
    assert "∞" in test.summary()


def test_everything_wrong_is_told_at_once() -> None:
    """Strange labels, negative numbers and missing people are findings of one refusal."""
    cost = CostMatrix.from_pairs([("a", "F", 100.0)], unit="m")
    with pytest.raises(InputError) as refused:
        backtest(pd.Series({"Z": -1.0}), pd.Series({"b": np.nan}), cost, pd.Series({"F": np.inf}))
    told = {(f.code, f.place) for f in refused.value.findings}
    assert told == {
        ("GP-B001", "enrolment"), ("GP-B001", "demand"), ("GP-B003", "enrolment"), ("GP-B003", "demand"), ("GP-B003", "places"),
    }  # fmt: skip
    with pytest.raises(InputError, match="more than once"):
        backtest(pd.Series([1.0, 2.0], ["F", "F"]), pd.Series({"a": 1.0}), cost, pd.Series({"F": 2.0}))
    with pytest.raises(InputError, match="known enrolment"):
        backtest(pd.Series({"F": np.nan}), pd.Series({"a": 1.0}), cost, pd.Series({"F": 2.0}))
    with pytest.raises(UsageError, match="no form"):
        backtest(pd.Series({"F": 1.0}), pd.Series({"a": 1.0}), cost, pd.Series({"F": 2.0}), forms=["power"])


def test_losing_people_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The choice recounts its people: a weight that makes them vanish fails."""
    here = world(1, 10, 3)
    market = huff.market(here.cost, here.people.to_numpy()[:, None], *[here.places.to_numpy()[:, None]] * 2)
    weights = market.weights("exponential", 300.0)
    first = huff.first_choice
    monkeypatch.setattr(huff, "first_choice", lambda *a: tuple(0.9 * part for part in first(*a)))
    with pytest.raises(CheckFailed, match="people go out"):
        huff.choose(market, weights, 0.01)


def test_plain_data_hold_every_table() -> None:
    """The plain form has one row a facility, both rows of accuracy, and the findings in the language asked for."""
    here = world(2)
    plain = run(here, here.places).plain("zh")
    assert [row["facility_id"] for row in plain["error"]] == list(here.places.index)
    assert len(plain["measures"]) == 2
    assert "下限" in plain["findings"][0]
