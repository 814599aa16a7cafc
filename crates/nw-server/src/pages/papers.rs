//! Pages that leave the house, as PDF: the letter, the minutes, what is asked of whom, and who looked.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use nw_leaflet::{Block, Paper, Print, Span};
use nw_render::letter::{Decided, ListedOption, MdtLetter, Person, Recorded, Request, Stamp, Summary};
use nw_store::{EntryId, PatientId};

use super::Frame;
use super::audit::log_of;
use super::meeting_papers::{Told, asked, letter_of, minutes_of};
use super::meetings::moment;
use super::patient::{assessed, site_of};
use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::form::Path;
use crate::words::Word;

/// What every paper of this workbench bears.
pub(crate) fn stamp(app: &App, frame: &Frame) -> Stamp {
    Stamp {
        author: frame.organisation.clone(),
        language: frame.language,
        date: app.today(),
        print: Print::Normal,
        demo: frame.demo,
    }
}

/// Typesets away from the requests of others. The name of the file tells nothing of a patient.
pub(crate) async fn sent(app: &App, paper: Paper, name: &str) -> Result<Response, Problem> {
    let bytes = typeset(app, paper).await?;
    let shown = format!("inline; filename=\"{name}.pdf\"");
    Ok(([(header::CONTENT_TYPE, "application/pdf".to_string()), (header::CONTENT_DISPOSITION, shown)], bytes)
        .into_response())
}

/// A paper as PDF, typeset away from the requests of others.
pub(crate) async fn typeset(app: &App, paper: Paper) -> Result<Vec<u8>, Problem> {
    let app = app.clone();
    let made = tokio::task::spawn_blocking(move || nw_leaflet::pdf_by(&paper, &app.settings.house)).await;
    made.map_err(|_| Problem::Fault)?.map_err(|error| {
        tracing::error!(cause = %error.cause, "a document cannot be typeset");
        Problem::Fault
    })
}

/// A label with what belongs to it, on one line.
fn named(label: &str, text: impl Into<String>) -> Vec<Span> {
    vec![Span::Strong(format!("{label}: ")), Span::Plain(text.into())]
}

/// A decision as papers tell it, with the advice of its day.
fn decided(told: &Told) -> Decided {
    let body = &told.decision.body;
    let option = |(label, said, chosen): &(String, String, bool)| ListedOption {
        label: label.clone(),
        said: said.clone(),
        chosen: *chosen,
    };
    Decided {
        tumour: told.tumour.clone(),
        text: body.text.clone(),
        rationale: body.rationale.clone(),
        options: told.options.iter().map(option).collect(),
        departure: told.departure.clone(),
        on: Some(body.decided_on),
        by: told.decision.recorded_name.clone(),
        advice: told.advice.clone(),
    }
}

/// The letter with a decision, to the general practitioner and whoever referred.
pub(crate) async fn letter(
    State(app): State<App>,
    gate: Gate,
    Path((patient, id)): Path<(PatientId, EntryId)>,
) -> Result<Response, Problem> {
    let page = letter_of(&app, &gate, &patient, &id).await?;
    let frame = &page.frame;
    let who = &page.patient.identity;
    let told = MdtLetter {
        organisation: frame.organisation.clone(),
        general_practitioner: who.general_practitioner.clone(),
        referrer: who.referrer.clone(),
        person: Person { name: who.name.clone(), born: who.born, number: who.number.clone() },
        decided: decided(&page.told),
        attendees: page.attendees.clone(),
    };
    let blocks = nw_render::letter::mdt(&told, frame.language, app.today());
    let title = nw_render::letter::mdt_title(frame.language);
    sent(&app, stamp(&app, frame).paper(app.guideline, title, blocks), "letter").await
}

/// One case on one page, for those who sit at the table.
pub(crate) async fn summary(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
) -> Result<Response, Problem> {
    let language = gate.language;
    let (record, view, _) = assessed(&app, &gate, &patient).await?;
    let frame = Frame::of(&app, &gate, "");
    let identity = &record.patient.identity;
    let born =
        identity.born.map(|born| format!("{} {}", frame.t(Word::Born).to_lowercase(), frame.day(&born)));
    let who = [Some(identity.name.clone()), born, identity.number.clone()].into_iter().flatten();
    let site = site_of(&app, &record.facts, language).map(|(_, label)| label);
    let listed = record.agenda.iter().rev().find(|item| item.body.state == nw_store::AgendaState::Listed);
    let question = listed.map(|item| item.body.question.clone()).unwrap_or_default();
    let facts = crate::said::rows(&app.guideline.vocabulary, &record.facts, &[], language)
        .into_iter()
        .filter_map(|row| {
            let label = row.label;
            row.now.into_iter().last().map(|cell| Recorded { label, value: cell.value, day: cell.day })
        })
        .collect();
    let (who, as_of) = (who.collect::<Vec<_>>().join(" · "), app.today());
    let stamp = stamp(&app, &frame);
    let app_of = app.clone();
    let made = tokio::task::spawn_blocking(move || {
        let told = Summary { who, question, as_of, site, view: &view, facts };
        let house = &app_of.settings.house;
        // Laid out until it fits: a page that goes on is no page for a table.
        let fits = |blocks: &[Block]| {
            let paper = stamp.paper(app_of.guideline, "", blocks.to_vec());
            nw_leaflet::inspect(&paper, house).is_ok_and(|seen| seen.pages <= 1)
        };
        let (title, blocks) = nw_render::letter::summary(&told, language, fits);
        stamp.paper(app_of.guideline, title, blocks)
    });
    sent(&app, made.await.map_err(|_| Problem::Fault)?, "summary").await
}

