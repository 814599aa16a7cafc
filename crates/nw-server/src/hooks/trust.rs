//! Who calls: a signed token of a client that the settings name, made for this address, once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::settings::{Client, HooksSettings};

/// Signatures that are believed: of a key pair, never of a shared secret.
const SIGNATURES: &[Algorithm] = &[Algorithm::ES384, Algorithm::RS384, Algorithm::ES256, Algorithm::RS256];
/// Clocks of two machines may differ by so many seconds.
const LEEWAY: i64 = 30;
/// A token that is good for longer than this is not one of a single call.
const LONGEST: i64 = 3600;
/// Keys are not asked for again within so many seconds, whoever sends tokens that nobody signed.
const PAUSE: i64 = 60;
/// Tokens that are remembered; each lasts an hour at most.
const REMEMBERED: usize = 200_000;
const UNREACHED: &str = "the client's keys cannot be fetched";
/// The largest answer of a key server.
const LARGEST: u64 = 1 << 20;

/// Half a fingerprint: no two of the tokens of an hour share it.
type Used = [u8; 16];

struct Kept {
    keys: Arc<JwkSet>,
    at: i64,
}

/// Who may call.
pub(crate) struct Trust {
    clients: Vec<Client>,
    agent: ureq::Agent,
    fetched: Mutex<HashMap<String, Kept>>,
    /// Fingerprints of issuer and id of tokens that were used, with the second in which they end.
    used: Mutex<HashMap<Used, i64>>,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    aud: Audience,
    exp: i64,
    iat: i64,
    jti: String,
    #[serde(default)]
    nbf: Option<i64>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// What the head of a token says beside what the library reads.
#[derive(Deserialize)]
struct Named {
    alg: String,
    #[serde(default)]
    crit: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Issuer {
    iss: String,
}

/// An agent that goes nowhere else than it is told, and does not wait for ever.
pub(crate) fn agent(patience: u64) -> ureq::Agent {
    let tls = ureq::tls::TlsConfig::builder().root_certs(ureq::tls::RootCerts::PlatformVerifier).build();
    ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(patience)))
        .max_redirects(0)
        .tls_config(tls)
        .build()
        .into()
}

impl Trust {
    pub(crate) fn new(settings: &HooksSettings) -> Trust {
        Trust {
            clients: settings.client.clone(),
            agent: agent(settings.patience_seconds),
            fetched: Mutex::default(),
            used: Mutex::default(),
        }
    }

