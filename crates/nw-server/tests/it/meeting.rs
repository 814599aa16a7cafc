//! A whole meeting: agenda, requests, case, decision, letter, minutes; stale and forged forms change nothing.

use crate::world::World;

#[test]
fn a_whole_meeting_over_http() {
    let world = World::new("meeting");
    let mut specialist = world.sign_in("specialist");
    let made = specialist.post(
        "/meetings",
        &[("title", "Proefoverleg"), ("starts-at", "2026-06-12T16:00"), ("place", "Zaal 1")],
    );
    assert_eq!(made.status, 303, "{}", made.body);
    let meeting = made.location;

    let found = specialist.get(&format!("{meeting}?q=T2"));
    let patient = found.between("<option value=\"", "\"");
    let added = specialist.post(
        &format!("{meeting}/agenda"),
        &[("patient", &patient), ("question", "Wat is de volgende stap?")],
    );
    assert_eq!(added.status, 303, "{}", added.body);
    let page = specialist.get(&meeting);
    assert!(page.body.contains("Wat is de volgende stap?"));
    // When it is stands there as on every other page, and several things that are missing are several.
    assert!(page.body.contains("12 jun 2026, 16:00"), "{}", page.body);
    assert!(
        page.body.contains(" ontbreken</summary>") && !page.body.contains("2 ontbreekt"),
        "{}",
        page.body
    );

    // The form of the meeting carries its version: the second one is stale, and nothing of it is kept.
    let details = [("title", "Proefoverleg NET"), ("starts-at", "2026-06-12T16:00"), ("version", "1")];
    assert_eq!(specialist.post(&meeting, &details).status, 303);
    let stale = [("title", "Te laat"), ("starts-at", "2026-06-12T16:00"), ("version", "1")];
    assert_eq!(specialist.post(&meeting, &stale).status, 409);
    assert!(!specialist.get(&meeting).body.contains("Te laat"));

    // What is missing becomes tasks, once.
    assert_eq!(specialist.post(&format!("{meeting}/requests"), &[]).status, 303);
    let tasks = |page: &str| page.matches("/tasks/").count();
    let before = tasks(&specialist.get("/follow-up").body);
    assert!(before > 0);
    assert_eq!(specialist.post(&format!("{meeting}/requests"), &[]).status, 303);
    assert_eq!(tasks(&specialist.get("/follow-up").body), before);

    let case = format!("{meeting}/present/1");
    let page = specialist.get(&case);
    let (item, revision) =
        (page.between("name=\"item\" value=\"", "\""), page.between("name=\"revision\" value=\"", "\""));
    let words = "Operatie door een ervaren team";
    let mut form = vec![("item", item.as_str()), ("revision", revision.as_str()), ("text", words)];

    // A form without our mark is forged.
    let mut forged = form.clone();
    forged.push(("csrf", "00000000"));
    assert_eq!(specialist.send("POST", &case, &forged).status, 403);

    // A choice that the guideline does not list asks for a reason, and keeps what was typed.
    form.push(("other", "Iets anders"));
    let refused = specialist.post(&case, &form);
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains(words) && refused.body.contains("Iets anders"));

    form.push(("reason", "patient-choice"));
    let decided = specialist.post(&case, &form);
    assert_eq!(decided.status, 303, "{}", decided.body);

    // The same form once more rests on a record that has changed: nothing is kept, nothing typed is lost.
    let again = specialist.post(&case, &form);
    assert_eq!(again.status, 409);
    assert!(again.body.contains("Iets anders"));

    let page = specialist.get(&case);
    let place = format!("/patients/{patient}/decisions/");
    let decision = page.between(&place, "/letter");
    let letter = specialist.get(&format!("{place}{decision}/letter"));
    assert_eq!(letter.status, 200);
    assert!(letter.body.contains(words) && letter.body.contains("gep-net"));
    for (place, name) in [
        (format!("{place}{decision}/letter.pdf"), "letter"),
        (format!("{meeting}/minutes.pdf"), "minutes"),
        (format!("{meeting}/requests.pdf"), "requests"),
        (format!("/patients/{patient}/audit/patient.pdf"), "access-log"),
    ] {
        let paper = specialist.get(&place);
        assert_eq!(paper.status, 200, "{place}");
        assert!(paper.head.contains("application/pdf") && paper.head.contains(&format!("{name}.pdf")));
        assert!(paper.body.starts_with("%PDF-") && paper.body.contains("pdfuaid:part"), "{place}");
    }
    // The letter of one patient is not found under another.
    let others = specialist.get("/patients?q=T1").between("scope=\"row\"><a href=\"", "\"");
    assert_eq!(specialist.get(&format!("{others}/decisions/{decision}/letter")).status, 404);

    let minutes = specialist.get(&format!("{meeting}/minutes"));
    assert!(minutes.body.contains(words));
    let version = minutes.between("name=\"version\" value=\"", "\"");
    let closed = specialist.post(&meeting, &[("do", "close"), ("version", &version)]);
    assert_eq!((closed.status, closed.location), (303, format!("{meeting}/minutes")));
    // A closed meeting takes no more cases.
    assert_eq!(specialist.post(&format!("{meeting}/agenda"), &[("patient", &patient)]).status, 409);

    // The loop is closed by the nurse; without a reason nothing counts as not done.
    let mut nurse = world.sign_in("nurse");
    assert!(nurse.get("/follow-up").body.contains(words));
    let done = format!("{place}{decision}/executions");
    assert_eq!(nurse.post(&done, &[("state", "not-done")]).status, 422);
    assert_eq!(nurse.post(&done, &[("state", "done"), ("on", "2026-06-20")]).status, 303);
    assert!(!nurse.get("/follow-up").body.contains(words));
    assert!(nurse.get(&format!("/patients/{patient}/course")).body.contains("2026-06-20"));

    // A pathologist looks on, and decides nothing.
    let mut pathologist = world.sign_in("pathologist");
    assert_eq!(pathologist.get(&case).status, 200);
    assert_eq!(pathologist.post(&case, &form).status, 403);
}
