//! A calendar as a value: what stands on which day, why, and what moved.

use nw_facts::{Date, Holder, Text};

/// How an appointment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It was done; the record says so, and it never moves.
    Done,
    /// It is planned.
    Planned,
    /// It was planned and is not any more.
    Cancelled,
}

/// One appointment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// `schedule.event.number`; the same appointment keeps it.
    pub id: String,
    /// Unique in the world, for iCalendar.
    pub uid: String,
    /// The first day.
    pub date: Date,
    /// How many days it lasts.
    pub days: i32,
    /// How it stands.
    pub state: State,
    /// Somebody chose its day.
    pub by_hand: bool,
    /// Rises with every change.
    pub sequence: u32,
    /// The day of the last change.
    pub changed: Date,
    /// What it is called.
    pub title: Text,
    /// What the patient is told.
    pub tell: Text,
    /// Who does it.
    pub who: Holder,
    /// On open days of the centre only.
    pub centre: bool,
    /// Why it does not stand on its best day, or that it is overdue.
    pub instead: Option<Text>,
    /// Wishes that its day does not meet.
    pub wishes: Vec<Text>,
    /// Sources of its window.
    pub sources: Vec<String>,
    /// How sure they are: V, GK or DR.
    pub mark: String,
}

impl Entry {
    /// What there is to say of its day: why it is not the best one, and the wishes that it does not meet.
    pub fn notes(&self) -> impl Iterator<Item = &Text> {
        self.instead.iter().chain(&self.wishes)
    }
}

/// A schedule that is planned, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Which.
    pub schedule: String,
    /// What it is called.
    pub title: Text,
    /// Why it holds.
    pub because: Text,
    /// Every row behind that reason is confirmed by a clinician.
    pub confirmed: bool,
    /// Sources of the schedule.
    pub sources: Vec<String>,
    /// How sure they are.
    pub mark: String,
}

/// Something that is not planned, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Its schedule.
    pub schedule: String,
    /// What it is called.
    pub title: Text,
    /// Why not.
    pub because: Text,
}

/// What changed against the calendar before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// The appointment.
    pub id: String,
    /// Its day before; nothing when it is new.
    pub from: Option<Date>,
    /// Its day now; nothing when it was cancelled.
    pub to: Option<Date>,
    /// One sentence that says what and why.
    pub because: Text,
}

/// A hard rule that a calendar breaks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The appointment.
    pub id: String,
    /// By how many days; nothing for a closed day or a missing appointment.
    pub days: Option<i32>,
    /// One sentence.
    pub because: Text,
}

/// A calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// The day of the assessment on which it was made.
    pub made: Date,
    /// The day from which it was planned.
    pub from: Date,
    /// Id, edition and digest of the guideline.
    pub guideline: (String, String, String),
    /// Digest of the schedules.
    pub schedules: String,
    /// What was asked for by name.
    pub asked: Vec<(String, Date)>,
    /// Appointments by day.
    pub entries: Vec<Entry>,
    /// Why each schedule holds.
    pub held: Vec<Held>,
    /// What is not planned.
    pub open: Vec<Open>,
    /// What changed against the calendar before.
    pub shifts: Vec<Shift>,
}

impl Calendar {
    /// An appointment by its id.
    pub fn entry(&self, id: &str) -> Option<&Entry> {
        self.entries.iter().find(|e| e.id == id)
    }
}
