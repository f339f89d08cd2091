"""Indicators: one table, one row a county or township, that target assessment is held against."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from geoplan.access._tally import ALL, labels_of, tally
from geoplan.access.gaps import CAUSES, THOUSAND
from geoplan.access.spread import spread
from geoplan.errors import UsageError

RURAL = "rural"  # the class of demand points that is not urban
WAYS = ("coverage_", "straight_coverage_")  # along the streets, and as the crow flies


def indicators(
    demand: pd.DataFrame,
    facilities: pd.DataFrame,
    gaps: pd.DataFrame,
    by: str,
    *,
    reaches: Sequence[float],
    places: pd.Series,
    under_three: pd.Series,
    reached: pd.Series | None = None,
    carers: pd.Series | None = None,
    units: Sequence[str] = (),
) -> pd.DataFrame:
    """The indicators of each unit and of the whole: index the values of the column `by`, None for what is in no unit, "all" last.

    `demand` (index demand_id): `by`, population, class, and as far as known coverage_<reach>, straight_coverage_<reach> (1
    or 0), nearest (minutes; missing where none is reached) and two_step_fca (places a person). `facilities` (index facility_id, those
    that stand): `by` and as far as known inclusive, enrolled or enrolled_<band>, demonstration, kind. `gaps`: the gap
    account. `places`: places that count, by facility (0 where none do). `under_three`: children by demand point. `reached`: whether a place
    that counts is within reach by the point's own rule; where not given, whether `nearest` is known. `carers`: carers that each facility
    needs for its places. `units` have a row even where nothing stands.

    Counts: areas, residents, under_three, wanted, served, facilities, places, inclusive_places, enrolled, demonstrations,
    unserved_areas and unserved_infants (demand points without a counted place within reach, and their children), unmet_places (wanted − served),
    carers_needed; forms is the number of kinds of facility. Rates: places_per_1000 = places / residents × 1000;
    served_share = served / wanted; places_per_100_under_3 = places / children × 100; enrolment_rate = enrolled / children; inclusive_share = inclusive places / places;
    coverage_areas_<r>, coverage_people_<r>, coverage_infants_<r> and straight_… = share of demand points, residents, children within r
    metres; rural_urban_ratio = share of children who reach a place, rural ÷ urban; and those of `geoplan.access.spread`.

    Unknown is not zero: a sum over anything missing is missing (NaN), and so is a rate over nothing. Counts of the units
    add up to those of the whole, or `CheckFailed` is raised. Raises `UsageError` if labels differ or a column is missing.

    >>> demand = pd.DataFrame({"unit_id": ["U", "V"], "class": "rural", "population": [900, 100], "nearest": [4.0, None]}, ["a", "b"])
    >>> facilities = pd.DataFrame({"unit_id": ["U"], "inclusive": [True]}, ["F"])
    >>> gaps = pd.DataFrame({"demand_id": ["a", "b"], "served": [3.0, 0.0], "too_far": [0.0, 2.0]}).assign(full=0, wrong_kind=0, not_joined=0)
    >>> table = indicators(demand, facilities, gaps, "unit_id", reaches=[], places=pd.Series({"F": 9.0}),
    ...                    under_three=pd.Series({"a": 20.0, "b": 5.0}))
    >>> table[["places_per_1000", "inclusive_share", "unserved_infants", "unmet_places"]].values.tolist()
    [[10.0, 1.0, 0.0, 0.0], [0.0, nan, 5.0, 2.0], [9.0, 1.0, 5.0, 2.0]]
    """
    _check(demand, facilities, gaps, by, places, under_three)
    children = under_three.reindex(demand.index).astype(float)
    is_reached = _reached(demand, reached)
    labels = labels_of([demand[by], *([facilities[by]] if by in facilities else [])], units)
    people = tally(_people(demand, gaps, children, is_reached, reaches), demand[by], labels)
    sums = people.join(_there(facilities, _supply(facilities, places, carers), by, labels))
    return _rates(sums, reaches).join(spread(demand, children, demand[by], labels))


def _check(
    demand: pd.DataFrame, facilities: pd.DataFrame, gaps: pd.DataFrame, by: str, places: pd.Series, children: pd.Series
) -> None:
    """Raise `UsageError` with everything that does not fit."""
    wrong = [f"demand has no column {c}" for c in (by, "population", "class") if c not in demand]
    for name, one, other in (
        ("places and facilities", places.index, facilities.index),
        ("under_three and demand", children.index, demand.index),
        ("gaps and demand", pd.Index(gaps["demand_id"].unique()), demand.index),
    ):
        if set(one) != set(other) or not other.is_unique:
            wrong.append(f"the ids of {name} differ: {sorted(map(str, set(one) ^ set(other)))[:5]}")
    if wrong:
        raise UsageError(f"indicators: {'; '.join(wrong)}")


def _reached(demand: pd.DataFrame, reached: pd.Series | None) -> pd.Series:
    """1 where a place that counts is reached, 0 where none is, missing where it is not known."""
    if reached is not None:
        return reached.reindex(demand.index).astype(float)
    return demand["nearest"].notna().astype(float) if "nearest" in demand else pd.Series(np.nan, demand.index)


def _people(
    demand: pd.DataFrame, gaps: pd.DataFrame, children: pd.Series, reached: pd.Series, reaches: Sequence[float]
) -> pd.DataFrame:
    """What adds up over demand points."""
    whole = (gaps.set_index("demand_id")[list(CAUSES)] * THOUSAND).round().groupby(level=0).sum().reindex(demand.index)
    residents, is_rural = demand["population"].astype(float), demand["class"].eq(RURAL)
    columns = {
        "areas": 1.0,
        "residents": residents,
        "under_three": children,
        "wanted": whole.sum(axis=1),
        "served": whole["served"],
        "unserved_areas": 1.0 - reached,
        "unserved_infants": children * (1.0 - reached),
        "rural": children * is_rural,
        "urban": children * ~is_rural,
        "rural_reached": children * is_rural * reached,
        "urban_reached": children * ~is_rural * reached,
    }
    for way in WAYS:
        for name in (f"{way}{r:g}" for r in reaches):
            within = demand[name].astype(float) if name in demand else pd.Series(np.nan, demand.index)
            reach = name.removeprefix(way)
            columns |= {f"{way}areas_{reach}": within, f"{way}people_{reach}": residents * within}
            columns |= {f"{way}infants_{reach}": children * within}
    return pd.DataFrame(columns, demand.index)


def _supply(facilities: pd.DataFrame, places: pd.Series, carers: pd.Series | None) -> pd.DataFrame:
    """What adds up over facilities."""
    own = places.reindex(facilities.index).astype(float)
    columns = {
        "facilities": pd.Series(1.0, facilities.index),
        "places": own,
        "inclusive_places": own * _flag(facilities, "inclusive").where(own > 0, 0.0),
        "enrolled": _enrolled(facilities),
        "demonstrations": _flag(facilities, "demonstration"),
        "carers_needed": _numbers(facilities.index, carers),
    }
    return pd.DataFrame(columns, facilities.index)


def _flag(facilities: pd.DataFrame, column: str) -> pd.Series:
    """1, 0, or missing where a flag is not known."""
    if column not in facilities:
        return pd.Series(np.nan, facilities.index)
    return facilities[column].astype("boolean").astype("Float64").astype(float)


def _enrolled(facilities: pd.DataFrame) -> pd.Series:
    """Children enrolled: the column, or the sum over the age bands; missing where any is."""
    if "enrolled" in facilities:
        return facilities["enrolled"].astype(float)
    bands = [c for c in facilities if str(c).startswith("enrolled_")]
    return facilities[bands].astype(float).sum(axis=1, skipna=False) if bands else _numbers(facilities.index, None)


def _numbers(index: pd.Index, values: pd.Series | None) -> pd.Series:
    return pd.Series(np.nan, index) if values is None else values.reindex(index).astype(float)


def _there(facilities: pd.DataFrame, supply: pd.DataFrame, by: str, labels: list[object]) -> pd.DataFrame:
    """The sums over facilities and the number of their kinds (an unknown kind is none); without a unit only the whole is known."""
    kinds = facilities.get("kind")
    if by in facilities:
        table = tally(supply, facilities[by], labels)
        forms = None if kinds is None else kinds.groupby(facilities[by]).nunique()
        table["forms"] = np.nan if forms is None else forms.reindex(table.index, fill_value=0).astype(float)
    else:
        index = pd.Index([*labels, ALL], dtype=object, name=by)
        table = pd.DataFrame(np.nan, index, [*supply.columns, "forms"])
        table.loc[ALL, supply.columns] = supply.sum(skipna=False)
    table.loc[ALL, "forms"] = np.nan if kinds is None else kinds.nunique()
    return table


def _rates(sums: pd.DataFrame, reaches: Sequence[float]) -> pd.DataFrame:
    """The counts with the rates beside them; parts of rates go."""
    table = sums.drop(columns=["rural", "urban", "rural_reached", "urban_reached"])
    table[["wanted", "served"]] /= THOUSAND
    table["unmet_places"] = (sums["wanted"] - sums["served"]) / THOUSAND
    table["served_share"] = _over(sums["served"], sums["wanted"])
    table["places_per_1000"] = _over(sums["places"], sums["residents"]) * 1000
    table["places_per_100_under_3"] = _over(sums["places"], sums["under_three"]) * 100
    table["enrolment_rate"] = _over(sums["enrolled"], sums["under_three"])
    table["inclusive_share"] = _over(sums["inclusive_places"], sums["places"])
    for way in WAYS:
        for part, whole in (("areas", "areas"), ("people", "residents"), ("infants", "under_three")):
            for name in (f"{way}{part}_{r:g}" for r in reaches):
                table[name] = _over(sums[name], sums[whole])
    rural, urban = (_over(sums[f"{part}_reached"], sums[part]) for part in ("rural", "urban"))
    table["rural_urban_ratio"] = _over(rural, urban)
    return table


def _over(part: pd.Series, whole: pd.Series) -> pd.Series:
    """A part over the whole; missing where the whole is nothing."""
    return part / whole.where(whole > 0)
