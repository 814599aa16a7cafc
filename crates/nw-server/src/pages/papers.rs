//! Pages that leave the house, as PDF: the letter, the minutes, what is asked of whom, and who looked.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use nw_leaflet::{Block, Paper, Print, Span};
use nw_store::{EntryId, PatientId};

use super::Frame;
use super::audit::log_of;
use super::meeting_papers::{Told, asked, letter_of, minutes_of};
use super::meetings::moment;
use crate::access::Gate;
use crate::app::App;
use crate::error::Problem;
use crate::form::Path;
use crate::words::Word;

/// What every page of ours says of itself.
pub(crate) fn footer(frame: &Frame) -> Vec<String> {
    let mut footer = vec![frame.t(Word::NotADevice).to_string()];
    if frame.demo {
        footer.insert(0, frame.t(Word::Demo).to_string());
    }
    footer.push(format!(
        "{} · {} · {} {}",
        frame.edition,
        frame.digest,
        frame.confirmed,
        frame.t(Word::NobodyConfirmed)
    ));
    footer
}

/// A document around these blocks, with what every page of ours says of itself.
fn paper(app: &App, frame: &Frame, title: String, blocks: Vec<Block>) -> Paper {
    let footer = footer(frame);
    let author =
        if frame.organisation.is_empty() { "netwijzer".to_string() } else { frame.organisation.clone() };
    Paper { title, author, language: frame.language, date: app.today(), print: Print::Normal, footer, blocks }
}

/// Typesets away from the requests of others. The name of the file tells nothing of a patient.
pub(crate) async fn sent(paper: Paper, name: &str) -> Result<Response, Problem> {
    let made = tokio::task::spawn_blocking(move || nw_leaflet::pdf(&paper)).await;
    let bytes = made.map_err(|_| Problem::Fault)?.map_err(|error| {
        tracing::error!(cause = %error.cause, "a document cannot be typeset");
        Problem::Fault
    })?;
    let shown = format!("inline; filename=\"{name}.pdf\"");
    Ok(([(header::CONTENT_TYPE, "application/pdf".to_string()), (header::CONTENT_DISPOSITION, shown)], bytes)
        .into_response())
}

/// A label with what belongs to it, on one line.
fn named(label: &str, text: impl Into<String>) -> Vec<Span> {
    vec![Span::Strong(format!("{label}: ")), Span::Plain(text.into())]
}

