"""The gap account, its reasons and its sums."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.access.assignment import assign
from geoplan.access.gap_sums import CURES, by_group, shares
from geoplan.access.gaps import CAUSES, REASONS, gap_account
from geoplan.errors import CheckFailed, InputError, UsageError
from geoplan.network.cost import CostMatrix
from geoplan.result import CAUSES as SHOWN_CAUSES
from tests import town

BANDS = ["m06_12", "m24_36"]
COLUMNS = ["demand_id", "place_id", "band", "amount"]

# a reaches F (counts for m24_36); b reaches G (not counted); c reaches nothing; d joins no street; e is in no street
# but stands beside F
COST = CostMatrix.from_pairs(
    [("a", "F", 300.0), ("b", "G", 300.0), ("e", "F", 10.0)], demand_ids=list("abcde"), place_ids=["F", "G"]
)
COST = CostMatrix(
    COST.demand_ids, COST.place_ids, COST.start, COST.demand, COST.cost, unjoined=pd.Index(["d", "e"], dtype=object)
)
WANTED = pd.DataFrame({"m06_12": [1.0] * 5, "m24_36": [4.0] * 5}, index=list("abcde"))
CAPACITY = pd.DataFrame({"m06_12": [0], "m24_36": [3]}, index=["F"])


def assigned(*rows: tuple[str, str, str, float]) -> pd.DataFrame:
    """An assignment."""
    return pd.DataFrame(list(rows), columns=COLUMNS)


def test_each_child_has_the_cause_that_the_rule_says() -> None:
    """Served, full, wrong kind (band, or not counted), too far, not joined: one town that has them all."""
    found = gap_account(COST, WANTED, CAPACITY, assigned(("a", "F", "m24_36", 3.0))).set_index(["demand_id", "band"])
    assert found.loc[("a", "m24_36")].to_dict() == {
        "served": 3,
        "too_far": 0,
        "full": 1,
        "wrong_kind": 0,
        "not_joined": 0,
    }
    assert found.loc[("a", "m06_12"), "wrong_kind"] == 1
    assert found.loc[("b", "m24_36"), "wrong_kind"] == 4
    assert found.loc["c", "too_far"].tolist() == [1, 4]
    assert found.loc["d", "not_joined"].tolist() == [1, 4]
    assert found.loc[("e", "m24_36"), "full"] == 4
    assert found[list(CAUSES)].sum().to_dict() == {
        "served": 3,
        "too_far": 5,
        "full": 5,
        "wrong_kind": 7,
        "not_joined": 5,
    }


def test_the_causes_are_those_that_a_result_shows() -> None:
    """The account and the result name the same causes in the same order."""
    assert list(SHOWN_CAUSES) == list(CAUSES)


@st.composite
def instances(draw: st.DrawFn) -> tuple[CostMatrix, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Random pairs, thousandths wanted and places, and an assignment that a first-come rule made."""
    size, places = draw(st.integers(1, 5)), draw(st.integers(1, 4))
    ids, sites = [f"d{i}" for i in range(size)], [f"f{j}" for j in range(places)]
    pairs = draw(st.sets(st.tuples(st.sampled_from(ids), st.sampled_from(sites))))
    cost = CostMatrix.from_pairs([(i, j, 1.0) for i, j in sorted(pairs)], demand_ids=ids, place_ids=sites)
    cells = st.lists(st.integers(0, 5000), min_size=2 * size, max_size=2 * size)
    wanted = pd.DataFrame(np.array(draw(cells)).reshape(size, 2) / 1000, ids, BANDS)
    counted = draw(st.lists(st.sampled_from(sites), unique=True))
    rooms = draw(st.lists(st.integers(0, 3), min_size=2 * len(counted), max_size=2 * len(counted)))
    capacity = pd.DataFrame(np.array(rooms, float).reshape(len(counted), 2), counted, BANDS)
    left, room = (wanted * 1000).round().astype(int), (capacity * 1000).astype(int)
    rows = []
    for i, j in sorted(pairs):
        for band in BANDS if j in counted else []:
            amount = min(left.loc[i, band], room.loc[j, band])
            left.loc[i, band] -= amount
            room.loc[j, band] -= amount
            rows.append((i, j, band, amount / 1000))
    return cost, wanted, capacity, assigned(*rows)


