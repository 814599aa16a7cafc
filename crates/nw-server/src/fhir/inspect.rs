//! What is sent, before anything is read from it: its type and version, its size and depth, narratives that are more than
//! text, and references that go round in a circle.

use std::collections::HashMap;

use axum::http::{HeaderMap, StatusCode, header};
use nw_fhir::{Json, JsonFault, Limits};

use super::elements::foreign;
use super::outcome::Fail;

/// The largest body: a transaction of a long record. `Word::TooLargeFhir` says it.
pub(crate) const LARGEST: usize = 8 << 20;
/// Values within values, and values in all.
const DEPTH: usize = 64;
const VALUES: usize = 500_000;
/// Entries of a bundle.
const ENTRIES: usize = 5_000;
/// The version that is spoken.
pub(crate) const VERSION: &str = "4.0.1";

/// `application/fhir+json; fhirVersion=4.0`: its parts.
fn media(text: &str) -> (String, Option<String>) {
    let mut parts = text.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
    let version = parts.find_map(|p| {
        let (name, value) = p.split_once('=')?;
        name.trim().eq_ignore_ascii_case("fhirversion").then(|| value.trim().trim_matches('"').to_string())
    });
    (kind, version)
}

fn is_json(kind: &str) -> bool {
    matches!(
        kind,
        "application/fhir+json" | "application/json" | "application/json+fhir" | "text/json" | "json"
    )
}

fn is_ours(version: Option<&str>) -> bool {
    version.is_none_or(|v| v == "4.0" || v == VERSION)
}

/// Whether the answer that is asked for is one that we give: JSON of FHIR R4.
///
/// # Errors
/// It is not.
pub(crate) fn asked(headers: &HeaderMap, format: Option<&str>) -> Result<(), Fail> {
    let no = |what: &str| {
        let what: String = what.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(60).collect();
        let text =
            format!("`{what}` is not spoken here; ask for application/fhir+json of FHIR R4 ({VERSION})");
        Fail::new(StatusCode::NOT_ACCEPTABLE, "not-supported", text)
    };
    if let Some(format) = format {
        let (kind, version) = media(&format.replace(' ', "+"));
        return if is_json(&kind) && is_ours(version.as_deref()) { Ok(()) } else { Err(no(format)) };
    }
    let Some(accept) = headers.get(header::ACCEPT) else { return Ok(()) };
    let accept = accept.to_str().unwrap_or_default();
    let fits = |one: &str| {
        let (kind, version) = media(one);
        (is_json(&kind) || matches!(kind.as_str(), "*/*" | "application/*" | "application/fhir+ndjson" | ""))
            && is_ours(version.as_deref())
    };
    if accept.split(',').any(fits) { Ok(()) } else { Err(no(accept)) }
}

/// Reads a resource that was sent.
///
/// # Errors
/// Another type or version, no JSON, too large, a narrative with a program in it, references in a circle.
pub(crate) fn body(headers: &HeaderMap, bytes: &[u8]) -> Result<Json, Fail> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let (kind, version) = media(kind);
    if !is_json(&kind) || !is_ours(version.as_deref()) {
        let text =
            format!("send application/fhir+json of FHIR R4 ({VERSION}); XML and other versions are not read");
        return Err(Fail::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not-supported", text));
    }
    let tree = Json::read(bytes, Limits { bytes: LARGEST, depth: DEPTH, values: VALUES })
        .map_err(|fault| unread(fault, bytes))?;
    sound(&tree)?;
    Ok(tree)
}

fn unread(fault: JsonFault, bytes: &[u8]) -> Fail {
    let place = fault
        .place(bytes)
        .map(|(line, column)| format!(" (line {line}, column {column})"))
        .unwrap_or_default();
    let costly = |text: String| Fail::new(StatusCode::PAYLOAD_TOO_LARGE, "too-costly", text + &place);
    match fault {
        JsonFault::TooLarge => {
            costly(format!("larger than {} MiB; send one patient at a time", LARGEST >> 20))
        }
        JsonFault::TooDeep(_) => {
            costly(format!("nests deeper than {DEPTH} levels; no resource of FHIR does"))
        }
        JsonFault::TooMany(_) => costly(format!("more than {VALUES} values; send one patient at a time")),
        JsonFault::Broken(_) => {
            Fail::bad("structure", format!("this is no JSON; send one resource of FHIR R4 as UTF-8{place}"))
        }
        JsonFault::Twice(_) => Fail::bad(
            "structure",
            format!("the same member stands twice in one object; two readers could see two patients{place}"),
        ),
    }
}