/// The minutes of a meeting.
pub(crate) async fn minutes(
    State(app): State<App>,
    gate: Gate,
    Path(meeting): Path<EntryId>,
) -> Result<Response, Problem> {
    let page = minutes_of(&app, &gate, &meeting).await?;
    let frame = &page.frame;
    let body = &page.meeting.body;
    let place: Vec<&str> = [body.title.as_str(), &page.at, &body.place, page.state]
        .into_iter()
        .filter(|p| !p.is_empty())
        .collect();
    let mut blocks = vec![
        Block::heading(1, format!("{}: {}", frame.t(Word::Minutes), body.title)),
        Block::text(place.join(" · ")),
        Block::heading(2, frame.t(Word::Attendees)),
    ];
    if page.attendees.is_empty() {
        blocks.push(Block::text(frame.t(Word::NotRecorded)));
    } else {
        let items = page.attendees.iter().map(|(a, role)| {
            let away = if a.present || !page.noted() {
                String::new()
            } else {
                format!(" – {}", frame.t(Word::WasAbsent))
            };
            let role = if role.is_empty() { String::new() } else { format!(", {role}") };
            vec![Span::Plain(format!("{}{role}{away}", a.name))]
        });
        blocks.push(Block::List { items: items.collect() });
        if !page.noted() {
            blocks.push(Block::text(frame.t(Word::PresenceNotNoted)));
        }
    }
    if !body.minutes.is_empty() {
        blocks.push(Block::text(body.minutes.as_str()));
    }
    for (number, (patient, question, state, decisions)) in page.cases.iter().enumerate() {
        let who = &patient.identity;
        blocks.push(Block::heading(2, format!("{}. {}", number + 1, who.name)));
        let said = format!("{} · {state}", who.number.as_deref().unwrap_or_default());
        blocks.push(Block::Text { spans: vec![Span::Soft(said)] });
        if !question.is_empty() {
            blocks.push(Block::Text { spans: named(frame.t(Word::QuestionToMeeting), question.as_str()) });
        }
        if decisions.is_empty() {
            blocks.push(Block::text(frame.t(Word::NoDecisionsYet)));
        }
        for told in decisions {
            blocks.extend(nw_render::letter::decision(&decided(told), frame.language));
        }
    }
    sent(&app, stamp(&app, frame).paper(app.guideline, frame.title.as_str(), blocks), "minutes").await
}

/// What is asked of whom before a meeting: a table for each holder.
pub(crate) async fn requests(
    State(app): State<App>,
    gate: Gate,
    Path(meeting): Path<EntryId>,
) -> Result<Response, Problem> {
    let (found, holders) = asked(&app, &gate, &meeting).await?;
    let title = format!("{}: {}", crate::words::say(gate.language, Word::RequestList), found.body.title);
    let frame = Frame::of(&app, &gate, title.as_str());
    let request = |r: &super::meeting_papers::Request| {
        let who = &r.patient.identity;
        let name = format!("{} {}", who.name, who.number.as_deref().unwrap_or_default());
        let (question, settles) = (r.question.clone(), r.settles.clone());
        Request { patient: name.trim().to_string(), question, settles }
    };
    let holders =
        holders.iter().map(|(_, name, all)| (name.clone(), all.iter().map(request).collect())).collect();
    let about = format!("{} · {}", found.body.title, moment(gate.language, found.body.starts_at));
    let blocks = nw_render::letter::requests(&about, &holders, gate.language);
    sent(&app, stamp(&app, &frame).paper(app.guideline, title, blocks), "requests").await
}

/// Who looked into the record, for the patient to take home.
pub(crate) async fn who_looked(
    State(app): State<App>,
    gate: Gate,
    Path(patient): Path<PatientId>,
) -> Result<Response, Problem> {
    let page = log_of(&app, &gate, patient).await?;
    let frame = &page.frame;
    let item = |line: &super::audit::Line| {
        let role = if line.role.is_empty() { String::new() } else { format!(" ({})", line.role) };
        let refused = if line.refused { format!(" ({})", frame.t(Word::RefusedThen)) } else { String::new() };
        vec![
            Span::Soft(format!("{} – ", line.at)),
            Span::Strong(line.who.clone()),
            Span::Plain(format!("{role} {}{refused}, {}.", line.what, line.why)),
        ]
    };
    let mut blocks = vec![
        Block::heading(1, frame.t(Word::WhoLooked)),
        Block::Text {
            spans: vec![Span::Strong(page.name.clone()), format!(" · {}", frame.organisation).into()],
        },
        Block::text(frame.t(Word::WhoLookedHelp)),
        Block::List { items: page.lines.iter().map(item).collect() },
    ];
    if page.more {
        blocks.push(Block::text(frame.t(Word::OlderIsLeftOut)));
    }
    blocks.push(Block::text(frame.t(Word::QuestionsAboutThis)));
    sent(&app, stamp(&app, frame).paper(app.guideline, frame.t(Word::WhoLooked), blocks), "access-log").await
}
