//! From files of schedules to [`Schedules`]: every slip with its place, what was expected and the nearest spelling.

use std::ops::Range;

use nw_facts::{FactIdx, Holder, Kind, Text, nearest, said};
use nw_guideline::{Citation, CompiledGuideline, Diagnostic, DiagnosticCode, Mark, Place as Spot, SourceSet};
use toml::Spanned as At;
use toml::de::{DeTable, DeValue};

use crate::schedule::{Event, Holds, Place, Rule, RuleKind, Schedule, Schedules, Timing, Window};
use crate::settings::usual;

/// The folder of the schedules inside the knowledge folder.
pub const SCHEDULES: &str = "calendar/";
/// The file that says how a centre is open when it has no settings of its own.
const HOUSE: &str = "calendar/house.toml";

/// Reads all schedules of a knowledge folder. Never fails; what is wrong is in the findings, and what cannot be
/// understood is left out.
pub fn read(sources: &SourceSet, guideline: &CompiledGuideline) -> (Schedules, Vec<Diagnostic>) {
    let mut found = Vec::new();
    let mut schedules = Schedules::default();
    let files: Vec<(&str, &str)> = sources.files().filter(|(path, _)| path.starts_with(SCHEDULES)).collect();
    let own = files.iter().map(|(path, text)| ((*path).to_string(), (*text).to_string())).collect();
    schedules.digest = SourceSet::new(own).digest();
    for (path, text) in files.iter().filter(|(path, _)| *path != HOUSE && path.ends_with(".toml")) {
        match DeTable::parse(text) {
            Ok(table) => file(path, table.span(), table.get_ref(), guideline, &mut schedules, &mut found),
            Err(error) => {
                let at = Spot { file: (*path).into(), span: error.span().unwrap_or(0..0) };
                found.push(Diagnostic::new(
                    DiagnosticCode::BadToml,
                    &at,
                    said!("{}", "de TOML is onleesbaar: “{}”", error.message()),
                    said!("mend the TOML", "herstel de TOML"),
                ));
            }
        }
    }
    link(&mut schedules, &mut found);
    if let Some((path, text)) = files.iter().find(|(path, _)| *path == HOUSE) {
        match usual(text, schedules.event_ids()) {
            Ok(house) => schedules.house = house,
            Err(faults) => found.extend(faults.iter().map(|fault| {
                let start: usize = text.split_inclusive('\n').take(fault.line - 1).map(str::len).sum();
                let end = start + text[start..].lines().next().unwrap_or_default().len();
                let at = Spot { file: (*path).into(), span: start..end };
                Diagnostic::new(
                    DiagnosticCode::BadSchedule,
                    &at,
                    fault.message.clone(),
                    said!("see docs/calendar.md", "zie docs/calendar.md"),
                )
            })),
        }
    }
    (schedules, found)
}

/// A reader over one table that reports what is missing or superfluous.
struct Reader<'a, 'b> {
    file: &'a str,
    at: Range<usize>,
    table: &'a DeTable<'a>,
    used: Vec<&'static str>,
    guideline: &'a CompiledGuideline,
    found: &'b mut Vec<Diagnostic>,
}

