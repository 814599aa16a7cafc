//! The guideline to use: the one inside the program, or a folder given by its author.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use nw_facts::Date;
use nw_guideline::{CompiledGuideline, Diagnostic, SourceSet, compile_with, restore};

use crate::outcome::Failure;
use crate::words::Word;

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The texts that ship inside the program.
pub(crate) fn embedded() -> SourceSet {
    SourceSet::new(FILES.iter().map(|(path, text)| ((*path).to_string(), (*text).to_string())).collect())
}

/// The knowledge folder that is meant.
pub(crate) fn root(folder: &Path) -> PathBuf {
    if folder.join("guideline.toml").is_file()
        && let Some(above) = folder.parent().and_then(Path::parent)
    {
        // The folder of one guideline was meant together with the vocabulary it stands in.
        return above.to_path_buf();
    }
    folder.to_path_buf()
}

/// Files of a knowledge folder that belong to the guideline's text, with their paths on disk.
pub(crate) fn files(folder: &Path) -> Result<Vec<(String, PathBuf)>, Failure> {
    let root = root(folder);
    if !root.is_dir() {
        return Err(Failure::usage(Word::NoSuchFolder, &[&folder.display().to_string()]));
    }
    let mut found = Vec::new();
    for part in [
        "sources.toml",
        "confirmations.toml",
        "vocabulary",
        "sources",
        "source-map",
        "guidelines",
        "leaflets",
        "calendar",
    ] {
        collect(&root, &root.join(part), 0, &mut found).map_err(|e| Failure::world(&root, &e))?;
    }
    found.sort();
    Ok(found)
}

fn collect(
    root: &Path,
    path: &Path,
    depth: usize,
    found: &mut Vec<(String, PathBuf)>,
) -> std::io::Result<()> {
    if path.is_dir() {
        // A knowledge folder is shallow; deeper is a loop of links.
        if depth > 8 {
            return Ok(());
        }
        for entry in std::fs::read_dir(path)? {
            collect(root, &entry?.path(), depth + 1, found)?;
        }
    } else if path.is_file() && path.extension().is_some_and(|e| e == "toml" || e == "md") {
        let name = path.strip_prefix(root).unwrap_or(path);
        let name: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
        found.push((name.join("/"), path.to_path_buf()));
    }
    Ok(())
}

/// The texts of a knowledge folder.
pub(crate) fn folder(folder: &Path) -> Result<SourceSet, Failure> {
    let mut texts = Vec::new();
    for (name, path) in files(folder)? {
        let bytes = std::fs::read(&path).map_err(|e| Failure::world(&path, &e))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Failure::usage(Word::KnowledgeNotUtf8, &[&path.display().to_string()]))?;
        texts.push((name, text));
    }
    Ok(SourceSet::new(texts))
}

/// Files of a knowledge folder that stand beside the guideline's text and change no conclusion, in the order of their names.
///
/// # Errors
/// A file cannot be read, or is no text.
pub(crate) fn beside(folder: &Path, part: &str) -> Result<Vec<(String, String)>, Failure> {
    let read = |(name, path): (String, PathBuf)| {
        let bytes = std::fs::read(&path).map_err(|e| Failure::world(&path, &e))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Failure::usage(Word::KnowledgeNotUtf8, &[&path.display().to_string()]))?;
        Ok((name, text))
    };
    files_of(folder, part).into_iter().map(read).collect()
}

/// The files of one part of a knowledge folder; none when there is no such part.
pub(crate) fn files_of(folder: &Path, part: &str) -> Vec<(String, PathBuf)> {
    let root = root(folder);
    let mut found = Vec::new();
    // What cannot be listed is not there; the guideline itself stands in the same folder and complains.
    drop(collect(&root, &root.join(part), 0, &mut found));
    found.retain(|(name, _)| name.ends_with(".toml"));
    found.sort();
    found
}

/// A folder that cannot be used, with everything there is to say about it.
pub(crate) struct Refused {
    pub sources: SourceSet,
    pub diagnostics: Vec<Diagnostic>,
}

/// The texts of a guideline, from which it is made for a period between changes of dated parameters.
pub(crate) struct Texts {
    /// The texts of a folder; those inside the program are only read when they must be compiled.
    folder: Option<SourceSet>,
    /// Days on which a parameter changes, ascending.
    changes: Vec<String>,
}

impl Texts {
    /// The texts of a folder, or the embedded ones.
    pub(crate) fn open(folder_given: Option<&Path>) -> Result<Texts, Failure> {
        let folder = folder_given.map(folder).transpose()?;
        let changes = match &folder {
            Some(sources) => change_days(sources.files()),
            None => change_days(FILES.iter().copied()),
        };
        Ok(Texts { folder, changes })
    }

    /// The period of a day, by the change that begins it.
    pub(crate) fn period(&self, day: Option<Date>) -> String {
        let day = day.map(|d| d.to_string()).unwrap_or_default();
        self.changes.iter().rev().find(|c| c.as_str() <= day.as_str()).cloned().unwrap_or_default()
    }

    /// The guideline of a folder, proved; or the embedded one, which was proved when it was built.
    pub(crate) fn make(&self, period: &str) -> Result<CompiledGuideline, Box<Refused>> {
        if self.folder.is_none()
            && period.is_empty()
            && let Some(guideline) = restore(GUIDELINE)
        {
            return Ok(guideline);
        }
        let prove = self.folder.is_some();
        let sources = self.folder.clone().unwrap_or_else(embedded);
        let draft = compile_with(&sources, "", period, prove);
        draft.admit().map_err(|r| Box::new(Refused { sources, diagnostics: r.diagnostics }))
    }
}

/// Compiled guidelines, one for each period between changes of dated parameters.
pub(crate) struct Shelf {
    texts: Texts,
    compiled: Vec<(String, Rc<CompiledGuideline>)>,
}

impl Shelf {
    /// No guideline yet; each is made when a day first needs it.
    pub(crate) fn open(folder: Option<&Path>) -> Result<Shelf, Failure> {
        Ok(Shelf { texts: Texts::open(folder)?, compiled: Vec::new() })
    }

    /// How many guidelines there can be: one before the first change and one after each.
    pub(crate) fn periods(&self) -> usize {
        self.texts.changes.len() + 1
    }

    /// The guideline as it rules on a day.
    pub(crate) fn on(&mut self, day: Option<Date>) -> Result<Rc<CompiledGuideline>, Box<Refused>> {
        let period = self.texts.period(day);
        if let Some((_, found)) = self.compiled.iter().find(|(p, _)| *p == period) {
            return Ok(Rc::clone(found));
        }
        let guideline = Rc::new(self.texts.make(&period)?);
        // It serves until the program ends; giving its hundred thousand pieces back one by one would only hold that up.
        std::mem::forget(Rc::clone(&guideline));
        self.compiled.push((period, Rc::clone(&guideline)));
        Ok(guideline)
    }
}

/// Every date in the parameter files: between two of them nothing changes.
fn change_days<'t>(files: impl Iterator<Item = (&'t str, &'t str)>) -> Vec<String> {
    let mut days: Vec<String> = files
        .filter(|(path, _)| path.ends_with("/parameters.toml"))
        .flat_map(|(_, text)| text.split(['"', '\'', ' ', '=']))
        .filter(|word| crate::casefile::read_date(word).is_some())
        .map(str::to_string)
        .collect();
    days.sort();
    days.dedup();
    days
}
