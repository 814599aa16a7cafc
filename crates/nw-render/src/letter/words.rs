//! What letters and lists say around what the guideline says.

use nw_facts::{Date, Language};

macro_rules! texts {
    ($($word:ident: $en:literal, $nl:literal;)*) => {
        /// One text.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Word { $($word,)* }

        /// A text in a language.
        pub(super) fn say(language: Language, word: Word) -> &'static str {
            match (word, language) {
                $((Word::$word, Language::En) => $en, (Word::$word, Language::Nl) => $nl,)*
            }
        }
    };
}

texts! {
    Demo: "Demonstration: all patients are invented", "Demonstratie: alle patiënten zijn verzonnen";
    NotADevice: "Not a certified medical device. It shows published rules and the conditions they rest on; the choice is that of the team and the patient.", "Geen gecertificeerd medisch hulpmiddel. Het toont gepubliceerde regels en de voorwaarden waarop ze rusten; de keuze is aan het team en de patiënt.";
    Confirmed: "rows confirmed by a clinician", "rijen bevestigd door een arts";
    LetterTitle: "Decision of the multidisciplinary meeting", "Besluit van het multidisciplinair overleg";
    SummaryTitle: "Summary for the multidisciplinary meeting", "Samenvatting voor het multidisciplinair overleg";
    RequestTitle: "Request list", "Opvraaglijst";
    ToGp: "To the general practitioner", "Aan de huisarts";
    ToReferrer: "To the referrer", "Aan de verwijzer";
    NotRecorded: "not recorded", "niet vastgelegd";
    Regarding: "Regarding", "Betreft";
    Born: "born", "geboren";
    Tumour: "Tumour", "Tumor";
    Decision: "Decision", "Besluit";
    Rationale: "Why", "Waarom";
    Considered: "Options considered", "Overwogen opties";
    Listed: "Options that the guideline lists", "Opties die de richtlijn noemt";
    Chosen: "Chosen", "Gekozen";
    Departure: "Reason to depart from the guideline", "Reden om van de richtlijn af te wijken";
    DecidedOn: "Decided on", "Besloten op";
    WrittenBy: "Recorded by", "Vastgelegd door";
    AdviceOfThen: "The guideline as it was shown to the meeting", "De richtlijn zoals die aan het overleg werd getoond";
    Attendees: "Attendees", "Aanwezigen";
    ToWrite: "The decision, to be written by the meeting", "Het besluit, in te vullen door het overleg";
    Name: "Name and signature", "Naam en handtekening";
    Missing: "Missing, and who has it", "Wat ontbreekt, en wie het heeft";
    NothingMissing: "Nothing of importance is missing.", "Er ontbreekt niets van belang.";
    NothingToAsk: "Nothing of importance has to be asked.", "Er hoeft niets van belang gevraagd te worden.";
    Patient: "Patient", "Patiënt";
    What: "What", "Wat";
    Settles: "Settles", "Beslist";
    Question: "Question to the meeting", "Vraag aan het overleg";
    Conclusions: "What the guideline says", "Wat de richtlijn zegt";
    Conclusion: "Conclusion", "Conclusie";
    Answer: "Answer", "Antwoord";
    Facts: "Facts", "Gegevens";
    Conflict: "contradiction", "tegenspraak";
    OneOf: "one of", "één van";
    ByConvention: "by convention", "volgens afspraak";
    Contradictions: "These facts cannot be true together", "Deze gegevens kunnen niet samen waar zijn";
    Unranked: "In the order of the guideline, which is no ranking.", "In de volgorde van de richtlijn; dat is geen rangorde.";
    OptionsOpen: "Not determined: an answer is missing", "Niet bepaald: er ontbreekt een antwoord";
    NoOptions: "The guideline lists no option for what is recorded.", "De richtlijn noemt geen optie bij wat is vastgelegd.";
    Due: "Due", "Te doen";
    Overdue: "overdue since", "te laat sinds";
    Notes: "Points of attention", "Aandachtspunten";
    AndMore: "and {0} more", "en nog {0}";
    AsOf: "As of", "Op";
}

/// A day as people write it.
pub(super) fn day(language: Language, day: Date) -> String {
    crate::reading::day(&day.to_string(), language)
}
