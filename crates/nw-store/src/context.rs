//! Who asks, in which role, why, from where and when: nothing is read or written without it.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::words::words;
use crate::{AccountId, StoreError};

words! {
    /// What somebody is here to do.
    Role, "role" {
        /// Treats patients with NET and decides with the MDT.
        Specialist = "specialist",
        /// Nurse consultant: contact, follow-up, requests.
        Nurse = "nurse",
        /// Prepares meetings and keeps them going.
        Coordinator = "coordinator",
        /// Reports tissue.
        Pathologist = "pathologist",
        /// Reports images.
        Radiologist = "radiologist",
        /// Works on records without identity.
        Analyst = "analyst",
        /// Keeps accounts and settings; sees no patient.
        Administrator = "administrator",
        /// The program itself, on its own account.
        System = "system",
    }

    /// What a reading or writing is for (NEN 7513: purpose).
    Purpose, "purpose" {
        /// Care of this patient.
        Treatment = "treatment",
        /// A multidisciplinary meeting.
        Meeting = "meeting",
        /// Planning and administration of care.
        Coordination = "coordination",
        /// Quality of care.
        Quality = "quality",
        /// Research.
        Research = "research",
        /// The patient asks for the own record.
        PatientRequest = "patient-request",
        /// Running the program: accounts, settings, backup.
        Administration = "administration",
        /// Looking after who saw what.
        Control = "control",
    }
}

/// Why this person may (NEN 7513: basis of authorisation).
#[derive(Clone, PartialEq, Eq)]
pub enum Basis {
    /// A treatment relation with the patient.
    TreatmentRelation,
    /// Asked for advice by somebody with a treatment relation, for example as a member of the MDT.
    Consultation,
    /// The patient consented.
    Consent,
    /// A duty by law.
    Law,
    /// The person's function; for what is not about one patient.
    Function,
    /// An emergency: access beyond the usual, with the reason typed.
    Emergency(Reason),
}

impl Basis {
    /// The stable word.
    pub fn word(&self) -> &'static str {
        match self {
            Basis::TreatmentRelation => "treatment-relation",
            Basis::Consultation => "consultation",
            Basis::Consent => "consent",
            Basis::Law => "law",
            Basis::Function => "function",
            Basis::Emergency(_) => "emergency",
        }
    }

    pub(crate) fn reason(&self) -> Option<&str> {
        match self {
            Basis::Emergency(reason) => Some(&reason.0),
            _ => None,
        }
    }
}

impl std::fmt::Debug for Basis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

/// A reason in a person's own words: never empty, and not printed, since it may speak of a patient.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason(pub(crate) String);

impl Reason {
    /// A reason of 3 to 1,000 characters.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] when there is no reason in it.
    pub fn new(text: &str) -> Result<Self, StoreError> {
        let text = text.trim();
        let long = text.chars().count();
        if !(3..=1000).contains(&long) || text.contains('\0') {
            return Err(StoreError::invalid(
                "reason",
                "is empty or too long",
                "say in 3 to 1,000 characters why this is needed",
            ));
        }
        Ok(Reason(text.to_string()))
    }

    /// The reason as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Reason(redacted)")
    }
}

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The account; nobody for the program itself.
    pub account: Option<AccountId>,
    /// The name as shown in the audit log.
    pub name: String,
    /// The role in which the person acts now.
    pub role: Role,
    /// The organisation the person belongs to.
    pub organisation: String,
}

/// Everything about a request that the audit log asks for, and the time it is made.
#[derive(Clone, Debug)]
pub struct Context {
    /// Now, by the clock of whoever calls.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What for.
    pub purpose: Purpose,
    /// Why this person may.
    pub basis: Basis,
    /// The system through which it is asked: `web`, `cli`, `api`, an import.
    pub source: String,
    /// Where the person sits: an address of the network, a terminal.
    pub access_point: Option<String>,
    /// Key of idempotency: the same key with the same request gives the same answer, and is done once.
    pub key: Option<String>,
}

impl Context {
    /// A request by a person.
    pub fn new(at: Timestamp, actor: Actor, purpose: Purpose, basis: Basis, source: &str) -> Self {
        Context { at, actor, purpose, basis, source: source.to_string(), access_point: None, key: None }
    }

    /// A request by the program itself: opening, housekeeping, backup.
    pub fn system(at: Timestamp, source: &str) -> Self {
        let actor = Actor {
            account: None,
            name: "netwijzer".to_string(),
            role: Role::System,
            organisation: String::new(),
        };
        Context::new(at, actor, Purpose::Administration, Basis::Function, source)
    }

    /// The same request from a place.
    #[must_use]
    pub fn from_place(mut self, place: impl Into<String>) -> Self {
        self.access_point = Some(place.into());
        self
    }

    /// The same request with a key of idempotency.
    #[must_use]
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    pub(crate) fn account(&self) -> Option<String> {
        self.actor.account.as_ref().map(|a| a.as_str().to_string())
    }

    /// Whose keys of idempotency these are.
    pub(crate) fn asker(&self) -> String {
        self.account().unwrap_or_else(|| format!("system:{}", self.source))
    }
}
