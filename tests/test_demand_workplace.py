"""Day-time demand: a child wants a place at home or at work, never at both."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.demand.workplace import daytime
from geoplan.errors import Findings, InputError

BANDS = ["m12_24", "m24_36"]
WANTED = [f"wanted_{b}" for b in BANDS]
thousandths = st.integers(0, 9_000)


def homes(rows: list[tuple[str | None, float, float]]) -> pd.DataFrame:
    """Homes h0, h1 … with unit_id and places wanted."""
    frame = pd.DataFrame(rows, columns=["unit_id", *WANTED])
    return frame.set_axis([f"h{i}" for i in range(len(frame))])


def employers(rows: list[tuple[str | None, float | None]]) -> pd.DataFrame:
    """Employers e0, e1 … with unit_id and children of the workers."""
    frame = pd.DataFrame(rows, columns=["unit_id", "children_under_3"])
    return frame.set_axis([f"e{i}" for i in range(len(frame))])


def whole(frame: pd.DataFrame) -> pd.DataFrame:
    """The places wanted as whole thousandths."""
    return (frame[WANTED] * 1000).round().astype("int64")


homes_of = st.lists(st.tuples(st.sampled_from("UV"), thousandths, thousandths), min_size=1, max_size=9)
employers_of = st.lists(st.tuples(st.sampled_from(["U", "V", "W", None]), st.integers(0, 30)), max_size=5)


@given(homes_of, employers_of, st.floats(0, 1))
@settings(deadline=None)
def test_no_child_is_counted_twice_or_lost(
    rows: list[tuple[str, int, int]], work: list[tuple[str | None, int]], share: float
) -> None:
    """Bands keep their totals to the thousandth, homes want no more than before, employers get share × children."""
    before = homes([(u, a / 1000, b / 1000) for u, a, b in rows])
    at_work = round(round(sum(c for _, c in work) * share, 3) * 1000)
    if at_work > whole(before).to_numpy().sum():
        with pytest.raises(InputError, match="GP-D074"):
            daytime(before, employers(work), share, BANDS, Findings())
        return
    after = daytime(before, employers(work), share, BANDS, Findings())
    assert (whole(after).sum() == whole(before).sum()).all()
    assert (whole(after).loc[before.index] <= whole(before)).all().all()
    assert (whole(after) >= 0).all().all()
    assert whole(after)[after["at_work"]].to_numpy().sum() == at_work
    for id_, (_, children) in zip(employers(work).index, work, strict=True):
        assert abs(whole(after).loc[id_].sum() - children * share * 1000) <= 1 + 1e-6


@given(homes_of, employers_of, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=40)
def test_the_order_of_rows_changes_nothing(
    rows: list[tuple[str, int, int]], work: list[tuple[str | None, int]], random: object
) -> None:
    """Homes and employers in another order get the same, ties included."""
    before, by = homes([(u, 20 + a / 1000, 20 + b / 1000) for u, a, b in rows]), employers(work)
    other, also = list(before.index), list(by.index)
    random.shuffle(other)  # type: ignore[attr-defined]
    random.shuffle(also)  # type: ignore[attr-defined]
    share = min(1.0, 40 * len(rows) / max(1, by["children_under_3"].sum()))
    first = daytime(before, by, share, BANDS, Findings())
    second = daytime(before.loc[other], by.loc[also], share, BANDS, Findings())
    pd.testing.assert_frame_equal(first[WANTED], second.loc[first.index, WANTED])


def test_children_come_from_the_homes_of_the_same_unit_first() -> None:
    """U gives what its employer wants in proportion to homes and bands; V is not touched."""
    before = homes([("U", 2, 4), ("U", 0, 6), ("V", 9, 9)])
    after = daytime(before, employers([("U", 6)]), 0.5, BANDS, Findings())
    assert after[WANTED].to_numpy().tolist() == [[1.5, 3], [0, 4.5], [9, 9], [0.5, 2.5]]
    assert after["at_work"].tolist() == [False, False, False, True]


def test_what_a_unit_cannot_give_comes_from_everywhere() -> None:
    """U wants 3 and its employer 5: the other 2 come from V and X as they want; so do those of an employer without unit."""
    before = homes([("U", 1, 2), ("V", 0, 6), ("X", 0, 2)])
    after = daytime(before, employers([("U", 5)]), 1, BANDS, Findings())
    assert after[WANTED].to_numpy().tolist() == [[0, 0], [0, 4.5], [0, 1.5], [1, 4]]
    anywhere = daytime(before, employers([(None, 5.5)]), 1, BANDS, Findings())
    assert anywhere[WANTED].to_numpy().tolist() == [[0.5, 1], [0, 3], [0, 1], [0.5, 5]]


def test_people_stay_where_they_live() -> None:
    """An employer has places wanted but no residents; its name, kind and unit stand in the row; homes keep their columns."""
    before = homes([("U", 2, 4)]).assign(population=50.0, people_m24_36=8.0, name="home")
    after = daytime(before, employers([("U", 2)]).assign(name="works", workers=99), 1, BANDS, Findings())
    assert after.index.name == "demand_id"
    assert after["population"].tolist() == [50, 0]
    assert after["people_m24_36"].tolist() == [8, 0]
    assert after["name"].tolist() == ["home", "works"]
    assert after["unit_id"].tolist() == ["U", "U"]
    assert before[WANTED].to_numpy().tolist() == [[2, 4]]


def test_no_employers_or_a_share_of_0_change_nothing() -> None:
    """The homes want what they wanted, exactly."""
    before = homes([("U", 0.001, 4), (None, 7, 0)])
    for after in (daytime(before, employers([]), 1, BANDS, Findings()), daytime(before, employers([("U", 9)]), 0, BANDS, Findings())):  # fmt: skip
        assert after.loc[before.index, WANTED].to_numpy().tolist() == before[WANTED].to_numpy().tolist()
        assert (after.loc[after["at_work"], WANTED] == 0).all().all()


def test_unknown_children_are_not_0_and_not_made_up() -> None:
    """An employer whose workers' children are not known is no demand point, and is noted."""
    findings = Findings()
    after = daytime(homes([("U", 2, 4)]), employers([("U", None), ("U", 1)]), 1, BANDS, findings)
    assert list(after.index) == ["h0", "e1"]
    assert [(f.code, f.severity, f.value) for f in findings] == [("GP-D071", "note", "e0")]


