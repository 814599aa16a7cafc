//! Papers of every kind with invented words, for tests, pictures and measurements.

use jiff::civil::date;
use nw_facts::Language;
use nw_leaflet::{Block, Day, DayEntry, House, Paper, Print, Span, Stands};

/// The settings of the documents, with their logo.
pub fn house() -> House {
    let text = include_str!("../../../../docs/hospital.example.toml");
    let logo = include_bytes!("../../../../docs/logo.svg");
    House::read(text, |_| Ok(logo.to_vec())).expect("the example in the documents is right")
}

pub fn paper(language: Language, print: Print, title: &str, blocks: Vec<Block>) -> Paper {
    let footer = match language {
        Language::Nl => [
            "Geen gecertificeerd medisch hulpmiddel. De keuze is aan het team en de patiënt.",
            "voorbeeld 2026.1 · sha256:0123456789ab · 0 / 10 rijen bevestigd door een arts",
        ],
        Language::En => [
            "Not a certified medical device. The choice is that of the team and the patient.",
            "example 2026.1 · sha256:0123456789ab · 0 / 10 rows confirmed by a clinician",
        ],
    };
    Paper {
        title: title.to_string(),
        author: "NET-centrum".to_string(),
        language,
        date: date(2026, 3, 10),
        print,
        footer: footer.map(str::to_string).to_vec(),
        blocks,
    }
}

fn pick<'t>(language: Language, en: &'t str, nl: &'t str) -> &'t str {
    match language {
        Language::En => en,
        Language::Nl => nl,
    }
}

/// A leaflet of some pages.
pub fn leaflet(language: Language, print: Print, name: &str) -> Paper {
    let t = |en, nl| pick(language, en, nl);
    let mut blocks = vec![
        Block::heading(
            1,
            t("For you: what we know and what comes next", "Voor u: wat wij weten en wat er komt"),
        ),
        Block::Text {
            spans: vec![
                t("This leaflet was made for ", "Deze folder is gemaakt voor ").into(),
                Span::Strong(name.to_string()),
                t(". It holds only what applies to you.", ". Er staat alleen in wat voor u geldt.").into(),
            ],
        },
        Block::Aside {
            spans: vec![
                Span::Strong(t("Call us at once ", "Bel ons direct ").into()),
                t(
                    "when you have a fever above 38.5 °C, or when you faint.",
                    "bij koorts boven 38,5 °C, of als u flauwvalt.",
                )
                .into(),
            ],
        },
    ];
    let text = t(
        "Your doctors look at the results together. They meet every week and talk about what fits you best. You hear the outcome from your nurse consultant, who is your fixed contact. You can ask everything you want to know, also when you asked it before. Bring somebody along when you come to talk.",
        "Uw artsen bekijken de uitslagen samen. Zij komen elke week bij elkaar en bespreken wat het beste bij u past. U hoort de uitkomst van uw verpleegkundig consulent. Dat is uw vaste contactpersoon. U mag alles vragen wat u wilt weten, ook als u het al eerder vroeg. Neem iemand mee naar het gesprek.",
    );
    for part in 0..7 {
        blocks.push(Block::heading(
            2,
            format!(
                "{}. {}",
                part + 1,
                t("What happens at the hospital", "Wat er in het ziekenhuis gebeurt")
            ),
        ));
        blocks.push(Block::text(format!("{text} ({part})")));
        blocks.push(Block::heading(3, t("Before you come", "Voordat u komt")));
        blocks.push(Block::List {
            items: [
                t("Eat and drink as you always do.", "Eet en drink zoals u altijd doet."),
                t("Take your medicines along, in their boxes.", "Neem uw medicijnen mee, in de verpakking."),
                t(
                    "Tell us when you are ≥ 12 weeks pregnant → then we look for another way.",
                    "Vertel het als u ≥ 12 weken zwanger bent → dan zoeken wij een andere weg.",
                ),
            ]
            .into_iter()
            .map(|point| vec![point.into()])
            .collect(),
        });
        blocks.push(Block::text(text));
    }
    let words = t("Words explained", "Woordenlijst");
    blocks.push(Block::heading(2, words));
    let parts = blocks.iter().filter_map(|block| match block {
        Block::Heading { level: 2, text } => Some(text.clone()),
        _ => None,
    });
    let contents = Block::Contents { parts: parts.collect() };
    blocks.insert(3, contents);
    let terms = [
        (
            t("immunohistochemistry", "immunohistochemisch onderzoek"),
            t("a test on a piece of tissue", "een test op een stukje weefsel"),
        ),
        ("PET", t("a photograph with a little radioactivity", "een foto met een beetje radioactiviteit")),
    ];
    blocks.push(Block::Terms {
        items: terms.into_iter().map(|(term, text)| (term.to_string(), vec![text.into()])).collect(),
    });
    paper(language, print, t("Your leaflet", "Uw folder"), blocks)
}

