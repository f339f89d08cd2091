"""Laws of the map page: the same bytes, no other address, and text from data nowhere outside the packed data."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import Any

import folium
import pytest

from geoplan.errors import Language, UsageError
from geoplan.map.offline import OfflineFigure, asset, lock, refuse_remote
from geoplan.map.packed import ISLAND, listed, read
from geoplan.map.page import draw, write
from geoplan.result import CAUSES, Result
from tests.sample import HOSTILE, sample_result


@pytest.fixture(scope="module")
def result() -> Result:
    """A complete result."""
    return sample_result()


@pytest.fixture(scope="module")
def page(result: Result) -> str:
    """Its page."""
    return rendered(result)


def rendered(result: Result) -> str:
    """The page of a result as text."""
    return draw(result).text


def content(page: str) -> dict[str, Any]:
    """What is packed in a page, that of its one scenario beside that of all."""
    whole = read(page)
    return {**whole, **whole["scenarios"][0]}


def test_the_same_result_gives_the_same_bytes(result: Result, tmp_path: Path) -> None:
    """Two writes of a result are equal byte by byte."""
    first, second = tmp_path / "a.html", tmp_path / "b.html"
    write(result, first)
    write(result, second)
    assert first.read_bytes() == second.read_bytes()


def test_row_order_does_not_show(result: Result, page: str) -> None:
    """Tables in another row order give the same page."""
    turned = dataclasses.replace(
        result,
        demand=result.demand.iloc[::-1],
        facilities=result.facilities.iloc[::-1],
        options=result.options.iloc[::-1],
        chosen=result.chosen.iloc[::-1],
        gaps=result.gaps.iloc[::-1],
    )
    assert rendered(turned) == page


def test_no_address_in_the_page(page: str) -> None:
    """Beside XML namespaces and the name of Leaflet's author page no http address stands in the file, and no link at all."""
    addresses = set(re.findall(r"https?://[^\s\"'<>)]*", page))
    assert addresses <= {"http://www.w3.org/2000/svg", "https://leafletjs.com"}
    assert "<link" not in page
    assert "@import" not in page
    assert not re.search(r"<(script|img|iframe)[^>]*\ssrc", page)


@pytest.mark.parametrize(
    "text",
    ['<img src="https://a.example/x.png">', "<a href=//a.example>", "a { background: url(x.png) }", '@import "a.css";'],
)
def test_every_kind_of_link_is_refused(text: str) -> None:
    """A page with a link in an attribute or a style, with a scheme or without, cannot be made."""
    with pytest.raises(UsageError, match="would fetch"):
        refuse_remote(text)


def test_an_unknown_asset_is_refused() -> None:
    """An element that wants a script that is not vendored makes the page impossible, with the name of the script."""
    figure = OfflineFigure("en")
    view = folium.Map([37, 114], tiles=None)
    view.add_to(figure)
    view.add_js_link("far_away", "https://a.example/far.js")
    try:
        with pytest.raises(UsageError, match="far_away"):
            figure.render()
    finally:
        folium.Map.default_js[:] = [pair for pair in folium.Map.default_js if pair[0] != "far_away"]


@pytest.mark.parametrize("name", sorted(lock()))
def test_assets_are_the_locked_files(name: str) -> None:
    """Each vendored asset has the SHA-256 of its lock and comes with its licence."""
    assert "Redistribution" in asset(name)


def test_text_from_data_stands_only_in_the_packed_data(page: str) -> None:
    """No name of the data, hostile or not, and not the title of the study, is part of the markup or of a script."""
    bare = ISLAND.sub("", page)
    names = [n for n in HOSTILE if n not in {"${1}", "{{7*7}}"}] + [
        "幸福里",
        "启蒙托育园",
        "备选点",
        "邢台",
        "alert(1)",
        "7*7",
    ]
    assert [n for n in names if n in bare] == []
    assert "49" not in content(page)["features"]["areas"]["names"]
    assert set(HOSTILE) <= set(content(page)["features"]["areas"]["names"])


