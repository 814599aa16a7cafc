//! Objection to use for research and registries: once it is in the record, whoever reads for that reads nothing of this
//! patient, also of what was recorded before; taken back, everything can be read again.
//!
//! The rule stands in the record itself, not with those who ask: see [`Context::is_secondary`].

use jiff::Timestamp;
use nw_facts::Date;
use serde::{Deserialize, Serialize};

use crate::audit::{Action, Event};
use crate::body::text;
use crate::db::{Conn, params};
use crate::entry::{Body, Entry, Index, add_entry, amend_entry, latest_of_patient, sealed};
use crate::fact::members;
use crate::patient::{Touch, readable, touch, writable};
use crate::time::micros;
use crate::words::words;
use crate::writer::Tx;
use crate::{Context, EntryId, Patient, PatientId, Store, StoreError, Version};

words! {
    /// What a patient says of the use of the own data for research and registries.
    Stance, "stance" {
        /// They may not be used.
        Objects = "objects",
        /// They may be used; an objection is taken back with it.
        Agrees = "agrees",
    }
}

/// What a patient said of the use for research and registries.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// Whether the patient objects.
    pub stance: Stance,
    /// The day on which it was said.
    pub said_on: Date,
    /// To whom or how: `told the nurse`, `letter of the patient`, `FHIR Consent`.
    pub told: String,
}

crate::redacted!(Objection);

impl sealed::Sealed for Objection {}

impl Body for Objection {
    const KIND: &'static str = "objection";
    const OWN_ROAD: bool = true;

    fn index(&self) -> Index {
        Index { state: Some(self.stance.word()), ..Index::default() }
    }

    fn check(&self) -> Result<(), StoreError> {
        text("told", &self.told, 3, 1000)
    }
}

/// Whether what was said amounts to an objection: of two records that were merged one is enough.
pub fn objects(said: &[Entry<Objection>]) -> bool {
    said.iter().any(|entry| entry.body.stance == Stance::Objects)
}

/// How often something was said; what a writer must have seen.
pub fn said(entries: &[Entry<Objection>]) -> Version {
    Version(entries.iter().map(|entry| entry.version.0).sum())
}

impl Context {
    /// Whether this reading serves others than the patient: research, registries, figures of the analyst.
    pub fn is_secondary(&self) -> bool {
        self.purpose == crate::Purpose::Research || self.actor.role == crate::Role::Analyst
    }
}

impl Store {
    /// Keeps what a patient says of the use for research and registries, on top of what the writer has seen ([`said`]).
    ///
    /// # Errors
    /// [`StoreError::StaleVersion`] when somebody was quicker; nothing is kept then.
    pub async fn object(
        &self,
        context: &Context,
        patient: &PatientId,
        seen: Version,
        body: &Objection,
    ) -> Result<Vec<Entry<Objection>>, StoreError> {
        body.check()?;
        let event = event(patient, body);
        let (who, patient, body) = (context.clone(), patient.clone(), body.clone());
        self.write_once(context, event, &(seen, body.clone()), move |tx| {
            Box::pin(async move {
                writable(tx, &patient).await?;
                let now = say(tx, &who, &patient, seen, &body).await?;
                touch(tx, &patient, Touch::Beside).await?;
                Ok(now)
            })
        })
        .await
    }

    /// What a patient said of the use for research and registries, now.
    ///
    /// # Errors
    /// Why the patient cannot be read.
    pub async fn objection(
        &self,
        context: &Context,
        patient: &PatientId,
    ) -> Result<Vec<Entry<Objection>>, StoreError> {
        let found = async {
            let mut conn = self.look().await?;
            readable(&mut conn, patient).await?;
            let found = of(&mut conn, patient).await?;
            conn.done().await?;
            Ok(found)
        };
        let found = found.await;
        self.seen(context, Event::new(Action::Read, Objection::KIND).of(patient), found).await
    }

