//! Facts of a patient: recorded as typed, corrected by newer ones, never overwritten.
//!
//! Two times belong to each fact: the day on which it was true, and the moment from which the record held it.
//! [`Store::facts_as_of`] asks for both.

use jiff::Timestamp;
use nw_facts::{Date, FactSet, Observation, Vocabulary, read};
use serde::{Deserialize, Serialize};

use crate::audit::{Action, Event};
use crate::db::{Conn, Row, Sql, params};
use crate::patient::{Touch, touch, writable};
use crate::time::{day_of, day_text, from_micros, micros, optional_day};
use crate::words::words;
use crate::writer::Tx;
use crate::{AsOf, Context, EntryId, FactRecordId, Known, PatientId, Reason, Revision, Store, StoreError};

words! {
    /// What kind of place a fact comes from.
    OriginKind, "origin" {
        /// Somebody said or measured it, and typed it in.
        Person = "person",
        /// It stands in a report.
        Document = "document",
        /// Another system sent it.
        Import = "import",
    }
}

/// Where a fact comes from.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// What kind of place.
    pub kind: OriginKind,
    /// Its name for people: `pathology report`, `the patient`.
    pub label: String,
    /// The document in this record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<EntryId>,
    /// From which to which byte of the document's text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span: Option<(u64, u64)>,
}

impl Origin {
    /// A person.
    pub fn person(label: impl Into<String>) -> Self {
        Origin { kind: OriginKind::Person, label: label.into(), document: None, span: None }
    }

    /// A document of this record, and the words in it.
    pub fn document(document: EntryId, label: impl Into<String>, span: Option<(u64, u64)>) -> Self {
        Origin { kind: OriginKind::Document, label: label.into(), document: Some(document), span }
    }
}

/// A fact to be recorded.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewFact {
    /// Id of the fact in the vocabulary.
    pub fact: String,
    /// As typed: `<2 %`, `1,4 cm`, `not-done`.
    pub value: String,
    /// When it was true.
    pub true_on: Option<Date>,
    /// When somebody first knew it, if that was before it was recorded here.
    pub known_on: Option<Date>,
    /// Where it comes from.
    pub origin: Origin,
    /// The fact this one corrects.
    pub supersedes: Option<FactRecordId>,
}

impl NewFact {
    /// A fact without dates.
    pub fn new(fact: impl Into<String>, value: impl Into<String>, origin: Origin) -> Self {
        NewFact {
            fact: fact.into(),
            value: value.into(),
            true_on: None,
            known_on: None,
            origin,
            supersedes: None,
        }
    }

    /// The same, true on a day.
    #[must_use]
    pub fn on(mut self, day: Date) -> Self {
        self.true_on = Some(day);
        self
    }

    /// The same, in the place of an earlier one.
    #[must_use]
    pub fn instead_of(mut self, earlier: FactRecordId) -> Self {
        self.supersedes = Some(earlier);
        self
    }

    pub(crate) fn check(&self) -> Result<(), StoreError> {
        let bad = |text: &str| text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t'));
        let id = self.fact.len();
        if !(1..=200).contains(&id) || !self.fact.chars().all(|c| c.is_ascii_graphic()) {
            return Err(StoreError::invalid("fact", "is not an id", "use an id of the vocabulary"));
        }
        if self.value.trim().is_empty() || self.value.len() > 4000 || bad(&self.value) {
            return Err(StoreError::invalid(
                "value",
                "is empty, too long or holds control characters",
                "write one value of up to 4,000 characters; `unknown` when nobody knows",
            ));
        }
        if self.origin.label.len() > 4000 || bad(&self.origin.label) {
            return Err(StoreError::invalid(
                "origin",
                "is too long or holds control characters",
                "name the source in up to 4,000 characters",
            ));
        }
        Ok(())
    }
}

