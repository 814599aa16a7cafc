//! A block of a text: what it says in both languages, with its conditions and the values of the patient.

use super::*;

/// The block, and with a word of its own the blocks, that say in short what a topic comes down to.
const SHORT: &str = "short";

impl Resolver<'_> {
    /// Whether a block says in short what its topic comes down to: then it is one paragraph, without a heading.
    fn is_short(&mut self, part: &RawPart, layout: Layout) -> bool {
        let name = &part.name;
        // A point bears the name of its value, whatever that is.
        if layout == Layout::Points || !(name.text == SHORT || name.text.starts_with("short-")) {
            return false;
        }
        let topics = matches!(layout, Layout::Text | Layout::List | Layout::Form);
        let one = matches!(part.pairs.as_slice(), [(RawShape::Paragraph(_), _)]) || part.torn;
        let heading = attribute(&part.attributes, "en").or(attribute(&part.attributes, "nl"));
        let fault = match (topics, heading) {
            (false, _) => Some((
                &name.place,
                said!(
                    "`{}` cannot stand in `layout: {}`",
                    "`{}` kan niet in `layout: {}` staan",
                    name.text,
                    layout.id()
                ),
            )),
            (true, Some(heading)) => Some((
                &heading.place,
                said!("`{}` has no heading of its own", "`{}` heeft geen eigen kop", name.text),
            )),
            (true, None) => (!one).then(|| {
                (
                    &name.place,
                    said!("`{}` is more than a paragraph", "`{}` is meer dan een alinea", name.text),
                )
            }),
        };
        if let Some((at, message)) = fault {
            let help = said!(
                "what is said in short is one paragraph of a topic, without a heading",
                "wat in het kort gezegd wordt, is één alinea van een onderwerp, zonder kop"
            );
            self.report(DiagnosticCode::BadLeaflet, at, message, help);
        }
        true
    }

    pub(super) fn text_block(
        &mut self,
        part: &RawPart,
        topic: &RawTopic,
        layout: Layout,
        conditions: &mut Vec<TextCondition>,
    ) -> TextBlock {
        let allowed = ["en", "nl", "when", "if", "if-nl", "rows", "source", "mark"];
        self.misplaced(&part.attributes, &allowed, &said!("a block", "een blok"));
        if let Some(mark) = attribute(&part.attributes, "mark") {
            // The block's own mark is for whoever confirms it; a wrong one is told all the same.
            self.text_mark(mark);
        }
        let own = if part.name.text.is_empty() { &topic.attributes } else { &part.attributes };
        let twin = |en: &str, nl: &str| {
            let get =
                |key: &str| attribute(&part.attributes, key).map(|v| v.text.clone()).unwrap_or_default();
            Text::new(get(en), get(nl))
        };
        let (title, spoken) = (twin("en", "nl"), twin("if", "if-nl"));
        let place = if part.name.text.is_empty() { &topic.name.place } else { &part.name.place };
        for (text, keys) in [
            (&title, said!("`en` and `nl`", "`en` en `nl`")),
            (&spoken, said!("`if` and `if-nl`", "`if` en `if-nl`")),
        ] {
            if text.en.is_empty() != text.nl.is_empty() {
                let message = said!("{keys} belong together and one of them is missing", "{keys} horen bij elkaar en een van beide ontbreekt"; keys);
                self.report(
                    DiagnosticCode::UntranslatedText,
                    place,
                    message,
                    said!("add the other one", "voeg de andere toe"),
                );
            }
        }
        if part.pairs.is_empty() && !part.torn {
            self.report(
                DiagnosticCode::TopicWithoutText,
                place,
                said!("the block `{}` has no text", "het blok `{}` heeft geen tekst", part.name.text),
                said!("write a text in both languages below it", "schrijf er een tekst in beide talen onder"),
            );
        }
        let when = attribute(&part.attributes, "when").and_then(|text| {
            let logic = self.logic_text(text)?;
            conditions.push(TextCondition { logic, node: FALSE, place: text.place.clone() });
            Some(conditions.len() - 1)
        });
        let short = self.is_short(part, layout);
        let conditional = attribute(&part.attributes, "when").is_some();
        // A document about nobody leaves out what is said in short, so nobody reads its condition.
        if conditional == spoken.is_empty() && !(conditional && short) {
            let (message, help) = if conditional {
                (
                    said!(
                        "the condition is not said in the reader's words",
                        "de voorwaarde staat er niet in woorden van de lezer"
                    ),
                    said!("add `if: …` and `if-nl: …`", "voeg `if: …` en `if-nl: …` toe"),
                )
            } else {
                (
                    said!("`if` is said and there is no condition", "`if` staat er en er is geen voorwaarde"),
                    said!("add `when: …`", "voeg `when: …` toe"),
                )
            };
            self.report(DiagnosticCode::BadLeaflet, place, message, help);
        }
        let empty_rows = attribute(own, "rows").map_or(0, |rows| match rows.text.parse::<usize>() {
            Ok(count) if (1..=60).contains(&count) && layout == Layout::Form => count,
            _ => {
                self.report(
                    DiagnosticCode::BadLeaflet,
                    &rows.place,
                    said!(
                        "`{}` is not a number of empty lines",
                        "`{}` is geen aantal lege regels",
                        rows.text
                    ),
                    said!(
                        "in `layout: form`, write a number from 1 to 60",
                        "schrijf, bij `layout: form`, een getal van 1 tot 60"
                    ),
                );
                0
            }
        });
        let mut names = Vec::new();
        let mut said = Vec::new();
        for (en, nl) in &part.pairs {
            if matches!(en, RawShape::Table(_)) && layout != Layout::Form {
                let help = said!(
                    "write a list, or `layout: form` in the front matter",
                    "schrijf een lijst, of `layout: form` in het voorwerk"
                );
                self.report(
                    DiagnosticCode::BadLeaflet,
                    &en.place(),
                    said!("a table stands in a running text", "er staat een tabel in een lopende tekst"),
                    help,
                );
            }
            let (nl_place, en_text, nl_text) = (nl.place(), self.shape(en), self.shape(nl));
            let (mut in_english, mut in_dutch) = (values_of(&en_text), values_of(&nl_text));
            in_english.sort();
            in_dutch.sort();
            if in_english != in_dutch {
                self.report(
                    DiagnosticCode::UnpairedText,
                    &nl_place,
                    said!(
                        "the two languages name different values of the patient",
                        "de twee talen noemen verschillende waarden van de patiënt"
                    ),
                    said!("put the same `{{…}}` into both", "zet dezelfde `{{…}}` in beide"),
                );
            }
            let (english, dutch) = (numbers(&en_text, Language::En), numbers(&nl_text, Language::Nl));
            if english != dutch {
                let list = |all: &[String]| {
                    if all.is_empty() {
                        said!("none", "geen")
                    } else {
                        Text::new(all.join(", "), all.join(", "))
                    }
                };
                let (dutch, english) = (list(&dutch), list(&english));
                self.report(
                    DiagnosticCode::UnequalNumbers,
                    &nl_place,
                    said!(
                        "the numbers are {dutch} in Dutch and {english} in English",
                        "de getallen zijn {dutch} in het Nederlands en {english} in het Engels";
                        dutch, english
                    ),
                    said!(
                        "say the same numbers in both languages, or the same words",
                        "noem in beide talen dezelfde getallen, of dezelfde woorden"
                    ),
                );
            }
            names.extend(in_english);
            said.push(Said { en: en_text, nl: nl_text });
        }
        names.sort();
        names.dedup();
        let id = part.name.text.clone();
        TextBlock { id, title, short, when, spoken, empty_rows, said, names, place: place.clone() }
    }

    fn shape(&mut self, raw: &RawShape) -> Shape {
        let mut lines = |lines: &[Spanned]| lines.iter().map(|l| self.sentence(l)).collect::<Vec<Sentence>>();
        match raw {
            RawShape::Paragraph(all) => Shape::Paragraph(lines(all)),
            RawShape::Points(all) => Shape::Points(all.iter().map(|p| lines(p)).collect()),
            RawShape::Table(all) => Shape::Table(all.iter().map(|r| lines(r)).collect()),
        }
    }

    /// A line to its pieces: plain, strong, and the values of the patient.
    fn sentence(&mut self, line: &Spanned) -> Sentence {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut rest = line.text.as_str();
        let mut strong = false;
        let plain = |text: &str, strong: bool, pieces: &mut Vec<Piece>| {
            if !text.is_empty() {
                let text = text.to_string();
                pieces.push(if strong { Piece::Strong(text) } else { Piece::Plain(text) });
            }
        };
        while let Some(at) = rest.find(['*', '{', '`', '[']) {
            let from = line.text.len() - rest.len() + at;
            if rest[at..].starts_with("**") {
                plain(&rest[..at], strong, &mut pieces);
                strong = !strong;
                rest = &rest[at + 2..];
            } else if let Some(inner) = rest[at..].strip_prefix('{')
                && let Some(end) = inner.find('}')
            {
                plain(&rest[..at], strong, &mut pieces);
                let name = line.part(from + 1..from + 1 + end);
                if let Some(subject) = self.subject(&name) {
                    pieces.push(Piece::Value(subject));
                }
                rest = &inner[end + 1..];
            } else {
                let mark = &rest[at..at + 1];
                self.report(
                    DiagnosticCode::BadLeaflet,
                    &line.place_of(from, 1),
                    said!("`{mark}` is no part of running text", "`{mark}` hoort niet in lopende tekst"),
                    said!("a text has plain words, `**strong**` words and `{{id}}` values, and nothing else", "een tekst heeft gewone woorden, `**vette**` woorden en waarden `{{id}}`, en niets anders"),
                );
                plain(&rest[..at], strong, &mut pieces);
                rest = &rest[at + 1..];
            }
        }
        plain(rest, strong, &mut pieces);
        if strong {
            self.report(
                DiagnosticCode::BadLeaflet,
                &line.place,
                said!("a strong word has no end", "een vet woord heeft geen einde"),
                said!("close it with `**` on the same line", "sluit het met `**` op dezelfde regel"),
            );
        }
        Sentence { pieces, place: line.place.clone() }
    }
}

