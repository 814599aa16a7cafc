//! Launch by an electronic record as an app: SMART App Launch 2, from the record (EHR launch) or on its own (standalone).
//!
//! The record says who sits there (OpenID Connect) and which patient is open; what that person may do stands in the account
//! that an administrator linked, as with the identity provider. Of the record's FHIR server the patient's number alone is
//! read, to open the same patient here; its token is forgotten at once. Only records of the settings are asked.

use std::time::Duration;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use jsonwebtoken::jwk::JwkSet;
use nw_fhir::{Json, Limits};
use nw_store::{PatientFilter, StoreError};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::access::{Gate, asked_language, cookie, set_cookie};
use crate::app::{App, own};
use crate::error::Problem;
use crate::fhir::number;
use crate::form::Query;
use crate::oidc::{Expected, Identity, Trouble, believed, origin, random, read, safe};
use crate::pages::sign::{begin, sign_in_page};
use crate::pages::{encoded, to};
use crate::words::{Word, say};

/// The cookies that the browser keeps while it is with the record, and until the patient is found here.
const JOURNEY: &str = "nw_launch";
const WHOSE: &str = "nw_launched";
/// How long somebody may take to sign in there, and to come in here.
const JOURNEY_SECONDS: i64 = 600;
const WHOSE_SECONDS: i64 = 60;
/// The largest answer that is read.
const LARGEST: u64 = 1 << 20;

/// Records that may launch the workbench, as `docs/fhir.md` describes the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SmartSettings {
    /// Where browsers reach the workbench.
    pub public: String,
    /// How long a record is waited for.
    #[serde(default = "patience")]
    pub patience_seconds: u64,
    /// Who may launch.
    #[serde(default)]
    pub record: Vec<Record>,
}

fn patience() -> u64 {
    8
}

/// One record that may launch.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Record {
    /// The base of its FHIR server, as it says in `iss`.
    pub iss: String,
    /// Who signs its identity tokens, when that is not the server of `iss`.
    #[serde(default)]
    pub issuer: Option<String>,
    /// The client id that it gave us.
    pub client: String,
    /// A file beside the settings with the client secret, for records that give one.
    #[serde(default)]
    pub secret_file: Option<String>,
    /// The system of the number by which the patient is known here; without it the first that is not the state's.
    #[serde(default)]
    pub number_system: Option<String>,
    #[serde(skip)]
    secret: Option<String>,
}

impl std::fmt::Debug for Record {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Record").field("iss", &self.iss).field("client", &self.client).finish_non_exhaustive()
    }
}

impl SmartSettings {
    /// Reads the file; `beside` gives the text of a file beside it.
    ///
    /// # Errors
    /// What is wrong, where, and what to write.
    pub fn read(
        text: &str,
        beside: impl Fn(&str) -> std::io::Result<String>,
    ) -> Result<SmartSettings, String> {
        let mut settings: SmartSettings =
            toml::from_str(text).map_err(|e| e.to_string().trim().to_string())?;
        settings.public = settings.public.trim_end_matches('/').to_string();
        safe(&settings.public).map_err(|t| format!("public: {}", t.0))?;
        if !(1..=60).contains(&settings.patience_seconds) {
            return Err("patience-seconds: write a number from 1 to 60".to_string());
        }
        if settings.record.is_empty() {
            return Err("name at least one [[record]] with `iss` and `client`".to_string());
        }
        for record in &mut settings.record {
            let place = format!("record `{}`", record.iss);
            record.iss = record.iss.trim_end_matches('/').to_string();
            safe(&record.iss).map_err(|t| format!("{place}: {}", t.0))?;
            if let Some(issuer) = &record.issuer {
                safe(issuer).map_err(|t| format!("{place}: issuer: {}", t.0))?;
            }
            if record.client.trim().is_empty() {
                return Err(format!("{place}: client is empty; write the client id that the record gave"));
            }
            if let Some(file) = &record.secret_file {
                let secret = beside(file).map_err(|e| format!("{place}: secret-file `{file}`: {e}"))?;
                record.secret = Some(secret.trim().to_string());
            }
        }
        Ok(settings)
    }
}

