"""Compliance: each option judged clause by clause, with the value measured; unknown is never a pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from geoplan.errors import UsageError
from geoplan.profiles.service import ServiceProfile
from geoplan.profiles.standard import Outcome, Standard, Verdict

# what a standard's `quantity` may name, and how it is measured of the options
QUANTITIES: dict[str, Callable[[pd.DataFrame], pd.Series]] = {
    "floor_m2": lambda options: options["floor_available_m2"],
    "outdoor_m2_per_place": lambda options: options["outdoor_m2"] / options["places"],
    "land_m2_per_place": lambda options: options["land_available_m2"] / options["places"],
    "farmland_m2": lambda options: options["farmland_m2"],
    "storey": lambda options: options["storey"],
    "classes": lambda options: options["classes"],
}


def judge(options: pd.DataFrame, service: ServiceProfile) -> pd.Series:
    """The verdicts of each option, a list in the order of its kind's `checks`, on the index of `options`.

    Raises `UsageError` if a standard that is to be checked names no quantity that can be measured.
    """
    verdicts = {option: list[Verdict]() for option in options.index}
    for kind, rows in options.groupby("kind", sort=True):
        for check in service.options[str(kind)].checks:
            standard = service.standards[check]
            for option, measured in _measure(rows, standard).items():
                verdicts[option].append(standard.judge(None if pd.isna(measured) else float(measured)))
    return pd.Series(list(verdicts.values()), index=options.index, dtype=object, name="verdicts")


def overall(verdicts: Iterable[Verdict]) -> Outcome:
    """`fail` if anything that must hold fails, else `unknown` if anything is unknown, else `pass`.

    Nothing judged is unknown. A standard that only should hold (宜) cannot fail an option, but its unknown shows.

    >>> from geoplan.errors import Text
    >>> held = Verdict("no_basement", "pass", 1.0, 1.0, "storey", Text("", ""))
    >>> unknown = Verdict("outdoor", "unknown", None, 2.0, "m²", Text("", ""))
    >>> overall([held]), overall([held, unknown]), overall([])
    ('pass', 'unknown', 'unknown')
    """
    verdicts = list(verdicts)
    if any(v.outcome == "fail" and v.force == "must" for v in verdicts):
        return "fail"
    return "unknown" if not verdicts or any(v.outcome == "unknown" for v in verdicts) else "pass"


def _measure(options: pd.DataFrame, standard: Standard) -> pd.Series:
    if standard.quantity not in QUANTITIES:
        known = ", ".join(QUANTITIES)
        raise UsageError(f"standard {standard.id} bounds {standard.quantity!r}; what can be measured: {known}")
    return QUANTITIES[standard.quantity](options)
