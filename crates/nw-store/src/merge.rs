//! Two records of one person, put together and taken apart again. No row moves: a merge says under whom a record is
//! read from now on, and what was known before the merge is answered as before.

use jiff::Timestamp;

use crate::audit::{Action, Event};
use crate::db::params;
use crate::patient::{Patient, Touch, find, touch, writable};
use crate::time::from_micros;
use crate::{Context, MergeId, PatientId, Reason, Revision, Store, StoreError};

/// One merge in the history of a patient.
#[derive(Clone, PartialEq, Eq)]
pub struct PastMerge {
    /// Its id.
    pub id: MergeId,
    /// The patient that was kept.
    pub kept: PatientId,
    /// The patient that was read under it from then on.
    pub absorbed: PatientId,
    /// Since when.
    pub recorded_at: Timestamp,
    /// Why.
    pub reason: Reason,
    /// Until when; nothing when it still holds.
    pub undone_at: Option<Timestamp>,
}

crate::redacted!(PastMerge);

impl Store {
    /// Reads the record of `absorbed` under `kept` from now on. Both revisions must be those the caller has seen.
    ///
    /// # Errors
    /// [`StoreError::Stale`], [`StoreError::Merged`] when either was merged before, or why one cannot be written.
    pub async fn merge(
        &self,
        context: &Context,
        kept: (&PatientId, Revision),
        absorbed: (&PatientId, Revision),
        reason: &Reason,
    ) -> Result<MergeId, StoreError> {
        if kept.0 == absorbed.0 {
            return Err(StoreError::invalid("patient", "is the same twice", "name two different patients"));
        }
        let id = MergeId::new(context.at);
        let event =
            |of: &PatientId| Event::new(Action::Update, "merge").of(of).on(id.as_str()).because(reason);
        let events = vec![event(kept.0), event(absorbed.0)];
        let (kept, absorbed) = ((kept.0.clone(), kept.1), (absorbed.0.clone(), absorbed.1));
        let (who, reason, id_of) = (context.account(), reason.clone(), id.clone());
        self.write(context, events, move |tx| {
            Box::pin(async move {
                for (patient, base) in [&kept, &absorbed] {
                    let now = writable(tx, patient).await?;
                    if now.revision != *base {
                        return Err(StoreError::Stale { given: *base, newer: now.revision });
                    }
                }
                let at = tx.at;
                tx.conn
                    .execute(
                        "INSERT INTO patient_merge (id, kept, absorbed, recorded_at, recorded_by, reason) \
                         VALUES ($1, $2, $3, $4, $5, $6)",
                        params![
                            id_of.as_str(),
                            kept.0.as_str(),
                            absorbed.0.as_str(),
                            at,
                            who.clone(),
                            reason.as_str()
                        ],
                    )
                    .await?;
                let sql = "UPDATE patient SET merged_into = $2 WHERE id = $1";
                tx.conn.execute(sql, params![absorbed.0.as_str(), kept.0.as_str()]).await?;
                for (patient, base) in [&kept, &absorbed] {
                    let revision = Revision(base.0 + 1);
                    let moved = Touch::Revision { revision, who: who.as_deref(), what: "merge" };
                    touch(tx, patient, moved).await?;
                }
                Ok(())
            })
        })
        .await?;
        Ok(id)
    }

    /// Takes a merge back. What was recorded under the kept patient since then stays there.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] when it was taken back before, [`StoreError::Duplicate`] when the kept patient has
    /// taken over the other's number.
    pub async fn unmerge(
        &self,
        context: &Context,
        merge: &MergeId,
        reason: &Reason,
    ) -> Result<(), StoreError> {
        let sql = "SELECT kept, absorbed FROM patient_merge WHERE id = $1";
        let row = self.glance().await?.row(sql, params![merge.as_str()]).await?;
        let row = row.ok_or(StoreError::NotFound { what: "merge" })?;
        let both = [PatientId::stored(row.text(0)?), PatientId::stored(row.text(1)?)];
        let event =
            |of: &PatientId| Event::new(Action::Update, "unmerge").of(of).on(merge.as_str()).because(reason);
        let events = both.iter().map(event).collect();
        let (id, who, reason) = (merge.clone(), context.account(), reason.clone());
        self.write(context, events, move |tx| {
            Box::pin(async move {
                let sql = "SELECT 1 FROM patient_unmerge WHERE merge = $1";
                if tx.conn.row(sql, params![id.as_str()]).await?.is_some() {
                    return Err(StoreError::NotFound { what: "merge" });
                }
                let at = tx.at;
                tx.conn
                    .execute(
                        "INSERT INTO patient_unmerge (merge, recorded_at, recorded_by, reason) \
                         VALUES ($1, $2, $3, $4)",
                        params![id.as_str(), at, who.clone(), reason.as_str()],
                    )
                    .await?;
                let [kept, absorbed] = &both;
                let sql = "UPDATE patient SET merged_into = NULL WHERE id = $1 AND merged_into = $2";
                let freed = tx.conn.execute(sql, params![absorbed.as_str(), kept.as_str()]).await;
                freed.map_err(|error| match error {
                    StoreError::Database(cause) if cause.breaks("patient_number") => {
                        StoreError::Duplicate { what: "patient", field: "number" }
                    }
                    error => error,
                })?;
                for patient in [kept, absorbed] {
                    let now: Patient =
                        find(&mut tx.conn, patient).await?.ok_or(StoreError::Corrupt("patient_merge"))?;
                    if now.erased_at.is_some() {
                        return Err(StoreError::Erased);
                    }
                    let revision = Revision(now.revision.0 + 1);
                    let moved = Touch::Revision { revision, who: who.as_deref(), what: "unmerge" };
                    touch(tx, patient, moved).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// The merges of a patient, the latest first.
    ///
    /// # Errors
    /// The database fails.
    pub async fn merges(&self, context: &Context, patient: &PatientId) -> Result<Vec<PastMerge>, StoreError> {
        let found = async {
            let sql = "SELECT m.id, m.kept, m.absorbed, m.recorded_at, m.reason, u.recorded_at \
                       FROM patient_merge m LEFT JOIN patient_unmerge u ON u.merge = m.id \
                       WHERE m.kept = $1 OR m.absorbed = $1 ORDER BY m.recorded_at DESC";
            let rows = self.glance().await?.rows(sql, params![patient.as_str()]).await?;
            rows.iter()
                .map(|row| {
                    Ok(PastMerge {
                        id: MergeId::stored(row.text(0)?),
                        kept: PatientId::stored(row.text(1)?),
                        absorbed: PatientId::stored(row.text(2)?),
                        recorded_at: from_micros(row.int(3)?)?,
                        reason: Reason(row.text(4)?),
                        undone_at: row.optional_int(5)?.map(from_micros).transpose()?,
                    })
                })
                .collect()
        };
        let found = found.await;
        self.seen(context, Event::new(Action::Read, "merges").of(patient), found).await
    }
}
