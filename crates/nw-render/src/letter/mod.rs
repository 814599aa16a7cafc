//! Letters of the tumour board: the decision to general practitioner and referrer, one case on one page, and what is asked of
//! whom. The workbench fills them from the record, the command line from a case file.
//!
//! Pure: values in, blocks of a [`nw_leaflet::Paper`] out.

mod summary;
mod words;

use nw_facts::{Date, Language};
use nw_guideline::CompiledGuideline;
use nw_leaflet::{Block, Paper, Print, Span};

pub use summary::{Recorded, Summary, summary};

use self::words::{Word, day, say};
use crate::view::{Answer, View};

/// What every paper bears, whatever it says.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// Who issues it; the program, when nobody is named.
    pub author: String,
    /// The language of its texts.
    pub language: Language,
    /// The day it bears.
    pub date: Date,
    /// The size of its letters.
    pub print: Print,
    /// All patients are invented.
    pub demo: bool,
}

impl Stamp {
    /// A paper with these blocks.
    pub fn paper(
        &self,
        guideline: &CompiledGuideline,
        title: impl Into<String>,
        blocks: Vec<Block>,
    ) -> Paper {
        let author = if self.author.is_empty() { "netwijzer".to_string() } else { self.author.clone() };
        Paper {
            title: title.into(),
            author,
            language: self.language,
            date: self.date,
            print: self.print,
            footer: footer(guideline, self.language, self.demo),
            blocks,
        }
    }
}

/// What stands at the foot of each page: what this is not, edition, digest, and how much a clinician confirmed.
pub fn footer(guideline: &CompiledGuideline, language: Language, demo: bool) -> Vec<String> {
    let rows = || guideline.tables.iter().flat_map(|t| &t.rows);
    let confirmed = rows().filter(|r| r.confirmed().is_some()).count();
    let digest: String = guideline.digest.chars().take(19).collect();
    let manifest = &guideline.manifest;
    let mut lines = vec![say(language, Word::NotADevice).to_string()];
    if demo {
        lines.insert(0, say(language, Word::Demo).to_string());
    }
    lines.push(format!(
        "{} {} · {digest} · {confirmed} / {} {}",
        manifest.id,
        manifest.edition,
        rows().count(),
        say(language, Word::Confirmed)
    ));
    lines
}

/// Whom a letter is about.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// Name as on the letters, or the name of a case.
    pub name: String,
    /// Date of birth.
    pub born: Option<Date>,
    /// Number in the hospital.
    pub number: Option<String>,
}

/// An option as a letter tells it.
#[derive(Clone, Debug, Default)]
pub struct ListedOption {
    /// Its name.
    pub label: String,
    /// What the guideline said of it.
    pub said: String,
    /// It was chosen.
    pub chosen: bool,
}

/// A decision, with the advice of its day. Without words it is a letter whose decision the meeting writes by hand.
#[derive(Clone, Debug, Default)]
pub struct Decided {
    /// The tumour in one line.
    pub tumour: String,
    /// The decision in words.
    pub text: String,
    /// Why.
    pub rationale: String,
    /// The options on the table.
    pub options: Vec<ListedOption>,
    /// Where it departs from the guideline: the reason by its name, and in words.
    pub departure: Option<(String, String)>,
    /// The day.
    pub on: Option<Date>,
    /// Who recorded it.
    pub by: String,
    /// Edition and digest of the guideline that was shown.
    pub advice: String,
}

/// The letter with a decision.
#[derive(Clone, Debug, Default)]
pub struct MdtLetter {
    /// The centre that writes.
    pub organisation: String,
    /// The general practitioner.
    pub general_practitioner: Option<String>,
    /// Who referred.
    pub referrer: Option<String>,
    /// About whom.
    pub person: Person,
    /// What was decided.
    pub decided: Decided,
    /// Who was there.
    pub attendees: Vec<String>,
}

/// Lines to write a decision on.
const LINES_TO_WRITE: usize = 4;

fn strong(text: impl Into<String>) -> Span {
    Span::Strong(text.into())
}

/// A label with what belongs to it, on one line.
fn named(label: &str, text: impl Into<String>) -> Vec<Span> {
    vec![strong(format!("{label}: ")), Span::Plain(text.into())]
}

