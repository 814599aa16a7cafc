//! What has versions: decisions, tasks, meetings, contact moments. A change is a new version; the old ones stay.

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::audit::{Action, Event};
use crate::db::{Conn, Row, params};
use crate::fact::members;
use crate::patient::{Touch, kept, touch, writable};
use crate::time::from_micros;
use crate::writer::Tx;
use crate::{AccountId, Context, EntryId, PatientId, Store, StoreError, Version};

/// One version of something in the record.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry<T> {
    /// Its id, the same for all versions.
    pub id: EntryId,
    /// Which version, from one on.
    pub version: Version,
    /// Of which patient; meetings have none.
    pub patient: Option<PatientId>,
    /// Since when the record holds this version.
    pub recorded_at: Timestamp,
    /// The account that wrote it.
    pub recorded_by: Option<AccountId>,
    /// Its name then.
    pub recorded_name: String,
    /// The role it wrote in.
    pub recorded_role: String,
    /// What it says.
    pub body: T,
}

impl<T> std::fmt::Debug for Entry<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Entry({:?} version {}, redacted)", self.id, self.version)
    }
}

/// By what an entry is found in lists.
#[derive(Default)]
pub struct Index {
    /// The meeting or decision it belongs to.
    pub parent: Option<EntryId>,
    /// Open, done, planned.
    pub state: Option<&'static str>,
    /// By when.
    pub due: Option<nw_facts::Date>,
    /// Who has the answer: a holder of the vocabulary.
    pub holder: Option<String>,
    /// Who does it.
    pub assignee: Option<AccountId>,
}

/// Keeps others from adding kinds of entries: their form in the database is decided in [`crate::body`].
pub(crate) mod sealed {
    pub trait Sealed {}
}

/// What an entry can be. The kinds are those of [`crate::body`]; nobody else adds one.
pub trait Body: sealed::Sealed + Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// Its name in the database.
    const KIND: &'static str;
    /// Whether it belongs to a patient.
    const OF_PATIENT: bool = true;
    /// Whether it is written by a method of its own only: it rests on a revision, or has bytes.
    const OWN_ROAD: bool = false;

    /// By what it is found.
    fn index(&self) -> Index {
        Index::default()
    }

    /// Whether it can be kept.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] with the field.
    fn check(&self) -> Result<(), StoreError> {
        Ok(())
    }
}

impl Store {
    /// Adds something to a patient's record: a task, a contact moment, a sign-off, an item of an agenda.
    ///
    /// # Errors
    /// [`StoreError::Invalid`], or why the patient cannot be written.
    pub async fn add<T: Body>(
        &self,
        context: &Context,
        patient: &PatientId,
        body: &T,
    ) -> Result<Entry<T>, StoreError> {
        if !T::OF_PATIENT || T::OWN_ROAD {
            // A decision must say on which revision it rests; a meeting has no patient.
            return Err(StoreError::Fault);
        }
        body.check()?;
        let event = Event::new(Action::Create, T::KIND).of(patient);
        let (who, patient, body) = (context.clone(), patient.clone(), body.clone());
        self.write_once(context, event, &body.clone(), move |tx| {
            Box::pin(async move {
                writable(tx, &patient).await?;
                let id = EntryId::new(tx.now()?);
                let entry = add_entry(tx, &who, &id, Some(&patient), &body).await?;
                touch(tx, &patient, Touch::Beside).await?;
                Ok(entry)
            })
        })
        .await
    }

    /// Changes an entry: a new version on top of the one the writer has seen.
    ///
    /// # Errors
    /// [`StoreError::StaleVersion`] when somebody was quicker; nothing is kept then.
    pub async fn amend<T: Body>(
        &self,
        context: &Context,
        id: &EntryId,
        base: Version,
        body: &T,
    ) -> Result<Entry<T>, StoreError> {
        if T::OWN_ROAD {
            return Err(StoreError::Fault);
        }
        body.check()?;
        let mut event = Event::new(Action::Update, T::KIND).on(id.as_str());
        event.patient = self.patient_of(id).await?;
        let (who, id, body) = (context.clone(), id.clone(), body.clone());
        self.write_once(context, event, &(id.clone(), base, body.clone()), move |tx| {
            Box::pin(async move {
                let entry = amend_entry(tx, &who, &id, base, &body).await?;
                if let Some(patient) = &entry.patient {
                    // After a merge the entry stays where it was written, and belongs to the patient that was kept.
                    let kept = kept(&mut tx.conn, patient).await?;
                    touch(tx, &kept.id, Touch::Beside).await?;
                }
                Ok(entry)
            })
        })
        .await
    }

