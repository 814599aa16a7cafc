//! The compiled guideline: what `compile` promises and the engines read.

use nw_diagram::{NodeId, Store};
use nw_facts::{ConclusionIdx, Decimal, FactIdx, Interval, Text, Vocabulary};

use crate::confirmations::Confirmation;
use crate::diagnostic::Place;
use crate::leaflets::Leaflets;
use crate::space::Space;
use crate::syntax::files::{Manifest, Source};

/// What a column or condition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// An observed fact.
    Fact(FactIdx),
    /// A conclusion of other tables.
    Conclusion(ConclusionIdx),
}

/// What a test asks of its subject, before and after it is cut into cells.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(crate) enum Wanted {
    /// Everything.
    Any,
    /// Numbers in these ranges; perhaps also the state "not done".
    Numbers { ranges: Vec<Interval>, not_done: bool },
    /// These values by position; the state comes after the last value.
    Values { mask: u64, listed: u64 },
}

/// A test on one subject: it holds in these cells.
///
/// For a fact, bit *i* is cell *i* of its [`Domain`](crate::Domain). For a conclusion, bit *i* is value *i* and the bit
/// after the last value is "not applicable". For a `collect` conclusion it holds when one of these values is contributed.
#[derive(Clone, Debug, PartialEq)]
pub struct Cells {
    /// What is tested.
    pub subject: Subject,
    /// Where it holds.
    pub mask: u64,
    /// The cell says `any`.
    pub any: bool,
    /// Where the test is written.
    pub place: Place,
    pub(crate) wanted: Wanted,
}

/// A condition over facts and conclusions.
#[derive(Clone, Debug, PartialEq)]
pub enum Logic {
    /// All hold (an empty list holds).
    And(Vec<Logic>),
    /// One holds.
    Or(Vec<Logic>),
    /// It does not hold.
    Not(Box<Logic>),
    /// The subject is in these cells.
    Is(Cells),
}

impl Logic {
    /// Calls `visit` for every test.
    pub fn tests<'a>(&'a self, visit: &mut impl FnMut(&'a Cells)) {
        match self {
            Logic::And(all) | Logic::Or(all) => all.iter().for_each(|l| l.tests(visit)),
            Logic::Not(inner) => inner.tests(visit),
            Logic::Is(cells) => visit(cells),
        }
    }

    pub(crate) fn tests_mut(&mut self, visit: &mut impl FnMut(&mut Cells)) {
        match self {
            Logic::And(all) | Logic::Or(all) => all.iter_mut().for_each(|l| l.tests_mut(visit)),
            Logic::Not(inner) => inner.tests_mut(visit),
            Logic::Is(cells) => visit(cells),
        }
    }
}

/// How the rows of a table work together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HitPolicy {
    /// Exactly one row holds for every patient in the domain; proved by `verify`.
    Unique,
    /// The first row that holds decides; some row always holds.
    First,
    /// Every row that holds contributes its value.
    Collect,
}

/// What a row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Output {
    /// A value of the conclusion, by position.
    Value(usize),
    /// The conclusion does not apply, for the reason in the row's text.
    NotApplicable,
}

/// How well a row is supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// Seen in the named source.
    Verified,
    /// General knowledge, to be confirmed by a clinician.
    GeneralKnowledge,
    /// A rule of design, not a clinical fact.
    DesignRule,
}

impl Mark {
    /// The letter used in chapters.
    pub fn letter(self) -> &'static str {
        match self {
            Mark::Verified => "V",
            Mark::GeneralKnowledge => "GK",
            Mark::DesignRule => "DR",
        }
    }
}

/// A source key with the place inside the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Citation {
    /// Key in the list of sources.
    pub key: String,
    /// Place in it, after `#`.
    pub locator: String,
}

/// One row.
#[derive(Clone, Debug)]
pub struct Row {
    /// Stable id inside its table.
    pub id: String,
    /// One test for each column of the table.
    pub cells: Vec<Cells>,
    /// What it says.
    pub output: Output,
    /// Its sentence, if it has one.
    pub text: Text,
    /// Where it comes from.
    pub sources: Vec<Citation>,
    /// How well it is supported.
    pub mark: Mark,
    /// What it is marked with: annotation and value, by position in the vocabulary.
    pub annotations: Vec<(usize, usize)>,
    /// What it says, as a digest of what is written: table, kind, domain, columns, cells, output, sentence, sources,
    /// mark and annotations; in a `first` table also the conditions of the rows above.
    pub digest: String,
    /// Who confirmed it; `None` while no clinician did. Ask [`Row::confirmed`] whether it still holds.
    pub confirmation: Option<Confirmation>,
    /// Where it stands.
    pub place: Place,
}

