//! The Dutch twins of the help texts of the command line, and of the names of its values.

/// Every help text with its Dutch twin; a test sees that none is missing.
pub(crate) const DUTCH: &[(&str, &str)] = &[
    (
        "Netwijzer makes the guideline for neuroendocrine tumours computable, checked and explainable",
        "Netwijzer maakt de richtlijn voor neuro-endocriene tumoren berekenbaar, gecontroleerd en uitlegbaar",
    ),
    ("Print the version", "Toon de versie"),
    ("Print help", "Toon hulp"),
    (
        "Language of all texts: nl or en; without it LC_ALL or LANG decides",
        "Taal van alle teksten: nl of en; zonder deze optie beslist LC_ALL of LANG",
    ),
    (
        "Form of the output: text for people or json (one object per line) for programs",
        "Vorm van de uitvoer: text voor mensen of json (één object per regel) voor programma's",
    ),
    (
        "Use the guideline in this knowledge folder instead of the one inside the program",
        "Gebruik de richtlijn in deze kennismap in plaats van die in het programma",
    ),
    (
        "Assess as of this date (YYYY-MM-DD); goes before the date in the case file",
        "Beoordeel op deze datum (JJJJ-MM-DD); gaat voor de datum in het casusbestand",
    ),
    (
        "Use only what was known by this date (YYYY-MM-DD)",
        "Gebruik alleen wat op deze datum bekend was (JJJJ-MM-DD)",
    ),
    ("Switch off one convention; may be repeated", "Zet één conventie uit; mag herhaald worden"),
    ("Switch off all conventions", "Zet alle conventies uit"),
    ("Colours: auto, always or never", "Kleuren: auto, always (altijd) of never (nooit)"),
    (
        "Draw every conclusion from the facts of one or more cases",
        "Trek elke conclusie uit de gegevens van een of meer casussen",
    ),
    (
        "Case files (YAML, JSON, JSON Lines), folders, or - for standard input",
        "Casusbestanden (YAML, JSON, JSON Lines), mappen, of - voor standaardinvoer",
    ),
    (
        "Also show steps on the way, what does not apply, and all questions",
        "Toon ook tussenstappen, wat niet van toepassing is, en alle vragen",
    ),
    (
        "Only this conclusion, or all that start so (tumour.*); may be repeated, or several with commas",
        "Alleen deze conclusie, of alle die zo beginnen (tumour.*); mag herhaald worden, of meer met komma's",
    ),
    (
        "Only count how many rows have each answer: on the terminal, or as a table in --out",
        "Alleen tellen hoeveel rijen elk antwoord hebben: op de terminal, of als tabel in --out",
    ),
    (
        "Only these columns of each conclusion: value, status, possible, conventional, convention, because; without it all, but of a whole guideline (no --only) not what practice says",
        "Alleen deze kolommen van elke conclusie: value, status, possible, conventional, convention, because; zonder deze optie alle, maar van een hele richtlijn (geen --only) niet wat de praktijk zegt",
    ),
    (
        "Also assess with the guideline in this folder, or shipped for the one inside the program; may be repeated",
        "Beoordeel ook met de richtlijn in deze map, of shipped voor die in het programma; mag herhaald worden",
    ),
    (
        "Ask the next best question until everything is settled or nobody knows more",
        "Stel steeds de beste volgende vraag tot alles vaststaat of niemand meer weet",
    ),
    ("Case file to start from", "Casusbestand om mee te beginnen"),
    ("Write the answers to this case file", "Schrijf de antwoorden naar dit casusbestand"),
    (
        "Show why a conclusion is as it is, down to the source",
        "Laat zien waarom een conclusie is zoals zij is, tot aan de bron",
    ),
    ("Case file, or - for standard input", "Casusbestand, of - voor standaardinvoer"),
    ("The conclusion, for example tumour.grade", "De conclusie, bijvoorbeeld tumour.grade"),
    (
        "Make what a patient takes home, from one or more cases: only what holds for them; --format text, json, html or pdf",
        "Maak wat een patiënt meeneemt, uit een of meer casussen: alleen wat voor hen geldt; --format text, json, html of pdf",
    ),
    (
        "Which document: personal, decision-aid, examinations and others that the texts name",
        "Welk document: personal, decision-aid, examinations en andere die de teksten noemen",
    ),
    (
        "The text of a topic for nobody in particular: medicine/prrt, or medicine for all of them; may be repeated",
        "De tekst van een onderwerp voor niemand in het bijzonder: medicine/prrt, of medicine voor alle; mag herhaald worden",
    ),
    ("In large letters", "In grote letters"),
    ("Write one file for each case to this folder", "Schrijf één bestand voor elke casus naar deze map"),
    (
        "Plan injections, courses, tests, scans and visits by the rules; --format text, json, ics, html or pdf",
        "Plan injecties, kuren, onderzoeken, scans en bezoeken volgens de regels; --format text, json, ics, html of pdf",
    ),
    (
        "Also plan this schedule, from --from on; may be repeated",
        "Plan ook dit schema, vanaf --from; mag herhaald worden",
    ),
    (
        "The first day on which anything new is planned (YYYY-MM-DD); without it the day of the assessment",
        "De eerste dag waarop iets nieuws wordt gepland (JJJJ-MM-DD); zonder deze optie de dag van de beoordeling",
    ),
    (
        "Move an appointment, for example prrt.course.2=2026-06-09; what depends on it follows; may be repeated",
        "Verplaats een afspraak, bijvoorbeeld prrt.course.2=2026-06-09; wat ervan afhangt volgt; mag herhaald worden",
    ),
    (
        "Bring this calendar up to date (a file that --format json wrote)",
        "Werk deze kalender bij (een bestand dat --format json schreef)",
    ),
    (
        "With --format ics: cancel every appointment that is planned",
        "Met --format ics: zeg elke geplande afspraak af",
    ),
    (
        "Settings of the hospital: name, telephone, logo, closed days, its calendar (docs/hospital.example.toml)",
        "Instellingen van het ziekenhuis: naam, telefoon, logo, gesloten dagen, zijn kalender (docs/hospital.example.toml)",
    ),
    (
        "Make what the tumour board writes and asks, from one or more cases; --format text, json, html or pdf",
        "Maak wat het tumoroverleg schrijft en vraagt, uit een of meer casussen; --format text, json, html of pdf",
    ),
    (
        "mdt: the letter with the decision; summary: the case on one page; requests: what is asked of whom",
        "mdt: de brief met het besluit; summary: de casus op één pagina; requests: wat aan wie wordt gevraagd",
    ),
    (
        "Check the knowledge: complete, free of contradictions, and every case as expected",
        "Controleer de kennis: volledig, zonder tegenspraak, en elke casus zoals verwacht",
    ),
    ("Check again whenever a file changes", "Controleer opnieuw zodra een bestand verandert"),
    ("Show the size of every conclusion", "Toon de grootte van elke conclusie"),
    (
        "Measure how easy the texts for patients are to read, and show the hardest sentences",
        "Meet hoe goed de teksten voor patiënten te lezen zijn, en toon de moeilijkste zinnen",
    ),
    (
        "Print the assessment of every case of the guideline as JSON, for programs that verify answers",
        "Toon de beoordeling van elke casus van de richtlijn als JSON, voor programma's die antwoorden nagaan",
    ),
    (
        "List where sources differ, with the decision taken, and what became of each source's statements",
        "Toon waar bronnen verschillen, met het besluit, en wat er van de uitspraken van elke bron werd",
    ),
    (
        "Record that a clinician confirms rows of the guideline, after showing them in full",
        "Leg vast dat een clinicus rijen van de richtlijn bevestigt, nadat zij volledig zijn getoond",
    ),
    (
        "The table (tumour.grade/digestive), a conclusion for all its tables, or one row as table#row",
        "De tabel (tumour.grade/digestive), een conclusie voor al haar tabellen, of één rij als tabel#rij",
    ),
    ("Rows of the table; without any, all of them", "Rijen van de tabel; zonder rijen zijn het ze allemaal"),
    ("Name of the clinician who confirms", "Naam van de clinicus die bevestigt"),
    ("Role of the clinician, for example endocrinologist", "Rol van de clinicus, bijvoorbeeld endocrinoloog"),
    ("A remark to keep with the confirmation", "Een opmerking die bij de bevestiging wordt bewaard"),
    ("All rows of this chapter", "Alle rijen van dit hoofdstuk"),
    (
        "List what is confirmed, what was edited since and what is open",
        "Toon wat bevestigd is, wat sindsdien is gewijzigd en wat openstaat",
    ),
    ("Take the confirmation back", "Trek de bevestiging in"),
    ("Do not ask before writing", "Vraag niets voor het schrijven"),
    (
        "List every fact and conclusion: the data dictionary",
        "Toon elk gegeven en elke conclusie: het gegevenswoordenboek",
    ),
    (
        "Only those whose id, name or spelling contains this text",
        "Alleen die waarvan id, naam of schrijfwijze deze tekst bevat",
    ),
    ("Also show every value with its spellings", "Toon ook elke waarde met haar schrijfwijzen"),
    (
        "Find the facts that reports of free text state, with the words that say so",
        "Zoek de gegevens die in verslagen in vrije tekst staan, met de woorden die dat zeggen",
    ),
    (
        "Reports as text files, or folders of them; - reads standard input",
        "Verslagen als tekstbestanden, of mappen ervan; - leest de standaardinvoer",
    ),
    (
        "Write a case file of what is proposed, for `assess`",
        "Schrijf een casusbestand van wat wordt voorgesteld, voor `assess`",
    ),
    (
        "Run the workbench in the browser, with the record behind it",
        "Start de werkplek in de browser, met het dossier erachter",
    ),
    ("Where to listen", "Waar te luisteren"),
    (
        "Where the record lies: sqlite:record.db or postgres://user@host/name",
        "Waar het dossier ligt: sqlite:record.db of postgres://gebruiker@host/naam",
    ),
    ("Name of the centre, shown on pages and letters", "Naam van het centrum, op pagina's en brieven"),
    (
        "Fill an empty record with invented patients and accounts",
        "Vul een leeg dossier met verzonnen patiënten en accounts",
    ),
    (
        "Answer CDS Hooks: who may call, and which FHIR servers may be asked (TOML)",
        "Beantwoord CDS Hooks: wie mag aanroepen en welke FHIR-servers gevraagd mogen worden (TOML)",
    ),
    (
        "Be launched by electronic records as a SMART app: which, and under which client id (TOML)",
        "Laat elektronische dossiers dit als SMART-app openen: welke, en onder welke client-id (TOML)",
    ),
    ("The pages are reached by HTTPS through a proxy", "De pagina's worden via een proxy met HTTPS bereikt"),
    (
        "Sign in through this OpenID Connect provider, too; the secret, if there is one, stands in NETWIJZER_OIDC_SECRET",
        "Ook aanmelden via deze OpenID Connect-inlogdienst; het geheim, als dat er is, staat in NETWIJZER_OIDC_SECRET",
    ),
    (
        "The client id that the provider gave to this workbench",
        "De client-id die de inlogdienst aan deze werkplek gaf",
    ),
    (
        "Where browsers reach this workbench, for the way back from the provider",
        "Waar browsers deze werkplek bereiken, voor de weg terug van de inlogdienst",
    ),
    (
        "Compare two guidelines: which patients get another answer",
        "Vergelijk twee richtlijnen: welke patiënten krijgen een ander antwoord",
    ),
    (
        "Knowledge folder to compare from, or shipped for the guideline inside the program",
        "Kennismap om van te vergelijken, of shipped voor de richtlijn in het programma",
    ),
    ("Knowledge folder to compare to, or shipped", "Kennismap om mee te vergelijken, of shipped"),
    (
        "Only this conclusion, or all that start so (option.*); may be repeated",
        "Alleen deze conclusie, of alle die zo beginnen (option.*); mag herhaald worden",
    ),
    ("Show at most this many regions for each difference", "Toon hoogstens zoveel gebieden per verschil"),
    (
        "Write the guideline for other engines (DMN, CQL with ELM, JDM), as tables to verify answers by, or as a site",
        "Schrijf de richtlijn voor andere motoren (DMN, CQL met ELM, JDM), als tabellen om antwoorden na te gaan, of als site",
    ),
    ("dmn, cql, jdm, tables or site", "dmn, cql, jdm, tables (tabellen) of site"),
    (
        "Write files to this folder instead of standard output (a site needs it; so does ELM, or --format json)",
        "Schrijf bestanden naar deze map in plaats van standaarduitvoer (een site vraagt de map; ELM ook, of --format json)",
    ),
    (
        "Draw every conclusion about every row of a table: a whole registry at once",
        "Trek elke conclusie over elke rij van een tabel: een hele registratie in één keer",
    ),
    ("The table: Parquet, CSV or JSON Lines", "De tabel: Parquet, CSV of JSON Lines"),
    (
        "Analyse a registry: quality indicators, case mix, survival, discordance",
        "Analyseer een registratie: kwaliteitsindicatoren, samenstelling, overleving, discordantie",
    ),
    (
        "What is analysed: a definition like the one inside the program",
        "Wat wordt geanalyseerd: een definitie zoals die in het programma",
    ),
    (
        "Hide counts below this number, and what would give them away",
        "Verberg aantallen onder dit getal, en wat ze zou verraden",
    ),
    (
        "Tell who of a cohort gets another answer when one guideline takes the place of another",
        "Zeg wie van een cohort een ander antwoord krijgt als de ene richtlijn de andere vervangt",
    ),
    (
        "Knowledge folder of the guideline that is left, or shipped",
        "Kennismap van de richtlijn die wordt verlaten, of shipped",
    ),
    (
        "Knowledge folder of the guideline that takes its place, or shipped",
        "Kennismap van de richtlijn die ervoor in de plaats komt, of shipped",
    ),
    (
        "Where the report goes: a name that ends in .html or .json",
        "Waar het verslag heen gaat: een naam die eindigt op .html of .json",
    ),
    (
        "Where every row goes that must or may change: a name that ends in .parquet, .csv or .jsonl",
        "Waar elke rij heen gaat die zeker of misschien verandert: een naam die eindigt op .parquet, .csv of .jsonl",
    ),
    (
        "The column that names the record; it stands in the lists",
        "De kolom die het dossier noemt; die staat in de lijsten",
    ),
    (
        "Where the conclusions go: a name that ends in .parquet, .csv or .jsonl",
        "Waar de conclusies heen gaan: een naam die eindigt op .parquet, .csv of .jsonl",
    ),
    (
        "How columns speak of facts; without it, columns that are named after facts do",
        "Hoe kolommen over gegevens spreken; zonder bestand doen kolommen dat die naar gegevens genoemd zijn",
    ),
    (
        "Suggest a mapping for this table, check it, and print it (or write it to --out)",
        "Stel een koppeling voor deze tabel voor, controleer haar, en toon haar (of schrijf haar naar --out)",
    ),
    (
        "Where rows go that cannot be read, each with the reason; without it, beside the output",
        "Waar rijen heen gaan die niet te lezen zijn, elk met de reden; zonder naam naast de uitvoer",
    ),
    (
        "How many threads work; without it, one for each core",
        "Hoeveel draden werken; zonder getal één per kern",
    ),
    (
        "Invent patients from the figures of the epidemiology, for tests and teaching",
        "Verzin patiënten uit de cijfers van de epidemiologie, voor tests en onderwijs",
    ),
    ("How many patients", "Hoeveel patiënten"),
    (
        "Start number: the same number draws the same cohort, on every machine",
        "Startgetal: hetzelfde getal geeft hetzelfde cohort, op elke machine",
    ),
    (
        "What is left out and wrong: realistic, as in a registry, or none",
        "Wat ontbreekt en fout is: realistic, zoals in een registratie, of none (niets)",
    ),
    (
        "Where to write: a name that ends in .parquet, .csv or .jsonl",
        "Waarheen te schrijven: een naam die eindigt op .parquet, .csv of .jsonl",
    ),
    (
        "Draw from the figures in this file instead of those inside the program",
        "Trek uit de cijfers in dit bestand in plaats van die in het programma",
    ),
    (
        "Write the whole record to one file, while others go on working",
        "Schrijf alle dossiers naar één bestand, terwijl anderen doorwerken",
    ),
    ("The file to write; must not exist yet", "Het bestand om te schrijven; mag nog niet bestaan"),
    ("Restore a backup into an empty database", "Zet een reservekopie terug in een lege database"),
    ("The file that backup wrote", "Het bestand dat backup schreef"),
    (
        "See whether any entry of the audit log was altered or is missing",
        "Ga na of een regel van het logboek is veranderd of ontbreekt",
    ),
    (
        "Also see that the log passes this point, as backup or verify-audit printed it earlier",
        "Ga ook na dat het logboek langs dit punt gaat, zoals backup of verify-audit het eerder toonde",
    ),
    (
        "The database of the record: sqlite:FILE or postgres://USER@HOST/NAME",
        "De database van het dossier: sqlite:BESTAND of postgres://GEBRUIKER@HOST/NAAM",
    ),
    ("File with the key that seals the audit log", "Bestand met de sleutel die het logboek verzegelt"),
    (
        "Print completions for a shell: bash, elvish, fish, powershell or zsh",
        "Toon aanvullingen voor een shell: bash, elvish, fish, powershell of zsh",
    ),
    (
        "Exchange patients, questions and the guideline with a hospital system: FHIR R4, mCODE, nl-core",
        "Wissel patiënten, vragen en de richtlijn uit met een ziekenhuissysteem: FHIR R4, mCODE, nl-core",
    ),
    (
        "Read FHIR R4 bundles or resources of one patient each into facts, and tell every element that was not understood",
        "Lees FHIR R4-bundels of -resources van elk één patiënt in gegevens, en meld elk element dat niet is begrepen",
    ),
    (
        "Bundles or resources as JSON, one file for each patient; - reads standard input",
        "Bundels of resources als JSON, één bestand per patiënt; - leest standaardinvoer",
    ),
    (
        "Write the facts to this case file; - writes standard output",
        "Schrijf de gegevens naar dit casusbestand; - schrijft naar standaarduitvoer",
    ),
    (
        "Write cases with what follows from them as FHIR R4 bundles, one line for each case",
        "Schrijf casussen met wat eruit volgt als FHIR R4-bundels, één regel per casus",
    ),
    (
        "Whose profiles the resources name: plain, mcode, nl-core, or what the registries nkr and enets get",
        "Wiens profielen de resources noemen: plain, mcode, nl-core, of wat de registraties nkr en enets krijgen",
    ),
    (
        "Write the dictionary as a FHIR Questionnaire; of a case only the questions that still matter, with its answers",
        "Schrijf het woordenboek als FHIR Questionnaire; van een casus alleen de vragen die er nog toe doen, met de antwoorden",
    ),
    (
        "Write the guideline as a FHIR PlanDefinition with its ActivityDefinitions",
        "Schrijf de richtlijn als FHIR PlanDefinition met haar ActivityDefinitions",
    ),
    (
        "Deliver a minimum data set to a registry, under pseudonyms and without those who took part back",
        "Lever een minimale gegevensset aan een registratie, onder pseudoniem en zonder wie zich terugtrok",
    ),
    (
        "nkr: the Netherlands Cancer Registry (FHIR bundles); enets: a minimum data set (CSV)",
        "nkr: de Nederlandse Kankerregistratie (FHIR-bundels); enets: een minimale gegevensset (CSV)",
    ),
    ("Write the delivery to this folder", "Schrijf de levering naar deze map"),
    (
        "The key of the pseudonyms, kept by the centre; made when it does not exist yet",
        "De sleutel van de pseudoniemen, bewaard door het centrum; gemaakt als hij nog niet bestaat",
    ),
    (
        "Names of cases that may not be delivered, one a line; what was delivered of them before is taken back, as with cases that say `research: objects`",
        "Namen van casussen die niet geleverd mogen worden, één per regel; wat eerder van hen geleverd is wordt teruggetrokken, zoals bij casussen die `research: objects` vermelden",
    ),
    ("The shell", "De shell"),
    ("Print the manual page", "Toon de handleidingpagina"),
    ("The page of this command", "De pagina van dit commando"),
];