/// The letter, to the general practitioner and whoever referred.
pub fn mdt(letter: &MdtLetter, language: Language, date: Date) -> Vec<Block> {
    let t = |word| say(language, word);
    let known = |text: &Option<String>| text.clone().unwrap_or(t(Word::NotRecorded).to_string());
    let who = &letter.person;
    let mut about = vec![strong(format!("{}: {}", t(Word::Regarding), who.name))];
    if let Some(born) = who.born {
        about.push(format!(", {} {}", t(Word::Born), day(language, born)).into());
    }
    if let Some(number) = &who.number {
        about.push(format!(", {number}").into());
    }
    let mut lines = vec![
        vec![format!("{}: {}", t(Word::ToGp), known(&letter.general_practitioner)).into()],
        vec![format!("{}: {}", t(Word::ToReferrer), known(&letter.referrer)).into()],
        vec![day(language, date).into()],
    ];
    if !letter.organisation.is_empty() {
        lines.insert(0, vec![strong(letter.organisation.clone())]);
    }
    let mut blocks =
        vec![Block::Lines { lines }, Block::Text { spans: about }, Block::heading(1, t(Word::LetterTitle))];
    blocks.extend(decision(&letter.decided, language));
    if !letter.attendees.is_empty() {
        blocks.push(Block::Text { spans: named(t(Word::Attendees), letter.attendees.join(", ")) });
    }
    let by = if letter.decided.by.is_empty() { t(Word::Name).to_string() } else { letter.decided.by.clone() };
    let signed = [by, letter.organisation.clone()].into_iter().filter(|l| !l.is_empty()).collect();
    blocks.push(Block::Signature { lines: signed });
    blocks
}

/// The name of the letter.
pub fn mdt_title(language: Language) -> &'static str {
    say(language, Word::LetterTitle)
}

/// A decision, with the advice of its day.
pub fn decision(decided: &Decided, language: Language) -> Vec<Block> {
    let t = |word| say(language, word);
    let mut blocks = Vec::new();
    if !decided.tumour.is_empty() {
        blocks.push(Block::Text { spans: named(t(Word::Tumour), decided.tumour.as_str()) });
    }
    let open = decided.text.is_empty();
    if open {
        blocks.push(Block::Table {
            widths: vec![1],
            head: vec![t(Word::ToWrite).to_string()],
            rows: vec![vec![String::new()]; LINES_TO_WRITE],
        });
    } else {
        blocks.push(Block::Aside { spans: named(t(Word::Decision), decided.text.as_str()) });
    }
    if !decided.rationale.is_empty() {
        blocks.push(Block::Text { spans: named(t(Word::Rationale), decided.rationale.as_str()) });
    }
    if !decided.options.is_empty() {
        let title = if open { Word::Listed } else { Word::Considered };
        blocks.push(Block::Text { spans: vec![strong(t(title))] });
        let items = decided.options.iter().map(|option| {
            let mut line: Vec<Span> = vec![option.label.as_str().into()];
            if !option.said.is_empty() {
                line.push(Span::Soft(format!(" ({})", option.said)));
            }
            if option.chosen {
                line.push(strong(format!(" – {}", t(Word::Chosen))));
            }
            line
        });
        blocks.push(Block::List { items: items.collect() });
        if open {
            blocks.push(Block::Text { spans: vec![Span::Soft(t(Word::Unranked).to_string())] });
        }
    }
    if let Some((reason, words)) = &decided.departure {
        let text = if words.is_empty() { reason.clone() } else { format!("{reason} – {words}") };
        blocks.push(Block::Text { spans: named(t(Word::Departure), text) });
    }
    let mut by: Vec<String> = Vec::new();
    if let Some(on) = decided.on {
        by.push(format!("{} {}", t(Word::DecidedOn), day(language, on)));
    }
    if !decided.by.is_empty() {
        by.push(format!("{} {}", t(Word::WrittenBy), decided.by));
    }
    if !decided.advice.is_empty() {
        by.push(format!("{}: {}", t(Word::AdviceOfThen), decided.advice));
    }
    if !by.is_empty() {
        blocks.push(Block::Text { spans: vec![Span::Soft(by.join(" · "))] });
    }
    blocks
}

/// Options that somebody may act on, with what the guideline says of each, in its order.
pub fn listed(view: &View, language: Language) -> Vec<ListedOption> {
    let one = |answer: &Answer| {
        let (said, _) = standing(answer, language)?;
        Some(ListedOption { label: answer.label.clone(), said, chosen: false })
    };
    view.options().filter_map(one).collect()
}

/// The lowest standing of an option: nobody chooses it.
const ADVISED_AGAINST: &str = "advised-against";

