"""Why a site is in the plan: the scenario is computed again and solved without the site."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from geoplan.errors import Finding, InputError, Language, Text, UsageError
from geoplan.explain.refusal import Refusal, refusal
from geoplan.study import line, manifest
from geoplan.study.given import read_given
from geoplan.study.memo import Memo
from geoplan.study.rules import service_of
from geoplan.study.scenarios import load_study


@dataclass(frozen=True)
class Explanation:
    """A chosen option, whom it serves, and what refusing it costs (people).

    `lost`: those who lose their place if nothing replaces it; `lost_at_least` and `lost_at_most` bound what the best plan
    without it serves less; `comes_in` and `goes_out`: what the plan found without it builds instead.
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
            "Comes in: {comes_in}. Goes out: {goes_out}.",
            "{option} {name}（{kind}）：托位 {places:,.0f}，投资 {cost:,.0f} 元，服务 {served:,.1f} 人。\n"
            "若不采用且无替代，{lost:,.1f} 人失去托位。\n"
            "另求最优计划时，少服务 {lost_at_least:,.1f} 至 {lost_at_most:,.1f} 人。\n"
            "替入：{comes_in}。替出：{goes_out}。",
        ).to(self.language)
        none = Text("nothing", "无").to(self.language)
        lists = {n: ", ".join(getattr(self, n)) or none for n in ("comes_in", "goes_out")}
        return text.format(**{**asdict(self), **lists})


def explain(
    folder: str | Path, site: str, study: str | Path | None, progress: Callable[[str, str], None] = lambda _s, _t: None
) -> Explanation:
    """Explain one site (or option) of the plan in a scenario's folder; raises `UsageError` if the plan does not hold it."""
    record = manifest.read_manifest(Path(folder))
    loaded = load_study(study or _study_of(Path(folder), record["study"]))
    scenario = loaded.scenarios[record["scenario"]]
    settings = scenario.settings
    service = service_of(settings)
    given = read_given(loaded, scenario, service, Memo())
    stages = line.compute(settings, given, service, Memo(), lambda stage: progress(scenario.name, stage))
    plan, problem = stages.decided.plan, stages.decided.problem
    if plan is None or problem is None or settings.plan is None:
        raise UsageError(f"scenario {scenario.name} has no plan to explain")
    chosen = line.chosen_options(stages.known, stages.decided)
    options = chosen.index[(chosen.index == site) | (chosen["site_id"] == site)]
    if options.empty:
        raise UsageError(
            f"{site!r} is not in the plan of {scenario.name}; its sites are {', '.join(chosen['site_id'][:8])} …"
        )
    progress(scenario.name, f"plan without {options[0]}")
    told = refusal(
        problem, plan, options[0], settings.plan.model, gap=settings.plan.gap, time_limit_s=settings.plan.time_limit_s
    )
    return _explanation(chosen.loc[options[0]], told, settings.language)


def _study_of(folder: Path, name: str) -> Path:
    """The study that a folder was made from: `scripts/<name>` in the folder's project."""
    for parent in folder.resolve().parents:
        if (parent / "scripts" / name).is_file():
            return parent / "scripts" / name
    problem = Text(f"the study {name} is not found near this folder", f"在该文件夹附近找不到研究文件 {name}")
    raise InputError(
        Finding("GP-O003", str(folder), "--study", problem, Text("give it with --study", "请用 --study 指明"))
    )


def _explanation(option: Any, told: Refusal, language: Language) -> Explanation:
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
        comes_in=told.comes_in,
        goes_out=told.goes_out,
        language=language,
    )
