//! `export`: the guideline in the languages of other engines, as tables for whoever verifies answers, and as a site.

use std::fs;
use std::path::Path;

use nw_export::{Model, Wiring, cql, dmn, elm, jdm, tables};
use nw_guideline::{CompiledGuideline, compile_with};

use crate::args::{Foreign, Format};
use crate::knowledge;
use crate::outcome::{Exit, Failure};
use crate::session::Session;
use crate::words::{Word, fill};

/// One file of an export.
struct Sheet {
    name: String,
    text: String,
}

pub(crate) fn run(session: &mut Session, what: Foreign, out: Option<&Path>) -> Result<Exit, Failure> {
    if what == Foreign::Site {
        let out = out.ok_or_else(|| Failure::usage(Word::SiteNeedsFolder, &[]))?;
        return site(session, out);
    }
    let (_, guideline) = session.open()?;
    let files = files(session, &guideline, what);
    match out {
        None => {
            // ELM is the JSON of CQL; the other exports have one form only.
            let wanted = if session.format == Format::Json { files.last() } else { files.first() };
            if let Some(file) = wanted {
                session.out.bytes(file.text.as_bytes())?;
            }
        }
        Some(folder) => {
            fs::create_dir_all(folder).map_err(|e| Failure::world(folder, &e))?;
            for file in &files {
                let path = folder.join(&file.name);
                fs::write(&path, &file.text).map_err(|e| Failure::world(&path, &e))?;
                let said = fill(session.language, Word::Exported, &[&path.display().to_string()]);
                session.out.line(&said)?;
            }
        }
    }
    session.out.flush()?;
    Ok(Exit::Done)
}

fn files(session: &Session, guideline: &CompiledGuideline, what: Foreign) -> Vec<Sheet> {
    let manifest = &guideline.manifest;
    let model = || Model::new(guideline, Wiring::Chained, session.language);
    let file = |ending: &str, text: String| Sheet {
        name: format!("{}-{}.{ending}", manifest.id, manifest.edition),
        text,
    };
    match what {
        Foreign::Dmn => vec![file("dmn", dmn(&model()))],
        Foreign::Cql => vec![file("cql", cql(&model())), file("elm.json", elm(&model()))],
        Foreign::Jdm => vec![file("jdm.json", jdm(&model()))],
        Foreign::Tables => vec![file("tables.json", tables(guideline))],
        // A site is many files, written from the texts; see `site`.
        Foreign::Site => Vec::new(),
    }
}

/// The guideline as pages. Prose and places stand in the texts only, so they are compiled here, also those inside the
/// program.
fn site(session: &mut Session, out: &Path) -> Result<Exit, Failure> {
    let sources = match &session.folder {
        Some(folder) => knowledge::folder(folder)?,
        None => knowledge::embedded(),
    };
    let date = session.as_of.map(|d| d.to_string()).unwrap_or_default();
    let draft = compile_with(&sources, "", &date, session.folder.is_some());
    let findings = draft.diagnostics().to_vec();
    let guideline = match draft.admit() {
        Ok(guideline) => guideline,
        Err(refused) => return Err(session.refuse(&sources, &refused.diagnostics)),
    };
    let files = nw_render::site(&sources, &guideline, &findings);
    for (name, text) in &files {
        let path = out.join(name);
        let folder = path.parent().unwrap_or(out);
        fs::create_dir_all(folder).map_err(|e| Failure::world(folder, &e))?;
        fs::write(&path, text).map_err(|e| Failure::world(&path, &e))?;
    }
    let (count, first) = (files.len().to_string(), out.join("index.html").display().to_string());
    session.out.line(&fill(session.language, Word::SiteWritten, &[&count, &first]))?;
    session.out.flush()?;
    Ok(Exit::Done)
}
