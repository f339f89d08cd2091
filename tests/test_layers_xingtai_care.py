"""Laws of the demonstration place's work places, public places with their nursing rooms, and care facilities then and now."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely

from geoplan.access.backtest import backtest
from geoplan.network.cost import CostMatrix
from tests.xingtai_layers import CHILDREN, CLASSES, PLACES, enrolment, layer, positions, table, units

# work and public places


def test_employers_have_fewer_infants_than_young_workers() -> None:
    """About 250; young ones are some of the workers, infants fewer than they; some employers have twenty, of some it is unknown."""
    work = layer("employers")
    known = work.dropna(subset=["young_workers", "children_under_3"])
    assert len(work) == pytest.approx(250, abs=10)
    assert set(work["kind"]) == {"hospital", "school", "enterprise", "public"}
    assert not (work["young_workers"] > work["workers"]).any()
    assert (known["children_under_3"] <= known["young_workers"]).all()
    assert (work["children_under_3"] >= 20).sum() > 20
    for column in ("young_workers", "children_under_3", "open_to_public"):
        assert 0 < work[column].isna().mean() < 0.3
    young = units()["age_0"] + units()["age_1_4"] / 2
    assert (work.groupby("unit_id")["children_under_3"].sum() < 0.2 * young).all()


def test_nearly_every_township_has_one_health_centre() -> None:
    """No township has two, more than 95 % of those that are neither a subdistrict nor a zone have one."""
    centres = layer("public_places")["kind"].isin(["township_health", "community_health"])
    served = layer("public_places").loc[centres, "township"].value_counts()
    rural = [c for c, n in table("facts/townships").set_index("code")["name"].items() if n[-1] in "镇乡"]
    assert (layer("public_places")["kind"].value_counts() >= 10).all()
    assert served.max() == 1
    assert np.mean([c in served.index for c in rural]) > 0.95


def test_nursing_rooms_are_in_about_six_of_ten_places_that_must_have_one() -> None:
    """One at most in a place, at its position; in half to seven tenths of those above a threshold; some are below 10 m², some unknown."""
    places, rooms = layer("public_places").set_index("place_id"), layer("nursing_rooms")
    must = (places["floor_area_m2"] > 10_000) | (places["visitors_per_day"] > 10_000)
    assert rooms["place_id"].is_unique
    assert shapely.equals(rooms.geometry.to_numpy(), places.geometry.loc[rooms["place_id"]].to_numpy()).all()
    assert must.sum() > 40
    assert 0.5 < must.index[must].isin(rooms["place_id"]).mean() < 0.7
    assert 0.1 < (rooms["usable_area_m2"] < 10).mean() < 0.6
    assert rooms["usable_area_m2"].isna().any()
    assert set(rooms["status"]) == {"在营", "停办", "规划"}
    for column in ("floor_area_m2", "visitors_per_day"):
        assert 0 < places[column].isna().mean() < 0.3


# facilities


def test_classes_are_those_that_the_places_need() -> None:
    """A band has as many classes as its places fill at the standard's size, in both lists; usable area is part of the floor area."""
    for name in ("facilities", "facilities_2024"):
        for (classes, size), places in zip(CLASSES.items(), PLACES, strict=True):
            assert (table(name)[classes] == np.ceil(table(name)[places] / size)).all()
        assert not (table(name)["使用面积"] > table(name)["建筑面积"]).any()


def test_planned_and_closed_facilities_say_when() -> None:
    """Planned ones open in 2026 or later and have no children; closed ones closed after they opened; a few will close."""
    now = table("facilities")
    planned, closed = now["状态"] == "规划", now["状态"] == "停办"
    assert (planned.sum(), closed.sum()) == (12, 6)
    assert (now.loc[planned, "计划开办年份"] == now.loc[planned, "开办年份"]).all()
    assert (now.loc[planned, "开办年份"] >= 2026).all()
    assert now.loc[~planned, "计划开办年份"].isna().all()
    assert now.loc[planned | closed, CHILDREN].isna().all(axis=None)
    assert (now.loc[closed, "停办年份"] <= 2025).all()
    assert (now.loc[~closed, "停办年份"].dropna() >= 2026).all()
    assert not (now["停办年份"] < now["开办年份"]).any()


