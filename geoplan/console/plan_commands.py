"""Plan commands: the plan of a finished run asked again; each is a command of `geoplan`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from geoplan.console.progress import show, stages
from geoplan.errors import Text, UsageError

ScenarioFolder = Annotated[Path, typer.Argument(metavar="DIR", help="the folder of a scenario of a finished run")]
StudyOf = Annotated[
    Path | None, typer.Option(help="the study file; default scripts/<name> in the project", metavar="STUDY")
]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document instead of text")]


def explain(
    folder: ScenarioFolder,
    site: Annotated[
        str | None, typer.Argument(metavar="SITE", help="a site or option of its plan; default: all")
    ] = None,
    study: StudyOf = None,
    as_json: AsJson = False,
) -> None:
    """Say why a site is in the plan: whom it serves, what is lost if it is refused, and what would replace it; or of all sites."""
    from geoplan.console.asking import losses, tell
    from geoplan.study import explained

    if site is None:
        planned = explained.open_plan(folder, study, stages(False))
        table = losses(explained.explain_all(planned))
        tell(table, planned.plan.summary(), planned.language, as_json)
        return
    told = explained.explain(folder, site, study, stages(False))
    typer.echo(json.dumps(told.plain(), ensure_ascii=False) if as_json else told.summary())


def substitutes(
    folder: ScenarioFolder,
    count: Annotated[int, typer.Option(min=1, help="how many other plans to look for")] = 10,
    within: Annotated[
        float, typer.Option(min=0, max=0.5, help="how much worse than the best they may be, a share")
    ] = 0.01,
    study: StudyOf = None,
    as_json: AsJson = False,
) -> None:
    """Look for other plans that are nearly as good: which options are in all of them, which can be swapped for which."""
    from geoplan.console.asking import tell
    from geoplan.study import explained

    planned = explained.open_plan(folder, study, stages(False))
    found = explained.instead(planned, within, count)
    tell(found.table().reset_index(), found.summary(planned.language), planned.language, as_json)


def override(
    folder: ScenarioFolder,
    reason: Annotated[str, typer.Option(help="why; it goes into the log", metavar="TEXT")],
    pin: Annotated[str | None, typer.Option(help="an option that must be in the plan", metavar="SITE")] = None,
    ban: Annotated[str | None, typer.Option(help="a site or option that must not be", metavar="SITE")] = None,
    by: Annotated[str, typer.Option(help="who decides", metavar="NAME")] = "",
    log: Annotated[
        Path | None, typer.Option(help="default: decisions.csv beside the scenarios", metavar="FILE")
    ] = None,
    study: StudyOf = None,
    as_json: AsJson = False,
) -> None:
    """Say what it costs to pin or ban a site against the free plan, and add the decision to the log."""
    from geoplan.console.asking import log_decision, today
    from geoplan.study import explained
    from geoplan.study.numbers import plain

    if (pin is None) == (ban is None):
        raise UsageError("override: give exactly one of --pin and --ban")
    planned = explained.open_plan(folder, study, stages(False))
    told = explained.decide(planned, pin=pin, ban=ban, reason=reason, by=by, date=today())
    log = log or folder.resolve().parent / "decisions.csv"
    log_decision(told.entry(), log)
    typer.echo(json.dumps(plain(told.entry()), ensure_ascii=False) if as_json else told.summary(planned.language))
    show(Text("added to {}", "已记入 {}").to(planned.language).format(log))


def front(
    folder: ScenarioFolder,
    budgets: Annotated[
        str, typer.Option(help="yuan, with commas; default: 12 from a quarter of the study's on", metavar="A,B,…")
    ] = "",
    picture: Annotated[Path | None, typer.Option(help="draw the curve into this PNG", metavar="FILE")] = None,
    study: StudyOf = None,
    as_json: AsJson = False,
) -> None:
    """Say how many would be served with less or more money: the curve with its proven bounds, and what one person more costs."""
    from geoplan.console.asking import tell
    from geoplan.study import explained

    try:
        amounts = [float(b) for b in budgets.replace("，", ",").split(",") if b.strip()]
    except ValueError:
        raise UsageError(
            f"front: --budgets takes yuan with commas, such as 20000000,40000000, not {budgets!r}"
        ) from None
    planned = explained.open_plan(folder, study, stages(False))
    found = explained.curve(planned, amounts)
    tell(found.table(), found.summary(planned.language), planned.language, as_json)
    if picture:
        from geoplan.report.fronts import write

        write(found.table(), picture, planned.language)
        show(str(picture))
