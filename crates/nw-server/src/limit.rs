//! How often one place or one name may try to sign in: a bucket of tokens for each, filled again as time passes.

use std::collections::HashMap;
use std::sync::Mutex;

use jiff::Timestamp;

/// How much a bucket holds, and how many seconds one token takes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    pub burst: f64,
    pub seconds: f64,
}

/// One name: somebody who mistypes does not notice, a program that guesses does.
pub(crate) const BY_NAME: Rate = Rate { burst: 10.0, seconds: 6.0 };
/// One address: a hospital may share one.
pub(crate) const BY_PLACE: Rate = Rate { burst: 300.0, seconds: 0.2 };
/// More buckets than this are not kept; full ones go first.
const KEPT: usize = 20_000;

/// All buckets.
#[derive(Default)]
pub(crate) struct Limit {
    buckets: Mutex<HashMap<String, (f64, Timestamp)>>,
}

impl Limit {
    /// Takes one token; false when there is none.
    pub(crate) fn allows(&self, what: &str, rate: Rate, now: Timestamp) -> bool {
        // What a panic left behind is still a number of tokens.
        let mut buckets = self.buckets.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let filled = |tokens: f64, since: Timestamp| {
            let passed = (now.as_millisecond() - since.as_millisecond()).max(0) as f64 / 1000.0;
            (tokens + passed / rate.seconds).min(rate.burst)
        };
        if buckets.len() >= KEPT {
            let hour = now.as_millisecond() - 3_600_000;
            buckets.retain(|_, (_, since)| since.as_millisecond() > hour);
            if buckets.len() >= KEPT {
                buckets.clear();
            }
        }
        let (tokens, since) = buckets.get(what).copied().unwrap_or((rate.burst, now));
        let tokens = filled(tokens, since);
        let allowed = tokens >= 1.0;
        buckets.insert(what.to_string(), (if allowed { tokens - 1.0 } else { tokens }, now));
        allowed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let limit = Limit::default();
        let at = |second: i64| Timestamp::from_second(1_800_000_000 + second).expect("a moment");
        let rate = Rate { burst: 3.0, seconds: 10.0 };
        assert_eq!([0, 0, 0, 0].map(|s| limit.allows("a", rate, at(s))), [true, true, true, false]);
        assert!(limit.allows("b", rate, at(0)), "another name has its own bucket");
        assert!(!limit.allows("a", rate, at(9)));
        assert!(limit.allows("a", rate, at(10)));
        assert!(!limit.allows("a", rate, at(10)));
        assert!(!limit.allows("a", rate, at(5)), "a clock that goes back gives nothing");
    }
}
