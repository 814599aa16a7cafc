//! Whether the patterns keep what their examples promise, and whether two statements can both be true.

use nw_facts::{Evidence, FactIdx, Text, Vocabulary, said};

use crate::grammar::{Grammar, GrammarFault, PatternCase};
use crate::weighed::disjoint_evidence;

impl Grammar {
    /// Everything that an author should know before a report is read: patterns that cannot be compiled, and examples
    /// that do not give what they promise. Costs as much as reading every example.
    pub fn check(&self, vocabulary: &Vocabulary) -> Vec<GrammarFault> {
        let mut faults = self.faults();
        faults.extend(self.cases().filter_map(|case| self.broken(vocabulary, &case)));
        faults
    }

    fn broken(&self, vocabulary: &Vocabulary, case: &PatternCase<'_>) -> Option<GrammarFault> {
        let report = self.extract(vocabulary, &case.example.text);
        let proposals = report.proposals();
        let found = proposals.iter().find(|f| f.fact == case.fact);
        let id = &vocabulary.fact(case.fact).id;
        let (pattern, said) = (case.pattern, &case.example.text);
        let text = match (&case.example.gives, found) {
            (None, None) => return None,
            (Some(expected), Some(found)) => {
                let meant = nw_facts::read(vocabulary, case.fact, expected);
                if meant.is_ok_and(|meant| meant == found.evidence) {
                    return None;
                }
                said!(
                    "pattern `{pattern}`: the example `{said}` gives {id} = {}, expected {expected}",
                    "pattern `{pattern}`: het voorbeeld `{said}` geeft {id} = {}, verwacht: {expected}",
                    found.value
                )
            }
            (None, Some(found)) => said!(
                "pattern `{pattern}`: the example `{said}` gives {id} = {}, expected nothing; add what keeps it out",
                "pattern `{pattern}`: het voorbeeld `{said}` geeft {id} = {}, verwacht: niets; voeg toe wat het tegenhoudt",
                found.value
            ),
            (Some(expected), None) => {
                let held = report.findings.iter().filter(|f| f.fact == case.fact);
                let held: Vec<Text> = held
                    .map(|f| said!("{} held as {:?}", "{} niet voorgesteld om `{:?}`", f.value, f.held))
                    .collect();
                let beside = if held.is_empty() {
                    said!("nothing", "niets")
                } else {
                    Text::joined(&held, (", ", ", "))
                };
                said!("pattern `{pattern}`: the example `{said}` gives {beside}, expected {id} = {expected}", "pattern `{pattern}`: het voorbeeld `{said}` geeft {beside}, verwacht: {id} = {expected}"; beside)
            }
        };
        Some(GrammarFault { file: case.file.to_string(), text })
    }
}

/// Whether two statements of one fact cannot both be true. What nobody knows contradicts nothing.
pub fn contradicts(
    vocabulary: &Vocabulary,
    fact: FactIdx,
    one: &[(FactIdx, Evidence)],
    other: &[(FactIdx, Evidence)],
) -> bool {
    let open = |all: &[(FactIdx, Evidence)]| {
        all.iter().any(|(_, e)| matches!(e, Evidence::Unknown | Evidence::NotDone | Evidence::NotApplicable))
    };
    !open(one) && !open(other) && disjoint_evidence(vocabulary, fact, one, other)
}
