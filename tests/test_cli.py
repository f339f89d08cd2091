"""The command line: each command runs as a user runs it, with its exit code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from rich.cells import cell_len
from ruamel.yaml import YAML

from geoplan import cli, plugins
from geoplan.console import columns
from geoplan.console.summary import summary
from geoplan.errors import UsageError
from geoplan.map.packed import read
from geoplan.profiles.listing import standard_rows
from tests import town

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
COMMANDS = [
    "run", "check", "demo", "init", "compare", "progress", "backtest", "verify", "explain", "list", "schema", "fetch", "map", "reproduce"
]  # fmt: skip


def geoplan(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own."""
    command = [sys.executable, "-W", "error::DeprecationWarning:geoplan", "-m", "geoplan.cli", *map(str, words)]
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "COLUMNS": "160", "TERMINAL_WIDTH": "160"}
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, env=environment, check=False, timeout=300)


def test_help_names_every_command() -> None:
    """The help lists every command, and asks nothing of the geographic libraries."""
    done = geoplan("--help")
    assert done.returncode == 0
    for command in COMMANDS:
        assert command in done.stdout
    code = "import sys, geoplan.cli; print([m for m in ('numpy', 'pandas', 'geopandas', 'scipy') if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_run_verify_compare_and_explain_in_turn(town_study: Path, tmp_path: Path) -> None:
    """A user runs a study, verifies it, compares its scenarios and asks why a site was chosen."""
    out = tmp_path / "maps"
    done = geoplan("run", town_study, "--out", out, "--only", "base", "--only", "poor", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["scenarios"]["base"]["gap_account"] == town.ANSWER
    assert geoplan("verify", out).returncode == 0
    drawn = out / "map.html"
    assert [s["scenario"] for s in read(drawn.read_text(encoding="utf-8"))["scenarios"]] == ["base", "poor"]
    again = geoplan("map", out, "--out", tmp_path / "again.html")
    assert again.stdout.strip() == str(tmp_path / "again.html")
    assert (tmp_path / "again.html").read_bytes() == drawn.read_bytes()
    empty = geoplan("map", tmp_path / "nothing")
    assert empty.returncode == 2
    assert "holds no finished scenario" in empty.stderr
    compared = geoplan("compare", out, "--json")
    assert json.loads(compared.stdout)["base"]["served_after"] == town.PLAN_SERVED
    why = geoplan("explain", out / "base", "K1", "--study", town_study, "--json")
    assert why.returncode == 0, why.stderr
    assert json.loads(why.stdout)["lost"] == town.PLAN_PLACES


def test_check_names_every_mistake_and_writes_nothing(tmp_path: Path) -> None:
    """Five mistakes are named with line and column, exit code 3, on stderr."""
    wrong = town.STUDY
    for right, mistake in [
        ("language", "langauge"),
        ("walk", "walking"),
        ("wgs84", "wgs85"),
        ("700", "far"),
        ("gap: 0", "gap: -1"),
    ]:
        wrong = wrong.replace(right, mistake, 1)
    path = town.build(tmp_path, wrong)
    before = sorted(tmp_path.rglob("*"))
    done = geoplan("check", path)
    assert done.returncode == 3
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 5
    for line in (4, 13, 21, 24):
        assert f"study.yaml:{line}:" in done.stderr
    assert sorted(tmp_path.rglob("*")) == before


def test_check_accepts_a_good_study(town_study: Path) -> None:
    """A study without errors is said to be so, exit code 0."""
    done = geoplan("check", town_study)
    assert done.returncode == 0, done.stderr
    assert "no errors" in done.stdout


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["run"], 2),
        (["fly"], 2),
        (["list", "nothing"], 2),
        (["run", "none.yaml"], 3),
        (["verify", "nowhere"], 3),
        (["compare", "nowhere"], 3),
        (["progress", "nowhere"], 2),
        (["progress", "nowhere", "elsewhere"], 3),
        (["backtest", "none.yaml"], 2),
        (["backtest", "none.yaml", "--enrolment", "none.csv"], 3),
        (["list", "standards", "--language", "fr"], 2),
        (["list", "models", "--study", "none.yaml"], 2),
    ],
)
def test_refusals_have_their_exit_codes(words: list[str], code: int, tmp_path: Path) -> None:
    """Usage errors exit with 2, input errors with 3, and none shows a traceback."""
    done = geoplan(*words, cwd=tmp_path)
    assert done.returncode == code
    assert "Traceback" not in done.stderr


