//! A calendar as JSON: what `netwijzer calendar` writes, reads again, and the record keeps.

use nw_facts::{Date, Holder, Text};
use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, Entry, Held, Open, Shift, State};

/// The form of the file; another number is another form.
const FORM: u32 = 1;

/// Why a file is no calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WireFault {
    /// Line, from 1; 0 when the whole file is meant.
    pub line: usize,
    /// What is wrong.
    pub message: Text,
}

#[derive(Serialize, Deserialize)]
struct WireText {
    en: String,
    nl: String,
}

impl From<&Text> for WireText {
    fn from(text: &Text) -> Self {
        WireText { en: text.en.clone(), nl: text.nl.clone() }
    }
}

impl From<WireText> for Text {
    fn from(text: WireText) -> Self {
        Text::new(text.en, text.nl)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireEntry {
    id: String,
    uid: String,
    date: String,
    days: i32,
    state: String,
    by_hand: bool,
    sequence: u32,
    changed: String,
    title: WireText,
    tell: WireText,
    who: String,
    #[serde(rename = "where")]
    place: String,
    /// Calendars that were written before this was told have none.
    #[serde(default)]
    instead: Option<WireText>,
    wishes: Vec<WireText>,
    sources: Vec<String>,
    mark: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireHeld {
    schedule: String,
    title: WireText,
    because: WireText,
    confirmed: bool,
    sources: Vec<String>,
    mark: String,
}

#[derive(Serialize, Deserialize)]
struct WireOpen {
    schedule: String,
    title: WireText,
    because: WireText,
}

#[derive(Serialize, Deserialize)]
struct WireShift {
    id: String,
    from: Option<String>,
    to: Option<String>,
    because: WireText,
}

#[derive(Serialize, Deserialize)]
struct WireGuideline {
    id: String,
    edition: String,
    digest: String,
    schedules: String,
}

#[derive(Serialize, Deserialize)]
struct WireAsked {
    schedule: String,
    from: String,
}

#[derive(Serialize, Deserialize)]
struct WireCalendar {
    form: u32,
    case: String,
    made: String,
    from: String,
    guideline: WireGuideline,
    asked: Vec<WireAsked>,
    entries: Vec<WireEntry>,
    held: Vec<WireHeld>,
    open: Vec<WireOpen>,
    shifts: Vec<WireShift>,
    disclaimer: WireText,
}

const STATES: [(State, &str); 3] =
    [(State::Done, "done"), (State::Planned, "planned"), (State::Cancelled, "cancelled")];

/// One JSON object on one line. `case` is the name of the case, `disclaimer` what every output says of itself.
pub fn to_json(calendar: &Calendar, case: &str, disclaimer: &Text) -> String {
    let texts = |all: &[Text]| all.iter().map(WireText::from).collect();
    let wire = WireCalendar {
        form: FORM,
        case: case.to_string(),
        made: calendar.made.to_string(),
        from: calendar.from.to_string(),
        guideline: WireGuideline {
            id: calendar.guideline.0.clone(),
            edition: calendar.guideline.1.clone(),
            digest: calendar.guideline.2.clone(),
            schedules: calendar.schedules.clone(),
        },
        asked: calendar
            .asked
            .iter()
            .map(|(schedule, from)| WireAsked { schedule: schedule.clone(), from: from.to_string() })
            .collect(),
        entries: calendar
            .entries
            .iter()
            .map(|e| WireEntry {
                id: e.id.clone(),
                uid: e.uid.clone(),
                date: e.date.to_string(),
                days: e.days,
                state: STATES.iter().find(|(s, _)| *s == e.state).map_or("", |(_, id)| id).to_string(),
                by_hand: e.by_hand,
                sequence: e.sequence,
                changed: e.changed.to_string(),
                title: (&e.title).into(),
                tell: (&e.tell).into(),
                who: e.who.id().to_string(),
                place: if e.centre { "centre" } else { "home" }.to_string(),
                instead: e.instead.as_ref().map(WireText::from),
                wishes: texts(&e.wishes),
                sources: e.sources.clone(),
                mark: e.mark.clone(),
            })
            .collect(),
        held: calendar
            .held
            .iter()
            .map(|h| WireHeld {
                schedule: h.schedule.clone(),
                title: (&h.title).into(),
                because: (&h.because).into(),
                confirmed: h.confirmed,
                sources: h.sources.clone(),
                mark: h.mark.clone(),
            })
            .collect(),
        open: calendar
            .open
            .iter()
            .map(|o| WireOpen {
                schedule: o.schedule.clone(),
                title: (&o.title).into(),
                because: (&o.because).into(),
            })
            .collect(),
        shifts: calendar
            .shifts
            .iter()
            .map(|s| WireShift {
                id: s.id.clone(),
                from: s.from.map(|d| d.to_string()),
                to: s.to.map(|d| d.to_string()),
                because: (&s.because).into(),
            })
            .collect(),
        disclaimer: disclaimer.into(),
    };
    // Texts and numbers only: nothing here can fail to be written.
    serde_json::to_string(&wire).unwrap_or_default()
}

/// Reads a calendar that was written before, with the name of its case.
///
/// # Errors
/// It is no calendar, or one of a form that this program does not know.
pub fn from_json(text: &str) -> Result<(Calendar, String), WireFault> {
    let wire: WireCalendar = serde_json::from_str(text).map_err(|e| {
        let said = e.to_string();
        WireFault { line: e.line(), message: Text::new(&said, format!("geen kalender: {said}")) }
    })?;
    if wire.form != FORM {
        let form = wire.form;
        return Err(WireFault {
            line: 0,
            message: Text::new(
                format!("form {form} is not known; expected {FORM}"),
                format!("vorm {form} is onbekend; verwacht werd {FORM}"),
            ),
        });
    }
    let day = |text: &str| {
        text.parse::<Date>().map_err(|_| WireFault {
            line: 0,
            message: Text::new(
                format!("`{text}` is not a day; expected 2026-03-10"),
                format!("`{text}` is geen dag; verwacht werd 2026-03-10"),
            ),
        })
    };
    let strange = |text: &str| WireFault {
        line: 0,
        message: Text::new(format!("`{text}` is not known"), format!("`{text}` is onbekend")),
    };
    let mut entries = Vec::new();
    for e in wire.entries {
        let state = STATES.iter().find(|(_, id)| *id == e.state).ok_or_else(|| strange(&e.state))?.0;
        entries.push(Entry {
            date: day(&e.date)?,
            days: e.days.clamp(1, 3660),
            state,
            by_hand: e.by_hand,
            sequence: e.sequence,
            changed: day(&e.changed)?,
            title: e.title.into(),
            tell: e.tell.into(),
            who: Holder::find(&e.who).ok_or_else(|| strange(&e.who))?,
            centre: e.place == "centre",
            instead: e.instead.map(Text::from),
            wishes: e.wishes.into_iter().map(Text::from).collect(),
            sources: e.sources,
            mark: e.mark,
            id: e.id,
            uid: e.uid,
        });
    }
    let mut asked = Vec::new();
    for one in wire.asked {
        asked.push((one.schedule, day(&one.from)?));
    }
    let mut shifts = Vec::new();
    for s in wire.shifts {
        let from = s.from.as_deref().map(day).transpose()?;
        let to = s.to.as_deref().map(day).transpose()?;
        shifts.push(Shift { id: s.id, from, to, because: s.because.into() });
    }
    let calendar = Calendar {
        made: day(&wire.made)?,
        from: day(&wire.from)?,
        guideline: (wire.guideline.id, wire.guideline.edition, wire.guideline.digest),
        schedules: wire.guideline.schedules,
        asked,
        entries,
        held: wire
            .held
            .into_iter()
            .map(|h| Held {
                schedule: h.schedule,
                title: h.title.into(),
                because: h.because.into(),
                confirmed: h.confirmed,
                sources: h.sources,
                mark: h.mark,
            })
            .collect(),
        open: wire
            .open
            .into_iter()
            .map(|o| Open { schedule: o.schedule, title: o.title.into(), because: o.because.into() })
            .collect(),
        shifts,
    };
    Ok((calendar, wire.case))
}
