//! Sign-in through a hospital's identity provider: OpenID Connect Core 1.0, authorization code with PKCE (RFC 7636).
//!
//! The provider says who somebody is; what they may do stands in the account that an administrator linked to that
//! identity. This is the only connection that the workbench ever opens, and only when it is configured.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::Uri;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// How the workbench is known to the provider.
#[derive(Clone)]
pub struct ProviderSettings {
    /// The issuer, as the provider writes it: `https://login.example.nl/realms/hospital`.
    pub issuer: String,
    /// The client id that the provider gave us.
    pub client: String,
    /// The client secret, for providers that give one.
    pub secret: Option<String>,
    /// Where the browser reaches the workbench: `https://netwijzer.example.nl`.
    pub public: String,
}

impl std::fmt::Debug for ProviderSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProviderSettings")
            .field("issuer", &self.issuer)
            .field("client", &self.client)
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

/// Why the provider could not be asked, or was not believed; for the log of whoever runs this.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trouble(pub(crate) String);

impl Trouble {
    fn new(text: impl Into<String>) -> Trouble {
        Trouble(text.into())
    }
}

/// What the provider publishes about itself.
#[derive(Clone, Debug, Deserialize)]
struct Discovered {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct Tokens {
    id_token: String,
}

/// What the browser keeps between leaving for the provider and coming back.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub(crate) struct Journey {
    state: String,
    nonce: String,
    verifier: String,
    pub(crate) next: String,
}

impl Journey {
    /// A journey that nobody can guess.
    fn new(next: &str) -> Result<Journey, Trouble> {
        Ok(Journey { state: random()?, nonce: random()?, verifier: random()?, next: next.to_string() })
    }

    /// As the value of a cookie.
    pub(crate) fn packed(&self) -> String {
        BASE64URL_NOPAD.encode(&serde_json::to_vec(self).unwrap_or_default())
    }

    /// From the value of a cookie.
    pub(crate) fn unpacked(text: &str) -> Option<Journey> {
        serde_json::from_slice(&BASE64URL_NOPAD.decode(text.as_bytes()).ok()?).ok()
    }
}

pub(crate) fn random() -> Result<String, Trouble> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|_| Trouble::new("the system gives no random numbers"))?;
    Ok(BASE64URL_NOPAD.encode(&bytes))
}

/// Who the provider says it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Issuer and subject, with a space between.
    pub(crate) subject: String,
    /// The provider asked for more than a password.
    pub(crate) strong: bool,
}

/// The provider, with what it published last.
pub(crate) struct Provider {
    settings: ProviderSettings,
    agent: ureq::Agent,
    known: Mutex<Option<Arc<(Discovered, JwkSet)>>>,
}

/// The provider is our own network or the next room: what takes longer has failed.
const PATIENCE: Duration = Duration::from_secs(8);
/// The largest answer that is read.
const LARGEST: u64 = 1 << 20;
/// Clocks of two machines may differ by so many seconds.
const LEEWAY: i64 = 60;
/// Signatures that are believed: of a key pair, never of a shared secret.
const SIGNATURES: &[Algorithm] = &[
    Algorithm::RS256,
    Algorithm::RS384,
    Algorithm::RS512,
    Algorithm::PS256,
    Algorithm::PS384,
    Algorithm::PS512,
    Algorithm::ES256,
    Algorithm::ES384,
    Algorithm::EdDSA,
];

