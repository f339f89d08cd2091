"""Tables of the rules: all of them, those that the study replaced, figures for comparison, and which number rests on which rule."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from geoplan.profiles.listing import information
from geoplan.profiles.source_words import source_text
from geoplan.profiles.standard import CHINA, MARKS
from geoplan.profiles.units import unit_text
from geoplan.report.model import Table
from geoplan.report.numbers import shown
from geoplan.report.obliged import GROUPS, counts
from geoplan.report.rules import Rule, as_rule, every_rule, valued
from geoplan.report.topics import BEHIND, NEEDS, tables_of
from geoplan.report.words import Words
from geoplan.result import Result

_had: WeakKeyDictionary[Result, dict[str, bool]] = WeakKeyDictionary()  # asked for each rule and table
SIGNS = {"at_most": "≤", "at_least": "≥", "equal": "="}


def standards(result: Result) -> Table:
    """Every rule, one a row, with the value that the study replaced; one that may not be cited names no source and no clause."""
    words = Words.of(result)
    rows = tuple(
        (
            r.title,
            words.term("sense", r.sense or "given"),
            r.value,
            r.unit,
            r.clause,
            r.source,
            r.place,
            r.effective,
            r.was,
            r.mark,
        )
        for r in every_rule(result)
    )
    names = [
        "standard",
        "sense",
        "value",
        "unit_of_measure",
        "clause",
        "source",
        "valid_in",
        "effective",
        "replaces",
        "mark",
    ]
    return Table("standards", words("table.standards"), words.columns(*names), rows, words("standards.note"))


def overrides(result: Result) -> Table:
    """The values that the study replaced: old and new, with the clause and the source of the old one."""
    words = Words.of(result)
    changed = [s for s in result.service.standards.values() if s.replaces]
    rows = []
    for new in changed:
        old = new.replaces
        assert old is not None
        said = (result.text(old.clause), result.text(source_text(old.source))) if old.cited else ("", "")
        unit = result.text(unit_text(new.unit))
        rows.append(
            (
                result.text(new.title),
                valued(old.value, old.unit),
                valued(new.value, new.unit),
                unit,
                *said,
                result.text(MARKS[old.mark]),
            )
        )
    columns = words.columns(
        "standard", "old_value", "new_value", "unit_of_measure", "old_clause", "old_source", "old_mark"
    )
    return Table("overrides", words("table.overrides"), columns, tuple(rows))


def comparison(result: Result) -> Table:
    """Figures that are known for comparison and that no rule applies, with the place where they are valid."""
    words, rows = Words.of(result), []
    for figure in information(result.service).values():
        rule = as_rule(result, result.text(figure.title), figure, ())
        rows.append(
            (rule.title, rule.value, rule.unit, rule.place, rule.effective, rule.clause, rule.source, rule.mark)
        )
    names = ["figure_known", "value", "unit_of_measure", "valid_in", "effective", "clause", "source", "mark"]
    return Table(
        "comparison", words("table.comparison"), words.columns(*names), tuple(rows), words("standards.comparison_note")
    )


def behind(result: Result, topic: str) -> Table:
    """The rules of one topic as a page shows them: what is asked in one cell."""
    words = Words.of(result)
    rows = tuple(
        (r.title, asked(r, result), r.clause, r.source, r.mark) for r in every_rule(result) if topic in r.topics
    )
    caption = words("table.topic", topic=words(f"topic.{topic}"))
    return Table(f"topic_{topic}", caption, words.columns("standard", "asked_value", "clause", "source", "mark"), rows)


def asked(rule: Rule, result: Result) -> str:
    """Sense, value and unit in one text, and the place where it is not all of China.

    The unit follows a number with a space in English; a share is a percentage with all its digits; what is met or not is yes or no.
    """
    language, value = result.language, rule.value.value
    text, unit, sign = shown(value, rule.value.kind, language), rule.unit, SIGNS.get(rule.sense, "")
    if isinstance(value, int | float) and unit in {result.text(unit_text(u)) for u in ("share", "met")}:
        met = unit != result.text(unit_text("share"))
        text, unit = shown(value, "flag", language) if met else f"{value * 100:.10g}%", ""
        sign = "" if met else sign
    unit = "" if language == "en" and rule.value.kind == "year" else unit
    space = " " if unit and language == "en" and not unit.startswith("%") else ""
    local = rule.place and rule.place != result.text(CHINA)
    place = Words(language)("standards.in_place", place=rule.place) if local else ""
    return f"{sign}{text}{space}{unit}{place}"


def number_rules(result: Result, together: bool = False) -> Table:
    """Which groups of rules stand behind each number of the summary and each table of report and workbook.

    `together` puts those with the same groups into one row, as a page shows them.
    """
    words, stop = Words.of(result), "、" if result.language == "zh" else "; "
    known = {t for rule in every_rule(result) for t in rule.topics}
    rows = []
    for name, topics in BEHIND.items():
        groups = stop.join(words(f"topic.{t}") for t in topics if t in known)
        if is_there(result, name) and groups:
            rows.append((name_of(words, name), groups))
    if together:
        same = {groups: [name for name, own in rows if own == groups] for _, groups in rows}
        rows = [(stop.join(names), groups) for groups, names in same.items()]
    return Table(
        "number_rules", words("table.number_rules"), words.columns("number_or_table", "rule_groups"), tuple(rows)
    )


def is_there(result: Result, name: str) -> bool:
    """Whether this result has what a table or number needs."""
    need = NEEDS.get(name)
    if result not in _had:
        _had[result] = has(result)
    return need is None or _had[result][need]


def has(result: Result) -> dict[str, bool]:
    """What a table or number may need, and whether this result has it."""
    service, tables = result.service, ("refusals", "field_checks", "suitability", "obligations")
    return {
        **{table: len(getattr(result, table)) > 0 for table in tables},
        **{group: short_of(result, group) for group in GROUPS},
        "fees": bool(service.fees),
        "ages": bool(result.numbers["cohorts"]),
        "filing": service.supply.only_filed,
        "modes": bool(service.supply.modes),
        "carers": any(band.children_per_carer for band in service.bands),
        "indicators": bool(result.numbers["indicators"]),
        "goals": bool(service.goals and result.numbers["goals"]),
        "pilots": bool(service.pilots and result.numbers["pilots"]),
        "spread": bool(result.numbers["inequality"]),
        "kinds": bool(service.demand.kinds),
        "options": bool(len(result.options)),
        "losses": not result.losses.empty,
        "front": not result.front.empty,
        "phases": len((result.numbers["plan"] or {}).get("phases", ())) > 1,
        **{key: bool((result.numbers["plan"] or {}).get(key)) for key in ("rules", "decisions")},
    }


def short_of(result: Result, group: str) -> bool:
    """Whether an obligation of a group is not met or not known."""
    return bool(len(result.obligations)) and counts(result, group)["count"] > counts(result, group)["pass"]


def name_of(words: Words, name: str) -> str:
    """A table by its caption, a number of the summary by its name."""
    if not name.startswith("key."):
        return words("standards.table", name=words(f"table.{name}"))
    return words("standards.number", name=words(name + "_short"))


def rule_uses(result: Result) -> Table:
    """Every rule with the numbers and tables that rest on it, one row for each of its topics."""
    words, stop = Words.of(result), "、" if result.language == "zh" else "; "
    rows = []
    for rule in every_rule(result):
        for topic in rule.topics:
            rests = stop.join(name_of(words, name) for name in tables_of(topic) if is_there(result, name))
            rows.append(
                (words(f"topic.{topic}"), rule.title, rule.value, rule.unit, rule.clause, rule.source, rule.mark, rests)
            )
    names = ["rule_groups", "standard", "value", "unit_of_measure", "clause", "source", "mark", "rests"]
    return Table("rules", words("table.rules"), words.columns(*names), tuple(rows))
