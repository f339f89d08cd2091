"""The command line: each command calls the public function of the same name."""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geoplan import plugins
from geoplan.errors import GeoplanError, InputError, Language, Text, UsageError, lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pandas as pd

    from geoplan.profiles.listing import StandardRow

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="geoplan finds who is not served and why, and recommends where to build or convert. Exit codes: 0 done, "
    "1 unexpected, 2 usage, 3 input (study or data), 4 infeasible, 5 resource, 130 interrupted.",
)

StudyPath = Annotated[Path, typer.Argument(help="the study file (YAML)", metavar="STUDY")]
OutFolder = Annotated[Path | None, typer.Option("--out", help="where to write; default maps/<study>", metavar="DIR")]
AsJson = Annotated[bool, typer.Option("--json", help="print one JSON document instead of text")]
Outside = Annotated[bool, typer.Option("--allow-outside", help="let the study read files outside its project folder")]
Spoken = Annotated[str | None, typer.Option("--language", help="zh or en; default: that of the computer")]


def show(text: str) -> None:
    """Progress and log go to stderr; results go to stdout."""
    typer.echo(text, err=True)


def _progress(quiet: bool) -> Callable[[str, str], None]:
    """Prints each stage as it begins, with the seconds since the start."""
    import time

    started = time.monotonic()

    def say(scenario: str, stage: str) -> None:
        if not quiet:
            show(f"{time.monotonic() - started:6.1f} s  {scenario}: {stage}")

    return say


@app.command()
def run(
    study: StudyPath,
    out: OutFolder = None,
    only: Annotated[
        list[str] | None, typer.Option(help="run this scenario only (may be repeated)", metavar="NAME")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="leave out scenarios that are already done")] = False,
    jobs: Annotated[int, typer.Option(min=1, help="scenarios at once")] = 1,
    as_json: AsJson = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="no progress")] = False,
    allow_outside: Outside = False,
) -> None:
    """Run every scenario of a study and write map, report, tables, layers and results for each."""
    from geoplan.study.run import run as run_study
    from geoplan.study.scenarios import load_study

    loaded = load_study(study)
    folder = out or loaded.project / "maps" / study.stem
    results = run_study(
        loaded,
        folder,
        only=only or (),
        resume=resume,
        jobs=jobs,
        allow_outside=allow_outside,
        progress=_progress(quiet),
    )
    _print_results({name: r.numbers for name, r in results.items()}, folder, as_json, loaded.language)


def _print_results(found: Mapping[str, Mapping[str, Any]], folder: Path, as_json: bool, language: Language) -> None:
    if as_json:
        typer.echo(json.dumps({"folder": str(folder), "scenarios": found}, ensure_ascii=False))
        return
    for name, numbers in found.items():
        typer.echo(summary(name, numbers, language))
    where = Text(
        "written to {folder}/<scenario>/: open map.html and report.docx",
        "已写入 {folder}/<情景>/：请打开 map.html 与 report.docx",
    )
    typer.echo(
        where.to(language).format(folder=folder)
        if found
        else Text("nothing left to do", "没有需要重算的情景").to(language)
    )


def summary(name: str, numbers: Mapping[str, Any], language: Language) -> str:
    """One scenario in a few lines, in the words of its service."""
    gaps, plan, say = numbers["gap_account"], numbers["plan"], _words(numbers, language)
    today = Text(
        "{name}: {wanted:,.0f} {words.places} wanted, {served:,.0f} served; too far {too_far:,.0f}, full {full:,.0f}, "
        "wrong kind {wrong_kind:,.0f}, not joined {not_joined:,.0f}",
        "{name}：需求{words.place} {wanted:,.0f}，已满足 {served:,.0f}；超出半径 {too_far:,.0f}，已满 {full:,.0f}，"
        "类型不符 {wrong_kind:,.0f}，未接入路网 {not_joined:,.0f}",
    )
    text = say(today).format(name=name, wanted=numbers["demand_total"], **gaps) + _by_year(numbers, say)
    if not plan:
        return text
    proof = f"{plan['status']}, gap {plan['gap']:.2%}" if plan["gap"] is not None else plan["status"]
    after = Text(
        "\n  plan: {sites} options, {places:,.0f} {words.places}, {cost:,.0f} yuan; served {served:,.0f} ({proof})",
        "\n  计划：{sites} 项，{words.place} {places:,.0f}，投资 {cost:,.0f} 元；可满足 {served:,.0f}（{proof}）",
    )
    values = {"sites": len(plan["sites"]), "places": plan["places"], "cost": plan["cost"]}
    return text + say(after).format(**values, served=numbers["gap_after"]["served"], proof=proof)


