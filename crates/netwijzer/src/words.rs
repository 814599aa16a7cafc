//! Every word the command line says, in both languages side by side.
//!
//! Labels, questions and sentences about patients come from the guideline; these are the words around them.

use nw_facts::{Holder, Language, Text};

macro_rules! words {
    ($($name:ident: $en:literal, $nl:literal;)*) => {
        /// One thing to say. `{0}`, `{1}` … stand for what is filled in.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Word { $($name,)* }

        impl Word {
            /// All of them.
            #[cfg(test)]
            const ALL: &[Word] = &[$(Word::$name,)*];

            fn both(self) -> (&'static str, &'static str) {
                match self { $(Word::$name => ($en, $nl),)* }
            }
        }
    };
}

words! {
    // What everything says about itself.
    Disclaimer: "Software and evidence, not a certified medical device: the choice is the MDT's and the patient's.",
        "Software en bewijs, geen gecertificeerd medisch hulpmiddel: de keuze is aan het MDO en de patiënt.";
    GuidelineLine: "Guideline {0}, edition {1}, digest {2}", "Richtlijn {0}, editie {1}, controlegetal {2}";
    NothingConfirmed: "None of the rules used has been confirmed by a clinician.",
        "Geen van de gebruikte regels is door een clinicus bevestigd.";
    SomeUnconfirmed: "{0} of {1} answers rest on rules that no clinician has confirmed.",
        "{0} van {1} antwoorden rusten op regels die geen clinicus heeft bevestigd.";
    AsOf: "as of {0}", "op {0}";
    Months: "January February March April May June July August September October November December",
        "januari februari maart april mei juni juli augustus september oktober november december";

    // The workbench.
    DemoCentre: "Demonstration centre", "Demonstratiecentrum";
    Serving: "The workbench is at {0}; Ctrl-C stops it.", "De werkplek staat op {0}; Ctrl-C stopt haar.";
    FirstLink: "The record has no accounts yet. Make the first administrator here, once: {0}",
        "Het dossier heeft nog geen accounts. Maak hier, één keer, de eerste beheerder: {0}";
    RecordRefused: "the record cannot be opened: {0}", "het dossier kan niet worden geopend: {0}";
    ProviderRefused: "the identity provider cannot be used: {0}; give its issuer with https:// in `--oidc-issuer`",
        "de inlogdienst kan niet worden gebruikt: {0}; geef de uitgever met https:// in `--oidc-issuer`";
    CannotListen: "`{0}` cannot be listened on ({1}); choose another address with `--listen`",
        "op `{0}` kan niet worden geluisterd ({1}); kies een ander adres met `--listen`";

    // Facts from reports.
    PatternFaults: "the patterns of reports have faults:\n  {0}", "de patronen voor verslagen hebben fouten:\n  {0}";
    HookFaults: "the cards of CDS Hooks have faults:\n  {0}", "de kaarten van CDS Hooks hebben fouten:\n  {0}";
    HookSettings: "the settings of CDS Hooks, {0}: {1}", "de instellingen van CDS Hooks, {0}: {1}";
    SmartSettings: "the settings of SMART launches, {0}: {1}", "de instellingen van SMART-starts, {0}: {1}";
    MappingFaults: "the mapping of FHIR has faults:\n  {0}", "de koppeling met FHIR bevat fouten:\n  {0}";
    BundleSaysNothing: "Nothing in it is certain enough to be a fact.", "Niets erin is zeker genoeg voor een gegeven.";
    HeadNotRead: "Not understood: {0} elements of {1} resources", "Niet begrepen: {0} elementen van {1} resources";
    ResearchObjects: "Objects to research and registries{0}: the case file says so, and `deliver` takes it back.",
        "Heeft bezwaar tegen onderzoek en registraties{0}: het casusbestand vermeldt dat, en `deliver` trekt de casus terug.";
    ResearchAgrees: "Has no objection to research and registries{0}.", "Heeft geen bezwaar tegen onderzoek en registraties{0}.";
    ImportProposes: "These are facts of the sender: compare them with the record before you use them.",
        "Dit zijn gegevens van de afzender: vergelijk ze met het dossier voor u ze gebruikt.";
    DeliveryKey: "the key of the pseudonyms is shorter than 32 bytes; name a file that does not exist yet, and one is made",
        "de sleutel van de pseudoniemen is korter dan 32 bytes; noem een bestand dat nog niet bestaat, dan wordt er een gemaakt";
    DeliveryCitizen: "nothing was written: `{0}` would hold a number that can be a citizen service number (BSN); look at the values of this case",
        "niets is geschreven: `{0}` zou een getal bevatten dat een burgerservicenummer (BSN) kan zijn; bekijk de waarden van deze casus";
    Delivered: "{0}: {1} delivered, {2} left out, {3} taken back, in {4}",
        "{0}: {1} geleverd, {2} weggelaten, {3} teruggetrokken, in {4}";
    ReportTooLong: "`{0}` is larger than 64 MB; give one report at a time",
        "`{0}` is groter dan 64 MB; geef één verslag tegelijk";
    ReportNotUtf8: "`{0}` is not text in UTF-8; save it as UTF-8 text", "`{0}` is geen tekst in UTF-8; bewaar het als UTF-8-tekst";
    SaidOnLine: "“{0}”, line {1}", "“{0}”, regel {1}";
    ReportSaysNothing: "no fact is stated here in words that are known", "hier staat geen gegeven in woorden die bekend zijn";
    ReportDisagrees: "The report disagrees with itself: {0}", "Het verslag spreekt zichzelf tegen: {0}";
    HeadHeld: "Not proposed", "Niet voorgesteld";
    HeldDenied: "denied", "ontkend";
    HeldDoubted: "doubted", "betwijfeld";
    HeldAsked: "asked", "gevraagd";
    HeldPlanned: "planned", "gepland";
    HeldPast: "of the past", "van vroeger";
    HeldOther: "of another organ or person", "van een ander orgaan of een ander mens";
    HeldTumour: "tumour {0}", "tumor {0}";
    ExtractProposes: "These are proposals: read the words beside them before you record any.",
        "Dit zijn voorstellen: lees de woorden ernaast voordat u iets vastlegt.";
    // The calendar.
    FormOfDocuments: "this command writes text or json; pdf is for documents, ics is for calendars",
        "deze opdracht schrijft text of json; pdf is voor documenten, ics is voor kalenders";
    CalendarOf: "Calendar of {0}", "Kalender van {0}";
    CalendarFrom: "planned from {0}", "gepland vanaf {0}";
    HeadShifts: "What changed", "Wat er veranderde";
    HeadAppointments: "Appointments", "Afspraken";
    HeadSchedules: "Why these schedules", "Waarom deze schema's";
    HeadNotPlanned: "Not planned", "Niet gepland";
    CalendarDone: "done", "gedaan";
    CalendarByHand: "date chosen", "datum gekozen";
    CalendarDays: "{0} days", "{0} dagen";
    CalendarEmpty: "No schedule holds for this case.", "Voor deze casus geldt geen schema.";
    CalendarRefused: "{0}: refused. {1}", "{0}: geweigerd. {1}";
    CalendarUnconfirmed: "Schedules, windows and rules have not been confirmed by a clinician.",
        "Schema's, vensters en regels zijn niet door een clinicus bevestigd.";
    CalendarNeedsDate: "{0} has no day from which to plan", "{0} heeft geen dag om vanaf te plannen";
    CalendarNeedsDateHelp: "add `as-of: 2026-03-10` to the case, or give `--as-of`",
        "voeg `as-of: 2026-03-10` toe aan de casus, of geef `--as-of`";
    NoSuchScheduleNear: "`{0}` is not a schedule; did you mean `{1}`?", "`{0}` is geen schema; bedoelde u `{1}`?";
    NoSuchSchedule: "`{0}` is not a schedule; expected one of {1}",
        "`{0}` is geen schema; verwacht: een van {1}";
    BadMove: "`{0}` is no move; write EVENT=DATE, for example prrt.course.2=2026-06-09",
        "`{0}` is geen verplaatsing; schrijf AFSPRAAK=DATUM, bijvoorbeeld prrt.course.2=2026-06-09";
    NotACalendar: "`{0}` line {1} is no calendar that this program wrote: {2}",
        "`{0}` regel {1} is geen kalender van dit programma: {2}";
    OneCaseOnly: "`{0}` holds several cases; a move, an earlier calendar, pdf and ics are for one",
        "`{0}` bevat meer casussen; een verplaatsing, een eerdere kalender, pdf en ics zijn voor één";
    // Registries.
    ModelRefused: "the model `{0}` cannot be used: {1}", "het model `{0}` is niet te gebruiken: {1}";
    MappingRefused: "the mapping `{0}` cannot be used: {1}", "de koppeling `{0}` is niet te gebruiken: {1}";
    ColumnUnknown: "`{0}` is no column of a conclusion; expected {1}", "`{0}` is geen kolom van een conclusie; verwacht wordt {1}";
    SynthDone: "{0} invented patients in {1} (figures {2}, start number {3}). None of them exists.",
        "{0} verzonnen patiënten in {1} (cijfers {2}, startgetal {3}). Geen van hen bestaat.";
    BatchDone: "{0} of {1} rows, {2} conclusions each, in {3}", "{0} van {1} rijen, elk {2} conclusies, in {3}";
    CountDone: "{0} of {1} rows counted for {2} conclusions, in {3}",
        "{0} van {1} rijen geteld voor {2} conclusies, in {3}";
    CountMore: "and {0} other answers, of {1} rows", "en {0} andere antwoorden, van {1} rijen";
    BatchTakenUp: "{0} rows were finished by an earlier run.", "{0} rijen waren al klaar door een eerdere uitvoering.";
    BatchRejected: "{0} rows could not be read; the reasons stand in {1}",
        "{0} rijen waren niet te lezen; de redenen staan in {1}";
    BatchWithoutPractice: "What practice says beside the sets is left out of a whole guideline; --only, or --columns conventional,convention with others, asks for it.", "Wat de praktijk naast de verzamelingen zegt, blijft bij een hele richtlijn weg; --only, of --columns conventional,convention met andere, vraagt ernaar.";
    BatchUnread: "Columns that nobody reads: {0}", "Kolommen die niemand leest: {0}";
    ReportForm: "`{0}` has no ending that tells the form of a report; expected `.html` or `.json`",
        "`{0}` eindigt niet op een vorm van een verslag; verwacht wordt `.html` of `.json`";
    ImpactPeople: "Of {0} patients, at least one conclusion must change for {1}, and may change for {2}.",
        "Van {0} patiënten verandert bij {1} zeker ten minste één conclusie, en bij {2} misschien.";
    ImpactConclusion: "{0}: {1} must, {2} may, {3} cannot, {4} cannot be judged",
        "{0}: {1} zeker, {2} misschien, {3} niet, {4} niet te beoordelen";
    ImpactRejected: "{0} rows could not be read under both guidelines; the report says why.",
        "{0} rijen waren niet onder beide richtlijnen te lezen; het verslag zegt waarom.";
    AnalysisRefused: "the analysis `{0}` cannot be used: {1}", "de analyse `{0}` is niet te gebruiken: {1}";
    AnalysisDone: "{0} of {1} rows, {2} indicators, counts below {3} hidden, in {4}",
        "{0} van {1} rijen, {2} indicatoren, aantallen onder {3} verborgen, in {4}";
    ReportWritten: "Written: {0}", "Geschreven: {0}";
    SuggestDone: "{0} columns speak of facts, {1} of them with texts that cannot be read; for {2} columns no fact was found. Look at every entry before it is used.",
        "{0} kolommen spreken over gegevens, {1} daarvan met teksten die niet te lezen zijn; voor {2} kolommen is geen gegeven gevonden. Bekijk elke regel voordat hij wordt gebruikt.";

    // Headings of an assessment.
    GroupOther: "Other", "Overig";
    HeadContradictions: "Facts that contradict each other", "Gegevens die elkaar tegenspreken";
    HeadClashes: "Conventions that contradict each other", "Afspraken die elkaar tegenspreken";
    GivesWayTo: "gives way to", "wijkt voor";
    AndTo: "and", "en";
    ClashConcerns: "for {0}", "voor {0}";
    HeadUntouched: "Open, nothing recorded yet", "Open, nog niets vastgelegd";
    UntouchedTexts: "by convention a text each, told with --verbose",
        "volgens afspraak elk een tekst, te lezen met --verbose";
    UntouchedNothing: "and {0} of which practice says nothing, or that they do not apply: named with --verbose",
        "en {0} waarvan de afspraak niets zegt, of dat ze niet van toepassing zijn: genoemd met --verbose";
    HeadOutside: "Does not apply", "Niet van toepassing";
    HeadNotes: "Notes", "Opmerkingen";
    HeadQuestions: "Ask next", "Vraag hierna";

    // Lines of an assessment.
    Or: "or", "of";
    And: "and", "en";
    Stage: "stage", "stadium";
    Nothing: "nothing", "niets";
    NotMentioned: "not mentioned, so taken as this", "niet vermeld, dus zo genomen";
    Computed: "computed", "berekend";
    DoesNotApply: "does not apply", "niet van toepassing";
    InConflict: "in conflict", "in tegenspraak";
    ConflictBetween: "conflict between", "tegenspraak tussen";
    ByConvention: "by convention", "volgens afspraak";
    AlsoPossible: "without it possible, too:", "zonder afspraak ook mogelijk:";
    ManyConventions: "{0} and {1} more, see explain", "{0} en nog {1}, zie explain";
    SettledBy: "settled by {0}", "beslist door {0}";
    Settles: "settles {0}", "beslist {0}";
    Helps: "helps with {0}", "helpt bij {0}";
    MoreQuestions: "{0} more with --verbose", "nog {0} met --verbose";
    ContradictsItself: "its observations cannot be true together", "de waarnemingen kunnen niet samen waar zijn";
    ContradictTogether: "these facts cannot be true together", "deze gegevens kunnen niet samen waar zijn";
    NoteLater: "`{0}` ({1}) is later than the date of the assessment and was left out",
        "`{0}` ({1}) is van na de datum van de beoordeling en is weggelaten";
    NoteReadAs: "`{0}` was written as {1} and read as {value}", "`{0}` was geschreven als {1} en is gelezen als {value}";
    NoteReadInto: "`{0}` was written as {1} and read as `{2}` {value}",
        "`{0}` was geschreven als {1} en is gelezen als `{2}` {value}";
    Progress: "{0} cases", "{0} casussen";

    // Looking after the record.
    BackupExists: "`{0}` exists already; name a file that does not", "`{0}` bestaat al; noem een bestand dat er nog niet is";
    BackupDone: "Backup written to {0}: {1} rows.", "Reservekopie geschreven naar {0}: {1} rijen.";
    BackupKeepSafe: "It holds every record; keep it as safe as the database.",
        "Alle dossiers staan erin; bewaar hem even veilig als de database.";
    RestoreDone: "Restored from {0}: {1} rows. The audit log in it holds.",
        "Teruggezet uit {0}: {1} rijen. Het logboek erin klopt.";
    AuditAnchor: "End of the audit log (write it down elsewhere): {0}",
        "Einde van het logboek (schrijf het elders op): {0}";
    AuditHolds: "The audit log holds: {0} entries, none altered, none missing.",
        "Het logboek klopt: {0} regels, geen veranderd, geen ontbreekt.";
    AuditBroken: "The audit log does not hold: {0} entries read, {1} findings. Keep the database as it is, tell who is responsible for it, and compare it with a backup.",
        "Het logboek klopt niet: {0} regels gelezen, {1} bevindingen. Laat de database zoals zij is, waarschuw wie ervoor verantwoordelijk is, en vergelijk haar met een reservekopie.";
    AuditAltered: "entry {0}: altered", "regel {0}: veranderd";
    AuditMissing: "entry {0}: missing", "regel {0}: ontbreekt";
    AuditUnlinked: "entry {0}: does not follow on the one before it", "regel {0}: volgt niet op de vorige";
    AuditBeyond: "entry {0}: stands after the end of the log", "regel {0}: staat na het einde van het logboek";
    AuditHead: "entry {0}: is not the end that was noted", "regel {0}: is niet het einde dat was genoteerd";
    AuditSeal: "entry {0}: the seal of the end does not fit the key", "regel {0}: het zegel van het einde past niet bij de sleutel";
    AuditOffAnchor: "entry {0}: the log does not pass the anchor", "regel {0}: het logboek gaat niet langs het anker";

    // Explanations.
    HeadBecause: "Because", "Omdat";
    HeadConvention: "By convention", "Volgens afspraak";
    HeadSettle: "What would settle it", "Wat het zou beslissen";
    HeadExamples: "What it would be", "Wat het zou worden";
    HeadSufficient: "Enough to force it (drop any of these and it is open)",
        "Genoeg om het af te dwingen (laat er één weg en het is open)";
    HeadChange: "Smallest change that would alter it", "Kleinste verandering die het anders zou maken";
    StillPossible: "still possible: {0}", "nog mogelijk: {0}";
    RowAsks: "the row asks {0}", "de rij vraagt {0}";
    OtherThan: "other than {0}", "anders dan {0}";
    NotKnown: "not known", "niet bekend";
    NotDone: "not done", "niet gedaan";
    When: "when", "bij";
    Source: "source", "bron";
    MarkVerified: "seen in the source", "gezien in de bron";
    MarkGeneral: "general knowledge, to be confirmed in the source", "algemene kennis, nog na te gaan in de bron";
    MarkDesign: "a rule of design, not a clinical fact", "een ontwerpregel, geen klinisch feit";
    ConfirmedBy: "confirmed by {0}, {1}, on {2}", "bevestigd door {0}, {1}, op {2}";
    NoLongerHolds: "no longer holds", "geldt niet meer";
    RowEdited: "the row was edited since", "de rij is sindsdien gewijzigd";
    SourceEdited: "source `{0}` was edited since", "bron `{0}` is sindsdien gewijzigd";
    NotConfirmed: "not confirmed by a clinician", "niet bevestigd door een clinicus";

    // Asking.
    AskWelcome: "One question at a time, the most useful first.", "Eén vraag tegelijk, de nuttigste eerst.";
    AskKeys: "Enter skips · unknown and not-done are answers, too · ? shows the values · undo takes back · done ends",
        "Enter slaat over · onbekend en niet-gedaan zijn ook antwoorden · ? toont de waarden · terug neemt terug · klaar stopt";
    AskNothingLeft: "Nothing is left to ask.", "Er is niets meer te vragen.";
    AskSettles: "settles {0}", "beslist er {0}";
    AskHelps: "helps with {0}", "helpt bij {0}";
    ExpectNumber: "number {0}", "getal {0}";
    HelpNumber: "a number in {0} from {1} to {2}, a range (3-5) or a limit (<2); other units of the same kind are converted",
        "een getal in {0} van {1} tot {2}, een bereik (3-5) of een grens (<2); andere eenheden van dezelfde soort worden omgerekend";
    Saved: "saved as {0}", "bewaard als {0}";
    FileExists: "`{0}` exists already; give another name, or start from that file",
        "`{0}` bestaat al; geef een andere naam, of begin met dat bestand";

    // Confirming.
    AboutWhom: "about: {0}", "over: {0}";
    ConfirmNeedsFolder: "confirmations are kept in a knowledge folder; name it with --guideline DIR",
        "bevestigingen worden in een kennismap bewaard; noem die met --guideline MAP";
    ConfirmNeedsName: "a confirmation needs a name and a role; add {0}",
        "een bevestiging heeft een naam en een rol nodig; voeg {0} toe";
    ConfirmAsk: "Confirm these {0} rows as {1}, {2}? [y/N]", "Deze {0} rijen bevestigen als {1}, {2}? [j/N]";
    ConfirmDone: "confirmed {0} rows in {1}", "{0} rijen bevestigd in {1}";
    ConfirmUnanswered: "nobody answered, so nothing was written; --yes confirms without asking",
        "niemand antwoordde, dus er is niets geschreven; --yes bevestigt zonder te vragen";
    NothingWritten: "nothing was written", "er is niets geschreven";
    WithdrawAsk: "Withdraw these {0} confirmations? [y/N]", "Deze {0} bevestigingen intrekken? [j/N]";
    WithdrawDone: "withdrew {0} confirmations in {1}", "{0} bevestigingen ingetrokken in {1}";
    NothingToWithdraw: "nothing is confirmed under `{0}`; `confirm --list` shows what is",
        "onder `{0}` is niets bevestigd; `confirm --list` toont wat wel";
    NoSuchChapter: "`{0}` is not a chapter with tables{1}", "`{0}` is geen hoofdstuk met tabellen{1}";
    NoSuchTable: "`{0}` is not a table{1}", "`{0}` is geen tabel{1}";
    NoSuchRow: "`{0}` is not a row of it{1}", "`{0}` is er geen rij van{1}";
    ConfirmedOf: "{0} of {1} rows confirmed", "{0} van {1} rijen bevestigd";
    EditedSince: "{0} edited since", "{0} sindsdien gewijzigd";
    HeadEdited: "Confirmed, and edited since", "Bevestigd, en sindsdien gewijzigd";
    HeadLost: "Confirmed, and not in the guideline", "Bevestigd, en niet in de richtlijn";

    SiteNeedsFolder: "a site is a folder of files; name it with --out DIR",
        "een site is een map met bestanden; noem die met --out MAP";
    SiteWritten: "wrote {0} files; begin at {1}", "{0} bestanden geschreven; begin bij {1}";
    Exported: "wrote {0}", "{0} geschreven";

    // The dictionary.
    HeadFacts: "Facts ({0} of {1})", "Gegevens ({0} van {1})";
    HeadConclusions: "Conclusions ({0} of {1})", "Conclusies ({0} van {1})";
    StepOnTheWay: "a step on the way", "een tussenstap";
    KindCount: "count", "aantal";
    KindDate: "date", "datum";
    Adopted: "adopted", "overgenomen";
    NotAdopted: "not adopted", "niet overgenomen";
    DiscrepancyCount: "{0} differences in and between sources; statements of each mapped source:",
        "{0} verschillen in en tussen bronnen; uitspraken van elke bron op de kaart:";
    StillOpen: "Still open", "Nog open";
    MayHold: "and {0} more may hold: explain {1}", "en misschien nog {0}: explain {1}";
    EveryPatient: "every patient", "elke patiënt";
    DiffNone: "Both guidelines give every possible patient the same answers.",
        "Beide richtlijnen geven elke mogelijke patiënt dezelfde antwoorden.";
    DiffMore: "and more: these are the first {0} regions", "en meer: dit zijn de eerste {0} gebieden";
    DiffLostWorlds: "Patients who can no longer exist", "Patiënten die niet meer kunnen bestaan";
    DiffNewWorlds: "Patients who can exist now", "Patiënten die nu kunnen bestaan";
    DiffLostConclusions: "Conclusions that are gone", "Conclusies die weg zijn";
    DiffNewConclusions: "New conclusions", "Nieuwe conclusies";
    DiffRedeclared: "Declared differently, so not compared", "Anders vastgelegd, dus niet vergeleken";
    RowsEdited: "Edited rows ({0})", "Gewijzigde rijen ({0})";
    RowsNew: "New rows ({0})", "Nieuwe rijen ({0})";
    RowsLost: "Rows that are gone ({0})", "Rijen die weg zijn ({0})";
    SourcesEdited: "Edited sources, with the rows that rest on them", "Gewijzigde bronnen, met de rijen die erop rusten";
    RowsRest: "{0} rows", "{0} rijen";
    AndMore: "and {0} more", "en nog {0}";
    DiffTooLarge: "The comparison grew too large and is not complete.",
        "De vergelijking werd te groot en is niet volledig.";
    HeadDue: "To be done again", "Opnieuw te doen";
    Overdue: "overdue since", "te laat sinds";
    DueNow: "due", "nu aan de beurt";
    DueLater: "due", "aan de beurt";
    DueUndated: "the day to count from is not recorded", "de dag om vanaf te tellen ontbreekt";
    DuePerhaps: "if at all: what is open decides", "als het al nodig is: wat openstaat beslist";
    KindChoice: "choice", "keuze";
    KindYesNo: "yes or no", "ja of nee";
    AlsoIn: "also in: {0}", "ook in: {0}";
    ReadInto: "{0} is read as {1}", "{0} wordt gelezen als {1}";
    BareNumber: "a number without unit", "een getal zonder eenheid";
    PresumedLine: "not mentioned means {0}", "niet vermeld betekent {0}";
    UnlessLine: "but nothing is presumed with {0}", "maar er wordt niets aangenomen bij {0}";
    NotDoneIsState: "not done is an answer of its own", "niet gedaan is een eigen antwoord";
    AlsoCalled: "also called {0}", "ook genoemd {0}";
    NothingFound: "no fact or conclusion contains `{0}`{1}", "geen gegeven of conclusie bevat `{0}`{1}";

    // Leaflets.
    NoTexts: "this guideline has no texts for patients; they stand in `leaflets/` of its folder",
        "deze richtlijn heeft geen teksten voor patiënten; die staan in `leaflets/` van haar map";
    NoSuchDocument: "`{0}` is not a document; expected one of {1}{2}", "`{0}` is geen document; verwacht: een van {1}{2}";
    NoSuchTopic: "`{0}` is not a topic of `{1}`; expected one of {2}{3}",
        "`{0}` is geen onderwerp van `{1}`; verwacht: een van {2}{3}";
    NoSuchPart: "`{0}` holds no texts; expected one of {1}{2}, with `/` and a topic",
        "`{0}` heeft geen teksten; verwacht: een van {1}{2}, met `/` en een onderwerp";
    OneDocumentOnly: "a second document follows, and standard output takes one; name a folder with `--out`",
        "er volgt een tweede document, en standaarduitvoer neemt er één; noem een map met `--out`";
    NotOnTerminal: "a PDF is nothing to read on a terminal; name a folder with `--out`, or send it to a file",
        "een PDF is niet te lezen op een terminal; noem een map met `--out`, of stuur hem naar een bestand";
    CannotTypeset: "a document cannot be made: {0}", "een document kan niet worden gemaakt: {0}";

    // Checking.
    CheckCounts: "{0} tables, {1} rows, {2} cells; {3} facts, {4} conclusions, {5} cases",
        "{0} tabellen, {1} rijen, {2} cellen; {3} gegevens, {4} conclusies, {5} casussen";
    CheckFine: "no errors, no warnings", "geen fouten, geen waarschuwingen";
    CheckWarnings: "no errors, {0} warnings", "geen fouten, {0} waarschuwingen";
    CheckErrors: "{0} errors, {1} warnings", "{0} fouten, {1} waarschuwingen";
    CheckTook: "{0} ms", "{0} ms";
    SizeLine: "{0} nodes, {1} facts", "{0} knopen, {1} gegevens";
    ReadingHead: "Texts for patients: {0} modules", "Teksten voor patiënten: {0} modules";
    ReadingLine: "{0} words, {1} per sentence (longest {2}), {3} % of sentences up to 15 words, {4} % passive, {5} % long words",
        "{0} woorden, {1} per zin (langste {2}), {3} % van de zinnen tot 15 woorden, {4} % lijdend, {5} % lange woorden";
    ReadingHardest: "Hardest sentences", "Moeilijkste zinnen";
    ReadingWords: "{0} words", "{0} woorden";
    ReadingGates: "{0} of {1} gates are not passed; netwijzer check names them",
        "{0} van {1} grenzen zijn niet gehaald; netwijzer check noemt ze";
    LevelError: "error", "fout";
    LevelWarning: "warning", "waarschuwing";
    Patient: "patient", "patiënt";
    Help: "help", "hulp";
    File: "file", "bestand";
    Watching: "watching; Ctrl-C stops", "ik kijk mee; Ctrl-C stopt";
    WatchNeedsFolder: "--watch needs a folder to watch: add --guideline DIR", "--watch heeft een map nodig: voeg --guideline MAP toe";
    KnowledgeRefused: "the guideline has errors and is not used for patients; see netwijzer check",
        "de richtlijn bevat fouten en wordt niet voor patiënten gebruikt; zie netwijzer check";

    // The page without a command.
    StartHeading: "Start here", "Begin hier";
    StartAsk: "answer the most useful questions one by one", "beantwoord de nuttigste vragen één voor één";
    StartAssess: "every conclusion about a case file", "elke conclusie over een casusbestand";
    StartExplain: "why, down to the source", "waarom, tot aan de bron";
    StartFacts: "what can be written in a case file", "wat er in een casusbestand kan staan";
    StartHelp: "all commands and options", "alle commando's en opties";
    StartCase: "A case file looks like this", "Een casusbestand ziet er zo uit";

    // Help and usage.
    HelpUsage: "Usage", "Gebruik";
    HelpCommands: "Commands", "Commando's";
    HelpArguments: "Arguments", "Argumenten";
    HelpOptions: "Options", "Opties";
    TryHelp: "For more, try netwijzer --help", "Meer met netwijzer --help";
    DidYouMean: "; did you mean `{0}`?", "; bedoelde u `{0}`?";
    NoSuchCommand: "`{0}` is not a command; expected one of {1}", "`{0}` is geen commando; verwacht: een van {1}";
    NoSuchOption: "`{0}` is not an option here", "`{0}` is hier geen optie";
    OptionNeedsValue: "`{0}` needs a value", "`{0}` heeft een waarde nodig";
    BadOptionValue: "`{0}` is not a value of `{1}`; expected {2}", "`{0}` is geen waarde van `{1}`; verwacht: {2}";
    MissingArgument: "missing: `{0}`", "er ontbreekt: `{0}`";
    BadDateOption: "`{0}` is not a date for `{1}`; write it as YYYY-MM-DD, for example 2026-03-10",
        "`{0}` is geen datum voor `{1}`; schrijf JJJJ-MM-DD, bijvoorbeeld 2026-03-10";
    NoSuchConvention: "`{0}` is not a convention; expected one of {1}", "`{0}` is geen afspraak; verwacht: een van {1}";
    NoSuchConventionNear: "`{0}` is not a convention; did you mean `{1}`?", "`{0}` is geen afspraak; bedoelde u `{1}`?";
    NoSuchConclusion: "`{0}` is not a conclusion; netwijzer facts lists them all",
        "`{0}` is geen conclusie; netwijzer facts toont ze allemaal";
    NoSuchConclusionNear: "`{0}` is not a conclusion; did you mean `{1}`?", "`{0}` is geen conclusie; bedoelde u `{1}`?";
    NoManual: "`{0}` is not a command{1}", "`{0}` is geen commando{1}";
    NoSuchFolder: "`{0}` is not a knowledge folder; expected one that holds guidelines and vocabulary",
        "`{0}` is geen kennismap; verwacht: een map met guidelines en vocabulary";
    KnowledgeNotUtf8: "`{0}` is not UTF-8 text; save it as UTF-8", "`{0}` is geen UTF-8-tekst; bewaar het als UTF-8";
    WorldFailed: "`{0}` cannot be read or written: {1}", "`{0}` kan niet worden gelezen of geschreven: {1}";
    OutputFailed: "the output cannot be written: {0}", "de uitvoer kan niet worden geschreven: {0}";

    // Case files.
    KindNothing: "nothing", "niets";
    KindText: "one value", "één waarde";
    KindList: "a list", "een lijst";
    KindMap: "a map", "een lijst van sleutels met waarden";
    NoCases: "`{0}` holds no case files", "`{0}` bevat geen casusbestanden";
    NoCasesHelp: "case files end in .yaml, .yml, .json, .jsonl or .ndjson",
        "casusbestanden eindigen op .yaml, .yml, .json, .jsonl of .ndjson";
    NoReports: "`{0}` holds no reports; these end in {1}", "`{0}` bevat geen verslagen; die eindigen op {1}";
    NoSuchFile: "`{0}` does not exist{1}", "`{0}` bestaat niet{1}";
    NoSuchFileHelp: "give a case file, a folder of case files, or - for standard input",
        "geef een casusbestand, een map met casusbestanden, of - voor standaardinvoer";
    EmptyFile: "there is no case here", "hier staat geen casus";
    EmptyFileHelp: "a case has at least `facts:`; netwijzer without a command shows an example",
        "een casus heeft minstens `facts:`; netwijzer zonder commando toont een voorbeeld";
    NotACase: "`{0}` is not a case", "`{0}` is geen casus";
    NotACaseHelp: "expected the keys `case`, `as-of` and `facts`; write several cases as YAML documents separated by `---` or as JSON Lines",
        "verwacht: de sleutels `case`, `as-of` en `facts`; schrijf meer casussen als YAML-documenten gescheiden door `---` of als JSON Lines";
    BadResearch: "`{0}` is not what a patient says of research and registries", "`{0}` is niet wat een patiënt van onderzoek en registraties zegt";
    BadResearchHelp: "write `research: objects` or `research: agrees`, or leave it out when nothing was said",
        "schrijf `research: objects` (bezwaar) of `research: agrees` (geen bezwaar), of laat het weg als er niets is gezegd";
    MissingFacts: "the case has no `facts`", "de casus heeft geen `facts`";
    MissingFactsHelp: "write `facts:` and below it one fact on each line; `facts: {}` when nothing is known",
        "schrijf `facts:` en daaronder één gegeven per regel; `facts: {}` als niets bekend is";
    UnknownKey: "`{0}` is not a key here", "`{0}` is hier geen sleutel";
    UnknownKeyHelp: "expected one of {0}", "verwacht: een van {0}";
    UnknownKeyNear: "expected one of {0}; did you mean `{1}`?", "verwacht: een van {0}; bedoelde u `{1}`?";
    UnknownKeyFact: "`{0}` is a fact: write it below `facts`", "`{0}` is een gegeven: schrijf het onder `facts`";
    WrongKind: "`{0}` holds {1}", "`{0}` bevat {1}";
    WrongKindHelp: "expected {0}", "verwacht: {0}";
    BadDate: "`{0}` is not a date for `{1}`", "`{0}` is geen datum voor `{1}`";
    BadDateHelp: "expected YYYY-MM-DD, for example 2026-03-10", "verwacht: JJJJ-MM-DD, bijvoorbeeld 2026-03-10";
    UnknownFact: "`{0}` is not a fact", "`{0}` is geen gegeven";
    UnknownFactHelp: "expected an id from the dictionary; netwijzer facts lists them all",
        "verwacht: een id uit het woordenboek; netwijzer facts toont ze allemaal";
    UnknownFactNear: "expected an id from the dictionary; did you mean `{0}`?",
        "verwacht: een id uit het woordenboek; bedoelde u `{0}`?";
    IsAConclusion: "`{0}` is a conclusion, not a fact", "`{0}` is een conclusie, geen gegeven";
    IsAConclusionHelp: "conclusions are drawn from facts; what others classified goes into a fact `reported.…`",
        "conclusies worden uit gegevens getrokken; wat anderen classificeerden hoort in een gegeven `reported.…`";
    MissingValue: "an observation of `{0}` has no `value`", "een waarneming van `{0}` heeft geen `value`";
    MissingValueHelp: "expected {value: …, date: YYYY-MM-DD, origin: …}; write `value: unknown` when it is not known",
        "verwacht: {value: …, date: JJJJ-MM-DD, origin: …}; schrijf `value: unknown` als het niet bekend is";
    EmptyList: "`{0}` holds an empty list", "`{0}` bevat een lege lijst";
    EmptyListHelp: "write the alternatives, or `unknown`", "schrijf de mogelijkheden, of `unknown` (onbekend)";
    StateInList: "`{0}` cannot be one of several alternatives", "`{0}` kan niet een van meer mogelijkheden zijn";
    StateInListHelp: "a list holds values only; write `unknown` or `not-done` on its own",
        "een lijst bevat alleen waarden; schrijf `unknown` (onbekend) of `not-done` (niet gedaan) apart";
    ReadingInList: "`{0}` needs another denominator and cannot stand in a list",
        "`{0}` heeft een andere noemer nodig en kan niet in een lijst staan";
    ReadingInListHelp: "write the count and the area as facts of their own",
        "schrijf het aantal en de oppervlakte als eigen gegevens";
    CommaInList: "`{0}` can mean one number or two", "`{0}` kan één getal of twee getallen betekenen";
    CommaInListHelp: "write a decimal point, or quotes around the number; two values have a space after the comma",
        "schrijf een decimale punt, of aanhalingstekens om het getal; twee waarden hebben een spatie na de komma";
    DuplicateKey: "`{0}` stands here a second time; the first is on line {1}", "`{0}` staat hier voor de tweede keer; de eerste staat op regel {1}";
    DuplicateKeyHelp: "keep one, or write several observations as a list of {value: …, date: …}",
        "houd er één over, of schrijf meer waarnemingen als een lijst van {value: …, date: …}";
    BadYaml: "cannot read on at `{0}`: {1}", "kan niet verder lezen bij `{0}`: {1}";
    BadYamlHelp: "expected YAML; check indentation, quotes and brackets, and that the file is complete",
        "verwacht: YAML; kijk naar inspringen, aanhalingstekens en haakjes, en of het bestand compleet is";
    BadJson: "cannot read on at `{0}`: {1}", "kan niet verder lezen bij `{0}`: {1}";
    BadJsonHelp: "expected JSON; check quotes, commas and brackets, and that the file is complete",
        "verwacht: JSON; kijk naar aanhalingstekens, komma's en haakjes, en of het bestand compleet is";
    AliasInside: "an alias stands inside its own anchor", "een alias staat in zijn eigen anker";
    TwoDocuments: "a second document begins here without `---` on a line of its own",
        "hier begint een tweede document zonder `---` op een eigen regel";
    TwoDocumentsHelp: "put `---` at the start of a line between two cases", "zet `---` aan het begin van een regel tussen twee casussen";
    YamlTag: "`{0}` is a YAML tag", "`{0}` is een YAML-tag";
    YamlTagHelp: "write the value alone; the fact decides what kind of value it is",
        "schrijf alleen de waarde; het gegeven bepaalt wat voor waarde het is";
    KeyNotText: "a key here is a list or a map", "een sleutel is hier een lijst of bevat zelf sleutels";
    KeyNotTextHelp: "expected the id of a fact", "verwacht: het id van een gegeven";
    TooDeep: "the file is nested too deeply", "het bestand is te diep genest";
    TooDeepHelp: "a case needs at most four levels: facts, a fact, its observations, a value",
        "een casus heeft hoogstens vier niveaus: facts, een gegeven, zijn waarnemingen, een waarde";
    TooManyValues: "the case holds more than {0} values, aliases counted", "de casus bevat meer dan {0} waarden, aliassen meegeteld";
    TooManyValuesHelp: "write one patient in each case, without aliases that repeat each other",
        "schrijf één patiënt per casus, zonder aliassen die elkaar herhalen";
    TooLarge: "the case is larger than {0} MB", "de casus is groter dan {0} MB";
    TooLargeHelp: "write one patient in each case; many patients go into JSON Lines or YAML documents separated by `---`",
        "schrijf één patiënt per casus; veel patiënten passen in JSON Lines of YAML-documenten gescheiden door `---`";
    LineTooLong: "the line is longer than {0} MB", "de regel is langer dan {0} MB";
    LineTooLongHelp: "write one patient on each line", "schrijf één patiënt per regel";
    NotText: "this is not a text file", "dit is geen tekstbestand";
    NotTextHelp: "expected YAML or JSON as UTF-8 text; a spreadsheet, PDF or UTF-16 file must be saved as such first",
        "verwacht: YAML of JSON als UTF-8-tekst; bewaar een spreadsheet, pdf of UTF-16-bestand eerst zo";
    NotUtf8: "the text near `{0}` is not UTF-8", "de tekst bij `{0}` is geen UTF-8";
    NotUtf8Help: "save the file as UTF-8; it looks like Latin-1 or Windows-1252",
        "bewaar het bestand als UTF-8; het lijkt Latin-1 of Windows-1252";
}

