//! Which code, profile and element means which fact: read from the knowledge and checked against the vocabulary.

use nw_facts::Vocabulary;

/// The mapping that ships with the program, as (name, text).
pub const SHIPPED: &[(&str, &str)] = &[];

/// What is wrong with the mapping; the text names rule, offending text and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MappingFault {
    /// The file it stands in.
    pub file: String,
    /// What, where, the offending text, and what to do next.
    pub text: String,
}

/// The codes of others and the facts they mean.
#[derive(Clone, Debug, Default)]
pub struct Mapping {}

impl Mapping {
    /// Reads the files of a mapping together.
    ///
    /// # Errors
    /// Every fault found: a fact, value or system that does not exist, a rule that contradicts itself.
    pub fn read(_files: &[(&str, &str)], _vocabulary: &Vocabulary) -> Result<Mapping, Vec<MappingFault>> {
        Ok(Mapping {})
    }

    /// Reads a mapping of one file.
    ///
    /// # Errors
    /// As [`Mapping::read`].
    pub fn load(toml: &str, vocabulary: &Vocabulary) -> Result<Mapping, Vec<MappingFault>> {
        Mapping::read(&[("mapping.toml", toml)], vocabulary)
    }

    /// The mapping that ships with the program.
    ///
    /// # Errors
    /// As [`Mapping::read`]; the vocabulary is not the one it was written for.
    pub fn shipped(vocabulary: &Vocabulary) -> Result<Mapping, Vec<MappingFault>> {
        Mapping::read(SHIPPED, vocabulary)
    }
}
