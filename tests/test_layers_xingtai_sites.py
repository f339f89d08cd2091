"""Laws of what the demonstration place offers as sites, premises and rooms, and of the hazards near them."""

from __future__ import annotations

from functools import cache

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geoplan.errors import Findings
from geoplan.sources._site_words import HAZARDS
from geoplan.sources.layers import LayerSpec
from geoplan.sources.read import read_area
from geoplan.sources.roles import read_role
from tests.xingtai_layers import FOLDER, PLACES, control, controls, hazards, layer, table

RATINGS = {"一级", "二级", "三级", "四级"}
LINES = {"110kV高压线", "220kV高压线", "500kV高压线", "油气管线", "城市主干道"}
NUMBER = {  # class: how many, from and to
    "加油站": (180, 180), "甲乙类厂房": (40, 90), "易燃建筑": (30, 80), "批发市场": (30, 70), "大型商场": (40, 80), "娱乐场所": (100, 200),
    "垃圾转运站": (100, 200), "变电站": (80, 140), "传染病区": (20, 30), "110kV高压线": (60, 160), "220kV高压线": (15, 40),
    "500kV高压线": (3, 6), "油气管线": (4, 8), "城市主干道": (100, 400),
}  # fmt: skip
NEAR_M = 32.0


@cache
def of_class(kind: str) -> np.ndarray:
    """The shapes of a class of hazard."""
    frame = layer("hazards")
    return np.asarray(frame.geometry[frame["类别"] == kind].to_numpy())


@pytest.mark.parametrize(
    ("role", "file", "columns", "notes"),
    [
        ("parcels", "parcels", {"survey_code": "DLBM", "planning_code": "GHYT", "land_status": "状态"}, {"GP-L053"}),
        ("premises", "premises", {"tenure": "方式", "rent_yuan_m2": "年租金元每平米", "price_yuan_m2": "售价元每平米", "lease_years": "租期年"}, set()),
        ("hazards", "hazards", {}, set()),
        ("hosts", "hosts", {}, set()),
        ("idle", "idle", {}, set()),
        ("employers", "employers", {}, set()),
        ("renewal", "renewal", {}, set()),
    ],
)  # fmt: skip
def test_each_layer_of_sites_reads_whole(role: str, file: str, columns: dict[str, str], notes: set[str]) -> None:
    """The reader of its role takes every row; the only note is of parcels that state no area."""
    area, findings = read_area(FOLDER / "area.gpkg", crs="EPSG:4547"), Findings()
    frame = read_role(role, LayerSpec(FOLDER / f"{file}.gpkg", role, "cgcs2000", columns=columns), area, [], findings)
    assert {f.code for f in findings} == notes
    assert len(frame) == len(layer(file))


@pytest.mark.parametrize(("name", "role"), list(controls.ROLES.items()))
def test_each_control_reads_without_a_finding(name: str, role: str) -> None:
    """The reader of its role takes every polygon of the layer under the bureau's name."""
    area, findings = read_area(FOLDER / "area.gpkg", crs="EPSG:4547"), Findings()
    frame = read_role(role, LayerSpec(FOLDER / "controls.gpkg", role, "cgcs2000", layer=name), area, [], findings)
    assert [f.code for f in findings] == []
    assert len(frame) == len(control(name))


# hazards


@pytest.mark.parametrize(("kind", "between"), list(NUMBER.items()))
def test_every_class_of_hazard_is_there(kind: str, between: tuple[int, int]) -> None:
    """Each class has about as many as a city would; lines are lines, works and markets grounds, the others points."""
    here = of_class(kind)
    types = set(shapely.get_type_id(here))
    assert between[0] <= len(here) <= between[1]
    assert shapely.is_valid(here).all()
    assert types == {1} if kind in LINES else types <= {0, 3}
    assert types == {3} if kind in {"甲乙类厂房", "易燃建筑", "批发市场"} else True


def test_hazards_are_of_the_classes_that_are_known() -> None:
    """The words of the layer are all the classes that geoplan knows, each by one word; numbers and names are their own."""
    frame = layer("hazards")
    words = frame["类别"].unique()
    assert set(words) == set(NUMBER)
    assert sorted(HAZARDS[w.casefold()] for w in words) == sorted(set(HAZARDS.values()))
    assert frame["hazard_id"].is_unique
    assert not frame.duplicated(["类别", "名称"]).any()