@given(instances())
@settings(deadline=None, max_examples=100)
def test_the_parts_always_add_up(instance: tuple[CostMatrix, pd.DataFrame, pd.DataFrame, pd.DataFrame]) -> None:
    """In whole thousandths the five parts are what is wanted, point by point and band by band; one cause each."""
    cost, wanted, capacity, assignment = instance
    found = gap_account(cost, wanted, capacity, assignment)
    parts = (found[list(CAUSES)] * 1000).round().astype(int)
    asked = [round(wanted.loc[i, b] * 1000) for i, b in zip(found["demand_id"], found["band"], strict=True)]
    assert parts.sum(axis=1).tolist() == asked
    assert (parts >= 0).all().all()
    assert ((parts.drop(columns="served") > 0).sum(axis=1) <= 1).all()
    assert parts["served"].sum() == round(assignment["amount"].sum() * 1000)


@given(instances())
@settings(deadline=None, max_examples=60)
def test_a_place_that_opens_turns_no_one_into_too_far(
    instance: tuple[CostMatrix, pd.DataFrame, pd.DataFrame, pd.DataFrame],
) -> None:
    """With one more place beside the first home, too far never grows, and that home has nobody too far."""
    cost, wanted, capacity, assignment = instance
    home = cost.demand_ids[0]
    more = pd.concat([cost.to_frame(), pd.DataFrame({"demand_id": [home], "place_id": ["new"], "cost": [0.0]})])
    wider = CostMatrix.from_pairs(more, demand_ids=cost.demand_ids, place_ids=[*cost.place_ids, "new"])
    before = gap_account(cost, wanted, capacity, assignment)
    after = gap_account(wider, wanted, capacity, assignment)
    assert (after["too_far"] <= before["too_far"]).all()
    assert after.loc[after["demand_id"] == home, "too_far"].sum() == 0


@pytest.mark.parametrize(
    ("rows", "said"),
    [([("a", "F", "m24_36", 3.5)], "than a place can take"), ([("a", "F", "m24_36", 2.0), ("a", "F", "m24_36", 2.5)], "want a place"),
     ([("b", "F", "m24_36", 1.0)], "beyond reach"), ([("a", "G", "m24_36", 1.0)], "beyond reach"),
     ([("a", "F", "m24_36", 0.0005)], "whole thousandth"), ([("a", "F", "m24_36", -1.0)], "negative"),
     ([("b", "G", "m24_36", 1.0)], "than a place can take")],
)  # fmt: skip
def test_an_assignment_that_cannot_be_carried_out_is_a_fault(
    rows: list[tuple[str, str, str, float]], said: str
) -> None:
    """Beyond reach, beyond capacity, beyond demand, to a place that does not count: the account refuses it."""
    with pytest.raises(CheckFailed, match=said):
        gap_account(COST, WANTED, CAPACITY, assigned(*rows))


def test_tables_that_do_not_match_are_refused() -> None:
    """Ids or bands that differ, and numbers that are missing or finer than a thousandth, are refused by name."""
    nobody = assigned()
    with pytest.raises(InputError, match="wanted"):
        gap_account(COST, WANTED.drop("a"), CAPACITY, nobody)
    with pytest.raises(InputError, match="capacity"):
        gap_account(COST, WANTED, CAPACITY.set_axis(["H"]), nobody)
    with pytest.raises(InputError, match=r"capacity\.band"):
        gap_account(COST, WANTED, CAPACITY.rename(columns={"m24_36": "m12_24"}), nobody)
    with pytest.raises(InputError, match=r"assignment\.place_id"):
        gap_account(COST, WANTED, CAPACITY, assigned(("a", "H", "m24_36", 1.0)))
    for bad in (0.0005, np.nan, -1.0):
        with pytest.raises(InputError, match="wanted"):
            gap_account(COST, WANTED.replace(4.0, bad), CAPACITY, nobody)
    with pytest.raises(InputError, match="capacity"):
        gap_account(COST, WANTED, CAPACITY.astype(float).replace(3.0, np.nan), nobody)


