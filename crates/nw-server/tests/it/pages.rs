//! What the pages say and do: reasons, what-if, the log, accounts, emergencies, language and role.

use nw_store::Role;

use crate::house::{House, form};

#[tokio::test(flavor = "multi_thread")]
async fn why_goes_down_to_the_row_the_fact_and_the_source() {
    let house = House::new("why").await;
    let patient = house.patient().await;
    let token = house.session(Role::Specialist).await;
    let list = house.get(&token, &format!("/patients/{}/why", patient.as_str())).await;
    assert!(list.body.contains(&format!("/patients/{}/why/tumour.grade", patient.as_str())));
    let page = house.get(&token, &format!("/patients/{}/why/tumour.grade", patient.as_str())).await;
    assert_eq!(page.status, 200);
    // Ki-67 alone does not settle the grade: the exact set, the convention, and what would settle it stand together.
    assert!(page.body.contains("id=\"exact\"") && page.body.contains("id=\"custom\""), "{}", page.body);
    assert!(page.body.contains("tumour.mitoses"), "the fact that settles it is named");
    let entity = house.get(&token, &format!("/patients/{}/why/tumour.entity", patient.as_str())).await;
    assert!(entity.body.contains("id=\"because\"") && entity.body.contains("verslag"), "{}", entity.body);
    let link = entity.body.split("href=\"/guideline/").nth(2).and_then(|l| l.split('"').next());
    let (conclusion, anchor) = link.and_then(|l| l.split_once('#')).expect("a row links to the guideline");
    let guideline = house.get(&token, &format!("/guideline/{conclusion}")).await;
    assert!(
        guideline.body.contains(&format!("id=\"{anchor}\"")),
        "the guideline's page has the row {anchor}"
    );
    assert_eq!(house.get(&token, &format!("/patients/{}/why/no.such", patient.as_str())).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_if_shows_changes_and_records_nothing() {
    let house = House::new("what-if").await;
    let token = house.session(Role::Specialist).await;
    let patient = house.patient().await;
    let path = format!("/patients/{}/what-if", patient.as_str());
    let before = house.revision().await;
    let first = house.get(&token, &path).await;
    assert!(first.body.contains("name=\"fact:tumour.ki67\" value=\"4 %\""), "{}", first.body);
    let changed = house.post(&token, &path, &[("fact:tumour.ki67", "30 %")]).await;
    assert_eq!(changed.status, 200);
    assert!(changed.body.contains("tumour.grade") && changed.body.contains("→"), "the grade changes");
    let same = house.post(&token, &path, &[("fact:tumour.ki67", "4 %")]).await;
    assert!(!same.body.contains("<span aria-hidden=\"true\">→"), "the same facts change nothing");
    let wrong = house.post(&token, &path, &[("fact:tumour.ki67", "many")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("aria-invalid"));
    assert_eq!(house.revision().await, before);
    let log = house.get(&token, &format!("/patients/{}/audit", patient.as_str())).await;
    assert!(log.body.contains("Vera Specialist"), "the reading is in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emergency_needs_a_reason_and_stands_in_the_log() {
    let house = House::new("emergency").await;
    let token = house.session(Role::Pathologist).await;
    let patient = house.patient().await;
    let place = |rest: &str| format!("/patients/{}{rest}", patient.as_str());
    assert_eq!(
        house.post(&token, &place("/emergency"), &[("do", "begin"), ("reason", "")]).await.status,
        422
    );
    let begun =
        house.post(&token, &place("/emergency"), &[("do", "begin"), ("reason", "spoed op de SEH")]).await;
    assert_eq!((begun.status, begun.header("location")), (303, place("").as_str()));
    assert_eq!(house.get(&token, &place("")).await.status, 200);
    let log = house.get(&token, &place("/audit?emergency=yes")).await;
    assert!(log.body.contains("spoed op de SEH") && log.body.contains("class=\"emergency\""), "{}", log.body);
    let own = house.get(&token, &place("/audit/patient")).await;
    assert!(!own.body.contains("spoed op de SEH"), "the patient's version has no words of the staff");
    assert!(own.body.contains("noodgeval"), "{}", own.body);
    house.post(&token, &place("/emergency"), &[("do", "end")]).await;
    let after = house.get(&token, &place("/emergency")).await;
    assert!(after.body.contains("name=\"reason\""), "it has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_administrator_sees_who_did_what_and_no_patient() {
    let house = House::new("audit").await;
    let patient = house.patient().await;
    let doctor = house.session(Role::Specialist).await;
    house.get(&doctor, &format!("/patients/{}", patient.as_str())).await;
    let token = house.session(Role::Administrator).await;
    for path in ["/audit", "/api/v1/audit"] {
        let log = house.get(&token, path).await;
        assert!(log.body.contains("Vera Specialist"), "{}", log.body);
        for secret in ["Kanariegeel", "K4N4R13", patient.as_str()] {
            assert!(!log.body.contains(secret), "{path} shows {secret}");
        }
    }
    let refused = house.get(&token, "/audit?from=yesterday").await;
    assert_eq!(refused.status, 422);
    assert!(house.get(&token, "/audit?from=2030-01-01").await.body.contains("Nog niets."));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_works_once_and_a_closed_account_no_more() {
    let house = House::new("accounts").await;
    let token = house.session(Role::Administrator).await;
    let fields = [
        ("name", "Nieuw Iemand"),
        ("login", "nieuw"),
        ("organisation", "X"),
        ("language", "nl"),
        ("roles", "nurse"),
    ];
    let made = house.post(&token, "/accounts", &fields).await;
    let link =
        made.body.split("/invitation/").nth(1).and_then(|l| l.split('<').next()).expect("a link").to_string();
    let link = format!("/invitation/{link}");
    assert_eq!(house.post(&token, "/accounts", &fields).await.status, 422, "the name is taken");
    let differ = [("password", "een lange zin hier"), ("again", "een andere zin hier")];
    assert_eq!(house.send(form(&link, None, &differ)).await.status, 422);
    let set = [("password", "een lange zin hier"), ("again", "een lange zin hier")];
    assert_eq!(house.send(form(&link, None, &set)).await.status, 303);
    let again = house.send(form(&link, None, &set)).await;
    assert!((400..500).contains(&again.status), "the link was used: {}", again.status);
    let sign_in = [("login", "nieuw"), ("password", "een lange zin hier")];
    assert_eq!(house.send(form("/sign-in", None, &sign_in)).await.status, 303);
    let list = house.get(&token, "/accounts").await;
    let id =
        list.body.split("Nieuw Iemand").next().and_then(|b| b.rsplit("/accounts/").next()).expect("its line");
    let place = format!("/accounts/{}", id.trim_end_matches("\">"));
    assert_eq!(house.post(&token, &place, &[("do", "close")]).await.status, 303);
    assert_eq!(house.send(form("/sign-in", None, &sign_in)).await.status, 401);
    let nurse = house.session(Role::Radiologist).await;
    let second = house.post(&nurse, "/account/second-factor", &[("do", "begin")]).await;
    assert!(second.body.contains("otpauth://totp/netwijzer"), "{}", second.body);
    let wrong = house.post(&nurse, "/account/second-factor", &[("do", "confirm"), ("code", "000000")]).await;
    assert_eq!(wrong.status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_passwords_is_slowed_down() {
    let house = House::new("limit").await;
    let mut answers = Vec::new();
    for _ in 0..12 {
        let fields = [("login", "nobody-of-ours"), ("password", "wrong wrong wrong")];
        answers.push(house.send(form("/sign-in", None, &fields)).await.status);
    }
    assert_eq!(answers[..10], [401; 10]);
    assert_eq!(answers[10..], [429, 429]);
    let other = house.send(form("/sign-in", None, &[("login", "nurse"), ("password", "wrong wrong")])).await;
    assert_eq!(other.status, 401, "another name has its own");
}

#[tokio::test(flavor = "multi_thread")]
async fn language_and_role_are_chosen_by_the_person() {
    let house = House::new("language").await;
    let token = house.session(Role::Specialist).await;
    assert!(house.get(&token, "/guideline").await.body.contains("<html lang=\"nl\">"));
    let gone = house.get(&token, "/language/en?next=/guideline").await;
    assert_eq!((gone.status, gone.header("location")), (303, "/guideline"));
    let page = house.get(&token, "/guideline?q=mitoses").await;
    assert!(page.body.contains("<html lang=\"en\">") && page.body.contains("class=\"rule\""));
    assert_eq!(house.get(&token, "/language/fr").await.status, 404);
    assert_eq!(house.get(&token, "/language/nl?next=//elsewhere.example").await.header("location"), "/");
    let stolen = house.post(&token, "/role", &[("role", "administrator")]).await;
    assert_eq!(stolen.status, 403, "a role that the account does not have");
    assert_eq!(house.post(&token, "/role", &[("role", "specialist")]).await.status, 303);
}