    /// Which client sent a token, by position. May ask a key server: call it away from other requests.
    ///
    /// # Errors
    /// Why the token is not believed; no word of the token.
    pub(crate) fn verify(&self, token: &str, audiences: &[String], now: i64) -> Result<usize, &'static str> {
        self.judged(token, audiences, now, true).map_err(|no| no.unwrap_or(UNREACHED))
    }

    /// The same with the keys that are at hand; nothing when a key server has to be asked.
    pub(crate) fn verify_at_hand(
        &self,
        token: &str,
        audiences: &[String],
        now: i64,
    ) -> Option<Result<usize, &'static str>> {
        match self.judged(token, audiences, now, false) {
            Ok(at) => Some(Ok(at)),
            Err(no) => no.map(Err),
        }
    }

    /// `Err(None)`: a key server has to be asked, and may not.
    fn judged(
        &self,
        token: &str,
        audiences: &[String],
        now: i64,
        ask: bool,
    ) -> Result<usize, Option<&'static str>> {
        let part = |at: usize| {
            let part = token.split('.').nth(at)?;
            BASE64URL_NOPAD.decode(part.as_bytes()).ok()
        };
        // What the library does not know of, this program does not know of either.
        let named: Option<Named> = part(0).and_then(|head| serde_json::from_slice(&head).ok());
        if named.as_ref().is_some_and(|head| head.alg.eq_ignore_ascii_case("none")) {
            return Err(Some(
                "the token is not signed (`alg` none); sign it with ES384, RS384, ES256 or RS256",
            ));
        }
        if named.is_some_and(|head| head.crit.is_some()) {
            return Err(Some("the token asks for something that is not known here (`crit`)"));
        }
        let head = jsonwebtoken::decode_header(token).map_err(|_| "the token is no JSON Web Token")?;
        if !SIGNATURES.contains(&head.alg) {
            return Err(Some("the token is not signed with ES384, RS384, ES256 or RS256"));
        }
        if head.typ.as_deref().is_some_and(|typ| !typ.eq_ignore_ascii_case("JWT")) {
            return Err(Some("the token's `typ` is not JWT"));
        }
        let kid = head.kid.as_deref().ok_or("the token does not name its key (`kid`)")?;
        // The issuer only says whose keys are to be tried; it is believed when the signature is.
        let said: Option<Issuer> = part(1).and_then(|b| serde_json::from_slice(&b).ok());
        let said = said.ok_or("the token names no issuer (`iss`)")?;
        let at = self.clients.iter().position(|c| c.issuer == said.iss);
        let at = at.ok_or("the token's issuer is not among the clients of this program")?;
        let client = &self.clients[at];
        if head.jku.is_some() && client.jku.is_some() && head.jku != client.jku {
            return Err(Some("the token names another key server than the settings do"));
        }
        let signed = |anew| self.signed(client, token, kid, head.alg, (anew, ask), now);
        let claims = match signed(false) {
            Err(Unsigned::NoKey) => signed(true),
            other => other,
        };
        let claims = claims.map_err(|why| match why {
            Unsigned::Elsewhere => None,
            Unsigned::NoKey => Some("the token is signed with a key that the client does not publish"),
            Unsigned::NoServer => Some(UNREACHED),
            Unsigned::Wrong => {
                Some("the token does not bear the client's signature, or lacks iss, aud, exp, iat or jti")
            }
        })?;
        let aud = match claims.aud {
            Audience::One(one) => vec![one],
            Audience::Several(all) => all,
        };
        if claims.iss != client.issuer {
            return Err(Some("the token names two issuers"));
        }
        if !aud.iter().any(|a| audiences.iter().any(|ours| a.trim_end_matches('/') == ours)) {
            return Err(Some("the token was made for another address (`aud`)"));
        }
        if claims.exp + LEEWAY <= now || claims.nbf.is_some_and(|from| from > now + LEEWAY) {
            return Err(Some("the token is not valid now (`exp`)"));
        }
        if claims.iat > now + LEEWAY || claims.exp > now + LONGEST + LEEWAY {
            return Err(Some("the token is from the future, or good for more than an hour"));
        }
        if claims.jti.is_empty() || claims.jti.len() > 200 {
            return Err(Some("the token has no id of its own (`jti`)"));
        }
        self.once(used(&claims.iss, &claims.jti), claims.exp, now)?;
        Ok(at)
    }

    /// Remembers a token; refuses it when it was used before.
    fn once(&self, token: Used, until: i64, now: i64) -> Result<(), &'static str> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        if used.len() >= REMEMBERED {
            used.retain(|_, end| *end + LEEWAY > now);
            if used.len() >= REMEMBERED {
                return Err("too many calls; try again in a minute");
            }
        }
        match used.insert(token, until) {
            // What ended long ago would have been refused before it came here.
            Some(_) => Err("the token was used before (`jti`)"),
            None => Ok(()),
        }
    }

    fn signed(
        &self,
        client: &Client,
        token: &str,
        kid: &str,
        algorithm: Algorithm,
        (anew, ask): (bool, bool),
        now: i64,
    ) -> Result<Claims, Unsigned> {
        let fetched;
        let keys = match (&client.known, &client.jku) {
            (Some(known), _) => known,
            (None, Some(jku)) => {
                fetched = self.keys(jku, (anew, ask), now)?;
                &*fetched
            }
            (None, None) => return Err(Unsigned::NoServer),
        };
        let key = keys.find(kid).ok_or(Unsigned::NoKey)?;
        if key.common.key_algorithm.is_some_and(|a| a.to_string() != format!("{algorithm:?}")) {
            return Err(Unsigned::Wrong);
        }
        let key = DecodingKey::from_jwk(key).map_err(|_| Unsigned::Wrong)?;
        let mut rules = Validation::new(algorithm);
        // Times and audience are held against the clock and the address that the program is given.
        rules.validate_exp = false;
        rules.validate_aud = false;
        rules.required_spec_claims.clear();
        let read = jsonwebtoken::decode::<Claims>(token, &key, &rules);
        read.map(|read| read.claims).map_err(|_| Unsigned::Wrong)
    }

    fn keys(&self, jku: &str, (anew, ask): (bool, bool), now: i64) -> Result<Arc<JwkSet>, Unsigned> {
        let kept = {
            let fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
            fetched.get(jku).map(|kept| (Arc::clone(&kept.keys), kept.at))
        };
        if let Some((keys, at)) = kept
            && (!anew || at + PAUSE > now)
        {
            return Ok(keys);
        }
        if !ask {
            return Err(Unsigned::Elsewhere);
        }
        let mut answer = self.agent.get(jku).call().map_err(|_| Unsigned::NoServer)?;
        let text = answer.body_mut().with_config().limit(LARGEST).read_to_vec();
        let text = text.map_err(|_| Unsigned::NoServer)?;
        let keys: JwkSet = serde_json::from_slice(&text).map_err(|_| Unsigned::NoServer)?;
        let keys = Arc::new(keys);
        let mut fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
        fetched.insert(jku.to_string(), Kept { keys: Arc::clone(&keys), at: now });
        Ok(keys)
    }
}

