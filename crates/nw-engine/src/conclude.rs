//! `conclude`: every conclusion the guideline supports from one patient's facts.

use std::cell::OnceCell;
use std::sync::Arc;

use nw_facts::{ConclusionIdx, FactIdx, FactSet};
use nw_guideline::{CompiledGuideline, HitPolicy};

use crate::basis::Preparations;
use crate::columns::Possible;
use crate::due::{self, DueItem};
use crate::explain::{self, Reason};
use crate::ground::{Ground, ground, told};
use crate::knowledge::{Blank, Recorded};
use crate::practice::{Customs, conventions};
use crate::question::{self, Completion, Question};
use crate::worlds::{Fast, Worlds};

/// What comes out for one conclusion. The sets are masks over the conclusion's values; the bit after the last value is
/// "not applicable".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// One value, by position.
    Concluded(usize),
    /// Several values remain possible.
    Undetermined(u64),
    /// It does not apply to this patient.
    NotApplicable,
    /// It rests on facts that contradict each other.
    Conflict(Vec<FactIdx>),
    /// A collected conclusion: these values certainly hold, those may.
    Collected {
        /// Hold in every world.
        certain: u64,
        /// Hold in some worlds only.
        open: u64,
    },
}

impl Outcome {
    /// The possible values as a mask (with the bit for "not applicable"); empty for a conflict.
    pub fn possible(&self, values: usize) -> u64 {
        match self {
            Outcome::Concluded(value) => 1 << value,
            Outcome::Undetermined(set) => *set,
            Outcome::NotApplicable => 1 << values,
            Outcome::Conflict(_) => 0,
            Outcome::Collected { certain, open } => certain | open,
        }
    }

    /// Whether something is still open.
    pub fn is_open(&self) -> bool {
        matches!(self, Outcome::Undetermined(_))
            || matches!(self, Outcome::Collected { open, .. } if *open != 0)
    }
}

/// Facts that cannot be true together, and what they break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The facts to look at.
    pub facts: Vec<FactIdx>,
    /// Integrity rules broken, by position.
    pub rules: Vec<usize>,
    /// Agreements broken, by position.
    pub agreements: Vec<usize>,
}

/// What practice says beside the exact set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conventional {
    /// A value, "not applicable", or what is collected.
    pub outcome: Outcome,
    /// The conventions it needs, by position.
    pub conventions: Vec<usize>,
}

/// A convention that holds and is not used, since others that are used leave it no patient, or say something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConventionClash {
    /// The one that gives way, by position: it comes later in the guideline.
    pub convention: usize,
    /// Those that it contradicts, by position; none of them could be left out.
    pub against: Vec<usize>,
    /// The open conclusions for which it would have counted.
    pub conclusions: Vec<ConclusionIdx>,
}

/// How much to work out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Detail {
    /// Exact sets only.
    Sets,
    /// Sets, conventions and reasons.
    Reasons,
    /// Also settling questions and examples.
    Questions,
    /// Everything: also minimal reasons.
    #[default]
    Full,
}

/// Settings of an assessment.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Conventions switched off, by id.
    pub without_conventions: Vec<String>,
    /// No convention at all.
    pub no_conventions: bool,
    /// How much to work out.
    pub detail: Detail,
    /// Draw these conclusions only.
    pub only: Option<Vec<ConclusionIdx>>,
    /// Look for questions and examples about these only, of those that are drawn.
    pub asking: Option<Vec<ConclusionIdx>>,
}

impl Options {
    pub(crate) fn wants(&self, conclusion: ConclusionIdx) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&conclusion))
    }

    pub(crate) fn asks(&self, conclusion: ConclusionIdx) -> bool {
        self.asking.as_ref().is_none_or(|asking| asking.contains(&conclusion))
    }
}

/// One conclusion, drawn.
#[derive(Clone, Debug)]
pub struct Drawn {
    /// Which.
    pub conclusion: ConclusionIdx,
    /// Its position in the compiled guideline.
    pub at: usize,
    /// The exact outcome.
    pub outcome: Outcome,
    /// What practice would say beside it.
    pub convention: Option<Conventional>,
    /// Why, for what is concluded or not applicable.
    pub reason: Option<Reason>,
    /// Given facts that alone force the outcome: drop any and it is no longer forced.
    pub sufficient: Vec<FactIdx>,
    /// Smallest sets of facts that settle it whatever their value.
    pub settle: Vec<Vec<FactIdx>>,
    /// For each possible value one way to complete the record.
    pub examples: Vec<Completion>,
    /// True when every row it rests on is confirmed by a clinician.
    pub confirmed: bool,
}

