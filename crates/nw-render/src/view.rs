//! Conclusions as a person reads them, in one language; the same for pages and for programs.

use nw_engine::{Conclusions, Drawn, DueStatus, Outcome};
use nw_facts::{ConclusionDef, FactIdx, Holder, Language};
use nw_guideline::{CompiledGuideline, Output};

use crate::reading::pick;

/// One conclusion.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its id.
    pub id: String,
    /// Its name.
    pub label: String,
    /// The value set it answers from; empty for one of its own.
    pub set: String,
    /// How it stands: `concluded`, `undetermined`, `conflict`, `not-applicable`.
    pub status: &'static str,
    /// The value, or values that are still possible, as words.
    pub values: Vec<String>,
    /// What certainly holds is listed; this may hold, too.
    pub maybe: Vec<String>,
    /// The ids of the possible values.
    pub ids: Vec<String>,
    /// What practice says beside the set, with the names of the conventions.
    pub convention: Option<(String, Vec<String>)>,
    /// The same as short as it can be said.
    pub convention_short: String,
    /// The id of its value, when it is one value.
    pub convention_state: String,
    /// What the deciding rows say.
    pub because: Vec<String>,
    /// Facts that would settle it: the smallest set.
    pub settle: Vec<String>,
    /// Every row it rests on is confirmed.
    pub confirmed: bool,
}

/// Codes such as `G2` and `IIIB` stand as they are.
fn code(id: &str) -> bool {
    id.len() <= 7 && id.starts_with(|c: char| c.is_ascii_uppercase() || c.is_ascii_digit())
}

impl Answer {
    /// All on one line.
    pub fn line(&self) -> String {
        self.values.join(" · ")
    }

    /// Its value as short as it can be said: codes as they are, a long row of them by its ends.
    pub fn short(&self) -> String {
        if self.ids.is_empty() || !self.ids.iter().all(|id| code(id)) {
            return self.line();
        }
        match self.ids.as_slice() {
            [first, .., last] if self.ids.len() > 4 => format!("{first}…{last}"),
            ids => ids.join("/"),
        }
    }

    /// More values are possible than fit on a line.
    pub fn wide(&self) -> bool {
        self.open() && self.values.len() > 3
    }

    /// What would settle it, on a line: of a long list the first few and how many more.
    pub fn settle_briefly(&self) -> Vec<String> {
        const FEW: usize = 5;
        let more = self.settle.len().saturating_sub(FEW);
        let first = self.settle.iter().take(if more > 1 { FEW } else { FEW + 1 }).cloned();
        first.chain((more > 1).then(|| format!("{more} …"))).collect()
    }

    /// The id of the value when there is one.
    pub fn state(&self) -> &str {
        self.ids.first().map_or("", String::as_str)
    }

    pub fn open(&self) -> bool {
        self.status == "undetermined"
    }
}

/// A heading with its conclusions.
#[derive(Clone, Debug)]
pub struct Group {
    pub label: String,
    pub detail: bool,
    pub answers: Vec<Answer>,
}

/// A question that is worth asking.
#[derive(Clone, Debug)]
pub struct Ask {
    pub fact: String,
    pub question: String,
    pub holder: String,
    pub holder_id: &'static str,
    pub settles: Vec<String>,
    pub asked_before: bool,
}

/// Something that is to be done again.
#[derive(Clone, Debug)]
pub struct DueLine {
    pub title: String,
    pub day: String,
    pub overdue: bool,
    /// Its time has come; what is not, comes later.
    pub now: bool,
}

/// Everything about one patient that the guideline says.
#[derive(Clone, Debug)]
pub struct View {
    pub groups: Vec<Group>,
    pub asks: Vec<Ask>,
    /// Facts for want of which the tumour cannot be told in one line, with who usually knows: the smallest set for each of
    /// [`HEADLINE`] that is open and that practice does not answer either.
    pub lacking: Vec<(String, String)>,
    pub due: Vec<DueLine>,
    pub notes: Vec<String>,
    /// Contradictions: facts by label, and what they break.
    pub contradictions: Vec<(Vec<String>, String)>,
}

impl View {
    /// One conclusion.
    pub fn answer(&self, id: &str) -> Option<&Answer> {
        self.groups.iter().flat_map(|g| &g.answers).find(|a| a.id == id)
    }

