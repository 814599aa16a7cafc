//! Hand-written comparisons: no engine, the floor under all of them.

use std::hint::black_box;

use anyhow::Result;

use crate::case::{Case, Outcome, Output};
use crate::engine::{Absence, Engine, GradeAnswer, GradeSet};
use crate::reference;

/// The reference function behind the same interface as the engines.
pub struct Plain;

impl Engine for Plain {
    fn name(&self) -> String {
        "hand-written `if`".to_owned()
    }

    fn package(&self) -> Option<&'static str> {
        None
    }

    fn hand_over(&mut self, case: &Case) {
        black_box(case);
    }

    fn classify(&mut self, case: &Case) -> Result<Outcome> {
        Ok(reference::classify(case))
    }

    /// A plain number cannot be absent; code of this kind stores 0.
    fn missing_ki67(&mut self, case: &Case, _: Absence) -> GradeAnswer {
        let outcome = reference::classify(&Case { ki67_tenths: 0, ..*case });
        GradeAnswer::Grades(GradeSet::from_iter([outcome.code(Output::Grade)]))
    }
}
