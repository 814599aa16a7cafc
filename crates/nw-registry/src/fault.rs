//! What can go wrong with a whole run; what is wrong with one row is a [`Reject`](crate::batch::Reject).

use std::path::{Path, PathBuf};

use nw_facts::Text;

/// Why a run cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A file could not be read or written.
    #[error("`{path}`: {source}")]
    World {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is not what its name says.
    #[error("`{path}` cannot be read as {expected}: {why}")]
    Shape {
        /// Which.
        path: PathBuf,
        /// What was expected.
        expected: &'static str,
        /// What is wrong.
        why: String,
    },
    /// The request makes no sense.
    #[error("{}", .0.en)]
    Request(Text),
}

impl Fault {
    pub(crate) fn world(path: &Path, source: std::io::Error) -> Fault {
        Fault::World { path: path.to_path_buf(), source }
    }

    pub(crate) fn request(en: impl Into<String>, nl: impl Into<String>) -> Fault {
        Fault::Request(Text::new(en, nl))
    }

    /// What happened, for a reader.
    pub fn text(&self) -> Text {
        match self {
            Fault::World { .. } => Text::new(self.to_string(), self.to_string()),
            Fault::Shape { path, expected, why } => Text::new(
                self.to_string(),
                format!("`{}` is niet te lezen als {expected}: {why}", path.display()),
            ),
            Fault::Request(text) => text.clone(),
        }
    }

    pub(crate) fn shape(path: &Path, expected: &'static str, why: impl std::fmt::Display) -> Fault {
        Fault::Shape { path: path.to_path_buf(), expected, why: why.to_string() }
    }
}
