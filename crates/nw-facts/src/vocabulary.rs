//! The data dictionary that guideline, importers, forms and leaflets share.

use std::collections::HashMap;

use crate::{Decimal, Text};

/// Position of a fact in its vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FactIdx(pub u16);

/// Position of a conclusion in its vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConclusionIdx(pub u16);

/// The two values of every yes-no fact and conclusion, in rising order.
pub const YES_NO: [&str; 2] = ["no", "yes"];

/// Who usually holds the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Holder {
    /// The pathologist's report.
    Pathology,
    /// CT, MRI, ultrasound.
    Radiology,
    /// SSTR and FDG PET.
    NuclearMedicine,
    /// Blood, urine, gastric juice.
    Laboratory,
    /// The endoscopist's report.
    Endoscopy,
    /// The operation report.
    Surgery,
    /// The treating physician.
    Clinic,
    /// The clinical geneticist.
    Genetics,
    /// The patient.
    Patient,
    /// What a registry or letter already classified.
    Registry,
}

impl Holder {
    /// Every holder with its id.
    pub const ALL: [(Holder, &'static str); 10] = [
        (Holder::Pathology, "pathology"),
        (Holder::Radiology, "radiology"),
        (Holder::NuclearMedicine, "nuclear-medicine"),
        (Holder::Laboratory, "laboratory"),
        (Holder::Endoscopy, "endoscopy"),
        (Holder::Surgery, "surgery"),
        (Holder::Clinic, "clinic"),
        (Holder::Genetics, "genetics"),
        (Holder::Patient, "patient"),
        (Holder::Registry, "registry"),
    ];

    /// The id used in files and JSON.
    pub fn id(self) -> &'static str {
        Holder::ALL.iter().find(|(h, _)| *h == self).map(|(_, id)| *id).expect("every holder is listed")
    }

    /// The holder with an id.
    pub fn find(id: &str) -> Option<Holder> {
        Holder::ALL.iter().find(|(_, name)| *name == id).map(|(h, _)| *h)
    }
}

/// What kind of values a fact has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Exact decimals with a unit.
    Quantity,
    /// Whole numbers.
    Count,
    /// Days of the calendar, as numbers of days.
    Date,
    /// One of a list of named values.
    Choice,
    /// `no` or `yes`.
    YesNo,
}

/// One named value of a choice fact or of a conclusion.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// Stable id.
    pub id: String,
    /// Label.
    pub label: Text,
    /// Other spellings that mean the same, in any language, codes included.
    pub aliases: Vec<String>,
    /// Conclusion values that a coarser reported value agrees with; empty means its own id. `*` agrees with all.
    pub covers: Vec<String>,
    /// For a value that says how often: the months between two times.
    pub months: Option<u16>,
    /// Conclusions with this value are listed by name, without the sentence that says why.
    pub brief: bool,
}

/// How a value with a foreign denominator is read into other facts.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The unit text that triggers it, canonical; empty for a number without unit. `{n}` stands for any number: `/{n}`
    /// reads `3/18`.
    pub unit: String,
    /// Target fact id and either `value`, `n` for the number in the unit, or a fixed text.
    pub gives: Vec<(String, String)>,
    /// The value is a part of `n`: it cannot be more.
    pub part: bool,
}

/// One entry of the data dictionary.
#[derive(Clone, Debug)]
pub struct FactDef {
    /// Stable id, `group.name`.
    pub id: String,
    /// Kind of values.
    pub kind: Kind,
    /// Base unit (UCUM-like), for quantities.
    pub unit: Option<String>,
    /// Extra units of this fact only, with the factor to the base unit.
    pub units: Vec<(String, Decimal)>,
    /// Smallest value that can exist.
    pub min: Decimal,
    /// Largest value that can exist.
    pub max: Decimal,
    /// Relative half-width read for "about 3 %"; without it, "about" is refused.
    pub approximate: Option<Decimal>,
    /// Of several dimensions (`2 x 1.5 cm`) the largest is meant.
    pub largest: bool,
    /// Values of a choice.
    pub choices: Vec<Choice>,
    /// Label.
    pub label: Text,
    /// The question that asks for it.
    pub question: Text,
    /// Who usually knows.
    pub holder: Holder,
    /// Other ids that mean this fact.
    pub aliases: Vec<String>,
    /// Code bindings, `system:code`.
    pub codes: Vec<String>,
    /// "Not done" is a value of its own that tables name; otherwise the true value exists unmeasured.
    pub not_done_is_state: bool,
    /// The value taken when the record does not mention the fact at all.
    pub presumed: Option<String>,
    /// Values of other facts, as (fact, value), with which a record does mention it: then nothing is presumed.
    pub unless: Vec<(String, String)>,
    /// Foreign denominators.
    pub readings: Vec<Reading>,
    /// Measured again and again: the last statement is the present one, earlier ones are its history.
    pub series: bool,
}

