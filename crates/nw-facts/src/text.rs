//! Dutch and English side by side, so that neither can be forgotten.

/// A language of display.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Language {
    /// Dutch.
    #[default]
    Nl,
    /// English.
    En,
}

/// A text in both languages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// English.
    pub en: String,
    /// Dutch.
    pub nl: String,
}

impl Text {
    /// Both languages at once.
    pub fn new(en: impl Into<String>, nl: impl Into<String>) -> Self {
        Text { en: en.into(), nl: nl.into() }
    }

    /// The text in one language.
    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::Nl => &self.nl,
            Language::En => &self.en,
        }
    }

    /// True when neither language says anything.
    pub fn is_empty(&self) -> bool {
        self.en.is_empty() && self.nl.is_empty()
    }
}
