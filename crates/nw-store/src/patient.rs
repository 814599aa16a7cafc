//! Patients: who they are, the worklist, and one patient's page in three questions to the database.

use jiff::Timestamp;
use nw_facts::Date;
use serde::{Deserialize, Serialize};

use crate::audit::{Action, Event};
use crate::body::{AgendaItem, Contact, Decision, Document, Execution, Identity, SignOff, Task};
use crate::db::{Conn, Row, params};
use crate::entry::{Body as _, Entry, Raw, add_entry, amend_entry, latest_of_patient};
use crate::fact::{Fact, facts, known};
use crate::handover::Handover;
use crate::objection::{Objection, objecting, readable_for};
use crate::time::from_micros;
use crate::writer::Tx;
use crate::{AsOf, Context, EntryId, PatientId, Revision, SavedCalendar, Store, StoreError, Version};

/// A patient as the lists show one.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Patient {
    /// The id in this database.
    pub id: PatientId,
    /// How often facts, identity or decisions changed; what a writer must have seen.
    pub revision: Revision,
    /// Time of the last change of any kind, tasks and contacts included. Different whenever anything differs.
    pub changed_at: Timestamp,
    /// When the record was begun.
    pub created_at: Timestamp,
    /// Who it is.
    pub identity: Identity,
    /// The entry that holds the identity, for changing it.
    pub identity_entry: EntryId,
    /// Its version.
    pub identity_version: Version,
    /// The patient this one was merged into.
    pub merged_into: Option<PatientId>,
    /// Since when the record is blocked.
    pub blocked_at: Option<Timestamp>,
    /// Since when nothing but the audit log is left.
    pub erased_at: Option<Timestamp>,
}

/// A line of the worklist.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorklistLine {
    /// Who.
    pub patient: Patient,
    /// Tasks that are open or asked.
    pub open_tasks: i64,
    /// The first day on which one of them is due.
    pub next_due: Option<Date>,
    /// The meeting in which the patient is listed next.
    pub meeting: Option<EntryId>,
}

/// Which patients, and how many.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PatientFilter {
    /// Every word must occur in name, number or date of birth.
    pub text: String,
    /// Only those with an open task due by this day.
    pub due_by: Option<Date>,
    /// Only those listed in this meeting.
    pub meeting: Option<EntryId>,
    /// Also those whose record is blocked.
    pub blocked: bool,
    /// Begin after this one: the last of the page before.
    pub after: Option<PatientId>,
    /// At most so many; 50 when nothing is said, never more than 200.
    pub most: Option<u32>,
}

/// A page of the worklist.
#[derive(Clone, PartialEq, Eq)]
pub struct Worklist {
    /// Its lines, by name.
    pub lines: Vec<WorklistLine>,
    /// The last of this page, to ask for the next one; nothing when there is no next one.
    pub next: Option<PatientId>,
}

/// Everything one patient's page shows, as of one moment.
#[derive(Clone, PartialEq, Eq)]
pub struct PatientPage {
    /// Who, and the revision to write on.
    pub patient: Patient,
    /// What holds.
    pub facts: Vec<Fact>,
    /// Reports and letters, without their bytes.
    pub documents: Vec<Entry<Document>>,
    /// What was decided.
    pub decisions: Vec<Entry<Decision>>,
    /// What came of it.
    pub executions: Vec<Entry<Execution>>,
    /// What is to be done, and what was done.
    pub tasks: Vec<Entry<Task>>,
    /// Contact moments.
    pub contacts: Vec<Entry<Contact>>,
    /// What the patient took home.
    pub handovers: Vec<Entry<Handover>>,
    /// Who signed what.
    pub sign_offs: Vec<Entry<SignOff>>,
    /// In which meetings the patient was or will be discussed.
    pub agenda: Vec<Entry<AgendaItem>>,
    /// The calendar; of two records that were merged each may have one, the older first.
    pub calendars: Vec<Entry<SavedCalendar>>,
    /// What the patient said of the use for research and registries; of two records that were merged each may have one.
    pub objections: Vec<Entry<Objection>>,
}

crate::redacted!(Patient, WorklistLine, Worklist, PatientPage);

