"""A study and its scenarios: read with line and column, patched, checked all at once."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from geoplan.errors import Finding, Findings, InputError, Language, Text
from geoplan.sources import budgets
from geoplan.study.blanks import BLANK, PROBLEM, blanks, what_to_write
from geoplan.study.schema import Settings, StudyFile
from geoplan.study.variants import BASE, Places, Variant, tell_to, variants

Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class Scenario:
    """One scenario, resolved whole: its settings, each key that it changes with the old and the new value, and what a sweep set."""

    name: str
    settings: Settings
    changes: tuple[tuple[str, Any, Any], ...]
    swept: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Study:
    """A study file, read and resolved: `scenarios` holds the base first. `folder` is what its paths are relative to."""

    path: Path
    scenarios: Mapping[str, Scenario]
    places: Mapping[str, Places]

    @property
    def folder(self) -> Path:
        """The folder of the study file."""
        return self.path.parent

    @property
    def project(self) -> Path:
        """The nearest parent that holds `layers/`, else the file's own folder: where its paths must stay."""
        folder = self.path.resolve().parent
        return next((p for p in (folder, *folder.parents) if (p / "layers").is_dir()), folder)

    @property
    def language(self) -> Language:
        """The language of the base scenario."""
        return self.scenarios[BASE].settings.language

    def place(self, scenario: str, key: Path_) -> str:
        """`study.yaml:8:11` for a key, as near as the file knows it."""
        return _where(self.path, self.places[scenario], key)


def load_study(path: str | Path, text: str | None = None) -> Study:
    """Read a study file and resolve its scenarios; raises one `InputError` with every problem, by line and column.

    `text` replaces the content of the file (for tests and editors).
    """
    path = Path(path)
    data = _read(path, text)
    raw, places = _plain(data), _places(data)
    findings = Findings(list(_left_blank(raw, places, path)))
    _check(StudyFile, raw, places, path, findings)
    tell = tell_to(findings, lambda key: _where(path, places, key))
    found = variants(raw, places, tell)
    base = found[BASE].raw
    scenarios = {name: _resolve(name, base, variant, path, findings) for name, variant in found.items()}
    findings.raise_errors()
    return Study(path, cast("dict[str, Scenario]", scenarios), {n: v.places for n, v in found.items()})


def _left_blank(raw: Any, places: Places, path: Path) -> Iterator[Finding]:
    """A finding for each blank that is still to be filled, by line and column."""
    for key in blanks(raw):
        yield Finding("GP-S015", _where(path, places, key), ".".join(map(str, key)), PROBLEM, what_to_write(key), BLANK)


def open_blanks(path: Path, text: str) -> list[tuple[str, int, int]]:
    """The blanks of the text of a study that are still to be filled: dotted key, line and column."""
    data = _read(path, text)
    places = _places(data)
    return [(".".join(map(str, key)), *places[key]) for key in blanks(_plain(data))]


def _resolve(name: str, base: Any, variant: Variant, path: Path, findings: Findings) -> Scenario | None:
    settings = _check(Settings, variant.raw, variant.places, path, findings)
    changed = () if name == BASE else tuple(_differences(base, variant.raw))
    return Scenario(name, settings, changed, variant.swept) if isinstance(settings, Settings) else None