impl<'a> Reader<'a, '_> {
    fn spot(&self, span: Range<usize>) -> Spot {
        Spot { file: self.file.into(), span }
    }

    fn fault(&mut self, code: DiagnosticCode, span: Range<usize>, message: Text, help: Text) {
        let at = self.spot(span);
        self.found.push(Diagnostic::new(code, &at, message, help));
    }

    fn value(&mut self, key: &'static str) -> Option<&'a At<DeValue<'a>>> {
        self.used.push(key);
        self.table.iter().find(|(k, _)| k.get_ref() == key).map(|(_, v)| v)
    }

    fn place_of(&self, key: &str) -> Range<usize> {
        self.table.iter().find(|(k, _)| k.get_ref() == key).map_or(self.at.clone(), |(_, v)| v.span())
    }

    fn text(&mut self, key: &'static str) -> String {
        let Some(value) = self.value(key) else { return String::new() };
        match value.get_ref().as_str() {
            Some(text) => text.to_string(),
            None => {
                let help = said!("write `{key} = \"…\"`", "schrijf `{key} = \"…\"`");
                self.fault(
                    DiagnosticCode::BadToml,
                    value.span(),
                    said!("`{key}` is not a text", "`{key}` is geen tekst"),
                    help,
                );
                String::new()
            }
        }
    }

    fn needed(&mut self, key: &'static str) -> String {
        let text = self.text(key);
        if text.is_empty() && !self.table.iter().any(|(k, _)| k.get_ref() == key) {
            let (at, help) = (self.at.clone(), said!("add `{key} = \"…\"`", "voeg `{key} = \"…\"` toe"));
            self.fault(
                DiagnosticCode::BadSchedule,
                at,
                said!("`{key}` is missing", "`{key}` ontbreekt"),
                help,
            );
        }
        text
    }

    fn number(&mut self, key: &'static str) -> Option<i32> {
        let value = self.value(key)?;
        let number = value.get_ref().as_integer().and_then(|i| i.as_str().parse().ok());
        let number = number.filter(|n: &i32| (-3660..=3660).contains(n));
        if number.is_none() {
            let message = said!(
                "`{key}` is not a whole number of at most ten years of days",
                "`{key}` is geen geheel getal van ten hoogste tien jaar aan dagen"
            );
            self.fault(
                DiagnosticCode::BadSchedule,
                value.span(),
                message,
                said!("write `{key} = 28`", "schrijf `{key} = 28`"),
            );
        }
        number
    }

    fn count(&mut self, key: &'static str) -> Option<u32> {
        let number = self.number(key)?;
        if number < 1 {
            let at = self.place_of(key);
            self.fault(
                DiagnosticCode::BadSchedule,
                at,
                said!("`{key}` is less than one", "`{key}` is minder dan één"),
                said!("count from one", "tel vanaf één"),
            );
        }
        u32::try_from(number).ok()
    }

    fn flag(&mut self, key: &'static str) -> bool {
        let Some(value) = self.value(key) else { return false };
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            let help = said!("write `{key} = true`", "schrijf `{key} = true`");
            self.fault(
                DiagnosticCode::BadToml,
                value.span(),
                said!("`{key}` is neither true nor false", "`{key}` is niet true en niet false"),
                help,
            );
        }
        flag.unwrap_or_default()
    }

    /// Both languages of a text, under `en` and `nl` of this table.
    fn both(&mut self) -> Text {
        let text = Text::new(self.text("en"), self.text("nl"));
        if text.en.is_empty() || text.nl.is_empty() {
            let at = self.at.clone();
            self.fault(
                DiagnosticCode::UntranslatedText,
                at,
                said!("a text in one language only", "een tekst in maar één taal"),
                said!("give both `en = \"…\"` and `nl = \"…\"`", "geef zowel `en = \"…\"` als `nl = \"…\"`"),
            );
        }
        text
    }

    fn inner<'c>(&'c mut self, value: &'a At<DeValue<'a>>, key: &str) -> Option<Reader<'a, 'c>> {
        match value.get_ref().as_table() {
            Some(table) => Some(Reader {
                file: self.file,
                at: value.span(),
                table,
                used: Vec::new(),
                guideline: self.guideline,
                found: self.found,
            }),
            None => {
                let help =
                    said!("write `{key} = {{ … }}` or `[{key}]`", "schrijf `{key} = {{ … }}` of `[{key}]`");
                self.fault(
                    DiagnosticCode::BadToml,
                    value.span(),
                    said!("`{key}` is not a table", "`{key}` is geen tabel"),
                    help,
                );
                None
            }
        }
    }

    fn each(&mut self, key: &'static str) -> Vec<&'a At<DeValue<'a>>> {
        let Some(value) = self.value(key) else { return Vec::new() };
        match value.get_ref().as_array() {
            Some(items) => items.iter().collect(),
            None => {
                let help = said!("write `[[{key}]]`", "schrijf `[[{key}]]`");
                self.fault(
                    DiagnosticCode::BadToml,
                    value.span(),
                    said!("`{key}` is not a list", "`{key}` is geen lijst"),
                    help,
                );
                Vec::new()
            }
        }
    }

    /// `source` and `mark`, which everything with a number carries.
    fn origin(&mut self) -> (Vec<Citation>, Mark) {
        let mut sources = Vec::new();
        let written = self.text("source");
        for one in written.split(',').map(str::trim).filter(|s| !s.is_empty()) {
            let (key, locator) = one.split_once('#').unwrap_or((one, ""));
            let keys = || self.guideline.sources.iter().map(|s| s.key.as_str());
            if !keys().any(|known| known == key) {
                let help = hint(key, keys());
                let at = self.place_of("source");
                self.fault(
                    DiagnosticCode::UnknownSource,
                    at,
                    said!("no source is called `{key}`", "geen bron heet `{key}`"),
                    help,
                );
            }
            sources.push(Citation { key: key.to_string(), locator: locator.to_string() });
        }
        if sources.is_empty() {
            let at = self.at.clone();
            let help = said!(
                "add `source = \"…\"`, a key of the list of sources",
                "voeg `source = \"…\"` toe, een sleutel uit de lijst van bronnen"
            );
            self.fault(
                DiagnosticCode::UncitedRow,
                at,
                said!("numbers without a source", "getallen zonder bron"),
                help,
            );
        }
        let mark = match self.needed("mark").as_str() {
            "V" => Mark::Verified,
            "GK" => Mark::GeneralKnowledge,
            "DR" => Mark::DesignRule,
            "" => Mark::DesignRule,
            other => {
                let at = self.place_of("mark");
                let message = said!("`{other}` is no mark", "`{other}` is geen bewijsletter");
                self.fault(
                    DiagnosticCode::BadSchedule,
                    at,
                    message,
                    said!("expected `V`, `GK` or `DR`", "verwacht: `V`, `GK` of `DR`"),
                );
                Mark::DesignRule
            }
        };
        (sources, mark)
    }

    fn window(&mut self) -> Window {
        let earliest = self.number("earliest");
        let from = self.number("from");
        let wanted = self.number("wanted");
        let to = self.number("to");
        let latest = self.number("latest");
        if wanted.is_none() && !self.table.iter().any(|(k, _)| k.get_ref() == "wanted") {
            let at = self.at.clone();
            self.fault(
                DiagnosticCode::BadSchedule,
                at,
                said!("`wanted` is missing", "`wanted` ontbreekt"),
                said!("add the best day, `wanted = 28`", "voeg de beste dag toe, `wanted = 28`"),
            );
        }
        let wanted = wanted.unwrap_or_default();
        let known: Vec<i32> = [earliest, from, Some(wanted), to, latest].into_iter().flatten().collect();
        if !known.is_sorted() {
            let at = self.at.clone();
            self.fault(
                DiagnosticCode::BadSchedule,
                at,
                said!("the window is empty", "het venster is leeg"),
                said!(
                    "days rise from `earliest` over `from`, `wanted` and `to` to `latest`",
                    "dagen lopen op van `earliest` via `from`, `wanted` en `to` tot `latest`"
                ),
            );
        }
        let (sources, mark) = self.origin();
        Window { earliest, from, wanted, to, latest, sources, mark, place: self.spot(self.at.clone()) }
    }

    fn fact(&mut self, key: &'static str, kinds: &[Kind], what: Text) -> Option<FactIdx> {
        let id = self.text(key);
        if id.is_empty() {
            return None;
        }
        let vocabulary = &self.guideline.vocabulary;
        let at = self.place_of(key);
        let Some(fact) = vocabulary.find_fact(&id) else {
            let help = hint(&id, vocabulary.facts().iter().map(|f| f.id.as_str()));
            self.fault(
                DiagnosticCode::UndeclaredFact,
                at,
                said!("no fact is called `{id}`", "geen feit heet `{id}`"),
                help,
            );
            return None;
        };
        if !kinds.contains(&vocabulary.fact(fact).kind) {
            self.fault(
                DiagnosticCode::BadSchedule,
                at,
                said!("`{id}` is not {what}", "`{id}` is geen {what}"; what),
                said!("name {what}", "noem een {what}"; what),
            );
        }
        Some(fact)
    }

    /// `regimen.ssa = lanreotide-tumour-28` or `followup.echo in {yearly, three-monthly}`.
    fn holds(&mut self, key: &'static str) -> Option<Holds> {
        let text = self.text(key);
        if text.is_empty() {
            return None;
        }
        let at = self.place_of(key);
        let parts = text
            .split_once(" in {")
            .and_then(|(id, list)| Some((id, list.strip_suffix('}')?)))
            .or_else(|| text.split_once('='));
        let Some((id, list)) = parts else {
            let help = said!(
                "write `conclusion = value` or `conclusion in {{value, value}}`",
                "schrijf `conclusie = waarde` of `conclusie in {{waarde, waarde}}`"
            );
            self.fault(
                DiagnosticCode::BadCondition,
                at,
                said!("`{text}` is no condition", "`{text}` is geen voorwaarde"),
                help,
            );
            return None;
        };
        let conclusion = self.conclusion(id.trim(), at.clone())?;
        let def = self.guideline.vocabulary.conclusion(conclusion);
        let mut values = 0;
        for value in list.split(',').map(str::trim) {
            match def.value(value) {
                Some(position) => values |= 1 << position,
                None => {
                    let help = hint(value, def.values.iter().map(|v| v.id.as_str()));
                    let message =
                        said!("`{}` has no value `{value}`", "`{}` heeft geen waarde `{value}`", def.id);
                    self.fault(DiagnosticCode::UnknownValue, at.clone(), message, help);
                }
            }
        }
        Some(Holds { conclusion, values })
    }

    fn conclusion(&mut self, id: &str, at: Range<usize>) -> Option<nw_facts::ConclusionIdx> {
        let vocabulary = &self.guideline.vocabulary;
        let found = vocabulary.find_conclusion(id);
        if found.is_none() {
            let help = hint(id, vocabulary.conclusions().iter().map(|c| c.id.as_str()));
            self.fault(
                DiagnosticCode::UndeclaredFact,
                at,
                said!("no conclusion is called `{id}`", "geen conclusie heet `{id}`"),
                help,
            );
        }
        found
    }

    fn done(mut self) {
        for (key, _) in self.table.iter() {
            let name: &str = key.get_ref();
            if !self.used.contains(&name) {
                let help = hint(name, self.used.iter().copied());
                let message = said!("`{name}` means nothing here", "`{name}` betekent hier niets");
                self.fault(DiagnosticCode::BadSchedule, key.span(), message, help);
            }
        }
    }
}

