//! What no text may break. Each target takes any bytes and panics only where we erred.
//!
//! The same functions run under libFuzzer (`fuzz_targets/`), under the stable driver (`cargo xtask fuzz`), and over
//! everything that ever failed (`failures/`, replayed by the ordinary tests).

use std::sync::OnceLock;

use netwijzer::casefile::{Documents, Hint, Trouble, read_document};
use nw_engine::{Engine, Options};
use nw_extract::{Grammar, Report};
use nw_facts::{Evidence, FactIdx, Language, Vocabulary, read};
use nw_fhir::{Mapping, SHIPPED, import, import_resources};
use nw_guideline::{CompiledGuideline, SourceSet, compile};
use nw_hooks::{Asked, Card, Frame, Hooks, Request};

/// All targets by name.
pub const TARGETS: &[(&str, fn(&[u8]))] = &[
    ("chapter_text", chapter_text),
    ("case_value", case_value),
    ("case_file", case_file),
    ("fhir_bundle", fhir_bundle),
    ("hooks_call", hooks_call),
    ("report_text", report_text),
];

/// The files of the small guideline around the text, and the letter by which an input replaces one of them.
const PRELUDE: &[(char, &str, &str)] = &[
    ('v', "vocabulary/10-mini.toml", include_str!("../prelude/vocabulary.toml")),
    ('s', "sources.toml", include_str!("../prelude/sources.toml")),
    ('m', "guidelines/mini/guideline.toml", include_str!("../prelude/guideline.toml")),
    ('p', "guidelines/mini/parameters.toml", include_str!("../prelude/parameters.toml")),
];

/// The place of the chapter in that guideline.
const CHAPTER: &str = "guidelines/mini/10-mini.md";
/// The chapter itself, with every construct of the language.
const WHOLE: &str = include_str!("../seeds/chapter_text/whole.md");

/// Any text compiles to a draft, and every finding points into a file that exists at a place that can be cut out.
///
/// A first line `!v`, `!s`, `!m` or `!p` replaces the vocabulary, the sources, the manifest or the parameters instead
/// of the chapter.
pub fn chapter_text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (letter, text) = match text.strip_prefix('!').and_then(|t| t.split_once('\n')) {
        Some((mark, rest)) => (mark.trim().chars().next().unwrap_or('c'), rest.to_string()),
        None => ('c', text.to_string()),
    };
    let mut files: Vec<(String, String)> = PRELUDE
        .iter()
        .map(|(own, path, usual)| {
            (path.to_string(), if *own == letter { text.clone() } else { usual.to_string() })
        })
        .collect();
    let replaced = PRELUDE.iter().any(|(own, _, _)| *own == letter);
    files.push((CHAPTER.to_string(), if replaced { WHOLE.to_string() } else { text }));
    let sources = SourceSet::new(files);
    let draft = compile(&sources, "", "");
    let mut findings = draft.diagnostics().to_vec();
    // Cases are judged on any draft that compiled far enough: authors see both kinds of findings at once.
    findings.extend(nw_engine::check_cases(draft.guideline()));
    for finding in &findings {
        if let Some(text) = sources.get(&finding.file) {
            assert!(
                text.get(finding.span.clone()).is_some(),
                "the finding `{}` points at {:?} of `{}`, which cannot be cut out: {}",
                finding.code.name(),
                finding.span,
                finding.file,
                finding.message.en
            );
        }
        let said = [&finding.message, &finding.help];
        assert!(
            said.iter().all(|t| !t.en.is_empty() && !t.nl.is_empty()),
            "`{}` says nothing",
            finding.code.name()
        );
    }
    let again = compile(&sources, "", "");
    assert!(again.diagnostics() == draft.diagnostics(), "the same text gave other findings the second time");
}

fn guideline() -> &'static CompiledGuideline {
    static GUIDELINE: OnceLock<CompiledGuideline> = OnceLock::new();
    GUIDELINE.get_or_init(|| {
        let mut files: Vec<_> =
            PRELUDE.iter().map(|(_, path, text)| (path.to_string(), text.to_string())).collect();
        files.push((CHAPTER.to_string(), WHOLE.to_string()));
        compile(&SourceSet::new(files), "", "").guideline().clone()
    })
}

