//! Backup and restore, from each database to each, and what a damaged file does.

use nw_store::{
    AsOf, Document, Identity, NewAccount, Options, Revision, Role, Secret, Store, Task, TaskKind,
};

use crate::engines::{Db, On, address, code, fact, on_both};

on_both!(a_backup_is_restored_to_either_database, damaged_backups_are_refused);

async fn a_backup_is_restored_to_either_database(db: Db) -> Db {
    let s = &db.store;
    let identity =
        Identity { name: "Ünï \"quoted\"\n".into(), number: Some("1".into()), ..Identity::default() };
    let p = s.add_patient(&db.context(), &identity).await.unwrap().id;
    let q = db.patient("Other").await.id;
    let done = s
        .record(&db.context(), &p, Revision(1), &[fact("a.b", "<2 %"), fact("a.b", "1,4 cm")])
        .await
        .unwrap();
    s.record(&db.context(), &p, Revision(2), &[fact("a.b", "3").instead_of(done.facts[0].clone())])
        .await
        .unwrap();
    s.add(&db.context(), &q, &Task::new(TaskKind::Other, "x")).await.unwrap();
    let why = nw_store::Reason::new("the same person").unwrap();
    s.merge(&db.context(), (&p, Revision(3)), (&q, Revision(1)), &why).await.unwrap();
    let letter = Document {
        kind: "letter".into(),
        title: "t".into(),
        dated: None,
        author: None,
        media_type: "application/pdf".into(),
        size: 0,
        digest: String::new(),
    };
    let bytes: Vec<u8> = (0..=255).collect();
    let letter = s.add_document(&db.context(), &p, &letter, &bytes).await.unwrap();
    let account = NewAccount {
        login: "a1".into(),
        name: "A".into(),
        organisation: String::new(),
        roles: vec![Role::Nurse],
        language: "nl".into(),
        subject: None,
    };
    let account = s.add_account(&db.context(), &account).await.unwrap();
    let link = s.invite(&db.context(), &account.id, 600).await.unwrap();
    s.accept_invitation(&db.context(), &link, &Secret::new("twelve letters")).await.unwrap();
    let before = s.patient_page(&db.context(), &p, AsOf::now()).await.unwrap();
    let file = db.file("backup.jsonl");
    let told = s.backup(&db.context(), &file).await.unwrap();
    assert!(told.rows > 20);
    assert_eq!(code(s.backup(&db.context(), &file).await), "file");
    use std::os::unix::fs::PermissionsExt as _;
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    for to in [On::Sqlite, On::Postgres] {
        let Some(address) = address(to, file.parent().unwrap()) else { continue };
        let (other, again) =
            Store::restore(&db.context(), &address, &file, Options::default()).await.unwrap();
        assert_eq!(again, told);
        let after = other.patient_page(&db.context(), &p, AsOf::now()).await.unwrap();
        assert_eq!(after, before);
        assert_eq!(other.document(&db.context(), &letter.id).await.unwrap().1, bytes);
        let signed = other.sign_in(&db.context(), "a1", &Secret::new("twelve letters"), None).await;
        assert_eq!(code(signed), "done");
        // The chain goes on where it ended, and passes the point that was noted.
        let verdict = other.verify_audit(Some(&told.anchor)).await.unwrap();
        assert!(verdict.holds(), "{:?}", verdict.findings);
        assert!(verdict.entries > told.anchor.seq);
        // Not over something that is there.
        let twice = Store::restore(&db.context(), &address, &file, Options::default()).await;
        assert_eq!(code(twice), "bad-backup");
        other.close().await;
    }
    db
}

async fn damaged_backups_are_refused(db: Db) -> Db {
    let p = db.patient("A").await;
    db.store.record(&db.context(), &p.id, Revision(1), &[fact("a.b", "value")]).await.unwrap();
    let file = db.file("backup.jsonl");
    db.store.backup(&db.context(), &file).await.unwrap();
    let whole = std::fs::read(&file).unwrap();
    let broken = db.file("broken.jsonl");
    let mut tries: Vec<Vec<u8>> = vec![
        vec![],
        b"hello\n".to_vec(),
        whole[..whole.len() / 2].to_vec(),
        whole[..whole.len() - 40].to_vec(),
        [whole.as_slice(), b"more\n"].concat(),
    ];
    for part in 1..20 {
        let mut flipped = whole.clone();
        let place = flipped.len() * part / 20;
        flipped[place] ^= 1;
        tries.push(flipped);
    }
    for (number, bytes) in tries.iter().enumerate() {
        std::fs::write(&broken, bytes).unwrap();
        let target = format!("sqlite:{}", db.file(&format!("target-{number}.db")).display());
        let said = code(Store::restore(&db.context(), &target, &broken, Options::default()).await);
        assert_eq!(said, "bad-backup", "try {number}");
    }
    let missing = Store::restore(&db.context(), "sqlite:x.db", &db.file("none"), Options::default()).await;
    assert_eq!(code(missing), "file");
    db
}
