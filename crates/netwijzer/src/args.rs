//! What can be typed: commands and options, with their help in both languages.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgAction, Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use nw_facts::Language;

use crate::dates::Dates;
use crate::help::{DUTCH, DUTCH_NAMES};
use crate::words::{Word, fill, say};

/// Netwijzer makes the guideline for neuroendocrine tumours computable, checked and explainable.
#[derive(Debug, Parser)]
#[command(
    name = "netwijzer",
    version,
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true
)]
#[command(max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Option<Task>,
    /// Print the version
    #[arg(short = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// Language of all texts: nl or en; without it LC_ALL or LANG decides
    #[arg(long, global = true, value_name = "LANG", hide_possible_values = true, value_parser = ["nl", "en"])]
    pub lang: Option<String>,
    /// Form of the output: text for people or json (one object per line) for programs
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        hide_possible_values = true,
        hide_default_value = true,
        default_value = "text"
    )]
    pub format: Form,
    /// Use the guideline in this knowledge folder instead of the one inside the program
    #[arg(long, global = true, value_name = "DIR")]
    pub guideline: Option<PathBuf>,
    /// Settings of the hospital: name, telephone, logo, closed days, its calendar (docs/hospital.example.toml)
    #[arg(long, global = true, value_name = "FILE", env = "NETWIJZER_SETTINGS", hide_env_values = true)]
    pub settings: Option<PathBuf>,
    /// Assess as of this date (YYYY-MM-DD); goes before the date in the case file
    #[arg(long, global = true, value_name = "DATE")]
    pub as_of: Option<String>,
    /// Use only what was known by this date (YYYY-MM-DD)
    #[arg(long, global = true, value_name = "DATE")]
    pub known_by: Option<String>,
    /// Switch off one convention; may be repeated
    #[arg(long, global = true, value_name = "ID")]
    pub without_convention: Vec<String>,
    /// Switch off all conventions
    #[arg(long, global = true)]
    pub no_conventions: bool,
    /// Colours: auto, always or never
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        hide_possible_values = true,
        hide_default_value = true,
        default_value = "auto"
    )]
    pub color: Colour,
    /// Print help
    #[arg(short, long, global = true, action = ArgAction::Help)]
    help: Option<bool>,
}

/// Which record.
#[derive(Debug, Clone, Args)]
pub(crate) struct RecordPlace {
    /// The database of the record: sqlite:FILE or postgres://USER@HOST/NAME
    #[arg(long, value_name = "URL")]
    pub database: String,
    /// File with the key that seals the audit log
    #[arg(long, value_name = "FILE")]
    pub audit_key: Option<PathBuf>,
}

/// Form of the output, as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    Text,
    Json,
    /// Documents only.
    Html,
    /// Documents only.
    Pdf,
    /// Calendars only.
    Ics,
}

/// What the tumour board writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LetterKind {
    Mdt,
    Summary,
    Requests,
}

impl LetterKind {
    /// As it is typed.
    pub(crate) fn word(self) -> &'static str {
        match self {
            LetterKind::Mdt => "mdt",
            LetterKind::Summary => "summary",
            LetterKind::Requests => "requests",
        }
    }
}

/// Form of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
}

