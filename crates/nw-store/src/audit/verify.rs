//! Verification: every entry is fingerprinted again, and every link followed, up to the head.

use super::chain::{Anchor, AuditKey, Fields, Head};
use super::query::with_audit;
use crate::db::{Conn, Row, params};
use crate::{Store, StoreError};

/// What verification found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// How many entries were read.
    pub entries: i64,
    /// Everything that is not as it was written, in the order of the chain.
    pub findings: Vec<Finding>,
    /// The end of the chain as found; write it down elsewhere.
    pub anchor: Anchor,
    /// The head carries a seal that was checked with the key.
    pub sealed: bool,
}

impl Verdict {
    /// True when nothing was found.
    pub fn holds(&self) -> bool {
        self.findings.is_empty()
    }
}

/// One thing that is not as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Which entry.
    pub seq: i64,
    /// What is wrong with it.
    pub kind: FindingKind,
}

/// What can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FindingKind {
    /// A field or a fingerprint differs from what was written.
    Altered,
    /// The entry is not there.
    Missing,
    /// The entry does not follow on the one before it.
    Unlinked,
    /// There are entries after the end of the chain.
    Beyond,
    /// The head does not fit the last entry.
    Head,
    /// The seal of the head does not fit the key, or is not there.
    Seal,
    /// The chain does not pass the point that was written down elsewhere.
    Anchor,
}

impl FindingKind {
    /// A stable word for other programs.
    pub fn word(self) -> &'static str {
        match self {
            FindingKind::Altered => "altered",
            FindingKind::Missing => "missing",
            FindingKind::Unlinked => "unlinked",
            FindingKind::Beyond => "beyond",
            FindingKind::Head => "head",
            FindingKind::Seal => "seal",
            FindingKind::Anchor => "anchor",
        }
    }
}

/// A row of the log as it stands, whatever became of it.
struct Link {
    seq: i64,
    prev: Vec<u8>,
    hash: Vec<u8>,
    /// What its fingerprint should be; nothing when it cannot be read at all.
    own: Option<Vec<u8>>,
}

const PAGE: i64 = 2000;

impl Store {
    /// Reads the whole audit log and tells what is altered or missing.
    ///
    /// Entries taken away at the end are noticed by the head; a head that was altered with them by the seal, when the
    /// record is opened with its key; a whole database put back to an earlier day by an anchor that was kept elsewhere.
    ///
    /// # Errors
    /// The database cannot be read at all.
    pub async fn verify_audit(&self, anchor: Option<&Anchor>) -> Result<Verdict, StoreError> {
        let mut conn = self.look().await?;
        let verdict = verify(&mut conn, self.options().audit_key.as_ref(), anchor).await?;
        conn.done().await?;
        Ok(verdict)
    }
}

pub(crate) async fn verify(
    conn: &mut Conn,
    key: Option<&AuditKey>,
    anchor: Option<&Anchor>,
) -> Result<Verdict, StoreError> {
    let head = Head::look(conn).await?;
    let mut chain =
        Chain { next: 1, hash: vec![0; 32], other: None, entries: 0, findings: Vec::new(), anchored: false };
    if anchor.is_some_and(|a| a.seq == 0) {
        chain.anchored = true;
    }
    let mut after = i64::MIN;
    loop {
        let sql = with_audit!("WHERE a.seq > $1 ORDER BY a.seq LIMIT $2");
        let rows = conn.rows(sql, params![after, PAGE]).await?;
        for row in &rows {
            let link = link(row)?;
            after = link.seq;
            chain.follow(&link, head.seq, anchor);
        }
        if (rows.len() as i64) < PAGE {
            break;
        }
    }
    chain.end(&head, key, anchor);
    let Chain { hash, entries, mut findings, next, .. } = chain;
    findings.sort_by_key(|f| (f.seq, f.kind));
    findings.dedup();
    let sealed = key.is_some() && head.seal.is_some();
    Ok(Verdict { entries, findings, anchor: Anchor { seq: next - 1, hash }, sealed })
}

fn link(row: &Row) -> Result<Link, StoreError> {
    let own = || -> Result<Vec<u8>, StoreError> {
        let texts: Vec<Option<String>> = [1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18]
            .into_iter()
            .map(|at| row.optional_text(at))
            .collect::<Result<_, _>>()?;
        let prev = row.bytes(19)?;
        let mut fields = Fields { prev: &prev, seq: row.int(0)?, at: row.int(2)?, texts: [None; 17] };
        for (field, text) in fields.texts.iter_mut().zip(&texts) {
            *field = text.as_deref();
        }
        Ok(fields.fingerprint())
    };
    Ok(Link {
        seq: row.int(0)?,
        prev: row.bytes(19).unwrap_or_default(),
        hash: row.bytes(20).unwrap_or_default(),
        own: own().ok(),
    })
}

/// Where the walk along the chain is.
struct Chain {
    /// The entry that should come next.
    next: i64,
    /// Fingerprint of the one before it, as it was written.
    hash: Vec<u8>,
    /// What that fingerprint should be, when the one before was altered: one of the two was written.
    other: Option<Vec<u8>>,
    entries: i64,
    findings: Vec<Finding>,
    anchored: bool,
}

impl Chain {
    fn find(&mut self, seq: i64, kind: FindingKind) {
        // A log of which millions are missing is told in as many words as are of use.
        if self.findings.len() < 100_000 {
            self.findings.push(Finding { seq, kind });
        }
    }

    fn follow(&mut self, link: &Link, last: i64, anchor: Option<&Anchor>) {
        self.entries += 1;
        if link.seq < self.next {
            // Before the first: numbers are the key, so this is a number below one.
            self.find(link.seq, FindingKind::Unlinked);
            return;
        }
        let gap = link.seq > self.next;
        for missing in (self.next..link.seq).take(1000) {
            self.find(missing, FindingKind::Missing);
        }
        let whole = link.own.as_ref() == Some(&link.hash);
        if !whole {
            self.find(link.seq, FindingKind::Altered);
        } else if !gap && !self.links(&link.prev) {
            self.find(link.seq, FindingKind::Unlinked);
        }
        if link.seq > last {
            self.find(link.seq, FindingKind::Beyond);
        }
        if let Some(anchor) = anchor
            && anchor.seq == link.seq
        {
            self.anchored = true;
            if anchor.hash != link.hash {
                self.find(link.seq, FindingKind::Anchor);
            }
        }
        self.next = link.seq + 1;
        self.hash.clone_from(&link.hash);
        self.other = if whole { None } else { link.own.clone() };
    }

    fn links(&self, hash: &[u8]) -> bool {
        self.hash == hash || self.other.as_deref() == Some(hash)
    }

    fn end(&mut self, head: &Head, key: Option<&AuditKey>, anchor: Option<&Anchor>) {
        for missing in (self.next..=head.seq).take(1000) {
            self.find(missing, FindingKind::Missing);
        }
        if self.next - 1 == head.seq && !self.links(&head.hash) {
            self.find(head.seq, FindingKind::Head);
        }
        if let Some(key) = key {
            let seal = key.seal(head.seq, head.at, &head.hash);
            // A database that never saw a write with a key has an empty head without a seal.
            let fresh = head.seq == 0 && head.seal.is_none();
            if !fresh && head.seal.as_ref() != Some(&seal) {
                self.find(head.seq, FindingKind::Seal);
            }
        }
        if let Some(anchor) = anchor
            && !self.anchored
        {
            self.find(anchor.seq, FindingKind::Anchor);
        }
    }
}
