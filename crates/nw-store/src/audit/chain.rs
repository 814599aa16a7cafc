//! The chain: what exactly is fingerprinted, and how entries are appended.

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::{AuditEntry, Draft};
use crate::db::{Conn, Sql, params};
use crate::ids::new_uuid;
use crate::time::{from_micros, micros};
use crate::{Secret, StoreError};

/// A key that seals the head of the audit log. Kept outside the database, it makes a forged head noticed.
#[derive(Clone, Debug)]
pub struct AuditKey(Secret);

impl AuditKey {
    /// A key of at least 32 characters, as long as nobody can guess it.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] when it is shorter.
    pub fn new(text: &str) -> Result<Self, StoreError> {
        let text = text.trim();
        if text.len() < 32 {
            return Err(StoreError::invalid("audit-key", "is too short", "use 32 random characters or more"));
        }
        Ok(AuditKey(Secret::new(text)))
    }

    pub(crate) fn seal(&self, seq: i64, at: i64, hash: &[u8]) -> Vec<u8> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.0.reveal().as_bytes())
            .expect("HMAC takes keys of any length");
        mac.update(&seq.to_be_bytes());
        mac.update(&at.to_be_bytes());
        mac.update(hash);
        mac.finalize().into_bytes().to_vec()
    }
}

/// A point of the chain written down elsewhere: `12345:9f86d0…`. What is before it can no longer be changed unnoticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// How many entries the chain had.
    pub seq: i64,
    /// Fingerprint of the last of them.
    pub hash: Vec<u8>,
}

impl std::fmt::Display for Anchor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.seq, HEXLOWER.encode(&self.hash))
    }
}

impl std::str::FromStr for Anchor {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let read = || {
            let (seq, hash) = text.trim().split_once(':')?;
            let hash = HEXLOWER.decode(hash.to_lowercase().as_bytes()).ok()?;
            Some(Anchor { seq: seq.parse().ok().filter(|s| *s >= 0)?, hash }).filter(|a| a.hash.len() == 32)
        };
        read().ok_or(StoreError::invalid(
            "anchor",
            "is not a number, a colon and 64 hexadecimal digits",
            "copy the line that backup or verify-audit printed",
        ))
    }
}

/// The end of the chain.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Head {
    pub seq: i64,
    pub at: i64,
    pub hash: Vec<u8>,
    pub seal: Option<Vec<u8>>,
}

impl Head {
    /// Reads the head, and keeps others from appending until the transaction ends.
    pub(crate) async fn lock(conn: &mut Conn) -> Result<Head, StoreError> {
        let sql = Sql::Each {
            // `BEGIN IMMEDIATE` already keeps others out.
            sqlite: "SELECT seq, at, hash, seal FROM audit_head WHERE id = 1",
            postgres: "SELECT seq, at, hash, seal FROM audit_head WHERE id = 1 FOR UPDATE",
        };
        Head::read(conn, sql).await
    }

    pub(crate) async fn look(conn: &mut Conn) -> Result<Head, StoreError> {
        Head::read(conn, "SELECT seq, at, hash, seal FROM audit_head WHERE id = 1".into()).await
    }

    async fn read(conn: &mut Conn, sql: Sql) -> Result<Head, StoreError> {
        let row = conn.row(sql, vec![]).await?.ok_or(StoreError::Corrupt("audit_head"))?;
        Ok(Head { seq: row.int(0)?, at: row.int(1)?, hash: row.bytes(2)?, seal: row.optional_bytes(3)? })
    }
}

/// Appends entries after the head, and moves the head.
pub(crate) async fn append(
    conn: &mut Conn,
    mut head: Head,
    drafts: Vec<Draft>,
    last_at: i64,
    key: Option<&AuditKey>,
) -> Result<(), StoreError> {
    for draft in drafts {
        let listed = listed(&draft.event);
        let mut entry = entry(&head, draft)?;
        if let Some(listed) = &listed {
            // The list is part of the entry, and so of its fingerprint.
            entry.detail = Some(listed.clone());
            entry.hash = entry.fingerprint();
        }
        insert(conn, &entry).await?;
        if let Some(listed) = listed {
            conn.execute(LIST, params![entry.seq, listed]).await?;
        }
        head.seq = entry.seq;
        head.hash = entry.hash;
    }
    head.at = last_at;
    let seal = key.map(|k| k.seal(head.seq, head.at, &head.hash));
    conn.execute(
        "UPDATE audit_head SET seq = $1, at = $2, hash = $3, seal = $4 WHERE id = 1",
        params![head.seq, head.at, head.hash, seal],
    )
    .await?;
    Ok(())
}

