"""A real standalone cluster on loopback: a master and two workers, one of which is killed while it works."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pyarrow
import pyarrow.compute
import pyarrow.parquet
import pyspark
import pytest

import netwijzer

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[2]
ONLY = ["tumour.entity", "tumour.grade", "tnm.uicc8.stage"]
ROWS = 3000
PARTS = 12


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Cluster:
    """Master and workers as processes of their own, each with the group of processes that it starts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = Path(pyspark.__file__).parent
        self.port = free_port()
        self.address = f"spark://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "SPARK_HOME": str(self.home),
            "SPARK_LOCAL_IP": "127.0.0.1",
            "PYSPARK_PYTHON": sys.executable,
            "PYSPARK_DRIVER_PYTHON": sys.executable,
            "SPARK_DAEMON_MEMORY": "512m",
            "SPARK_NO_DAEMONIZE": "1",
        }
        self.master = self.start("master", "master.Master", "--port", str(self.port), "--webui-port", str(free_port()))
        self.logged("master", "I have been elected leader", self.master)
        self.workers: list[subprocess.Popen[bytes]] = []
        for number in (1, 2):
            self.add_worker(str(number))

    def add_worker(self, name: str) -> None:
        work = self.folder / f"work-{name}"
        words = ["--cores", "1", "--memory", "1200m", "--work-dir", str(work), "--webui-port", str(free_port())]
        self.workers.append(self.start(f"worker-{name}", "worker.Worker", *words, self.address))
        self.logged(f"worker-{name}", "Successfully registered with master", self.workers[-1])

    def start(self, name: str, kind: str, *words: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{name}.log").open("wb")
        command = [str(self.home / "bin/spark-class"), f"org.apache.spark.deploy.{kind}", "--host", "127.0.0.1", *words]
        return subprocess.Popen(command, stdout=log, stderr=log, env=self.environment, start_new_session=True)

    def logged(self, name: str, text: str, process: subprocess.Popen[bytes]) -> None:
        path = self.folder / f"{name}.log"
        for _ in range(600):
            if text in path.read_text(errors="replace"):
                return
            assert process.poll() is None, path.read_text(errors="replace")[-3000:]
            time.sleep(0.2)
        raise AssertionError(f"{name} does not start: {path.read_text(errors='replace')[-3000:]}")

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """The process and everything that it started: its executors and their Pythons."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()

    def stop(self) -> None:
        for process in [*self.workers, self.master]:
            self.kill(process)

    def submit(self, *words: object, **settings: str) -> subprocess.Popen[str]:
        command = [str(self.home / "bin/spark-submit"), "--master", self.address, "--driver-memory", "768m"]
        conf = {
            "spark.executor.memory": "768m",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.ui.enabled": "false",
            "spark.sql.files.maxPartitionBytes": "64m",
            **{key.replace("_", "."): value for key, value in settings.items()},
        }
        for key, value in conf.items():
            command += ["--conf", f"{key}={value}"]
        command += [str(HERE / "classify.py"), *map(str, words)]
        return subprocess.Popen(
            command, env=self.environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
        )


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    started = Cluster(tmp_path_factory.mktemp("cluster"))
    yield started
    started.stop()


@pytest.fixture(scope="module")
def registry(tmp_path_factory) -> Path:
    program = os.environ.get("NETWIJZER_PROGRAM", str(TOP / "target/debug/netwijzer"))
    path = tmp_path_factory.mktemp("registry") / "cohort.parquet"
    subprocess.run([program, "synth", "-n", str(ROWS), "--seed", "11", "--out", str(path)], check=True)
    # Some rows that nobody can read.
    table = pyarrow.parquet.read_table(path)
    at = table.column_names.index("tumour.ki67")
    spoilt = ["plenty" if row % 997 == 5 else value for row, value in enumerate(table["tumour.ki67"].cast("string").to_pylist())]
    table = table.set_column(at, "tumour.ki67", pyarrow.array(spoilt, pyarrow.string()))
    pyarrow.parquet.write_table(table, path)
    return path


@pytest.fixture(scope="module")
def local(registry):
    """What one machine says: answers by record, and reasons of rejects by record."""
    table = pyarrow.parquet.read_table(registry)
    conclusions = netwijzer.assess_batch(table, only=ONLY)
    answers = pyarrow.table(conclusions).drop(["row"])
    records = table["case"].to_pylist()
    reasons: dict[object, str] = {}
    for reject in conclusions.rejects:
        reason = f"{reject['column']}: {reject['message']} ({reject['expected']})"
        record = records[reject["row"] - 1]
        reasons[record] = f"{reasons[record]}; {reason}" if record in reasons else reason
    assert len(reasons) >= ROWS // 997
    return answers, reasons


def same(out: Path, local) -> None:
    answers, reasons = local
    given = pyarrow.parquet.read_table(out)
    assert given.num_rows == ROWS
    bad = {row["case"]: row for row in given.filter(pyarrow.compute.is_valid(given["netwijzer:reject"])).to_pylist()}
    assert {record: row["netwijzer:reject"] for record, row in bad.items()} == reasons
    for row in bad.values():
        assert all(value is None for name, value in row.items() if name.endswith((":status", ":possible")))
    good = given.filter(pyarrow.compute.is_null(given["netwijzer:reject"])).drop(["netwijzer:reject"])
    assert good.column_names == answers.column_names
    for name in answers.column_names:
        assert good.sort_by("case")[name].to_pylist() == answers.sort_by("case")[name].to_pylist(), name


def ended(job: subprocess.Popen[str]) -> tuple[str, str]:
    out, err = job.communicate(timeout=500)
    # What Python says of an error comes out where its output does.
    assert job.returncode == 0, out[-3000:] + err[-2000:]
    return out, err


def test_the_cluster_says_what_one_machine_says(cluster, registry, local, tmp_path):
    out = tmp_path / "conclusions.parquet"
    told, _ = ended(cluster.submit(registry, out, "--only", ",".join(ONLY), "--partitions", PARTS))
    assert f"{ROWS} rows, {len(local[1])} of them could not be read" in told
    same(out, local)
    # Both workers had a part in it.
    assert all(list((cluster.folder / f"work-{n}").glob("app-*/*/stdout")) for n in (1, 2))


def test_a_mapping_that_does_not_fit_is_told_before_any_task(cluster, registry, tmp_path):
    job = cluster.submit(registry, tmp_path / "none.parquet", "--only", "tumour.grad")
    out, err = job.communicate(timeout=500)
    assert job.returncode != 0
    assert "`tumour.grad` is not a conclusion; did you mean `tumour.grade`?" in out
    assert "mapInArrow" not in err
    assert not (tmp_path / "none.parquet").exists()


def test_a_worker_that_is_killed_loses_nothing(cluster, registry, local, tmp_path):
    out = tmp_path / "conclusions.parquet"
    job = cluster.submit(
        registry, out, "--only", ",".join(ONLY), "--partitions", PARTS, spark_log_level="INFO"
    )
    assert job.stderr is not None
    told: list[str] = []
    finished = 0
    killed = again = False
    for line in job.stderr:
        told.append(line)
        # Of the stage that answers; some parts are done, most are not, and each worker has one in hand.
        if re.search(rf"Finished task .*\(\d+/{PARTS}\)", line):
            finished += 1
        if finished == 2 and not killed:
            cluster.kill(cluster.workers[0])
            killed = True
        # The second attempt at a task.
        again |= killed and re.search(r"Starting task \d+\.[1-9]", line) is not None
    job.wait(timeout=500)
    log = "".join(told)
    assert job.stdout is not None
    assert job.returncode == 0, job.stdout.read()[-3000:] + log[-2000:]
    assert killed, "the worker was not killed: no task of the job was seen to finish"
    assert "worker lost" in log and again, "the worker that was killed had no task in hand:\n" + log[-8000:]
    same(out, local)
    cluster.add_worker("3")