/// A decision aid with so many options.
pub fn aid(language: Language, print: Print, options: usize) -> Paper {
    let t = |en, nl| pick(language, en, nl);
    let names = [
        t("Wait and see", "Afwachten"),
        t("Operation", "Operatie"),
        t("Injections every four weeks", "Injecties om de vier weken"),
        t("Peptide receptor radionuclide therapy", "Peptide-receptor-radionuclidetherapie"),
        t("Embolisation of the liver arteries", "Embolisatie van de leverslagaders"),
        t("Everolimus tablets", "Everolimus-tabletten"),
    ];
    let row = |name: &str| {
        let cell = |at: usize| {
            let mut blocks = vec![Block::text(t(
                "In about 20 of 100 people this helps longer than two years.",
                "Bij ongeveer 20 van de 100 mensen helpt dit langer dan twee jaar.",
            ))];
            if at.is_multiple_of(2) {
                blocks.push(Block::List {
                    items: vec![
                        vec![t("tiredness", "vermoeidheid").into()],
                        vec![t("hospital visits", "ziekenhuisbezoeken").into()],
                    ],
                });
            }
            blocks
        };
        (name.to_string(), (0..options).map(cell).collect())
    };
    let aspects = [
        t("What it is", "Wat het is"),
        t("What it can bring", "Wat het kan opleveren"),
        t("Side effects and risks", "Bijwerkingen en risico's"),
        t("What it asks of you", "Wat het van u vraagt"),
    ];
    let blocks = vec![
        Block::heading(1, t("Choosing together", "Samen kiezen")),
        Block::text(t(
            "These options are listed in no order of preference.",
            "Deze mogelijkheden staan niet op volgorde van voorkeur.",
        )),
        Block::Compare {
            corner: t("Option", "Mogelijkheid").to_string(),
            names: names.iter().cycle().take(options).map(|n| n.to_string()).collect(),
            rows: aspects.iter().map(|a| row(a)).collect(),
        },
        Block::heading(2, t("About this decision aid", "Over deze keuzehulp")),
        Block::text(t("Nobody paid for it.", "Niemand heeft ervoor betaald.")),
    ];
    paper(language, print, t("Decision aid", "Keuzehulp"), blocks)
}

/// A diary to fill in.
pub fn diary(language: Language, print: Print) -> Paper {
    let t = |en, nl| pick(language, en, nl);
    let head = [
        t("Day", "Dag"),
        t("Complaint", "Klacht"),
        t("How bad, 0–10", "Hoe erg, 0–10"),
        t("What helped", "Wat hielp"),
    ];
    let mut rows = vec![vec![
        "ma 2 maart".to_string(),
        t("flushing", "opvliegers").into(),
        "4".into(),
        t("rest", "rust").into(),
    ]];
    rows.extend((0..14).map(|_| vec![String::new(); 4]));
    let blocks = vec![
        Block::heading(1, t("Diary of complaints", "Dagboek van klachten")),
        Block::text(t("Fill in one line a day.", "Vul elke dag één regel in.")),
        Block::Table { widths: vec![2, 4, 2, 3], head: head.map(str::to_string).to_vec(), rows },
    ];
    paper(language, print, t("Diary", "Dagboek"), blocks)
}

