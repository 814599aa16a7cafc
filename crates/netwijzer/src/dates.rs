//! What `calendar` can be asked; its help in Dutch stands with all others in `args`.

use std::path::PathBuf;

use clap::Args;

/// What `calendar` is asked.
#[derive(Debug, Clone, Args)]
pub(crate) struct Dates {
    /// Also plan this schedule, from --from on; may be repeated
    #[arg(long, value_name = "NAME")]
    pub plan: Vec<String>,
    /// The first day on which anything new is planned (YYYY-MM-DD); without it the day of the assessment
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// Move an appointment, for example prrt.course.2=2026-06-09; what depends on it follows; may be repeated
    #[arg(long = "move", value_name = "EVENT=DATE")]
    pub moves: Vec<String>,
    /// Bring this calendar up to date (a file that --format json wrote)
    #[arg(long, value_name = "FILE")]
    pub previous: Option<PathBuf>,
    /// In large letters
    #[arg(long)]
    pub large_print: bool,
    /// With --format ics: cancel every appointment that is planned
    #[arg(long)]
    pub cancel: bool,
}