impl Store {
    /// Begins the record of a patient.
    ///
    /// # Errors
    /// [`StoreError::Duplicate`] when another patient has the same number.
    pub async fn add_patient(&self, context: &Context, identity: &Identity) -> Result<Patient, StoreError> {
        identity.check()?;
        // Not of the new patient: a repeated request must look the same.
        let event = Event::new(Action::Create, "patient");
        let (who, input) = (context.clone(), identity.clone());
        self.write_once(context, event, identity, move |tx| {
            Box::pin(async move {
                let id = begin(tx, &who, &input).await?;
                find(&mut tx.conn, &id).await?.ok_or(StoreError::Fault)
            })
        })
        .await
    }

    /// Changes who a patient is said to be. What was said before stays in the record.
    ///
    /// # Errors
    /// [`StoreError::Stale`], [`StoreError::Duplicate`], or why the patient cannot be written.
    pub async fn identify(
        &self,
        context: &Context,
        patient: &PatientId,
        base: Revision,
        identity: &Identity,
    ) -> Result<Patient, StoreError> {
        identity.check()?;
        let event = Event::new(Action::Update, "patient").of(patient);
        let (id, identity, who) = (patient.clone(), identity.clone(), context.clone());
        self.write_once(context, event, &(base, identity.clone()), move |tx| {
            Box::pin(async move {
                let now = writable(tx, &id).await?;
                if now.revision != base {
                    return Err(StoreError::Stale { given: base, newer: now.revision });
                }
                name(tx, &who, &now, &identity).await?;
                let revision = Revision(base.0 + 1);
                let account = who.account();
                touch(tx, &id, Touch::Revision { revision, who: account.as_deref(), what: "identity" })
                    .await?;
                find(&mut tx.conn, &id).await?.ok_or(StoreError::Fault)
            })
        })
        .await
    }

    /// One patient without facts: who it is and at which revision.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]. A patient who was merged, blocked or erased is found, and says so.
    pub async fn patient(&self, context: &Context, patient: &PatientId) -> Result<Patient, StoreError> {
        let found = async {
            let mut conn = self.glance().await?;
            find(&mut conn, patient).await?.ok_or(StoreError::NotFound { what: "patient" })
        };
        let found = found.await;
        self.seen(context, Event::new(Action::Read, "patient").of(patient), found).await
    }

    /// Everything that one patient's page shows, as of a moment, in three questions to the database.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or why the patient cannot be read. The attempt is in the audit log either way.
    pub async fn patient_page(
        &self,
        context: &Context,
        patient: &PatientId,
        as_of: AsOf,
    ) -> Result<PatientPage, StoreError> {
        let found = async {
            let mut conn = self.look().await?;
            let who = readable_for(&mut conn, context, patient).await?;
            let known = known(&mut conn, patient, as_of.known).await?;
            let facts = facts(&mut conn, patient, as_of.true_on, known).await?;
            let entries = latest_of_patient(&mut conn, patient, known).await?;
            conn.done().await?;
            page(who, facts, entries)
        };
        let found = found.await;
        self.seen(context, Event::new(Action::Read, "record").of(patient), found).await
    }

    /// A page of the worklist, by name. Whoever asks for research or registries does not see who objects to it.
    ///
    /// # Errors
    /// The database fails.
    pub async fn patients(&self, context: &Context, filter: &PatientFilter) -> Result<Worklist, StoreError> {
        let found = async {
            let mut conn = self.glance().await?;
            worklist(&mut conn, filter, context.is_secondary()).await
        };
        let found = found.await;
        let mut event = Event::new(Action::Read, "worklist");
        if let Ok(list) = &found {
            event = event.listing(list.lines.iter().map(|l| l.patient.id.clone()));
        }
        self.seen(context, event, found).await
    }
}

