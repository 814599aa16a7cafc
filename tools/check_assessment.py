#!/usr/bin/env python3
"""Verifies assessments of netwijzer by an own logic: tables and answers in, disagreements out.

    netwijzer export tables > tables.json
    netwijzer assess cases --format json --all | tools/check_assessment.py tables.json

The set of possible values is worked out anew: what is open is split until, for each value, a patient is found or none
is left, under integrity rules and agreements. A row given as reason must decide in every patient that the record
allows (of several, each in some, together in all), be published with these sources and words, and name what the record
says of each fact it asks. What it cannot verify is counted and printed. From docs/exports.md; Python 3.11 alone.
"""
import json
import sys
from collections import Counter
from fractions import Fraction
from functools import cache
from itertools import chain
from math import inf

NA = "not-applicable"
BUDGET = 20_000  # most splits for one set
BESIDE = ("contradictions", "questions", "due", "convention", "settle", "sufficient")  # not worked out anew


class TooLarge(Exception):
    """More splits than the budget allows; with the outcomes found until then."""


def numbers(ranges):
    """Ranges as ((low, open), (high, closed)) with fractions, so that ends compare as they should."""
    end = lambda text, far, edge: (far, 0) if text is None else (Fraction(text), edge)
    return [(end(r["low"], -inf, not r["lowIn"]), end(r["high"], inf, r["highIn"] - 1)) for r in ranges]


def both(some, others):
    return [m for a in some for b in others if (m := (max(a[0], b[0]), min(a[1], b[1])))[0] <= m[1]]


class Guideline:
    """The published tables; a test is (kind, position, mask)."""
    def __init__(self, page):
        assert page["format"] == "netwijzer-tables/1", "these are not the tables of netwijzer"
        self.digest, self.derivations, self.agreements = page["guideline"]["digest"], page["derivations"], []
        self.facts = {fact["id"]: fact for fact in page["facts"]}
        self.presumed = {fact["id"]: fact["presumed"] for fact in page["facts"] if fact["presumed"]}
        self.unless = {fact["id"]: [(u["fact"], u["value"]) for u in fact["unless"]] for fact in page["facts"]}
        used = [fact for fact in page["facts"] if fact["cells"] is not None]
        self.position = {fact["id"]: at for at, fact in enumerate(used)}
        self.cells = [[c["value"] if "value" in c else numbers([c]) for c in fact["cells"]] for fact in used]
        self.full = [(1 << len(cells)) - 1 for cells in self.cells]
        self.number = {c["id"]: at for at, c in enumerate(page["conclusions"])}
        self.values = [[v["id"] for v in c["values"]] + [NA] for c in page["conclusions"]]
        self.collect = [c["collect"] for c in page["conclusions"]]
        # Ways to a value: the rows, and to be outside every table.
        self.tables, self.ways, self.rows = [[] for _ in self.values], [[] for _ in self.values], {}
        for table in page["tables"]:
            c, rows, domain = self.number[table["conclusion"]], [], self.logic(table["domain"])
            for row in table["rows"]:
                tests = [self.test(*cell) for cell in zip(table["columns"], row["cells"]) if cell[1] is not None]
                earlier = [("not", above) for above, _ in rows] if table["kind"] == "first" else []
                decides = ("all", [domain, ("all", tests), *earlier])
                rows.append((("all", tests), output := 1 << self.values[c].index(row["output"])))
                self.ways[c].append((decides, output, f"{table['id']}#{row['id']}"))
                self.rows[table["id"], row["id"]] = (c, decides, self.facts_of(("all", [domain, *tests]), False), row)
            self.tables[c].append((table["kind"], domain, rows))
        for at, c in enumerate(page["conclusions"]):
            outside = ("not", ("any", [domain for _, domain, _ in self.tables[at]]))
            self.ways[at].append((outside, 1 << len(c["values"]), None))
            self.rows[c["id"], None] = (at, outside, set(), {"output": NA, "sources": [], "sentence": c["outside"]})
        self.rules = [self.logic(rule["never"]) for rule in page["rules"]]
        for a in (a for a in page["agreements"] if a["reported"] in self.position):
            at, when, values = self.position[a["reported"]], self.logic(a["when"]), self.facts[a["reported"]]["values"]
            differs = [("not", self.test(a, a["agrees"][value])) for value in values]
            clashes = [("all", [when, ("fact", at, 1 << i), other]) for i, other in enumerate(differs)]
            self.agreements.append((at, ("any", clashes)))

    def test(self, subject, accepted):
        if "fact" in subject:
            return ("fact", self.position[subject["fact"]], sum(1 << i for i in accepted))
        values = self.values[c := self.number[subject["conclusion"]]]
        return ("conclusion", c, sum(1 << values.index(v) for v in accepted))

    def logic(self, page):
        word = next(iter(page))
        if word in ("all", "any"):
            return (word, [self.logic(part) for part in page[word]])
        return ("not", self.logic(page["not"])) if word == "not" else self.test(page, list(page.values())[1])

    @cache
    def items(self, c):
        """For each value that is collected, the condition under which it holds."""
        bits = (1 << i for i in range(len(self.values[c]) - 1))
        return [("any", [decides for decides, output, _ in self.ways[c] if output == bit]) for bit in bits]

    @cache
    def support(self, c):
        """Facts that the tables of a conclusion read, directly or through others."""
        return frozenset().union(*(self.facts_of(decides) for decides, _, _ in self.ways[c]))

    def facts_of(self, logic, chained=True):
        """Facts that a condition tests, also through the conclusions it reads."""
        kind, what = logic[0], logic[1]
        if kind in ("fact", "conclusion"):
            return {what} if kind == "fact" else self.support(what) if chained else set()
        return set().union(*(self.facts_of(part, chained) for part in ([what] if kind == "not" else what)))


