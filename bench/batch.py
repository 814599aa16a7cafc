"""Workload W1 over whole tables: netwijzer beside columnar libraries and rule engines, in one run.

Every engine gets the same rows, on one core, and must give the outcomes of the reference; the run stops otherwise.
Times are processor time, medians of interleaved rounds; the report gives ratios, since absolute times say more about
the machine. A row engine classifies fewer rows, and its time for each row is used.

Usage: python batch.py --program NETWIJZER [--rows 1000000] [--rounds 7] [--node FOLDER] [--write FILE]

It needs numpy, pyarrow, polars, duckdb, numba, zen-engine and the netwijzer wheel; `--node` is a folder with
`node_modules/cql-execution` (that of `foreign/` after `npm ci`), which needs Node.
"""

import argparse
import hashlib
import json
import os
import pathlib
import resource
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


def table_of(columns, missing=0.0):
    """The eight columns as Arrow; with `missing`, each value is left out with that chance."""
    ki67, mitoses, poor, size, invasion, nodes, liver, extra = columns
    kinds = [np.float32, np.float32, np.uint8, np.float32, np.uint8, np.int16, bool, bool]
    names = ["ki67", "mitoses", "diff", "size_mm", "invasion", "nodes_pos", "met_liver", "met_extra"]
    r = np.random.default_rng(15)
    mask = lambda n: r.random(n) < missing if missing else None  # noqa: E731
    arrays = [pa.array(np.asarray(c).astype(k), mask=mask(len(c))) for c, k in zip(columns, kinds, strict=True)]
    return pa.table(arrays, names=names)


class Netwijzer:
    """The guideline of `bench/w1`, as `netwijzer.assess_batch` answers it."""

    name = "netwijzer, value"
    columns = ("value",)

    def __init__(self, table):
        self.table = table

    def run(self):
        answers = netwijzer.assess_batch(
            self.table, MAPPING, columns=self.columns, dictionary=True, threads=1, guideline=HERE / "w1"
        )
        return pa.table(answers)

    def codes(self, answer):
        codes = []
        for outcome, values in zip(OUTCOMES, VALUES, strict=True):
            column = answer[outcome].combine_chunks()
            column = column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
            parts = []
            for chunk in column.chunks:
                order = np.array([values.index(v) for v in chunk.dictionary.to_pylist()], dtype=np.uint8)
                parts.append(order[chunk.indices.to_numpy()])
            codes.append(np.concatenate(parts))
        return codes


class NetwijzerSets(Netwijzer):
    """The same with status and exact set."""

    name = "netwijzer, value, status and exact set"
    columns = ("value", "status", "possible")


def u8(code):
    return pl.lit(code, dtype=pl.UInt8)


