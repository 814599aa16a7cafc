//! A workbench without a socket: requests go to its router, sessions come from its record.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use axum::body::{Body, to_bytes};
use axum::http::{Request, Response};
use nw_guideline::{CompiledGuideline, SourceSet, compile_with};
use nw_registry::analysis::Definition;
use nw_server::demo::{Invented, fill};
use nw_server::{App, Settings};
use nw_store::{Context, NewSession, PatientFilter, PatientId, Role, Store, Token};
use tower::ServiceExt as _;

/// All roles that a person can have.
pub(crate) const ROLES: [Role; 7] = [
    Role::Specialist,
    Role::Nurse,
    Role::Coordinator,
    Role::Pathologist,
    Role::Radiologist,
    Role::Analyst,
    Role::Administrator,
];

fn sources() -> &'static SourceSet {
    static ONE: std::sync::OnceLock<SourceSet> = std::sync::OnceLock::new();
    ONE.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../knowledge");
        let mut files = Vec::new();
        let mut open: Vec<PathBuf> = ["vocabulary", "sources", "guidelines", "leaflets", "calendar"]
            .iter()
            .map(|f| root.join(f))
            .collect();
        while let Some(place) = open.pop() {
            if place.is_dir() {
                let inside = std::fs::read_dir(&place).expect("the knowledge is part of the repository");
                open.extend(inside.map(|e| e.expect("readable").path()));
            } else if let Ok(text) = std::fs::read_to_string(&place) {
                let name = place.strip_prefix(&root).expect("below the root").to_string_lossy().to_string();
                files.push((name.replace('\\', "/"), text));
            }
        }
        SourceSet::new(files)
    })
}

fn guideline() -> &'static CompiledGuideline {
    static ONE: std::sync::OnceLock<CompiledGuideline> = std::sync::OnceLock::new();
    ONE.get_or_init(|| {
        // Proofs over whole tables belong to the engine's own tests.
        let draft = compile_with(sources(), "", "", false);
        draft.admit().unwrap_or_else(|_| panic!("the shipped guideline has errors"))
    })
}

/// The settings of the documents.
fn hospital() -> nw_leaflet::House {
    let logo = include_bytes!("../../../../docs/logo.svg");
    let text = include_str!("../../../../docs/hospital.example.toml");
    nw_leaflet::House::read(text, |_| Ok(logo.to_vec())).expect("the example in the documents is right")
}

/// The shipped patterns of reports.
pub(crate) fn patterns() -> nw_extract::Grammar {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../knowledge/reports");
    let mut files: Vec<(String, String)> = std::fs::read_dir(folder)
        .expect("the knowledge is part of the repository")
        .map(|entry| entry.expect("readable").path())
        .map(|path| (path.display().to_string(), std::fs::read_to_string(&path).expect("a text")))
        .collect();
    files.sort();
    let files: Vec<(&str, &str)> = files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
    nw_extract::Grammar::read(&files, &guideline().vocabulary)
        .unwrap_or_else(|_| panic!("patterns have faults"))
}

/// Where the hospital's own program reaches the house.
pub(crate) const PUBLIC: &str = "https://net.example";

/// What the workbench needs to answer CDS Hooks, with a client whose keys are those of the tests.
pub(crate) fn answering(app: App, fhir: &str) -> App {
    let text = format!(
        "public = \"{PUBLIC}\"\norigins = [\"https://ehr.example\"]\npatience-seconds = 2\n[[client]]\n\
         issuer = \"https://ehr.example\"\nkeys = \"keys.json\"\nfhir = [{fhir}]"
    );
    let keys = format!("{{\"keys\":[{}]}}", include_str!("../data/test-only-es256.jwk.json"));
    let settings =
        nw_server::HooksSettings::read(&text, |_| Ok(keys.clone())).expect("the settings are right");
    let hooks = nw_hooks::Hooks::read(nw_hooks::SHIPPED, guideline());
    let hooks = hooks.unwrap_or_else(|faults| panic!("the shipped cards have faults: {faults:#?}"));
    let mapping = nw_fhir::Mapping::shipped(&guideline().vocabulary);
    app.answering_hooks(settings, hooks, mapping.unwrap_or_else(|_| panic!("the shipped mapping has faults")))
}

/// The workbench with the shipped schedules and patterns.
fn planning(app: App) -> App {
    let (schedules, found) = nw_calendar::read(sources(), guideline());
    assert!(found.is_empty(), "the shipped schedules have errors");
    let centre = schedules.house.clone();
    let mapping = nw_fhir::Mapping::shipped(&guideline().vocabulary);
    let mapping = mapping.unwrap_or_else(|_| panic!("the shipped mapping has faults"));
    let definition = include_str!("../../../../knowledge/registry/gep-net.toml");
    let mut definition = Definition::parse(definition).expect("the shipped definition is right");
    // A few indicators stand for all of them.
    let indicators = definition.indicators.as_mut().expect("there are indicators");
    indicators.denominator = "indicator.m*.denominator".to_string();
    indicators.numerator = "indicator.m*.numerator".to_string();
    let app = app.planning_with(schedules, centre).reading_with(patterns()).speaking_fhir(mapping);
    app.counting_with(definition).unwrap_or_else(|why| panic!("{why:?}"))
}

const NOW: u64 = 1_781_100_000;

fn clock() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)
}

fn tomorrow() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOW + 24 * 3600)
}

