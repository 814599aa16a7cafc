//! What entries say: identity, documents, decisions, tasks, contact moments, meetings.
//!
//! These are the forms in which they lie in the database. A field that is added later gets `#[serde(default)]`,
//! so that what was written before it can still be read.

use jiff::Timestamp;
use nw_facts::Date;
use serde::{Deserialize, Serialize};

use crate::entry::{Body, Index};
use crate::patient::fold;
use crate::words::words;
use crate::{AccountId, EntryId, Revision, StoreError, Version};

words! {
    /// What a task is about.
    TaskKind, "task" {
        /// A fact is asked of whoever has it.
        Request = "request",
        /// A visit, scan or test that is due.
        FollowUp = "follow-up",
        /// What a decision asked for, until it is done.
        Decision = "decision",
        /// Somebody is to be called or written to.
        Contact = "contact",
        /// Anything else.
        Other = "other",
    }

    /// How far a task is.
    TaskState, "task-state" {
        /// Not begun.
        Open = "open",
        /// Asked, waiting for the answer.
        Asked = "asked",
        /// Done.
        Done = "done",
        /// Not needed any more.
        Cancelled = "cancelled",
    }

    /// How somebody was in contact.
    ContactKind, "contact-kind" {
        /// By telephone.
        Phone = "phone",
        /// Face to face.
        Visit = "visit",
        /// By video.
        Video = "video",
        /// By letter or message.
        Message = "message",
    }

    /// Whether what was decided was done.
    ExecutionState, "execution-state" {
        /// It has a date.
        Planned = "planned",
        /// Done.
        Done = "done",
        /// Done in part.
        Partly = "partly",
        /// Not done.
        NotDone = "not-done",
    }

    /// How far a meeting is.
    MeetingState, "meeting-state" {
        /// It will be held.
        Planned = "planned",
        /// It is being held.
        Running = "running",
        /// It was held; its minutes are ready.
        Closed = "closed",
        /// It was not held.
        Cancelled = "cancelled",
    }

    /// How far an item of an agenda is.
    AgendaState, "agenda-state" {
        /// On the agenda.
        Listed = "listed",
        /// Discussed.
        Discussed = "discussed",
        /// Put off to a later meeting.
        Deferred = "deferred",
        /// Taken off.
        Withdrawn = "withdrawn",
    }

    /// How much time a case needs.
    Triage, "triage" {
        /// Follows the guideline; nothing is missing.
        Standard = "standard",
        /// Needs discussion.
        Complex = "complex",
    }
}

/// Who a patient is.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Identity {
    /// Name as on the letters.
    pub name: String,
    /// Number in the hospital.
    pub number: Option<String>,
    /// Date of birth.
    pub born: Option<Date>,
    /// As registered; free text.
    #[serde(default)]
    pub sex: Option<String>,
    /// Telephone or address for contact.
    #[serde(default)]
    pub contact: Option<String>,
    /// The general practitioner, who gets the letter.
    #[serde(default)]
    pub general_practitioner: Option<String>,
    /// Who referred.
    #[serde(default)]
    pub referrer: Option<String>,
    /// Language of letters and leaflets: `nl` or `en`.
    #[serde(default)]
    pub language: Option<String>,
    /// An invented patient, for demonstration and teaching.
    #[serde(default)]
    pub synthetic: bool,
}

impl Identity {
    pub(crate) fn search(&self) -> String {
        let born = self.born.map(|b| b.to_string());
        let parts = [Some(self.name.as_str()), self.number.as_deref(), born.as_deref()];
        fold(&parts.into_iter().flatten().collect::<Vec<_>>().join(" "))
    }
}

/// A report or letter; its bytes are kept apart.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// What it is: `pathology-report`, `decision-letter`, …
    pub kind: String,
    /// Title for people.
    pub title: String,
    /// Date on the document.
    pub dated: Option<Date>,
    /// Who wrote it.
    pub author: Option<String>,
    /// Type of the bytes: `text/plain`, `application/pdf`.
    pub media_type: String,
    /// Number of bytes.
    pub size: u64,
    /// SHA-256 of the bytes, hexadecimal.
    pub digest: String,
}

/// What the program said when the decision was taken, so that it can be replayed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// Id of the guideline.
    pub guideline: String,
    /// Its edition.
    pub edition: String,
    /// Digest of its texts.
    pub digest: String,
    /// The date of the assessment: what was true by then.
    pub as_of: Option<Date>,
    /// What the record held by then.
    pub known_at: Timestamp,
    /// The revision it was drawn from.
    pub revision: Revision,
    /// Conventions that were switched off.
    #[serde(default)]
    pub without_conventions: Vec<String>,
    /// The conclusions as given: JSON, byte for byte.
    pub conclusions: String,
}

/// An option that was on the table.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Considered {
    /// Id of the conclusion (`option.…`), or free text for what the guideline does not list.
    pub option: String,
    /// What the guideline said of it: `option`, `selected`, `not-yet`, …
    pub status: Option<String>,
    /// What was said about it.
    #[serde(default)]
    pub remark: String,
}

