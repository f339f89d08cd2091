"""Explained: the plan of a finished run asked again: why a site, what instead, what a decision costs, what more money would do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.errors import Finding, InputError, Language, Text, UsageError
from geoplan.explain.front import Front, front
from geoplan.explain.override import Override, override
from geoplan.explain.refusal import Refusal, refusals
from geoplan.explain.substitutes import Substitutes, substitutes
from geoplan.location.plan import Plan
from geoplan.location.problem import LocationProblem
from geoplan.location.programme import ProgrammeProblem
from geoplan.study import line, manifest
from geoplan.study.given import read_given
from geoplan.study.memo import Memo
from geoplan.study.plan_settings import PlanSettings
from geoplan.study.rules import service_of
from geoplan.study.scenarios import load_study

Progress = Callable[[str, str], None]
SHARES = np.linspace(0.25, 1.75, 12).round(
    4
)  # of the study's budget: the curve from a quarter to nearly twice the money


@dataclass(frozen=True, eq=False)
class Planned:
    """The plan of a scenario with the question that it answers, computed again; `chosen` are its options, `unit` counties by demand id."""

    problem: LocationProblem | ProgrammeProblem
    plan: Plan
    asked: PlanSettings
    chosen: gpd.GeoDataFrame
    options: gpd.GeoDataFrame
    unit: pd.Series
    language: Language
    say: Callable[[str], None]

    @property
    def limits(self) -> dict[str, Any]:
        """The time that each question may take; the gap is that of the plan."""
        return {"time_limit_s": self.asked.time_limit_s}

    def ids(self, site: str) -> list[str]:
        """The options that an id of a site or of an option names, of those that the plan could choose."""
        named = self.options.index[(self.options.index == site) | (self.options["site_id"] == site)]
        free = [str(i) for i in named if i in set(self.problem.cost.place_ids)]
        if not free:
            raise UsageError(f"{site!r} is no site or option that the plan could choose")
        return free


def open_plan(folder: str | Path, study: str | Path | None = None, progress: Progress = lambda _s, _t: None) -> Planned:
    """Compute the scenario of a finished run again up to its plan; raises `UsageError` if it has none."""
    record = manifest.read_manifest(Path(folder))
    loaded = load_study(study or study_of(Path(folder), record["study"]))
    scenario = loaded.scenarios[record["scenario"]]
    settings, memo = scenario.settings, Memo()
    service = service_of(settings)

    def say(stage: str) -> None:
        progress(scenario.name, stage)

    stages = line.compute(settings, read_given(loaded, scenario, service, memo), service, memo, say)
    decided = stages.decided
    if decided.plan is None or decided.problem is None or settings.plan is None:
        raise UsageError(f"scenario {scenario.name} has no plan to explain")
    chosen = line.chosen_options(stages.known, decided)
    unit = stages.measured.demand["unit_id"].astype(str)
    return Planned(
        decided.problem, decided.plan, settings.plan, chosen, stages.known.options, unit, settings.language, say
    )


@dataclass(frozen=True)
class Explanation:
    """A chosen option, whom it serves, and what refusing it costs (people).

    `lost`: those who lose their place if nothing replaces it; `lost_at_least` and `lost_at_most` bound what the best plan
    without it serves less; `comes_in` and `goes_out`: what the plan found without it builds instead; `places` and `money` what that
    has more; `worst_unit` is the county that loses most.
    """

    option: str
    name: str
    kind: str
    places: float
    cost: float
    served: float
    lost: float
    lost_at_least: float
    lost_at_most: float
    places_more: float
    money_more: float
    worst_unit: str
    worst_unit_lost: float
    comes_in: tuple[str, ...]
    goes_out: tuple[str, ...]
    language: Language

    def plain(self) -> dict[str, Any]:
        """The explanation as plain data."""
        return asdict(self)

    def summary(self) -> str:
        """The explanation in sentences."""
        text = Text(
            "{option} {name} ({kind}): {places:,.0f} places, {cost:,.0f} yuan, serves {served:,.1f}.\n"
            "If it is refused and nothing replaces it, {lost:,.1f} lose their place.\n"
            "With the best plan without it, between {lost_at_least:,.1f} and {lost_at_most:,.1f} fewer are served.\n"
            "The plan found without it: {places_more:+,.0f} places, {money_more:+,.0f} yuan{worst}.\n"
            "Comes in: {comes_in}. Goes out: {goes_out}.",
            "{option} {name}（{kind}）：托位 {places:,.0f}，投资 {cost:,.0f} 元，服务 {served:,.1f} 人。\n"
            "若不采用且无替代，{lost:,.1f} 人失去托位。\n"
            "另求最优计划时，少服务 {lost_at_least:,.1f} 至 {lost_at_most:,.1f} 人。\n"
            "另求所得计划：托位 {places_more:+,.0f}，投资 {money_more:+,.0f} 元{worst}。\n"
            "替入：{comes_in}。替出：{goes_out}。",
        ).to(self.language)
        none = Text("nothing", "无").to(self.language)
        lists = {n: ", ".join(getattr(self, n)) or none for n in ("comes_in", "goes_out")}
        worst = Text("; {unit} loses most, {lost:,.1f}", "；{unit} 减少最多，{lost:,.1f} 人").to(self.language)
        said = worst.format(unit=self.worst_unit, lost=self.worst_unit_lost) if self.worst_unit else ""
        return text.format(**{**asdict(self), **lists, "worst": said})


def explain(
    folder: str | Path, site: str, study: str | Path | None = None, progress: Progress = lambda _s, _t: None
) -> Explanation:
    """Explain one site (or option) of the plan in a scenario's folder; raises `UsageError` if the plan does not hold it."""
    planned = open_plan(folder, study, progress)
    chosen = planned.chosen
    options = chosen.index[(chosen.index == site) | (chosen["site_id"] == site)]
    if options.empty:
        raise UsageError(
            f"{site!r} is not in the plan of {Path(folder).name}; its sites are {', '.join(chosen['site_id'][:8])} …"
        )
    return explain_all(planned, [str(options[0])])[0]


