//! `calendar`: the dates of a case by the schedules that hold for it, planned, moved, and written for people, programs
//! and agendas.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use nw_calendar::{
    Calendar, Method, Move, Refused, Schedules, Settings, State, asked, date_text, from_json, holder, ics,
    paper, plan, read, settings, shift, to_json, wishes,
};
use nw_engine::Options;
use nw_facts::{Date, Language, Text, nearest};
use nw_guideline::{CompiledGuideline, SourceSet};
use nw_leaflet::{House, Print};

use crate::args::{Form, Format};
use crate::casefile::{CaseFault, CaseFile, quoted, read_date, read_document};
use crate::dates::Dates;
use crate::engines::{Engines, Rulings};
use crate::inputs;
use crate::knowledge;
use crate::outcome::{Exit, Failure};
use crate::paper::{Ink, Paper, ink};
use crate::session::Session;
use crate::words::{Word, both, fill, say};

/// What the command line asks for, read.
struct Asked {
    moves: Vec<Move>,
    from: Option<Date>,
    before: Option<(Calendar, String)>,
    house: House,
    settings: Settings,
    print: Print,
    cancel: bool,
    form: Form,
}

/// Plans every case of a path.
pub(crate) fn run(session: &mut Session, path: &PathBuf, dates: &Dates, form: Form) -> Result<Exit, Failure> {
    let (mut shelf, guideline) = session.open()?;
    let sources = match &session.folder {
        Some(folder) => knowledge::folder(folder)?,
        None => knowledge::embedded(),
    };
    let schedules = schedules(session, &sources, &guideline)?;
    let asked = self::asked_for(session, &schedules, dates, form)?;
    let mut worst = Exit::Done;
    let rulings = Rulings::new(&shelf);
    let mut engines = Engines::new(&rulings);
    let mut cases = 0;
    let exit = inputs::documents(session, std::slice::from_ref(path), |session, document| {
        let case = match read_document(&guideline.vocabulary, &document) {
            Ok(case) => case,
            Err(faults) => {
                session.before_complaint();
                faults.iter().for_each(|f| session.fault(f));
                worst = worst.max(Exit::BadInput);
                return Ok(());
            }
        };
        cases += 1;
        if cases > 1 && (!asked.moves.is_empty() || asked.before.is_some() || binary(asked.form)) {
            return Err(Failure::usage(Word::OneCaseOnly, &[&path.display().to_string()]));
        }
        let seen = session.seen(&case);
        let Some(today) = seen.as_of else {
            session.before_complaint();
            session.fault(&CaseFault::new(
                &document.file,
                document.line,
                "no-date",
                (Word::CalendarNeedsDate, &[&quoted(&case.id)]),
                (Word::CalendarNeedsDateHelp, &[]),
            ));
            worst = worst.max(Exit::BadInput);
            return Ok(());
        };
        let guideline = session.rule_on(&mut shelf, seen.as_of)?;
        let engine = engines.of(&guideline);
        let facts = case.facts.seen(seen);
        let options = Options { only: Some(self::asked(&schedules, &guideline)), ..session.options.clone() };
        let conclusions = engine.conclude(&facts, &options);
        let from = asked.from.unwrap_or(today);
        let mut by_name: Vec<(String, Date)> = dates.plan.iter().map(|id| (id.clone(), from)).collect();
        if let Some((before, _)) = &asked.before {
            by_name.extend(before.asked.iter().filter(|(id, _)| !dates.plan.contains(id)).cloned());
        }
        let first = from.max(today);
        let request =
            wishes(&schedules, &guideline, (&facts, &conclusions), (today, first), &by_name, &case.id);
        let before = asked.before.as_ref().map(|(calendar, _)| calendar);
        let made = if asked.moves.is_empty() {
            plan(&schedules, &request, &asked.settings, before)
        } else {
            // Without a calendar before, dates are moved in the one that would be planned.
            let planned;
            let before = match before {
                Some(before) => before,
                None => match plan(&schedules, &request, &asked.settings, None) {
                    Ok(fresh) => {
                        planned = fresh;
                        &planned
                    }
                    Err(refused) => {
                        worst = worst.max(Exit::Findings);
                        return refuse(session, &case, &refused);
                    }
                },
            };
            shift(&schedules, &request, &asked.settings, Some(before), &asked.moves)
        };
        match made {
            Ok(calendar) => show(session, &case, &calendar, &asked, cases > 1),
            Err(refused) => {
                worst = worst.max(Exit::Findings);
                refuse(session, &case, &refused)
            }
        }
    })?;
    session.out.flush()?;
    Ok(exit.max(worst))
}

/// The schedules of a knowledge folder, or what is wrong with them.
pub(crate) fn schedules(
    session: &Session,
    sources: &SourceSet,
    guideline: &CompiledGuideline,
) -> Result<Schedules, Failure> {
    let (schedules, mut found) = read(sources, guideline);
    if found.is_empty() {
        return Ok(schedules);
    }
    found.sort_by(|a, b| (&a.file, a.span.start).cmp(&(&b.file, b.span.start)));
    Err(session.refuse(sources, &found))
}

