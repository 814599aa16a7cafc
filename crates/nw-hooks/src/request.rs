//! A call of a service, read strictly; what is wrong is named by its field, never by its value.

use serde_json::{Map, Value};

/// The hooks that are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hook {
    /// Somebody opens a patient.
    PatientView,
    /// Somebody chooses an order.
    OrderSelect,
    /// Somebody is about to sign orders.
    OrderSign,
}

impl Hook {
    /// All of them.
    pub const ALL: [Hook; 3] = [Hook::PatientView, Hook::OrderSelect, Hook::OrderSign];

    /// As the standard writes it.
    pub fn id(self) -> &'static str {
        match self {
            Hook::PatientView => "patient-view",
            Hook::OrderSelect => "order-select",
            Hook::OrderSign => "order-sign",
        }
    }

    /// By its name.
    pub fn of(id: &str) -> Option<Hook> {
        Hook::ALL.into_iter().find(|h| h.id() == id)
    }
}

/// Why a call is not answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The field.
    pub field: String,
    /// What was expected, and what to do.
    pub help: String,
}

impl Refusal {
    pub(crate) fn new(field: &str, help: impl Into<String>) -> Refusal {
        Refusal { field: field.to_string(), help: help.into() }
    }
}

/// Leave to ask the client's FHIR server.
#[derive(Clone, PartialEq, Eq)]
pub struct Authorization {
    /// The token; never written anywhere.
    pub access_token: String,
}

impl std::fmt::Debug for Authorization {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Authorization(redacted)")
    }
}

/// About whom and what.
#[derive(Clone, PartialEq)]
pub struct Context {
    /// The patient's id on the client's FHIR server.
    pub patient: String,
    /// The user, as a reference.
    pub user: String,
    /// The encounter.
    pub encounter: Option<String>,
    /// The orders that are being chosen: `MedicationRequest/1`.
    pub selections: Vec<String>,
    /// Resources of the orders that are not signed yet.
    pub drafts: Vec<Value>,
}

/// A call of a service.
#[derive(Clone, PartialEq)]
pub struct Request {
    /// Which hook.
    pub hook: Hook,
    /// The id of this call.
    pub instance: String,
    /// The client's FHIR server.
    pub fhir_server: Option<String>,
    /// Leave to ask it.
    pub authorization: Option<Authorization>,
    /// About whom and what.
    pub context: Context,
    /// What the client fetched before; a key without value says that there is nothing.
    pub prefetch: Map<String, Value>,
}

impl std::fmt::Debug for Request {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Request({}, redacted)", self.hook.id())
    }
}

/// Whether a text can be the id of a FHIR resource.
pub fn is_id(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
}

/// Whether a text can be a relative reference: `MedicationRequest/1`.
pub fn is_reference(text: &str) -> bool {
    text.split_once('/').is_some_and(|(kind, id)| {
        !kind.is_empty() && kind.bytes().all(|b| b.is_ascii_alphabetic()) && is_id(id)
    })
}

fn is_uuid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|p| p.len()).eq([8, 4, 4, 4, 12])
        && parts.iter().all(|p| p.bytes().all(|b| b.is_ascii_hexdigit()))
}

struct Fields<'f>(&'f Map<String, Value>, &'static str);

impl Fields<'_> {
    fn text(&self, name: &str) -> Result<Option<String>, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.len() <= 4000 && !text.chars().any(char::is_control) => {
                Ok(Some(text.clone()))
            }
            Some(_) => Err(Refusal::new(&format!("{}{name}", self.1), "send a text")),
        }
    }

    fn needed(&self, name: &str, help: &str) -> Result<String, Refusal> {
        let text = self.text(name)?.filter(|t| !t.trim().is_empty());
        text.ok_or_else(|| Refusal::new(&format!("{}{name}", self.1), help))
    }

    fn object(&self, name: &str) -> Result<Option<&Map<String, Value>>, Refusal> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(fields)) => Ok(Some(fields)),
            Some(_) => Err(Refusal::new(&format!("{}{name}", self.1), "send an object")),
        }
    }
}

impl Request {
    /// Reads a call.
    ///
    /// # Errors
    /// It is no JSON, lacks a field that the standard asks for, or asks for a hook that is not answered here.
    pub fn read(body: &[u8]) -> Result<Request, Refusal> {
        let Value::Object(mut fields) = crate::once::body(body, "the request of CDS Hooks 2.0")? else {
            return Err(Refusal::new("body", "send an object: the request of CDS Hooks 2.0"));
        };
        // The record is nearly all of a call: it is moved, not copied.
        let prefetch = fields.remove("prefetch");
        let top = Fields(&fields, "");
        let hook = top.needed("hook", "name the hook: patient-view, order-select or order-sign")?;
        let hook = Hook::of(&hook).ok_or_else(|| {
            Refusal::new("hook", "this hook is not answered here; GET /cds-services lists those that are")
        })?;
        let instance = top.needed("hookInstance", "send a UUID for this call")?;
        if !is_uuid(&instance) {
            return Err(Refusal::new("hookInstance", "send a UUID for this call"));
        }
        let fhir_server = top.text("fhirServer")?;
        let authorization = match top.object("fhirAuthorization")? {
            None => None,
            Some(given) => {
                let given = Fields(given, "fhirAuthorization.");
                let kind = given.needed("token_type", "send `Bearer`")?;
                if !kind.eq_ignore_ascii_case("bearer") {
                    return Err(Refusal::new("fhirAuthorization.token_type", "send `Bearer`"));
                }
                Some(Authorization { access_token: given.needed("access_token", "send the access token")? })
            }
        };
        if authorization.is_some() && fhir_server.is_none() {
            return Err(Refusal::new("fhirServer", "fhirAuthorization needs the address of the FHIR server"));
        }
        let context =
            top.object("context")?.ok_or_else(|| Refusal::new("context", "send the context of the hook"))?;
        let context = context_of(hook, context)?;
        let prefetch = match prefetch {
            None | Some(Value::Null) => Map::new(),
            Some(Value::Object(fields)) => fields,
            Some(_) => return Err(Refusal::new("prefetch", "send an object")),
        };
        Ok(Request { hook, instance, fhir_server, authorization, context, prefetch })
    }
}

