//! The patterns as they are written in the files.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::grammar::Example;

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(crate) struct File {
    pub words: BTreeMap<String, String>,
    pub lexicon: Vec<LexiconFile>,
    pub rewrite: Vec<RewriteFile>,
    pub cue: Vec<CueFile>,
    pub reach: Option<ReachFile>,
    pub heading: Vec<HeadingFile>,
    pub against: Vec<AgainstFile>,
    pub owner: Vec<OwnerFile>,
    pub layout: Option<LayoutFile>,
    pub pattern: Vec<PatternFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LexiconFile {
    pub id: String,
    pub fact: String,
    pub value: BTreeMap<String, Vec<String>>,
    /// Values that say less, with those that say the same more exactly: a part of the small bowel is small bowel.
    #[serde(default)]
    pub covers: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RewriteFile {
    pub from: String,
    pub to: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CueFile {
    pub light: String,
    pub side: String,
    /// It counts only right beside the value: no letter or digit stands between them.
    #[serde(default)]
    pub adjacent: bool,
    pub words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReachFile {
    pub ends: Vec<String>,
    pub clause: Vec<String>,
    pub none: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HeadingFile {
    #[serde(default)]
    pub id: Option<String>,
    #[serde(default)]
    pub light: Option<String>,
    /// Text behind it on its line ends with the line.
    #[serde(default)]
    pub line: bool,
    /// Numbers and codes under it stand: `Indicatie: na appendectomie (NET 2,3 cm, graad 2)`.
    #[serde(default)]
    pub numbers: bool,
    pub words: Vec<String>,
}

/// A value that is not proposed beside others: no distant metastasis beside one in the liver.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgainstFile {
    pub fact: String,
    pub value: String,
    pub when: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct OwnerFile {
    pub id: String,
    pub words: Vec<String>,
    /// What may stand between a number and these words behind it; without it they only stand before.
    #[serde(default)]
    pub behind: Option<String>,
    /// They only stand behind: `8 cm vanaf de anus`.
    #[serde(default)]
    pub only_behind: bool,
    /// Owners named before that they stand for where they follow right after: `in de lever een haard`.
    #[serde(default)]
    pub stands_for: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct LayoutFile {
    pub abbreviations: Vec<String>,
    pub tumour: String,
    /// Where a question begins within a sentence that ends as one.
    #[serde(default)]
    pub question: Option<String>,
    /// What says that a value behind it in the sentence is that of today: `was 2%, nu 5%`.
    #[serde(default)]
    pub now: Option<String>,
    /// What says that a value behind it was said first and yields to one that contradicts it: `voorlopig G1. PA: G2`.
    #[serde(default)]
    pub then: Option<String>,
    /// What begins a part about all tumours again.
    #[serde(default)]
    pub together: Option<String>,
    /// What begins a part that corrects what stands before it.
    #[serde(default)]
    pub revised: Option<String>,
    /// What begins a line of its own though nothing ends the line before it: `conclusie` in a dictated text.
    #[serde(default)]
    pub begins: Option<String>,
    /// What stands behind a question and answers it.
    #[serde(default)]
    pub answer: Option<String>,
    /// What says that the tumour is another one after all: what the report states of it is denied.
    #[serde(default)]
    pub refuted: Option<String>,
    /// The end of a line that leaves its sentence unfinished.
    #[serde(default)]
    pub unfinished: Option<String>,
    /// The end of the words before a day or a year that make it one of birth.
    #[serde(default)]
    pub born: Option<String>,
    /// A year, its group `y`; where its group `no` stands too, it is a number of something else: `2000 mg`.
    #[serde(default)]
    pub year: Option<String>,
    pub date: Vec<String>,
    pub months: BTreeMap<String, i8>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PatternFile {
    pub id: String,
    pub fact: String,
    pub find: String,
    pub cue: Vec<String>,
    #[serde(default)]
    pub lexicon: Option<String>,
    #[serde(default)]
    pub value: Option<String>,
    #[serde(default)]
    pub denied: Option<String>,
    /// Numbers and codes stand whatever is denied or doubted beside them.
    #[serde(default)]
    pub firm: bool,
    /// It stands under a request as numbers do, though words may deny or doubt it.
    #[serde(default)]
    pub stated: bool,
    /// What a heading says of its section does not touch it: an age is true in a question too.
    #[serde(default)]
    pub anywhere: bool,
    /// Not when this stands in the clause before the words, or in them.
    #[serde(default)]
    pub unless: Option<String>,
    /// Not when this stands in the words that were found, while it may stand before them.
    #[serde(default)]
    pub within: Option<String>,
    /// Not when this stands in the sentence, from its beginning up to the end of the words.
    #[serde(default)]
    pub unless_sentence: Option<String>,
    /// Only in a sentence in which this stands anywhere: cheap to look for once, where the pattern itself is not.
    #[serde(default)]
    pub beside: Option<String>,
    /// Only in a report in which this stands anywhere.
    #[serde(default)]
    pub needs: Option<String>,
    /// Not in a report in which this stands anywhere.
    #[serde(default)]
    pub unless_report: Option<String>,
    /// Only when no other pattern proposes a value of the fact.
    #[serde(default)]
    pub weak: bool,
    /// Only when no firmer pattern and no weak one proposes a value of the fact.
    #[serde(default)]
    pub weaker: bool,
    /// Only when no other pattern finds one, not even one that is held back.
    #[serde(default)]
    pub last: bool,
    /// Only where the nearest thing that a number can belong to is one of these.
    #[serde(default)]
    pub owner: Vec<String>,
    /// Not where the nearest thing that a number can belong to is one of these.
    #[serde(default)]
    pub not_of: Vec<String>,
    /// What the words around it, or the heading, do not take from it.
    #[serde(default)]
    pub despite: Vec<String>,
    /// Not in these sections.
    #[serde(default)]
    pub outside: Vec<String>,
    /// Only under these headings.
    #[serde(default)]
    pub under: Vec<String>,
    /// Of several numbers the largest.
    #[serde(default)]
    pub largest: bool,
    /// Of what it finds in a report the largest.
    #[serde(default)]
    pub most: bool,
    /// Of several values in one sentence the last in the vocabulary's order.
    #[serde(default)]
    pub deepest: bool,
    #[serde(default)]
    pub example: Vec<Example>,
}