/// All conclusions about one patient.
#[derive(Clone, Debug)]
pub struct Conclusions {
    /// In vocabulary order; all, or those that were asked for.
    pub drawn: Vec<Drawn>,
    /// Contradictions found in the facts.
    pub contradictions: Vec<Contradiction>,
    /// Conventions that contradict each other here.
    pub convention_clashes: Vec<ConventionClash>,
    /// Facts taken as their presumed value.
    pub presumed: Vec<FactIdx>,
    /// What to ask next, most useful first.
    pub questions: Vec<Question>,
    /// What is to be done again, in the order of the guideline.
    pub due: Vec<DueItem>,
    /// How each fact stands in the record, by fact position.
    pub recorded: Vec<Recorded>,
}

impl Conclusions {
    /// One conclusion.
    pub fn get(&self, conclusion: ConclusionIdx) -> Option<&Drawn> {
        self.drawn.iter().find(|d| d.conclusion == conclusion)
    }

    /// How much an answer is worth: each conclusion that the question settles counts four times its weight, each that it
    /// helps to settle the share that this fact has among those that must be asked together.
    ///
    /// `weight` is that of the conclusion at a position of [`Conclusions::drawn`]; the result only serves to compare.
    pub fn worth(&self, question: &Question, weight: impl Fn(usize) -> usize) -> usize {
        const WHOLE: usize = 5040;
        let share = |position: &usize| {
            let sets = self.drawn[*position].settle.iter().filter(|set| set.contains(&question.fact));
            WHOLE / sets.map(Vec::len).min().unwrap_or(1).max(1)
        };
        let settled: usize = question.settles.iter().map(|at| weight(*at) * 4 * WHOLE).sum();
        settled + question.helps.iter().map(|at| weight(*at) * share(at)).sum::<usize>()
    }
}

/// Exact sets only: what a batch or a benchmark needs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sets {
    /// Per conclusion the possible values; for a collected conclusion, values that may hold.
    pub possible: Vec<u64>,
    /// Per collected conclusion, values that certainly hold.
    pub certain: Vec<u64>,
}

/// What one walk tells of a decided conclusion: its exact set, and the row when only one can decide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// The possible values, with the bit for "not applicable".
    pub possible: u64,
    /// The deciding row by position in the conclusion's rows; one more is "outside every table".
    pub row: Option<u16>,
}

/// The fast engine, reusable from patient to patient.
pub struct Engine<'g> {
    guideline: &'g CompiledGuideline,
    worlds: Fast<'g>,
    /// For each conclusion and row, the value the row says, as a mask of one bit.
    says: Vec<Vec<u64>>,
    /// Worked out when a patient needs them: what is certain needs none.
    customs: OnceCell<Customs>,
    blank: Blank<'g>,
}

/// Draws every conclusion the guideline supports from one patient's facts.
///
/// Pure: the same guideline, facts and options always give the same conclusions, in vocabulary order.
///
/// # Unknowns
/// A missing fact yields [`Outcome::Undetermined`] with the exact set, unless every possible world agrees.
///
/// # Source
/// [`crate::meaning`] defines every word used here.
pub fn conclude(guideline: &CompiledGuideline, facts: &FactSet, options: &Options) -> Conclusions {
    Engine::new(guideline).conclude(facts, options)
}

impl<'g> Engine<'g> {
    /// An engine for one guideline, which prepares nothing; see [`Preparations`].
    pub fn new(guideline: &'g CompiledGuideline) -> Self {
        Engine::with(guideline, &Preparations::none())
    }

    /// One of several engines, which share what is prepared for many patients.
    pub fn with(guideline: &'g CompiledGuideline, preparations: &Preparations) -> Self {
        let says = guideline.conclusions.iter().map(|c| {
            let not_applicable = 1u64 << c.not_applicable(&guideline.vocabulary);
            let rows = c.rows.iter().map(|(t, r)| match guideline.tables[*t].rows[*r].output {
                nw_guideline::Output::Value(value) => 1 << value,
                nw_guideline::Output::NotApplicable => not_applicable,
            });
            rows.chain(std::iter::once(not_applicable)).collect()
        });
        Engine {
            guideline,
            worlds: Fast::with(guideline, Arc::clone(&preparations.0)),
            says: says.collect(),
            customs: OnceCell::new(),
            blank: Blank::new(guideline),
        }
    }