def test_init_writes_a_study_that_only_lacks_its_layers(tmp_path: Path) -> None:
    """The starter study is valid but for the files that the planner still has to give."""
    assert geoplan("init", tmp_path / "new").returncode == 0
    done = geoplan("check", tmp_path / "new" / "scripts" / "study.yaml")
    assert done.returncode == 3
    assert "GP-S002" not in done.stderr
    assert done.stderr.count("GP-S012") >= 1
    assert geoplan("init", tmp_path / "new").returncode == 2


@pytest.mark.parametrize("kind", plugins.NAMED)
def test_list_names_every_plugin(kind: str) -> None:
    """Every plug-in is listed with a title."""
    done = geoplan("list", kind)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    if kind != "standards":
        for line in done.stdout.splitlines():
            assert len(line.split(maxsplit=1)) == 2, line


def test_list_is_json_too() -> None:
    """One document holds every kind with the names of its plug-ins and their titles."""
    found = json.loads(geoplan("list", "--json").stdout)
    assert {kind: tuple(titles) for kind, titles in found.items()} == {k: plugins.names(k) for k in plugins.NAMED}
    assert all(title for titles in found.values() for title in titles.values())


def test_list_standards_has_a_row_a_standard() -> None:
    """Each row shows value, unit, mark, clause and source; what is to be verified cites nothing; the marks are explained on stderr."""
    done = geoplan("list", "standards")
    head, *lines = done.stdout.splitlines()
    assert head.split()[:4] == ["id", "value", "unit", "mark"]
    rows = standard_rows()
    assert [line.split()[0] for line in lines] == [row.id for row in rows]
    for line, row in zip(lines, rows, strict=True):
        assert f"{row.value:,.10g}  {row.unit.en}" in line
        said, cited, _, used = line.split(" | ")
        assert said.endswith(f"  {row.title.en}")
        assert cited == ("to be verified" if row.mark == "G" else f"{row.clause.en}; {row.source}")
        assert used == (", ".join(row.services) or "for comparison only")
    assert "G to be verified" in done.stderr


def test_list_standards_speaks_chinese_and_json() -> None:
    """The same rows in Chinese, and as JSON with empty clause and source where there is no citation."""
    found = json.loads(geoplan("list", "standards", "--language", "zh", "--json").stdout)
    assert [row["id"] for row in found] == [row.id for row in standard_rows()]
    assert [row["title"] for row in found] == [row.title.zh for row in standard_rows()]
    assert all((row["clause"] == row["source"] == "") == (row["mark"] == "G") for row in found)
    assert geoplan("list", "standards", "--language", "zh").stdout.startswith("编号")


def test_list_standards_of_a_study_shows_old_and_new(tmp_path: Path) -> None:
    """A value that the study sets stands beside the one that it replaces, is marked local and cites nothing."""
    study = town.build(tmp_path, town.STUDY.replace("demand:\n", "standards: { reach_strict: 350 }\ndemand:\n", 1))
    lines = {line.split()[0]: line for line in geoplan("list", "standards", "--study", study).stdout.splitlines()}
    assert "300 → 350  m " in lines["reach_strict"]
    assert lines["reach_strict"].split(" | ")[1] == "set in this study"
    assert "→" not in lines["reach_upper"]
    assert "room_reach" not in lines