/// Begins a record, at its first revision.
pub(crate) async fn begin(tx: &mut Tx, who: &Context, identity: &Identity) -> Result<PatientId, StoreError> {
    let (id, entry, at) = (PatientId::new(tx.now()?), EntryId::new(tx.now()?), tx.at);
    let body = serde_json::to_string(&Shown { entry: &entry, version: 1, body: identity })
        .map_err(|_| StoreError::Fault)?;
    tx.conn
        .execute(
            "INSERT INTO patient (id, created_at, revision, changed_at, identity, number, search) \
             VALUES ($1, $2, 1, $2, $3, $4, $5)",
            params![id.as_str(), at, body, identity.number.clone(), identity.search()],
        )
        .await
        .map_err(same_number)?;
    add_entry(tx, who, &entry, Some(&id), identity).await?;
    note_revision(tx, &id, Revision(1), who.account().as_deref(), "begun").await?;
    tx.note(Event::new(Action::Create, "patient").of(&id));
    tx.made = Some(id.as_str().to_string());
    Ok(id)
}

/// Writes who a patient is said to be from now on, as part of a revision.
pub(crate) async fn name(
    tx: &mut Tx,
    who: &Context,
    now: &Patient,
    identity: &Identity,
) -> Result<(), StoreError> {
    let entry = amend_entry(tx, who, &now.identity_entry, now.identity_version, identity).await?;
    let body = Shown { entry: &entry.id, version: entry.version.0, body: identity };
    let body = serde_json::to_string(&body).map_err(|_| StoreError::Fault)?;
    tx.conn
        .execute(
            "UPDATE patient SET identity = $2, number = $3, search = $4 WHERE id = $1",
            params![now.id.as_str(), body, identity.number.clone(), identity.search()],
        )
        .await
        .map_err(same_number)?;
    Ok(())
}

fn page(patient: Patient, facts: Vec<Fact>, entries: Vec<Raw>) -> Result<PatientPage, StoreError> {
    let mut page = PatientPage {
        patient,
        facts,
        documents: Vec::new(),
        decisions: Vec::new(),
        executions: Vec::new(),
        tasks: Vec::new(),
        contacts: Vec::new(),
        handovers: Vec::new(),
        sign_offs: Vec::new(),
        agenda: Vec::new(),
        calendars: Vec::new(),
        objections: Vec::new(),
    };
    for raw in entries {
        match raw.kind.as_str() {
            Document::KIND => page.documents.push(raw.read()?),
            Decision::KIND => page.decisions.push(raw.read()?),
            Execution::KIND => page.executions.push(raw.read()?),
            Task::KIND => page.tasks.push(raw.read()?),
            Contact::KIND => page.contacts.push(raw.read()?),
            Handover::KIND => page.handovers.push(raw.read()?),
            SignOff::KIND => page.sign_offs.push(raw.read()?),
            AgendaItem::KIND => page.agenda.push(raw.read()?),
            SavedCalendar::KIND => page.calendars.push(raw.read()?),
            Objection::KIND => page.objections.push(raw.read()?),
            _ => {}
        }
    }
    Ok(page)
}

/// The identity as it stands beside the patient, with the entry it came from.
#[derive(Serialize)]
struct Shown<'s> {
    entry: &'s EntryId,
    version: i64,
    body: &'s Identity,
}

#[derive(Deserialize)]
struct Stored {
    entry: EntryId,
    version: i64,
    body: Identity,
}

fn same_number(error: StoreError) -> StoreError {
    match error {
        StoreError::Database(cause) if cause.breaks("patient_number") => {
            StoreError::Duplicate { what: "patient", field: "number" }
        }
        error => error,
    }
}

/// Columns of a patient, in the order in which [`patient`] reads them.
macro_rules! with_patient {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            "p.id, p.created_at, p.revision, p.changed_at, p.identity, p.merged_into, p.blocked_at, p.erased_at",
            $after
        )
    };
}

pub(crate) fn patient(row: &Row) -> Result<Patient, StoreError> {
    let stored: Stored = serde_json::from_str(&row.text(4)?).map_err(|_| StoreError::Corrupt("patient"))?;
    Ok(Patient {
        id: PatientId::stored(row.text(0)?),
        created_at: from_micros(row.int(1)?)?,
        revision: Revision(row.int(2)?),
        changed_at: from_micros(row.int(3)?)?,
        identity: stored.body,
        identity_entry: stored.entry,
        identity_version: Version(stored.version),
        merged_into: row.optional_text(5)?.map(PatientId::stored),
        blocked_at: row.optional_int(6)?.map(from_micros).transpose()?,
        erased_at: row.optional_int(7)?.map(from_micros).transpose()?,
    })
}

