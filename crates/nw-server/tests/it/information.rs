//! What a patient takes home: chosen, looked at, printed, handed over and found again.

use nw_store::Role;

use crate::house::House;

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_is_chosen_looked_at_and_handed_over() {
    let house = House::new("information").await;
    let token = house.session(Role::Nurse).await;
    let patient = house.patient().await;
    let place = |rest: &str| format!("/patients/{}{rest}", patient.as_str());
    let page = house.get(&token, &place("/information")).await;
    assert_eq!(page.status, 200, "{}", page.body);
    assert!(
        page.body.contains("paper.html?lang=nl&#38;print=normal"),
        "the personal leaflet is shown first: {}",
        page.body
    );
    assert!(page.header("content-security-policy").contains("frame-src 'self'"));
    assert!(page.body.contains("value=\"decision-aid\"") && page.body.contains("<optgroup"));

    let shown = house.get(&token, &place("/information/personal/paper.html?lang=en&print=large")).await;
    assert_eq!(shown.status, 200, "{}", shown.body);
    assert!(shown.body.contains("<html lang=\"en\" class=\"large\">"), "{}", &shown.body[..200]);
    assert!(shown.body.contains("Zeldzaam Kanariegeel"), "it is made for this patient");
    assert!(
        shown.body.contains("Voorbeeldziekenhuis") && shown.body.contains("012 345 67 89"),
        "of this hospital"
    );
    let policy = shown.header("content-security-policy");
    assert!(policy.contains("style-src 'sha256-") && policy.contains("frame-ancestors 'self'"), "{policy}");
    assert_eq!(shown.header("x-frame-options"), "SAMEORIGIN");
    let pdf = house.get(&token, &place("/information/personal/paper.pdf")).await;
    assert!(pdf.status == 200 && pdf.body.starts_with("%PDF-"), "{}", pdf.status);
    for wrong in ["/information/nothing/paper.html", "/information?document=nothing"] {
        assert_eq!(house.get(&token, &place(wrong)).await.status, 404, "{wrong}");
    }
    assert_eq!(house.get(&token, &place("/information?document=personal&print=huge")).await.status, 422);

    let revision = house.revision().await.to_string();
    let fields =
        |revision| [("document", "personal"), ("lang", "en"), ("print", "large"), ("revision", revision)];
    let stale = house.post(&token, &place("/information"), &fields("0")).await;
    assert_eq!(stale.status, 409, "{}", stale.body);
    assert!(stale.body.contains("role=\"alert\""));
    let given = house.post(&token, &place("/information"), &fields(&revision)).await;
    assert_eq!(given.status, 303, "{}", given.body);
    assert_eq!(house.revision().await.to_string(), revision, "a paper changes nothing of the record's facts");

    let after = house.get(&token, &place("/information")).await;
    let link =
        after.body.split("/handovers/").nth(1).and_then(|l| l.split('"').next()).expect("it is listed");
    let kept = house.get(&token, &place(&format!("/handovers/{link}"))).await;
    assert!(kept.status == 200 && kept.body.starts_with("%PDF-"));
    assert!(kept.body.contains("<rdf:li>en</rdf:li>"), "in the language in which it was handed over");
    let timeline = house.get(&token, &place("/timeline")).await;
    assert!(timeline.body.contains("Meegegeven: "), "{}", timeline.body);
    let own = house.get(&token, &place("/audit/patient")).await;
    assert!(own.body.contains("meegegeven: patiënteninformatie op papier"), "{}", own.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_fits_on_one_page_and_others_look_no_further_than_they_may() {
    let house = House::new("one-page").await;
    let patient = house.patient().await;
    let token = house.session(Role::Pathologist).await;
    let pdf = house.get(&token, &format!("/patients/{}/summary.pdf", patient.as_str())).await;
    assert!(pdf.status == 200 && pdf.body.starts_with("%PDF-"), "{}", pdf.status);
    let page = house.get(&token, &format!("/patients/{}", patient.as_str())).await;
    assert!(page.body.contains("/summary.pdf") && !page.body.contains("/information\""), "{}", page.body);
    let nurse = house.session(Role::Nurse).await;
    assert!(
        house.get(&nurse, &format!("/patients/{}", patient.as_str())).await.body.contains("/information\"")
    );
}
