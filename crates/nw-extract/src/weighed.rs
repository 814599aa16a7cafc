//! What a report says more than once: what it corrects, refutes, says more exactly or cannot mean together.

use std::collections::{BTreeMap, BTreeSet};

use nw_facts::{Decimal, Evidence, FactIdx, Vocabulary};

use crate::extract::{Conflict, Finding, Held};
use crate::grammar::{Grammar, LAST};

/// A finding with what weighs it against others.
pub(crate) struct Said {
    pub finding: Finding,
    /// That of its pattern, or a weaker one where only a request says so.
    pub rank: u8,
    /// How often the report corrected itself before it, and whether it says of it that it is so now or was said first.
    pub revision: u16,
    /// Whether the largest of its kind is meant.
    pub most: bool,
}

impl Grammar {
    /// Without what another finding makes needless: what a weaker pattern found of a fact that a firmer one proposes,
    /// and a value that another proposal says more exactly.
    pub(crate) fn keep_exact(&self, vocabulary: &Vocabulary, all: Vec<Said>) -> Vec<Finding> {
        let covers = |coarse: &Finding, fine: &Finding| {
            self.covers
                .iter()
                .any(|(fact, c, f)| *fact == fine.fact && *c == coarse.value && *f == fine.value)
        };
        let kinds = distinct(vocabulary, &all);
        let alike = |f: &Finding| kinds[&f.fact].iter();
        // What is said firmly but coarsely does not silence the one thing that is said more exactly.
        let only = |said: &Said| {
            let f = &said.finding;
            let other = |o: &Finding| o.proposed() && o.value != f.value;
            said.rank < LAST
                && alike(f).all(|o| !other(&o.finding) || o.rank == LAST || covers(&o.finding, f))
        };
        let firmer = |said: &Said| {
            let only = only(said);
            alike(&said.finding).any(|o| {
                o.rank < said.rank
                    && (said.rank == LAST || o.finding.proposed())
                    && !(only && covers(&o.finding, &said.finding))
            })
        };
        // What was measured on another day is neither larger nor smaller than this.
        let same_day = |a: &Finding, b: &Finding| a.date == b.date || !vocabulary.fact(a.fact).series;
        let larger = |said: &Said| {
            let f = &said.finding;
            let larger = |o: &Finding| o.proposed() && same_day(o, f) && number(o) > number(f);
            said.most && alike(f).any(|o| larger(&o.finding))
        };
        let stays: Vec<bool> =
            all.iter().map(|said| !(said.finding.proposed() && (firmer(said) || larger(said)))).collect();
        let all: Vec<Finding> =
            all.into_iter().zip(stays).filter(|(_, stays)| *stays).map(|(said, _)| said.finding).collect();
        let proposed: BTreeSet<(FactIdx, &str)> =
            all.iter().filter(|o| o.proposed()).map(|o| (o.fact, o.value.as_str())).collect();
        let exacter = |f: &Finding| {
            self.covers.iter().any(|(fact, coarse, fine)| {
                *fact == f.fact && *coarse == f.value && proposed.contains(&(*fact, fine.as_str()))
            })
        };
        let stays: Vec<bool> = all.iter().map(|f| !(f.proposed() && exacter(f))).collect();
        all.into_iter().zip(stays).filter(|(_, stays)| *stays).map(|(f, _)| f).collect()
    }

    /// Holds as doubted what cannot be true beside what else is proposed.
    pub(crate) fn hold_beside(&self, findings: &mut [Finding]) {
        for against in &self.against {
            let beside = |f: &Finding| {
                f.proposed() && against.when.iter().any(|(fact, value)| f.fact == *fact && f.value == *value)
            };
            if findings.iter().any(beside) {
                for f in findings.iter_mut() {
                    if f.proposed() && f.fact == against.fact && f.value == against.value {
                        f.held.push(Held::Doubted);
                    }
                }
            }
        }
    }
}

/// The number that a finding gives, where it gives one.
fn number(finding: &Finding) -> Option<Decimal> {
    match finding.evidence.first() {
        Some((_, Evidence::Numbers(parts))) if parts.len() == 1 => parts[0].single(),
        _ => None,
    }
}

/// One finding of each kind: what a long report says again and again is weighed once.
fn distinct<'s>(vocabulary: &Vocabulary, all: &'s [Said]) -> BTreeMap<FactIdx, Vec<&'s Said>> {
    let mut seen = BTreeSet::new();
    let mut kinds: BTreeMap<FactIdx, Vec<&'s Said>> = BTreeMap::new();
    for said in all {
        let f = &said.finding;
        let day = f.date.filter(|_| vocabulary.fact(f.fact).series);
        if seen.insert((f.fact, &f.value, day, said.rank, said.revision, f.proposed())) {
            kinds.entry(f.fact).or_default().push(said);
        }
    }
    kinds
}

