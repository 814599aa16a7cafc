//! Decisions: one on a patient, its correction, and what a meeting does at once when it takes one.

use serde::{Deserialize, Serialize};

use crate::audit::{Action, Event};
use crate::body::{AgendaItem, AgendaState, Decision, Meeting, MeetingState, Task};
use crate::entry::{Body as _, Entry, add_entry, amend_entry, versions};
use crate::patient::{Touch, kept, touch, writable};
use crate::writer::Tx;
use crate::{Context, EntryId, PatientId, Revision, Store, StoreError, Version};

/// What a meeting does with a case: it decides, the case counts as discussed, and a task stays until it is carried out.
#[derive(Clone, PartialEq, Eq)]
pub struct CaseDecision {
    /// The decision, with the meeting and the item of its agenda.
    pub decision: Decision,
    /// The proof of the triage as it stood, for the item.
    pub proof: Option<String>,
    /// What is open until the decision is carried out; it is put under the decision.
    pub task: Task,
}

/// What was written of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseDecided {
    /// The decision.
    pub decision: Entry<Decision>,
    /// The item of the agenda, discussed now.
    pub item: Entry<AgendaItem>,
    /// The task.
    pub task: Entry<Task>,
}

crate::redacted!(CaseDecision, CaseDecided);

impl Store {
    /// Takes a decision on a patient. `base` is the revision on which the meeting decided: if anything changed since,
    /// the decision is refused, because it would rest on facts that nobody at the table saw.
    ///
    /// # Errors
    /// [`StoreError::Stale`], [`StoreError::Invalid`], or why the patient cannot be written.
    pub async fn decide(
        &self,
        context: &Context,
        patient: &PatientId,
        base: Revision,
        decision: &Decision,
    ) -> Result<Entry<Decision>, StoreError> {
        self.decided(context, patient, base, decision, None).await
    }

    /// Corrects a decision: a new version, the old one stays.
    ///
    /// # Errors
    /// As [`Store::decide`], and [`StoreError::StaleVersion`].
    pub async fn correct_decision(
        &self,
        context: &Context,
        patient: &PatientId,
        base: Revision,
        earlier: (&EntryId, Version),
        decision: &Decision,
    ) -> Result<Entry<Decision>, StoreError> {
        self.decided(context, patient, base, decision, Some((earlier.0.clone(), earlier.1))).await
    }

    async fn decided(
        &self,
        context: &Context,
        patient: &PatientId,
        base: Revision,
        decision: &Decision,
        earlier: Option<(EntryId, Version)>,
    ) -> Result<Entry<Decision>, StoreError> {
        decision.check()?;
        let action = if earlier.is_some() { Action::Update } else { Action::Create };
        let event = Event::new(action, Decision::KIND).of(patient);
        let (who, patient, decision) = (context.clone(), patient.clone(), decision.clone());
        let input = (base, earlier.clone(), decision.clone());
        self.write_once(context, event, &input, move |tx| {
            Box::pin(async move { put(tx, &who, (&patient, base), earlier, &decision).await })
        })
        .await
    }

    /// Decides a case of a meeting: the decision, the item marked as discussed and the task are one write. Either all of
    /// it is on the disk, or nothing.
    ///
    /// # Errors
    /// As [`Store::decide`]; [`StoreError::NotFound`] when the item is not this patient's or not this meeting's;
    /// [`StoreError::NotCurrent`] when the meeting was closed or the case was taken off.
    pub async fn decide_case(
        &self,
        context: &Context,
        patient: &PatientId,
        base: Revision,
        taken: &CaseDecision,
    ) -> Result<CaseDecided, StoreError> {
        taken.decision.check()?;
        taken.task.check()?;
        let missing = |field, help| StoreError::invalid(field, "is missing", help);
        let help = "name the meeting and the item of its agenda";
        let meeting = taken.decision.meeting.clone().ok_or_else(|| missing("meeting", help))?;
        let item = taken.decision.agenda_item.clone().ok_or_else(|| missing("agenda-item", help))?;
        let event = Event::new(Action::Create, Decision::KIND).of(patient);
        let (who, patient, taken) = (context.clone(), patient.clone(), taken.clone());
        let input = (base, taken.decision.clone(), taken.proof.clone(), taken.task.clone());
        self.write_once(context, event, &input, move |tx| {
            Box::pin(async move {
                let decision = put(tx, &who, (&patient, base), None, &taken.decision).await?;
                let mut task = taken.task;
                task.parent = Some(decision.id.clone());
                let id = EntryId::new(tx.now()?);
                let task = add_entry(tx, &who, &id, Some(&patient), &task).await?;
                let item = discuss(tx, &who, &patient, (&meeting, &item), taken.proof).await?;
                tx.note(Event::new(Action::Create, Task::KIND).of(&patient).on(task.id.as_str()));
                tx.note(Event::new(Action::Update, AgendaItem::KIND).of(&patient).on(item.id.as_str()));
                Ok(CaseDecided { decision, item, task })
            })
        })
        .await
    }
}

/// Writes a decision on top of the revision that it rests on.
async fn put(
    tx: &mut Tx,
    who: &Context,
    (patient, base): (&PatientId, Revision),
    earlier: Option<(EntryId, Version)>,
    decision: &Decision,
) -> Result<Entry<Decision>, StoreError> {
    let now = writable(tx, patient).await?;
    if now.revision != base {
        return Err(StoreError::Stale { given: base, newer: now.revision });
    }
    let entry = match earlier {
        None => {
            let id = EntryId::new(tx.now()?);
            add_entry(tx, who, &id, Some(patient), decision).await?
        }
        Some((id, version)) => amend_entry(tx, who, &id, version, decision).await?,
    };
    if entry.patient.as_ref() != Some(patient) {
        return Err(StoreError::NotFound { what: Decision::KIND });
    }
    let revision = Revision(base.0 + 1);
    let account = who.account();
    touch(tx, patient, Touch::Revision { revision, who: account.as_deref(), what: "decision" }).await?;
    Ok(entry)
}

/// Marks a case of an open meeting as discussed, on top of whatever was changed about it last: question, presenter
/// and order take nothing away from a decision.
async fn discuss(
    tx: &mut Tx,
    who: &Context,
    patient: &PatientId,
    (meeting, item): (&EntryId, &EntryId),
    proof: Option<String>,
) -> Result<Entry<AgendaItem>, StoreError> {
    let none = || StoreError::NotFound { what: AgendaItem::KIND };
    let found = versions(&mut tx.conn, item, AgendaItem::KIND).await?.pop().ok_or_else(none)?;
    let found: Entry<AgendaItem> = found.read()?;
    // After a merge the item stays where it was written, and belongs to the patient that was kept.
    let of = found.patient.clone().ok_or_else(none)?;
    if found.body.meeting != *meeting || kept(&mut tx.conn, &of).await?.id != *patient {
        return Err(none());
    }
    let held = versions(&mut tx.conn, meeting, Meeting::KIND).await?.pop();
    let held: Entry<Meeting> = held.ok_or(StoreError::NotFound { what: Meeting::KIND })?.read()?;
    let off = matches!(found.body.state, AgendaState::Deferred | AgendaState::Withdrawn);
    if off || matches!(held.body.state, MeetingState::Closed | MeetingState::Cancelled) {
        return Err(StoreError::NotCurrent);
    }
    let mut discussed = found.body;
    discussed.state = AgendaState::Discussed;
    discussed.proof = proof;
    amend_entry(tx, who, item, found.version, &discussed).await
}
