//! CDS Hooks for `serve` and `check`: the cards of a knowledge folder, and the settings of the hospital.

use std::path::Path;

use nw_facts::{Language, Text};
use nw_fhir::Mapping;
use nw_guideline::CompiledGuideline;
use nw_hooks::{Hooks, SHIPPED};
use nw_server::{HooksSettings, SmartSettings};

use crate::knowledge;
use crate::outcome::{Exit, Failure};
use crate::session::Session;
use crate::words::{Word, fill};

/// The files of cards: those of a knowledge folder, or those inside the program when it has none.
///
/// # Errors
/// A file cannot be read.
pub(crate) fn files(folder: Option<&Path>) -> Result<Vec<(String, String)>, Failure> {
    let own = folder.map_or_else(|| Ok(Vec::new()), |folder| knowledge::beside(folder, "hooks"))?;
    Ok(match own.is_empty() {
        true => SHIPPED.iter().map(|(name, text)| ((*name).to_string(), (*text).to_string())).collect(),
        false => own,
    })
}

/// Everything that answering CDS Hooks needs, when there are settings for it.
///
/// # Errors
/// A file cannot be read, or the settings, the cards or the mapping of FHIR have faults.
pub(crate) fn ears(
    session: &Session,
    guideline: &CompiledGuideline,
    settings: Option<&Path>,
) -> Result<Option<(HooksSettings, Hooks, Mapping)>, Failure> {
    let Some(path) = settings else { return Ok(None) };
    let text = std::fs::read_to_string(path).map_err(|e| Failure::world(path, &e))?;
    let beside = path.parent().unwrap_or(Path::new("."));
    let settings = HooksSettings::read(&text, |name| std::fs::read_to_string(beside.join(name)))
        .map_err(|why| Failure::usage(Word::HookSettings, &[&path.display().to_string(), &why]))?;
    let folder = session.folder.as_deref();
    let files = files(folder)?;
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    let hooks = Hooks::read(&files, guideline).map_err(|faults| {
        let told = |language| {
            let lines: Vec<String> =
                faults.iter().map(|f| format!("{}: {}", f.file, f.text.get(language))).collect();
            fill(language, Word::HookFaults, &[&lines.join("\n  ")])
        };
        let message = Text::new(told(Language::En), told(Language::Nl));
        Failure { exit: Exit::BadInput, message: Some(message) }
    })?;
    let mapping = crate::fhir::mapping(folder, &guideline.vocabulary)?;
    Ok(Some((settings, hooks, mapping)))
}

/// Records that may launch the workbench.
///
/// # Errors
/// The file cannot be read, or the settings have faults.
pub(crate) fn launches(path: &Path) -> Result<SmartSettings, Failure> {
    let text = std::fs::read_to_string(path).map_err(|e| Failure::world(path, &e))?;
    let beside = path.parent().unwrap_or(Path::new("."));
    SmartSettings::read(&text, |name| std::fs::read_to_string(beside.join(name)))
        .map_err(|why| Failure::usage(Word::SmartSettings, &[&path.display().to_string(), &why]))
}
