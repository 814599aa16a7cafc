//! Meetings with their agenda, documents, and the lists of tasks that people work from.

use std::collections::BTreeMap;

use data_encoding::HEXLOWER;
use nw_facts::Date;

use crate::audit::{Action, Event};
use crate::body::{AgendaItem, Contact, Decision, Document, Meeting, Task, TaskState};
use crate::db::{Conn, Sql, params};
use crate::entry::{Body as _, Entry, add_entry, children, raw, versions, with_entry};
use crate::fact::{Fact, facts};
use crate::patient::{Patient, Touch, find_all, touch, writable};
use crate::secret::fingerprint;
use crate::{AccountId, Context, EntryId, PatientId, Store, StoreError};

/// A patient on the agenda, with what is needed to see whether the case is complete.
#[derive(Clone, PartialEq, Eq)]
pub struct AgendaLine {
    /// The item.
    pub item: Entry<AgendaItem>,
    /// Who.
    pub patient: Patient,
    /// What holds of the patient now.
    pub facts: Vec<Fact>,
    /// What this meeting decided.
    pub decisions: Vec<Entry<Decision>>,
}

/// A meeting with its agenda.
#[derive(Clone, PartialEq, Eq)]
pub struct Agenda {
    /// The meeting.
    pub meeting: Entry<Meeting>,
    /// Its items in their order. Patients whose record is blocked or erased are left out.
    pub lines: Vec<AgendaLine>,
}

/// A task with whom it is about.
#[derive(Clone, PartialEq, Eq)]
pub struct TaskLine {
    /// The task.
    pub task: Entry<Task>,
    /// Who.
    pub patient: Patient,
}

/// A contact moment with whom it was about.
#[derive(Clone, PartialEq, Eq)]
pub struct ContactLine {
    /// The contact.
    pub contact: Entry<Contact>,
    /// Who.
    pub patient: Patient,
}

crate::redacted!(AgendaLine, Agenda, TaskLine, ContactLine);

/// Which tasks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// Only in these states; open and asked when nothing is said.
    pub states: Vec<TaskState>,
    /// Only those whose answer this holder has.
    pub holder: Option<String>,
    /// Only those of this person.
    pub assignee: Option<AccountId>,
    /// Only those that belong to this meeting or decision.
    pub parent: Option<EntryId>,
    /// Only those due by this day.
    pub due_by: Option<Date>,
    /// At most so many; 200 when nothing is said, never more than 1,000.
    pub most: Option<u32>,
}

impl Store {
    /// Plans a meeting.
    ///
    /// # Errors
    /// [`StoreError::Invalid`].
    pub async fn add_meeting(
        &self,
        context: &Context,
        meeting: &Meeting,
    ) -> Result<Entry<Meeting>, StoreError> {
        meeting.check()?;
        let event = Event::new(Action::Create, Meeting::KIND);
        let (who, meeting) = (context.clone(), meeting.clone());
        self.write_once(context, event, &meeting.clone(), move |tx| {
            Box::pin(async move {
                let id = EntryId::new(tx.now()?);
                add_entry(tx, &who, &id, None, &meeting).await
            })
        })
        .await
    }

    /// Meetings that begin on these days, in order.
    ///
    /// # Errors
    /// The database fails.
    pub async fn meetings(
        &self,
        context: &Context,
        from: Option<Date>,
        to: Option<Date>,
    ) -> Result<Vec<Entry<Meeting>>, StoreError> {
        let found = async {
            let sql = with_entry!(
                "SELECT ",
                " FROM entry e WHERE e.kind = 'meeting' \
                  AND NOT EXISTS (SELECT 1 FROM entry n WHERE n.id = e.id AND n.version > e.version) \
                  AND (CAST($1 AS TEXT) IS NULL OR e.due >= $1) AND (CAST($2 AS TEXT) IS NULL OR e.due <= $2) \
                  ORDER BY e.due, e.id LIMIT 1000"
            );
            let mut conn = self.glance().await?;
            let rows =
                conn.rows(sql, params![from.map(|d| d.to_string()), to.map(|d| d.to_string())]).await?;
            let mut all: Vec<Entry<Meeting>> =
                rows.iter().map(|r| raw(r)?.read()).collect::<Result<_, _>>()?;
            all.sort_by_key(|m| m.body.starts_at);
            Ok(all)
        };
        let found = found.await;
        self.seen(context, Event::new(Action::Read, "meetings"), found).await
    }

    /// A meeting with its agenda, and the facts of each patient on it.
    ///
    /// # Errors
    /// [`StoreError::NotFound`].
    pub async fn agenda(&self, context: &Context, meeting: &EntryId) -> Result<Agenda, StoreError> {
        let found = async {
            let mut conn = self.look().await?;
            let agenda = read_agenda(&mut conn, meeting).await?;
            conn.done().await?;
            Ok(agenda)
        };
        let found: Result<Agenda, StoreError> = found.await;
        let mut event = Event::new(Action::Read, "agenda").on(meeting.as_str());
        if let Ok(agenda) = &found {
            event = event.listing(agenda.lines.iter().map(|l| l.patient.id.clone()));
        }
        self.seen(context, event, found).await
    }

