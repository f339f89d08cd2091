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
    from collections.abc import Callable, Iterator, Mapping

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
    """One scenario in a line or two."""
    gaps, plan = numbers["gap_account"], numbers["plan"]
    today = Text(
        "{name}: {wanted:,.0f} places wanted, {served:,.0f} served; too far {too_far:,.0f}, full {full:,.0f}, "
        "wrong kind {wrong_kind:,.0f}, not joined {not_joined:,.0f}",
        "{name}：需求托位 {wanted:,.0f}，已满足 {served:,.0f}；超出半径 {too_far:,.0f}，已满 {full:,.0f}，"
        "类型不符 {wrong_kind:,.0f}，未接入路网 {not_joined:,.0f}",
    )
    text = today.to(language).format(name=name, wanted=numbers["demand_total"], **gaps)
    if not plan:
        return text
    proof = f"{plan['status']}, gap {plan['gap']:.2%}" if plan["gap"] is not None else plan["status"]
    after = Text(
        "\n  plan: {sites} options, {places:,.0f} places, {cost:,.0f} yuan; served {served:,.0f} ({proof})",
        "\n  计划：{sites} 项，托位 {places:,.0f}，投资 {cost:,.0f} 元；可满足 {served:,.0f}（{proof}）",
    )
    values = {"sites": len(plan["sites"]), "places": plan["places"], "cost": plan["cost"]}
    return text + after.to(language).format(**values, served=numbers["gap_after"]["served"], proof=proof)


@app.command()
def check(
    study: StudyPath,
    data: Annotated[bool, typer.Option(help="read the layers too")] = True,
    allow_outside: Outside = False,
) -> None:
    """Check a study and its layers and print every problem with file, line and column; write nothing."""
    from geoplan.profiles.load import load_service
    from geoplan.study.given import check_files, read_given
    from geoplan.study.memo import Memo
    from geoplan.study.scenarios import load_study

    loaded = load_study(study)
    check_files(loaded, allow_outside)
    memo, notes = Memo(), []
    for scenario in loaded.scenarios.values() if data else ():
        service = load_service(scenario.settings.service, scenario.settings.standards)
        notes += [f for f in read_given(loaded, scenario, service, memo, allow_outside).findings if f not in notes]
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
def list_(kind: Annotated[str | None, typer.Argument(help="one of: " + ", ".join(plugins.KINDS))] = None) -> None:
    """List what can be named in a study: models, measures, options, standards, modes, services, sections, overlays."""
    for each in [kind] if kind else plugins.KINDS:
        plugins.folder(each)
        if not kind:
            typer.echo(f"{each}:")
        if each == "standards" and kind:
            _list_standards()
            continue
        for name in plugins.names(each):
            typer.echo(f"  {name:<22} {plugins.title(each, name)}")
            if each == "modes" and kind:
                _list_figures(name)


def _list_figures(mode: str) -> None:
    from geoplan.profiles.mode import load_mode

    for what, (value, mark, source) in load_mode(mode).figures.items():
        typer.echo(f"      {what:<20} {value!s:>8} [{mark}] {source}")


def _list_standards() -> None:
    from geoplan.profiles.load import load_standards
    from geoplan.profiles.standard import MARKS

    for rule in load_standards(plugins.names("standards")).values():
        typer.echo(f"{rule.id:<32} {rule.value:>10g} {rule.unit:<16} [{rule.mark}] {rule.title.en}")
        where = rule.source if rule.mark != "G" else MARKS["G"].en
        typer.echo(f"{'':<32} {rule.clause.en}{'; ' if rule.clause.en else ''}{where}")


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
            show(f"geoplan: {error.format_message()}; see geoplan --help")
            sys.exit(2)
        traceback.print_exc()
        show("geoplan: this is a fault of geoplan, not of your data; please report the lines above")
        sys.exit(1)


def _language() -> Language:
    """The language of messages: that of the study on the command line if it says one, else of the computer."""
    for word in sys.argv[1:]:
        if word.endswith((".yaml", ".yml")) and Path(word).is_file():
            text = Path(word).read_text(encoding="utf-8", errors="replace")
            return "zh" if "\nlanguage: zh" in f"\n{text}" else "en"
    return "zh" if os.environ.get("LANG", "").startswith("zh") else "en"


if __name__ == "__main__":
    main()