fn asked_for(
    session: &mut Session,
    schedules: &Schedules,
    dates: &Dates,
    form: Form,
) -> Result<Asked, Failure> {
    for id in &dates.plan {
        if schedules.find(id).is_none() {
            let ids = || schedules.list.iter().map(|s| s.id.as_str());
            return Err(match nearest(id, ids()) {
                Some(near) => Failure::usage(Word::NoSuchScheduleNear, &[id, near]),
                None => Failure::usage(Word::NoSuchSchedule, &[id, &ids().collect::<Vec<_>>().join(", ")]),
            });
        }
    }
    let from = match &dates.from {
        None => None,
        Some(text) => {
            Some(read_date(text).ok_or_else(|| Failure::usage(Word::BadDateOption, &[text, "--from"]))?)
        }
    };
    let mut moves = Vec::new();
    for one in &dates.moves {
        let read = one.split_once('=').and_then(|(id, to)| Some((id.trim(), read_date(to.trim())?)));
        let Some((id, to)) = read else { return Err(Failure::usage(Word::BadMove, &[one])) };
        moves.push(Move { id: id.to_string(), to });
    }
    let before = match &dates.previous {
        None => None,
        Some(path) => {
            let text = text_of(path)?;
            let read = from_json(&text).map_err(|fault| {
                let place = path.display().to_string();
                let line = fault.line.max(1).to_string();
                let message = &fault.message;
                Failure {
                    exit: Exit::BadInput,
                    message: Some(Text::new(
                        both(Word::NotACalendar, &[&place, &line, &message.en]).en,
                        both(Word::NotACalendar, &[&place, &line, &message.nl]).nl,
                    )),
                }
            })?;
            Some(read)
        }
    };
    let house = session.house()?;
    let settings = centre(session, schedules, &house)?;
    let print = if dates.large_print { Print::Large } else { Print::Normal };
    Ok(Asked { moves, from, before, house, settings, print, cancel: dates.cancel, form })
}

/// How the centre of the settings plans; as is usual when there are none.
pub(crate) fn centre(session: &Session, schedules: &Schedules, house: &House) -> Result<Settings, Failure> {
    let Some(path) = &session.settings else { return Ok(schedules.house.clone()) };
    let text = text_of(path)?;
    let events: Vec<&str> =
        schedules.list.iter().flat_map(|s| s.events.iter().map(|e| e.id.as_str())).collect();
    settings(&text, house, &schedules.house, events.iter().copied()).map_err(|faults| {
        for fault in &faults {
            let message = fault.message.get(session.language);
            session.say(Ink::Clash, &format!("{}:{}: {message}", path.display(), fault.line));
        }
        Failure::silent(Exit::BadInput)
    })
}

fn text_of(path: &Path) -> Result<String, Failure> {
    if path.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).map_err(|e| Failure::world(path, &e))?;
        return Ok(text);
    }
    fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Failure::usage(Word::NoSuchFile, &[&path.display().to_string(), ""]),
        std::io::ErrorKind::InvalidData => {
            Failure::usage(Word::KnowledgeNotUtf8, &[&path.display().to_string()])
        }
        _ => Failure::world(path, &error),
    })
}

/// Forms that hold one case only.
fn binary(form: Form) -> bool {
    matches!(form, Form::Pdf | Form::Ics)
}

/// A calendar that breaks a hard rule: said, and nothing is written.
fn refuse(session: &mut Session, case: &CaseFile, refused: &Refused) -> Result<(), Failure> {
    session.before_complaint();
    let language = session.language;
    let text = refused.because.get(language);
    if session.format == Format::Json {
        let line = serde_json::json!({
            "case": case.id,
            "refused": {
                "id": refused.id,
                "date": refused.day.map(|d| d.to_string()),
                "days": refused.by,
                "nearest": refused.nearest.map(|d| d.to_string()),
                "because": {"en": refused.because.en, "nl": refused.because.nl},
                "rules": refused.rules.iter().map(|r| serde_json::json!({"en": r.en, "nl": r.nl})).collect::<Vec<_>>(),
            },
        });
        session.out.line(&line.to_string())?;
    } else {
        session.say(Ink::Clash, &fill(language, Word::CalendarRefused, &[&case.id, text]));
    }
    Ok(())
}