/// A fact of the record.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// Its own id.
    pub id: FactRecordId,
    /// Under which patient it was recorded; another than the one asked for after a merge.
    pub patient: PatientId,
    /// With which revision of that patient.
    pub revision: Revision,
    /// Since when the record holds it.
    pub recorded_at: Timestamp,
    /// Who recorded it.
    pub recorded_by: Option<String>,
    /// Id of the fact in the vocabulary.
    pub fact: String,
    /// As typed.
    pub value: String,
    /// When it was true.
    pub true_on: Option<Date>,
    /// When somebody first knew it.
    pub known_on: Option<Date>,
    /// Where it comes from.
    pub origin: Origin,
    /// The fact it corrects.
    pub supersedes: Option<FactRecordId>,
}

/// One line in the history of a patient's facts.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastFact {
    /// What was recorded. A retraction repeats fact and value of what it takes back.
    pub fact: Fact,
    /// Why it was taken back; nothing when it is a fact and no retraction.
    pub retracted: Option<String>,
    /// What corrected it or took it back later.
    pub superseded_by: Option<FactRecordId>,
}

crate::redacted!(Origin, NewFact, Fact, PastFact, Recorded, Changes);

/// What is to be changed together.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Changes {
    /// Facts to record.
    pub facts: Vec<NewFact>,
    /// Facts recorded in error: they stay visible in the history, and hold no longer.
    pub retract: Vec<FactRecordId>,
    /// Why they are taken back; asked for when there is anything to take back.
    pub reason: Option<Reason>,
}

impl Changes {
    pub(crate) fn is_empty(&self) -> bool {
        self.facts.is_empty() && self.retract.is_empty()
    }

    pub(crate) fn check(&self) -> Result<(), StoreError> {
        if self.facts.len() + self.retract.len() > 2000 {
            return Err(StoreError::invalid("facts", "are too many", "send up to 2,000 at once"));
        }
        self.facts.iter().try_for_each(NewFact::check)?;
        if !self.retract.is_empty() && self.reason.is_none() {
            return Err(StoreError::invalid("reason", "is missing", "say why the fact is taken back"));
        }
        Ok(())
    }

    /// What the audit log says of them.
    pub(crate) fn event(&self, patient: &PatientId) -> Event {
        let action = if self.facts.is_empty() { Action::Delete } else { Action::Update };
        let told = format!("{} recorded, {} taken back", self.facts.len(), self.retract.len());
        let event = Event::new(action, "facts").of(patient).with(told);
        match &self.reason {
            Some(reason) => event.because(reason),
            None => event,
        }
    }
}

/// What came of recording.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recorded {
    /// The revision that holds the change.
    pub revision: Revision,
    /// The moment from which it is known; [`Known::At`] with it gives exactly this state.
    pub at: Timestamp,
    /// Ids of the facts recorded, in order.
    pub facts: Vec<FactRecordId>,
}

/// A fact that the vocabulary can no longer read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Which.
    pub id: FactRecordId,
    /// Id of the fact as recorded.
    pub fact: String,
    /// Code of the fault; `unknown-fact` when the vocabulary has no such fact.
    pub code: &'static str,
}

/// What the record says, as the engine reads it; and what could not be read, which is shown and never dropped in silence.
pub fn fact_set(vocabulary: &Vocabulary, facts: &[Fact], as_of: Option<Date>) -> (FactSet, Vec<Unreadable>) {
    let mut set = FactSet::new().on(as_of);
    let mut unreadable = Vec::new();
    for fact in facts {
        let fault = |code| Unreadable { id: fact.id.clone(), fact: fact.fact.clone(), code };
        let Some(idx) = vocabulary.find_fact(&fact.fact) else {
            unreadable.push(fault("unknown-fact"));
            continue;
        };
        match read(vocabulary, idx, &fact.value) {
            Err(why) => unreadable.push(fault(why.code)),
            Ok(read) => {
                for (target, evidence) in read {
                    let observation = Observation {
                        fact: target,
                        evidence,
                        text: fact.value.trim().to_string(),
                        date: fact.true_on,
                        known: fact.known_on.or_else(|| Some(day_of(fact.recorded_at))),
                        origin: (!fact.origin.label.is_empty()).then(|| fact.origin.label.clone()),
                        via: (target != idx).then_some(idx),
                    };
                    set.add(observation.dated_by_itself(vocabulary.fact(target)));
                }
            }
        }
    }
    (set, unreadable)
}

