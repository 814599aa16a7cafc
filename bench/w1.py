"""Writes the cases of workload W1 and their reference outcomes.

One CSV per size under the target folder of this crate, with the eight input
columns and the five output codes. Numbers that carry decimals are written with
the one decimal they were drawn with, so that every engine reads the same exact
value and not the nearest binary fraction.

The SHA-256 prefix over the five output columns is checked against the published
one before the file is put in place: a different NumPy that drew other cases
would otherwise go unnoticed.

Usage: python w1.py [--rows 10000 100000] [--out target/w1]
"""

import argparse
import hashlib
import pathlib
import sys

import numpy as np

SEED = 20261121
# First 16 hex digits of the SHA-256 over grade, T, N, M and stage as u8 columns.
EXPECTED = {
    10**4: "2d828d39023f9b3c",
    10**5: "7529db651dca271e",
    10**6: "9da54343698f2708",
    10**7: "bf96c76727569ff5",
}
HEADER = "ki67,mitoses,diff,size_mm,invasion,nodes_pos,met_liver,met_extra,grade,t,n,m,stage"


def draw(n):
    """Draws the eight columns in the order that fixes the random stream."""
    r = np.random.default_rng(SEED)

    def with_boundaries(values, boundaries):
        b = r.random(n)
        v = r.choice(boundaries, n)
        return np.where(b < 0.10, v, values).astype(np.float32)

    ki67 = np.minimum(np.round(np.exp(r.normal(1.3, 1.2, n)), 1), 100)
    ki67 = with_boundaries(ki67, [2.0, 2.9, 3.0, 3.1, 19.9, 20.0, 20.1])
    mitoses = np.minimum(np.round(np.exp(r.normal(0.3, 1.2, n)), 0), 100)
    mitoses = with_boundaries(mitoses, [1.9, 2.0, 2.1, 19.9, 20.0, 20.1])
    poor = r.random(n) < 0.08
    size = np.minimum(np.maximum(np.round(np.exp(r.normal(3.1, 0.7, n)), 0), 1), 200)
    size = with_boundaries(size, [19.9, 20.0, 20.1, 39.9, 40.0, 40.1])
    invasion = r.choice(5, n, p=[0.70, 0.08, 0.06, 0.10, 0.06])
    nodes = np.where(r.random(n) < 0.6, 0, r.integers(1, 16, n))
    liver = r.random(n) < 0.22
    extra = r.random(n) < 0.08
    return ki67, mitoses, poor, size, invasion, nodes, liver, extra


def tenths(column):
    """A float32 column as integers of one tenth; all drawn values have at most one decimal."""
    scaled = np.round(column.astype(np.float64) * 10).astype(np.int64)
    assert np.array_equal((scaled / 10).astype(np.float32), column), "a value has more than one decimal"
    return scaled


def classify(ki67, mitoses, poor, size, invasion, nodes, liver, extra):
    """The five outcomes as u8 codes, on tenths, first hit."""
    ki67, mitoses, size = tenths(ki67), tenths(mitoses), tenths(size)
    grade = np.select([poor, (ki67 > 200) | (mitoses > 200), (ki67 >= 30) | (mitoses >= 20)], [3, 2, 1], 0)
    t = np.select([invasion >= 3, (invasion >= 1) | (size > 400), size > 200], [3, 2, 1], 0)
    n = (nodes >= 1).astype(int)
    m = np.select([liver & extra, liver, extra], [3, 1, 2], 0)
    stage = np.select([m > 0, (n == 1) | (t == 3), t >= 1], [3, 2, 1], 0)
    return [column.astype(np.uint8) for column in (grade, t, n, m, stage)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[10**4, 10**5])
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent / "target" / "w1")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    for rows in arguments.rows:
        columns = draw(rows)
        outcomes = classify(*columns)
        digest = hashlib.sha256(b"".join(column.tobytes() for column in outcomes)).hexdigest()[:16]
        expected = EXPECTED.get(rows)
        if expected is not None and digest != expected:
            sys.exit(f"w1.py: {rows} rows hash to `{digest}`, expected `{expected}`: this NumPy ({np.__version__}) draws other cases")
        ki67, mitoses, poor, size, *rest = columns
        table = np.column_stack([tenths(ki67), tenths(mitoses), poor, tenths(size), *rest, *outcomes]).astype(np.int64)
        path = arguments.out / f"w1-{rows}.csv"
        partial = path.with_suffix(".partial")
        with partial.open("w", encoding="ascii") as file:
            file.write(HEADER + "\n")
            for row in table.tolist():
                cells = [f"{v // 10}.{v % 10}" if i in (0, 1, 3) else str(v) for i, v in enumerate(row)]
                file.write(",".join(cells) + "\n")
        partial.replace(path)
        print(f"{path.name}: {rows} rows, sha256 {digest}{'' if expected else ' (no published value for this size)'}")


if __name__ == "__main__":
    main()
