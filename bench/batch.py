"""Workload W1 over whole tables: netwijzer beside columnar libraries and rule engines, in one run.

Every engine gets the same rows, on one thread, and must give the outcomes of the reference; the run stops otherwise.
Exact sets of rows with gaps are compared with all completions of each row.
Times are processor time, medians of interleaved rounds; the report gives ratios, since absolute times say more about
the machine. An engine that goes row by row classifies fewer of them, and its time for each row is used.

Usage: python batch.py --program NETWIJZER [--rows 10000000] [--rounds 15] [--reader W1] [--node FOLDER] [--write FILE]

It needs what `batch-requirements.txt` names, and the wheel of netwijzer. `--reader` is the example `w1` of nw-registry,
which reads Parquet and does nothing with it. `--node` is a folder with `node_modules/cql-execution` and
`node_modules/json-logic-engine`; it needs Node.
"""

import argparse
import hashlib
import itertools
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

# One thread for everybody; read when the library is loaded.
os.environ["POLARS_MAX_THREADS"] = "1"

import duckdb  # noqa: E402
import numba  # noqa: E402
import numpy as np  # noqa: E402
import polars as pl  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyarrow.compute as pc  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402
import zen  # noqa: E402

import netwijzer  # noqa: E402
import w1  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
OUTCOMES = ("tumour.grade", "tnm.t", "tnm.n", "tnm.m", "tnm.stage")
VALUES = (
    ("G1", "G2", "G3", "NEC"),
    ("T1", "T2", "T3", "T4"),
    ("N0", "N1"),
    ("M0", "M1a", "M1b", "M1c"),
    ("I", "II", "III", "IV"),
)
KEYS = ("grade", "t", "n", "m", "stage")
INVASION = ("limited", "duodenum", "bile-duct", "adjacent-organ", "large-vessel")
MAPPING = {
    "column": [
        {"from": "ki67", "fact": "tumour.ki67"},
        {"from": "mitoses", "fact": "tumour.mitoses"},
        {"from": "diff", "fact": "tumour.differentiation", "values": {"0": "well", "1": "poor"}},
        {"from": "size_mm", "fact": "tumour.size"},
        {"from": "invasion", "fact": "tumour.invasion", "values": {str(i): v for i, v in enumerate(INVASION)}},
        {"from": "nodes_pos", "fact": "nodes.regional.positive"},
        {"from": "met_liver", "fact": "metastasis.liver"},
        {"from": "met_extra", "fact": "metastasis.extrahepatic"},
    ]
}
NULLS = 0.15
# One value of each column for all values of which every rule says the same.
KINDS = (
    (1.0, 3.0, 21.0),
    (1.0, 2.0, 21.0),
    (False, True),
    (1.0, 21.0, 41.0),
    (0, 1, 3),
    (0, 1),
    (False, True),
    (False, True),
)
NAMES = ("ki67", "mitoses", "diff", "size_mm", "invasion", "nodes_pos", "met_liver", "met_extra")
# What is said of the grade of a well differentiated tumour with one mitosis per 2 mm², the Ki-67 index not given.
SURE, UNSURE, OPEN = "{G1, G2, G3}", "G1", "unknown"


def table_of(columns, missing=0.0):
    """The eight columns as Arrow; with `missing`, each value is left out with that chance."""
    kinds = [np.float32, np.float32, np.uint8, np.float32, np.uint8, np.int16, bool, bool]
    r = np.random.default_rng(15)
    arrays = []
    for column, kind in zip(columns, kinds, strict=True):
        mask = r.random(len(column)) < missing if missing else None
        arrays.append(pa.array(np.asarray(column).astype(kind), mask=mask))
    return pa.table(arrays, names=NAMES)


def possible(table, rows):
    """The exact sets of the first rows, as bits of the codes, by trying every completion."""
    part = table.slice(0, rows)
    fits = []
    cuts = ((3, 20.05), (2, 20.05), (1,), (20.05, 40.05), (1, 3), (1,), (1,), (1,))
    for name, cut in zip(NAMES, cuts, strict=True):
        column = part[name].combine_chunks()
        known = pc.is_valid(column).to_numpy(zero_copy_only=False)
        value = pc.fill_null(pc.cast(column, pa.float64()), 0).to_numpy()
        stretch = np.searchsorted(cut, value, side="right")
        fits.append([~known | (stretch == at) for at in range(len(cut) + 1)])
    sets = [np.zeros(rows, dtype=np.uint8) for _ in OUTCOMES]
    # Completions of the columns that one outcome reads, and of all that the stage reads.
    for first, last, outcomes in ((0, 3, (0,)), (3, 8, (1, 2, 3, 4))):
        for choice in itertools.product(*(range(len(KINDS[at])) for at in range(first, last))):
            values = [KINDS[at][0] for at in range(8)]
            for at, kind in zip(range(first, last), choice, strict=True):
                values[at] = KINDS[at][kind]
            codes = w1.classify(*(np.array([value]) for value in values))
            may = np.logical_and.reduce([fits[at][kind] for at, kind in zip(range(first, last), choice, strict=True)])
            for outcome in outcomes:
                sets[outcome] |= may.astype(np.uint8) << codes[outcome][0]
    return sets


