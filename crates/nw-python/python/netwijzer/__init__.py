"""The guideline for neuroendocrine tumours, asked from Python.

- :func:`assess`, :func:`explain` and :func:`ask` answer about one case, as the command line does with ``--format json``;
- :func:`assess_batch` answers about every row of a table: of pyarrow, polars, pandas, DuckDB, or anything else that
  speaks the Arrow PyCapsule interface;
- :func:`impact` tells who of a table must, may and cannot change when one guideline takes the place of another;
- :func:`facts` is the data dictionary, :func:`check` proves a guideline, :func:`about` names it.

Every function takes ``guideline=DIR`` for a knowledge folder of your own; without it, the guideline inside the package
rules. Software and evidence, not a certified medical device.
"""

from __future__ import annotations

import datetime as _datetime
import decimal as _decimal
import json as _json
import os as _os
import threading as _threading
from collections.abc import Iterable as _Iterable
from collections.abc import Mapping as _Mapping
from typing import TYPE_CHECKING as _TYPE_CHECKING
from typing import Any as _Any

from netwijzer import _mapping
from netwijzer._native import Conclusions, Impact, InputError, KnowledgeError, Opened, __version__
from netwijzer._native import check as _check
from netwijzer._native import impact as _impact

if _TYPE_CHECKING:
    from netwijzer.types import About, ArrowTable, Assessment, Diagnostic, Entry, Explanation, Questions

__all__ = [
    "Conclusions",
    "Impact",
    "InputError",
    "KnowledgeError",
    "__version__",
    "about",
    "ask",
    "assess",
    "assess_batch",
    "check",
    "explain",
    "facts",
    "impact",
]

_opened: dict[str, tuple[object, Opened]] = {}
_lock = _threading.Lock()


def assess(
    case: _Mapping[str, _Any],
    *,
    only: str | _Iterable[str] = (),
    verbose: bool = False,
    as_of: str | _datetime.date | None = None,
    known_by: str | _datetime.date | None = None,
    without_conventions: _Iterable[str] = (),
    no_conventions: bool = False,
    lang: str = "en",
    guideline: str | _os.PathLike[str] | None = None,
) -> Assessment:
    """Draw every conclusion about one case: the object that ``netwijzer assess --format json`` prints.

    Args:
        case: A case as in a case file (``case``, ``as-of``, ``facts``), or only its facts by id. Values are written as a
            person writes them (``"4 %"``, ``"<2 %"``, ``"3-20 %"``, ``["G1", "G2"]``, ``"unknown"``, ``"not-done"``);
            numbers, booleans, decimals and dates of Python are understood, and ``None`` says nothing.
        only: A conclusion, or several; ``"tnm.*"`` means all that start so.
        verbose: Also conclusions that are steps on the way.
        as_of: The day of assessment; goes before that of the case.
        known_by: Leave out what was not known by this day.
        without_conventions: Conventions to switch off, by id.
        no_conventions: Switch off all of them.
        lang: ``"en"`` or ``"nl"``, for texts and messages.
        guideline: A knowledge folder; without it, the guideline inside the package.

    Raises:
        InputError: A value, a name or a date means nothing; the text is that of the command line.
        KnowledgeError: The guideline of the folder has errors.
        OSError: The folder cannot be read.

    >>> answer = assess({"primary.site": "ileum", "tumour.ki67": "4 %"}, only="tumour.grade")
    >>> answer["conclusions"][0]["possible"]
    ['G2', 'G3', 'not-applicable']
    """
    options = _options(lang, as_of, known_by, only, verbose, without_conventions, no_conventions)
    answer: Assessment = _json.loads(_open(guideline, lang).assess(_case(case), options))
    return answer


