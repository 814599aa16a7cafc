//! One assessed case: what every way of showing it needs, in no language yet.

use nw_engine::{
    Conclusions, Contradiction, ConventionClash, Drawn, Engine, Knowledge, Options, Outcome, Question,
    Recorded, Step,
};
use nw_facts::{
    ConclusionDef, Date, Evidence, FactDef, FactIdx, FactSet, Interval, Language, Observation, Seen, Text,
    plain,
};
use nw_guideline::{CompiledGuideline, Logic, Output, Subject, Table};

use crate::casefile::CaseFile;
use crate::words::{Word, both};

/// How the value of a fact in a reason came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Basis {
    /// It was written.
    Written,
    /// The record does not mention it, and silence means this.
    Presumed,
    /// It was computed from other facts.
    Derived,
}

/// One fact behind a conclusion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Given {
    pub fact: FactIdx,
    /// As written; a presumed value as its id; a derived one as its range.
    pub written: String,
    pub origin: Option<String>,
    pub date: Option<Date>,
    pub basis: Basis,
}

/// Something to know beside the conclusions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Note {
    pub code: String,
    pub text: Text,
}

/// Status as in the JSON contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Concluded,
    Undetermined,
    Conflict,
    NotApplicable,
}

impl Status {
    pub(crate) fn id(self) -> &'static str {
        match self {
            Status::Concluded => "concluded",
            Status::Undetermined => "undetermined",
            Status::Conflict => "conflict",
            Status::NotApplicable => "not-applicable",
        }
    }
}

pub(crate) const NOT_APPLICABLE: &str = "not-applicable";

/// One case with its conclusions.
pub(crate) struct Report<'r> {
    pub guideline: &'r CompiledGuideline,
    pub case: &'r CaseFile,
    pub as_of: Option<Date>,
    /// The facts as they stood.
    pub facts: FactSet,
    pub conclusions: Conclusions,
    knowledge: Knowledge,
}

impl<'r> Report<'r> {
    /// Assesses a case as of its dates.
    pub(crate) fn new<'g: 'r>(
        engine: &mut Engine<'g>,
        case: &'r CaseFile,
        seen: Seen,
        options: &Options,
    ) -> Self {
        let guideline: &'r CompiledGuideline = engine.guideline();
        let facts = case.facts.seen(seen);
        let conclusions = engine.conclude(&facts, options);
        let knowledge = engine.blank().know(&facts, &[], &[]);
        Report { guideline, case, as_of: seen.as_of, facts, conclusions, knowledge }
    }

