//! Figures of what was gathered, with small counts hidden.

use nw_guideline::CompiledGuideline;
use nw_statistics::cox::{NoModel, cox};
use nw_statistics::disclosure::{Counts, Shown, hide};
use nw_statistics::proportion::{chance, wilson};
use nw_statistics::survival::{Curve, Seen, log_rank};

use super::definition::{Comparison, Definition, Survival, Variable};
use super::gather::{Gathered, Levels, Met, NONE, way_levels};
use super::results::{
    Analysis, Block, Centre, Clashing, Compared, Curved, Effect, Indicated, Lines, Mixed, Point, Regression,
    Shared, Test, Timed,
};
use crate::fault::Fault;
use crate::report::Edition;

fn unknown_name() -> Lines {
    Lines::of("not known", "niet bekend")
}

/// One line of counts, with their sum shown.
fn line(counts: &[u64], smallest: u64) -> Shown {
    hide(&Counts { rows: vec![counts.to_vec()], row_totals: true, column_totals: false }, smallest)
}

/// A count by itself.
fn single(count: u64, smallest: u64) -> Option<u64> {
    (count == 0 || count >= smallest).then_some(count)
}

pub(super) fn figures(
    guideline: &CompiledGuideline,
    definition: &Definition,
    all: &Gathered,
    smallest: u64,
) -> Result<Analysis, Fault> {
    let title = Lines { en: definition.en.clone(), nl: definition.nl.clone() };
    let mut comparisons = Vec::new();
    for (comparison, ways) in definition.comparison.iter().zip(&all.ways) {
        comparisons.push(compared(guideline, comparison, ways, smallest)?);
    }
    Ok(Analysis {
        definition: [definition.id.clone(), definition.version.clone()],
        title,
        guideline: Edition::of(guideline),
        notice: Lines::from(&crate::report::notice()),
        rows: all.rows,
        analysed: all.count as u64,
        rejected: all.rejected,
        smallest,
        confidence: definition.confidence,
        years: years(all, smallest),
        mix: definition.mix.iter().filter_map(|v| mixed(all, v, smallest)).collect(),
        indicators: indicators(definition, all, smallest),
        survival: definition
            .survival
            .iter()
            .filter_map(|s| timed(guideline, definition, s, all, smallest))
            .collect(),
        comparisons,
        contradictions: clashes(guideline, all, smallest),
        contradicting: single(all.clashing, smallest),
    })
}

fn years(all: &Gathered, smallest: u64) -> Vec<(String, Option<u64>)> {
    let mut known: Vec<i16> = all.years.iter().copied().filter(|y| *y != i16::MIN).collect();
    known.sort_unstable();
    let (Some(first), Some(last)) = (known.first(), known.last()) else { return Vec::new() };
    let counts: Vec<u64> =
        (*first..=*last).map(|year| known.iter().filter(|y| **y == year).count() as u64).collect();
    let shown = line(&counts, smallest);
    (*first..=*last).map(|y| y.to_string()).zip(shown.rows[0].iter().copied()).collect()
}

/// Levels of a thing: of a number, the classes between its cuts.
fn classes(thing: &Levels, variable: &Variable) -> (Vec<Lines>, Vec<u16>) {
    if variable.cuts.is_empty() {
        return (thing.levels.iter().map(|(_, label)| Lines::from(label)).collect(), thing.codes.clone());
    }
    let cuts = &variable.cuts;
    let mut names = vec![Lines::of(&format!("below {}", cuts[0]), &format!("onder {}", cuts[0]))];
    for pair in cuts.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        names.push(Lines::of(&format!("{a} to below {b}"), &format!("{a} tot {b}")));
    }
    let last = cuts[cuts.len() - 1];
    names.push(Lines::of(&format!("{last} and over"), &format!("{last} en hoger")));
    let class = |number: &f64| {
        if number.is_nan() { NONE } else { cuts.partition_point(|c| c <= number) as u16 }
    };
    (names, thing.numbers.iter().map(class).collect())
}

fn mixed(all: &Gathered, variable: &Variable, smallest: u64) -> Option<Mixed> {
    let thing = all.thing(&variable.of)?;
    let (names, codes) = classes(thing, variable);
    let mut counts = vec![0u64; names.len() + 1];
    for code in &codes {
        counts[usize::from(*code).min(names.len())] += 1;
    }
    let shown = line(&counts, smallest);
    let levels = names.into_iter().chain([unknown_name()]).zip(shown.rows[0].iter().copied());
    // A level that nobody has is not listed.
    let levels = levels.zip(&counts).filter(|(_, count)| **count > 0).map(|(level, _)| level).collect();
    Some(Mixed {
        of: thing.id.clone(),
        label: Lines::from(&thing.label),
        levels,
        conventional: single(thing.conventional, smallest),
    })
}