def explain(
    case: _Mapping[str, _Any],
    conclusion: str,
    *,
    as_of: str | _datetime.date | None = None,
    known_by: str | _datetime.date | None = None,
    without_conventions: _Iterable[str] = (),
    no_conventions: bool = False,
    lang: str = "en",
    guideline: str | _os.PathLike[str] | None = None,
) -> Explanation:
    """Explain one conclusion: rows, facts and sources, an example for each value still possible, and the smallest changes.

    The object that ``netwijzer explain --format json`` prints. For the arguments see :func:`assess`.
    """
    options = _options(lang, as_of, known_by, (), True, without_conventions, no_conventions)
    answer: Explanation = _json.loads(_open(guideline, lang).explain(_case(case), conclusion, options))
    return answer


def ask(
    case: _Mapping[str, _Any],
    *,
    only: str | _Iterable[str] = (),
    as_of: str | _datetime.date | None = None,
    known_by: str | _datetime.date | None = None,
    without_conventions: _Iterable[str] = (),
    no_conventions: bool = False,
    lang: str = "en",
    guideline: str | _os.PathLike[str] | None = None,
) -> Questions:
    """Say what to ask next about one case: ``questions``, the most useful first.

    Each question has its fact, who usually knows it, its words in both languages, and the conclusions that an answer
    settles or helps. Add the answer to the facts and ask again. For the arguments see :func:`assess`.
    """
    options = _options(lang, as_of, known_by, only, False, without_conventions, no_conventions)
    answer: Questions = _json.loads(_open(guideline, lang).ask(_case(case), options))
    return answer


def assess_batch(
    table: ArrowTable,
    mapping: str | _os.PathLike[str] | _Mapping[str, _Any] | None = None,
    only: str | _Iterable[str] = (),
    *,
    as_of: str | _datetime.date | None = None,
    without_conventions: _Iterable[str] = (),
    no_conventions: bool = False,
    columns: str | _Iterable[str] = (),
    dictionary: bool = False,
    threads: int | None = None,
    stream: bool = False,
    lang: str = "en",
    guideline: str | _os.PathLike[str] | None = None,
) -> Conclusions:
    """Draw conclusions about every row of a table, as ``netwijzer batch`` does for a file.

    Args:
        table: Anything with ``__arrow_c_stream__`` or ``__arrow_c_array__``. Its columns are read where they lie.
        mapping: How columns speak of facts: a mapping file (TOML, as for ``netwijzer batch``), or the same as a
            dictionary. Without it, columns named after facts are read and all others are carried over.
        only: A conclusion, or several; ``"tnm.*"`` means all that start so. Ask for what you need: all conclusions of
            the guideline take time and many columns.
        as_of: The day of assessment; goes before that of the mapping.
        without_conventions: Conventions to switch off, by id.
        no_conventions: Switch off all of them.
        columns: Only these columns of each conclusion: ``"value"``, ``"status"``, ``"possible"``, ``"conventional"``,
            ``"convention"``, ``"because"``. What practice assumes takes most of the time: a whole guideline (no
            ``only``) leaves the two columns of conventions out unless they are named.
        dictionary: Give conclusions as dictionary-encoded columns, which are many times smaller.
        threads: How many threads work; without it, one for each core.
        stream: Draw conclusions while they are fetched, batch by batch, in the fetching thread: memory stays flat, and
            they can be fetched once.
        lang: ``"en"`` or ``"nl"``, for messages and rejects.
        guideline: A knowledge folder; without it, the guideline inside the package.

    Returns:
        Conclusions for ``pyarrow.table(...)``, ``polars.DataFrame(...)``, ``pandas.DataFrame.from_arrow(...)`` or
        DuckDB. Rows that cannot be read are in ``rejects``, each with its reason; nothing is guessed.

    Raises:
        InputError: The mapping, a column or a name means nothing.
        KnowledgeError: The guideline of the folder has errors.
        OSError: The folder or the mapping cannot be read.
    """
    options = _options(lang, as_of, None, only, False, without_conventions, no_conventions, columns)
    given = _mapping.text_of(mapping)
    return _open(guideline, lang).table(table, given, options, dictionary, _threads(threads), stream)


