//! `backup`, `restore`, `verify-audit`: looking after the record of a centre from the command line.

use std::path::Path;

use nw_store::{Anchor, AuditKey, Context, Options, Store, StoreError};
use serde_json::json;

use crate::args::{Format, RecordPlace};
use crate::outcome::{Exit, Failure};
use crate::session::Session;
use crate::words::{Word, fill, say};

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        let exit = match &error {
            StoreError::Database(_)
            | StoreError::File(_)
            | StoreError::Closed
            | StoreError::Fault
            | StoreError::Corrupt(_) => Exit::World,
            _ => Exit::BadInput,
        };
        Failure { exit, message: Some(error.text()) }
    }
}

/// The commands are short: one thread is enough.
fn wait<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(work)
}

fn options(place: &RecordPlace, as_it_is: bool) -> Result<Options, Failure> {
    let audit_key = match &place.audit_key {
        None => None,
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|e| Failure::world(path, &e))?;
            Some(AuditKey::new(&text)?)
        }
    };
    Ok(Options { audit_key, as_it_is, readers: 2, ..Options::default() })
}

/// The command line acts for whoever may reach the database anyway.
fn context() -> Context {
    let user = std::env::var("USER").unwrap_or_default();
    let context = Context::system(jiff::Timestamp::now(), "cli");
    if user.is_empty() { context } else { context.from_place(format!("user {user}")) }
}

pub(crate) fn backup(session: &mut Session, place: &RecordPlace, file: &Path) -> Result<Exit, Failure> {
    let options = options(place, true)?;
    if file.exists() {
        return Err(Failure::usage(Word::BackupExists, &[&file.display().to_string()]));
    }
    let done = wait(async {
        let store = Store::open_with(&place.database, options).await?;
        let done = store.backup(&context(), file).await;
        store.close().await;
        Ok(done?)
    })?;
    let (rows, anchor) = (done.rows.to_string(), done.anchor.to_string());
    match session.format {
        Format::Json => {
            let line = json!({"file": file.display().to_string(), "rows": done.rows, "anchor": anchor,
                              "sha256": done.digest});
            session.out.line(&line.to_string())?;
        }
        Format::Text => {
            session.out.line(&fill(
                session.language,
                Word::BackupDone,
                &[&file.display().to_string(), &rows],
            ))?;
            session.out.line(&fill(session.language, Word::AuditAnchor, &[&anchor]))?;
            session.out.line(say(session.language, Word::BackupKeepSafe))?;
        }
    }
    session.out.flush()?;
    Ok(Exit::Done)
}

pub(crate) fn restore(session: &mut Session, place: &RecordPlace, file: &Path) -> Result<Exit, Failure> {
    let options = options(place, false)?;
    // A file that is not there is told by its name.
    std::fs::File::open(file).map_err(|e| Failure::world(file, &e))?;
    let done = wait(async {
        let (store, done) = Store::restore(&context(), &place.database, file, options).await?;
        store.close().await;
        Ok(done)
    })?;
    let (rows, anchor) = (done.rows.to_string(), done.anchor.to_string());
    match session.format {
        Format::Json => {
            let line = json!({"file": file.display().to_string(), "rows": done.rows, "anchor": anchor,
                              "sha256": done.digest});
            session.out.line(&line.to_string())?;
        }
        Format::Text => {
            session.out.line(&fill(
                session.language,
                Word::RestoreDone,
                &[&file.display().to_string(), &rows],
            ))?;
            session.out.line(&fill(session.language, Word::AuditAnchor, &[&anchor]))?;
        }
    }
    session.out.flush()?;
    Ok(Exit::Done)
}

pub(crate) fn verify(
    session: &mut Session,
    place: &RecordPlace,
    anchor: Option<&str>,
) -> Result<Exit, Failure> {
    let options = options(place, true)?;
    let anchor: Option<Anchor> = anchor.map(str::parse).transpose()?;
    let verdict = wait(async {
        let store = Store::open_with(&place.database, options).await?;
        let verdict = store.verify_audit(anchor.as_ref()).await;
        store.close().await;
        Ok(verdict?)
    })?;
    let end = verdict.anchor.to_string();
    match session.format {
        Format::Json => {
            let findings: Vec<_> =
                verdict.findings.iter().map(|f| json!({"seq": f.seq, "kind": f.kind.word()})).collect();
            let line = json!({"holds": verdict.holds(), "entries": verdict.entries, "anchor": end,
                              "sealed": verdict.sealed, "findings": findings});
            session.out.line(&line.to_string())?;
        }
        Format::Text => {
            for finding in &verdict.findings {
                let word = match finding.kind {
                    nw_store::FindingKind::Altered => Word::AuditAltered,
                    nw_store::FindingKind::Missing => Word::AuditMissing,
                    nw_store::FindingKind::Unlinked => Word::AuditUnlinked,
                    nw_store::FindingKind::Beyond => Word::AuditBeyond,
                    nw_store::FindingKind::Head => Word::AuditHead,
                    nw_store::FindingKind::Seal => Word::AuditSeal,
                    nw_store::FindingKind::Anchor => Word::AuditOffAnchor,
                };
                session.out.line(&fill(session.language, word, &[&finding.seq.to_string()]))?;
            }
            let entries = verdict.entries.to_string();
            if verdict.holds() {
                session.out.line(&fill(session.language, Word::AuditHolds, &[&entries]))?;
                session.out.line(&fill(session.language, Word::AuditAnchor, &[&end]))?;
            } else {
                let findings = verdict.findings.len().to_string();
                session.out.line(&fill(session.language, Word::AuditBroken, &[&entries, &findings]))?;
            }
        }
    }
    session.out.flush()?;
    Ok(if verdict.holds() { Exit::Done } else { Exit::Findings })
}