impl Provider {
    /// A provider that is asked when somebody signs in, and not before.
    ///
    /// # Errors
    /// The issuer is not reached by HTTPS, and is not this machine.
    pub(crate) fn new(settings: ProviderSettings) -> Result<Provider, Trouble> {
        safe(&settings.issuer)?;
        let tls = ureq::tls::TlsConfig::builder().root_certs(ureq::tls::RootCerts::PlatformVerifier).build();
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(PATIENCE))
            .max_redirects(0)
            .tls_config(tls)
            .build();
        Ok(Provider { settings, agent: config.into(), known: Mutex::new(None) })
    }

    fn back(&self) -> String {
        format!("{}/sign-in/provider/back", self.settings.public.trim_end_matches('/'))
    }

    /// Where the browser goes, and what it keeps meanwhile. Asks the provider: call it away from other requests.
    ///
    /// # Errors
    /// The provider does not answer, or not as one.
    pub(crate) fn leave(&self, next: &str) -> Result<(String, Journey), Trouble> {
        let known = self.known(false)?;
        let journey = Journey::new(next)?;
        let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(journey.verifier.as_bytes()));
        let back = self.back();
        let asked = [
            ("response_type", "code"),
            ("client_id", self.settings.client.as_str()),
            ("redirect_uri", &back),
            ("scope", "openid"),
            ("state", &journey.state),
            ("nonce", &journey.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let query = serde_urlencoded::to_string(asked).map_err(|e| Trouble::new(e.to_string()))?;
        let endpoint = &known.0.authorization_endpoint;
        let joint = if endpoint.contains('?') { '&' } else { '?' };
        Ok((format!("{endpoint}{joint}{query}"), journey))
    }

    /// Who came back with this code. Asks the provider: call it away from other requests.
    ///
    /// # Errors
    /// Whoever came back is on another journey, or the provider is not believed.
    pub(crate) fn arrive(
        &self,
        journey: &Journey,
        state: &str,
        code: &str,
        now: i64,
    ) -> Result<Identity, Trouble> {
        if journey.state != state {
            return Err(Trouble::new("`state` is that of another sign-in"));
        }
        let known = self.known(false)?;
        let back = self.back();
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", &back),
            ("code_verifier", &journey.verifier),
        ];
        let mut request = self.agent.post(&known.0.token_endpoint).header("accept", "application/json");
        match &self.settings.secret {
            Some(secret) => {
                let part = |text: &str| crate::pages::encoded(text).replace('/', "%2F");
                let pair = format!("{}:{}", part(&self.settings.client), part(secret));
                request =
                    request.header("authorization", format!("Basic {}", BASE64.encode(pair.as_bytes())));
            }
            None => form.push(("client_id", &self.settings.client)),
        }
        let body = serde_urlencoded::to_string(form).map_err(|e| Trouble::new(e.to_string()))?;
        let answer = request.content_type("application/x-www-form-urlencoded").send(body);
        let tokens: Tokens = read(answer, "token endpoint")?;
        let expected =
            Expected { issuer: &known.0.issuer, client: &self.settings.client, nonce: &journey.nonce, now };
        match believed(&tokens.id_token, &known.1, &expected) {
            // Keys are changed now and then: with a key we do not know, the provider is asked once more.
            Err(trouble) if trouble == unknown_key() => {
                believed(&tokens.id_token, &self.known(true)?.1, &expected)
            }
            other => other,
        }
    }

    /// What the provider publishes; asked for once, and anew when that is wished.
    fn known(&self, anew: bool) -> Result<Arc<(Discovered, JwkSet)>, Trouble> {
        let kept = self.known.lock().map_err(|_| Trouble::new("a thread failed"))?.clone();
        if let Some(kept) = kept.filter(|_| !anew) {
            return Ok(kept);
        }
        let place =
            format!("{}/.well-known/openid-configuration", self.settings.issuer.trim_end_matches('/'));
        let found: Discovered = read(self.agent.get(&place).call(), "discovery")?;
        if found.issuer != self.settings.issuer {
            return Err(Trouble::new(format!(
                "the provider calls itself `{}`, expected `{}`",
                found.issuer, self.settings.issuer
            )));
        }
        for place in [&found.authorization_endpoint, &found.token_endpoint, &found.jwks_uri] {
            safe(place)?;
        }
        let keys: JwkSet = read(self.agent.get(&found.jwks_uri).call(), "keys")?;
        let known = Arc::new((found, keys));
        *self.known.lock().map_err(|_| Trouble::new("a thread failed"))? = Some(Arc::clone(&known));
        Ok(known)
    }
}

/// An address that cannot be listened to on the way: HTTPS, or this machine.
pub(crate) fn safe(place: &str) -> Result<(), Trouble> {
    match origin(place) {
        Some((scheme, ..)) if scheme == "https" => Ok(()),
        Some((_, host, _)) if matches!(host.as_str(), "127.0.0.1" | "[::1]" | "localhost") => Ok(()),
        _ => Err(Trouble::new(format!("`{place}` is not reached by HTTPS"))),
    }
}

