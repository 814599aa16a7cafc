//! `confirm`: a clinician reads rows in full, and their agreement is kept against what the rows said.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use nw_facts::{Date, Decimal, Language, nearest};
use nw_guideline::{
    CONFIRMATIONS, CompiledGuideline, ConfirmationEntry, Edit, Row, Table, read_confirmations,
    write_confirmations,
};
use nw_render::reading;
use serde_json::json;

use crate::args::{Confirm, Format};
use crate::knowledge;
use crate::outcome::{Exit, Failure};
use crate::paper::{Ink, Paper, ink};
use crate::session::Session;
use crate::text::edition;
use crate::words::{Word, fill, say};

/// A row by its places: table, row.
type At = (usize, usize);

pub(crate) fn run(session: &mut Session, asked: &Confirm) -> Result<Exit, Failure> {
    let nothing_named = asked.table.is_none() && asked.all_of.is_none();
    if asked.withdraw {
        return withdraw(session, asked);
    }
    let (_, guideline) = session.open()?;
    let chosen = chosen(&guideline, asked)?;
    if asked.list || nothing_named {
        return list(session, &guideline, &chosen, !nothing_named);
    }
    let folder = session.folder.clone().ok_or_else(|| Failure::usage(Word::ConfirmNeedsFolder, &[]))?;
    let name = |value: &Option<String>, option: &str| {
        let text = value.as_deref().map(str::trim).unwrap_or_default().to_string();
        if text.is_empty() { Err(Failure::usage(Word::ConfirmNeedsName, &[option])) } else { Ok(text) }
    };
    let (by, role) = (name(&asked.by, "--by")?, name(&asked.role, "--role")?);
    let language = session.language;
    let count = chosen.len().to_string();
    let mut paper = Paper::new();
    show(&mut paper, &guideline, &chosen, language);
    session.out.text(&paper.take())?;
    if !agreed(session, asked.yes, &fill(language, Word::ConfirmAsk, &[&count, &by, &role]))? {
        return Ok(Exit::Done);
    }
    let date = session.as_of.or_else(today).map(|d| d.to_string()).unwrap_or_default();
    let remark = asked.remark.as_deref().unwrap_or_default().trim();
    let path = file(&folder);
    let mut all = read_confirmations(&knowledge::folder(&folder)?);
    for (table, row) in &chosen {
        let (table, row) = (&guideline.tables[*table], &guideline.tables[*table].rows[*row]);
        all.retain(|e| e.table != table.id || e.row != row.id);
        all.push(ConfirmationEntry {
            table: table.id.clone(),
            row: row.id.clone(),
            digest: row.digest.clone(),
            sources: cited(&guideline, row),
            by: by.clone(),
            role: role.clone(),
            date: date.clone(),
            remark: remark.to_string(),
            ..ConfirmationEntry::default()
        });
    }
    keep(&path, &all)?;
    session.out.line(&fill(language, Word::ConfirmDone, &[&count, &path.display().to_string()]))?;
    session.out.flush()?;
    Ok(Exit::Done)
}

/// The sources of a row with what is known of them today, each once.
fn cited(guideline: &CompiledGuideline, row: &Row) -> Vec<(String, String)> {
    let mut cited: Vec<(String, String)> = Vec::new();
    for citation in &row.sources {
        if let Some(source) = guideline.sources.iter().find(|s| s.key == citation.key)
            && !cited.iter().any(|(key, _)| *key == source.key)
        {
            cited.push((source.key.clone(), source.digest()));
        }
    }
    cited
}

/// Takes entries out of the file, also those whose row is gone.
fn withdraw(session: &mut Session, asked: &Confirm) -> Result<Exit, Failure> {
    let folder = session.folder.clone().ok_or_else(|| Failure::usage(Word::ConfirmNeedsFolder, &[]))?;
    let all = read_confirmations(&knowledge::folder(&folder)?);
    let chapter_tables: Vec<String> = match &asked.all_of {
        Some(_) => {
            let (_, guideline) = session.open()?;
            chosen(&guideline, asked)?.iter().map(|(t, _)| guideline.tables[*t].id.clone()).collect()
        }
        None => Vec::new(),
    };
    let (table, row) = split(asked.table.as_deref().unwrap_or_default());
    let meant = |e: &ConfirmationEntry| {
        let rows_fit = match row {
            Some(row) => e.row == row,
            None => asked.rows.is_empty() || asked.rows.contains(&e.row),
        };
        chapter_tables.contains(&e.table) || (is_of(&e.table, table) && rows_fit)
    };
    let (gone, left): (Vec<_>, Vec<_>) = all.into_iter().partition(meant);
    if gone.is_empty() {
        return Err(Failure::usage(Word::NothingToWithdraw, &[asked.table.as_deref().unwrap_or_default()]));
    }
    let language = session.language;
    let mut paper = Paper::new();
    for e in &gone {
        let by = fill(language, Word::ConfirmedBy, &[&e.by, &e.role, &reading::day(&e.date, language)]);
        paper.line(0, 2, &[ink(Ink::Strong, e.row_id()), ink(Ink::Faint, format!("  {by}"))]);
    }
    session.out.text(&paper.take())?;
    let count = gone.len().to_string();
    if !agreed(session, asked.yes, &fill(language, Word::WithdrawAsk, &[&count]))? {
        return Ok(Exit::Done);
    }
    let path = file(&folder);
    keep(&path, &left)?;
    session.out.line(&fill(language, Word::WithdrawDone, &[&count, &path.display().to_string()]))?;
    session.out.flush()?;
    Ok(Exit::Done)
}

