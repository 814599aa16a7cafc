//! `serve`: the workbench in the browser over a record, and the demonstration with invented patients.

use std::net::SocketAddr;
use std::time::SystemTime;

use nw_facts::{Date, Kind};
use nw_guideline::CompiledGuideline;
use nw_registry::analysis::Definition;
use nw_server::demo::Invented;
use nw_server::{App, ProviderSettings, Settings};
use nw_store::{Store, StoreError};

use crate::casefile::{CaseFile, Documents, Hint, read_document};
use crate::knowledge;
use crate::outcome::{Exit, Failure};
use crate::paper::Ink;
use crate::session::Session;
use crate::words::{Word, fill, say};

/// What the command line asks for.
pub(crate) struct Wanted<'w> {
    pub listen: SocketAddr,
    pub database: Option<&'w str>,
    pub organisation: &'w str,
    pub demo: bool,
    pub https: bool,
    /// The settings of CDS Hooks.
    pub cds_hooks: Option<&'w std::path::Path>,
    /// The settings of records that may launch the workbench.
    pub smart: Option<&'w std::path::Path>,
    /// The hospital's identity provider: issuer, client id, secret, and where browsers reach the workbench.
    pub provider: Option<ProviderSettings>,
}

/// How long the link for the first administrator works.
const FIRST_LINK_SECONDS: i64 = 24 * 3600;

/// Runs the workbench until it is asked to stop.
pub(crate) fn run(session: &mut Session, wanted: &Wanted<'_>) -> Result<Exit, Failure> {
    let house = session.house()?;
    let (_, guideline) = session.open()?;
    let sources = match &session.folder {
        Some(folder) => knowledge::folder(folder)?,
        None => knowledge::embedded(),
    };
    let schedules = crate::calendar::schedules(session, &sources, &guideline)?;
    let centre = crate::calendar::centre(session, &schedules, &house)?;
    // A guideline of one's own brings patterns of its own, or reads no reports.
    let folder = session.folder.as_deref();
    let reads = folder.is_none_or(|f| !knowledge::files_of(f, "reports").is_empty());
    let grammar = reads.then(|| crate::extract::grammar(folder, &guideline.vocabulary)).transpose()?;
    // Figures are defined for the guideline inside the program; one of one's own has none yet.
    let counted = folder.is_none().then(|| Definition::parse(crate::analyse::DEFINITION)).transpose();
    let counted = counted.map_err(|why| Failure::usage(Word::AnalysisRefused, &["gep-net.toml", &why]))?;
    let hooks = crate::hooks::ears(session, &guideline, wanted.cds_hooks)?;
    let smart = wanted.smart.map(crate::hooks::launches).transpose()?;
    // A guideline of one's own without a mapping of its own, which the one inside the program does not fit, speaks no FHIR.
    let own_mapping = folder.is_some_and(|f| !knowledge::files_of(f, "fhir").is_empty());
    let fhir = match crate::fhir::mapping(folder, &guideline.vocabulary) {
        Ok(mapping) => Some(mapping),
        Err(failure) if own_mapping || folder.is_none() => return Err(failure),
        Err(_) => None,
    };
    // The server's threads read the guideline as long as the program runs.
    let guideline: &'static CompiledGuideline = Box::leak(Box::new(guideline));
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_target(false).init();
    let database = wanted.database.unwrap_or(if wanted.demo {
        "sqlite:netwijzer-demo.db"
    } else {
        "sqlite:netwijzer.db"
    });
    let organisation = match (wanted.organisation, wanted.demo) {
        ("", true) if house.name.is_empty() => say(session.language, Word::DemoCentre),
        (name, _) => name,
    };
    let settings = Settings {
        listen: wanted.listen,
        database: database.to_string(),
        organisation: organisation.to_string(),
        house,
        demo: wanted.demo,
        https: wanted.https,
        provider: wanted.provider.clone(),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|e| Failure::world(std::path::Path::new("tokio"), &e))?;
    let refused = |error: &StoreError| Failure::usage(Word::RecordRefused, &[&error.to_string()]);
    runtime.block_on(async {
        let store = Store::open(database).await.map_err(|e| refused(&e))?;
        let mut app = App::new(settings, store, guideline, now)
            .map_err(|why| Failure::usage(Word::ProviderRefused, &[&why]))?
            .planning_with(schedules, centre);
        if let Some(grammar) = grammar {
            app = app.reading_with(grammar);
        }
        if let Some(definition) = counted {
            let refused = |why: nw_facts::Text| {
                Failure::usage(Word::AnalysisRefused, &["gep-net.toml", why.get(session.language)])
            };
            app = app.counting_with(definition).map_err(refused)?;
        }
        if let Some((settings, cards, mapping)) = hooks {
            app = app.answering_hooks(settings, cards, mapping);
        }
        if let Some(mapping) = fhir {
            app = app.speaking_fhir(mapping);
        }
        if let Some(smart) = smart {
            app = app.launched_by(smart);
        }
        if wanted.demo {
            let patients = invented(guideline, app.today());
            if nw_server::demo::fill(&app, &patients).await.map_err(|e| refused(&e))? {
                nw_server::demo::plan(&app).await.map_err(|e| refused(&e))?;
            }
        }
        let first = app.first_link(FIRST_LINK_SECONDS).await.map_err(|e| refused(&e))?;
        let language = session.language;
        let ready = |address: SocketAddr| {
            let place = format!("http://{address}");
            session.say(Ink::Sure, &fill(language, Word::Serving, &[&place]));
            if let Some(first) = &first {
                session.say(Ink::Ask, &fill(language, Word::FirstLink, &[&format!("{place}{first}")]));
            }
        };
        nw_server::serve(app, ready)
            .await
            .map_err(|e| Failure::usage(Word::CannotListen, &[&wanted.listen.to_string(), &e.to_string()]))
    })?;
    Ok(Exit::Done)
}

