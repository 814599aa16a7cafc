//! Who a patient is and what is known of him, in one write: another system sends both together, and nothing may be left half.

use serde::{Deserialize, Serialize};

use crate::audit::{Action, Event};
use crate::body::Identity;
use crate::entry::Body as _;
use crate::fact::{Changes, Recorded, write};
use crate::objection::{self, Objection};
use crate::patient::{Touch, begin, name, touch, writable};
use crate::{Context, PatientId, Revision, Store, StoreError, Version};

/// Whose record a transaction writes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Whom {
    /// It begins with it.
    New(Identity),
    /// It is there, at the revision that the writer has seen.
    Known {
        /// Whose.
        patient: PatientId,
        /// What the writer has seen.
        base: Revision,
        /// Who the patient is said to be from now on; nothing when that stays.
        identity: Option<Identity>,
    },
}

/// What came of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transacted {
    /// Whose record it is.
    pub patient: PatientId,
    /// What was recorded, and at which revision.
    pub recorded: Recorded,
}

crate::redacted!(Whom, Transacted);

impl Store {
    /// Begins a record or changes who it is about, records facts and takes facts back, and keeps what the patient says of
    /// research and registries, with the version of that which the writer has seen: one revision, or nothing.
    ///
    /// # Errors
    /// As [`Store::add_patient`], [`Store::identify`], [`Store::change`] and [`Store::object`]; nothing is kept then.
    pub async fn transact(
        &self,
        context: &Context,
        whom: &Whom,
        changes: &Changes,
        says: Option<&(Version, Objection)>,
    ) -> Result<Transacted, StoreError> {
        let identity = match whom {
            Whom::New(identity) => Some(identity),
            Whom::Known { identity, .. } => identity.as_ref(),
        };
        identity.map_or(Ok(()), Identity::check)?;
        changes.check()?;
        says.map_or(Ok(()), |(_, body)| body.check())?;
        let event = match whom {
            // Not of the new patient: a repeated request must look the same.
            Whom::New(_) => Event::new(Action::Create, "patient"),
            Whom::Known { patient, identity: Some(_), .. } => {
                Event::new(Action::Update, "patient").of(patient)
            }
            Whom::Known { patient, .. } if changes.is_empty() => match says {
                Some((_, body)) => objection::event(patient, body),
                None => return Err(StoreError::invalid("facts", "are missing", "send at least one fact")),
            },
            Whom::Known { patient, .. } => changes.event(patient),
        };
        // The event of the request speaks of the patient; facts beside it have one of their own.
        let beside = identity.is_some() && !changes.is_empty();
        let also = identity.is_some() || !changes.is_empty();
        let (who, whom, changes, says) = (context.clone(), whom.clone(), changes.clone(), says.cloned());
        let input = (whom.clone(), changes.clone(), says.clone());
        self.write_once(context, event, &input, move |tx| {
            Box::pin(async move {
                let account = who.account();
                let (patient, revision, named) = match whom {
                    Whom::New(identity) => (begin(tx, &who, &identity).await?, Revision(1), true),
                    Whom::Known { patient, base, identity } => {
                        let now = writable(tx, &patient).await?;
                        if now.revision != base {
                            return Err(StoreError::Stale { given: base, newer: now.revision });
                        }
                        if let Some(identity) = &identity {
                            name(tx, &who, &now, identity).await?;
                        }
                        let moves = i64::from(also);
                        (patient, Revision(base.0 + moves), identity.is_some())
                    }
                };
                let facts = write(tx, &account, &patient, revision, &changes).await?;
                if let Some((seen, body)) = &says {
                    objection::say(tx, &who, &patient, *seen, body).await?;
                    if also {
                        tx.note(objection::event(&patient, body));
                    }
                }
                // A record that begins has its first revision already; what is only said takes nothing from anybody.
                if !also {
                    touch(tx, &patient, Touch::Beside).await?;
                } else if revision > Revision(1) {
                    let what = if named { "identity" } else { "facts" };
                    touch(tx, &patient, Touch::Revision { revision, who: account.as_deref(), what }).await?;
                }
                if beside {
                    tx.note(changes.event(&patient));
                }
                Ok(Transacted { patient, recorded: Recorded { revision, at: tx.now()?, facts } })
            })
        })
        .await
    }
}
