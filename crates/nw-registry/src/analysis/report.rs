//! An analysis as a page.

use nw_facts::Language;
use nw_statistics::proportion::chance;

use super::results::{
    Analysis, Block, Compared, Curved, Indicated, Lines, Mixed, Regression, Shared, Test, Timed,
};
use crate::report::plot::{Plot, Ranged, Steps};
use crate::report::{Cell, Page, Table, number_text};

/// The one style of a report as it stands in the file, for those who say what a browser may use of it.
pub fn style() -> String {
    format!("\n{}", crate::report::STYLE)
}

/// The report as one HTML file.
pub fn html(analysis: &Analysis, input: &str, language: Language) -> String {
    let mut page = Page::new(language, analysis.title.get(language));
    indicators(&mut page, analysis);
    case_mix(&mut page, analysis);
    for timed in &analysis.survival {
        survival(&mut page, timed, analysis.confidence);
    }
    discordance(&mut page, analysis);
    let smallest = analysis.smallest;
    let lead = [
        format!(
            "{}: `{input}`, {} {}, {} {}",
            page.say("Table", "Tabel"),
            analysis.rows,
            page.say("rows", "rijen"),
            analysis.analysed,
            page.say("analysed", "geanalyseerd")
        ),
        if language == Language::Nl {
            format!(
                "Aantallen van 1 tot {smallest} worden niet getoond, en ook niet wat ze zou verraden; er staat dan een streepje (–). Curven eindigen waar minder dan {smallest} patiënten worden gevolgd. Een conclusie die open is telt met haar conventionele waarde, waar de praktijk er een heeft. Onbekend valt nooit weg."
            )
        } else {
            format!(
                "Counts from 1 to below {smallest} are not shown, nor what would give them away; a dash (–) stands there. Curves end where fewer than {smallest} patients are under observation. A conclusion that is open counts with its conventional value, where practice has one. Unknown is never dropped."
            )
        },
        format!(
            "{}: {} {}",
            page.say("Definition", "Definitie"),
            analysis.definition[0],
            analysis.definition[1]
        ),
    ];
    page.done(&[(String::new(), analysis.guideline.clone())], &lead)
}

fn count(number: Option<u64>) -> Cell {
    Cell::Number(number.map_or_else(|| "–".to_string(), |n| n.to_string()))
}

fn share_cells(page: &Page, share: Option<Shared>) -> [Cell; 2] {
    match share {
        None => [Cell::Number("–".to_string()), Cell::Number("–".to_string())],
        Some(s) => [
            Cell::Number(page.percent(s.share)),
            Cell::Number(format!("{} – {}", page.percent(s.low), page.percent(s.high))),
        ],
    }
}

/// A chance as it is written: three decimals, and never nothing.
fn p_text(page: &Page, p: f64) -> String {
    if p < 0.001 { format!("< {}", page.number(0.001, 3)) } else { page.number(p, 3) }
}

fn test_text(page: &Page, test: &Test) -> String {
    format!("χ² = {}, df = {}, p {}", page.number(test.statistic, 2), test.degrees, {
        let p = p_text(page, test.p);
        if p.starts_with('<') { p } else { format!("= {p}") }
    })
}