fn hint<'n>(word: &str, known: impl Iterator<Item = &'n str> + Clone) -> Text {
    match nearest(word, known.clone()) {
        Some(near) => said!("did you mean `{near}`?", "bedoelde u `{near}`?"),
        None => {
            let some: Vec<&str> = known.take(12).collect();
            said!("expected one of {}", "verwacht: een van {}", some.join(", "))
        }
    }
}

fn file(
    path: &str,
    at: Range<usize>,
    table: &DeTable<'_>,
    guideline: &CompiledGuideline,
    schedules: &mut Schedules,
    found: &mut Vec<Diagnostic>,
) {
    let mut root = Reader { file: path, at, table, used: Vec::new(), guideline, found };
    let head = root.value("schedule");
    let events = root.each("event");
    let rules = root.each("rule");
    if head.is_none() && !events.is_empty() {
        let at = 0..0;
        root.fault(
            DiagnosticCode::BadSchedule,
            at,
            said!("`[schedule]` is missing", "`[schedule]` ontbreekt"),
            said!("begin the file with `[schedule]`", "begin het bestand met `[schedule]`"),
        );
    }
    if let Some(head) = head
        && let Some(mut reader) = root.inner(head, "schedule")
    {
        let mut schedule = schedule(&mut reader);
        reader.done();
        for event in events {
            if let Some(mut reader) = root.inner(event, "event") {
                let event = self::event(&mut reader, &schedule);
                reader.done();
                schedule.events.push(event);
            }
        }
        schedules.list.push(schedule);
    }
    for rule in rules {
        if let Some(mut reader) = root.inner(rule, "rule") {
            let rule = self::rule(&mut reader);
            reader.done();
            schedules.rules.push(rule);
        }
    }
    root.done();
}

