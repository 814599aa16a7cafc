//! How long a record is kept, blocking, and erasure after the period that the law asks for.

use nw_facts::Date;

use crate::audit::{Action, Event};
use crate::db::{Conn, params};
use crate::fact::members;
use crate::patient::find;
use crate::setting::RETENTION_YEARS;
use crate::time::{day_of, from_micros};
use crate::{Context, PatientId, Reason, Store, StoreError};

/// Kept when nothing is set: longer than any law asks, so that nothing is lost by an empty setting.
const LONGEST_YEARS: i16 = 1000;

/// A record with the first day on which it may be erased.
#[derive(Clone, PartialEq, Eq)]
pub struct KeptUntil {
    /// Whose.
    pub patient: PatientId,
    /// The first day on which it may be erased.
    pub until: Date,
}

crate::redacted!(KeptUntil);

impl Store {
    /// Blocks a record: it is kept, and nobody reads or writes it until it is unblocked.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Erased`].
    pub async fn block(
        &self,
        context: &Context,
        patient: &PatientId,
        reason: &Reason,
    ) -> Result<(), StoreError> {
        self.set_blocked(context, patient, reason, true).await
    }

    /// Opens a blocked record again.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Erased`].
    pub async fn unblock(
        &self,
        context: &Context,
        patient: &PatientId,
        reason: &Reason,
    ) -> Result<(), StoreError> {
        self.set_blocked(context, patient, reason, false).await
    }

    async fn set_blocked(
        &self,
        context: &Context,
        patient: &PatientId,
        reason: &Reason,
        blocked: bool,
    ) -> Result<(), StoreError> {
        let what = if blocked { "blocked" } else { "unblocked" };
        let event = Event::new(Action::Update, "patient").of(patient).because(reason).with(what);
        let id = patient.clone();
        self.write(context, vec![event], move |tx| {
            Box::pin(async move {
                let found = find(&mut tx.conn, &id).await?.ok_or(StoreError::NotFound { what: "patient" })?;
                if found.erased_at.is_some() {
                    return Err(StoreError::Erased);
                }
                let at = tx.at;
                let sql = "UPDATE patient SET blocked_at = $2, changed_at = $3 WHERE id = $1";
                tx.conn.execute(sql, params![id.as_str(), blocked.then_some(at), at]).await?;
                Ok(())
            })
        })
        .await
    }

    /// Records that may be erased on a day, the longest untouched first.
    ///
    /// # Errors
    /// The database fails.
    pub async fn erasable(&self, context: &Context, today: Date) -> Result<Vec<KeptUntil>, StoreError> {
        let found = async {
            let mut conn = self.look().await?;
            let years = years(&mut conn).await?;
            let sql = "SELECT p.id FROM patient p WHERE p.erased_at IS NULL AND p.merged_into IS NULL \
                       ORDER BY p.changed_at, p.id";
            let mut found = Vec::new();
            for row in conn.rows(sql, vec![]).await? {
                let patient = PatientId::stored(row.text(0)?);
                let until = kept_until(&mut conn, &patient, years).await?;
                if until <= today {
                    found.push(KeptUntil { patient, until });
                }
            }
            conn.done().await?;
            Ok(found)
        };
        let found: Result<Vec<KeptUntil>, StoreError> = found.await;
        let mut event = Event::new(Action::Read, "erasable");
        if let Ok(list) = &found {
            event = event.listing(list.iter().map(|k| k.patient.clone()));
        }
        self.seen(context, event, found).await
    }

