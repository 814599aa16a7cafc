//! One case on one page, for those who sit at the table.

use nw_facts::{Date, Language};
use nw_leaflet::{Block, Span};

use super::words::{Word, day, say};
use super::{named, standing, strong};
use crate::reading::capital;
use crate::view::{Answer, HEADLINE, View};

/// A fact as the page shows it.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// Its name.
    pub label: String,
    /// Its value in words.
    pub value: String,
    /// The day on which it was true.
    pub day: Option<Date>,
}

/// What one page tells of a case.
#[derive(Clone, Debug)]
pub struct Summary<'a> {
    /// Name, number, age: whatever tells who it is.
    pub who: String,
    /// What is asked of the meeting.
    pub question: String,
    /// The day of the assessment.
    pub as_of: Date,
    /// Where the tumour began, in words.
    pub site: Option<String>,
    /// What the guideline says.
    pub view: &'a View,
    /// What is recorded, the latest of each fact.
    pub facts: Vec<Recorded>,
}

/// How much of each part fits; every step says less, down to what no page is too small for.
const ROOMS: [Room; 7] = [
    Room { facts: 24, missing: 8, options: 24, notes: 6, due: 6 },
    Room { facts: 18, missing: 6, options: 18, notes: 5, due: 5 },
    Room { facts: 14, missing: 5, options: 14, notes: 4, due: 4 },
    Room { facts: 10, missing: 5, options: 10, notes: 3, due: 3 },
    Room { facts: 8, missing: 4, options: 8, notes: 2, due: 2 },
    Room { facts: 4, missing: 3, options: 6, notes: 1, due: 1 },
    Room { facts: 0, missing: 2, options: 4, notes: 0, due: 0 },
];

#[derive(Clone, Copy)]
struct Room {
    facts: usize,
    missing: usize,
    options: usize,
    notes: usize,
    due: usize,
}

/// The name of the page and its blocks: as much as `fits`, which is asked again with less until it does.
pub fn summary(
    summary: &Summary<'_>,
    language: Language,
    mut fits: impl FnMut(&[Block]) -> bool,
) -> (&'static str, Vec<Block>) {
    let title = say(language, Word::SummaryTitle);
    let mut made = Vec::new();
    for room in ROOMS {
        made = Writer { summary, language, room }.blocks();
        if fits(&made) {
            break;
        }
    }
    (title, made)
}

struct Writer<'a> {
    summary: &'a Summary<'a>,
    language: Language,
    room: Room,
}