fn schedule(reader: &mut Reader<'_, '_>) -> Schedule {
    let id = reader.needed("id");
    if id.contains('.') {
        let at = reader.place_of("id");
        reader.fault(
            DiagnosticCode::BadSchedule,
            at,
            said!("a schedule's id has no dot", "de naam van een schema heeft geen punt"),
            said!("dots lead to its events", "na een punt komen zijn afspraken"),
        );
    }
    let title = reader.both();
    let rank = reader.number("rank").unwrap_or_default();
    let when = reader.holds("when");
    let mut advice = Vec::new();
    for item in reader.each("advice") {
        if let Some(id) = item.get_ref().as_str() {
            advice.extend(reader.conclusion(id, item.span()));
        }
    }
    let hold = reader.holds("hold");
    let (sources, mark) = reader.origin();
    let spot = reader.spot(reader.at.clone());
    Schedule { id, title, rank, when, advice, hold, events: Vec::new(), sources, mark, spot }
}

fn event(reader: &mut Reader<'_, '_>, schedule: &Schedule) -> Event {
    let id = format!("{}.{}", schedule.id, reader.needed("id"));
    let title = reader.both();
    let tell = match reader.value("tell") {
        Some(value) => match reader.inner(value, "tell") {
            Some(mut inner) => {
                let text = inner.both();
                inner.done();
                text
            }
            None => Text::default(),
        },
        None => {
            let (at, help) = (
                reader.at.clone(),
                said!(
                    "add `tell = {{ en = \"…\", nl = \"…\" }}`",
                    "voeg `tell = {{ en = \"…\", nl = \"…\" }}` toe"
                ),
            );
            reader.fault(
                DiagnosticCode::BadSchedule,
                at,
                said!("nothing is told to the patient", "de patiënt krijgt niets te horen"),
                help,
            );
            Text::default()
        }
    };
    let who = reader.needed("who");
    let holder = Holder::find(&who).unwrap_or_else(|| {
        let at = reader.place_of("who");
        let help = hint(&who, Holder::ALL.iter().map(|(_, id)| *id));
        reader.fault(
            DiagnosticCode::BadSchedule,
            at,
            said!("nobody is called `{who}`", "niemand heet `{who}`"),
            help,
        );
        Holder::Clinic
    });
    let place = match reader.needed("where").as_str() {
        "home" => Place::Home,
        "centre" | "" => Place::Centre,
        other => {
            let (at, message) =
                (reader.place_of("where"), said!("`{other}` is no place", "`{other}` is geen plaats"));
            reader.fault(
                DiagnosticCode::BadSchedule,
                at,
                message,
                said!("expected `centre` or `home`", "verwacht: `centre` of `home`"),
            );
            Place::Centre
        }
    };
    let days = reader.count("days").unwrap_or(1) as i32;
    let timing = timing(reader, schedule);
    let start = match reader.value("start") {
        Some(value) => reader.inner(value, "start").map(|mut inner| {
            let window = inner.window();
            inner.done();
            window
        }),
        None => None,
    };
    if start.is_none() && matches!(timing, Timing::Every(_)) {
        let (at, help) = (
            reader.at.clone(),
            said!("add `start = {{ wanted = 7, … }}`", "voeg `start = {{ wanted = 7, … }}` toe"),
        );
        reader.fault(
            DiagnosticCode::BadSchedule,
            at,
            said!("nothing says when the first one comes", "niets zegt wanneer de eerste komt"),
            help,
        );
    }
    let (total, ahead) = (reader.count("total"), reader.count("ahead"));
    let mut only = Vec::new();
    for item in reader.each("only") {
        match item.get_ref().as_integer().and_then(|i| i.as_str().parse().ok()) {
            Some(number) => only.push(number),
            None => reader.fault(
                DiagnosticCode::BadSchedule,
                item.span(),
                said!("not a number of an appointment", "geen nummer van een afspraak"),
                said!("write `only = [1, 2]`", "schrijf `only = [1, 2]`"),
            ),
        }
    }
    let record = reader.fact("record", &[Kind::Date], said!("a fact with days", "feit met dagen"));
    let interval = reader.fact(
        "interval",
        &[Kind::Quantity, Kind::Count],
        said!("a fact with a number of days", "feit met een aantal dagen"),
    );
    let when = reader.holds("when");
    let spot = reader.spot(reader.at.clone());
    Event {
        id,
        title,
        tell,
        who: holder,
        place,
        days,
        timing,
        start,
        total,
        ahead,
        only,
        record,
        interval,
        when,
        spot,
    }
}