def impact(
    from_dir: str | _os.PathLike[str] | None,
    to_dir: str | _os.PathLike[str] | None,
    table: ArrowTable,
    mapping: str | _os.PathLike[str] | _Mapping[str, _Any] | None = None,
    only: str | _Iterable[str] = (),
    *,
    record: str | None = None,
    most: int = 5,
    as_of: str | _datetime.date | None = None,
    threads: int | None = None,
    name: str = "table",
    lang: str = "en",
) -> Impact:
    """Tell who of a table changes when one guideline takes the place of another, as ``netwijzer impact`` does for a file.

    Each row is completed in the same way under both: a patient must change, may change, or cannot, and never changes only
    because something is unknown. Where one may change, the facts that decide it are named.

    Args:
        from_dir: The knowledge folder of the guideline that is left; ``None`` or ``"shipped"`` is the one inside the
            package.
        to_dir: The knowledge folder of the guideline that takes its place, likewise.
        table: Anything with ``__arrow_c_stream__`` or ``__arrow_c_array__``. Its columns are read where they lie.
        mapping: How columns speak of facts: a mapping file (TOML, as for ``netwijzer batch``), or the same as a
            dictionary. Without it, columns named after facts are read.
        only: A conclusion, or several; ``"tnm.*"`` means all that start so. Without it, all that both guidelines have.
        record: The column that names the record; it stands in the lists.
        most: Show at most this many regions for each difference.
        as_of: The day of assessment; goes before that of the mapping.
        threads: How many threads work; without it, one for each core.
        name: What the table is called in the report.
        lang: ``"en"`` or ``"nl"``, for messages and rejects.

    Returns:
        The lists for ``pyarrow.table(...)``, ``polars.DataFrame(...)`` and the like: a line for each row and conclusion
        that must or may change. ``report`` counts all rows, as ``netwijzer impact --format json`` does; ``html()`` is the
        same for people.

    Raises:
        InputError: The mapping, a column or a name means nothing.
        KnowledgeError: A guideline has errors.
        OSError: A folder or the mapping cannot be read.
    """
    options = _options(lang, as_of, None, only, False, (), False)
    given = _mapping.text_of(mapping)
    if most < 0:
        raise InputError(f"`{most}` is no number of regions; expected 0 or more")
    before, after = _open(_folder(from_dir), lang), _open(_folder(to_dir), lang)
    return _impact(before, after, table, given, options, record, most, _threads(threads), name)


def facts(
    *,
    as_of: str | _datetime.date | None = None,
    lang: str = "en",
    guideline: str | _os.PathLike[str] | None = None,
) -> list[Entry]:
    """List every fact and every conclusion with type, unit, domain, labels and codes: ``netwijzer facts --format json``."""
    options = _options(lang, as_of, None, (), False, (), False)
    return [_json.loads(line) for line in _open(guideline, lang).facts(options)]


def about(
    *,
    as_of: str | _datetime.date | None = None,
    lang: str = "en",
    guideline: str | _os.PathLike[str] | None = None,
) -> About:
    """Name the guideline: id, edition, digest, and how many of its rows no clinician has confirmed."""
    options = _options(lang, as_of, None, (), False, (), False)
    answer: About = _json.loads(_open(guideline, lang).about(options))
    return answer


def check(
    guideline: str | _os.PathLike[str] | None = None,
    *,
    as_of: str | _datetime.date | None = None,
    lang: str = "en",
) -> list[Diagnostic]:
    """Prove a guideline and run its own cases: the findings that ``netwijzer check --format json`` prints.

    An empty list means complete, free of contradictions, and every case as expected. A finding with level ``"error"``
    means that the guideline rules on nobody until it is mended.
    """
    options = _options(lang, as_of, None, (), False, (), False)
    folder = None if guideline is None else _os.fspath(guideline)
    _, lines = _check(folder, options)
    return [_json.loads(line) for line in lines]


