//! What an import has to say beside the facts: nothing is dropped without a word.

use std::collections::BTreeMap;

use nw_facts::Text;

/// Why an element did not become a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NoteCode {
    /// No rule speaks of this kind of resource.
    Resource,
    /// No rule speaks of this code.
    Code,
    /// A code in words alone, or of a system that is not known.
    Uncoded,
    /// No rule reads this element.
    Element,
    /// The element may turn the meaning round (a modifier extension, implicit rules): the resource is left.
    Modifier,
    /// The resource is not final, was entered in error, or is only supposed.
    Status,
    /// The value cannot be read as a value of the fact.
    Value,
    /// The unit is not one that is known here.
    Unit,
    /// Two codes of one element, or two rules, say different things.
    Ambiguous,
    /// It speaks of another patient, of a relative, of another tumour or of another place in the body.
    Subject,
    /// A reference that leads nowhere in this input, or in a circle.
    Reference,
    /// A day of which only the month or the year is known, taken as its first day.
    Date,
    /// Who the patient is; left out on purpose.
    Identity,
    /// An earlier measurement of what is asked about the present.
    Earlier,
    /// A conclusion of our own, or a restatement of facts that stand beside it.
    Own,
    /// An answer to a question that is not in the dictionary.
    Question,
    /// An answer to a questionnaire of somebody else.
    Questionnaire,
    /// A primary cancer of which nothing says that it is neuroendocrine.
    Neoplasm,
}

impl NoteCode {
    /// Every code with its id.
    pub const ALL: [(NoteCode, &'static str); 18] = [
        (NoteCode::Resource, "resource-not-read"),
        (NoteCode::Code, "code-not-read"),
        (NoteCode::Uncoded, "without-code"),
        (NoteCode::Element, "element-not-read"),
        (NoteCode::Modifier, "modifier"),
        (NoteCode::Status, "status"),
        (NoteCode::Value, "value-not-read"),
        (NoteCode::Unit, "unit-not-read"),
        (NoteCode::Ambiguous, "ambiguous"),
        (NoteCode::Subject, "other-subject"),
        (NoteCode::Reference, "reference"),
        (NoteCode::Date, "date-in-part"),
        (NoteCode::Identity, "identity-left-out"),
        (NoteCode::Earlier, "earlier"),
        (NoteCode::Own, "own-conclusion"),
        (NoteCode::Question, "question-not-known"),
        (NoteCode::Questionnaire, "other-questionnaire"),
        (NoteCode::Neoplasm, "not-stated-neuroendocrine"),
    ];

    /// The id used in files and JSON.
    pub fn id(self) -> &'static str {
        NoteCode::ALL.iter().find(|(c, _)| *c == self).map(|(_, id)| *id).expect("every code is listed")
    }

    /// What it means, for people.
    pub fn told(self) -> Text {
        let (en, nl) = match self {
            NoteCode::Resource => {
                ("no rule reads this kind of resource", "geen regel leest dit soort resource")
            }
            NoteCode::Code => ("no rule reads this code", "geen regel leest deze code"),
            NoteCode::Uncoded => (
                "only words, or a code of a system that is not known",
                "alleen woorden, of een code uit een onbekend stelsel",
            ),
            NoteCode::Element => ("no rule reads this element", "geen regel leest dit element"),
            NoteCode::Modifier => (
                "may turn the meaning round; the resource was not read",
                "kan de betekenis omkeren; de resource is niet gelezen",
            ),
            NoteCode::Status => (
                "not final, entered in error, refuted or only supposed",
                "niet definitief, foutief ingevoerd, weerlegd of alleen vermoed",
            ),
            NoteCode::Value => (
                "the value cannot be read as a value of the fact",
                "de waarde is niet te lezen als waarde van het gegeven",
            ),
            NoteCode::Unit => ("the unit is not known here", "de eenheid is hier niet bekend"),
            NoteCode::Ambiguous => ("two codes say different things", "twee codes zeggen iets verschillends"),
            NoteCode::Subject => (
                "speaks of another person, another tumour or another place",
                "gaat over iemand anders, een andere tumor of een andere plaats",
            ),
            NoteCode::Reference => (
                "the reference leads nowhere in this input",
                "de verwijzing leidt nergens heen in deze invoer",
            ),
            NoteCode::Date => (
                "the day is known in part; its first day was taken",
                "de dag is deels bekend; de eerste dag is genomen",
            ),
            NoteCode::Identity => ("who the patient is; left out", "wie de patiënt is; weggelaten"),
            NoteCode::Earlier => (
                "an earlier or clinical statement; a later or pathological one was taken",
                "een eerdere of klinische vermelding; een latere of pathologische is genomen",
            ),
            NoteCode::Own => (
                "a conclusion of netwijzer itself; conclusions are drawn again, never read",
                "een conclusie van netwijzer zelf; conclusies worden opnieuw getrokken, nooit gelezen",
            ),
            NoteCode::Question => (
                "answers a question that is not in the dictionary",
                "beantwoordt een vraag die niet in het woordenboek staat",
            ),
            NoteCode::Questionnaire => (
                "answers a questionnaire of somebody else, whose questions are not known here",
                "beantwoordt een vragenlijst van iemand anders, waarvan de vragen hier niet bekend zijn",
            ),
            NoteCode::Neoplasm => (
                "a cancer of which nothing says that it is neuroendocrine",
                "een kanker waarvan niets zegt dat hij neuro-endocrien is",
            ),
        };
        Text::new(en, nl)
    }
}

/// One kind of element that did not become a fact, with how often and where first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Why.
    pub code: NoteCode,
    /// Which element, as a FHIRPath without positions: `Observation.method`.
    pub element: String,
    /// A code of a public code system, or the id of a fact; never a patient's words.
    pub detail: String,
    /// How often.
    pub count: usize,
    /// Where first, with positions: `Bundle.entry[3].resource.method`.
    pub first: String,
}

/// Notes as they are gathered: one for each code, element and detail.
#[derive(Default)]
pub(crate) struct Notes {
    kept: BTreeMap<(NoteCode, String, String), (usize, String)>,
}

impl Notes {
    pub(crate) fn add(&mut self, code: NoteCode, element: &str, detail: &str, place: &str) {
        let slot = self.kept.entry((code, element.to_string(), detail.to_string()));
        slot.or_insert_with(|| (0, place.to_string())).0 += 1;
    }

    pub(crate) fn finish(self) -> Vec<Note> {
        self.kept
            .into_iter()
            .map(|((code, element, detail), (count, first))| Note { code, element, detail, count, first })
            .collect()
    }
}

/// How grave a fault of the whole input is, in the words of FHIR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Nothing was taken.
    Fatal,
    /// Part of it was not taken.
    Error,
    /// Worth a look.
    Warning,
}

impl Severity {
    /// The code of the OperationOutcome.
    pub fn id(self) -> &'static str {
        match self {
            Severity::Fatal => "fatal",
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// A fault of the input as a whole, as an OperationOutcome says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// How grave.
    pub severity: Severity,
    /// The code of FHIR's value set `issue-type`.
    pub code: &'static str,
    /// What, where, and what to do next; no value of a patient.
    pub text: Text,
    /// The place, when there is one.
    pub place: Option<String>,
}
