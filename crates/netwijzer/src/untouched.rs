//! What is open and reads nothing that was recorded: names, and what practice says of them.

use nw_engine::{Drawn, Outcome};

use crate::paper::{Ink, Paper, ink};
use crate::report::Report;
use crate::text::{View, conventional_text, label};
use crate::tnm;
use crate::words::{Word, fill, say};

/// What is longer is a text to read rather than a value to see.
const LONGEST_VALUE: usize = 60;

/// The section about them.
pub(crate) fn section(paper: &mut Paper, report: &Report<'_>, view: &View<'_>, untouched: &[&Drawn]) {
    if untouched.is_empty() {
        return;
    }
    let language = view.language;
    paper.heading(say(language, Word::HeadUntouched));
    // Those with the same conventional value stand together; TNM keeps its editions together.
    let (staged, plain) = tnm::split(report, untouched);
    let mut open = tnm::names(&staged, language);
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    let (mut texts, mut nothing): (Vec<String>, usize) = (Vec::new(), 0);
    for drawn in plain {
        let def = report.def(drawn);
        let name = label(def, language);
        let Some(convention) = &drawn.convention else {
            open.push(name);
            continue;
        };
        let value = conventional_text(def, &convention.outcome, language);
        let empty =
            matches!(convention.outcome, Outcome::NotApplicable | Outcome::Collected { certain: 0, .. });
        if empty && !view.all {
            nothing += 1;
        } else if value.chars().count() > LONGEST_VALUE && !view.all {
            texts.push(name);
        } else {
            match groups.iter_mut().find(|(v, _)| *v == value) {
                Some((_, names)) => names.push(name),
                None => groups.push((value, vec![name])),
            }
        }
    }
    let line = |names: &[String]| ink(Ink::Faint, names.join(" · "));
    if !open.is_empty() {
        paper.line(2, 4, &[line(&open)]);
    }
    for (value, names) in &groups {
        let said = format!(": {} {value}", say(language, Word::ByConvention));
        paper.line(2, 4, &[line(names), ink(Ink::Plain, said)]);
    }
    if !texts.is_empty() {
        let said = format!(": {}", say(language, Word::UntouchedTexts));
        paper.line(2, 4, &[line(&texts), ink(Ink::Plain, said)]);
    }
    if nothing > 0 {
        let said = fill(language, Word::UntouchedNothing, &[&nothing.to_string()]);
        paper.line(2, 4, &[ink(Ink::Faint, said)]);
    }
}
