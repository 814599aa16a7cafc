"""Measures what building each engine costs: processor seconds from nothing, and how many crates.

Each package is built alone in its own empty target folder from the committed lock
file, so nothing is shared between them. Processor time, because wall time tells
more about the neighbours than about the crate.

Usage: python build_times.py [--count] [package ...]

With --count nothing is built: only the crates are counted, and the report says
that the time was not measured.
"""

import csv
import pathlib
import resource
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
PACKAGES = ["nw-engine", "datalogic-rs", "cel", "zen-engine", "dsntk-model-evaluator"]
OUT = HERE / "target" / "w1" / "build-times.csv"


def processor_seconds():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measure(package):
    with tempfile.TemporaryDirectory() as folder:
        command = ["cargo", "build", "--release", "--locked", "-p", package, "--target-dir", folder]
        subprocess.run(["cargo", "fetch", "--locked"], cwd=HERE, check=True, capture_output=True)
        begin = processor_seconds()
        result = subprocess.run(command, cwd=HERE, capture_output=True, text=True)
        seconds = processor_seconds() - begin
    if result.returncode != 0:
        sys.exit(f"building `{package}` failed:\n{result.stderr}")
    return f"{seconds:.1f}"


def count(package):
    """How many crates building the package compiles, itself included."""
    command = ["cargo", "tree", "--locked", "-p", package, "--edges", "normal,build", "--prefix", "none"]
    tree = subprocess.run(command, cwd=HERE, check=True, capture_output=True, text=True).stdout
    return len({line.removesuffix(" (*)") for line in tree.splitlines() if line})


def main():
    rows = {}
    if OUT.exists():
        with OUT.open(newline="", encoding="utf-8") as file:
            rows = {row["package"]: row for row in csv.DictReader(file)}
    OUT.parent.mkdir(parents=True, exist_ok=True)
    arguments = sys.argv[1:]
    only_count = "--count" in arguments
    for package in [argument for argument in arguments if argument != "--count"] or PACKAGES:
        seconds = "" if only_count else measure(package)
        crates = count(package)
        print(f"{package}: {seconds or 'not measured'} CPU s, {crates} crates", flush=True)
        rows[package] = {"package": package, "seconds": seconds, "crates": crates}
        # After every package, so that an interrupted run keeps what it has.
        with OUT.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, ["package", "seconds", "crates"], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows.values())


if __name__ == "__main__":
    main()
