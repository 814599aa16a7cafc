//! The patterns of reports as they stand in the knowledge, read, checked and compiled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use nw_facts::{FactIdx, Text, Vocabulary, nearest, said};
use serde::Deserialize;

use crate::context::{Cue, Cues, Light};
use crate::layout::{Heading, Layout};
use crate::owner::Owner;
use crate::required::{Finder, Part, Present, Sets, Words, stand_in};
use crate::search::{Folded, Search, folded_pattern};
use crate::values::Rewrites;
use crate::written::{AgainstFile, File, LexiconFile, OwnerFile, PatternFile};

/// What is wrong with the patterns; the text names file, pattern and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrammarFault {
    /// The file it stands in.
    pub file: String,
    /// What, where, the offending text, and what to do next.
    pub text: Text,
}

/// A sentence that a pattern stands for, with what must be found in it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The sentence.
    pub text: String,
    /// The value of the pattern's fact, as it would be typed; nothing when nothing may be proposed.
    #[serde(default)]
    pub gives: Option<String>,
}

/// An example with the pattern it belongs to.
#[derive(Clone, Debug)]
pub struct PatternCase<'g> {
    /// The pattern.
    pub pattern: &'g str,
    /// The file it stands in.
    pub file: &'g str,
    /// Its fact.
    pub fact: FactIdx,
    /// The sentence and what is expected of it.
    pub example: &'g Example,
}

/// A pattern that is compiled when a report first needs it: most reports need few of them.
pub(crate) struct Lazy {
    file: String,
    text: String,
    /// The sets of words that a text needs for it to be there.
    pub sets: Vec<usize>,
    compiled: OnceLock<Option<Search>>,
}

impl Lazy {
    fn new(file: &str, text: String, sets: Vec<usize>) -> Lazy {
        Lazy { file: file.to_string(), text, sets, compiled: OnceLock::new() }
    }

    /// Nothing when it is no pattern, which [`Grammar::faults`] tells.
    pub(crate) fn get(&self) -> Option<&Search> {
        self.compiled.get_or_init(|| Search::new(&self.text).ok()).as_ref()
    }

    /// The search, where a text that holds this may have it.
    pub(crate) fn among(&self, present: &Present) -> Option<&Search> {
        if present.all(&self.sets) { self.get() } else { None }
    }

    /// Whether it is in words of a text that holds this.
    pub(crate) fn stands(&self, present: &Present, words: &str) -> bool {
        self.among(present).is_some_and(|search| search.is_match(words))
    }
}

/// The rank of a weaker pattern than a weak one.
pub(crate) const WEAKER: u8 = 2;
/// The rank of a pattern that is tried when no other finds anything.
pub(crate) const LAST: u8 = 3;

/// One way in which reports say one fact.
pub(crate) struct Pattern {
    file: String,
    pub id: String,
    pub fact: FactIdx,
    pub find: Lazy,
    pub lexicon: Option<usize>,
    pub value: String,
    pub denied: Option<String>,
    pub firm: bool,
    pub stated: bool,
    pub anywhere: bool,
    pub unless: Option<Lazy>,
    pub within: Option<Lazy>,
    pub unless_sentence: Option<Lazy>,
    /// What the sentence must hold for the pattern to have a value, as indices of the grammar's conditions.
    pub holds: Vec<usize>,
    /// What the report must hold and what it may not hold, as indices of the grammar's conditions.
    pub needs: Option<usize>,
    pub unless_report: Option<usize>,
    /// 0 for a pattern that stands on its own, 1 for a weak one, [`WEAKER`], [`LAST`] for one that is tried last.
    pub rank: u8,
    /// The owners of which one must be the nearest to the value, as indices of the grammar's; none asks for none.
    pub owners: Vec<usize>,
    /// The owners of which none may be the nearest to it.
    pub not_of: Vec<usize>,
    /// The lights that do not hold it back.
    pub despite: Vec<Light>,
    pub outside: Vec<usize>,
    /// The sections in one of which it must stand; none asks for none.
    pub under: Vec<usize>,
    pub largest: bool,
    pub most: bool,
    pub deepest: bool,
    pub examples: Vec<Example>,
}

