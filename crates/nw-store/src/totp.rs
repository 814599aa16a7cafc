//! Codes of a second factor: RFC 6238 with SHA-1, six digits and thirty seconds, as every authenticator has them.

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha1::Sha1;

use crate::Secret;

const STEP_SECONDS: i64 = 30;

/// A secret shared with an authenticator.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Totp(pub(crate) Vec<u8>);

impl Totp {
    pub(crate) fn new() -> Self {
        Totp(crate::secret::random::<20>().to_vec())
    }

    /// The secret as people type it.
    pub(crate) fn typed(&self) -> Secret {
        Secret::new(BASE32_NOPAD.encode(&self.0))
    }

    fn code(&self, step: i64) -> u32 {
        let mut mac = Hmac::<Sha1>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(&step.to_be_bytes());
        let digest = mac.finalize().into_bytes();
        let at = usize::from(digest[19] & 15);
        let word = u32::from_be_bytes([digest[at], digest[at + 1], digest[at + 2], digest[at + 3]]);
        (word & 0x7fff_ffff) % 1_000_000
    }

    /// The step whose code this is, if it is now, just before or just after, and later than the last one used.
    pub(crate) fn step_of(&self, code: &Secret, now: Timestamp, used: i64) -> Option<i64> {
        let digits: String = code.reveal().chars().filter(|c| !c.is_whitespace()).collect();
        if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let typed: u32 = digits.parse().ok()?;
        let step = now.as_second().div_euclid(STEP_SECONDS);
        (step - 1..=step + 1).find(|s| *s > used && self.code(*s) == typed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_the_standard() {
        // RFC 6238, appendix B, shortened to six digits.
        let totp = Totp(b"12345678901234567890".to_vec());
        for (second, code) in [
            (59, 287_082),
            (1_111_111_109, 81_804),
            (1_111_111_111, 50_471),
            (1_234_567_890, 5_924),
            (2_000_000_000, 279_037),
            (20_000_000_000, 353_130),
        ] {
            assert_eq!(totp.code(second / STEP_SECONDS), code, "at {second}");
        }
    }

    #[test]
    fn a_code_works_once_and_near_its_time() {
        let totp = Totp(b"12345678901234567890".to_vec());
        let at = |s| Timestamp::from_second(s).unwrap();
        let code = Secret::new("287 082");
        assert_eq!(totp.step_of(&code, at(59), 0), Some(1));
        assert_eq!(totp.step_of(&code, at(89), 0), Some(1));
        assert_eq!(totp.step_of(&code, at(59), 1), None);
        assert_eq!(totp.step_of(&code, at(120), 0), None);
        assert_eq!(totp.step_of(&Secret::new("28708"), at(59), 0), None);
        assert_eq!(totp.step_of(&Secret::new("+28708"), at(59), 0), None);
    }
}