/// Whether what was read may be looked at any further.
///
/// # Errors
/// What is wrong, and where.
pub(crate) fn sound(tree: &Json) -> Result<(), Fail> {
    let kind = tree.text_at("resourceType").unwrap_or_default();
    if kind.is_empty() {
        return Err(Fail::bad("structure", "no `resourceType`; send one resource of FHIR R4"));
    }
    if tree.items_at("entry").len() > ENTRIES {
        let text = format!("more than {ENTRIES} entries; send one patient at a time");
        return Err(Fail::new(StatusCode::PAYLOAD_TOO_LARGE, "too-costly", text));
    }
    walk(tree, kind)?;
    circle(tree)
}

/// Elements by which a resource of another version is known: kind, element, and whose it is. The kinds are those that
/// the mapping reads.
const OTHERS: &[(&str, &str, &str)] = &[
    ("Observation", "comment", "FHIR STU3"),
    ("Observation", "comments", "FHIR DSTU2"),
    ("Observation", "context", "FHIR STU3"),
    ("Observation", "triggeredBy", "FHIR R5"),
    ("Observation", "instantiatesCanonical", "FHIR R5"),
    ("Condition", "assertedDate", "FHIR STU3"),
    ("Condition", "dateRecorded", "FHIR DSTU2"),
    ("Condition", "participant", "FHIR R5"),
    ("Procedure", "notDone", "FHIR STU3"),
    ("Procedure", "notPerformed", "FHIR DSTU2"),
    ("Procedure", "occurrenceDateTime", "FHIR R5"),
    ("Procedure", "occurrencePeriod", "FHIR R5"),
    ("MedicationStatement", "taken", "FHIR STU3"),
    ("MedicationStatement", "wasNotTaken", "FHIR DSTU2"),
    ("MedicationStatement", "medication", "FHIR R5"),
    ("MedicationStatement", "adherence", "FHIR R5"),
    ("MedicationAdministration", "notGiven", "FHIR STU3"),
    ("MedicationAdministration", "wasNotGiven", "FHIR DSTU2"),
    ("MedicationAdministration", "medication", "FHIR R5"),
    ("MedicationAdministration", "occurenceDateTime", "FHIR R5"),
    ("MedicationRequest", "medication", "FHIR R5"),
    ("QuestionnaireResponse", "parent", "FHIR STU3"),
    ("QuestionnaireResponse", "group", "FHIR DSTU2"),
    ("Patient", "animal", "FHIR STU3"),
    ("Patient", "careProvider", "FHIR DSTU2"),
];
/// Kinds that other versions have.
const OTHER_KINDS: &[(&str, &str)] = &[
    ("MedicationOrder", "FHIR DSTU2"),
    ("DiagnosticOrder", "FHIR DSTU2"),
    ("ProcedureRequest", "FHIR STU3"),
    ("ReferralRequest", "FHIR STU3"),
    ("MedicationUsage", "a draft of FHIR R5"),
    ("Conformance", "FHIR DSTU2"),
];