/// What other engines read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Foreign {
    Dmn,
    Cql,
    Jdm,
    Tables,
    Site,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Task {
    /// Draw every conclusion from the facts of one or more cases
    Assess {
        /// Case files (YAML, JSON, JSON Lines), folders, or - for standard input
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Also show steps on the way, what does not apply, and all questions
        #[arg(short, long, visible_alias = "all")]
        verbose: bool,
        /// Only this conclusion, or all that start so (tumour.*); may be repeated, or several with commas
        #[arg(long, value_name = "ID", value_delimiter = ',')]
        only: Vec<String>,
        /// Also assess with the guideline in this folder, or shipped for the one inside the program; may be
        /// repeated
        #[arg(long, value_name = "DIR")]
        beside: Vec<PathBuf>,
    },
    /// Ask the next best question until everything is settled or nobody knows more
    Ask {
        /// Case file to start from
        #[arg(value_name = "CASE")]
        case: Option<PathBuf>,
        /// Write the answers to this case file
        #[arg(long, value_name = "FILE")]
        save: Option<PathBuf>,
    },
    /// Show why a conclusion is as it is, down to the source
    Explain {
        /// Case file, or - for standard input
        #[arg(value_name = "CASE")]
        case: PathBuf,
        /// The conclusion, for example tumour.grade
        #[arg(value_name = "CONCLUSION")]
        conclusion: String,
    },
    /// Make what a patient takes home, from one or more cases: only what holds for them; --format text, json, html or pdf
    Leaflet {
        /// Case files (YAML, JSON, JSON Lines), folders, or - for standard input
        #[arg(value_name = "PATH", required_unless_present = "topic")]
        paths: Vec<PathBuf>,
        /// Which document: personal, decision-aid, examinations and others that the texts name
        #[arg(long, value_name = "NAME", default_value = "personal", hide_default_value = true)]
        document: String,
        /// The text of a topic for nobody in particular: medicine/prrt, or medicine for all of them; may be repeated
        #[arg(long, value_name = "TOPIC", conflicts_with_all = ["paths", "document"])]
        topic: Vec<String>,
        /// In large letters
        #[arg(long)]
        large_print: bool,
        /// Write one file for each case to this folder
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Plan injections, courses, tests, scans and visits by the rules; --format text, json, ics, html or pdf
    Calendar {
        /// Case file, or - for standard input
        #[arg(value_name = "CASE")]
        case: PathBuf,
        #[command(flatten)]
        dates: Dates,
    },
    /// Make what the tumour board writes and asks, from one or more cases; --format text, json, html or pdf
    Letter {
        /// Case files (YAML, JSON, JSON Lines), folders, or - for standard input
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// mdt: the letter with the decision; summary: the case on one page; requests: what is asked of whom
        #[arg(
            long,
            value_name = "KIND",
            hide_possible_values = true,
            default_value = "mdt",
            hide_default_value = true
        )]
        kind: LetterKind,
        /// In large letters
        #[arg(long)]
        large_print: bool,
        /// Write one file for each case to this folder
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Check the knowledge: complete, free of contradictions, and every case as expected
    Check {
        /// Check again whenever a file changes
        #[arg(long)]
        watch: bool,
        /// Show the size of every conclusion
        #[arg(long)]
        sizes: bool,
        /// List where sources differ, with the decision taken, and what became of each source's statements
        #[arg(long)]
        discrepancies: bool,
        /// Measure how easy the texts for patients are to read, and show the hardest sentences
        #[arg(long, conflicts_with = "watch")]
        readability: bool,
        /// Print the assessment of every case of the guideline as JSON, for programs that verify answers
        #[arg(long)]
        assess_cases: bool,
    },
    /// Record that a clinician confirms rows of the guideline, after showing them in full
    Confirm(Confirm),
    /// List every fact and conclusion: the data dictionary
    Facts {
        /// Only those whose id, name or spelling contains this text
        #[arg(value_name = "TEXT")]
        filter: Option<String>,
        /// Also show every value with its spellings
        #[arg(short, long)]
        verbose: bool,
    },
    /// Find the facts that reports of free text state, with the words that say so
    Extract {
        /// Reports as text files, or folders of them; - reads standard input
        #[arg(required = true, value_name = "REPORT")]
        reports: Vec<PathBuf>,
        /// Write a case file of what is proposed, for `assess`
        #[arg(long)]
        case: bool,
    },
    /// Run the workbench in the browser, with the record behind it
    Serve {
        /// Where to listen
        #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
        listen: std::net::SocketAddr,
        /// Where the record lies: sqlite:record.db or postgres://user@host/name
        #[arg(long, value_name = "URL", env = "NETWIJZER_DATABASE", hide_env_values = true)]
        database: Option<String>,
        /// Name of the centre, shown on pages and letters
        #[arg(long, value_name = "NAME", default_value = "")]
        organisation: String,
        /// Fill an empty record with invented patients and accounts
        #[arg(long)]
        demo: bool,
        /// The pages are reached by HTTPS through a proxy
        #[arg(long)]
        https: bool,
        /// Answer CDS Hooks: who may call, and which FHIR servers may be asked (TOML)
        #[arg(long, value_name = "FILE", env = "NETWIJZER_CDS_HOOKS")]
        cds_hooks: Option<PathBuf>,
        /// Be launched by electronic records as a SMART app: which, and under which client id (TOML)
        #[arg(long, value_name = "FILE", env = "NETWIJZER_SMART")]
        smart: Option<PathBuf>,
        /// Sign in through this OpenID Connect provider, too; the secret, if there is one, stands in
        /// NETWIJZER_OIDC_SECRET
        #[arg(long, value_name = "ISSUER", env = "NETWIJZER_OIDC_ISSUER", requires = "public_url")]
        oidc_issuer: Option<String>,
        /// The client id that the provider gave to this workbench
        #[arg(long, value_name = "ID", env = "NETWIJZER_OIDC_CLIENT", default_value = "netwijzer")]
        oidc_client: String,
        /// Where browsers reach this workbench, for the way back from the provider
        #[arg(long, value_name = "URL", env = "NETWIJZER_PUBLIC_URL")]
        public_url: Option<String>,
    },
    /// Compare two guidelines: which patients get another answer
    Diff {
        /// Knowledge folder to compare from, or shipped for the guideline inside the program
        #[arg(value_name = "FROM")]
        from: PathBuf,
        /// Knowledge folder to compare to, or shipped
        #[arg(value_name = "TO")]
        to: PathBuf,
        /// Only this conclusion, or all that start so (option.*); may be repeated
        #[arg(long, value_name = "ID")]
        only: Vec<String>,
        /// Show at most this many regions for each difference
        #[arg(long, value_name = "NUMBER", default_value_t = 5, hide_default_value = true)]
        most: usize,
    },
    /// Write the guideline for other engines (DMN, CQL with ELM, JDM), as tables to verify answers by, or as a site
    Export {
        /// dmn, cql, jdm, tables or site
        #[arg(value_name = "WHAT", hide_possible_values = true)]
        what: Foreign,
        /// Write files to this folder instead of standard output (a site needs it; so does ELM, or --format json)
        #[arg(long, value_name = "DIR")]
        out: Option<PathBuf>,
    },
    /// Exchange patients, questions and the guideline with a hospital system: FHIR R4, mCODE, nl-core
    #[command(disable_help_subcommand = true)]
    Fhir {
        #[command(subcommand)]
        what: crate::fhir::Fhir,
    },
    /// Deliver a minimum data set to a registry, under pseudonyms and without those who took part back
    Deliver(crate::deliver::Deliver),
    /// Draw every conclusion about every row of a table: a whole registry at once
    Batch(crate::registry::Batch),
    /// Analyse a registry: quality indicators, case mix, survival, discordance
    Analyse(crate::analyse::Asked),
    /// Tell who of a cohort gets another answer when one guideline takes the place of another
    Impact(crate::impact::Asked),
    /// Invent patients from the figures of the epidemiology, for tests and teaching
    Synth(crate::registry::Synth),
    /// Write the whole record to one file, while others go on working
    Backup {
        #[command(flatten)]
        place: RecordPlace,
        /// The file to write; must not exist yet
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Restore a backup into an empty database
    Restore {
        #[command(flatten)]
        place: RecordPlace,
        /// The file that backup wrote
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// See whether any entry of the audit log was altered or is missing
    VerifyAudit {
        #[command(flatten)]
        place: RecordPlace,
        /// Also see that the log passes this point, as backup or verify-audit printed it earlier
        #[arg(long, value_name = "ANCHOR")]
        anchor: Option<String>,
    },
    /// Print completions for a shell: bash, elvish, fish, powershell or zsh
    Completions {
        /// The shell
        #[arg(value_name = "SHELL", hide_possible_values = true)]
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man {
        /// The page of this command
        #[arg(value_name = "COMMAND")]
        command: Option<String>,
    },
}

/// What `confirm` is asked.
#[derive(Debug, Args)]
pub(crate) struct Confirm {
    /// The table (tumour.grade/digestive), a conclusion for all its tables, or one row as table#row
    #[arg(value_name = "TABLE")]
    pub table: Option<String>,
    /// Rows of the table; without any, all of them
    #[arg(value_name = "ROW")]
    pub rows: Vec<String>,
    /// Name of the clinician who confirms
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// Role of the clinician, for example endocrinologist
    #[arg(long, value_name = "ROLE")]
    pub role: Option<String>,
    /// A remark to keep with the confirmation
    #[arg(long, value_name = "TEXT")]
    pub remark: Option<String>,
    /// All rows of this chapter
    #[arg(long, value_name = "CHAPTER", conflicts_with = "table")]
    pub all_of: Option<String>,
    /// List what is confirmed, what was edited since and what is open
    #[arg(long)]
    pub list: bool,
    /// Take the confirmation back
    #[arg(long, conflicts_with = "list")]
    pub withdraw: bool,
    /// Do not ask before writing
    #[arg(short, long)]
    pub yes: bool,
}

/// The language asked for on the command line, else that of the environment, else English.
pub(crate) fn language(args: &[OsString], variable: impl Fn(&str) -> Option<String>) -> Language {
    let mut asked = None;
    let mut args = args.iter().map(|a| a.to_string_lossy());
    while let Some(arg) = args.next() {
        if arg == "--lang" {
            asked = args.next().map(|a| a.to_string());
        } else if let Some(value) = arg.strip_prefix("--lang=") {
            asked = Some(value.to_string());
        }
    }
    let set = |name: &str| variable(name).filter(|v| !v.is_empty());
    let word = asked.or_else(|| set("LC_ALL")).or_else(|| set("LC_MESSAGES")).or_else(|| set("LANG"));
    if word.is_some_and(|w| w.to_lowercase().starts_with("nl")) { Language::Nl } else { Language::En }
}

/// The command line in one language.
pub(crate) fn command(language: Language) -> Command {
    localized(Cli::command(), language)
}

fn localized(mut command: Command, language: Language) -> Command {
    let commands = say(language, Word::HelpCommands);
    let usage = say(language, Word::HelpUsage);
    let has_commands = command.has_subcommands();
    let mut template = format!("{{about-with-newline}}\n{usage}: {{usage}}\n");
    if has_commands {
        template.push_str(&format!("\n{commands}:\n{{subcommands}}\n"));
    }
    if command.get_positionals().next().is_some() {
        template.push_str(&format!("\n{}:\n{{positionals}}\n", say(language, Word::HelpArguments)));
    }
    template.push_str(&format!("\n{}:\n{{options}}{{after-help}}", say(language, Word::HelpOptions)));
    command = command.help_template(template);
    if language == Language::Nl {
        command = in_dutch(command);
    }
    let names: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_string()).collect();
    for name in names {
        command = command.mut_subcommand(name, |c| localized(c, language));
    }
    command
}

fn in_dutch(mut command: Command) -> Command {
    let twin = |text: String| {
        DUTCH.iter().find(|(en, _)| *en == text).map_or(text.clone(), |(_, nl)| (*nl).to_string())
    };
    if let Some(about) = command.get_about().map(ToString::to_string) {
        command = command.about(twin(about));
    }
    command.mut_args(|arg| {
        let help = arg.get_help().map(ToString::to_string);
        let name = arg.get_value_names().and_then(|n| n.first()).map(ToString::to_string);
        let mut arg = arg;
        if let Some(help) = help {
            arg = arg.help(twin(help));
        }
        let takes_value = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
        let dutch = name.and_then(|n| DUTCH_NAMES.iter().find(|(en, _)| *en == n));
        match dutch {
            Some((_, dutch)) if takes_value => arg.value_name(*dutch),
            _ => arg,
        }
    })
}

/// Reads the command line.
///
/// # Errors
/// Clap's own error; help and version come this way, too.
pub(crate) fn parse(args: Vec<OsString>, language: Language) -> Result<Cli, clap::Error> {
    let matches = command(language).try_get_matches_from(args)?;
    Cli::from_arg_matches(&matches)
}

/// What is wrong with the command line, in the language of the user.
pub(crate) fn complaint(error: &clap::Error, language: Language) -> String {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        Some(ContextValue::Strings(texts)) => Some(texts.join(", ")),
        _ => None,
    };
    let near = text(ContextKind::SuggestedSubcommand)
        .or_else(|| text(ContextKind::SuggestedArg))
        .or_else(|| text(ContextKind::SuggestedValue));
    let argument = text(ContextKind::InvalidArg).unwrap_or_default();
    let mut said = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = text(ContextKind::InvalidSubcommand).unwrap_or_default();
            let names: Vec<String> =
                Cli::command().get_subcommands().map(|c| format!("`{}`", c.get_name())).collect();
            fill(language, Word::NoSuchCommand, &[&word, &names.join(", ")])
        }
        ErrorKind::UnknownArgument => fill(language, Word::NoSuchOption, &[&argument]),
        ErrorKind::InvalidValue if text(ContextKind::InvalidValue).is_none_or(|v| v.is_empty()) => {
            fill(language, Word::OptionNeedsValue, &[&argument])
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let value = text(ContextKind::InvalidValue).unwrap_or_default();
            let valid = text(ContextKind::ValidValue).unwrap_or_default();
            fill(language, Word::BadOptionValue, &[&value, &argument, &valid])
        }
        ErrorKind::MissingRequiredArgument => fill(language, Word::MissingArgument, &[&argument]),
        _ => error.to_string().trim().trim_start_matches("error: ").to_string(),
    };
    if let Some(near) = near {
        said.push_str(&fill(language, Word::DidYouMean, &[&near]));
    }
    format!("netwijzer: {said}\n{}", say(language, Word::TryHelp))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every_text(command: &Command, texts: &mut Vec<String>) {
        texts.extend(command.get_about().map(ToString::to_string));
        texts.extend(command.get_arguments().filter_map(|a| a.get_help().map(ToString::to_string)));
        command.get_subcommands().for_each(|c| every_text(c, texts));
    }

    #[test]
    fn every_help_text_has_a_dutch_twin() {
        let mut texts = Vec::new();
        every_text(&Cli::command(), &mut texts);
        assert!(texts.len() > 20);
        for text in &texts {
            assert!(DUTCH.iter().any(|(en, _)| en == text), "no Dutch twin for: {text}");
        }
        for (en, _) in DUTCH {
            assert!(texts.iter().any(|t| t == en), "nobody says this any more: {en}");
        }
    }

    #[test]
    fn the_command_line_is_well_formed() {
        command(Language::En).debug_assert();
        command(Language::Nl).debug_assert();
    }

    #[test]
    fn the_language_comes_from_option_or_environment() {
        let none = |_: &str| None;
        let dutch = |name: &str| (name == "LANG").then(|| "nl_NL.UTF-8".to_string());
        assert_eq!(language(&[], none), Language::En);
        assert_eq!(language(&[], dutch), Language::Nl);
        assert_eq!(language(&["assess".into(), "--lang".into(), "en".into()], dutch), Language::En);
        assert_eq!(language(&["--lang=nl".into()], none), Language::Nl);
    }
}