def _words(numbers: Mapping[str, Any], language: Language) -> Callable[[Text], str]:
    """Says a text in a language and in the words of the service whose numbers these are."""
    from geoplan.profiles.load import load_service

    service = load_service(numbers["settings"]["service"])
    return lambda text: service.worded(text).to(language)


def _by_year(numbers: Mapping[str, Any], say: Callable[[Text], str]) -> str:
    """Places wanted, and those wanted and not served, in each planning year, where there are several."""
    if len(numbers["years"]) < 2:
        return ""
    each = Text("{year} {wanted:,.0f} (not served {without:,.0f})", "{year}年 {wanted:,.0f}（缺口 {without:,.0f}）")
    told = [
        say(each).format(
            year=year, wanted=row["wanted_total"], without=row["wanted_total"] - row["gap_account"]["served"]
        )
        for year, row in numbers["years"].items()
    ]
    return say(Text("\n  {words.places} wanted: ", "\n  各规划年份需求{words.place}：")) + say(Text(", ", "，")).join(
        told
    )


@app.command()
def check(
    study: StudyPath,
    data: Annotated[bool, typer.Option(help="read the layers too")] = True,
    allow_outside: Outside = False,
) -> None:
    """Check a study and its layers and print every problem with file, line and column; write nothing."""
    from geoplan.profiles.load import load_service
    from geoplan.study.given import check_files, read_given
    from geoplan.study.known import know
    from geoplan.study.memo import Memo
    from geoplan.study.scenarios import load_study

    loaded = load_study(study)
    check_files(loaded, allow_outside)
    memo, notes = Memo(), []
    for scenario in loaded.scenarios.values() if data else ():
        service = load_service(scenario.settings.service, scenario.settings.standards)
        given = read_given(loaded, scenario, service, memo, allow_outside)
        known = know(scenario.settings, given, service)  # people, supply and options have their own conditions
        notes += [f for f in (*given.findings, *known.findings) if f not in notes]
    for line in lines(notes, loaded.language):
        show(line)
    done = Text(
        "{study}: {count} scenarios, no errors, {notes} notes", "{study}：{count} 个情景，无错误，{notes} 条提示"
    )
    typer.echo(done.to(loaded.language).format(study=study, count=len(loaded.scenarios), notes=len(notes)))


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", help="where to write", metavar="DIR")] = Path("geoplan-demo"),
    quiet: bool = False,
) -> None:
    """Run the demonstration: care for children under three in a synthetic Xingtai."""
    run(demonstration(), out, quiet=quiet)


def demonstration() -> Path:
    """The demonstration study: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).parent
    for root in (package / "demonstration", package.parent):
        if (root / "scripts" / "xingtai.yaml").is_file():
            return root / "scripts" / "xingtai.yaml"
    raise GeoplanError("the demonstration place is missing from this installation; install geoplan again")


@app.command()
def init(folder: Annotated[Path, typer.Argument(metavar="DIR", help="a new folder")]) -> None:
    """Write a study to start from, with every common key explained."""
    from importlib.resources import files

    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty; give a new folder")
    for name in ("layers", "scripts"):
        (folder / name).mkdir(parents=True)
    target = folder / "scripts" / "study.yaml"
    target.write_text(files("geoplan.study").joinpath("starter.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    typer.echo(f"{target}: put your layers into {folder / 'layers'}, edit the study, then: geoplan check {target}")


@app.command()
def compare(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR DIR …", help="folders of scenarios")],
    as_json: AsJson = False,
) -> None:
    """Print what was set and what came out, one column a scenario."""
    from geoplan.study.compare import compare as compare_runs
    from geoplan.study.manifest import RESULTS, read_manifest

    found = {}
    for folder in (f for given in folders for f in _scenario_folders(given)):
        read_manifest(folder)
        name = folder.name if folder.name not in found else str(folder)
        found[name] = json.loads((folder / RESULTS).read_text(encoding="utf-8"))
    table = compare_runs(found)
    typer.echo(table.to_json(orient="index", force_ascii=False) if as_json else table.T.to_string())


def _scenario_folders(folder: Path) -> Iterator[Path]:
    """The folder itself if it is a scenario's, else the scenarios inside it."""
    inside = sorted(p.parent for p in folder.glob("*/manifest.json"))
    yield from inside if inside and not (folder / "manifest.json").is_file() else [folder]