fn indicators(definition: &Definition, all: &Gathered, smallest: u64) -> Vec<Indicated> {
    let names: Vec<String> =
        all.centres.iter().flat_map(|c| c.levels.iter().map(|(name, _)| name.clone())).collect();
    let of_row: &[u16] = all.centres.as_ref().map_or(&[], |c| &c.codes);
    let indicated = |indicator: &super::gather::Indicator| {
        let mut counts = vec![vec![0u64; 3]; names.len().max(1)];
        let mut open = 0;
        for (row, met) in indicator.rows.iter().enumerate() {
            let centre = of_row.get(row).map_or(0, |c| usize::from(*c));
            match met {
                Met::Yes => counts[centre][0] += 1,
                Met::No => counts[centre][1] += 1,
                Met::Unknown => counts[centre][2] += 1,
                Met::Open => open += 1,
                Met::Outside => {}
            }
        }
        let shown = hide(&Counts { rows: counts, row_totals: true, column_totals: true }, smallest);
        let total = centre("", &shown.column_totals, shown.total, definition.confidence);
        let overall = total.share.map(|s| s.share);
        let centres = names.iter().enumerate().map(|(at, name)| {
            let mut found = centre(name, &shown.rows[at], shown.row_totals[at], definition.confidence);
            found.outside = overall.and_then(|overall| outside(&found, overall));
            found
        });
        Indicated {
            id: indicator.id.clone(),
            label: Lines::from(&indicator.label),
            all: total,
            centres: centres.collect(),
            open: single(open, smallest),
            conventional: single(indicator.conventional, smallest),
        }
    };
    all.indicators.iter().map(indicated).collect()
}

fn centre(name: &str, counts: &[Option<u64>], total: Option<u64>, confidence: f64) -> Centre {
    let (met, not_met, unknown) = (counts[0], counts[1], counts[2]);
    let share = met.zip(not_met).and_then(|(met, not)| wilson(met, met + not, confidence));
    let bounds = match (met, not_met, unknown) {
        (Some(met), Some(not), Some(unknown)) if met + not + unknown > 0 => {
            let of = (met + not + unknown) as f64;
            Some((met as f64 / of, (met + unknown) as f64 / of))
        }
        _ => None,
    };
    Centre {
        name: name.to_string(),
        denominator: total,
        met,
        not_met,
        unknown,
        share: share.map(|s| Shared { share: s.share, low: s.low, high: s.high }),
        bounds,
        outside: None,
    }
}

/// Whether chance alone would hardly put a centre there.
fn outside(centre: &Centre, overall: f64) -> Option<u8> {
    let (share, of) = (centre.share?.share, centre.met? + centre.not_met?);
    let beyond = |confidence| {
        chance(overall, of, confidence).is_some_and(|(low, high)| share < low - 1e-12 || share > high + 1e-12)
    };
    Some(u8::from(beyond(0.95)) + u8::from(beyond(0.998)))
}

fn timed(
    guideline: &CompiledGuideline,
    definition: &Definition,
    asked: &Survival,
    all: &Gathered,
    smallest: u64,
) -> Option<Timed> {
    let (time, event) = (all.thing(&asked.time)?, all.thing(&asked.event)?);
    let occurred = event.levels.iter().position(|(id, _)| *id == asked.occurred)? as u16;
    let seen: Vec<Option<Seen>> = time
        .numbers
        .iter()
        .zip(&event.codes)
        .map(|(time, event)| {
            let known = time.is_finite() && *time >= 0.0 && *event != NONE;
            known.then_some(Seen { time: *time, event: *event == occurred })
        })
        .collect();
    let known = seen.iter().flatten().count() as u64;
    if known < smallest {
        return None;
    }
    let fact = guideline.vocabulary.find_fact(&asked.time)?;
    let everybody = Lines::of("everybody", "iedereen");
    let mut whole = vec![0u16; seen.len()];
    whole.iter_mut().zip(&seen).for_each(|(group, seen)| *group = if seen.is_some() { 0 } else { NONE });
    let mut blocks =
        vec![block(definition, asked, &seen, ("", everybody.clone()), &[everybody], &whole, smallest)];
    for stratum in &asked.strata {
        let Some(thing) = all.thing(stratum) else { continue };
        let names: Vec<Lines> = thing.levels.iter().map(|(_, label)| Lines::from(label)).collect();
        let label = Lines::from(&thing.label);
        let block = block(definition, asked, &seen, (stratum, label), &names, &thing.codes, smallest);
        if block.curves.len() > 1 {
            blocks.push(block);
        }
    }
    let regression =
        (!asked.covariate.is_empty()).then(|| regression(definition, asked, all, &seen, smallest));
    Some(Timed {
        id: asked.id.clone(),
        title: Lines { en: asked.en.clone(), nl: asked.nl.clone() },
        until: asked.until,
        unit: guideline.vocabulary.fact(fact).unit.clone().unwrap_or_default(),
        blocks,
        regression,
    })
}

