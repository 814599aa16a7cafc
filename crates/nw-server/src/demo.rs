//! The demonstration: accounts for every role, and invented patients. Never on a real record.

use jiff::Span;
use nw_facts::{Date, Language};
use nw_store::{Identity, NewAccount, NewFact, Origin, PatientFilter, Role, Secret, StoreError};

use crate::app::{App, own};
use crate::error::Problem;
use crate::pages::calendar::save_first;
use crate::pages::patients::{BORN, SEX};
use crate::words::role;

/// The password of all accounts of the demonstration, shown on its sign-in page.
pub(crate) const PASSWORD: &str = "netwijzer-demonstratie";

const ACCOUNTS: &[(&str, &str, &[Role])] = &[
    ("specialist", "Dr. Vera Specialist", &[Role::Specialist]),
    ("nurse", "Noor Consulent", &[Role::Nurse]),
    ("coordinator", "Cas Coördinator", &[Role::Coordinator]),
    ("pathologist", "Dr. Pieter Patholoog", &[Role::Pathologist]),
    ("radiologist", "Dr. Rosa Radioloog", &[Role::Radiologist]),
    ("analyst", "Anne Analist", &[Role::Analyst]),
    ("admin", "Bo Beheerder", &[Role::Administrator]),
];

const PRACTITIONERS: &[&str] = &["Huisartspraktijk De Linde", "Huisartspraktijk Aan de Vaart"];
const REFERRERS: &[&str] =
    &["Dr. J. van Buiten, internist", "Dr. M. Streek, chirurg", "Dr. A. Verweg, MDL-arts"];

/// Names and roles of the accounts, for the sign-in page.
pub(crate) fn accounts(language: Language) -> Vec<(String, String)> {
    ACCOUNTS
        .iter()
        .map(|(login, _, roles)| ((*login).to_string(), role(language, roles[0]).to_string()))
        .collect()
}

/// One invented patient: who it is, and facts as a case file says them.
#[derive(Clone, Debug)]
pub struct Invented {
    /// Name, date of birth, number.
    pub name: String,
    /// Date of birth.
    pub born: Option<nw_facts::Date>,
    /// Number in the hospital.
    pub number: String,
    /// Fact id, value as typed, day, source.
    pub facts: Vec<(String, String, Option<nw_facts::Date>, Option<String>)>,
}

/// The fact that says how old an invented patient is.
const AGE: &str = "patient.age";
/// The values of the sex, in the order in which invented names take turns.
const SEXES: [&str; 2] = ["female", "male"];

/// Date of birth and sex of an invented patient: what the facts say, and where they say nothing always the same.
fn person(app: &App, at: usize, invented: &Invented) -> (Date, String) {
    let said =
        |id: &str| invented.facts.iter().find(|(fact, ..)| fact == id).map(|(_, value, ..)| value.trim());
    let vocabulary = &app.guideline.vocabulary;
    let def = vocabulary.find_fact(SEX).map(|idx| vocabulary.fact(idx));
    let choice = said(SEX).zip(def).and_then(|(value, def)| Some(def.choices[def.choice(value)?].id.clone()));
    let sex = choice.unwrap_or_else(|| SEXES[at % SEXES.len()].to_string());
    let number = |text: &str| text.split(' ').next().and_then(|n| n.parse::<i64>().ok());
    let age = said(AGE).and_then(number).unwrap_or(41 + i64::try_from(at * 17 % 39).unwrap_or(0));
    let days = i64::try_from(at * 101 % 360).unwrap_or(0);
    let reckoned = app.today().checked_sub(Span::new().years(age).days(days)).unwrap_or(app.today());
    let born = invented.born.or_else(|| said(BORN).and_then(|text| text.parse().ok()));
    (born.unwrap_or(reckoned), sex)
}

/// Fills an empty record; a record that has accounts is left as it is.
///
/// # Errors
/// The record refuses.
pub async fn fill(app: &App, patients: &[Invented]) -> Result<bool, StoreError> {
    let context = own(app);
    let Some(token) = app.store.first_link(&context, 60).await? else { return Ok(false) };
    let password = Secret::new(PASSWORD);
    let account = |(login, name, roles): &(&str, &str, &[Role])| NewAccount {
        login: (*login).to_string(),
        name: (*name).to_string(),
        organisation: app.settings.organisation.clone(),
        roles: roles.to_vec(),
        language: "nl".to_string(),
        subject: None,
    };
    let (admin, others) = ACCOUNTS.split_last().unwrap_or((&ACCOUNTS[0], &[]));
    app.store.add_first_administrator(&context, &token, &account(admin), &password).await?;
    for other in others {
        let made = app.store.add_account(&context, &account(other)).await?;
        let invitation = app.store.invite(&context, &made.id, 600).await?;
        app.store.accept_invitation(&context, &invitation, &password).await?;
    }
    let mut made = Vec::with_capacity(patients.len());
    for (at, invented) in patients.iter().enumerate() {
        let (born, sex) = person(app, at, invented);
        let identity = Identity {
            name: invented.name.clone(),
            born: Some(born),
            sex: Some(sex),
            number: Some(invented.number.clone()),
            synthetic: true,
            language: Some("nl".to_string()),
            general_practitioner: Some(PRACTITIONERS[at % PRACTITIONERS.len()].to_string()),
            referrer: Some(REFERRERS[at % REFERRERS.len()].to_string()),
            ..Identity::default()
        };
        let patient = app.store.add_patient(&context, &identity).await?;
        let facts: Vec<NewFact> = invented
            .facts
            .iter()
            .map(|(fact, value, day, origin)| {
                let origin = Origin::person(origin.clone().unwrap_or_default());
                let mut new = NewFact::new(fact.clone(), value.clone(), origin);
                new.true_on = *day;
                new
            })
            .collect();
        if !facts.is_empty() {
            app.store.record(&context, &patient.id, patient.revision, &facts).await?;
        }
        made.push(patient.id);
    }
    crate::demo_meetings::fill(app, &made).await?;
    Ok(true)
}

/// Saves a calendar for each invented patient whose treatment has one; how many there were. A workbench without schedules
/// has none.
///
/// # Errors
/// The record refuses.
pub async fn plan(app: &App) -> Result<usize, StoreError> {
    let context = own(app);
    let mut saved = 0;
    let mut after = None;
    loop {
        let filter = PatientFilter { after, most: Some(200), ..PatientFilter::default() };
        let page = app.store.patients(&context, &filter).await?;
        for line in page.lines.iter().filter(|line| line.patient.identity.synthetic) {
            match save_first(app, &context, &line.patient.id).await {
                Ok(made) => saved += usize::from(made),
                Err(Problem::Store(error)) => return Err(error),
                // Said in the log of the program; the patient's page still shows the proposal.
                Err(_) => {}
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(saved);
        }
    }
}
