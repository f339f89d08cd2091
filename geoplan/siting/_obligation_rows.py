"""What the rows of obligations share: their columns, and notes of several sentences."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from geoplan.errors import Language, Text

COLUMNS = (
    "rule", "subject_id", "name", "unit_id", "asked", "given", "short", "unit", "behind", "outcome", "note", "option_id", "clause",
)  # fmt: skip


def frame(rows: Sequence[dict[str, object]] = ()) -> pd.DataFrame:
    """Rows of obligations as a frame.

    >>> frame().columns[0], len(frame())
    ('rule', 0)
    """
    return pd.DataFrame(list(rows), columns=list(COLUMNS))


def text(value: object) -> str:
    """A cell as text; empty where it is missing.

    >>> text("A"), text(None), text(float("nan"))
    ('A', '', '')
    """
    return "" if pd.isna(value) else str(value)  # type: ignore[call-overload]


def joined(sentences: Sequence[str], language: Language) -> str:
    """Sentences, or notes of several, as one note, each sentence once; empty ones are left out.

    >>> joined(["a; b", "", "c", "a"], "en")
    'a; b; c'
    """
    stop = "；" if language == "zh" else "; "
    parts = (part for sentence in sentences for part in sentence.split(stop))
    return stop.join(dict.fromkeys(filter(None, parts)))


def said(texts: Sequence[Text | None], language: Language) -> str:
    """Texts as one note.

    >>> said([Text("to be made up", "须补建"), None], "zh")
    '须补建'
    """
    return joined([t.to(language) for t in texts if t is not None], language)
