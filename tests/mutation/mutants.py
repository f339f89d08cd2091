"""The mistakes: each changes one thing of a module as a hand that slips would, and leaves the rest of the text as it is."""

from __future__ import annotations

import ast
import hashlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.mutation.groups import ROOT

COMPARED: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
REACHED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.BitXor: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
SWAPPED = {"min": "max", "minimum": "maximum", "any": "all", "floor": "ceil", "argmin": "argmax", "cummin": "cummax"}
SWAPPED |= {new: old for old, new in SWAPPED.items()}
TYPES = {"isinstance", "issubclass", "cast", "TypeVar"}


@dataclass(frozen=True)
class Mutant:
    """One mistake: the module's path from the root, the line, the function, the line as it was and as it becomes, the whole text."""

    path: str
    line: int
    function: str
    was: str
    becomes: str
    number: int
    text: str

    @property
    def key(self) -> str:
        """What names this mistake even when lines above it come or go."""
        again = f" #{self.number}" if self.number else ""
        return f"{self.path} | {self.function} | {self.was} | {self.becomes}{again}"

    def rank(self, seed: int) -> str:
        """Its place in the order in which mistakes are drawn: a larger sample holds the smaller one."""
        return hashlib.sha256(f"{seed} {self.key}".encode()).hexdigest()


def mutants(path: Path, function: str = "", text: str | None = None) -> list[Mutant]:
    """Every mistake in a module, or in one function of it."""
    text = path.read_text(encoding="utf-8") if text is None else text
    name = path.relative_to(ROOT).as_posix() if path.is_absolute() else path.as_posix()
    lines, found, seen = text.encode().splitlines(keepends=True), [], Counter[tuple[str, str, str]]()
    for node, new, inside in _slips(ast.parse(text)):
        if function and inside.split(".")[0] != function:
            continue
        changed = b"".join(_replaced(lines, node, new)).decode()
        was, becomes = _lines(text, changed, node.lineno)
        if was == becomes:
            continue
        entry = (inside, was, becomes)
        found.append(Mutant(name, node.lineno, inside, was, becomes, seen[entry], changed))
        seen[entry] += 1
    return found


def _replaced(lines: list[bytes], node: ast.expr | ast.stmt, new: str) -> list[bytes]:
    """The lines with one node in other words; the number of lines stays."""
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    head, tail = lines[first][: node.col_offset], lines[last][node.end_col_offset :]
    return [*lines[:first], head + new.encode() + tail.rstrip(b"\n") + b"\n" * (last - first + 1), *lines[last + 1 :]]


def _lines(text: str, changed: str, line: int) -> tuple[str, str]:
    """The first line that differs, before and after, from the line of the change on."""
    pairs = list(zip(text.splitlines(), changed.splitlines(), strict=True))
    return next(((a.strip(), b.strip()) for a, b in pairs[line - 1 :] if a != b), ("", ""))


def _slips(tree: ast.Module) -> Iterator[tuple[ast.expr | ast.stmt, str, str]]:
    """(node, what is put in its place, function that it stands in)."""
    yield from _below(tree, "", tree)


def _below(node: ast.AST, inside: str, parent: ast.AST) -> Iterator[tuple[ast.expr | ast.stmt, str, str]]:
    if _left_alone(node):
        return
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        inside = f"{inside}.{node.name}".lstrip(".")
    if isinstance(node, ast.expr):
        yield from ((node, new, inside) for new in _expressions(node, parent))
    if isinstance(node, ast.stmt):
        yield from ((node, new, inside) for new in _statements(node))
        test = getattr(node, "test", None)
        if test is not None and isinstance(node, ast.If | ast.While):
            yield from ((test, new, inside) for new in _denied(test))
    if isinstance(node, ast.IfExp):
        yield from ((node.test, new, inside) for new in _denied(node.test))
    if isinstance(node, ast.comprehension):
        yield from ((test, new, inside) for test in node.ifs for new in _denied(test))
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _below(child, inside, node)


def _left_alone(node: ast.AST) -> bool:
    """Texts of messages, types and what only a type checker reads."""
    if isinstance(node, ast.JoinedStr | ast.Import | ast.ImportFrom):
        return True
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        return True
    called = node.func if isinstance(node, ast.Call) else None
    return isinstance(called, ast.Name) and called.id in TYPES


def _expressions(node: ast.expr, parent: ast.AST) -> Iterator[str]:
    """An expression with one slip at its top."""
    if isinstance(node, ast.Compare):
        for position, operator in enumerate(node.ops):
            for other in COMPARED[type(operator)]:
                ops = [other() if i == position else op for i, op in enumerate(node.ops)]
                yield _text(ast.Compare(node.left, ops, node.comparators))
    elif isinstance(node, ast.BoolOp):
        yield _text(ast.BoolOp(ast.And() if isinstance(node.op, ast.Or) else ast.Or(), node.values))
    elif isinstance(node, ast.BinOp) and type(node.op) in REACHED and not _of_text(node):
        yield _text(ast.BinOp(node.left, REACHED[type(node.op)](), node.right))
    elif isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.UAdd):
        yield _text(node.operand)
    elif isinstance(node, ast.Constant) and not isinstance(parent, ast.Expr):
        yield from _constants(node.value)
    elif isinstance(node, ast.Call):
        yield from _calls(node)


def _of_text(node: ast.BinOp) -> bool:
    """Whether a sum is one of texts or lists, where any other operator fails at once and proves nothing."""
    sides = (node.left, node.right)
    return any(isinstance(s, ast.JoinedStr | ast.List | ast.Tuple) or _is_text(s) for s in sides)


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _constants(value: object) -> Iterator[str]:
    if isinstance(value, bool):
        yield repr(not value)
    elif isinstance(value, int):
        yield from (repr(value + 1), f"({value - 1})")
    elif isinstance(value, float):
        yield repr(value + 1.0)


def _calls(node: ast.Call) -> Iterator[str]:
    """The opposite of a function that has one."""
    called = node.func
    name = called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""
    if name in SWAPPED:
        other = SWAPPED[name]
        new = ast.Name(other) if isinstance(called, ast.Name) else ast.Attribute(called.value, other)  # type: ignore[attr-defined]
        yield _text(ast.Call(new, node.args, node.keywords))


def _denied(test: ast.expr) -> Iterator[str]:
    """A condition turned round, where no slip inside it does so already."""
    if isinstance(test, ast.Name | ast.Call | ast.Attribute | ast.Subscript | ast.NamedExpr):
        yield f"(not {_text(test)})"


def _statements(node: ast.stmt) -> Iterator[str]:
    """A statement left out, or a value not given back."""
    if isinstance(node, ast.Return) and node.value is not None:
        if not (isinstance(node.value, ast.Constant) and node.value.value is None):
            yield "return None"
    elif (
        isinstance(node, ast.AugAssign | ast.Raise | ast.Delete | ast.Break | ast.Continue)
        or (isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Name | ast.Tuple))
        or (isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant))
    ):
        yield "pass"


def _text(node: ast.expr) -> str:
    return f"({ast.unparse(ast.fix_missing_locations(node))})".replace("\n", " ")