/// The clock of the machine: the one place from which the workbench hears the time.
fn now() -> SystemTime {
    SystemTime::now()
}

const FIRST_NAMES: [&str; 16] = [
    "Anna", "Bram", "Carla", "Dirk", "Els", "Frank", "Greet", "Hans", "Ineke", "Jan", "Karin", "Leo",
    "Maria", "Niels", "Olga", "Piet",
];
const LAST_NAMES: [&str; 13] = [
    "de Vries", "Jansen", "Bakker", "Visser", "Smit", "Meijer", "Mulder", "Bos", "Vos", "Peters", "Hendriks",
    "Dekker", "Brouwer",
];

/// The example cases as invented patients. Their days move with the calendar: a case of half a year ago is one of today.
fn invented(guideline: &CompiledGuideline, today: Date) -> Vec<Invented> {
    let mut patients = Vec::new();
    for (at, (name, text)) in knowledge::EXAMPLES.iter().enumerate() {
        let documents = Documents::new(text.as_bytes(), name, Hint::of("x.yaml"));
        for document in documents.flatten() {
            let Ok(case) = read_document(&guideline.vocabulary, &document) else { continue };
            patients.push(patient(guideline, at, &case, today));
        }
    }
    patients
}

/// The fact whose values decide which names fit.
const SEX: &str = "patient.sex";

fn patient(guideline: &CompiledGuideline, at: usize, case: &CaseFile, today: Date) -> Invented {
    let vocabulary = &guideline.vocabulary;
    let moved = case.as_of.and_then(|then| today.since((jiff::Unit::Day, then)).ok()).unwrap_or_default();
    let later = |day: Date| day.checked_add(moved).unwrap_or(day);
    let mut facts = Vec::new();
    for o in case.facts.observations() {
        let def = vocabulary.fact(o.via.unwrap_or(o.fact));
        let text = match (def.kind, o.text.trim().parse::<Date>()) {
            (Kind::Date, Ok(day)) => later(day).to_string(),
            _ => o.text.clone(),
        };
        let line = (def.id.clone(), text, o.date.map(later), o.origin.clone());
        // One text may be read into several facts.
        if !line.1.is_empty() && !facts.contains(&line) {
            facts.push(line);
        }
    }
    // First names take turns; where the case says the sex, the name follows it.
    let sex = vocabulary.find_fact(SEX).map(|idx| vocabulary.fact(idx)).and_then(|def| {
        let (_, value, ..) = facts.iter().find(|(fact, ..)| fact == SEX)?;
        def.choice(value)
    });
    let first = sex.map_or(at, |sex| at - at % 2 + sex % 2);
    let first = FIRST_NAMES[first % FIRST_NAMES.len()];
    let last = LAST_NAMES[(at * 5 + at / LAST_NAMES.len()) % LAST_NAMES.len()];
    Invented { name: format!("{first} {last}"), born: None, number: format!("D{:04}", at + 1), facts }
}