fn timing(reader: &mut Reader<'_, '_>, schedule: &Schedule) -> Timing {
    let keys = ["every", "after", "due"];
    let mut given = Vec::new();
    for key in keys {
        if let Some(value) = reader.value(key) {
            given.push((key, value));
        }
    }
    if given.len() != 1 {
        let at = reader.at.clone();
        let message = said!(
            "an appointment is counted from exactly one day",
            "een afspraak wordt vanaf precies één dag geteld"
        );
        let help = said!(
            "give one of `every = {{…}}`, `after = {{…}}` and `due = {{…}}`",
            "geef er één van: `every = {{…}}`, `after = {{…}}` of `due = {{…}}`"
        );
        reader.fault(DiagnosticCode::BadSchedule, at, message, help);
    }
    let nowhere = |reader: &Reader<'_, '_>| Window {
        earliest: None,
        from: None,
        wanted: 0,
        to: None,
        latest: None,
        sources: Vec::new(),
        mark: Mark::DesignRule,
        place: reader.spot(reader.at.clone()),
    };
    let Some((key, value)) = given.first() else { return Timing::Every(nowhere(reader)) };
    let Some(mut inner) = reader.inner(value, key) else { return Timing::Every(nowhere(reader)) };
    let timing = match *key {
        "every" => Timing::Every(inner.window()),
        "after" => {
            let of = inner.needed("event");
            let full = format!("{}.{of}", schedule.id);
            let position = schedule.events.iter().position(|e| e.id == full);
            if position.is_none() {
                let at = inner.place_of("event");
                let known = schedule.events.iter().filter_map(|e| e.id.split_once('.').map(|(_, id)| id));
                let near = hint(&of, known);
                let help = said!("name an event that stands above this one; {near}", "noem een afspraak die boven deze staat; {near}"; near);
                inner.fault(
                    DiagnosticCode::BadSchedule,
                    at,
                    said!("no event above is called `{of}`", "geen afspraak hierboven heet `{of}`"),
                    help,
                );
            }
            Timing::After(position.unwrap_or_default(), inner.window())
        }
        _ => {
            let item = inner.needed("item");
            let dues = || inner.guideline.dues.iter().map(|d| d.id.as_str());
            if !dues().any(|id| id == item) {
                let (at, help) = (inner.place_of("item"), hint(&item, dues()));
                let message = said!(
                    "nothing called `{item}` is due in the guideline",
                    "de richtlijn noemt niets met de naam `{item}` dat terugkomt"
                );
                inner.fault(DiagnosticCode::BadSchedule, at, message, help);
            }
            Timing::Due(item, inner.window())
        }
    };
    inner.done();
    timing
}