fn walk(tree: &Json, place: &str) -> Result<(), Fail> {
    match tree {
        Json::List(items) => {
            items.iter().enumerate().try_for_each(|(at, item)| walk(item, &format!("{place}[{at}]")))
        }
        Json::Map(members) => {
            if let Some(kind) = tree.text_at("resourceType") {
                version(tree, kind, place)?;
            }
            for (key, value) in members {
                if let (true, Some(div)) = (key == "div", value.text()) {
                    harmless(div).map_err(|what| {
                        let text =
                            format!("the narrative holds {what}; FHIR allows formatted text and no more");
                        Fail::refused("invalid", text, &format!("{place}.div"))
                    })?;
                }
                walk(value, &format!("{place}.{}", short(key)))?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// A member's name that may stand in a message.
fn short(key: &str) -> String {
    key.chars().filter(char::is_ascii_alphanumeric).take(40).collect()
}

fn version(tree: &Json, kind: &str, place: &str) -> Result<(), Fail> {
    let element = OTHERS.iter().find(|(k, element, _)| *k == kind && tree.get(element).is_some());
    let found = match element {
        Some((_, element, whose)) => Some((format!("{place}.{element}"), *whose)),
        // As STU3 has it, where R4 has a concept.
        None if kind == "Condition" && tree.get("clinicalStatus").is_some_and(|s| s.text().is_some()) => {
            Some((format!("{place}.clinicalStatus"), "FHIR STU3"))
        }
        None if kind == "QuestionnaireResponse"
            && tree.get("questionnaire").is_some_and(|q| q.text().is_none()) =>
        {
            Some((format!("{place}.questionnaire"), "FHIR STU3"))
        }
        None => OTHER_KINDS.iter().find(|(k, _)| *k == kind).map(|(_, whose)| (place.to_string(), *whose)),
    };
    match found {
        None => match foreign(kind, tree.members().iter().map(|(key, _)| key.as_str())) {
            None => Ok(()),
            Some(element) => {
                let element = short(element);
                let text = format!(
                    "`{element}` is no element of {kind} in FHIR R4 ({VERSION}): nothing was taken; send R4, and what it \
                     has no element for as an extension"
                );
                Err(Fail::refused("structure", text, &format!("{place}.{element}")))
            }
        },
        Some((place, whose)) => {
            let text = format!("this is {whose}; this server speaks FHIR R4 ({VERSION}): nothing was taken");
            Err(Fail::refused("not-supported", text, &place))
        }
    }
}

/// Elements of HTML that a narrative may have.
const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "acronym",
    "address",
    "b",
    "big",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "kbd",
    "li",
    "ol",
    "p",
    "pre",
    "q",
    "samp",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
];

/// Whether a narrative is text with its form and nothing else; what it holds beside that.
fn harmless(div: &str) -> Result<(), String> {
    let mut rest = div;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix("!--") {
            let end = after.find("-->").ok_or("a comment without an end")?;
            // Readers of HTML end a comment earlier than readers of XML do.
            if after.starts_with(['>', '-']) || after[..end].contains("--") {
                return Err("a comment that ends twice".to_string());
            }
            rest = &after[end + 3..];
            continue;
        }
        let end = tag_end(rest).ok_or("a tag without an end")?;
        let tag = rest[..end].trim_start_matches('/').trim_end_matches('/');
        rest = &rest[end + 1..];
        let name: String = tag.chars().take_while(|c| !c.is_whitespace() && *c != '/').collect();
        let name = name.to_ascii_lowercase();
        if !ELEMENTS.contains(&name.as_str()) {
            return Err(format!("the element `{}`", short(&name)));
        }
        attributes(tag)?;
    }
    Ok(())
}

/// Where a tag ends; an angle within quotes does not end it.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(q), c) if q == c => quote = None,
            (None, '>') => return Some(at),
            _ => {}
        }
    }
    None
}

