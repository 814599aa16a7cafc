//! What can go wrong with the record, in one enum; no message holds a value of a patient.

use std::fmt;

use jiff::Timestamp;

use crate::{PatientId, Revision, Version};

/// Why the record did not do what was asked.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// Somebody changed the patient since it was read; nothing was written.
    #[error(
        "the record changed since it was read: revision {given} is stale, {newer} is newer; read it again and repeat the change"
    )]
    Stale {
        /// The revision the change was made on.
        given: Revision,
        /// The revision that holds now.
        newer: Revision,
    },
    /// Somebody changed this task, meeting or account since it was read; nothing was written.
    #[error(
        "the {what} changed since it was read: version {given} is stale, {newer} is newer; read it again and repeat the change"
    )]
    StaleVersion {
        /// What it is.
        what: &'static str,
        /// The version the change was made on.
        given: Version,
        /// The version that holds now.
        newer: Version,
    },
    /// Nothing has this id.
    #[error("no {what} has this id; it was mistyped, or belongs to another database")]
    NotFound {
        /// What was looked for.
        what: &'static str,
    },
    /// The fact to correct or take back is not of this patient, or was corrected before.
    #[error("the fact to correct is no longer current; read the patient again and correct what holds now")]
    NotCurrent,
    /// The patient was merged into another one.
    #[error("this patient was merged into another; use the one that was kept")]
    Merged {
        /// The patient to use instead.
        into: PatientId,
    },
    /// The record is blocked: it may be kept, not used.
    #[error("this record is blocked; unblock it first, with a reason")]
    Blocked,
    /// The patient objects to use for research and registries, and this is that.
    #[error(
        "this patient objects to use for research and registries; nothing of the record is read for that"
    )]
    Objects,
    /// The record was erased.
    #[error("this record was erased after its period of keeping; only its audit log is left")]
    Erased,
    /// The law still asks to keep this record.
    #[error("this record must be kept until {until}; block it instead")]
    MustBeKept {
        /// The first day on which it may be erased.
        until: nw_facts::Date,
    },
    /// Another patient or account has this number or name.
    #[error("another {what} has the same {field}; look it up before making a second one")]
    Duplicate {
        /// What it is.
        what: &'static str,
        /// What both have.
        field: &'static str,
    },
    /// The same key of idempotency came with another request.
    #[error("this idempotency key was used for another request; use a new key for a new request")]
    KeyReused,
    /// A value has the wrong form.
    #[error("`{field}` {problem}; {help}")]
    Invalid {
        /// The field, never its value.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
        /// What to do.
        help: &'static str,
    },
    /// The password or code was wrong, or the account does not exist: which of these is not told.
    #[error("sign-in refused; check name, password and code")]
    Refused,
    /// Too many wrong attempts.
    #[error("this account is locked until {until}; wait, or ask an administrator")]
    Locked {
        /// When it opens.
        until: Timestamp,
    },
    /// The password is right, and the code of the second factor is missing.
    #[error("the code of the second factor is needed")]
    CodeNeeded,
    /// The session or link does not exist or has ended.
    #[error("the {what} has expired; sign in again or ask for a new link")]
    Expired {
        /// `session` or `link`.
        what: &'static str,
    },
    /// The address of the database cannot be understood.
    #[error(
        "`--database` is not an address that can be used; write `sqlite:record.db` or `postgres://user@host/name`"
    )]
    BadAddress,
    /// The database is of a later version of the program.
    #[error(
        "the database was written by a later version of the program (migration {found}, known up to {known}); use that version"
    )]
    TooNew {
        /// The newest migration of the database.
        found: i64,
        /// The newest migration of the program.
        known: i64,
    },
    /// A backup cannot be read.
    #[error("the backup cannot be restored: {0}")]
    Backup(&'static str),
    /// What stands in the database is not what this program writes.
    #[error(
        "the database holds something unexpected in `{0}`; run `netwijzer verify-audit` and restore a backup if it fails"
    )]
    Corrupt(&'static str),
    /// A file cannot be read or written.
    #[error("a file cannot be used ({0})")]
    File(#[source] Cause),
    /// The database failed.
    #[error("the database failed ({0}); nothing of this request was kept")]
    Database(#[source] Cause),
    /// The record is closing, or its writer was lost.
    #[error("the record is closed; start the program again")]
    Closed,
    /// A fault of the program itself, found in time.
    #[error("the program failed inside the record; nothing of this request was kept")]
    Fault,
}

impl StoreError {
    /// Whether this patient may have left a list since it was made: objected, blocked, merged or erased. Whoever works
    /// through the list goes on with the next; the next asking has another list.
    pub fn left_the_list(&self) -> bool {
        matches!(
            self,
            StoreError::Objects | StoreError::Blocked | StoreError::Merged { .. } | StoreError::Erased
        )
    }

    /// A stable word for logs, the audit log and other programs.
    pub fn code(&self) -> &'static str {
        match self {
            StoreError::Stale { .. } | StoreError::StaleVersion { .. } => "stale",
            StoreError::NotFound { .. } => "not-found",
            StoreError::NotCurrent => "not-current",
            StoreError::Merged { .. } => "merged",
            StoreError::Blocked => "blocked",
            StoreError::Objects => "objects",
            StoreError::Erased => "erased",
            StoreError::MustBeKept { .. } => "must-be-kept",
            StoreError::Duplicate { .. } => "duplicate",
            StoreError::KeyReused => "key-reused",
            StoreError::Invalid { .. } => "invalid",
            StoreError::Refused => "refused",
            StoreError::Locked { .. } => "locked",
            StoreError::CodeNeeded => "code-needed",
            StoreError::Expired { .. } => "expired",
            StoreError::BadAddress => "bad-address",
            StoreError::TooNew { .. } => "too-new",
            StoreError::Backup(_) => "bad-backup",
            StoreError::Corrupt(_) => "corrupt",
            StoreError::File(_) => "file",
            StoreError::Database(_) => "database",
            StoreError::Closed => "closed",
            StoreError::Fault => "fault",
        }
    }

    pub(crate) fn invalid(field: &'static str, problem: &'static str, help: &'static str) -> Self {
        StoreError::Invalid { field, problem, help }
    }
}

/// Why the database failed. What the database said is left out where it may quote values.
#[derive(Clone)]
pub struct Cause {
    text: String,
    constraint: Option<String>,
}

impl Cause {
    /// The constraint that refused a row, when one did.
    pub(crate) fn breaks(&self, part: &str) -> bool {
        self.constraint.as_deref().is_some_and(|c| c.contains(part))
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cause({})", self.text)
    }
}

impl std::error::Error for Cause {}

impl From<sqlx::Error> for Cause {
    fn from(error: sqlx::Error) -> Self {
        let mut constraint = None;
        let text = match &error {
            sqlx::Error::Database(e) => {
                let code = e.code().map_or_else(String::new, |c| c.into_owned());
                // SQLite names the columns in its message and has no name of the constraint; both are ours, not values.
                constraint = e.constraint().map(str::to_string).or_else(|| {
                    e.message().strip_prefix("UNIQUE constraint failed: ").map(|c| c.replace('.', "_"))
                });
                match &constraint {
                    Some(constraint) => format!("code {code}, constraint {constraint}"),
                    None => format!("code {code}"),
                }
            }
            sqlx::Error::Io(e) => format!("connection: {}", e.kind()),
            sqlx::Error::PoolTimedOut => "no connection became free in time".to_string(),
            sqlx::Error::PoolClosed => "closed".to_string(),
            sqlx::Error::WorkerCrashed => "its worker stopped".to_string(),
            sqlx::Error::Tls(_) => "the encrypted connection could not be made".to_string(),
            sqlx::Error::Protocol(_) => "the server said something unexpected".to_string(),
            sqlx::Error::Configuration(_) => "its address has a setting that is not known".to_string(),
            sqlx::Error::ColumnDecode { index, .. } => format!("column {index} has another type"),
            _ => "no further cause known".to_string(),
        };
        Cause { text, constraint }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        StoreError::Database(Cause::from(error))
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        StoreError::File(Cause { text: error.kind().to_string(), constraint: None })
    }
}