/// What a record publishes about itself.
#[derive(Deserialize)]
struct Described {
    authorization_endpoint: String,
    token_endpoint: String,
    issuer: String,
    jwks_uri: String,
    #[serde(default)]
    code_challenge_methods_supported: Vec<String>,
    #[serde(default)]
    capabilities: Vec<String>,
}

/// What a record gives for a code.
#[derive(Deserialize)]
struct Given {
    access_token: String,
    id_token: String,
    #[serde(default)]
    scope: String,
    #[serde(default)]
    patient: Option<String>,
}

/// What the browser keeps between leaving for the record and coming back.
#[derive(Serialize, Deserialize)]
struct Journey {
    iss: String,
    state: String,
    nonce: String,
    verifier: String,
}

impl Journey {
    fn packed(&self) -> String {
        BASE64URL_NOPAD.encode(&serde_json::to_vec(self).unwrap_or_default())
    }

    fn unpacked(text: &str) -> Option<Journey> {
        serde_json::from_slice(&BASE64URL_NOPAD.decode(text.as_bytes()).ok()?).ok()
    }
}

/// Records that may launch, and how they are asked.
pub(crate) struct Desk {
    settings: SmartSettings,
    agent: ureq::Agent,
}

impl Desk {
    pub(crate) fn new(settings: SmartSettings) -> Desk {
        let tls = ureq::tls::TlsConfig::builder().root_certs(ureq::tls::RootCerts::PlatformVerifier).build();
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(Duration::from_secs(settings.patience_seconds)))
            .max_redirects(0)
            .tls_config(tls)
            .build();
        Desk { settings, agent: config.into() }
    }

    fn record(&self, iss: &str) -> Result<&Record, Trouble> {
        let iss = iss.trim_end_matches('/');
        let found = self.settings.record.iter().find(|r| r.iss == iss);
        found.ok_or_else(|| Trouble("a record launched that the settings do not name".to_string()))
    }

    fn back(&self) -> String {
        format!("{}/smart/back", self.settings.public)
    }

    fn described(&self, record: &Record) -> Result<Described, Trouble> {
        let place = format!("{}/.well-known/smart-configuration", record.iss);
        let found: Described =
            read(self.agent.get(&place).header("accept", "application/json").call(), "smart-configuration")?;
        for place in [&found.authorization_endpoint, &found.token_endpoint, &found.jwks_uri] {
            safe(place)?;
        }
        speaks_for(record, &found.issuer)?;
        if !found.code_challenge_methods_supported.iter().any(|m| m == "S256") {
            return Err(Trouble(
                "the record does not speak of PKCE with S256, which SMART asks for".to_string(),
            ));
        }
        Ok(found)
    }

    /// Where the browser goes, and what it keeps meanwhile. Asks the record: call it away from other requests.
    fn leave(&self, iss: &str, launch: Option<&str>) -> Result<(String, Journey), Trouble> {
        let record = self.record(iss)?;
        let described = self.described(record)?;
        let journey =
            Journey { iss: record.iss.clone(), state: random()?, nonce: random()?, verifier: random()? };
        let challenge = BASE64URL_NOPAD.encode(&Sha256::digest(journey.verifier.as_bytes()));
        // The patient's number is all that is read.
        let newer = described.capabilities.iter().any(|c| c == "permission-v2");
        let reads = if newer { "patient/Patient.r" } else { "patient/Patient.read" };
        let context = if launch.is_some() { "launch" } else { "launch/patient" };
        let (scope, back) = (format!("{context} openid fhirUser {reads}"), self.back());
        let mut asked = vec![
            ("response_type", "code"),
            ("client_id", record.client.as_str()),
            ("redirect_uri", &back),
            ("scope", &scope),
            ("state", &journey.state),
            ("nonce", &journey.nonce),
            ("aud", &record.iss),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        asked.extend(launch.map(|l| ("launch", l)));
        let query = serde_urlencoded::to_string(asked).map_err(|e| Trouble(e.to_string()))?;
        let endpoint = &described.authorization_endpoint;
        let joint = if endpoint.contains('?') { '&' } else { '?' };
        Ok((format!("{endpoint}{joint}{query}"), journey))
    }

    /// Who came back, and the number of the patient that is open there. Asks the record.
    fn arrive(
        &self,
        journey: &Journey,
        back: &Back,
        now: i64,
    ) -> Result<(Identity, Option<String>), Trouble> {
        if back.state.is_empty() || journey.state != back.state {
            return Err(Trouble("`state` is that of another launch".to_string()));
        }
        let record = self.record(&journey.iss)?;
        let described = self.described(record)?;
        let place = self.back();
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", back.code.as_str()),
            ("redirect_uri", &place),
            ("code_verifier", &journey.verifier),
        ];
        let mut request = self.agent.post(&described.token_endpoint).header("accept", "application/json");
        match &record.secret {
            Some(secret) => {
                let part = |text: &str| encoded(text).replace('/', "%2F");
                let pair = format!("{}:{}", part(&record.client), part(secret));
                request =
                    request.header("authorization", format!("Basic {}", BASE64.encode(pair.as_bytes())));
            }
            None => form.push(("client_id", &record.client)),
        }
        let body = serde_urlencoded::to_string(form).map_err(|e| Trouble(e.to_string()))?;
        let answer = request.content_type("application/x-www-form-urlencoded").send(body);
        let given: Given = read(answer, "token endpoint")?;
        let keys: JwkSet = read(self.agent.get(&described.jwks_uri).call(), "keys")?;
        let expected =
            Expected { issuer: &described.issuer, client: &record.client, nonce: &journey.nonce, now };
        let who = believed(&given.id_token, &keys, &expected)?;
        let number = match &given.patient {
            Some(patient) => self.number(record, &given, patient)?,
            None => None,
        };
        Ok((who, number))
    }

    /// The number of a patient of the record, when the scopes that were granted let us read it.
    fn number(&self, record: &Record, given: &Given, patient: &str) -> Result<Option<String>, Trouble> {
        if !reads_patient(&given.scope) {
            return Ok(None);
        }
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        if !(1..=64).contains(&patient.len()) || !patient.chars().all(plain) || patient.starts_with('.') {
            return Err(Trouble("the id of the patient is none of FHIR".to_string()));
        }
        let answer = self
            .agent
            .get(format!("{}/Patient/{patient}", record.iss))
            .header("accept", "application/fhir+json")
            .header("authorization", format!("Bearer {}", given.access_token))
            .call();
        let mut answer = answer.map_err(|e| Trouble(format!("Patient: {e}")))?;
        let bytes = answer.body_mut().with_config().limit(LARGEST).read_to_vec();
        let bytes = bytes.map_err(|e| Trouble(format!("Patient: {e}")))?;
        let limits = Limits { bytes: LARGEST as usize, depth: 64, values: 100_000 };
        let tree = Json::read(&bytes, limits).map_err(|_| Trouble("Patient: this is no JSON".to_string()))?;
        if tree.text_at("resourceType") != Some("Patient") || tree.text_at("id") != Some(patient) {
            return Err(Trouble("Patient: the record answered with another resource".to_string()));
        }
        Ok(match &record.number_system {
            None => number(&tree),
            Some(system) => {
                let numbers = tree.items_at("identifier").iter();
                let mut ours = numbers.filter(|i| i.text_at("system") == Some(system));
                ours.find_map(|i| i.text_at("value").map(str::to_string))
            }
        })
    }
}