fn values_of(shape: &Shape) -> Vec<Subject> {
    let pieces = shape.sentences().into_iter().flat_map(|s| &s.pieces);
    pieces
        .filter_map(|p| match p {
            Piece::Value(subject) => Some(*subject),
            _ => None,
        })
        .collect()
}

/// The numbers of a text as written in digits, without the marks between thousands, in rising order.
fn numbers(shape: &Shape, language: Language) -> Vec<String> {
    let (comma, thousands) = if language == Language::Nl { (',', '.') } else { ('.', ',') };
    let mut all = Vec::new();
    for sentence in shape.sentences() {
        for piece in &sentence.pieces {
            let (Piece::Plain(text) | Piece::Strong(text)) = piece else { continue };
            let chars: Vec<char> = text.chars().collect();
            let mut at = 0;
            while at < chars.len() {
                if !chars[at].is_ascii_digit() {
                    at += 1;
                    continue;
                }
                let mut number = String::new();
                let digits = |from: usize| chars[from..].iter().take_while(|c| c.is_ascii_digit()).count();
                loop {
                    let count = digits(at);
                    number.extend(&chars[at..at + count]);
                    at += count;
                    let Some(mark) = chars.get(at) else { break };
                    let after = digits(at + 1);
                    if *mark == thousands && after == 3 && !number.contains('.') {
                        at += 1;
                    } else if *mark == comma && after > 0 && !number.contains('.') {
                        number.push('.');
                        at += 1;
                    } else {
                        break;
                    }
                }
                all.push(number);
            }
        }
    }
    all.sort();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, language: Language) -> Vec<String> {
        let piece = Piece::Plain(text.to_string());
        numbers(&Shape::Paragraph(vec![Sentence { pieces: vec![piece], place: Place::default() }]), language)
    }

    #[test]
    fn numbers_are_read_as_each_language_writes_them() {
        assert_eq!(found("1,200 patients and 2.5 mg", Language::En), ["1200", "2.5"]);
        assert_eq!(found("1.200 patiënten en 2,5 mg", Language::Nl), ["1200", "2.5"]);
        assert_eq!(found("at 9:30, in 24 hours", Language::En), found("om 9.30, in 24 uur", Language::Nl));
        assert_eq!(found("5-HIAA and Ki-67", Language::En), ["5", "67"]);
        assert_eq!(found("no number.", Language::En), Vec::<String>::new());
    }
}
