//! A pasted report beside the record: what it proposes, with the words that say so, and how that stands to what is held.
//!
//! Reading stores nothing. What a person takes is named by the fact and the place of its words ([`Item::key`]); the same
//! text read again by the same patterns gives the same items, so that nobody can take what the report does not say.

use std::sync::Arc;

use nw_extract::{Finding, Held, Report, contradicts};
use nw_facts::{Evidence, FactIdx, Kind, Language, Vocabulary};
use nw_store::{Fact, FactRecordId, NewFact, Origin};

use crate::app::App;
use crate::error::Problem;
use crate::reason::capital;
use crate::words::{Word, say};

/// The longest report that is read, in bytes; the longest letter of a hospital has a tenth of it.
pub(crate) const LONGEST: usize = 300_000;

/// How a proposal stands to what the record holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The record holds nothing of this fact.
    New,
    /// The record says the same.
    Same,
    /// The record says something that can be true beside it: a range around the number, another day.
    Beside,
    /// Both cannot be true.
    Contradicts,
}

impl Standing {
    pub(crate) fn id(self) -> &'static str {
        match self {
            Standing::New => "new",
            Standing::Same => "same",
            Standing::Beside => "beside",
            Standing::Contradicts => "contradicts",
        }
    }
}

/// What the record holds of the same fact.
pub(crate) struct Known {
    pub id: FactRecordId,
    pub value: String,
    pub day: Option<nw_facts::Date>,
    pub origin: String,
    /// It cannot be true together with the proposal.
    pub contradicts: bool,
}

/// One thing that the report says.
pub(crate) struct Item {
    /// Its number on the page, from 1.
    pub number: usize,
    pub fact: String,
    pub label: String,
    /// As it would be typed.
    pub value: String,
    /// In words.
    pub told: String,
    /// The words that say so.
    pub quote: String,
    pub span: (usize, usize),
    pub date: Option<nw_facts::Date>,
    pub standing: Standing,
    pub known: Vec<Known>,
    /// Why it is not proposed.
    pub held: Vec<Held>,
    pub tumour: u8,
    /// It was taken from this very report.
    pub taken: bool,
}

impl Item {
    /// What names it in a form: the fact and the place of its words.
    pub(crate) fn key(&self) -> String {
        format!("{}@{}-{}", self.fact, self.span.0, self.span.1)
    }

    /// Whether it is taken unless somebody says otherwise: it is new, or fits what is held.
    pub(crate) fn ready(&self) -> bool {
        !self.taken && matches!(self.standing, Standing::New | Standing::Beside)
    }

    /// Why it is not proposed, in words.
    pub(crate) fn why(&self, language: &Language) -> String {
        let language = *language;
        let mut why: Vec<String> =
            self.held.iter().map(|h| say(language, held_word(*h)).to_string()).collect();
        if self.tumour > 1 {
            why.push(format!("{} {}", say(language, Word::OfTumour), self.tumour));
        }
        why.join(", ")
    }
}

/// A piece of the text, with the items whose words it is part of.
pub(crate) struct Piece {
    pub text: String,
    /// The first item whose words it is part of.
    pub item: Option<usize>,
    /// It begins the words of these items: the places that links lead to.
    pub begins: Vec<usize>,
    /// The same by their keys, which a fact of the record knows.
    pub keys: Vec<String>,
    /// How it is shown: `proposed`, `conflict` or `held`.
    pub kind: &'static str,
}

/// A report that was read.
pub(crate) struct Reading {
    pub day: Option<nw_facts::Date>,
    /// What is proposed.
    pub proposed: Vec<Item>,
    /// Where the report disagrees with itself: the fact, and what it says of it.
    pub conflicts: Vec<(String, Vec<Item>)>,
    /// What is denied, doubted, past, …
    pub held: Vec<Item>,
    pub pieces: Vec<Piece>,
}

impl Reading {
    /// What may be taken.
    pub(crate) fn offered(&self) -> impl Iterator<Item = &Item> {
        self.proposed.iter().chain(self.conflicts.iter().flat_map(|(_, items)| items))
    }

    /// An item by its key.
    pub(crate) fn find(&self, key: &str) -> Option<&Item> {
        self.offered().find(|i| i.key() == key)
    }