/// Placeholders of values in Dutch.
pub(crate) const DUTCH_NAMES: &[(&str, &str)] = &[
    ("REPORT", "VERSLAG"),
    ("BUNDLE", "BUNDEL"),
    ("PROFILE", "PROFIEL"),
    ("REGISTRY", "REGISTRATIE"),
    ("LANG", "TAAL"),
    ("FORMAT", "VORM"),
    ("DIR", "MAP"),
    ("DATE", "DATUM"),
    ("ID", "ID"),
    ("WHEN", "WANNEER"),
    ("PATH", "PAD"),
    ("CASE", "CASUS"),
    ("FILE", "BESTAND"),
    ("CONCLUSION", "CONCLUSIE"),
    ("TEXT", "TEKST"),
    ("WHAT", "WAT"),
    ("SHELL", "SHELL"),
    ("COMMAND", "COMMANDO"),
    ("FROM", "VAN"),
    ("TO", "NAAR"),
    ("NUMBER", "AANTAL"),
    ("KIND", "SOORT"),
    ("URL", "ADRES"),
    ("ANCHOR", "ANKER"),
    ("TABLE", "TABEL"),
    ("ROW", "RIJ"),
    ("NAME", "NAAM"),
    ("ROLE", "ROL"),
    ("CHAPTER", "HOOFDSTUK"),
];