impl FactDef {
    /// True for facts with numbers.
    pub fn is_numeric(&self) -> bool {
        matches!(self.kind, Kind::Quantity | Kind::Count | Kind::Date)
    }

    /// True for facts with whole numbers: counts and days.
    pub fn is_whole(&self) -> bool {
        matches!(self.kind, Kind::Count | Kind::Date)
    }

    /// A number of this fact as a person writes it, without unit; `comma` for the decimal comma.
    pub fn written(&self, number: Decimal, comma: bool) -> String {
        match self.kind {
            Kind::Date => crate::day_of(number).map_or_else(String::new, |day| day.to_string()),
            _ => crate::plain(number, comma),
        }
    }

    /// The id of a choice by its position; nothing for a position that there is not.
    pub fn choice_id(&self, at: usize) -> &str {
        match self.kind {
            Kind::YesNo => YES_NO.get(at).map_or("", |t| *t),
            _ => self.choices.get(at).map_or("", |c| c.id.as_str()),
        }
    }

    /// Position of a choice by id or alias, tolerant of case and separators.
    pub fn choice(&self, text: &str) -> Option<usize> {
        if let Some(exactly) = self.choices.iter().position(|c| c.id == text) {
            return Some(exactly);
        }
        if self.kind == Kind::YesNo {
            return crate::reading::yes_or_no(text);
        }
        let folded = fold_word(text);
        self.choices.iter().position(|c| fold_word(&c.id) == folded).or_else(|| {
            self.choices.iter().position(|c| {
                c.aliases.iter().any(|a| fold_word(a) == folded)
                    || fold_word(&c.label.en) == folded
                    || fold_word(&c.label.nl) == folded
            })
        })
    }
}

/// Lower case without spaces, hyphens, dots and underscores, and without the usual diacritics.
pub(crate) fn fold_word(text: &str) -> String {
    text.trim()
        .to_lowercase()
        .chars()
        .filter(|c| !matches!(c, ' ' | '-' | '_' | '.' | '\u{2010}' | '\u{2011}'))
        .map(|c| match c {
            'ï' | 'í' => 'i',
            'é' | 'ë' | 'è' => 'e',
            'ö' | 'ó' => 'o',
            'ü' => 'u',
            'á' | 'ä' => 'a',
            c => c,
        })
        .collect()
}

/// One conclusion that tables can give.
#[derive(Clone, Debug)]
pub struct ConclusionDef {
    /// Stable id.
    pub id: String,
    /// Label.
    pub label: Text,
    /// A step on the way, not shown by default.
    pub hidden: bool,
    /// Why it does not apply to a patient whom no table covers.
    pub outside: Text,
    /// Values in rising order.
    pub values: Vec<Choice>,
    /// The value set they come from; empty for values of its own.
    pub set: String,
}

impl ConclusionDef {
    /// Position of a value by id.
    pub fn value(&self, id: &str) -> Option<usize> {
        self.values.iter().position(|v| v.id == id)
    }
}

/// Conclusions that are read together, under one heading.
#[derive(Clone, Debug)]
pub struct Group {
    /// Stable id.
    pub id: String,
    /// Heading.
    pub label: Text,
    /// First parts of the conclusion ids that belong here.
    pub holds: Vec<String>,
    /// Shown only to a reader who asks for everything.
    pub detail: bool,
}

/// What a row may be marked with beside its value: level of evidence, strength, jurisdiction, and the like.
#[derive(Clone, Debug)]
pub struct AnnotationDef {
    /// Stable id, also the name of the column.
    pub id: String,
    /// Label.
    pub label: Text,
    /// What it may say, in the order of a reader's interest.
    pub values: Vec<Choice>,
}