impl Row {
    /// The confirmation, while nothing was edited since.
    pub fn confirmed(&self) -> Option<&Confirmation> {
        self.confirmation.as_ref().filter(|c| c.edited.is_empty())
    }
}

/// One table: a conclusion, or one part of it.
#[derive(Clone, Debug)]
pub struct Table {
    /// `tumour.grade/digestive`.
    pub id: String,
    /// What it gives.
    pub conclusion: ConclusionIdx,
    /// How rows work together.
    pub policy: HitPolicy,
    /// Whom it is about.
    pub domain: Logic,
    /// Title.
    pub title: Text,
    /// Input columns.
    pub columns: Vec<Subject>,
    /// Rows in order.
    pub rows: Vec<Row>,
    /// The chapter's id.
    pub chapter: String,
    /// Where it stands.
    pub place: Place,
}

/// An integrity rule: patients for whom it holds cannot exist.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Id.
    pub id: String,
    /// What it says.
    pub title: Text,
    /// Who cannot exist.
    pub when: Logic,
    /// Facts that are context and never blamed.
    pub guard: Vec<FactIdx>,
    /// Where it comes from.
    pub sources: Vec<Citation>,
    /// Where it stands.
    pub place: Place,
    /// Holds where the rule is kept.
    pub kept: NodeId,
}

/// What others classified, as evidence on a conclusion.
#[derive(Clone, Debug)]
pub struct Agreement {
    /// Id.
    pub id: String,
    /// What it says.
    pub title: Text,
    /// The reported fact.
    pub reported: FactIdx,
    /// The conclusion it must agree with.
    pub conclusion: ConclusionIdx,
    /// When the agreement is expected.
    pub when: Logic,
    /// For each reported value the conclusion values (mask) it agrees with.
    pub agrees: Vec<u64>,
    /// Facts that are context and never blamed.
    pub guard: Vec<FactIdx>,
    /// Where it stands.
    pub place: Place,
    /// Holds where report and conclusion agree.
    pub kept: NodeId,
}

/// A condition on what is known rather than on the patient.
#[derive(Clone, Debug)]
pub enum Epistemic {
    /// All hold.
    And(Vec<Epistemic>),
    /// One holds.
    Or(Vec<Epistemic>),
    /// It does not hold.
    Not(Box<Epistemic>),
    /// Nothing was recorded, or it was recorded as unknown or not done.
    Missing(Subject),
    /// It has one value.
    Known(Subject),
    /// It was recorded as not done.
    NotDone(FactIdx),
    /// The condition holds in every possible world.
    Certain(Logic, NodeId),
}

/// A restriction that a convention adds.
#[derive(Clone, Debug, Hash)]
pub struct Assumption {
    /// The fact.
    pub fact: FactIdx,
    /// The ranges assumed, for numbers.
    pub ranges: Vec<Interval>,
    /// The choices assumed (by position), for choices.
    pub choices: u64,
}

/// What a convention does.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Worlds are narrowed.
    Assume(Vec<Assumption>),
    /// One conclusion gets this value.
    Answer(ConclusionIdx, usize),
}

/// A named practice that decides on less than logic needs.
#[derive(Clone, Debug)]
pub struct Convention {
    /// Id, also the name shown and switched.
    pub id: String,
    /// What it says.
    pub title: Text,
    /// When it is used.
    pub when: Epistemic,
    /// What it does.
    pub effect: Effect,
    /// The conclusions it may decide.
    pub applies_to: Vec<ConclusionIdx>,
    /// Where it comes from.
    pub sources: Vec<Citation>,
    /// Where it stands.
    pub place: Place,
}

/// Arithmetic over facts in base units.
#[derive(Clone, Debug, Hash)]
pub enum Arithmetic {
    /// A constant.
    Constant(Decimal),
    /// The circle number.
    Pi,
    /// A fact.
    Fact(FactIdx),
    /// `+ - * /`.
    Binary(char, Box<Arithmetic>, Box<Arithmetic>),
    /// A square.
    Square(Box<Arithmetic>),
    /// The day of the assessment; unknown when the case has none.
    AsOf,
    /// Calendar months from one day to another, the started month by its days.
    Months(Box<Arithmetic>, Box<Arithmetic>),
    /// A power of a positive number; computed with bounds.
    Power(Box<Arithmetic>, Box<Arithmetic>),
    /// Natural logarithm of a positive number; computed with bounds.
    Ln(Box<Arithmetic>),
    /// Exponential; computed with bounds.
    Exp(Box<Arithmetic>),
    /// The greatest whole number that is not above.
    Floor(Box<Arithmetic>),
    /// The smaller of two.
    Least(Box<Arithmetic>, Box<Arithmetic>),
    /// The greater of two.
    Greatest(Box<Arithmetic>, Box<Arithmetic>),
    /// One statement of a fact that is measured again.
    Series(Box<Series>),
}