def test_children_mostly_fit_the_places() -> None:
    """Of few facilities the children are unknown; they fill under half of the places, and few facilities are over-full."""
    now = table("facilities").query("状态 == '在营'")
    known = now.dropna(subset=CHILDREN)
    over = known[CHILDREN].to_numpy() > known[PLACES].to_numpy()
    assert 0.03 < 1 - len(known) / len(now) < 0.15
    assert 0.2 < known[CHILDREN].sum().sum() / known[PLACES].sum().sum() < 0.5
    assert 0 < over.any(axis=1).mean() < 0.05
    assert (known[CHILDREN].to_numpy() <= np.ceil(1.15 * known[PLACES].to_numpy())).all()


def test_pilots_are_partly_there() -> None:
    """A county has at most one facility a pilot, of the right kind and filed; half of the 72 are there, none in the zone."""
    now = table("facilities").dropna(subset=["试点类型"])
    at = positions(now)
    drawn = layer("area").set_index("unit_id").geometry
    home = drawn.index.to_numpy()[shapely.STRtree(drawn.to_numpy()).nearest(at.to_numpy())]
    kind = {
        "品牌连锁机构": "独立托育机构",
        "社区机构": "社区托育点",
        "幼儿园托班": "幼儿园托班",
        "用人单位机构": "用人单位托育",
    }
    assert not pd.DataFrame({"home": home, "pilot": now["试点类型"].to_numpy()}).duplicated().any()
    assert "130571" not in home
    assert (now["类型"] == now["试点类型"].map(kind)).all()
    assert (now["已备案"] == "是").all()
    assert (now.loc[now["试点类型"] == "幼儿园托班", "普惠"] == "是").all()
    assert now.loc[now["试点类型"] == "社区机构", "运营模式"].isin(["公办民营", "民办公助"]).all()
    assert 25 <= len(now) <= 55


def test_the_list_of_2024_shows_progress() -> None:
    """It has about 80 % of today's facilities with fewer places, and twelve that serve no more."""
    now, then = table("facilities").set_index("编号"), table("facilities_2024").set_index("编号")
    serving = now.index[now["状态"] == "在营"]
    both = then.index.intersection(serving)
    assert len(both) / len(serving) == pytest.approx(0.8, abs=0.06)
    assert len(then) - len(both) == 12
    assert (then["开办年份"] < 2024).all()
    assert (then.loc[both, PLACES] <= now.loc[both, PLACES]).all(axis=None)
    assert then[PLACES].sum().sum() < 0.9 * now.loc[serving, PLACES].sum().sum()
    assert not (then[CHILDREN].to_numpy() > then[PLACES].to_numpy()).any()


def test_a_back_test_finds_the_truth_that_the_enrolment_was_made_from() -> None:
    """From the children, places and straight lines that the note names, the uptake is found within 3 % and the half cost within 15 %."""
    last = table("enrolment_2025").set_index("编号")
    assert (last[CHILDREN].sum(axis=1) == last["在托人数"]).all()
    both = (
        pd.concat([table("facilities"), table("facilities_2024")]).drop_duplicates("编号").set_index("编号", drop=False)
    )
    listed = both.loc[last.index]
    homes = layer("residents")
    middle, at = (
        shapely.get_coordinates(homes.centroid.to_numpy()),
        shapely.get_coordinates(positions(listed).to_numpy()),
    )
    far = enrolment.DETOUR * np.hypot(*np.moveaxis(middle[:, None] - at[None], -1, 0))
    home, place = np.nonzero(far <= enrolment.REACH_M)
    pairs = pd.DataFrame(
        {
            "demand_id": homes["code"].to_numpy()[home],
            "place_id": last.index.to_numpy()[place],
            "cost": far[home, place],
        }
    )
    cost = CostMatrix.from_pairs(pairs, unit="m", demand_ids=homes["code"].tolist(), place_ids=last.index.tolist())
    people = enrolment.children(homes, table("births")).set_axis(homes["code"], axis=0)
    places = listed[PLACES].set_axis(people.columns, axis=1).astype(float)
    found = backtest(last["在托人数"].astype(float), people, cost, places, forms=["exponential"])
    assert found.uptake == pytest.approx(enrolment.UPTAKE, rel=0.03)
    assert found.half_cost == pytest.approx(enrolment.HALF_M, rel=0.15)


def test_kindergartens_expect_fewer_children() -> None:
    """Projected enrolment is known where enrolment is, never more, and about three quarters of it."""
    hosts = layer("hosts")
    assert (hosts["projected_enrolment"].isna() == hosts["enrolment"].isna()).all()
    assert not (hosts["projected_enrolment"] > hosts["enrolment"]).any()
    assert hosts["projected_enrolment"].sum() / hosts["enrolment"].sum() == pytest.approx(0.76, abs=0.02)
