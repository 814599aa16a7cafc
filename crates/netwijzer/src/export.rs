//! `export`: the guideline in the languages of other engines, and as tables for whoever verifies answers.

use std::fs;
use std::path::Path;

use nw_export::{Model, Wiring, cql, dmn, elm, jdm, tables};
use nw_guideline::CompiledGuideline;

use crate::args::{Foreign, Format};
use crate::outcome::{Exit, Failure};
use crate::session::Session;
use crate::words::{Word, fill};

/// One file of an export.
struct Sheet {
    name: String,
    text: String,
}

pub(crate) fn run(session: &mut Session, what: Foreign, out: Option<&Path>) -> Result<Exit, Failure> {
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
    }
}
