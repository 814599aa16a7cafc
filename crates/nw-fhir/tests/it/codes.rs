//! Codes carry a check digit; a slip of the finger in the mapping must not become a fact about a patient.

use std::path::Path;

use nw_fhir::SHIPPED;

/// Verhoeff's check, as identifiers of SNOMED CT have it.
fn verhoeff(code: &str) -> bool {
    // The dihedral group of ten elements, by rule instead of by table.
    let multiply = |a: u32, b: u32| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b - 5) % 5,
        (false, true) => 5 + (a - 5 + 5 - b) % 5,
        (false, false) => (a + 5 - b) % 5,
    };
    let permute = |digit: u32, times: usize| {
        (0..times % 8).fold(digit, |d, _| [1, 5, 7, 6, 2, 8, 3, 0, 9, 4][d as usize])
    };
    let mut check = 0;
    for (i, c) in code.chars().rev().enumerate() {
        let Some(digit) = c.to_digit(10) else { return false };
        check = multiply(check, permute(digit, i));
    }
    check == 0
}

/// The check digit of LOINC: Luhn's, behind a dash.
fn luhn(code: &str) -> bool {
    let Some((head, tail)) = code.split_once('-') else { return false };
    let mut sum = 0;
    for (i, c) in head.chars().rev().enumerate() {
        let Some(digit) = c.to_digit(10) else { return false };
        let weighted = if i % 2 == 0 { digit * 2 } else { digit };
        sum += if weighted > 9 { weighted - 9 } else { weighted };
    }
    tail.parse() == Ok((10 - sum % 10) % 10)
}

#[test]
fn every_code_has_its_check_digit() {
    assert!(verhoeff("1229852009") && !verhoeff("1229852008") && luhn("9811-1") && !luhn("9811-2"));
    let vocabulary = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../knowledge/vocabulary");
    let mut texts: Vec<(String, String)> =
        SHIPPED.iter().map(|(n, t)| (n.to_string(), t.to_string())).collect();
    for entry in std::fs::read_dir(vocabulary).expect("the vocabulary") {
        let path = entry.expect("an entry").path();
        texts.push((path.display().to_string(), std::fs::read_to_string(&path).expect("a text")));
    }
    let mut seen = 0;
    for (name, text) in &texts {
        for quoted in text.split('"').skip(1).step_by(2) {
            let fine = match quoted.split_once(':') {
                Some(("sct", code)) if !code.contains('*') => verhoeff(code),
                Some(("loinc", code)) => luhn(code),
                _ => continue,
            };
            seen += 1;
            assert!(fine, "{name}: the check digit of `{quoted}` is wrong");
        }
    }
    assert!(seen > 150, "codes went missing: {seen}");
}