/// Scheme, host and port of an address on the web; none when it has a user before the host, which could pass for one.
pub(crate) fn origin(place: &str) -> Option<(String, String, u16)> {
    let place: Uri = place.parse().ok()?;
    let authority = place.authority().filter(|a| !a.as_str().contains('@'))?;
    let scheme = place.scheme_str()?.to_ascii_lowercase();
    let usual = match scheme.as_str() {
        "https" => 443,
        "http" => 80,
        _ => return None,
    };
    Some((scheme, authority.host().to_ascii_lowercase(), authority.port_u16().unwrap_or(usual)))
}

pub(crate) fn read<T: DeserializeOwned>(
    answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>,
    what: &str,
) -> Result<T, Trouble> {
    let mut answer = answer.map_err(|e| Trouble::new(format!("{what}: {e}")))?;
    let bytes = answer.body_mut().with_config().limit(LARGEST).read_to_vec();
    let bytes = bytes.map_err(|e| Trouble::new(format!("{what}: {e}")))?;
    // The message of the parser could quote a token.
    serde_json::from_slice(&bytes)
        .map_err(|_| Trouble::new(format!("{what}: not the JSON that the standard asks for")))
}

/// What a token must say.
pub(crate) struct Expected<'e> {
    pub(crate) issuer: &'e str,
    pub(crate) client: &'e str,
    pub(crate) nonce: &'e str,
    pub(crate) now: i64,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    #[serde(default)]
    nbf: Option<i64>,
    nonce: Option<String>,
    azp: Option<String>,
    #[serde(default)]
    amr: Vec<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

fn unknown_key() -> Trouble {
    Trouble::new("the token is signed with a key that the provider does not publish")
}

/// The key that signed a token, by its name; without one, the only key of that kind.
fn key<'k>(keys: &'k JwkSet, name: Option<&str>, algorithm: Algorithm) -> Option<&'k Jwk> {
    if let Some(name) = name {
        return keys.find(name);
    }
    let fits = |k: &&Jwk| k.common.key_algorithm.is_none_or(|a| a.to_string() == format!("{algorithm:?}"));
    let mut fitting = keys.keys.iter().filter(fits);
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

