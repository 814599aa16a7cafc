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

/// A text in both languages.
pub(crate) fn both(word: Word) -> nw_facts::Text {
    nw_facts::Text::new(say(Language::En, word), say(Language::Nl, word))
}

texts! {
    Demo: "Demonstration: all patients are invented", "Demonstratie: alle patiënten zijn verzonnen";
    NotADevice: "Not a certified medical device. It shows published rules and the conditions they rest on; the choice is that of the team and the patient.", "Geen gecertificeerd medisch hulpmiddel. Het toont gepubliceerde regels en de voorwaarden waarop ze rusten; de keuze is aan het team en de patiënt.";
    PasteReport: "Paste a report", "Een verslag plakken";
    KindOfReport: "Kind of report", "Soort verslag";
    PathologyReport: "Pathology report", "Pathologieverslag";
    ImagingReport: "Report of imaging", "Verslag van beeldvorming";
    ReportLetter: "Letter", "Brief";
    OtherReport: "Other report", "Ander verslag";
    ReportTitle: "Name of the report", "Naam van het verslag";
    ReportDay: "Date of the report", "Datum van het verslag";
    ReportText: "Text of the report", "Tekst van het verslag";
    ReadReport: "Read the report", "Verslag lezen";
    ReportPromise: "Reading stores nothing. Only what you take enters the record, together with the report and the words that say so.", "Lezen bewaart niets. Alleen wat u overneemt komt in het dossier, samen met het verslag en de woorden die het zeggen.";
    ReportSaysNothing: "No fact of the guideline was found in this text.", "In deze tekst is geen gegeven van de richtlijn gevonden.";
    ReportProposes: "The report says", "Het verslag zegt";
    ReportDisagrees: "The report disagrees with itself", "Het verslag spreekt zichzelf tegen";
    ReportHeld: "Not proposed: denied, doubted, past or planned", "Niet voorgesteld: ontkend, betwijfeld, vroeger of gepland";
    ReportTaken: "taken", "overgenomen";
    RecordSaysSame: "the record says the same", "het dossier zegt hetzelfde";
    RecordContradicts: "contradicts the record", "strijdig met het dossier";
    RecordHolds: "The record holds", "In het dossier staat";
    TakeHow: "When taken", "Bij overnemen";
    TakeBeside: "beside it: the record shows the contradiction", "ernaast: het dossier laat de tegenspraak zien";
    TakeInstead: "in the place of", "in de plaats van";
    TakeOne: "Take", "Overnemen";
    TakeTicked: "Take what is ticked", "Aangevinkte overnemen";
    TakeAll: "Take all that contradicts nothing", "Alles overnemen dat niets tegenspreekt";
    TakeNothing: "Take nothing", "Niets overnemen";
    ReportKeys: "Keys: arrows go from one to the next, space ticks, Enter takes what is ticked, Control with Enter takes all.", "Toetsen: pijltjes gaan van het een naar het ander, spatie vinkt aan, Enter neemt het aangevinkte over, Control met Enter alles.";
    ReportOrigin: "Show the words in the report", "Toon de woorden in het verslag";
    OfTumour: "of tumour", "van tumor";
    HeldDenied: "denied", "ontkend";
    HeldDoubted: "doubted", "betwijfeld";
    HeldAsked: "asked", "gevraagd";
    HeldPlanned: "planned", "gepland";
    HeldPast: "past", "vroeger";
    HeldOther: "of a relative or another tumour", "van een familielid of een andere tumor";
    NobodyConfirmed: "rows confirmed by a clinician", "rijen bevestigd door een arts";
    SkipToContent: "Skip to content", "Naar de inhoud";
    Menu: "Menu", "Menu";
    Patients: "Patients", "Patiënten";
    Calendar: "Calendar", "Kalender";
    YourCalendar: "Your calendar", "Uw kalender";
    AsList: "List", "Lijst";
    AsMonths: "Months", "Maanden";
    Appointments: "Appointments", "Afspraken";
    CalendarSaved: "Saved on", "Bewaard op";
    CalendarNotSaved: "Nothing is saved yet. What stands here follows from the record and the schedules.", "Er is nog niets bewaard. Wat hier staat volgt uit het dossier en de schema's.";
    CalendarProposal: "Proposal", "Voorstel";
    SaveCalendar: "Save this calendar", "Deze kalender bewaren";
    CalendarRefused: "This calendar is refused", "Deze kalender wordt geweigerd";
    CalendarEmpty: "No schedule holds for this patient.", "Voor deze patiënt geldt geen schema.";
    CalendarOpenBelow: "What is open is listed below.", "Wat openstaat staat hieronder.";
    CalendarUnconfirmed: "Schedules, windows and rules of the calendar have not been confirmed by a clinician.", "Schema's, vensters en regels van de kalender zijn niet door een arts bevestigd.";
    ForAgenda: "for an agenda (iCalendar)", "voor een agenda (iCalendar)";
    OnPaper: "on paper (PDF)", "op papier (PDF)";
    OnPaperLarge: "on paper in large letters (PDF)", "op papier in grote letters (PDF)";
    MoveDate: "Move", "Verplaatsen";
    NewDate: "New date", "Nieuwe datum";
    TryMove: "Show what follows", "Laat zien wat er volgt";
    DateChosen: "date chosen", "datum gekozen";
    WhatPatientIsTold: "What the patient is told", "Wat de patiënt hoort";
    PlanAlso: "Plan another schedule", "Nog een schema plannen";
    Schedule: "Schedule", "Schema";
    PlanFrom: "From", "Vanaf";
    WhySchedules: "Why these schedules", "Waarom deze schema's";
    CalendarNotPlanned: "Not planned", "Niet gepland";
    Meetings: "Meetings", "Overleggen";
    FollowUp: "Follow-up", "Follow-up";
    Guideline: "Guideline", "Richtlijn";
    Audit: "Access log", "Inzagelog";
    Accounts: "Accounts", "Accounts";
    SignIn: "Sign in", "Aanmelden";
    SignInWithProvider: "Sign in with your hospital account", "Aanmelden met uw ziekenhuisaccount";
    ProviderFailed: "Signing in with your hospital account did not work. Try again; if it stays like this, tell whoever looks after this program: the log says why.", "Aanmelden met uw ziekenhuisaccount lukte niet. Probeer het opnieuw; blijft het zo, meld het dan de beheerder: in het logboek staat waarom.";
    ProviderUnknown: "Your hospital account is not linked to an account here. Give these words to the administrator, who can link it", "Uw ziekenhuisaccount is hier niet aan een account gekoppeld. Geef deze woorden aan de beheerder, die het kan koppelen";
    SignOut: "Sign out", "Afmelden";
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
    OtherMethod: "this address is not asked in this way; use the links and forms of the pages, or what /api/v1/openapi.json names", "dit adres wordt zo niet bevraagd; gebruik de links en formulieren van de pagina's, of wat /api/v1/openapi.json noemt";
    TooLarge: "this is too large; send less at a time", "dit is te groot; stuur minder tegelijk";
    TooLargeFhir: "larger than 8 MiB; send one patient at a time, in several transactions if need be", "groter dan 8 MiB; stuur één patiënt tegelijk, zo nodig in meer transacties";
    TooMany: "too many requests; wait a minute", "te veel verzoeken; wacht een minuut";
    SomebodyWasQuicker: "somebody else changed this record while you were working; nothing of yours was kept: look at what is new, then enter it again", "iemand anders heeft dit dossier intussen gewijzigd; van u is niets bewaard: bekijk wat nieuw is en voer het opnieuw in";
    WeFailed: "the program failed; nothing was kept. Try again, and tell whoever looks after it if it stays", "het programma faalde; er is niets bewaard. Probeer het opnieuw, en meld het de beheerder als het zo blijft";
    Problem: "This did not work", "Dit lukte niet";
    YouTyped: "What you filled in", "Wat u invulde";
    YouTypedHelp: "None of this was kept. Copy what you still need before you go on.", "Hiervan is niets bewaard. Kopieer wat u nog nodig hebt voor u verder gaat.";
    SessionEnded: "your session has ended; sign in again", "uw sessie is afgelopen; meld u opnieuw aan";
    ToStart: "To the first page", "Naar de eerste pagina";
    FormNotUtf8: "the form came with characters that cannot be read; send it as UTF-8", "het formulier kwam met tekens die niet te lezen zijn; stuur het als UTF-8";
    FormNotRead: "the form cannot be read; go back, reload the page and try again", "het formulier is niet te lezen; ga terug, ververs de pagina en probeer het opnieuw";
    WriteDate: "write a date as 2026-03-31", "schrijf een datum als 2026-03-31";
    NotToCome: "this day is still to come; write the day on which it was", "deze dag moet nog komen; schrijf de dag waarop het was";
    WriteMoment: "write date and time as 2026-03-31T16:00", "schrijf datum en tijd als 2026-03-31T16:00";
    WriteSpan: "at least four weeks after the first day, and within a lifetime", "minstens vier weken na de eerste dag, en binnen een mensenleven";
    WriteWhole: "write a whole number", "schrijf een heel getal";
    ReloadPage: "this page is out of date; reload it and try again", "deze pagina is verouderd; ververs haar en probeer het opnieuw";
    ChooseFromForm: "choose from what the form offers", "kies uit wat het formulier biedt";
    ReportTooLong: "send a report of up to 300,000 bytes", "stuur een verslag van hoogstens 300.000 bytes";
    ReportUnreadable: "send the text of a report, without control characters", "stuur de tekst van een verslag, zonder stuurtekens";
    ReportNotProposed: "the report does not propose this; read it again", "het verslag stelt dit niet voor; lees het opnieuw";
    ReportOtherFact: "name what the record holds of the same fact", "noem wat het dossier van hetzelfde feit bevat";
    ReportTickOne: "tick at least one of the proposals", "vink minstens een van de voorstellen aan";
    Back: "Back", "Terug";
    Search: "Search", "Zoeken";
    SearchPatient: "Name, number or date of birth", "Naam, nummer of geboortedatum";
    NewPatient: "New patient", "Nieuwe patiënt";
    StaleDetails: "Somebody else changed this record since this page was opened. What you wrote is below, and nothing was kept yet: look at it again and save once more.", "Iemand anders heeft dit dossier gewijzigd sinds deze pagina werd geopend. Wat u schreef staat hieronder en er is nog niets bewaard: kijk het na en bewaar nogmaals.";
    PatientDetails: "Details of the patient", "Gegevens van de patiënt";
    DetailsHelp: "The letter with a decision goes to the general practitioner and the referrer, in the language of the patient.", "De brief met een besluit gaat naar de huisarts en de verwijzer; wat voor de patiënt is staat in de taal van de patiënt.";
    GeneralPractitioner: "General practitioner", "Huisarts";
    Referrer: "Referrer", "Verwijzer";
    LanguageOfPatient: "Language of the patient", "Taal van de patiënt";
    NotSaid: "not recorded", "niet vastgelegd";
    Number: "Number", "Nummer";
    Born: "Born", "Geboren";
    Sex: "Sex", "Geslacht";
    ContactBy: "Telephone or address", "Telefoon of adres";
    TextOf: "Text", "Tekst";
    OtherChoice: "Other", "Anders";
    Save: "Save", "Bewaren";
    Cancel: "Cancel", "Annuleren";
    NoPatients: "No patients found.", "Geen patiënten gevonden.";
    ShowEverybody: "Show everybody", "Toon iedereen";
    BeginFirst: "Begin the record of the first patient", "Begin het dossier van de eerste patiënt";
    NextDue: "Next due", "Eerstvolgend";
    More: "More", "Meer";
    Tumour: "Tumour", "Tumor";
    WhatIsOpen: "What is open", "Wat open staat";
    Options: "Options", "Opties";
    Due: "Due", "Te doen";
    Overdue: "overdue since", "te laat sinds";
    DueSince: "due since", "aan de beurt sinds";
    Answer: "Answer", "Beantwoorden";
    OtherConclusions: "What other conclusions rest on", "Waarop andere conclusies rusten";
    DueOn: "due on", "te doen op";
    Facts: "Facts", "Feiten";
    Conclusions: "Conclusions", "Conclusies";
    Timeline: "Timeline", "Tijdlijn";
    Decisions: "Decisions", "Besluiten";
    Contacts: "Contact moments", "Contactmomenten";
    Tasks: "Tasks", "Taken";
    EnterFacts: "Enter facts", "Feiten invoeren";
    Fact: "Fact", "Feit";
    AnotherFact: "Another fact", "Een ander feit";
    AnotherFactHelp: "Type a part of the name and choose from the list; write a number with its unit.", "Typ een deel van de naam en kies uit de lijst; schrijf een getal met de eenheid.";
    SaveAndLook: "Save and go to the patient", "Bewaren en naar de patiënt";
    Why: "Why?", "Waarom?";
    WhatIf: "What if?", "Wat als?";
    Unknown: "unknown", "onbekend";
    NotDone: "not done", "niet gedaan";
    NotApplicable: "not applicable", "niet van toepassing";
    Conflict: "contradiction", "tegenspraak";
    ByConvention: "by convention", "volgens afspraak";
    PossibleWithout: "Possible without it", "Zonder afspraak mogelijk";
    OneOf: "one of", "één van";
    NothingOpen: "Nothing that matters is open.", "Er staat niets open wat ertoe doet.";
    Settles: "settles", "beslist";
    Unconfirmed: "not confirmed by a clinician", "niet bevestigd door een arts";
    Contradictions: "Contradictions in the record", "Tegenspraken in het dossier";
    FactsContradict: "These facts cannot be true together:", "Deze feiten kunnen niet samen waar zijn:";
    Value: "Value", "Waarde";
    When: "Date", "Datum";
    Source: "Source", "Bron";
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
    NewMeeting: "New meeting", "Nieuw overleg";
    PlannedMeetings: "Planned", "Gepland";
    PastMeetings: "Held", "Gehouden";
    MeetingTitle: "Title", "Titel";
    Starts: "Begins", "Begint";
    Place: "Place", "Plaats";
    StatePlanned: "planned", "gepland";
    StateRunning: "under way", "bezig";
    StateClosed: "closed", "gesloten";
    StateCancelled: "cancelled", "afgelast";
    Agenda: "Agenda", "Agenda";
    Present: "Present the cases", "Casussen presenteren";
    RequestList: "Request list", "Opvraaglijst";
    Minutes: "Minutes", "Notulen";
    CloseMeeting: "Close the meeting", "Overleg sluiten";
    ReopenMeeting: "Open the meeting again", "Overleg heropenen";
    MeetingIsClosed: "This meeting is closed. Open it again to change it.", "Dit overleg is gesloten. Heropen het om iets te wijzigen.";
    MeetingDetails: "Details of the meeting", "Gegevens van het overleg";
    AddPatient: "Add a patient", "Patiënt toevoegen";
    Add: "Add", "Toevoegen";
    Withdraw: "Take off the agenda", "Van de agenda halen";
    Defer: "Put off", "Uitstellen";
    PutBack: "Put back on the agenda", "Terug op de agenda";
    ItemListed: "to be discussed", "te bespreken";
    ItemDiscussed: "discussed", "besproken";
    ItemDeferred: "put off", "uitgesteld";
    ItemWithdrawn: "taken off", "van de agenda";
    QuestionToMeeting: "Question to the meeting", "Vraag aan het overleg";
    Presenter: "Presented by", "Ingebracht door";
    Order: "Order", "Volgorde";
    Completeness: "Completeness", "Volledigheid";
    Complete: "nothing of importance is missing", "er ontbreekt niets van belang";
    Missing: "missing", "ontbreekt";
    MissingSeveral: "missing", "ontbreken";
    TriageTitle: "Standard or complex", "Standaard of complex";
    AsGuideline: "as the guideline says", "zoals de richtlijn zegt";
    TriageStandard: "standard", "standaard";
    TriageComplex: "complex", "complex";
    Proof: "Proof", "Bewijs";
    WouldSettle: "would settle it", "zou het beslissen";
    NotDetermined: "not determined", "niet bepaald";
    OptionNotDetermined: "not determined: an answer was missing", "niet bepaald: er ontbrak een antwoord";
    PutOnMeeting: "Put on the agenda of", "Zet op de agenda van";
    NobodyFound: "Nobody found who is not on the agenda yet.", "Niemand gevonden die nog niet op de agenda staat.";
    FactsSaved: "Saved. The next questions are below.", "Bewaard. De volgende vragen staan hieronder.";
    FromDetails: "details of the patient", "gegevens van de patiënt";
    Attendees: "Attendees", "Aanwezigen";
    RoleInMeeting: "Role in the meeting", "Rol in het overleg";
    WasPresent: "Present", "Aanwezig";
    PresenceNotNoted: "Nobody noted who was present.", "Niemand heeft genoteerd wie aanwezig was.";
    WasAbsent: "not present", "niet aanwezig";
    Chair: "chair", "voorzitter";
    OtherRole: "other", "anders";
    EmptyAgenda: "Nobody is on the agenda yet.", "Er staat nog niemand op de agenda.";
    MakeTasks: "Make a task of each request", "Van elk verzoek een taak maken";
    TaskMade: "asked", "gevraagd";
    NothingToAsk: "Nothing of importance has to be asked.", "Er hoeft niets van belang gevraagd te worden.";
    AsPdf: "as PDF", "als PDF";
    CaseOf: "Case", "Casus";
    Previous: "Previous", "Vorige";
    NextCase: "Next", "Volgende";
    ArrowKeys: "Arrow keys go to the next and the previous case; Ctrl+Enter keeps the decision, or leads to its words while they are missing.", "Met de pijltjestoetsen gaat u naar de volgende en vorige casus; Ctrl+Enter bewaart het besluit, of leidt naar de woorden ervan zolang die ontbreken.";
    Unranked: "In the order of the guideline, which is no ranking.", "In de volgorde van de richtlijn; dat is geen rangorde.";
    Conditions: "Conditions", "Voorwaarden";
    For: "For", "Voor";
    Against: "Against", "Tegen";
    Neutral: "To weigh", "Te wegen";
    PerhapsHolds: "depends on what is unknown", "hangt af van wat onbekend is";
    ShowPoints: "Show conditions, for and against", "Voorwaarden, voor en tegen tonen";
    OptionsUndetermined: "Not determined: an answer is missing", "Niet bepaald: er ontbreekt een antwoord";
    DecisionTitle: "Decision", "Besluit";
    OptionsConsidered: "Options considered", "Overwogen opties";
    ConsideredBox: "Considered", "Overwogen";
    ChosenBox: "Chosen", "Gekozen";
    OtherOption: "Another choice, not listed by the guideline", "Andere keus, die de richtlijn niet noemt";
    DecisionText: "The decision in words, as in the letter", "Het besluit in woorden, zoals in de brief";
    Rationale: "Why", "Waarom";
    DepartureTitle: "Reason to depart from the guideline", "Reden om van de richtlijn af te wijken";
    DepartureHelp: "Required when the choice is advised against or not listed by the guideline.", "Verplicht als de keus wordt afgeraden of niet in de richtlijn staat.";
    DepartureMissing: "This choice departs from the guideline: give the reason.", "Deze keus wijkt af van de richtlijn: geef de reden.";
    DepartureWords: "The reason in words", "De reden in woorden";
    DecisionMissing: "Write the decision in words.", "Schrijf het besluit in woorden.";
    StaleDecision: "Facts or decisions of this patient changed since this page was opened. Nothing was kept yet: what you wrote is below. Look at the case again and save once more.", "Feiten of besluiten van deze patiënt zijn gewijzigd sinds deze pagina werd geopend. Er is nog niets bewaard: wat u schreef staat hieronder. Bekijk de casus opnieuw en bewaar nog eens.";
    KeepDecision: "Save the decision", "Besluit bewaren";
    DoneBy: "To be carried out by", "Uit te voeren vóór";
    CarryOut: "Carry out", "Uitvoeren";
    Letter: "Letter", "Brief";
    LetterTitle: "Decision of the multidisciplinary meeting", "Besluit van het multidisciplinair overleg";
    ToGp: "To the general practitioner", "Aan de huisarts";
    ToReferrer: "To the referrer", "Aan de verwijzer";
    NotRecorded: "not recorded", "niet vastgelegd";
    Regarding: "Regarding", "Betreft";
    DecidedOn: "Decided on", "Besloten op";
    WrittenBy: "Recorded by", "Vastgelegd door";
    AdviceOfThen: "The guideline as it was shown to the meeting", "De richtlijn zoals die aan het overleg werd getoond";
    NoDecisionsYet: "No decision yet.", "Nog geen besluit.";
    Course: "Decisions and follow-up", "Besluiten en follow-up";
    WhatCameOfIt: "What came of it", "Wat ervan kwam";
    ExecPlanned: "planned", "gepland";
    ExecDone: "done", "uitgevoerd";
    ExecPartly: "done in part", "deels uitgevoerd";
    ExecNotDone: "not done", "niet uitgevoerd";
    WhyNot: "If not: why not", "Zo niet: waarom niet";
    Note: "Note", "Notitie";
    OpenLoops: "Decisions to be carried out", "Uit te voeren besluiten";
    Everybody: "everybody", "iedereen";
    Mine: "mine", "van mij";
    Nobody: "nobody", "niemand";
    AssignedTo: "Assigned to", "Toegewezen aan";
    Week: "Week", "Week";
    AllWeeks: "all weeks", "alle weken";
    WeekOf: "week of", "week van";
    Filter: "Show", "Tonen";
    DueFromGuideline: "Due according to the guideline", "Aan de beurt volgens de richtlijn";
    OverdueFirst: "What is overdue stands first.", "Wat te laat is staat bovenaan.";
    MakeTask: "Make a task", "Taak maken";
    TaskThere: "task made", "taak gemaakt";
    NewTask: "New task", "Nieuwe taak";
    TaskTitle: "What is to be done", "Wat er moet gebeuren";
    ByWhen: "By when", "Wanneer";
    Take: "Take it", "Op mij nemen";
    Done: "Done", "Gedaan";
    NotNeeded: "Not needed", "Niet nodig";
    Outcome: "What came of it", "Uitkomst";
    TaskOpen: "open", "open";
    TaskAsked: "asked", "gevraagd";
    TaskDone: "done", "gedaan";
    TaskCancelled: "not needed", "niet nodig";
    NewContact: "New contact moment", "Nieuw contactmoment";
    How: "How", "Hoe";
    WithWhom: "With whom", "Met wie";
    Signals: "Problems signalled", "Gesignaleerde problemen";
    NextContact: "Next contact", "Volgend contact";
    ByPhone: "telephone", "telefoon";
    ByVisit: "visit", "bezoek";
    ByVideo: "video", "video";
    ByMessage: "letter or message", "brief of bericht";
    RecentContacts: "Contact moments of the last two weeks", "Contactmomenten van de laatste twee weken";
    ThePatient: "the patient", "de patiënt";
    Patient: "Patient", "Patiënt";
    What: "What", "Wat";
    Status: "Status", "Status";
    MeetingNotes: "Notes that concern no single patient", "Notities die geen enkele patiënt betreffen";

    // Why, what if, guideline, audit, accounts, programs.
    Or: "or", "of";
    And: "and", "en";
    Not: "not", "niet";
    OneOfThese: "one of these rows gives it", "een van deze rijen geeft dit";
    Nothing: "nothing", "niets";
    NotMentioned: "not mentioned, taken as usual", "niet vermeld, als gebruikelijk genomen";
    Computed: "computed", "berekend";
    OutsideTables: "No table of the guideline is about this patient.", "Geen tabel van de richtlijn gaat over deze patiënt.";
    OtherThan: "other than", "anders dan";
    MarkVerified: "seen in the source", "gezien in de bron";
    MarkGeneral: "general knowledge, to be confirmed in the source", "algemene kennis, nog na te gaan in de bron";
    MarkDesign: "a rule of design, not a clinical fact", "een ontwerpregel, geen klinisch feit";
    ConfirmedBy: "confirmed", "bevestigd";
    Confirmed: "confirmed", "bevestigd";
    AllConfirmed: "Every row it rests on is confirmed by a clinician.", "Elke rij waarop dit rust is bevestigd door een arts.";
    ExactSet: "What follows for certain", "Wat zeker volgt";
    Because: "Because", "Omdat";
    Sufficient: "These facts are enough; without any one of them it is open", "Deze feiten volstaan; zonder één ervan staat het open";
    SettledBy: "What would settle it, and who knows", "Wat het zou beslissen, en wie dat weet";
    WouldBe: "What it would be", "Wat het zou worden";
    WhenIt: "when", "bij";
    WouldChange: "The smallest change that would alter it", "De kleinste verandering die het anders zou maken";
    NothingIsKept: "Change or add facts and see what would follow. Nothing is recorded.", "Wijzig of voeg feiten toe en zie wat er zou volgen. Er wordt niets vastgelegd.";
    ShowChanges: "Show what would change", "Toon wat zou veranderen";
    AsRecorded: "As recorded", "Zoals vastgelegd";
    WhatChanges: "What would change", "Wat zou veranderen";
    ChangeSomething: "Change something on the form first.", "Wijzig eerst iets op het formulier.";
    NoChange: "No conclusion would change.", "Geen enkele conclusie zou veranderen.";
    SearchGuideline: "Words, a conclusion or a source", "Woorden, een conclusie of een bron";
    RowsFound: "rows found", "rijen gevonden";
    Rows: "rows", "rijen";
    Sources: "Sources", "Bronnen";
    Link: "link", "link";
    PolicyUnique: "exactly one row holds", "precies één rij geldt";
    PolicyFirst: "the first row that holds decides", "de eerste rij die geldt beslist";
    PolicyCollect: "every row that holds adds its value", "elke rij die geldt voegt haar waarde toe";
    ForThePatient: "For the patient", "Voor de patiënt";
    NoPatientsHere: "Who did what. No patient is named here; the log of one patient stands with that patient.", "Wie wat deed. Hier wordt geen patiënt genoemd; het logboek van een patiënt staat bij die patiënt.";
    Who: "Who", "Wie";
    WhatFor: "What for, and on what ground", "Waarvoor, en op welke grond";
    FromDay: "From", "Van";
    ToDay: "Up to", "Tot en met";
    OnlyEmergency: "only emergencies", "alleen noodgevallen";
    Show: "Show", "Toon";
    RefusedThen: "refused", "geweigerd";
    WhoLooked: "Who looked at your record", "Wie uw dossier heeft ingezien";
    WhoLookedHelp: "This is the list of everybody who looked at your record or changed it, the latest first. The program writes it by itself; nobody can change it unnoticed.", "Dit is de lijst van iedereen die uw dossier heeft bekeken of gewijzigd, de laatste eerst. Het programma schrijft dit zelf op; niemand kan het ongemerkt wijzigen.";
    OlderIsLeftOut: "Older lines are left out; ask for them if you want them.", "Oudere regels zijn weggelaten; vraag ernaar als u ze wilt.";
    QuestionsAboutThis: "Is there somebody you did not expect? Ask your doctor, or the privacy officer of the hospital.", "Staat er iemand bij die u niet verwacht? Vraag het uw arts, of de functionaris gegevensbescherming van het ziekenhuis.";
    NoSmartServer: "this server gives apps no tokens (OAuth, SMART), so it has no SMART configuration; a program signs in with POST /api/v1/session and sends `Authorization: Bearer`; an electronic record that opens its patient here is the SMART server itself, and launches /smart/launch; what this server can do", "deze server geeft apps geen tokens (OAuth, SMART) en heeft dus geen SMART-configuratie; een programma meldt zich aan met POST /api/v1/session en stuurt `Authorization: Bearer`; een elektronisch dossier dat zijn patiënt hier opent is zelf de SMART-server en start /smart/launch; wat deze server kan";
    HooksNotR4: "an order that has elements that FHIR R4 does not have; it may not have been recognised", "een opdracht met elementen die FHIR R4 niet heeft; die is mogelijk niet herkend";
    ResearchUse: "Research and registries", "Onderzoek en registraties";
    ResearchHelp: "A patient may object to the use of the own data for research and registries. From then on nothing of this record is counted, exported or delivered for that, also nothing that was recorded before. For the care of the patient nothing changes.", "Een patiënt mag bezwaar hebben tegen gebruik van de eigen gegevens voor onderzoek en registraties. Vanaf dan wordt daarvoor niets van dit dossier geteld, uitgevoerd of geleverd, ook niets wat eerder is vastgelegd. Voor de zorg verandert er niets.";
    ResearchObjects: "Objects to research and registries", "Heeft bezwaar tegen onderzoek en registraties";
    ResearchAgrees: "Has no objection to research and registries", "Heeft geen bezwaar tegen onderzoek en registraties";
    ResearchNothingSaid: "Nothing was said about it", "Hierover is niets gezegd";
    ResearchSaidOn: "Said on", "Gezegd op";
    ResearchTold: "To whom, or how", "Tegen wie, of hoe";
    ResearchObject: "Record the objection", "Leg het bezwaar vast";
    ResearchTakeBack: "The patient takes the objection back", "De patiënt trekt het bezwaar in";
    BackToPatient: "Back to the patient", "Terug naar de patiënt";
    Emergency: "Access in an emergency", "Toegang bij nood";
    EmergencyHelp: "Say why you need this record now. Your reason stands in the log with everything you open of this patient, and will be checked.", "Zeg waarom u dit dossier nu nodig hebt. Uw reden staat in het logboek bij alles wat u van deze patiënt opent, en wordt nagekeken.";
    EmergencyRuns: "It runs for this patient.", "Dit loopt voor deze patiënt.";
    EmergencyBegin: "Open the record", "Open het dossier";
    EmergencyEnd: "End it", "Beëindig dit";
    Reason: "Reason", "Reden";
    Roles: "Roles", "Rollen";
    State: "State", "Toestand";
    Active: "active", "actief";
    Closed: "closed", "gesloten";
    Locked: "locked after wrong attempts", "vergrendeld na mislukte pogingen";
    Invited: "invited", "uitgenodigd";
    SecondFactor: "Second factor", "Tweede factor";
    NewAccount: "New account", "Nieuw account";
    Organisation: "Organisation", "Organisatie";
    Subject: "Name at the identity provider of the hospital (may be empty)", "Naam bij de identiteitsdienst van het ziekenhuis (mag leeg)";
    LanguageOf: "Language", "Taal";
    NewLink: "New link for a password", "Nieuwe link voor een wachtwoord";
    ResetFactor: "Take the second factor away", "Tweede factor wegnemen";
    OpenAgain: "Open again", "Weer openen";
    Close: "Close", "Sluiten";
    NotYourself: "you cannot do this to your own account; ask another administrator", "dit kan niet met uw eigen account; vraag een andere beheerder";
    Invitation: "Invitation", "Uitnodiging";
    InvitationHelp: "Give this link to the person, not by the way on which it could be read by others. It works once, for three days, and is not shown again.", "Geef deze link aan de persoon, niet langs een weg waar anderen meelezen. De link werkt één keer, drie dagen lang, en wordt niet nog eens getoond.";
    SetPassword: "Choose the password of your account.", "Kies het wachtwoord van uw account.";
    MyAccount: "My account", "Mijn account";
    ChangePassword: "Change password", "Wachtwoord wijzigen";
    PresentPassword: "Present password", "Huidig wachtwoord";
    NewPassword: "New password", "Nieuw wachtwoord";
    WrongPassword: "The present password is not right.", "Het huidige wachtwoord klopt niet.";
    WrongCode: "The code is not right. Begin again with a new secret, and check the clock of your telephone.", "De code klopt niet. Begin opnieuw met een nieuw geheim, en controleer de klok van uw telefoon.";
    FactorHelp: "Type this secret into your authenticator, or open it by the link on a telephone. Then type the code that it shows.", "Typ dit geheim in uw authenticator, of open het met de link op een telefoon. Typ daarna de code die hij toont.";
    OpenAuthenticator: "Open in an authenticator", "Open in een authenticator";
    FactorOn: "Signing in asks for a code of your authenticator.", "Bij het aanmelden wordt om een code van uw authenticator gevraagd.";
    FactorOff: "Signing in asks for the password only.", "Bij het aanmelden wordt alleen om het wachtwoord gevraagd.";
    FactorAnew: "Set up anew", "Opnieuw instellen";
    FactorSetUp: "Set up", "Instellen";
    Confirm: "Confirm", "Bevestigen";

    PasswordsDiffer: "the passwords differ", "de wachtwoorden verschillen";

    // Worklist, one patient, timeline, sketch, tour.
    ShowAll: "Everybody", "Iedereen";
    ShowDue: "Something is due", "Iets aan de beurt";
    ShowOverdue: "Something is overdue", "Iets te laat";
    ShowMeeting: "On the next meeting", "Op het volgende overleg";
    ShowMissing: "Something is missing", "Er ontbreekt iets";
    AnySite: "all sites", "alle plaatsen";
    Site: "Primary site", "Plaats van de tumor";
    MissingForMeeting: "Missing for the meeting", "Ontbreekt voor het overleg";
    NextMeeting: "Next meeting", "Volgend overleg";
    BeingWorkedOut: "being worked out", "wordt bepaald";
    SomeNotYet: "Some patients are still being worked out; reload the page in a moment.", "Sommige patiënten worden nog bepaald; ververs de pagina zo dadelijk.";
    NotPlanned: "not planned", "niet gepland";
    NothingMissing: "nothing", "niets";
    Task: "Task", "Taak";
    OpenTask: "open task", "open taak";
    Contradictory: "contradiction in the record", "tegenspraak in het dossier";
    OptionsOpen: "Not determined yet", "Nog niet bepaald";
    NoOptions: "No option is certain yet: that depends on what is open.", "Nog geen optie staat vast: dat hangt af van wat open staat.";
    AllReasons: "All conclusions with their reasons", "Alle conclusies met hun redenen";
    StillOpen: "still open", "nog open";
    PointsOfAttention: "To keep in mind", "Om aan te denken";
    LastDecision: "Last decision", "Laatste besluit";
    RecordedBy: "Recorded", "Vastgelegd";
    Earlier: "earlier", "eerder";
    NoneThere: "none", "geen";
    Perhaps: "perhaps", "mogelijk";
    Undated: "Without a date", "Zonder datum";
    UnreadableFacts: "facts that the guideline cannot read; they stand in the table as they were written", "feiten die de richtlijn niet kan lezen; ze staan in de tabel zoals ze zijn opgeschreven";
    Today: "today", "vandaag";
    ZoomHalf: "6 months", "6 maanden";
    ZoomOne: "1 year", "1 jaar";
    ZoomTwo: "2 years", "2 jaar";
    ZoomFive: "5 years", "5 jaar";
    ZoomAll: "everything", "alles";
    ZoomIn: "closer", "dichterbij";
    ZoomOut: "further away", "verder weg";
    EarlierDays: "earlier", "eerder";
    LaterDays: "later", "later";
    TimelineKeys: "With the drawing in focus: arrow keys go from mark to mark, + and − zoom, [ and ] go back and on in time.", "Met de tekening in focus: de pijltjestoetsen gaan van punt naar punt, + en − zoomen, [ en ] gaan terug en verder in de tijd.";
    TimelineEmpty: "Nothing with a date is recorded in these days.", "In deze periode is niets met een datum vastgelegd.";
    TimelineTable: "The same as a table", "Hetzelfde als tabel";
    TimelineDescription: "From top to bottom: what happened, treatments, markers on a logarithmic axis, diameters. The table below says the same.", "Van boven naar beneden: wat er gebeurde, behandelingen, markers op een logaritmische as, diameters. De tabel eronder zegt hetzelfde.";
    UpperLimit: "upper limit", "bovengrens";
    LogAxis: "logarithmic", "logaritmisch";
    RowImaging: "Imaging and endoscopy", "Beeldvorming en endoscopie";
    RowProcedure: "Operations and procedures", "Operaties en ingrepen";
    RowCourse: "Course", "Beloop";
    RowDecisions: "Decisions", "Besluiten";
    RowMeetings: "Meetings", "Overleggen";
    RowContacts: "Contact moments", "Contactmomenten";
    Information: "Patient information", "Patiënteninformatie";
    SummaryOnePage: "Summary on one page", "Samenvatting op één pagina";
    Paper: "What to hand over", "Wat u meegeeft";
    ForThisPatient: "Made for this patient", "Gemaakt voor deze patiënt";
    ForEverybody: "The same for everybody", "Voor iedereen gelijk";
    LanguageOfPaper: "Language", "Taal";
    InDutch: "Dutch", "Nederlands";
    InEnglish: "English", "Engels";
    PrintSize: "Letters", "Letters";
    PrintNormal: "normal", "gewoon";
    PrintLarge: "large", "groot";
    ShowPaper: "Show", "Tonen";
    PrintAsPdf: "Print as PDF", "Afdrukken als PDF";
    Figures: "Figures", "Cijfers";
    TheRecord: "the record of this workbench", "het dossier van deze werkplek";
    FiguresHelp: "Counts of everybody in the record, without names. Small counts are hidden, and what would give them away.", "Aantallen van iedereen in het dossier, zonder namen. Kleine aantallen zijn verborgen, en wat ze zou verraden.";
    SmallestShown: "Smallest count that is shown", "Kleinste aantal dat wordt getoond";
    FiguresLogged: "Whoever asks for figures reads every record; each reading stands in the access log, with quality of care as its purpose.", "Wie cijfers vraagt leest elk dossier; elke lezing staat in de inzagelog, met kwaliteit van zorg als doel.";
    ForPrograms: "For programs (JSON)", "Voor programma's (JSON)";
    OnItsOwn: "Open on its own", "Apart openen";
    HandOver: "Hand over", "Meegeven";
    HandOverHelp: "Handing over keeps the paper in the record as it is now: what, in which language, by whom and when. The patient can see it in the access log.", "Meegeven bewaart het papier in het dossier zoals het nu is: wat, in welke taal, door wie en wanneer. De patiënt kan het zien in het inzagelog.";
    HandedOver: "Handed over", "Meegegeven";
    PaperChanged: "The record changed since you looked at this paper. Nothing was kept: look at it again, then hand it over.", "Het dossier is gewijzigd sinds u dit papier bekeek. Er is niets bewaard: bekijk het opnieuw en geef het dan mee.";
    Begins: "begins", "begint";
    Ends: "ends", "eindigt";
    GoesOn: "goes on", "loopt nog";
    Sketch: "Where the tumour is", "Waar de tumor zit";
    SketchOrigin: "began in", "ontstaan in";
    SketchSpread: "spread to", "uitgezaaid naar";
    SketchNothing: "The place is not known.", "De plaats is niet bekend.";
    SketchHelp: "A sketch, not to scale, seen from the front.", "Een schets, niet op schaal, van voren gezien.";
    Tour: "Guided tour", "Rondleiding";
    TourStart: "Begin the guided tour", "Begin de rondleiding";
    TourNext: "Next step", "Volgende stap";
    TourBack: "Step back", "Stap terug";
    TourEnd: "End the tour", "Stop de rondleiding";
    TourHere: "Go to this step", "Ga naar deze stap";
    TourStep: "Step", "Stap";
    Tour1: "Sign in as a specialist: user name specialist, with the password that stands below.", "Meld u aan als specialist: gebruikersnaam specialist, met het wachtwoord dat hieronder staat.";
    Tour2: "The worklist: each line tells the tumour, what is missing and who has it, and what is due. Choose a filter, or open a patient by name.", "De werklijst: elke regel vertelt de tumor, wat ontbreekt en wie het heeft, en wat aan de beurt is. Kies een filter, of open een patiënt op naam.";
    Tour3: "One patient on one screen: the tumour in one line, the questions that help most, the options with their conditions, and what is due.", "Eén patiënt op één scherm: de tumor in één regel, de vragen die het meest helpen, de opties met hun voorwaarden, en wat aan de beurt is.";
    Tour4: "Entering a fact: answer one of the questions, or leave it at unknown; the conclusions beside it follow at once after saving.", "Een feit invoeren: beantwoord een van de vragen, of laat staan dat het onbekend is; de conclusies ernaast volgen direct na het bewaren.";
    Tour5: "Why? Each conclusion shows the rows of the guideline it rests on, the facts that suffice, and the smallest change that would alter it.", "Waarom? Elke conclusie toont de rijen van de richtlijn waarop ze rust, de feiten die volstaan, en de kleinste verandering die haar anders zou maken.";
    Tour6: "The timeline: treatments, scans, markers and diameters on the same days. Zoom with the links, or read the table below it.", "De tijdlijn: behandelingen, scans, markers en diameters op dezelfde dagen. Zoom met de links, of lees de tabel eronder.";
    Tour7: "The meeting: the agenda says per case whether it is complete, and who has what is missing; the request list asks for it.", "Het overleg: de agenda zegt per casus of die compleet is, en wie heeft wat ontbreekt; de opvraaglijst vraagt erom.";
    Tour8: "The decision: choose among the options, write it in words; a choice that departs from the guideline asks for a reason.", "Het besluit: kies uit de opties en schrijf het in woorden; een keus die van de richtlijn afwijkt vraagt om een reden.";
    Tour9: "The letter to general practitioner and referrer is ready: what was decided, why, and what the guideline said at that moment.", "De brief aan huisarts en verwijzer is klaar: wat is besloten, waarom, en wat de richtlijn op dat moment zei.";
    Tour10: "Follow-up: what is due, whose task it is, and whether what was decided was carried out. This is the end of the tour.", "Follow-up: wat aan de beurt is, wiens taak het is, en of wat is besloten ook is uitgevoerd. Dit is het einde van de rondleiding.";
}

