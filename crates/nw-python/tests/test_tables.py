"""Tables of four libraries: equal answers, and those of `netwijzer batch`."""

import csv
import datetime
import decimal
import json
import subprocess
import sys
import threading
import time
import tomllib

import duckdb
import pandas
import polars
import pyarrow
import pyarrow.compute
import pyarrow.parquet
import pytest

import netwijzer
from conftest import ONLY

MAPPING = """
keep = ["nr"]
missing = ["NA"]

[[column]]
from = "site_code"
fact = "primary.site"
codes = "icd-o"

[[column]]
from = "morph"
fact = "tumour.differentiation"
values = { "8240/3" = "well", "8013/3" = "poor" }

[[column]]
from = "mib1"
fact = "tumour.ki67"
missing = ["999"]
"""

ROWS = {
    "nr": [1, 2, 3, 4],
    "site_code": ["C17.2", "C25.0", "C99.9", "C20.9"],
    "morph": ["8240/3", "8013/3", "8240/3", "8240/3"],
    "mib1": ["2,5", "80", "999", "lots"],
    "other": ["a", "b", "c", "d"],
}


def arrow(conclusions: netwijzer.Conclusions) -> pyarrow.Table:
    return pyarrow.table(conclusions)


def same(one: pyarrow.Table, other: pyarrow.Table) -> None:
    assert one.column_names == other.column_names
    for name in one.column_names:
        assert one[name].to_pylist() == other[name].to_pylist(), name


def test_the_answers_are_those_of_the_batch(registry, batch):
    table = pyarrow.parquet.read_table(registry)
    conclusions = netwijzer.assess_batch(table, only=ONLY)
    same(arrow(conclusions), batch)
    assert arrow(conclusions).schema.types == batch.schema.types
    assert conclusions.answered == batch.num_rows
    assert conclusions.answered + len({r["row"] for r in conclusions.rejects}) == conclusions.rows == table.num_rows
    assert conclusions.about["digest"] == netwijzer.about()["digest"]
    assert "not a certified medical device" in conclusions.about["notice"]
    assert arrow(conclusions).schema.metadata[b"netwijzer.digest"].decode() == conclusions.about["digest"]


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(lambda path: pyarrow.parquet.read_table(path), id="pyarrow.Table"),
        pytest.param(lambda path: pyarrow.parquet.read_table(path).combine_chunks().to_batches()[0], id="RecordBatch"),
        pytest.param(lambda path: pyarrow.parquet.read_table(path).to_reader(max_chunksize=97), id="RecordBatchReader"),
        pytest.param(lambda path: polars.read_parquet(path), id="polars"),
        pytest.param(lambda path: pandas.read_parquet(path), id="pandas"),
        pytest.param(lambda path: pandas.read_parquet(path, dtype_backend="pyarrow"), id="pandas on arrow"),
        pytest.param(lambda path: duckdb.sql(f"select * from '{path}'"), id="duckdb"),
    ],
)
@pytest.mark.parametrize("stream", [False, True], ids=["kept", "stream"])
def test_every_library_gives_equal_answers(registry, batch, given, stream):
    same(arrow(netwijzer.assess_batch(given(registry), only=ONLY, stream=stream)), batch)


def test_every_library_takes_the_answers(registry, batch):
    conclusions = netwijzer.assess_batch(polars.read_parquet(registry), only=ONLY)
    same(polars.DataFrame(conclusions).to_arrow(), batch)
    same(pyarrow.Table.from_pandas(pandas.DataFrame.from_arrow(conclusions), preserve_index=False), batch)
    counted = duckdb.sql('select "tumour.grade:status" as status, count(*) as n from conclusions group by all').fetchall()
    expected = batch["tumour.grade:status"].value_counts().to_pylist()
    assert dict(counted) == {one["values"]: one["counts"] for one in expected}
    same(pyarrow.RecordBatchReader.from_stream(conclusions).read_all(), batch)


class OnlyAnArray:
    """A table that gives itself as one array and in no other way."""

    def __init__(self, batch: pyarrow.RecordBatch) -> None:
        self.batch = batch

    def __arrow_c_array__(self, requested_schema=None):
        return self.batch.__arrow_c_array__(requested_schema)


def test_one_array_is_a_table_too(registry, batch):
    rows = pyarrow.parquet.read_table(registry).combine_chunks().to_batches()[0]
    same(arrow(netwijzer.assess_batch(OnlyAnArray(rows), only=ONLY)), batch)


def test_dictionaries_are_smaller_and_say_the_same(registry, batch):
    table = pyarrow.parquet.read_table(registry)
    coded = arrow(netwijzer.assess_batch(table, only=ONLY, dictionary=True))
    assert pyarrow.types.is_dictionary(coded["tumour.grade"].type)
    same(coded, batch)
    assert coded.nbytes < batch.nbytes / 2
    assert polars.DataFrame(netwijzer.assess_batch(table, only=ONLY, dictionary=True))["tumour.grade"].cast(
        polars.String
    ).to_list() == batch["tumour.grade"].to_pylist()