HEADS = {
    "facilities": Text("facilities", "设施"),
    "places": Text("{words.places}", "{words.place}"),
    "places_per_1000": Text("per 1,000 residents", "每千人"),
    "wanted": Text("wanted", "需求"),
    "served": Text("served", "已满足"),
    "unserved": Text("not served", "缺口"),
    "enrolment_rate": Text("enrolment rate", "入托率"),
}  # what of the indicators fits on a screen; --json gives them all


@app.command()
def progress(
    before: Annotated[Path, typer.Argument(metavar="DIR_BEFORE", help="the scenario's folder of the earlier run")],
    after: Annotated[Path, typer.Argument(metavar="DIR_AFTER", help="the scenario's folder of the later run")],
    as_json: AsJson = False,
    language: Spoken = None,
) -> None:
    """Say what changed from an earlier run to a later one, one row a county, the whole area in the last."""
    from geoplan.study.numbers import plain
    from geoplan.study.progress import progress as compare_runs

    spoken = _language(language)
    folders = [_one_scenario(folder, spoken) for folder in (before, after)]
    if folders[0].resolve() == folders[1].resolve():
        told = Text(
            "{} and {} are one run; give an earlier and a later one", "{} 与 {} 是同一次运行；请给出前后两次运行"
        )
        raise UsageError(told.to(spoken).format(before, after))
    table = compare_runs(*folders)
    notes = table.attrs["findings"]
    for line in lines(notes, spoken):
        show(line)
    if not as_json:
        _print_progress(table, folders, spoken)
        return
    rows = table.reset_index().drop(columns=["inputs_changed", "settings_changed"]).to_dict("records")
    changed = {c: table[c].iloc[0] for c in ("inputs_changed", "settings_changed")}
    sides = dict(zip(("before", "after"), map(str, folders), strict=True))
    found = {**sides, "years": table.attrs["years"], **changed, "findings": [f.sentence(spoken) for f in notes]}
    typer.echo(json.dumps(plain({**found, "units": rows}), ensure_ascii=False))


def _one_scenario(given: Path, language: Language) -> Path:
    """The folder of a scenario: the one given, that of a file in it, or the base of a whole run."""
    folder = given.parent if given.is_file() and (given.parent / "manifest.json").is_file() else given
    if folder.is_file():
        told = Text(
            "{} is a file; give the folder of a scenario of a finished run", "{} 是文件；请给出已完成运行的情景文件夹"
        )
        raise UsageError(told.to(language).format(given))
    base = folder / "base"
    if (folder / "manifest.json").is_file() or not (base / "manifest.json").is_file():
        return folder
    told = Text("{} holds a whole run; its scenario base is taken", "{} 为一次完整运行，取其中的情景 base")
    show(told.to(language).format(given))
    return base


def _print_progress(table: pd.DataFrame, folders: Sequence[Path], language: Language) -> None:
    known = [c.removesuffix("_after") for c in map(str, table) if c.endswith("_after") and table[c].notna().any()]
    within = {
        c: Text(f"within {c.split('_')[1]} m", f"{c.split('_')[1]}米内") for c in known if c.startswith("coverage_")
    }
    heads = {name: head for name, head in {**HEADS, **within}.items() if name in known}
    say = _words(json.loads((folders[1] / "results.json").read_text(encoding="utf-8")), language)
    how = Text(
        "{} (people of {}) → {} (people of {}): the numbers are those after, in brackets the change where there is one\n"
        "(?: not known before; –: not known after; within … m: share of the {words.places} wanted)",
        "{}（{}年人口）→ {}（{}年人口）：表中为后期数值，括号内为变化，无括号即未变\n"
        "（?：前期未知；–：后期未知；…米内：占需求{words.place}的比例）",
    )
    years = table.attrs["years"]
    typer.echo(say(how).format(folders[0], years[0], folders[1], years[1]))
    whole = say(Text("whole area", "全区"))
    rows = [
        [unit if unit != table.index[-1] else whole, row["name"], *(_change(row, name) for name in heads)]
        for unit, row in table.iterrows()
    ]
    titles = [Text("unit", "编码"), Text("name", "名称"), *heads.values()]
    _print_table([say(t) for t in titles], rows, right=range(2, len(titles)))