    /// Whether nothing was found at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.proposed.is_empty() && self.conflicts.is_empty() && self.held.is_empty()
    }
}

/// The word for what holds a finding back.
pub(crate) fn held_word(held: Held) -> Word {
    match held {
        Held::Denied => Word::HeldDenied,
        Held::Doubted => Word::HeldDoubted,
        Held::Asked => Word::HeldAsked,
        Held::Planned => Word::HeldPlanned,
        Held::Past => Word::HeldPast,
        Held::Other => Word::HeldOther,
    }
}

/// The same for programs.
pub(crate) fn held_id(held: Held) -> &'static str {
    match held {
        Held::Denied => "denied",
        Held::Doubted => "doubted",
        Held::Asked => "asked",
        Held::Planned => "planned",
        Held::Past => "past",
        Held::Other => "other",
    }
}

/// A text as browsers send it, with the ends of lines that its places are counted by.
pub(crate) fn plain(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n").trim().to_string()
}

/// A fact of the record, and what its value says of which facts.
type Recorded<'a> = (&'a Fact, FactIdx, Vec<(FactIdx, Evidence)>);

/// Reads a report beside what the record holds. `own` is the report's document, when it is in the record.
pub(crate) async fn read(
    app: &App,
    text: &str,
    given: Option<nw_facts::Date>,
    facts: &[Fact],
    own: Option<&str>,
    language: Language,
) -> Result<Reading, Problem> {
    if text.len() > LONGEST {
        return Err(Problem::asks("text", Word::ReportTooLong));
    }
    let bad = |c: char| c.is_control() && !matches!(c, '\n' | '\t' | '\r');
    if text.trim().is_empty() || text.chars().any(bad) {
        return Err(Problem::asks("text", Word::ReportUnreadable));
    }
    let grammar = Arc::clone(app.grammar.get().ok_or(Problem::NotFound)?);
    let vocabulary = &app.guideline.vocabulary;
    let owned = text.to_string();
    // Reading takes milliseconds, and a long text tens of them: not on a thread that answers others.
    let report = tokio::task::spawn_blocking(move || grammar.extract(vocabulary, &owned)).await;
    let report = report.map_err(|_| Problem::Fault)?;
    Ok(beside(vocabulary, &report, text, given, facts, own, language))
}

fn beside(
    vocabulary: &Vocabulary,
    report: &Report,
    text: &str,
    given: Option<nw_facts::Date>,
    facts: &[Fact],
    own: Option<&str>,
    language: Language,
) -> Reading {
    let held: Vec<Recorded<'_>> = facts
        .iter()
        .filter_map(|fact| {
            let idx = vocabulary.find_fact(&fact.fact)?;
            Some((fact, idx, nw_facts::read(vocabulary, idx, &fact.value).ok()?))
        })
        .collect();
    let mut number = 0;
    let mut item = |finding: &Finding| {
        number += 1;
        let def = vocabulary.fact(finding.fact);
        // The day that was filled in stands for the day of the report, not for one that a sentence names.
        let date = if finding.date == report.date { given.or(finding.date) } else { finding.date };
        let meets = |evidence: &[(FactIdx, Evidence)]| {
            evidence.iter().any(|(f, _)| finding.evidence.iter().any(|(g, _)| f == g))
        };
        let (mut known, mut same, mut taken) = (Vec::new(), false, false);
        for (fact, idx, evidence) in held.iter().filter(|(.., evidence)| meets(evidence)) {
            let span = (finding.span.start as u64, finding.span.end as u64);
            let from_here = fact.origin.document.as_ref().map(|d| d.as_str()) == own
                && own.is_some()
                && fact.origin.span == Some(span);
            taken |= from_here;
            // What was measured again on another day is a history.
            let again = def.series && fact.true_on != date;
            same |= !again && *evidence == finding.evidence;
            let clash = !again && contradicts(vocabulary, finding.fact, &finding.evidence, evidence);
            known.push(Known {
                id: fact.id.clone(),
                value: crate::said::value(vocabulary, fact, language),
                day: fact.true_on,
                origin: fact.origin.label.clone(),
                contradicts: clash && *idx == finding.fact,
            });
        }
        let standing = if known.iter().any(|k| k.contradicts) {
            Standing::Contradicts
        } else if same {
            Standing::Same
        } else if known.is_empty() {
            Standing::New
        } else {
            Standing::Beside
        };
        Item {
            number,
            fact: def.id.clone(),
            label: capital(def.label.get(language)),
            value: finding.value.clone(),
            told: told(vocabulary, finding, language),
            quote: text[finding.span.clone()].split_whitespace().collect::<Vec<_>>().join(" "),
            span: (finding.span.start, finding.span.end),
            date,
            standing,
            known,
            held: finding.held.clone(),
            tumour: finding.tumour,
            taken,
        }
    };
    let proposed: Vec<Item> = report.proposals().into_iter().map(&mut item).collect();
    let conflicts: Vec<(String, Vec<Item>)> = report
        .conflicts
        .iter()
        .map(|c| {
            let label = capital(vocabulary.fact(c.fact).label.get(language));
            (label, c.findings.iter().map(|at| item(&report.findings[*at])).collect())
        })
        .collect();
    let held: Vec<Item> = report.findings.iter().filter(|f| !f.proposed()).map(&mut item).collect();
    let pieces = pieces(text, &proposed, &conflicts, &held);
    Reading { day: given.or(report.date), proposed, conflicts, held, pieces }
}