/// One workbench.
pub(crate) struct House {
    pub(crate) app: App,
    settings: Settings,
    folder: PathBuf,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.head.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v)
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("this is no JSON: {}", self.body))
    }
}

impl House {
    pub(crate) async fn new(name: &str) -> House {
        let fact =
            |id: &str, value: &str| (id.to_string(), value.to_string(), None, Some("verslag".to_string()));
        let patients = [Invented {
            name: "Zeldzaam Kanariegeel".to_string(),
            born: None,
            number: "K4N4R13".to_string(),
            facts: vec![
                fact("primary.site", "ileum"),
                fact("tumour.differentiation", "well"),
                fact("tumour.ki67", "4 %"),
            ],
        }];
        House::with(name, &patients).await
    }

    /// A house with these patients.
    pub(crate) async fn with(name: &str, patients: &[Invented]) -> House {
        let folder = std::env::temp_dir().join(format!("nw-house-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder can be made");
        let database = format!("sqlite:{}", folder.join("record.db").display());
        let store = Store::open(&database).await.expect("the record opens");
        let settings = Settings {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            database,
            organisation: "NET-centrum".to_string(),
            house: hospital(),
            demo: true,
            https: false,
            provider: None,
        };
        let app = App::new(settings.clone(), store, guideline(), clock).expect("no provider is asked");
        let app = answering(planning(app), "");
        assert!(fill(&app, patients).await.expect("the demonstration is filled"));
        House { app, settings, folder }
    }

    /// The same record, a day later.
    pub(crate) fn tomorrow(&self) -> App {
        let app = App::new(self.settings.clone(), self.app.store().clone(), guideline(), tomorrow);
        planning(app.expect("no provider is asked"))
    }

    /// The same record behind a workbench that may ask this FHIR server.
    pub(crate) fn asking(&self, fhir: &str) -> App {
        let app = App::new(self.settings.clone(), self.app.store().clone(), guideline(), clock);
        answering(planning(app.expect("no provider is asked")), &format!("\"{fhir}\""))
    }

    pub(crate) fn system(&self) -> Context {
        Context::system(self.app.now(), "test")
    }

    /// The account of the demonstration with this role, signed in.
    pub(crate) async fn session(&self, role: Role) -> Token {
        let accounts = self.app.store().accounts(&self.system()).await.expect("accounts");
        let account =
            accounts.iter().find(|a| a.roles.contains(&role)).expect("the demonstration has every role");
        let session =
            NewSession { role, strong: false, idle_seconds: 1800, whole_seconds: 7200, note: String::new() };
        self.app.store().begin_session(&self.system(), &account.id, &session).await.expect("a session")
    }

    pub(crate) async fn patient(&self) -> PatientId {
        let list =
            self.app.store().patients(&self.system(), &PatientFilter::default()).await.expect("patients");
        list.lines[0].patient.id.clone()
    }

    pub(crate) async fn revision(&self) -> i64 {
        let patient = self.patient().await;
        self.app.store().patient(&self.system(), &patient).await.expect("the patient").revision.0
    }

    /// One request.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        Self::send_to(&self.app, request).await
    }

    pub(crate) async fn send_to(app: &App, request: Request<Body>) -> Answer {
        let response: Response<Body> =
            nw_server::router(app.clone()).oneshot(request).await.expect("a router always answers");
        let status = response.status().as_u16();
        let text = |v: &axum::http::HeaderValue| String::from_utf8_lossy(v.as_bytes()).to_string();
        let head = response.headers().iter().map(|(n, v)| (n.to_string(), text(v))).collect();
        let bytes = to_bytes(response.into_body(), 1 << 24).await.expect("a body");
        Answer { status, head, body: String::from_utf8_lossy(&bytes).to_string() }
    }

    /// Reads a page in a browser.
    pub(crate) async fn get(&self, token: &Token, path: &str) -> Answer {
        self.send(ask("GET", path, Some(token)).body(Body::empty()).expect("a request")).await
    }

    /// Sends a form that carries the mark.
    pub(crate) async fn post(&self, token: &Token, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mark = token.derived("form");
        let mut all = vec![("csrf", mark.as_str())];
        all.extend_from_slice(fields);
        self.send(form(path, Some(token), &all)).await
    }

    /// Sends JSON as a program.
    pub(crate) async fn json(
        &self,
        token: &Token,
        path: &str,
        head: &[(&str, &str)],
        body: &serde_json::Value,
    ) -> Answer {
        let mut request = Request::builder()
            .method("POST")
            .uri(path)
            .header("authorization", format!("Bearer {}", token.reveal()))
            .header("content-type", "application/json");
        for (name, value) in head {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::from(body.to_string())).expect("a request")).await
    }
}

impl Drop for House {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// A request of a browser.
pub(crate) fn ask(method: &str, path: &str, token: Option<&Token>) -> axum::http::request::Builder {
    let request = Request::builder().method(method).uri(path).header("host", "net.example");
    match token {
        Some(token) => request.header("cookie", format!("nw_session={}", token.reveal())),
        None => request,
    }
}

/// A form as it is.
pub(crate) fn form(path: &str, token: Option<&Token>, fields: &[(&str, &str)]) -> Request<Body> {
    let body = serde_urlencoded::to_string(fields).expect("a form");
    let request = ask("POST", path, token).header("content-type", "application/x-www-form-urlencoded");
    request.body(Body::from(body)).expect("a request")
}