pub(crate) async fn find(conn: &mut Conn, id: &PatientId) -> Result<Option<Patient>, StoreError> {
    let sql = with_patient!("SELECT ", " FROM patient p WHERE p.id = $1");
    conn.row(sql, params![id.as_str()]).await?.as_ref().map(patient).transpose()
}

/// The patients of a list, in no order.
pub(crate) async fn find_all(conn: &mut Conn, ids: &[PatientId]) -> Result<Vec<Patient>, StoreError> {
    let ids: Vec<&str> = ids.iter().map(|i| i.as_str()).collect();
    let ids = serde_json::to_string(&ids).map_err(|_| StoreError::Fault)?;
    let sql = crate::db::Sql::Each {
        sqlite: with_patient!("SELECT ", " FROM patient p WHERE p.id IN (SELECT value FROM json_each($1))"),
        postgres: with_patient!(
            "SELECT ",
            " FROM patient p WHERE p.id IN (SELECT json_array_elements_text(CAST($1 AS json)))"
        ),
    };
    conn.rows(sql, params![ids]).await?.iter().map(patient).collect()
}

/// A patient whose record may be looked into.
pub(crate) async fn readable(conn: &mut Conn, id: &PatientId) -> Result<Patient, StoreError> {
    usable(find(conn, id).await?.ok_or(StoreError::NotFound { what: "patient" })?)
}

/// A patient whose record may be added to. Nobody else writes until the transaction ends.
pub(crate) async fn writable(tx: &mut Tx, id: &PatientId) -> Result<Patient, StoreError> {
    readable(&mut tx.conn, id).await
}

/// The patient under whom a record is kept now: itself, or the one it was merged into.
pub(crate) async fn kept(conn: &mut Conn, id: &PatientId) -> Result<Patient, StoreError> {
    let mut id = id.clone();
    // A chain of merges is short; a longer one would be a circle.
    for _ in 0..100 {
        let found = find(conn, &id).await?.ok_or(StoreError::NotFound { what: "patient" })?;
        match found.merged_into {
            Some(into) => id = into,
            None => return usable(found),
        }
    }
    Err(StoreError::Corrupt("patient"))
}

fn usable(patient: Patient) -> Result<Patient, StoreError> {
    if patient.erased_at.is_some() {
        return Err(StoreError::Erased);
    }
    if let Some(into) = patient.merged_into {
        return Err(StoreError::Merged { into });
    }
    if patient.blocked_at.is_some() {
        return Err(StoreError::Blocked);
    }
    Ok(patient)
}

/// How a patient changed.
pub(crate) enum Touch<'t> {
    /// What others may have built on changed: facts, identity, decisions.
    Revision { revision: Revision, who: Option<&'t str>, what: &'t str },
    /// Something was added that takes nothing away from anybody: a task, a contact moment.
    Beside,
}

/// Notes that a patient changed.
pub(crate) async fn touch(tx: &mut Tx, id: &PatientId, touch: Touch<'_>) -> Result<(), StoreError> {
    let at = tx.at;
    match touch {
        Touch::Beside => {
            tx.conn
                .execute("UPDATE patient SET changed_at = $2 WHERE id = $1", params![id.as_str(), at])
                .await?;
        }
        Touch::Revision { revision, who, what } => {
            let sql = "UPDATE patient SET changed_at = $2, revision = $3 WHERE id = $1";
            tx.conn.execute(sql, params![id.as_str(), at, revision.0]).await?;
            note_revision(tx, id, revision, who, what).await?;
        }
    }
    Ok(())
}

async fn note_revision(
    tx: &mut Tx,
    id: &PatientId,
    revision: Revision,
    who: Option<&str>,
    what: &str,
) -> Result<(), StoreError> {
    let at = tx.at;
    tx.conn
        .execute(
            "INSERT INTO revision (patient, revision, recorded_at, recorded_by, what) VALUES ($1, $2, $3, $4, $5)",
            params![id.as_str(), revision.0, at, who, what],
        )
        .await?;
    Ok(())
}

