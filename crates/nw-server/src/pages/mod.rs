//! The workbench, one module for each part of it, and the frame that all pages share.

pub(crate) mod account;
pub(crate) mod accounts;
pub(crate) mod audit;
pub(crate) mod brief;
pub(crate) mod calendar;
pub(crate) mod cases;
pub(crate) mod course;
pub(crate) mod emergency;
pub(crate) mod facts;
pub(crate) mod figures;
pub(crate) mod follow_up;
pub(crate) mod guideline;
pub(crate) mod identity;
pub(crate) mod information;
pub(crate) mod meeting_papers;
pub(crate) mod meetings;
pub(crate) mod objection;
pub(crate) mod papers;
pub(crate) mod patient;
pub(crate) mod patients;
pub(crate) mod present;
pub(crate) mod provider;
pub(crate) mod reports;
pub(crate) mod sign;
pub(crate) mod timeline;
pub(crate) mod tour;
pub(crate) mod what_if;
pub(crate) mod why;

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use nw_facts::Language;
use nw_store::Role;

use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::form::Fields;
use crate::reason::capital;
use crate::words::{Word, named, role, say};

/// What every page shows around its content.
pub(crate) struct Frame {
    pub language: Language,
    pub title: String,
    pub organisation: String,
    pub demo: bool,
    pub version: String,
    /// Where we are, for the menu.
    pub path: String,
    pub edition: String,
    pub digest: String,
    pub confirmed: String,
    pub who: Option<Who>,
    /// The step of the guided tour, when somebody takes it.
    pub tour: Option<tour::Panel>,
}

/// Somebody who is signed in.
pub(crate) struct Who {
    pub name: String,
    pub role: String,
    /// The other roles this person may work in.
    pub roles: Vec<(String, String)>,
    pub mark: String,
    pub clinical: bool,
    pub administrator: bool,
    /// There are figures, and this is who looks at them.
    pub figures: bool,
}

impl Frame {
    /// The frame of a page for somebody who is signed in.
    pub(crate) fn of(app: &App, gate: &Gate, title: impl Into<String>) -> Frame {
        let language = gate.language;
        let account = &gate.session.account;
        let other = |r: &&Role| **r != gate.role();
        let who = Who {
            name: account.name.clone(),
            role: role(language, gate.role()).to_string(),
            roles: account
                .roles
                .iter()
                .filter(other)
                .map(|r| (r.word().to_string(), role(language, *r).to_string()))
                .collect(),
            mark: gate.mark(),
            clinical: !matches!(gate.role(), Role::Administrator | Role::Analyst | Role::System),
            administrator: gate.role() == Role::Administrator,
            figures: figures_for(app, gate),
        };
        let tour = gate.remembered().tour.and_then(|step| tour::panel(step, language));
        Frame { path: gate.path.clone(), who: Some(who), tour, ..Frame::plain(app, language, title) }
    }

    /// The frame of a page for anybody.
    pub(crate) fn plain(app: &App, language: Language, title: impl Into<String>) -> Frame {
        let guideline = app.guideline;
        let rows = || guideline.tables.iter().flat_map(|t| &t.rows);
        Frame {
            language,
            title: title.into(),
            organisation: organisation(app, language),
            demo: app.settings.demo,
            version: crate::assets::version(),
            path: "/".to_string(),
            edition: format!("{} {}", guideline.manifest.id, guideline.manifest.edition),
            digest: guideline.digest.chars().take(19).collect(),
            confirmed: format!("{} / {}", rows().filter(|r| r.confirmed().is_some()).count(), rows().count()),
            who: None,
            tour: None,
        }
    }

    /// A text in the language of the page.
    pub(crate) fn t(&self, word: Word) -> &'static str {
        say(self.language, word)
    }

    /// A day as people write it.
    pub(crate) fn day(&self, day: &nw_facts::Date) -> String {
        crate::words::day(self.language, *day)
    }

    pub(crate) fn lang(&self) -> &'static str {
        lang(self.language)
    }

    pub(crate) fn other_language(&self) -> &'static str {
        match self.language {
            Language::En => "nl",
            Language::Nl => "en",
        }
    }

    /// Marks the entry of the menu under which this page stands.
    pub(crate) fn here(&self, start: &str) -> bool {
        self.path.starts_with(start)
    }

    pub(crate) fn path_encoded(&self) -> String {
        encoded(&self.path)
    }
}