class View:
    """What holds of all patients whose facts lie in these masks: True, False, or open as (test, how it should turn)."""
    def __init__(self, guideline, masks, known=None):
        self.g, self.masks, self.known = guideline, masks, known or {}

    def narrower(self, fact, part):
        """With fewer cells of one fact; what was decided, or does not read the fact, stays as it was."""
        kept = {c: now for c, now in self.known.items() if now[0] == now[1] or fact not in self.g.support(c)}
        return View(self.g, [*self.masks[:fact], part, *self.masks[fact + 1:]], kept)

    def flip(self, now):
        return not now if isinstance(now, bool) else (now[0], not now[1])

    def split(self, open_test):
        """A fact and the cells that lead where the open test should turn."""
        (kind, what, mask), wanted = open_test
        if kind == "fact":
            return what, mask if wanted else self.masks[what] & ~mask
        away = self.g.collect[what] and not wanted
        onward = self.toward(what, mask if wanted or away else ~mask)
        return self.split(self.flip(onward) if away else onward)

    def logic(self, logic):
        kind, what = logic[0], logic[1]
        if kind == "fact":
            return self.logic(("all", [logic]))
        if kind == "conclusion":
            some, every = self.outcome(what)
            sure = every & logic[2] if self.g.collect[what] else not some & ~logic[2]
            return some & logic[2] != 0 and (bool(sure) or (logic, True))
        if kind == "not":
            return self.flip(self.logic(what))
        stop, split = kind == "any", None
        for part in what:
            if part[0] == "fact":
                mask, accepted = self.masks[part[1]], part[2]
                now = (part, True) if mask & accepted and mask & ~accepted else mask & accepted != 0
            else:
                now = self.logic(part)
            if now is stop:
                return stop
            split = split or (None if isinstance(now, bool) else now)
        return split or not stop

    def toward(self, c, wanted):
        """An open test towards one of the wanted values; any open test when none leads there."""
        spare = None
        for decides, output, _ in self.g.ways[c]:
            now = self.logic(decides)
            if not isinstance(now, bool) and output & wanted:
                return now
            spare = spare or (None if isinstance(now, bool) else now)
        return spare

    def outcome(self, c):
        """Values that may be, and values that surely are."""
        if c in self.known:
            return self.known[c]
        some, every, na = 0, 0, 1 << len(self.g.values[c]) - 1
        for kind, domain, rows in self.g.tables[c]:
            inside = self.logic(domain)
            if inside is False:
                continue
            some = 0 if inside is True and kind != "collect" else some  # domains exclude each other
            for cells, output in rows:
                holds = self.logic(cells)
                some |= 0 if holds is False else output
                every |= output if holds is True and inside is True else 0
                if holds is True and kind == "first":
                    break
            if inside is True and kind != "collect":
                self.known[c] = some, some if some.bit_count() == 1 else 0
                break
        else:
            self.known[c] = (some & ~na, every & ~na) if self.g.collect[c] else (some | na, 0 if some else na)
        return self.known[c]