/// Two months.
pub fn calendar(language: Language, print: Print) -> Paper {
    let t = |en, nl| pick(language, en, nl);
    let day = |day: i8, entries: &[&str], closed: Option<&str>| Day {
        day,
        entries: entries.iter().map(|e| (*e).into()).collect(),
        closed: closed.map(str::to_string),
    };
    let days = vec![
        day(6, &[], Some(t("Easter Monday", "Tweede paasdag"))),
        day(8, &[t("Injection lanreotide", "Injectie lanreotide")], None),
        day(
            15,
            &[
                t("Laboratory: chromogranin A", "Laboratorium: chromogranine A"),
                t("Nurse consultant calls", "Verpleegkundig consulent belt"),
            ],
            None,
        ),
        day(27, &[], Some(t("King's Day", "Koningsdag"))),
    ];
    let month = |month, days| Block::Month { year: 2026, month, days };
    let stands = |en, nl, stands| DayEntry { text: t(en, nl).to_string(), stands };
    // More than any page holds at the size of letters that one would like.
    let long = t(
        "Visit: PRRT course 3 of 4, with an infusion and a scan afterwards",
        "Bezoek: PRRT-kuur 3 van 4, met een infuus en daarna een scan",
    );
    let full = [1, 8, 16, 25, 30].map(|on| day(on, &[long; 4], None)).to_vec();
    let blocks = vec![
        Block::heading(1, t("Your calendar", "Uw kalender")),
        Block::text(t(
            "Moments may move; then you get a new sheet.",
            "Afspraken kunnen verschuiven; dan krijgt u een nieuw blad.",
        )),
        month(4, days),
        month(
            5,
            vec![
                Day {
                    day: 4,
                    entries: vec![stands("Blood test", "Bloedonderzoek", Stands::Done)],
                    closed: None,
                },
                day(6, &[t("Injection", "Injectie")], None),
                day(14, &[], Some(t("Ascension Day", "Hemelvaartsdag"))),
                day(15, &[], Some("")),
                day(19, &[t("Collect urine", "Urine verzamelen")], None),
                Day {
                    day: 20,
                    entries: vec![stands("Collect urine", "Urine verzamelen", Stands::GoesOn)],
                    closed: None,
                },
            ],
        ),
        month(6, full),
    ];
    paper(language, print, t("Calendar", "Kalender"), blocks)
}

/// A letter to a colleague.
pub fn letter(language: Language, print: Print) -> Paper {
    let t = |en, nl| pick(language, en, nl);
    let spans = || {
        vec![
            Span::Strong(t("Decision: ", "Besluit: ").into()),
            t("operation", "operatie").into(),
            Span::Soft(" (optie)".into()),
        ]
    };
    let blocks = vec![
        Block::Lines {
            lines: vec![
                vec![t("To the general practitioner", "Aan de huisarts").into()],
                vec!["10 mrt 2026".into()],
            ],
        },
        Block::heading(1, t("Decision of the meeting", "Besluit van het overleg")),
        Block::Aside { spans: spans() },
        Block::List {
            items: vec![
                spans(),
                vec![Span::Link(t("guideline", "richtlijn").into(), "https://example.org/".into())],
            ],
        },
        Block::Table {
            widths: vec![2, 4, 3],
            head: [t("Patient", "Patiënt"), t("What", "Wat"), t("Settles", "Beslist")]
                .map(str::to_string)
                .to_vec(),
            rows: vec![
                ["A. de Vries", t("Mitoses per 2 mm²?", "Mitosen per 2 mm²?"), t("Grade", "Graad")]
                    .map(str::to_string)
                    .to_vec(),
            ],
        },
        Block::Code {
            text: t("Guideline", "Richtlijn").into(),
            address: "https://example.org/guideline".into(),
        },
        Block::Signature { lines: vec!["Dr. Vera".into(), "NET-centrum".into()] },
    ];
    paper(language, print, t("Decision of the meeting", "Besluit van het overleg"), blocks)
}

/// Every kind of paper in one language and print, with its name.
pub fn all(language: Language, print: Print) -> Vec<(&'static str, Paper)> {
    vec![
        ("leaflet", leaflet(language, print, "Anna de Vries")),
        ("aid-2", aid(language, print, 2)),
        ("aid-4", aid(language, print, 4)),
        ("aid-6", aid(language, print, 6)),
        ("diary", diary(language, print)),
        ("calendar", calendar(language, print)),
        ("letter", letter(language, print)),
    ]
}
