"""The shapes of answers, for editors and type checkers; they are plain dictionaries."""

from __future__ import annotations

from typing import Any, Literal, Protocol, TypedDict, Union

__all__ = [
    "About",
    "ArrowTable",
    "Assessment",
    "Both",
    "Conclusion",
    "Convention",
    "Diagnostic",
    "Entry",
    "Explanation",
    "Guideline",
    "ImpactReport",
    "Possibility",
    "Question",
    "Questions",
]


class _Stream(Protocol):
    def __arrow_c_stream__(self, requested_schema: Any = None) -> object: ...


class _Array(Protocol):
    def __arrow_c_array__(self, requested_schema: Any = None) -> Any: ...


ArrowTable = Union[_Stream, _Array]
"""Anything that gives its columns by the Arrow PyCapsule interface."""


class Both(TypedDict):
    """A text in English and Dutch."""

    en: str
    nl: str


class Guideline(TypedDict):
    """Which guideline answered."""

    id: str
    edition: str
    digest: str


class About(Guideline):
    """A guideline, and how much of it nobody has confirmed."""

    rows: int
    unconfirmed: int
    disclaimer: str


class Convention(TypedDict, total=False):
    """What is usually assumed where practice decides on less than logic needs."""

    value: Union[str, list[str]]
    open: list[str]
    names: list[str]


class Conclusion(TypedDict, total=False):
    """One conclusion: its status, its value, and the exact set of values that remain possible."""

    id: str
    status: Literal["concluded", "undetermined", "conflict", "not-applicable"]
    value: Union[str, list[str], None]
    possible: list[str]
    convention: Union[Convention, None]
    confirmed: bool
    because: list[dict[str, Any]]
    sufficient: list[str]
    settle: list[list[str]]
    conflict: list[str]


class Question(TypedDict):
    """What to ask, of whom, and what an answer settles or helps."""

    fact: str
    settles: list[str]
    helps: list[str]
    holder: str
    question: Both


class Questions(TypedDict):
    """What to ask next about one case, the most useful first."""

    case: str
    asOf: Union[str, None]
    guideline: Guideline
    questions: list[Question]
    disclaimer: str


class Assessment(TypedDict):
    """Every conclusion about one case, with what it rests on."""

    case: str
    asOf: Union[str, None]
    guideline: Guideline
    conclusions: list[Conclusion]
    questions: list[Question]
    notes: list[dict[str, Any]]
    contradictions: list[dict[str, Any]]
    conventionClashes: list[dict[str, Any]]
    presumed: list[dict[str, Any]]
    facts: list[dict[str, Any]]
    derived: list[dict[str, Any]]
    due: list[dict[str, Any]]
    disclaimer: str


class Possibility(TypedDict):
    """A value, and facts that would give it."""

    value: str
    facts: dict[str, str]


class Explanation(TypedDict):
    """One conclusion down to its sources, and what would change it."""

    case: str
    guideline: Guideline
    conclusion: Conclusion
    examples: list[Possibility]
    changes: list[Possibility]


class Entry(TypedDict, total=False):
    """A fact or a conclusion of the data dictionary."""

    kind: Literal["fact", "conclusion"]
    id: str
    type: str
    unit: Union[str, None]
    units: dict[str, str]
    min: Union[str, None]
    max: Union[str, None]
    values: list[dict[str, Any]]
    label: Both
    question: Both
    holder: str
    aliases: list[str]
    codes: list[str]


ImpactReport = TypedDict(
    "ImpactReport",
    {
        "from": dict[str, Any],
        "to": dict[str, Any],
        "notice": str,
        "cohort": str,
        "rows": int,
        "judged": int,
        "rejected": int,
        "people": dict[str, int],
        "unchanged": int,
        "conclusions": list[dict[str, Any]],
        "conclusionsLost": list[str],
        "conclusionsNew": list[str],
        "redeclared": list[str],
        "tooLarge": bool,
    },
)
"""Who changes, in counts: one entry of ``conclusions`` for each conclusion that changes for somebody."""


class Diagnostic(TypedDict):
    """A finding about a guideline, with its place and a fictional patient."""

    level: Literal["error", "warning"]
    code: str
    kind: Both
    file: str
    line: int
    column: int
    endLine: int
    endColumn: int
    text: str
    message: Both
    help: Both
    patient: Union[Both, None]
