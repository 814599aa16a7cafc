//! What a schedule is: appointments with their windows, and rules between them. All numbers come from the knowledge.

use nw_facts::{ConclusionIdx, FactIdx, Holder, Text};
use nw_guideline::{Citation, Mark, Place as Spot};

/// Days after an anchor. What is outside `earliest..latest` breaks the rule; outside `from..to` it breaks a wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Not before this day.
    pub earliest: Option<i32>,
    /// Rather not before this day.
    pub from: Option<i32>,
    /// Best on this day.
    pub wanted: i32,
    /// Rather not after this day.
    pub to: Option<i32>,
    /// Not after this day.
    pub latest: Option<i32>,
    /// Where it comes from.
    pub sources: Vec<Citation>,
    /// How sure it is.
    pub mark: Mark,
    /// Where it is written.
    pub place: Spot,
}

impl Window {
    /// The same window some days later.
    pub(crate) fn later(&self, days: i32) -> Window {
        let add = |d: Option<i32>| d.map(|d| d + days);
        Window {
            earliest: add(self.earliest),
            from: add(self.from),
            wanted: self.wanted + days,
            to: add(self.to),
            latest: add(self.latest),
            ..self.clone()
        }
    }
}

/// From which day an appointment is counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Timing {
    /// From the one before of its kind.
    Every(Window),
    /// From another appointment of the schedule with the same number.
    After(usize, Window),
    /// From the day on which the guideline says that it is due.
    Due(String, Window),
}

impl Timing {
    /// Its window.
    pub fn window(&self) -> &Window {
        match self {
            Timing::Every(window) | Timing::After(_, window) | Timing::Due(_, window) => window,
        }
    }
}

/// Where it takes place: a centre has closed days, a home has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On open days only.
    Centre,
    /// On any day.
    Home,
}

/// A condition on what the guideline answers: one of these values certainly holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holds {
    /// The conclusion.
    pub conclusion: ConclusionIdx,
    /// Its values, by position.
    pub values: u64,
}

/// A kind of appointment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Stable id, `schedule.event`.
    pub id: String,
    /// What it is called; `{n}` is its number, `{total}` how many there are in all.
    pub title: Text,
    /// What the patient is told.
    pub tell: Text,
    /// Who does it.
    pub who: Holder,
    /// Where.
    pub place: Place,
    /// How many days it lasts.
    pub days: i32,
    /// When.
    pub timing: Timing,
    /// When the first one is wanted, counted from the day from which is planned.
    pub start: Option<Window>,
    /// How many there are in all, those that were given included.
    pub total: Option<u32>,
    /// How many are planned ahead at most.
    pub ahead: Option<u32>,
    /// Only with these numbers.
    pub only: Vec<u32>,
    /// The fact whose days say when it was done.
    pub record: Option<FactIdx>,
    /// The fact that holds the days from one to the next, when they differ from the schedule.
    pub interval: Option<FactIdx>,
    /// Only for whom this holds.
    pub when: Option<Holds>,
    /// Where it stands.
    pub spot: Spot,
}

/// What a rule says of two kinds of appointments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleKind {
    /// Each is at least `before` days before and at least `after` days after each of the other.
    NotWithin {
        /// Days before the other.
        before: i32,
        /// Days after the other.
        after: i32,
    },
    /// Each lies `earliest` to `latest` days after some one of the other.
    Near {
        /// First day.
        earliest: i32,
        /// Last day.
        latest: i32,
    },
}

/// A rule between two kinds of appointments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Stable id.
    pub id: String,
    /// The kind it speaks of, `schedule.event`.
    pub event: String,
    /// The kind it is measured by.
    pub other: String,
    /// What it says.
    pub kind: RuleKind,
    /// Breaking it is refused; otherwise it is shown.
    pub hard: bool,
    /// The rule as a sentence, numbers filled in.
    pub text: Text,
    /// Where it comes from.
    pub sources: Vec<Citation>,
    /// How sure it is.
    pub mark: Mark,
    /// Where it stands.
    pub spot: Spot,
}

/// One schedule: one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Stable id.
    pub id: String,
    /// What it is called.
    pub title: Text,
    /// Lower ranks choose their days first.
    pub rank: i32,
    /// For whom it holds; without it only on request.
    pub when: Option<Holds>,
    /// Conclusions that say what the guideline thinks of it when it is asked for.
    pub advice: Vec<ConclusionIdx>,
    /// For whom it is put off, unless it is asked for by name.
    pub hold: Option<Holds>,
    /// Its appointments.
    pub events: Vec<Event>,
    /// Where it comes from.
    pub sources: Vec<Citation>,
    /// How sure it is.
    pub mark: Mark,
    /// Where it stands.
    pub spot: Spot,
}

/// All schedules and the rules between them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedules {
    /// In the order of their files.
    pub list: Vec<Schedule>,
    /// Rules between appointments.
    pub rules: Vec<Rule>,
    /// The centre as it is without settings of its own.
    pub house: crate::Settings,
    /// SHA-256 over the files.
    pub digest: String,
}

impl Schedules {
    /// A schedule by its id.
    pub fn find(&self, id: &str) -> Option<&Schedule> {
        self.list.iter().find(|s| s.id == id)
    }

    /// A kind of appointment by its id, with its schedule.
    pub fn event(&self, id: &str) -> Option<(&Schedule, &Event)> {
        self.list.iter().find_map(|s| s.events.iter().find(|e| e.id == id).map(|e| (s, e)))
    }

    /// Ids of all kinds of appointments.
    pub(crate) fn event_ids(&self) -> impl Iterator<Item = &str> + Clone {
        self.list.iter().flat_map(|s| s.events.iter().map(|e| e.id.as_str()))
    }
}
