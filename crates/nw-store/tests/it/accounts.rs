//! Accounts, sign-in, second factor, locking, sessions, links and settings.

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use nw_store::{
    AuditFilter, AuditOutcome, Context, NewAccount, NewSession, Role, Secret, Store, StoreError, Token,
    Version,
};

use crate::engines::{Db, at, code, on_both};

on_both!(
    the_first_administrator_comes_by_a_link,
    wrong_attempts_lock_an_account,
    the_second_factor_counts_once,
    sessions_end_by_rest_age_and_word,
    accounts_are_changed_and_closed,
    an_identity_provider_is_believed_about_known_people,
    settings_keep_their_history,
);

fn new(login: &str, roles: &[Role]) -> NewAccount {
    NewAccount {
        login: login.into(),
        name: format!("Person {login}"),
        organisation: "NET centre".into(),
        roles: roles.to_vec(),
        language: "nl".into(),
        subject: None,
    }
}

fn password() -> Secret {
    Secret::new("correct horse battery staple")
}

fn admin(at: Timestamp) -> Context {
    Context::system(at, "test")
}

async fn with_password(db: &Db, login: &str, roles: &[Role]) -> nw_store::Account {
    let account = db.store.add_account(&admin(db.now()), &new(login, roles)).await.unwrap();
    let link = db.store.invite(&admin(db.now()), &account.id, 3600).await.unwrap();
    db.store.accept_invitation(&admin(db.now()), &link, &password()).await.unwrap()
}

async fn the_first_administrator_comes_by_a_link(db: Db) -> Db {
    let s = &db.store;
    let old = s.first_link(&admin(db.now()), 600).await.unwrap().unwrap();
    let link = s.first_link(&admin(db.now()), 600).await.unwrap().unwrap();
    let make = async |link: &Token, at| {
        s.add_first_administrator(&admin(at), link, &new("Root", &[Role::Coordinator]), &password()).await
    };
    assert_eq!(code(make(&old, db.now()).await), "expired");
    assert_eq!(code(make(&link, db.now() + SignedDuration::from_secs(601)).await), "expired");
    let short = s
        .add_first_administrator(
            &admin(db.now()),
            &link,
            &new("root", &[Role::Coordinator]),
            &Secret::new("short"),
        )
        .await;
    assert_eq!(code(short), "invalid");
    // The clock of the record never goes back; a new link starts from where it is.
    let later = db.now() + SignedDuration::from_secs(700);
    let link = s.first_link(&admin(later), 600).await.unwrap().unwrap();
    let account = make(&link, later).await.unwrap();
    assert!(account.roles.contains(&Role::Administrator) && account.has_password);
    assert_eq!(code(make(&link, later).await), "expired");
    assert!(s.first_link(&admin(later), 600).await.unwrap().is_none());
    let signed = s.sign_in(&admin(later), " ROOT ", &password(), None).await.unwrap();
    assert_eq!(signed.id, account.id);
    db
}

async fn wrong_attempts_lock_an_account(db: Db) -> Db {
    let s = &db.store;
    let account = with_password(&db, "nurse", &[Role::Nurse]).await;
    let wrong = Secret::new("wrong wrong wrong");
    for _ in 0..5 {
        assert_eq!(code(s.sign_in(&admin(db.now()), "nurse", &wrong, None).await), "refused");
    }
    let locked = s.sign_in(&admin(db.now()), "nurse", &password(), None).await;
    let Err(StoreError::Locked { until }) = locked else { panic!("five wrong attempts lock") };
    assert_eq!(code(s.sign_in(&admin(until), "nurse", &wrong, None).await), "refused");
    // One more wrong attempt: twice as long.
    let Err(StoreError::Locked { until: longer }) =
        s.sign_in(&admin(until), "nurse", &password(), None).await
    else {
        panic!("still locked")
    };
    assert!(longer >= until + SignedDuration::from_secs(2 * 15 * 60 - 1));
    let after = longer + SignedDuration::from_secs(1);
    assert_eq!(s.sign_in(&admin(after), "nurse", &password(), None).await.unwrap().id, account.id);
    // Nobody learns which names exist.
    assert_eq!(code(s.sign_in(&admin(after), "nobody", &password(), None).await), "refused");
    let filter = AuditFilter { outcome: Some(AuditOutcome::Refused), ..AuditFilter::default() };
    let log = s.audit(&admin(after), &filter).await.unwrap();
    assert_eq!(log.entries.len(), 5 + 1 + 1 + 1 + 1);
    let causes: Vec<_> = log.entries.iter().filter_map(|e| e.cause.as_deref()).collect();
    assert_eq!(causes.iter().filter(|c| **c == "locked").count(), 2);
    db
}

