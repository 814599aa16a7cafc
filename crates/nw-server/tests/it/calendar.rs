//! The calendar at the workbench: proposed, moved, refused, saved by one of two, downloaded.

use nw_store::Role;

use crate::house::House;

/// A patient with two injections, the last one on 9 June; the clock stands on 10 June 2026.
async fn given(house: &House) -> String {
    let patient = house.patient().await;
    let token = house.session(Role::Specialist).await;
    let path = format!("/patients/{}", patient.as_str());
    let facts = serde_json::json!({"facts": [
        {"fact": "therapy.ssa", "value": "current"},
        {"fact": "ssa.injection.date", "value": "2026-05-12", "trueOn": "2026-05-12"},
        {"fact": "ssa.injection.date", "value": "2026-06-09", "trueOn": "2026-06-09"},
    ]});
    let tag = format!("\"{}\"", house.revision().await);
    let sent = house.json(&token, &format!("/api/v1{path}/facts"), &[("if-match", &tag)], &facts).await;
    assert!(sent.status < 300, "{}", sent.body);
    path
}

fn hidden(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    page.split(&start).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_is_proposed_moved_saved_and_downloaded() {
    let house = House::new("calendar").await;
    let path = given(&house).await;
    let nurse = house.session(Role::Nurse).await;
    let page = house.get(&nurse, &format!("{path}/calendar")).await;
    assert_eq!(page.status, 200);
    // 28 days after 9 June.
    assert!(page.body.contains("datetime=\"2026-07-07\""), "{}", page.body);
    assert_eq!(house.get(&nurse, &format!("{path}/calendar.ics")).await.status, 404);
    let saving =
        |page: &str| ["version", "entry", "revision"].map(|name| (name.to_string(), hidden(page, name)));
    let send = async |to: &str, fields: &[(String, String)]| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        house.post(&nurse, &format!("{path}/calendar{to}"), &fields).await
    };
    let first = saving(&page.body);
    assert_eq!(send("", &first).await.status, 303);
    // Somebody who saw nothing saved cannot save over it.
    assert_eq!(send("", &first).await.status, 409);
    let saved = house.get(&nurse, &format!("{path}/calendar")).await;
    assert!(saved.body.contains("Fenna") || saved.body.contains("calendar.ics"), "{}", saved.body);
    assert!(!saved.body.contains("id=\"proposal\""), "nothing changed since: {}", saved.body);

    let moved = ("move:ssa.injection.3".to_string(), "2026-07-09".to_string());
    let proposed = send("/try", std::slice::from_ref(&moved)).await;
    assert_eq!(proposed.status, 200);
    assert!(
        proposed.body.contains("id=\"proposal\"") && proposed.body.contains("2026-08-06"),
        "{}",
        proposed.body
    );
    let mut fields = saving(&proposed.body).to_vec();
    fields.push(moved);
    assert_eq!(send("", &fields).await.status, 303);
    assert_eq!(send("", &fields).await.status, 409, "the version was saved over");

    // 12 days after the last one: refused with the rule, and it cannot be saved either.
    let early = ("move:ssa.injection.3".to_string(), "2026-06-22".to_string());
    let refused = send("/try", std::slice::from_ref(&early)).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("role=\"alert\"") && refused.body.contains("21 d"), "{}", refused.body);
    let now = house.get(&nurse, &format!("{path}/calendar")).await;
    let mut fields = saving(&now.body).to_vec();
    fields[0].1 = "2".to_string();
    fields[1].1 = hidden(&proposed.body, "entry");
    fields[2].1 = house.revision().await.to_string();
    fields.push(early);
    assert_eq!(send("", &fields).await.status, 422);
    let after = house.get(&nurse, &format!("{path}/calendar")).await;
    assert!(after.body.contains("datetime=\"2026-07-09\""), "{}", after.body);

    let months = house.get(&nurse, &format!("{path}/calendar?view=months")).await;
    assert!(months.body.contains("<table class=\"month\">"), "{}", months.body);
    let file = house.get(&nurse, &format!("{path}/calendar.ics")).await;
    assert_eq!((file.status, file.header("content-type")), (200, "text/calendar; charset=utf-8"));
    assert!(
        file.body.contains("DTSTART;VALUE=DATE:20260709") && file.body.contains("SEQUENCE:1"),
        "{}",
        file.body
    );
    assert!(!file.body.contains("Kanariegeel"));
    let paper = house.get(&nurse, &format!("{path}/calendar.pdf")).await;
    assert!(paper.status == 200 && paper.body.starts_with("%PDF"));
    let large = house.get(&nurse, &format!("{path}/calendar.pdf?print=large")).await;
    assert!(large.status == 200 && large.body.starts_with("%PDF") && large.body != paper.body);
    assert_eq!(house.get(&nurse, &format!("{path}/calendar.pdf?print=huge")).await.status, 422);
    let log = house.get(&nurse, &format!("{path}/audit")).await;
    assert!(log.body.contains("kalender") || log.body.contains("calendar"), "saving is in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn those_who_do_not_plan_read_only() {
    let house = House::new("calendar-roles").await;
    let path = given(&house).await;
    let pathologist = house.session(Role::Pathologist).await;
    let page = house.get(&pathologist, &format!("{path}/calendar")).await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("calendar/try") && !page.body.contains("name=\"revision\""), "{}", page.body);
    assert_eq!(house.post(&pathologist, &format!("{path}/calendar/try"), &[]).await.status, 403);
    assert_eq!(house.post(&pathologist, &format!("{path}/calendar"), &[]).await.status, 403);
    // What a schedule rests on is told in words: no marks, keys or ids.
    for code in ["GK", "general-knowledge", "(followup.", "(option."] {
        assert!(!page.body.contains(code), "{code} is no word: {}", page.body);
    }
    assert!(
        page.body.contains("algemene kennis") || page.body.contains("gezien in de bron"),
        "{}",
        page.body
    );
    let analyst = house.session(Role::Analyst).await;
    assert_eq!(house.get(&analyst, &format!("{path}/calendar")).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_is_planned_by_name() {
    let house = House::new("calendar-plan").await;
    let path = given(&house).await;
    let nurse = house.session(Role::Nurse).await;
    let asked = [("schedule", "prrt"), ("from", "2026-07-01")];
    let page = house.post(&nurse, &format!("{path}/calendar/try"), &asked).await;
    assert_eq!(page.status, 200);
    assert!(
        page.body.contains("id=\"prrt.course.4\"") && page.body.contains("name=\"plan:prrt\""),
        "{}",
        page.body
    );
    let wrong = [("schedule", "prt"), ("from", "2026-07-01")];
    assert_eq!(house.post(&nurse, &format!("{path}/calendar/try"), &wrong).await.status, 422);
}

#[tokio::test(flavor = "multi_thread")]
async fn patients_of_the_demonstration_who_are_treated_have_a_saved_calendar() {
    let house = House::new("calendar-demo").await;
    let nurse = house.session(Role::Nurse).await;
    // Nothing recurs for the patient of the house: the page proposes, and nothing is saved.
    assert_eq!(nw_server::demo::plan(&house.app).await.expect("a record"), 0);
    let path = given(&house).await;
    assert_eq!(house.get(&nurse, &format!("{path}/calendar.ics")).await.status, 404);
    assert_eq!(nw_server::demo::plan(&house.app).await.expect("a record"), 1);
    let file = house.get(&nurse, &format!("{path}/calendar.ics")).await;
    assert!(file.status == 200 && file.body.contains("DTSTART;VALUE=DATE:20260707"), "{}", file.body);
    // What stands is left as it is.
    assert_eq!(nw_server::demo::plan(&house.app).await.expect("a record"), 0);
}