@pytest.mark.parametrize("kind", hazards.COMPACT_CLASSES)
def test_some_sites_stand_beside_each_hazard(kind: str) -> None:
    """Beside some point or ground of each class lie a parcel and premises, and of neither a tenth of all."""
    tree = shapely.STRtree(of_class(kind))
    for name in ("parcels", "premises"):
        sites = np.asarray(layer(name).geometry.to_numpy())
        near = np.unique(tree.query(sites, predicate="dwithin", distance=NEAR_M)[0])
        assert 1 <= len(near) < 0.1 * len(sites)


def test_filling_stations_stand_at_roads_and_not_in_homes() -> None:
    """Each is within 30 m of a main street or road and in no residential area."""
    streets = gpd.read_parquet(FOLDER / "streets_edges.parquet").to_crs(4547)
    main = streets[streets["highway"].isin(["primary", "secondary", "tertiary"])].geometry.to_numpy()
    stations = of_class("加油站")
    homes = shapely.STRtree(layer("residents").geometry.to_numpy())
    assert len(np.unique(shapely.STRtree(main).query(stations, predicate="dwithin", distance=30)[0])) == len(stations)
    assert homes.query(stations, predicate="intersects").size == 0


def test_grounds_of_hazards_parks_and_works_share_no_block() -> None:
    """Works, markets, malls, parks and infrastructure overlap neither each other nor homes nor new projects."""
    kinds = ("甲乙类厂房", "易燃建筑", "批发市场", "大型商场")
    grounds = np.concatenate([
        *(of_class(k)[shapely.get_type_id(of_class(k)) == 3] for k in kinds),
        *(control(c).geometry.to_numpy() for c in ("LvX", "HuangX")),
        layer("new_residential").geometry.to_numpy(),
    ])  # fmt: skip
    pairs = shapely.STRtree(grounds).query(grounds, predicate="overlaps")
    homes = shapely.STRtree(layer("residents").geometry.to_numpy())
    assert pairs.size == 0
    assert homes.query(grounds, predicate="overlaps").size == 0


# premises and rooms


def test_premises_are_offered_in_about_two_ways() -> None:
    """260 in the towns, offered in 1.8 ways each; rent and term only of what is to let, prices of what is sold or swapped."""
    premises = layer("premises")
    ways = premises["方式"].str.split("、")
    let, sold = premises["方式"].str.contains("出租"), premises["方式"].str.contains("出售|置换")
    assert len(premises) == 260
    assert premises["site_id"].str.fullmatch(r"L-\d{4}").all()
    assert premises["site_id"].is_unique
    assert ways.str.len().mean() == pytest.approx(1.8, abs=0.12)
    assert set(ways.explode()) == {"出租", "出售", "置换"}
    assert premises.loc[~let, ["年租金元每平米", "租期年"]].isna().all(axis=None)
    assert premises.loc[~sold, "售价元每平米"].isna().all()
    assert premises.loc[let, "租期年"].lt(3).any()
    assert premises.loc[sold, "售价元每平米"].dropna().between(1_500, 25_000).all()


def test_premises_stand_in_their_unit_by_homes_of_the_town() -> None:
    """Each lies in the unit that it names; nearly all within 150 m of an estate."""
    premises, drawn = layer("premises"), layer("area").set_index("unit_id").geometry
    estates = layer("residents").query("`class` != 'rural'").geometry.to_numpy()
    points = premises.geometry.to_numpy()
    near = np.unique(shapely.STRtree(estates).query(points, predicate="dwithin", distance=150)[0])
    assert premises.within(drawn.loc[premises["unit_id"]].set_axis(premises.index)).all()
    assert len(near) > 0.9 * len(points)