impl Pattern {
    /// Whether it may stand in a section of a report, or outside of all.
    pub(crate) fn stands_in(&self, section: Option<usize>) -> bool {
        match section {
            Some(section) => {
                !self.outside.contains(&section) && (self.under.is_empty() || self.under.contains(&section))
            }
            None => self.under.is_empty(),
        }
    }
}

/// Words with the values of a fact that they stand for, the longest words first.
pub(crate) struct Lexicon {
    id: String,
    /// The value of each word, in the order of the groups of `words`.
    values: Vec<String>,
    words: Lazy,
    alternatives: String,
}

impl Lexicon {
    /// The value that the words stand for.
    pub(crate) fn value(&self, said: &str) -> Option<&str> {
        let found = self.words.get()?.captures(said)?;
        let at = (1..found.len()).find(|at| found.get(*at).is_some())?;
        self.values.get(at - 1).map(String::as_str)
    }
}

/// A section of a report.
pub(crate) struct Section {
    pub id: Option<String>,
    pub light: Option<Light>,
    /// Whether numbers and codes stand in it whatever its light.
    pub numbers: bool,
}

/// A value that is not proposed beside any of the others.
pub(crate) struct Against {
    pub fact: FactIdx,
    pub value: String,
    pub when: Vec<(FactIdx, String)>,
}

/// How reports say facts.
pub struct Grammar {
    pub(crate) patterns: Vec<Pattern>,
    pub(crate) lexicons: Vec<Lexicon>,
    /// For each fact the values that say less than another, with that other.
    pub(crate) covers: Vec<(FactIdx, String, String)>,
    pub(crate) against: Vec<Against>,
    pub(crate) owners: Vec<Owner>,
    /// What patterns ask of a whole report or sentence; many ask the same.
    pub(crate) conditions: Vec<Lazy>,
    pub(crate) rewrites: Rewrites,
    pub(crate) cues: Cues,
    pub(crate) layout: Layout,
    pub(crate) sections: Vec<Section>,
    pub(crate) dates: Vec<Search>,
    pub(crate) months: BTreeMap<String, i8>,
    /// Finds the words without which a pattern cannot be there.
    pub(crate) words: Finder,
    /// For each set of words that are cues of patterns, those patterns.
    pub(crate) cued: Vec<(usize, Vec<usize>)>,
}

/// Reads and checks; collects everything that is wrong instead of stopping at the first.
struct Reader<'v> {
    vocabulary: &'v Vocabulary,
    words: BTreeMap<String, String>,
    conditions: Vec<Lazy>,
    sets: Sets,
    /// What is sure of the words that were asked for, by their names.
    parts: Vec<Part>,
    named: BTreeMap<String, usize>,
    faults: Vec<GrammarFault>,
    file: String,
}

impl Grammar {
    /// Compiles the patterns of all files, each with its name.
    ///
    /// # Errors
    /// Everything that is wrong with them: unknown facts and values, patterns that are none, names used before they exist.
    pub fn read(files: &[(&str, &str)], vocabulary: &Vocabulary) -> Result<Grammar, Vec<GrammarFault>> {
        let mut reader = Reader {
            vocabulary,
            words: BTreeMap::new(),
            conditions: Vec::new(),
            sets: Sets::default(),
            parts: Vec::new(),
            named: BTreeMap::new(),
            faults: Vec::new(),
            file: String::new(),
        };
        let mut parsed: Vec<(String, File)> = Vec::new();
        for (name, text) in files {
            match toml::from_str::<File>(text) {
                Ok(file) => parsed.push(((*name).to_string(), file)),
                Err(fault) => reader.faults.push(GrammarFault {
                    file: (*name).to_string(),
                    text: said!("{}", "de TOML is onleesbaar: {}", fault.to_string().trim()),
                }),
            }
        }
        let mut lexicons: Vec<Lexicon> = Vec::new();
        for (name, file) in &parsed {
            reader.file.clone_from(name);
            reader.words.extend(file.words.clone());
        }
        for (name, file) in &parsed {
            reader.file.clone_from(name);
            lexicons.extend(file.lexicon.iter().map(|l| reader.lexicon(l)));
        }
        for lexicon in &lexicons {
            reader.words.insert(lexicon.id.clone(), lexicon.alternatives.clone());
        }
        let grammar = reader.grammar(&parsed, lexicons);
        if reader.faults.is_empty() { Ok(grammar) } else { Err(reader.faults) }
    }

