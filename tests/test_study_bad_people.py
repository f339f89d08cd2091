"""What a hurried planner does wrong with people: each mistake is one clear message in both languages, and nothing is written."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from geoplan.errors import Finding, Findings, InputError
from geoplan.profiles.load import load_service
from geoplan.study.given import Given, read_given
from geoplan.study.memo import Memo
from geoplan.study.people import count_people
from geoplan.study.run import run_scenario
from geoplan.study.scenarios import Study, load_study
from tests import town, town_people

STUDY = town_people.STUDY
ZONE = ["130502", "130502", "130571", "130505", "130505", "130502"]


@dataclass(frozen=True)
class Bad:
    """One mistake: the study and the layers that hold it, and of the message its code, place, English and Chinese words."""

    code: str
    place: str
    en: str
    zh: str
    study: str = STUDY
    layers: dict[str, pd.DataFrame] = field(default_factory=dict)


def homes(**columns: Any) -> dict[str, pd.DataFrame]:
    """The homes with other columns."""
    return {"homes": town_people.homes(**columns)}


def births(table: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Another table of births."""
    return {"births": table}


def capacity(value: str) -> dict[str, pd.DataFrame]:
    """The facilities with this written as the places of F1 in the oldest band."""
    degrees = town.facilities().to_crs(4326)
    table = pd.DataFrame(degrees.drop(columns="geometry")).assign(lon=degrees.geometry.x, lat=degrees.geometry.y)
    return {"facilities": table.assign(places_m24_36=[value, "0", "16"])}


def squares(*at: float) -> dict[str, pd.DataFrame]:
    """The homes as squares of 100 m, each this far along the street."""
    west, south = [town.WEST + x for x in at], town.STREET_Y + 10
    shapes = [box(x, south, x + 100, south + 100) for x in west]
    return {"homes": town_people.homes().set_geometry(gpd.GeoSeries(shapes, crs=town.CRS))}


def census(*units: str) -> dict[str, pd.DataFrame]:
    """A census of these units, and 50 residents with 35 children in a third."""
    rows = pd.DataFrame({"unit_id": [*units], "population": [640, 320, 50][: len(units)]})
    return {"census": rows.assign(age_0=[40, 20, 5][: len(units)], age_1_4=[240, 120, 30][: len(units)])}


def demand(line: str) -> str:
    """The study with another line in `demand`."""
    return STUDY.replace("demand:\n", f"demand:\n  {line}\n")


TABLE = town_people.births()
SINGLE = {"age_1": [12] * 6, "age_2": [14] * 6, "age_3": [16] * 6, "age_4": [18, 19, 18, 18, 18, 18]}
NEW, WORK = town_people.with_layer("new_residential"), town_people.with_layer("employers", "  at_work: 0.5\n")

