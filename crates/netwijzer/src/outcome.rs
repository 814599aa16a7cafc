//! How a run ends: exit codes, and the failures that end it early.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use nw_facts::{Text, nearest};

use crate::words::{Word, both};

/// Exit codes, in rising weight: the heaviest of a run wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) enum Exit {
    #[default]
    Done = 0,
    /// `check` failed, or the facts of a case contradict each other.
    Findings = 1,
    /// Bad input or usage.
    BadInput = 2,
    /// The world failed: a disk, a pipe.
    World = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

/// Why a run stops before its end.
#[derive(Debug)]
pub(crate) struct Failure {
    pub exit: Exit,
    /// What to say; nothing when it was said already, or when nobody listens any more.
    pub message: Option<Text>,
}

impl Failure {
    pub(crate) fn usage(word: Word, parts: &[&str]) -> Self {
        Failure { exit: Exit::BadInput, message: Some(both(word, parts)) }
    }

    pub(crate) fn world(path: &Path, error: &io::Error) -> Self {
        Failure {
            exit: Exit::World,
            message: Some(both(Word::WorldFailed, &[&path.display().to_string(), &error.to_string()])),
        }
    }

    /// A conclusion that nobody knows, with the nearest that there is.
    pub(crate) fn no_such_conclusion<'i>(asked: &str, ids: impl Iterator<Item = &'i str>) -> Self {
        match nearest(asked, ids) {
            Some(near) => Failure::usage(Word::NoSuchConclusionNear, &[asked, near]),
            None => Failure::usage(Word::NoSuchConclusion, &[asked]),
        }
    }

    /// It was said already.
    pub(crate) fn silent(exit: Exit) -> Self {
        Failure { exit, message: None }
    }
}

// Only writing to the terminal or pipe converts this way; reading always names its file.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Failure::silent(Exit::Done);
        }
        Failure { exit: Exit::World, message: Some(both(Word::OutputFailed, &[&error.to_string()])) }
    }
}