fn context_of(hook: Hook, given: &Map<String, Value>) -> Result<Context, Refusal> {
    let fields = Fields(given, "context.");
    let patient = fields.needed("patientId", "send the id of the patient")?;
    if !is_id(&patient) {
        return Err(Refusal::new(
            "context.patientId",
            "send the id of a FHIR Patient, without the word Patient",
        ));
    }
    let user = fields.needed("userId", "send the user as a reference: Practitioner/1")?;
    if !is_reference(&user) {
        return Err(Refusal::new("context.userId", "send the user as a reference: Practitioner/1"));
    }
    let encounter = fields.text("encounterId")?;
    let orders = matches!(hook, Hook::OrderSelect | Hook::OrderSign);
    let drafts = match (orders, fields.object("draftOrders")?) {
        (false, _) => Vec::new(),
        (true, None) => return Err(Refusal::new("context.draftOrders", "send a Bundle of the draft orders")),
        (true, Some(bundle)) => drafts(bundle)?,
    };
    let selections = match (hook, given.get("selections")) {
        (Hook::OrderSelect, Some(Value::Array(all))) => all
            .iter()
            .map(|s| s.as_str().filter(|s| is_reference(s)).map(str::to_string))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| Refusal::new("context.selections", "send references: MedicationRequest/1"))?,
        (Hook::OrderSelect, _) => {
            return Err(Refusal::new(
                "context.selections",
                "send a list of the orders that are being chosen",
            ));
        }
        _ => Vec::new(),
    };
    Ok(Context { patient, user, encounter, selections, drafts })
}

fn drafts(bundle: &Map<String, Value>) -> Result<Vec<Value>, Refusal> {
    if bundle.get("resourceType").and_then(Value::as_str) != Some("Bundle") {
        return Err(Refusal::new("context.draftOrders.resourceType", "send a Bundle"));
    }
    let entries = match bundle.get("entry") {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Array(entries)) => entries,
        Some(_) => return Err(Refusal::new("context.draftOrders.entry", "send a list")),
    };
    if entries.len() > 500 {
        return Err(Refusal::new("context.draftOrders.entry", "send up to 500 orders"));
    }
    let resource = |entry: &Value| entry.get("resource").filter(|r| r.is_object()).cloned();
    let all: Option<Vec<Value>> = entries.iter().map(resource).collect();
    all.ok_or_else(|| Refusal::new("context.draftOrders.entry", "each entry holds a resource"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn call() -> Value {
        json!({"hook": "order-select", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
            "fhirServer": "https://ehr.example/fhir",
            "fhirAuthorization": {"access_token": "secret", "token_type": "Bearer", "expires_in": 300,
                "scope": "user/Patient.read", "subject": "cds"},
            "context": {"userId": "Practitioner/1", "patientId": "p-1", "selections": ["MedicationRequest/m1"],
                "draftOrders": {"resourceType": "Bundle", "entry": [
                    {"resource": {"resourceType": "MedicationRequest", "id": "m1", "status": "draft"}}]}},
            "prefetch": {"patient": {"resourceType": "Patient", "id": "p-1"}}})
    }

    fn read(value: &Value) -> Result<Request, Refusal> {
        Request::read(value.to_string().as_bytes())
    }

    #[test]
    fn a_whole_call_is_read_and_hides_its_token() {
        let request = read(&call()).expect("it is right");
        assert_eq!((request.hook, request.context.patient.as_str()), (Hook::OrderSelect, "p-1"));
        assert_eq!(request.context.drafts.len(), 1);
        assert!(!format!("{request:?} {:?}", request.authorization).contains("secret"));
    }

    #[test]
    fn a_call_with_one_fault_is_refused_at_its_field() {
        for (path, value) in [
            ("/hook", json!("order-dispatch")),
            ("/hook", json!(null)),
            ("/hookInstance", json!("one")),
            ("/hookInstance", json!(null)),
            ("/context", json!(null)),
            ("/context/patientId", json!("../Patient")),
            ("/context/patientId", json!(null)),
            ("/context/userId", json!("Practitioner/../1")),
            ("/context/userId", json!(null)),
            ("/context/selections", json!(null)),
            ("/context/selections", json!(["<script>"])),
            ("/context/draftOrders", json!(null)),
            ("/context/draftOrders/resourceType", json!("Patient")),
            ("/context/draftOrders/entry", json!({})),
            ("/fhirAuthorization/token_type", json!("Basic")),
            ("/fhirAuthorization/access_token", json!(null)),
            ("/fhirServer", json!(null)),
            ("/prefetch", json!("none")),
        ] {
            let mut wrong = call();
            *wrong.pointer_mut(path).expect("the field is there") = value;
            let refusal = read(&wrong).expect_err(path);
            let field = path.trim_start_matches('/').replace('/', ".");
            assert!(refusal.field == field, "{path}: {refusal:?}");
        }
        let twice = call().to_string().replacen("\"hook\":", "\"hook\":\"order-sign\",\"hook\":", 1);
        for body in ["", "{", "[]", "\"patient-view\"", "\u{0}", &twice, &"[".repeat(100_000)] {
            assert_eq!(Request::read(body.as_bytes()).expect_err("no request").field, "body");
        }
    }
}
