"""What can go wrong, said once and in both languages: findings and the errors that carry them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Language = Literal["zh", "en"]
Severity = Literal["error", "repair", "note"]

SHOWN_PER_CODE = 20
QUOTED_CHARACTERS = 80
# how a place is written, and how it is said in Chinese
CHINESE_PLACES = tuple((re.compile(english), chinese) for english, chinese in (
    (r"\b(\d+) rows\b", r"共\1行"), (r"\brow (\S+?)(?=[,;:]|\s|$)", r"第\1行"), (r"\bfeature (\S+?)(?=[,;:]|\s|$)", r"第\1个要素"),
    (r"^demand$", "需求点"), (r"^places$", "设施与备选点"), (r"^street_audit$", "路网核查"), (r"\bcolumns? (?=\S)", "列 "), (r"\bid (?=\S)", "编号 "), (r"\bmode (?=\w)", "出行方式 "), (r" and (\d+) more\b", r" 等另\1处"),
))  # fmt: skip


class Text(NamedTuple):
    """One sentence in both languages of the product.

    >>> Text("too far", "超出服务半径").to("zh")
    '超出服务半径'
    """

    en: str
    zh: str

    def to(self, language: Language) -> str:
        """The sentence in one language."""
        return self.zh if language == "zh" else self.en


def quote(value: object) -> str:
    r"""A value as it may be shown: at most 80 characters, control characters made visible.

    >>> quote("60\t人")
    '60\\t人'
    """
    text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in str(value)[: QUOTED_CHARACTERS + 1])
    return text if len(text) <= QUOTED_CHARACTERS else text[: QUOTED_CHARACTERS - 1] + "…"


@dataclass(frozen=True)
class Finding:
    """One thing that was found in the input: an error, a repair that was made, or a note.

    `file` is written as the user wrote it; `place` is where a person would look: "row 12, column 托位" (counted
    as a spreadsheet shows it) or "8:11" (line and column of a study file); `count` is how many rows it stands for.
    """

    code: str
    file: str
    place: str
    problem: Text
    advice: Text
    value: str = ""
    severity: Severity = "error"
    count: int = 1

    def place_in(self, language: Language) -> str:
        """The place in the words of a language; names of columns stay as they are.

        >>> Finding("GP-T001", "a.csv", "row 12, column 托位", Text("", ""), Text("", "")).place_in("zh")
        '第12行, 列 托位'
        """
        place = self.place
        for english, chinese in CHINESE_PLACES if language == "zh" else ():
            place = english.sub(chinese, place)
        return place

    def sentence(self, language: Language = "en") -> str:
        """The finding as one line.

        >>> Finding("GP-T001", "a.csv", "row 3", Text("not a number", "不是数字"), Text("write digits", "请填数字"), "六十").sentence()
        "GP-T001 a.csv: row 3: not a number: '六十'; write digits"
        """
        value = f": '{quote(self.value)}'" if self.value else ""
        place = f"{self.place_in(language)}: " if self.place else ""
        file = f"{self.file}: " if self.file else ""
        stop = "；" if language == "zh" else "; "
        return f"{self.code} {file}{place}{self.problem.to(language)}{value}{stop}{self.advice.to(language)}"


@dataclass
class Findings:
    """Collects findings through one pass, so that a planner sees all problems at once.

    >>> findings = Findings()
    >>> findings.add(Finding("GP-T001", "a.csv", "row 3", Text("not a number", ""), Text("write digits", "")))
    >>> findings.raise_errors()
    Traceback (most recent call last):
    ...
    geoplan.errors.InputError: GP-T001 a.csv: row 3: not a number; write digits
    """

    items: list[Finding] = field(default_factory=list)

    def add(self, *findings: Finding) -> None:
        """Add findings in the order in which they were met."""
        self.items.extend(findings)

    def merge(self, findings: Iterable[Finding]) -> None:
        """Add those findings that are not there yet, for passes that may meet the same thing again."""
        for finding in findings:
            if finding not in self.items:
                self.items.append(finding)

    def __iter__(self) -> Iterator[Finding]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def errors(self) -> list[Finding]:
        """Those that stop the run."""
        return [f for f in self.items if f.severity == "error"]

    def raise_errors(self) -> None:
        """Raise one `InputError` that holds every error found so far; do nothing if there is none."""
        errors = self.errors()
        if errors:
            raise InputError(errors)


def lines(findings: Iterable[Finding], language: Language = "en") -> list[str]:
    """The findings as lines: at most 20 of a code, then a count of the rest."""
    shown: Counter[str] = Counter()
    result = []
    for finding in findings:
        shown[finding.code] += 1
        if shown[finding.code] <= SHOWN_PER_CODE:
            result.append(finding.sentence(language))
    more = Text("{code}: and {rest} more of this kind", "{code}：另有 {rest} 处同类问题").to(language)
    hidden = {code: count - SHOWN_PER_CODE for code, count in shown.items() if count > SHOWN_PER_CODE}
    return result + [more.format(code=code, rest=rest) for code, rest in hidden.items()]


class GeoplanError(Exception):
    """Any refusal of geoplan; `exit_code` is what the command line returns for it."""

    exit_code = 1


class UsageError(GeoplanError, ValueError):
    """A command or function was called in a way that it does not offer."""

    exit_code = 2


class InputError(GeoplanError, ValueError):
    """The study or the data cannot be used as given; `findings` says what, where and what to do."""

    exit_code = 3

    def __init__(self, findings: Iterable[Finding] | Finding) -> None:
        self.findings = [findings] if isinstance(findings, Finding) else list(findings)
        super().__init__("\n".join(lines(self.findings)))

    def __reduce__(self) -> tuple[Any, ...]:
        """How it comes out of another process: with its findings."""
        return type(self), (self.findings,)


class InfeasibleError(GeoplanError, ValueError):
    """No plan can meet what was asked."""

    exit_code = 4


class ResourceError(GeoplanError, OSError):
    """The machine has not enough memory, disk, time or rights for what was asked."""

    exit_code = 5


class ScenariosFailed(GeoplanError):  # noqa: N818 - says what happened
    """Some of several scenarios could not be finished, the others were; `failures` has the error of each by name."""

    def __init__(self, failures: Mapping[str, GeoplanError], done: Iterable[str]) -> None:
        self.failures, self.done = dict(failures), list(done)
        if any(isinstance(error, ResourceError) for error in self.failures.values()):
            self.exit_code = ResourceError.exit_code  # the machine is at fault: what was not finished can be run again
        told = "; ".join(f"{name}: {error}" for name, error in self.failures.items())
        super().__init__(f"{len(self.failures)} of {len(self.failures) + len(self.done)} scenarios failed: {told}")

    def __reduce__(self) -> tuple[Any, ...]:
        """How it comes out of another process: with its failures."""
        return type(self), (self.failures, self.done)


class CheckFailed(GeoplanError, AssertionError):  # noqa: N818 - the public name reads as a verdict
    """A recount does not agree with a claim; this is a fault of geoplan or a tampered file, never of the planner."""