def explain_all(planned: Planned, sites: Sequence[str] | None = None) -> list[Explanation]:
    """Explain these options of the plan, or all."""
    told = refusals(
        planned.problem, planned.plan, planned.asked.model, sites=None if sites is None else list(sites),
        unit=planned.unit, progress=planned.say, **planned.limits,
    )  # fmt: skip
    return [_explanation(planned.chosen.loc[each.place_id], each, planned.language) for each in told.each]


def instead(planned: Planned, within: float, count: int) -> Substitutes:
    """Plans that differ from the plan and are nearly as good."""
    asked = planned.asked.model
    return substitutes(planned.problem, planned.plan, asked, within, count, progress=planned.say, **planned.limits)


def decide(
    planned: Planned, *, pin: str | None, ban: str | None, reason: str, by: str = "", date: str = ""
) -> Override:
    """What it costs to pin or to ban a site (all its options) or an option."""
    places: dict[str, Any] = {"ban": planned.ids(ban)} if ban else {"pin": planned.ids(pin or "")[:1]}
    if pin and len(planned.ids(pin)) > 1:
        options = ", ".join(planned.ids(pin))
        raise UsageError(f"{pin!r} has several options; pin one of them: {options}")
    return override(
        planned.problem, planned.plan, planned.asked.model, **places, reason=reason, by=by, date=date, **planned.limits
    )


def curve(planned: Planned, budgets: Sequence[float] = ()) -> Front:
    """How many are served with how much money: for these budgets in yuan, else from a quarter to nearly twice the study's."""
    whole = sum(planned.asked.budget.values())
    if not budgets and not whole:
        raise UsageError("the study has no budget to vary; give budgets")
    amounts = [float(b) for b in budgets] or [float(round(whole * s)) for s in SHARES]
    return front(
        planned.problem, planned.asked.model, budgets=amounts, gap=planned.asked.gap, progress=planned.say, **planned.limits
    )  # fmt: skip


def study_of(folder: Path, name: str) -> Path:
    """The study that a folder was made from: `scripts/<name>` in the folder's project, or `<name>` above the folder."""
    for parent in folder.resolve().parents:
        for found in (parent / "scripts" / name, parent / name):
            if found.is_file():
                return found
    problem = Text(f"the study {name} is not found near this folder", f"在该文件夹附近找不到研究文件 {name}")
    raise InputError(
        Finding("GP-O003", str(folder), "--study", problem, Text("give it with --study", "请用 --study 指明"))
    )


def _explanation(option: Mapping[str, Any], told: Refusal, language: Language) -> Explanation:
    return Explanation(
        option=told.place_id,
        name=str(option["name"] or ""),
        kind=str(option["kind"]),
        places=float(option["places"]),
        cost=float(option["cost"]),
        served=float(option["served"]),
        lost=told.lost_alone,
        lost_at_least=told.lost_at_least,
        lost_at_most=told.lost_at_most,
        places_more=told.places,
        money_more=told.money,
        worst_unit=told.worst_unit,
        worst_unit_lost=told.worst_unit_lost,
        comes_in=told.comes_in,
        goes_out=told.goes_out,
        language=language,
    )