class Netwijzer:
    """The guideline of `bench/w1`, as `netwijzer.assess_batch` answers it."""

    name = "netwijzer, value"
    says = SURE
    columns = ("value",)

    def __init__(self, table):
        self.table = table

    def run(self):
        answers = netwijzer.assess_batch(
            self.table, MAPPING, columns=self.columns, dictionary=True, threads=1, guideline=HERE / "w1"
        )
        return pa.table(answers)

    def codes(self, answer):
        return [words(answer[outcome], values.index) for outcome, values in zip(OUTCOMES, VALUES, strict=True)]


class NetwijzerSets(Netwijzer):
    """The same with status and exact set."""

    name = "netwijzer, value, status and exact set"
    columns = ("value", "status", "possible")

    def sets(self, answer):
        def bits(outcome, values):
            return words(
                answer[f"{outcome}:possible"], lambda text: sum(1 << values.index(value) for value in text.split("|"))
            )

        return [bits(outcome, values) for outcome, values in zip(OUTCOMES, VALUES, strict=True)]


def words(column, number):
    """The numbers that dictionary-encoded texts stand for."""
    parts = []
    for chunk in column.chunks:
        order = np.array([number(text) for text in chunk.dictionary.to_pylist()], dtype=np.uint8)
        parts.append(order[chunk.indices.to_numpy()])
    return np.concatenate(parts)


def u8(code):
    return pl.lit(code, dtype=pl.UInt8)


def expressions():
    """The tables as polars expressions: those that read columns, and the stage, which reads the others."""
    c = pl.col
    first = [
        pl.when(c("diff") == 1)
        .then(u8(3))
        .when((c("ki67") > 20) | (c("mitoses") > 20))
        .then(u8(2))
        .when((c("ki67") >= 3) | (c("mitoses") >= 2))
        .then(u8(1))
        .otherwise(u8(0))
        .alias("grade"),
        pl.when(c("invasion") >= 3)
        .then(u8(3))
        .when((c("invasion") >= 1) | (c("size_mm") > 40))
        .then(u8(2))
        .when(c("size_mm") > 20)
        .then(u8(1))
        .otherwise(u8(0))
        .alias("t"),
        (c("nodes_pos") >= 1).cast(pl.UInt8).alias("n"),
        pl.when(c("met_liver") & c("met_extra"))
        .then(u8(3))
        .when(c("met_liver"))
        .then(u8(1))
        .when(c("met_extra"))
        .then(u8(2))
        .otherwise(u8(0))
        .alias("m"),
    ]
    stage = (
        pl.when(c("m") != 0)
        .then(u8(3))
        .when((c("n") == 1) | (c("t") == 3))
        .then(u8(2))
        .when(c("t") >= 1)
        .then(u8(1))
        .otherwise(u8(0))
        .alias("stage")
    )
    return first, stage


class Polars:
    """Expressions written by hand, at once."""

    name = f"polars {pl.__version__}, expressions by hand"
    says = UNSURE
    engine = None

    def __init__(self, table):
        self.frame = pl.from_arrow(table).rechunk()
        self.first, self.stage = expressions()

    def run(self):
        if self.engine is None:
            return self.frame.select(self.first).with_columns(self.stage)
        return self.frame.lazy().select(self.first).with_columns(self.stage).collect(engine=self.engine)

    def codes(self, answer):
        return [answer[name].to_numpy() for name in KEYS]


class PolarsLazy(Polars):
    """The same, planned first."""

    name = f"polars {pl.__version__}, the same, lazy"
    engine = "in-memory"


class PolarsStreaming(Polars):
    """The same, a piece at a time."""

    name = f"polars {pl.__version__}, the same, streaming"
    engine = "streaming"