def test_list_services_says_what_each_needs() -> None:
    """A service is listed with its bands, the layer and columns that its demand comes from, and what it may add."""
    told = geoplan("list", "services").stdout
    childcare, rooms = told.split("nursing_room_cn", 1)
    for words in ("m06_12 6–12 months", "residents (age_0, age_1_4), streets", "places_m24_36", "births, moves"):
        assert words in childcare, words
    for words in ("public_places (floor_area_m2, visitors_per_day), streets", "places_room, usable_area_m2, place_id"):
        assert words in rooms, words
    assert "births" not in rooms
    assert "公共场所母婴室" in geoplan("list", "services", "--language", "zh").stdout


def test_progress_shows_each_county_and_the_whole_last(town_run: Path) -> None:
    """Sixteen places more serve sixteen people more; what did not change has no brackets; notes go to stderr."""
    done = geoplan("progress", town_run / "base", town_run / "opened")
    assert done.returncode == 0, done.stderr
    assert "(people of 2026)" in done.stdout
    unit, whole = done.stdout.splitlines()[-2:]
    assert unit.split()[:2] == ["130599", "小镇"]
    assert whole.split()[:2] == ["whole", "area"]
    for line in (unit, whole):
        for cell in ("3 (+1)", "28 (+16)", "29.17 (+16.67)", " 96 ", "24 (+16)", "72 (-16)", "50.0% (+16.7)"):
            assert cell in line, cell
    poor = geoplan("progress", town_run / "base", town_run / "poor")
    assert "GP-C005" in poor.stderr
    assert "GP-C005" not in poor.stdout


def test_progress_is_json_too(town_run: Path) -> None:
    """One document holds both folders, the years, every indicator of each unit, and the notes as sentences."""
    done = geoplan("progress", town_run / "base", town_run / "opened", "--json", "--language", "zh")
    found = json.loads(done.stdout)
    assert (found["before"], found["after"]) == (str(town_run / "base"), str(town_run / "opened"))
    assert found["years"] == [2026, 2026]
    assert [row["unit_id"] for row in found["units"]] == ["130599", "all"]
    assert [row["served_change"] for row in found["units"]] == [16, 16]
    assert [f[:7] for f in found["findings"]] == ["GP-C005"]
    assert "设置不同" in found["findings"][0]


def test_progress_takes_what_is_meant_and_refuses_what_is_not(town_run: Path, town_study: Path) -> None:
    """A file of a run is its folder and a whole run its base, which is said; one run given twice, or a study, is refused."""
    done = geoplan("progress", town_run, town_run / "opened" / "results.json")
    assert done.returncode == 0, done.stderr
    assert "its scenario base is taken" in done.stderr
    twice = geoplan("progress", town_run / "base", town_run)
    assert (twice.returncode, "are one run" in twice.stderr) == (2, True)
    study = geoplan("progress", town_study, town_run)
    assert (study.returncode, "is a file" in study.stderr) == (2, True)


def test_backtest_says_how_wrong_the_forecast_was(town_study: Path, tmp_path: Path) -> None:
    """Five of home D's sixteen children at F3 are an uptake of 31.25 %; notes go to stderr, with the year of the people."""
    table = tmp_path / "enrolled.csv"
    table.write_text("编号,在托人数\nF1,8\nF3,5\n", encoding="utf-8")
    done = geoplan("backtest", town_study, "--enrolment", table)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("uptake 31.25% of 48 people")
    assert "2026" in done.stderr
    assert "GP-B013" in done.stderr
    assert "GP-B" not in done.stdout


def test_backtest_draws_the_same_with_the_same_seed(town_study: Path, tmp_path: Path) -> None:
    """Intervals are the same again, with the seed printed beside them; what is not a number is null."""
    table = tmp_path / "enrolled.csv"
    table.write_text("id,enrolled\nF1,4\nF3,5\n", encoding="utf-8")

    def drawn(*words: str) -> dict[str, Any]:
        done = geoplan("backtest", town_study, "--enrolment", table, "--draws", "20", "--json", *words)
        found: dict[str, Any] = json.loads(done.stdout, parse_constant=lambda c: pytest.fail(f"{c} is no JSON"))
        return found

    found = drawn()
    assert found == drawn("--seed", "0")
    assert (found["seed"], found["draws"]) == (0, 20)
    low, high = found["uptake_interval"]
    assert low <= found["uptake"] <= high
    assert geoplan("backtest", town_study, "--enrolment", table, "--scenario", "rich").returncode == 2


