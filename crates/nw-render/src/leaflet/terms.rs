//! The word list: which of its words a text uses, and where each is used first.

use std::collections::{BTreeSet, HashMap};

use nw_facts::Language;
use nw_guideline::{Layout, Leaflets};
use nw_leaflet::Span;

/// Stands behind a word that the word list explains, where it is first used.
pub(super) const MARK: &str = "°";

/// A form under which a word is found.
struct Form {
    text: String,
    /// `NET` is not `net`.
    exactly: bool,
    term: (usize, usize),
}

/// All words that the guideline explains, ready to be found in one language.
pub(super) struct Terms {
    /// By their first piece, in lower case; longer forms first.
    forms: HashMap<String, Vec<Form>>,
    /// Words that some text used: module and entry.
    pub used: BTreeSet<(usize, usize)>,
    marked: BTreeSet<(usize, usize)>,
}

/// The letters and digits that a text begins with, in lower case.
fn head(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// How many bytes of a text a form takes, when the text begins with it as a whole word.
fn begins(text: &str, form: &Form) -> Option<usize> {
    let mut chars = text.char_indices();
    for wanted in form.text.chars() {
        let (_, found) = chars.next()?;
        let same = found == wanted || !form.exactly && found.to_lowercase().eq(wanted.to_lowercase());
        if !same {
            return None;
        }
    }
    let end = chars.next().map_or(text.len(), |(at, _)| at);
    (!text[end..].starts_with(char::is_alphanumeric)).then_some(end)
}

impl Terms {
    /// The words of all word lists.
    pub fn new(leaflets: &Leaflets, language: Language) -> Terms {
        let mut forms: HashMap<String, Vec<Form>> = HashMap::new();
        for (m, module) in leaflets.modules.iter().enumerate().filter(|(_, m)| m.layout == Layout::Terms) {
            for (e, entry) in module.entries.iter().enumerate() {
                let written = if language == Language::En { &entry.forms.0 } else { &entry.forms.1 };
                // `lymph node (gland)`: what stands in brackets explains the word and is not it.
                let title = entry.title.get(language).split(" (").next().unwrap_or_default().to_string();
                for text in written.iter().chain([&title]).filter(|t| !head(t).is_empty()) {
                    let exactly = text.chars().skip(1).any(char::is_uppercase);
                    let list = forms.entry(head(text)).or_default();
                    list.push(Form { text: text.clone(), exactly, term: (m, e) });
                }
            }
        }
        forms.values_mut().for_each(|list| list.sort_by_key(|f| std::cmp::Reverse(f.text.len())));
        Terms { forms, used: BTreeSet::new(), marked: BTreeSet::new() }
    }

    /// Notes the words of a text; `each` gets the end of every word found, with whether it was marked before.
    fn scan(&mut self, text: &str, mut each: impl FnMut(usize, (usize, usize))) {
        let mut before = false;
        let mut skip = 0;
        for (at, letter) in text.char_indices() {
            let begins_here = letter.is_alphanumeric() && !before && at >= skip;
            before = letter.is_alphanumeric();
            if !begins_here {
                continue;
            }
            let Some(list) = self.forms.get(&head(&text[at..])) else { continue };
            if let Some((end, term)) =
                list.iter().find_map(|f| begins(&text[at..], f).map(|n| (at + n, f.term)))
            {
                self.used.insert(term);
                skip = end;
                each(end, term);
            }
        }
    }

    /// Notes the words of a heading.
    pub fn see(&mut self, text: &str) {
        self.scan(text, |_, _| {});
    }

    /// The spans with a mark behind each word at its first use.
    pub fn mark(&mut self, spans: Vec<Span>) -> Vec<Span> {
        let mut out = Vec::new();
        for span in spans {
            let (text, strong) = match span {
                Span::Plain(text) => (text, false),
                Span::Strong(text) => (text, true),
                other => {
                    out.push(other);
                    continue;
                }
            };
            let mut ends = Vec::new();
            let mut fresh = std::mem::take(&mut self.marked);
            self.scan(&text, |end, term| {
                if fresh.insert(term) {
                    ends.push(end);
                }
            });
            self.marked = fresh;
            let piece =
                |t: &str| if strong { Span::Strong(t.to_string()) } else { Span::Plain(t.to_string()) };
            let mut from = 0;
            for end in ends {
                out.push(piece(&text[from..end]));
                out.push(Span::Soft(MARK.to_string()));
                from = end;
            }
            if from < text.len() {
                out.push(piece(&text[from..]));
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(forms: &[&str]) -> Terms {
        let mut map: HashMap<String, Vec<Form>> = HashMap::new();
        for (at, text) in forms.iter().enumerate() {
            let exactly = text.chars().skip(1).any(char::is_uppercase);
            let form = Form { text: (*text).to_string(), exactly, term: (0, at) };
            map.entry(head(text)).or_default().push(form);
        }
        map.values_mut().for_each(|list| list.sort_by_key(|f| std::cmp::Reverse(f.text.len())));
        Terms { forms: map, used: BTreeSet::new(), marked: BTreeSet::new() }
    }

    fn shown(terms: &mut Terms, text: &str) -> String {
        let spans = terms.mark(vec![Span::Plain(text.to_string())]);
        let text = spans.iter().map(|s| match s {
            Span::Plain(t) | Span::Strong(t) | Span::Soft(t) | Span::Link(t, _) => t.as_str(),
        });
        text.collect()
    }

    #[test]
    fn a_word_is_marked_where_it_is_first_used() {
        let mut all = terms(&["NET", "lever", "uitzaaiingen", "uitzaaiing"]);
        assert_eq!(shown(&mut all, "Een NET. Het net. De NET."), "Een NET°. Het net. De NET.");
        assert_eq!(shown(&mut all, "Uitzaaiingen in de lever."), "Uitzaaiingen° in de lever°.");
        assert_eq!(
            shown(&mut all, "Leverwaarden; NET-arts; een uitzaaiing"),
            "Leverwaarden; NET-arts; een uitzaaiing°"
        );
    }

    #[test]
    fn the_longest_form_wins() {
        let mut all = terms(&["scan", "scan with sugar"]);
        assert_eq!(shown(&mut all, "A scan with sugar."), "A scan with sugar°.");
        assert_eq!(all.used, BTreeSet::from([(0, 1)]));
    }
}