REFUSED = {
    "missing people": Bad(
        "GP-T121", "feature 2, column population", "no value", "缺少数值", layers=homes(population=[160, None, 160, 160, 160, 160])
    ),
    "more children than people": Bad(
        "GP-L025", "feature 2", "feature 2 (+10)", "feature 2 (+10)", layers=homes(population=[160, 60, 160, 160, 160, 160])
    ),
    "single ages and their band": Bad(
        "GP-L027", "feature 2", "do not add up to age_1_4 in 1 rows, +1", "之和与 age_1_4 不等", layers=homes(**SINGLE)
    ),
    "a zone in the residents": Bad(
        "GP-L003", "feature 3, column unit_id", "160 people, 16.7% of the layer", "160人，占该图层的 16.7%", layers=homes(unit_id=ZONE)
    ),
    "a zone in the census": Bad(
        "GP-L003", "row 4, column unit_id", "50 people, 5.0%", "50人，占该图层的 5.0%",
        town_people.with_layer("census"), census("130502", "130505", "130571"),
    ),
    "a unit without census": Bad(
        "GP-D033", "column unit_id", "no row for the unit of these points", "没有这些点所属的单元",
        town_people.with_layer("census"), census("130502"),
    ),
    "one id twice": Bad("GP-T113", "feature 2, column demand_id", "the same id as feature 1", "重复", layers=homes(demand_id=list("AACDEG"))),
    "one outline twice": Bad(
        "GP-L030", "feature 1", "320 people in 2 areas", "2 个居住区、320 人", layers=squares(0, 0, 1200, 2400, 3300, 600)
    ),
    "places in characters": Bad("GP-T106", "row 2, column places_m24_36", "not a number", "不是数字", layers=capacity("六十")),
    "places from to": Bad("GP-T106", "row 2, column places_m24_36", "not a number", "不是数字", layers=capacity("60-80")),
    "a county that was divided": Bad(
        "GP-L022", "row 10, column unit_id", "abolished", "撤销", layers=births(TABLE.replace({"unit_id": {"130505": "130521"}}))
    ),
    "births miss a year": Bad(
        "GP-D044", "columns births, births_mid", "no figure is given for these years", "没有数据", layers=births(TABLE[TABLE["year"] != 2024])
    ),
    "births miss a unit": Bad("GP-D044", "columns births, births_mid", "for units 130502", "单元 130502", layers=births(TABLE.drop(index=3))),
    "births of an unknown unit": Bad(
        "GP-L003", "row 10, column unit_id", "96 births", "96名新生儿", layers=births(TABLE.replace({"unit_id": {"130505": "130999"}}))
    ),
    "births low above mid": Bad("GP-L028", "row 7", "births_low", "births_low", layers=births(TABLE.assign(births_low=TABLE["births_mid"] + 1))),
    "a level that the births lack": Bad(
        "GP-D083", "demand.births", "has no births_high; it has births_low, births_mid", "没有 births_high 列",
        demand("births: high"), births(TABLE.drop(columns="births_high")),
    ),
    "a level that does not exist": Bad("GP-S002", "demand.births", "'low', 'mid' or 'high'", "须为", demand("births: medium")),
    "datum missing for residents": Bad(
        "GP-S002", "layers.residents.datum", "this key is missing", "缺少该键", STUDY.replace("homes.gpkg\n    datum: cgcs2000\n", "homes.gpkg\n")
    ),
    "at work without employers": Bad("GP-D082", "demand.at_work", "no layer employers", "没有 employers 图层", demand("at_work: 0.5")),
    "at work without ages": Bad(
        "GP-D082", "demand.at_work", "needs the ages", "需要居民分年龄数据",
        WORK.replace("demand:\n", "demand:\n  share: { m06_12: 0, m12_24: 0, m24_36: 0.1 }\n"), {"employers": town_people.employers()},
    ),
    "more children at work than there are": Bad(
        "GP-D074", "share", "only 106 are wanted at all", "超过全部需求 106 个", WORK, {"employers": town_people.employers(children_under_3=[1200])}
    ),
    "new homes without people": Bad(
        "GP-D084", "layers.new_residential", "not known who will live there", "入住人数未知", NEW,
        {"new_residential": town_people.new_homes(population=[None])},
    ),
    "new homes in dwellings only": Bad(
        "GP-D084", "layers.new_residential", "set demand.persons_per_dwelling", "请设 demand.persons_per_dwelling", NEW,
        {"new_residential": town_people.new_homes(population=[None], dwellings=[20])},
    ),
    "more move than live there": Bad(
        "GP-D066", "new_residential population", "more people move within the unit than live there", "超过现有居民", NEW,
        {"new_residential": town_people.new_homes(population=[6400])},
    ),
    "a value of a standard that is none": Bad(
        "GP-S002", "standards.uptake_middle", "did you mean uptake_mid", "是否为 uptake_mid", STUDY.replace("standards: {", "standards: { uptake_middle: 0.2,")
    ),
}  # fmt: skip

