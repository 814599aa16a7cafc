//! From paths to case documents: files, folders and standard input, in order, one document at a time.

use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use crate::casefile::{CaseFault, Document, Documents, Hint, Trouble};
use crate::outcome::Exit;
use crate::session::Session;
use crate::words::Word;

/// How case files end.
const CASES: &[&str] = &["yaml", "yml", "json", "jsonl", "ndjson"];
/// How reports of free text end.
const REPORTS: &[&str] = &["txt", "text", "md"];

/// Calls `each` for every document; what cannot be read is told and counted, and the next one follows.
///
/// # Errors
/// Whatever `each` returns.
pub(crate) fn documents<E>(
    session: &mut Session,
    paths: &[PathBuf],
    mut each: impl FnMut(&mut Session, Document) -> Result<(), E>,
) -> Result<Exit, E> {
    let mut exit = Exit::Done;
    for path in paths {
        let mut files = Vec::new();
        exit = exit.max(expand(session, path, &mut files));
        for file in files {
            exit = exit.max(one(session, &file, &mut each)?);
        }
    }
    Ok(exit)
}

/// A folder becomes its case files in name order; everything else stays what it is.
fn expand(session: &Session, path: &Path, files: &mut Vec<PathBuf>) -> Exit {
    if path.as_os_str() == "-" || !path.is_dir() {
        files.push(path.to_path_buf());
        return Exit::Done;
    }
    let before = files.len();
    match walk(path, CASES, 0, files) {
        Err(error) => tell_world(session, path, &error),
        Ok(()) if files.len() == before => {
            let name = path.display().to_string();
            session.fault(&CaseFault::new(
                &name,
                1,
                "no-cases",
                (Word::NoCases, &[&name]),
                (Word::NoCasesHelp, &[]),
            ));
            Exit::BadInput
        }
        Ok(()) => Exit::Done,
    }
}

/// The reports that a path names: itself, or those of a folder in name order. A folder without any is complained of.
pub(crate) fn reports(session: &mut Session, path: &Path, files: &mut Vec<PathBuf>) -> Exit {
    if path.as_os_str() == "-" || !path.is_dir() {
        files.push(path.to_path_buf());
        return Exit::Done;
    }
    let before = files.len();
    match walk(path, REPORTS, 0, files) {
        Err(error) => tell_world(session, path, &error),
        Ok(()) if files.len() == before => {
            let name = path.display().to_string();
            let endings: Vec<String> = REPORTS.iter().map(|e| format!(".{e}")).collect();
            let message = crate::words::both(Word::NoReports, &[&name, &endings.join(", ")]);
            session.before_complaint();
            session.say(crate::paper::Ink::Clash, message.get(session.language));
            Exit::BadInput
        }
        Ok(()) => Exit::Done,
    }
}

fn walk(folder: &Path, endings: &[&str], depth: usize, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>()?;
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            // Links can make folders endless; no archive of cases is this deep.
            if depth < 16 {
                walk(&entry, endings, depth + 1, files)?;
            }
        } else if entry.extension().is_some_and(|e| endings.iter().any(|known| e.eq_ignore_ascii_case(known)))
        {
            files.push(entry);
        }
    }
    Ok(())
}

fn one<E>(
    session: &mut Session,
    path: &Path,
    each: &mut impl FnMut(&mut Session, Document) -> Result<(), E>,
) -> Result<Exit, E> {
    if path.as_os_str() == "-" {
        return stream(session, path, Documents::new(io::stdin().lock(), "-", Hint::Any), each);
    }
    let name = path.display().to_string();
    match File::open(path) {
        Ok(file) => stream(session, path, Documents::new(BufReader::new(file), &name, Hint::of(&name)), each),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let near = beside(path).map_or_else(String::new, |n| {
                crate::words::both(Word::DidYouMean, &[&n]).get(session.language).to_string()
            });
            session.fault(&CaseFault::new(
                &name,
                1,
                "no-such-file",
                (Word::NoSuchFile, &[&name, &near]),
                (Word::NoSuchFileHelp, &[]),
            ));
            Ok(Exit::BadInput)
        }
        Err(error) => Ok(tell_world(session, path, &error)),
    }
}

/// A file of nearly the same name in the same folder.
fn beside(path: &Path) -> Option<String> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let names: Vec<String> =
        fs::read_dir(folder).ok()?.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
    nw_facts::nearest(&path.file_name()?.to_string_lossy(), names.iter().map(String::as_str))
        .map(str::to_string)
}

fn stream<R: io::BufRead, E>(
    session: &mut Session,
    path: &Path,
    documents: Documents<R>,
    each: &mut impl FnMut(&mut Session, Document) -> Result<(), E>,
) -> Result<Exit, E> {
    let mut exit = Exit::Done;
    for document in documents {
        match document {
            Ok(document) => each(session, document)?,
            Err(Trouble::Fault(fault)) => {
                session.before_complaint();
                session.fault(&fault);
                exit = exit.max(Exit::BadInput);
            }
            Err(Trouble::World(error)) => exit = exit.max(tell_world(session, path, &error)),
        }
    }
    Ok(exit)
}

fn tell_world(session: &Session, path: &Path, error: &io::Error) -> Exit {
    let failure = crate::outcome::Failure::world(path, error);
    if let Some(message) = failure.message {
        session.say(crate::paper::Ink::Clash, message.get(session.language));
    }
    Exit::World
}
