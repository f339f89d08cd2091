"""What a back-test is made from: enrolment, people, places and cost put in one order, checked, with what has to be told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.access import huff
from geoplan.access._backtest_notes import SHOWN, note
from geoplan.access.huff import Market, Values
from geoplan.errors import Finding, Findings, InputError, Text
from geoplan.network.cost import CostMatrix

HALF_A_PERSON = 0.5  # a facility with less than this to spare is full

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Told:
    """By facility, in the order of the cost matrix: people enrolled (NaN: unknown), places (NaN: unknown), forecast (NaN:
    none), whether it is full, whether anybody reaches it; `people` is how many there are, `market` who may choose what.
    """

    enrolled: Values
    places: Values
    forecast: Values
    full: Flags
    chosen: Flags
    people: float
    market: Market

    @property
    def rows(self) -> npt.NDArray[np.intp]:
        """The facilities whose enrolment is known and that somebody reaches: those that tell something."""
        return np.flatnonzero(~np.isnan(self.enrolled) & self.chosen)


def told(
    enrolled: pd.Series,
    demand: pd.Series | pd.DataFrame,
    cost: CostMatrix,
    places: pd.Series | pd.DataFrame,
    forecast: pd.Series | None,
) -> Told:
    """Everything in the order of `cost`; raises one `InputError` with all that is wrong."""
    people, room = _frame(demand), _frame(places)
    guess = pd.Series(dtype=float) if forecast is None else forecast
    _check(enrolled, people, cost, room, guess)
    people, room = people.reindex(cost.demand_ids), room.reindex(cost.place_ids)[people.columns]
    given, stated = (
        enrolled.reindex(cost.place_ids).to_numpy(float),
        room.where(room.notna().all(axis=1)).to_numpy(float),
    )
    total, pull = stated.sum(axis=1), np.nan_to_num(stated)
    with np.errstate(divide="ignore", invalid="ignore"):
        over = np.where(given > total, given / total, 1.0)  # what it took is what it can take
    over[~np.isfinite(over)] = 1.0
    market = huff.market(cost, people.to_numpy(float), pull, pull * over[:, None])
    load = huff.first_choice(market, market.weights("exponential", np.inf), 1.0)[0].sum(axis=1)
    full = (given >= total - HALF_A_PERSON) & (total > 0)
    return Told(
        given,
        total,
        guess.reindex(cost.place_ids).to_numpy(float),
        full,
        load > 0,
        float(people.to_numpy().sum()),
        market,
    )


def notes(data: Told, people: pd.Series | pd.DataFrame, forecast: bool) -> Findings:
    """What has to be told of the data: what is unknown, unreached, full, over its places; raises if nothing is left."""
    known, ids, found = ~np.isnan(data.enrolled), data.market.cost.place_ids, Findings()
    if not len(data.rows):
        raise _refused("GP-B004", "enrolment", _NOTHING, "")
    lost = _frame(people).reindex(data.market.cost.demand_ids).sum(axis=1).to_numpy() > data.market.people.sum(axis=1)
    for code, which, place in (
        ("GP-B010", ~known & data.chosen, "enrolment"),
        ("GP-B011", np.isnan(data.places), "places"),
        ("GP-B012", ~data.chosen & (data.places > 0), "places"),
        ("GP-B013", data.full & data.chosen & ~data.full[data.rows].all(), "enrolment"),
        ("GP-B015", data.enrolled > data.places, "enrolment"),
        ("GP-B020", known & np.isnan(data.forecast) & forecast, "forecast"),
    ):
        if which.any():
            found.add(note(code, ids[which], place))
    if lost.any():
        found.add(note("GP-B016", data.market.cost.demand_ids[lost], "demand"))
    return found


def _frame(values: pd.Series | pd.DataFrame) -> pd.DataFrame:
    return values.to_frame("all") if isinstance(values, pd.Series) else values


_LABELS = Text("labels differ from those of the cost matrix or bands", "编号与成本矩阵或月龄段不一致")
_NUMBERS = Text("must be finite numbers, not negative", "须为非负有限数")
_TWICE = Text("an id stands more than once", "编号重复")
_NOTHING = Text(
    "no facility has a known enrolment and known places that anybody reaches",
    "没有任何设施同时具备已知在托人数、已知托位且有人可达",
)
_ADVICE = Text("mend the table before it is used", "请先修正该表")


def _refused(code: str, place: str, problem: Text, value: str) -> InputError:
    return InputError(Finding(code, "", place, problem, _ADVICE, value))


def _check(
    enrolled: pd.Series, people: pd.DataFrame, cost: CostMatrix, places: pd.DataFrame, forecast: pd.Series
) -> None:
    """Labels must join and numbers be numbers; missing is allowed where it means unknown."""
    found = Findings()

    def add(code: str, place: str, problem: Text, values: Iterable[object]) -> None:
        if shown := sorted(map(str, values))[:SHOWN]:
            found.add(Finding(code, "", place, problem, _ADVICE, ", ".join(shown)))

    tables = {"enrolment": _frame(enrolled), "demand": people, "places": places, "forecast": _frame(forecast)}
    for place, given in tables.items():
        table = given.astype(float)
        add("GP-B002", place, _TWICE, table.index[table.index.duplicated()].unique())
        wrong = (table < 0) | np.isinf(table) | (table.isna() & (place == "demand"))
        add("GP-B003", place, _NUMBERS, table.index[wrong.any(axis=1)])
    add("GP-B001", "enrolment", _LABELS, set(enrolled.index) - set(cost.place_ids))
    add("GP-B001", "demand", _LABELS, set(people.index) ^ set(cost.demand_ids))
    add("GP-B001", "places", _LABELS, set(places.index) ^ set(cost.place_ids))
    add("GP-B001", "forecast", _LABELS, set(forecast.index) - set(cost.place_ids))
    add("GP-B001", "bands", _LABELS, set(people.columns) ^ set(places.columns))
    found.raise_errors()