    /// Erases a record for good, with those merged into it: facts, identity, documents, decisions, tasks.
    /// The audit log stays, and with it the fact that there was a record.
    ///
    /// # Errors
    /// [`StoreError::MustBeKept`] before its period is over, by the setting `retention.years`.
    pub async fn erase(
        &self,
        context: &Context,
        patient: &PatientId,
        today: Date,
        reason: &Reason,
    ) -> Result<(), StoreError> {
        let event = Event::new(Action::Delete, "record").of(patient).because(reason);
        let (id, who, reason) = (patient.clone(), context.account(), reason.clone());
        self.write(context, vec![event], move |tx| {
            Box::pin(async move {
                let found = find(&mut tx.conn, &id).await?.ok_or(StoreError::NotFound { what: "patient" })?;
                if found.erased_at.is_some() {
                    return Err(StoreError::Erased);
                }
                if let Some(into) = found.merged_into {
                    return Err(StoreError::Merged { into });
                }
                let years = years(&mut tx.conn).await?;
                let until = kept_until(&mut tx.conn, &id, years).await?;
                if until > today {
                    return Err(StoreError::MustBeKept { until });
                }
                let all = together(&mut tx.conn, &id).await?;
                let at = tx.at;
                for one in &all {
                    tx.conn
                        .execute(
                            "INSERT INTO erasure (patient, recorded_at, recorded_by, reason) VALUES ($1, $2, $3, $4)",
                            params![one.as_str(), at, who.clone(), reason.as_str()],
                        )
                        .await?;
                }
                // Those merged into another may be corrected by facts of it: those that refer go first.
                for one in &all {
                    let of = || params![one.as_str()];
                    tx.conn.execute("DELETE FROM content WHERE patient = $1", of()).await?;
                    tx.conn.execute("DELETE FROM entry WHERE patient = $1", of()).await?;
                    tx.conn.execute("DELETE FROM answered WHERE patient = $1", of()).await?;
                }
                erase_facts(&mut tx.conn, &all).await?;
                for one in &all {
                    let nobody = NOBODY;
                    tx.conn
                        .execute(
                            "UPDATE patient SET identity = $2, number = NULL, search = '', erased_at = $3, \
                             changed_at = $3, merged_into = NULL WHERE id = $1",
                            params![one.as_str(), nobody, at],
                        )
                        .await?;
                }
                Ok(())
            })
        })
        .await
    }
}

/// What is left of an identity.
const NOBODY: &str = r#"{"entry":"00000000-0000-0000-0000-000000000000","version":0,"body":{"name":"","number":null,"born":null}}"#;

async fn erase_facts(conn: &mut Conn, all: &[PatientId]) -> Result<(), StoreError> {
    let ids: Vec<&str> = all.iter().map(|p| p.as_str()).collect();
    let ids = serde_json::to_string(&ids).map_err(|_| StoreError::Fault)?;
    let sql = crate::db::Sql::Each {
        sqlite: "DELETE FROM fact WHERE patient IN (SELECT value FROM json_each($1))",
        postgres: "DELETE FROM fact WHERE patient IN (SELECT json_array_elements_text(CAST($1 AS json)))",
    };
    conn.execute(sql, params![ids]).await?;
    Ok(())
}

/// A patient and everybody merged into it.
async fn together(conn: &mut Conn, patient: &PatientId) -> Result<Vec<PatientId>, StoreError> {
    const ALL: &str = members!("$1", "$2", "SELECT id FROM member");
    let rows = conn.rows(ALL, params![patient.as_str(), i64::MAX]).await?;
    rows.iter().map(|r| r.text(0).map(PatientId::stored)).collect()
}

async fn years(conn: &mut Conn) -> Result<i16, StoreError> {
    let sql = "SELECT value FROM setting WHERE name = $1 ORDER BY version DESC LIMIT 1";
    let row = conn.row(sql, params![RETENTION_YEARS]).await?;
    let value = row.map(|r| r.text(0)).transpose()?;
    Ok(value
        .and_then(|v| v.trim().parse().ok())
        .filter(|y| (0..=LONGEST_YEARS).contains(y))
        .unwrap_or(LONGEST_YEARS))
}

/// Counted from the last change of the record or of one merged into it; reading does not count.
async fn kept_until(conn: &mut Conn, patient: &PatientId, years: i16) -> Result<Date, StoreError> {
    const LAST: &str = members!(
        "$1",
        "$2",
        "SELECT MAX(x.at) FROM (SELECT r.recorded_at AS at FROM revision r JOIN member ON r.patient = member.id \
         UNION ALL SELECT e.recorded_at AS at FROM entry e JOIN member ON e.patient = member.id) x"
    );
    let row = conn.row(LAST, params![patient.as_str(), i64::MAX]).await?.ok_or(StoreError::Fault)?;
    let last = day_of(from_micros(row.int(0)?)?);
    let until = last.checked_add(jiff::Span::new().years(years));
    Ok(until.unwrap_or(Date::MAX))
}
