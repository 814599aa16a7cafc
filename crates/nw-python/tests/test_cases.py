"""One case: the same answers and the same words as the command line."""

import concurrent.futures
import datetime
import decimal
import inspect
import json
import multiprocessing
import shutil
import threading
import time
from pathlib import Path

import pytest

import netwijzer

TOP = Path(__file__).resolve().parents[3]
ILEUM = {
    "case": "demo",
    "as-of": "2026-03-10",
    "facts": {
        "primary.site": "ileum",
        "tumour.ki67": "4 %",
        "tumour.mitoses": "1 /2mm2",
        "tumour.size": "1,4 cm",
        "nodes.regional.positive": {"value": 3, "date": "2026-03-02", "origin": "pathology report"},
    },
}


def conclusion(answer: dict, name: str) -> dict:
    return next(c for c in answer["conclusions"] if c["id"] == name)


@pytest.mark.parametrize("lang", ["en", "nl"])
def test_an_assessment_is_that_of_the_command_line(program, lang):
    said = program.lines("assess", "-", "--lang", lang, given=json.dumps(ILEUM))
    assert [netwijzer.assess(ILEUM, lang=lang)] == said
    said = program.lines("assess", "-", "--lang", lang, "--verbose", given=json.dumps(ILEUM))
    assert [netwijzer.assess(ILEUM, lang=lang, verbose=True)] == said
    assert len(said[0]["conclusions"]) > len(netwijzer.assess(ILEUM)["conclusions"])


def test_every_example_of_the_knowledge_is_answered_alike(program):
    examples = TOP / "knowledge/examples"
    said = {line["case"]: line for line in program.lines("assess", examples, "--only", "tumour.*,tnm.uicc8.*")}
    assert len(said) > 50
    for name, line in list(said.items())[::6]:
        # What the record said is in the answer, so the case can be asked again from there.
        facts: dict[str, list] = {}
        for read in line["facts"]:
            one = {"value": read["value"]} | ({"date": read["date"]} if "date" in read else {})
            of = facts.setdefault(read.get("via", read["fact"]), [])
            if one not in of:
                of.append(one)
        case = {"case": name, "facts": facts} | ({"as-of": line["asOf"]} if line["asOf"] else {})
        again = netwijzer.assess(case, only=["tumour.*", "tnm.uicc8.*"])
        same = [(c["id"], c["status"], c["possible"]) for c in line["conclusions"]]
        assert [(c["id"], c["status"], c["possible"]) for c in again["conclusions"]] == same, name


def test_an_explanation_is_that_of_the_command_line(program):
    said = program.lines("explain", "-", "tumour.grade", given=json.dumps(ILEUM))
    assert [netwijzer.explain(ILEUM, "tumour.grade")] == said
    with pytest.raises(netwijzer.InputError) as told:
        netwijzer.explain(ILEUM, "tumour.grad")
    refused = program.run("explain", "-", "tumour.grad", given=json.dumps(ILEUM))
    assert refused.stderr.strip() == f"netwijzer: {told.value}"


def test_questions_come_with_what_they_settle(program):
    asked = netwijzer.ask({"primary.site": "ileum"})
    assert asked["questions"] and asked["guideline"]["digest"].startswith("sha256:")
    first = asked["questions"][0]
    assert first["settles"] or first["helps"]
    assert first["question"]["nl"] and first["question"]["en"]
    said = program.lines("assess", "-", given=json.dumps({"case": "case", "facts": {"primary.site": "ileum"}}))
    assert asked["questions"] == said[0]["questions"]


def test_the_dictionary_is_that_of_the_command_line(program):
    assert netwijzer.facts() == program.lines("facts")


def test_values_of_python_are_understood():
    written = netwijzer.assess({"tumour.ki67": "2.9", "diagnosis.date": "2026-01-05", "primary.site": "ileum"})
    python = netwijzer.assess(
        {
            "tumour.ki67": decimal.Decimal("2.9"),
            "diagnosis.date": datetime.date(2026, 1, 5),
            "primary.site": ("ileum",),
            "tumour.size": None,
        }
    )
    assert [c["possible"] for c in python["conclusions"]] == [c["possible"] for c in written["conclusions"]]
    # The text that was written is kept, so that 2.9 does not become 2.8999999.
    assert next(f for f in python["facts"] if f["fact"] == "tumour.ki67")["value"] == "2.9"
    numpy = pytest.importorskip("numpy")
    assert netwijzer.assess({"tumour.ki67": numpy.float64(2.9)})["facts"][0]["value"] == "2.9"
    as_of = netwijzer.assess(ILEUM, as_of=datetime.date(2026, 4, 1))
    assert as_of["asOf"] == "2026-04-01"