/// Who a token speaks of, when everything about it holds.
pub(crate) fn believed(token: &str, keys: &JwkSet, expected: &Expected<'_>) -> Result<Identity, Trouble> {
    let head = jsonwebtoken::decode_header(token).map_err(|_| Trouble::new("the identity token is none"))?;
    if !SIGNATURES.contains(&head.alg) {
        return Err(Trouble::new(format!("the token is signed by {:?}, which proves nothing", head.alg)));
    }
    let key = key(keys, head.kid.as_deref(), head.alg).ok_or_else(unknown_key)?;
    let key = DecodingKey::from_jwk(key).map_err(|_| Trouble::new("the provider's key cannot be read"))?;
    let mut rules = Validation::new(head.alg);
    // Times are held against the clock that the workbench is given; the rest follows below.
    rules.validate_exp = false;
    rules.validate_aud = false;
    rules.required_spec_claims.clear();
    let claims = jsonwebtoken::decode::<Claims>(token, &key, &rules)
        .map_err(|_| {
            Trouble::new("the identity token does not bear the provider's signature, or lacks a claim")
        })?
        .claims;
    let (aud, several) = match claims.aud {
        Audience::One(one) => (vec![one], false),
        Audience::Several(all) => {
            let several = all.len() > 1;
            (all, several)
        }
    };
    let ours = |party: &String| party == expected.client;
    let refused = if claims.iss != expected.issuer {
        "the token names another issuer"
    } else if !aud.iter().any(ours) || claims.azp.as_ref().map_or(several, |party| !ours(party)) {
        // A token for several parties must name the one it was made for.
        "the token is for another client"
    } else if claims.nonce.as_deref() != Some(expected.nonce) {
        "the token is that of another sign-in"
    } else if claims.exp + LEEWAY < expected.now
        || claims.nbf.is_some_and(|from| from > expected.now + LEEWAY)
    {
        "the token is not valid now; are the clocks right?"
    } else if claims.sub.is_empty() {
        "the token names nobody"
    } else {
        let strong = claims.amr.iter().any(|m| m == "mfa");
        return Ok(Identity { subject: format!("{} {}", claims.iss, claims.sub), strong });
    };
    Err(Trouble::new(refused))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jsonwebtoken::{EncodingKey, Header, encode};
    use serde_json::{Value, json};

    // A key pair for these tests only.
    const PRIVATE: &str = include_str!("../tests/data/test-only-es256.pem");
    const PUBLIC: &str = include_str!("../tests/data/test-only-es256.jwk.json");

    const NOW: i64 = 1_781_100_000;

    fn keys() -> JwkSet {
        serde_json::from_str(&format!("{{\"keys\":[{PUBLIC}]}}")).expect("the test key can be read")
    }

    fn claims() -> Value {
        json!({"iss": "https://login.example", "sub": "u1", "aud": "netwijzer", "exp": NOW + 300,
               "iat": NOW, "nonce": "n1", "amr": ["pwd", "mfa"]})
    }

    fn signed(claims: &Value) -> String {
        let mut head = Header::new(Algorithm::ES256);
        head.kid = Some("test".to_string());
        let key = EncodingKey::from_ec_pem(PRIVATE.as_bytes()).expect("the test key can be read");
        encode(&head, claims, &key).expect("a token")
    }

    fn judge(token: &str) -> Result<Identity, Trouble> {
        let expected =
            Expected { issuer: "https://login.example", client: "netwijzer", nonce: "n1", now: NOW };
        believed(token, &keys(), &expected)
    }

    #[test]
    fn a_good_token_names_somebody() {
        let who = judge(&signed(&claims())).expect("a good token");
        assert_eq!(who, Identity { subject: "https://login.example u1".to_string(), strong: true });
    }

    #[test]
    fn a_token_with_one_fault_names_nobody() {
        for (claim, value) in [
            ("iss", json!("https://elsewhere.example")),
            ("aud", json!("another")),
            ("aud", json!(["netwijzer", "another"])),
            ("azp", json!("another")),
            ("nonce", json!("n2")),
            ("nonce", json!(null)),
            ("exp", json!(NOW - 61)),
            ("nbf", json!(NOW + 61)),
            ("sub", json!("")),
            ("sub", json!(null)),
        ] {
            let mut wrong = claims();
            wrong[claim] = value.clone();
            assert!(judge(&signed(&wrong)).is_err(), "{claim} = {value}");
        }
    }

    #[test]
    fn a_token_of_nobody_or_of_a_shared_secret_is_not_believed() {
        let good = signed(&claims());
        let mut parts = good.split('.');
        let (_, body, signature) =
            (parts.next(), parts.next().expect("a body"), parts.next().expect("a signature"));
        let none = BASE64URL_NOPAD.encode(br#"{"alg":"none"}"#);
        assert!(judge(&format!("{none}.{body}.")).is_err());
        assert!(judge(&format!("{none}.{body}.{signature}")).is_err());
        let secret = EncodingKey::from_secret(PUBLIC.as_bytes());
        let shared = encode(&Header::new(Algorithm::HS256), &claims(), &secret).expect("a token");
        assert!(judge(&shared).is_err());
        let (start, end) = good.split_at(good.len() - 6);
        assert!(judge(&format!("{start}AAAA{}", &end[4..])).is_err());
        assert!(judge("").is_err());
    }

    #[test]
    fn a_key_that_is_not_published_is_asked_for_again() {
        let mut head = Header::new(Algorithm::ES256);
        head.kid = Some("newer".to_string());
        let key = EncodingKey::from_ec_pem(PRIVATE.as_bytes()).expect("the test key can be read");
        assert_eq!(judge(&encode(&head, &claims(), &key).expect("a token")), Err(unknown_key()));
    }

    #[test]
    fn only_safe_places_are_asked() {
        for good in ["https://a.example/x", "http://127.0.0.1:9/x", "http://localhost", "http://[::1]:80"] {
            assert_eq!(safe(good), Ok(()), "{good}");
        }
        for bad in ["http://a.example", "http://localhost.a.example", "http://127.0.0.10", "ftp://a", ""] {
            assert!(safe(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_journey_survives_its_cookie() {
        let journey = Journey::new("/patients?q=a").expect("random numbers");
        assert_eq!(Journey::unpacked(&journey.packed()), Some(journey));
        assert_eq!(Journey::unpacked("nothing"), None);
    }
}