/// What an authenticator shows; written again here, from the standard.
fn code_at(secret: &Secret, now: Timestamp) -> Secret {
    let key = data_encoding::BASE32_NOPAD.decode(secret.reveal().as_bytes()).unwrap();
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(&key).unwrap();
    mac.update(&(now.as_second() / 30).to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let at = (digest[19] & 15) as usize;
    let number = u32::from_be_bytes(digest[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    Secret::new(format!("{:06}", number % 1_000_000))
}

async fn the_second_factor_counts_once(db: Db) -> Db {
    let s = &db.store;
    let account = with_password(&db, "doctor", &[Role::Specialist]).await;
    let factor = s.begin_second_factor(&admin(db.now()), &account.id, "net centre").await.unwrap();
    assert!(factor.address.reveal().starts_with("otpauth://totp/net%20centre:doctor?secret="));
    // Before it is confirmed it does not lock anybody out.
    assert_eq!(code(s.sign_in(&admin(db.now()), "doctor", &password(), None).await), "done");
    let now = db.now();
    assert_eq!(
        code(s.confirm_second_factor(&admin(now), &account.id, &Secret::new("000000x")).await),
        "refused"
    );
    let confirmed = s.confirm_second_factor(&admin(now), &account.id, &code_at(&factor.secret, now)).await;
    assert_eq!(code(confirmed), "done");
    assert_eq!(code(s.sign_in(&admin(now), "doctor", &password(), None).await), "code-needed");
    let later = now + SignedDuration::from_secs(60);
    let shown = code_at(&factor.secret, later);
    assert_eq!(
        code(s.sign_in(&admin(later), "doctor", &Secret::new("x".repeat(20)), Some(&shown)).await),
        "refused"
    );
    assert_eq!(code(s.sign_in(&admin(later), "doctor", &password(), Some(&shown)).await), "done");
    // Somebody looked over the shoulder.
    assert_eq!(code(s.sign_in(&admin(later), "doctor", &password(), Some(&shown)).await), "refused");
    let account = s.drop_second_factor(&admin(later), &account.id).await.unwrap();
    assert!(!account.has_second_factor);
    assert_eq!(code(s.sign_in(&admin(later), "doctor", &password(), None).await), "done");
    db
}

fn session(role: Role) -> NewSession {
    NewSession { role, strong: true, idle_seconds: 900, whole_seconds: 36_000, note: "treatment".into() }
}

async fn sessions_end_by_rest_age_and_word(db: Db) -> Db {
    let s = &db.store;
    let account = with_password(&db, "nurse", &[Role::Nurse, Role::Coordinator]).await;
    let begun = at("2026-03-10T10:00:00Z");
    let after = |seconds| begun + SignedDuration::from_secs(seconds);
    assert_eq!(
        code(s.begin_session(&admin(begun), &account.id, &session(Role::Specialist)).await),
        "refused"
    );
    let token = s.begin_session(&admin(begun), &account.id, &session(Role::Nurse)).await.unwrap();
    let seen = s.session(after(10), &token).await.unwrap();
    assert_eq!((seen.role, seen.strong, seen.note.as_str()), (Role::Nurse, true, "treatment"));
    // Each request keeps it open, until its whole time is over.
    for minute in 1..=50 {
        s.session(after(minute * 700), &token).await.unwrap();
    }
    assert_eq!(code(s.session(after(50 * 700 + 901), &token).await), "expired");
    assert_eq!(code(s.session(after(36_000), &token).await), "expired");
    let token = s.begin_session(&admin(after(1)), &account.id, &session(Role::Nurse)).await.unwrap();
    s.change_session(&admin(after(2)), &token, Role::Coordinator, "meeting").await.unwrap();
    let now = s.session(s.session(after(35_100), &token).await.unwrap().seen_at, &token).await.unwrap();
    assert_eq!((now.role, now.note.as_str()), (Role::Coordinator, "meeting"));
    assert_eq!(code(s.change_session(&admin(after(3)), &token, Role::Analyst, "").await), "refused");
    s.end_session(&admin(after(4)), &token).await.unwrap();
    assert_eq!(code(s.session(after(5), &token).await), "expired");
    assert_eq!(code(s.session(after(5), &Token::from_text("made up")).await), "expired");
    // A new password throws everybody out.
    let token = s.begin_session(&admin(after(6)), &account.id, &session(Role::Nurse)).await.unwrap();
    let other = Secret::new("another twelve letters");
    assert_eq!(code(s.change_password(&admin(after(7)), &account.id, &other, &other).await), "refused");
    s.change_password(&admin(after(7)), &account.id, &password(), &other).await.unwrap();
    assert_eq!(code(s.session(after(8), &token).await), "expired");
    let token = s.begin_session(&admin(after(9)), &account.id, &session(Role::Nurse)).await.unwrap();
    assert_eq!(s.end_sessions_of(&admin(after(9)), &account.id).await.unwrap(), 1);
    assert_eq!(code(s.session(after(10), &token).await), "expired");
    s.begin_session(&admin(after(9)), &account.id, &session(Role::Nurse)).await.unwrap();
    assert_eq!(s.tidy_up(&admin(after(90_000)), 1_000_000).await.unwrap(), 1);
    db
}

async fn accounts_are_changed_and_closed(db: Db) -> Db {
    let s = &db.store;
    let account = with_password(&db, "nurse", &[Role::Nurse]).await;
    assert_eq!(code(s.add_account(&admin(db.now()), &new("NURSE", &[Role::Nurse])).await), "duplicate");
    assert_eq!(code(s.add_account(&admin(db.now()), &new("x y", &[Role::Nurse])).await), "invalid");
    assert_eq!(code(s.add_account(&admin(db.now()), &new("none", &[])).await), "invalid");
    let change = NewAccount { name: "New name".into(), ..new("nurse", &[Role::Coordinator]) };
    let stale = s.change_account(&admin(db.now()), &account.id, Version(1), &change).await;
    assert_eq!(code(stale), "stale");
    let changed = s.change_account(&admin(db.now()), &account.id, account.version, &change).await.unwrap();
    assert_eq!((changed.name.as_str(), changed.roles.as_slice()), ("New name", &[Role::Coordinator][..]));
    let token = s.begin_session(&admin(db.now()), &account.id, &session(Role::Coordinator)).await.unwrap();
    s.close_account(&admin(db.now()), &account.id, true).await.unwrap();
    assert_eq!(code(s.session(db.now(), &token).await), "expired");
    assert_eq!(code(s.sign_in(&admin(db.now()), "nurse", &password(), None).await), "refused");
    s.close_account(&admin(db.now()), &account.id, false).await.unwrap();
    assert_eq!(code(s.sign_in(&admin(db.now()), "nurse", &password(), None).await), "done");
    assert_eq!(s.accounts(&admin(db.now())).await.unwrap().len(), 1);
    db
}

async fn an_identity_provider_is_believed_about_known_people(db: Db) -> Db {
    let s = &db.store;
    let known =
        NewAccount { subject: Some("https://id.example 42".into()), ..new("doctor", &[Role::Specialist]) };
    let account = s.add_account(&admin(db.now()), &known).await.unwrap();
    let twin = NewAccount { login: "other".into(), ..known };
    assert_eq!(code(s.add_account(&admin(db.now()), &twin).await), "duplicate");
    assert_eq!(s.sign_in_as(&admin(db.now()), "https://id.example 42").await.unwrap().id, account.id);
    assert_eq!(code(s.sign_in_as(&admin(db.now()), "https://id.example 43").await), "refused");
    // Without a password nobody signs in by password.
    assert_eq!(code(s.sign_in(&admin(db.now()), "doctor", &Secret::new(""), None).await), "refused");
    s.close_account(&admin(db.now()), &account.id, true).await.unwrap();
    assert_eq!(code(s.sign_in_as(&admin(db.now()), "https://id.example 42").await), "refused");
    db
}

async fn settings_keep_their_history(db: Db) -> Db {
    let s: &Store = &db.store;
    let none = s.setting("centre.name").await.unwrap();
    assert_eq!((none.value.as_str(), none.version), ("", Version(0)));
    s.set(&admin(db.now()), "centre.name", Version(0), "One").await.unwrap();
    assert_eq!(code(s.set(&admin(db.now()), "centre.name", Version(0), "Two").await), "stale");
    s.set(&admin(db.now()), "centre.name", Version(1), "Two").await.unwrap();
    s.set(&admin(db.now()), "a", Version(0), "").await.unwrap();
    let all = s.settings().await.unwrap();
    let all: Vec<_> = all.iter().map(|s| (s.name.as_str(), s.value.as_str(), s.version.0)).collect();
    assert_eq!(all, [("a", "", 1), ("centre.name", "Two", 2)]);
    db
}