def _change(row: pd.Series, name: str) -> str:
    """A number after, and in brackets its change if that shows."""
    share = name.startswith("coverage_") or name.endswith("_rate")
    places = 1 if share else 2 if name == "places_per_1000" else 0
    value, change = (row[f"{name}_{side}"] * (100 if share else 1) for side in ("after", "change"))
    if value != value:  # noqa: PLR0124 - NaN is the only value unequal to itself
        return "–"
    text = f"{value:,.{places}f}{'%' if share else ''}"
    if change != change:  # noqa: PLR0124
        return f"{text} (?)"
    return f"{text} ({change:+,.{places}f})" if round(change, places) else text


def _print_table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int]) -> None:
    """A table, the columns `right` flush right: folded to the window on a terminal, else one line a row."""
    if not sys.stdout.isatty():
        typer.echo("\n".join(_aligned(head, rows, right)))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text as Cell  # as it stands: brackets are no markup

    table = Table()
    for n, title in enumerate(head):
        table.add_column(Cell(title), justify="right" if n in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(Cell, row))
    Console().print(table)


def _aligned(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int]) -> list[str]:
    """One line a row, in columns that stand under one another in Chinese too, where a character is two wide."""
    from rich.cells import cell_len

    every = [head, *rows]
    widths = [max(cell_len(row[n]) for row in every) for n in range(len(head))]

    def line(row: Sequence[str]) -> str:
        spaces = [" " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
        cells = [space + row[n] if n in right else row[n] + space for n, space in enumerate(spaces)]
        return "  ".join(cells).rstrip()

    return [line(row) for row in every]


@app.command()
def backtest(
    study: StudyPath,
    enrolment: Annotated[
        Path,
        typer.Option(
            "--enrolment",
            metavar="FILE",
            help="CSV or XLSX, one row a facility: facility_id (编号) and enrolled (在托人数), or enrolled by age band",
        ),
    ],
    scenario: Annotated[str, typer.Option(metavar="NAME", help="the scenario that is tested")] = "base",
    draws: Annotated[int, typer.Option(min=0, help="draw the facilities again so often, for 95 % intervals")] = 0,
    seed: Annotated[int, typer.Option(min=0, help="of the draws: the same seed gives the same intervals")] = 0,
    as_json: AsJson = False,
    allow_outside: Outside = False,
) -> None:
    """Hold a study against the enrolment of its facilities: uptake and distance decay, and how far its forecast was wrong."""
    from numpy.random import default_rng

    from geoplan.study.backtest import backtest_study
    from geoplan.study.numbers import plain
    from geoplan.study.scenarios import load_study

    loaded = load_study(study)
    if scenario in loaded.scenarios:
        begins = Text(
            "people and facilities are those of {year}, the year that the study plans for; travel is computed",
            "人口与设施取研究的规划年份 {year} 年；正在计算出行",
        )
        show(begins.to(loaded.language).format(year=loaded.scenarios[scenario].settings.year))
    test = backtest_study(
        loaded, enrolment, scenario, draws=draws, generator=default_rng(seed), allow_outside=allow_outside
    )
    for line in lines(test.findings, loaded.language):
        show(line)
    told = plain({**test.plain(loaded.language), "draws": draws, "seed": seed}) if as_json else {}
    typer.echo(json.dumps(told, ensure_ascii=False) if as_json else test.summary(loaded.language))


@app.command()
def verify(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="the folder of a scenario, or of a run")],
) -> None:
    """Check that the files of a run are whole and that their numbers add up."""
    from geoplan.study.manifest import verify as verify_run

    for scenario in _scenario_folders(folder):
        verify_run(scenario, show)
        typer.echo(f"{scenario}: verified")