    pub(crate) fn def(&self, drawn: &Drawn) -> &'r ConclusionDef {
        self.guideline.vocabulary.conclusion(drawn.conclusion)
    }

    /// Whether a conclusion, by position, reads something that the record states.
    pub(crate) fn reads_recorded(&self, at: usize) -> bool {
        let states = |var: &u16| {
            let fact = self.guideline.space.domain(*var).fact;
            self.conclusions.recorded[usize::from(fact.0)] == Recorded::Value
        };
        self.guideline.conclusions[at].support.iter().any(states)
    }

    /// Notes are collected in conclusions of their own, which are shown as notes.
    pub(crate) fn is_note(def: &ConclusionDef) -> bool {
        def.id.starts_with("note.")
    }

    /// Conventions that contradict each other for a conclusion that readers see.
    pub(crate) fn clashes(&self) -> impl Iterator<Item = &ConventionClash> {
        let seen = |idx: &nw_facts::ConclusionIdx| !self.guideline.vocabulary.conclusion(*idx).hidden;
        self.conclusions.convention_clashes.iter().filter(move |clash| clash.conclusions.iter().any(seen))
    }

    /// Conclusions to show, in order.
    pub(crate) fn shown(&self, all: bool) -> impl Iterator<Item = &Drawn> {
        self.conclusions.drawn.iter().filter(move |d| {
            let def = self.guideline.vocabulary.conclusion(d.conclusion);
            !Report::is_note(def) && (all || !def.hidden)
        })
    }

    pub(crate) fn status(drawn: &Drawn) -> Status {
        match &drawn.outcome {
            Outcome::Concluded(_) => Status::Concluded,
            Outcome::Undetermined(_) => Status::Undetermined,
            Outcome::NotApplicable => Status::NotApplicable,
            Outcome::Conflict(_) => Status::Conflict,
            Outcome::Collected { open: 0, .. } => Status::Concluded,
            Outcome::Collected { .. } => Status::Undetermined,
        }
    }

    /// Id of a value; the number after the last value is "not applicable".
    pub(crate) fn value_id(def: &ConclusionDef, value: usize) -> &str {
        def.values.get(value).map_or(NOT_APPLICABLE, |v| v.id.as_str())
    }

    /// Values in a mask, rising.
    pub(crate) fn values(def: &ConclusionDef, mask: u64) -> Vec<usize> {
        (0..=def.values.len()).filter(|v| mask >> v & 1 == 1).collect()
    }

    /// The tables' own words for a decided row.
    pub(crate) fn row_text(&self, step: &Step) -> &'r Text {
        &self.guideline.tables[step.table].rows[step.row].text
    }

    /// The words of the row that decides a conclusion. Where several rows may decide and all give the same value, which
    /// of them does is not known, and none of their sentences is said as if it were.
    pub(crate) fn sure_text(&self, drawn: &Drawn) -> Option<&'r Text> {
        let mut texts = self.own_steps(drawn).map(|s| self.row_text(s));
        let first = texts.next()?;
        (!first.is_empty() && texts.all(|t| t == first)).then_some(first)
    }

    /// Steps that decide the conclusion itself, without those of the conclusions it reads.
    pub(crate) fn own_steps<'d>(&'d self, drawn: &'d Drawn) -> impl Iterator<Item = &'d Step> {
        let steps = drawn.reason.as_ref().map(|r| r.steps.as_slice()).unwrap_or_default();
        steps.iter().filter(|s| self.guideline.tables[s.table].conclusion == drawn.conclusion)
    }

    /// Facts that a row and its table's domain ask about, each with what is known of it.
    pub(crate) fn step_facts(&self, step: &Step, with_domain: bool) -> Vec<Given> {
        let mut facts = Vec::new();
        for test in &step.tests {
            if let Subject::Fact(fact) = test.subject {
                facts.push(fact);
            }
        }
        if with_domain {
            let table: &Table = &self.guideline.tables[step.table];
            tested(&table.domain, &mut facts);
        }
        self.givens(&facts)
    }

    /// What is known of some facts.
    pub(crate) fn givens(&self, facts: &[FactIdx]) -> Vec<Given> {
        let mut givens = Vec::new();
        for fact in facts {
            self.given(*fact, &mut givens, 0);
        }
        givens
    }

    fn given(&self, fact: FactIdx, givens: &mut Vec<Given>, depth: usize) {
        let mut add = |given: Given| {
            if !givens.contains(&given) {
                givens.push(given);
            }
        };
        match self.conclusions.recorded[fact.0 as usize] {
            Recorded::Presumed => {
                let written = self.guideline.vocabulary.fact(fact).presumed.clone().unwrap_or_default();
                add(Given { fact, written, origin: None, date: None, basis: Basis::Presumed });
            }
            Recorded::Derived => {
                let written = self.range_text(fact, Language::En).unwrap_or_default();
                add(Given { fact, written, origin: None, date: None, basis: Basis::Derived });
                let derivations = self.guideline.derivations.iter().filter(|d| d.target == fact);
                let mut inputs = Vec::new();
                derivations.for_each(|d| d.formula.facts(&mut |f| inputs.push(f)));
                for input in inputs {
                    // A derivation may feed another, never itself; the depth only guards against a knowledge fault.
                    if depth < 8 && input != fact {
                        self.given(input, givens, depth + 1);
                    }
                }
            }
            _ => {
                for o in self.facts.about(fact) {
                    add(Given {
                        fact: o.via.unwrap_or(fact),
                        written: o.text.clone(),
                        origin: o.origin.clone(),
                        date: o.date,
                        basis: Basis::Written,
                    });
                }
            }
        }
    }

    /// The ranges known of a numeric fact.
    pub(crate) fn ranges(&self, fact: FactIdx) -> Option<&[Interval]> {
        self.knowledge.ranges(fact)
    }

    /// The range known of a numeric fact, with its unit.
    pub(crate) fn range_text(&self, fact: FactIdx, language: Language) -> Option<String> {
        let def = self.guideline.vocabulary.fact(fact);
        self.knowledge.ranges(fact).map(|ranges| ranges_text(def, ranges, language))
    }

    /// Notes of the guideline, then notes on how the record was read.
    pub(crate) fn notes(&self) -> Vec<Note> {
        let mut notes = Vec::new();
        for drawn in &self.conclusions.drawn {
            let def = self.def(drawn);
            let Outcome::Collected { certain, .. } = drawn.outcome else { continue };
            if !Report::is_note(def) {
                continue;
            }
            for step in self.own_steps(drawn) {
                let row = &self.guideline.tables[step.table].rows[step.row];
                let Output::Value(value) = row.output else { continue };
                let note = Note { code: def.values[value].id.clone(), text: row.text.clone() };
                if certain >> value & 1 == 1 && !notes.contains(&note) {
                    notes.push(note);
                }
            }
        }
        self.reading_notes(&mut notes);
        notes
    }

    fn reading_notes(&self, notes: &mut Vec<Note>) {
        let vocabulary = &self.guideline.vocabulary;
        for observation in self.case.facts.observations() {
            let written = vocabulary.fact(observation.via.unwrap_or(observation.fact));
            if !self.facts.observations().contains(observation) {
                let date = observation.date.or(observation.known).map(|d| d.to_string()).unwrap_or_default();
                let text = both(Word::NoteLater, &[&written.id, &date]);
                let note = Note { code: "later-than-as-of".to_string(), text };
                if !notes.contains(&note) {
                    notes.push(note);
                }
                continue;
            }
            if let Some((en, nl)) = self.read_as(observation) {
                let target = vocabulary.fact(observation.fact);
                let text = |word: Word| {
                    let texts = both(word, &[&written.id, &observation.text, &target.id]);
                    Text::new(texts.en.replace("{value}", &en), texts.nl.replace("{value}", &nl))
                };
                let word = if observation.via.is_some() { Word::NoteReadInto } else { Word::NoteReadAs };
                notes.push(Note { code: "read-as".to_string(), text: text(word) });
            }
        }
    }

    /// What a number was read as, when that is not what stands there (other unit, other denominator).
    fn read_as(&self, observation: &Observation) -> Option<(String, String)> {
        let Evidence::Numbers(ranges) = &observation.evidence else { return None };
        let written = observation.text.replace(',', ".");
        let digits = |at: nw_facts::Decimal| {
            let number = plain(at, false);
            written.split(|c: char| !c.is_ascii_digit() && c != '.').any(|w| {
                nw_facts::parse_number(w.trim_end_matches('.')).is_ok_and(|read| plain(read, false) == number)
            })
        };
        let fact = self.guideline.vocabulary.fact(observation.fact);
        if fact.kind == nw_facts::Kind::Date && observation.via.is_none() {
            // A day is written in one way only.
            return None;
        }
        let ends = || {
            ranges
                .iter()
                .flat_map(|r| [r.low, r.high])
                .flatten()
                .filter(|b| b.at != fact.min && b.at != fact.max)
        };
        if observation.via.is_none() && ends().all(|b| digits(b.at)) {
            return None;
        }
        Some((ranges_text(fact, ranges, Language::En), ranges_text(fact, ranges, Language::Nl)))
    }

    /// What a contradiction breaks: id and sentence of each rule, or that a fact contradicts itself.
    pub(crate) fn broken(&self, contradiction: &Contradiction) -> (Option<&'r str>, Text) {
        let rules = contradiction
            .rules
            .iter()
            .map(|r| (&self.guideline.rules[*r].id, &self.guideline.rules[*r].title));
        let agreements = contradiction
            .agreements
            .iter()
            .map(|a| (&self.guideline.agreements[*a].id, &self.guideline.agreements[*a].title));
        let all: Vec<(&String, &Text)> = rules.chain(agreements).collect();
        if all.is_empty() {
            let word = if contradiction.facts.len() == 1 {
                Word::ContradictsItself
            } else {
                Word::ContradictTogether
            };
            return (None, both(word, &[]));
        }
        let join =
            |language: Language| all.iter().map(|(_, t)| t.get(language)).collect::<Vec<_>>().join("; ");
        (all.first().map(|(id, _)| id.as_str()), Text::new(join(Language::En), join(Language::Nl)))
    }

    /// Whether something in the case is in conflict.
    pub(crate) fn has_conflict(&self) -> bool {
        !self.conclusions.contradictions.is_empty()
            || self.conclusions.drawn.iter().any(|d| matches!(d.outcome, Outcome::Conflict(_)))
    }

    /// Questions worth asking, without those that would only settle notes: (fact, settled, helped).
    pub(crate) fn questions(&self) -> Vec<(FactIdx, Vec<usize>, Vec<usize>)> {
        let matters = |at: &usize| !Report::is_note(self.def(&self.conclusions.drawn[*at]));
        let mut questions: Vec<_> = self
            .conclusions
            .questions
            .iter()
            .map(|q| Question {
                fact: q.fact,
                settles: q.settles.iter().copied().filter(matters).collect(),
                helps: q.helps.iter().copied().filter(matters).collect(),
            })
            .filter(|q| !q.settles.is_empty() || !q.helps.is_empty())
            .collect();
        // A decision that everybody reads weighs more than a list or a detail; settling it more than helping.
        let groups = self.guideline.vocabulary.groups();
        let weight = |at: usize| {
            let drawn = &self.conclusions.drawn[at];
            let def = self.def(drawn);
            let detail = self.guideline.vocabulary.group_of(def).is_none_or(|g| groups[g].detail);
            let list = matches!(drawn.outcome, Outcome::Collected { .. });
            if def.hidden || detail || list { 1usize } else { 4 }
        };
        // What was already recorded as unknown or not done comes last: it was asked before.
        questions.sort_by_cached_key(|q| {
            let asked = !matches!(
                self.conclusions.recorded[q.fact.0 as usize],
                Recorded::Nothing | Recorded::Value | Recorded::Derived | Recorded::Presumed
            );
            (asked, std::cmp::Reverse(self.conclusions.worth(q, weight)))
        });
        questions.into_iter().map(|q| (q.fact, q.settles, q.helps)).collect()
    }
}