/// Where a decision departs from the guideline.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departure {
    /// Coded reason: `patient-wish`, `comorbidity`, …
    pub code: String,
    /// In words.
    pub explanation: String,
}

/// A decision of the meeting.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The meeting.
    pub meeting: Option<EntryId>,
    /// The item of its agenda.
    pub agenda_item: Option<EntryId>,
    /// The day.
    pub decided_on: Date,
    /// The advice that lay on the table.
    pub advice: Option<Advice>,
    /// The options considered.
    pub considered: Vec<Considered>,
    /// The options chosen.
    pub chosen: Vec<String>,
    /// The decision in words, as in the letter.
    pub text: String,
    /// Why.
    #[serde(default)]
    pub rationale: String,
    /// Where it departs from the guideline, and why.
    pub departure: Option<Departure>,
}

/// What came of a decision: the closing of the loop.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Execution {
    /// The decision.
    pub decision: EntryId,
    /// Whether it was done.
    pub state: ExecutionState,
    /// When.
    pub on: Option<Date>,
    /// If not, why not: coded.
    pub reason: Option<String>,
    /// In words.
    #[serde(default)]
    pub note: String,
}

/// Something to be done.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// What it is about.
    pub kind: TaskKind,
    /// What is to be done.
    pub title: String,
    /// The fact that is asked for.
    pub fact: Option<String>,
    /// Who has the answer: a holder of the vocabulary (`pathology`, …).
    pub holder: Option<String>,
    /// Who does it.
    pub assignee: Option<AccountId>,
    /// By when.
    pub due: Option<Date>,
    /// How far it is.
    pub state: TaskState,
    /// The meeting or decision it belongs to.
    pub parent: Option<EntryId>,
    /// When it was done.
    #[serde(default)]
    pub done_on: Option<Date>,
    /// What came of it, or why not.
    #[serde(default)]
    pub outcome: String,
}

impl Task {
    /// An open task.
    pub fn new(kind: TaskKind, title: impl Into<String>) -> Self {
        Task {
            kind,
            title: title.into(),
            fact: None,
            holder: None,
            assignee: None,
            due: None,
            state: TaskState::Open,
            parent: None,
            done_on: None,
            outcome: String::new(),
        }
    }
}

/// A contact moment.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// When.
    pub at: Timestamp,
    /// How.
    pub kind: ContactKind,
    /// With whom: the patient, a partner, the general practitioner.
    pub with: String,
    /// What was said.
    pub note: String,
    /// Problems that were signalled, as coded words.
    #[serde(default)]
    pub signals: Vec<String>,
    /// The next contact.
    pub next: Option<Date>,
}

/// Somebody signed for one version of something.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOff {
    /// What was signed.
    pub of: EntryId,
    /// Which version of it.
    pub version: Version,
    /// What the signature means: `decided`, `read`, `sent`.
    pub meaning: String,
}

/// Somebody at a meeting.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendee {
    /// The account, for those who have one.
    pub account: Option<AccountId>,
    /// Name.
    pub name: String,
    /// Role in the meeting: `chair`, `surgeon`, …
    pub role: String,
    /// Was there.
    pub present: bool,
}

/// A multidisciplinary meeting.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meeting {
    /// Title.
    pub title: String,
    /// When it begins.
    pub starts_at: Timestamp,
    /// Where.
    #[serde(default)]
    pub place: String,
    /// How far it is.
    pub state: MeetingState,
    /// Who is invited and who came.
    #[serde(default)]
    pub attendees: Vec<Attendee>,
    /// Minutes of what concerns no single patient.
    #[serde(default)]
    pub minutes: String,
}

/// A patient on the agenda of a meeting.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgendaItem {
    /// The meeting.
    pub meeting: EntryId,
    /// Place on the agenda.
    pub position: u32,
    /// What is asked of the meeting.
    pub question: String,
    /// How far it is.
    pub state: AgendaState,
    /// How much time it needs.
    pub triage: Option<Triage>,
    /// The proof of the triage: JSON as the program gave it.
    #[serde(default)]
    pub proof: Option<String>,
    /// Who presents.
    #[serde(default)]
    pub presenter: String,
    /// Minutes of the discussion.
    #[serde(default)]
    pub minutes: String,
}

crate::redacted!(
    Identity, Document, Advice, Considered, Departure, Decision, Execution, Task, Contact, SignOff, Attendee,
    Meeting, AgendaItem
);

macro_rules! sealed {
    ($($name:ident),*) => { $(impl crate::entry::sealed::Sealed for $name {})* };
}
sealed!(Identity, Document, Decision, Execution, Task, Contact, SignOff, Meeting, AgendaItem);