fn used(issuer: &str, id: &str) -> Used {
    // The length stands between the two, so that none can borrow from the other.
    let length = (issuer.len() as u64).to_le_bytes();
    let whole = Sha256::new().chain_update(length).chain_update(issuer).chain_update(id).finalize();
    std::array::from_fn(|at| whole[at])
}

enum Unsigned {
    /// A key server would have to be asked.
    Elsewhere,
    NoKey,
    NoServer,
    Wrong,
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::{EncodingKey, Header, encode};
    use serde_json::{Value, json};

    // A key pair for these tests only.
    const PRIVATE: &str = include_str!("../../tests/data/test-only-es256.pem");
    const PUBLIC: &str = include_str!("../../tests/data/test-only-es256.jwk.json");
    const NOW: i64 = 1_781_100_000;
    const HERE: &str = "https://net.example/cds-services/netwijzer-patient";

    fn trust() -> Trust {
        let text =
            "public = \"https://net.example\"\n[[client]]\nissuer = \"https://ehr.example\"\nkeys = \"k\"";
        let keys = format!("{{\"keys\":[{PUBLIC}]}}");
        Trust::new(&HooksSettings::read(text, |_| Ok(keys.clone())).expect("the settings are right"))
    }

    fn claims() -> Value {
        json!({"iss": "https://ehr.example", "aud": HERE, "exp": NOW + 300, "iat": NOW, "jti": "1"})
    }

    fn signed(claims: &Value) -> String {
        let mut head = Header::new(Algorithm::ES256);
        head.kid = Some("test".to_string());
        let key = EncodingKey::from_ec_pem(PRIVATE.as_bytes()).expect("the test key can be read");
        encode(&head, claims, &key).expect("a token")
    }