fn attributes(tag: &str) -> Result<(), String> {
    // Without blanks, quotes and control characters, and with its entities read, so that nothing hides between letters.
    let plain: String = entities(tag).chars().filter(|c| !c.is_whitespace() && !c.is_control()).collect();
    let plain = plain.to_ascii_lowercase();
    for what in
        ["javascript:", "vbscript:", "data:text", "data:application", "expression(", "url(", "@import"]
    {
        if plain.contains(what) {
            return Err(format!("`{what}`"));
        }
    }
    // `u\72l(` is `url(` to whoever reads style.
    if plain.contains("style=") && plain.contains('\\') {
        return Err("a letter of style that is written as a code".to_string());
    }
    let mut quote = None;
    let (mut name, mut apart) = (String::new(), false);
    for c in tag.chars() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(q), c) if q == c => quote = None,
            (Some(_), _) => continue,
            (None, '=') => {
                apart = false;
                let name = std::mem::take(&mut name).to_ascii_lowercase();
                if name.starts_with("on") || matches!(name.as_str(), "srcdoc" | "formaction" | "srcset") {
                    return Err(format!("the attribute `{}`", short(&name)));
                }
            }
            (None, c) if c.is_whitespace() || c == '/' => apart = true,
            (None, c) => {
                // Blanks may stand between a name and its `=`; what follows them otherwise is another name.
                if std::mem::take(&mut apart) {
                    name.clear();
                }
                name.push(c);
            }
        }
    }
    Ok(())
}

/// `&#106;avascript` as `javascript`.
fn entities(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("&#") {
        out.push_str(&rest[..at]);
        rest = &rest[at + 2..];
        let (radix, digits) = match rest.strip_prefix(['x', 'X']) {
            Some(after) => (16, after),
            None => (10, rest),
        };
        let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
        let read = u32::from_str_radix(&digits[..end], radix).ok().and_then(char::from_u32);
        out.extend(read);
        rest = digits[end..].strip_prefix(';').unwrap_or(&digits[end..]);
    }
    out.push_str(rest);
    out.replace("&colon;", ":")
        .replace("&lpar;", "(")
        .replace("&bsol;", "\\")
        .replace("&Tab;", "")
        .replace("&NewLine;", "")
}

/// Elements that say that one thing is part of, or rests on, another: there, a circle says nothing.
const DOWN: &[&str] = &["hasMember", "derivedFrom", "partOf", "basedOn", "replaces", "contained"];

/// Whether resources rest on each other in a circle.
fn circle(tree: &Json) -> Result<(), Fail> {
    let mut all: Vec<(&Json, String)> = Vec::new();
    let mut index: HashMap<String, usize> = HashMap::new();
    let entries = tree.items_at("entry");
    for (at, entry) in entries.iter().enumerate() {
        let Some(resource) = entry.get("resource") else { continue };
        let own = [entry.text_at("fullUrl").map(str::to_string), address(resource)];
        for address in own.into_iter().flatten() {
            index.entry(address).or_insert(all.len());
        }
        all.push((resource, format!("Bundle.entry[{at}].resource")));
    }
    if entries.is_empty() {
        index.extend(address(tree).map(|address| (address, 0)));
        all.push((tree, tree.text_at("resourceType").unwrap_or_default().to_string()));
    }
    let below: Vec<Vec<usize>> = all
        .iter()
        .map(|(resource, _)| {
            let named = DOWN.iter().flat_map(|key| resource.items_at(key));
            let names = named.filter_map(|r| r.text_at("reference"));
            names
                .filter_map(|name| index.get(name).or_else(|| index.get(tail(name)?.as_str())).copied())
                .collect()
        })
        .collect();
    // White, grey and black; without recursion, since a chain may be as long as the bundle.
    let mut colour = vec![0u8; all.len()];
    for start in 0..all.len() {
        let mut open = vec![(start, 0)];
        while let Some((at, next)) = open.pop() {
            if next == 0 {
                if colour[at] != 0 {
                    continue;
                }
                colour[at] = 1;
            }
            match below[at].get(next) {
                None => colour[at] = 2,
                Some(to) => {
                    open.push((at, next + 1));
                    if colour[*to] == 1 {
                        let text =
                            "this rests on itself: the references go round in a circle; nothing was taken";
                        return Err(Fail::refused("business-rule", text, &all[at].1));
                    }
                    open.push((*to, 0));
                }
            }
        }
    }
    Ok(())
}

fn address(tree: &Json) -> Option<String> {
    Some(format!("{}/{}", tree.text_at("resourceType")?, tree.text_at("id")?))
}

