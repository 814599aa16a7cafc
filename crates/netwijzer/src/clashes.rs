//! Conventions that contradict each other, as text.

use nw_facts::Language;

use crate::paper::{Ink, Paper, ink};
use crate::report::Report;
use crate::text::capital;
use crate::words::{Word, fill, say};

/// Conventions that hold and cannot be used together: the one that gives way, the others, and for which conclusions.
pub(crate) fn write(paper: &mut Paper, report: &Report<'_>, language: Language) {
    let clashes: Vec<_> = report.clashes().collect();
    if clashes.is_empty() {
        return;
    }
    paper.heading(say(language, Word::HeadClashes));
    for clash in clashes {
        let named = |at: usize, capital_first: bool| {
            let convention = &report.guideline.conventions[at];
            let title = convention.title.get(language);
            let title = if capital_first { capital(title) } else { title.to_string() };
            [ink(Ink::Plain, title), ink(Ink::Faint, format!(" [{}]", convention.id))]
        };
        let mut pieces = vec![ink(Ink::Clash, "✗ ")];
        pieces.extend(named(clash.convention, true));
        for (i, at) in clash.against.iter().enumerate() {
            let joint = if i == 0 { Word::GivesWayTo } else { Word::AndTo };
            pieces.push(ink(Ink::Clash, format!(" {} ", say(language, joint))));
            pieces.extend(named(*at, false));
        }
        paper.line(2, 4, &pieces);
        let label = |idx: &nw_facts::ConclusionIdx| {
            report.guideline.vocabulary.conclusion(*idx).label.get(language).to_string()
        };
        let concerned: Vec<String> = clash.conclusions.iter().map(label).collect();
        paper.line(4, 4, &[ink(Ink::Faint, fill(language, Word::ClashConcerns, &[&concerned.join(", ")]))]);
    }
}
