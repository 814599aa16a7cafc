//! What every engine under test must be able to do.

use std::fmt;

use anyhow::Result;

use crate::case::{Case, Outcome, Output};

/// An engine that has read its model of the workload.
pub trait Engine {
    /// The name in the report, with the mode if the engine has several.
    fn name(&self) -> String;

    /// The package whose version the report states, if the engine is one.
    fn package(&self) -> Option<&'static str>;

    /// Builds the input in the engine's own types and drops it.
    ///
    /// [`classify`](Self::classify) contains the same work; the report shows its share, because an application
    /// could hold its patients in the engine's types already.
    fn hand_over(&mut self, case: &Case);

    /// Classifies one typed case.
    ///
    /// # Errors
    /// When the engine fails or answers a value that the workload does not have.
    fn classify(&mut self, case: &Case) -> Result<Outcome>;

    /// What the engine says about the grade when the Ki-67 index of this case is not given.
    fn missing_ki67(&mut self, case: &Case, absence: Absence) -> GradeAnswer;
}

/// How a caller says that a value is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absence {
    /// The name does not occur in the input.
    Omitted,
    /// The name occurs, with the engine's null.
    Null,
}

/// An answer to the question for a grade.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GradeAnswer {
    /// These grades are possible; one means that the engine is certain.
    Grades(GradeSet),
    /// No grade and no error.
    NoGrade,
    /// The engine refused, with its own words.
    Refused(String),
}

impl GradeAnswer {
    /// One certain grade from a value that an engine answered.
    pub fn certain(value: &str) -> Self {
        match Output::Grade.code(value) {
            Some(code) => Self::Grades(GradeSet::from_iter([code])),
            None => Self::Refused(format!("answered `{value}`, which is no grade")),
        }
    }

    /// Whether the engine is certain of one grade.
    pub fn is_certain(&self) -> bool {
        matches!(self, Self::Grades(grades) if grades.len() == 1)
    }

    /// The answer without its particulars, to count kinds of answers.
    pub fn kind(&self) -> String {
        match self {
            Self::Refused(_) => "error".to_owned(),
            other => other.to_string(),
        }
    }
}

impl fmt::Display for GradeAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Grades(grades) => grades.fmt(f),
            Self::NoGrade => f.write_str("no grade"),
            Self::Refused(words) => write!(f, "error: {words}"),
        }
    }
}

/// A set of grade codes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GradeSet(u8);

impl GradeSet {
    /// How many grades the set holds.
    pub fn len(self) -> u32 {
        self.0.count_ones()
    }
}

impl FromIterator<u8> for GradeSet {
    fn from_iter<I: IntoIterator<Item = u8>>(codes: I) -> Self {
        Self(codes.into_iter().fold(0, |set, code| set | 1 << code))
    }
}

impl fmt::Display for GradeSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = (0_u8..)
            .zip(Output::Grade.values())
            .filter(|(code, _)| self.0 & 1 << code != 0)
            .map(|(_, name)| *name)
            .collect();
        match names.as_slice() {
            [only] => f.write_str(only),
            several => write!(f, "{{{}}}", several.join(", ")),
        }
    }
}