class Polars:
    """Expressions written by hand."""

    name = f"polars {pl.__version__}, expressions by hand"

    def __init__(self, table):
        self.frame = pl.from_arrow(table)
        c = pl.col
        self.first = [
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
        self.stage = (
            pl.when(c("m") != 0)
            .then(u8(3))
            .when((c("n") == 1) | (c("t") == 3))
            .then(u8(2))
            .when(c("t") >= 1)
            .then(u8(1))
            .otherwise(u8(0))
            .alias("stage")
        )

    def run(self):
        return self.frame.select(self.first).with_columns(self.stage)

    def codes(self, answer):
        return [answer[name].to_numpy() for name in ("grade", "t", "n", "m", "stage")]


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
    """SQL written by hand."""

    name = f"DuckDB {duckdb.__version__}, SQL by hand"

    def __init__(self, table):
        self.database = duckdb.connect(config={"threads": 1})
        self.database.register("arriving", table)
        self.database.execute("create table rows as select * from arriving")

    def run(self):
        return self.database.execute(SQL).to_arrow_table()

    def codes(self, answer):
        return [answer[name].to_numpy() for name in ("grade", "t", "n", "m", "stage")]


@numba.njit
def by_hand(ki67, mitoses, poor, size, invasion, nodes, liver, extra, out):
    """The limit: five outcomes of each row, compiled for this very processor."""
    for i in range(len(ki67)):
        high = (ki67[i] > 20) | (mitoses[i] > 20)
        middle = (ki67[i] >= 3) | (mitoses[i] >= 2)
        grade = 3 if poor[i] else (2 if high else (1 if middle else 0))
        t = 3 if invasion[i] >= 3 else (2 if (invasion[i] >= 1) | (size[i] > 40) else (1 if size[i] > 20 else 0))
        n = 1 if nodes[i] >= 1 else 0
        m = (3 if liver[i] & extra[i] else (1 if liver[i] else (2 if extra[i] else 0)))
        out[0, i] = grade
        out[1, i] = t
        out[2, i] = n
        out[3, i] = m
        out[4, i] = 3 if m != 0 else (2 if (n == 1) | (t == 3) else (1 if t >= 1 else 0))


class ByHand:
    """A loop written by hand."""

    name = f"loop by hand (numba {numba.__version__}, this processor)"

    def __init__(self, table):
        self.columns = [table[name].to_numpy() for name in table.column_names]
        self.out = np.zeros((5, table.num_rows), dtype=np.uint8)
        self.run()

    def run(self):
        by_hand(*self.columns, self.out)
        return self.out

    def codes(self, answer):
        return list(answer.copy())


class Zen:
    """The decision graph of `bench/w1/peers/zen.json`, row by row."""

    name = "GoRules ZEN (Python), decision tables"
    rows = 20_000

    def __init__(self, table):
        text = (HERE / "w1/peers/zen.json").read_text()
        self.decision = zen.ZenEngine().create_decision(text)
        self.cases = []
        for row in table.slice(0, self.rows).to_pylist():
            row["differentiation"] = ("well", "poor")[row.pop("diff")]
            row["invasion"] = INVASION[row["invasion"]]
            for name in ("ki67", "mitoses", "size_mm"):
                # The decimal that was drawn, not its nearest binary fraction.
                row[name] = round(row[name], 1)
            self.cases.append(row)

    def run(self):
        return [self.decision.evaluate(case)["result"] for case in self.cases]

    def codes(self, answer):
        keys = ("grade", "t", "n", "m", "stage")
        lists = [[values.index(one[key]) for one in answer] for key, values in zip(keys, VALUES, strict=True)]
        return [np.array(codes, dtype=np.uint8) for codes in lists]


class Cql:
    """The guideline as netwijzer exports it, in the reference engine of CQL, row by row in one process of its own."""

    name = "cql-execution, netwijzer's own export"
    rows = 5_000

    def __init__(self, table, program, node):
        self.node = node
        self.folder = tempfile.mkdtemp(prefix="w1-cql-")
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
        (pathlib.Path(self.folder) / "cases.json").write_text(json.dumps(cases))

    def timed(self):
        """Processor time of the rows alone, as the process itself measures it."""
        elm = next(pathlib.Path(self.folder).glob("*.elm.json"))
        command = ["node", HERE / "batch.mjs", self.node, elm, pathlib.Path(self.folder) / "cases.json"]
        said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        return said["seconds"], said["answers"]

    def codes(self, answer):
        lists = [[values.index(row[i]) for row in answer] for i, values in enumerate(VALUES)]
        return [np.array(codes, dtype=np.uint8) for codes in lists]


def check(engine, answer, expected):
    for outcome, found, wanted in zip(OUTCOMES, engine.codes(answer), expected, strict=True):
        if not np.array_equal(found, wanted[: len(found)]):
            row = int(np.nonzero(found != wanted[: len(found)])[0][0])
            sys.exit(f"batch.py: {engine.name}: {outcome} of row {row} is {found[row]}, not {wanted[row]}")


def measured(engines, rounds):
    """Seconds for each row, medians of interleaved rounds."""
    times = {engine.name: [] for engine in engines}
    for _ in range(rounds):
        for engine in engines:
            if hasattr(engine, "timed"):
                seconds, _ = engine.timed()
            else:
                begun = time.process_time()
                answer = engine.run()
                seconds = time.process_time() - begun
                del answer
            times[engine.name].append(seconds / getattr(engine, "rows", None or engine_rows))
    return {name: statistics.median(list_) for name, list_ in times.items()}


engine_rows = 0


def child_seconds(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def parquet(program, table, rounds, expected):
    """Parquet to counts: the program, beside reading alone and beside the columnar libraries."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="w1-parquet-"))
    path = folder / "w1.parquet"
    pq.write_table(table, path, row_group_size=1 << 20)
    empty = folder / "empty.parquet"
    pq.write_table(table.slice(0, 0), empty)
    mapping = folder / "mapping.toml"
    lines = []
    for column in MAPPING["column"]:
        lines.append("[[column]]")
        for key, value in column.items():
            if isinstance(value, dict):
                inner = ", ".join(f'"{k}" = "{v}"' for k, v in value.items())
                lines.append(f"{key} = {{ {inner} }}")
            else:
                lines.append(f'{key} = "{value}"')
    mapping.write_text("\n".join(lines) + "\n")

    def ours(file):
        common = ["--mapping", mapping, "--guideline", HERE / "w1", "--threads", "1", "--format", "json"]
        return child_seconds([program, "batch", file, "--count", *common])

    _, said = ours(path)
    counts = {(c["conclusion"], c["value"]): c["rows"] for c in map(json.loads, said.splitlines())}
    for outcome, values, wanted in zip(OUTCOMES, VALUES, expected, strict=True):
        for code, value in enumerate(values):
            if counts.get((outcome, value), 0) != int((wanted == code).sum()):
                sys.exit(f"batch.py: {outcome} {value}: {counts.get((outcome, value), 0)} rows counted")

    def by_polars():
        frame = pl.read_parquet(path)
        answer = frame.select(Polars(table.slice(0, 1)).first).with_columns(Polars(table.slice(0, 1)).stage)
        return [answer[name].value_counts() for name in answer.columns]

    def by_duckdb():
        database = duckdb.connect(config={"threads": 1})
        sql = SQL.replace("from rows", f"from '{path}'")
        sets = "grouping sets ((grade), (t), (n), (m), (stage))"
        return database.execute(f"select grade, t, n, m, stage, count(*) from ({sql}) group by {sets}").fetchall()

    steps = {
        "netwijzer, the program": lambda: ours(path)[0] - ours(empty)[0],
        "reading alone, pyarrow": lambda: pq.read_table(path, use_threads=False),
        "reading alone, polars": lambda: pl.read_parquet(path),
        "polars, expressions by hand": by_polars,
        "DuckDB, SQL by hand": by_duckdb,
    }
    times = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            begun = time.process_time()
            result = step()
            took = time.process_time() - begun
            times[name].append(result if isinstance(result, float) else took)
            del result
    return {name: statistics.median(list_) for name, list_ in times.items()}


def main():
    global engine_rows
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--program", required=True, help="netwijzer, built with --release")
    parser.add_argument("--node", type=pathlib.Path, help="a folder with node_modules/cql-execution")
    parser.add_argument("--write", type=pathlib.Path, help="write the ratios between the markers of this document")
    arguments = parser.parse_args()
    engine_rows = arguments.rows

    columns = w1.draw(arguments.rows)
    expected = w1.classify(*columns)
    digest = hashlib.sha256(b"".join(column.tobytes() for column in expected)).hexdigest()[:16]
    if digest != w1.EXPECTED.get(arguments.rows, digest):
        sys.exit(f"batch.py: {arguments.rows} rows hash to `{digest}`: this NumPy draws other cases")
    table = table_of(columns)
    engines = [Netwijzer(table), NetwijzerSets(table), Polars(table), DuckDb(table), ByHand(table), Zen(table)]
    if arguments.node:
        engines.append(Cql(table, arguments.program, arguments.node))
    for engine in engines:
        answer = engine.timed()[1] if hasattr(engine, "timed") else engine.run()
        check(engine, answer, expected)
    print(f"{len(engines)} engines agree on {arguments.rows} rows")

    base = measured(engines, arguments.rounds)
    with_gaps = table_of(columns, NULLS)
    holes = [Netwijzer(with_gaps), NetwijzerSets(with_gaps), Polars(with_gaps)]
    gaps = measured(holes, arguments.rounds)
    ours = base[Netwijzer.name]
    lines = [
        f"Rows: {arguments.rows} of the NumPy generator, outcomes SHA-256 `{digest}`; one core, processor time,"
        f" medians of {arguments.rounds} interleaved rounds. Every engine gave the same five outcomes for every row.",
        "Times are multiples of **netwijzer, value**; larger is slower.",
        "",
        f"| In memory | Complete rows | {NULLS:.0%} of each column missing | What it says when something is missing |",
        "|---|---:|---:|---|",
    ]
    for engine in engines:
        missing = f"{gaps[engine.name] / ours:.2g}" if engine.name in gaps else "–"
        says = "exactly what is possible" if engine.name.startswith("netwijzer") else "one outcome, as if it were known"
        lines.append(f"| {engine.name} | {base[engine.name] / ours:.3g} | {missing} | {says} |")
    files = parquet(arguments.program, table, max(3, arguments.rounds // 2), expected)
    first = files["netwijzer, the program"]
    lines += ["", "| Parquet to counts | Time |", "|---|---:|"]
    lines += [f"| {name} | {seconds / first:.2f} |" for name, seconds in files.items()]
    text = "\n".join(lines) + "\n"
    print(f"netwijzer: {1e-6 / ours:.0f} million rows a second in memory; the program: {arguments.rows / first / 1e6:.0f}")
    if arguments.write:
        document = arguments.write.read_text()
        begin, end = "<!-- bench:w1-batch -->", "<!-- /bench:w1-batch -->"
        before, rest = document.split(begin, 1)
        _, after = rest.split(end, 1)
        arguments.write.write_text(f"{before}{begin}\n{text}{end}{after}")
    print(text)


if __name__ == "__main__":
    main()