/// Holders of answers, in the order of [`Holder::ALL`].
const HOLDERS: [(&str, &str); 10] = [
    ("pathology", "pathologie"),
    ("radiology", "radiologie"),
    ("nuclear medicine", "nucleaire geneeskunde"),
    ("laboratory", "laboratorium"),
    ("endoscopy", "endoscopie"),
    ("surgery", "chirurgie"),
    ("clinic", "behandelend arts"),
    ("genetics", "klinische genetica"),
    ("patient", "patiënt"),
    ("registry", "registratie"),
];

/// Who usually knows, in a language.
pub(crate) fn holder(holder: Holder, language: Language) -> &'static str {
    let at = Holder::ALL.iter().position(|(h, _)| *h == holder).expect("every holder is listed");
    pick(language, HOLDERS[at])
}

fn pick(language: Language, (en, nl): (&'static str, &'static str)) -> &'static str {
    match language {
        Language::En => en,
        Language::Nl => nl,
    }
}

/// A word without holes.
pub(crate) fn say(language: Language, word: Word) -> &'static str {
    pick(language, word.both())
}

/// A word with its holes filled.
pub(crate) fn fill(language: Language, word: Word, parts: &[&str]) -> String {
    filled(say(language, word), parts)
}

/// A word in both languages, with the same parts.
pub(crate) fn both(word: Word, parts: &[&str]) -> Text {
    let (en, nl) = word.both();
    Text::new(filled(en, parts), filled(nl, parts))
}

