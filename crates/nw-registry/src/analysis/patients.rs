//! The figures of patients whose facts are in memory: a record instead of a table.
//!
//! Patients come without names, one by one, so that others can use the engine between two of them. What is counted, and
//! what is hidden, is the same as for a table.

use nw_engine::{Detail, Engine, Options};
use nw_facts::{ConclusionIdx, FactSet};
use nw_guideline::CompiledGuideline;

use super::Analysis;
use super::definition::Definition;
use super::figures;
use super::gather::{Concluded, NONE, Plan, Row, stood, together};
use crate::fault::Fault;

/// Patients that are being gathered.
pub struct Patients<'g> {
    guideline: &'g CompiledGuideline,
    definition: Definition,
    options: Options,
    plan: Plan<'g>,
    drawn: Vec<ConclusionIdx>,
    rows: Vec<Row>,
    concluded: Vec<Vec<(u16, bool)>>,
    rejected: u64,
}

impl<'g> Patients<'g> {
    /// Nobody yet. Centres are not told apart: a record belongs to one.
    ///
    /// # Errors
    /// The definition names something that does not exist.
    pub fn new(
        guideline: &'g CompiledGuideline,
        definition: &Definition,
        options: &Options,
    ) -> Result<Patients<'g>, Fault> {
        let plan = Plan::new(guideline, definition)?;
        let drawn = plan.drawn();
        let concluded = vec![Vec::new(); drawn.len()];
        let options = options.clone();
        let definition = definition.clone();
        Ok(Patients { guideline, definition, options, plan, drawn, rows: Vec::new(), concluded, rejected: 0 })
    }

    /// Adds a patient.
    pub fn add(&mut self, engine: &mut Engine<'_>, facts: &FactSet) {
        let only =
            Options { only: Some(self.drawn.clone()), detail: Detail::Reasons, ..self.options.clone() };
        let found = engine.conclude(facts, &only).drawn;
        for (conclusion, values) in self.drawn.iter().zip(&mut self.concluded) {
            let count = self.guideline.vocabulary.conclusion(*conclusion).values.len();
            let drawn = found.iter().find(|d| d.conclusion == *conclusion);
            values.push(drawn.map_or((NONE, false), |d| stood(d, count)));
        }
        let number = self.rows.len() as u64 + 1;
        self.rows.push(self.plan.row(&self.options, engine, facts, number, String::new()));
    }

    /// Counts somebody whose record cannot be read, as a row that cannot be read is counted.
    pub fn reject(&mut self) {
        self.rejected += 1;
    }

    /// The figures of all of them, with counts below `smallest` hidden; without it, as the definition says.
    ///
    /// # Errors
    /// The definition asks for something that the guideline does not have.
    pub fn analysis(self, smallest: Option<u64>) -> Result<Analysis, Fault> {
        let count = self.rows.len() as u64;
        let numbers = (1..=count).collect();
        let concluded = self.drawn.iter().copied().zip(self.concluded);
        let concluded = concluded.map(|(conclusion, values)| (conclusion, Concluded { values })).collect();
        let lost = || {
            Fault::request(
                "a patient was lost while figures were made",
                "een patiënt ging verloren bij het maken van de cijfers",
            )
        };
        let mut all = together(&self.plan, &self.definition, self.rows, &(numbers, concluded), &lost)?;
        (all.rows, all.asked, all.rejected) = (count + self.rejected, count, self.rejected);
        all.centres = None;
        let smallest = smallest.unwrap_or(self.definition.smallest);
        figures::figures(self.guideline, &self.definition, &all, smallest)
    }
}