const WORKLIST: &str = concat!(
    // From the beginning of time; for whoever treats nobody is left out.
    objecting!("-9223372036854775807", ""),
    with_patient!(
        "SELECT ",
        ", t.open_tasks, t.next_due, \
     (SELECT MIN(a.parent) FROM entry a JOIN entry m ON m.id = a.parent AND m.kind = 'meeting' \
       WHERE a.patient = p.id AND a.kind = 'agenda' AND a.state = 'listed' AND m.state = 'planned' \
       AND NOT EXISTS (SELECT 1 FROM entry n WHERE n.id = a.id AND n.version > a.version) \
       AND NOT EXISTS (SELECT 1 FROM entry n WHERE n.id = m.id AND n.version > m.version)) \
     FROM patient p \
     LEFT JOIN (SELECT e.patient, COUNT(*) AS open_tasks, MIN(e.due) AS next_due FROM entry e \
       WHERE e.kind = 'task' AND e.state IN ('open', 'asked') \
       AND NOT EXISTS (SELECT 1 FROM entry n WHERE n.id = e.id AND n.version > e.version) \
       GROUP BY e.patient) t ON t.patient = p.id \
     WHERE p.merged_into IS NULL AND p.erased_at IS NULL AND (p.blocked_at IS NULL OR $1 = 1) \
     AND p.search LIKE $2 ESCAPE '!' AND p.search LIKE $3 ESCAPE '!' AND p.search LIKE $4 ESCAPE '!' \
     AND (CAST($5 AS TEXT) IS NULL OR t.next_due <= $5) \
     AND (CAST($6 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM entry a WHERE a.parent = $6 AND a.kind = 'agenda' \
       AND a.patient = p.id AND a.state <> 'withdrawn' \
       AND NOT EXISTS (SELECT 1 FROM entry n WHERE n.id = a.id AND n.version > a.version))) \
     AND (CAST($7 AS TEXT) IS NULL OR p.search > (SELECT l.search FROM patient l WHERE l.id = $7) \
       OR (p.search = (SELECT l.search FROM patient l WHERE l.id = $7) AND p.id > $7)) \
     AND ($9 = 0 OR p.id NOT IN (SELECT id FROM objecting)) \
     ORDER BY p.search, p.id LIMIT $8"
    )
);

async fn worklist(conn: &mut Conn, filter: &PatientFilter, secondary: bool) -> Result<Worklist, StoreError> {
    let most = i64::from(filter.most.unwrap_or(50).clamp(1, 200));
    let folded = fold(&filter.text);
    let words: Vec<String> = folded.split_whitespace().map(escaped).collect();
    // The first two words anywhere; what follows in the order typed.
    let word = |at: usize| words.get(at).map_or_else(|| "%".to_string(), |w| format!("%{w}%"));
    let rest = words.get(2..).unwrap_or_default().join("%");
    let rows = conn
        .rows(
            WORKLIST,
            params![
                i64::from(filter.blocked),
                word(0),
                word(1),
                format!("%{rest}%"),
                filter.due_by.map(|d| d.to_string()),
                filter.meeting.as_ref().map(|m| m.as_str().to_string()),
                filter.after.as_ref().map(|a| a.as_str().to_string()),
                most + 1,
                i64::from(secondary),
            ],
        )
        .await?;
    let mut lines = Vec::new();
    for row in &rows {
        if lines.len() as i64 == most {
            break;
        }
        let patient = patient(row)?;
        lines.push(WorklistLine {
            patient,
            open_tasks: row.optional_int(8)?.unwrap_or_default(),
            next_due: crate::time::optional_day(row.optional_text(9)?)?,
            meeting: row.optional_text(10)?.map(EntryId::stored),
        });
    }
    let last = lines.last().filter(|_| rows.len() as i64 > most);
    Ok(Worklist { next: last.map(|l: &WorklistLine| l.patient.id.clone()), lines })
}

/// `%` and `_` as themselves.
fn escaped(word: &str) -> String {
    word.chars().flat_map(|c| matches!(c, '%' | '_' | '!').then_some('!').into_iter().chain([c])).collect()
}

/// Lower case without marks on letters, so that `Müller` is found by `muller`.
pub(crate) fn fold(text: &str) -> String {
    let plain = |c: char| match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' => 'a',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        'ñ' => 'n',
        'ý' | 'ÿ' => 'y',
        c => c,
    };
    text.to_lowercase().chars().map(plain).collect()
}