fn indicators(page: &mut Page, analysis: &Analysis) {
    let language = page.language();
    let told: Vec<&Indicated> = analysis.indicators.iter().filter(|i| i.all.denominator != Some(0)).collect();
    if told.is_empty() {
        return;
    }
    let heading = page.say("Quality indicators", "Kwaliteitsindicatoren").to_string();
    page.heading(&heading);
    let text = page
        .say(
            "Shares are of those of whom it is known, with a Wilson interval. The bounds are the share if nobody of whom it is unknown met it, and if all of them did.",
            "Aandelen zijn van degenen van wie het bekend is, met een Wilson-interval. De grenzen zijn het aandeel als niemand van wie het onbekend is eraan voldeed, en als zij allen eraan voldeden.",
        )
        .to_string();
    page.paragraph(&text);
    let columns = [
        page.say("indicator", "indicator"),
        page.say("count", "tellen mee"),
        page.say("met", "gehaald"),
        page.say("not met", "niet gehaald"),
        page.say("unknown", "onbekend"),
        page.say("share", "aandeel"),
        page.say("interval", "interval"),
        page.say("bounds", "grenzen"),
        page.say("open whether they count", "open of zij meetellen"),
    ]
    .map(str::to_string);
    let rows = told.iter().map(|i| {
        let [share, interval] = share_cells(page, i.all.share);
        let bounds = i.all.bounds.map_or_else(
            || "–".to_string(),
            |(low, high)| format!("{} – {}", page.percent(low), page.percent(high)),
        );
        vec![
            Cell::Head(i.label.get(language).to_string()),
            count(i.all.denominator),
            count(i.all.met),
            count(i.all.not_met),
            count(i.all.unknown),
            share,
            interval,
            Cell::Number(bounds),
            count(i.open),
        ]
    });
    let caption = page.say("Indicators over all centres", "Indicatoren over alle centra").to_string();
    let table = Table { caption: caption.clone(), columns: columns.to_vec(), rows: rows.collect() };
    let points: Vec<Ranged> = told
        .iter()
        .map(|i| (i.label.get(language).to_string(), i.all.share.map(|s| (s.share, s.low, s.high))))
        .collect();
    let description = page
        .say(
            "For each indicator the share who meet it as a point, with its interval as a line.",
            "Per indicator het aandeel dat eraan voldoet als punt, met het interval als lijn.",
        )
        .to_string();
    let plot = Plot::intervals(&points, (0.0, 1.0, false), None, &|n| format!("{} %", (n * 100.0).round()));
    page.figure(&plot, &caption, &description, &table);
    for indicator in told {
        if indicator.centres.iter().filter(|c| c.share.is_some()).count() > 1 {
            funnel(page, indicator);
        }
    }
}