/// Where the confirmations of a folder stand; the folder of one guideline means the one above.
fn file(folder: &Path) -> PathBuf {
    knowledge::root(folder).join(CONFIRMATIONS)
}

/// Writes beside and renames, so that a full disk leaves the old file whole.
fn keep(path: &Path, all: &[ConfirmationEntry]) -> Result<(), Failure> {
    let beside = path.with_extension("toml.new");
    fs::write(&beside, write_confirmations(all)).map_err(|e| Failure::world(&beside, &e))?;
    fs::rename(&beside, path).map_err(|e| Failure::world(path, &e))
}

/// Asks, unless told not to; without an answer nothing is written.
fn agreed(session: &mut Session, yes: bool, question: &str) -> Result<bool, Failure> {
    if yes {
        return Ok(true);
    }
    session.out.text(&format!("{question} "))?;
    session.out.flush()?;
    let mut answer = String::new();
    let read = io::stdin().read_line(&mut answer).map_err(Failure::from)?;
    if read == 0 {
        session.out.line("")?;
        session.out.flush()?;
        return Err(Failure::usage(Word::ConfirmUnanswered, &[]));
    }
    let agreed = ["y", "yes", "j", "ja"].contains(&answer.trim().to_lowercase().as_str());
    if !agreed {
        session.out.line(say(session.language, Word::NothingWritten))?;
    }
    io::stdout().flush()?;
    session.out.flush()?;
    Ok(agreed)
}

/// Today by the clock of this machine, in UTC.
pub(crate) fn today() -> Option<Date> {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    let epoch = nw_facts::day_number(Date::new(1970, 1, 1).ok()?);
    nw_facts::day_of(epoch + Decimal::from(seconds / 86_400))
}

/// `table#row` in its two parts.
fn split(text: &str) -> (&str, Option<&str>) {
    text.split_once('#').map_or((text, None), |(table, row)| (table, Some(row)))
}

/// Whether a table is meant: by its id, or by the conclusion that it gives a part of.
fn is_of(table: &str, asked: &str) -> bool {
    !asked.is_empty()
        && (table == asked || table.strip_prefix(asked).is_some_and(|rest| rest.starts_with('/')))
}

/// The rows that the command line names; all of them when it names none.
fn chosen(guideline: &CompiledGuideline, asked: &Confirm) -> Result<Vec<At>, Failure> {
    let tables = || guideline.tables.iter().enumerate();
    if let Some(chapter) = &asked.all_of {
        let rows: Vec<At> = tables().filter(|(_, t)| t.chapter == *chapter).flat_map(rows_of).collect();
        if rows.is_empty() {
            let mut chapters: Vec<&str> = guideline.tables.iter().map(|t| t.chapter.as_str()).collect();
            chapters.dedup();
            return Err(no_such(Word::NoSuchChapter, chapter, chapters.into_iter()));
        }
        return Ok(rows);
    }
    let Some(asked_table) = &asked.table else { return Ok(tables().flat_map(rows_of).collect()) };
    let (table, row) = split(asked_table);
    let found: Vec<usize> = tables().filter(|(_, t)| is_of(&t.id, table)).map(|(at, _)| at).collect();
    if found.is_empty() {
        return Err(no_such(Word::NoSuchTable, table, guideline.tables.iter().map(|t| t.id.as_str())));
    }
    let wanted: Vec<&str> = row.into_iter().chain(asked.rows.iter().map(String::as_str)).collect();
    let all: Vec<At> = found.iter().flat_map(|at| rows_of((*at, &guideline.tables[*at]))).collect();
    let id = |at: &At| guideline.tables[at.0].rows[at.1].id.as_str();
    if let Some(unknown) = wanted.iter().find(|w| !all.iter().any(|at| id(at) == **w)) {
        return Err(no_such(Word::NoSuchRow, unknown, all.iter().map(id)));
    }
    Ok(all.iter().copied().filter(|at| wanted.is_empty() || wanted.contains(&id(at))).collect())
}

