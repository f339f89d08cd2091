"""Day-time demand: some children are cared for where their parents work, and are counted there instead of at home."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.demand.uptake import THOUSAND, by_largest_remainder, rank_of
from geoplan.errors import CheckFailed, Finding, Findings, Text
from geoplan.tables import number_column

CODES = "GP-D001", "GP-D002"
WANTED = Text("compute places_wanted first", "请先计算需求托位")
SHOWN = 5

Whole = npt.NDArray[np.int64]


def daytime(
    demand: pd.DataFrame, employers: pd.DataFrame, share: float, bands: Sequence[str], findings: Findings
) -> pd.DataFrame:
    """Demand by day: the rows of `demand` with less wanted, then the employers as further demand points; index demand_id.

    An employer wants share × `children_under_3` places (rounded to thousandths by the largest remainder over all employers). Each of
    them is one child who wants a place at work and no longer at home: the same number is taken from the homes,

    1. first from those of the employer's own unit, in proportion to what each home and age band wants there;
    2. what a unit cannot give, and what employers without a unit want, from all homes in proportion to what they want still.

    The employers of a unit receive the age bands that were taken, each in proportion to what it wants. Column `at_work` tells the
    rows apart. People stay where they live: `people_<band>` and `population` are 0 at an employer. An employer whose
    children are not known adds nothing, a note. Every band's total is the same as before to the thousandth, or `CheckFailed` is
    raised. Raises `InputError`: a number missing or negative, a share outside [0, 1], an id that stands twice, more children
    at workplaces than places wanted at all.

    >>> homes = pd.DataFrame({"unit_id": "U", "wanted_m24_36": [6.0, 2.0]}, index=["a", "b"])
    >>> work = pd.DataFrame({"unit_id": ["U"], "children_under_3": [8]}, index=["E"])
    >>> daytime(homes, work, 0.5, ["m24_36"], Findings())["wanted_m24_36"].to_dict()
    {'a': 3.0, 'b': 1.0, 'E': 4.0}
    """
    columns = [f"wanted_{b}" for b in bands]
    for column in columns:
        number_column(demand, column, "demand", WANTED, findings, CODES)
    known = _known(employers, findings)
    _note_problems(demand, known, share, findings)
    findings.raise_errors()
    homes, work = demand.sort_index(), known.sort_index()  # so that the order of the rows changes nothing
    wanted = np.rint(homes[columns].to_numpy(float) * THOUSAND).astype(np.int64)
    amount = by_largest_remainder(work["children_under_3"].to_numpy(float), share, rank_of(work.index))
    if amount.sum() > wanted.sum():
        findings.add(_too_many(amount, wanted))
        findings.raise_errors()
    at_home, at_work = _move(wanted, amount, homes, work)
    if not np.array_equal(at_home.sum(axis=0) + at_work.sum(axis=0), wanted.sum(axis=0)):
        raise CheckFailed("workplace: an age band's places wanted are not the same by day")
    ids = homes.index.append(work.index)
    return _joined(demand, known, pd.DataFrame(np.vstack([at_home, at_work]) / THOUSAND, ids, columns))


def _known(employers: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """The employers whose children are known; a note counts the others."""
    children = employers.reindex(columns=["children_under_3"])["children_under_3"]
    unknown = employers.index[children.isna()]
    if len(unknown):
        problem = Text(
            "children under three of the workers not known: no day-time demand", "职工3岁以下子女数未知，未计日间需求"
        )
        advice = Text("ask the employer", "请向用人单位核实")
        value = ", ".join(map(str, unknown[:SHOWN]))
        place = "column children_under_3"
        findings.add(Finding("GP-D071", "employers", place, problem, advice, value, "note", len(unknown)))
    known = employers.assign(children_under_3=children)[children.notna()]
    number = number_column(known, "children_under_3", "employers", WANTED, findings, CODES)
    return known.assign(children_under_3=number)


def _note_problems(demand: pd.DataFrame, employers: pd.DataFrame, share: float, findings: Findings) -> None:
    ids = demand.index.append(employers.index)
    twice = ids[ids.duplicated()]
    mend = Text("correct it", "请更正")
    if len(twice):
        problem = Text("this id stands more than once", "编号重复")
        value = ", ".join(map(str, twice[:SHOWN]))
        findings.add(Finding("GP-D072", "employers", "index", problem, mend, value, count=len(twice)))
    if not 0 <= share <= 1:
        problem = Text("must be a share between 0 and 1", "须为0至1之间的比例")
        findings.add(Finding("GP-D073", "", "workplace.share", problem, mend, str(share)))


def _too_many(amount: Whole, home: Whole) -> Finding:
    at_work, wanted = amount.sum() / THOUSAND, home.sum() / THOUSAND
    problem = Text(
        f"{at_work:g} places would be wanted at work, but only {wanted:g} are wanted at all",
        f"工作地需求 {at_work:g} 个托位，超过全部需求 {wanted:g} 个",
    )
    return Finding("GP-D074", "employers", "share", problem, Text("lower the share", "请降低比例"), f"{at_work:g}")


def _move(home: Whole, amount: Whole, demand: pd.DataFrame, employers: pd.DataFrame) -> tuple[Whole, Whole]:
    """What is wanted at homes and at employers, rows × bands, after the two rounds."""
    left, work = home.copy(), np.zeros((len(amount), home.shape[1]), np.int64)
    open_ = amount.copy()
    unit, home_unit = (t.reindex(columns=["unit_id"])["unit_id"].to_numpy(object) for t in (employers, demand))
    for name in sorted({u for u in unit if not pd.isna(u)}):
        _round(left, work, open_, np.flatnonzero(home_unit == name), np.flatnonzero(unit == name))
    _round(left, work, open_, np.arange(len(home)), np.arange(len(amount)))
    return left, work


def _round(left: Whole, work: Whole, open_: Whole, homes: Whole, employers: Whole) -> None:
    """Move what these employers want still, as far as these homes can give it."""
    moved = min(int(open_[employers].sum()), int(left[homes].sum()))
    taken = _part(left[homes].ravel(), moved).reshape(-1, left.shape[1])
    left[homes] -= taken
    by_band = taken.sum(axis=0)
    each = _part(open_[employers], moved)
    open_[employers] -= each
    for employer, wants in zip(employers, each, strict=True):
        bands = _part(by_band, int(wants))
        work[employer] += bands
        by_band -= bands


def _part(cells: Whole, amount: int) -> Whole:
    """`amount` taken from cells in proportion, whole, none of them below 0: the largest remainders get what is left over."""
    total = int(cells.sum())
    if total == 0:
        return np.zeros_like(cells)
    part = cells * amount // total
    rest = cells * amount % total
    part[np.argsort(-rest, kind="stable")[: amount - int(part.sum())]] += 1
    return part


def _joined(demand: pd.DataFrame, employers: pd.DataFrame, wanted: pd.DataFrame) -> pd.DataFrame:
    """One table of homes and employers: the columns of `demand`, and `at_work`."""
    lives = [c for c in demand.columns if str(c).startswith("people_") or c == "population"]
    work = employers.reindex(columns=demand.columns).assign(**dict.fromkeys(lives, 0.0))
    joined = pd.concat([demand, work.astype({c: demand[c].dtype for c in lives if demand[c].dtype.kind == "f"})])
    joined = joined.assign(**{str(c): wanted[c].reindex(joined.index) for c in wanted.columns})
    joined["at_work"] = np.arange(len(joined)) >= len(demand)
    return joined.rename_axis("demand_id")
