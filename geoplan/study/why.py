"""Why the answer changed: the difference between two scenarios, or two studies, shared out over the inputs that differ."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import ValidationError

from geoplan.errors import CheckFailed, Language, Text, UsageError
from geoplan.sources.provenance import sha256
from geoplan.study.compare import row
from geoplan.study.memo import Memo
from geoplan.study.run import run_scenario
from geoplan.study.scenarios import Scenario, Study
from geoplan.study.schema import Settings
from geoplan.study.variants import BASE

INDICATORS: dict[str, Text] = {
    "demand_total": Text("places wanted", "需求"),
    "capacity_counted": Text("places that count", "计入的容量"),
    "served": Text("served today", "现已满足"),
    "served_after": Text("served with the plan", "计划后满足"),
    "cost": Text("cost of the plan, yuan", "计划投资（元）"),
}
MOST_IN_EVERY_ORDER = 4  # inputs: sixteen runs; of more, one order is taken
OUTWARD = ("name", "language", "report", "map", "outputs", "version")  # change no number
ADDS_UP = 1e-6


@dataclass(frozen=True)
class Why:
    """What each input that differs did to each indicator: `shares` has a row an input; before + their sum = after.

    `every_order` tells whether a share is the mean over all orders in which the inputs can be switched (Shapley's value), or what
    came of switching them one after the other, as listed.
    """

    before: Mapping[str, float]
    after: Mapping[str, float]
    shares: pd.DataFrame
    every_order: bool

    def table(self, language: Language = "en") -> pd.DataFrame:
        """Before, the share of each input, after: one column an indicator."""
        ends = (Text("before", "之前"), Text("after", "之后"))
        first, last = (
            pd.DataFrame([end], index=[text.to(language)])
            for end, text in zip((self.before, self.after), ends, strict=True)
        )
        return pd.concat([first, self.shares, last]).rename(columns={k: t.to(language) for k, t in INDICATORS.items()})

    def summary(self, language: Language = "en") -> str:
        """Which input did most to the people served with the plan, in a sentence."""
        if self.shares.empty:
            return Text("nothing that changes a number differs", "没有影响数值的差异").to(language)
        moved = self.shares["served_after"]
        most = str(moved.abs().idxmax())
        text = Text(
            "served with the plan: {before:,.0f} before, {after:,.0f} after; most of it by {most} ({share:+,.0f})",
            "计划后满足：之前 {before:,.0f}，之后 {after:,.0f}；影响最大的是 {most}（{share:+,.0f}）",
        )
        ends = {"before": self.before["served_after"], "after": self.after["served_after"]}
        return text.to(language).format(**ends, most=most, share=moved[most])


def why(
    study: Study,
    before: str = BASE,
    after: str | None = None,
    *,
    later: Study | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Why:
    """Attribute the change from one scenario to another, or to the same one of a `later` study, to the inputs that differ.

    An input is a key of the second level (`demand.uptake`, `travel.urban`, `plan.budget`), a layer whose bytes or reading differ, or
    all `changes` together. Each is switched from before to after while the others stand as they are: with up to four inputs in every
    order, the share being the mean (Shapley 1953), with more in the order of the table. The shares add up to the whole change, which is
    checked. Raises `UsageError` for a scenario that there is not, and where a mixture of the two is no study.
    """
    other = later or study
    old, new = _raw(study, before, study), _raw(other, after or before, study)
    keys = _differing(old, new, study)
    every = len(keys) <= MOST_IN_EVERY_ORDER
    orders = list(permutations(keys)) if every else [tuple(keys)]
    found, memo = dict[frozenset[str], dict[str, float]](), Memo()

    def numbers(switched: frozenset[str]) -> dict[str, float]:
        if switched not in found:
            progress(f"with {', '.join(sorted(switched)) or 'nothing'} switched")
            found[switched] = _numbers(study, _mixed(old, new, switched), memo)
        return found[switched]

    shares = {key: dict.fromkeys(INDICATORS, 0.0) for key in keys}
    for order in orders:
        for place, key in enumerate(order):
            one, two = numbers(frozenset(order[:place])), numbers(frozenset(order[: place + 1]))
            for name in INDICATORS:
                shares[key][name] += (two[name] - one[name]) / len(orders)
    whole = Why(
        numbers(frozenset()),
        numbers(frozenset(keys)),
        pd.DataFrame.from_dict(shares, orient="index", columns=list(INDICATORS)),
        every,
    )
    check_adds_up(whole)
    return whole


def check_adds_up(found: Why) -> None:
    """Raise `CheckFailed` unless before and all shares come to after, for every indicator."""
    for name in INDICATORS:
        total = found.before[name] + float(found.shares[name].sum())
        if not math.isclose(total, found.after[name], rel_tol=ADDS_UP, abs_tol=ADDS_UP):
            raise CheckFailed(f"the shares of {name} come to {total}, not {found.after[name]}")


def _raw(study: Study, name: str, home: Study) -> dict[str, Any]:
    """The settings of a scenario as plain data, its paths as they are from the folder of the `home` study."""
    if name not in study.scenarios:
        raise UsageError(f"no scenario is called {name!r}; there are: {', '.join(list(study.scenarios)[:20])}")
    raw = {k: v for k, v in study.scenarios[name].settings.plain().items() if k not in OUTWARD}
    raw["area"] = {**raw["area"], "path": _moved(raw["area"]["path"], study, home)}
    raw["layers"] = {role: {**la, "path": _moved(la["path"], study, home)} for role, la in raw["layers"].items()}
    for journey in raw["travel"].values():
        if journey.get("matrix"):
            journey["matrix"] = _moved(journey["matrix"], study, home)
    return raw


def _moved(path: Any, study: Study, home: Study) -> Any:
    if isinstance(path, dict):
        return {part: _moved(p, study, home) for part, p in path.items()}
    if study.folder.resolve() == home.folder.resolve():
        return path
    return Path(os.path.relpath((study.folder / path).resolve(), home.folder.resolve())).as_posix()


def _differing(old: Mapping[str, Any], new: Mapping[str, Any], home: Study) -> list[str]:
    """The inputs that differ: keys of the second level, `changes` as one, layers and the area by what is in their files."""
    keys = []
    for key in sorted(set(old) | set(new)):
        one, two = old.get(key), new.get(key)
        if key == "area" or not (isinstance(one, dict) and isinstance(two, dict)):
            keys += [key] if _told(one, home) != _told(two, home) else []
        else:
            keys += [
                f"{key}.{k}"
                for k in sorted(set(one) | set(two), key=str)
                if _told(one.get(k), home) != _told(two.get(k), home)
            ]
    return keys


def _told(value: Any, home: Study) -> Any:
    """A value with the bytes of the files that it names in place of their paths."""
    if isinstance(value, dict) and "path" in value:
        paths = value["path"].values() if isinstance(value["path"], dict) else [value["path"]]
        return {**value, "path": [sha256(home.folder / p) for p in paths]}
    return value


def _mixed(old: dict[str, Any], new: dict[str, Any], switched: frozenset[str]) -> dict[str, Any]:
    """The old settings with the new values of some inputs."""
    mixed = {k: dict(v) if isinstance(v, dict) else v for k, v in old.items()}
    for key in switched:
        top, _, inner = key.partition(".")
        target, source, name = (mixed[top], new[top], inner) if inner else (mixed, new, top)
        if name in source:
            target[name] = source[name]
        else:
            target.pop(name, None)
    return mixed


def _numbers(study: Study, raw: dict[str, Any], memo: Memo) -> dict[str, float]:
    """The indicators of a mixture; a plan that is not there serves whom the facilities serve, for nothing."""
    base = study.scenarios[BASE].settings
    try:
        settings = Settings.model_validate({**raw, "version": 1, "name": base.name, "language": base.language})
    except ValidationError as error:
        raise UsageError(
            f"the two cannot be mixed key by key: {error.errors()[0]['msg']}; compare scenarios that differ in fewer keys"
        ) from error
    made = run_scenario(study, Scenario(BASE, settings, ()), None, memo, allow_outside=True)
    assert made is not None
    found = row(made.numbers)
    return {name: float(found[name] or 0.0) for name in INDICATORS}
