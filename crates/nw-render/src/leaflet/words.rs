//! The words around the texts: headings of the frame and what every document says of itself.

use nw_facts::Language;

macro_rules! words {
    ($($name:ident: $en:literal, $nl:literal;)*) => {
        /// One thing the frame says. `{0}`, `{1}` … stand for what is filled in.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Word { $($name,)* }

        impl Word {
            /// The sentence, with what is filled in.
            pub fn say(self, language: Language, parts: &[&str]) -> String {
                let (en, nl) = match self { $(Word::$name => ($en, $nl),)* };
                let text = match language { Language::En => en, Language::Nl => nl };
                parts.iter().enumerate().fold(text.to_string(), |text, (i, part)| {
                    text.replace(&format!("{{{i}}}"), part)
                })
            }
        }
    };
}

words! {
    MadeFor: "For: {0}", "Voor: {0}";
    DateOf: "Date: {0}", "Datum: {0}";
    General: "This is general information. It is not about one person.",
        "Dit is algemene informatie. Zij gaat niet over één persoon.";
    MarkedWords: "Words with ° are explained in the word list at the end.",
        "Woorden met ° staan uitgelegd in de woordenlijst achteraan.";
    NotADevice: "This is not a certified medical device. It does not replace the talk with your team.",
        "Dit is geen gecertificeerd medisch hulpmiddel. Het vervangt het gesprek met uw team niet.";
    NothingConfirmed: "No clinician has confirmed these texts and rules yet.",
        "Nog geen zorgverlener heeft deze teksten en regels bevestigd.";
    SomeConfirmed: "Clinicians confirmed the rules behind {1} of the {0} answers used; the texts are not confirmed yet.",
        "Zorgverleners bevestigden de regels achter {1} van de {0} gebruikte antwoorden; de teksten zijn nog niet bevestigd.";
    Conflict: "Some of the recorded data contradict each other. So some topics may be missing here. Ask your team.",
        "Sommige gegevens in het dossier spreken elkaar tegen. Daardoor kunnen hier onderwerpen ontbreken. Vraag het uw team.";
    Nothing: "Too little is recorded to show anything here.", "Er is te weinig vastgelegd om hier iets te tonen.";
    IfThen: "If {0}:", "Als {0}:";
    RestsOn: "This applies if point {0} of “{1}” is right for you.", "Dit geldt als punt {0} van “{1}” voor u klopt.";
    RestsOnMany: "This applies if points {0} of “{1}” are right for you.",
        "Dit geldt als punten {0} van “{1}” voor u kloppen.";
    RestsOnAll: "This applies if what stands in “{0}” is right for you.", "Dit geldt als voor u klopt wat in “{0}” staat.";
    AllIfAgreed: "This applies if what we assumed is right.", "Dit geldt als klopt waar wij van uitgingen.";
    RestIfAgreed: "The rest applies if what we assumed is right.", "De rest geldt als klopt waar wij van uitgingen.";
    And: "and", "en";
    Agreements: "What we assumed", "Waar wij van uitgingen";
    AgreementsLead: "Not everything stands in your record. For what is missing we took something to be so. Is a point wrong for you? Tell your team.",
        "Niet alles staat in uw dossier. Voor wat ontbreekt gingen wij ergens van uit. Klopt een punt niet voor u? Vertel het uw team.";
    ListOfWords: "Word list", "Woordenlijst";
    About: "About this information", "Over deze informatie";
    Guideline: "Guideline: {0}, edition {1}, digest {2}.", "Richtlijn: {0}, editie {1}, controlegetal {2}.";
    Texts: "Digest of the texts: {0}.", "Controlegetal van de teksten: {0}.";
    Updated: "Texts of {0}, to be looked at again before {1}.", "Teksten van {0}, opnieuw te bekijken voor {1}.";
    Funding: "Money and interests: {0}", "Geld en belangen: {0}";
    Policy: "How it is kept up to date: {0}", "Hoe het actueel blijft: {0}";
    Sources: "Sources", "Bronnen";
    FooterGuideline: "{0} · edition {1} · guideline {2} · texts {3}", "{0} · editie {1} · richtlijn {2} · teksten {3}";

    Options: "The options side by side", "De mogelijkheden naast elkaar";
    OptionsLead: "The order has no meaning: it is the order of the guideline. Which one fits you best, you choose together with your team.",
        "De volgorde zegt niets: het is de volgorde van de richtlijn. Wat het beste bij u past, kiest u samen met uw team.";
    NoOptions: "Your record does not hold enough yet to set treatments side by side here. Ask your team.",
        "In uw dossier staat nog niet genoeg om hier behandelingen naast elkaar te zetten. Vraag het uw team.";
    OptionsOpen: "For some other treatments it is not yet known whether they fit you. Ask your team about them.",
        "Van sommige andere behandelingen is nog niet bekend of zij bij u passen. Vraag ernaar bij uw team.";
    OptionsOpenNamed: "Of these treatments it is not known yet whether they fit you. Ask your team about them:",
        "Van deze behandelingen is nog niet bekend of zij bij u passen. Vraag ernaar bij uw team:";
    OptionsOpenBeside: "Of some treatments it is not known yet whether they fit you. Ask your team what still has to be found out for that.",
        "Van sommige behandelingen is nog niet bekend of zij bij u passen. Vraag uw team wat daarvoor nog uitgezocht moet worden.";
    Question: "What you want to know", "Wat u wilt weten";
    Standing: "In your situation", "In uw situatie";
    StandingOption: "This is one of the options.", "Dit is een van de mogelijkheden.";
    StandingSelected: "This can be an option for some people. Your team looks whether it fits you.",
        "Dit kan voor sommige mensen een mogelijkheid zijn. Uw team bekijkt of het bij u past.";
    StandingOpen: "It is not known yet whether this fits you.", "Het is nog niet bekend of dit bij u past.";
    StandingNotYet: "Not yet: something else has to come first.", "Nog niet: er moet eerst iets anders gebeuren.";
    Means: "What is it?", "Wat is het?";
    Benefit: "What can it bring you?", "Wat kan het u brengen?";
    Harm: "What are the risks and side effects?", "Wat zijn de risico's en bijwerkingen?";
    Burden: "What does it cost you in time and visits?", "Wat kost het u aan tijd en bezoeken?";
    Asks: "What does it ask of you?", "Wat vraagt het van u?";
    PointsOf: "What counts in your situation: {0}", "Wat in uw situatie telt: {0}";
    PointsLead: "These points come from the guideline for doctors. Talk them over with your team.",
        "Deze punten komen uit de richtlijn voor artsen. Bespreek ze met uw team.";
    PointsFor: "What speaks for it", "Wat ervoor pleit";
    PointsAgainst: "What speaks against it", "Wat ertegen pleit";
    PointsNeutral: "Good to know", "Goed om te weten";
}
