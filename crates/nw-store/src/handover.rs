//! What was given to a patient: which paper, in which words, by whom and when; its bytes are kept as they were given.

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use crate::audit::{Action, Event};
use crate::body::text;
use crate::db::params;
use crate::entry::{Body, Entry, Index, add_entry, sealed};
use crate::patient::{Touch, touch, writable};
use crate::secret::fingerprint;
use crate::{Context, EntryId, PatientId, Store, StoreError};

/// A paper that a patient took home.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Handover {
    /// Which document: `personal`, `decision-aid`, `topic.medicine`, …
    pub document: String,
    /// Its title, as the patient read it.
    pub title: String,
    /// The language of its texts.
    pub language: String,
    /// The size of its letters: `normal`, `large`.
    pub print: String,
    /// Id and edition of the guideline that it was made with.
    pub guideline: String,
    /// Digest of its texts.
    pub guideline_digest: String,
    /// Type of the bytes.
    pub media_type: String,
    /// Number of bytes; filled in when it is kept.
    #[serde(default)]
    pub size: u64,
    /// SHA-256 of the bytes, hexadecimal; filled in when it is kept.
    #[serde(default)]
    pub digest: String,
}

crate::redacted!(Handover);

impl sealed::Sealed for Handover {}

impl Body for Handover {
    const KIND: &'static str = "handover";
    const OWN_ROAD: bool = true;

    fn index(&self) -> Index {
        Index::default()
    }

    fn check(&self) -> Result<(), StoreError> {
        for (field, value) in [
            ("document", &self.document),
            ("title", &self.title),
            ("language", &self.language),
            ("print", &self.print),
            ("guideline", &self.guideline),
            ("guideline-digest", &self.guideline_digest),
            ("media-type", &self.media_type),
        ] {
            text(field, value, 1, 300)?;
        }
        Ok(())
    }
}

/// The largest paper.
const LARGEST: usize = 20_000_000;

impl Store {
    /// Keeps what was handed over, with its bytes. It is never changed.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] when it is larger than 20 MB, or why the patient cannot be written.
    pub async fn hand_over(
        &self,
        context: &Context,
        patient: &PatientId,
        given: &Handover,
        bytes: &[u8],
    ) -> Result<Entry<Handover>, StoreError> {
        given.check()?;
        if bytes.len() > LARGEST {
            return Err(StoreError::invalid("document", "is larger than 20 MB", "hand over less at a time"));
        }
        let mut given = given.clone();
        given.size = bytes.len() as u64;
        given.digest = HEXLOWER.encode(&fingerprint(bytes));
        let event = Event::new(Action::Create, Handover::KIND).of(patient);
        let (who, patient, bytes) = (context.clone(), patient.clone(), bytes.to_vec());
        self.write_once(context, event, &given.clone(), move |tx| {
            Box::pin(async move {
                writable(tx, &patient).await?;
                let id = EntryId::new(tx.now()?);
                let entry = add_entry(tx, &who, &id, Some(&patient), &given).await?;
                tx.conn
                    .execute(
                        "INSERT INTO content (id, patient, bytes) VALUES ($1, $2, $3)",
                        params![id.as_str(), patient.as_str(), bytes],
                    )
                    .await?;
                touch(tx, &patient, Touch::Beside).await?;
                Ok(entry)
            })
        })
        .await
    }

    /// What was handed over, with its bytes.
    ///
    /// # Errors
    /// [`StoreError::NotFound`], [`StoreError::Corrupt`] when the bytes are not those that were given.
    pub async fn handed_over(
        &self,
        context: &Context,
        id: &EntryId,
    ) -> Result<(Entry<Handover>, Vec<u8>), StoreError> {
        let entry: Entry<Handover> = self.entry(context, id).await?;
        let mut conn = self.glance().await?;
        let row = conn.row("SELECT bytes FROM content WHERE id = $1", params![id.as_str()]).await?;
        let bytes = row.ok_or(StoreError::Corrupt("content"))?.bytes(0)?;
        if HEXLOWER.encode(&fingerprint(&bytes)) != entry.body.digest {
            return Err(StoreError::Corrupt("content"));
        }
        Ok((entry, bytes))
    }
}