    /// The guideline.
    pub fn guideline(&self) -> &'g CompiledGuideline {
        self.guideline
    }

    /// Where every patient begins, the conventions, and the worlds to ask.
    pub(crate) fn parts(&mut self) -> (&Blank<'g>, &Customs, &mut Fast<'g>) {
        let customs = self.customs.get_or_init(|| Customs::new(self.guideline));
        (&self.blank, customs, &mut self.worlds)
    }

    /// Where every patient begins under this guideline; from here, what a record says is soon read.
    pub fn blank(&self) -> &Blank<'g> {
        &self.blank
    }

    /// Exact sets from masks that the caller made, without conventions or reasons; all empty when no world is possible.
    pub fn sets(&mut self, masks: &[u64], sets: &mut Sets) {
        sets.possible.clear();
        sets.certain.clear();
        self.worlds.forget();
        let possible = self.worlds.each_set(masks, |some, every| {
            sets.possible.push(some);
            sets.certain.push(every);
        });
        if !possible {
            sets.possible.resize(self.guideline.conclusions.len(), 0);
            sets.certain.resize(self.guideline.conclusions.len(), 0);
        }
    }

    /// Exact sets with the deciding rows, by one walk each; the masks must allow a world. Collected conclusions stay empty.
    pub fn decide(&mut self, masks: &[u64], decisions: &mut Vec<Decision>) {
        decisions.clear();
        self.worlds.forget();
        self.worlds.begin(masks, &[]);
        for (at, conclusion) in self.guideline.conclusions.iter().enumerate() {
            if conclusion.policy == HitPolicy::Collect {
                decisions.push(Decision::default());
                continue;
            }
            let says = &self.says[at];
            let mut decision = Decision::default();
            let mut several = false;
            self.worlds.each_row_now(at, |row| {
                several |= decision.row.is_some_and(|r| r != row);
                decision.row = Some(row);
                // A gap of a draft that was not admitted has no row to name.
                decision.possible |= says.get(usize::from(row)).copied().unwrap_or(1 << 63);
            });
            if several {
                decision.row = None;
            }
            decisions.push(decision);
        }
    }

    /// The row that decides a conclusion when every fact it needs is known: (conclusion position) → row position.
    pub fn row(&mut self, conclusion: usize, masks: &[u64]) -> Option<u16> {
        self.worlds.forget();
        match *self.worlds.rows(conclusion, masks, &[]) {
            [row] => Some(row),
            _ => None,
        }
    }

    /// Whether some complete patient fits everything that the facts say.
    pub fn allows(&mut self, facts: &FactSet) -> bool {
        self.worlds.forget();
        let knowledge = self.blank.know(facts, &[], &[]);
        let agreements = crate::ground::active(self.guideline, &knowledge.masks);
        knowledge.contradictions.is_empty() && self.worlds.any(&knowledge.masks, &agreements)
    }

    /// Draws every conclusion; see [`conclude`].
    pub fn conclude(&mut self, facts: &FactSet, options: &Options) -> Conclusions {
        self.worlds.forget();
        let worlds = &mut self.worlds;
        let ground = ground(&self.blank, facts, &mut told(|masks, kept| worlds.any_in_passing(masks, kept)));
        self.drawn(facts, options, ground)
    }

    /// The same about a row of a table: which of its facts contradict each other is found in a diagram over its columns.
    pub fn conclude_row(
        &mut self,
        facts: &FactSet,
        options: &Options,
        possible: &mut Possible,
    ) -> Conclusions {
        self.worlds.forget();
        let ground = ground(&self.blank, facts, possible);
        self.drawn(facts, options, ground)
    }

    /// What of a row of a table can be true together: the masks of a record that allows a world, and the variables that
    /// had to be set aside for that.
    ///
    /// What is drawn from these masks is what [`Engine::conclude_row`] draws, except that a conclusion which stays open and
    /// reads something that was set aside is a conflict.
    pub fn ground_row(&mut self, facts: &FactSet, possible: &mut Possible) -> (Vec<u64>, Vec<u16>) {
        let ground = ground(&self.blank, facts, possible);
        let aside = ground.aside.iter().filter_map(|fact| self.guideline.space.var(*fact)).collect();
        (ground.knowledge.masks, aside)
    }

    fn drawn(&mut self, facts: &FactSet, options: &Options, ground: Ground) -> Conclusions {
        let mut drawn = outcomes(self.guideline, &ground, options, &mut self.worlds);
        let guideline = self.guideline;
        let open =
            if options.detail >= Detail::Questions { question::open(options, &drawn) } else { Vec::new() };
        let mut practice_and_reasons = || {
            if options.detail < Detail::Reasons {
                return Vec::new();
            }
            let (blank, customs, worlds) = self.parts();
            let clashes = conventions((blank, customs), facts, &ground, options, &mut drawn, worlds);
            explain::reasons(guideline, &ground, options, &mut drawn, worlds);
            clashes
        };
        let ask = || question::settle(guideline, &ground, &open);
        let (convention_clashes, asked) = if open.len() < MANY_OPEN {
            (practice_and_reasons(), ask())
        } else {
            beside(practice_and_reasons, ask)
        };
        let questions = asked.tell(&mut drawn);
        let due = due::items(self.guideline, facts, &ground.knowledge, &drawn);
        let presumed = (0..ground.knowledge.recorded.len())
            .filter(|i| ground.knowledge.recorded[*i] == Recorded::Presumed)
            .map(|i| FactIdx(i as u16))
            .collect();
        Conclusions {
            drawn,
            contradictions: ground.contradictions,
            convention_clashes,
            presumed,
            questions,
            due,
            recorded: ground.knowledge.recorded,
        }
    }
}