    /// Everything that [`Grammar::read`] leaves to whoever has time: patterns that cannot be compiled.
    pub fn faults(&self) -> Vec<GrammarFault> {
        let mut all: Vec<(String, &Lazy)> = Vec::new();
        all.extend(self.lexicons.iter().map(|l| (format!("lexicon `{}`", l.id), &l.words)));
        all.extend(self.owners.iter().map(|o| (format!("owner `{}`", o.id), &o.words)));
        let cues = self.cues.before.iter().chain(&self.cues.after).map(|cue| &cue.words);
        all.extend(cues.map(|words| ("cue".to_string(), words)));
        all.extend(self.cues.none.iter().map(|words| ("reach".to_string(), words)));
        for pattern in &self.patterns {
            let asked = [pattern.needs, pattern.unless_report].into_iter().flatten();
            let asked = asked.chain(pattern.holds.iter().copied()).map(|at| &self.conditions[at]);
            let beside = [&pattern.unless, &pattern.within, &pattern.unless_sentence].into_iter().flatten();
            let whole = std::iter::once(&pattern.find).chain(beside).chain(asked);
            all.extend(whole.map(|lazy| (format!("pattern `{}`", pattern.id), lazy)));
        }
        let broken = all.into_iter().filter(|(_, lazy)| lazy.get().is_none());
        broken
            .map(|(place, lazy)| {
                let cause = Search::new(&lazy.text).err().map(|e| e.to_string()).unwrap_or_default();
                let last = cause.lines().last().unwrap_or_default().trim();
                GrammarFault {
                    file: lazy.file.clone(),
                    text: said!("{place}: is no pattern: {last}", "{place}: is geen patroon: “{last}”"),
                }
            })
            .collect()
    }

    /// What each pattern promises, in the order of the files.
    pub fn cases(&self) -> impl Iterator<Item = PatternCase<'_>> {
        self.patterns.iter().flat_map(|pattern| {
            pattern.examples.iter().map(|example| PatternCase {
                pattern: &pattern.id,
                file: &pattern.file,
                fact: pattern.fact,
                example,
            })
        })
    }
}

