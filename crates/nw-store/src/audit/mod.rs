//! The audit log: who did what with whose record, when, why and with what outcome (NEN 7513), reads included.
//!
//! Entries form a chain: each carries the fingerprint of the one before it ([`chain`]).
//! The head of the chain stands apart, so that entries missing at its end are noticed as well ([`verify`](crate::Store::verify_audit)).

mod chain;
mod query;
#[cfg(test)]
mod tests;
mod verify;

pub use chain::{Anchor, AuditKey};
pub(crate) use chain::{Head, append};
pub use query::{AuditFilter, AuditPage};
pub(crate) use verify::verify;
pub use verify::{Finding, FindingKind, Verdict};

use jiff::Timestamp;

use crate::words::words;
use crate::{Context, PatientId, StoreError};

words! {
    /// What was done.
    Action, "action" {
        /// Made something new.
        Create = "create",
        /// Read something.
        Read = "read",
        /// Changed something.
        Update = "update",
        /// Took something away: a fact recorded in error, a record after its period.
        Delete = "delete",
        /// Took a copy out: an export, a letter, a backup.
        Export = "export",
        /// Signed in.
        SignIn = "sign-in",
        /// Signed out.
        SignOut = "sign-out",
        /// Ran something on the whole database: restore, verification, housekeeping.
        Execute = "execute",
    }

    /// How it ended.
    AuditOutcome, "outcome" {
        /// Done.
        Success = "success",
        /// Not allowed, or not possible as the record stands.
        Refused = "refused",
        /// The program or the database failed.
        Failed = "failed",
    }
}

/// One line of the audit log.
#[derive(Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// Place in the chain, from one on without gaps.
    pub seq: i64,
    /// Id of the event.
    pub event: String,
    /// When.
    pub at: Timestamp,
    /// What was done.
    pub action: Action,
    /// With what kind of thing.
    pub object_kind: String,
    /// With which one.
    pub object: Option<String>,
    /// Of which patient.
    pub patient: Option<PatientId>,
    /// How it ended.
    pub outcome: AuditOutcome,
    /// Why it did not succeed: the code of the error.
    pub cause: Option<String>,
    /// The account that acted.
    pub actor: Option<String>,
    /// Its name.
    pub actor_name: String,
    /// The role it acted in.
    pub role: String,
    /// Its organisation.
    pub organisation: String,
    /// What for.
    pub purpose: String,
    /// Why it was allowed to.
    pub basis: String,
    /// The reason typed, for access in an emergency, merges, blocking and erasure.
    pub reason: Option<String>,
    /// Through which system.
    pub source: String,
    /// From where.
    pub access_point: Option<String>,
    /// What else is worth knowing, without a value of the patient: a revision, a count.
    pub detail: Option<String>,
    pub(crate) prev: Vec<u8>,
    pub(crate) hash: Vec<u8>,
}

impl std::fmt::Debug for AuditEntry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "AuditEntry({} {} {} {})", self.seq, self.action, self.object_kind, self.outcome)
    }
}

/// What is about to be done, before it is known how it ends.
#[derive(Clone)]
pub(crate) struct Event {
    pub action: Action,
    pub kind: &'static str,
    pub object: Option<String>,
    pub patient: Option<PatientId>,
    pub reason: Option<String>,
    pub detail: Option<String>,
    pub outcome: AuditOutcome,
    pub cause: Option<String>,
    /// Patients who were shown in a list.
    pub listed: Vec<PatientId>,
}

impl Event {
    pub(crate) fn new(action: Action, kind: &'static str) -> Self {
        Event {
            action,
            kind,
            object: None,
            patient: None,
            reason: None,
            detail: None,
            outcome: AuditOutcome::Success,
            cause: None,
            listed: Vec::new(),
        }
    }

    /// A list of patients: one entry that names them all, found under each of them.
    pub(crate) fn listing(mut self, patients: impl IntoIterator<Item = PatientId>) -> Self {
        self.listed = patients.into_iter().collect();
        self.listed.sort();
        self.listed.dedup();
        self
    }

    pub(crate) fn of(mut self, patient: &PatientId) -> Self {
        self.patient = Some(patient.clone());
        self
    }

    pub(crate) fn on(mut self, object: &str) -> Self {
        self.object = Some(object.to_string());
        self
    }

    pub(crate) fn because(mut self, reason: &crate::Reason) -> Self {
        self.reason = Some(reason.as_str().to_string());
        self
    }

    pub(crate) fn with(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    pub(crate) fn ended(mut self, error: &StoreError) -> Self {
        self.outcome = match error {
            StoreError::Database(_)
            | StoreError::Closed
            | StoreError::Fault
            | StoreError::Corrupt(_)
            | StoreError::File(_) => AuditOutcome::Failed,
            _ => AuditOutcome::Refused,
        };
        self.cause = Some(error.code().to_string());
        self
    }
}

/// An event with its context, waiting for its place in the chain.
pub(crate) struct Draft {
    pub context: Context,
    pub event: Event,
    /// Time in microseconds, as the writer gave it.
    pub at: i64,
}