    fn judge(trust: &Trust, token: &str) -> Result<usize, &'static str> {
        trust.verify(token, &[HERE.to_string()], NOW)
    }

    #[test]
    fn a_good_token_is_believed_once() {
        let trust = trust();
        let token = signed(&claims());
        assert_eq!(judge(&trust, &token), Ok(0));
        assert!(judge(&trust, &token).is_err_and(|why| why.contains("jti")));
        let mut next = claims();
        next["jti"] = json!("2");
        assert_eq!(judge(&trust, &signed(&next)), Ok(0));
    }

    #[test]
    fn a_token_with_one_fault_is_not_believed() {
        let trust = trust();
        for (claim, value) in [
            ("iss", json!("https://elsewhere.example")),
            ("iss", json!(null)),
            ("aud", json!("https://net.example/cds-services/netwijzer-order-sign")),
            ("aud", json!([])),
            ("aud", json!(null)),
            ("exp", json!(NOW - 31)),
            ("exp", json!(NOW + 7200)),
            ("exp", json!(null)),
            ("iat", json!(NOW + 600)),
            ("iat", json!(null)),
            ("nbf", json!(NOW + 600)),
            ("jti", json!("")),
            ("jti", json!(null)),
        ] {
            let mut wrong = claims();
            wrong[claim] = value.clone();
            assert!(judge(&trust, &signed(&wrong)).is_err(), "{claim} = {value}");
        }
        assert_eq!(judge(&trust, &signed(&claims())), Ok(0), "and the same without a fault is");
    }

    #[test]
    fn a_token_of_nobody_or_of_a_shared_secret_is_not_believed() {
        let trust = trust();
        let good = signed(&claims());
        let body = good.split('.').nth(1).expect("a body");
        let none = BASE64URL_NOPAD.encode(br#"{"alg":"none","kid":"test"}"#);
        let secret = EncodingKey::from_secret(PUBLIC.as_bytes());
        let mut head = Header::new(Algorithm::HS256);
        head.kid = Some("test".to_string());
        let shared = encode(&head, &claims(), &secret).expect("a token");
        let mut head = Header::new(Algorithm::ES256);
        let key = EncodingKey::from_ec_pem(PRIVATE.as_bytes()).expect("the test key can be read");
        let nameless = encode(&head, &claims(), &key).expect("a token");
        head.kid = Some("another".to_string());
        let unknown = encode(&head, &claims(), &key).expect("a token");
        let altered = format!("{}AAAA", &good[..good.len() - 4]);
        // Signed well, and asking for something that nobody here knows of.
        let head = BASE64URL_NOPAD.encode(br#"{"alg":"ES256","kid":"test","crit":["b64"],"b64":false}"#);
        let message = format!("{head}.{body}");
        let sign =
            jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::ES256).expect("a signature");
        let asking = format!("{message}.{sign}");
        assert!(judge(&trust, &asking).expect_err("it asks").contains("crit"));
        let unsigned = format!("{none}.{body}.");
        assert!(judge(&trust, &unsigned).expect_err("it is not signed").contains("not signed"));
        for token in ["", "a.b.c", &format!("{none}.{body}."), &shared, &nameless, &unknown, &altered] {
            assert!(judge(&trust, token).is_err(), "{token}");
        }
    }

    #[test]
    fn each_signature_of_the_standard_is_believed_and_only_with_its_own_kind_of_key() {
        let text =
            "public = \"https://net.example\"\n[[client]]\nissuer = \"https://ehr.example\"\nkeys = \"k\"";
        let keys = include_str!("../../tests/data/test-only-client.jwks.json");
        let trust =
            Trust::new(&HooksSettings::read(text, |_| Ok(keys.to_string())).expect("the settings are right"));
        let ec =
            EncodingKey::from_ec_pem(include_bytes!("../../tests/data/test-only-es384.pem")).expect("a key");
        let rsa =
            EncodingKey::from_rsa_pem(include_bytes!("../../tests/data/test-only-rs.pem")).expect("a key");
        let sign = |algorithm, kid: &str, key: &EncodingKey| {
            let mut head = Header::new(algorithm);
            head.kid = Some(kid.to_string());
            let mut claims = claims();
            claims["jti"] = json!(format!("{algorithm:?} {kid}"));
            encode(&head, &claims, key).expect("a token")
        };
        assert_eq!(judge(&trust, &sign(Algorithm::ES384, "es384", &ec)), Ok(0));
        assert_eq!(judge(&trust, &sign(Algorithm::RS384, "rs", &rsa)), Ok(0));
        assert_eq!(judge(&trust, &sign(Algorithm::RS256, "rs", &rsa)), Ok(0));
        assert!(judge(&trust, &sign(Algorithm::RS512, "rs", &rsa)).is_err(), "not one of the standard");
        assert!(judge(&trust, &sign(Algorithm::RS384, "es384", &rsa)).is_err(), "the key of another kind");
        assert!(judge(&trust, &sign(Algorithm::ES384, "rs", &ec)).is_err(), "the key of another kind");
    }
}
