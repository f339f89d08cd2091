"""Why: the command that says which input changed the answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from geoplan.console.progress import show


def why(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="the study file")],
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="a scenario, or base")],
    other: Annotated[
        str | None,
        typer.Argument(
            metavar="OTHER", help="the scenario it is held against; default: base, or the same one of --later"
        ),
    ] = None,
    later: Annotated[
        Path | None, typer.Option(help="a later study file, such as next month's", metavar="STUDY")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="print one JSON document instead of text")] = False,
) -> None:
    """Say why the answer changed: the difference of two scenarios, or of two studies, shared out over the inputs that differ."""
    from geoplan.study.scenarios import load_study
    from geoplan.study.variants import BASE
    from geoplan.study.why import why as explain_change

    loaded, after = load_study(study), load_study(later) if later else None
    before, name = (scenario, other) if later else (other or BASE, scenario)
    found = explain_change(loaded, before, name, later=after, progress=show)
    if as_json:
        said = {"before": dict(found.before), "after": dict(found.after), "shares": found.shares.to_dict("index")}
        typer.echo(json.dumps({**said, "every_order": found.every_order}, ensure_ascii=False))
        return
    typer.echo(found.table(loaded.language).map("{:,.2f}".format).to_string())
    typer.echo(found.summary(loaded.language))