class Patient:
    """One record as masks, and what must hold of every patient it allows."""
    def __init__(self, guideline, masks):
        self.g, self.masks = guideline, masks
        view = View(guideline, masks)
        reported = [never for at, never in guideline.agreements if masks[at] != guideline.full[at]]
        # What no allowed patient breaks is not looked at again: masks only shrink.
        self.open = [never for never in guideline.rules + reported if view.logic(never) is not False]
        self.known, self.reads = view.known, [guideline.facts_of(never) for never in self.open]
        self.over = [{f for f in facts if masks[f].bit_count() > 1} for facts in self.reads]
        self.possible = self.search(lambda view, found: (1, 1, None), self.open) == 1

    def outcomes(self, facts, target, memo, name):
        """Every outcome of the target over the allowed patients, with the constraints that can matter to its facts."""
        facts, chosen = set(facts), set()
        while more := {k for k, over in enumerate(self.over) if not over or over & facts} - chosen:
            facts = facts.union(*(self.reads[k] for k in more))
            chosen |= more
        constraints = [self.open[k] for k in sorted(chosen)]
        key = (name, tuple(self.masks[f] for f in sorted(facts)), tuple(map(id, constraints)))
        if key not in memo:
            memo[key] = self.search(target, constraints)
        return memo[key]

    def search(self, target, constraints):
        """Splits what is open until every outcome is found in some patient, or refuted."""
        found, stack = 0, [(View(self.g, self.masks, dict(self.known)), constraints)]
        for _ in range(BUDGET):
            if not stack:
                return found
            view, constraints = stack.pop()
            outcome, certain, split = target(view, found)
            if not outcome & ~found:
                continue
            now = [(k, b) for k in constraints if (b := view.logic(k)) is not False]
            if any(b is True for _, b in now):
                continue
            constraints = [k for k, _ in now]
            if certain & ~found and constraints:
                split = view.flip(now[0][1])  # away from what would break the first one
            elif certain & ~found:
                found |= certain
                split = target(view, found)[2] if outcome & ~found else None
            if split is not None:
                fact, mask = view.split(split)
                parts = (view.masks[fact] & ~mask, view.masks[fact] & mask)
                stack += [(view.narrower(fact, part), constraints) for part in parts if part]
        raise TooLarge(found)


def record(g, answer, aside):
    """Masks of the facts, the facts that contradict themselves, and how many ranges only a formula gives."""
    masks, may, computed = list(g.full), {}, 0
    for said in (s for s in answer["facts"] if s["fact"] not in aside and not s.get("past")):
        (kind, what), = said["read"].items()
        fact, known = said["fact"], may.get(said["fact"])
        if kind == "numbers":
            may[fact] = both(known, numbers(what)) if isinstance(known, list) else numbers(what)
        elif kind == "values":
            may[fact] = known & set(what) if known else set(what)
        elif what == "not-done" and g.facts[fact]["notDone"] == "state":
            may[fact] = {what} if known is None else set()
    torn = {fact for fact, known in may.items() if not known}
    told, lost, formulas = {s["fact"] for s in answer["facts"]}, set(aside), {}
    for d in g.derivations:
        formulas[d["fact"]] = formulas.get(d["fact"], "") + json.dumps(d["formula"])
    rests = lambda fact: any(f'"{other}"' in formulas[fact] for other in lost)
    # What only a formula over facts set aside gives is set aside, and so is what a formula makes of that.
    while more := {d["fact"] for d in answer["derived"] if rests(d["fact"])} - told - lost:
        lost |= more
    for derived in answer["derived"]:
        if not (rests(derived["fact"]) or derived["fact"] in aside):
            computed += may.get(derived["fact"]) != (given := numbers(derived["numbers"]))
            may[derived["fact"]] = given
    silent = g.presumed.keys() - aside - {s["fact"] for s in answer["facts"]}
    silent = [f for f in silent if not any(value in may.get(by, ()) for by, value in g.unless[f])]
    may |= {fact: {g.presumed[fact]} for fact in silent}
    for fact in may.keys() & g.position.keys():
        at, known = g.position[fact], may[fact]
        named = isinstance(known, set)
        fits = lambda cell: isinstance(cell, str) == named and bool(cell in known if named else both(known, cell))
        masks[at] = sum(fits(cell) << i for i, cell in enumerate(g.cells[at])) or g.full[at]
    return masks, torn, computed