/// What the guideline says of an option, and whether by a convention; nothing for what is open or advised against.
fn standing(answer: &Answer, language: Language) -> Option<(String, bool)> {
    match (answer.status, &answer.convention) {
        ("concluded", _) if answer.state() != ADVISED_AGAINST => Some((answer.line(), false)),
        ("undetermined", Some((said, _))) => match answer.convention_state.as_str() {
            "" | "not-applicable" | ADVISED_AGAINST => None,
            _ => Some((format!("{said}, {}", say(language, Word::ByConvention)), true)),
        },
        _ => None,
    }
}

/// One question about one patient.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Name and number; empty in the list of one patient.
    pub patient: String,
    /// What is asked.
    pub question: String,
    /// What the answer settles.
    pub settles: String,
}

/// What is asked, by who has the answer.
pub type Requests = Vec<(String, Vec<Request>)>;

/// How many conclusions a request names.
const SETTLES: usize = 3;

/// What the guideline would ask about one patient.
pub fn asked(view: &View) -> Requests {
    let mut holders: Requests = Vec::new();
    for ask in view.missing() {
        let request = Request {
            patient: String::new(),
            question: ask.question.clone(),
            settles: ask.settles.iter().take(SETTLES).cloned().collect::<Vec<_>>().join("; "),
        };
        match holders.iter_mut().find(|(holder, _)| *holder == ask.holder) {
            Some((_, requests)) => requests.push(request),
            None => holders.push((ask.holder.clone(), vec![request])),
        }
    }
    holders
}

/// The name of the request list.
pub fn requests_title(language: Language) -> &'static str {
    say(language, Word::RequestTitle)
}

/// What is asked of whom: a table for each holder. `about` is the meeting, or the patient.
pub fn requests(about: &str, holders: &Requests, language: Language) -> Vec<Block> {
    let t = |word| say(language, word).to_string();
    let mut blocks = vec![Block::heading(1, t(Word::RequestTitle)), Block::text(about)];
    if holders.is_empty() {
        blocks.push(Block::text(t(Word::NothingToAsk)));
    }
    let many = holders.iter().flat_map(|(_, r)| r).any(|r| !r.patient.is_empty());
    for (name, requests) in holders {
        blocks.push(Block::heading(2, crate::reading::capital(name)));
        let row = |r: &Request| {
            let own = [r.question.clone(), r.settles.clone()];
            many.then(|| r.patient.clone()).into_iter().chain(own).collect::<Vec<String>>()
        };
        let head = many.then(|| t(Word::Patient)).into_iter().chain([t(Word::What), t(Word::Settles)]);
        blocks.push(Block::Table {
            widths: if many { vec![2, 4, 3] } else { vec![4, 3] },
            head: head.collect(),
            rows: requests.iter().map(row).collect(),
        });
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(blocks: &[Block]) -> String {
        format!("{blocks:?}")
    }

    #[test]
    fn a_letter_without_a_decision_leaves_room_to_write_one() {
        let date = jiff_date(2026, 3, 10);
        let mut letter =
            MdtLetter { person: Person { name: "K".into(), ..Person::default() }, ..MdtLetter::default() };
        let open = mdt(&letter, Language::Nl, date);
        assert!(open.iter().any(|b| matches!(b, Block::Table { rows, .. } if rows.len() == LINES_TO_WRITE)));
        assert!(texts(&open).contains("niet vastgelegd") && texts(&open).contains("Naam en handtekening"));
        letter.decided.text = "Opereren".into();
        letter.decided.by = "Vera".into();
        let told = mdt(&letter, Language::Nl, date);
        assert!(!told.iter().any(|b| matches!(b, Block::Table { .. })));
        assert!(texts(&told).contains("Opereren") && texts(&told).contains("Vastgelegd door Vera"));
    }

    #[test]
    fn the_list_of_one_patient_has_no_column_of_patients() {
        let request =
            |patient: &str| Request { patient: patient.into(), question: "Q?".into(), settles: "S".into() };
        let widths = |holders: &Requests| {
            requests("X", holders, Language::En)
                .into_iter()
                .find_map(|b| if let Block::Table { widths, .. } = b { Some(widths.len()) } else { None })
        };
        assert_eq!(widths(&vec![("pathology".into(), vec![request("")])]), Some(2));
        assert_eq!(widths(&vec![("pathology".into(), vec![request("A")])]), Some(3));
        assert!(texts(&requests("X", &Vec::new(), Language::En)).contains("Nothing of importance"));
    }

    fn jiff_date(year: i16, month: i8, day: i8) -> Date {
        format!("{year:04}-{month:02}-{day:02}").parse().expect("a day")
    }
}