impl Reader<'_> {
    fn fault(&mut self, text: Text) {
        self.faults.push(GrammarFault { file: self.file.clone(), text });
    }

    fn grammar(&mut self, files: &[(String, File)], lexicons: Vec<Lexicon>) -> Grammar {
        let mut patterns = Vec::new();
        let mut cued: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut ids = BTreeSet::new();
        let mut rewrites = Vec::new();
        let mut cues = Cues::default();
        let mut all_headings: Vec<&str> = Vec::new();
        let mut layout = Layout {
            headings: Vec::new(),
            question: None,
            now: None,
            then: None,
            born: None,
            year: None,
            tumour: None,
            together: None,
            revised: None,
            begins: None,
            answer: None,
            unfinished: None,
            refuted: None,
            any_heading: None,
            abbreviations: Vec::new(),
        };
        let (mut covers, mut against) = (Vec::new(), Vec::new());
        let (mut dates, mut months) = (Vec::new(), BTreeMap::new());
        let (mut sections, mut owners): (Vec<Section>, Vec<Owner>) = (Vec::new(), Vec::new());
        for (name, file) in files {
            self.file.clone_from(name);
            for given in &file.owner {
                owners.extend(self.owner(given, &owners));
            }
            covers.extend(file.lexicon.iter().flat_map(|l| self.covers(l)));
            against.extend(file.against.iter().filter_map(|a| self.against(a)));
            for rewrite in &file.rewrite {
                if let Some(from) = self.regex("rewrite", &rewrite.from) {
                    rewrites.push((from, rewrite.to.clone()));
                }
            }
            for cue in &file.cue {
                let light = self.light("cue", &cue.light);
                let words = self.lazy_any("cue", &cue.words, r"(?:^|\b)(?:", r")(?:\b|\s|$)");
                if let (Some(light), Some(words)) = (light, words) {
                    let given = Cue { light, words, adjacent: cue.adjacent };
                    match cue.side.as_str() {
                        "before" => cues.before.push(given),
                        "after" => cues.after.push(given),
                        other => self.fault(said!(
                            "cue: `side = \"{other}\"`: write `before` or `after`",
                            "cue: `side = \"{other}\"`: schrijf `before` of `after`"
                        )),
                    }
                }
            }
            if let Some(reach) = &file.reach {
                cues.ends = self.any("reach", &reach.ends, "", "");
                cues.clause = self.any("reach", &reach.clause, "", "");
                cues.none = self.lazy_any("reach", &reach.none, r"\b(?:", r")");
            }
            for heading in &file.heading {
                all_headings.extend(heading.words.iter().map(String::as_str));
                let light = heading.light.as_ref().and_then(|l| self.light("heading", l));
                // `Lung resection (upper lobe):` is no heading of an organ, `Longen en pleura:` is one.
                let tail = match heading.id {
                    Some(_) => r")\b\.?(?:d\.d\.|[^:.\n]){0,14}(?::|\n|$)",
                    None => r")\b\.?(?:d\.d\.|[^:.\n]){0,30}(?::|\n|$)",
                };
                if let Some(words) = self.any("heading", &heading.words, r"^[\s#*\d.]*(?:", tail) {
                    let (line, lit) = (heading.line, light.is_some());
                    layout.headings.push(Heading { words, line, lit });
                    sections.push(Section { id: heading.id.clone(), light, numbers: heading.numbers });
                }
            }
            if let Some(given) = &file.layout {
                layout.abbreviations.clone_from(&given.abbreviations);
                layout.tumour = self.regex("layout.tumour", &given.tumour);
                layout.question = given.question.as_ref().and_then(|q| self.regex("layout.question", q));
                layout.now = given.now.as_ref().and_then(|n| self.regex("layout.now", n));
                layout.then = given.then.as_ref().and_then(|t| self.regex("layout.then", t));
                layout.born = given.born.as_ref().and_then(|b| self.regex("layout.born", b));
                layout.year = given.year.as_ref().and_then(|y| self.regex("layout.year", y));
                layout.together = given.together.as_ref().and_then(|t| self.regex("layout.together", t));
                layout.begins = given.begins.as_ref().and_then(|b| self.regex("layout.begins", b));
                layout.answer = given.answer.as_ref().and_then(|a| self.regex("layout.answer", a));
                layout.refuted = given.refuted.as_ref().and_then(|r| self.regex("layout.refuted", r));
                layout.unfinished =
                    given.unfinished.as_ref().and_then(|u| self.regex("layout.unfinished", u));
                layout.revised = given.revised.as_ref().and_then(|r| self.regex("layout.revised", r));
                dates = given.date.iter().filter_map(|d| self.regex("layout.date", d)).collect();
                months.clone_from(&given.months);
            }
        }
        let from: Vec<&str> =
            files.iter().flat_map(|(_, f)| f.rewrite.iter().map(|r| r.from.as_str())).collect();
        let any_rewrite = self.regex("rewrite", &from.join("|"));
        layout.any_heading = self.regex("heading", &format!(r"^[\s#*\d.]*(?:{})\b", all_headings.join("|")));
        for (name, file) in files {
            self.file.clone_from(name);
            for given in &file.pattern {
                if !ids.insert(given.id.clone()) {
                    self.fault(said!(
                        "pattern `{}` stands there twice: give each its own id",
                        "pattern `{}` staat er twee keer: geef elk een eigen naam",
                        given.id
                    ));
                }
                if let Some(pattern) = self.pattern(given, &lexicons, &sections, &owners) {
                    let cues = given.cue.iter().map(|cue| Folded::of(&cue.to_lowercase()).text.into_bytes());
                    let cues = self.sets.place(cues.collect::<Words>());
                    cued.entry(cues).or_default().push(patterns.len());
                    patterns.push(pattern);
                }
            }
        }
        let words = std::mem::take(&mut self.sets).finder().unwrap_or_else(|e| {
            self.fault(said!("the words of the patterns: {e}", "de woorden van de patronen: “{e}”"));
            Finder::default()
        });
        Grammar {
            patterns,
            lexicons,
            covers,
            against,
            owners,
            conditions: std::mem::take(&mut self.conditions),
            rewrites: Rewrites { all: rewrites, any: any_rewrite },
            cues,
            layout,
            sections,
            dates,
            months,
            words,
            cued: cued.into_iter().collect(),
        }
    }

    fn pattern(
        &mut self,
        given: &PatternFile,
        lexicons: &[Lexicon],
        sections: &[Section],
        owners: &[Owner],
    ) -> Option<Pattern> {
        let place = format!("pattern `{}`", given.id);
        let fact = self.fact(&place, &given.fact)?;
        let find = self.lazy(&place, &given.find)?;
        let lexicon = match &given.lexicon {
            None => None,
            Some(id) => match lexicons.iter().position(|l| l.id == *id) {
                Some(at) => Some(at),
                None => {
                    let near = nearest(id, lexicons.iter().map(|l| l.id.as_str()));
                    let near = maybe(near);
                    self.fault(said!("{place}: there is no lexicon `{id}`{near}", "{place}: er is geen lexicon `{id}`{near}"; near));
                    return None;
                }
            },
        };
        let value = given.value.clone().unwrap_or_else(|| "$v".to_string());
        if value.contains("$v") && !find.text.contains("(?<v>") {
            self.fault(said!(
                "{place}: `{value}` needs a group `(?<v>…)` in `find`",
                "{place}: `{value}` heeft een groep `(?<v>…)` nodig in `find`"
            ));
        }
        let fixed = (!value.contains('$')).then_some(&value);
        for said in fixed.into_iter().chain(given.denied.as_ref()) {
            self.value(&place, fact, said);
        }
        if given.cue.is_empty() {
            self.fault(said!(
                "{place}: name in `cue` the words without which it cannot be there",
                "{place}: noem in `cue` de woorden zonder welke het er niet kan staan"
            ));
        }
        if !given.example.iter().any(|e| e.gives.is_some()) {
            self.fault(said!(
                "{place}: add an `example` with what it gives",
                "{place}: voeg een `example` toe met wat het geeft"
            ));
        }
        for said in given.example.iter().filter_map(|e| e.gives.as_ref()) {
            self.value(&place, fact, said);
        }
        let (outside, under) =
            (self.headed(&place, &given.outside, sections), self.headed(&place, &given.under, sections));
        let mut owned = |ids: &[String]| -> Vec<usize> {
            ids.iter().filter_map(|id| self.owned(&place, id, owners)).collect()
        };
        let (owners, not_of) = (owned(&given.owner), owned(&given.not_of));
        let despite = given.despite.iter().filter_map(|l| self.light(&place, l)).collect();
        let mut lazy = |text: &Option<String>| text.as_ref().and_then(|t| self.lazy(&place, t));
        let (unless, within) = (lazy(&given.unless), lazy(&given.within));
        let unless_sentence = lazy(&given.unless_sentence);
        let holds = must_hold(&given.find, &value);
        let holds = holds.iter().chain(&given.beside);
        let holds = holds.filter_map(|words| self.condition(&place, words)).collect();
        let needs = given.needs.as_ref().and_then(|n| self.condition(&place, n));
        let unless_report = given.unless_report.as_ref().and_then(|u| self.condition(&place, u));
        Some(Pattern {
            file: self.file.clone(),
            id: given.id.clone(),
            fact,
            find,
            lexicon,
            value,
            denied: given.denied.clone(),
            firm: given.firm,
            stated: given.stated,
            anywhere: given.anywhere,
            unless,
            within,
            unless_sentence,
            holds,
            needs,
            unless_report,
            rank: match given {
                PatternFile { last: true, .. } => LAST,
                PatternFile { weaker: true, .. } => WEAKER,
                PatternFile { weak, .. } => u8::from(*weak),
            },
            owners,
            not_of,
            despite,
            outside,
            under,
            largest: given.largest,
            most: given.most,
            deepest: given.deepest,
            examples: given.example.clone(),
        })
    }

    fn owner(&mut self, given: &OwnerFile, known: &[Owner]) -> Option<Owner> {
        let place = format!("owner `{}`", given.id);
        let words = self.lazy_any(&place, &given.words, r"\b(?:", ")")?;
        let behind = given.behind.as_ref().and_then(|b| self.regex(&place, &format!("^(?:{b})$")));
        let stands_for = given.stands_for.iter().filter_map(|id| self.owned(&place, id, known)).collect();
        Some(Owner { id: given.id.clone(), words, behind, only_behind: given.only_behind, stands_for })
    }

    fn owned(&mut self, place: &str, id: &str, owners: &[Owner]) -> Option<usize> {
        let found = owners.iter().position(|o| o.id == id);
        if found.is_none() {
            let near = nearest(id, owners.iter().map(|o| o.id.as_str())).map(str::to_string);
            let near = maybe(near.as_deref());
            self.fault(said!("{place}: there is no owner `{id}`{near}", "{place}: er is geen `owner` met de naam `{id}`{near}"; near));
        }
        found
    }

    /// The sections that the names of headings stand for.
    fn headed(&mut self, place: &str, ids: &[String], sections: &[Section]) -> Vec<usize> {
        let mut all = Vec::new();
        for id in ids {
            let known = || sections.iter().filter_map(|s| s.id.as_deref());
            if !known().any(|s| s == id) {
                let near = nearest(id, known()).map(str::to_string);
                let near = maybe(near.as_deref());
                self.fault(said!("{place}: there is no heading with `id = \"{id}\"`{near}", "{place}: er is geen kop met `id = \"{id}\"`{near}"; near));
            }
            all.extend((0..sections.len()).filter(|s| sections[*s].id.as_deref() == Some(id)));
        }
        all
    }

    /// A pattern that is compiled when a text holds the words that it needs.
    fn lazy(&mut self, place: &str, text: &str) -> Option<Lazy> {
        let spelled = self.spelled(place, text)?;
        let sets = self.needed(text);
        Some(Lazy::new(&self.file, spelled, sets))
    }

    /// The sets of words that a text needs for a pattern, whose words all have a name, to be there.
    fn needed(&mut self, text: &str) -> Vec<usize> {
        self.part(text).needs().into_iter().map(|set| self.sets.place(set)).collect()
    }

    /// What is sure of a pattern; what is sure of the words that it names is read once.
    fn part(&mut self, text: &str) -> Part {
        let mut whole = text.to_string();
        while let Some(opened) = named(&whole) {
            let name = whole[opened.start + 1..opened.end - 1].to_string();
            let at = match self.named.get(&name) {
                Some(at) => *at,
                None => {
                    let words = self.words.get(&name).cloned().unwrap_or_default();
                    let part = self.part(&words);
                    self.parts.push(part);
                    self.named.insert(name.clone(), self.parts.len() - 1);
                    self.parts.len() - 1
                }
            };
            whole = whole.replace(&format!("{{{name}}}"), &format!("(?:{})", stand_in(at)));
        }
        Part::read(&spaced(&whole), &self.parts)
    }

    /// The place of a condition among those of the grammar.
    fn condition(&mut self, place: &str, text: &str) -> Option<usize> {
        let spelled = self.spelled(place, text)?;
        let known = self.conditions.iter().position(|c| c.text == spelled);
        Some(known.unwrap_or_else(|| {
            let sets = self.needed(text);
            self.conditions.push(Lazy::new(&self.file, spelled, sets));
            self.conditions.len() - 1
        }))
    }

    fn lexicon(&mut self, given: &LexiconFile) -> Lexicon {
        let place = format!("lexicon `{}`", given.id);
        if let Some(fact) = self.fact(&place, &given.fact) {
            for value in given.value.keys() {
                self.value(&place, fact, value);
            }
        }
        let mut words: Vec<(&String, &String)> =
            given.value.iter().flat_map(|(value, words)| words.iter().map(move |w| (value, w))).collect();
        // The longest is tried first: `papil van vater` before `papil`.
        words.sort_by_key(|(_, word)| std::cmp::Reverse(word.len()));
        let alternatives = words.iter().map(|(_, w)| w.as_str()).collect::<Vec<_>>().join("|");
        let groups = words.iter().map(|(_, w)| format!("({})", bare(w))).collect::<Vec<_>>().join("|");
        let whole = self.spelled(&place, &format!("^(?:{groups})$")).unwrap_or_default();
        Lexicon {
            id: given.id.clone(),
            values: words.iter().map(|(value, _)| (*value).clone()).collect(),
            words: Lazy::new(&self.file, whole, Vec::new()),
            alternatives,
        }
    }

    fn covers(&mut self, given: &LexiconFile) -> Vec<(FactIdx, String, String)> {
        let place = format!("lexicon `{}`: covers", given.id);
        let Some(fact) = self.fact(&place, &given.fact) else { return Vec::new() };
        let mut all = Vec::new();
        for (coarse, fine) in &given.covers {
            for value in std::iter::once(coarse).chain(fine) {
                self.value(&place, fact, value);
            }
            all.extend(fine.iter().map(|f| (fact, coarse.clone(), f.clone())));
        }
        all
    }

    fn against(&mut self, given: &AgainstFile) -> Option<Against> {
        let place = format!("against `{} = {}`", given.fact, given.value);
        let fact = self.fact(&place, &given.fact)?;
        self.value(&place, fact, &given.value);
        let mut when = Vec::new();
        for (id, value) in &given.when {
            let other = self.fact(&place, id)?;
            self.value(&place, other, value);
            when.push((other, value.clone()));
        }
        Some(Against { fact, value: given.value.clone(), when })
    }

    fn fact(&mut self, place: &str, id: &str) -> Option<FactIdx> {
        let found = self.vocabulary.find_fact(id);
        if found.is_none() {
            let near = nearest(id, self.vocabulary.fact_ids()).map(str::to_string);
            let near = maybe(near.as_deref());
            self.fault(said!("{place}: there is no fact `{id}`{near}", "{place}: er is geen feit `{id}`{near}"; near));
        }
        found
    }

    fn value(&mut self, place: &str, fact: FactIdx, said: &str) {
        if let Err(fault) = nw_facts::read(self.vocabulary, fact, said) {
            let (message, help) = fault.both();
            self.fault(said!("{place}: {message}; {help}", "{place}: {message}; {help}"; message, help));
        }
    }

    fn light(&mut self, place: &str, word: &str) -> Option<Light> {
        let light = match word {
            "denied" => Light::Denied,
            "doubted" => Light::Doubted,
            "asked" => Light::Asked,
            "planned" => Light::Planned,
            "past" => Light::Past,
            "other" => Light::Other,
            _ => {
                self.fault(said!("{place}: `light = \"{word}\"`: write `denied`, `doubted`, `asked`, `planned`, `past` or `other`", "{place}: `light = \"{word}\"`: schrijf `denied`, `doubted`, `asked`, `planned`, `past` of `other`"));
                return None;
            }
        };
        Some(light)
    }

    fn any(&mut self, place: &str, words: &[String], head: &str, tail: &str) -> Option<Search> {
        if words.is_empty() {
            return None;
        }
        self.regex(place, &format!("{head}{}{tail}", words.join("|")))
    }

    fn lazy_any(&mut self, place: &str, words: &[String], head: &str, tail: &str) -> Option<Lazy> {
        if words.is_empty() {
            return None;
        }
        self.lazy(place, &format!("{head}{}{tail}", words.join("|")))
    }

    fn regex(&mut self, place: &str, text: &str) -> Option<Search> {
        let spelled = self.spelled(place, text)?;
        match Search::new(&spelled) {
            Ok(regex) => Some(regex),
            Err(fault) => {
                let cause = fault.to_string();
                let last = cause.lines().last().unwrap_or_default().trim().to_string();
                self.fault(said!(
                    "{place}: `{text}` is no pattern: {last}",
                    "{place}: `{text}` is geen patroon: “{last}”"
                ));
                None
            }
        }
    }

    /// A pattern: `{name}` stands for words or a lexicon, a space for any white space, and case does not matter.
    fn spelled(&mut self, place: &str, text: &str) -> Option<String> {
        let mut whole = text.to_string();
        // Words may name words; a circle would never end.
        for _ in 0..40 {
            let Some(opened) = named(&whole) else { break };
            let name = whole[opened.start + 1..opened.end - 1].to_string();
            let Some(words) = self.words.get(&name) else {
                let near = nearest(&name, self.words.keys().map(String::as_str)).map(str::to_string);
                let near = maybe(near.as_deref());
                self.fault(said!("{place}: there are no words `{{{name}}}`{near}", "{place}: er zijn geen woorden `{{{name}}}`{near}"; near));
                return None;
            };
            whole = whole.replace(&format!("{{{name}}}"), &format!("(?:{words})"));
        }
        if let Some(left) = named(&whole) {
            let name = &whole[left];
            self.fault(said!(
                "{place}: `{name}` names too many words that name words",
                "{place}: `{name}` noemt te veel woorden die woorden noemen"
            ));
            return None;
        }
        Some(spaced(&whole))
    }
}