/// Refuses what is empty, too long, or cannot be kept.
pub(crate) fn text(field: &'static str, text: &str, least: usize, most: usize) -> Result<(), StoreError> {
    let long = text.trim().chars().count();
    if long < least {
        return Err(StoreError::invalid(field, "is empty", "fill it in"));
    }
    if long > most || text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\t' | '\r')) {
        return Err(StoreError::invalid(field, "is too long or holds control characters", "shorten it"));
    }
    Ok(())
}

fn json(field: &'static str, text: &str) -> Result<(), StoreError> {
    match serde_json::from_str::<serde::de::IgnoredAny>(text) {
        Ok(_) if text.len() <= 4_000_000 => Ok(()),
        _ => Err(StoreError::invalid(field, "is not JSON", "send it as the program gave it")),
    }
}

impl Body for Identity {
    const KIND: &'static str = "identity";
    const OWN_ROAD: bool = true;

    fn check(&self) -> Result<(), StoreError> {
        text("name", &self.name, 1, 200)?;
        for (field, value) in [
            ("number", &self.number),
            ("sex", &self.sex),
            ("contact", &self.contact),
            ("general-practitioner", &self.general_practitioner),
            ("referrer", &self.referrer),
            ("language", &self.language),
        ] {
            if let Some(value) = value {
                text(field, value, 1, 500)?;
            }
        }
        Ok(())
    }
}

impl Body for Document {
    const KIND: &'static str = "document";
    const OWN_ROAD: bool = true;

    fn check(&self) -> Result<(), StoreError> {
        text("kind", &self.kind, 1, 100)?;
        text("title", &self.title, 1, 300)?;
        text("media-type", &self.media_type, 1, 100)
    }
}

impl Body for Decision {
    const KIND: &'static str = "decision";
    const OWN_ROAD: bool = true;

    fn index(&self) -> Index {
        Index { parent: self.meeting.clone(), due: Some(self.decided_on), ..Index::default() }
    }

    fn check(&self) -> Result<(), StoreError> {
        text("decision", &self.text, 1, 20_000)?;
        text("rationale", &self.rationale, 0, 20_000)?;
        if let Some(departure) = &self.departure {
            text("departure", &departure.code, 1, 100)?;
            text("departure", &departure.explanation, 0, 20_000)?;
        }
        self.advice.as_ref().map_or(Ok(()), |a| json("conclusions", &a.conclusions))
    }
}

impl Body for Execution {
    const KIND: &'static str = "execution";

    fn index(&self) -> Index {
        let state = Some(self.state.word());
        Index { parent: Some(self.decision.clone()), state, due: self.on, ..Index::default() }
    }

    fn check(&self) -> Result<(), StoreError> {
        text("note", &self.note, 0, 20_000)?;
        if self.state == ExecutionState::NotDone && self.reason.is_none() && self.note.trim().is_empty() {
            return Err(StoreError::invalid("reason", "is missing", "say why it was not done"));
        }
        Ok(())
    }
}

impl Body for Task {
    const KIND: &'static str = "task";

    fn index(&self) -> Index {
        Index {
            parent: self.parent.clone(),
            state: Some(self.state.word()),
            due: self.due,
            holder: self.holder.clone(),
            assignee: self.assignee.clone(),
        }
    }

    fn check(&self) -> Result<(), StoreError> {
        text("title", &self.title, 1, 500)?;
        text("outcome", &self.outcome, 0, 20_000)
    }
}

impl Body for Contact {
    const KIND: &'static str = "contact";

    fn index(&self) -> Index {
        Index { due: self.next, ..Index::default() }
    }

    fn check(&self) -> Result<(), StoreError> {
        text("with", &self.with, 1, 300)?;
        text("note", &self.note, 0, 20_000)
    }
}

impl Body for SignOff {
    const KIND: &'static str = "sign-off";

    fn index(&self) -> Index {
        Index { parent: Some(self.of.clone()), ..Index::default() }
    }

    fn check(&self) -> Result<(), StoreError> {
        text("meaning", &self.meaning, 1, 200)
    }
}

impl Body for Meeting {
    const KIND: &'static str = "meeting";
    const OF_PATIENT: bool = false;

    fn index(&self) -> Index {
        let day = crate::time::day_of(self.starts_at);
        Index { state: Some(self.state.word()), due: Some(day), ..Index::default() }
    }

    fn check(&self) -> Result<(), StoreError> {
        text("title", &self.title, 1, 300)?;
        text("place", &self.place, 0, 300)?;
        text("minutes", &self.minutes, 0, 200_000)
    }
}

impl Body for AgendaItem {
    const KIND: &'static str = "agenda";

    fn index(&self) -> Index {
        let state = Some(self.state.word());
        Index { parent: Some(self.meeting.clone()), state, ..Index::default() }
    }

    fn check(&self) -> Result<(), StoreError> {
        text("question", &self.question, 0, 5_000)?;
        text("minutes", &self.minutes, 0, 200_000)?;
        self.proof.as_ref().map_or(Ok(()), |p| json("proof", p))
    }
}
