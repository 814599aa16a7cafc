"""What is native: text in and out for cases, columns in and out for tables."""

from typing import Any, final

from netwijzer.types import ArrowTable, ImpactReport

__all__ = [
    "Conclusions",
    "Impact",
    "InputError",
    "KnowledgeError",
    "Opened",
    "__version__",
    "check",
    "impact",
]

__version__: str

class InputError(ValueError):
    """What was asked, or a value in it, means nothing."""

class KnowledgeError(ValueError):
    """The guideline has errors and rules on nobody."""

@final
class Conclusions:
    """Conclusions about every row of a table, for any library that reads Arrow.

    Columns: ``row`` (from one), the columns carried over, and for each conclusion its value, ``:status``, ``:possible``
    (the exact set, with ``|``), ``:conventional``, ``:convention`` and ``:because`` (the rows that decide).
    """

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
    @property
    def rows(self) -> int:
        """Rows read so far."""
    @property
    def answered(self) -> int:
        """Rows with conclusions so far."""
    @property
    def conclusions(self) -> int:
        """How many conclusions are drawn about each row."""
    @property
    def rejects(self) -> list[dict[str, Any]]:
        """Rows that cannot be read so far: ``row``, ``column``, ``text``, ``message``, ``expected``."""
    def take_rejects(self) -> list[dict[str, Any]]:
        """The rejects since the last call, which are then forgotten: for long streams."""
    @property
    def unread(self) -> list[str]:
        """Columns that nobody reads."""
    @property
    def about(self) -> dict[str, str]:
        """What the conclusions rest on: guideline, edition, digest, what is unconfirmed, and the notice."""
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...
    def __arrow_c_schema__(self) -> object: ...

@final
class Impact:
    """Rows that must or may change under another guideline, for any library that reads Arrow.

    Columns: ``row`` (from one), the columns carried over, ``conclusion``, ``fate`` (``must``, ``may``, ``conflict``,
    ``apart``), ``from`` and ``to`` (the exact sets, with ``|``), ``shift``, ``deciding`` (the facts that decide whether
    the row changes) and ``region`` (the number of a shift and of a region in it, as in the report).
    """

    @property
    def columns(self) -> list[str]:
        """Names of the columns of the lists."""
    @property
    def rows(self) -> int:
        """Rows read."""
    @property
    def judged(self) -> int:
        """Rows that were judged; the others cannot be read."""
    @property
    def must(self) -> int:
        """Rows of which some conclusion must change."""
    @property
    def may(self) -> int:
        """Rows of which some conclusion may change, and none must."""
    @property
    def rejects(self) -> list[dict[str, Any]]:
        """The first hundred rows that cannot be read: ``row``, ``column``, ``text``, ``message``, ``expected``."""
    @property
    def unread(self) -> list[str]:
        """Columns that nobody reads."""
    @property
    def report(self) -> ImpactReport:
        """The counts, as ``netwijzer impact --format json`` prints them: both editions, fates, shifts and regions."""
    def html(self, lang: str | None = None) -> str:
        """The report for people as one HTML file, in the language of the call or another."""
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...
    def __arrow_c_schema__(self) -> object: ...

@final
class Opened:
    def __new__(cls, folder: str | None, lang: str) -> Opened: ...
    def about(self, options: dict[str, Any]) -> str: ...
    def assess(self, case: str, options: dict[str, Any]) -> str: ...
    def explain(self, case: str, conclusion: str, options: dict[str, Any]) -> str: ...
    def ask(self, case: str, options: dict[str, Any]) -> str: ...
    def facts(self, options: dict[str, Any]) -> list[str]: ...
    def table(
        self,
        table: ArrowTable,
        mapping: tuple[str, str] | None,
        options: dict[str, Any],
        dictionary: bool,
        threads: int | None,
        stream: bool,
    ) -> Conclusions: ...

def impact(
    before: Opened,
    after: Opened,
    table: ArrowTable,
    mapping: tuple[str, str] | None,
    options: dict[str, Any],
    record: str | None,
    most: int,
    threads: int | None,
    name: str,
) -> Impact: ...
def check(folder: str | None, options: dict[str, Any]) -> tuple[bool, list[str]]: ...
