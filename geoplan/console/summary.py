"""Summary: what a run found, in a few lines a scenario."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from geoplan.errors import Language, Text
from geoplan.profiles.load import load_service


def summary(name: str, numbers: Mapping[str, Any], language: Language) -> str:
    """One scenario in a few lines, in the words of its service."""
    gaps, plan, say = numbers["gap_account"], numbers["plan"], service_words(numbers, language)
    today = Text(
        "{name}: {wanted:,.0f} {words.places} wanted, {served:,.0f} served; too far {too_far:,.0f}, full {full:,.0f}, "
        "wrong kind {wrong_kind:,.0f}, not joined {not_joined:,.0f}",
        "{name}：需求{words.place} {wanted:,.0f}，已满足 {served:,.0f}；超出半径 {too_far:,.0f}，已满 {full:,.0f}，"
        "类型不符 {wrong_kind:,.0f}，未接入路网 {not_joined:,.0f}",
    )
    text = say(today).format(name=name, wanted=numbers["demand_total"], **gaps) + by_year(numbers, say)
    if not plan:
        return text
    proof = f"{plan['status']}, gap {plan['gap']:.2%}" if plan["gap"] is not None else plan["status"]
    after = Text(
        "\n  plan: {sites} options, {places:,.0f} {words.places}, {cost:,.0f} yuan; served {served:,.0f} ({proof})",
        "\n  计划：{sites} 项，{words.place} {places:,.0f}，投资 {cost:,.0f} 元；可满足 {served:,.0f}（{proof}）",
    )
    values = {"sites": len(plan["sites"]), "places": plan["places"], "cost": plan["cost"]}
    return text + say(after).format(**values, served=numbers["gap_after"]["served"], proof=proof)


def service_words(numbers: Mapping[str, Any], language: Language) -> Callable[[Text], str]:
    """Says a text in a language and in the words of the service whose numbers these are."""
    service = load_service(numbers["settings"]["service"])
    return lambda text: service.worded(text).to(language)


def by_year(numbers: Mapping[str, Any], say: Callable[[Text], str]) -> str:
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
