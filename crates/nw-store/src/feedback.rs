//! What became of cards that a hospital's own program showed: taken, or overridden with a reason. No patient is named.

use serde::{Deserialize, Serialize};

use crate::audit::{Action, Event};
use crate::body::{Departure, text};
use crate::db::params;
use crate::entry::{Body, Entry, add_entry, raw, sealed, with_entry};
use crate::{Context, EntryId, Store, StoreError};

/// What became of one card.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardFeedback {
    /// The service that gave the card.
    pub service: String,
    /// The client that showed it.
    pub client: String,
    /// The id of the card.
    pub card: String,
    /// Which of our cards it was; nothing when that is no longer known.
    pub topic: Option<String>,
    /// Id and edition of the guideline when the feedback came.
    pub guideline: String,
    /// Digest of its texts.
    pub guideline_digest: String,
    /// A suggestion was taken; otherwise the card was overridden.
    pub accepted: bool,
    /// Ids of the suggestions that were taken.
    #[serde(default)]
    pub suggestions: Vec<String>,
    /// Why another way was taken.
    #[serde(default)]
    pub departure: Option<Departure>,
    /// When, as the client wrote it.
    pub happened_at: String,
}

crate::redacted!(CardFeedback);

impl sealed::Sealed for CardFeedback {}

impl Body for CardFeedback {
    const KIND: &'static str = "card-feedback";
    const OF_PATIENT: bool = false;
    const OWN_ROAD: bool = true;

    fn check(&self) -> Result<(), StoreError> {
        text("service", &self.service, 1, 200)?;
        text("client", &self.client, 1, 500)?;
        text("card", &self.card, 1, 200)?;
        text("outcomeTimestamp", &self.happened_at, 1, 100)?;
        self.suggestions.iter().try_for_each(|s| text("suggestion", s, 1, 200))?;
        if let Some(departure) = &self.departure {
            text("reason", &departure.code, 1, 200)?;
            text("comment", &departure.explanation, 0, 4000)?;
        }
        Ok(())
    }
}

impl Store {
    /// Keeps what became of cards, all of it or nothing.
    ///
    /// # Errors
    /// [`StoreError::Invalid`], or the database fails.
    pub async fn add_card_feedback(&self, context: &Context, all: &[CardFeedback]) -> Result<(), StoreError> {
        all.iter().try_for_each(Body::check)?;
        let event = Event::new(Action::Create, CardFeedback::KIND).with(format!("{} cards", all.len()));
        let (who, all) = (context.clone(), all.to_vec());
        self.write(context, vec![event], move |tx| {
            Box::pin(async move {
                for one in &all {
                    let id = EntryId::new(tx.now()?);
                    add_entry(tx, &who, &id, None, one).await?;
                }
                Ok(())
            })
        })
        .await
    }

    /// What became of cards, the latest first.
    ///
    /// # Errors
    /// The database fails.
    pub async fn card_feedback(
        &self,
        context: &Context,
        most: Option<u32>,
    ) -> Result<Vec<Entry<CardFeedback>>, StoreError> {
        let found = async {
            let sql = with_entry!(
                "SELECT ",
                " FROM entry e WHERE e.kind = 'card-feedback' ORDER BY e.recorded_at DESC, e.id DESC LIMIT $1"
            );
            let mut conn = self.glance().await?;
            let rows = conn.rows(sql, params![i64::from(most.unwrap_or(200).min(1000))]).await?;
            rows.iter().map(|r| raw(r)?.read()).collect::<Result<Vec<_>, _>>()
        };
        let found = found.await;
        self.seen(context, Event::new(Action::Read, CardFeedback::KIND), found).await
    }
}