# told, but not yet as one message in both languages: what is wrong with each is the reason
UNCLEAR = {
    "negative people": (
        Bad("GP-T109", "feature 2, column population", "negative", "负数", layers=homes(population=[160, -5, 160, 160, 160, 160])),
        "the ages are compared with the negative number too, in a second message (sources/_people.py)",
    ),
    "an uptake of 1.5": (
        Bad("GP-S002", "demand.uptake", "less than or equal to 1", "不大于", STUDY.replace("uptake: 1.0", "uptake: 1.5")),
        "every form that uptake may have is a message of its own (study/scenarios.py)",
    ),
    "phases that do not rise": (
        Bad("GP-S002", "years", "phases must rise", "规划", STUDY.replace("[2026, 2028]", "[2028, 2026]")),
        "messages of validators are English only (study/scenarios.py)",
    ),
    "a datum for births": (
        Bad("GP-S002", "births", "datum", "基准", STUDY.replace("births.csv }", "births.csv, datum: wgs84 }")),
        "'layers.births has no datum' reads as if one were missing, stands at 1:1, and in English only (study/schema.py)",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Whole:
    """A town without a mistake: its folder, and what was read of it, so that a copy reads only what is wrong there."""

    folder: Path
    read: dict[str, Any]

    def copy(self, folder: Path, study: str, layers: dict[str, pd.DataFrame]) -> tuple[Study, Memo]:
        """A copy with another study and other layers, and what need not be read again."""
        shutil.copytree(self.folder, folder)
        for name, frame in layers.items():
            town_people.write(folder, name, frame)
        (folder / "study.yaml").write_text(study, encoding="utf-8")
        same = {k: v for k, v in self.read.items() if not any(f"layers/{name}." in k for name in layers)}
        return load_study(folder / "study.yaml"), Memo(same)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """The town without a mistake."""
    path, memo = town_people.build(tmp_path_factory.mktemp("whole")), Memo()
    assert taken(load_study(path), memo)[:2] == ([], 106)
    return Whole(path.parent, {k: v for k, v in memo.kept.items() if k.startswith(("layer:", "area:"))})


def taken(study: Study, memo: Memo) -> tuple[list[Finding], float, Given]:
    """What was found in a study that is taken, the places wanted in 2026, and its layers."""
    scenario, findings = study.scenarios["base"], Findings()
    service = load_service(scenario.settings.service, scenario.settings.standards)
    given = read_given(study, scenario, service, memo)
    people = count_people(scenario.settings, given, service, findings)
    wanted = people.by_year[2026].filter(like="wanted_").to_numpy().sum()
    told = [f for f in (*given.findings, *findings) if f.code != "GP-D049"]  # the town always lacks moves
    return told, round(float(wanted), 6), given


def run(whole: Whole, folder: Path, bad: Bad) -> None:
    """Run a copy of the town with this mistake as `geoplan run` does."""
    study, memo = whole.copy(folder / "town", bad.study, bad.layers)
    run_scenario(study, study.scenarios["base"], folder / "maps" / "base", memo)


def refusal(whole: Whole, folder: Path, bad: Bad) -> list[Finding]:
    """Why the study with this mistake is not run; nothing may be written."""
    with pytest.raises(InputError) as caught:
        run(whole, folder, bad)
    assert not (folder / "maps").exists()
    return caught.value.findings


def is_clear(found: list[Finding], bad: Bad, folder: Path) -> None:
    """One error, of this code and place, that says what is wrong and what to do in both languages, and no path of this machine."""
    assert [f.code for f in found] == [bad.code]
    error = found[0]
    assert error.severity == "error"
    assert bad.place in f"{error.file} {error.place}"
    assert bad.en in error.sentence("en")
    assert bad.zh in error.sentence("zh")
    assert str(folder) not in error.sentence("en").removeprefix(f"{bad.code} {folder}/town/study.yaml")
    for text in (error.problem, error.advice):
        assert re.search("[一-鿿]", text.zh), text
        assert not re.search("[一-鿿]", text.en) or bad.code in {"GP-L003", "GP-L022"}, text  # which name units


@pytest.mark.parametrize("case", REFUSED)
def test_each_mistake_is_one_message_and_nothing_is_written(case: str, whole: Whole, tmp_path: Path) -> None:
    """The run is refused with exactly one finding, in the words of the planner's own file."""
    is_clear(refusal(whole, tmp_path, REFUSED[case]), REFUSED[case], tmp_path)


@pytest.mark.parametrize("case", UNCLEAR)
def test_mistakes_with_unclear_messages_are_refused_all_the_same(case: str, whole: Whole, tmp_path: Path) -> None:
    """Nothing is written, and the code is among those told."""
    bad = UNCLEAR[case][0]
    assert bad.code in {f.code for f in refusal(whole, tmp_path, bad)}


MENDED = {
    "a unit beside the number": (Bad("GP-L020", "row 2, column places_m24_36", "60个", "已略去单位", layers=capacity("60个")), "repair"),
    "a county that was renamed": (
        Bad("GP-L021", "row 10, column unit_id", "任泽区 (130505)", "任泽区", layers=births(TABLE.replace({"unit_id": {"130505": "130526"}}))),
        "repair",
    ),
    "its old name": (
        Bad("GP-L021", "feature 4, column unit_id", "任泽区 (130505)", "任泽区", layers=homes(unit_id=["130502"] * 3 + ["任县"] * 2 + ["130502"])),
        "repair",
    ),
    "areas that overlap": (
        Bad("GP-L029", "feature 1", "some may be counted twice", "可能重复计算", layers=squares(0, 50, 1200, 2400, 3300, 600)), "note"
    ),
    "an employer without children": (
        Bad("GP-D071", "children_under_3", "not known", "未知", WORK, {"employers": town_people.employers(children_under_3=[None])}), "note"
    ),
    "new homes without a year": (
        Bad("GP-D060", "delivery_year", "not counted in any year", "各年均未计入", NEW, {"new_residential": town_people.new_homes(delivery_year=[None])}),
        "note",
    ),
    "new homes that were there": (
        Bad("GP-D061", "delivery_year", "in the census already", "已含在普查中", NEW, {"new_residential": town_people.new_homes(delivery_year=[2019])}),
        "note",
    ),
    "the zone counted to a unit": (
        Bad(
            "GP-L023", "feature 3, column unit_id", "160 people, 16.7% of the layer are counted to 130502", "计入 130502",
            STUDY.replace("homes.gpkg\n", 'homes.gpkg\n    unit_aliases: { "130571": "130502" }\n'), homes(unit_id=ZONE),
        ),
        "note",
    ),
    "the zone spread over its units": (
        Bad(
            "GP-D031", "unit 130571", "(age_0 5, age_1_4 30) are spread over those of 130502, 130505", "分配到 130502、130505",
            town_people.with_layer("census", '  within: { "130571": ["130502", "130505"] }\n'), census("130502", "130505", "130571"),
        ),
        "repair",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MENDED)
def test_what_can_be_mended_is_mended_and_told_once(case: str, whole: Whole, tmp_path: Path) -> None:
    """One repair or note in both languages; nobody vanishes: the same 106 places are wanted as without the mistake."""
    bad, severity = MENDED[case]
    found, wanted, _ = taken(*whole.copy(tmp_path / "town", bad.study, bad.layers))
    assert [(f.code, f.severity) for f in found] == [(bad.code, severity)]
    assert bad.place in found[0].place
    assert bad.en in found[0].sentence("en")
    assert bad.zh in found[0].sentence("zh")
    assert wanted == 106


@pytest.mark.parametrize(("written", "places", "codes"), [("８", 8, []), ("60个", 60, ["GP-L020"]), (" 12 ", 12, [])])
def test_places_are_the_number_that_was_meant(
    written: str, places: int, codes: list[str], whole: Whole, tmp_path: Path
) -> None:
    """Full-width digits and blanks are read with nothing to tell, a unit beside the number is told."""
    found, _, given = taken(*whole.copy(tmp_path / "town", STUDY, capacity(written)))
    assert given.table("facilities").loc["F1", "places_m24_36"] == places
    assert [f.code for f in found] == codes


@pytest.mark.parametrize("place", ["unit_aliases", "within"])
def test_the_offer_for_a_code_that_joins_nothing_can_be_pasted(place: str, whole: Whole, tmp_path: Path) -> None:
    """What the message offers, `unit_aliases: {130571: 130502}`, is taken as it is written there; `within` likewise."""
    if place == "unit_aliases":
        offer = re.search(
            r"unit_aliases: \{.*?\}", refusal(whole, tmp_path, REFUSED["a zone in the residents"])[0].advice.en
        )
        assert offer
        study, layers = STUDY.replace("homes.gpkg\n", f"homes.gpkg\n    {offer[0]}\n"), homes(unit_id=ZONE)
    else:
        study = town_people.with_layer("census", "  within: { 130571: [130502, 130505] }\n")
        layers = census("130502", "130505", "130571")
    assert taken(*whole.copy(tmp_path / "pasted", study, layers))[1] == 106


def test_check_says_it_on_the_command_line(whole: Whole, tmp_path: Path) -> None:
    """`geoplan check` ends with 3 and the message in the study's language on stderr, and leaves the folder as it was."""
    bad = REFUSED["a zone in the residents"]
    whole.copy(tmp_path / "town", bad.study.replace("language: en", "language: zh"), bad.layers)
    before = sorted(tmp_path.rglob("*"))
    command = [sys.executable, "-m", "geoplan.cli", "check", str(tmp_path / "town" / "study.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, timeout=300)
    assert done.returncode == 3
    assert (bad.code in done.stderr, bad.zh in done.stderr, done.stdout) == (True, True, "")
    assert sorted(tmp_path.rglob("*")) == before