/// A language as browsers and records name it.
pub(crate) fn lang(language: Language) -> &'static str {
    match language {
        Language::En => "en",
        Language::Nl => "nl",
    }
}

/// The name of the centre: as it was given, or as the settings of the hospital have it.
pub(crate) fn organisation(app: &App, language: Language) -> String {
    let house = &app.settings.house;
    let named = [&house.department, &house.name].into_iter().map(|t| t.get(language)).find(|t| !t.is_empty());
    match (app.settings.organisation.as_str(), named) {
        ("", Some(named)) => named.to_string(),
        (given, _) => given.to_string(),
    }
}

/// A page.
pub(crate) fn html(page: &impl Template) -> Result<Response, Problem> {
    let text = page.render().map_err(|_| Problem::Fault)?;
    Ok(([(header::CONTENT_TYPE, "text/html; charset=utf-8")], text).into_response())
}

/// Sends the browser on after a form, so that reloading sends nothing twice.
pub(crate) fn to(path: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, path.to_string())]).into_response()
}

/// A text inside an address.
pub(crate) fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                char::from(b).to_string()
            }
            _ => format!("%{b:02X}"),
        })
        .collect()
}

/// Where to go on, when it is a place of ours.
pub(crate) fn own_place(next: &str) -> &str {
    if next.starts_with('/') && !next.starts_with("//") && !next.contains(['\\', '\r', '\n']) {
        next
    } else {
        "/"
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    frame: Frame,
    text: String,
    /// Where to go on: the page from which somebody came, or signing in.
    on: String,
    sign_in: bool,
    /// What was filled in and not kept, by the names of the form.
    typed: Vec<(String, String)>,
}

/// A problem as a page: with the menu of who asks, the way back, and what was typed and not kept.
pub(crate) fn problem(
    app: &App,
    gate: Option<&Gate>,
    language: Language,
    problem: &Problem,
    from: Option<String>,
    typed: Option<&Fields>,
) -> Response {
    problem.note();
    let language = gate.map_or(language, |gate| gate.language);
    let title = say(language, Word::Problem);
    let frame = match gate {
        Some(gate) => Frame::of(app, gate, title),
        None => Frame::plain(app, language, title),
    };
    let sign_in = matches!(problem, Problem::SignIn);
    let text = match sign_in {
        true => capital(say(language, Word::SessionEnded)),
        false => problem.for_person(language),
    };
    let on = match (sign_in, from) {
        (true, from) => format!("/sign-in?next={}", encoded(from.as_deref().unwrap_or("/"))),
        (false, from) => from.unwrap_or_else(|| "/".to_string()),
    };
    let vocabulary = &app.guideline.vocabulary;
    let name = |field: &str| {
        let fact = field.strip_prefix("fact:").and_then(|id| vocabulary.find_fact(id));
        let fact = fact.map(|idx| capital(vocabulary.fact(idx).label.get(language)));
        fact.or_else(|| named(language, field).map(str::to_string)).unwrap_or_default()
    };
    let typed = typed.map(|fields| fields.typed().map(|(n, v)| (name(n), v.to_string())).collect());
    let page = ProblemPage { frame, text, on, sign_in, typed: typed.unwrap_or_default() };
    let page = html(&page).unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response());
    (problem.status(), page).into_response()
}

/// Whether the program is alive and its record answers.
pub(crate) async fn health(State(app): State<App>) -> Response {
    let edition = &app.guideline.manifest.edition;
    let body =
        serde_json::json!({"status": "ok", "guideline": app.guideline.manifest.id, "edition": edition});
    ([(header::CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

/// Whether somebody looks at figures of the whole record.
fn figures_for(app: &App, gate: &Gate) -> bool {
    gate.role() == Role::Analyst && app.counting.get().is_some()
}

/// The first page for each role.
pub(crate) async fn home(State(app): State<App>, gate: Gate) -> Response {
    match gate.role() {
        Role::Administrator => to("/accounts"),
        Role::Analyst if figures_for(&app, &gate) => to("/figures"),
        Role::Analyst => to("/guideline"),
        _ => to("/patients"),
    }
}