/// A decision, with the advice of its day.
fn decision(frame: &Frame, told: &Told) -> Vec<Block> {
    let body = &told.decision.body;
    let mut blocks = Vec::new();
    if !told.tumour.is_empty() {
        blocks.push(Block::Text { spans: named(frame.t(Word::Tumour), told.tumour.as_str()) });
    }
    blocks.push(Block::Aside { spans: named(frame.t(Word::DecisionTitle), body.text.as_str()) });
    if !body.rationale.is_empty() {
        blocks.push(Block::Text { spans: named(frame.t(Word::Rationale), body.rationale.as_str()) });
    }
    if !told.options.is_empty() {
        blocks.push(Block::Text { spans: vec![Span::Strong(frame.t(Word::OptionsConsidered).to_string())] });
        let items = told.options.iter().map(|(label, said, chosen)| {
            let mut line: Vec<Span> = vec![label.as_str().into()];
            if !said.is_empty() {
                line.push(Span::Soft(format!(" ({said})")));
            }
            if *chosen {
                line.push(Span::Strong(format!(" – {}", frame.t(Word::ChosenBox))));
            }
            line
        });
        blocks.push(Block::List { items: items.collect() });
    }
    if let Some((reason, words)) = &told.departure {
        let text = if words.is_empty() { reason.clone() } else { format!("{reason} – {words}") };
        blocks.push(Block::Text { spans: named(frame.t(Word::DepartureTitle), text) });
    }
    let mut by = format!(
        "{} {} · {} {}",
        frame.t(Word::DecidedOn),
        frame.day(&body.decided_on),
        frame.t(Word::WrittenBy),
        told.decision.recorded_name
    );
    if !told.advice.is_empty() {
        by += &format!(" · {}: {}", frame.t(Word::AdviceOfThen), told.advice);
    }
    blocks.push(Block::Text { spans: vec![Span::Soft(by)] });
    blocks
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
    let known = |text: &Option<String>| text.clone().unwrap_or(frame.t(Word::NotRecorded).to_string());
    let mut about = vec![Span::Strong(format!("{}: {}", frame.t(Word::Regarding), who.name))];
    if let Some(born) = who.born {
        about.push(format!(", {} {}", frame.t(Word::Born).to_lowercase(), frame.day(&born)).into());
    }
    if let Some(number) = &who.number {
        about.push(format!(", {number}").into());
    }
    let mut blocks = vec![
        Block::Lines {
            lines: vec![
                vec![Span::Strong(frame.organisation.clone())],
                vec![format!("{}: {}", frame.t(Word::ToGp), known(&who.general_practitioner)).into()],
                vec![format!("{}: {}", frame.t(Word::ToReferrer), known(&who.referrer)).into()],
                vec![frame.day(&app.today()).into()],
            ],
        },
        Block::Text { spans: about },
        Block::heading(1, frame.t(Word::LetterTitle)),
    ];
    blocks.extend(decision(frame, &page.told));
    if !page.attendees.is_empty() {
        blocks.push(Block::Text { spans: named(frame.t(Word::Attendees), page.attendees.join(", ")) });
    }
    let signed = vec![page.told.decision.recorded_name.clone(), frame.organisation.clone()];
    blocks.push(Block::Signature { lines: signed });
    sent(paper(&app, frame, frame.t(Word::LetterTitle).to_string(), blocks), "letter").await
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
            vec![Span::Plain(format!("{}, {role}{away}", a.name))]
        });
        blocks.push(Block::List { items: items.collect() });
        if !page.noted() {
            blocks.push(Block::text(frame.t(Word::PresenceNotNoted)));
        }
    }
    if !body.minutes.is_empty() {
        blocks.push(Block::text(body.minutes.as_str()));
    }
    for (number, (patient, question, state, decided)) in page.cases.iter().enumerate() {
        let who = &patient.identity;
        blocks.push(Block::heading(2, format!("{}. {}", number + 1, who.name)));
        let said = format!("{} · {state}", who.number.as_deref().unwrap_or_default());
        blocks.push(Block::Text { spans: vec![Span::Soft(said)] });
        if !question.is_empty() {
            blocks.push(Block::Text { spans: named(frame.t(Word::QuestionToMeeting), question.as_str()) });
        }
        if decided.is_empty() {
            blocks.push(Block::text(frame.t(Word::NoDecisionsYet)));
        }
        for told in decided {
            blocks.extend(decision(frame, told));
        }
    }
    sent(paper(&app, frame, frame.title.clone(), blocks), "minutes").await
}

/// What is asked of whom before a meeting: a table for each holder.
pub(crate) async fn requests(
    State(app): State<App>,
    gate: Gate,
    Path(meeting): Path<EntryId>,
) -> Result<Response, Problem> {
    let (found, holders) = asked(&app, &gate, &meeting).await?;
    let title = format!("{}: {}", crate::words::say(gate.language, Word::RequestList), found.body.title);
    let frame = Frame::of(&app, &gate, title);
    let mut blocks = vec![
        Block::heading(1, frame.t(Word::RequestList)),
        Block::text(format!("{} · {}", found.body.title, moment(found.body.starts_at))),
    ];
    if holders.is_empty() {
        blocks.push(Block::text(frame.t(Word::NothingToAsk)));
    }
    for (_, name, requests) in &holders {
        blocks.push(Block::heading(2, name.as_str()));
        let row = |r: &super::meeting_papers::Request| {
            let who = &r.patient.identity;
            let name = format!("{} {}", who.name, who.number.as_deref().unwrap_or_default());
            vec![name.trim().to_string(), r.question.clone(), r.settles.clone()]
        };
        let head = [Word::Patient, Word::What, Word::Settles].map(|w| frame.t(w).to_string());
        blocks.push(Block::Table {
            widths: vec![2, 4, 3],
            head: head.to_vec(),
            rows: requests.iter().map(row).collect(),
        });
    }
    sent(paper(&app, &frame, frame.title.clone(), blocks), "requests").await
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
    sent(paper(&app, frame, frame.t(Word::WhoLooked).to_string(), blocks), "access-log").await
}