/// Finds an entry under each patient it lists.
const LIST: Sql = Sql::Each {
    sqlite: "INSERT INTO audit_listed (seq, patient) SELECT $1, value FROM json_each($2)",
    postgres: "INSERT INTO audit_listed (seq, patient) \
               SELECT $1, p FROM json_array_elements_text(CAST($2 AS json)) AS t(p)",
};

fn listed(event: &super::Event) -> Option<String> {
    let ids: Vec<&str> = event.listed.iter().map(|p| p.as_str()).collect();
    (!ids.is_empty()).then(|| serde_json::json!(ids).to_string())
}

fn entry(head: &Head, draft: Draft) -> Result<AuditEntry, StoreError> {
    let Draft { context, event, at } = draft;
    let at = from_micros(at)?;
    let mut entry = AuditEntry {
        seq: head.seq + 1,
        event: new_uuid(at),
        at,
        action: event.action,
        object_kind: event.kind.to_string(),
        object: event.object,
        patient: event.patient,
        outcome: event.outcome,
        cause: event.cause,
        actor: context.account(),
        actor_name: clean(context.actor.name),
        role: context.actor.role.word().to_string(),
        organisation: clean(context.actor.organisation),
        purpose: context.purpose.word().to_string(),
        basis: context.basis.word().to_string(),
        reason: event.reason.or_else(|| context.basis.reason().map(str::to_string)),
        source: clean(context.source),
        access_point: context.access_point.map(clean),
        detail: event.detail,
        prev: head.hash.clone(),
        hash: Vec::new(),
    };
    entry.hash = entry.fingerprint();
    Ok(entry)
}

/// PostgreSQL keeps no zero bytes in a text.
fn clean(text: String) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
}

async fn insert(conn: &mut Conn, e: &AuditEntry) -> Result<(), StoreError> {
    conn.execute(
        "INSERT INTO audit_entry (seq, event, at, action, object_kind, object, patient, outcome, cause, actor, \
         actor_name, role, organisation, purpose, basis, reason, source, access_point, detail, prev, hash) VALUES \
         ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)",
        params![
            e.seq,
            &e.event,
            micros(e.at),
            e.action.word(),
            &e.object_kind,
            e.object.clone(),
            e.patient.as_ref().map(|p| p.as_str().to_string()),
            e.outcome.word(),
            e.cause.clone(),
            e.actor.clone(),
            &e.actor_name,
            &e.role,
            &e.organisation,
            &e.purpose,
            &e.basis,
            e.reason.clone(),
            &e.source,
            e.access_point.clone(),
            e.detail.clone(),
            e.prev.clone(),
            e.hash.clone(),
        ],
    )
    .await?;
    Ok(())
}

impl AuditEntry {
    /// What the fingerprint covers: the fingerprint before, and every field with its length.
    pub(crate) fn fingerprint(&self) -> Vec<u8> {
        self.as_fields().fingerprint()
    }

    fn as_fields(&self) -> Fields<'_> {
        let e = self;
        Fields {
            prev: &e.prev,
            seq: e.seq,
            at: micros(e.at),
            texts: [
                Some(&e.event),
                Some(e.action.word()),
                Some(&e.object_kind),
                e.object.as_deref(),
                e.patient.as_ref().map(|p| p.as_str()),
                Some(e.outcome.word()),
                e.cause.as_deref(),
                e.actor.as_deref(),
                Some(&e.actor_name),
                Some(&e.role),
                Some(&e.organisation),
                Some(&e.purpose),
                Some(&e.basis),
                e.reason.as_deref(),
                Some(&e.source),
                e.access_point.as_deref(),
                e.detail.as_deref(),
            ],
        }
    }
}

/// The fields of an entry as they stand in the database: also of one that was altered and can no longer be read.
pub(crate) struct Fields<'e> {
    pub prev: &'e [u8],
    pub seq: i64,
    pub at: i64,
    pub texts: [Option<&'e str>; 17],
}

impl Fields<'_> {
    pub(crate) fn fingerprint(&self) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(b"netwijzer audit 1");
        let mut field = |bytes: Option<&[u8]>| match bytes {
            // Nothing, and a text without letters, are two different things.
            None => hash.update([0]),
            Some(bytes) => {
                hash.update([1]);
                hash.update((bytes.len() as u64).to_be_bytes());
                hash.update(bytes);
            }
        };
        field(Some(self.prev));
        field(Some(&self.seq.to_be_bytes()));
        field(Some(&self.at.to_be_bytes()));
        for text in self.texts {
            field(text.map(str::as_bytes));
        }
        hash.finalize().to_vec()
    }
}