fn rows_of((at, table): (usize, &Table)) -> impl Iterator<Item = At> + use<> {
    (0..table.rows.len()).map(move |row| (at, row))
}

fn no_such<'a>(word: Word, asked: &str, known: impl Iterator<Item = &'a str>) -> Failure {
    let near = nearest(asked, known);
    let in_language = |language: Language| {
        let near = near.map_or(String::new(), |near| fill(language, Word::DidYouMean, &[near]));
        fill(language, word, &[asked, &near])
    };
    Failure { exit: Exit::BadInput, message: Some(reading::both(in_language)) }
}

/// Rows in full: for whom, what they say, in both languages, and on what they rest.
fn show(paper: &mut Paper, guideline: &CompiledGuideline, rows: &[At], language: Language) {
    paper.line(0, 2, &[ink(Ink::Faint, edition(guideline, language))]);
    let mut before = None;
    for (table_at, row_at) in rows {
        let table = &guideline.tables[*table_at];
        if before.replace(*table_at) != Some(*table_at) {
            paper.heading(&reading::capital(table.title.get(language)));
            let def = guideline.vocabulary.conclusion(table.conclusion);
            let gives = format!("{} ({})", reading::capital(def.label.get(language)), table.id);
            paper.line(2, 4, &[ink(Ink::Faint, gives)]);
            if let Some(domain) = reading::logic(guideline, &table.domain, language) {
                paper.line(2, 4, &[ink(Ink::Faint, fill(language, Word::AboutWhom, &[&domain]))]);
            }
            paper.line(2, 4, &[ink(Ink::Faint, reading::policy(table.policy, language))]);
        }
        show_row(paper, guideline, table, &table.rows[*row_at], language);
    }
    paper.blank();
}

fn show_row(paper: &mut Paper, guideline: &CompiledGuideline, table: &Table, row: &Row, language: Language) {
    paper.blank();
    paper.line(
        2,
        4,
        &[
            ink(Ink::Strong, row.id.clone()),
            ink(Ink::Plain, " → "),
            ink(Ink::Sure, reading::output(guideline, table, row, language)),
        ],
    );
    let asks: Vec<String> =
        row.cells.iter().filter(|c| !c.any).map(|c| reading::test(guideline, c, language)).collect();
    let asks = if asks.is_empty() { vec![say(language, Word::EveryPatient).to_string()] } else { asks };
    for ask in asks {
        paper.line(4, 6, &[ink(Ink::Faint, "· "), ink(Ink::Plain, ask)]);
    }
    if !row.text.is_empty() {
        for (lead, text) in [("en ", &row.text.en), ("nl ", &row.text.nl)] {
            paper.line(4, 7, &[ink(Ink::Faint, lead), ink(Ink::Plain, text.clone())]);
        }
    }
    for citation in &row.sources {
        let title = guideline.sources.iter().find(|s| s.key == citation.key).map(|s| s.title.get(language));
        let place =
            if citation.locator.is_empty() { String::new() } else { format!("#{}", citation.locator) };
        let text =
            format!("{} {}{place}: {}", say(language, Word::Source), citation.key, title.unwrap_or_default());
        paper.line(4, 6, &[ink(Ink::Faint, text)]);
    }
    for (at, value) in &row.annotations {
        let annotation = &guideline.vocabulary.annotations()[*at];
        let line = format!(
            "{}: {}",
            reading::capital(annotation.label.get(language)),
            annotation.values[*value].label.get(language)
        );
        paper.line(4, 6, &[ink(Ink::Faint, line)]);
    }
    let status = status_text(row, language);
    paper.line(4, 6, &[ink(Ink::Faint, format!("{}; {status}", reading::mark(row.mark, language)))]);
}

/// `confirmed by A. Person, endocrinologist, on 1 January 2026`, what was edited since, or that nobody did.
pub(crate) fn status_text(row: &Row, language: Language) -> String {
    let Some(c) = &row.confirmation else { return say(language, Word::NotConfirmed).to_string() };
    let mut text = fill(language, Word::ConfirmedBy, &[&c.by, &c.role, &reading::day(&c.date, language)]);
    if !c.remark.is_empty() {
        text.push_str(&format!(" (“{}”)", c.remark));
    }
    if !c.edited.is_empty() {
        let what: Vec<String> = c
            .edited
            .iter()
            .map(|edit| match edit {
                Edit::Row => say(language, Word::RowEdited).to_string(),
                Edit::Source(key) => fill(language, Word::SourceEdited, &[key]),
            })
            .collect();
        text = format!("{text}; {}: {}", say(language, Word::NoLongerHolds), what.join(", "));
    }
    text
}

fn status(row: &Row) -> &'static str {
    match &row.confirmation {
        None => "unconfirmed",
        Some(c) if c.edited.is_empty() => "confirmed",
        Some(_) => "edited",
    }
}

