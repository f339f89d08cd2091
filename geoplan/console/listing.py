"""Listing: what can be named in a study, and what each service and standard is."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from geoplan import plugins
from geoplan.console.columns import aligned
from geoplan.errors import Finding, Language, Text
from geoplan.profiles.listing import StandardRow, row_of, standard_rows
from geoplan.profiles.load import load_service
from geoplan.profiles.mode import load_mode
from geoplan.profiles.source_words import in_force, source_text
from geoplan.profiles.standard import MARKS


def names(kind: str) -> tuple[str, ...]:
    """The plug-ins of a kind by name; raises `UsageError` for what is no kind."""
    plugins.folder(kind)  # refuses what is no kind
    return plugins.names(kind)


def title(kind: str, name: str, language: Language) -> str:
    """The title of a plug-in; those of services are in both languages."""
    return load_service(name).title.to(language) if kind == "services" else plugins.title(kind, name)


def list_figures(mode: str) -> None:
    """The speeds and waits of a mode, each with mark and source."""
    for what, (value, mark, source) in load_mode(mode).figures.items():
        typer.echo(f"      {what:<20} {value!s:>8} [{mark}] {source}")


# the layer whose rows are sites of this kind, apart from hosts and idle sites, which state their kind themselves
LAYER_OF = {
    "premises": "premises", "parcel": "parcels", "employer": "employers", "new_residential": "new_residential",
    "renewal": "renewal", "facility": "facilities", "village": "residents", "public_place": "public_places", "search_area": "",
}  # fmt: skip


def list_needs(name: str, language: Language) -> None:
    """The bands of a service, the layers that it needs with the columns that it reads there, and those that it may have."""
    service = load_service(name)
    rule, minimum = service.demand, service.supply.minimum
    columns = rule.thresholds or dict.fromkeys(c for band in service.bands for c in band.people)
    places = ", ".join(
        [*(f"places_{b}" for b in service.band_ids), *minimum, *filter(None, [service.supply.stands_in])]
    )
    hosts = dict.fromkeys(host for kind in service.options.values() for host in kind.hosts)
    stated = ", ".join(host for host in hosts if host not in LAYER_OF)
    sites = [*([f"hosts, idle ({stated})"] if stated else []), *filter(None, (LAYER_OF.get(host) for host in hosts))]
    rows = {
        Text("bands", "服务对象"): "; ".join(f"{b.id} {b.title.to(language)}" for b in service.bands),
        Text("needs", "必需图层"): f"{rule.layer} ({', '.join(columns)}), streets",
        Text("what is there", "现状图层"): f"facilities ({places})",
        Text("what could be done", "备选点图层"): ", ".join(sites),
        Text("keeps clear of", "危险源类别"): ", ".join(service.hazards),
        Text("exclusion layers", "管控图层"): ", ".join([*service.controls, *service.boundaries]),
        Text("taxes and fees", "税费项目"): ", ".join(fee.id for fee in service.fees),
        Text("may add", "可选图层"): "census, births, moves, new_residential, employers" if rule.kind == "ages" else "",
    }
    for line in aligned(("", ""), [(title.to(language), held) for title, held in rows.items() if held], ())[1:]:
        typer.echo(f"      {line}")


def list_standards(study: Path | None, as_json: bool, language: Language) -> None:
    """One row a standard; clause and source are empty where they may not be cited."""
    rows = standard_rows() if study is None else _of_study(study)
    if as_json:
        typer.echo(json.dumps([_spoken(row, language) for row in rows], ensure_ascii=False))
        return
    what = Text("title | clause; source | valid in | applied by", "名称 | 条款；来源 | 适用范围 | 采用的服务类型")
    heads = [Text("id", "编号"), Text("value", "数值"), Text("unit", "单位"), Text("mark", "标记"), what]
    fold = sys.stdout.isatty()
    for line in aligned([h.to(language) for h in heads], [_standard(row, language) for row in rows], right=[1]):
        typer.echo(line.replace(" | ", "\n    ", 1) if fold else line)
    typer.echo("; ".join(f"{mark} {title.to(language)}" for mark, title in MARKS.items()), err=True)


def _spoken(row: StandardRow, language: Language) -> dict[str, Any]:
    """A standard with every text in one language."""
    told = {"source": source_text(row.source), "effective": in_force(row.effective)}
    plain = {key: getattr(row, key) for key in asdict(row)} | told
    return {key: value.to(language) if isinstance(value, Text) else value for key, value in plain.items()}


def _of_study(study: Path) -> list[StandardRow]:
    """The standards that the service of a study names, with the values that the study sets."""
    from geoplan.study.rules import service_of
    from geoplan.study.scenarios import load_study

    settings = load_study(study).scenarios["base"].settings
    service = service_of(settings)
    rows = standard_rows(service.files)
    return [row_of(service.standards[r.id], r.file, r.services) if r.id in settings.standards else r for r in rows]


def _standard(row: StandardRow, language: Language) -> list[str]:
    """A standard as its cells; a value that a study sets is shown as old → new."""
    value = " → ".join(f"{v:,.10g}" for v in (row.replaces, row.value) if v is not None)
    cited = (
        Text("; ", "；")
        .to(language)
        .join(filter(None, [row.clause.to(language), source_text(row.source).to(language)]))
    )
    kinds = {"urban": Text("urban", "城镇"), "rural": Text("rural", "乡村"), "": Text("", "")}
    where = ", ".join(
        filter(None, [row.place.to(language), kinds[row.area_class].to(language), in_force(row.effective).to(language)])
    )
    used = ", ".join(row.services) or Text("for comparison only", "仅供对照").to(language)
    told = [row.title.to(language), cited or row.mark_title.to(language), where, used]
    return [row.id, value, row.unit.to(language), row.mark, " | ".join(told)]


def write_findings(findings: Iterable[Finding], path: Path, language: Language) -> None:
    """Every finding as a row of a CSV that a spreadsheet opens: code, severity, file, place, problem, value, count, advice."""
    import pandas as pd

    from geoplan.exports import csv

    rows = [
        (
            f.code,
            f.severity,
            f.file,
            f.place_in(language),
            f.problem.to(language),
            f.value,
            f.count,
            f.advice.to(language),
        )
        for f in findings
    ]
    names = ["code", "severity", "file", "place", "problem", "value", "count", "advice"]
    csv.write(pd.DataFrame(rows, columns=names), path, index=False)
