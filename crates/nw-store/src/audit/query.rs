//! Reading the audit log. Reading it is itself written down.

use jiff::Timestamp;

use super::{Action, AuditEntry, AuditOutcome, Event};
use crate::db::{Row, params};
use crate::time::{from_micros, micros};
use crate::{AccountId, Context, PatientId, Store, StoreError};

/// Which entries, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only about this patient, lists that showed the patient included.
    pub patient: Option<PatientId>,
    /// Only by this account.
    pub actor: Option<AccountId>,
    /// Only this action.
    pub action: Option<Action>,
    /// Only with this outcome.
    pub outcome: Option<AuditOutcome>,
    /// Only access in an emergency.
    pub emergency: bool,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Up to this moment.
    pub to: Option<Timestamp>,
    /// Only entries before this one: the last of the page before.
    pub before: Option<i64>,
    /// At most so many; 100 when nothing is said, never more than 1,000.
    pub most: Option<u32>,
}

/// A page of the audit log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditPage {
    /// Its entries, the latest first.
    pub entries: Vec<AuditEntry>,
    /// What to ask with `before` for the next page; nothing when this was the last.
    pub next: Option<i64>,
}

/// Columns of an entry, in the order in which [`entry`] reads them.
macro_rules! with_audit {
    ($rest:literal) => {
        concat!(
            "SELECT a.seq, a.event, a.at, a.action, a.object_kind, a.object, a.patient, a.outcome, a.cause, a.actor, \
             a.actor_name, a.role, a.organisation, a.purpose, a.basis, a.reason, a.source, a.access_point, a.detail, \
             a.prev, a.hash FROM audit_entry a ",
            $rest
        )
    };
}
pub(super) use with_audit;

/// The question about the log, with what it says of the patient.
macro_rules! asked {
    ($patient:literal) => {
        concat!(
            with_audit!("WHERE "),
            $patient,
            " AND (CAST($2 AS TEXT) IS NULL OR a.actor = $2) AND (CAST($3 AS TEXT) IS NULL OR a.action = $3) \
             AND (CAST($4 AS TEXT) IS NULL OR a.outcome = $4) AND (CAST($5 AS TEXT) IS NULL OR a.basis = $5) \
             AND a.at >= $6 AND a.at <= $7 AND a.seq < $8 ORDER BY a.seq DESC LIMIT $9"
        )
    };
}

fn entry(row: &Row) -> Result<AuditEntry, StoreError> {
    Ok(AuditEntry {
        seq: row.int(0)?,
        event: row.text(1)?,
        at: from_micros(row.int(2)?)?,
        action: Action::stored(&row.text(3)?)?,
        object_kind: row.text(4)?,
        object: row.optional_text(5)?,
        patient: row.optional_text(6)?.map(PatientId::stored),
        outcome: AuditOutcome::stored(&row.text(7)?)?,
        cause: row.optional_text(8)?,
        actor: row.optional_text(9)?,
        actor_name: row.text(10)?,
        role: row.text(11)?,
        organisation: row.text(12)?,
        purpose: row.text(13)?,
        basis: row.text(14)?,
        reason: row.optional_text(15)?,
        source: row.text(16)?,
        access_point: row.optional_text(17)?,
        detail: row.optional_text(18)?,
        prev: row.bytes(19)?,
        hash: row.bytes(20)?,
    })
}

impl Store {
    /// A page of the audit log.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when an entry cannot be read; [`Store::verify_audit`] then tells which.
    pub async fn audit(&self, context: &Context, filter: &AuditFilter) -> Result<AuditPage, StoreError> {
        let found = async {
            let most = i64::from(filter.most.unwrap_or(100).clamp(1, 1000));
            let mut conn = self.glance().await?;
            // Without a patient the log is read from its end; with one, only what is about that patient.
            let sql = match filter.patient {
                None => asked!("CAST($1 AS TEXT) IS NULL"),
                Some(_) => asked!(
                    "a.seq IN (SELECT o.seq FROM audit_entry o WHERE o.patient = $1 \
                     UNION SELECT l.seq FROM audit_listed l WHERE l.patient = $1)"
                ),
            };
            let values = params![
                filter.patient.as_ref().map(|p| p.as_str().to_string()),
                filter.actor.as_ref().map(|a| a.as_str().to_string()),
                filter.action.map(Action::word),
                filter.outcome.map(AuditOutcome::word),
                filter.emergency.then_some("emergency"),
                filter.from.map_or(i64::MIN, micros),
                filter.to.map_or(i64::MAX, micros),
                filter.before.unwrap_or(i64::MAX),
                most + 1,
            ];
            let rows = conn.rows(sql, values).await?;
            let mut entries = rows.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
            let more = entries.len() as i64 > most;
            entries.truncate(usize::try_from(most).unwrap_or(usize::MAX));
            let next = entries.last().filter(|_| more).map(|e| e.seq);
            Ok(AuditPage { entries, next })
        };
        let found = found.await;
        let mut event = Event::new(Action::Read, "audit");
        event.patient = filter.patient.clone();
        self.seen(context, event, found).await
    }
}