/// Most curves that stand in one drawing.
const MOST_CURVES: usize = 6;

fn block(
    definition: &Definition,
    asked: &Survival,
    seen: &[Option<Seen>],
    (by, label): (&str, Lines),
    names: &[Lines],
    groups: &[u16],
    smallest: u64,
) -> Block {
    let of = |group: usize| -> Vec<Seen> {
        let own = seen.iter().zip(groups).filter(|(_, g)| usize::from(**g) == group);
        own.filter_map(|(seen, _)| *seen).collect()
    };
    let mut kept: Vec<(usize, Vec<Seen>)> = (0..names.len()).map(|group| (group, of(group))).collect();
    kept.retain(|(_, people)| !people.is_empty() && people.len() as u64 >= smallest);
    // The largest groups are drawn, in the order of their values.
    kept.sort_by_key(|(group, people)| (std::cmp::Reverse(people.len()), *group));
    kept.truncate(MOST_CURVES);
    kept.sort_by_key(|(group, _)| *group);
    let curves: Vec<Curve> =
        kept.iter().map(|(_, people)| Curve::of(people, definition.confidence)).collect();
    let told = hide(
        &Counts {
            rows: curves.iter().map(|c| vec![c.events as u64, (c.people - c.events) as u64]).collect(),
            row_totals: true,
            column_totals: true,
        },
        smallest,
    );
    let at_risk = hide(
        &Counts {
            rows: asked
                .marks
                .iter()
                .map(|mark| curves.iter().map(|c| c.at_risk(*mark) as u64).collect())
                .collect(),
            row_totals: true,
            column_totals: false,
        },
        smallest,
    );
    let drawn = kept.iter().zip(&curves).enumerate().map(|(at, ((group, _), curve))| {
        let steps: Vec<Point> = curve
            .steps
            .iter()
            .take_while(|s| s.at_risk as u64 >= smallest)
            .filter(|s| s.events > 0)
            .map(|s| Point { time: s.time, survival: s.survival, band: s.band })
            .collect();
        let end =
            curve.steps.iter().take_while(|s| s.at_risk as u64 >= smallest).last().map_or(0.0, |s| s.time);
        let at_marks = asked.marks.iter().map(|mark| {
            if curve.at_risk(*mark) < (smallest as usize).max(1) {
                return None;
            }
            let step = curve.at(*mark);
            let (survival, band) = step.map_or((1.0, Some((1.0, 1.0))), |s| (s.survival, s.band));
            band.map(|(low, high)| Shared { share: survival, low, high })
        });
        let median = curve.median().filter(|m| m.time <= end);
        Curved {
            name: names[*group].clone(),
            people: told.row_totals[at],
            events: told.rows[at][0],
            points: steps,
            end,
            at_risk: at_risk.rows.iter().map(|row| row[at]).collect(),
            at_marks: at_marks.collect(),
            median: median.map(|m| (m.time, m.low, m.high)),
        }
    });
    let people: Vec<Vec<Seen>> = kept.iter().map(|(_, people)| people.clone()).collect();
    let test = log_rank(&people).map(|t| Test { statistic: t.statistic, degrees: t.degrees, p: t.p });
    let inside: usize = people.iter().map(Vec::len).sum();
    let left_out = seen.iter().flatten().count() - inside;
    Block {
        by: by.to_string(),
        label,
        curves: drawn.collect(),
        marks: asked.marks.clone(),
        log_rank: test,
        left_out: single(left_out as u64, smallest),
    }
}

/// One column of a regression: its name, and the number of each row that has one.
struct Column {
    name: Lines,
    of: Box<dyn Fn(usize) -> f64>,
}

