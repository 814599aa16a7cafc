//! What surrounds every page: title, language, edition, and how much of it a clinician confirmed.

use nw_facts::Language;

use super::context::Context;
use crate::reading::pick;

/// The frame of one page.
pub struct Frame {
    pub language: Language,
    pub title: String,
    /// Path below the folder of the language.
    pub path: String,
    /// The entry of the menu that this page belongs to.
    pub current: &'static str,
    pub guideline: String,
    pub id: String,
    pub edition: String,
    pub digest: String,
    pub rows: usize,
    pub confirmed: usize,
    pub stale: usize,
}

impl Frame {
    pub fn new(
        context: &Context<'_>,
        language: Language,
        title: impl Into<String>,
        path: impl Into<String>,
        current: &'static str,
    ) -> Frame {
        let guideline = context.guideline;
        let rows = || guideline.tables.iter().flat_map(|t| &t.rows);
        let digest = guideline.digest.strip_prefix("sha256:").unwrap_or(&guideline.digest);
        let confirmed = rows().filter(|r| r.confirmed().is_some()).count();
        Frame {
            language,
            title: title.into(),
            path: path.into(),
            current,
            guideline: guideline.manifest.title.get(language).to_string(),
            id: guideline.manifest.id.clone(),
            edition: guideline.manifest.edition.clone(),
            digest: digest.get(..12).unwrap_or(digest).to_string(),
            rows: rows().count(),
            confirmed,
            stale: rows().filter(|r| r.confirmation.is_some()).count() - confirmed,
        }
    }

    pub fn lang(&self) -> &'static str {
        match self.language {
            Language::Nl => "nl",
            Language::En => "en",
        }
    }

    pub fn other(&self) -> &'static str {
        match self.language {
            Language::Nl => "en",
            Language::En => "nl",
        }
    }

    /// From this page to the folder of its language.
    pub fn root(&self) -> String {
        "../".repeat(self.path.matches('/').count())
    }

    /// The same page in the other language.
    pub fn twin(&self) -> String {
        format!("{}../{}/{}", self.root(), self.other(), self.path)
    }

    /// One of two texts, by the language of the page.
    pub fn t(&self, en: &str, nl: &str) -> String {
        pick(self.language, en, nl)
    }

    pub fn is(&self, entry: &str) -> bool {
        self.current == entry
    }

    /// How much a clinician confirmed, in a sentence.
    pub fn trust(&self) -> String {
        let (rows, confirmed) = (self.rows, self.confirmed);
        if confirmed == 0 {
            return self.t(
                &format!("none of {rows} rows confirmed by a clinician"),
                &format!("geen van {rows} rijen bevestigd door een clinicus"),
            );
        }
        self.t(
            &format!("{confirmed} of {rows} rows confirmed by a clinician"),
            &format!("{confirmed} van {rows} rijen bevestigd door een clinicus"),
        )
    }
}