    /// Conclusions that are worth a line: not those that do not apply.
    pub fn options(&self) -> impl Iterator<Item = &Answer> {
        // Options are those conclusions that answer with the status of an option; the lists beside them do not.
        let option = |a: &&Answer| a.set == OPTION_STATUS && a.status != "not-applicable";
        self.groups.iter().flat_map(|g| &g.answers).filter(option)
    }
}

/// The value set of options.
const OPTION_STATUS: &str = "option-status";

/// Who usually knows.
pub fn holder(language: Language, holder: Holder) -> &'static str {
    let (en, nl) = match holder {
        Holder::Pathology => ("pathology", "pathologie"),
        Holder::Radiology => ("radiology", "radiologie"),
        Holder::NuclearMedicine => ("nuclear medicine", "nucleaire geneeskunde"),
        Holder::Laboratory => ("laboratory", "laboratorium"),
        Holder::Endoscopy => ("endoscopy", "endoscopie"),
        Holder::Surgery => ("surgery", "chirurgie"),
        Holder::Clinic => ("clinic", "polikliniek"),
        Holder::Genetics => ("genetics", "klinische genetica"),
        Holder::Patient => ("patient", "patiënt"),
        Holder::Registry => ("registry", "registratie"),
    };
    match language {
        Language::En => en,
        Language::Nl => nl,
    }
}

/// Conclusions that tell the tumour in one line, in the order in which they are said aloud.
/// Those of [`HEADLINE`] that are told as practice has them where they do not follow for certain, and say so.
const OF_PRACTICE: &[&str] = &["tumour.grade", "tnm.uicc8.stage"];

pub const HEADLINE: &[&str] = &[
    "tumour.entity",
    "tumour.grade",
    "tnm.uicc8.t",
    "tnm.uicc8.n",
    "tnm.uicc8.m",
    "tnm.uicc8.stage",
    "gastric.type",
    "function.syndrome",
];

/// How many questions of one case a meeting asks for; more would not be asked in time.
const MOST_ASKED: usize = 10;

impl View {
    /// Open questions that settle something, the most useful first.
    pub fn missing(&self) -> impl Iterator<Item = &Ask> {
        self.asks.iter().filter(|a| !a.asked_before && !a.settles.is_empty()).take(MOST_ASKED)
    }

    /// The tumour in one line.
    pub fn tumour(&self, site: Option<&str>, language: Language) -> String {
        let mut parts: Vec<String> = site.map(str::to_string).into_iter().collect();
        for answer in HEADLINE.iter().filter_map(|id| self.answer(id)) {
            if answer.status == "concluded" {
                parts.push(answer.line());
            } else if let ("undetermined", Some((value, _)), true) =
                (answer.status, &answer.convention, OF_PRACTICE.contains(&answer.id.as_str()))
            {
                parts.push(format!("{value} ({})", pick(language, "by convention", "volgens afspraak")));
            }
        }
        parts.dedup();
        parts.join(" · ")
    }
}

/// Makes the view of one patient's conclusions.
pub fn view(guideline: &CompiledGuideline, drawn: &Conclusions, language: Language) -> View {
    let vocabulary = &guideline.vocabulary;
    let mut groups: Vec<Group> = vocabulary
        .groups()
        .iter()
        .map(|g| Group { label: g.label.get(language).to_string(), detail: g.detail, answers: Vec::new() })
        .collect();
    let mut notes = Vec::new();
    for one in &drawn.drawn {
        let def = vocabulary.conclusion(one.conclusion);
        if def.id.starts_with("note.") {
            notes.extend(sentences(guideline, one, language));
        } else if !def.hidden
            && let Some(group) = vocabulary.group_of(def)
        {
            groups[group].answers.push(answer(guideline, one, def, language));
        }
    }
    notes.extend(clashes(guideline, drawn, language));
    notes.dedup();
    groups.retain(|g| !g.answers.is_empty());
    let name = |fact: FactIdx| vocabulary.fact(fact).label.get(language).to_string();
    let contradictions = drawn.contradictions.iter().map(|c| {
        let rules = c.rules.iter().map(|r| guideline.rules[*r].title.get(language).to_string());
        let reports = c.agreements.iter().map(|a| guideline.agreements[*a].title.get(language).to_string());
        let broken: Vec<String> = rules.chain(reports).collect();
        (c.facts.iter().map(|f| name(*f)).collect(), broken.join("; "))
    });
    let due = drawn.due.iter().filter_map(|item| {
        let title = guideline.dues[item.due].title.get(language).to_string();
        let day = |day: Option<nw_facts::Date>| day.map(|d| d.to_string()).unwrap_or_default();
        match item.status {
            DueStatus::Overdue => Some(DueLine { title, day: day(item.latest), overdue: true, now: true }),
            DueStatus::Due | DueStatus::Later => {
                let now = item.status == DueStatus::Due;
                Some(DueLine { title, day: day(item.earliest.or(item.latest)), overdue: false, now })
            }
            DueStatus::Undated => None,
        }
    });
    View {
        asks: asks(guideline, drawn, language),
        lacking: lacking(guideline, drawn, language),
        due: due.collect(),
        notes,
        contradictions: contradictions.collect(),
        groups,
    }
}