/// Any text is read as some fact's value, or refused with words; what is read can exist.
///
/// The first line names the fact by its position; without such a line every fact reads the text.
pub fn case_value(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let vocabulary = &guideline().vocabulary;
    let named =
        text.split_once('\n').and_then(|(first, rest)| Some((vocabulary.find_fact(first.trim())?, rest)));
    match named {
        Some((fact, rest)) => read_one(vocabulary, fact, rest),
        None => (0..vocabulary.facts().len() as u16).for_each(|i| read_one(vocabulary, FactIdx(i), &text)),
    }
}

fn mapping() -> &'static Mapping {
    static MAPPING: OnceLock<Mapping> = OnceLock::new();
    MAPPING.get_or_init(|| {
        let ground = |name: &str| SHIPPED.iter().copied().find(|(n, _)| n.ends_with(name));
        let files: Vec<(&str, &str)> = [ground("05-elements.toml"), ground("10-base.toml")]
            .into_iter()
            .flatten()
            .chain([("fhir.toml", include_str!("../prelude/fhir.toml"))])
            .collect();
        let read = Mapping::read(&files, &guideline().vocabulary);
        read.unwrap_or_else(|faults| panic!("the mapping: {faults:?}"))
    })
}

/// Any bytes import to facts of the vocabulary, notes and issues, whatever they are; the same bytes give the same again.
pub fn fhir_bundle(data: &[u8]) {
    let (vocabulary, mapping) = (&guideline().vocabulary, mapping());
    let found = import(data, mapping, vocabulary);
    assert!(!found.refused() || found.facts.observations().is_empty(), "facts of an input that was refused");
    assert!(
        found.resources == 0
            || !found.facts.observations().is_empty()
            || found.research.is_some()
            || !found.notes.is_empty()
            || !found.issues.is_empty()
            || data.len() < 200,
        "{} resources were dropped without a word",
        found.resources
    );
    for note in &found.notes {
        assert!(note.count > 0 && !note.element.is_empty(), "a note about nothing");
    }
    let again = import(data, mapping, vocabulary);
    assert!(again.facts == found.facts && again.notes == found.notes, "the same bytes gave something else");
}

/// What no card may hold: the seeds have it in every text of a client; it is neither a code nor an id.
const WORDS_OF_A_CLIENT: &str = "<K4N";

/// Any bytes are a call that is answered with cards, or refused with words; what a client says is never repeated.
///
/// The road is that of the service without the network around it: bytes → request → facts and draft orders → engine →
/// cards. The same bytes are read as feedback, too.
pub fn hooks_call(data: &[u8]) {
    let plain = |text: &str| !text.is_empty() && !text.contains(WORDS_OF_A_CLIENT);
    match nw_hooks::feedback(data) {
        Err(refusal) => assert!(plain(&refusal.field) && plain(&refusal.help), "a refusal without words"),
        Ok(all) => assert!(all.iter().all(|f| !f.card.is_empty()), "feedback on nothing"),
    }
    let first = called(data);
    assert!(first == called(data), "the same bytes gave other cards the second time");
    for card in first.into_iter().flatten() {
        let length = card.summary.chars().count();
        assert!((1..nw_hooks::SUMMARY).contains(&length), "a summary of {length} characters");
        assert!(
            !card.source.label.is_empty() && card.detail.contains("not a device"),
            "a card without its source"
        );
        assert!(card.uuid.len() == 36, "a card without an id");
        let sent = serde_json::to_string(&card).unwrap_or_default();
        assert!(plain(&sent), "the words of a client stand in a card");
    }
}

