//! FHIR R4 in and out, as values: bundles become facts, facts and conclusions become bundles.
//!
//! Road: bytes of a bundle → [`Json`] → [`import`] with a [`Mapping`] → facts with date and origin, and a [`Note`] for
//! every element that did not become one. Nothing here reads a disk, a clock or a network; codes stand in the knowledge.
//!
//! What is certain alone becomes a fact: a status that is not final, a code in words, a unit nobody knows or a tumour
//! that is not the patient's neuroendocrine one is told and left.

mod consent;
mod deliver;
mod export;
mod import;
mod json;
mod mapping;
mod note;
mod own;

pub use consent::{consent, with_consent};
pub use deliver::{DELIVERIES, Delivery, citizen_number};
pub use export::{Profile, Record, export, plan, questionnaire, questionnaire_with};
pub use import::{Import, Research, import, import_resources, import_tree};
pub use json::{Json, JsonFault, Limits, map};
pub use mapping::{FACT_SYSTEM, Mapping, MappingFault, SHIPPED};
pub use own::{CONCLUSION_SYSTEM, ORIGIN as ORIGIN_EXTENSION, ROLE_SYSTEM};

pub(crate) use import::{import_choice, plain_number};
pub use note::{Issue, Note, NoteCode, Severity};
