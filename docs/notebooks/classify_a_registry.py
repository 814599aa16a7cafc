# %% [markdown]
# # Classify a registry
#
# A registry has its own columns and codes. A mapping says what they mean; then every row gets its conclusions, and every
# row that cannot be read gets a reason. The patients are invented.
#
# This is a notebook in the percent format: it opens as one in Jupyter (with jupytext), VS Code and PyCharm.
# `cargo xtask wheel` runs it from top to bottom.

# %%
import polars as pl

import netwijzer

registry = pl.DataFrame(
    {
        "nr": [1, 2, 3, 4, 5, 6],
        "site": ["C17.2", "C17.2", "C25.1", "C25.0", "C20.9", "C16.2"],
        "morphology": ["8240/3", "8249/3", "8240/3", "8013/3", "8240/3", "8240/3"],
        "ki67": ["1", "4", "25", "80", "999", "two"],
        "mitoses": [1, 0, 3, None, None, 1],
        "year": [2021, 2021, 2022, 2022, 2023, 2023],
    }
)

# %% [markdown]
# ## The mapping
#
# The same as the file for `netwijzer batch`, here as a dictionary. `netwijzer batch --suggest-mapping` writes a first one.

# %%
mapping = {
    "keep": ["nr", "year"],
    "column": [
        {"from": "site", "fact": "primary.site", "codes": "icd-o"},
        {
            "from": "morphology",
            "fact": "tumour.differentiation",
            "values": {"8240/3": "well", "8249/3": "well", "8013/3": "poor"},
        },
        {"from": "ki67", "fact": "tumour.ki67", "missing": ["999"]},
        # A bare number of mitoses says nothing of the area in which they were counted; here the registry says it.
        {"from": "mitoses", "fact": "tumour.mitoses", "unit": "/2mm2"},
    ],
}

conclusions = netwijzer.assess_batch(registry, mapping, only="tumour.grade")
print(f"{conclusions.answered} of {conclusions.rows} rows; guideline {conclusions.about['edition']}")
print(conclusions.about["unconfirmed"])
print(conclusions.about["notice"])

# %% [markdown]
# ## What could not be read
#
# Nothing is guessed: `two` is no Ki-67. The row is not in the answer, and the reason is here.

# %%
for reject in conclusions.rejects:
    print(reject["row"], reject["column"], reject["text"], "-", reject["message"])

assert [reject["row"] for reject in conclusions.rejects] == [6]

# %% [markdown]
# ## The answers, in polars
#
# Any library that reads Arrow takes them: `pl.DataFrame`, `pyarrow.table`, `pandas.DataFrame.from_arrow`, DuckDB.
# Beside each value stand its status, the exact set of values that remain possible, and the rows that decide.

# %%
answers = pl.DataFrame(conclusions)
print(answers.select("nr", "tumour.grade", "tumour.grade:status", "tumour.grade:possible", "tumour.grade:because"))

assert answers["tumour.grade"].to_list()[:3] == ["G1", "G2", "G3"]

# %% [markdown]
# ## Counting, in DuckDB

# %%
import duckdb

counted = duckdb.sql(
    'select year, "tumour.grade:status" as status, count(*) as patients from answers group by all order by all'
)
print(counted)
