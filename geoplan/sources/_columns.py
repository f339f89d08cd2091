"""Parquet: how large its columns are once they are unpacked, told before they are."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from geoplan.sources import budgets
from geoplan.sources._messages import refuse


def check_unpacked(where: Path, file: str, columns: Sequence[str] | None = None, rows: int | None = None) -> None:
    """Refuse a Parquet file that is larger than the budget once read, or has more than `rows`.

    A page of one long text and a page of a million times "the same" are a few bytes. What the footer bounds is believed; texts that
    may repeat are read as a dictionary, which is small, and counted.
    """
    import pyarrow.parquet as pq

    with pq.ParquetFile(where) as whole:
        head = whole.metadata
        if rows is not None and head.num_rows > rows:
            refuse("GP-F008", file, given=f"{head.num_rows} rows", limit=rows)
        chunks = [head.row_group(g).column(c) for g in range(head.num_row_groups) for c in range(head.num_columns)]
        wanted = [c for c in chunks if columns is None or c.path_in_schema.split(".")[0] in columns]
        _hold(sum(c.total_uncompressed_size for c in wanted), file)
        _hold(sum(_fixed(c) for c in wanted), file)
        if sum(map(_repeated, wanted)) > budgets.UNPACKED_BYTES:
            names = list(dict.fromkeys(c.path_in_schema for c in wanted if _repeated(c)))
            _hold(sum(_texts(where, name) for name in names), file)


def _hold(size: int, file: str) -> None:
    if size > budgets.UNPACKED_BYTES:
        refuse("GP-F008", file, given=f"{size} bytes unpacked", limit=budgets.UNPACKED_BYTES)


def _fixed(chunk: Any) -> int:
    """The bytes of the numbers of a column: 8 each, however often they repeat."""
    return 0 if chunk.physical_type == "BYTE_ARRAY" else 8 * int(chunk.num_values)


def _repeated(chunk: Any) -> int:
    """The most that the texts of a column can come to, each as long as all of them together; 0 if they stand there one by one."""
    shared = chunk.physical_type == "BYTE_ARRAY" and any("DICTIONARY" in e for e in chunk.encodings)
    return int(chunk.num_values) * int(chunk.total_uncompressed_size) if shared else 0


def _texts(where: Path, name: str) -> int:
    """The bytes of all texts of a column."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    total = 0
    with pq.ParquetFile(where, read_dictionary=[name]) as whole:
        for batch in whole.iter_batches(columns=[name]):
            column = batch.column(0)
            while hasattr(column, "flatten") and not hasattr(column, "dictionary"):
                if not hasattr(column, "values"):
                    return total  # a group of several columns: not texts that repeat
                column = column.values
            lengths = pc.binary_length(column.dictionary).take(column.indices)
            total += pc.sum(lengths).as_py() or 0
    return total