/// What is confirmed, what was edited since, what is open.
fn list(
    session: &mut Session,
    guideline: &CompiledGuideline,
    rows: &[At],
    each: bool,
) -> Result<Exit, Failure> {
    let language = session.language;
    let entries = match &session.folder {
        Some(folder) => read_confirmations(&knowledge::folder(folder)?),
        None => read_confirmations(&knowledge::embedded()),
    };
    let row = |at: &At| (&guideline.tables[at.0], &guideline.tables[at.0].rows[at.1]);
    let known = |e: &&ConfirmationEntry| {
        !guideline.tables.iter().any(|t| t.id == e.table && t.rows.iter().any(|r| r.id == e.row))
    };
    let lost: Vec<&ConfirmationEntry> = entries.iter().filter(known).collect();
    if session.format == Format::Json {
        for at in rows {
            let (table, row) = row(at);
            let c = row.confirmation.as_ref();
            let line = json!({
                "table": table.id, "row": row.id, "chapter": table.chapter, "status": status(row),
                "digest": row.digest,
                "by": c.map(|c| &c.by), "role": c.map(|c| &c.role), "date": c.map(|c| &c.date),
                "remark": c.map(|c| &c.remark).filter(|r| !r.is_empty()),
                "edited": c.map(|c| c.edited.iter().map(edit_id).collect::<Vec<_>>()).unwrap_or_default(),
            });
            session.out.line(&line.to_string())?;
        }
        for e in lost {
            let line = json!({
                "table": e.table, "row": e.row, "status": "lost", "by": e.by, "role": e.role, "date": e.date,
            });
            session.out.line(&line.to_string())?;
        }
        session.out.flush()?;
        return Ok(Exit::Done);
    }
    let mut paper = Paper::new();
    paper.line(0, 2, &[ink(Ink::Faint, edition(guideline, language))]);
    if each {
        for at in rows {
            let (table, row) = row(at);
            let ink_for = match status(row) {
                "confirmed" => Ink::Sure,
                "edited" => Ink::Clash,
                _ => Ink::Faint,
            };
            paper.line(
                0,
                4,
                &[
                    ink(Ink::Strong, format!("{}#{}", table.id, row.id)),
                    ink(ink_for, format!("  {}", status_text(row, language))),
                ],
            );
        }
    } else {
        let mut chapters: Vec<&str> = guideline.tables.iter().map(|t| t.chapter.as_str()).collect();
        chapters.dedup();
        for chapter in chapters {
            let of: Vec<&str> = rows
                .iter()
                .map(row)
                .filter(|(table, _)| table.chapter == chapter)
                .map(|(_, row)| status(row))
                .collect();
            let confirmed = of.iter().filter(|s| **s == "confirmed").count();
            let edited = of.iter().filter(|s| **s == "edited").count();
            let mut pieces = vec![ink(
                if confirmed == of.len() { Ink::Sure } else { Ink::Plain },
                fill(language, Word::ConfirmedOf, &[&confirmed.to_string(), &of.len().to_string()]),
            )];
            if edited > 0 {
                let text = fill(language, Word::EditedSince, &[&edited.to_string()]);
                pieces.push(ink(Ink::Clash, format!("; {text}")));
            }
            paper.row(0, &[ink(Ink::Plain, chapter)], 32, &pieces);
        }
        let stale: Vec<_> = rows.iter().map(row).filter(|(_, row)| status(row) == "edited").collect();
        if !stale.is_empty() {
            paper.heading(say(language, Word::HeadEdited));
            for (table, row) in stale {
                let id = format!("{}#{}", table.id, row.id);
                let text = format!("  {}", status_text(row, language));
                paper.line(2, 4, &[ink(Ink::Strong, id), ink(Ink::Clash, text)]);
            }
        }
    }
    if !lost.is_empty() {
        paper.heading(say(language, Word::HeadLost));
        for e in lost {
            let by = fill(language, Word::ConfirmedBy, &[&e.by, &e.role, &reading::day(&e.date, language)]);
            paper.line(2, 4, &[ink(Ink::Strong, e.row_id()), ink(Ink::Clash, format!("  {by}"))]);
        }
    }
    let confirmed = rows.iter().map(row).filter(|(_, row)| row.confirmed().is_some()).count();
    paper.blank();
    let count = fill(language, Word::ConfirmedOf, &[&confirmed.to_string(), &rows.len().to_string()]);
    paper.line(0, 2, &[ink(Ink::Strong, reading::capital(&count))]);
    session.out.text(&paper.take())?;
    session.out.flush()?;
    Ok(Exit::Done)
}

/// `row`, or `source:…`.
pub(crate) fn edit_id(edit: &Edit) -> String {
    match edit {
        Edit::Row => "row".to_string(),
        Edit::Source(key) => format!("source:{key}"),
    }
}
