//! The patterns that ship, held to their own examples and to whole reports.

// A helper of a test may fail the test.
#![allow(clippy::unwrap_used)]

mod measured;

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use nw_extract::{Grammar, Report};
use nw_facts::Vocabulary;
use nw_guideline::{SourceSet, compile_with};

fn below(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            below(root, &path, files);
        } else if path.extension().is_some_and(|e| e == "md" || e == "toml") {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
            files.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
}

fn shipped() -> &'static (Vocabulary, Grammar) {
    static SHIPPED: OnceLock<(Vocabulary, Grammar)> = OnceLock::new();
    SHIPPED.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../knowledge");
        let mut files = Vec::new();
        for part in ["vocabulary", "sources", "guidelines"] {
            below(&root, &root.join(part), &mut files);
        }
        let vocabulary = compile_with(&SourceSet::new(files), "", "", false).guideline().vocabulary.clone();
        let mut patterns = Vec::new();
        below(&root, &root.join("reports"), &mut patterns);
        let patterns: Vec<(&str, &str)> = patterns.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
        let grammar = Grammar::read(&patterns, &vocabulary).unwrap_or_else(|faults| {
            let lines: Vec<String> = faults.iter().map(|f| format!("{}: {}", f.file, f.text.en)).collect();
            panic!("the patterns have faults:\n{}", lines.join("\n"));
        });
        (vocabulary, grammar)
    })
}

fn extract(text: &str) -> Report {
    let (vocabulary, grammar) = shipped();
    grammar.extract(vocabulary, text)
}

/// What is proposed, as `fact = value`, in the order of the text.
fn proposed(text: &str) -> Vec<String> {
    let (vocabulary, _) = shipped();
    let report = extract(text);
    report.proposals().iter().map(|f| format!("{} = {}", vocabulary.fact(f.fact).id, f.value)).collect()
}

/// What is proposed of one fact.
fn proposed_of(fact: &str, text: &str) -> Vec<String> {
    let of_it = |said: &String| said.split_once(" = ").is_some_and(|(id, _)| id == fact);
    proposed(text).into_iter().filter(of_it).collect()
}