fn funnel(page: &mut Page, indicator: &Indicated) {
    let language = page.language();
    let Some(overall) = indicator.all.share.map(|s| s.share) else { return };
    let centres: Vec<(f64, f64, String)> = indicator
        .centres
        .iter()
        .filter_map(|c| Some(((c.met? + c.not_met?) as f64, c.share?.share, c.name.clone())))
        .collect();
    let most = centres.iter().map(|c| c.0).fold(1.0, f64::max) * 1.05;
    let limits: Vec<Vec<(f64, f64, f64)>> = [0.95, 0.998]
        .map(|confidence| {
            let steps = 60;
            (1..=steps)
                .filter_map(|step| {
                    let of = (most * f64::from(step) / f64::from(steps)).round().max(1.0);
                    chance(overall, of as u64, confidence).map(|(low, high)| (of, low, high))
                })
                .collect()
        })
        .to_vec();
    let title = format!("{}: {}", indicator.label.get(language), page.say("by centre", "per centrum"));
    page.subheading(&title);
    let outside = |level: u8| -> Vec<&str> {
        indicator.centres.iter().filter(|c| c.outside == Some(level)).map(|c| c.name.as_str()).collect()
    };
    let list = |names: Vec<&str>| if names.is_empty() { "–".to_string() } else { names.join(", ") };
    let (middle, far) = (list(outside(1)), list(outside(2)));
    let text = if language == Language::Nl {
        format!(
            "Buiten de 95 %-grenzen van toeval: {middle}; buiten de 99,8 %-grenzen: {far}. Het is geen rangorde: verschil in samenstelling is niet weggerekend."
        )
    } else {
        format!(
            "Outside the 95 % limits of chance: {middle}; outside the 99.8 % limits: {far}. This is no ranking: differences in case mix are not taken out."
        )
    };
    page.paragraph(&text);
    let columns = [
        page.say("centre", "centrum"),
        page.say("count", "tellen mee"),
        page.say("met", "gehaald"),
        page.say("not met", "niet gehaald"),
        page.say("unknown", "onbekend"),
        page.say("share", "aandeel"),
        page.say("interval", "interval"),
        page.say("limits of chance", "grenzen van toeval"),
    ]
    .map(str::to_string);
    let place = |level: Option<u8>| match level {
        None => "–",
        Some(0) => page.say("inside", "erbinnen"),
        Some(1) => page.say("outside 95 %", "buiten 95 %"),
        Some(_) => page.say("outside 99.8 %", "buiten 99,8 %"),
    };
    let rows = indicator.centres.iter().map(|c| {
        let [share, interval] = share_cells(page, c.share);
        vec![
            Cell::Head(c.name.clone()),
            count(c.denominator),
            count(c.met),
            count(c.not_met),
            count(c.unknown),
            share,
            interval,
            Cell::Words(place(c.outside).to_string()),
        ]
    });
    let twin = Table { caption: title.clone(), columns: columns.to_vec(), rows: rows.collect() };
    let names = (
        page.say("patients of whom it is known", "patiënten van wie het bekend is"),
        page.say("share", "aandeel"),
    );
    let description = page
        .say(
            "Each centre is a point: how many patients across, the share who meet the indicator up. The line is the share of all; the curves are the limits of chance, 95 % broken and 99.8 % whole.",
            "Elk centrum is een punt: het aantal patiënten naar rechts, het aandeel dat voldoet omhoog. De lijn is het aandeel van allen; de krommen zijn de grenzen van toeval, 95 % onderbroken en 99,8 % heel.",
        )
        .to_string();
    let plot = Plot::funnel(&centres, &limits, overall, names, &|n| n.to_string());
    page.figure(&plot, &title, &description, &twin);
}