def test_the_policy_lets_only_the_pages_own_scripts_run(page: str) -> None:
    """The policy comes before any script and allows as many scripts as the page has, nothing by address."""
    rules = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert rules
    assert rules[1].startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in rules[1].split("style-src")[0]
    assert rules[1].count("sha256-") == page.count("<script>")
    assert page.index("Content-Security-Policy") < page.index("<script>")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_numbers_are_those_of_the_result(language: Language) -> None:
    """Key figures and both gap accounts of the page equal the result's numbers."""
    result = sample_result(language)
    packed, numbers = content(rendered(result)), result.numbers
    assert [f["value"] for f in packed["figures"]] == [
        numbers[k] for k in ("population_total", "people_total", "demand_total", "capacity_counted")
    ]
    assert [p["value"] for p in packed["account"]] == [numbers["gap_account"][c] for c in CAUSES]
    assert [p["value"] for p in packed["account_after"]] == [numbers["gap_after"][c] for c in CAUSES]


def test_synthetic_data_are_declared(result: Result, page: str) -> None:
    """The page says that data are synthetic exactly if a layer is."""
    assert content(page)["synthetic"] is True
    real = tuple(dataclasses.replace(s, synthetic=False) for s in result.sources)
    assert content(rendered(dataclasses.replace(result, sources=real)))["synthetic"] is False


def test_optimal_is_said_only_where_it_is_proven(result: Result) -> None:
    """A plan that is not proven optimal shows its gap, never the word optimal."""
    for status in ("feasible", "stopped"):
        numbers = {**result.numbers, "plan": {**result.numbers["plan"], "status": status}}
        packed = content(rendered(dataclasses.replace(result, numbers=numbers, language="en")))
        assert "optimal" not in packed["proof"]
        assert "0.40%" in packed["proof"]


def test_a_result_without_plan_has_a_page() -> None:
    """Without a plan there is neither a plan overlay nor a second gap account."""
    packed = content(rendered(sample_result(planned=False)))
    assert {"plan", "gaps_after"}.isdisjoint(o["name"] for o in packed["overlays"])
    assert packed["account_after"] == packed["plan"] == packed["links"] == []


def test_a_sparse_result_has_a_page() -> None:
    """Points instead of polygons, no names, no options, no gap areas, no numbers, no base layers, missing values: still a page."""
    full = sample_result(planned=False)
    demand = full.demand.drop(columns=["name", "township", "two_step_fca"]).assign(nearest=float("nan"))
    demand["geometry"] = demand.geometry.centroid
    facilities = full.facilities[
        ["geometry", "kind", "counted", "unit_id", *(c for c in full.facilities if c.startswith("places_"))]
    ]
    sparse = dataclasses.replace(
        full,
        demand=demand,
        facilities=facilities.assign(kind=None),
        options=full.options.iloc[:0],
        gap_areas=full.gap_areas.iloc[:0],
        base={},
        numbers={},
        sources=(),
    )
    packed = content(rendered(sparse))
    assert packed["features"]["areas"]["kind"] == "point"
    assert packed["features"]["areas"]["names"] is None  # the ids are shown
    assert {"options", "gap_areas", "plan"}.isdisjoint(o["name"] for o in packed["overlays"])
    assert packed["figures"] == packed["account"] == []


def test_missing_is_null_never_zero(result: Result) -> None:
    """A demand point that reaches no facility has no travel cost in its dossier, and no class that could be read as near."""
    packed = content(rendered(result))
    access = next(o for o in packed["overlays"] if o["name"] == "access")
    unknown = result.demand.sort_index()["nearest"].isna().tolist()
    assert [v is None for v in listed(access["columns"][0]["values"])] == unknown
    assert {k for k, u in zip(access["of"], unknown, strict=True) if u} == {len(access["classes"]) - 1}


def test_links_add_up_to_the_plan(result: Result, page: str) -> None:
    """The people on the lines of the map are the people that the plan assigns."""
    assert result.plan
    drawn = sum(sum(table["amount"]) for table in content(page)["links"])
    assert drawn == pytest.approx(result.plan.served, abs=1e-6)
