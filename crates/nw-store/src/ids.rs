//! Names of things in the record. An id is a UUID in the order of time; it says nothing about whom it names.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::StoreError;
use crate::secret::random;

/// A new UUID (version 7): its first half is the time, so that what is written together lies together on disk.
pub(crate) fn new_uuid(at: Timestamp) -> String {
    let millis = u64::try_from(at.as_millisecond()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &random::<10>()).into_uuid().to_string()
}

/// The one form in which an id is stored and compared.
fn canonical(text: &str) -> Option<String> {
    uuid::Uuid::try_parse(text.trim()).ok().map(|id| id.to_string())
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident, $what:literal, $shown:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            pub(crate) fn new(at: Timestamp) -> Self {
                $name(new_uuid(at))
            }

            pub(crate) fn stored(text: String) -> Self {
                $name(text)
            }

            /// The id as text, for addresses and other programs.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = StoreError;

            fn from_str(text: &str) -> Result<Self, StoreError> {
                canonical(text).map($name).ok_or(StoreError::NotFound { what: $what })
            }
        }

        impl TryFrom<String> for $name {
            type Error = StoreError;

            fn try_from(text: String) -> Result<Self, StoreError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                if $shown { write!(f, concat!(stringify!($name), "({})"), self.0) }
                else { f.write_str(concat!(stringify!($name), "(redacted)")) }
            }
        }
    )*};
}

ids! {
    /// One patient of this database; not a number that anybody else uses.
    PatientId, "patient", false;
    /// One recorded fact (a statement, not the kind of fact).
    FactRecordId, "fact", true;
    /// One thing with versions: a decision, a task, a meeting.
    EntryId, "entry", true;
    /// One person who signs in.
    AccountId, "account", true;
    /// One merge of two patients.
    MergeId, "merge", true;
}

/// How often a patient's record has changed; grows by one with each change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Revision(pub i64);

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How often one task, meeting or other entry was written; the first version is one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub i64);

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