@app.command()
def explain(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="the folder of a scenario")],
    site: Annotated[str, typer.Argument(metavar="SITE", help="a site or option of its plan")],
    study: Annotated[
        Path | None, typer.Option(help="the study file; default scripts/<name> in the project", metavar="STUDY")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say why a site is in the plan: whom it serves, what is lost if it is refused, and what would replace it."""
    from geoplan.study.refuse import explain as explain_site

    told = explain_site(folder, site, study, _progress(False))
    typer.echo(json.dumps(told.plain(), ensure_ascii=False) if as_json else told.summary())


@app.command("list")
def list_(
    kind: Annotated[str | None, typer.Argument(help="one of: " + ", ".join(plugins.KINDS))] = None,
    study: Annotated[
        Path | None, typer.Option(help="standards: with the values that this study sets", metavar="STUDY")
    ] = None,
    as_json: AsJson = False,
    language: Spoken = None,
) -> None:
    """List what can be named in a study: models, measures, options, standards, modes, services, sections, overlays.

    Standards are listed with value, unit, clause, source and mark, services with their bands and layers, modes with their speeds.
    """
    if study and kind != "standards":
        raise UsageError("--study goes with geoplan list standards")
    if kind == "standards":
        _list_standards(study, as_json, _language(language))
        return
    kinds = [kind] if kind else list(plugins.KINDS)
    titles = {each: {name: _title(each, name, _language(language)) for name in _names(each)} for each in kinds}
    if as_json:
        typer.echo(json.dumps(titles[kind] if kind else titles, ensure_ascii=False))
        return
    for each in kinds:
        if not kind:
            typer.echo(f"{each}:")
        for name, title in titles[each].items():
            typer.echo(f"  {name:<22} {title}")
            if kind == "modes":
                _list_figures(name)
            elif kind == "services":
                _list_needs(name, _language(language))


def _names(kind: str) -> tuple[str, ...]:
    plugins.folder(kind)  # refuses what is no kind
    return plugins.names(kind)


def _title(kind: str, name: str, language: Language) -> str:
    """The title of a plug-in; those of services are in both languages."""
    from geoplan.profiles.load import load_service

    return load_service(name).title.to(language) if kind == "services" else plugins.title(kind, name)


def _list_figures(mode: str) -> None:
    from geoplan.profiles.mode import load_mode

    for what, (value, mark, source) in load_mode(mode).figures.items():
        typer.echo(f"      {what:<20} {value!s:>8} [{mark}] {source}")


def _list_needs(name: str, language: Language) -> None:
    """The bands of a service, the layers that it needs with the columns that it reads there, and those that it may have."""
    from geoplan.profiles.load import load_service

    service = load_service(name)
    rule, minimum = service.demand, service.supply.minimum
    columns = rule.thresholds or dict.fromkeys(c for band in service.bands for c in band.people)
    places = ", ".join(
        [*(f"places_{b}" for b in service.band_ids), *minimum, *filter(None, [service.supply.stands_in])]
    )
    sites = ", ".join(dict.fromkeys(host for kind in service.options.values() for host in kind.hosts))
    rows = {
        Text("bands", "服务对象"): "; ".join(f"{b.id} {b.title.to(language)}" for b in service.bands),
        Text("needs", "必需图层"): f"{rule.layer} ({', '.join(columns)}), streets",
        Text("what is there", "现状图层"): f"facilities ({places})",
        Text("what could be done", "备选点图层"): f"hosts, idle ({sites})" if sites else "",
        Text("may add", "可选图层"): "census, births, moves, new_residential, employers" if rule.kind == "ages" else "",
    }
    for line in _aligned(("", ""), [(title.to(language), held) for title, held in rows.items() if held], ())[1:]:
        typer.echo(f"      {line}")


def _list_standards(study: Path | None, as_json: bool, language: Language) -> None:
    """One row a standard; clause and source are empty where they may not be cited."""
    from dataclasses import asdict

    from geoplan.profiles.listing import standard_rows
    from geoplan.profiles.standard import MARKS

    rows = standard_rows() if study is None else _of_study(study)
    if as_json:
        plain = [{k: getattr(row, k) for k in asdict(row)} for row in rows]
        spoken = [{k: v.to(language) if isinstance(v, Text) else v for k, v in row.items()} for row in plain]
        typer.echo(json.dumps(spoken, ensure_ascii=False))
        return
    what = Text("title | clause; source | valid in | applied by", "名称 | 条款；来源 | 适用范围 | 采用的服务类型")
    heads = [Text("id", "编号"), Text("value", "数值"), Text("unit", "单位"), Text("mark", "标记"), what]
    fold = sys.stdout.isatty()
    for line in _aligned([h.to(language) for h in heads], [_standard(row, language) for row in rows], right=[1]):
        typer.echo(line.replace(" | ", "\n    ", 1) if fold else line)
    show("; ".join(f"{mark} {title.to(language)}" for mark, title in MARKS.items()))


def _of_study(study: Path) -> list[StandardRow]:
    """The standards that the service of a study names, with the values that the study sets."""
    from geoplan.profiles.listing import row_of, standard_rows
    from geoplan.profiles.load import load_service
    from geoplan.study.scenarios import load_study

    settings = load_study(study).scenarios["base"].settings
    service = load_service(settings.service, settings.standards)
    rows = standard_rows(service.files)
    return [row_of(service.standards[r.id], r.file, r.services) if r.id in settings.standards else r for r in rows]


def _standard(row: StandardRow, language: Language) -> list[str]:
    """A standard as its cells; a value that a study sets is shown as old → new."""
    value = " → ".join(f"{v:,.10g}" for v in (row.replaces, row.value) if v is not None)
    cited = Text("; ", "；").to(language).join(filter(None, [row.clause.to(language), row.source]))
    kinds = {"urban": Text("urban", "城镇"), "rural": Text("rural", "乡村"), "": Text("", "")}
    where = ", ".join(filter(None, [row.place.to(language), kinds[row.area_class].to(language), row.effective]))
    used = ", ".join(row.services) or Text("for comparison only", "仅供对照").to(language)
    told = [row.title.to(language), cited or row.mark_title.to(language), where, used]
    return [row.id, value, row.unit.to(language), row.mark, " | ".join(told)]


@app.command()
def schema() -> None:
    """Print the JSON Schema of the study file, for editors."""
    from geoplan.study.schema import StudyFile

    typer.echo(json.dumps(StudyFile.model_json_schema(), ensure_ascii=False, indent=1))


@app.command()
def fetch(
    place: Annotated[str, typer.Argument(metavar="PLACE", help="a place name, as OpenStreetMap knows it")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="where to write")] = Path("layers"),
    force: Annotated[bool, typer.Option("--force", help="replace layers that are there already")] = False,
    nominatim: Annotated[
        str | None, typer.Option(help="another Nominatim server, such as a mirror of the office", metavar="URL")
    ] = None,
    overpass: Annotated[str | None, typer.Option(help="another Overpass server", metavar="URL")] = None,
) -> None:
    """Get boundary, streets and care facilities of a place from OpenStreetMap; the only command that needs the internet."""
    from geoplan.errors import ResourceError
    from geoplan.sources.fetch import NotFetched
    from geoplan.sources.fetch import fetch as fetch_place

    language = _language()
    try:
        written = fetch_place(
            place, out, nominatim, overpass, force=force, progress=lambda text: show(text.to(language))
        )
    except NotFetched as error:
        raise ResourceError(error.finding.sentence(language)) from error
    for path in written:
        typer.echo(str(path))


def main() -> None:
    """Run a command; turn every refusal into one message and its exit code."""
    try:
        app(standalone_mode=False)
    except typer.Exit as stop:
        sys.exit(stop.exit_code)
    except InputError as error:
        for line in lines(error.findings, _language()):
            show(line)
        sys.exit(error.exit_code)
    except GeoplanError as error:
        show(f"geoplan: {error}")
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        show("geoplan: interrupted; nothing half-written was left")
        sys.exit(130)
    except MemoryError:
        show("geoplan: not enough memory for this study; close other programs or run fewer --jobs")
        sys.exit(5)
    except Exception as error:
        if hasattr(error, "format_message"):  # a usage error of the command line itself
            show(f"geoplan: {error.format_message().rstrip('.')}; see geoplan --help")
            sys.exit(2)
        traceback.print_exc()
        show("geoplan: this is a fault of geoplan, not of your data; please report the lines above")
        sys.exit(1)


def _language(given: str | None = None) -> Language:
    """The language of messages: the one given, that of the study on the command line if it says one, else of the computer."""
    import locale
    from itertools import pairwise

    said = given or next((after for word, after in pairwise(sys.argv) if word == "--language"), None)
    if said is not None and said not in {"zh", "en"}:
        raise UsageError(f"--language is zh or en, not {said!r}")
    if said:
        return "zh" if said == "zh" else "en"
    for word in sys.argv[1:]:
        if word.endswith((".yaml", ".yml")) and Path(word).is_file():
            text = Path(word).read_text(encoding="utf-8", errors="replace")
            return "zh" if "\nlanguage: zh" in f"\n{text}" else "en"
    named = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), None)
    spoken = named or locale.getlocale()[0] or ""  # Windows sets none of these, and says Chinese_China
    return "zh" if spoken.lower().startswith(("zh", "chinese")) else "en"


if __name__ == "__main__":
    main()