#[test]
fn every_pattern_keeps_what_its_examples_promise() {
    let (vocabulary, grammar) = shipped();
    let broken: Vec<String> = grammar.check(vocabulary).into_iter().map(|f| f.text.en).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn whole_reports_give_what_they_state_and_nothing_else() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/letters");
    let mut names: Vec<_> = fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).collect();
    names.retain(|path| path.extension().is_some_and(|e| e == "txt"));
    names.sort();
    assert!(names.len() > 5);
    let mut broken = Vec::new();
    for path in names {
        let expected: Vec<String> = fs::read_to_string(path.with_extension("expected"))
            .unwrap()
            .lines()
            .map(str::to_string)
            .collect();
        let found = proposed(&fs::read_to_string(&path).unwrap());
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        broken
            .extend(found.iter().filter(|f| !expected.contains(f)).map(|f| format!("{name}: too much: {f}")));
        broken
            .extend(expected.iter().filter(|e| !found.contains(e)).map(|e| format!("{name}: missing: {e}")));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn no_text_is_too_strange_to_read() {
    for text in [
        "",
        "\u{0}",
        "Ki-67",
        "Ki-67 %",
        "T\u{301}N1",
        "1,2,3,4 cm tumor",
        "pT99N9M9",
        "tumor 1:",
        ":::",
        "geen",
        "\r\n\r\n",
        "Levermetastasen\u{a0}: geen",
    ] {
        extract(text);
    }
    let endless = "tumor van 1,4 cm. ".repeat(2000);
    assert_eq!(proposed(&endless), ["tumour.size = 1,4 cm"]);
}

#[test]
fn a_report_that_disagrees_with_itself_proposes_neither() {
    let report = extract("NET van het ileum. Ki-67 4%. Conclusie: Ki-67 8%.");
    assert_eq!(report.conflicts.len(), 1);
    assert_eq!(proposed("NET van het ileum. Ki-67 4%. Conclusie: Ki-67 8%."), ["primary.site = ileum"]);
    // A range and a number in it do not disagree; the number says more.
    assert_eq!(proposed("Ki-67 3-5%. Ki-67 4%."), ["tumour.ki67 = 4 %"]);
}

#[test]
fn spans_are_the_words_of_the_report() {
    let text = "Goed gedifferentieerde NET van het ileum, 2,1 x 1,5 cm.";
    let (vocabulary, _) = shipped();
    let report = extract(text);
    let size = report.findings.iter().find(|f| vocabulary.fact(f.fact).id == "tumour.size").unwrap();
    assert_eq!(&text[size.span.clone()], "2,1 x 1,5 cm");
}

#[test]
fn faults_of_patterns_name_the_place_and_the_nearest_spelling() {
    let (vocabulary, _) = shipped();
    let text = "[[pattern]]\nid = \"a\"\nfact = \"tumour.ki76\"\nfind = 'x'\ncue = [\"x\"]\n";
    let faults = Grammar::read(&[("own.toml", text)], vocabulary).err().unwrap();
    assert_eq!(faults.len(), 1);
    assert!(
        faults[0].text.en.contains("pattern `a`")
            && faults[0].text.en.contains("did you mean `tumour.ki67`?")
    );
    assert_eq!(faults[0].file, "own.toml");
}

#[test]
fn an_example_that_gives_something_else_is_named_with_its_pattern() {
    let (vocabulary, _) = shipped();
    let text = r#"
[[pattern]]
id = "krenning"
fact = "sstr.krenning"
cue = ["krenning"]
find = '\bkrenning (?<v>[0-4])\b'
example = [ { text = "Krenning 4.", gives = "3" }, { text = "Krenning 2." }, { text = "Nothing.", gives = "1" } ]
"#;
    let grammar =
        Grammar::read(&[("reports/a.toml", text)], vocabulary).unwrap_or_else(|_| panic!("it reads"));
    let faults = grammar.check(vocabulary);
    assert_eq!(faults.len(), 3);
    assert!(faults.iter().all(|f| f.file == "reports/a.toml" && f.text.en.contains("`krenning`")));
    assert!(faults[0].text.en.contains("sstr.krenning = 4, expected 3"), "{}", faults[0].text.en);
    assert!(faults[1].text.en.contains("expected nothing"), "{}", faults[1].text.en);
    assert!(faults[2].text.en.contains("gives nothing, expected"), "{}", faults[2].text.en);
}

#[test]
fn a_correction_takes_the_place_of_what_it_contradicts() {
    let text = "Conclusie: NET van het ileum, graad 1, Ki-67 2%.\n\nHerziene conclusie: NET van het ileum, graad 2, Ki-67 4%.";
    assert_eq!(proposed(text), ["primary.site = ileum", "reported.grade = G2", "tumour.ki67 = 4 %"]);
    let report = extract(text);
    assert!(report.conflicts.is_empty());
    assert!(report.findings.iter().any(|f| f.value == "2 %" && f.held == [nw_extract::Held::Past]));
}

#[test]
fn the_specimen_speaks_only_when_nothing_firmer_does() {
    assert_eq!(
        proposed("Ileumresectaat met een NET, graad 1."),
        ["primary.site = ileum", "reported.grade = G1"]
    );
    assert_eq!(
        proposed("Colonresectaat. NET van het caecum, graad 1."),
        ["primary.site = caecum", "reported.grade = G1"]
    );
    assert_eq!(
        proposed("Longbiopt: metastase van een NET, graad 1."),
        ["metastasis.extrahepatic = yes", "reported.grade = G1"]
    );
}

#[test]
fn a_weaker_pattern_yields_to_a_weak_one() {
    let (vocabulary, _) = shipped();
    let pattern = |id: &str, rank: &str, find: &str| {
        format!(
            "[[pattern]]\nid = \"{id}\"\nfact = \"sstr.krenning\"\n{rank}\ncue = [\"score\"]\nfind = '{find}'\nexample = [ {{ text = \"x\", gives = \"1\" }} ]\n"
        )
    };
    let text = pattern("a", "weak = true", r"\bscore (?<v>[0-4])")
        + &pattern("b", "weaker = true", r"\brescore (?<v>[0-4])");
    let grammar = Grammar::read(&[("own.toml", &text)], vocabulary).unwrap_or_else(|_| panic!("it reads"));
    let found = |text: &str| {
        let report = grammar.extract(vocabulary, text);
        report.proposals().iter().map(|f| f.value.clone()).collect::<Vec<_>>()
    };
    assert_eq!(found("score 3, rescore 2"), ["3"]);
    assert_eq!(found("rescore 2"), ["2"]);
}

#[test]
fn a_line_broken_for_width_is_one_sentence_and_rows_are_not() {
    let broken = "De patiënt werd verwezen in verband met een neuro-endocriene tumor\nvan het ileum. In 3 van de 9 lymfe-\nklieren metastase.";
    assert_eq!(proposed(broken), ["primary.site = ileum", "nodes.regional.positive = 3"]);
    let rows = "lever: geen metastasen\nbot: metastasen in L3";
    assert_eq!(proposed(rows), ["metastasis.liver = no", "metastasis.bone = yes"]);
    let (vocabulary, _) = shipped();
    let report = extract(broken);
    let site = report.findings.iter().find(|f| vocabulary.fact(f.fact).id == "primary.site").unwrap();
    assert_eq!(&broken[site.span.clone()], "neuro-endocriene tumor\nvan het ileum");
}

#[test]
fn brackets_and_short_abbreviations_end_no_sentence() {
    let text = "Bekende NET in het pancreascorpus (SUVmax 34,2; CT 27 mm).";
    assert_eq!(proposed(text), ["primary.site = pancreas", "pancreas.part = body", "tumour.size = 27 mm"]);
    let text = "In het rectum op 7 cm v.a. de anus een zwelling van 8 mm. PA: NET, graad 1.";
    assert!(proposed(text).contains(&"primary.site = rectum".to_string()), "{:?}", proposed(text));
}

#[test]
fn a_label_is_parted_from_its_value_by_blanks_alone() {
    let table = "Orgaan                rectum\nMitosen / 2 mm2       0\nDiameter tumor        11 mm";
    assert_eq!(proposed(table), ["primary.site = rectum", "tumour.mitoses = 0 /2mm2", "tumour.size = 11 mm"]);
}

#[test]
fn a_label_is_parted_from_its_value_by_a_semicolon() {
    assert_eq!(
        proposed("Tumor site;rectum\nHistologic type;NET\nKi-67 index;6.8%\nMitotic rate;4 per 2 mm2"),
        ["primary.site = rectum", "tumour.ki67 = 6.8 %", "tumour.mitoses = 4 /2mm2"]
    );
}

#[test]
fn an_item_of_a_list_has_a_heading_of_its_own_and_the_list_goes_on() {
    let history =
        "Voorgeschiedenis\n- Familie: blanco\n- NET pancreas, Ki-67 8%\n\nBeloop\nNET ileum, Ki-67 2%";
    assert!(proposed(history).contains(&"tumour.ki67 = 2 %".to_string()));
    assert_eq!(proposed("**Voorgeschiedenis:**\n- **CT-lever:** levermetastasen, Ki-67 8%"), [""; 0]);
}

#[test]
fn an_item_of_a_numbered_list_begins_a_sentence() {
    let list = "1. Diagnose: NET van het ileum met een beloop van jaren, laatste scan:\n2. Stadiëring met contrast en DOTATATE in ons centrum verricht: skelet -\n3. cTNM: T1N1M0";
    assert!(proposed(list).contains(&"metastasis.bone = no".to_string()));
}

#[test]
fn nothing_is_proposed_of_a_tumour_that_is_refuted() {
    let text =
        "Zwelling in de maag van 32 mm, Ki-67 5%, NET? Een NET is hiermee uitgesloten. Geen levermetastasen.";
    assert_eq!(proposed(text), ["metastasis.liver = no"]);
}

#[test]
fn a_specimen_may_say_more_exactly_what_is_said_firmly() {
    let text = "Dunne darm: NET, graad 1, Ki-67 2%. Materiaal: dunnedarmresectaat (jejunum).";
    assert!(proposed(text).contains(&"primary.site = jejunum".to_string()), "{:?}", proposed(text));
}

#[test]
fn a_cue_in_brackets_stays_there() {
    let text = "Positieve anamnese (vader: coloncarcinoom), NET van het ileum.";
    assert_eq!(proposed(text), ["primary.site = ileum"]);
}

#[test]
fn numbers_of_a_request_yield_to_those_of_the_report() {
    assert_eq!(proposed("Indicatie: NET, 2,2 cm.").len(), 1);
    let text = "Indicatie: NET, 2,2 cm.\nBevindingen: tumor van 23 mm.";
    assert_eq!(proposed(text), ["tumour.size = 23 mm"]);
    assert_eq!(proposed("Vraagstelling: NET, 2,2 cm?"), Vec::<String>::new());
}

#[test]
fn a_lesion_of_the_liver_lends_no_size_to_the_tumour() {
    let text = "NET. In de lever een drietal haarden, grootste laesie 22 mm.";
    assert!(!proposed(text).iter().any(|f| f.starts_with("tumour.size")), "{:?}", proposed(text));
}

#[test]
fn a_dictated_conclusion_begins_a_sentence_of_its_own() {
    let text = "geen vaso invasie\nconclusie neuro endocriene tumor van de appendix";
    assert!(proposed(text).contains(&"primary.site = appendix".to_string()), "{:?}", proposed(text));
}

#[test]
fn an_area_is_no_length() {
    let text = "Neuro-endocriene tumor, 6 mitosen per 2 mm².";
    assert_eq!(proposed(text), ["tumour.mitoses = 6 /2mm2"]);
}

#[test]
fn what_stands_between_tumour_and_place_bears_on_the_place() {
    assert_eq!(proposed("NET, niet uitgaande van het ileum."), Vec::<String>::new());
    assert_eq!(proposed("Ki-67 aanvankelijk 2 %."), Vec::<String>::new());
}

#[test]
fn what_says_less_or_cannot_stand_beside_another_steps_back() {
    assert_eq!(proposed("Dunnedarm-NET. Primaire tumor: ileum."), ["primary.site = ileum"]);
    assert_eq!(proposed("Levermetastasen. Geen aanwijzingen voor metastasen."), ["metastasis.liver = yes"]);
}

#[test]
fn another_cancer_and_another_person_lend_no_value() {
    for text in [
        "Broer: NET van het ileum, graad 2, Ki-67 8%.",
        "Voorgeschiedenis: 2012 mammacarcinoom, pT2N1, graad 3, Ki-67 40%.",
        "Status na mammacarcinoom (pT2N1, graad 3).",
        "Hemicolectomie wegens adenocarcinoom caecum (pT3N0).",
    ] {
        assert_eq!(proposed(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn a_number_belongs_to_the_nearest_thing_that_is_named() {
    let text =
        "NET. Ileum: 60 cm voor de klep een stug tumortje, gesteeld, 14 mm, snijvlak op 3 mm, klier 9 mm.";
    let sizes: Vec<String> = proposed(text).into_iter().filter(|f| f.starts_with("tumour.size")).collect();
    assert_eq!(sizes, ["tumour.size = 14 mm"]);
}

#[test]
fn a_full_stop_before_a_small_letter_shortens_a_word_where_sentences_begin_with_capitals() {
    let text = "Het betreft een neuroendocr. tumor van het ileum. Ki-67 4%. Er zijn 3 vd 12 klieren pos.";
    assert!(proposed(text).contains(&"primary.site = ileum".to_string()), "{:?}", proposed(text));
    let dictated = "neuro-endocriene tumor van het ileum. geen metastasen. ki67 4%.";
    assert!(proposed(dictated).contains(&"metastasis.distant = no".to_string()), "{:?}", proposed(dictated));
}

#[test]
fn what_is_said_of_all_tumours_is_said_of_the_first() {
    let text = "Tumor 1: NET ileum, 16 mm.\nTumor 2: NET ileum, 9 mm.\nLymfeklieren: 3 van 12 met metastase.";
    assert!(proposed(text).contains(&"nodes.regional.positive = 3".to_string()), "{:?}", proposed(text));
}

#[test]
fn a_question_at_the_end_asks_only_for_what_it_names() {
    let text = "Appendix-NET 18 mm, G1 - vraag: hemicolectomie?";
    assert_eq!(proposed(text), ["primary.site = appendix", "tumour.size = 18 mm", "reported.grade = G1"]);
    assert_eq!(proposed("NET ileum, G1?"), Vec::<String>::new());
}

#[test]
fn a_question_in_the_middle_asks_only_for_its_clause() {
    let text = "CT: laesie pancreasstaart 23 mm (NET?), geen levermetastasen.";
    let found = proposed(text);
    for stated in ["primary.site = pancreas", "tumour.size = 23 mm", "metastasis.liver = no"] {
        assert!(found.contains(&stated.to_string()), "{stated}: {found:?}");
    }
    assert_eq!(proposed("NET ileum (?), Ki-67 3%."), ["tumour.ki67 = 3 %"]);
    assert_eq!(proposed("NET. Botmetastasen? Nee."), ["metastasis.bone = no"]);
    assert_eq!(proposed("NET. Laesie, ?levermetastase"), Vec::<String>::new());
}

#[test]
fn a_line_that_leaves_its_sentence_unfinished_goes_on() {
    assert!(
        proposed("NET. Mitosen: 6 per 10\nHPF. Rest volgt.")
            .contains(&"tumour.mitoses = 6 /10HPF".to_string())
    );
}

#[test]
fn a_long_line_with_room_for_the_next_word_ends_its_sentence() {
    let text = "Huid wang rechts, re-excisie na eerdere biopsie elders op de polikliniek\n\
        Restant Merkelcelcarcinoom, 11 mm, tot in de subcutis, met snijvlakken vrij op de krapste plaats.";
    assert_eq!(proposed(text)[..2], ["primary.site = skin", "tumour.size = 11 mm"]);
}

#[test]
fn lines_of_a_note_without_capitals_stand_for_themselves() {
    let text =
        "mammacarcinoom links\nlevermetastasen in beide kwabben, biopt toont NET graad 2\nplan lanreotide";
    assert!(proposed(text).contains(&"metastasis.liver = yes".to_string()), "{:?}", proposed(text));
    let text = "dunnedarm NET in beeld, bekend sinds vorig jaar maart\ngeen\nlevermetastasen";
    assert!(proposed(text).contains(&"metastasis.liver = no".to_string()), "{:?}", proposed(text));
}

#[test]
fn a_day_without_its_year_behind_a_label_ends_a_history() {
    let text = "Voorgeschiedenis: 2024 NET van de papil.\nCT 12-10: levermetastasen tot 7 cm.";
    assert!(proposed(text).contains(&"metastasis.liver = yes".to_string()), "{:?}", proposed(text));
    let text = "Voorgeschiedenis: 2024 NET van de papil.\nCT 2015: levermetastasen tot 7 cm.";
    assert!(!proposed(text).contains(&"metastasis.liver = yes".to_string()), "{:?}", proposed(text));
}

#[test]
fn a_comma_that_was_spoken_is_read() {
    assert_eq!(proposed("Tumor van 2 komma 8 cm."), ["tumour.size = 2,8 cm"]);
}

#[test]
fn what_holds_now_makes_past_what_it_contradicts() {
    let text = "NET ileum (dx elders, Ki-67 15%). Nieuw biopt: Ki-67 nu 22%.";
    assert!(proposed(text).contains(&"tumour.ki67 = 22 %".to_string()), "{:?}", proposed(text));
}

#[test]
fn a_word_broken_by_a_hyphen_is_joined() {
    let text =
        "Neuroendocrine tumor, well dif-\n   ferentiated, of the jejunum. Geen lever-\nof botmetastasen.";
    let (vocabulary, _) = shipped();
    let report = extract(text);
    let found =
        report.findings.iter().find(|f| vocabulary.fact(f.fact).id == "tumour.differentiation").unwrap();
    assert_eq!(&text[found.span.clone()], "well dif-\n   ferentiated");
    assert!(proposed(text).contains(&"metastasis.liver = no".to_string()), "{:?}", proposed(text));
}

#[test]
fn options_of_a_form_that_are_not_ticked_say_nothing() {
    let text = "NET\nPrimaire tumor: [ ] pancreas  [x] ileum  [ ] anders\nMetastasen: [x] lever [ ] bot\nKi-67: 10 %";
    let expected = ["primary.site = ileum", "metastasis.liver = yes", "tumour.ki67 = 10 %"];
    assert_eq!(proposed(text), expected);
    assert_eq!(proposed(&text.replace("[ ]", "☐").replace("[x]", "☒")), expected);
}

#[test]
fn of_what_is_measured_again_the_latest_day_is_proposed() {
    let largest = |text: &str| proposed_of("liver.largest", text);
    let course = "NET ileum.\nCT 12-03-2023: levermetastasen tot 34 mm.\nCT 04-05-2024: levermetastasen tot 21 mm.\nMRI 02-02-2022: levermetastasen tot 40 mm.";
    assert_eq!(largest(course), ["liver.largest = 21 mm"]);
    let course = "NET of the ileum.\nMRI 2 April 2024: liver metastases up to 18 mm.\nCT 3 May 2023: liver metastases up to 3.1 cm.";
    assert_eq!(largest(course), ["liver.largest = 18 mm"]);
    // What names no day is of the day of the report.
    let today = "Amsterdam, 5 juni 2024\nNET ileum. Levermetastasen tot 25 mm.\nCT 12-03-2023: levermetastasen tot 34 mm.";
    assert_eq!(largest(today), ["liver.largest = 25 mm"]);
    // Each metastasis has its size: of one day the largest counts, whatever an earlier day had.
    let each = "NET. 12-03-2023 lever V: metastase NET, 31 mm.\n04-05-2024 lever II: metastase NET, 9 mm.\n04-05-2024 lever VI: metastase NET, 14 mm.";
    assert_eq!(largest(each), ["liver.largest = 14 mm"]);
}

#[test]
fn a_day_of_birth_is_not_the_day_of_the_report() {
    for (born, year) in [
        ("Betreft: mw. De Vries, geb. 12-03-1956", 2024),
        ("Geboortedatum: 12 maart 1956", 2024),
        ("Patiente, geboren op 12/03/1956", 2024),
        ("Patient: Smith, DOB: 12/03/1956", 2024),
        ("Mrs Smith, born on 12 March 1956", 2024),
    ] {
        assert_eq!(extract(&format!("{born}\nNET ileum, Ki-67 4%.")).date, None, "{born}");
        let dated = extract(&format!("{born}\nVerslag van 02-04-{year}.\nNET ileum, Ki-67 4%."));
        assert_eq!(dated.date.map(|day| day.year()), Some(year), "{born}");
    }
    // A later day than that of the report may be one of birth, too.
    let child = extract("Report of 2 April 2024. NET of the ileum. Has a daughter, born 3 June 2024.");
    assert_eq!(child.date.map(|day| day.month()), Some(4));
}

#[test]
fn the_latest_year_of_a_letter_without_a_day_says_what_is_past() {
    let found = |text: &str| proposed_of("tumour.ki67", text);
    let dutch = "Betreft: mw. De Vries, geb. 12-03-1956\nIn 2015 NET van het ileum, Ki-67 2%. In 2024 biopt: NET, Ki-67 8%.";
    assert_eq!(found(dutch), ["tumour.ki67 = 8 %"]);
    let english = "DOB 12/03/1956\nIn 2015 NET of the ileum, Ki-67 2%. In 2024 biopsy: NET, Ki-67 8%.";
    assert_eq!(found(english), ["tumour.ki67 = 8 %"]);
    // A dose, a postal code and a year of birth are no years of the letter, and one year alone does not say when it was written.
    for other in ["Metformine 2000 mg.", "2031 AB Haarlem.", "Geboren in 2019.", "7400 MBq."] {
        assert_eq!(found(&format!("{other}\nIn 2015 NET van het ileum, Ki-67 2%.")), [""; 0], "{other}");
    }
}

#[test]
fn of_months_of_the_latest_year_the_last_is_not_past() {
    let largest = |text: &str| proposed_of("liver.largest", text);
    let dutch = "pNET (2023).\nVoor PRRT (jan 2026): levermetastasen tot 54 mm.\nNa PRRT (okt 2026): levermetastasen tot 38 mm.";
    assert_eq!(largest(dutch), ["liver.largest = 38 mm"]);
    let english = "NET of the ileum (2023).\nCT from March 2026: liver metastases up to 54 mm.\nCT from 06/2026: liver metastases up to 38 mm.";
    assert_eq!(largest(english), ["liver.largest = 38 mm"]);
}

#[test]
fn of_a_table_with_columns_by_date_the_latest_is_read() {
    let dutch = "NET van het ileum met levermetastasen.\n\n| | CT 12-03-2023 | CT 04-05-2024 |\n|---|---|---|\n| Primaire tumor | 31 mm | 24 mm |\n| Levermetastase segment 6 | 40 mm | 22 mm |\n| Botmetastasen | nee | ja |";
    let found = proposed(dutch);
    for stated in ["tumour.size = 24 mm", "liver.largest = 22 mm", "metastasis.bone = yes"] {
        assert!(found.contains(&stated.to_string()), "{stated}: {found:?}");
    }
    let english = "NET of the ileum.\n\nDate              May 2024      June 2023\nKi-67             8%            2%\nPrimary tumour    24 mm         31 mm";
    let found = proposed(english);
    for stated in ["tumour.ki67 = 8 %", "tumour.size = 24 mm"] {
        assert!(found.contains(&stated.to_string()), "{stated}: {found:?}");
    }
    let report = extract(english);
    assert!(report.conflicts.is_empty());
    let ki67 = report.findings.iter().find(|f| f.value == "8 %").unwrap();
    assert!(english[ki67.span.clone()].ends_with("8%"), "{:?}", &english[ki67.span.clone()]);
}

#[test]
fn what_was_said_first_yields_only_to_what_contradicts_it() {
    let of = |fact: &str, text: &str| -> Vec<String> {
        proposed(text).into_iter().filter(|f| f.starts_with(fact)).collect()
    };
    for (text, value) in [
        ("NET ileum. Eerste PA: Ki-67 2%. Resectie: Ki-67 8%.", "tumour.ki67 = 8 %"),
        ("NET ileum. Resectie: Ki-67 8%. Eerste biopt: Ki-67 2%.", "tumour.ki67 = 8 %"),
        ("NET of the ileum. Preliminary report: Ki-67 2%. Resection: Ki-67 8%.", "tumour.ki67 = 8 %"),
        ("NET of the ileum. First biopsy: Ki-67 2%, now 8%: Ki-67 8%.", "tumour.ki67 = 8 %"),
        // Nothing contradicts it.
        ("NET ileum. Voorlopige uitslag: Ki-67 2%.", "tumour.ki67 = 2 %"),
        ("NET of the ileum. Preliminary result: Ki-67 2%.", "tumour.ki67 = 2 %"),
        ("NET ileum. Eerste PA: Ki-67 4%. Resectie: Ki-67 3-5%.", "tumour.ki67 = 4 %"),
    ] {
        assert_eq!(of("tumour.ki67", text), [value], "{text}");
    }
    // Two that were said first contradict each other.
    assert_eq!(of("tumour.ki67", "NET. Eerste PA: Ki-67 2%. Voorlopig: Ki-67 8%."), [""; 0]);
}

#[test]
fn some_cues_count_only_right_beside_the_value() {
    let found = |text: &str| proposed_of("tumour.ki67", text);
    for beside in ["NET ileum, Ki-67: toen 2%.", "NET of the ileum, Ki-67 (then 2%)."] {
        assert_eq!(found(beside), [""; 0], "{beside}");
    }
    for apart in ["Toen zij kwam was er een NET, Ki-67 2%.", "She was then seen for a NET, Ki-67 2%."] {
        assert_eq!(found(apart), ["tumour.ki67 = 2 %"], "{apart}");
    }
}
