//! The workload as plain Rust: the judge of every engine, itself judged by the published counts and hashes.

use sha2::{Digest, Sha256};

use crate::case::{Case, Differentiation, Invasion, Outcome, Output};
use crate::engine::GradeSet;

/// First 16 hex digits of the SHA-256 over the five outcome columns of the published generator.
const PUBLISHED_DIGESTS: [(usize, &str); 4] = [
    (10_000, "2d828d39023f9b3c"),
    (100_000, "7529db651dca271e"),
    (1_000_000, "9da54343698f2708"),
    (10_000_000, "bf96c76727569ff5"),
];

/// Published number of cases per outcome code among 10⁷ cases.
/// Of N only the second, and of M nothing, is published.
const PUBLISHED_COUNTS: [(Output, u8, usize); 13] = [
    (Output::Grade, 0, 1_895_434),
    (Output::Grade, 1, 6_293_752),
    (Output::Grade, 2, 1_010_427),
    (Output::Grade, 3, 800_387),
    (Output::T, 0, 3_097_998),
    (Output::T, 1, 2_556_125),
    (Output::T, 2, 2_744_878),
    (Output::T, 3, 1_600_999),
    (Output::N, 1, 3_998_319),
    (Output::Stage, 0, 1_334_556),
    (Output::Stage, 1, 2_281_396),
    (Output::Stage, 2, 3_558_899),
    (Output::Stage, 3, 2_825_149),
];

/// Classifies one case; the first condition that holds decides.
pub fn classify(case: &Case) -> Outcome {
    let grade = if case.differentiation == Differentiation::Poor {
        3
    } else if case.ki67_tenths > 200 || case.mitoses_tenths > 200 {
        2
    } else if case.ki67_tenths >= 30 || case.mitoses_tenths >= 20 {
        1
    } else {
        0
    };
    let t = match case.invasion {
        Invasion::AdjacentOrgan | Invasion::LargeVessel => 3,
        Invasion::Duodenum | Invasion::BileDuct => 2,
        Invasion::Limited if case.size_tenths_mm > 400 => 2,
        Invasion::Limited if case.size_tenths_mm > 200 => 1,
        Invasion::Limited => 0,
    };
    let n = u8::from(case.nodes_positive >= 1);
    let m = match (case.liver, case.extrahepatic) {
        (true, true) => 3,
        (true, false) => 1,
        (false, true) => 2,
        (false, false) => 0,
    };
    let stage = if m != 0 {
        3
    } else if n == 1 || t == 3 {
        2
    } else if t >= 1 {
        1
    } else {
        0
    };
    Outcome([grade, t, n, m, stage])
}

/// The grades that are possible when the Ki-67 index of this case is not known.
///
/// The three values stand for the three ranges that the rule tells apart, so trying them is trying all values.
pub fn grades_without_ki67(case: &Case) -> GradeSet {
    [0, 30, 201]
        .into_iter()
        .map(|ki67_tenths| classify(&Case { ki67_tenths, ..*case }).code(Output::Grade))
        .collect()
}

/// The first 16 hex digits of the SHA-256 over the five outcome columns.
pub fn digest(outcomes: &[Outcome]) -> String {
    let mut hasher = Sha256::new();
    for output in Output::ALL {
        let column: Vec<u8> = outcomes.iter().map(|outcome| outcome.code(output)).collect();
        hasher.update(&column);
    }
    hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The published digest for this number of cases, if there is one.
pub fn published_digest(rows: usize) -> Option<&'static str> {
    PUBLISHED_DIGESTS.into_iter().find(|(size, _)| *size == rows).map(|(_, digest)| digest)
}

/// The first published count that these outcomes miss, in words. Only 10⁷ cases have published counts.
pub fn missed_count(outcomes: &[Outcome]) -> Option<String> {
    if outcomes.len() != 10_000_000 {
        return None;
    }
    PUBLISHED_COUNTS.into_iter().find_map(|(output, code, expected)| {
        let found = outcomes.iter().filter(|outcome| outcome.code(output) == code).count();
        let value = output.values()[usize::from(code)];
        (found != expected).then(|| format!("{value}: {found} cases, expected {expected}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limited() -> Case {
        Case {
            ki67_tenths: 10,
            mitoses_tenths: 10,
            differentiation: Differentiation::Well,
            size_tenths_mm: 100,
            invasion: Invasion::Limited,
            nodes_positive: 0,
            liver: false,
            extrahepatic: false,
        }
    }

    #[test]
    fn boundaries_fall_on_the_published_side() {
        let grade = |ki67_tenths| classify(&Case { ki67_tenths, ..limited() }).code(Output::Grade);
        assert_eq!([29, 30, 200, 201].map(grade), [0, 1, 1, 2]);
        let t = |size_tenths_mm| classify(&Case { size_tenths_mm, ..limited() }).code(Output::T);
        assert_eq!([200, 201, 400, 401].map(t), [0, 1, 1, 2]);
    }

    #[test]
    fn without_ki67_only_what_mitoses_and_differentiation_force_is_certain() {
        assert_eq!(grades_without_ki67(&limited()).to_string(), "{G1, G2, G3}");
        assert_eq!(grades_without_ki67(&Case { mitoses_tenths: 20, ..limited() }).to_string(), "{G2, G3}");
        assert_eq!(grades_without_ki67(&Case { mitoses_tenths: 201, ..limited() }).to_string(), "G3");
    }
}