/// A pattern of which a space stands for any white space and case does not matter.
fn spaced(text: &str) -> String {
    let spaced = text.replace(" ?", r"\s*").replace(' ', r"\s+");
    format!("(?i){}", folded_pattern(&spaced))
}

/// What a sentence must hold for the groups of a pattern that make its value: the words that a group names, or a digit.
/// Looking for them once for a sentence spares most of its patterns.
fn must_hold(find: &str, value: &str) -> Vec<String> {
    let mut all = Vec::new();
    for (group, sign) in [("(?<v>", "$v"), ("(?<u>", "$u")] {
        let Some((_, inner)) = find.split_once(group).filter(|_| value.contains(sign)) else { continue };
        if let Some(words) =
            named(inner).filter(|words| words.start == 0 && inner[words.end..].starts_with(')'))
        {
            all.push(inner[words].to_string());
        } else if inner.starts_with(r"\d") {
            all.push(r"\d".to_string());
        }
    }
    all
}

/// The first `{name}`; `{1,3}` is none.
fn named(text: &str) -> Option<std::ops::Range<usize>> {
    let mut from = 0;
    while let Some(open) = text[from..].find('{').map(|o| o + from) {
        let close = text[open..].find('}').map(|c| open + c + 1)?;
        let name = &text[open + 1..close - 1];
        let is_name = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        // `\p{l}` is a class of letters.
        let class = text[..open].ends_with(r"\p") || text[..open].ends_with(r"\P");
        if is_name && !class {
            return Some(open..close);
        }
        from = close;
    }
    None
}

/// Words without groups that count: each word of a lexicon is one group.
fn bare(word: &str) -> String {
    word.replace("(?", "\u{1}")
        .replace("\\(", "\u{2}")
        .replace('(', "(?:")
        .replace('\u{2}', "\\(")
        .replace('\u{1}', "(?")
}

fn maybe(near: Option<&str>) -> Text {
    near.map_or(Text::default(), |n| said!("; did you mean `{n}`?", "; bedoelde u `{n}`?"))
}