/// Where so many conclusions are open, looking for what settles them takes a thread of its own: neither what practice says
/// nor the reasons depend on it, and all of them take long.
const MANY_OPEN: usize = 64;

/// Does one thing here and another beside it; one after the other where no thread is to be had.
fn beside<A, B: Send>(mut here: impl FnMut() -> A, there: impl Fn() -> B + Sync) -> (A, B) {
    std::thread::scope(|scope| {
        let other = std::thread::Builder::new().spawn_scoped(scope, &there);
        let one = here();
        let other = match other {
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(_) => there(),
        };
        (one, other)
    })
}

pub(crate) fn outcomes(
    guideline: &CompiledGuideline,
    ground: &Ground,
    options: &Options,
    worlds: &mut Fast<'_>,
) -> Vec<Drawn> {
    let aside_vars: Vec<u16> = ground.aside.iter().filter_map(|f| guideline.space.var(*f)).collect();
    let mut drawn = Vec::new();
    let wanted = |at: usize| options.wants(guideline.conclusions[at].idx);
    let knowledge = (ground.knowledge.masks.as_slice(), ground.agreements.as_slice());
    worlds.each_wanted(knowledge, wanted, |at, some, every| {
        let conclusion = &guideline.conclusions[at];
        let values = guideline.vocabulary.conclusion(conclusion.idx).values.len();
        let outcome = if conclusion.policy == HitPolicy::Collect {
            Outcome::Collected { certain: every, open: some & !every }
        } else {
            outcome_of(some, values)
        };
        let touched = !aside_vars.is_empty() && conclusion.support.iter().any(|v| aside_vars.contains(v));
        let outcome = if touched && outcome.is_open() {
            Outcome::Conflict(blamed(guideline, ground, at))
        } else {
            outcome
        };
        drawn.push(Drawn {
            conclusion: conclusion.idx,
            at,
            outcome,
            convention: None,
            reason: None,
            sufficient: Vec::new(),
            settle: Vec::new(),
            examples: Vec::new(),
            confirmed: false,
        });
    });
    drawn
}

/// The facts of the contradictions that a conclusion rests on.
fn blamed(guideline: &CompiledGuideline, ground: &Ground, at: usize) -> Vec<FactIdx> {
    let support = &guideline.conclusions[at].support;
    let rests = |f: &FactIdx| guideline.space.var(*f).is_some_and(|v| support.contains(&v));
    let mut facts: Vec<FactIdx> = ground
        .contradictions
        .iter()
        .filter(|c| c.facts.iter().any(rests))
        .flat_map(|c| c.facts.iter().copied())
        .collect();
    facts.sort_unstable();
    facts.dedup();
    facts
}

pub(crate) fn outcome_of(set: u64, values: usize) -> Outcome {
    match set.count_ones() {
        1 if set == 1 << values => Outcome::NotApplicable,
        1 => Outcome::Concluded(set.trailing_zeros() as usize),
        _ => Outcome::Undetermined(set),
    }
}