/// Which statement of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pick {
    /// The last one.
    Latest,
    /// The one before the last.
    Previous,
    /// The first one.
    First,
    /// The lowest value.
    Lowest,
    /// The highest value.
    Highest,
}

/// A statement picked from the dated statements of one fact.
#[derive(Clone, Debug, Hash)]
pub struct Series {
    /// Which one.
    pub pick: Pick,
    /// The fact.
    pub fact: FactIdx,
    /// Only from this day on; true when the day itself does not count.
    pub since: Option<(Arithmetic, bool)>,
    /// Only up to this day; true when the day itself does not count.
    pub until: Option<(Arithmetic, bool)>,
    /// Its day rather than its value.
    pub day: bool,
}

impl Arithmetic {
    /// Calls `visit` for every fact used.
    pub fn facts(&self, visit: &mut impl FnMut(FactIdx)) {
        match self {
            Arithmetic::Fact(fact) => visit(*fact),
            Arithmetic::Binary(_, a, b) => {
                a.facts(visit);
                b.facts(visit);
            }
            Arithmetic::Months(a, b)
            | Arithmetic::Power(a, b)
            | Arithmetic::Least(a, b)
            | Arithmetic::Greatest(a, b) => {
                a.facts(visit);
                b.facts(visit);
            }
            Arithmetic::Square(a) | Arithmetic::Ln(a) | Arithmetic::Exp(a) | Arithmetic::Floor(a) => {
                a.facts(visit);
            }
            Arithmetic::Series(series) => {
                visit(series.fact);
                for (bound, _) in series.since.iter().chain(&series.until) {
                    bound.facts(visit);
                }
            }
            Arithmetic::Constant(_) | Arithmetic::Pi | Arithmetic::AsOf => {}
        }
    }
}

/// A fact computed from others.
#[derive(Clone, Debug)]
pub struct Derivation {
    /// Id.
    pub id: String,
    /// What it says.
    pub title: Text,
    /// The fact it gives.
    pub target: FactIdx,
    /// How.
    pub formula: Arithmetic,
    /// The facts that the formula reads.
    pub inputs: Vec<FactIdx>,
    /// For whom; for everybody when absent. It must hold for certain.
    pub when: Option<Logic>,
    /// Where it stands.
    pub place: Place,
}

/// Something that is to be done again, counted from a day: the interval is a conclusion.
#[derive(Clone, Debug)]
pub struct Due {
    /// Id.
    pub id: String,
    /// What is to be done.
    pub title: Text,
    /// The conclusion whose values say how often.
    pub every: ConclusionIdx,
    /// The day from which is counted, latest first; the first one that is known counts.
    pub after: Vec<Arithmetic>,
    /// Days after the due day from which it is overdue.
    pub grace: Decimal,
    /// Where it comes from.
    pub sources: Vec<Citation>,
    /// Where it stands.
    pub place: Place,
}

/// A promise about all patients.
#[derive(Clone, Debug)]
pub struct Property {
    /// Id.
    pub id: String,
    /// What it says.
    pub title: Text,
    /// The promise.
    pub test: PropertyTest,
    /// Where it stands.
    pub place: Place,
}

/// Kinds of promises.
#[derive(Clone, Debug)]
pub enum PropertyTest {
    /// No patient is like this.
    Never(Logic),
    /// With everything else the same, more of the fact never gives a lower value.
    Rising(ConclusionIdx, FactIdx),
}

/// A difference in or between sources, with the decision taken.
#[derive(Clone, Debug, Default)]
pub struct Departure {
    /// Id.
    pub id: String,
    /// What differs.
    pub title: Text,
    /// `departs` or `conflicts-with`.
    pub kind: String,
    /// What one source says, `key: paraphrase`.
    pub says: Vec<String>,
    /// What the others say.
    pub other: Vec<String>,
    /// What we do.
    pub decision: String,
    /// Whether the first source's statement was adopted.
    pub adopted: bool,
    /// The rows it touches.
    pub rows: Vec<String>,
    /// Date of the decision.
    pub date: String,
    /// The chapter's id.
    pub chapter: String,
    /// Where it stands.
    pub place: Place,
}

/// A clinical case with what is expected of it.
#[derive(Clone, Debug)]
pub struct Case {
    /// Id.
    pub id: String,
    /// Title.
    pub title: Text,
    /// The day of the assessment.
    pub as_of: Option<nw_facts::Date>,
    /// Facts as written.
    pub given: Vec<(FactIdx, String)>,
    /// Expectations.
    pub expect: Vec<Expect>,
    /// The chapter's id.
    pub chapter: String,
    /// Where it stands.
    pub place: Place,
}

