//! Exact conclusions under missing data, with their reasons and the questions that settle what is open.
//!
//! Road: a [`CompiledGuideline`](nw_guideline::CompiledGuideline) and a [`FactSet`](nw_facts::FactSet) come in,
//! [`Conclusions`] go out. Pure: no clock, no disk, no display language.
//!
//! What an answer means is written once, in [`meaning`]; [`plain`] computes it by enumeration, [`Engine`] by walking
//! decision diagrams, and the tests hold that they agree.

mod arithmetic;
mod basis;
mod cases;
mod columns;
mod conclude;
mod difference;
mod due;
mod explain;
mod frame;
mod ground;
mod impact;
mod knowledge;
pub mod meaning;
pub mod plain;
mod practice;
mod question;
mod texts;
mod worlds;

pub use basis::{Preparations, most_read};
pub use cases::{CaseRecall, CaseRun, case_facts, check_cases, check_cases_again, reached, run_cases};
pub use columns::{Alike, BLOCK, Block, Columns, Possible, Rows};
pub use conclude::{
    Conclusions, Contradiction, ConventionClash, Conventional, Decision, Detail, Drawn, Engine, Options,
    Outcome, Sets, conclude,
};
pub use difference::{Difference, Region, SharedCell, SharedFact, Shift, difference};
pub use due::{DueItem, DueStatus};
pub use explain::{Change, Reason, Step, StepTest};
pub use impact::{Changed, Fate, Impact, Judge, Share, Verdict};
pub use knowledge::{Blank, Knowledge, Recorded};
pub use question::{Completion, Question};
pub use worlds::{Fast, Worlds};
