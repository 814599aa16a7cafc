"""What the tests share: the program, and an invented registry."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[3]
ONLY = ["tumour.entity", "tumour.grade", "tnm.uicc8.*"]


class Program:
    """The command line, to compare with."""

    def __init__(self, path: str) -> None:
        self.path = path

    def run(self, *words: object, given: str | None = None) -> subprocess.CompletedProcess[str]:
        command = [self.path, *map(str, words)]
        environment = {**os.environ, "LANG": "C.UTF-8"}
        return subprocess.run(
            command, input=given, capture_output=True, text=True, encoding="utf-8", env=environment, check=False
        )

    def lines(self, *words: object, given: str | None = None) -> list[dict]:
        done = self.run(*words, "--format", "json", given=given)
        assert done.returncode in (0, 1), done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="session")
def program() -> Program:
    path = os.environ.get("NETWIJZER_PROGRAM", str(TOP / "target/debug/netwijzer"))
    assert Path(path).exists(), f"`{path}` is missing; run `cargo build -p netwijzer`, or `cargo xtask wheel`"
    return Program(path)


@pytest.fixture(scope="session")
def registry(program: Program, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Invented patients with the gaps and faults of a registry."""
    path = tmp_path_factory.mktemp("registry") / "cohort.parquet"
    done = program.run("synth", "-n", 1500, "--seed", 7, "--out", path)
    assert done.returncode == 0, done.stderr
    return path


@pytest.fixture(scope="session")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The guideline with grade 2 of the gut from Ki-67 5 % instead of 3 %, and its promises moved along."""
    folder = tmp_path_factory.mktemp("moved") / "knowledge"
    shutil.copytree(TOP / "knowledge", folder)
    chapter = folder / "guidelines/gep-net/15-grade.md"
    text = chapter.read_text(encoding="utf-8")
    start, end = text.index("### Table tumour.grade / digestive"), text.index("### Table tumour.grade / none")
    table = text[start:end].replace("< 3 %", "< 5 %").replace("[3..20] %", "[5..20] %")
    text = text[:start] + table + text[end:]
    promise = "grading.scheme = digestive and tumour.ki67 >= {} %"
    assert promise.format(3) in text
    chapter.write_text(text.replace(promise.format(3), promise.format(5)), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def batch(program: Program, registry: Path):
    """What `netwijzer batch` says of the registry."""
    import pyarrow.parquet

    out = registry.with_name("conclusions.parquet")
    done = program.run("batch", registry, "--out", out, "--only", ",".join(ONLY))
    assert done.returncode in (0, 1), done.stderr
    return pyarrow.parquet.read_table(out)