def test_only_the_wanted_columns_of_each_conclusion_come_out(registry, batch):
    table = pyarrow.parquet.read_table(registry)
    some = arrow(netwijzer.assess_batch(table, only=ONLY, columns=["value", "possible"]))
    ends = (":status", ":conventional", ":convention", ":because")
    assert some.column_names == [name for name in batch.column_names if not name.endswith(ends)]
    for name in some.column_names:
        assert some[name].to_pylist() == batch[name].to_pylist(), name
    with pytest.raises(netwijzer.InputError, match="valeu.*value, status"):
        netwijzer.assess_batch(table, only=ONLY, columns="valeu")


@pytest.mark.parametrize("threads", [1, 3])
def test_the_number_of_threads_changes_nothing(registry, batch, threads):
    same(arrow(netwijzer.assess_batch(pyarrow.parquet.read_table(registry), only=ONLY, threads=threads)), batch)


def test_chunks_change_nothing(registry, batch):
    table = pyarrow.parquet.read_table(registry)
    chunked = pyarrow.Table.from_batches(table.to_batches(max_chunksize=13))
    same(arrow(netwijzer.assess_batch(chunked, only=ONLY)), batch)
    # A slice begins somewhere within its buffers.
    part = arrow(netwijzer.assess_batch(table.slice(500, 300), only="tumour.grade"))
    whole = arrow(netwijzer.assess_batch(table, only="tumour.grade"))
    keys = pyarrow.array(part["case"].to_pylist(), whole["case"].type)
    kept = whole.filter(pyarrow.compute.is_in(whole["case"], keys))
    assert 200 < kept.num_rows == part.num_rows
    same(part.drop(["row"]), kept.drop(["row"]))


def test_columns_are_let_go_when_the_answers_are_there():
    # A pool of its own: what other tests leave behind is let go whenever the interpreter likes.
    pool = pyarrow.proxy_memory_pool(pyarrow.default_memory_pool())
    given = {"primary.site": ["ileum"] * 500, "tumour.ki67": ["4 %"] * 500, "nr": ["x"] * 500}
    table = pyarrow.table({name: pyarrow.array(values, memory_pool=pool) for name, values in given.items()})
    before = pool.bytes_allocated()
    conclusions = netwijzer.assess_batch(table, only="tumour.grade")
    assert pool.bytes_allocated() == before > 0
    del table
    assert pool.bytes_allocated() == 0
    assert arrow(conclusions)["nr"].to_pylist() == ["x"] * 500


MEMORY = """
import resource, pyarrow, netwijzer
small = pyarrow.table({"primary.site": ["ileum"], "tumour.ki67": ["4 %"]})
netwijzer.assess_batch(small, only="tumour.grade", threads=1)
# A column of 200 MB, made in one piece so that making it takes no more: blanks around a value mean nothing.
value = b" " * 10_000 + b"ileum"
places = pyarrow.array(range(0, 20_001 * len(value), len(value)), pyarrow.int32()).buffers()[1]
wide = pyarrow.StringArray.from_buffers(20_000, places, pyarrow.py_buffer(value * 20_000))
table = pyarrow.table({"primary.site": wide, "tumour.ki67": ["4 %"] * 20_000})
assert wide.nbytes > 200_000_000
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
conclusions = netwijzer.assess_batch(table, only="tumour.grade", threads=1)
assert conclusions.answered == 20_000
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / wide.nbytes)
"""


