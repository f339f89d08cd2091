"""What every option kind must keep, in every service that has it; a new file is tested the moment it exists."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoplan.errors import Finding
from geoplan.plugins import find, names, title
from geoplan.profiles.load import load_service
from geoplan.profiles.service import OptionKind, ServiceProfile
from geoplan.siting.ground import Ground
from geoplan.siting.money import by_source
from geoplan.siting.options import propose_options
from geoplan.siting.sites import KINDS
from geoplan.tables import OPTIONS, check
from tests.siting_layers import CRS, GOOD, clear, layer

SERVICES = {name: load_service(name) for name in names("services")}
USED = [(service, kind) for service, profile in SERVICES.items() for kind in profile.options]
YEAR = 2026
MODES = ("existing_building", "allocated", "transferred", "leased")

# quantities that apply to every option of a kind that checks them, so that they must have a verdict
ALWAYS = {"floor_m2", "outdoor_m2_per_place", "land_m2_per_place", "farmland_m2", "storey", "classes", "land_min_m2", "land_width_m",
          "frontage_m", "land_use", "own_entrance", "lease_years", "places_per_1000_new", "milestones_behind", "least_children",
          "room_m2", "occupancy"}  # fmt: skip
BY_NAME = ("distance_", "overlap_")

RANGES = {"storey": (-1, 5), "fire_rating": (1, 4), "own_entrance": (0, 1), "year": (2020, 2035), "delivery_year": (2020, 2035),
          "lease_years": (0, 10), "population": (0, 20_000), "children_under_3": (0, 90)}  # fmt: skip
STATED = ("kind", "class")  # what the test says itself


def role_of(host: str) -> str:
    """The layer in which a kind of host stands."""
    layers = {kind: role for role, kind in KINDS.items()}
    return layers.get(host, "idle" if host.startswith("idle") else "hosts")


def cells(column: str, good: object) -> st.SearchStrategy[object]:
    """What a cell may hold: nothing, the good value or, of a number, another one."""
    if isinstance(good, str):
        return st.sampled_from([good, None])
    return st.one_of(st.none(), st.just(good), st.integers(*RANGES.get(column, (0, 3000))))


def rows_of(role: str) -> st.SearchStrategy[list[dict[str, object]]]:
    """Rows of a layer, in which anything may be missing."""
    columns = {c: cells(c, good) for c, good in GOOD[role].items() if c not in STATED}
    return st.lists(st.fixed_dictionaries(columns), min_size=4, max_size=12)


def build(role: str, host: str, rows: list[dict[str, object]]) -> gpd.GeoDataFrame:
    """A layer of a role with these rows."""
    stated: dict[str, object] = {"kind": host} if role in ("hosts", "idle") else {}
    parts = [layer(role, f"s{i}", **{**row, **stated}) for i, row in enumerate(rows)]
    return gpd.GeoDataFrame(pd.concat(parts), crs=CRS)


@st.composite
def layers_of(draw: st.DrawFn, kind: OptionKind) -> dict[str, gpd.GeoDataFrame]:
    """Layers from which a kind can be made: of one of its hosts, and idle buildings that a facility may move to."""
    host = draw(st.sampled_from(kind.hosts))
    role = role_of(host)
    made = {role: build(role, host, draw(rows_of(role)))}
    if role == "facilities":
        made["idle"] = build("idle", "idle_building", draw(rows_of("idle")))
    return made


def propose(
    kind: OptionKind, profile: ServiceProfile, layers: dict[str, gpd.GeoDataFrame], known: bool
) -> tuple[gpd.GeoDataFrame, list[Finding]]:
    """The options of one kind with all fees charged, on ground of which all or nothing is known."""
    ground = (
        clear(profile, "rural" if "rural" in kind.areas and len(kind.areas) == 1 else "urban_old")
        if known
        else Ground()
    )
    fees = [fee.id for fee in profile.fees]
    return propose_options(layers, profile, ground, kinds=[kind.id], year=YEAR, fees_on=fees)


def keeps_whole_classes(options: gpd.GeoDataFrame, kind: OptionKind, profile: ServiceProfile) -> None:
    """Places are whole classes of the kind's bands, at most as many as it may have."""
    sizes = pd.Series({b.id: b.class_size for b in profile.bands})
    places = options[[f"places_{band}" for band in sizes.index]].set_axis(list(sizes.index), axis=1)
    assert (places % sizes == 0).all(axis=None)
    assert (places[[b for b in sizes.index if b not in kind.bands]] == 0).all(axis=None)
    assert (places.sum(axis=1) == options["places"]).all()
    assert ((places / sizes).sum(axis=1) == options["classes"]).all()
    assert options["classes"].between(int(kind.id != "close_facility"), kind.max_classes).all()


def keeps_the_money(options: gpd.GeoDataFrame, kind: OptionKind, profile: ServiceProfile) -> None:
    """Nothing is below 0, low <= mid <= high, and what the sources pay is the cost; fees that are known are in it."""
    amounts = [
        "cost",
        "cost_low",
        "annual_cost",
        "subsidy",
        "fees",
        "floor_area_m2",
        "outdoor_m2",
        "land_m2",
        "farmland_m2",
        "new_land_m2",
    ]
    assert not (options[amounts].astype(float) < 0).any(axis=None)
    assert (options["cost_low"] <= options["cost"]).all()
    assert (options["cost"] <= options["cost_high"]).all()
    assert (by_source(options).sum(axis=1) == options["cost"]).all()
    once = options[[f"fee_{fee.id}" for fee in profile.fees if not fee.yearly]]
    pd.testing.assert_series_equal(
        once.sum(axis=1, skipna=False), options["fees"], check_names=False, check_dtype=False
    )
    built = options["cost"] - once.sum(axis=1)
    price = (
        0
        if kind.price_yuan is None
        else options["floor_area_m2"] * options["price_yuan_m2"].fillna(kind.price_yuan.value)
    )
    assert (built == (options["places"] * kind.cost_yuan.value + price).round()).all()
    assert set(options["paid_by"]) <= {kind.paid_by} & set(profile.payers)
    assert not (options["farmland_m2"] > options["land_m2"]).any()
    assert not (options["new_land_m2"] > options["land_m2"]).any()