def test_conventions_can_be_switched_off():
    case = {"primary.site": "ileum", "tumour.differentiation": "well", "tumour.ki67": "4 %"}
    with_them = conclusion(netwijzer.assess(case), "tumour.grade")
    assert with_them["status"] == "undetermined" and with_them["convention"]["value"] == "G2"
    without = conclusion(netwijzer.assess(case, no_conventions=True), "tumour.grade")
    assert without["convention"] is None and without["possible"] == with_them["possible"]
    names = with_them["convention"]["names"]
    named = conclusion(netwijzer.assess(case, without_conventions=names), "tumour.grade")
    assert named["convention"] is None


@pytest.mark.parametrize("lang", ["en", "nl"])
@pytest.mark.parametrize(
    "facts",
    [
        {"tumour.ki76": "4 %"},
        {"tumour.ki67": "much"},
        {"primary.site": "illeum"},
        {"tumour.size": "1,4 furlong"},
    ],
)
def test_a_fault_has_the_text_of_the_command_line(program, facts, lang):
    with pytest.raises(netwijzer.InputError) as told:
        netwijzer.assess(facts, lang=lang)
    refused = program.run("assess", "-", "--lang", lang, given=json.dumps({"case": "case", "facts": facts}))
    assert refused.returncode == 2
    said = refused.stderr.strip().replace("-:1: ", "case:1: ")
    assert said == str(told.value)


def test_faults_of_python_are_told():
    with pytest.raises(netwijzer.InputError, match="`list` is not a case"):
        netwijzer.assess([])  # type: ignore[arg-type]
    with pytest.raises(netwijzer.InputError, match="type `object` cannot stand in a case"):
        netwijzer.assess({"tumour.ki67": object()})
    with pytest.raises(netwijzer.InputError, match="a number that is none"):
        netwijzer.assess({"tumour.ki67": float("nan")})
    with pytest.raises(netwijzer.InputError, match="`fr` is not a language"):
        netwijzer.assess({}, lang="fr")
    with pytest.raises(netwijzer.InputError, match="did you mean `tumour.grade`"):
        netwijzer.assess({}, only="tumour.grad")
    with pytest.raises(netwijzer.InputError, match="`soon` is not a date for `as_of`"):
        netwijzer.assess({}, as_of="soon")
    with pytest.raises(netwijzer.InputError, match="not a knowledge folder"):
        netwijzer.assess({}, guideline="nowhere")
    assert issubclass(netwijzer.InputError, ValueError)


def test_a_folder_rules_instead(tmp_path):
    ours = tmp_path / "knowledge"
    shutil.copytree(TOP / "knowledge", ours)
    shipped = netwijzer.about()
    assert shipped["unconfirmed"] > 0 and "not a certified medical device" in shipped["disclaimer"].lower()
    assert netwijzer.about(guideline=ours)["digest"] == shipped["digest"]
    assert netwijzer.assess(ILEUM, guideline=ours) == netwijzer.assess(ILEUM)
    # A folder is read again when it changed, and one with errors rules on nobody.
    chapter = sorted((ours / "guidelines").glob("*/*.md"))[0]
    chapter.write_text(chapter.read_text(encoding="utf-8") + "\n### Table nothing.at.all\nhit: unique\n", encoding="utf-8")
    with pytest.raises(netwijzer.KnowledgeError, match="has errors and is not used for patients"):
        netwijzer.assess(ILEUM, guideline=ours)
    assert any(d["level"] == "error" and d["line"] > 0 for d in netwijzer.check(ours))


def test_threads_of_python_go_on():
    """While one thread asks, another one runs: the lock of the interpreter is free."""
    netwijzer.assess(ILEUM)
    steps = 0
    over = threading.Event()

    def count() -> None:
        nonlocal steps
        while not over.is_set():
            steps += 1
            time.sleep(0)

    other = threading.Thread(target=count)
    other.start()
    before = steps
    netwijzer.check()
    after = steps
    over.set()
    other.join()
    # Somebody who holds the lock for seconds lets others through once at its end.
    assert after - before > 50


def test_many_threads_get_the_same_answer():
    expected = netwijzer.assess(ILEUM)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for answer in pool.map(lambda _: netwijzer.assess(ILEUM), range(12)):
            assert answer == expected


def _in_a_fork(_: int) -> str:
    return netwijzer.assess(ILEUM)["guideline"]["digest"]


def test_a_forked_process_answers_too():
    expected = netwijzer.assess(ILEUM)["guideline"]["digest"]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(_in_a_fork, range(4)) == [expected] * 4


def test_everything_public_is_documented_and_typed():
    for name in netwijzer.__all__:
        thing = getattr(netwijzer, name)
        if callable(thing):
            assert thing.__doc__, name
        if inspect.isfunction(thing):
            assert all(p.annotation is not p.empty for p in inspect.signature(thing).parameters.values()), name
    package = Path(netwijzer.__file__).parent
    assert (package / "py.typed").exists() and (package / "_native.pyi").exists()
    native = (package / "_native.pyi").read_text(encoding="utf-8")
    for member in dir(netwijzer.Conclusions):
        assert member.startswith("__") and "arrow" not in member or f"def {member}(" in native, member
