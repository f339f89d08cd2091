"""The command line: each command calls the public function of the same name."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from geoplan import plugins
from geoplan.console import plan_commands, why_command
from geoplan.console.plan_commands import AsJson
from geoplan.console.progress import show, stages
from geoplan.errors import Finding, GeoplanError, InputError, Language, ScenariosFailed, Text, UsageError, lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="geoplan finds who is not served and why, and recommends where to build or convert. Exit codes: 0 done, "
    "1 unexpected, 2 usage, 3 input (study or data), 4 infeasible, 5 resource, 130 interrupted.",
)

StudyPath = Annotated[Path, typer.Argument(help="the study file (YAML)", metavar="STUDY")]
OutFolder = Annotated[Path | None, typer.Option("--out", help="where to write; default maps/<study>", metavar="DIR")]
Outside = Annotated[bool, typer.Option("--allow-outside", help="let the study read files outside its project folder")]
Sandbox = Annotated[
    bool,
    typer.Option(
        "--sandbox", help="read layers without network, without writing and in bounded memory: for files from outside"
    ),
]
Spoken = Annotated[str | None, typer.Option("--language", help="zh or en; default: that of the computer")]


SHORT = 8  # scenarios that are told in sentences; more of them in a table
ALL_IN = Text(
    "written to {folder}/<scenario>/; this table with every column is {folder}/scenarios.csv",
    "已写入 {folder}/<情景>/；本表（含全部列）见 {folder}/scenarios.csv",
)


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
    sandbox: Sandbox = False,
    scheduler: Annotated[
        str | None,
        typer.Option(help="run the scenarios on a Dask cluster, such as tcp://10.0.0.5:8786", metavar="ADDRESS"),
    ] = None,
) -> None:
    """Run every scenario of a study and write map, report, tables, layers and results for each."""
    from geoplan.console.batch import executor_at, spoken_table, write_table
    from geoplan.location._watch import ctrl_c_ends_the_run
    from geoplan.sources._child import sandboxed
    from geoplan.study.manifest import read_results
    from geoplan.study.run import run_batch
    from geoplan.study.scenarios import load_study

    loaded = load_study(study)
    folder = out or loaded.project / "maps" / study.stem
    asked: dict[str, Any] = {"only": only or (), "resume": resume, "jobs": jobs, "allow_outside": allow_outside}
    with sandboxed(sandbox) as gaps, ctrl_c_ends_the_run(), executor_at(scheduler) as executor:
        _show_all(gaps, loaded.language)
        batch = run_batch(loaded, folder, **asked, progress=stages(quiet), executor=executor)
    _draw_scenarios(folder, list(batch.in_order(batch.rows)))
    if len(loaded.scenarios) > 1 and batch.rows:
        write_table(batch, folder)
    try:
        batch.raise_failures()
    except ScenariosFailed as error:
        _print_failures(error, loaded.language)
        raise
    new = [name for name in batch.in_order(batch.rows) if name not in batch.found_done]
    if len(new) > SHORT and not as_json:
        typer.echo(spoken_table(batch, loaded.language))
        typer.echo(ALL_IN.to(loaded.language).format(folder=folder))
        return
    _print_results({name: read_results(folder / name) for name in new}, folder, as_json, loaded.language)


def _show_all(findings: Iterable[Finding], language: Language) -> None:
    for line in lines(findings, language):
        show(line)


def _print_failures(error: ScenariosFailed, language: Language) -> None:
    """Which scenarios failed and why, and that the others are there."""
    for name, why in error.failures.items():
        said = lines(why.findings, language) if isinstance(why, InputError) else [str(why)]
        for line in said:
            show(f"{name}: {line}")
    told = Text("finished: {}", "已完成：{}").to(language)
    show(told.format(", ".join(error.done) or "—"))


def _draw_scenarios(folder: Path, names: list[str]) -> None:
    """The map of all scenarios, where there is more than one; an older neighbour that cannot be joined spoils no run."""
    finished = [file for name in names if (file := folder / name / "map.html").exists()]
    if len(finished) < 2:
        return
    from geoplan.map.together import join

    try:
        join(finished).write(folder / "map.html")
    except UsageError as error:
        show(str(error))


@app.command(name="map")
def draw_map(
    folder: Annotated[Path, typer.Argument(help="the folder of a finished run", metavar="DIR")],
    out: Annotated[
        Path | None, typer.Option("--out", help="the file to write; default DIR/map.html", metavar="FILE")
    ] = None,
) -> None:
    """Draw the scenarios of a finished run as one offline map that switches between them, compares and swipes."""
    from geoplan.map.together import join, scenario_maps

    target = out or folder / "map.html"
    join(scenario_maps(folder)).write(target)
    typer.echo(str(target))


def _print_results(found: Mapping[str, Mapping[str, Any]], folder: Path, as_json: bool, language: Language) -> None:
    from geoplan.console.summary import summary

    if as_json:
        typer.echo(json.dumps({"folder": str(folder), "scenarios": found}, ensure_ascii=False))
        return
    for name, numbers in found.items():
        typer.echo(summary(name, numbers, language))
    where = Text(
        "written to {folder}/<scenario>/: open map.html and report.docx; of several scenarios {folder}/map.html shows all",
        "已写入 {folder}/<情景>/：请打开 map.html 与 report.docx；多个情景时 {folder}/map.html 合在一起",
    )
    typer.echo(
        where.to(language).format(folder=folder)
        if found
        else Text("nothing left to do", "没有需要重算的情景").to(language)
    )


@app.command()
def check(
    study: StudyPath,
    data: Annotated[bool, typer.Option(help="read the layers too")] = True,
    allow_outside: Outside = False,
    sandbox: Sandbox = False,
    findings: Annotated[
        Path | None, typer.Option("--findings", help="write all of them, not only 20 of a kind, as CSV", metavar="FILE")
    ] = None,
) -> None:
    """Check a study and its layers and print every problem with file, line and column; write nothing but `--findings`."""
    from geoplan.console.listing import write_findings
    from geoplan.sources._child import sandboxed

    try:
        with sandboxed(sandbox) as gaps:
            _show_all(gaps, _language())
            notes, language = _checked(study, data, allow_outside)
    except InputError as error:
        if findings:
            write_findings(error.findings, findings, _language())
        raise
    if findings:
        write_findings(notes, findings, language)


def _checked(study: Path, data: bool, allow_outside: bool) -> tuple[list[Finding], Language]:
    """Print what checking finds; returns the notes with the language of the study."""
    from geoplan.study.given import check_files, read_given
    from geoplan.study.known import know
    from geoplan.study.memo import Memo
    from geoplan.study.rules import service_of
    from geoplan.study.scenarios import load_study

    loaded = load_study(study)
    check_files(loaded, allow_outside)
    memo, notes = Memo(), list[Finding]()
    for scenario in loaded.scenarios.values() if data else ():
        service = service_of(scenario.settings)
        given = read_given(loaded, scenario, service, memo, allow_outside)
        known = know(scenario.settings, given, service, memo)  # people, supply and options have their own conditions
        notes += [f for f in (*given.findings, *known.findings) if f not in notes]
    for line in lines(notes, loaded.language):
        show(line)
    done = Text(
        "{study}: {count} scenarios, no errors, {notes} notes", "{study}：{count} 个情景，无错误，{notes} 条提示"
    )
    typer.echo(done.to(loaded.language).format(study=study, count=len(loaded.scenarios), notes=len(notes)))
    return notes, loaded.language


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
def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="a new folder; with --layers one that holds them")],
    layers: Annotated[
        Path | None,
        typer.Option("--layers", help="write the study from the layers in this folder", metavar="FOLDER"),
    ] = None,
    copy: Annotated[bool, typer.Option("--copy", help="copy the layers that are used into DIR/layers")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="ask nothing; what is not known stays a marked blank")] = False,
    as_json: AsJson = False,
    language: Spoken = None,
) -> None:
    """Write a study to start from, with every common key explained; with --layers from the files of a planner."""
    if layers is not None:
        _init_from(folder, layers, copy, yes or as_json or not sys.stdin.isatty(), as_json, _language(language))
        return
    from importlib.resources import files

    from geoplan.files import make_folder, write_text

    if copy or yes or as_json:
        raise UsageError("--copy, --yes and --json go with --layers")
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(f"{folder} is not empty; give a new folder")
    for name in ("layers", "scripts"):
        make_folder(folder / name)
    target = folder / "scripts" / "study.yaml"
    write_text(target, files("geoplan.study").joinpath("starter.yaml").read_text(encoding="utf-8"))
    typer.echo(f"{target}: put your layers into {folder / 'layers'}, edit the study, then: geoplan check {target}")


def _init_from(folder: Path, layers: Path, copy: bool, silent: bool, as_json: bool, language: Language) -> None:
    """Begin a study from a folder of layers; on a terminal the planner is asked what no file tells."""
    from geoplan.console.starting import ask, print_begun
    from geoplan.study.begin import begin

    begun = begin(folder, layers, language, None if silent else lambda q: ask(q, language), copy=copy)
    print_begun(begun, language, as_json)


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


@app.command()
def progress(
    before: Annotated[Path, typer.Argument(metavar="DIR_BEFORE", help="the scenario's folder of the earlier run")],
    after: Annotated[Path, typer.Argument(metavar="DIR_AFTER", help="the scenario's folder of the later run")],
    as_json: AsJson = False,
    language: Spoken = None,
) -> None:
    """Say what changed from an earlier run to a later one, one row a county, the whole area in the last."""
    from geoplan.console.changes import print_changes
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
        print_changes(table, folders, spoken)
        return
    rows = table.reset_index().drop(columns=["inputs_changed", "settings_changed"]).to_dict("records")
    changed = {c: table[c].iloc[0] for c in ("inputs_changed", "settings_changed")}
    sides = dict(zip(("before", "after"), map(str, folders), strict=True))
    found = {**sides, "years": table.attrs["years"], **changed, "findings": [f.sentence(spoken) for f in notes]}
    typer.echo(json.dumps(plain({**found, "units": rows}), ensure_ascii=False))


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
def reproduce(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="the folder of a scenario of a finished run")],
    study: Annotated[
        Path | None, typer.Option(help="the study file; default scripts/<name> in the project", metavar="STUDY")
    ] = None,
    language: Spoken = None,
) -> None:
    """Run a scenario again from its study and layers in a folder apart, and hold every file against the one that is there."""
    from geoplan.study.reproduce import reproduce as run_again

    spoken = _language(language)
    scenario = _one_scenario(folder, spoken)
    found = run_again(scenario, study, stages(False))
    for name, (then, now) in found.versions.items():
        show(Text("{}: {} then, {} now", "{}：当时 {}，现在 {}").to(spoken).format(name, then, now))
    for name in found.differ:
        typer.echo(Text("{}: differs", "{}：不同").to(spoken).format(name))
    done = Text("{}: {} files the same byte by byte, {} differ", "{}：{} 个文件逐字节相同，{} 个不同")
    typer.echo(done.to(spoken).format(scenario, len(found.same), len(found.differ)))


for _command in (
    plan_commands.explain,
    plan_commands.substitutes,
    plan_commands.override,
    plan_commands.front,
    why_command.why,
):
    app.command()(_command)


@app.command("list")
def list_(
    kind: Annotated[str | None, typer.Argument(help="one of: " + ", ".join(plugins.NAMED))] = None,
    study: Annotated[
        Path | None, typer.Option(help="standards: with the values that this study sets", metavar="STUDY")
    ] = None,
    as_json: AsJson = False,
    language: Spoken = None,
) -> None:
    """List what can be named in a study: models, measures, options, standards, modes, services, sections, overlays.

    Standards are listed with value, unit, clause, source and mark, services with their bands and layers, modes with their speeds.
    """
    from geoplan.console.listing import list_figures, list_needs, list_standards, names, title

    if study and kind != "standards":
        raise UsageError("--study goes with geoplan list standards")
    if kind == "standards":
        list_standards(study, as_json, _language(language))
        return
    kinds = [kind] if kind else list(plugins.NAMED)
    titles = {each: {name: title(each, name, _language(language)) for name in names(each)} for each in kinds}
    if as_json:
        typer.echo(json.dumps(titles[kind] if kind else titles, ensure_ascii=False))
        return
    for each in kinds:
        if not kind:
            typer.echo(f"{each}:")
        for name, said in titles[each].items():
            typer.echo(f"  {name:<22} {said}")
            if kind == "modes":
                list_figures(name)
            elif kind == "services":
                list_needs(name, _language(language))


@app.command()
def schema(
    out: Annotated[Path | None, typer.Option("--out", help="write it to this file instead", metavar="FILE")] = None,
) -> None:
    """Print the JSON Schema of the study file, for editors."""
    from geoplan.files import write_text
    from geoplan.study.schema import study_schema

    text = json.dumps(study_schema(), ensure_ascii=False, indent=1)
    if out is None:
        typer.echo(text)
    else:
        write_text(out, text + "\n")
        typer.echo(str(out))


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


class Terminated(BaseException):
    """The system asked the program to end."""


def _terminate(_number: int, _frame: object) -> None:
    raise Terminated


def main() -> None:
    """Run a command; turn every refusal into one message and its exit code."""
    signal.signal(signal.SIGTERM, _terminate)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that cannot show a character shows a sign in its place
    try:
        code = app(standalone_mode=False)  # typer turns Ctrl-C into the code that it returns
        if code == 130:
            raise KeyboardInterrupt
        sys.exit(code if isinstance(code, int) else 0)
    except typer.Exit as stop:
        sys.exit(stop.exit_code)
    except SystemExit:
        raise
    except BaseException as error:
        sys.exit(_refused(error))


GONE_ON = "nothing half-written was left, and what was finished is kept: go on with --resume"


def _refused(error: BaseException) -> int:  # noqa: PLR0911 - one return a kind
    """Say why a command ended, and return its exit code."""
    match error:
        case InputError():
            for line in lines(error.findings, _language()):
                show(line)
        case GeoplanError():
            show(f"geoplan: {error}")
        case Terminated():
            show(f"geoplan: terminated; {GONE_ON}")
            return 143
        case KeyboardInterrupt() | typer.Abort():
            show(f"geoplan: interrupted; {GONE_ON}")
            return 130
        case MemoryError():
            show("geoplan: not enough memory for this study; close other programs or run fewer --jobs")
            return 5
        case BrokenPipeError():
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nobody listens any more
            return 0
        case OSError():
            show(f"geoplan: the machine refused: {error}")
            return 5
        case _ if hasattr(error, "format_message"):  # a usage error of the command line itself
            show(f"geoplan: {error.format_message().rstrip('.')}; see geoplan --help")
            return 2
        case _:
            traceback.print_exception(error)
            show("geoplan: this is a fault of geoplan, not of your data; please report the lines above")
            return 1
    return error.exit_code


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
