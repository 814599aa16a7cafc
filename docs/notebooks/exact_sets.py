# %% [markdown]
# # Exact sets
#
# A fact that is missing, or known within bounds, leaves several answers possible. netwijzer gives exactly those: no value
# too many, none too few. The patients are invented.

# %%
import netwijzer

print(netwijzer.about()["edition"], "-", netwijzer.about()["disclaimer"])


def grade(**more):
    facts = {"primary.site": "ileum", "tumour.differentiation": "well", **more}
    return netwijzer.assess(facts, only="tumour.grade")["conclusions"][0]


# %% [markdown]
# ## From nothing to one answer
#
# Each fact takes values away and never brings one back.

# %%
sets = [
    grade()["possible"],
    grade(**{"tumour.ki67": "<15 %"})["possible"],
    grade(**{"tumour.ki67": "3-15 %"})["possible"],
    grade(**{"tumour.ki67": "3-15 %", "tumour.mitoses": "4 /2mm2"})["possible"],
]
for possible in sets:
    print(possible)

for wider, narrower in zip(sets, sets[1:]):
    assert set(narrower) <= set(wider)
assert sets[-1] == ["G2"]

# %% [markdown]
# ## The set is right: try all completions
#
# What is said about an unknown number of mitoses is the union of what is said about each number.

# %%
unknown = set(grade(**{"tumour.ki67": "2 %"})["possible"])
each = {grade(**{"tumour.ki67": "2 %", "tumour.mitoses": f"{n} /2mm2"})["value"] for n in range(40)}
print(unknown, each)
assert unknown == each

# %% [markdown]
# ## What would settle it, and what stands in the way
#
# `settle` lists the smallest sets of facts that decide whatever their values; `explain` gives an example of each value
# that is still possible.

# %%
open_ = grade(**{"tumour.ki67": "2 %"})
print("settled by:", open_["settle"])
for example in netwijzer.explain(
    {"primary.site": "ileum", "tumour.differentiation": "well", "tumour.ki67": "2 %"}, "tumour.grade"
)["examples"]:
    print(example["value"], "when", example["facts"])

# %% [markdown]
# ## Why
#
# A concluded value names the row of the guideline, the facts and the sources, and whether a clinician confirmed it.

# %%
certain = grade(**{"tumour.ki67": "4 %", "tumour.mitoses": "1 /2mm2"})
for because in certain["because"]:
    print(because["table"], because["row"], because["sources"], "confirmed" if because["confirmed"] else "unconfirmed")
assert certain["value"] == "G2" and certain["because"]