def _read(path: Path, text: str | None) -> Any:
    problem = None
    try:
        if text is None:
            if path.stat().st_size > budgets.STUDY_BYTES:
                problem = Text("a study file has at most 1 MB", "研究文件不得超过 1 MB")
            else:
                text = path.read_text(encoding="utf-8-sig")
        if problem is None and _depth(text or "") > budgets.NESTING:
            problem = Text("nested too deep", "嵌套过深")
        if problem is None:
            _no_tags(path, text or "")
            data = YAML(typ="rt", pure=True).load(io.StringIO(text))
            if isinstance(data, CommentedMap) and _bounded(data):
                return data
            problem = Text(
                "a study file holds keys and values, nested at most 50 deep", "研究文件须由键值组成，嵌套不超过 50 层"
            )
    except FileNotFoundError:
        problem = Text("there is no such file", "文件不存在")
    except (OSError, UnicodeDecodeError) as error:
        problem = Text(f"cannot be read as UTF-8 text ({error})", f"无法按 UTF-8 文本读取（{error}）")
    except RecursionError:
        problem = Text("nested too deep", "嵌套过深")
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
        reason = str(error.problem or error.context).split("\n")[0]
        message = Text(f"not valid YAML: {reason}", f"YAML 格式错误：{reason}")
        raise InputError(Finding("GP-S001", at, "", message, Text("mend this line", "请修正该行"))) from None
    except YAMLError as error:
        problem = Text(f"not valid YAML: {error}".split("\n")[0], "YAML 格式错误")
    advice = Text(
        "give the path of a study file; geoplan init writes one to start from",
        "请给出研究文件路径；geoplan init 可生成样例",
    )
    raise InputError(Finding("GP-S001", str(path), "", problem, advice))


def _no_tags(path: Path, text: str) -> None:
    """Refuse tags such as !!python/object: a study holds plain values."""
    for event in YAML(typ="rt", pure=True).parse(io.StringIO(text)):
        tag = getattr(event, "tag", None)
        if tag and not str(tag).startswith("tag:yaml.org,2002:str"):
            at = f"{path}:{event.start_mark.line + 1}:{event.start_mark.column + 1}"
            problem = Text(
                "a tag is not used here: a study holds plain values", "此处不使用标签（!!），研究文件只含普通值"
            )
            raise InputError(
                Finding("GP-S001", at, "", problem, Text("write the value out", "请直接写出内容"), str(tag))
            )


def _depth(text: str) -> int:
    """How deep brackets nest: told before parsing, which takes minutes for thousands of them."""
    depth = deepest = 0
    for character in text:
        depth += (character in "[{") - (character in "]}")
        deepest = max(deepest, depth)
    return deepest


def _bounded(data: Any) -> bool:
    """Whether the data are small enough to walk; an alias bomb is not."""
    level, nodes = [data], 0
    for _ in range(budgets.NESTING):
        level = [child for item in level for child in _children(item)]
        nodes += len(level)
        if not level:
            return True
        if nodes > budgets.STUDY_NODES:
            return False
    return False


def _children(item: Any) -> Sequence[Any]:
    return list(item.values()) if isinstance(item, Mapping) else item if isinstance(item, list) else ()


def _plain(item: Any) -> Any:
    """Plain dicts, lists and scalars, without the reader's own types."""
    if isinstance(item, Mapping):
        return {(str(k) if not isinstance(k, int) else k): _plain(v) for k, v in item.items()}
    if isinstance(item, list):
        return [_plain(v) for v in item]
    for kind in (bool, int, float, str):
        if isinstance(item, kind):
            return kind(item)
    return item


def _places(item: Any, at: Path_ = ()) -> Places:
    """Line and column (from 1) of every value; of every key under its path with "key" added."""
    found: Places = {}
    keys = item.keys() if isinstance(item, CommentedMap) else range(len(item)) if isinstance(item, CommentedSeq) else ()
    for key in keys:
        here = (*at, key if isinstance(key, int) else str(key))
        line, column = item.lc.value(key) if isinstance(item, CommentedMap) else item.lc.item(key)
        found[here] = (line + 1, column + 1)
        if isinstance(item, CommentedMap):
            line, column = item.lc.key(key)
            found[(*here, "\0key")] = (line + 1, column + 1)
        found |= _places(item[key], here)
    return found


def _where(path: Path, places: Places, key: Path_, of_key: bool = False) -> str:
    for depth in range(len(key), 0, -1):
        at = (*key[:depth], "\0key") if of_key and depth == len(key) else key[:depth]
        if at in places:
            return f"{path}:{places[at][0]}:{places[at][1]}"
    return f"{path}:1:1"