@pytest.mark.parametrize(
    ("name", "rating", "columns"),
    [
        ("hosts", "fire_rating", ["own_entrance"]),
        ("employers", "fire_rating", ["spare_floor_m2", "outdoor_m2", "storey", "own_entrance"]),
        ("renewal", "fire_rating", ["floor_area_m2", "outdoor_m2", "storey", "own_entrance"]),
        ("premises", "耐火等级", ["建筑面积", "楼层", "室外面积", "独立出入口"]),
    ],
)
def test_rooms_are_mostly_known(name: str, rating: str, columns: list[str]) -> None:
    """Fire ratings are of the four grades; of every column some values, and fewer than a quarter, are unknown."""
    frame = layer(name)
    assert set(frame[rating].dropna()) == RATINGS
    for column in (rating, *columns):
        assert 0 < frame[column].isna().mean() < 0.25


def test_facilities_say_mostly_what_their_rooms_are() -> None:
    """Ground, storey, rating and entrance of few facilities are unknown; some have ground for more children, some less than 3 m² a place."""
    now = table("facilities")
    a_place = now["室外面积"] / now[PLACES].sum(axis=1)
    assert set(now["耐火等级"].dropna()) == RATINGS
    for column in ("室外面积", "楼层", "耐火等级", "独立出入口"):
        assert 0 < now[column].isna().mean() < 0.2
    assert 0.1 < (a_place < 3).mean() < 0.6
    assert (a_place > 4).mean() > 0.2


def test_sunlight_is_seldom_known_and_lots_have_no_rooms() -> None:
    """Hours of sun are known of some hosts and few premises, some fewer than three; of idle sites only buildings have a rating."""
    hosts, premises, idle = layer("hosts"), layer("premises"), layer("idle")
    lots = idle["kind"] == "idle_land"
    assert 0.2 < hosts["sunlight_h"].notna().mean() < 0.6
    assert 0.1 < premises["日照时数"].notna().mean() < 0.5
    for hours in (hosts["sunlight_h"], premises["日照时数"]):
        assert hours.dropna().between(0, 9).all()
        assert 0.1 < (hours.dropna() < 3).mean() < 0.6
    assert idle.loc[lots, ["fire_rating", "own_entrance", "sunlight_h"]].isna().all(axis=None)
    assert idle.loc[~lots, "fire_rating"].notna().mean() > 0.7


def test_some_rooms_break_a_rule() -> None:
    """Some are in a basement, on the third floor or above, of rating IV above the ground floor, without an entrance of their own."""
    premises, hosts = layer("premises"), layer("hosts")
    assert (premises["楼层"] < 0).any()
    assert (premises["楼层"] >= 4).any()
    assert ((hosts["fire_rating"] == "四级") & (hosts["storey"] > 1)).any()
    assert ((hosts["fire_rating"] == "三级") & (hosts["storey"] > 2)).any()
    for own in (premises["独立出入口"], hosts["own_entrance"]):
        assert 0.02 < (own == "否").mean() < 0.4


# how much there is


def test_there_is_enough_for_2500_options() -> None:
    """Kindergartens with a class to spare, other hosts, offers of premises, parcels, idle sites and employers make over 2,500."""
    hosts = layer("hosts")
    kinder = hosts[hosts["kind"] == "kindergarten"]
    spare = int((kinder["classes"] > np.ceil(kinder["projected_enrolment"] / 30)).sum())
    others = len(hosts) - len(kinder)
    offers = int(layer("premises")["方式"].str.count("、").sum()) + len(layer("premises"))
    villages = layer("residents").query("`class` == 'rural'")
    assert spare >= 650
    assert others == 600
    assert (villages["age_0"] + villages["age_1_4"] >= 60).sum() >= 200
    assert spare + others + offers + len(layer("parcels")) + len(layer("idle")) + len(layer("employers")) > 2_500


def test_some_old_estates_have_a_building_in_reach_and_some_have_none() -> None:
    """Within 300 m of most old estates, not of all, stand premises, an idle building or a host."""
    old = layer("residents").query("`class` == 'urban_old'").geometry.to_numpy()
    idle = layer("idle").query("kind == 'idle_building'")
    sites = np.concatenate([f.geometry.to_numpy() for f in (layer("hosts"), layer("premises"), idle)])
    near = np.unique(shapely.STRtree(sites).query(old, predicate="dwithin", distance=300)[0])
    assert 0.5 < len(near) / len(old) < 0.97