impl Store {
    /// Records facts of a patient, all of them or none.
    ///
    /// `base` is the revision the writer has seen. Of several who write on the same revision one wins; the others get
    /// [`StoreError::Stale`] with the newer revision, and nothing of theirs is kept.
    ///
    /// # Errors
    /// [`StoreError::Stale`], [`StoreError::NotCurrent`], [`StoreError::Invalid`], or why the patient cannot be written.
    pub async fn record(
        &self,
        context: &Context,
        patient: &PatientId,
        base: Revision,
        facts: &[NewFact],
    ) -> Result<Recorded, StoreError> {
        let changes = Changes { facts: facts.to_vec(), ..Changes::default() };
        self.change(context, patient, base, &changes).await
    }

    /// Takes back facts that were recorded in error.
    ///
    /// # Errors
    /// As [`Store::record`].
    pub async fn retract(
        &self,
        context: &Context,
        patient: &PatientId,
        base: Revision,
        facts: &[FactRecordId],
        reason: &Reason,
    ) -> Result<Recorded, StoreError> {
        let changes = Changes { retract: facts.to_vec(), reason: Some(reason.clone()), ..Changes::default() };
        self.change(context, patient, base, &changes).await
    }

    /// Records and takes back together.
    ///
    /// # Errors
    /// As [`Store::record`].
    pub async fn change(
        &self,
        context: &Context,
        patient: &PatientId,
        base: Revision,
        changes: &Changes,
    ) -> Result<Recorded, StoreError> {
        if changes.is_empty() {
            return Err(StoreError::invalid("facts", "are missing", "send at least one fact"));
        }
        changes.check()?;
        let event = changes.event(patient);
        let (who, id, changes) = (context.account(), patient.clone(), changes.clone());
        let input = (base, changes.clone());
        self.write_once(context, event, &input, move |tx| {
            Box::pin(async move {
                let now = writable(tx, &id).await?;
                if now.revision != base {
                    return Err(StoreError::Stale { given: base, newer: now.revision });
                }
                let revision = Revision(base.0 + 1);
                let ids = write(tx, &who, &id, revision, &changes).await?;
                touch(tx, &id, Touch::Revision { revision, who: who.as_deref(), what: "facts" }).await?;
                Ok(Recorded { revision, at: tx.now()?, facts: ids })
            })
        })
        .await
    }

    /// The facts of a patient as they stood: what was true by then, as far as the record held it by then.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], or why the patient cannot be read. The attempt is in the audit log either way.
    pub async fn facts_as_of(
        &self,
        context: &Context,
        patient: &PatientId,
        as_of: AsOf,
    ) -> Result<Vec<Fact>, StoreError> {
        let found = async {
            let mut conn = self.look().await?;
            crate::objection::readable_for(&mut conn, context, patient).await?;
            let known = known(&mut conn, patient, as_of.known).await?;
            let facts = facts(&mut conn, patient, as_of.true_on, known).await?;
            conn.done().await?;
            Ok(facts)
        };
        let found = found.await;
        self.seen(context, Event::new(Action::Read, "facts").of(patient), found).await
    }

    /// Everything that was ever recorded of a patient's facts, in the order of recording.
    ///
    /// # Errors
    /// As [`Store::facts_as_of`].
    pub async fn fact_history(
        &self,
        context: &Context,
        patient: &PatientId,
    ) -> Result<Vec<PastFact>, StoreError> {
        let found = async {
            let mut conn = self.look().await?;
            crate::objection::readable_for(&mut conn, context, patient).await?;
            let past = history(&mut conn, patient).await?;
            conn.done().await?;
            Ok(past)
        };
        let found = found.await;
        self.seen(context, Event::new(Action::Read, "fact-history").of(patient), found).await
    }
}

