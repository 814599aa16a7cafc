# %% [markdown]
# # Missing data
#
# Unknown, not done, and not filled in are different things, and none of them is a "no". What a practice assumes all the
# same stands beside the exact answer, under its name. The patients are invented.

# %%
import pyarrow as pa

import netwijzer

print(netwijzer.about()["edition"], "-", netwijzer.about()["disclaimer"])

registry = pa.table(
    {
        "record": ["a", "b", "c", "d"],
        "primary.site": ["ileum"] * 4,
        "tumour.differentiation": ["well"] * 4,
        "tumour.ki67": ["4 %", "4 %", None, "unknown"],
        "tumour.mitoses": ["1 /2mm2", None, "1 /2mm2", "1 /2mm2"],
    }
)

# %% [markdown]
# ## How much is decided, how much is open
#
# A row with a gap is not thrown away and not filled in: its set says what is still possible.

# %%
answers = pa.table(netwijzer.assess_batch(registry, only="tumour.grade"))
for row in answers.to_pylist():
    print(row["record"], row["tumour.grade:status"], row["tumour.grade:possible"])

status = answers["tumour.grade:status"].to_pylist()
assert status[0] == "concluded" and status[1] == "undetermined"

# %% [markdown]
# ## Bounds on a count
#
# Patients with G2: at least those that are certain, at most those where it is possible. No imputation is needed to know
# between what the figure lies.

# %%
possible = [set(each.split("|")) for each in answers["tumour.grade:possible"].to_pylist()]
at_least = sum(each == {"G2"} for each in possible)
at_most = sum("G2" in each for each in possible)
print(f"G2: between {at_least} and {at_most} of {len(possible)}")
assert at_least <= at_most

# %% [markdown]
# ## What practice assumes
#
# Where practice decides on less than logic needs, the conventional value and the convention's name stand beside the set.
# They can be switched off, and never change the set.

# %%
for row in answers.to_pylist():
    if row["tumour.grade:convention"]:
        print(row["record"], row["tumour.grade:conventional"], "by", row["tumour.grade:convention"])

without = pa.table(netwijzer.assess_batch(registry, only="tumour.grade", no_conventions=True))
assert set(without["tumour.grade:convention"].to_pylist()) == {None}
assert without["tumour.grade:possible"] == answers["tumour.grade:possible"]

# %% [markdown]
# ## Which question is worth asking
#
# For one patient: the questions in order, whom to ask, and what an answer settles.

# %%
asked = netwijzer.ask({"primary.site": "ileum", "tumour.ki67": "4 %"}, only=["tumour.grade", "tnm.uicc8.*"])
for question in asked["questions"][:3]:
    print(question["question"]["en"], f"({question['holder']}) settles {question['settles']}, helps {question['helps']}")
assert asked["questions"]