SQL = """
with one as (
  select case when diff = 1 then 3 when ki67 > 20 or mitoses > 20 then 2 when ki67 >= 3 or mitoses >= 2 then 1 else 0 end::utinyint as grade,
         case when invasion >= 3 then 3 when invasion >= 1 or size_mm > 40 then 2 when size_mm > 20 then 1 else 0 end::utinyint as t,
         (nodes_pos >= 1)::utinyint as n,
         case when met_liver and met_extra then 3 when met_liver then 1 when met_extra then 2 else 0 end::utinyint as m
  from rows)
select grade, t, n, m, case when m <> 0 then 3 when n = 1 or t = 3 then 2 when t >= 1 then 1 else 0 end::utinyint as stage from one
"""


class DuckDb:
    """SQL written by hand, over a table of DuckDB's own."""

    name = f"DuckDB {duckdb.__version__}, SQL by hand"
    says = UNSURE

    def __init__(self, table):
        self.database = duckdb.connect(config={"threads": 1})
        self.database.register("arriving", table)
        self.database.execute("create table rows as select * from arriving")

    def run(self):
        return self.database.sql(SQL).to_arrow_table()

    def codes(self, answer):
        return [answer[name].to_numpy() for name in KEYS]


@numba.njit
def by_hand(ki67, mitoses, poor, size, invasion, nodes, liver, extra, out):
    """The limit: five outcomes of each row, compiled for this very processor, without a branch that depends on a row."""
    for i in range(len(ki67)):
        high = (ki67[i] > 20) | (mitoses[i] > 20)
        middle = (ki67[i] >= 3) | (mitoses[i] >= 2)
        grade = 3 if poor[i] else (2 if high else (1 if middle else 0))
        t = 3 if invasion[i] >= 3 else (2 if (invasion[i] >= 1) | (size[i] > 40) else (1 if size[i] > 20 else 0))
        n = 1 if nodes[i] >= 1 else 0
        m = 3 if liver[i] & extra[i] else (1 if liver[i] else (2 if extra[i] else 0))
        out[0, i] = grade
        out[1, i] = t
        out[2, i] = n
        out[3, i] = m
        out[4, i] = 3 if m != 0 else (2 if (n == 1) | (t == 3) else (1 if t >= 1 else 0))


class ByHand:
    """A loop written by hand."""

    name = f"loop by hand (numba {numba.__version__}, this very processor)"
    says = UNSURE

    def __init__(self, table):
        self.columns = [table[name].to_numpy() for name in NAMES]
        self.out = np.zeros((5, table.num_rows), dtype=np.uint8)

    def run(self):
        by_hand(*self.columns, self.out)
        return self.out

    def codes(self, answer):
        return list(answer.copy())


@numba.njit
def through(read, copied, out):
    """Reads all, and writes as much as there is room for."""
    some = np.uint64(0)
    for i in range(len(read)):
        some |= read[i]
    for i in range(len(out)):
        out[i] = copied[i]
    return some


class MemoryAlone:
    """The bytes of a row, 16.25 read and 5 written, and nothing else."""

    name = "memory alone: the same bytes read and written"
    says = "–"

    def __init__(self, table):
        rows = table.num_rows
        self.read = np.arange(int(rows * 11.25) // 8, dtype=np.uint64)
        self.copied = np.arange(rows * 5 // 8, dtype=np.uint64)
        self.out = np.zeros_like(self.copied)

    def run(self):
        return through(self.read, self.copied, self.out)


class Zen:
    """The decision graph of `bench/w1/peers/zen.json`, row by row."""

    name = "GoRules ZEN (Python), decision tables"
    says = UNSURE
    rows = 20_000

    def __init__(self, table):
        text = (HERE / "w1/peers/zen.json").read_text()
        self.decision = zen.ZenEngine().create_decision(text)
        self.cases = [named(row, "nodes") for row in table.slice(0, self.rows).to_pylist()]

    def run(self):
        return [self.decision.evaluate(case)["result"] for case in self.cases]

    def codes(self, answer):
        lists = [[values.index(one[key]) for one in answer] for key, values in zip(KEYS, VALUES, strict=True)]
        return [np.array(codes, dtype=np.uint8) for codes in lists]


def named(row, nodes):
    """A row in words, with the decimals that were drawn instead of their nearest binary fractions."""
    numbers = {name: round(row[name], 1) for name in ("ki67", "mitoses", "size_mm")}
    return numbers | {
        "differentiation": ("well", "poor")[row["diff"]],
        "invasion": INVASION[row["invasion"]],
        nodes: row["nodes_pos"],
        "liver": row["met_liver"],
        "extra": row["met_extra"],
    }


class InNode:
    """Row by row in a process of Node, which measures the rows alone."""

    says = UNSURE

    def __init__(self, node):
        self.node = node
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="w1-node-"))

    def given(self, kind, model, cases):
        (self.folder / "cases.json").write_text(json.dumps(cases))
        self.command = ["node", HERE / "batch.mjs", self.node, kind, model, self.folder / "cases.json"]

    def timed(self):
        said = json.loads(subprocess.run(self.command, check=True, capture_output=True, text=True).stdout)
        return said["seconds"], said["answers"]

    def codes(self, answer):
        lists = [[values.index(row[i]) for row in answer] for i, values in enumerate(VALUES)]
        return [np.array(codes, dtype=np.uint8) for codes in lists]


