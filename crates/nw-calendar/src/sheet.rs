//! The calendar on paper: the list of appointments, a sheet for each month, and what to know about each.

use nw_facts::{Date, Language, Text};
use nw_leaflet::{Block, Paper, Print, Span};

use crate::calendar::{Calendar, Entry, State};
use crate::days::{date, number};
use crate::months::{Month, months};
use crate::settings::Settings;
use crate::words::{date_text, holder, weekday};

/// The calendar as a document. `title` says whose it is, `author` who issues it, `footer` what stands on every page.
pub fn paper(
    calendar: &Calendar,
    settings: &Settings,
    (title, author): (&str, &str),
    footer: Vec<String>,
    language: Language,
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
                    for wish in &e.wishes {
                        what = format!("{what} ({})", wish.get(language));
                    }
                    vec![span_text(e, language), what, holder(e.who, language).to_string()]
                })
                .collect(),
        });
    }
    for month in months(calendar, settings) {
        blocks.push(Block::heading(2, month.title.get(language)));
        blocks.push(table(&month, language));
    }
    let told = told(&planned, language);
    if !told.is_empty() {
        blocks.push(Block::heading(2, say("What to know", "Wat u moet weten")));
        blocks.push(Block::Terms { items: told });
    }
    if !calendar.open.is_empty() {
        blocks.push(Block::heading(2, say("Not planned yet", "Nog niet gepland")));
        blocks.push(Block::List {
            items: calendar
                .open
                .iter()
                .map(|o| {
                    vec![
                        Span::Strong(format!("{}: ", o.title.get(language))),
                        Span::Plain(o.because.get(language).to_string()),
                    ]
                })
                .collect(),
        });
    }
    Paper {
        title: title.to_string(),
        author: author.to_string(),
        language,
        date: calendar.made,
        print: Print::Normal,
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

fn table(month: &Month, language: Language) -> Block {
    let cell = |day: &Option<crate::MonthDay>| {
        let Some(day) = day else { return String::new() };
        let mut lines = vec![day.date.day().to_string()];
        lines.extend(day.closed.iter().map(|c| c.get(language).to_string()));
        lines.extend(day.entries.iter().map(|(_, title, goes_on)| {
            let title = title.get(language);
            if *goes_on { format!("({title})") } else { title.to_string() }
        }));
        lines.join("\n")
    };
    Block::Table {
        widths: vec![1; month.weekdays.len()],
        head: month.weekdays.iter().map(|d| d.get(language).to_string()).collect(),
        rows: month.weeks.iter().map(|week| week.iter().map(cell).collect()).collect(),
    }
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