/// All facts and conclusions, findable by id and alias.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    facts: Vec<FactDef>,
    conclusions: Vec<ConclusionDef>,
    annotations: Vec<AnnotationDef>,
    groups: Vec<Group>,
    fact_by_id: HashMap<String, FactIdx>,
    conclusion_by_id: HashMap<String, ConclusionIdx>,
}

impl Vocabulary {
    /// Builds the index. A later duplicate of an id is kept in the list but not found by name; the compiler reports it.
    pub fn new(facts: Vec<FactDef>, conclusions: Vec<ConclusionDef>) -> Self {
        let mut fact_by_id = HashMap::new();
        for (i, fact) in facts.iter().enumerate() {
            fact_by_id.entry(fact.id.clone()).or_insert(FactIdx(i as u16));
        }
        for (i, fact) in facts.iter().enumerate() {
            for alias in &fact.aliases {
                fact_by_id.entry(alias.clone()).or_insert(FactIdx(i as u16));
            }
        }
        let mut conclusion_by_id = HashMap::new();
        for (i, conclusion) in conclusions.iter().enumerate() {
            conclusion_by_id.entry(conclusion.id.clone()).or_insert(ConclusionIdx(i as u16));
        }
        Vocabulary {
            facts,
            conclusions,
            annotations: Vec::new(),
            groups: Vec::new(),
            fact_by_id,
            conclusion_by_id,
        }
    }

    /// The same with what rows may be marked with.
    #[must_use]
    pub fn with_annotations(mut self, annotations: Vec<AnnotationDef>) -> Self {
        self.annotations = annotations;
        self
    }

    /// The same with headings, in reading order.
    #[must_use]
    pub fn with_groups(mut self, groups: Vec<Group>) -> Self {
        self.groups = groups;
        self
    }

    /// Headings in reading order.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }

    /// The heading a conclusion stands under, by position.
    pub fn group_of(&self, conclusion: &ConclusionDef) -> Option<usize> {
        let first = conclusion.id.split('.').next().unwrap_or_default();
        self.groups.iter().position(|g| g.holds.iter().any(|h| h == first))
    }

    /// What rows may be marked with.
    pub fn annotations(&self) -> &[AnnotationDef] {
        &self.annotations
    }

    /// All facts in order.
    pub fn facts(&self) -> &[FactDef] {
        &self.facts
    }

    /// All conclusions in order.
    pub fn conclusions(&self) -> &[ConclusionDef] {
        &self.conclusions
    }

    /// One fact.
    pub fn fact(&self, idx: FactIdx) -> &FactDef {
        &self.facts[idx.0 as usize]
    }

    /// One conclusion.
    pub fn conclusion(&self, idx: ConclusionIdx) -> &ConclusionDef {
        &self.conclusions[idx.0 as usize]
    }

    /// Finds a fact by id or alias.
    pub fn find_fact(&self, id: &str) -> Option<FactIdx> {
        self.fact_by_id.get(id).copied()
    }

    /// What keeps facts from being presumed: (presumed fact, other fact, values of that one as a mask).
    pub fn lifts(&self) -> Vec<(FactIdx, FactIdx, u64)> {
        let mut lifts: Vec<(FactIdx, FactIdx, u64)> = Vec::new();
        for (at, fact) in self.facts.iter().enumerate().filter(|(_, fact)| fact.presumed.is_some()) {
            for (id, value) in &fact.unless {
                let Some(by) = self.find_fact(id) else { continue };
                let Some(choice) = self.fact(by).choice(value) else { continue };
                let presumed = FactIdx(at as u16);
                match lifts.iter_mut().find(|(p, b, _)| (*p, *b) == (presumed, by)) {
                    Some((_, _, values)) => *values |= 1 << choice,
                    None => lifts.push((presumed, by, 1 << choice)),
                }
            }
        }
        lifts
    }

    /// Finds a conclusion by id.
    pub fn find_conclusion(&self, id: &str) -> Option<ConclusionIdx> {
        self.conclusion_by_id.get(id).copied()
    }

    /// Ids of all facts, for "did you mean".
    pub fn fact_ids(&self) -> impl Iterator<Item = &str> {
        self.facts.iter().map(|f| f.id.as_str())
    }
}
