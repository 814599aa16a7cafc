"""Apache Spark: a registry that outgrows one machine, on the cluster that is there already.

Each task hands its rows to the package in Arrow batches (``mapInArrow``) and gets conclusions back the same way. The
package, pyarrow and the knowledge folder (when one is given) must be on every node; nothing else is needed there.
"""

from __future__ import annotations

import collections as _collections
import datetime as _datetime
import os as _os
from collections.abc import Iterable as _Iterable
from collections.abc import Iterator as _Iterator
from collections.abc import Mapping as _Mapping
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

import netwijzer
from netwijzer import _mapping

if _TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import DataFrame

__all__ = ["REJECT", "assess_frame"]

REJECT = "netwijzer:reject"
"""The column that says why a row could not be read; nothing in rows with conclusions."""


def assess_frame(
    frame: DataFrame,
    mapping: str | _os.PathLike[str] | _Mapping[str, _Any] | None = None,
    only: str | _Iterable[str] = (),
    *,
    as_of: str | _datetime.date | None = None,
    without_conventions: _Iterable[str] = (),
    no_conventions: bool = False,
    columns: str | _Iterable[str] = (),
    lang: str = "en",
    guideline: str | _os.PathLike[str] | None = None,
) -> DataFrame:
    """Draw conclusions about every row of a Spark frame.

    The answer has the columns that are carried over, those of the conclusions as :func:`netwijzer.assess_batch` gives
    them, and :data:`REJECT`. Every row of the input comes back: one that cannot be read has no conclusions and says why.
    Rows have no order in Spark, so carry a column over that names the patient.

    The mapping is read here, on the driver. For the arguments see :func:`netwijzer.assess_batch`.
    """
    from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

    options = netwijzer._options(lang, as_of, None, only, False, without_conventions, no_conventions, columns)
    given = _mapping.text_of(mapping)
    folder = None if guideline is None else _os.path.abspath(_os.fspath(guideline))
    opened = netwijzer._open(folder, lang)
    # What is wrong with the mapping or a name is said here, before any task runs.
    empty = to_arrow_schema(frame.schema).empty_table()
    tried = opened.table(empty, given, options, False, 1, False)
    digest = tried.about["digest"]
    schema = _output(tried)

    # Spark looks columns up by name and takes a dot in a name for a field inside a column: names travel beside them.
    names = list(frame.columns)
    plain = frame.toDF(*(f"c{at}" for at in range(len(names))))

    def answer(batches: _Iterator[pyarrow.RecordBatch]) -> _Iterator[pyarrow.RecordBatch]:
        return _answer(_named(batches, names), given, options, folder, digest)

    return plain.mapInArrow(answer, from_arrow_schema(schema))


def _named(batches: _Iterator[pyarrow.RecordBatch], names: list[str]) -> _Iterator[pyarrow.RecordBatch]:
    """Batches with their columns called as in the frame."""
    import pyarrow

    for batch in batches:
        yield pyarrow.RecordBatch.from_arrays(batch.columns, names=names)


def _output(conclusions: netwijzer.Conclusions) -> pyarrow.Schema:
    """The columns of the answer: without the position in a task, which means nothing, and with the rejects."""
    import pyarrow

    fields = [field for field in pyarrow.schema(conclusions) if field.name != "row"]
    return pyarrow.schema([*fields, pyarrow.field(REJECT, pyarrow.string())])


def _answer(
    batches: _Iterator[pyarrow.RecordBatch],
    given: tuple[str, str] | None,
    options: dict[str, _Any],
    folder: str | None,
    digest: str,
) -> _Iterator[pyarrow.RecordBatch]:
    """One task: each batch of rows becomes one batch of conclusions."""
    import pyarrow

    first = next(batches, None)
    if first is None:
        return
    # Answers come one for each batch, in order; what was handed in waits here for its answer.
    waiting: _collections.deque[pyarrow.RecordBatch] = _collections.deque()

    def handed() -> _Iterator[pyarrow.RecordBatch]:
        batch: pyarrow.RecordBatch | None = first
        while batch is not None:
            waiting.append(batch)
            yield batch
            batch = next(batches, None)

    reader = pyarrow.RecordBatchReader.from_batches(first.schema, handed())
    opened = netwijzer._open(folder, options["lang"])
    conclusions = opened.table(reader, given, options, False, 1, True)
    if conclusions.about["digest"] != digest:
        raise netwijzer.InputError(
            f"the guideline on this node ({conclusions.about['digest']}) is not that of the driver ({digest}); "
            "give every node the same package and the same folder"
        )
    schema = _output(conclusions)
    before = 0
    for answered in pyarrow.RecordBatchReader.from_stream(conclusions):
        batch = waiting.popleft()
        yield _whole(batch, answered, conclusions.take_rejects(), before, schema)
        before += batch.num_rows


def _whole(
    batch: pyarrow.RecordBatch,
    answered: pyarrow.RecordBatch,
    rejects: list[dict[str, _Any]],
    before: int,
    schema: pyarrow.Schema,
) -> pyarrow.RecordBatch:
    """A batch with its answers, and the rows that have none with the reason."""
    import pyarrow

    nothing = pyarrow.nulls(answered.num_rows, pyarrow.string())
    columns = [nothing if name == REJECT else answered.column(name) for name in schema.names]
    part = pyarrow.RecordBatch.from_arrays(columns, schema=schema)
    if not rejects:
        return part
    reasons: dict[int, list[str]] = {}
    for reject in rejects:
        reason = f"{reject['column']}: {reject['message']} ({reject['expected']})"
        reasons.setdefault(reject["row"] - 1 - before, []).append(reason)
    bad = batch.take(pyarrow.array(list(reasons), pyarrow.int64()))
    columns = []
    for field in schema:
        if field.name == REJECT:
            columns.append(pyarrow.array(["; ".join(all_) for all_ in reasons.values()], field.type))
        elif field.name in batch.schema.names and ":" not in field.name and field.name in _carried(answered, batch):
            columns.append(bad.column(field.name).cast(field.type))
        else:
            columns.append(pyarrow.nulls(bad.num_rows, field.type))
    whole = pyarrow.Table.from_batches([part, pyarrow.RecordBatch.from_arrays(columns, schema=schema)])
    return whole.combine_chunks().to_batches()[0]


def _carried(answered: pyarrow.RecordBatch, batch: pyarrow.RecordBatch) -> set[str]:
    """Columns that came over as they were: those before the first conclusion."""
    names = answered.schema.names
    status = next((at for at, name in enumerate(names) if name.endswith(":status")), len(names) + 1)
    return set(names[: status - 1]) & set(batch.schema.names)
