//! The calendar on paper: the list of appointments, a sheet for each month, and what to know about each.

use nw_facts::{Date, Language, Text};
use nw_leaflet::{Block, Day, DayEntry, Paper, Print, Span};

use crate::calendar::{Calendar, Entry, State};
use crate::days::{date, number};
use crate::months::{Month, MonthDay, months};
use crate::settings::Settings;
use crate::words::{date_text, holder, weekday};

/// The calendar as a document. `title` says whose it is, `author` who issues it, `footer` what stands on every page.
pub fn paper(
    calendar: &Calendar,
    settings: &Settings,
    (title, author): (&str, &str),
    footer: Vec<String>,
    (language, print): (Language, Print),
) -> Paper {
    let say = |en: &str, nl: &str| Text::new(en, nl).get(language).to_string();
    let planned: Vec<&Entry> = calendar.entries.iter().filter(|e| e.state == State::Planned).collect();
    let mut blocks = vec![Block::heading(1, title)];
    blocks.push(Block::text(say(
        "These dates were planned with the rules of your treatment. Call your contact when a date does not suit you: other dates may depend on it.",
        "Deze datums zijn gepland volgens de regels van uw behandeling. Bel uw contactpersoon als een datum u niet past: andere datums kunnen ervan afhangen.",
    )));
    if planned.is_empty() {
        blocks.push(Block::text(say("Nothing is planned.", "Er is niets gepland.")));
    } else {
        blocks.push(Block::heading(2, say("Your appointments", "Uw afspraken")));
        blocks.push(Block::Table {
            widths: vec![3, 5, 3],
            head: vec![say("Day", "Dag"), say("What", "Wat"), say("Who", "Wie")],
            rows: planned
                .iter()
                .map(|e| {
                    let mut what = e.title.get(language).to_string();
                    for note in e.notes() {
                        what = format!("{what} ({})", note.get(language));
                    }
                    vec![span_text(e, language), what, holder(e.who, language).to_string()]
                })
                .collect(),
        });
    }
    blocks.extend(months(calendar, settings).iter().map(|month| sheet(month, language)));
    let told = told(&planned, language);
    if !told.is_empty() {
        blocks.push(Block::heading(2, say("What to know", "Wat u moet weten")));
        blocks.push(Block::Terms { items: told });
    }
    if !calendar.open.is_empty() {
        blocks.push(Block::heading(2, say("Not planned yet", "Nog niet gepland")));
        // Why stands on the page of those who plan, in their words.
        blocks.push(Block::text(say(
            "It is not known yet whether you need this, or when. Ask your contact.",
            "Van deze dingen is nog niet bekend of u ze nodig hebt, of wanneer. Vraag het uw contactpersoon.",
        )));
        blocks.push(Block::List {
            items: calendar
                .open
                .iter()
                .map(|o| vec![Span::Plain(o.title.get(language).to_string())])
                .collect(),
        });
    }
    Paper {
        title: title.to_string(),
        author: author.to_string(),
        language,
        date: calendar.made,
        print,
        footer,
        blocks,
    }
}

/// The day of an appointment, or its first and last.
fn span_text(entry: &Entry, language: Language) -> String {
    let on = |day: Date| format!("{} {}", weekday(day.weekday()).get(language), date_text(day, language));
    let last = date(number(entry.date) + entry.days - 1);
    if last == entry.date { on(entry.date) } else { format!("{} – {}", on(entry.date), on(last)) }
}

/// A month with what stands on its days; days of which nothing is to be said are left out.
fn sheet(month: &Month, language: Language) -> Block {
    let day = |day: &MonthDay| Day {
        day: day.date.day(),
        entries: day
            .entries
            .iter()
            .map(|e| DayEntry { text: e.title.get(language).to_string(), stands: e.stands() })
            .collect(),
        closed: day.closed.as_ref().map(|why| why.get(language).to_string()),
    };
    let days = month.weeks.iter().flatten().flatten();
    let said = days.filter(|d| d.closed.is_some() || !d.entries.is_empty());
    Block::Month { year: month.first.year(), month: month.first.month(), days: said.map(day).collect() }
}

/// Each thing that is told once, however many appointments it is told for.
fn told(planned: &[&Entry], language: Language) -> Vec<(String, Vec<Span>)> {
    let mut told: Vec<(String, Vec<Span>)> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for entry in planned {
        let text = entry.tell.get(language);
        if !seen.contains(&text) {
            seen.push(text);
            told.push((entry.title.get(language).to_string(), vec![Span::Plain(text.to_string())]));
        }
    }
    told
}