/// Facts that a condition asks about.
fn tested(logic: &Logic, facts: &mut Vec<FactIdx>) {
    logic.tests(&mut |cells| {
        if let Subject::Fact(fact) = cells.subject
            && !facts.contains(&fact)
        {
            facts.push(fact);
        }
    });
}

/// Ranges as a person writes them: `4 %`, `1.6–2.4 mm`, `< 3 %`.
pub(crate) fn ranges_text(def: &FactDef, ranges: &[Interval], language: Language) -> String {
    let comma = language == Language::Nl;
    let texts: Vec<String> = ranges
        .iter()
        .map(|range| {
            if let Some(single) = range.single() {
                return def.written(single.round_dp(4), comma);
            }
            let number = |b: nw_facts::Bound| def.written(b.at.round_dp(4), comma);
            match (range.low, range.high) {
                // Two ends that read alike are one number, known better than it is written.
                (Some(low), Some(high)) if number(low) == number(high) => number(low),
                (Some(low), Some(high)) if low.closed && high.closed => {
                    format!("{}–{}", number(low), number(high))
                }
                (Some(low), Some(high)) => {
                    let (from, to) =
                        (if low.closed { ">=" } else { ">" }, if high.closed { "<=" } else { "<" });
                    format!("{from} {}, {to} {}", number(low), number(high))
                }
                (Some(low), None) => format!("{} {}", if low.closed { ">=" } else { ">" }, number(low)),
                (None, Some(high)) => format!("{} {}", if high.closed { "<=" } else { "<" }, number(high)),
                (None, None) => "?".to_string(),
            }
        })
        .collect();
    let joined = texts.join(" / ");
    def.unit.as_deref().map_or(joined.clone(), |u| format!("{joined} {u}"))
}
