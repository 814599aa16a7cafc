//! The record of a centre: patients, facts, decisions, meetings, tasks and accounts as dated records, with an audit log.
//!
//! Road: facts typed in a form or drawn from a report come in as [`NewFact`]; [`Store::facts_as_of`] gives them back
//! as they stood, and [`fact_set`] makes the [`nw_facts::FactSet`] that the engine reads.
//!
//! - [`Store::open`] opens an SQLite file or a PostgreSQL database and brings its schema up to date.
//! - [`Context`] says who asks, in which role, why and when. Nothing of a patient is read or written without one, and
//!   every reading and writing leaves a line in the audit log ([`Store::audit`], [`Store::verify_audit`]).
//! - Facts ([`Store::record`]), decisions ([`Store::decide`], [`Store::decide_case`]) and identity rest on a [`Revision`]: of several who write
//!   on the same one, one wins and the others learn of it ([`StoreError::Stale`]).
//! - Tasks, contact moments, meetings and what else has versions are [`Entry`]s ([`Store::add`], [`Store::amend`]).
//! - Who objects to use for research and registries ([`Store::object`]) is not read for it, whatever was recorded before.
//! - [`Known`] and [`AsOf`] ask for what was true then and what was known then.
//! - A write is on the disk when its call returns. One writer serves all, see `writer`.
//!
//! No clock stands here: the time comes in with each [`Context`]. SQL stands nowhere else.

mod account;
mod audit;
mod backup;
mod body;
mod calendar;
mod context;
mod db;
mod decision;
mod dutch;
mod entry;
mod error;
mod export;
mod fact;
mod feedback;
mod handover;
mod ids;
mod meeting;
mod merge;
mod objection;
mod patient;
mod report;
mod retention;
mod schema;
mod secret;
mod session;
mod setting;
mod store;
mod time;
mod totp;
mod transaction;
mod words;
mod writer;

pub use account::{Account, NewAccount, SecondFactor};
pub use audit::{
    Action, Anchor, AuditEntry, AuditFilter, AuditKey, AuditOutcome, AuditPage, Finding, FindingKind, Verdict,
};
pub use backup::BackupSummary;
pub use body::{
    Advice, AgendaItem, AgendaState, Attendee, Considered, Contact, ContactKind, Decision, Departure,
    Document, Execution, ExecutionState, Identity, Meeting, MeetingState, SignOff, Task, TaskKind, TaskState,
    Triage,
};
pub use calendar::SavedCalendar;
pub use context::{Actor, Basis, Context, Purpose, Reason, Role};
pub use db::Engine;
pub use decision::{CaseDecided, CaseDecision};
pub use entry::{Body, Entry, Index};
pub use error::{Cause, StoreError};
pub use fact::{Changes, Fact, NewFact, Origin, OriginKind, PastFact, Recorded, Unreadable, fact_set};
pub use feedback::CardFeedback;
pub use handover::Handover;
pub use ids::{AccountId, EntryId, FactRecordId, MergeId, PatientId, Revision, Version};
pub use meeting::{Agenda, AgendaLine, ContactLine, TaskFilter, TaskLine};
pub use merge::PastMerge;
pub use objection::{Objection, Stance, objects, said};
pub use patient::{Patient, PatientFilter, PatientPage, Worklist, WorklistLine};
pub use report::{FromReport, Paper};
pub use retention::KeptUntil;
pub use secret::{Secret, Token};
pub use session::{NewSession, Session};
pub use setting::{RETENTION_YEARS, Setting};
pub use store::{Options, Store};
pub use time::{AsOf, Known};
pub use transaction::{Transacted, Whom};

/// What holds values of a patient prints its name only.
macro_rules! redacted {
    ($($name:ident),* $(,)?) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(redacted)"))
            }
        }
    )*};
}
pub(crate) use redacted;
