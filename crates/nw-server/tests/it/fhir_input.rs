//! What is sent over FHIR: answers to the questionnaire, and everything that cannot come in.

use nw_store::{Role, Token};
use serde_json::{Value, json};

use crate::fhir::{fhir, ki67, stated, with};
use crate::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn answers_to_the_questionnaire_become_facts_and_come_back_as_answers() {
    let house = House::new("fhir-answers").await;
    let (token, nurse) = (house.session(Role::Specialist).await, house.session(Role::Nurse).await);
    let patient = house.patient().await.as_str().to_string();
    let form = fhir(&house, "GET", "/fhir/Questionnaire", &token, None).await.json();
    let form = &form["entry"][0]["resource"];
    let answered = |items: Value| {
        json!({"resourceType": "QuestionnaireResponse", "questionnaire": form["url"], "status": "completed",
            "authored": "2026-06-01T09:00:00+02:00", "subject": {"reference": format!("Patient/{patient}")}, "item": items})
    };
    let question = |link: &str| {
        let items = form["item"].as_array().expect("items");
        items.iter().find(|i| i["linkId"] == link).cloned().unwrap_or_else(|| panic!("{link} is asked"))
    };
    let offered = |link: &str, code: &str| {
        let options = question(link)["answerOption"].as_array().cloned().expect("options");
        let option = options.into_iter().find(|o| o["valueCoding"]["code"] == code);
        json!({"valueCoding": option.unwrap_or_else(|| panic!("{link} offers {code}"))["valueCoding"]})
    };
    let item = |link: &str, answer: Value| json!({"linkId": link, "answer": [answer]});
    let size = json!({"valueQuantity": {"value": 14, "system": "http://unitsofmeasure.org", "code": "mm"}});
    let items = json!([
        item("tumour.size", size.clone()),
        item("metastasis.liver", offered("metastasis.liver", "no")),
        item("tumour.mitoses/absent", offered("tumour.mitoses/absent", "not-performed")),
        item("lab.cga/absent", offered("lab.cga/absent", "not-applicable")),
        item("lab.nobody", json!({"valueString": "Kanariegeel"})),
        item("nodes.regional.positive", json!({"valueString": "Kanariegeel"})),
    ]);
    let place = "/fhir/QuestionnaireResponse";
    let made = with(
        &house,
        "POST",
        place,
        &token,
        &[("prefer", "return=OperationOutcome")],
        answered(items.clone()).to_string(),
    )
    .await;
    assert_eq!(made.status, 201, "{}", made.body);
    let told: Vec<String> = made.json()["issue"]
        .as_array()
        .expect("issues")
        .iter()
        .map(|i| i["diagnostics"].as_str().unwrap_or_default().to_string())
        .collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[0] == "facts taken: 4" && told.iter().any(|t| t.contains("(lab.nobody)")), "{told:?}");
    assert!(told.iter().any(|t| t.contains("(nodes.regional.positive)")), "{told:?}");
    assert!(!made.body.contains("Kanariegeel"), "an answer in words stays where it was: {}", made.body);
    let of = patient.parse().expect("an id");
    let page =
        house.app.store().patient_page(&house.system(), &of, nw_store::AsOf::now()).await.expect("the page");
    let known = Some(jiff::civil::date(2026, 6, 1).to_string());
    for (fact, value) in [
        ("tumour.size", "14 mm"),
        ("metastasis.liver", "no"),
        ("tumour.mitoses", "not-done"),
        ("lab.cga", "not-applicable"),
    ] {
        let held = page.facts.iter().find(|f| f.fact == fact && f.known_on.map(|d| d.to_string()) == known);
        let held = held.unwrap_or_else(|| panic!("{fact} was recorded"));
        assert_eq!(held.value, value, "{fact}");
        assert!(held.origin.label.starts_with("FHIR QuestionnaireResponse"), "{}", held.origin.label);
    }
    // What is read at the address that was given holds these answers, and sent again it changes nothing.
    let all = made
        .header("location")
        .split("/fhir/")
        .nth(1)
        .expect("an address")
        .split("/_history")
        .next()
        .expect("an id");
    let read = fhir(&house, "GET", &format!("/fhir/{all}"), &token, None).await;
    assert_eq!(read.status, 200, "{}", read.body);
    let response = read.json();
    assert_eq!(
        (&response["status"], &response["subject"]["reference"]),
        (&json!("completed"), &json!(format!("Patient/{patient}")))
    );
    let answer = |link: &str| {
        let items = response["item"].as_array().expect("items");
        items.iter().find(|i| i["linkId"] == link).unwrap_or_else(|| panic!("{link} is answered"))["answer"]
            [0]
        .clone()
    };
    assert_eq!(answer("tumour.size")["valueQuantity"]["value"], 14);
    assert_eq!(answer("tumour.mitoses/absent")["valueCoding"]["code"], "not-performed");
    assert_eq!(answer("lab.cga/absent")["valueCoding"]["code"], "not-applicable");
    assert_eq!(answer("metastasis.liver")["valueCoding"]["code"], "no");
    let before = house.revision().await;
    let again = fhir(&house, "POST", place, &token, Some(&response)).await;
    assert_eq!(again.status, 200, "{}", again.body);
    let again = fhir(&house, "POST", place, &nurse, Some(&answered(items.clone()))).await;
    assert_eq!(again.status, 200, "{}", again.body);
    assert_eq!(house.revision().await, before, "the same answers again write nothing");
    // In a transaction beside an Observation, and counted there.
    let bundle = json!({"resourceType": "Bundle", "type": "transaction", "entry": [
        {"resource": ki67(&patient, &json!(6)), "request": {"method": "POST", "url": "Observation"}},
        {"resource": answered(json!([item("tumour.invasion", json!({"valueDate": "2026"})), item("metastasis.extrahepatic",
            offered("metastasis.extrahepatic", "unknown"))])), "request": {"method": "POST", "url": "QuestionnaireResponse"}},
    ]});
    let done = fhir(&house, "POST", "/fhir", &token, Some(&bundle)).await.json();
    assert_eq!(done["entry"][1]["response"]["status"], "201 Created", "{done}");
    assert!(
        done["entry"][1]["response"]["location"]
            .as_str()
            .is_some_and(|l| l.starts_with("QuestionnaireResponse/"))
    );
    let told = done["entry"][1]["response"]["outcome"]["issue"].to_string();
    assert!(told.contains("facts taken: 1") && told.contains("(tumour.invasion)"), "{told}");
    // What says nothing, or is of another version, leaves nothing.
    let before = house.revision().await;
    let change = |change: &dyn Fn(&mut Value)| {
        let mut value = answered(json!([item("tumour.size", size.clone())]));
        value["item"][0]["answer"][0]["valueQuantity"]["value"] = json!(77);
        change(&mut value);
        value
    };
    for (name, sent) in [
        ("in progress", change(&|r| r["status"] = json!("in-progress"))),
        ("another questionnaire", change(&|r| r["questionnaire"] = json!("http://forms.example/1"))),
        ("STU3", change(&|r| r["questionnaire"] = json!({"reference": "Questionnaire/gep-net"}))),
        ("no patient", change(&|r| r["subject"] = json!(null))),
        ("no answers", change(&|r| r["item"] = json!([{"linkId": "tumour.size"}]))),
    ] {
        let refused = fhir(&house, "POST", place, &token, Some(&sent)).await;
        assert_eq!(
            (refused.status, refused.json()["resourceType"].as_str()),
            (422, Some("OperationOutcome")),
            "{name}"
        );
    }
    assert_eq!(house.revision().await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_come_in_is_an_outcome_and_leaves_nothing() {
    let house = House::new("fhir-bad").await;
    let token = house.session(Role::Specialist).await;
    let patient = house.patient().await.as_str().to_string();
    let before = house.revision().await;
    let observation = |change: &dyn Fn(&mut Value)| {
        let mut value = ki67(&patient, &json!(9));
        change(&mut value);
        value.to_string()
    };
    let of = |entries: Value| {
        json!({"resourceType": "Bundle", "type": "transaction", "entry": entries}).to_string()
    };
    let posted =
        |value: Value, url: &str| json!({"resource": value, "request": {"method": "POST", "url": url}});
    let member = |id: &str, to: &str| {
        let mut value = ki67(&patient, &json!(9));
        (value["id"], value["hasMember"]) = (json!(id), json!([{"reference": format!("Observation/{to}")}]));
        posted(value, "Observation")
    };
    let json_type = "application/fhir+json";
    let cases: Vec<(&str, &str, &str, u16, String)> = vec![
        ("no JSON", "/fhir/Observation", json_type, 400, "{\"resourceType\":".to_string()),
        (
            "a member twice",
            "/fhir/Observation",
            json_type,
            400,
            "{\"resourceType\":\"Observation\",\"resourceType\":\"Patient\"}".into(),
        ),
        ("no resource", "/fhir/Observation", json_type, 400, "[]".into()),
        ("XML", "/fhir/Observation", "application/fhir+xml", 415, "<Observation/>".into()),
        ("STU3", "/fhir/Observation", "application/fhir+json; fhirVersion=3.0", 415, observation(&|_| {})),
        (
            "an element of STU3",
            "/fhir/Observation",
            json_type,
            422,
            observation(&|o| o["comment"] = json!("x")),
        ),
        (
            "an element that R4 does not have",
            "/fhir/Observation",
            json_type,
            422,
            observation(&|o| o["related"] = json!([{"target": {"reference": "Observation/1"}}])),
        ),
        (
            "an element of R5 within a transaction",
            "/fhir",
            json_type,
            422,
            of(json!([posted(
                serde_json::from_str(&observation(
                    &|o| o["bodyStructure"] = json!({"reference": "BodyStructure/1"})
                ))
                .expect("JSON"),
                "Observation"
            )])),
        ),
        (
            "a handler whose name stands apart",
            "/fhir/Observation",
            json_type,
            422,
            observation(&|o| {
                o["text"] =
                    json!({"status": "generated", "div": "<div><img src='x'\nonerror\n=\n'alert(1)'/></div>"})
            }),
        ),
        ("bytes that are no text", "/fhir/Observation", json_type, 400, "{\"resourceType\":\"\u{0}".into()),
        ("deeper than any resource", "/fhir/Observation", json_type, 413, "[".repeat(100_000)),
        (
            "a program in the narrative",
            "/fhir/Observation",
            json_type,
            422,
            observation(&|o| {
                o["text"] = json!({"status": "generated", "div": "<div><script>alert(1)</script></div>"})
            }),
        ),
        (
            "a handler in the narrative",
            "/fhir/Observation",
            json_type,
            422,
            observation(&|o| {
                o["text"] = json!({"status": "generated", "div": "<div><img src=x onerror=alert(1)></div>"})
            }),
        ),
        (
            "a value that is none",
            "/fhir/Observation",
            json_type,
            422,
            observation(&|o| o["valueQuantity"]["value"] = json!(-4)),
        ),
        (
            "not final",
            "/fhir/Observation",
            json_type,
            422,
            observation(&|o| o["status"] = json!("preliminary")),
        ),
        (
            "nobody's",
            "/fhir/Observation",
            json_type,
            422,
            observation(&|o| o["subject"] = json!({"reference": "Patient/1"})),
        ),
        (
            "a patient that is not here",
            "/fhir/Observation",
            json_type,
            404,
            observation(&|o| {
                o["subject"] = json!({"reference": "Patient/00000000-0000-0000-0000-000000000000"})
            }),
        ),
        ("no subject", "/fhir/Observation", json_type, 422, observation(&|o| o["subject"] = json!({}))),
        ("another kind", "/fhir/Observation", json_type, 400, json!({"resourceType": "Patient"}).to_string()),
        (
            "a patient without a name",
            "/fhir/Patient",
            json_type,
            422,
            json!({"resourceType": "Patient", "gender": "male"}).to_string(),
        ),
        (
            "a bundle that is kept",
            "/fhir",
            json_type,
            422,
            json!({"resourceType": "Bundle", "type": "document", "entry": []}).to_string(),
        ),
        ("a circle", "/fhir", json_type, 422, of(json!([member("a", "b"), member("b", "a")]))),
        (
            "two patients",
            "/fhir",
            json_type,
            422,
            of(json!([
                posted(ki67(&patient, &json!(9)), "Observation"),
                posted(ki67("00000000-0000-0000-0000-000000000000", &json!(9)), "Observation"),
            ])),
        ),
        (
            "good and hostile together",
            "/fhir",
            json_type,
            422,
            of(json!([
                posted(ki67(&patient, &json!(9)), "Observation"),
                json!({"request": {"method": "DELETE", "url": format!("Patient/{patient}")}}),
            ])),
        ),
        (
            "an entry without a request",
            "/fhir",
            json_type,
            422,
            of(json!([{"resource": ki67(&patient, &json!(9))}])),
        ),
        ("too many entries", "/fhir", json_type, 413, of(Value::Array(vec![json!({}); 5001]))),
        (
            "larger than is taken",
            "/fhir",
            json_type,
            413,
            format!("{{\"resourceType\":\"Bundle\",\"x\":\"{}\"}}", "a".repeat(9 << 20)),
        ),
    ];
    for (name, path, kind, status, body) in cases {
        let answer = with(&house, "POST", path, &token, &[("content-type", kind)], body).await;
        assert_eq!(answer.status, status, "{name}: {}", answer.body);
        let told = answer.json();
        assert_eq!(told["resourceType"], "OperationOutcome", "{name}");
        assert!(told["issue"][0]["diagnostics"].as_str().is_some_and(|d| d.len() > 10), "{name}: {told}");
        assert_eq!(house.revision().await, before, "{name} changed the record");
    }
    assert!(stated(&house, &token, &patient, "tumour.ki67").await.iter().all(|(_, v)| *v != json!(9)));
    // What is too much says of what; a body that says its length is let pass before it is refused.
    let long = "a".repeat(9 << 20);
    let length = long.len().to_string();
    for (head, body, words) in [
        (vec![], "[".repeat(100_000), "64 levels"),
        (vec![], format!("[{}0]", "0,".repeat(600_000)), "500000 values"),
        (vec![], of(Value::Array(vec![json!({}); 5001])), "5000 entries"),
        (vec![], long.clone(), "8 MiB"),
        (vec![("content-length", length.as_str())], long.clone(), "8 MiB"),
        (vec![("content-length", length.as_str()), ("expect", "100-continue")], long.clone(), "8 MiB"),
        (vec![("transfer-encoding", "chunked")], long.clone(), "8 MiB"),
    ] {
        let answer = with(&house, "POST", "/fhir", &token, &head, body).await;
        assert_eq!((answer.status, answer.body.contains(words)), (413, true), "{words}: {}", answer.body);
        assert_eq!(answer.json()["resourceType"], "OperationOutcome");
    }
    let pieces = [("transfer-encoding", "chunked")];
    let body = ki67(&patient, &json!(12)).to_string();
    let taken = with(&house, "POST", "/fhir/Observation", &token, &pieces, body).await;
    assert_eq!(taken.status, 201, "a body in pieces comes in whole: {}", taken.body);
    let people = fhir(&house, "GET", "/fhir/Patient", &token, None).await.json();
    assert_eq!(people["total"], 1, "no patient was made");
    // Nobody, a token of somebody else's making, one that has ended.
    let unsigned = Token::from_text("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.");
    let ended = house.session(Role::Specialist).await;
    house.app.store().end_session(&house.system(), &ended).await.expect("it ends");
    for token in [unsigned, ended, Token::from_text("")] {
        let answer = fhir(&house, "GET", &format!("/fhir/Patient/{patient}"), &token, None).await;
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, "Bearer"));
        assert_eq!(answer.json()["issue"][0]["code"], "login", "{}", answer.body);
    }
    // A text is a text, whatever stands in it.
    let hostile = json!({"resourceType": "Patient", "name": [{"text": "<script>alert(1)</script>"}]});
    let made = fhir(&house, "POST", "/fhir/Patient", &token, Some(&hostile)).await.json();
    let page = house.get(&token, &format!("/patients/{}", made["id"].as_str().expect("an id"))).await;
    assert!(page.status == 200 && !page.body.contains("<script>alert"), "the page shows it as text");
}
