//! Random bytes, tokens and texts that must not be printed.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

/// Bytes that nobody can guess.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes to every program that asks");
    bytes
}

/// SHA-256 of bytes.
pub(crate) fn fingerprint(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// A secret that is given out once, as a cookie or in a link; the record keeps its fingerprint only.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    pub(crate) fn new() -> Self {
        Token(BASE64URL_NOPAD.encode(&random::<32>()))
    }

    /// A token as somebody sent it.
    pub fn from_text(text: &str) -> Self {
        Token(text.trim().to_string())
    }

    /// The text for the cookie or link.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    pub(crate) fn stored(&self) -> Vec<u8> {
        fingerprint(self.0.as_bytes()).to_vec()
    }

    /// A second token that follows from this one, for forms: who has only this one cannot compute the first.
    #[must_use]
    pub fn derived(&self, purpose: &str) -> String {
        BASE64URL_NOPAD.encode(&fingerprint(format!("{purpose}\u{0}{}", self.0).as_bytes()))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(redacted)")
    }
}

/// A text that must not be printed: a password, a code, a secret of a second factor.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a text.
    pub fn new(text: impl Into<String>) -> Self {
        Secret(text.into())
    }

    /// The text itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(redacted)")
    }
}