fn rule(reader: &mut Reader<'_, '_>) -> Rule {
    let id = reader.needed("id");
    let (event, other) = (reader.needed("event"), reader.needed("other"));
    let mut text = reader.both();
    let kind = match reader.needed("kind").as_str() {
        "near" => {
            let earliest = reader.number("earliest").unwrap_or_default();
            let latest = reader.number("latest").unwrap_or(earliest);
            if latest < earliest {
                let at = reader.at.clone();
                reader.fault(
                    DiagnosticCode::BadSchedule,
                    at,
                    said!("the window is empty", "het venster is leeg"),
                    said!("`earliest` comes first", "`earliest` komt eerst"),
                );
            }
            RuleKind::Near { earliest, latest }
        }
        "not-within" => {
            let before = reader.number("before").unwrap_or_default();
            let after = reader.number("after").unwrap_or_default();
            if before < 0 || after < 0 || before + after == 0 {
                let (at, help) = (
                    reader.at.clone(),
                    said!(
                        "give `before = 28`, `after = 7` or both",
                        "geef `before = 28`, `after = 7` of beide"
                    ),
                );
                reader.fault(
                    DiagnosticCode::BadSchedule,
                    at,
                    said!("the rule excludes no day", "de regel sluit geen dag uit"),
                    help,
                );
            }
            RuleKind::NotWithin { before, after }
        }
        other => {
            let (at, message) = (
                reader.place_of("kind"),
                said!("`{other}` is no kind of rule", "`{other}` is geen soort regel"),
            );
            reader.fault(
                DiagnosticCode::BadSchedule,
                at,
                message,
                said!("expected `near` or `not-within`", "verwacht: `near` of `not-within`"),
            );
            RuleKind::NotWithin { before: 0, after: 0 }
        }
    };
    let hard = reader.flag("hard");
    if hard && matches!(kind, RuleKind::Near { .. }) {
        let at = reader.place_of("hard");
        let help = said!(
            "leave `hard` out: `near` is a wish; what must be kept is an event `after` another",
            "laat `hard` weg: `near` is een wens; wat moet, is een afspraak `after` een andere"
        );
        reader.fault(
            DiagnosticCode::BadSchedule,
            at,
            said!("a rule of nearness cannot be hard", "een regel over nabijheid kan niet hard zijn"),
            help,
        );
    }
    let holes: [(&str, i32); 4] = match kind {
        RuleKind::NotWithin { before, after } => {
            [("before", before), ("after", after), ("before", before), ("after", after)]
        }
        RuleKind::Near { earliest, latest } => {
            [("earliest", earliest), ("latest", latest), ("early", -earliest), ("late", -latest)]
        }
    };
    for (hole, number) in holes {
        let fill = |text: &str| text.replace(&format!("{{{hole}}}"), &number.to_string());
        text = Text::new(fill(&text.en), fill(&text.nl));
    }
    let (sources, mark) = reader.origin();
    let spot = reader.spot(reader.at.clone());
    Rule { id, event, other, kind, hard, text, sources, mark, spot }
}