    /// Adds a report or letter with its bytes. Size and digest are filled in here.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] when it is larger than 20 MB, or why the patient cannot be written.
    pub async fn add_document(
        &self,
        context: &Context,
        patient: &PatientId,
        document: &Document,
        bytes: &[u8],
    ) -> Result<Entry<Document>, StoreError> {
        document.check()?;
        if bytes.len() > 20_000_000 {
            return Err(StoreError::invalid("document", "is larger than 20 MB", "send a smaller file"));
        }
        let mut document = document.clone();
        document.size = bytes.len() as u64;
        document.digest = HEXLOWER.encode(&fingerprint(bytes));
        let event = Event::new(Action::Create, Document::KIND).of(patient);
        let (who, patient, bytes) = (context.clone(), patient.clone(), bytes.to_vec());
        self.write_once(context, event, &document.clone(), move |tx| {
            Box::pin(async move {
                let now = writable(tx, &patient).await?;
                let id = EntryId::new(tx.now()?);
                let entry = add_entry(tx, &who, &id, Some(&patient), &document).await?;
                tx.conn
                    .execute(
                        "INSERT INTO content (id, patient, bytes) VALUES ($1, $2, $3)",
                        params![id.as_str(), patient.as_str(), bytes],
                    )
                    .await?;
                debug_assert!(now.revision.0 > 0);
                // A document takes nothing away from anybody; facts drawn from it move the revision themselves.
                touch(tx, &patient, Touch::Beside).await?;
                Ok(entry)
            })
        })
        .await
    }

    /// A document with its bytes.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Corrupt`] when the bytes are not those that were given.
    pub async fn document(
        &self,
        context: &Context,
        id: &EntryId,
    ) -> Result<(Entry<Document>, Vec<u8>), StoreError> {
        let entry: Entry<Document> = self.entry(context, id).await?;
        let mut conn = self.glance().await?;
        let row = conn.row("SELECT bytes FROM content WHERE id = $1", params![id.as_str()]).await?;
        let bytes = row.ok_or(StoreError::Corrupt("content"))?.bytes(0)?;
        if HEXLOWER.encode(&fingerprint(&bytes)) != entry.body.digest {
            return Err(StoreError::Corrupt("content"));
        }
        Ok((entry, bytes))
    }

    /// Tasks, those due first at the top; without a day at the end.
    ///
    /// # Errors
    /// The database fails.
    pub async fn tasks(&self, context: &Context, filter: &TaskFilter) -> Result<Vec<TaskLine>, StoreError> {
        let found = async {
            let mut conn = self.look().await?;
            let tasks = read_tasks(&mut conn, filter).await?;
            let of = tasks.iter().filter_map(|t| t.patient.clone());
            let who = patients_of(&mut conn, of).await?;
            conn.done().await?;
            Ok(tasks
                .into_iter()
                .filter_map(|task| {
                    let patient = who.get(task.patient.as_ref()?)?.clone();
                    Some(TaskLine { task, patient })
                })
                .collect::<Vec<_>>())
        };
        let found: Result<Vec<TaskLine>, StoreError> = found.await;
        let mut event = Event::new(Action::Read, "tasks");
        if let Ok(lines) = &found {
            event = event.listing(lines.iter().map(|l| l.patient.id.clone()));
        }
        self.seen(context, event, found).await
    }

    /// Contact moments of these days, the latest first.
    ///
    /// # Errors
    /// The database fails.
    pub async fn contacts(
        &self,
        context: &Context,
        from: jiff::Timestamp,
        to: jiff::Timestamp,
    ) -> Result<Vec<ContactLine>, StoreError> {
        let found = async {
            let sql = with_entry!(
                "SELECT ",
                " FROM entry e WHERE e.kind = 'contact' AND e.recorded_at BETWEEN $1 AND $2 \
                  AND NOT EXISTS (SELECT 1 FROM entry n WHERE n.id = e.id AND n.version > e.version) \
                  ORDER BY e.recorded_at DESC LIMIT 1000"
            );
            let mut conn = self.look().await?;
            let rows = conn.rows(sql, params![from.as_microsecond(), to.as_microsecond()]).await?;
            let all: Vec<Entry<Contact>> = rows.iter().map(|r| raw(r)?.read()).collect::<Result<_, _>>()?;
            let of = all.iter().filter_map(|t| t.patient.clone());
            let who = patients_of(&mut conn, of).await?;
            conn.done().await?;
            Ok(all
                .into_iter()
                .filter_map(|contact| {
                    let patient = who.get(contact.patient.as_ref()?)?.clone();
                    Some(ContactLine { contact, patient })
                })
                .collect::<Vec<_>>())
        };
        let found: Result<Vec<ContactLine>, StoreError> = found.await;
        let mut event = Event::new(Action::Read, "contacts");
        if let Ok(lines) = &found {
            event = event.listing(lines.iter().map(|l| l.patient.id.clone()));
        }
        self.seen(context, event, found).await
    }
}