impl Writer<'_> {
    fn t(&self, word: Word) -> &'static str {
        say(self.language, word)
    }

    /// How many were left out, when some were.
    fn more(&self, all: usize, shown: usize) -> Option<String> {
        (all > shown).then(|| self.t(Word::AndMore).replace("{0}", &(all - shown).to_string()))
    }

    fn blocks(&self) -> Vec<Block> {
        let summary = self.summary;
        let mut blocks = vec![
            Block::heading(1, self.t(Word::SummaryTitle)),
            Block::Lines {
                lines: vec![
                    vec![strong(summary.who.clone())],
                    vec![Span::Soft(format!("{} {}", self.t(Word::AsOf), day(self.language, summary.as_of)))],
                ],
            },
        ];
        let tumour = summary.view.tumour(summary.site.as_deref(), self.language);
        if !tumour.is_empty() {
            blocks.push(Block::Aside { spans: named(self.t(Word::Tumour), tumour) });
        }
        if !summary.question.is_empty() {
            blocks.push(Block::Text { spans: named(self.t(Word::Question), summary.question.as_str()) });
        }
        for (facts, broken) in &summary.view.contradictions {
            let text = if broken.is_empty() {
                facts.join(", ")
            } else {
                format!("{} – {broken}", facts.join(", "))
            };
            blocks.push(Block::Aside { spans: named(self.t(Word::Contradictions), text) });
        }
        self.conclusions(&mut blocks);
        self.missing(&mut blocks);
        self.options(&mut blocks);
        self.facts(&mut blocks);
        self.due(&mut blocks);
        self.notes(&mut blocks);
        blocks
    }

    fn conclusions(&self, blocks: &mut Vec<Block>) {
        let answers = HEADLINE.iter().filter_map(|id| self.summary.view.answer(id));
        let rows: Vec<Vec<String>> = answers
            .filter(|a| a.status != "not-applicable")
            .map(|a| vec![capital(&a.label), self.answer(a)])
            .collect();
        if rows.is_empty() {
            return;
        }
        blocks.push(Block::heading(2, self.t(Word::Conclusions)));
        let head = [Word::Conclusion, Word::Answer].map(|w| self.t(w).to_string());
        blocks.push(Block::Table { widths: vec![2, 5], head: head.to_vec(), rows });
    }

    fn answer(&self, answer: &Answer) -> String {
        let exact = match answer.status {
            "conflict" => self.t(Word::Conflict).to_string(),
            "undetermined" if answer.maybe.is_empty() => {
                format!("{} {}", self.t(Word::OneOf), answer.short())
            }
            _ => answer.line(),
        };
        match &answer.convention {
            Some((said, _)) if answer.open() && !said.is_empty() => {
                format!("{exact}; {} {said}", self.t(Word::ByConvention))
            }
            _ => exact,
        }
    }

    fn missing(&self, blocks: &mut Vec<Block>) {
        blocks.push(Block::heading(2, self.t(Word::Missing)));
        let all: Vec<_> = self.summary.view.missing().collect();
        if all.is_empty() {
            blocks.push(Block::text(self.t(Word::NothingMissing)));
            return;
        }
        let mut items: Vec<Vec<Span>> = all
            .iter()
            .take(self.room.missing)
            .map(|ask| vec![ask.question.as_str().into(), Span::Soft(format!(" ({})", ask.holder))])
            .collect();
        items.extend(self.more(all.len(), items.len()).map(|text| vec![Span::Soft(text)]));
        blocks.push(Block::List { items });
    }

    fn options(&self, blocks: &mut Vec<Block>) {
        let view = self.summary.view;
        let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
        for answer in view.options() {
            let Some((said, _)) = standing(answer, self.language) else { continue };
            match groups.iter_mut().find(|(word, _)| *word == said) {
                Some((_, names)) => names.push(&answer.label),
                None => groups.push((said, vec![&answer.label])),
            }
        }
        blocks.push(Block::heading(2, super::say(self.language, Word::Listed)));
        let all: usize = groups.iter().map(|(_, names)| names.len()).sum();
        let open = view.options().filter(|a| a.open() && standing(a, self.language).is_none()).count();
        if all == 0 {
            blocks.push(Block::text(self.t(Word::NoOptions)));
        }
        let mut left = self.room.options;
        let mut items = Vec::new();
        for (said, names) in &groups {
            let shown: Vec<&str> = names.iter().take(left).copied().collect();
            left -= shown.len();
            if !shown.is_empty() {
                items.push(named(&capital(said), shown.join("; ")));
            }
        }
        items.extend(self.more(all, self.room.options).map(|text| vec![Span::Soft(text)]));
        if open > 0 {
            items.push(vec![Span::Soft(format!("{}: {open}", self.t(Word::OptionsOpen)))]);
        }
        if !items.is_empty() {
            blocks.push(Block::List { items });
        }
        if all > 0 {
            blocks.push(Block::Text { spans: vec![Span::Soft(self.t(Word::Unranked).to_string())] });
        }
    }

    fn facts(&self, blocks: &mut Vec<Block>) {
        let all = &self.summary.facts;
        if all.is_empty() || self.room.facts == 0 {
            return;
        }
        blocks.push(Block::heading(2, self.t(Word::Facts)));
        let one = |f: &Recorded| {
            let on = f.day.map_or_else(String::new, |on| format!(" ({})", day(self.language, on)));
            format!("{}: {}{on}", f.label, f.value)
        };
        let mut shown: Vec<String> = all.iter().take(self.room.facts).map(one).collect();
        shown.extend(self.more(all.len(), self.room.facts));
        blocks.push(Block::text(shown.join("; ")));
    }

    fn due(&self, blocks: &mut Vec<Block>) {
        let now: Vec<_> = self.summary.view.due.iter().filter(|d| d.now).collect();
        if now.is_empty() || self.room.due == 0 {
            return;
        }
        blocks.push(Block::heading(2, self.t(Word::Due)));
        let items = now.iter().take(self.room.due).map(|d| {
            let on = crate::reading::day(&d.day, self.language);
            let late = if d.overdue { format!("{} ", self.t(Word::Overdue)) } else { String::new() };
            vec![d.title.as_str().into(), Span::Soft(format!(" ({late}{on})"))]
        });
        blocks.push(Block::List { items: items.collect() });
    }

    fn notes(&self, blocks: &mut Vec<Block>) {
        let notes = &self.summary.view.notes;
        if notes.is_empty() || self.room.notes == 0 {
            return;
        }
        blocks.push(Block::heading(2, self.t(Word::Notes)));
        let items = notes.iter().take(self.room.notes).map(|n| vec![n.as_str().into()]);
        blocks.push(Block::List { items: items.collect() });
    }
}
