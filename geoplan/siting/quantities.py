"""Quantities: what a standard's `quantity` may name, how it is measured of options, and what a field check would fill.

`quantity_of(standard)` is the one way in. `distance_<hazard class>`, `overlap_<control role>` and `outside_<boundary role>` exist for every
class and role of the service. A measure takes options that carry the columns of their sites (and the sites' whole geometry).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.errors import Text, UsageError
from geoplan.profiles.service import ServiceProfile
from geoplan.profiles.standard import Standard
from geoplan.siting.ground import Ground
from geoplan.siting.surroundings import nearest_m, share_inside, width_m

OLD_AREAS = ("urban_old", "urban_built")  # where the notice puts conversion, purchase, swap and lease before new land
TO_CONFIRM = ("commercial", "industry", "reserve")  # land whose change of use somebody has to decide
STATES = {"planned": 1, "built": 2, "accepted": 3, "delivered": 4}  # the four milestones, in order
DONE = {"done": 1.0, "not_done": 0.0}


@dataclass(frozen=True)
class Measure:
    """What was measured of each option: `values` (missing: not known), and whether the quantity `applies` to it at all.

    Where it is not known whether it applies, it applies and is not known.
    """

    values: pd.Series
    applies: pd.Series


Measuring = Callable[[gpd.GeoDataFrame, Ground, ServiceProfile], Measure]


@dataclass(frozen=True)
class Quantity:
    """A quantity of options: title, unit, the site `columns` that a field check would fill, and how it is measured."""

    id: str
    title: Text
    unit: str
    columns: tuple[str, ...]
    measure: Measuring


def quantity_of(standard: Standard) -> Quantity:
    """The quantity that a standard bounds; one that is named by class or role has the title of the standard.

    Raises `UsageError` if it names none that can be measured.

    >>> rule = Standard("x", Text("distance to a plant", "距厂房"), 50, "m", "at_least", Text("", ""), "", "F", "distance_plant")
    >>> quantity_of(rule).title.en, quantity_of(rule).columns
    ('distance to a plant', ('distance_plant',))
    """
    name = standard.quantity
    if name in QUANTITIES:
        return QUANTITIES[name]
    for prefix, (unit, measure) in PREFIXES.items():
        if name.startswith(prefix) and name != prefix:
            return Quantity(name, standard.title, unit, (name,), measure(name.removeprefix(prefix)))
    known = ", ".join([*QUANTITIES, *(f"{prefix}<name>" for prefix in PREFIXES)])
    raise UsageError(f"standard {standard.id} bounds {name!r}; what can be measured: {known}")


def measure(standard: Standard, options: gpd.GeoDataFrame, ground: Ground, service: ServiceProfile) -> Measure:
    """What a standard bounds, measured of options; one for urban or rural areas does not apply in the others.

    Where the class of area is not known, neither is whether such a standard holds, so nothing is known.
    """
    measured = quantity_of(standard).measure(options, ground, service)
    if not standard.class_:
        return measured
    class_ = _text(options, "class")
    values = measured.values.where(class_.notna())
    return Measure(values, measured.applies & (class_.isna() | in_class(standard, class_)))


def in_class(standard: Standard, class_: pd.Series) -> pd.Series:
    """Whether a standard is one for these classes of area (rural, or any urban one).

    >>> rule = Standard("x", Text("", ""), 0, "share", "at_most", Text("", ""), "", "F", class_="rural")
    >>> in_class(rule, pd.Series(["rural", "urban_old"])).tolist()
    [True, False]
    """
    if not standard.class_:
        return pd.Series(True, index=class_.index)
    return (class_ == "rural") == (standard.class_ == "rural")


# --- columns -----------------------------------------------------------------------------------------------------------------


def _number(options: pd.DataFrame, column: str) -> pd.Series:
    """A column as numbers; all missing where there is none."""
    if column not in options.columns:
        return pd.Series(np.nan, index=options.index)
    return pd.to_numeric(options[column], errors="coerce").astype(float)


def _text(options: pd.DataFrame, column: str) -> pd.Series:
    """A column as text without blanks round it; missing where there is none or it is empty."""
    if column not in options.columns:
        return pd.Series(None, index=options.index, dtype=object)
    given = options[column].notna()
    text = options[column].astype(object).where(given, None)
    text = text.map(lambda value: str(value).strip() or None, na_action="ignore")
    return text.where(given, None)


def _everywhere(values: pd.Series) -> Measure:
    return Measure(values, pd.Series(True, index=values.index))


def _given(values: pd.Series) -> Measure:
    """Judged only where it is known."""
    return Measure(values, values.notna())


def _column(column: str) -> Measuring:
    return lambda options, _ground, _service: _everywhere(_number(options, column))


def _a_place(column: str) -> Measuring:
    def measure(options: gpd.GeoDataFrame, _ground: Ground, _service: ServiceProfile) -> Measure:
        places = _number(options, "places")
        return _everywhere(_number(options, column) / places.where(places > 0))

    return measure


def _where_given(column: str) -> Measuring:
    return lambda options, _ground, _service: _given(_number(options, column))


# --- buildings ---------------------------------------------------------------------------------------------------------------


def _storey_of_rating(*ratings: int) -> Measuring:
    """The storey of buildings with one of the fire ratings; of unknown rating it is known only on the ground floor and below, which
    every rating allows.
    """

    def measure(options: gpd.GeoDataFrame, _ground: Ground, _service: ServiceProfile) -> Measure:
        storey, rating = _number(options, "storey"), _number(options, "fire_rating")
        unrated = ~rating.isin([1, 2, 3, 4])
        return Measure(storey.where(~unrated | (storey <= 1)), unrated | rating.isin(ratings))

    return measure


def _on_second_floor(options: gpd.GeoDataFrame, _ground: Ground, _service: ServiceProfile) -> Measure:
    """The places of an option on the second floor; not known where its storey is not."""
    storey = _number(options, "storey")
    return Measure(_number(options, "places").where(storey.notna()), storey.isna() | (storey == 2))


def _occupancy(options: gpd.GeoDataFrame, _ground: Ground, _service: ServiceProfile) -> Measure:
    """Enrolled ÷ places of the facility that stands there."""
    places = _number(options, "site_places" if "site_places" in options.columns else "places")
    return _everywhere(_number(options, "enrolled") / places.where(places > 0))


# --- housing -----------------------------------------------------------------------------------------------------------------


def _places_per_1000(options: gpd.GeoDataFrame, _ground: Ground, _service: ServiceProfile) -> Measure:
    residents = _number(options, "population")
    return _everywhere(_number(options, "places") / residents.where(residents > 0) * 1000)


def milestones_behind(projects: pd.DataFrame) -> pd.Series:
    """How many of the four milestones (planned, built, accepted, delivered) the housing has passed and the facility has not.

    Columns `housing_state` (the last milestone that the housing has passed) and `<milestone>_state` (done, not_done). Missing
    where a state that matters is not known.

    >>> row = {"housing_state": "built", "planned_state": "done", "built_state": "not_done", "accepted_state": None}
    >>> milestones_behind(pd.DataFrame([row], index=["a"])).to_dict()
    {'a': 1.0}
    """
    passed = _text(projects, "housing_state").map(STATES).astype(float)
    behind = passed * 0
    for milestone, number in STATES.items():
        done = _text(projects, f"{milestone}_state").map(DONE).astype(float)
        behind += (1 - done).where(passed >= number, 0.0)
    return behind


def _milestones(options: gpd.GeoDataFrame, _ground: Ground, _service: ServiceProfile) -> Measure:
    return _everywhere(_number(options, "milestones_behind").fillna(milestones_behind(options)))


# --- ground ------------------------------------------------------------------------------------------------------------------


def _by_site(options: gpd.GeoDataFrame, measure: Callable[[gpd.GeoSeries], pd.Series]) -> pd.Series:
    """Measures each site once, however many options stand on it."""
    site, _ = pd.factorize(options["site_id"])
    first = np.unique(site, return_index=True)[1]
    found = measure(options.geometry.iloc[first]).to_numpy(float)
    return pd.Series(found[site], index=options.index)


def _distance(hazard: str) -> Measuring:
    """Metres to the nearest feature of a class of hazard; what a field check found goes before the layer.

    Where no layer shows the class, that is not known; unless the study says that there are none: then the quantity applies
    to no site, because there is nothing to keep clear of and no distance to print.
    """

    def measure(options: gpd.GeoDataFrame, ground: Ground, _service: ServiceProfile) -> Measure:
        checked = _number(options, f"distance_{hazard}")
        features = None if ground.hazards is None else ground.hazards[ground.hazards["kind"] == hazard]
        if features is None or features.empty:
            return _given(checked) if hazard in ground.absent else _everywhere(checked)
        return _everywhere(checked.fillna(_by_site(options, lambda sites: nearest_m(sites, features))))

    return measure


def _overlap(role: str) -> Measuring:
    """The share of each site inside the layer of a role; what a field check found goes before the layer.

    Without the layer that is not known; unless the study says that there is none of it in the area: then it applies to no site.
    """

    def measure(options: gpd.GeoDataFrame, ground: Ground, _service: ServiceProfile) -> Measure:
        checked = _number(options, f"overlap_{role}")
        if ground.controls.get(role) is None:
            return _given(checked) if role in ground.absent else _everywhere(checked)
        inside = _by_site(options, lambda sites: share_inside(sites, ground.controls[role]))
        return _everywhere(checked.fillna(inside))

    return measure


def _outside(role: str) -> Measuring:
    """The share of each site outside the boundary of a role; what a field check found goes before the layer."""

    def measure(options: gpd.GeoDataFrame, ground: Ground, _service: ServiceProfile) -> Measure:
        checked = _number(options, f"outside_{role}")
        if ground.controls.get(role) is None:
            return _everywhere(checked)
        inside = _by_site(options, lambda sites: share_inside(sites, ground.controls[role]))
        return _everywhere(checked.fillna(1 - inside))

    return measure


def _width(options: gpd.GeoDataFrame, _ground: Ground, _service: ServiceProfile) -> Measure:
    return _everywhere(_number(options, "land_width_m").fillna(_by_site(options, width_m)))


def _frontage(options: gpd.GeoDataFrame, ground: Ground, _service: ServiceProfile) -> Measure:
    checked, streets = _number(options, "frontage_m"), ground.streets
    if streets is None:
        return _everywhere(checked)
    return _everywhere(checked.fillna(_by_site(options, lambda sites: nearest_m(sites, streets))))


def _nearest_home(options: gpd.GeoDataFrame, ground: Ground, _service: ServiceProfile) -> Measure:
    homes = ground.homes
    if homes is None:
        return _everywhere(pd.Series(np.nan, index=options.index))
    return _everywhere(_by_site(options, lambda sites: nearest_m(sites, homes)))


# --- land and place ----------------------------------------------------------------------------------------------------------


def role_of_land(codes: pd.Series, roles: Mapping[str, str]) -> pd.Series:
    """The role of each land-use code by the longest prefix that the table knows; missing for a code that it does not know.

    >>> role_of_land(pd.Series(["070102", "0702", "99", None]), {"07": "residential", "0702": "service"}).tolist()
    ['residential', 'service', None, None]
    """

    def role(code: str) -> str | None:
        cut = next((code[:n] for n in range(len(code), 0, -1) if code[:n] in roles), None)
        return None if cut is None else roles[cut]

    known = {code: role(code) for code in codes.dropna().unique()}
    return pd.Series([known.get(code) for code in codes], index=codes.index, dtype=object)


def _land_use(options: gpd.GeoDataFrame, _ground: Ground, service: ServiceProfile) -> Measure:
    """1 where the role of the land suits the kind of option, 0 where it does not.

    The planning code decides where it is given, else the survey code: the same code means different things in the two. Not known
    without a code, for a code that nobody knows, and for land whose change of use is to be confirmed.
    """
    planned, surveyed = _text(options, "planning_code"), _text(options, "survey_code")
    by_plan = role_of_land(planned, service.land_use.get("planning", {}))
    by_survey = role_of_land(surveyed, service.land_use.get("survey", {}))
    role = by_plan.where(planned.notna(), by_survey)
    suits = [r in service.options[kind].land_uses for r, kind in zip(role, options["kind"], strict=True)]
    open_ = role.isna() | role.isin(TO_CONFIRM)
    values = pd.Series(suits, index=options.index).astype(float)
    return _everywhere(values.where((values == 1) | ~open_))


def _convertible(options: gpd.GeoDataFrame, _ground: Ground, service: ServiceProfile) -> Measure:
    """The number that `convert_first` found; it applies to new land in old and built-up areas, and where the class is not known."""
    class_ = _text(options, "class")
    new_land = options["kind"].map(lambda kind: service.options[kind].nature == "new_land").astype(bool)
    return Measure(_number(options, "convertible_in_reach"), new_land & (class_.isna() | class_.isin(OLD_AREAS)))


QUANTITIES: dict[str, Quantity] = {
    quantity.id: quantity
    for quantity in (
        Quantity(
            "floor_m2", Text("floor area", "可用建筑面积"), "m²", ("spare_floor_m2",), _column("floor_available_m2")
        ),
        Quantity(
            "outdoor_m2_per_place",
            Text("outdoor ground per place", "每托位室外场地"),
            "m²/place",
            ("outdoor_m2",),
            _a_place("outdoor_m2"),
        ),
        Quantity(
            "land_m2_per_place",
            Text("land per place", "每托位用地"),
            "m²/place",
            ("land_m2",),
            _a_place("land_available_m2"),
        ),
        Quantity("land_min_m2", Text("area of the land", "用地面积"), "m²", ("land_m2",), _column("land_available_m2")),
        Quantity("land_width_m", Text("width of the land", "用地宽度"), "m", ("land_width_m",), _width),
        Quantity(
            "frontage_m", Text("distance to the nearest street", "距最近道路距离"), "m", ("frontage_m",), _frontage
        ),
        Quantity("slope_percent", Text("slope", "坡度"), "%", ("slope_percent",), _where_given("slope_percent")),
        Quantity("farmland_m2", Text("farmland taken", "占用耕地"), "m²", ("farmland_m2",), _column("farmland_m2")),
        Quantity("land_use", Text("land use suits", "用地性质相容"), "met", ("planning_code",), _land_use),
        Quantity("storey", Text("storey", "所在楼层"), "storey", ("storey",), _column("storey")),
        Quantity(
            "storey_rating_1_2",
            Text("storey in a building of fire rating I or II", "所在楼层（耐火等级一、二级）"),
            "storey",
            ("storey", "fire_rating"),
            _storey_of_rating(1, 2),
        ),
        Quantity(
            "storey_rating_3",
            Text("storey in a building of fire rating III", "所在楼层（耐火等级三级）"),
            "storey",
            ("storey", "fire_rating"),
            _storey_of_rating(3),
        ),
        Quantity(
            "storey_rating_4",
            Text("storey in a building of fire rating IV", "所在楼层（耐火等级四级）"),
            "storey",
            ("storey", "fire_rating"),
            _storey_of_rating(4),
        ),
        Quantity(
            "children_on_second_floor",
            Text("children on the second floor", "二层婴幼儿人数"),
            "children",
            ("storey",),
            _on_second_floor,
        ),
        Quantity(
            "sunlight_h", Text("sunlight on winter solstice", "冬至日满窗日照"), "h", (), _where_given("sunlight_h")
        ),
        Quantity(
            "own_entrance", Text("entrance of its own", "独立出入口"), "met", ("own_entrance",), _column("own_entrance")
        ),
        Quantity("classes", Text("classes", "班数"), "classes", (), _column("classes")),
        Quantity("shared_classes", Text("classes in a shared building", "合建班数"), "classes", (), _column("classes")),
        Quantity("lease_years", Text("years of lease", "租赁年限"), "years", ("lease_years",), _column("lease_years")),
        Quantity("nearest_home_m", Text("distance to the nearest home", "距最近居住区距离"), "m", (), _nearest_home),
        Quantity(
            "convertible_in_reach",
            Text("convertible sites within reach that pass", "半径内可改建且合规的场所数"),
            "sites",
            (),
            _convertible,
        ),
        Quantity(
            "places_per_1000_new",
            Text("places per 1,000 residents", "千人托位数"),
            "places/1,000 residents",
            ("population",),
            _places_per_1000,
        ),
        Quantity(
            "milestones_behind",
            Text("milestones behind the housing", "滞后于住宅的环节数"),
            "milestones",
            ("milestones_behind",),
            _milestones,
        ),
        Quantity(
            "least_children",
            Text("children there", "当地婴幼儿人数"),
            "children",
            ("children_under_3",),
            _column("children_under_3"),
        ),
        Quantity("room_m2", Text("usable area of the room", "使用面积"), "m²", (), _column("floor_area_m2")),
        Quantity(
            "occupancy", Text("share of the places that are taken", "托位使用率"), "share", ("enrolled",), _occupancy
        ),
    )
}

# prefix: unit, and how the quantity of the class or role after it is measured
PREFIXES: dict[str, tuple[str, Callable[[str], Measuring]]] = {
    "distance_": ("m", _distance),
    "overlap_": ("share", _overlap),
    "outside_": ("share", _outside),
}
