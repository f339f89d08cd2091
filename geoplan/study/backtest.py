"""The back-test of a study: its layers as a run reads them, held against the enrolment of the year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path

import pandas as pd
from numpy.random import Generator

from geoplan import tables
from geoplan.access.assignment import assign
from geoplan.access.backtest import backtest
from geoplan.access.backtest_result import BackTest
from geoplan.errors import Finding, Findings, InputError, Text, UsageError
from geoplan.network.cost import CostMatrix
from geoplan.sources.enrolment import read_enrolment
from geoplan.study.given import read_given
from geoplan.study.known import Known, know
from geoplan.study.memo import Memo
from geoplan.study.rules import service_of
from geoplan.study.scenarios import Study, load_study
from geoplan.study.travelled import places_of, travel_all

SHOWN = 5


def backtest_study(
    study: Study | str | Path,
    enrolment: str | Path,
    scenario: str = "base",
    *,
    draws: int = 0,
    generator: Generator | None = None,
    allow_outside: bool = False,
) -> BackTest:
    """Estimate uptake and decay again from the enrolment of a study's facilities, and say how far its forecast was wrong.

    `study` is the one to be tested: the study file of last year with its layers; people and facilities are those of the year that it plans for. `enrolment` is a CSV or XLSX table with the
    columns facility_id (编号) and enrolled (在托人数) or enrolled_<band>. The facilities that are open compete, and those that the
    table says had people, whether their places count in the study or not. People are those of each band, and only places of their
    band draw them; travel is that of the study. The forecast is the study's own: the people whom its assignment of places wanted
    gives to each facility whose places count. `draws` and `generator` give intervals (see `backtest`).

    Raises `UsageError` for a scenario that is not there, `InputError` for what is wrong with study, layers or table, an id of
    the table that no facility has among it.
    """
    loaded = study if isinstance(study, Study) else load_study(study)
    if scenario not in loaded.scenarios:
        raise UsageError(f"no scenario is called {scenario!r}; there are: {', '.join(loaded.scenarios)}")
    chosen = loaded.scenarios[scenario]
    settings, memo, findings = chosen.settings, Memo(), Findings()
    service = service_of(settings)
    enrolled = read_enrolment(enrolment, service.band_ids, findings)
    given = read_given(loaded, chosen, service, memo, allow_outside)
    known = know(settings, given, service, memo)
    _check_ids(enrolled.index, known.facilities.index, str(enrolment))
    cost = travel_all(settings, given, known.demand, places_of(known), memo)
    competing = _competing(known, enrolled)
    people, places = (
        tables.places(t, service.band_ids, p) for t, p in ((known.demand, "people"), (known.facilities, "places"))
    )
    answer = backtest(
        enrolled[enrolled.index.isin(competing)],
        people,
        cost.select(competing),
        places.loc[competing],
        forecast=forecast_of(known, cost, service.band_ids),
        draws=draws,
        generator=generator,
    )
    return replace(answer, findings=(*findings, *answer.findings))


def forecast_of(known: Known, cost: CostMatrix, bands: Sequence[str]) -> pd.Series:
    """The places used of each facility that counts (people), by the assignment that the gap account is made from."""
    counted = known.counted
    wanted = tables.places(known.demand, bands, "wanted")
    given = assign(cost.select(counted.index), wanted, tables.places(counted, bands))
    used: pd.Series = given.groupby("place_id")["amount"].sum()
    return used.reindex(counted.index, fill_value=0.0).rename("forecast")


def _competing(known: Known, enrolled: pd.Series) -> pd.Index:
    """Facilities that are open, and those that had people all the same."""
    ids = known.facilities.index
    competing: pd.Index = ids[ids.isin(known.standing.index) | ids.isin(enrolled[enrolled > 0].index)]
    return competing


def _check_ids(given: pd.Index, there: pd.Index, file: str) -> None:
    """Raise one `InputError` with every id of the table that no facility has, and the nearest that one has."""
    problem = Text("no facility of the study has this id", "研究中没有该编号的设施")
    found = Findings()
    for wrong in given[~given.isin(there)]:
        near = get_close_matches(wrong, there, n=1, cutoff=0.5)
        shown = ", ".join(near or there[:SHOWN])
        advice = Text(
            f"did you mean {shown}?" if near else f"join by the ids of the facilities layer: {shown} …",
            f"是否为 {shown}？" if near else f"请使用设施图层的编号：{shown} 等",
        )
        found.add(Finding("GP-B031", file, "column facility_id", problem, advice, wrong))
    if found.errors():
        raise InputError(found.errors())
