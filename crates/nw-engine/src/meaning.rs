//! What an answer means. No code: the definitions that both engines implement.
//!
//! **World.** One cell for every fact that any table uses, such that no integrity rule (`Never`) holds of it and every
//! agreement whose report is on record is kept.
//!
//! **Knowledge.** For every fact the cells that its observations leave possible (their intersection); all cells when
//! nothing narrows it. A fact with a presumed value has that cell when the record does not mention it at all, and
//! records nothing that speaks against it (`unless` in the vocabulary).
//! A derived fact is narrowed by the exact range of its formula. Knowledge is a product of masks.
//!
//! **Outcome.** The set of values a conclusion takes over the worlds that the knowledge allows: no value too many, none
//! too few. "Not applicable" is a value of that set like any other.
//!
//! | Set | Status |
//! |---|---|
//! | one value | concluded |
//! | only "not applicable" | not-applicable |
//! | several | undetermined |
//! | none | conflict |
//!
//! For a `collect` conclusion every contributed value has its own set over {no, yes}.
//!
//! **Contradiction.** When the knowledge allows no world, a minimal contradictory set of facts is named (drop any and a
//! world exists), without the facts that the broken rule only uses as context. A conclusion that does not come out the
//! same when those facts are taken as unknown is in conflict; the others are drawn. Several contradictions are
//! found one after the other.
//!
//! **Convention.** Restricts worlds further (`assume`), or states a value (`answer`), only where its condition on what
//! is known holds, and only beside the set. Of two that leave no world together the later one gives way; both are named.
//! A fact is missing when nothing recorded says what it is and no formula computes it from facts that are known.
//!
//! **Monotone.** More observations shrink masks, masks shrink sets of worlds, so sets never widen. The exceptions are
//! visible: a contradiction, and a fact that was presumed and is then recorded otherwise, or no longer presumed.
