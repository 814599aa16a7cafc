//! What can be typed: commands and options, with their help in both languages.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgAction, Args, Command, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use nw_facts::Language;

use crate::dates::Dates;
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
    /// Settings of the hospital for papers: name, telephone, logo, closed days (docs/hospital.example.toml)
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
        /// Reports as text files; - reads standard input
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
        /// Closed days and own windows of the centre for its calendars (TOML)
        #[arg(long, value_name = "FILE", env = "NETWIJZER_CALENDAR")]
        calendar: Option<PathBuf>,
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
    /// Draw every conclusion about every row of a table: a whole registry at once
    Batch(crate::registry::Batch),
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

/// Every help text with its Dutch twin; a test sees that none is missing.
const DUTCH: &[(&str, &str)] = &[
    (
        "Netwijzer makes the guideline for neuroendocrine tumours computable, checked and explainable",
        "Netwijzer maakt de richtlijn voor neuro-endocriene tumoren berekenbaar, gecontroleerd en uitlegbaar",
    ),
    ("Print the version", "Toon de versie"),
    ("Print help", "Toon hulp"),
    (
        "Language of all texts: nl or en; without it LC_ALL or LANG decides",
        "Taal van alle teksten: nl of en; zonder deze optie beslist LC_ALL of LANG",
    ),
    (
        "Form of the output: text for people or json (one object per line) for programs",
        "Vorm van de uitvoer: text voor mensen of json (één object per regel) voor programma's",
    ),
    (
        "Use the guideline in this knowledge folder instead of the one inside the program",
        "Gebruik de richtlijn in deze kennismap in plaats van die in het programma",
    ),
    (
        "Assess as of this date (YYYY-MM-DD); goes before the date in the case file",
        "Beoordeel op deze datum (JJJJ-MM-DD); gaat voor de datum in het casusbestand",
    ),
    (
        "Use only what was known by this date (YYYY-MM-DD)",
        "Gebruik alleen wat op deze datum bekend was (JJJJ-MM-DD)",
    ),
    ("Switch off one convention; may be repeated", "Zet één conventie uit; mag herhaald worden"),
    ("Switch off all conventions", "Zet alle conventies uit"),
    ("Colours: auto, always or never", "Kleuren: auto, always (altijd) of never (nooit)"),
    (
        "Draw every conclusion from the facts of one or more cases",
        "Trek elke conclusie uit de gegevens van een of meer casussen",
    ),
    (
        "Case files (YAML, JSON, JSON Lines), folders, or - for standard input",
        "Casusbestanden (YAML, JSON, JSON Lines), mappen, of - voor standaardinvoer",
    ),
    (
        "Also show steps on the way, what does not apply, and all questions",
        "Toon ook tussenstappen, wat niet van toepassing is, en alle vragen",
    ),
    (
        "Only this conclusion, or all that start so (tumour.*); may be repeated, or several with commas",
        "Alleen deze conclusie, of alle die zo beginnen (tumour.*); mag herhaald worden, of meer met komma's",
    ),
    (
        "Also assess with the guideline in this folder, or shipped for the one inside the program; may be repeated",
        "Beoordeel ook met de richtlijn in deze map, of shipped voor die in het programma; mag herhaald worden",
    ),
    (
        "Ask the next best question until everything is settled or nobody knows more",
        "Stel steeds de beste volgende vraag tot alles vaststaat of niemand meer weet",
    ),
    ("Case file to start from", "Casusbestand om mee te beginnen"),
    ("Write the answers to this case file", "Schrijf de antwoorden naar dit casusbestand"),
    (
        "Show why a conclusion is as it is, down to the source",
        "Laat zien waarom een conclusie is zoals zij is, tot aan de bron",
    ),
    ("Case file, or - for standard input", "Casusbestand, of - voor standaardinvoer"),
    ("The conclusion, for example tumour.grade", "De conclusie, bijvoorbeeld tumour.grade"),
    (
        "Make what a patient takes home, from one or more cases: only what holds for them; --format text, json, html or pdf",
        "Maak wat een patiënt meeneemt, uit een of meer casussen: alleen wat voor hen geldt; --format text, json, html of pdf",
    ),
    (
        "Which document: personal, decision-aid, examinations and others that the texts name",
        "Welk document: personal, decision-aid, examinations en andere die de teksten noemen",
    ),
    (
        "The text of a topic for nobody in particular: medicine/prrt, or medicine for all of them; may be repeated",
        "De tekst van een onderwerp voor niemand in het bijzonder: medicine/prrt, of medicine voor alle; mag herhaald worden",
    ),
    ("In large letters", "In grote letters"),
    ("Write one file for each case to this folder", "Schrijf één bestand voor elke casus naar deze map"),
    (
        "Plan injections, courses, tests, scans and visits by the rules; --format text, json, ics, html or pdf",
        "Plan injecties, kuren, onderzoeken, scans en bezoeken volgens de regels; --format text, json, ics, html of pdf",
    ),
    (
        "Also plan this schedule, from --from on; may be repeated",
        "Plan ook dit schema, vanaf --from; mag herhaald worden",
    ),
    (
        "The first day on which anything new is planned (YYYY-MM-DD); without it the day of the assessment",
        "De eerste dag waarop iets nieuws wordt gepland (JJJJ-MM-DD); zonder deze optie de dag van de beoordeling",
    ),
    (
        "Move an appointment, for example prrt.course.2=2026-06-09; what depends on it follows; may be repeated",
        "Verplaats een afspraak, bijvoorbeeld prrt.course.2=2026-06-09; wat ervan afhangt volgt; mag herhaald worden",
    ),
    (
        "Bring this calendar up to date (a file that --format json wrote)",
        "Werk deze kalender bij (een bestand dat --format json schreef)",
    ),
    (
        "Closed days, public holidays and own windows of the centre (TOML)",
        "Gesloten dagen, feestdagen en eigen vensters van het centrum (TOML)",
    ),
    (
        "With --format ics: cancel every appointment that is planned",
        "Met --format ics: zeg elke geplande afspraak af",
    ),
    (
        "Settings of the hospital for papers: name, telephone, logo, closed days (docs/hospital.example.toml)",
        "Instellingen van het ziekenhuis voor papieren: naam, telefoon, logo, gesloten dagen (docs/hospital.example.toml)",
    ),
    (
        "Make what the tumour board writes and asks, from one or more cases; --format text, json, html or pdf",
        "Maak wat het tumoroverleg schrijft en vraagt, uit een of meer casussen; --format text, json, html of pdf",
    ),
    (
        "mdt: the letter with the decision; summary: the case on one page; requests: what is asked of whom",
        "mdt: de brief met het besluit; summary: de casus op één pagina; requests: wat aan wie wordt gevraagd",
    ),
    (
        "Check the knowledge: complete, free of contradictions, and every case as expected",
        "Controleer de kennis: volledig, zonder tegenspraak, en elke casus zoals verwacht",
    ),
    ("Check again whenever a file changes", "Controleer opnieuw zodra een bestand verandert"),
    ("Show the size of every conclusion", "Toon de grootte van elke conclusie"),
    (
        "Measure how easy the texts for patients are to read, and show the hardest sentences",
        "Meet hoe goed de teksten voor patiënten te lezen zijn, en toon de moeilijkste zinnen",
    ),
    (
        "Print the assessment of every case of the guideline as JSON, for programs that verify answers",
        "Toon de beoordeling van elke casus van de richtlijn als JSON, voor programma's die antwoorden nagaan",
    ),
    (
        "List where sources differ, with the decision taken, and what became of each source's statements",
        "Toon waar bronnen verschillen, met het besluit, en wat er van de uitspraken van elke bron werd",
    ),
    (
        "Record that a clinician confirms rows of the guideline, after showing them in full",
        "Leg vast dat een clinicus rijen van de richtlijn bevestigt, nadat zij volledig zijn getoond",
    ),
    (
        "The table (tumour.grade/digestive), a conclusion for all its tables, or one row as table#row",
        "De tabel (tumour.grade/digestive), een conclusie voor al haar tabellen, of één rij als tabel#rij",
    ),
    ("Rows of the table; without any, all of them", "Rijen van de tabel; zonder rijen zijn het ze allemaal"),
    ("Name of the clinician who confirms", "Naam van de clinicus die bevestigt"),
    ("Role of the clinician, for example endocrinologist", "Rol van de clinicus, bijvoorbeeld endocrinoloog"),
    ("A remark to keep with the confirmation", "Een opmerking die bij de bevestiging wordt bewaard"),
    ("All rows of this chapter", "Alle rijen van dit hoofdstuk"),
    (
        "List what is confirmed, what was edited since and what is open",
        "Toon wat bevestigd is, wat sindsdien is gewijzigd en wat openstaat",
    ),
    ("Take the confirmation back", "Trek de bevestiging in"),
    ("Do not ask before writing", "Vraag niets voor het schrijven"),
    (
        "List every fact and conclusion: the data dictionary",
        "Toon elk gegeven en elke conclusie: het gegevenswoordenboek",
    ),
    (
        "Only those whose id, name or spelling contains this text",
        "Alleen die waarvan id, naam of schrijfwijze deze tekst bevat",
    ),
    ("Also show every value with its spellings", "Toon ook elke waarde met haar schrijfwijzen"),
    (
        "Find the facts that reports of free text state, with the words that say so",
        "Zoek de gegevens die in verslagen in vrije tekst staan, met de woorden die dat zeggen",
    ),
    (
        "Reports as text files; - reads standard input",
        "Verslagen als tekstbestanden; - leest de standaardinvoer",
    ),
    (
        "Write a case file of what is proposed, for `assess`",
        "Schrijf een casusbestand van wat wordt voorgesteld, voor `assess`",
    ),
    (
        "Run the workbench in the browser, with the record behind it",
        "Start de werkplek in de browser, met het dossier erachter",
    ),
    ("Where to listen", "Waar te luisteren"),
    (
        "Where the record lies: sqlite:record.db or postgres://user@host/name",
        "Waar het dossier ligt: sqlite:record.db of postgres://gebruiker@host/naam",
    ),
    ("Name of the centre, shown on pages and letters", "Naam van het centrum, op pagina's en brieven"),
    (
        "Fill an empty record with invented patients and accounts",
        "Vul een leeg dossier met verzonnen patiënten en accounts",
    ),
    (
        "Closed days and own windows of the centre for its calendars (TOML)",
        "Gesloten dagen en eigen vensters van het centrum voor zijn kalenders (TOML)",
    ),
    ("The pages are reached by HTTPS through a proxy", "De pagina's worden via een proxy met HTTPS bereikt"),
    (
        "Sign in through this OpenID Connect provider, too; the secret, if there is one, stands in NETWIJZER_OIDC_SECRET",
        "Ook aanmelden via deze OpenID Connect-inlogdienst; het geheim, als dat er is, staat in NETWIJZER_OIDC_SECRET",
    ),
    (
        "The client id that the provider gave to this workbench",
        "De client-id die de inlogdienst aan deze werkplek gaf",
    ),
    (
        "Where browsers reach this workbench, for the way back from the provider",
        "Waar browsers deze werkplek bereiken, voor de weg terug van de inlogdienst",
    ),
    (
        "Compare two guidelines: which patients get another answer",
        "Vergelijk twee richtlijnen: welke patiënten krijgen een ander antwoord",
    ),
    (
        "Knowledge folder to compare from, or shipped for the guideline inside the program",
        "Kennismap om van te vergelijken, of shipped voor de richtlijn in het programma",
    ),
    ("Knowledge folder to compare to, or shipped", "Kennismap om mee te vergelijken, of shipped"),
    (
        "Only this conclusion, or all that start so (option.*); may be repeated",
        "Alleen deze conclusie, of alle die zo beginnen (option.*); mag herhaald worden",
    ),
    ("Show at most this many regions for each difference", "Toon hoogstens zoveel gebieden per verschil"),
    (
        "Write the guideline for other engines (DMN, CQL with ELM, JDM), as tables to verify answers by, or as a site",
        "Schrijf de richtlijn voor andere motoren (DMN, CQL met ELM, JDM), als tabellen om antwoorden na te gaan, of als site",
    ),
    ("dmn, cql, jdm, tables or site", "dmn, cql, jdm, tables (tabellen) of site"),
    (
        "Write files to this folder instead of standard output (a site needs it; so does ELM, or --format json)",
        "Schrijf bestanden naar deze map in plaats van standaarduitvoer (een site vraagt de map; ELM ook, of --format json)",
    ),
    (
        "Draw every conclusion about every row of a table: a whole registry at once",
        "Trek elke conclusie over elke rij van een tabel: een hele registratie in één keer",
    ),
    ("The table: Parquet, CSV or JSON Lines", "De tabel: Parquet, CSV of JSON Lines"),
    (
        "Where the conclusions go: a name that ends in .parquet, .csv or .jsonl",
        "Waar de conclusies heen gaan: een naam die eindigt op .parquet, .csv of .jsonl",
    ),
    (
        "How columns speak of facts; without it, columns that are named after facts do",
        "Hoe kolommen over gegevens spreken; zonder bestand doen kolommen dat die naar gegevens genoemd zijn",
    ),
    (
        "Suggest a mapping for this table, check it, and print it (or write it to --out)",
        "Stel een koppeling voor deze tabel voor, controleer haar, en toon haar (of schrijf haar naar --out)",
    ),
    (
        "Where rows go that cannot be read, each with the reason; without it, beside the output",
        "Waar rijen heen gaan die niet te lezen zijn, elk met de reden; zonder naam naast de uitvoer",
    ),
    (
        "How many threads work; without it, one for each core",
        "Hoeveel draden werken; zonder getal één per kern",
    ),
    (
        "Invent patients from the figures of the epidemiology, for tests and teaching",
        "Verzin patiënten uit de cijfers van de epidemiologie, voor tests en onderwijs",
    ),
    ("How many patients", "Hoeveel patiënten"),
    (
        "Start number: the same number draws the same cohort, on every machine",
        "Startgetal: hetzelfde getal geeft hetzelfde cohort, op elke machine",
    ),
    (
        "What is left out and wrong: realistic, as in a registry, or none",
        "Wat ontbreekt en fout is: realistic, zoals in een registratie, of none (niets)",
    ),
    (
        "Where to write: a name that ends in .parquet, .csv or .jsonl",
        "Waarheen te schrijven: een naam die eindigt op .parquet, .csv of .jsonl",
    ),
    (
        "Draw from the figures in this file instead of those inside the program",
        "Trek uit de cijfers in dit bestand in plaats van die in het programma",
    ),
    (
        "Write the whole record to one file, while others go on working",
        "Schrijf alle dossiers naar één bestand, terwijl anderen doorwerken",
    ),
    ("The file to write; must not exist yet", "Het bestand om te schrijven; mag nog niet bestaan"),
    ("Restore a backup into an empty database", "Zet een reservekopie terug in een lege database"),
    ("The file that backup wrote", "Het bestand dat backup schreef"),
    (
        "See whether any entry of the audit log was altered or is missing",
        "Ga na of een regel van het logboek is veranderd of ontbreekt",
    ),
    (
        "Also see that the log passes this point, as backup or verify-audit printed it earlier",
        "Ga ook na dat het logboek langs dit punt gaat, zoals backup of verify-audit het eerder toonde",
    ),
    (
        "The database of the record: sqlite:FILE or postgres://USER@HOST/NAME",
        "De database van het dossier: sqlite:BESTAND of postgres://GEBRUIKER@HOST/NAAM",
    ),
    ("File with the key that seals the audit log", "Bestand met de sleutel die het logboek verzegelt"),
    (
        "Print completions for a shell: bash, elvish, fish, powershell or zsh",
        "Toon aanvullingen voor een shell: bash, elvish, fish, powershell of zsh",
    ),
    ("The shell", "De shell"),
    ("Print the manual page", "Toon de handleidingpagina"),
    ("The page of this command", "De pagina van dit commando"),
];

/// Placeholders of values in Dutch.
const DUTCH_NAMES: &[(&str, &str)] = &[
    ("REPORT", "VERSLAG"),
    ("LANG", "TAAL"),
    ("FORMAT", "VORM"),
    ("DIR", "MAP"),
    ("DATE", "DATUM"),
    ("ID", "ID"),
    ("WHEN", "WANNEER"),
    ("PATH", "PAD"),
    ("CASE", "CASUS"),
    ("FILE", "BESTAND"),
    ("CONCLUSION", "CONCLUSIE"),
    ("TEXT", "TEKST"),
    ("WHAT", "WAT"),
    ("SHELL", "SHELL"),
    ("COMMAND", "COMMANDO"),
    ("FROM", "VAN"),
    ("TO", "NAAR"),
    ("NUMBER", "AANTAL"),
    ("KIND", "SOORT"),
    ("URL", "ADRES"),
    ("ANCHOR", "ANKER"),
    ("TABLE", "TABEL"),
    ("ROW", "RIJ"),
    ("NAME", "NAAM"),
    ("ROLE", "ROL"),
    ("CHAPTER", "HOOFDSTUK"),
];

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