/// Conventions that contradict each other for what readers see, a sentence for each.
fn clashes(guideline: &CompiledGuideline, drawn: &Conclusions, language: Language) -> Vec<String> {
    let shown = |c: &nw_facts::ConclusionIdx| !guideline.vocabulary.conclusion(*c).hidden;
    let seen = drawn.convention_clashes.iter().filter(|clash| clash.conclusions.iter().any(shown));
    let title = |at: &usize| guideline.conventions[*at].title.get(language);
    seen.map(|clash| {
        let against: Vec<&str> = clash.against.iter().map(title).collect();
        let (one, others) = (title(&clash.convention), against.join("” + “"));
        match language {
            Language::En => {
                format!("Two conventions contradict each other: “{one}” gives way to “{others}”.")
            }
            Language::Nl => format!("Afspraken spreken elkaar tegen: “{one}” wijkt voor “{others}”."),
        }
    })
    .collect()
}

fn value(def: &ConclusionDef, at: usize, language: Language) -> String {
    def.values.get(at).map_or_else(
        || pick(language, "not applicable", "niet van toepassing"),
        |v| {
            let label = v.label.get(language);
            if label.is_empty() { v.id.clone() } else { label.to_string() }
        },
    )
}

fn value_id(def: &ConclusionDef, at: usize) -> String {
    def.values.get(at).map_or("not-applicable".to_string(), |v| v.id.clone())
}

fn bits(mask: u64) -> impl Iterator<Item = usize> {
    (0..64).filter(move |i| mask >> i & 1 == 1)
}

fn answer(guideline: &CompiledGuideline, one: &Drawn, def: &ConclusionDef, language: Language) -> Answer {
    let words = |mask: u64| bits(mask).map(|v| value(def, v, language)).collect::<Vec<_>>();
    let ids = |mask: u64| bits(mask).map(|v| value_id(def, v)).collect::<Vec<_>>();
    let (status, values, maybe, ids) = match &one.outcome {
        Outcome::Concluded(v) => ("concluded", words(1 << v), Vec::new(), ids(1 << v)),
        Outcome::Undetermined(set) => ("undetermined", words(*set), Vec::new(), ids(*set)),
        Outcome::NotApplicable => ("not-applicable", Vec::new(), Vec::new(), Vec::new()),
        Outcome::Conflict(_) => ("conflict", Vec::new(), Vec::new(), Vec::new()),
        Outcome::Collected { certain, open } => {
            let status = if *open == 0 { "concluded" } else { "undetermined" };
            (status, words(*certain), words(*open), ids(*certain))
        }
    };
    let convention = one.convention.as_ref().map(|c| {
        let said = match &c.outcome {
            Outcome::Concluded(v) => value(def, *v, language),
            Outcome::Collected { certain, .. } => words(*certain).join(" · "),
            _ => pick(language, "not applicable", "niet van toepassing"),
        };
        let names = c.conventions.iter().map(|i| guideline.conventions[*i].title.get(language).to_string());
        (said, names.collect())
    });
    let convention_short = one.convention.as_ref().map(|c| match &c.outcome {
        Outcome::Concluded(v) if code(&value_id(def, *v)) => value_id(def, *v),
        Outcome::Concluded(v) => value(def, *v, language),
        _ => String::new(),
    });
    let convention_state = match one.convention.as_ref().map(|c| &c.outcome) {
        Some(Outcome::Concluded(v)) => value_id(def, *v),
        _ => String::new(),
    };
    let settle = one.settle.first().map(|set| {
        set.iter().map(|f| guideline.vocabulary.fact(*f).label.get(language).to_string()).collect()
    });
    Answer {
        id: def.id.clone(),
        label: def.label.get(language).to_string(),
        set: def.set.clone(),
        status,
        values,
        maybe,
        ids,
        convention,
        convention_short: convention_short.unwrap_or_default(),
        convention_state,
        because: sentences(guideline, one, language),
        settle: settle.unwrap_or_default(),
        confirmed: one.confirmed,
    }
}