class Logic(InNode):
    """`bench/w1/peers/jsonlogic.json`, compiled to JavaScript."""

    name = "json-logic-engine, compiled to JavaScript"
    rows = 100_000

    def __init__(self, table, node):
        super().__init__(node)
        cases = [named(row, "nodes") for row in table.slice(0, self.rows).to_pylist()]
        self.given("logic", HERE / "w1/peers/jsonlogic.json", cases)


class Cql(InNode):
    """The guideline as netwijzer exports it, in the reference engine of CQL."""

    name = "cql-execution, netwijzer's own export"
    says = OPEN
    rows = 20_000

    def __init__(self, table, program, node):
        super().__init__(node)
        command = [program, "export", "cql", "--guideline", HERE / "w1", "--out", self.folder, "--format", "json"]
        subprocess.run(command, check=True, capture_output=True)
        cases = []
        for row in table.slice(0, self.rows).to_pylist():
            cases.append(
                {
                    "tumour.ki67": round(row["ki67"], 1),
                    "tumour.mitoses": round(row["mitoses"], 1),
                    "tumour.differentiation": ("well", "poor")[row["diff"]],
                    "tumour.size": round(row["size_mm"], 1),
                    "tumour.invasion": INVASION[row["invasion"]],
                    "nodes.regional.positive": row["nodes_pos"],
                    "metastasis.liver": "yes" if row["met_liver"] else "no",
                    "metastasis.extrahepatic": "yes" if row["met_extra"] else "no",
                }
            )
        self.given("cql", next(self.folder.glob("*.elm.json")), cases)


def check(name, found, expected):
    for outcome, codes, wanted in zip(OUTCOMES, found, expected, strict=True):
        if not np.array_equal(codes, wanted[: len(codes)]):
            row = int(np.nonzero(codes != wanted[: len(codes)])[0][0])
            sys.exit(f"batch.py: {name}: {outcome} of row {row} is {codes[row]}, not {wanted[row]}")


def timed(step):
    begun = time.process_time()
    result = step()
    seconds = time.process_time() - begun
    del result
    return seconds


# A process of its own starts another: what this one holds would otherwise count as memory of the other.
CHILD = """
import json, os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE)
said = process.stdout.read().decode()
_, status, used = os.wait4(process.pid, 0)
print(json.dumps([os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss / 1000, said]))
"""


def child(command):
    """Processor seconds, peak memory in MB and output of a process."""
    done = subprocess.run([sys.executable, "-c", CHILD, *command], check=True, capture_output=True, text=True)
    code, seconds, memory, said = json.loads(done.stdout)
    if code != 0:
        sys.exit(f"batch.py: {command} ended with {code}: {done.stderr}")
    return seconds, memory, said


def interleaved(steps, rounds):
    """Medians of what each step says it took."""
    times = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            times[name].append(step())
    return {name: statistics.median(list_) for name, list_ in times.items()}


def measured(engines, rows, rounds):
    """Seconds for each row of complete tables and of those with gaps, by the name of the step."""

    def step(engine):
        if hasattr(engine, "timed"):
            return lambda: engine.timed()[0] / engine.rows
        # Once before: the others have filled the caches, and what was freed may be given back by now.
        return lambda: min(timed(engine.run) for _ in range(2)) / getattr(engine, "rows", rows)

    return interleaved({name: step(engine) for name, engine in engines.items()}, rounds)


