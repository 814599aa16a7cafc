//! The texts of a guideline as (path, text) pairs: folders are read at the edge.

use sha2::{Digest, Sha256};

/// All files of a knowledge folder that belong to one guideline.
#[derive(Clone, Debug, Default)]
pub struct SourceSet {
    files: Vec<(String, String)>,
}

impl SourceSet {
    /// Files by path relative to the knowledge folder, with forward slashes; kept in path order.
    pub fn new(mut files: Vec<(String, String)>) -> Self {
        files.sort();
        files.dedup_by(|a, b| a.0 == b.0);
        SourceSet { files }
    }

    /// All files in path order.
    pub fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(p, t)| (p.as_str(), t.as_str()))
    }

    /// One file.
    pub fn get(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|(p, _)| p == path).map(|(_, t)| t.as_str())
    }

    /// Replaces or adds one file (an edit, a mutation).
    pub fn with(&self, path: &str, text: String) -> SourceSet {
        let mut files: Vec<_> = self.files.iter().filter(|(p, _)| p != path).cloned().collect();
        files.push((path.to_string(), text));
        SourceSet::new(files)
    }

    /// The same texts without prose and cases: all that an answer needs.
    ///
    /// Places in it differ from the places in the full texts, so it is for answering, never for reporting.
    pub fn without_cases(&self) -> SourceSet {
        let needed = self.files.iter().filter(|(path, _)| !path.starts_with("source-map/"));
        let files = needed.map(|(path, text)| {
            let text = if path.ends_with(".md") { slim(text) } else { text.clone() };
            (path.clone(), text)
        });
        SourceSet { files: files.collect() }
    }

    /// SHA-256 over all paths and texts, as `sha256:…`; stamped on every conclusion.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for (path, text) in &self.files {
            hash.update((path.len() as u64).to_be_bytes());
            hash.update(path.as_bytes());
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
        let bytes = hash.finalize();
        let hex: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
        format!("sha256:{hex}")
    }
}

/// Drops case tables, case blocks and prose from a chapter; keeps front matter, tables and rules.
fn slim(text: &str) -> String {
    let mut out = String::with_capacity(text.len() / 2);
    let (mut in_cases, mut in_case_block, mut front) = (false, false, 0);
    for line in text.split_inclusive('\n') {
        let trimmed = line.trim();
        if trimmed == "---" && front < 2 {
            front += 1;
            out.push_str(line);
            continue;
        }
        if trimmed.starts_with('#') {
            in_cases = trimmed.trim_start_matches('#').trim_start().starts_with("Cases ");
        }
        let quoted = trimmed.starts_with('>');
        if quoted && trimmed.trim_start_matches(['>', ' ']).starts_with("**") {
            let word = trimmed.trim_start_matches(['>', ' ', '*']);
            in_case_block =
                word.starts_with("Case**") || word.starts_with("nl**") || word.starts_with("Departure**");
        } else if !quoted {
            in_case_block = false;
        }
        // Prose lines can only be told from continued attributes by what stands before them; both are kept short.
        let dropped = in_cases || quoted && in_case_block;
        if !dropped {
            out.push_str(line);
        }
    }
    out
}