/// What the rows that decide a conclusion say.
fn sentences(guideline: &CompiledGuideline, one: &Drawn, language: Language) -> Vec<String> {
    let steps = one.reason.iter().flat_map(|r| &r.steps);
    let own = steps.filter(|s| guideline.tables[s.table].conclusion == one.conclusion);
    let rows =
        own.map(|s| &guideline.tables[s.table].rows[s.row]).filter(|row| match (row.output, &one.outcome) {
            (Output::Value(v), Outcome::Collected { certain, .. }) => certain >> v & 1 == 1,
            _ => true,
        });
    rows.map(|row| row.text.get(language).to_string()).filter(|text| !text.is_empty()).collect()
}

/// What keeps the tumour from being told in one line.
fn lacking(guideline: &CompiledGuideline, drawn: &Conclusions, language: Language) -> Vec<(String, String)> {
    let vocabulary = &guideline.vocabulary;
    let told = |one: &&Drawn| HEADLINE.contains(&vocabulary.conclusion(one.conclusion).id.as_str());
    let open = |one: &&Drawn| matches!(one.outcome, Outcome::Undetermined(_)) && one.convention.is_none();
    let mut facts: Vec<FactIdx> = Vec::new();
    for fact in drawn.drawn.iter().filter(told).filter(open).filter_map(|one| one.settle.first()).flatten() {
        if !facts.contains(fact) {
            facts.push(*fact);
        }
    }
    let facts = facts.into_iter().map(|fact| vocabulary.fact(fact));
    facts.map(|def| (def.label.get(language).to_string(), holder(language, def.holder).to_string())).collect()
}

/// Questions, the most useful first; what was asked before comes last.
fn asks(guideline: &CompiledGuideline, drawn: &Conclusions, language: Language) -> Vec<Ask> {
    use nw_engine::Recorded;
    let vocabulary = &guideline.vocabulary;
    let groups = vocabulary.groups();
    let weight = |at: usize| {
        let one = &drawn.drawn[at];
        let def = vocabulary.conclusion(one.conclusion);
        let detail = vocabulary.group_of(def).is_none_or(|g| groups[g].detail);
        let list = matches!(one.outcome, Outcome::Collected { .. });
        if def.hidden || detail || list { 1usize } else { 4 }
    };
    let mut all: Vec<(bool, usize, Ask)> = drawn
        .questions
        .iter()
        .map(|q| {
            let fact = vocabulary.fact(q.fact);
            let asked_before = !matches!(
                drawn.recorded[usize::from(q.fact.0)],
                Recorded::Nothing | Recorded::Value | Recorded::Derived | Recorded::Presumed
            );
            let shown = |at: &usize| {
                let def = vocabulary.conclusion(drawn.drawn[*at].conclusion);
                (!def.hidden && !def.id.starts_with("note.")).then(|| def.label.get(language).to_string())
            };
            let worth = drawn.worth(q, weight);
            let ask = Ask {
                fact: fact.id.clone(),
                question: fact.question.get(language).to_string(),
                holder: holder(language, fact.holder).to_string(),
                holder_id: fact.holder.id(),
                settles: q.settles.iter().filter_map(shown).collect(),
                asked_before,
            };
            (asked_before, worth, ask)
        })
        .collect();
    all.sort_by_key(|(asked, worth, _)| (*asked, std::cmp::Reverse(*worth)));
    all.into_iter().map(|(_, _, ask)| ask).collect()
}
