//! Which elements FHIR R4 has: what else stands in a resource is of another version, or nobody's.

/// Elements of every resource.
const FRAME: &str = "resourceType id meta implicitRules language text contained extension modifierExtension";

/// The elements of the kinds that are read, as FHIR R4 (4.0.1) publishes them; other kinds are told and not read.
const ELEMENTS: &[(&str, &str)] = &[
    (
        "Patient",
        "identifier active name telecom gender birthDate deceasedBoolean deceasedDateTime address maritalStatus multipleBirthBoolean multipleBirthInteger photo contact communication generalPractitioner managingOrganization link",
    ),
    (
        "Condition",
        "identifier clinicalStatus verificationStatus category severity code bodySite subject encounter onsetDateTime onsetAge onsetPeriod onsetRange onsetString abatementDateTime abatementAge abatementPeriod abatementRange abatementString recordedDate recorder asserter stage evidence note",
    ),
    (
        "Observation",
        "identifier basedOn partOf status category code subject focus encounter effectiveDateTime effectivePeriod effectiveTiming effectiveInstant issued performer valueQuantity valueCodeableConcept valueString valueBoolean valueInteger valueRange valueRatio valueSampledData valueTime valueDateTime valuePeriod dataAbsentReason interpretation note bodySite method specimen device referenceRange hasMember derivedFrom component",
    ),
    (
        "Procedure",
        "identifier instantiatesCanonical instantiatesUri basedOn partOf status statusReason category code subject encounter performedDateTime performedPeriod performedString performedAge performedRange recorder asserter performer location reasonCode reasonReference bodySite outcome report complication complicationDetail followUp note focalDevice usedReference usedCode",
    ),
    (
        "MedicationStatement",
        "identifier basedOn partOf status statusReason category medicationCodeableConcept medicationReference subject context effectiveDateTime effectivePeriod dateAsserted informationSource derivedFrom reasonCode reasonReference note dosage",
    ),
    (
        "MedicationAdministration",
        "identifier instantiates partOf status statusReason category medicationCodeableConcept medicationReference subject context supportingInformation effectiveDateTime effectivePeriod performer reasonCode reasonReference request device note dosage eventHistory",
    ),
    (
        "MedicationRequest",
        "identifier status statusReason intent category priority doNotPerform reportedBoolean reportedReference medicationCodeableConcept medicationReference subject encounter supportingInformation authoredOn requester performer performerType recorder reasonCode reasonReference instantiatesCanonical instantiatesUri basedOn groupIdentifier courseOfTherapyType insurance note dosageInstruction dispenseRequest substitution priorPrescription detectedIssue eventHistory",
    ),
    (
        "QuestionnaireResponse",
        "identifier basedOn partOf questionnaire status subject encounter authored author source item",
    ),
    (
        "Consent",
        "identifier status scope category patient dateTime performer organization sourceAttachment sourceReference policy policyRule verification provision",
    ),
];

/// The first member of a resource that FHIR R4 does not have.
pub(crate) fn foreign<'m>(kind: &str, members: impl Iterator<Item = &'m str>) -> Option<&'m str> {
    let (_, own) = ELEMENTS.iter().find(|(k, _)| *k == kind)?;
    let known = |name: &str| FRAME.split(' ').chain(own.split(' ')).any(|element| element == name);
    // What stands beside a primitive value has its name with a line before it.
    let mut members = members.filter(|name| !known(name.strip_prefix('_').unwrap_or(name)));
    members.next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_r4_has_is_known_and_what_others_have_is_not() {
        let check = |kind: &str, name: &str, known: bool| {
            assert_eq!(foreign(kind, [name].into_iter()).is_none(), known, "{kind}.{name}");
        };
        for name in
            ["status", "valueQuantity", "_valueDateTime", "hasMember", "contained", "_id", "extension"]
        {
            check("Observation", name, true);
        }
        for name in [
            "related",
            "comment",
            "triggeredBy",
            "instantiatesReference",
            "bodyStructure",
            "value",
            "Status",
            "",
        ] {
            check("Observation", name, false);
        }
        check("Consent", "provision", true);
        check("Consent", "except", false);
        check("Consent", "decision", false);
        check("Procedure", "occurrenceDateTime", false);
        check("QuestionnaireResponse", "parent", false);
        // What is not read is told, whatever it has.
        check("Encounter", "anything", true);
    }
}