def mapping_text():
    lines = []
    for column in MAPPING["column"]:
        lines.append("[[column]]")
        for key, value in column.items():
            if isinstance(value, dict):
                inner = ", ".join(f'"{k}" = "{v}"' for k, v in value.items())
                lines.append(f"{key} = {{ {inner} }}")
            else:
                lines.append(f'{key} = "{value}"')
    return "\n".join(lines) + "\n"


class Files:
    """Parquet to counts: the program, beside reading alone and beside the columnar libraries."""

    def __init__(self, program, reader, columns):
        self.program, self.reader = program, reader
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="w1-parquet-"))
        self.mapping = self.folder / "mapping.toml"
        self.mapping.write_text(mapping_text())
        self.path = self.folder / "w1.parquet"
        self.write(columns, self.path)
        # What it takes to begin: to start, to compile the guideline and to lay out its tables.
        self.few = self.folder / "few.parquet"
        self.write([column[:1000] for column in columns], self.few)

    def write(self, columns, path):
        pq.write_table(table_of(columns), path, row_group_size=1 << 20)

    def ours(self, file):
        common = ["--mapping", self.mapping, "--guideline", HERE / "w1", "--threads", "1", "--format", "json"]
        return child([self.program, "batch", file, "--count", *common])

    def right(self, expected):
        counts = {}
        for line in map(json.loads, self.ours(self.path)[2].splitlines()):
            if "conclusion" in line:
                counts[line["conclusion"], line["value"]] = line["rows"]
        for outcome, values, wanted in zip(OUTCOMES, VALUES, expected, strict=True):
            for code, value in enumerate(values):
                if counts.get((outcome, value), 0) != int((wanted == code).sum()):
                    sys.exit(f"batch.py: {outcome} {value}: {counts.get((outcome, value), 0)} rows counted")
        for name, found in (("polars", self.by_polars()), ("DuckDB", self.by_duckdb())):
            wanted = [dict(enumerate(np.bincount(codes).tolist())) for codes in expected]
            if found != wanted:
                sys.exit(f"batch.py: {name} counts {found}, not {wanted}")

    def by_polars(self, engine="auto"):
        first, stage = expressions()
        frame = pl.scan_parquet(self.path).select(first).with_columns(stage).collect(engine=engine)
        return [dict(sorted(frame[name].value_counts().iter_rows())) for name in frame.columns]

    def by_duckdb(self):
        database = duckdb.connect(config={"threads": 1})
        sql = SQL.replace("from rows", f"from '{self.path}'")
        sets = "grouping sets ((grade), (t), (n), (m), (stage))"
        rows = database.execute(f"select grade, t, n, m, stage, count(*) from ({sql}) group by {sets}").fetchall()
        counts = [{} for _ in OUTCOMES]
        for *codes, many in rows:
            at = next(at for at, code in enumerate(codes) if code is not None)
            counts[at][codes[at]] = many
        return [dict(sorted(one.items())) for one in counts]

    def measured(self, rounds):
        without = statistics.median(self.ours(self.few)[0] for _ in range(5))
        steps = {
            "netwijzer, the program": lambda: self.ours(self.path)[0] - without,
            "reading alone, pyarrow": lambda: timed(lambda: pq.read_table(self.path, use_threads=False)),
            "reading alone, polars": lambda: timed(lambda: pl.read_parquet(self.path)),
            "polars, expressions by hand": lambda: timed(self.by_polars),
            "polars, the same, streaming": lambda: timed(lambda: self.by_polars("streaming")),
            "DuckDB, SQL by hand": lambda: timed(self.by_duckdb),
        }
        if self.reader:
            nothing = statistics.median(child([self.reader, "read", self.few])[0] for _ in range(5))
            steps["reading alone, arrow-rs (which netwijzer uses)"] = (
                lambda: child([self.reader, "read", self.path])[0] - nothing
            )
        return interleaved(steps, rounds)

    def grown(self, columns, rounds):
        """Time of all rows against that of these, a tenth of them, and peak memory of both, in MB."""
        tenth = self.folder / "tenth.parquet"
        self.write(columns, tenth)
        without = statistics.median(self.ours(self.few)[0] for _ in range(5))
        small, large = [], []
        for _ in range(rounds):
            small.append(self.ours(tenth)[:2])
            large.append(self.ours(self.path)[:2])
        time_of = lambda runs: statistics.median(run[0] for run in runs) - without  # noqa: E731
        return time_of(large) / time_of(small), max(run[1] for run in small), max(run[1] for run in large)