fn case_mix(page: &mut Page, analysis: &Analysis) {
    let language = page.language();
    let heading = page.say("Incidence and case mix", "Incidentie en samenstelling").to_string();
    page.heading(&heading);
    let patients = page.say("patients", "patiënten").to_string();
    if !analysis.years.is_empty() {
        let caption = page.say("New patients by year", "Nieuwe patiënten per jaar").to_string();
        let columns = vec![page.say("year", "jaar").to_string(), patients.clone()];
        let rows = analysis.years.iter().map(|(year, of)| vec![Cell::Head(year.clone()), count(*of)]);
        let table = Table { caption: caption.clone(), columns, rows: rows.collect() };
        let bars: Vec<(String, Vec<f64>)> = analysis
            .years
            .iter()
            .map(|(year, of)| (year.clone(), vec![of.unwrap_or(0) as f64, 0.0]))
            .collect();
        let none = page.say("hidden", "verborgen").to_string();
        page.figure(&Plot::bars(&bars, &[patients.clone(), none]), &caption, &caption, &table);
    }
    for Mixed { label, levels, conventional, .. } in &analysis.mix {
        let total: Option<u64> = levels.iter().map(|(_, count)| *count).sum();
        let columns =
            vec![label.get(language).to_string(), patients.clone(), page.say("share", "aandeel").to_string()];
        let rows = levels.iter().map(|(name, of)| {
            // With a hidden count the shares of the others still stand, of all that were analysed.
            let whole = total.unwrap_or(analysis.analysed).max(1);
            let share = of.map_or_else(|| "–".to_string(), |of| page.percent(of as f64 / whole as f64));
            vec![Cell::Head(name.get(language).to_string()), count(*of), Cell::Number(share)]
        });
        let caption = capital(label.get(language));
        let table = Table { caption, columns, rows: rows.collect() };
        page.table(&table);
        if conventional.is_some_and(|c| c > 0) {
            let told = conventional.unwrap_or_default();
            let text = if language == Language::Nl {
                format!("Bij {told} van hen is dit de conventionele waarde; de exacte verzameling is groter.")
            } else {
                format!("For {told} of them this is the conventional value; the exact set is larger.")
            };
            page.paragraph(&text);
        }
    }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// A unit of time as a reader says it.
fn unit(page: &Page, unit: &str) -> String {
    match unit {
        "a" => page.say("years", "jaren"),
        "mo" => page.say("months", "maanden"),
        "wk" => page.say("weeks", "weken"),
        "d" => page.say("days", "dagen"),
        other => other,
    }
    .to_string()
}

fn survival(page: &mut Page, timed: &Timed, confidence: f64) {
    let language = page.language();
    page.heading(timed.title.get(language));
    let band = format!(
        "{} {}",
        page.percent(confidence).replace(",0", "").replace(".0", ""),
        page.say(
            "bands on the log-log scale, from Greenwood's error.",
            "banden op de log-log-schaal, uit de fout van Greenwood."
        )
    );
    page.paragraph(&format!("Kaplan-Meier; {band}"));
    for block in &timed.blocks {
        curves(page, timed, block);
    }
    if let Some(regression) = &timed.regression {
        hazards(page, regression);
    }
}

fn curves(page: &mut Page, timed: &Timed, block: &Block) {
    let language = page.language();
    let title = format!("{}: {}", timed.title.get(language), block.label.get(language));
    page.subheading(&capital(block.label.get(language)));
    let mut told = Vec::new();
    if let Some(test) = &block.log_rank {
        told.push(format!("{}: {}", page.say("Log-rank test", "Log-ranktoets"), test_text(page, test)));
    }
    if block.left_out.is_none_or(|n| n > 0) {
        let left = block.left_out.map_or_else(|| "–".to_string(), |n| n.to_string());
        told.push(format!(
            "{}: {left}",
            page.say(
                "without a group here, or in a group too small to show",
                "hier zonder groep, of in een groep te klein om te tonen"
            )
        ));
    }
    if !told.is_empty() {
        page.paragraph(&told.join(" · "));
    }
    let drawn: Vec<Steps> = block
        .curves
        .iter()
        .map(|c| Steps {
            name: c.name.get(language).to_string(),
            points: c.points.iter().map(|p| (p.time, p.survival, p.band)).collect(),
            end: c.end,
        })
        .collect();
    let time = unit(page, &timed.unit);
    let share = page.say("share without the event", "aandeel zonder de gebeurtenis").to_string();
    let plot = Plot::survival(&drawn, timed.until, (&time, &share), &|n| number_text(language, n, 0));
    let mut columns = vec![
        page.say("group", "groep").to_string(),
        page.say("patients", "patiënten").to_string(),
        page.say("events", "gebeurtenissen").to_string(),
        page.say("median (interval)", "mediaan (interval)").to_string(),
    ];
    for mark in &block.marks {
        columns.push(format!("{} {time}", number_text(language, *mark, 0)));
    }
    let rows = block.curves.iter().map(|c| {
        let mut row = vec![
            Cell::Head(c.name.get(language).to_string()),
            count(c.people),
            count(c.events),
            Cell::Number(median(page, c)),
        ];
        row.extend(c.at_marks.iter().map(|s| {
            Cell::Number(s.map_or_else(
                || "–".to_string(),
                |s| format!("{} ({} – {})", page.percent(s.share), page.percent(s.low), page.percent(s.high)),
            ))
        }));
        row
    });
    let twin = Table { caption: title.clone(), columns, rows: rows.collect() };
    let description = describe(page, block);
    page.figure(&plot, &title, &description, &twin);
    let mut columns = vec![page.say("group", "groep").to_string()];
    columns.extend(block.marks.iter().map(|m| number_text(language, *m, 0)));
    let rows = block.curves.iter().map(|c| {
        let mut row = vec![Cell::Head(c.name.get(language).to_string())];
        row.extend(c.at_risk.iter().map(|n| count(*n)));
        row
    });
    let caption = format!("{} ({time})", page.say("Numbers at risk", "Aantallen onder risico"));
    let table = Table { caption, columns, rows: rows.collect() };
    page.table(&table);
}

/// What a curve shows, in words.
fn describe(page: &Page, block: &Block) -> String {
    let language = page.language();
    let one = |c: &Curved| {
        let mut at = block.marks.iter().zip(&c.at_marks).filter_map(|(m, s)| Some((*m, (*s)?)));
        let last = at.next_back().map_or_else(String::new, |(mark, s)| {
            format!("{} {}: {}", page.say("at", "op"), number_text(language, mark, 0), page.percent(s.share))
        });
        format!("{} {last}", c.name.get(language))
    };
    block.curves.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn median(page: &Page, curve: &Curved) -> String {
    let end = |n: Option<f64>| n.map_or_else(|| "…".to_string(), |n| page.number(n, 1));
    match curve.median {
        None => page.say("not reached", "niet bereikt").to_string(),
        Some((time, low, high)) => format!("{} ({} – {})", page.number(time, 1), end(low), end(high)),
    }
}

fn hazards(page: &mut Page, regression: &Regression) {
    let language = page.language();
    let title = page.say("Cox regression", "Cox-regressie").to_string();
    page.subheading(&title);
    let shown = |n: Option<u64>| n.map_or_else(|| "–".to_string(), |n| n.to_string());
    let mut told = vec![
        format!("n = {}", shown(regression.people)),
        format!("{} = {}", page.say("events", "gebeurtenissen"), shown(regression.events)),
        format!("{} = {}", page.say("left out", "weggelaten"), shown(regression.left_out)),
    ];
    if let Some((without, with)) = regression.likelihood {
        told.push(format!(
            "{} {} → {}",
            page.say("log-likelihood", "log-likelihood"),
            page.number(without, 2),
            page.number(with, 2)
        ));
    }
    if let Some(test) = &regression.ratio {
        let name = page.say("likelihood-ratio test", "likelihood-ratiotoets");
        told.push(format!("{name}: {}", test_text(page, test)));
    }
    if let Some(concordance) = regression.concordance {
        let name = page.say("concordance", "concordantie");
        told.push(format!("{name} {}", page.number(concordance, 3)));
    }
    told.push(page.say("ties as Efron proposed", "gelijke tijden volgens Efron").to_string());
    page.paragraph(&told.join(" · "));
    if let Some(why) = &regression.refused {
        let text = format!("{}: {}", page.say("No model", "Geen model"), why.get(language));
        page.paragraph(&text);
        return;
    }
    let columns = [
        page.say("covariate", "covariaat"),
        "coef",
        "HR",
        page.say("interval of HR", "interval van HR"),
        "se",
        "z",
        "p",
    ]
    .map(str::to_string);
    let rows = regression.effects.iter().map(|e| {
        vec![
            Cell::Head(e.name.get(language).to_string()),
            Cell::Number(page.number(e.coefficient, 3)),
            Cell::Number(page.number(e.ratio, 2)),
            Cell::Number(format!("{} – {}", page.number(e.interval.0, 2), page.number(e.interval.1, 2))),
            Cell::Number(page.number(e.error, 3)),
            Cell::Number(page.number(e.z, 2)),
            Cell::Number(p_text(page, e.p)),
        ]
    });
    let twin = Table { caption: title.clone(), columns: columns.to_vec(), rows: rows.collect() };
    let points: Vec<Ranged> = regression
        .effects
        .iter()
        .map(|e| (e.name.get(language).to_string(), Some((e.ratio, e.interval.0, e.interval.1))))
        .collect();
    let ends = |of: &dyn Fn(&(f64, f64, f64)) -> f64| {
        points.iter().filter_map(|p| p.1.as_ref().map(of)).collect::<Vec<_>>()
    };
    let low = ends(&|p| p.1).into_iter().fold(0.8, f64::min).max(0.01) / 1.1;
    let high = ends(&|p| p.2).into_iter().fold(1.25, f64::max).min(100.0) * 1.1;
    let plot = Plot::intervals(&points, (low, high, true), Some(1.0), &|n| {
        let text = number_text(language, n, 2);
        text.trim_end_matches('0').trim_end_matches([',', '.']).to_string()
    });
    let description = page
        .say(
            "For each covariate the hazard ratio as a point, with its interval as a line; the line at 1 means no difference.",
            "Per covariaat de hazardratio als punt, met het interval als lijn; de lijn bij 1 betekent geen verschil.",
        )
        .to_string();
    page.figure(&plot, &title, &description, &twin);
}

fn discordance(page: &mut Page, analysis: &Analysis) {
    let language = page.language();
    if analysis.comparisons.is_empty() && analysis.contradictions.is_empty() {
        return;
    }
    let heading = page.say("Discordance", "Discordantie").to_string();
    page.heading(&heading);
    for compared in &analysis.comparisons {
        cross(page, compared);
    }
    if analysis.contradictions.is_empty() {
        return;
    }
    let title = page.say("Facts that contradict each other", "Gegevens die elkaar tegenspreken").to_string();
    page.subheading(&title);
    let rows = analysis.contradicting.map_or_else(|| "–".to_string(), |n| n.to_string());
    let text = if language == Language::Nl {
        format!(
            "Bij {rows} patiënten spreken gegevens elkaar tegen volgens de regels van de richtlijn. Welk van beide fout is, kiest de richtlijn niet."
        )
    } else {
        format!(
            "For {rows} patients facts contradict each other by the rules of the guideline. Which of them is wrong, the guideline does not choose."
        )
    };
    page.paragraph(&text);
    let columns = [page.say("facts", "gegevens"), page.say("because", "omdat"), page.say("rows", "rijen")];
    let joined = |lines: &[Lines]| lines.iter().map(|l| l.get(language)).collect::<Vec<_>>().join("; ");
    let rows = analysis
        .contradictions
        .iter()
        .map(|c| vec![Cell::Head(joined(&c.facts)), Cell::Words(joined(&c.because)), count(c.rows)]);
    let rows = rows.collect();
    let table = Table { caption: title, columns: columns.map(str::to_string).to_vec(), rows };
    page.table(&table);
}

fn cross(page: &mut Page, compared: &Compared) {
    let language = page.language();
    let title = compared.title.get(language).to_string();
    page.subheading(&title);
    let shown = |n: Option<u64>| n.map_or_else(|| "–".to_string(), |n| n.to_string());
    let text = format!(
        "{}: {} · {}: {} · {}: {}",
        page.say("agree", "komen overeen"),
        shown(compared.agree),
        page.say("discordant (marked ≠)", "discordant (gemerkt met ≠)"),
        shown(compared.discordant),
        page.say("open on one side", "open aan een kant"),
        shown(compared.open)
    );
    page.paragraph(&text);
    if compared.first.is_empty() {
        return;
    }
    let [a, b] = &compared.ways;
    let mut columns = vec![format!("{} ↓ · {} →", a.get(language), b.get(language))];
    columns.extend(compared.second.iter().map(|l| l.get(language).to_string()));
    let rows = compared.first.iter().enumerate().map(|(row, name)| {
        let mut cells = vec![Cell::Head(name.get(language).to_string())];
        cells.extend(compared.counts[row].iter().enumerate().map(|(column, n)| {
            let mark = if compared.apart[row][column] && *n != Some(0) { "≠ " } else { "" };
            Cell::Number(format!("{mark}{}", shown(*n)))
        }));
        cells
    });
    let table = Table { caption: title, columns, rows: rows.collect() };
    page.table(&table);
}
