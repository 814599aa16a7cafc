//! Facts that somebody took from a report: the report and the facts are one write, and each fact keeps its words.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use crate::audit::{Action, Event};
use crate::body::Document;
use crate::db::params;
use crate::entry::{Body as _, Entry, add_entry, versions};
use crate::fact::{NewFact, Place, Recorded, current, insert};
use crate::patient::{Touch, kept, touch, writable};
use crate::secret::fingerprint;
use crate::writer::Tx;
use crate::{Context, EntryId, FactRecordId, OriginKind, PatientId, Revision, Store, StoreError};

/// The report that facts are taken from.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Paper {
    /// It comes into the record now, with its bytes; size and digest are filled in.
    New(Document, Vec<u8>),
    /// It is in the record.
    Kept(EntryId),
}

/// What came of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FromReport {
    /// The report.
    pub document: EntryId,
    /// The facts.
    pub recorded: Recorded,
}

crate::redacted!(Paper, FromReport);

impl Store {
    /// Records facts that stand in a report, together with the report: all of it or nothing.
    ///
    /// The origin of each fact becomes this report; its label and the span of its words stay as given.
    ///
    /// # Errors
    /// As [`Store::record`]; [`StoreError::NotFound`] when the report is not this patient's.
    pub async fn record_from(
        &self,
        context: &Context,
        patient: &PatientId,
        base: Revision,
        paper: &Paper,
        facts: &[NewFact],
    ) -> Result<FromReport, StoreError> {
        if facts.is_empty() || facts.len() > 2000 {
            return Err(StoreError::invalid("facts", "are none or too many", "take 1 to 2,000 at once"));
        }
        facts.iter().try_for_each(NewFact::check)?;
        if let Paper::New(document, bytes) = paper {
            document.check()?;
            if bytes.len() > 20_000_000 {
                return Err(StoreError::invalid("document", "is larger than 20 MB", "send a smaller file"));
            }
        }
        let event = Event::new(Action::Update, "facts")
            .of(patient)
            .with(format!("{} recorded from a report", facts.len()));
        let (who, patient, paper, facts) = (context.clone(), patient.clone(), paper.clone(), facts.to_vec());
        let input = (base, paper.clone(), facts.clone());
        self.write_once(context, event, &input, move |tx| {
            Box::pin(async move {
                let now = writable(tx, &patient).await?;
                if now.revision != base {
                    return Err(StoreError::Stale { given: base, newer: now.revision });
                }
                let document = match paper {
                    Paper::New(document, bytes) => keep(tx, &who, &patient, document, bytes).await?,
                    Paper::Kept(id) => own(tx, &patient, id).await?,
                };
                let (revision, account) = (Revision(base.0 + 1), who.account());
                let mut ids = Vec::with_capacity(facts.len());
                for (position, mut fact) in facts.into_iter().enumerate() {
                    if let Some(earlier) = &fact.supersedes {
                        current(&mut tx.conn, &patient, earlier).await?;
                    }
                    fact.origin.kind = OriginKind::Document;
                    fact.origin.document = Some(document.clone());
                    let id = FactRecordId::new(tx.now()?);
                    let place =
                        Place { id: &id, patient: &patient, revision, position, at: tx.at, who: &account };
                    insert(&mut tx.conn, &place, &fact, None).await?;
                    ids.push(id);
                }
                touch(tx, &patient, Touch::Revision { revision, who: account.as_deref(), what: "facts" })
                    .await?;
                let recorded = Recorded { revision, at: tx.now()?, facts: ids };
                Ok(FromReport { document, recorded })
            })
        })
        .await
    }
}

/// Puts a new report into the record.
async fn keep(
    tx: &mut Tx,
    who: &Context,
    patient: &PatientId,
    mut document: Document,
    bytes: Vec<u8>,
) -> Result<EntryId, StoreError> {
    document.size = bytes.len() as u64;
    document.digest = HEXLOWER.encode(&fingerprint(&bytes));
    let id = EntryId::new(tx.now()?);
    add_entry(tx, who, &id, Some(patient), &document).await?;
    let sql = "INSERT INTO content (id, patient, bytes) VALUES ($1, $2, $3)";
    tx.conn.execute(sql, params![id.as_str(), patient.as_str(), bytes]).await?;
    tx.note(Event::new(Action::Create, Document::KIND).of(patient).on(id.as_str()));
    Ok(id)
}

/// A report of this patient, or of one who was merged into this patient.
async fn own(tx: &mut Tx, patient: &PatientId, id: EntryId) -> Result<EntryId, StoreError> {
    let none = || StoreError::NotFound { what: Document::KIND };
    let found = versions(&mut tx.conn, &id, Document::KIND).await?.pop().ok_or_else(none)?;
    let found: Entry<Document> = found.read()?;
    let of = found.patient.ok_or_else(none)?;
    if kept(&mut tx.conn, &of).await?.id != *patient {
        return Err(none());
    }
    Ok(id)
}