def factor(ratio):
    return f"{ratio:.0f}" if ratio >= 100 else f"{ratio:.3g}" if ratio >= 10 else f"{ratio:.2f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--program", type=pathlib.Path, required=True, help="netwijzer, built with --release")
    parser.add_argument("--reader", type=pathlib.Path, help="the example `w1` of nw-registry, built with --release")
    parser.add_argument("--node", type=pathlib.Path, help="a folder with cql-execution and json-logic-engine")
    parser.add_argument("--write", type=pathlib.Path, help="write the ratios between the markers of this document")
    arguments = parser.parse_args()
    rows = arguments.rows

    if pl.thread_pool_size() != 1:
        sys.exit(f"batch.py: polars works on {pl.thread_pool_size()} threads")
    columns = w1.draw(rows)
    expected = w1.classify(*columns)
    digest = hashlib.sha256(b"".join(column.tobytes() for column in expected)).hexdigest()[:16]
    if digest != w1.EXPECTED.get(rows, digest):
        sys.exit(f"batch.py: {rows} rows hash to `{digest}`: this NumPy draws other cases")
    table = table_of(columns)
    complete = [Netwijzer, NetwijzerSets, Polars, PolarsLazy, PolarsStreaming, DuckDb, ByHand, MemoryAlone, Zen]
    engines = [engine(table) for engine in complete]
    if arguments.node:
        engines += [Logic(table, arguments.node), Cql(table, arguments.program, arguments.node)]
    compared = 0
    for engine in engines:
        # The first run also warms up.
        answer = engine.timed()[1] if hasattr(engine, "timed") else engine.run()
        if hasattr(engine, "codes"):
            check(engine.name, engine.codes(answer), expected)
            compared += 1
    with_gaps = table_of(columns, NULLS)
    gaps = [Netwijzer(with_gaps), NetwijzerSets(with_gaps), Polars(with_gaps)]
    tried = min(rows, 200_000)
    check("exact sets", [codes[:tried] for codes in gaps[1].sets(gaps[1].run())], possible(with_gaps, tried))
    print(f"{compared} engines agree on {rows} rows; exact sets agree with all completions of {tried} rows with gaps")

    steps = {(engine.name, False): engine for engine in engines} | {(engine.name, True): engine for engine in gaps}
    took = measured(steps, rows, arguments.rounds)
    ours = took[Netwijzer.name, False]
    lines = [
        f"Rows: {rows} of the NumPy generator, outcomes SHA-256 `{digest}` as published; one thread for everybody,"
        f" processor time, medians of {arguments.rounds} interleaved rounds, each the better of two runs."
        f" {compared} engines gave the same five outcomes for every row that they were given; the run stops otherwise."
        f" The exact sets of {tried} rows with gaps were compared with all their completions.",
        "Times are multiples of **netwijzer, value**; larger is slower.",
        "",
        f"| In memory | Complete rows | {NULLS:.0%} of each column missing | Grade without Ki-67 |",
        "|---|---:|---:|---|",
    ]
    for engine in engines:
        missing = factor(took[engine.name, True] / ours) if (engine.name, True) in took else "–"
        lines.append(f"| {engine.name} | {factor(took[engine.name, False] / ours)} | {missing} | {engine.says} |")
    print(f"netwijzer in memory: {1e-6 / ours:.0f} million rows a second")

    files = Files(arguments.program, arguments.reader, columns)
    files.right(expected)
    found = files.measured(max(5, arguments.rounds // 2))
    first = found["netwijzer, the program"]
    print(f"netwijzer, Parquet to counts: {rows / first / 1e6:.0f} million rows a second")
    lines += ["", "| Parquet to counts | Time |", "|---|---:|"]
    lines += [f"| {name} | {factor(seconds / first)} |" for name, seconds in found.items()]
    ratio, small, large = files.grown([column[: rows // 10] for column in columns], max(5, arguments.rounds // 2))
    lines += [
        "",
        f"Ten times as many rows from Parquet to counts take {ratio:.1f} times the time;"
        f" memory is at most {small:.0f} MB for {rows // 10} rows and {large:.0f} MB for {rows}.",
    ]
    text = "\n".join(lines) + "\n"
    if arguments.write:
        document = arguments.write.read_text()
        begin, end = "<!-- bench:w1-batch -->", "<!-- /bench:w1-batch -->"
        before, rest = document.split(begin, 1)
        _, after = rest.split(end, 1)
        arguments.write.write_text(f"{before}{begin}\n{text}{end}{after}")
    print(text)


if __name__ == "__main__":
    main()