    /// One entry as it stands now.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn entry<T: Body>(&self, context: &Context, id: &EntryId) -> Result<Entry<T>, StoreError> {
        let mut all = self.read_versions(context, id, true).await?;
        all.pop().ok_or(StoreError::NotFound { what: T::KIND })
    }

    /// All versions of an entry, the oldest first.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn versions<T: Body>(
        &self,
        context: &Context,
        id: &EntryId,
    ) -> Result<Vec<Entry<T>>, StoreError> {
        self.read_versions(context, id, false).await
    }

    async fn read_versions<T: Body>(
        &self,
        context: &Context,
        id: &EntryId,
        last: bool,
    ) -> Result<Vec<Entry<T>>, StoreError> {
        let mut event = Event::new(Action::Read, T::KIND).on(id.as_str());
        let found = async {
            let mut conn = self.look().await?;
            let mut rows = versions(&mut conn, id, T::KIND).await?;
            if last {
                rows.drain(..rows.len().saturating_sub(1));
            }
            let all = rows.into_iter().map(Raw::read).collect::<Result<Vec<Entry<T>>, _>>()?;
            let patient = all.first().and_then(|e| e.patient.clone());
            if let Some(patient) = &patient {
                kept(&mut conn, patient).await?;
            }
            conn.done().await?;
            if all.is_empty() { Err(StoreError::NotFound { what: T::KIND }) } else { Ok(all) }
        };
        let found: Result<Vec<Entry<T>>, StoreError> = found.await;
        event.patient = found.as_ref().ok().and_then(|a| a.first()).and_then(|e| e.patient.clone());
        self.seen(context, event, found).await
    }

    pub(crate) async fn patient_of(&self, id: &EntryId) -> Result<Option<PatientId>, StoreError> {
        let mut conn = self.glance().await?;
        let row = conn.row("SELECT patient FROM entry WHERE id = $1 LIMIT 1", params![id.as_str()]).await?;
        Ok(row.map(|r| r.optional_text(0)).transpose()?.flatten().map(PatientId::stored))
    }
}

/// An entry whose body was not read yet.
pub(crate) struct Raw {
    pub kind: String,
    entry: Entry<String>,
}

impl Raw {
    pub(crate) fn read<T: Body>(self) -> Result<Entry<T>, StoreError> {
        let body = serde_json::from_str(&self.entry.body).map_err(|_| StoreError::Corrupt(T::KIND))?;
        Ok(self.with(body))
    }

    /// The body as it stands, for exports.
    pub(crate) fn read_any(self) -> Result<Entry<serde_json::Value>, StoreError> {
        let body = serde_json::from_str(&self.entry.body).map_err(|_| StoreError::Corrupt("entry"))?;
        Ok(self.with(body))
    }

    fn with<T>(self, body: T) -> Entry<T> {
        let e = self.entry;
        Entry {
            id: e.id,
            version: e.version,
            patient: e.patient,
            recorded_at: e.recorded_at,
            recorded_by: e.recorded_by,
            recorded_name: e.recorded_name,
            recorded_role: e.recorded_role,
            body,
        }
    }
}

/// Columns of an entry, in the order in which [`raw`] reads them.
macro_rules! with_entry {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            "e.kind, e.id, e.version, e.patient, e.recorded_at, e.recorded_by, e.recorded_name, e.recorded_role, \
             e.body",
            $after
        )
    };
}
pub(crate) use with_entry;

pub(crate) fn raw(row: &Row) -> Result<Raw, StoreError> {
    Ok(Raw {
        kind: row.text(0)?,
        entry: Entry {
            id: EntryId::stored(row.text(1)?),
            version: Version(row.int(2)?),
            patient: row.optional_text(3)?.map(PatientId::stored),
            recorded_at: from_micros(row.int(4)?)?,
            recorded_by: row.optional_text(5)?.map(AccountId::stored),
            recorded_name: row.text(6)?,
            recorded_role: row.text(7)?,
            body: row.text(8)?,
        },
    })
}

const LATEST: &str = concat!(
    "WITH RECURSIVE member(id) AS (SELECT CAST($1 AS TEXT) UNION \
     SELECT m.absorbed FROM patient_merge m JOIN member k ON m.kept = k.id WHERE m.recorded_at <= $2 \
     AND NOT EXISTS (SELECT 1 FROM patient_unmerge u WHERE u.merge = m.id AND u.recorded_at <= $2)) ",
    with_entry!(
        "SELECT ",
        " FROM entry e JOIN member ON e.patient = member.id WHERE e.recorded_at <= $2 AND e.kind <> 'identity' \
          AND NOT EXISTS (SELECT 1 FROM entry n WHERE n.id = e.id AND n.version > e.version AND n.recorded_at <= $2) \
          ORDER BY e.recorded_at, e.id"
    )
);