/// The cards of a call, the way the service makes them; nothing for what is no call.
pub fn called(data: &[u8]) -> Option<Vec<Card>> {
    static HOOKS: OnceLock<Hooks> = OnceLock::new();
    let (guideline, mapping) = (guideline(), mapping());
    let hooks = HOOKS.get_or_init(|| {
        let read = Hooks::read(&[("hooks.toml", include_str!("../prelude/hooks.toml"))], guideline);
        read.unwrap_or_else(|faults| panic!("the hooks: {faults:?}"))
    });
    let mut request = match Request::read(data) {
        Ok(request) => request,
        Err(refusal) => {
            assert!(!refusal.field.is_empty() && !refusal.help.is_empty(), "a refusal without words");
            let said = format!("{}{}", refusal.field, refusal.help);
            assert!(!said.contains(WORDS_OF_A_CLIENT), "a refusal repeats the words of a client");
            return None;
        }
    };
    let sent = std::mem::take(&mut request.prefetch).into_iter().map(|(_, value)| value);
    let sent = sent.filter(|v| v.get("resourceType").is_some_and(|t| t != "OperationOutcome"));
    let import = import_resources(sent, mapping, &guideline.vocabulary);
    if import.refused() {
        assert!(import.facts.observations().is_empty(), "facts of a record that was refused");
        return None;
    }
    let orders = hooks.orders(&request.context);
    let unread: Vec<String> = import.issues.iter().map(|i| i.text.en.clone()).collect();
    let facts = hooks.facts(guideline, &import.facts, &orders).on("2026-03-10".parse().ok());
    let asked = Asked {
        hook: request.hook,
        orders: &orders,
        patient: &request.context.patient,
        facts: &facts,
        unread: &unread,
    };
    let Some(options) = hooks.options(guideline, &asked) else { return Some(Vec::new()) };
    let drawn = Engine::new(guideline).conclude(&facts, &options);
    let mut cards = Vec::new();
    for language in [Language::Nl, Language::En] {
        let public = Some("https://net.example");
        let frame = Frame { guideline, language, public, disclaimer: "not a device" };
        let mut count = 0;
        let mut fresh = || {
            count += 1;
            format!("00000000-0000-4000-8000-{count:012}")
        };
        cards.extend(hooks.cards(&frame, &asked, &drawn, &mut fresh).into_iter().map(|(_, card)| card));
    }
    Some(cards)
}

fn read_one(vocabulary: &Vocabulary, fact: FactIdx, text: &str) {
    match read(vocabulary, fact, text) {
        Err(fault) => assert!(!fault.message.is_empty() && !fault.code.is_empty(), "a refusal without words"),
        Ok(found) => {
            assert!(!found.is_empty(), "`{text}` was read into nothing");
            for (target, evidence) in found {
                let def = vocabulary.fact(target);
                match evidence {
                    Evidence::Numbers(ranges) => {
                        assert!(!ranges.is_empty(), "`{text}` was read into no range of `{}`", def.id);
                        for range in ranges {
                            assert!(
                                !range.is_empty(),
                                "`{text}` was read into an empty range of `{}`",
                                def.id
                            );
                            let low = range.low.map_or(def.min, |b| b.at);
                            let high = range.high.map_or(def.max, |b| b.at);
                            assert!(
                                def.min <= low && high <= def.max,
                                "`{text}` was read into {low}..{high}, beyond `{}`",
                                def.id
                            );
                        }
                    }
                    Evidence::Choices(choices) => {
                        assert!(!choices.is_empty(), "`{text}` was read into no value of `{}`", def.id);
                        assert!(
                            choices.iter().all(|c| *c < def.choices.len()),
                            "a value of `{}` that is not there",
                            def.id
                        );
                    }
                    Evidence::NotDone | Evidence::Unknown | Evidence::NotApplicable => {}
                }
            }
        }
    }
    let padded = read(vocabulary, fact, &format!("  {text} "));
    assert!(
        padded.is_ok() == read(vocabulary, fact, text).is_ok(),
        "white space around `{text}` changes whether it is read"
    );
}

