//! What the workbench says, in both languages. What the guideline says stands in the knowledge.

use nw_facts::Language;

macro_rules! texts {
    ($($word:ident: $en:literal, $nl:literal;)*) => {
        /// One text.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Word { $($word,)* }

        /// A text in a language.
        pub(crate) fn say(language: Language, word: Word) -> &'static str {
            match (word, language) {
                $((Word::$word, Language::En) => $en, (Word::$word, Language::Nl) => $nl,)*
            }
        }
    };
}

texts! {
    Workbench: "tumour board workbench", "werkplek voor het tumoroverleg";
    Demo: "Demonstration: all patients are invented", "Demonstratie: alle patiënten zijn verzonnen";
    NotADevice: "Not a certified medical device. It shows published rules and the conditions they rest on; the choice is that of the team and the patient.", "Geen gecertificeerd medisch hulpmiddel. Het toont gepubliceerde regels en de voorwaarden waarop ze rusten; de keuze is aan het team en de patiënt.";
    NobodyConfirmed: "rows confirmed by a clinician", "rijen bevestigd door een arts";
    SkipToContent: "Skip to content", "Naar de inhoud";
    Menu: "Menu", "Menu";
    Patients: "Patients", "Patiënten";
    Meetings: "Meetings", "Overleggen";
    FollowUp: "Follow-up", "Follow-up";
    Guideline: "Guideline", "Richtlijn";
    Audit: "Access log", "Inzagelog";
    Accounts: "Accounts", "Accounts";
    SignIn: "Sign in", "Aanmelden";
    SignOut: "Sign out", "Afmelden";
    SignedInAs: "Signed in as", "Aangemeld als";
    Name: "Name", "Naam";
    Login: "User name", "Gebruikersnaam";
    Password: "Password", "Wachtwoord";
    PasswordAgain: "Password again", "Wachtwoord nogmaals";
    PasswordRule: "At least 12 characters; a sentence is easy to remember.", "Minstens 12 tekens; een zin is makkelijk te onthouden.";
    Code: "Code of the authenticator", "Code van de authenticator";
    CodeHelp: "Only if you set up a second factor.", "Alleen als u een tweede factor hebt ingesteld.";
    WorkAs: "Work as", "Werken als";
    FirstTitle: "The first administrator", "De eerste beheerder";
    FirstHelp: "This link works once. The administrator makes accounts for the others and sees no patients.", "Deze link werkt één keer. De beheerder maakt accounts voor de anderen en ziet geen patiënten.";
    MakeAccount: "Make account", "Account maken";
    PleaseSignIn: "please sign in", "meld u aan";
    NotAllowed: "your role may not do this; ask somebody whose work it is, or change your role", "uw rol mag dit niet; vraag iemand die dit doet, of wissel van rol";
    FormExpired: "this form is too old or came from another site; go back, reload the page and try again", "dit formulier is te oud of komt van een andere site; ga terug, ververs de pagina en probeer het opnieuw";
    NothingHere: "there is nothing at this address; it was mistyped, or what stood here was moved", "op dit adres staat niets; het is verkeerd getypt, of wat hier stond is verplaatst";
    TooLarge: "this is too large; send less at a time", "dit is te groot; stuur minder tegelijk";
    TooMany: "too many requests; wait a minute", "te veel verzoeken; wacht een minuut";
    SomebodyWasQuicker: "somebody else changed this record while you were working; nothing of yours was kept: look at what is new, then enter it again", "iemand anders heeft dit dossier intussen gewijzigd; van u is niets bewaard: bekijk wat nieuw is en voer het opnieuw in";
    WeFailed: "the program failed; nothing was kept. Try again, and tell whoever looks after it if it stays", "het programma faalde; er is niets bewaard. Probeer het opnieuw, en meld het de beheerder als het zo blijft";
    Problem: "This did not work", "Dit lukte niet";
    Back: "Back", "Terug";
    Search: "Search", "Zoeken";
    SearchPatient: "Name, number or date of birth", "Naam, nummer of geboortedatum";
    NewPatient: "New patient", "Nieuwe patiënt";
    Number: "Number", "Nummer";
    Born: "Born", "Geboren";
    Sex: "Sex", "Geslacht";
    Save: "Save", "Bewaren";
    Cancel: "Cancel", "Annuleren";
    NoPatients: "No patients found.", "Geen patiënten gevonden.";
    OpenTasks: "Open tasks", "Open taken";
    NextDue: "Next due", "Eerstvolgend";
    NextMeeting: "Meeting", "Overleg";
    More: "More", "Meer";
    Tumour: "Tumour", "Tumor";
    WhatIsOpen: "What is open", "Wat open staat";
    Options: "Options", "Opties";
    Due: "Due", "Te doen";
    Overdue: "overdue since", "te laat sinds";
    DueOn: "due on", "te doen op";
    Facts: "Facts", "Feiten";
    Conclusions: "Conclusions", "Conclusies";
    Timeline: "Timeline", "Tijdlijn";
    Decisions: "Decisions", "Besluiten";
    Documents: "Documents", "Documenten";
    Contacts: "Contact moments", "Contactmomenten";
    Tasks: "Tasks", "Taken";
    EnterFacts: "Enter facts", "Feiten invoeren";
    Why: "Why?", "Waarom?";
    WhatIf: "What if?", "Wat als?";
    Unknown: "unknown", "onbekend";
    NotDone: "not done", "niet gedaan";
    NotApplicable: "not applicable", "niet van toepassing";
    Conflict: "contradiction", "tegenspraak";
    ByConvention: "by convention", "volgens afspraak";
    OneOf: "one of", "één van";
    NothingOpen: "Nothing that matters is open.", "Er staat niets open wat ertoe doet.";
    HolderHasIt: "knows", "weet dit";
    Settles: "settles", "beslist";
    Unconfirmed: "not confirmed by a clinician", "niet bevestigd door een arts";
    Edition: "edition", "editie";
    Contradictions: "Contradictions in the record", "Tegenspraken in het dossier";
    FactsContradict: "These facts cannot be true together:", "Deze feiten kunnen niet samen waar zijn:";
    Value: "Value", "Waarde";
    When: "Date", "Datum";
    Source: "Source", "Bron";
    RecordedBy: "Recorded by", "Vastgelegd door";
    Retract: "Take back", "Terugnemen";
    AsOf: "as of", "per";
    ChooseLanguage: "Nederlands", "English";
    Possible: "possible", "mogelijk";
    Years: "years", "jaar";
    NothingYet: "Nothing yet.", "Nog niets.";
    RoleSpecialist: "specialist", "specialist";
    RoleNurse: "nurse consultant", "verpleegkundig consulent";
    RoleCoordinator: "coordinator", "coördinator";
    RolePathologist: "pathologist", "patholoog";
    RoleRadiologist: "radiologist", "radioloog";
    RoleAnalyst: "analyst", "analist";
    RoleAdministrator: "administrator", "beheerder";
    RoleSystem: "program", "programma";
    WrongSignIn: "That is not right, or the account is closed. Check user name, password and code.", "Dat klopt niet, of het account is gesloten. Controleer gebruikersnaam, wachtwoord en code.";
    CodeNeeded: "This account asks for the code of your authenticator.", "Dit account vraagt om de code van uw authenticator.";
    LockedOut: "Too many wrong attempts. Wait a while, or ask an administrator.", "Te veel mislukte pogingen. Wacht even, of vraag een beheerder.";
    // Meetings, decisions, follow-up.

    // Why, what if, guideline, audit, accounts, programs.

    PasswordsDiffer: "the passwords differ", "de wachtwoorden verschillen";
}

