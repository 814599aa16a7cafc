//! Ids of resources. A patient keeps the id of the record; everything else carries the patient's id in its own, so that
//! one resource is found without a look at anybody else's record.

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use nw_store::PatientId;
use sha2::{Digest as _, Sha256};

/// Letters of one packed id.
const PACKED: usize = 26;
/// An id of FHIR is at most so long.
const LONGEST: usize = 64;

/// A UUID as 26 letters and digits.
pub(crate) fn packed(uuid: &str) -> Option<String> {
    let hex: String = uuid.chars().filter(|c| *c != '-').collect();
    let bytes = HEXLOWER.decode(hex.as_bytes()).ok().filter(|b| b.len() == 16)?;
    Some(BASE32_NOPAD.encode(&bytes).to_ascii_lowercase())
}

/// The UUID again; the one spelling that [`packed`] gives.
pub(crate) fn unpacked(text: &str) -> Option<String> {
    if text.len() != PACKED || text.bytes().any(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let bytes = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok().filter(|b| b.len() == 16)?;
    let hex = HEXLOWER.encode(&bytes);
    Some(format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]))
}

/// The id of something of a patient; what is too long for FHIR ends in its fingerprint.
pub(crate) fn of_patient(patient: &PatientId, rest: &str) -> String {
    joined(&packed(patient.as_str()).unwrap_or_default(), rest)
}

/// Two parts with a dash between, as long as FHIR allows.
pub(crate) fn joined(first: &str, rest: &str) -> String {
    let room = LONGEST - PACKED - 1;
    if rest.len() <= room {
        return format!("{first}-{rest}");
    }
    let print = HEXLOWER.encode(&Sha256::digest(rest.as_bytes())[..6]);
    let head: String = rest.chars().take(room - print.len() - 1).collect();
    format!("{first}-{head}-{print}")
}

/// Whose resource this is.
pub(crate) fn patient_of(id: &str) -> Option<PatientId> {
    let (first, rest) = (id.get(..PACKED)?, id.get(PACKED..)?);
    (rest.starts_with('-')).then(|| unpacked(first)?.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_leads_back_to_its_patient_and_no_other_spelling_does() {
        let uuid = "019a0b1c-2d3e-7f40-8a5b-6c7d8e9f0a1b";
        let patient: PatientId = uuid.parse().expect("an id");
        for rest in ["tumour", "conclusion-treatment.a-very-long-name.of-a-conclusion.points"] {
            let id = of_patient(&patient, rest);
            assert!(
                id.len() <= 64 && id.chars().all(|c| c.is_ascii_alphanumeric() || "-.".contains(c)),
                "{id}"
            );
            assert_eq!(patient_of(&id), Some(patient.clone()), "{id}");
            assert_eq!(patient_of(&id.to_ascii_uppercase()), None);
        }
        let short = packed(uuid).expect("packed");
        assert_eq!(unpacked(&short).as_deref(), Some(uuid));
        for other in ["", "tumour", &short, "aaaaaaaaaaaaaaaaaaaaaaaaab-x", "é-tumour-é-tumour-é-tumour"] {
            assert_eq!(patient_of(other), None, "{other}");
        }
        assert_ne!(of_patient(&patient, &"a".repeat(80)), of_patient(&patient, &"a".repeat(81)));
    }
}