/// Accounts are linked to issuer and subject: a record must not speak in the name of any other issuer.
fn speaks_for(record: &Record, issuer: &str) -> Result<(), Trouble> {
    let own = match &record.issuer {
        Some(named) => named == issuer,
        None => origin(&record.iss).is_some_and(|o| origin(issuer) == Some(o)),
    };
    if own {
        return Ok(());
    }
    let iss = &record.iss;
    Err(Trouble(format!(
        "the record `{iss}` speaks as issuer `{issuer}`; when that is right, write `issuer = \"{issuer}\"` in its settings"
    )))
}

/// Whether scopes that were granted let a Patient be read: `patient/Patient.r`, `patient/*.rs`, `patient/Patient.read`.
fn reads_patient(scope: &str) -> bool {
    scope.split_whitespace().any(|one| {
        let Some((_, rest)) = one.split_once('/').filter(|(who, _)| matches!(*who, "patient" | "user"))
        else {
            return false;
        };
        let Some((kind, rights)) = rest.split_once('.') else { return false };
        let rights = rights.split('?').next().unwrap_or_default();
        matches!(kind, "Patient" | "*")
            && (matches!(rights, "read" | "*")
                || rights.contains('r') && rights.chars().all(|c| "cruds".contains(c)))
    })
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub(crate) struct Launch {
    iss: String,
    launch: String,
}

/// What the record sends back with the browser.
#[derive(Clone, Deserialize, Default)]
#[serde(default)]
pub(crate) struct Back {
    state: String,
    code: String,
    error: String,
}

/// The page to sign in by, with why the record did not help.
fn failed(app: &App, headers: &HeaderMap, trouble: &Trouble) -> Result<Response, Problem> {
    tracing::warn!(cause = %trouble.0, "a launch by a record failed");
    let language = asked_language(headers);
    sign_in_page(app, language, "/", "", Some(say(language, Word::ProviderFailed).to_string()))
}

/// A record launches the workbench.
pub(crate) async fn launch(
    State(app): State<App>,
    Query(asked): Query<Launch>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if app.smart.get().is_none() {
        return Err(Problem::NotFound);
    }
    let asking = app.clone();
    let left = tokio::task::spawn_blocking(move || {
        let launch = Some(asked.launch.as_str()).filter(|l| !l.is_empty());
        asking.smart.get().map(|desk| desk.leave(&asked.iss, launch))
    });
    match left.await.map_err(|_| Problem::Fault)?.ok_or(Problem::NotFound)? {
        Ok((address, journey)) => {
            let kept = set_cookie(&app, JOURNEY, Some(&journey.packed()), JOURNEY_SECONDS);
            Ok(([kept], to(&address)).into_response())
        }
        Err(trouble) => failed(&app, &headers, &trouble),
    }
}

/// Takes in whoever comes back from a record.
pub(crate) async fn back(
    State(app): State<App>,
    Query(back): Query<Back>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if app.smart.get().is_none() {
        return Err(Problem::NotFound);
    }
    let Some(journey) = cookie(&headers, JOURNEY).as_deref().and_then(Journey::unpacked) else {
        return failed(&app, &headers, &Trouble("nobody left for a record from here".to_string()));
    };
    if !back.error.is_empty() {
        let said: String =
            back.error.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(60).collect();
        return failed(&app, &headers, &Trouble(format!("the record says `{said}`")));
    }
    let (asking, now) = (app.clone(), app.now().as_second());
    let arrived =
        tokio::task::spawn_blocking(move || asking.smart.get().map(|desk| desk.arrive(&journey, &back, now)));
    let (who, number) = match arrived.await.map_err(|_| Problem::Fault)?.ok_or(Problem::NotFound)? {
        Ok(arrived) => arrived,
        Err(trouble) => return failed(&app, &headers, &trouble),
    };
    let next = if number.is_some() { "/smart/patient" } else { "/" };
    let mut response = match app.store.sign_in_as(&own(&app), &who.subject).await {
        Ok(account) => begin(&app, &account, who.strong, next).await?,
        Err(StoreError::Refused) => {
            let language = asked_language(&headers);
            // The administrator needs these words to link the account; they are shown to nobody else.
            let told = format!("{}: {}", say(language, Word::ProviderUnknown), who.subject);
            return sign_in_page(&app, language, "/", "", Some(told));
        }
        Err(error) => return Err(error.into()),
    };
    // A launch is made once; which patient is open there stands in no address.
    let number = number.map(|n| BASE64URL_NOPAD.encode(n.as_bytes()));
    let cookies =
        [set_cookie(&app, JOURNEY, None, 0), set_cookie(&app, WHOSE, number.as_deref(), WHOSE_SECONDS)];
    for (name, value) in cookies {
        if let Ok(value) = value.parse() {
            response.headers_mut().append(name, value);
        }
    }
    Ok(response)
}

/// The page of the patient that is open in the record; the list, when the patient is not here.
pub(crate) async fn patient(
    State(app): State<App>,
    gate: Gate,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let number = cookie(&headers, WHOSE).and_then(|c| BASE64URL_NOPAD.decode(c.as_bytes()).ok());
    let number = number.and_then(|n| String::from_utf8(n).ok()).unwrap_or_default();
    let mut place = "/patients".to_string();
    if !number.is_empty() {
        let filter = PatientFilter { text: number.clone(), most: Some(200), ..PatientFilter::default() };
        let list = app.store.patients(&gate.context(), &filter).await?;
        let same = list.lines.iter().find(|l| l.patient.identity.number.as_deref() == Some(&number));
        if let Some(line) = same {
            place = format!("/patients/{}", line.patient.id.as_str());
        }
    }
    let gone = set_cookie(&app, WHOSE, None, 0);
    Ok(([gone], to(&place)).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_scopes_that_let_a_patient_be_read_do() {
        for good in [
            "patient/Patient.read",
            "openid patient/Patient.r",
            "patient/*.rs",
            "user/Patient.cruds",
            "patient/*.*",
            "patient/Patient.rs?_id=1",
        ] {
            assert!(reads_patient(good), "{good}");
        }
        for bad in [
            "",
            "openid launch fhirUser",
            "patient/Observation.read",
            "patient/Patient.write",
            "patient/Patient.s",
            "system/Patient.read",
            "Patient.read",
            "patient/Patient",
        ] {
            assert!(!reads_patient(bad), "{bad}");
        }
    }

    #[test]
    fn a_record_speaks_for_its_own_origin_or_for_the_issuer_that_was_named() {
        let record = |issuer: Option<&str>| Record {
            iss: "https://ehr.example/fhir".to_string(),
            issuer: issuer.map(str::to_string),
            client: "netwijzer".to_string(),
            secret_file: None,
            number_system: None,
            secret: None,
        };
        for (named, issuer, own) in [
            (None, "https://ehr.example", true),
            (None, "https://EHR.example:443/auth/realms/care", true),
            (None, "https://ehr.example:8443", false),
            (None, "http://ehr.example", false),
            (None, "https://login.example", false),
            (None, "https://ehr.example.evil.example", false),
            (None, "https://ehr.example@evil.example", false),
            (None, "ehr.example", false),
            (None, "", false),
            (Some("https://login.example/realm"), "https://login.example/realm", true),
            (Some("https://login.example/realm"), "https://login.example/other", false),
            (Some("https://login.example/realm"), "https://ehr.example", false),
        ] {
            assert_eq!(speaks_for(&record(named), issuer).is_ok(), own, "{named:?} {issuer}");
        }
    }

    #[test]
    fn settings_with_one_fault_are_refused_with_its_place() {
        const GOOD: &str = "public = \"https://net.example/\"\n[[record]]\niss = \"https://ehr.example/fhir/\"\nclient = \"netwijzer\"\n";
        let read = |text: &str| SmartSettings::read(text, |_| Err(std::io::ErrorKind::NotFound.into()));
        let good = read(GOOD).expect("it is right");
        assert_eq!(
            (good.public.as_str(), good.record[0].iss.as_str()),
            ("https://net.example", "https://ehr.example/fhir")
        );
        for (from, to, said) in [
            ("https://net.example/", "http://net.example", "public"),
            ("https://ehr.example/fhir/", "http://ehr.example/fhir", "record"),
            ("client = \"netwijzer\"", "client = \"\"", "client"),
            ("client =", "issuer = \"http://login.example\"\nclient =", "issuer"),
            ("client = \"netwijzer\"", "client = \"n\"\nsecret-file = \"s.txt\"", "s.txt"),
            ("public =", "open = true\npublic =", "unknown field"),
        ] {
            let refused = read(&GOOD.replacen(from, to, 1)).expect_err(from);
            assert!(refused.contains(said), "{from}: {refused}");
        }
        assert!(read("public = \"https://net.example\"").is_err_and(|e| e.contains("[[record]]")));
    }
}