/// Holds as denied what a report states of a tumour that it refutes; what it finds free is free all the same.
pub(crate) fn hold_refuted(findings: &mut [Finding]) {
    for finding in findings.iter_mut().filter(|f| f.value != "no" && !f.held.contains(&Held::Denied)) {
        finding.held.push(Held::Denied);
        finding.held.sort_unstable();
    }
}

/// Holds as past what a later part of the report corrects.
pub(crate) fn hold_corrected(vocabulary: &Vocabulary, all: &mut [Said]) {
    let kinds = distinct(vocabulary, all);
    let corrected: Vec<bool> = all
        .iter()
        .map(|said| {
            let f = &said.finding;
            kinds[&f.fact].iter().any(|o| {
                o.revision > said.revision
                    && o.finding.proposed()
                    && disjoint_evidence(vocabulary, f.fact, &f.evidence, &o.finding.evidence)
            })
        })
        .collect();
    for (said, _) in all.iter_mut().zip(corrected).filter(|(_, corrected)| *corrected) {
        said.finding.held.push(Held::Past);
        said.finding.held.sort_unstable();
        said.finding.held.dedup();
    }
}

/// Whether `a` leaves less open than `b`.
pub(crate) fn narrower(a: &[(FactIdx, Evidence)], b: &[(FactIdx, Evidence)]) -> bool {
    let size = |all: &[(FactIdx, Evidence)]| -> usize {
        all.iter()
            .map(|(_, evidence)| match evidence {
                Evidence::Choices(choices) => choices.len(),
                Evidence::Numbers(parts) => {
                    if parts.len() == 1 && parts[0].single().is_some() {
                        1
                    } else {
                        2 + parts.len()
                    }
                }
                _ => 100,
            })
            .sum()
    };
    size(a) < size(b)
}

/// Facts of which proposed findings have nothing in common.
pub(crate) fn conflicts(vocabulary: &Vocabulary, findings: &[Finding]) -> Vec<Conflict> {
    let mut by_fact: BTreeMap<FactIdx, Vec<usize>> = BTreeMap::new();
    for (at, finding) in findings.iter().enumerate().filter(|(_, f)| f.proposed()) {
        by_fact.entry(finding.fact).or_default().push(at);
    }
    let mut found = Vec::new();
    for (fact, places) in by_fact {
        // What is said again in the same words on the same day cannot disagree.
        let mut distinct: Vec<usize> = Vec::new();
        for at in &places {
            let same = |d: &usize| {
                (&findings[*d].value, findings[*d].date) == (&findings[*at].value, findings[*at].date)
            };
            if !distinct.iter().any(same) {
                distinct.push(*at);
            }
        }
        let apart = distinct.iter().enumerate().any(|(n, a)| {
            distinct[n + 1..].iter().any(|b| {
                let (a, b) = (&findings[*a], &findings[*b]);
                // A value measured again on another day is a history, not a contradiction.
                let again = vocabulary.fact(fact).series && a.date != b.date;
                !again && disjoint_evidence(vocabulary, fact, &a.evidence, &b.evidence)
            })
        });
        if apart {
            found.push(Conflict { fact, findings: places });
        }
    }
    found
}

/// Whether some part of what two statements mean has nothing in common.
pub(crate) fn disjoint_evidence(
    vocabulary: &Vocabulary,
    fact: FactIdx,
    a: &[(FactIdx, Evidence)],
    b: &[(FactIdx, Evidence)],
) -> bool {
    let choices = &vocabulary.fact(fact).choices;
    a.iter().any(|(fact_a, x)| {
        b.iter().filter(|(fact_b, _)| fact_a == fact_b).any(|(_, y)| match (x, y) {
            (Evidence::Choices(x), Evidence::Choices(y)) => {
                let covers = |coarse: usize, fine: usize| {
                    choices.get(coarse).zip(choices.get(fine)).is_some_and(|(c, f)| c.covers.contains(&f.id))
                };
                !x.iter().any(|i| y.iter().any(|j| i == j || covers(*i, *j) || covers(*j, *i)))
            }
            (Evidence::Numbers(x), Evidence::Numbers(y)) => {
                !x.iter().any(|i| y.iter().any(|j| !i.intersect(j).is_empty()))
            }
            _ => x != y,
        })
    })
}