/// A value in the reader's words.
fn told(vocabulary: &Vocabulary, finding: &Finding, language: Language) -> String {
    let def = vocabulary.fact(finding.fact);
    match def.kind {
        Kind::Choice | Kind::YesNo => {
            finding.evidence.iter().find(|(target, _)| *target == finding.fact).map_or_else(
                || finding.value.clone(),
                |(_, evidence)| crate::said::evidence_text(def, evidence, &finding.value, language),
            )
        }
        _ => finding.value.clone(),
    }
}

/// The text cut where words of items begin and end. Put together again the pieces are the text.
fn pieces(text: &str, proposed: &[Item], conflicts: &[(String, Vec<Item>)], held: &[Item]) -> Vec<Piece> {
    let mut all: Vec<(&Item, &'static str)> = proposed.iter().map(|i| (i, "proposed")).collect();
    all.extend(conflicts.iter().flat_map(|(_, items)| items).map(|i| (i, "conflict")));
    all.extend(held.iter().map(|i| (i, "held")));
    let mut cuts: Vec<usize> = all.iter().flat_map(|(i, _)| [i.span.0, i.span.1]).collect();
    cuts.extend([0, text.len()]);
    cuts.sort_unstable();
    cuts.dedup();
    cuts.windows(2)
        .map(|ends| {
            let (from, to) = (ends[0], ends[1]);
            let on = all.iter().find(|(i, _)| i.span.0 <= from && to <= i.span.1);
            let begun: Vec<&Item> = all.iter().filter(|(i, _)| i.span.0 == from).map(|(i, _)| *i).collect();
            Piece {
                text: text[from..to].to_string(),
                item: on.map(|(i, _)| i.number),
                begins: begun.iter().map(|i| i.number).collect(),
                keys: begun.iter().map(|i| i.key()).collect(),
                kind: on.map_or("", |(_, kind)| kind),
            }
        })
        .collect()
}

/// What is to be recorded of the items that somebody took, each in the place of what it replaces, if anything.
pub(crate) fn taken<'k>(
    reading: &Reading,
    keys: impl Iterator<Item = (&'k str, Option<FactRecordId>)>,
    label: &str,
) -> Result<Vec<NewFact>, Problem> {
    let mut facts: Vec<NewFact> = Vec::new();
    for (key, instead) in keys {
        let item = reading.find(key).ok_or_else(|| Problem::asks("take", Word::ReportNotProposed))?;
        if let Some(instead) = &instead
            && !item.known.iter().any(|k| k.id == *instead)
        {
            return Err(Problem::asks("instead", Word::ReportOtherFact));
        }
        let mut origin = Origin::person(label);
        origin.span = Some((item.span.0 as u64, item.span.1 as u64));
        let mut fact = NewFact::new(item.fact.clone(), item.value.clone(), origin);
        (fact.true_on, fact.supersedes) = (item.date, instead);
        if !facts.iter().any(|f| f.fact == fact.fact && f.value == fact.value && f.true_on == fact.true_on) {
            facts.push(fact);
        }
    }
    if facts.is_empty() {
        return Err(Problem::asks("take", Word::ReportTickOne));
    }
    Ok(facts)
}