def _folder(given: str | _os.PathLike[str] | None) -> str | None:
    """A folder of two; the guideline inside the package has a name on the command line."""
    return None if given is None or given == "shipped" else _os.fspath(given)


def _threads(threads: int | None) -> int | None:
    if threads is not None and threads < 1:
        raise InputError(f"`{threads}` is no number of threads; expected 1 or more")
    return threads


def _open(guideline: str | _os.PathLike[str] | None, lang: str) -> Opened:
    """The guideline of a folder is read again only when a file in it has changed."""
    folder = None if guideline is None else _os.path.abspath(_os.fspath(guideline))
    print_ = None if folder is None else _print(folder)
    with _lock:
        known = _opened.get(folder or "")
    if known is not None and known[0] == print_:
        return known[1]
    opened = Opened(folder, lang)
    with _lock:
        _opened[folder or ""] = (print_, opened)
    return opened


def _print(folder: str) -> tuple[tuple[str, int, int], ...]:
    """What a folder looks like: names, sizes and times of its files."""
    seen = []
    top = folder
    if _os.path.isfile(_os.path.join(folder, "guideline.toml")):
        top = _os.path.dirname(_os.path.dirname(folder))
    for place, folders, files in _os.walk(top):
        folders.sort()
        for name in sorted(files):
            if name.endswith((".md", ".toml")):
                path = _os.path.join(place, name)
                try:
                    stat = _os.stat(path)
                except OSError:
                    continue
                seen.append((path, stat.st_size, stat.st_mtime_ns))
    return tuple(seen)


def _options(
    lang: str,
    as_of: str | _datetime.date | None,
    known_by: str | _datetime.date | None,
    only: str | _Iterable[str],
    everything: bool,
    without_conventions: _Iterable[str],
    no_conventions: bool,
    columns: str | _Iterable[str] = (),
) -> dict[str, _Any]:
    return {
        "lang": lang,
        "as_of": _day(as_of),
        "known_by": _day(known_by),
        "only": _names(only),
        "all": bool(everything),
        "without_conventions": _names(without_conventions),
        "no_conventions": bool(no_conventions),
        "columns": _names(columns),
    }


def _names(names: str | _Iterable[str]) -> list[str]:
    return [names] if isinstance(names, str) else [str(name) for name in names]


def _day(day: str | _datetime.date | None) -> str | None:
    if isinstance(day, _datetime.datetime):
        return day.date().isoformat()
    return day.isoformat() if isinstance(day, _datetime.date) else day


def _case(case: _Mapping[str, _Any]) -> str:
    """A case as JSON; ids of facts hold a dot, keys of a case file do not."""
    if not isinstance(case, _Mapping):
        raise InputError(f"a `{type(case).__name__}` is not a case; expected a dictionary of facts, or of a whole case")
    written = dict(case)
    if "facts" not in written and "case" not in written:
        written = {"case": "case", "facts": written}
    given = written.get("facts")
    if isinstance(given, _Mapping):
        written["facts"] = {key: value for key, value in given.items() if value is not None}
    try:
        return _json.dumps(written, ensure_ascii=False, allow_nan=False, default=_plain)
    except ValueError as error:
        raise InputError(f"the case holds a number that is none ({error}); leave the fact out, or write `unknown`") from None


def _plain(value: _Any) -> _Any:
    """Values of other kinds as a person would write them."""
    if isinstance(value, (_datetime.date, _datetime.datetime)):
        return _day(value)
    if isinstance(value, _decimal.Decimal):
        return format(value, "f")
    if isinstance(value, _Mapping):
        return dict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    # A number of numpy, or of a library like it.
    item = getattr(value, "item", None)
    if callable(item):
        return item()
    raise InputError(
        f"a value of type `{type(value).__name__}` cannot stand in a case; expected a text, a number, yes or no, a date, "
        "a list of values, or a dictionary with `value`, `date` and `origin`"
    )