def test_columns_are_read_where_they_lie():
    """Nothing of the input is copied: a column of 200 MB is read in little more than its own memory."""
    done = subprocess.run([sys.executable, "-c", MEMORY], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 0.5, "the process grew by as much as a copy of the column takes"


def test_a_stream_is_drawn_while_it_is_fetched(registry):
    table = pyarrow.parquet.read_table(registry)
    fetched = []

    def batches():
        for batch in table.to_batches(max_chunksize=100):
            fetched.append(batch.num_rows)
            yield batch

    reader = pyarrow.RecordBatchReader.from_batches(table.schema, batches())
    conclusions = netwijzer.assess_batch(reader, only="tumour.grade", stream=True)
    assert conclusions.rows == 0
    answers = pyarrow.RecordBatchReader.from_stream(conclusions)
    answers.read_next_batch()
    assert conclusions.rows == 100 and len(fetched) <= 2
    answers.read_all()
    assert conclusions.rows == table.num_rows
    whole = netwijzer.assess_batch(table, only="tumour.grade")
    assert conclusions.rejects == whole.rejects
    assert conclusions.take_rejects() == whole.rejects and conclusions.rejects == []
    with pytest.raises(netwijzer.InputError, match="fetched already"):
        pyarrow.table(conclusions)


def test_a_mapping_is_a_file_or_a_dictionary(program, tmp_path):
    mapping = tmp_path / "mapping.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    given = tmp_path / "in.csv"
    with given.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(ROWS)
        writer.writerows(zip(*ROWS.values(), strict=True))
    done = program.run(
        "batch", given, "--mapping", mapping, "--only", "tumour.grade", "--out", tmp_path / "out.jsonl"
    )
    assert done.returncode == 1
    rejects = list(csv.DictReader((tmp_path / "out.jsonl.rejects.csv").open(encoding="utf-8")))
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    for how in (mapping, str(mapping), tomllib.loads(MAPPING)):
        conclusions = netwijzer.assess_batch(polars.DataFrame(ROWS), how, "tumour.grade")
        assert [{**r, "row": str(r["row"])} for r in conclusions.rejects] == rejects
        assert conclusions.unread == ["other"]
        said = [{k: str(v) for k, v in row.items() if v is not None} for row in arrow(conclusions).to_pylist()]
        assert said == [{k: str(v) for k, v in row.items()} for row in rows]
    dutch = netwijzer.assess_batch(polars.DataFrame(ROWS), MAPPING_DICT, "tumour.grade", lang="nl")
    assert [r["row"] for r in dutch.rejects] == [3, 4]
    assert dutch.rejects[0]["message"] != conclusions.rejects[0]["message"]


MAPPING_DICT = {
    "keep": ["nr"],
    "column": [
        {"from": "site_code", "fact": "primary.site", "codes": "icd-o"},
        {"from": "morph", "fact": "tumour.differentiation", "values": {"8240/3": "well", "8013/3": "poor"}},
        {"from": "mib1", "fact": "tumour.ki67", "missing": ["999"]},
    ],
}


def test_numbers_of_every_kind_land_on_their_side_of_a_threshold():
    expected = ["G1", "G2"]
    facts = {"primary.site": ["ileum"] * 2, "tumour.differentiation": ["well"] * 2, "tumour.mitoses": ["0", "0"]}
    for values in (
        ["2.9", "3"],
        [2.9, 3.0],
        [decimal.Decimal("2.9"), decimal.Decimal("3.0")],
        pyarrow.array([2.9, 3.0], pyarrow.float32()),
        pyarrow.array(["2,9", "3"]).dictionary_encode(),
        pyarrow.array(["2,9", "3"], pyarrow.string_view()),
        pyarrow.array(["2,9", "3"], pyarrow.large_string()),
    ):
        table = pyarrow.table({**facts, "tumour.ki67": values})
        assert arrow(netwijzer.assess_batch(table, only="tumour.grade"))["tumour.grade"].to_pylist() == expected
    days = pandas.DataFrame({**facts, "diagnosis.date": [datetime.date(2020, 1, 1), None]})
    assert netwijzer.assess_batch(days, only="tumour.grade").answered == 2


def test_faults_of_tables_are_told(registry, tmp_path):
    def refused(match: str, *words, **more) -> None:
        with pytest.raises(netwijzer.InputError, match=match):
            netwijzer.assess_batch(*words, **more)

    table = pyarrow.table(ROWS)
    refused("`dict` is not a table", ROWS)
    refused("no column of the table is named after a fact", table.select(["nr", "other"]))
    refused("names a column `sit_code` that the table does not have; did you mean `site_code`", table,
            {"column": [{"from": "sit_code", "fact": "primary.site"}]})
    refused("names a fact `primary.sit` that does not exist; did you mean `primary.site`", table,
            {"column": [{"from": "site_code", "fact": "primary.sit"}]})
    refused("the mapping `mapping` cannot be used", table, {"columns": []})
    refused("`int` is not a mapping", table, 3)
    refused("did you mean `tumour.grade`", table, MAPPING_DICT, "tumour.grad")
    refused("`0` is no number of threads", table, MAPPING_DICT, threads=0)
    lists = pyarrow.table({"primary.site": [["ileum"]]})
    refused("holds no values of facts", lists)
    with pytest.raises(OSError, match="nowhere"):
        netwijzer.assess_batch(table, tmp_path / "nowhere.toml")

    def broken():
        yield table.to_batches()[0]
        raise RuntimeError("the database went away")

    reader = pyarrow.RecordBatchReader.from_batches(table.schema, broken())
    refused("the database went away", reader, MAPPING_DICT)
    reader = pyarrow.RecordBatchReader.from_batches(table.schema, broken())
    with pytest.raises(Exception, match="the database went away"):
        pyarrow.table(netwijzer.assess_batch(reader, MAPPING_DICT, stream=True))


def test_no_rows_are_no_fault():
    empty = pyarrow.table({"primary.site": pyarrow.array([], pyarrow.string())})
    conclusions = netwijzer.assess_batch(empty, only="tumour.grade")
    assert (conclusions.rows, conclusions.answered) == (0, 0)
    assert arrow(conclusions).column_names[0] == "row" and arrow(conclusions).num_rows == 0


def test_threads_of_python_go_on(registry):
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
    netwijzer.assess_batch(pyarrow.parquet.read_table(registry), only=ONLY)
    after = steps
    over.set()
    other.join()
    assert after - before > 50