/// Everything a patient's record holds beside facts, each in the version known at a moment.
pub(crate) async fn latest_of_patient(
    conn: &mut Conn,
    patient: &PatientId,
    known: i64,
) -> Result<Vec<Raw>, StoreError> {
    conn.rows(LATEST, params![patient.as_str(), known]).await?.iter().map(raw).collect()
}

/// Every version of everything, for export.
pub(crate) async fn all_of_patient(conn: &mut Conn, patient: &PatientId) -> Result<Vec<Raw>, StoreError> {
    const ALL: &str = concat!(
        members!("$1", "$2", ""),
        with_entry!(
            "SELECT ",
            " FROM entry e JOIN member ON e.patient = member.id ORDER BY e.recorded_at, e.id"
        )
    );
    conn.rows(ALL, params![patient.as_str(), i64::MAX]).await?.iter().map(raw).collect()
}

pub(crate) async fn versions(conn: &mut Conn, id: &EntryId, kind: &str) -> Result<Vec<Raw>, StoreError> {
    let sql = with_entry!("SELECT ", " FROM entry e WHERE e.id = $1 AND e.kind = $2 ORDER BY e.version");
    conn.rows(sql, params![id.as_str(), kind]).await?.iter().map(raw).collect()
}

/// The latest versions of one kind that belong to a meeting or decision.
pub(crate) async fn children(conn: &mut Conn, parent: &EntryId, kind: &str) -> Result<Vec<Raw>, StoreError> {
    let sql = with_entry!(
        "SELECT ",
        " FROM entry e WHERE e.parent = $1 AND e.kind = $2 \
          AND NOT EXISTS (SELECT 1 FROM entry n WHERE n.id = e.id AND n.version > e.version) \
          ORDER BY e.recorded_at, e.id"
    );
    conn.rows(sql, params![parent.as_str(), kind]).await?.iter().map(raw).collect()
}

/// Writes the first version.
pub(crate) async fn add_entry<T: Body>(
    tx: &mut Tx,
    context: &Context,
    id: &EntryId,
    patient: Option<&PatientId>,
    body: &T,
) -> Result<Entry<T>, StoreError> {
    write_version(tx, context, id, Version(1), patient, body).await
}

/// Writes a version on top of the last.
pub(crate) async fn amend_entry<T: Body>(
    tx: &mut Tx,
    context: &Context,
    id: &EntryId,
    base: Version,
    body: &T,
) -> Result<Entry<T>, StoreError> {
    let sql = "SELECT version, patient FROM entry WHERE id = $1 AND kind = $2 ORDER BY version DESC LIMIT 1";
    let row = tx.conn.row(sql, params![id.as_str(), T::KIND]).await?;
    let row = row.ok_or(StoreError::NotFound { what: T::KIND })?;
    let newer = Version(row.int(0)?);
    if newer != base {
        return Err(StoreError::StaleVersion { what: T::KIND, given: base, newer });
    }
    let patient = row.optional_text(1)?.map(PatientId::stored);
    write_version(tx, context, id, Version(base.0 + 1), patient.as_ref(), body).await
}

async fn write_version<T: Body>(
    tx: &mut Tx,
    context: &Context,
    id: &EntryId,
    version: Version,
    patient: Option<&PatientId>,
    body: &T,
) -> Result<Entry<T>, StoreError> {
    let text = serde_json::to_string(body).map_err(|_| StoreError::Fault)?;
    let index = body.index();
    let (at, now) = (tx.at, tx.now()?);
    tx.conn
        .execute(
            "INSERT INTO entry (id, version, kind, patient, parent, state, due, holder, assignee, recorded_at, \
             recorded_by, recorded_name, recorded_role, body) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
            params![
                id.as_str(),
                version.0,
                T::KIND,
                patient.map(|p| p.as_str().to_string()),
                index.parent.map(String::from),
                index.state,
                index.due.map(|d| d.to_string()),
                index.holder,
                index.assignee.map(String::from),
                at,
                context.account(),
                &context.actor.name,
                context.actor.role.word(),
                text,
            ],
        )
        .await?;
    Ok(Entry {
        id: id.clone(),
        version,
        patient: patient.cloned(),
        recorded_at: now,
        recorded_by: context.actor.account.clone(),
        recorded_name: context.actor.name.clone(),
        recorded_role: context.actor.role.word().to_string(),
        body: body.clone(),
    })
}