/// Any bytes are a run of cases and faults; a fault has a line and words, and a case that was read can be assessed.
///
/// A first line `!yaml` or `!jsonl` gives the file that ending; otherwise the first character decides, as on standard
/// input.
pub fn case_file(data: &[u8]) {
    let (hint, data) = match (data.strip_prefix(b"!yaml\n"), data.strip_prefix(b"!jsonl\n")) {
        (Some(rest), _) => (Hint::Yaml, rest),
        (_, Some(rest)) => (Hint::JsonLines, rest),
        _ => (Hint::Any, data),
    };
    let guideline = guideline();
    let mut engine = Engine::new(guideline);
    let most = data.len() + 2;
    for (count, document) in Documents::new(data, "case.yaml", hint).enumerate() {
        assert!(count < most, "more documents than bytes: the reader does not move on");
        let faults = match document {
            Err(Trouble::Fault(fault)) => vec![*fault],
            // Bytes in memory can always be read, so this is text that cannot be decoded at best.
            Err(Trouble::World(_)) => return,
            Ok(document) => match read_document(&guideline.vocabulary, &document) {
                Err(faults) => {
                    assert!(!faults.is_empty(), "a case is refused without a fault");
                    faults
                }
                Ok(case) => {
                    let conclusions = engine.conclude(&case.facts, &Options::default());
                    assert!(
                        conclusions.drawn.len() == guideline.conclusions.len(),
                        "a conclusion is missing"
                    );
                    continue;
                }
            },
        };
        for fault in faults {
            assert!(fault.line >= 1, "a fault without a line");
            assert!(
                !fault.message.en.is_empty() && !fault.message.nl.is_empty(),
                "`{}` says nothing",
                fault.code
            );
        }
    }
}

/// The shipped patterns with the vocabulary that they speak of: what a pattern may not do is a matter of the patterns, too.
fn patterns() -> &'static (Vocabulary, Grammar) {
    static PATTERNS: OnceLock<(Vocabulary, Grammar)> = OnceLock::new();
    fn files(part: &str) -> Vec<(String, String)> {
        let folder = format!("{}/../knowledge/{part}", env!("CARGO_MANIFEST_DIR"));
        let entries = std::fs::read_dir(&folder).unwrap_or_else(|e| panic!("`{folder}`: {e}"));
        let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
        paths.retain(|path| path.extension().is_some_and(|e| e == "toml"));
        paths.sort();
        let read = |path: std::path::PathBuf| {
            let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("`{}`: {e}", path.display()));
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            (format!("{part}/{name}"), text)
        };
        paths.into_iter().map(read).collect()
    }
    PATTERNS.get_or_init(|| {
        let draft = compile(&SourceSet::new(files("vocabulary")), "", "");
        let vocabulary = draft.guideline().vocabulary.clone();
        let own = files("reports");
        let given: Vec<(&str, &str)> = own.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
        let grammar = Grammar::read(&given, &vocabulary);
        let grammar = grammar.unwrap_or_else(|faults| panic!("the patterns have {} faults", faults.len()));
        (vocabulary, grammar)
    })
}

/// Any text is a report: what is found stands in it, can be read, is found again, and is the same beside another report.
pub fn report_text(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (vocabulary, grammar) = patterns();
    let report = grammar.extract(vocabulary, &text);
    for finding in &report.findings {
        let said = text.get(finding.span.clone());
        assert!(said.is_some_and(|said| !said.is_empty()), "words at {:?} that are none", finding.span);
        assert!(text.get(finding.sentence.clone()).is_some(), "a sentence that cannot be cut out");
        assert!(finding.tumour > 0 && !finding.pattern.is_empty(), "a finding of nothing");
        let def = vocabulary.fact(finding.fact);
        assert!(
            !finding.proposed() || read(vocabulary, finding.fact, &finding.value).is_ok(),
            "`{}` is proposed for `{}` and cannot be read",
            finding.value,
            def.id
        );
    }
    for conflict in &report.conflicts {
        assert!(conflict.findings.len() > 1, "a conflict of one");
        assert!(conflict.findings.iter().all(|at| *at < report.findings.len()), "a conflict of nothing");
    }
    let told = |report: &Report| -> Vec<_> {
        let one = |f: &nw_extract::Finding| (f.fact, f.value.clone(), f.span.clone(), f.held.clone());
        report.findings.iter().map(one).collect()
    };
    // A report is read by itself, whatever is read beside it.
    const OTHER: &str = "Pathologie 12-03-2025. Goed gedifferentieerde NET van het ileum, Ki-67 4 %.";
    let together = grammar.extract_all(vocabulary, &[OTHER, &text, OTHER]);
    assert!(together.len() == 3, "a report was lost");
    assert!(told(&together[1]) == told(&report), "the report says something else beside another one");
    assert!(told(&together[0]) == told(&together[2]), "the same report says something else behind this one");
}