    /// Who objects, of those who said so after a moment: whoever holds their data takes them back. Records that were
    /// merged are named, too, since their data may have left under their own name.
    ///
    /// # Errors
    /// The database fails.
    pub async fn objecting(
        &self,
        context: &Context,
        since: Option<Timestamp>,
    ) -> Result<Vec<PatientId>, StoreError> {
        let found = async {
            let mut conn = self.glance().await?;
            let since = since.map_or(i64::MIN, micros);
            let rows = conn.rows(OBJECTING, params![since]).await?;
            rows.iter().map(|r| r.text(0).map(PatientId::stored)).collect()
        };
        let found: Result<Vec<PatientId>, StoreError> = found.await;
        let mut event = Event::new(Action::Read, "objections");
        if let Ok(list) = &found {
            event = event.listing(list.iter().cloned());
        }
        self.seen(context, event, found).await
    }
}

/// Those who object, and those under whom they are kept.
macro_rules! objecting {
    ($since:literal, $rest:literal) => {
        concat!(
            "WITH RECURSIVE objecting(id) AS (SELECT e.patient FROM entry e \
             WHERE e.kind = 'objection' AND e.state = 'objects' AND e.patient IS NOT NULL AND e.recorded_at > ",
            $since,
            " AND NOT EXISTS (SELECT 1 FROM entry n WHERE n.id = e.id AND n.version > e.version) \
             UNION SELECT m.kept FROM patient_merge m JOIN objecting o ON m.absorbed = o.id \
             WHERE NOT EXISTS (SELECT 1 FROM patient_unmerge u WHERE u.merge = m.id)) ",
            $rest
        )
    };
}
pub(crate) use objecting;

const OBJECTING: &str = objecting!("$1", "SELECT id FROM objecting ORDER BY id");

/// Writes what a patient says as part of a write.
pub(crate) async fn say(
    tx: &mut Tx,
    who: &Context,
    patient: &PatientId,
    seen: Version,
    body: &Objection,
) -> Result<Vec<Entry<Objection>>, StoreError> {
    let held = of(&mut tx.conn, patient).await?;
    let newer = said(&held);
    if newer != seen {
        return Err(StoreError::StaleVersion { what: Objection::KIND, given: seen, newer });
    }
    let mut now = Vec::new();
    // Of two records that were merged each has its own: what is said now holds for both.
    for entry in &held {
        now.push(amend_entry(tx, who, &entry.id, entry.version, body).await?);
    }
    if held.is_empty() {
        let id = EntryId::new(tx.now()?);
        now.push(add_entry(tx, who, &id, Some(patient), body).await?);
    }
    Ok(now)
}

/// What the audit log says of it.
pub(crate) fn event(patient: &PatientId, body: &Objection) -> Event {
    Event::new(Action::Update, Objection::KIND).of(patient).with(body.stance.word())
}

async fn of(conn: &mut Conn, patient: &PatientId) -> Result<Vec<Entry<Objection>>, StoreError> {
    let held = latest_of_patient(conn, patient, i64::MAX).await?;
    held.into_iter().filter(|raw| raw.kind == Objection::KIND).map(|raw| raw.read()).collect()
}

/// A patient whose record may be looked into for what is asked: not for others when the patient objects.
pub(crate) async fn readable_for(
    conn: &mut Conn,
    context: &Context,
    id: &PatientId,
) -> Result<Patient, StoreError> {
    const ONE: &str = members!(
        "$1",
        "$2",
        "SELECT e.id FROM entry e JOIN member ON e.patient = member.id \
         WHERE e.kind = 'objection' AND e.state = 'objects' \
         AND NOT EXISTS (SELECT 1 FROM entry n WHERE n.id = e.id AND n.version > e.version) LIMIT 1"
    );
    let found = readable(conn, id).await?;
    if context.is_secondary() && conn.row(ONE, params![id.as_str(), i64::MAX]).await?.is_some() {
        return Err(StoreError::Objects);
    }
    Ok(found)
}
