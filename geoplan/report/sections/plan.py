"""Plan: what to do with the money and the land, in which year, and how good that is proven to be."""

from __future__ import annotations

from geoplan.report import breakdowns, phased, tables
from geoplan.report.figures import figures
from geoplan.report.fronts import front, has_front
from geoplan.report.losses import has_losses, losses
from geoplan.report.model import Block, Heading, Paragraph
from geoplan.report.sections._blocks import first_rows
from geoplan.report.words import Words
from geoplan.result import Result

COLUMNS = ("phase", "site_id", "name", "unit", "kind", "places", "served", "cost", "verdict")


def section(result: Result) -> list[Block]:
    """The programme by phase and kind, its proof, what it changes, and the options chosen."""
    words = Words.of(result)
    head: list[Block] = [Heading(1, words("plan.title")), Paragraph(verdict_of_plan(result))]
    if not result.numbers["plan"]:
        return head
    drawn = figures(result)
    body: list[Block] = [Paragraph(proof(result)), breakdowns.gap_account(result, planned=True)]
    if len(result.chosen):
        body += [
            Heading(2, words("plan.what_title")),
            breakdowns.plan_by_kind(result),
            breakdowns.plan_by_phase(result),
            *phased.blocks(result),
            *(drawn[name] for name in ("phases", "plan") if name in drawn),
            Heading(2, words("plan.units_title")),
            breakdowns.unit_plan(result),
            Heading(2, words("plan.sites_title")),
            first_rows(result, tables.programme(result).only(*COLUMNS)),
            *worth(result),
            *money(result),
        ]
    return [*head, *body]


def worth(result: Result) -> list[Block]:
    """What refusing each site would cost, where the study asks for it."""
    if not has_losses(result):
        return []
    words = Words.of(result)
    return [
        Heading(2, words("plan.losses_title")),
        Paragraph(words("plan.losses_sentence")),
        figures(result)["losses"],
        first_rows(result, losses(result), 30),
    ]


def money(result: Result) -> list[Block]:
    """What less or more money would do, where the study asks for it."""
    if not has_front(result):
        return []
    words = Words.of(result)
    return [
        Heading(2, words("plan.front_title")),
        Paragraph(words("plan.front_sentence")),
        front(result),
        figures(result)["front"],
    ]


def verdict_of_plan(result: Result) -> str:
    """What the plan does, in one sentence; or that there is none."""
    words, plan = Words.of(result), result.numbers["plan"]
    if not plan:
        return words("plan.none")
    if plan["status"] == "infeasible":
        return words("plan.infeasible", model=words.term("model", plan["model"]))
    return words(
        "plan.sentence",
        sites=words.number(len(plan["sites"]), "count"),
        places=words.number(plan["places"], "number"),
        cost=words.number(plan["cost"], "yuan"),
        served_more=words.number(plan["served_more"], "amount"),
        served=words.number(result.numbers["gap_after"]["served"], "amount"),
        left=words.number(sum(v for k, v in result.numbers["gap_after"].items() if k != "served"), "amount"),
    )


def proof(result: Result) -> str:
    """How good the plan is: `optimal` is said only where it is proven."""
    words, plan = Words.of(result), result.numbers["plan"]
    unproven = plan["status"] in {"feasible", "stopped"} and plan["bound"] is None
    return words(
        "plan.status_unproven" if unproven else f"plan.status_{plan['status']}",
        model=words.term("model", plan["model"]),
        objective=words.number(plan["objective"], "amount"),
        bound=words.number(plan["bound"], "amount"),
        gap=words.number(plan["gap"], "share"),
    )