@pytest.mark.parametrize(
    ("work", "share", "code"),
    [
        (employers([("U", 9)]), 1, "GP-D074"),
        (employers([("U", -1)]), 1, "GP-D002"),
        (employers([("U", 1)]), 1.5, "GP-D073"),
        (employers([("U", 1)]), float("nan"), "GP-D073"),
        (employers([("U", 1)]).set_axis(["h0"]), 1, "GP-D072"),
    ],
)
def test_what_would_count_a_child_twice_is_refused(work: pd.DataFrame, share: float, code: str) -> None:
    """More children than places wanted, negative children, no share, an id of a home: refused by code."""
    with pytest.raises(InputError) as caught:
        daytime(homes([("U", 2, 4)]), work, share, BANDS, Findings())
    assert [f.code for f in caught.value.findings] == [code]


def test_large_numbers_stay_exact() -> None:
    """A region: 4,000 homes with millions of places, and 300 employers, exact to the thousandth."""
    random = np.random.default_rng(5)
    before = homes([(f"u{i % 40}", *random.integers(0, 900_000, 2) / 1000) for i in range(4_000)])
    work = employers([(f"u{i % 40}", float(c)) for i, c in enumerate(random.integers(0, 9_000, 300))])
    after = daytime(before, work, 0.317, BANDS, Findings())
    assert (whole(after).sum() == whole(before).sum()).all()
