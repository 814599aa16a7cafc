//! Which clients may call, whose keys are believed, and which FHIR servers may be asked: the settings file of the hospital.

use jsonwebtoken::jwk::JwkSet;
use serde::Deserialize;

/// The settings of CDS Hooks, as `docs/cds-hooks.md` describes the file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct HooksSettings {
    /// Where clients reach this program; the audience of their tokens begins with it.
    pub public: String,
    /// Pages of these origins may call from a browser.
    #[serde(default)]
    pub origins: Vec<String>,
    /// How long FHIR servers and key servers are waited for.
    #[serde(default = "patience")]
    pub patience_seconds: u64,
    /// Whoever calls is let in, and no FHIR server is asked: for trials with invented patients.
    #[serde(default)]
    pub unsigned: bool,
    /// Who may call.
    #[serde(default)]
    pub client: Vec<Client>,
}

/// A program that may call.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Client {
    /// What it calls itself in its tokens.
    pub issuer: String,
    /// Where its keys stand.
    #[serde(default)]
    pub jku: Option<String>,
    /// A file with its keys, beside the settings.
    #[serde(default)]
    pub keys: Option<String>,
    /// FHIR servers that may be asked with the leave it gives.
    #[serde(default)]
    pub fhir: Vec<String>,
    /// The keys of that file.
    #[serde(skip)]
    pub(crate) known: Option<JwkSet>,
}

fn patience() -> u64 {
    5
}

impl HooksSettings {
    /// Reads the file; `read` gives the text of a file beside it.
    ///
    /// # Errors
    /// What is wrong, where, and what to write.
    pub fn read(text: &str, read: impl Fn(&str) -> std::io::Result<String>) -> Result<HooksSettings, String> {
        let mut settings: HooksSettings =
            toml::from_str(text).map_err(|e| e.to_string().trim().to_string())?;
        settings.public = settings.public.trim_end_matches('/').to_string();
        safe("public", &settings.public)?;
        for origin in &settings.origins {
            safe("origins", origin)?;
            if origin.splitn(4, '/').count() > 3 {
                return Err(format!(
                    "origins: `{origin}` has a path; write https://host or https://host:port"
                ));
            }
        }
        if !(1..=60).contains(&settings.patience_seconds) {
            return Err("patience-seconds: write a number from 1 to 60".to_string());
        }
        if !settings.unsigned && settings.client.is_empty() {
            return Err("name at least one [[client]], or write unsigned = true for a trial".to_string());
        }
        for client in &mut settings.client {
            let place = format!("client `{}`", client.issuer);
            if client.issuer.trim().is_empty() {
                return Err(
                    "client: the issuer is empty; write what it calls itself in its tokens".to_string()
                );
            }
            match (&client.jku, &client.keys) {
                (Some(jku), None) => safe(&place, jku)?,
                (None, Some(file)) => {
                    let text = read(file).map_err(|e| format!("{place}: keys `{file}`: {e}"))?;
                    let keys: JwkSet = serde_json::from_str(&text)
                        .map_err(|_| format!("{place}: keys `{file}` is no JSON Web Key Set"))?;
                    client.known = Some(keys);
                }
                _ => return Err(format!("{place}: write either `jku` (an address) or `keys` (a file)")),
            }
            for server in &mut client.fhir {
                *server = server.trim_end_matches('/').to_string();
                safe(&place, server)?;
            }
        }
        Ok(settings)
    }
}

/// An address that cannot be listened to on the way: HTTPS, or this machine; without a name, a question or a fragment.
fn safe(place: &str, address: &str) -> Result<(), String> {
    let near = ["http://127.0.0.1", "http://localhost", "http://[::1]"];
    let here = |start: &&str| {
        address.strip_prefix(*start).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
    };
    let plain = !address.contains(['@', '?', '#', ' ', '\\']);
    if plain && (address.starts_with("https://") && address.len() > 8 || near.iter().any(here)) {
        return Ok(());
    }
    Err(format!("{place}: `{address}` is not reached by HTTPS; write https://host/path"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
public = "https://net.example/"
origins = ["https://ehr.example"]
[[client]]
issuer = "https://ehr.example"
jku = "https://ehr.example/jwks.json"
fhir = ["https://ehr.example/fhir/"]
"#;

    fn read(text: &str) -> Result<HooksSettings, String> {
        HooksSettings::read(text, |_| Err(std::io::ErrorKind::NotFound.into()))
    }

    #[test]
    fn settings_with_one_fault_are_refused_with_its_place() {
        let good = read(GOOD).expect("it is right");
        assert_eq!(
            (good.public.as_str(), good.client[0].fhir[0].as_str()),
            ("https://net.example", "https://ehr.example/fhir")
        );
        for (from, to, said) in [
            ("https://net.example/", "http://net.example", "public"),
            ("[\"https://ehr.example\"]", "[\"https://ehr.example/app\"]", "path"),
            ("https://ehr.example/jwks.json", "http://ehr.example/jwks.json", "HTTPS"),
            ("https://ehr.example/fhir/", "https://ehr.example@evil.example/fhir", "HTTPS"),
            ("jku = \"https://ehr.example/jwks.json\"", "", "either"),
            ("jku = \"https://ehr.example/jwks.json\"", "keys = \"a.json\"", "a.json"),
            ("issuer = \"https://ehr.example\"", "issuer = \"\"", "issuer"),
            ("public =", "open = true\npublic =", "unknown field"),
        ] {
            let refused = read(&GOOD.replacen(from, to, 1)).expect_err(from);
            assert!(refused.contains(said), "{from}: {refused}");
        }
        assert!(read("public = \"https://net.example\"").is_err_and(|e| e.contains("[[client]]")));
        assert!(read("public = \"http://localhost:1\"\nunsigned = true").is_ok());
    }
}