/// A word in both languages, whose last holes are words themselves.
pub(crate) fn both_words(word: Word, parts: &[&str], words: &[Word]) -> Text {
    let in_language = |language: Language| {
        let all: Vec<&str> = parts.iter().copied().chain(words.iter().map(|w| say(language, *w))).collect();
        fill(language, word, &all)
    };
    Text::new(in_language(Language::En), in_language(Language::Nl))
}

/// Fills from left to right in one pass, so that a part which holds `{1}` itself is left alone.
fn filled(pattern: &str, parts: &[&str]) -> String {
    let mut text = String::new();
    let mut rest = pattern;
    while let Some(open) = rest.find('{') {
        text.push_str(&rest[..open]);
        let tail = &rest[open..];
        let hole = tail.find('}').and_then(|close| Some((tail[1..close].parse::<usize>().ok()?, close)));
        match hole {
            Some((at, close)) => {
                text.push_str(parts.get(at).copied().unwrap_or_default());
                rest = &tail[close + 1..];
            }
            None => {
                text.push('{');
                rest = &tail[1..];
            }
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holes(text: &str) -> Vec<char> {
        let mut found: Vec<char> = text
            .match_indices('{')
            .filter_map(|(i, _)| text[i + 1..].chars().next())
            .filter(char::is_ascii_digit)
            .collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn both_languages_are_filled_and_have_the_same_holes() {
        assert!(Word::ALL.len() > 150);
        for word in Word::ALL {
            let (en, nl) = word.both();
            assert!(!en.trim().is_empty() && !nl.trim().is_empty(), "{word:?}");
            assert_eq!(holes(en), holes(nl), "{word:?}");
        }
    }

    #[test]
    fn parts_are_filled_once() {
        assert_eq!(filled("`{0}` and {1}{2}", &["{1}", "b"]), "`{1}` and b");
        assert_eq!(filled("expected {value: …}", &[]), "expected {value: …}");
    }
}