def _differences(old: Any, new: Any, at: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(set(old) | set(new), key=str):
            yield from _differences(old.get(key), new.get(key), f"{at}.{key}" if at else str(key))
    elif old != new:
        yield at, old, new


def _check(model: type[BaseModel], raw: Any, places: Places, path: Path, findings: Findings) -> BaseModel | None:
    try:
        return model.model_validate(raw)
    except ValidationError as error:
        details = [
            d for d in error.errors(include_url=False) if d["input"] != BLANK
        ]  # blanks have a finding of their own
        found = [_finding(detail, model, raw, places, path) for detail in details]
        findings.merge(
            _as_one([f for f in found if (f.file, f.place) == at])
            for at in dict.fromkeys((f.file, f.place) for f in found)
        )
    return None


def _as_one(found: list[Finding]) -> Finding:
    """One finding of several on the same value, which may be written in several forms and fits none of them."""
    problems = list(dict.fromkeys(f.problem for f in found))
    whole = Text(", or ".join(p.en for p in problems), "，或".join(p.zh for p in problems))
    return replace(found[0], problem=whole)


def _finding(detail: ErrorDetails, model: type[BaseModel], raw: Any, places: Places, path: Path) -> Finding:
    key = _present(detail["loc"], raw)
    dotted = ".".join(str(k) for k in key)
    unknown, missing = detail["type"] == "extra_forbidden", detail["type"] == "missing"
    value = "" if unknown or missing or isinstance(detail["input"], dict | list) else str(detail["input"])
    advice = Text("see geoplan schema for the keys", "可用键见 geoplan schema")
    if unknown:
        problem = Text("there is no such key", "没有这个键")
        near = get_close_matches(str(key[-1]), _keys(model, key[:-1]), n=1, cutoff=0.5)
        if near:
            advice = Text(f"did you mean {near[0]}?", f"是否应为 {near[0]}？")
    elif missing:
        problem = Text("this key is missing", "缺少该键")
        advice = Text("add it; see geoplan schema", "请补充；见 geoplan schema")
    else:
        reason = detail["msg"].removeprefix("Value error, ")
        problem, advice = _reason(detail, reason), Text("mend the value", "请修正该值")
    return Finding("GP-S002", _where(path, places, key, of_key=unknown), dotted, problem, advice, value)


# pydantic's kinds of error in Chinese; what is not here is given in English
CHINESE = {
    "literal_error": "须为 {expected}",
    "float_parsing": "须为数字",
    "float_type": "须为数字",
    "int_parsing": "须为整数",
    "int_type": "须为整数",
    "int_from_float": "须为整数",
    "string_type": "须为文本",
    "bool_parsing": "须为 true 或 false",
    "greater_than": "须大于 {gt}",
    "greater_than_equal": "须不小于 {ge}",
    "less_than": "须小于 {lt}",
    "less_than_equal": "须不大于 {le}",
    "too_long": "至多 {max_length} 项",
    "too_short": "至少 {min_length} 项",
    "string_too_long": "至多 {max_length} 个字符",
    "string_too_short": "至少 {min_length} 个字符",
    "dict_type": "须为键值",
    "model_type": "须为键值",
    "tuple_type": "须为列表",
}


# what the study file's own rules say, in Chinese; {} are the parts that the English names
CHINESE_RULES = tuple((re.compile(english), chinese) for english, chinese in (
    (r"must be one of (.+)", "须为以下之一：{}"), (r"give exactly one of (.+) and (.+)", "{} 与 {} 须且只能填一项"),
    (r"a change is exactly one of (.+)", "每项改动须且只能为以下之一：{}"), (r"phases must rise from the base year (\d+) on, each once", "规划年份须晚于基期 {} 年、逐年递增且不重复"),
    (r"give a budget by year, or p, or both", "请给出分年预算（budget）或项数（p），或两者"), (r"the budget is 0 in every year.*", "各年预算均为 0；请填可用资金，或删去 plan"),
    (r"budget_scale multiplies the budget; give one", "budget_scale 为预算的倍数，请先给出 budget"),
    (r"front varies the budget; give one", "front 按倍数改变预算，请先给出 budget"), (r"(\S+) needs the model programme, not (\S+)", "{} 只用于 programme 模型，而非 {}"),
    (r"(\S+) name (\d+), a year without a budget.*", "{} 中的 {} 年没有预算；请补上，可为 0"), (r"plan\.(\S+) names (.+), which years\.phases does not", "plan.{} 中的 {} 不在 years.phases 内"),
    (r"layers\.(\S+) is missing: this layer is needed", "缺少必需的图层 layers.{}"), (r"layers\.(\S+)\.datum must be one of (.+)", "layers.{} 的 datum 须为 {}"),
    (r"(\S+) is a share: least must be at most 1, not (\S+)", "{} 为比例，least 不得大于 1，现为 {}"), (r"(\S+) is named in hard and in soft.*", "{} 同时列在 hard 与 soft，请只留一处"),
    (r"a matrix needs matrix_unit: (.+)", "出行矩阵须注明 matrix_unit：{}"), (r"a matrix in (\S+) needs (\S+)", "以 {} 计的矩阵须用 {}"), (r"matrix_unit and matrix_columns need a matrix.*", "matrix_unit 与 matrix_columns 须与 matrix 同用"),
    (r"the measure gravity needs a decay.*", "gravity 指标须给出 decay，如 {{ form: gaussian, reach_min: 15 }}"), (r"decay is given, but none of the measures uses one.*", "给出了 decay，但所列指标均不使用"),
    (r"(\S+) needs exactly (\S+), not (.+)", "{} 须且只须 {}，现为 {}"), (r"layers\.(\S+)\.join_m is given, but only streets are joined.*", "layers.{} 给出了 join_m，但只有道路需要接合"),
    (r"these tiles are shifted.*", "该底图为 GCJ-02 或 BD-09，数据会偏离道路约 500 米"), (r"an address of tiles holds no.*", "瓦片地址不得含空格、引号、逗号或分号"),
    (r"tianditu asks for a key.*", "天地图须提供 map.key"), (r"must be a finite number", "须为有限数"), (r"String should match pattern (.+)", "须符合格式 {}"),
    (r"must be a valid string.*", "不是有效文本"),
))  # fmt: skip


def _reason(detail: ErrorDetails, reason: str) -> Text:
    context = detail.get("ctx") or {}
    chinese = CHINESE.get(detail["type"])
    english = reason.replace("Input should be", "must be")
    if chinese:
        return Text(english, chinese.format(**context))
    for rule, told in CHINESE_RULES:
        if found := rule.fullmatch(english):
            return Text(english, told.format(*found.groups()))
    return Text(english, f"设定有误（{english}）")


def _present(loc: Path_, raw: Any) -> Path_:
    """The part of an error's location that stands in the file; pydantic adds names of union members."""
    kept: list[str | int] = []
    for n, step in enumerate(loc):
        inside = (isinstance(raw, dict) and step in raw) or (
            isinstance(raw, list) and isinstance(step, int) and step < len(raw)
        )
        if inside:
            raw = raw[step]
            kept.append(step)
        elif (
            n == len(loc) - 1
            and isinstance(raw, dict)
            and not str(step).startswith(("function", "constrained", "literal", "float", "dict", "str"))
        ):
            kept.append(step)
    return tuple(kept)


def _keys(model: type[BaseModel], path: Path_) -> list[str]:
    """The keys that the schema offers at a path."""
    schema = model.model_json_schema()
    nodes = [schema]
    for step in path:
        nodes = [child for node in nodes for child in _below(schema, node, step)]
    return [key for node in nodes for option in _options(schema, node) for key in option.get("properties", ())]


def _options(schema: Any, node: Any) -> list[Any]:
    """The object descriptions that a node of a JSON Schema stands for, through references and unions."""
    if "$ref" in node:
        return _options(schema, schema["$defs"][node["$ref"].rsplit("/", 1)[1]])
    return [o for member in node["anyOf"] for o in _options(schema, member)] if "anyOf" in node else [node]


def _below(schema: Any, node: Any, step: str | int) -> list[Any]:
    found = []
    for option in _options(schema, node):
        member = option.get("items") if isinstance(step, int) else None
        found.append(member or option.get("properties", {}).get(step) or option.get("additionalProperties"))
    return [node for node in found if isinstance(node, dict)]
