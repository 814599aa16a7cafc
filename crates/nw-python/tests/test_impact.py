"""Who changes under another guideline: what the command line says, and the same in every library."""

import json

import pandas
import polars
import pyarrow
import pyarrow.parquet
import pytest

import netwijzer

ROWS = {
    "record": ["r1", "r2", "r3", "r4", "r5", "r6"],
    "primary.site": ["ileum"] * 6,
    "tumour.differentiation": ["well"] * 6,
    "tumour.ki67": ["4 %", "4 %", "10 %", None, "4 parts", "2-4 %"],
    "tumour.mitoses": ["1 /2mm2", None, "1 /2mm2", "1 /2mm2", "1 /2mm2", "1 /2mm2"],
}


def test_impact_is_that_of_the_command_line(program, registry, moved, tmp_path):
    table = pyarrow.parquet.read_table(registry).slice(0, 200)
    pyarrow.parquet.write_table(table, tmp_path / "cohort.parquet")
    page, lists = tmp_path / "impact.html", tmp_path / "lists.parquet"
    words = ["--from", "shipped", "--to", moved, "--only", "tumour.grade", "--record", "case", "--format", "json"]
    done = program.run("impact", tmp_path / "cohort.parquet", *words, "--out", page, "--lists", lists)
    assert done.returncode in (0, 1), done.stderr
    said = json.loads(done.stdout)
    name = str(tmp_path / "cohort.parquet")
    given = netwijzer.impact(None, moved, table, only="tumour.grade", record="case", name=name)
    assert given.report == said
    assert given.html() == page.read_text(encoding="utf-8")
    told = pyarrow.parquet.read_table(lists)
    assert pyarrow.table(given).equals(told) and given.columns == told.column_names
    assert pyarrow.table(given).schema.metadata == told.schema.metadata
    assert (given.rows, given.judged) == (200, said["judged"])
    assert {"must": given.must, "may": given.may} == said["people"]
    assert given.must + given.may > 0, "nobody changes, so nothing was compared"


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(pyarrow.table, id="pyarrow"),
        pytest.param(lambda rows: pyarrow.table(rows).to_reader(max_chunksize=2), id="RecordBatchReader"),
        pytest.param(polars.DataFrame, id="polars"),
        pytest.param(pandas.DataFrame, id="pandas"),
    ],
)
@pytest.mark.parametrize("threads", [1, 3])
def test_must_may_and_cannot(moved, given, threads):
    changes = netwijzer.impact(
        "shipped", moved, given(ROWS), only="tumour.grade", record="record", threads=threads
    )
    fates = changes.report["conclusions"][0]["rows"]
    assert (fates["must"], fates["may"], fates["cannot"]) == (1, 3, 1)
    assert [(r["row"], r["column"], r["text"]) for r in changes.rejects] == [(5, "tumour.ki67", "4 parts")]
    lines = {line["record"]: line for line in polars.DataFrame(changes).to_dicts()}
    assert list(lines) == ["r1", "r2", "r4", "r6"]
    assert (lines["r1"]["fate"], lines["r1"]["from"], lines["r1"]["to"]) == ("must", "G2", "G1")
    assert (lines["r2"]["fate"], lines["r2"]["deciding"]) == ("may", "tumour.mitoses")
    assert lines["r6"]["deciding"] == "tumour.ki67"


def test_a_guideline_changes_nobody_against_itself():
    changes = netwijzer.impact(None, None, pyarrow.table(ROWS), only="tumour.grade")
    assert changes.report["conclusions"] == [] and (changes.must, changes.may) == (0, 0)
    empty = pyarrow.table(changes)
    assert empty.num_rows == 0 and empty.column_names[:2] == ["row", "conclusion"]


def test_the_report_tells_what_it_rests_on(moved):
    changes = netwijzer.impact(None, moved, pyarrow.table(ROWS), only="tumour.grade", name="my cohort")
    assert changes.report["from"]["digest"] == netwijzer.about()["digest"]
    assert changes.report["to"]["digest"] == netwijzer.about(guideline=moved)["digest"]
    assert changes.report["to"]["unconfirmedRows"] > 0 and changes.report["cohort"] == "my cohort"
    english, dutch = changes.html(), changes.html("nl")
    assert "not a certified medical device" in english and "geen gecertificeerd" in dutch
    for page in (english, dutch):
        assert changes.report["to"]["digest"] in page
        assert "4 parts" not in page, "the text of a patient stays in the table"


def test_faults_are_told(moved, tmp_path):
    table = pyarrow.table(ROWS)

    def refused(match: str, *words, **more) -> None:
        with pytest.raises(netwijzer.InputError, match=match):
            netwijzer.impact(*words, **more)

    refused("`dict` is not a table", None, moved, ROWS)
    refused("did you mean `tumour.grade`", None, moved, table, only="tumour.grad")
    refused("has no column `patient`", None, moved, table, record="patient", only="tumour.grade")
    refused("no column of the table is named after a fact", None, moved, pyarrow.table({"a": ["b"]}))
    refused("not a knowledge folder", None, tmp_path / "nowhere", table)
    refused("`0` is no number of threads", None, moved, table, threads=0)
    refused("`-1` is no number of regions", None, moved, table, most=-1)
    refused("`fr` is not a language", None, moved, table, lang="fr")

    def broken():
        yield table.to_batches()[0]
        raise RuntimeError("the database went away")

    reader = pyarrow.RecordBatchReader.from_batches(table.schema, broken())
    refused("the database went away", None, moved, reader, only="tumour.grade")
    dutch = netwijzer.impact(None, moved, table, only="tumour.grade", lang="nl")
    english = netwijzer.impact(None, moved, table, only="tumour.grade")
    assert dutch.rejects[0]["message"] != english.rejects[0]["message"]
