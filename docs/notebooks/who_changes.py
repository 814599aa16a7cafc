# %% [markdown]
# # Who changes?
#
# A guideline gets a new edition. Before it is adopted: who of the registry must get another answer, who may, and which
# fact decides? The patients and the new edition are invented.

# %%
import shutil
import tempfile
from pathlib import Path

import polars as pl

import netwijzer

registry = pl.DataFrame(
    {
        "nr": ["a", "b", "c", "d", "e"],
        "primary.site": ["ileum"] * 5,
        "tumour.differentiation": ["well"] * 5,
        "tumour.ki67": ["4 %", "4 %", "10 %", None, "2-4 %"],
        "tumour.mitoses": ["1 /2mm2", None, "1 /2mm2", "1 /2mm2", "1 /2mm2"],
    }
)

# %% [markdown]
# ## Another edition
#
# A copy of the knowledge folder in which grade 2 of the gut begins at a Ki-67 of 5 % instead of 3 %. The promise that a
# tumour with 3 % is never grade 1 moves along; left as it was, `netwijzer.check` would show whom it no longer holds for,
# and the folder would rule on nobody.

# %%
top = Path(globals().get("__file__", "docs/notebooks/who_changes.py")).resolve().parents[2]
other = Path(tempfile.mkdtemp()) / "knowledge"
shutil.copytree(top / "knowledge", other)
chapter = other / "guidelines/gep-net/15-grade.md"
text = chapter.read_text(encoding="utf-8")
start, end = text.index("### Table tumour.grade / digestive"), text.index("### Table tumour.grade / none")
table = text[start:end].replace("< 3 %", "< 5 %").replace("[3..20] %", "[5..20] %")
text = text[:start] + table + text[end:]
text = text.replace("scheme = digestive and tumour.ki67 >= 3 %", "scheme = digestive and tumour.ki67 >= 5 %")
chapter.write_text(text, encoding="utf-8")

# %% [markdown]
# ## Must, may, cannot
#
# Each row is completed in every way that it allows, and each completion is judged under both guidelines. So an unknown
# number of mitoses does not make somebody change; it only leaves open whether they do.

# %%
changes = netwijzer.impact("shipped", other, registry, only="tumour.grade", record="nr")
print(f"{changes.judged} rows: {changes.must} must change, {changes.may} may")
for side in ("from", "to"):
    edition = changes.report[side]
    print(side, edition["edition"], edition["digest"], f"{edition['unconfirmedRows']} rows unconfirmed")
print(changes.report["notice"])

assert (changes.must, changes.may) == (1, 3)

# %% [markdown]
# ## Which rows, and what decides
#
# A line for each row and conclusion that must or may change, for any library that reads Arrow. Lists name records: keep
# them where the registry is kept.

# %%
lines = pl.DataFrame(changes)
print(lines.select("nr", "fate", "from", "to", "deciding"))

assert lines.filter(pl.col("fate") == "must")["nr"].to_list() == ["a"]
assert lines.filter(pl.col("nr") == "b")["deciding"].to_list() == ["tumour.mitoses"]

# %% [markdown]
# ## For the meeting that decides about it
#
# The same in one HTML file that needs nothing beside it, in Dutch or English, without a text of any patient.

# %%
page = other.with_name("impact.html")
page.write_text(changes.html("nl"), encoding="utf-8")
print(page.name, page.stat().st_size, "bytes")
shutil.rmtree(other.parent)
