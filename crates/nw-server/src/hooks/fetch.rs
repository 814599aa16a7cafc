//! What the client did not send, asked of its FHIR server: one that the settings allow, with the leave that came along.

use futures_util::future::join_all;
use nw_hooks::{Request, Service};
use serde_json::Value;

/// The largest answer that is read.
const LARGEST: u64 = 8 << 20;

/// Whether a FHIR server may be asked: exactly as the settings write it.
pub(crate) fn allowed(server: &str, list: &[String]) -> bool {
    list.iter().any(|l| l == server.trim_end_matches('/'))
}

/// Adds to a request what its service reads and the client did not send. A server that does not answer leaves a gap.
pub(crate) async fn missing(request: &mut Request, service: &Service, agent: &ureq::Agent, list: &[String]) {
    let (Some(server), Some(leave)) = (&request.fhir_server, &request.authorization) else { return };
    if !allowed(server, list) {
        return;
    }
    let server = server.trim_end_matches('/').to_string();
    let wanted: Vec<(String, String)> = service
        .prefetch
        .iter()
        .filter(|(key, _)| !request.prefetch.contains_key(*key))
        // The id of a patient is letters, digits, `-` and `.`; the request was refused otherwise.
        .map(|(key, template)| {
            (key.clone(), template.replace("{{context.patientId}}", &request.context.patient))
        })
        .collect();
    let asked = wanted.into_iter().map(|(key, path)| {
        let (agent, place, token) = (agent.clone(), format!("{server}/{path}"), leave.access_token.clone());
        async move {
            let found = tokio::task::spawn_blocking(move || one(&agent, &place, &token)).await;
            (key, found.ok().flatten())
        }
    });
    for (key, found) in join_all(asked).await {
        if let Some(found) = found {
            request.prefetch.insert(key, found);
        }
    }
}

fn one(agent: &ureq::Agent, place: &str, token: &str) -> Option<Value> {
    let request = agent.get(place).header("accept", "application/fhir+json");
    let mut answer = request.header("authorization", format!("Bearer {token}")).call().ok()?;
    if answer.status() != 200 {
        return None;
    }
    let text = answer.body_mut().with_config().limit(LARGEST).read_to_vec().ok()?;
    serde_json::from_slice(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::allowed;

    #[test]
    fn only_servers_of_the_settings_are_asked() {
        let list = ["https://ehr.example/fhir".to_string()];
        assert!(allowed("https://ehr.example/fhir", &list) && allowed("https://ehr.example/fhir/", &list));
        for other in [
            "https://ehr.example",
            "https://ehr.example/fhir/../admin",
            "https://ehr.example/fhir@evil.example",
            "http://ehr.example/fhir",
            "http://169.254.169.254/latest",
            "file:///etc/passwd",
            "",
        ] {
            assert!(!allowed(other, &list), "{other}");
        }
    }
}