def keeps_its_verdicts(options: gpd.GeoDataFrame, kind: OptionKind, profile: ServiceProfile) -> None:
    """A verdict for each standard that applies, in order; unknown if and only if nothing was measured; the whole follows from them."""
    quantity = {c: profile.standards[c].quantity for c in kind.checks}
    must = [c for c in kind.checks if quantity[c] in ALWAYS or quantity[c].startswith(BY_NAME)]
    for verdicts, verdict in zip(options["verdicts"], options["verdict"], strict=True):
        said = [v.standard for v in verdicts]
        assert said == [c for c in kind.checks if c in said]
        assert set(must) <= set(said)
        assert said, "nothing judged is no verdict"
        assert all((v.outcome == "unknown") == (v.measured is None) for v in verdicts)
        refused = any(v.outcome == "fail" and v.force == "must" for v in verdicts)
        lost = any(v.outcome == "unknown" for v in verdicts)
        assert verdict == ("fail" if refused else "unknown" if lost else "pass")
    assert options["soft_score"].dropna().between(0, 1).all()


def keeps_its_words(options: gpd.GeoDataFrame, kind: OptionKind) -> None:
    """Ids are site and kind; clause, departments, reason, source and way of supply are said; options exclude each other mutually."""
    assert (options.index == options["site_id"] + f":{kind.id}").all()
    assert (options[["clause", "departments", "reason", "built_from"]].map(len) > 0).all(axis=None)
    assert set(options["supply_mode"]) <= set(MODES)
    assert (options["first_phase"] >= YEAR).all()
    for option, excluded in options["excludes"].items():
        assert option not in excluded
        assert all(option in options.at[other, "excludes"] for other in excluded)


def test_each_kind_is_used_by_a_service_and_has_a_title() -> None:
    """No option kind stands about unused, and each can be listed."""
    assert {kind for _, kind in USED} == set(names("options"))
    for name in names("options"):
        assert title("options", name).endswith(".")
        assert find("options", name).__doc__


@pytest.mark.parametrize(("service", "name"), USED)
@given(data=st.data(), known=st.booleans())
@settings(deadline=None, max_examples=3)
def test_every_kind_keeps_the_contract(service: str, name: str, data: st.DataObject, known: bool) -> None:
    """Whatever is missing in its layers and on the ground, a kind gives options that keep classes, money, land, verdicts and words."""
    profile = SERVICES[service]
    kind = profile.options[name]
    options, _ = propose(kind, profile, data.draw(layers_of(kind)), known)
    check(options, OPTIONS, profile.band_ids)
    if len(options):
        keeps_whole_classes(options, kind, profile)
        keeps_the_money(options, kind, profile)
        keeps_its_verdicts(options, kind, profile)
        keeps_its_words(options, kind)


@pytest.mark.parametrize(("service", "name"), USED)
def test_a_good_site_gives_an_option_that_passes(service: str, name: str) -> None:
    """On ground where all is known and nothing in the way, a good site gives one option of the kind, and no clause refuses it."""
    profile = SERVICES[service]
    kind = profile.options[name]
    role = role_of(kind.hosts[0])
    stated = {"kind": kind.hosts[0]} if role in ("hosts", "idle") else {}
    wanting = {
        "close_facility": {"enrolled": 5},
        "move_facility": {"floor_area_m2": 100},
        "village_build": {"planning_code": "0704"},
    }.get(name, {})
    layers = {role: layer(role, **stated, **wanting)}
    if name == "move_facility":
        layers["idle"] = layer("idle", "B")
    options, _ = propose(kind, profile, layers, known=True)
    assert options["kind"].tolist() == [name]
    wrong = [v for v in options["verdicts"].iloc[0] if v.outcome == "fail" and v.force == "must"]
    assert wrong == []
    assert options["verdict"].iloc[0] == ("unknown" if name == "search_area" else "pass")


@pytest.mark.parametrize(("service", "name"), [u for u in USED if u[1] != "fitted_room"])  # a room is made at its size
@pytest.mark.parametrize("known", [True, False])
def test_a_site_of_which_nothing_is_known_never_passes(service: str, name: str, known: bool) -> None:
    """With every value missing there is an option that is not known to hold, or none and a note that counts the site."""
    profile = SERVICES[service]
    kind = profile.options[name]
    for host in kind.hosts:
        role = role_of(host)
        options, notes = propose(
            kind, profile, {role: build(role, host, [dict.fromkeys(set(GOOD[role]) - set(STATED))])}, known
        )
        assert not set(options["verdict"]) & {"pass"}
        told = [n for n in notes if n.code == "GP-O010" and n.file == role and n.count == 1]
        silent = role == "parcels" or name in (
            "search_area",
            "move_facility",
        )  # a parcel of no known use is none of these
        assert len(options) or told or silent
        assert np.isfinite(options["cost"].astype(float)).all()
