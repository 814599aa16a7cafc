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

    /// SHA-256 over all paths and texts, as `sha256:…`; stamped on every conclusion.
    ///
    /// The texts for patients have a digest of their own: a sentence that is put more plainly changes no conclusion.
    pub fn digest(&self) -> String {
        self.hashed(|path| !path.starts_with("leaflets/"))
    }

    /// The same over the texts for patients; stamped on every document.
    pub fn texts_digest(&self) -> String {
        self.hashed(|path| path.starts_with("leaflets/"))
    }

    fn hashed(&self, counts: impl Fn(&str) -> bool) -> String {
        let mut hash = Sha256::new();
        for (path, text) in self.files.iter().filter(|(path, _)| counts(path)) {
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
