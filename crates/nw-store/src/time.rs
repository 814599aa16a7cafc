//! Times and days as the database keeps them. No clock stands here: times come in with each request.

use jiff::Timestamp;
use nw_facts::Date;

use crate::StoreError;

/// Microseconds since 1970.
pub(crate) fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

pub(crate) fn from_micros(micros: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(micros).map_err(|_| StoreError::Corrupt("time"))
}

pub(crate) fn day_text(day: Date) -> String {
    day.to_string()
}

pub(crate) fn day(text: &str) -> Result<Date, StoreError> {
    text.parse().map_err(|_| StoreError::Corrupt("day"))
}

pub(crate) fn optional_day(text: Option<String>) -> Result<Option<Date>, StoreError> {
    text.as_deref().map(day).transpose()
}

/// The civil day in UTC.
pub(crate) fn day_of(at: Timestamp) -> Date {
    at.to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// Which moment of a record is asked for: what was true then, and what was known then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct AsOf {
    /// Leave out what was true only later.
    pub true_on: Option<Date>,
    /// Leave out what was recorded only later.
    pub known: Known,
}

/// What the record held then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Known {
    /// Everything recorded up to now.
    #[default]
    Now,
    /// What had been recorded by this moment.
    At(Timestamp),
    /// What the record held right after this revision of the patient.
    Revision(crate::Revision),
}

impl AsOf {
    /// Everything known now, whenever it was true.
    pub fn now() -> Self {
        AsOf::default()
    }

    /// What was true by a day, as far as it is known now.
    pub fn true_on(day: Date) -> Self {
        AsOf { true_on: Some(day), known: Known::Now }
    }

    /// The same, as it was known at a moment.
    #[must_use]
    pub fn known_at(self, at: Timestamp) -> Self {
        AsOf { known: Known::At(at), ..self }
    }

    /// The same, as it was known right after a revision.
    #[must_use]
    pub fn known_with(self, revision: crate::Revision) -> Self {
        AsOf { known: Known::Revision(revision), ..self }
    }
}