/// Writes facts and takes facts back, as part of a revision.
pub(crate) async fn write(
    tx: &mut Tx,
    who: &Option<String>,
    patient: &PatientId,
    revision: Revision,
    changes: &Changes,
) -> Result<Vec<FactRecordId>, StoreError> {
    let mut ids = Vec::with_capacity(changes.facts.len());
    for (position, fact) in changes.facts.iter().enumerate() {
        if let Some(earlier) = &fact.supersedes {
            current(&mut tx.conn, patient, earlier).await?;
        }
        let own = FactRecordId::new(tx.now()?);
        let place = Place { id: &own, patient, revision, position, at: tx.at, who };
        insert(&mut tx.conn, &place, fact, None).await?;
        ids.push(own);
    }
    for (position, earlier) in changes.retract.iter().enumerate() {
        let fact = current(&mut tx.conn, patient, earlier).await?.instead_of(earlier.clone());
        let own = FactRecordId::new(tx.now()?);
        let position = changes.facts.len() + position;
        let place = Place { id: &own, patient, revision, position, at: tx.at, who };
        insert(&mut tx.conn, &place, &fact, changes.reason.as_ref()).await?;
    }
    Ok(ids)
}

/// Where a new fact goes.
pub(crate) struct Place<'p> {
    pub id: &'p FactRecordId,
    pub patient: &'p PatientId,
    pub revision: Revision,
    pub position: usize,
    pub at: i64,
    pub who: &'p Option<String>,
}

pub(crate) async fn insert(
    conn: &mut Conn,
    place: &Place<'_>,
    fact: &NewFact,
    retraction: Option<&Reason>,
) -> Result<(), StoreError> {
    let origin = serde_json::to_string(&fact.origin).map_err(|_| StoreError::Fault)?;
    conn.execute(
        "INSERT INTO fact (id, patient, revision, position, recorded_at, recorded_by, kind, fact, value, true_on, \
         known_on, origin, supersedes, reason) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        params![
            place.id.as_str(),
            place.patient.as_str(),
            place.revision.0,
            i64::try_from(place.position).unwrap_or(i64::MAX),
            place.at,
            place.who.clone(),
            if retraction.is_some() { "retraction" } else { "fact" },
            &fact.fact,
            &fact.value,
            fact.true_on.map(day_text),
            fact.known_on.map(day_text),
            origin,
            fact.supersedes.as_ref().map(|s| s.as_str().to_string()),
            retraction.map(|r| r.as_str().to_string()),
        ],
    )
    .await?;
    Ok(())
}

/// The ids under which a patient's record lies at a moment: the patient, and those merged into it by then.
macro_rules! members {
    ($patient:literal, $known:literal, $rest:literal) => {
        concat!(
            "WITH RECURSIVE member(id) AS (SELECT CAST(", $patient, " AS TEXT) UNION \
             SELECT m.absorbed FROM patient_merge m JOIN member k ON m.kept = k.id WHERE m.recorded_at <= ", $known,
            " AND NOT EXISTS (SELECT 1 FROM patient_unmerge u WHERE u.merge = m.id AND u.recorded_at <= ", $known,
            ")) ", $rest
        )
    };
}
pub(crate) use members;

fn fact(row: &Row) -> Result<Fact, StoreError> {
    Ok(Fact {
        id: FactRecordId::stored(row.text(0)?),
        patient: PatientId::stored(row.text(1)?),
        revision: Revision(row.int(2)?),
        recorded_at: from_micros(row.int(3)?)?,
        recorded_by: row.optional_text(4)?,
        fact: row.text(5)?,
        value: row.text(6)?,
        true_on: optional_day(row.optional_text(7)?)?,
        known_on: optional_day(row.optional_text(8)?)?,
        origin: serde_json::from_str(&row.text(9)?).map_err(|_| StoreError::Corrupt("fact"))?,
        supersedes: row.optional_text(10)?.map(FactRecordId::stored),
    })
}