def of_the_town() -> tuple[CostMatrix, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The town within 700 m: costs, places wanted, those that count, and why the others do not; see `tests.town`."""
    homes, bands = [*town.HOMES, "G"], ["m06_12", "m24_36"]
    places = {"F1": 0, "F2": 1200, "F3": 2400}
    near = [(h, p, abs(x - y) + 20.0) for h, x in town.HOMES.items() for p, y in places.items()]
    pairs = CostMatrix.from_pairs([p for p in near if p[2] <= 700], "m", demand_ids=homes, place_ids=list(places))
    lost = pd.Index(["G"], dtype=object)
    cost = CostMatrix(pairs.demand_ids, pairs.place_ids, pairs.start, pairs.demand, pairs.cost, "m", unjoined=lost)
    wanted = pd.DataFrame({"m06_12": 0.0, "m24_36": 16.0}, homes)
    capacity = pd.DataFrame({"m06_12": [0, 4], "m24_36": [8, 0]}, ["F1", "F2"])
    reasons = pd.DataFrame({"m06_12": ["age", "", "filed"], "m24_36": ["", "age", "filed"]}, list(places))
    return cost, wanted[bands], capacity[bands], reasons[bands]


def test_the_town_has_its_reasons() -> None:
    """Of the 32 children whose facilities are of the wrong kind 16 meet another age and 16 one that is not filed."""
    cost, wanted, capacity, reasons = of_the_town()
    made = assign(cost.select(capacity.index), wanted, capacity)
    found = gap_account(cost, wanted, capacity, made, reasons)
    assert found[list(CAUSES)].sum().to_dict() == town.ANSWER
    assert found[list(REASONS.values())].sum().to_dict() == {
        **dict.fromkeys(REASONS.values(), 0.0),
        "wrong_age": 16,
        "wrong_filed": 16,
    }
    street = pd.Series({**dict.fromkeys(town.HOMES, "south"), "G": "north"})
    sums = by_group(found, street).set_index(["group", "band"])
    assert sums.loc[("south", "all"), [*CAUSES, "wrong_age"]].tolist() == [8, 16, 24, 32, 0, 16]
    assert sums.loc[("north", "m24_36"), ["wanted", "not_joined"]].tolist() == [16, 16]
    assert sums.loc[("all", "m06_12"), "wanted"] == 0
    assert shares(sums).loc[("all", "all"), ["served", "wrong_filed"]].tolist() == [8 / 96, 16 / 96]
    assert shares(sums).loc[("all", "m06_12")].isna().all()


@given(instances(), st.data())
@settings(deadline=None, max_examples=80)
def test_a_reason_changes_no_cause_and_is_the_easiest(
    instance: tuple[CostMatrix, pd.DataFrame, pd.DataFrame, pd.DataFrame], data: st.DataObject
) -> None:
    """With reasons the five causes are as without; the reasons add up, and each is the first of the order within reach."""
    cost, wanted, capacity, assignment = instance
    reasons = pd.DataFrame("", cost.place_ids, BANDS, dtype=object)
    for place in cost.place_ids:
        for band in BANDS:
            if place not in capacity.index or capacity.loc[place, band] == 0:
                reasons.loc[place, band] = data.draw(st.sampled_from(list(REASONS)))
    plain = gap_account(cost, wanted, capacity, assignment)
    found = gap_account(cost, wanted, capacity, assignment, reasons.sample(frac=1, random_state=0))
    pd.testing.assert_frame_equal(found[plain.columns], plain)
    pairs = cost.to_frame()
    for row in found.to_dict("records"):
        near = pairs.loc[pairs["demand_id"] == row["demand_id"], "place_id"]
        met = [r for r in REASONS if r in set(reasons.loc[near, row["band"]])]
        expected = {column: row["wrong_kind"] if met and r == met[0] else 0.0 for r, column in REASONS.items()}
        assert {c: row[c] for c in REASONS.values()} == (
            expected if row["wrong_kind"] else dict.fromkeys(expected, 0.0)
        )


def test_reasons_that_contradict_are_refused() -> None:
    """A reason where there are places that count, none where there are none, an unknown word or place: refused by name."""
    cost, wanted, capacity, reasons = of_the_town()
    made = assign(cost.select(capacity.index), wanted, capacity)
    for place, band, said in (("F1", "m24_36", "filed"), ("F3", "m24_36", ""), ("F3", "m24_36", "colour")):
        changed = reasons.copy()
        changed.loc[place, band] = said
        with pytest.raises(InputError, match=rf"GP-M014.*{place}, {band}"):
            gap_account(cost, wanted, capacity, made, changed)
    with pytest.raises(InputError, match=r"GP-M013.*F9"):
        gap_account(cost, wanted, capacity, made, reasons.rename(index={"F3": "F9"}))
    with pytest.raises(InputError, match="GP-M013"):
        gap_account(cost, wanted, capacity, made, reasons.drop(columns="m06_12"))


def test_a_place_without_a_row_has_places_or_another_age() -> None:
    """Reasons may name only what is not plain from the capacity."""
    cost, wanted, capacity, reasons = of_the_town()
    made = assign(cost.select(capacity.index), wanted, capacity)
    whole = gap_account(cost, wanted, capacity, made, reasons)
    pd.testing.assert_frame_equal(gap_account(cost, wanted, capacity, made, reasons.loc[["F3"]]), whole)


@given(instances(), st.lists(st.sampled_from(["U", "V", None]), min_size=5, max_size=5))
@settings(deadline=None, max_examples=80)
def test_sums_add_up_in_every_unit_and_band(
    instance: tuple[CostMatrix, pd.DataFrame, pd.DataFrame, pd.DataFrame], units: list[str | None]
) -> None:
    """Units add up to the whole and bands to all bands, cause by cause; the causes add up to what is wanted."""
    cost, wanted, capacity, assignment = instance
    account = gap_account(cost, wanted, capacity, assignment)
    unit = pd.Series(units[: len(wanted)], wanted.index, dtype=object)
    sums = by_group(account, unit)
    thousandths = (sums.drop(columns=["group", "band"]) * 1000).round().astype(int).assign(band=sums["band"])
    last = (sums["group"] == "all").to_numpy()
    parts = thousandths[~last].groupby("band", sort=False).sum()
    pd.testing.assert_frame_equal(parts, thousandths[last].set_index("band"), check_dtype=False)
    by_band = thousandths[thousandths["band"] != "all"].drop(columns="band").sum()
    assert by_band.tolist() == thousandths[thousandths["band"] == "all"].drop(columns="band").sum().tolist()
    assert (thousandths[list(CAUSES)].sum(axis=1) == thousandths["wanted"]).all()
    for own in unit.dropna().unique():
        asked = round(wanted[unit == own].to_numpy().sum() * 1000)
        assert thousandths.loc[(sums["group"] == own) & (sums["band"] == "all"), "wanted"].tolist() == [asked]


def test_sums_of_what_is_not_there_are_refused() -> None:
    """A demand point without an entry, a band that is not listed, a group called like the whole: refused."""
    account = gap_account(COST, WANTED, CAPACITY, assigned())
    units = pd.Series("U", list("abcde"))
    assert by_group(account)["group"].unique().tolist() == ["all"]
    assert by_group(account, units, ["m24_36", "m06_12"])["band"].tolist()[:3] == ["m24_36", "m06_12", "all"]
    for group, bands in ((units.drop("a"), None), (units, ["m24_36"]), (units.replace("U", "all"), None)):
        with pytest.raises(UsageError, match="by_group"):
            by_group(account, group, bands)


def test_every_cause_and_reason_has_a_cure() -> None:
    """What is not served can be cured, each cause and reason in its own way, in both languages."""
    assert list(CURES) == [*CAUSES[1:], *REASONS.values()]
    assert all(cure.en and cure.zh for cure in CURES.values())
    assert len(set(CURES.values())) == len(CURES)