const MONTHS: [(&str, &str); 12] = [
    ("Jan", "jan"),
    ("Feb", "feb"),
    ("Mar", "mrt"),
    ("Apr", "apr"),
    ("May", "mei"),
    ("Jun", "jun"),
    ("Jul", "jul"),
    ("Aug", "aug"),
    ("Sep", "sep"),
    ("Oct", "okt"),
    ("Nov", "nov"),
    ("Dec", "dec"),
];

/// A month in three letters.
pub(crate) fn month(language: Language, month: i8) -> &'static str {
    let found = usize::try_from(month - 1).ok().and_then(|m| MONTHS.get(m));
    found.map_or("", |(en, nl)| if language == Language::En { en } else { nl })
}

/// A day as people write it.
pub(crate) fn day(language: Language, day: nw_facts::Date) -> String {
    format!("{} {} {}", day.day(), month(language, day.month()), day.year())
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

/// The name that a field of a form has on the page.
pub(crate) fn named(language: Language, field: &str) -> Option<&'static str> {
    let word = match field {
        "name" => Word::Name,
        "number" => Word::Number,
        "born" => Word::Born,
        "sex" => Word::Sex,
        "general-practitioner" | "generalPractitioner" => Word::GeneralPractitioner,
        "referrer" => Word::Referrer,
        "contact" => Word::ContactBy,
        "login" => Word::Login,
        "organisation" => Word::Organisation,
        "title" => Word::MeetingTitle,
        "starts-at" => Word::Starts,
        "place" => Word::Place,
        "question" => Word::QuestionToMeeting,
        "presenter" => Word::Presenter,
        "position" => Word::Order,
        "text" => Word::TextOf,
        "rationale" => Word::Rationale,
        "explanation" => Word::DepartureWords,
        "minutes" => Word::MeetingNotes,
        "other" => Word::OtherChoice,
        "other-value" => Word::Value,
        "by" | "due" => Word::ByWhen,
        "date" | "dated" | "on" | "at" | "done-on" => Word::When,
        "from" => Word::FromDay,
        "to" => Word::ToDay,
        "origin" => Word::Source,
        "outcome" => Word::Outcome,
        "note" => Word::Note,
        "with" => Word::WithWhom,
        "next-contact" => Word::NextContact,
        "reason" => Word::Reason,
        "told" => Word::ResearchTold,
        "kind" => Word::KindOfReport,
        "schedule" => Word::Schedule,
        "roles" => Word::Roles,
        "action" => Word::What,
        "language" => Word::LanguageOf,
        _ => return None,
    };
    Some(say(language, word))
}

pub(crate) use nw_render::view::holder;
