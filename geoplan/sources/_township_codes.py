"""What a code or name of a township means: a township of the study area, or nothing."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from geoplan.area import StudyArea
from geoplan.errors import Findings
from geoplan.sources._given import Given
from geoplan.sources._messages import finding, nearest
from geoplan.sources._parse import HALF_WIDTH
from geoplan.sources._unit_codes import lost_of


def named_townships(
    given: Given,
    stated: pd.Series,
    column: str,
    area: StudyArea,
    findings: Findings,
    values: Mapping[str, pd.Series],
) -> pd.Series:
    """The id of the township that each row states by id or by a name that only one township has.

    A name of several townships, and a code that joins nothing, are one error each, with the rows and people that it
    would lose. Without townships in the study area what is stated is taken as it is.
    """
    keys = stated.map(lambda t: t.translate(HALF_WIDTH) if isinstance(t, str) else None).astype(object)
    if area.townships is None:
        return keys
    ids = {str(i) for i in area.townships.index}
    by_name = area.townships.index.to_series().astype(str).groupby(area.townships["name"].astype(str)).agg(list)
    found: dict[str, str | None] = {}
    for key in dict.fromkeys(k for k in keys if isinstance(k, str)):
        several = [key] if key in ids else by_name.get(key, [])
        found[key] = several[0] if len(several) == 1 else None
        if len(several) == 1:
            continue
        rows = np.flatnonzero(keys == key)
        place, lost = given.place(int(rows[0]), column), lost_of(values, rows)
        if several:
            findings.add(finding("GP-L040", given.file, place, key, count=len(rows), ids=", ".join(several)))
        else:
            hint = nearest(key, [*by_name.index] if not key.isdigit() else sorted(ids))
            findings.add(finding("GP-L039", given.file, place, key, count=len(rows), **lost, **hint))
    return pd.Series([found.get(k) for k in keys], keys.index, dtype=object)
