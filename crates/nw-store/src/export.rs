//! One patient's whole record as JSON: for the patient, for a move to another centre, for whoever checks.

use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::audit::{Action, Event};
use crate::db::{Conn, params};
use crate::entry::all_of_patient;
use crate::fact::{history, members};
use crate::patient::readable;
use crate::{AuditFilter, Context, PatientId, Store, StoreError};

impl Store {
    /// Everything the record holds of a patient: identity, facts with their whole history, every version of every
    /// entry, documents with their bytes, merges, and who did what with the record.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or why the patient cannot be read. The attempt is in the audit log either way.
    pub async fn export_patient(&self, context: &Context, patient: &PatientId) -> Result<Value, StoreError> {
        let found = async {
            let mut conn = self.look().await?;
            let record = record(&mut conn, patient).await?;
            conn.done().await?;
            Ok(record)
        };
        let found: Result<Value, StoreError> = found.await;
        let mut record = self.seen(context, Event::new(Action::Export, "record").of(patient), found).await?;
        let mut log = Vec::new();
        let mut filter =
            AuditFilter { patient: Some(patient.clone()), most: Some(1000), ..AuditFilter::default() };
        loop {
            let page = self.audit(context, &filter).await?;
            log.extend(page.entries.iter().map(|e| {
                json!({
                    "seq": e.seq, "event": e.event, "at": e.at.to_string(), "action": e.action,
                    "object": {"kind": e.object_kind, "id": e.object}, "outcome": e.outcome, "cause": e.cause,
                    "actor": {"account": e.actor, "name": e.actor_name, "role": e.role,
                              "organisation": e.organisation},
                    "purpose": e.purpose, "basis": e.basis, "reason": e.reason,
                    "source": e.source, "accessPoint": e.access_point,
                    "list": e.patient.is_none(),
                })
            }));
            match page.next {
                Some(next) => filter.before = Some(next),
                None => break,
            }
        }
        log.reverse();
        record["audit"] = Value::Array(log);
        Ok(record)
    }
}

async fn record(conn: &mut Conn, id: &PatientId) -> Result<Value, StoreError> {
    let patient = readable(conn, id).await?;
    let facts = history(conn, id).await?;
    let entries = all_of_patient(conn, id)
        .await?
        .into_iter()
        .map(|raw| {
            let kind = raw.kind.clone();
            let entry = raw.read_any()?;
            let mut value = serde_json::to_value(entry).map_err(|_| StoreError::Fault)?;
            value["kind"] = Value::String(kind);
            Ok(value)
        })
        .collect::<Result<Vec<_>, StoreError>>()?;
    const BYTES: &str = members!(
        "$1",
        "$2",
        "SELECT c.id, c.bytes FROM content c JOIN member ON c.patient = member.id ORDER BY c.id"
    );
    let mut contents = serde_json::Map::new();
    for row in conn.rows(BYTES, params![id.as_str(), i64::MAX]).await? {
        contents.insert(row.text(0)?, Value::String(BASE64.encode(&row.bytes(1)?)));
    }
    let sql = "SELECT m.id, m.kept, m.absorbed, m.recorded_at, m.reason, u.recorded_at, u.reason \
               FROM patient_merge m LEFT JOIN patient_unmerge u ON u.merge = m.id \
               WHERE m.kept = $1 OR m.absorbed = $1 ORDER BY m.recorded_at";
    let mut merges = Vec::new();
    for row in conn.rows(sql, params![id.as_str()]).await? {
        merges.push(json!({
            "id": row.text(0)?, "kept": row.text(1)?, "absorbed": row.text(2)?,
            "at": crate::time::from_micros(row.int(3)?)?.to_string(), "reason": row.text(4)?,
            "undoneAt": row.optional_int(5)?.map(crate::time::from_micros).transpose()?.map(|t| t.to_string()),
            "undoneReason": row.optional_text(6)?,
        }));
    }
    Ok(json!({
        "format": "netwijzer-record", "version": 1,
        "patient": patient,
        "facts": facts,
        "entries": entries,
        "contents": contents,
        "merges": merges,
    }))
}