/// What is expected of one conclusion.
#[derive(Clone, Debug)]
pub struct Expect {
    /// The conclusion.
    pub conclusion: ConclusionIdx,
    /// The outcome.
    pub outcome: Expected,
    /// The conventional outcome expected beside it.
    pub convention: Option<Expected>,
    /// The row that must be the reason: `part#row` or `row`.
    pub because: Option<String>,
    /// A fact that must be asked.
    pub asks: Vec<FactIdx>,
    /// Where it stands.
    pub place: Place,
}

/// The outcome expected.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Expected {
    /// Exactly these values (bit after the last: not applicable); one bit means concluded.
    Values(u64),
    /// The facts contradict each other.
    Conflict,
    /// For `collect`: these hold, those are open, the rest does not hold.
    Items { certain: u64, open: u64 },
}

/// The diagrams of one conclusion.
#[derive(Clone, Debug, Default)]
pub struct Roots {
    /// Outcome by world: value position or [`Conclusion::not_applicable`]. For `collect` unused.
    pub value: NodeId,
    /// The same, with the row as outcome (position in [`Conclusion::rows`]; one more is "outside every table").
    pub row: NodeId,
    /// For `collect`: for each value whether it is contributed.
    pub items: Vec<NodeId>,
    /// For `collect`: for each of [`Conclusion::rows`] whether it holds.
    pub row_holds: Vec<NodeId>,
}

/// A conclusion with its diagrams.
#[derive(Clone, Debug)]
pub struct Conclusion {
    /// Position in the vocabulary.
    pub idx: ConclusionIdx,
    /// How its tables work.
    pub policy: HitPolicy,
    /// Its tables.
    pub tables: Vec<usize>,
    /// What its tables say of every combination of cells, also of those that an integrity rule excludes: walk them
    /// beside [`CompiledGuideline::valid`].
    pub roots: Roots,
    /// All rows as (table, row).
    pub rows: Vec<(usize, usize)>,
    /// Variables that its own tables use, ascending.
    pub support: Vec<u16>,
}

impl Conclusion {
    /// The outcome number that stands for "not applicable".
    pub fn not_applicable(&self, vocabulary: &Vocabulary) -> u16 {
        vocabulary.conclusion(self.idx).values.len() as u16
    }
}

/// A guideline without errors: only this may reach a patient.
#[derive(Clone, Debug)]
pub struct CompiledGuideline {
    /// Id, edition, title.
    pub manifest: Manifest,
    /// SHA-256 of its sources.
    pub digest: String,
    /// Facts and conclusions.
    pub vocabulary: Vocabulary,
    /// How facts are cut into cells.
    pub space: Space,
    /// All tables.
    pub tables: Vec<Table>,
    /// All conclusions that tables give, in vocabulary order.
    pub conclusions: Vec<Conclusion>,
    /// Integrity rules.
    pub rules: Vec<Rule>,
    /// Reported values as evidence.
    pub agreements: Vec<Agreement>,
    /// Conventions in order.
    pub conventions: Vec<Convention>,
    /// Derived facts.
    pub derivations: Vec<Derivation>,
    /// What is to be done again.
    pub dues: Vec<Due>,
    /// Promises.
    pub properties: Vec<Property>,
    /// Differences in and between sources.
    pub departures: Vec<Departure>,
    /// What the sources say, and where the guideline carries it.
    pub source_map: Vec<crate::source_map::SourceStatement>,
    /// What is told to patients.
    pub leaflets: Leaflets,
    /// Cases.
    pub cases: Vec<Case>,
    /// Sources.
    pub sources: Vec<Source>,
    /// Order in which conclusions can be computed.
    pub order: Vec<usize>,
    /// Where every integrity rule is kept.
    pub valid: NodeId,
    /// The node store.
    pub store: Store,
    /// What each conclusion says, as numbers to compare; empty in a restored guideline.
    pub marks: crate::recall::Marks,
    /// Position in `conclusions` by vocabulary position.
    pub(crate) by_idx: Vec<Option<usize>>,
}

impl CompiledGuideline {
    /// The conclusion at a vocabulary position, when a table gives it.
    pub fn conclusion(&self, idx: ConclusionIdx) -> Option<&Conclusion> {
        self.by_idx.get(idx.0 as usize).copied().flatten().map(|i| &self.conclusions[i])
    }

    /// Its position in [`CompiledGuideline::conclusions`].
    pub fn conclusion_at(&self, idx: ConclusionIdx) -> Option<usize> {
        self.by_idx.get(idx.0 as usize).copied().flatten()
    }

    /// The id of a row, `tumour.grade/digestive#a`.
    pub fn row_id(&self, table: usize, row: usize) -> String {
        let table = &self.tables[table];
        format!("{}#{}", table.id, table.rows[row].id)
    }
}
