//! The calendar of a patient: one entry, planned on a revision of the record; each saving is a new version of it.

use serde::{Deserialize, Serialize};

use crate::audit::{Action, Event};
use crate::entry::{Body, Index, add_entry, amend_entry, latest_of_patient};
use crate::patient::{Touch, touch, writable};
use crate::{Context, Entry, EntryId, PatientId, Revision, Store, StoreError, Version};

/// The dates of a patient, in the form in which those who plan write them down.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedCalendar {
    /// One object of JSON.
    pub calendar: String,
    /// The day from which was planned, by which it is found.
    pub from: nw_facts::Date,
}

/// The largest calendar; years of dates fit.
const LARGEST: usize = 4 << 20;

impl crate::entry::sealed::Sealed for SavedCalendar {}

impl Body for SavedCalendar {
    const KIND: &'static str = "calendar";
    const OWN_ROAD: bool = true;

    fn index(&self) -> Index {
        Index { due: Some(self.from), ..Index::default() }
    }

    fn check(&self) -> Result<(), StoreError> {
        let object: Result<serde_json::Map<String, serde_json::Value>, _> =
            serde_json::from_str(&self.calendar);
        if self.calendar.len() > LARGEST || object.is_err() {
            return Err(StoreError::invalid(
                "calendar",
                "is no object of JSON",
                "write what the planner gave",
            ));
        }
        Ok(())
    }
}

impl Store {
    /// Saves the calendar of a patient: the first one, or a new version on top of the one that the writer has seen.
    ///
    /// It rests on a revision of the record, as the dates follow from its facts.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when facts changed since, [`StoreError::StaleVersion`] when somebody saved another calendar;
    /// nothing is kept then.
    pub async fn save_calendar(
        &self,
        context: &Context,
        patient: &PatientId,
        base: Revision,
        earlier: Option<(EntryId, Version)>,
        body: &SavedCalendar,
    ) -> Result<Entry<SavedCalendar>, StoreError> {
        body.check()?;
        let action = if earlier.is_some() { Action::Update } else { Action::Create };
        let event = Event::new(action, SavedCalendar::KIND).of(patient);
        let (who, patient, body) = (context.clone(), patient.clone(), body.clone());
        let input = (base, earlier.clone(), body.clone());
        self.write_once(context, event, &input, move |tx| {
            Box::pin(async move {
                let now = writable(tx, &patient).await?;
                if now.revision != base {
                    return Err(StoreError::Stale { given: base, newer: now.revision });
                }
                let held = latest_of_patient(&mut tx.conn, &patient, i64::MAX).await?;
                let held: Option<Entry<SavedCalendar>> = held
                    .into_iter()
                    .find(|raw| raw.kind == SavedCalendar::KIND)
                    .map(|raw| raw.read())
                    .transpose()?;
                let given = earlier.as_ref().map_or(Version(0), |(_, version)| *version);
                let entry = match (held, earlier) {
                    (Some(held), Some((id, version))) if held.id == id => {
                        amend_entry(tx, &who, &id, version, &body).await?
                    }
                    (None, None) => {
                        let id = EntryId::new(tx.now()?);
                        add_entry(tx, &who, &id, Some(&patient), &body).await?
                    }
                    (held, _) => {
                        let newer = held.map_or(Version(0), |h| h.version);
                        return Err(StoreError::StaleVersion { what: SavedCalendar::KIND, given, newer });
                    }
                };
                touch(tx, &patient, Touch::Beside).await?;
                Ok(entry)
            })
        })
        .await
    }
}
