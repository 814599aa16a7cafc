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

    /// Texts in a row, with a mark between them in each language.
    pub fn joined<'t>(texts: impl IntoIterator<Item = &'t Text> + Clone, between: (&str, &str)) -> Self {
        let list = |language| texts.clone().into_iter().map(|t| t.get(language)).collect::<Vec<_>>();
        Text { en: list(Language::En).join(between.0), nl: list(Language::Nl).join(between.1) }
    }

    /// True when neither language says anything.
    pub fn is_empty(&self) -> bool {
        self.en.is_empty() && self.nl.is_empty()
    }
}

/// A sentence in both languages, each formatted with the same arguments.
///
/// Arguments that are themselves a [`Text`] are named after a semicolon; each language takes its own half.
///
/// ```
/// use nw_facts::{Text, said};
/// let (unit, near) = ("kgg", said!("; did you mean `kg`?", "; bedoelde u `kg`?"));
/// let text: Text = said!("unknown unit `{}`{near}", "onbekende eenheid `{}`{near}", unit; near);
/// assert_eq!(text.nl, "onbekende eenheid `kgg`; bedoelde u `kg`?");
/// ```
#[macro_export]
macro_rules! said {
    ($en:literal, $nl:literal $(, $arg:expr)* $(,)?) => {
        $crate::Text { en: format!($en $(, $arg)*), nl: format!($nl $(, $arg)*) }
    };
    ($en:literal, $nl:literal $(, $arg:expr)*; $($text:ident),+ $(,)?) => {
        $crate::Text {
            en: {
                $(let $text = &$text.en;)+
                format!($en $(, $arg)*)
            },
            nl: {
                $(let $text = &$text.nl;)+
                format!($nl $(, $arg)*)
            },
        }
    };
}