/// The name of a role.
pub(crate) fn role(language: Language, role: nw_store::Role) -> &'static str {
    use nw_store::Role;
    let word = match role {
        Role::Specialist => Word::RoleSpecialist,
        Role::Nurse => Word::RoleNurse,
        Role::Coordinator => Word::RoleCoordinator,
        Role::Pathologist => Word::RolePathologist,
        Role::Radiologist => Word::RoleRadiologist,
        Role::Analyst => Word::RoleAnalyst,
        Role::Administrator => Word::RoleAdministrator,
        Role::System => Word::RoleSystem,
    };
    say(language, word)
}

/// Who usually knows.
pub(crate) fn holder(language: Language, holder: nw_facts::Holder) -> &'static str {
    use nw_facts::Holder;
    let (en, nl) = match holder {
        Holder::Pathology => ("pathology", "pathologie"),
        Holder::Radiology => ("radiology", "radiologie"),
        Holder::NuclearMedicine => ("nuclear medicine", "nucleaire geneeskunde"),
        Holder::Laboratory => ("laboratory", "laboratorium"),
        Holder::Endoscopy => ("endoscopy", "endoscopie"),
        Holder::Surgery => ("surgery", "chirurgie"),
        Holder::Clinic => ("clinic", "polikliniek"),
        Holder::Genetics => ("genetics", "klinische genetica"),
        Holder::Patient => ("patient", "patiënt"),
        Holder::Registry => ("registry", "registratie"),
    };
    match language {
        Language::En => en,
        Language::Nl => nl,
    }
}
