"""A registry through the guideline on a Spark cluster: Parquet in, Parquet out.

    spark-submit --master spark://HOST:7077 classify.py registry.parquet conclusions.parquet \
        --mapping registry.toml --only tumour.grade,tnm.uicc8.*

Every row comes out: with conclusions, or with the reason why it cannot be read in the column `netwijzer:reject`.
The package `netwijzer` and pyarrow must be on every node. See docs/spark.md.
"""

import argparse

from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from netwijzer.spark import REJECT, assess_frame


def main() -> None:
    words = argparse.ArgumentParser(description="Draw conclusions about every row of a registry, on a cluster.")
    words.add_argument("input", help="Parquet that every node can read")
    words.add_argument("output", help="Parquet to write; must not exist yet")
    words.add_argument("--mapping", help="how columns speak of facts; without it, columns named after facts do")
    words.add_argument("--only", default="", help="these conclusions, with commas; `tnm.*` for all that start so")
    words.add_argument("--as-of", help="the day of assessment")
    words.add_argument("--partitions", type=int, help="into how many tasks to cut the rows; see docs/spark.md")
    words.add_argument("--guideline", help="a knowledge folder, the same on every node")
    asked = words.parse_args()

    spark = SparkSession.builder.appName("netwijzer").getOrCreate()
    try:
        rows = spark.read.parquet(asked.input)
        if asked.partitions:
            rows = rows.repartition(asked.partitions)
        conclusions = assess_frame(
            rows,
            asked.mapping,
            [name for name in asked.only.split(",") if name],
            as_of=asked.as_of,
            guideline=asked.guideline,
        )
        conclusions.write.parquet(asked.output)
        done = spark.read.parquet(asked.output)
        rejected = done.where(F.col(f"`{REJECT}`").isNotNull()).count()
        print(f"{done.count()} rows, {rejected} of them could not be read; conclusions in {asked.output}")
    finally:
        spark.stop()


if __name__ == "__main__":
    main()