const FACTS: &str = members!(
    "$1",
    "$2",
    "SELECT f.id, f.patient, f.revision, f.recorded_at, f.recorded_by, f.fact, f.value, f.true_on, f.known_on, \
     f.origin, f.supersedes FROM fact f JOIN member ON f.patient = member.id \
     WHERE f.kind = 'fact' AND f.recorded_at <= $2 \
     AND (f.true_on IS NULL OR CAST($3 AS TEXT) IS NULL OR f.true_on <= $3) \
     AND NOT EXISTS (SELECT 1 FROM fact s JOIN member sm ON s.patient = sm.id \
                     WHERE s.supersedes = f.id AND s.recorded_at <= $2) \
     ORDER BY f.recorded_at, f.position"
);

pub(crate) async fn facts(
    conn: &mut Conn,
    patient: &PatientId,
    true_on: Option<Date>,
    known: i64,
) -> Result<Vec<Fact>, StoreError> {
    let rows = conn.rows(FACTS, params![patient.as_str(), known, true_on.map(day_text)]).await?;
    rows.iter().map(fact).collect()
}

const HISTORY: &str = members!(
    "$1",
    "$2",
    "SELECT f.id, f.patient, f.revision, f.recorded_at, f.recorded_by, f.fact, f.value, f.true_on, f.known_on, \
     f.origin, f.supersedes, f.reason, \
     (SELECT MIN(s.id) FROM fact s JOIN member sm ON s.patient = sm.id WHERE s.supersedes = f.id) \
     FROM fact f JOIN member ON f.patient = member.id ORDER BY f.recorded_at, f.position"
);

pub(crate) async fn history(conn: &mut Conn, patient: &PatientId) -> Result<Vec<PastFact>, StoreError> {
    let rows = conn.rows(HISTORY, params![patient.as_str(), i64::MAX]).await?;
    rows.iter()
        .map(|row| {
            Ok(PastFact {
                fact: fact(row)?,
                retracted: row.optional_text(11)?,
                superseded_by: row.optional_text(12)?.map(FactRecordId::stored),
            })
        })
        .collect()
}

/// The fact to correct, if it still holds.
pub(crate) async fn current(
    conn: &mut Conn,
    patient: &PatientId,
    earlier: &FactRecordId,
) -> Result<NewFact, StoreError> {
    const CURRENT: &str = members!(
        "$1",
        "$2",
        "SELECT f.id, f.patient, f.revision, f.recorded_at, f.recorded_by, f.fact, f.value, f.true_on, f.known_on, \
         f.origin, f.supersedes FROM fact f JOIN member ON f.patient = member.id \
         WHERE f.id = $3 AND f.kind = 'fact' \
         AND NOT EXISTS (SELECT 1 FROM fact s JOIN member sm ON s.patient = sm.id WHERE s.supersedes = f.id)"
    );
    let row = conn.row(CURRENT, params![patient.as_str(), i64::MAX, earlier.as_str()]).await?;
    let found = fact(&row.ok_or(StoreError::NotCurrent)?)?;
    Ok(NewFact {
        fact: found.fact,
        value: found.value,
        true_on: found.true_on,
        known_on: found.known_on,
        origin: found.origin,
        supersedes: None,
    })
}

/// The moment that is asked for, in microseconds.
pub(crate) async fn known(conn: &mut Conn, patient: &PatientId, known: Known) -> Result<i64, StoreError> {
    match known {
        Known::Now => Ok(i64::MAX),
        Known::At(at) => Ok(micros(at)),
        Known::Revision(revision) => {
            let sql = Sql::Same("SELECT recorded_at FROM revision WHERE patient = $1 AND revision = $2");
            let row = conn.row(sql, params![patient.as_str(), revision.0]).await?;
            row.ok_or(StoreError::NotFound { what: "revision" })?.int(0)
        }
    }
}