/// The last two parts of an address.
fn tail(name: &str) -> Option<String> {
    let mut parts = name.rsplit('/');
    let (id, kind) = (parts.next()?, parts.next()?);
    Some(format!("{kind}/{id}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrative_is_text_with_its_form_and_no_program() {
        for good in [
            "<div xmlns=\"http://www.w3.org/1999/xhtml\"><p>Ki-67 &lt; 3 %</p><br/></div>",
            "<div><a href=\"https://example.org/?online=1\" title=\"on=x\">x</a><!-- a <script> in a comment --></div>",
            "<div><img src=\"data:image/png;base64,AAAA\" alt=\"x &gt; y\"/></div>",
        ] {
            assert_eq!(harmless(good), Ok(()), "{good}");
        }
        for bad in [
            "<div><script>alert(1)</script></div>",
            "<div><SCRIPT/x>1</SCRIPT></div>",
            "<div><p onclick=\"x()\">a</p></div>",
            "<div><p/onmouseover=x()>a</p></div>",
            "<div><p title=\"a\"onclick=\"x()\">a</p></div>",
            "<div><a href=\"java&#115;cript:x()\">a</a></div>",
            "<div><a href=\"java\nscript:x()\">a</a></div>",
            "<div><a href='javascript&colon;x()'>a</a></div>",
            "<div><iframe src=\"x\"/></div>",
            "<div><form action=\"x\"><input/></form></div>",
            "<div><style>p{}</style></div>",
            "<div><svg><animate/></svg></div>",
            "<div style=\"background:url(https://evil.example)\">a</div>",
            "<div><p onclick\n=\n'x()'>a</p></div>",
            "<div><p title='a' onclick\t=x()>a</p></div>",
            "<div style=\"background:u\\72l(https://evil.example)\">a</div>",
            "<div><a href=\"&#106avascript:x()\">a</a></div>",
            "<div><!--><script>alert(1)</script>--></div>",
            "<div><!-- a --!><script>alert(1)</script>--></div>",
            "<div",
            "<!-- no end",
        ] {
            assert!(harmless(bad).is_err(), "{bad}");
        }
    }

    fn read(text: &str) -> Result<(), Fail> {
        sound(&Json::read(text.as_bytes(), Limits::default()).expect("JSON"))
    }

    #[test]
    fn what_rests_on_itself_is_refused_and_what_only_points_back_is_not() {
        let entry = |id: &str, key: &str, to: &str| {
            format!(
                r#"{{"resource":{{"resourceType":"Observation","id":"{id}","{key}":[{{"reference":"Observation/{to}"}}]}}}}"#
            )
        };
        let bundle =
            |entries: &[String]| format!(r#"{{"resourceType":"Bundle","entry":[{}]}}"#, entries.join(","));
        assert!(read(&bundle(&[entry("a", "hasMember", "b"), entry("b", "hasMember", "a")])).is_err());
        assert!(read(&bundle(&[entry("a", "derivedFrom", "a")])).is_err());
        assert!(
            read(&bundle(&[
                entry("a", "hasMember", "b"),
                entry("b", "hasMember", "c"),
                entry("c", "partOf", "d")
            ]))
            .is_ok()
        );
        assert!(read(&bundle(&[entry("a", "focus", "b"), entry("b", "focus", "a")])).is_ok());
        let long: Vec<String> =
            (0..4000).map(|at| entry(&format!("n{at}"), "hasMember", &format!("n{}", at + 1))).collect();
        assert!(read(&bundle(&long)).is_ok(), "a long chain is no circle");
    }

    #[test]
    fn another_version_is_told_from_ours() {
        for bad in [
            r#"{"resourceType":"MedicationOrder"}"#,
            r#"{"resourceType":"Condition","clinicalStatus":"active"}"#,
            r#"{"resourceType":"Bundle","entry":[{"resource":{"resourceType":"Procedure","notDone":true}}]}"#,
            r#"{"status":"final"}"#,
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert!(read(r#"{"resourceType":"Condition","clinicalStatus":{"coding":[]}}"#).is_ok());
        assert!(is_ours(Some("4.0")) && is_ours(None) && !is_ours(Some("5.0")) && !is_ours(Some("3.0")));
    }
}