/// What can only be seen when all files are read: ids that are taken twice, and events that rules name.
fn link(schedules: &mut Schedules, found: &mut Vec<Diagnostic>) {
    let mut seen: Vec<String> = Vec::new();
    let mut once = |id: String, at: &Spot| {
        if seen.contains(&id) {
            let message = said!("`{id}` is taken", "`{id}` is al in gebruik");
            found.push(Diagnostic::new(
                DiagnosticCode::DuplicateId,
                at,
                message,
                said!("give it another id", "geef een andere naam"),
            ));
        }
        seen.push(id);
    };
    for schedule in &schedules.list {
        once(schedule.id.clone(), &schedule.spot);
        schedule.events.iter().for_each(|e| once(e.id.clone(), &e.spot));
    }
    schedules.rules.iter().for_each(|r| once(format!("rule {}", r.id), &r.spot));
    let ids: Vec<String> = schedules.event_ids().map(str::to_string).collect();
    schedules.rules.retain(|rule| {
        let mut known = true;
        for id in [&rule.event, &rule.other] {
            if !ids.contains(id) {
                known = false;
                let help = hint(id, ids.iter().map(String::as_str));
                let message = said!("no event is called `{id}`", "geen afspraak heet `{id}`");
                found.push(Diagnostic::new(DiagnosticCode::BadSchedule, &rule.spot, message, help));
            }
        }
        known
    });
}