class Checker:
    def __init__(self, guideline):
        self.g, self.memo, self.reads, self.seen, self.unverified = guideline, {}, {}, Counter(), Counter()

    def blame(self, case, conclusion, what):
        self.seen["disagreements"] += 1
        print(f"{case}: {conclusion}: {what}")

    def check(self, answer):
        case, aside = answer["case"], set(chain(*(c["facts"] for c in answer["contradictions"])))
        self.seen["cases"] += 1
        if answer["guideline"]["digest"] != self.g.digest:
            return self.blame(case, "guideline", "assessed with other tables than these")
        try:
            if aside and not answer["derived"]:
                masks, torn, _ = record(self.g, answer, set())
                if not torn and Patient(self.g, masks).possible:
                    self.blame(case, "contradictions", "a patient with all these facts exists")
            masks, torn, computed = record(self.g, answer, aside)
            patient = Patient(self.g, masks)
        except TooLarge:
            return self.unverified.update(["case(s) with too many open rules for the budget"])
        if torn or not patient.possible:
            return self.blame(case, "facts", "no patient is like this, and nothing says so")
        self.unverified["range(s) that only a formula gives, taken from the assessment"] += computed
        said = {(f.get("via", f["fact"]), f["value"], f.get("date")) for f in answer["facts"]}
        self.on_record = said, {f["fact"] for f in answer["facts"]}, {d["fact"] for d in answer["derived"]}
        beside = (what for part in (answer, *answer["conclusions"]) for what in BESIDE if part.get(what))
        self.unverified.update(f"time(s) `{what}`: only sets and reasons are worked out anew" for what in beside)
        for said in answer["conclusions"]:
            self.seen.update(conclusions=1, reasons=len(said["because"]))
            try:
                self.conclusion(case, patient, said, answer)
            except TooLarge:
                self.unverified[f"conclusion(s) that {BUDGET} splits do not exhaust"] += 1

    def sets(self, patient, c):
        """Values that are possible, and values of every patient."""
        if self.g.collect[c]:
            truths = [self.holds(patient, item, (c, i)) for i, item in enumerate(self.g.items(c))]
            return (sum((now in those) << i for i, now in enumerate(truths)) for those in ((2, 3), (2,)))

        def target(view, found):
            some, every = view.outcome(c)
            return some, every, None if every else view.toward(c, some & ~found)
        some = patient.outcomes(self.g.support(c), target, self.memo, c)
        return some, some if some.bit_count() == 1 else 0

    def conclusion(self, case, patient, said, answer):
        name, status, c = said["id"], said["status"], self.g.number[said["id"]]
        names = lambda mask: [v for i, v in enumerate(self.g.values[c]) if mask >> i & 1]
        try:
            some, every = self.sets(patient, c)
        except TooLarge as why:
            missed = set() if self.g.collect[c] else set(names(why.args[0])) - set(said["possible"])
            if missed and status != "conflict":
                self.blame(case, name, f"{missed} is possible, too")
            raise
        if status == "conflict":
            if said["possible"] or not said["conflict"] or some == every:
                self.blame(case, name, f"in conflict, but {names(some)} without the facts in conflict")
            return
        kind = "undetermined" if some != every else NA if names(some) == [NA] else "concluded"
        value = names(every) if self.g.collect[c] else names(some)[0] if kind == "concluded" else None
        if (said["possible"], status, said["value"]) != (follows := (names(some), kind, value)):
            return self.blame(case, name, f"{status} {said['possible']} {said['value']}, worked out {follows}")
        for problem in self.because(patient, said, answer, c):
            self.blame(case, name, problem)

    def because(self, patient, said, answer, own):
        """What is wrong with the reasons: as published, facts on record, each row deciding, together complete."""
        steps, collect = {}, self.g.collect[own]
        given = left = set(said["value"]) if collect else {said["value"] or NA}
        for step in said["because"]:
            name, key = f"{step['table']}#{step['row']}", (step["table"], step["row"])
            if key not in self.g.rows:
                yield f"no row {name} is published"
                continue
            c, decides, asked, row = self.g.rows[key]
            words = lambda of, text: (of["sources"], of.get("mark"), of.get("annotations", {}), text)
            if words(step, step.get("text", {"en": "", "nl": ""})) != words(row, row["sentence"]):
                yield f"{name} is published with other sources or words"
            yield from (f"{name} {problem}" for problem in self.facts(step, asked, answer))
            steps.setdefault(c, {})[name] = decides
            left = left - {row["output"]} if c == own else left
            if c == own and row["output"] not in (given | {NA} if collect else given):
                yield f"{name} says {row['output']}"
        if left and not collect and said["status"] != "undetermined":
            yield f"no row gives {left}"
        for decides, output, name in self.g.ways[own] if left and collect else ():
            # A value may hold though no row always does: several take turns. A row that always does must be named.
            if self.g.values[own][output.bit_length() - 1] in left and self.holds(patient, decides, name) == 2:
                yield f"{name} decides and is not named"
        for c, rows in steps.items():
            # One row decides always; of several that agree, or on the way to what agrees, each decides sometimes.
            always = self.g.collect[c] or len(rows) == 1 and c == own
            for name, decides in rows.items():
                holds = self.holds(patient, decides, name)
                if not holds & 2 or holds & 1 and always:
                    yield f"{name} does not decide"
            # That a step on the way lies outside its tables is no row, and is not named.
            whole = ("any", [*rows.values(), *([] if c == own else [self.g.ways[c][-1][0]])])
            certain = not self.g.collect[c] and self.sets(patient, c)[1]
            if certain and self.holds(patient, whole, (c == own, *rows)) & 1:
                yield "the rows named leave some patients out"

    def holds(self, patient, logic, name):
        """2 if it holds for some patient, 1 if it does not for some, 3 if both."""
        def target(view, found):
            now = view.logic(logic)
            return (1 + now, 1 + now, None) if isinstance(now, bool) else (3, 0, view.flip(now) if found & 2 else now)
        facts = self.reads.get(name) or self.reads.setdefault(name, self.g.facts_of(logic))
        return patient.outcomes(facts, target, self.memo, name)

    def facts(self, step, asked, answer):
        """Facts of a reason that the record does not hold, and what the record says of facts asked but not named."""
        (said, recorded, ranges), named = self.on_record, {f["id"] for f in step["facts"]}
        for f in step["facts"]:
            presumed = f["id"] not in recorded and f["value"] == self.g.presumed.get(f["id"])
            bases = {"presumed": presumed, "derived": f["id"] in ranges, None: (f["id"], f["value"], f["date"]) in said}
            if not bases[f.get("basis")]:
                yield f"names {f['id']} = {f['value']}, which the record does not hold"
        for f in answer["facts"]:
            if self.g.position.get(f["fact"]) in asked and f.get("via", f["fact"]) not in named:
                yield f"asks {f['fact']} and does not name it"


def main(tables, *assessments):
    checker = Checker(Guideline(json.load(open(tables, encoding="utf-8"))))
    for line in chain(*(open(name, encoding="utf-8") for name in assessments)) if assessments else sys.stdin:
        checker.check(json.loads(line))
    for what, count in sorted((+checker.unverified).items()):
        print(f"not verified: {count} {what}")
    print(", ".join(f"{checker.seen[what]} {what}" for what in ("cases", "conclusions", "reasons", "disagreements")))
    return 1 if checker.seen["disagreements"] or not checker.seen["conclusions"] else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]) if sys.argv[1:] else __doc__)