def test_the_summary_has_a_number_a_year_in_the_words_of_the_service(town_run: Path) -> None:
    """Several planning years are told with what is not served in each; rooms are not called places."""
    numbers = json.loads((town_run / "base" / "results.json").read_text(encoding="utf-8"))
    assert "2026" not in summary("base", numbers, "en")
    numbers["years"]["2030"] = {"wanted_total": 80, "gap_account": {"served": 8}}
    assert "places wanted: 2026 96 (not served 88), 2030 80 (not served 72)" in summary("base", numbers, "en")
    numbers["settings"]["service"] = "nursing_room_cn"
    assert "需求母婴室：2026年 96（缺口 88）" in summary("base", numbers, "zh")


def test_columns_stand_under_one_another_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    """A Chinese character is two wide; on a terminal the same cells stand in a frame, brackets and all."""
    head, rows = ["名称", "n"], [["襄都区", "7"], ["Xi [G]", "120"]]
    first, *rest = columns.aligned(head, rows, [1])
    assert {cell_len(line) for line in (first, *rest)} == {cell_len("襄都区") + 2 + 3}
    columns.print_table(head, rows, [1])
    assert capsys.readouterr().out.splitlines() == [first, *rest]


def test_a_terminal_gets_a_frame(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal every cell stands in a frame as it is, square brackets too."""
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    columns.print_table(["名称", "n"], [["[G] 襄都区", "7 (+1)"]], [1])
    assert "│ [G] 襄都区 │ 7 (+1) │" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "spoken", "expected"),
    [
        ([], {"LANG": "zh_CN.UTF-8"}, "zh"),
        ([], {"LC_ALL": "en_GB", "LANG": "zh_CN"}, "en"),
        ([], {}, "zh"),
        (["--language", "en"], {}, "en"),
        (["study.yaml"], {"LANG": "zh_CN"}, "en"),
    ],
)
def test_messages_speak_as_asked_as_the_study_or_as_the_computer(
    words: list[str], spoken: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What is asked for wins, then the study, then the environment, then the system: a Chinese Windows sets no LANG."""
    (tmp_path / "study.yaml").write_text("version: 1\nlanguage: en\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["geoplan", *words])
    monkeypatch.setattr("locale.getlocale", lambda: ("Chinese (Simplified)_China", "936"))
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in spoken.items():
        monkeypatch.setenv(name, value)
    assert cli._language() == expected
    assert cli._language("zh") == "zh"
    with pytest.raises(UsageError, match="zh or en"):
        cli._language("fr")


def test_schema_is_json() -> None:
    """The schema of the study file is a JSON document that names its keys."""
    assert "layers" in json.loads(geoplan("schema").stdout)["properties"]


def test_readme_names_every_command_and_model() -> None:
    """The README mentions each command, model and measure."""
    text = README.read_text(encoding="utf-8")
    for name in [f"geoplan {c}" for c in COMMANDS] + [
        n for k in ("models", "measures", "modes", "services") for n in plugins.names(k)
    ]:
        assert name in text, name


def blocks(name: str) -> list[Any]:
    """The YAML blocks of a page."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return [YAML(typ="safe").load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)]


def missing(part: Any, whole: Any, at: str = "") -> list[str]:
    """The keys of a part whose values are not those of the whole."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return [m for k, v in part.items() for m in missing(v, whole.get(k), f"{at}.{k}")]
    return [] if part == whole else [f"{at}: {part}, not {whole}"]


@pytest.mark.parametrize("page", ["README.md", "README.zh.md"])
def test_the_heart_of_the_study_is_that_of_the_demonstration(page: str) -> None:
    """Every key of the study in the README stands in scripts/xingtai.yaml with the same value."""
    study = YAML(typ="safe").load((ROOT / "scripts" / "xingtai.yaml").read_text(encoding="utf-8"))
    heart = blocks(page)[0]
    assert heart["years"]["phases"] == [2026, 2028, 2030]
    assert missing(heart, study) == []


@pytest.mark.parametrize("page", ["README.md", "README.zh.md"])
def test_the_readme_overrides_a_standard_as_it_says(page: str) -> None:
    """The override shown is one of a known standard, with its old value beside the new one."""
    override = next(block["standards"] for block in blocks(page) if "standards" in block)
    known = {row.id: row.value for row in standard_rows()}
    text = (ROOT / page).read_text(encoding="utf-8")
    for name, value in override.items():
        assert f"{known[name]:g} → {value:g}" in text


@pytest.mark.parametrize("page", ["README.md", "README.zh.md"])
def test_the_readme_names_columns_that_are_read(page: str) -> None:
    """Each Chinese name beside a column in the table of layers is read as that column without a mapping."""
    from geoplan.sources._aliases import BY_ROLE, COLUMNS

    text = (ROOT / page).read_text(encoding="utf-8")
    names = {*COLUMNS, *(name for own in BY_ROLE.values() for name in own)}
    usual = {name: set(COLUMNS.get(name, ())).union(*(r.get(name, ()) for r in BY_ROLE.values())) for name in names}
    table = re.findall(r"^\| `.*\|$", text.split("|---|---|\n")[1], re.MULTILINE)
    pairs = re.findall(r"\b([a-z][a-z0-9_]+) (?:… )?([\w–-]*[\u4e00-\u9fff][\w–-]*)", " ".join(table))
    assert len(pairs) > 20
    for column, name in pairs:
        assert name in usual[column], (column, name)


def test_a_plan_is_asked_again_from_the_command_line(town_study: Path, tmp_path: Path) -> None:
    """All sites explained, substitutes, the curve of money with its picture, and a decision that is priced and logged with its reason."""
    out = tmp_path / "maps"
    assert geoplan("run", town_study, "--out", out, "--only", "base", "--quiet").returncode == 0
    base, study = out / "base", ("--study", town_study)
    losses = json.loads(geoplan("explain", base, *study, "--json").stdout)["rows"]
    assert [(row["option"], row["lost"]) for row in losses] == [("K1:kindergarten_class", town.PLAN_PLACES)]
    assert geoplan("substitutes", base, *study).returncode == 0
    curve = geoplan("front", base, "--budgets", "1,10000000", "--picture", tmp_path / "front.png", *study, "--json")
    assert [row["served"] for row in json.loads(curve.stdout)["rows"]] == [town.ANSWER["served"], town.PLAN_SERVED]
    assert (tmp_path / "front.png").read_bytes().startswith(b"\x89PNG")
    banned = geoplan("override", base, "--ban", "K1", "--reason", "园方不同意", *study, "--json")
    assert json.loads(banned.stdout)["price_at_most"] == town.PLAN_PLACES
    assert "园方不同意" in (out / "decisions.csv").read_text(encoding="utf-8-sig")
    for wrong in (("override", base, "--reason", "x", *study), ("front", base, "--budgets", "much", *study)):
        assert geoplan(*wrong).returncode == 2


def test_check_writes_all_findings_to_a_table(tmp_path: Path) -> None:
    """Of fifty bad cells twenty are printed with a count of the rest, and the table holds all fifty with place and advice."""
    study = town.build(tmp_path / "town")
    rows = (tmp_path / "town" / "layers" / "facilities.csv").read_text(encoding="utf-8-sig").splitlines()
    bad = [rows[1].replace("F1", f"B{i}").replace(",8,", ",八,") for i in range(50)]
    (tmp_path / "town" / "layers" / "facilities.csv").write_text("\n".join([rows[0], *bad]) + "\n", encoding="utf-8")
    done = geoplan("check", study, "--findings", tmp_path / "all.csv")
    assert done.returncode == 3
    assert "30 more" in done.stderr
    table = pd.read_csv(tmp_path / "all.csv", encoding="utf-8-sig")
    assert len(table) == 50
    assert set(table["value"]) == {"八"}
    assert table["place"].str.startswith("row ").all()