fn show(
    session: &mut Session,
    case: &CaseFile,
    calendar: &Calendar,
    asked: &Asked,
    later: bool,
) -> Result<(), Failure> {
    let language = session.language;
    let title = fill(language, Word::CalendarOf, &[&case.id]);
    match asked.form {
        Form::Json => {
            let note = both(Word::Disclaimer, &[]);
            session.out.line(&to_json(calendar, &case.id, &note))?;
        }
        Form::Text => {
            if later {
                session.out.line("")?;
            }
            let text = text(calendar, &title, language);
            session.out.text(&text)?;
        }
        Form::Ics => {
            let method = if asked.cancel { Method::Cancel } else { Method::Publish };
            let note =
                format!("{}\n{}", said_of_guideline(calendar, language), say(language, Word::Disclaimer));
            let file = ics(calendar, &asked.settings, method, (&title, &note), language);
            session.out.bytes(file.as_bytes())?;
        }
        Form::Pdf | Form::Html => {
            let footer = vec![
                say(language, Word::Disclaimer).to_string(),
                format!("{} {}", said_of_guideline(calendar, language), confirmed(calendar, language)),
            ];
            let own = asked.house.name.get(language);
            let author = if own.is_empty() { "netwijzer" } else { own };
            let looks = (language, asked.print);
            let document = paper(calendar, &asked.settings, (&title, author), footer, looks);
            if asked.form == Form::Html {
                session.out.bytes(nw_leaflet::html_by(&document, &asked.house).as_bytes())?;
            } else {
                let bytes = nw_leaflet::pdf_by(&document, &asked.house).map_err(|e| Failure {
                    exit: Exit::World,
                    message: Some(both(Word::CannotTypeset, &[&e.cause])),
                })?;
                session.out.bytes(&bytes)?;
            }
        }
    }
    Ok(())
}

fn said_of_guideline(calendar: &Calendar, language: Language) -> String {
    let (id, edition, digest) = &calendar.guideline;
    fill(language, Word::GuidelineLine, &[id, edition, digest])
}

fn confirmed(calendar: &Calendar, language: Language) -> String {
    let open = calendar.held.iter().filter(|h| !h.confirmed).count();
    if open == 0 && !calendar.held.is_empty() {
        return String::new();
    }
    say(language, Word::CalendarUnconfirmed).to_string()
}

/// The calendar for people: what moved, the table, why each schedule holds, what is open.
fn text(calendar: &Calendar, title: &str, language: Language) -> String {
    let mut page = Paper::new();
    page.line(0, 2, &[ink(Ink::Strong, title)]);
    page.line(
        0,
        2,
        &[ink(Ink::Faint, fill(language, Word::CalendarFrom, &[&date_text(calendar.from, language)]))],
    );
    if !calendar.shifts.is_empty() {
        page.heading(say(language, Word::HeadShifts));
        for shift in &calendar.shifts {
            page.line(0, 2, &[ink(Ink::Plain, shift.because.get(language))]);
        }
    }
    page.heading(say(language, Word::HeadAppointments));
    let planned = calendar.entries.iter().filter(|e| e.state != State::Cancelled);
    let mut none = true;
    for entry in planned {
        none = false;
        let (ink_of, state) = match entry.state {
            State::Done => (Ink::Faint, format!(" ({})", say(language, Word::CalendarDone))),
            _ => (Ink::Plain, String::new()),
        };
        let mut line = vec![ink(ink_of, format!("{}{state}", entry.title.get(language)))];
        if entry.days > 1 {
            line.push(ink(
                Ink::Plain,
                format!(", {}", fill(language, Word::CalendarDays, &[&entry.days.to_string()])),
            ));
        }
        line.push(ink(
            Ink::Faint,
            format!(" · {} · {} [{}]", holder(entry.who, language), entry.id, entry.mark),
        ));
        if entry.by_hand {
            line.push(ink(Ink::Ask, format!(" · {}", say(language, Word::CalendarByHand))));
        }
        page.row(0, &[ink(Ink::Strong, entry.date.to_string())], 12, &line);
        for note in entry.notes() {
            page.line(12, 14, &[ink(Ink::Open, note.get(language))]);
        }
    }
    if none {
        page.line(0, 2, &[ink(Ink::Plain, say(language, Word::CalendarEmpty))]);
    }
    if !calendar.held.is_empty() {
        page.heading(say(language, Word::HeadSchedules));
        for held in &calendar.held {
            let sources = held.sources.join(", ");
            page.line(
                0,
                2,
                &[
                    ink(Ink::Sure, held.title.get(language)),
                    ink(Ink::Plain, format!(": {}", held.because.get(language))),
                    ink(Ink::Faint, format!(" [{}; {sources}]", held.mark)),
                ],
            );
        }
    }
    if !calendar.open.is_empty() {
        page.heading(say(language, Word::HeadNotPlanned));
        for open in &calendar.open {
            page.line(
                0,
                2,
                &[
                    ink(Ink::Open, open.title.get(language)),
                    ink(Ink::Plain, format!(": {}", open.because.get(language))),
                ],
            );
        }
    }
    page.blank();
    page.line(0, 2, &[ink(Ink::Faint, said_of_guideline(calendar, language))]);
    let confirmed = confirmed(calendar, language);
    if !confirmed.is_empty() {
        page.line(0, 2, &[ink(Ink::Faint, confirmed)]);
    }
    page.line(0, 2, &[ink(Ink::Faint, say(language, Word::Disclaimer))]);
    page.take()
}
