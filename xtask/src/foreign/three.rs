//! What a table says when values are missing, by three truth values: the null rows, written once more from their
//! definition and not from the exports.

use nw_guideline::{Cells, CompiledGuideline, HitPolicy, Logic, Output, Subject};

/// What is given of one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// One cell or value, as a mask.
    Is(u64),
    /// Nothing.
    Missing,
    /// A collected conclusion: what holds, and what may hold.
    Holds(u64, u64),
}

/// What a table says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Says {
    /// A value by position; the number of values stands for "not applicable".
    Value(usize),
    /// A value that matters is missing.
    Unknown,
    /// The table is about others.
    Nothing,
    /// Two rows of a `unique` table hold: no possible patient is like this.
    Impossible,
    /// What is contributed, and what may be.
    Collected(u64, u64),
}

pub struct Three<'g> {
    pub guideline: &'g CompiledGuideline,
}

impl Three<'_> {
    /// Every cell or value of a subject.
    fn full(&self, subject: Subject) -> u64 {
        match subject {
            Subject::Fact(fact) => self.guideline.space.var(fact).map_or(0, |v| self.guideline.space.full(v)),
            Subject::Conclusion(idx) => {
                (1 << (self.guideline.vocabulary.conclusion(idx).values.len() + 1)) - 1
            }
        }
    }

    fn test(&self, cells: &Cells, given: &dyn Fn(Subject) -> Given) -> Option<bool> {
        if cells.any {
            return Some(true);
        }
        let now = given(cells.subject);
        match now {
            Given::Is(mask) => Some(mask & cells.mask != 0),
            Given::Holds(certain, _) if certain & cells.mask != 0 => Some(true),
            Given::Holds(_, possible) => (possible & cells.mask == 0).then_some(false),
            Given::Missing => (cells.mask == self.full(cells.subject)).then_some(true),
        }
    }

    fn logic(&self, logic: &Logic, given: &dyn Fn(Subject) -> Given) -> Option<bool> {
        match logic {
            Logic::And(all) => all.iter().map(|l| self.logic(l, given)).fold(Some(true), and),
            Logic::Or(all) => {
                let none = all.iter().map(|l| self.logic(l, given).map(|b| !b)).fold(Some(true), and);
                none.map(|b| !b)
            }
            Logic::Not(inner) => self.logic(inner, given).map(|b| !b),
            Logic::Is(cells) => self.test(cells, given),
        }
    }

    /// What one table says.
    pub fn table(&self, table: usize, given: &dyn Fn(Subject) -> Given) -> Says {
        let table = &self.guideline.tables[table];
        let values = self.guideline.vocabulary.conclusion(table.conclusion).values.len();
        let domain = self.logic(&table.domain, given);
        let says = |output: Output| match output {
            Output::Value(value) => value,
            Output::NotApplicable => values,
        };
        let mut unknown = false;
        let mut holds = Vec::new();
        let (mut certain, mut possible) = (0u64, 0u64);
        for row in &table.rows {
            let all = row.cells.iter().map(|c| self.test(c, given)).fold(domain, and);
            let bit = match row.output {
                Output::Value(value) => 1 << value,
                Output::NotApplicable => 0,
            };
            match all {
                Some(true) => {
                    certain |= bit;
                    possible |= bit;
                    holds.push(says(row.output));
                    if table.policy == HitPolicy::First {
                        break;
                    }
                }
                None => {
                    possible |= bit;
                    unknown = true;
                    if table.policy == HitPolicy::First {
                        break;
                    }
                }
                Some(false) => {}
            }
        }
        if table.policy == HitPolicy::Collect {
            return Says::Collected(certain, possible);
        }
        match (holds.as_slice(), unknown) {
            ([_, _, ..], _) => Says::Impossible,
            ([value], _) => Says::Value(*value),
            ([], true) => Says::Unknown,
            ([], false) => Says::Nothing,
        }
    }
}

fn and(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}
