//! What is written of one conclusion about one row, and the numbers under which different verdicts go.

use std::sync::{Mutex, PoisonError};

use nw_engine::{Drawn, Outcome};
use nw_guideline::CompiledGuideline;
use rustc_hash::FxHashMap;

/// The columns of a conclusion, after its own.
pub(crate) const ASPECTS: [&str; 6] =
    ["", ":status", ":possible", ":conventional", ":convention", ":because"];

/// Which columns of a conclusion are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted(pub(crate) [bool; ASPECTS.len()]);

impl Default for Wanted {
    fn default() -> Self {
        Wanted([true; ASPECTS.len()])
    }
}

impl Wanted {
    /// The names of the columns, in order; the first is the conclusion's own.
    pub const NAMES: [&'static str; ASPECTS.len()] =
        ["value", "status", "possible", "conventional", "convention", "because"];

    /// Some columns by name; the first name that is none, when there is one.
    ///
    /// # Errors
    /// A name that is none of [`Wanted::NAMES`].
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Wanted, &'a str> {
        let mut wanted = [false; ASPECTS.len()];
        for name in names {
            let at = Wanted::NAMES.iter().position(|n| *n == name).ok_or(name)?;
            wanted[at] = true;
        }
        Ok(Wanted(wanted))
    }

    /// Whether what practice says is asked for.
    pub(crate) fn conventions(self) -> bool {
        self.0[3] || self.0[4]
    }

    /// Whether the deciding rows are asked for.
    pub(crate) fn reasons(self) -> bool {
        self.0[5]
    }

    /// The endings of the names of the columns.
    pub(crate) fn aspects(self) -> impl Iterator<Item = (usize, &'static str)> {
        ASPECTS.into_iter().enumerate().filter(move |(at, _)| self.0[*at])
    }
}

/// What is said of one conclusion: the texts of its columns; an empty one is nothing.
pub(crate) type Verdict = [String; 6];

/// All verdicts met so far, by conclusion; shared by all threads.
pub(crate) struct Verdicts {
    known: Vec<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    numbers: FxHashMap<Verdict, u32>,
    list: Vec<Verdict>,
}

impl Verdicts {
    pub(crate) fn new(conclusions: usize) -> Verdicts {
        Verdicts { known: (0..conclusions).map(|_| Mutex::default()).collect() }
    }

    /// The number of a verdict.
    pub(crate) fn number(&self, conclusion: usize, verdict: Verdict) -> u32 {
        let mut known = self.known[conclusion].lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = known.numbers.get(&verdict) {
            return *number;
        }
        let number = known.list.len() as u32;
        known.list.push(verdict.clone());
        known.numbers.insert(verdict, number);
        number
    }

    /// The text of a number.
    pub(crate) fn text(&self, conclusion: usize, number: u32) -> Verdict {
        let known = self.known[conclusion].lock().unwrap_or_else(PoisonError::into_inner);
        known.list[number as usize].clone()
    }
}

/// Puts a conclusion into words that programs read.
pub(crate) fn verdict(guideline: &CompiledGuideline, drawn: &Drawn, wanted: Wanted) -> Verdict {
    let values = &guideline.vocabulary.conclusion(drawn.conclusion).values;
    let names = |set: u64| -> String {
        let mut names: Vec<&str> = values
            .iter()
            .enumerate()
            .filter(|(i, _)| set >> i & 1 == 1)
            .map(|(_, v)| v.id.as_str())
            .collect();
        if set >> values.len() & 1 == 1 {
            names.push("not-applicable");
        }
        names.join("|")
    };
    let (value, status, possible) = match &drawn.outcome {
        Outcome::Concluded(value) => (names(1 << value), "concluded", names(1 << value)),
        Outcome::NotApplicable => (String::new(), "not-applicable", "not-applicable".to_string()),
        Outcome::Undetermined(set) => (String::new(), "undetermined", names(*set)),
        Outcome::Conflict(_) => (String::new(), "conflict", String::new()),
        Outcome::Collected { certain, open } => {
            let status = if *open == 0 { "concluded" } else { "undetermined" };
            (names(*certain), status, names(certain | open))
        }
    };
    let (conventional, convention) = match &drawn.convention {
        None => (String::new(), String::new()),
        Some(conventional) => {
            let value = match &conventional.outcome {
                Outcome::Concluded(value) => names(1 << value),
                Outcome::NotApplicable => "not-applicable".to_string(),
                Outcome::Collected { certain, .. } => names(*certain),
                Outcome::Undetermined(set) => names(*set),
                Outcome::Conflict(_) => String::new(),
            };
            let ids = conventional.conventions.iter().map(|c| guideline.conventions[*c].id.as_str());
            (value, ids.collect::<Vec<_>>().join(" "))
        }
    };
    let mut all = [value, status.to_string(), possible, conventional, convention, because(guideline, drawn)];
    // What nobody asked for tells no verdicts apart.
    all.iter_mut().zip(wanted.0).filter(|(_, wanted)| !wanted).for_each(|(text, _)| text.clear());
    all
}

/// The rows that decide, of this conclusion's own tables.
fn because(guideline: &CompiledGuideline, drawn: &Drawn) -> String {
    let Some(reason) = &drawn.reason else { return String::new() };
    if reason.outside {
        return "outside".to_string();
    }
    let own = |step: &&nw_engine::Step| guideline.tables[step.table].conclusion == drawn.conclusion;
    let rows = reason.steps.iter().filter(own).map(|step| {
        let table = &guideline.tables[step.table];
        format!("{}#{}", table.id, table.rows[step.row].id)
    });
    rows.collect::<Vec<_>>().join(" ")
}