/// Patients by id, as they are shown now: one who was merged stands as the one that was kept.
async fn patients_of(
    conn: &mut Conn,
    ids: impl Iterator<Item = PatientId>,
) -> Result<BTreeMap<PatientId, Patient>, StoreError> {
    let mut wanted: Vec<PatientId> = ids.collect();
    wanted.sort();
    wanted.dedup();
    let mut known: BTreeMap<PatientId, Patient> = BTreeMap::new();
    let mut open = wanted.clone();
    while !open.is_empty() {
        for patient in find_all(conn, &open).await? {
            known.insert(patient.id.clone(), patient);
        }
        let into = known.values().filter_map(|p| p.merged_into.clone());
        open = into.filter(|id| !known.contains_key(id)).collect();
        open.sort();
        open.dedup();
    }
    let mut shown = BTreeMap::new();
    for id in wanted {
        let mut patient = known.get(&id);
        // A chain of merges has an end: nobody is merged into somebody who was merged into them.
        while let Some(into) = patient.and_then(|p| p.merged_into.as_ref()) {
            patient = known.get(into);
        }
        if let Some(patient) = patient.filter(|p| p.blocked_at.is_none() && p.erased_at.is_none()) {
            shown.insert(id, patient.clone());
        }
    }
    Ok(shown)
}

async fn read_tasks(conn: &mut Conn, filter: &TaskFilter) -> Result<Vec<Entry<Task>>, StoreError> {
    let states: Vec<&str> = if filter.states.is_empty() {
        vec![TaskState::Open.word(), TaskState::Asked.word()]
    } else {
        filter.states.iter().map(|s| s.word()).collect()
    };
    let states = serde_json::to_string(&states).map_err(|_| StoreError::Fault)?;
    macro_rules! tasks {
        ($among:literal) => {
            concat!(
                with_entry!("SELECT ", " FROM entry e WHERE e.kind = 'task' AND e.state IN "),
                $among,
                " AND (CAST($2 AS TEXT) IS NULL OR e.holder = $2) AND (CAST($3 AS TEXT) IS NULL OR e.assignee = $3) \
                 AND (CAST($4 AS TEXT) IS NULL OR e.parent = $4) AND (CAST($5 AS TEXT) IS NULL OR e.due <= $5) \
                 AND NOT EXISTS (SELECT 1 FROM entry n WHERE n.id = e.id AND n.version > e.version) \
                 ORDER BY COALESCE(e.due, '9999-12-31'), e.id LIMIT $6"
            )
        };
    }
    let sql = Sql::Each {
        sqlite: tasks!("(SELECT value FROM json_each($1))"),
        postgres: tasks!("(SELECT json_array_elements_text(CAST($1 AS json)))"),
    };
    let rows = conn
        .rows(
            sql,
            params![
                states,
                filter.holder.clone(),
                filter.assignee.as_ref().map(|a| a.as_str().to_string()),
                filter.parent.as_ref().map(|p| p.as_str().to_string()),
                filter.due_by.map(|d| d.to_string()),
                i64::from(filter.most.unwrap_or(200).clamp(1, 1000)),
            ],
        )
        .await?;
    rows.iter().map(|r| raw(r)?.read()).collect()
}

async fn read_agenda(conn: &mut Conn, meeting: &EntryId) -> Result<Agenda, StoreError> {
    let found = versions(conn, meeting, Meeting::KIND).await?.pop();
    let found = found.ok_or(StoreError::NotFound { what: Meeting::KIND })?.read()?;
    let mut items: Vec<Entry<AgendaItem>> = children(conn, meeting, AgendaItem::KIND)
        .await?
        .into_iter()
        .map(crate::entry::Raw::read)
        .collect::<Result<_, _>>()?;
    items.sort_by_key(|i| i.body.position);
    let decisions: Vec<Entry<Decision>> = children(conn, meeting, Decision::KIND)
        .await?
        .into_iter()
        .map(crate::entry::Raw::read)
        .collect::<Result<_, _>>()?;
    let of = items.iter().filter_map(|i| i.patient.clone());
    let who = patients_of(conn, of).await?;
    let mut lines = Vec::with_capacity(items.len());
    for item in items {
        let Some(patient) = item.patient.as_ref().and_then(|p| who.get(p)).cloned() else { continue };
        let facts = facts(conn, &patient.id, None, i64::MAX).await?;
        let own = |d: &&Entry<Decision>| {
            d.body.agenda_item.as_ref().map_or(d.patient == item.patient, |a| *a == item.id)
        };
        let decisions = decisions.iter().filter(own).cloned().collect();
        lines.push(AgendaLine { item, patient, facts, decisions });
    }
    Ok(Agenda { meeting: found, lines })
}