fn regression(
    definition: &Definition,
    asked: &Survival,
    all: &Gathered,
    seen: &[Option<Seen>],
    smallest: u64,
) -> Regression {
    let mut columns: Vec<Column> = Vec::new();
    let mut usable: Vec<bool> = seen.iter().map(Option::is_some).collect();
    for covariate in &asked.covariate {
        let Some(thing) = all.thing(&covariate.of) else { continue };
        let label = Lines::from(&thing.label);
        if let Some(per) = covariate.per {
            let numbers = thing.numbers.clone();
            usable.iter_mut().zip(&numbers).for_each(|(u, n)| *u &= n.is_finite());
            let name = Lines {
                en: format!("{}, for {per} more", label.en),
                nl: format!("{}, per {per} meer", label.nl),
            };
            columns.push(Column { name, of: Box::new(move |row| numbers[row] / per) });
            continue;
        }
        let reference = covariate.reference.as_deref().unwrap_or_default();
        let Some(base) = thing.levels.iter().position(|(id, _)| id == reference) else { continue };
        for (level, (_, name)) in thing.levels.iter().enumerate() {
            let code = level as u16;
            let own = || (0..seen.len()).filter(move |row| thing.codes[*row] == code && seen[*row].is_some());
            // A level that hardly anybody has is left out with its people.
            if level != base && (own().count() as u64) < smallest.max(1) {
                usable.iter_mut().zip(&thing.codes).for_each(|(u, c)| *u &= *c != code);
                continue;
            }
            if level == base {
                continue;
            }
            let codes = thing.codes.clone();
            let against = &thing.levels[base].1;
            let name = Lines {
                en: format!("{}: {} against {}", label.en, name.en, against.en),
                nl: format!("{}: {} tegen {}", label.nl, name.nl, against.nl),
            };
            columns.push(Column { name, of: Box::new(move |row| f64::from(u8::from(codes[row] == code))) });
        }
        usable.iter_mut().zip(&thing.codes).for_each(|(u, c)| *u &= *c != NONE);
    }
    let rows: Vec<usize> = (0..seen.len()).filter(|row| usable[*row]).collect();
    // Taking out incomplete rows may empty a level.
    columns.retain(|column| {
        let first = rows.first().map(|row| (column.of)(*row));
        rows.iter().any(|row| Some((column.of)(*row)) != first)
    });
    let people: Vec<Seen> = rows.iter().filter_map(|row| seen[*row]).collect();
    let covariates: Vec<Vec<f64>> =
        rows.iter().map(|row| columns.iter().map(|c| (c.of)(*row)).collect()).collect();
    let events = people.iter().filter(|s| s.event).count() as u64;
    let told = line(&[events, people.len() as u64 - events], smallest);
    let mut regression = Regression {
        people: told.row_totals[0],
        events: told.rows[0][0],
        left_out: single((seen.iter().flatten().count() - people.len()) as u64, smallest),
        refused: None,
        effects: Vec::new(),
        likelihood: None,
        ratio: None,
        concordance: None,
    };
    if (people.len() as u64) < smallest.max(1) || columns.is_empty() {
        regression.refused = Some(Lines::of(
            "too few patients have everything on record",
            "van te weinig patiënten is alles vastgelegd",
        ));
        return regression;
    }
    match cox(&people, &covariates, definition.confidence) {
        Ok(model) => {
            let effect = |(column, e): (&Column, &nw_statistics::cox::Effect)| Effect {
                name: column.name.clone(),
                coefficient: e.coefficient,
                ratio: e.ratio,
                error: e.error,
                z: e.z,
                p: e.p,
                interval: e.interval,
            };
            regression.effects = columns.iter().zip(&model.effects).map(effect).collect();
            regression.likelihood = Some((model.likelihood_without, model.likelihood));
            let (statistic, degrees, p) = model.ratio;
            regression.ratio = Some(Test { statistic, degrees, p });
            regression.concordance = model.concordance;
        }
        Err(why) => {
            let name = |at: usize| columns.get(at).map(|c| c.name.clone()).unwrap_or_default();
            regression.refused = Some(match why {
                NoModel::NoEvents => Lines::of("nobody had the event", "bij niemand trad de gebeurtenis op"),
                NoModel::Repeated(at) => Lines {
                    en: format!("`{}` says nothing that the others do not say already", name(at).en),
                    nl: format!("`{}` zegt niets wat de andere niet al zeggen", name(at).nl),
                },
                NoModel::Endless(at) => Lines {
                    en: format!(
                        "the ratio of `{}` has no end: in one group nobody or everybody had the event",
                        name(at).en
                    ),
                    nl: format!(
                        "de verhouding van `{}` heeft geen einde: in één groep had niemand of iedereen de gebeurtenis",
                        name(at).nl
                    ),
                },
                NoModel::NoEnd => {
                    Lines::of("the search came to no end", "het zoeken kwam niet tot een einde")
                }
            });
        }
    }
    regression
}

fn compared(
    guideline: &CompiledGuideline,
    comparison: &Comparison,
    ways: &[Vec<u16>; 2],
    smallest: u64,
) -> Result<Compared, Fault> {
    let levels = [way_levels(guideline, &comparison.first)?, way_levels(guideline, &comparison.second)?];
    let (tall, wide) = (levels[0].levels.len() + 1, levels[1].levels.len() + 1);
    let mut counts = vec![vec![0u64; wide]; tall];
    for (a, b) in ways[0].iter().zip(&ways[1]) {
        if *a == NONE - 1 {
            continue;
        }
        counts[usize::from(*a).min(tall - 1)][usize::from(*b).min(wide - 1)] += 1;
    }
    let agreement = |first: &str, second: &str| {
        let conclusion = guideline.vocabulary.find_conclusion(second)?;
        let reported = guideline.vocabulary.find_fact(first)?;
        guideline.agreements.iter().find(|a| a.reported == reported && a.conclusion == conclusion)
    };
    let told = agreement(&comparison.first.of, &comparison.second.of);
    let goes = |a: usize, b: usize| -> bool {
        let (first, second) = (&levels[0].levels[a].0, &levels[1].levels[b].0);
        if !comparison.apart.is_empty() {
            return !comparison.apart.iter().any(|[x, y]| x == first && y == second);
        }
        match told {
            // "Not applicable" stands after the last value on both sides.
            Some(agreement) => agreement.agrees.get(a).is_none_or(|mask| mask >> b & 1 == 1),
            None => first == second,
        }
    };
    let (mut agree, mut discordant, mut open) = (0, 0, 0);
    let mut apart = vec![vec![false; wide]; tall];
    for a in 0..tall {
        for b in 0..wide {
            if a == tall - 1 || b == wide - 1 {
                open += counts[a][b];
            } else if goes(a, b) {
                agree += counts[a][b];
            } else {
                apart[a][b] = true;
                discordant += counts[a][b];
            }
        }
    }
    // Levels that nobody has are left out, before counts are hidden.
    let used_rows: Vec<usize> = (0..tall).filter(|a| counts[*a].iter().any(|c| *c > 0)).collect();
    let used_columns: Vec<usize> = (0..wide).filter(|b| counts.iter().any(|row| row[*b] > 0)).collect();
    let less: Vec<Vec<u64>> =
        used_rows.iter().map(|a| used_columns.iter().map(|b| counts[*a][*b]).collect()).collect();
    let shown = hide(&Counts { rows: less, row_totals: true, column_totals: true }, smallest);
    let sums = line(&[agree, discordant, open], smallest);
    let names = |side: usize, used: &[usize]| -> Vec<Lines> {
        let open = Lines::of("open", "open");
        let name =
            |at: &usize| levels[side].levels.get(*at).map_or(open.clone(), |(_, label)| Lines::from(label));
        used.iter().map(name).collect()
    };
    let way = |way: &super::definition::Way| Lines { en: way.en.clone(), nl: way.nl.clone() };
    Ok(Compared {
        id: comparison.id.clone(),
        title: Lines { en: comparison.en.clone(), nl: comparison.nl.clone() },
        ways: [way(&comparison.first), way(&comparison.second)],
        first: names(0, &used_rows),
        second: names(1, &used_columns),
        counts: shown.rows,
        apart: used_rows.iter().map(|a| used_columns.iter().map(|b| apart[*a][*b]).collect()).collect(),
        agree: sums.rows[0][0],
        discordant: sums.rows[0][1],
        open: sums.rows[0][2],
    })
}

fn clashes(guideline: &CompiledGuideline, all: &Gathered, smallest: u64) -> Vec<Clashing> {
    let mut sorted: Vec<_> = all.clashes.iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let of = |(clash, rows): (&super::gather::Clash, &u64)| {
        let rules = clash.rules.iter().map(|r| Lines::from(&guideline.rules[*r].title));
        let reports = clash.agreements.iter().map(|a| Lines::from(&guideline.agreements[*a].title));
        Clashing {
            facts: clash.facts.iter().map(|f| Lines::from(&guideline.vocabulary.fact(*f).label)).collect(),
            because: rules.chain(reports).collect(),
            rows: single(*rows, smallest),
        }
    };
    sorted.into_iter().map(of).collect()
}
