//! ELM: the expressions of CQL as the JSON that engines run, as the reference translator writes it.

use crate::cql::{Expr, Library};
use crate::json::Json;

fn system(name: &str) -> String {
    format!("{{urn:hl7-org:elm-types:r1}}{name}")
}

fn node(kind: &str, more: Vec<(&'static str, Json)>) -> Json {
    let mut all = vec![("type", Json::from(kind))];
    all.extend(more);
    Json::Object(all)
}

fn named(name: &str) -> Json {
    match name.strip_prefix("List<").and_then(|n| n.strip_suffix('>')) {
        Some(element) => node("ListTypeSpecifier", vec![("elementType", named(element))]),
        None => node("NamedTypeSpecifier", vec![("name", Json::from(system(name)))]),
    }
}

fn null(kind: &str) -> Json {
    node(
        "As",
        vec![
            ("strict", Json::from(false)),
            ("operand", node("Null", Vec::new())),
            ("asTypeSpecifier", named(kind)),
        ],
    )
}

pub(crate) fn write(library: &Library) -> String {
    let parameters = library.parameters.iter().map(|(name, kind)| {
        Json::Object(vec![
            ("name", Json::from(name)),
            ("accessLevel", Json::from("Public")),
            ("default", null(kind)),
            ("parameterTypeSpecifier", named(kind)),
        ])
    });
    let parameters = parameters.collect();
    let definitions = library.definitions.iter().map(|(name, expression, _)| {
        Json::Object(vec![
            ("name", Json::from(name)),
            ("context", Json::from("Unfiltered")),
            ("accessLevel", Json::from("Public")),
            ("expression", expression_of(expression)),
        ])
    });
    let definitions = definitions.collect();
    let identifier = |id: &str, version: &str| {
        Json::Object(vec![("id", Json::from(id)), ("version", Json::from(version))])
    };
    let using = Json::Object(vec![
        ("localIdentifier", Json::from("System")),
        ("uri", Json::from("urn:hl7-org:elm-types:r1")),
    ]);
    let body = Json::Object(vec![
        ("identifier", identifier(&library.name, &library.version)),
        ("schemaIdentifier", identifier("urn:hl7-org:elm", "r1")),
        ("usings", Json::Object(vec![("def", Json::List(vec![using]))])),
        ("parameters", Json::Object(vec![("def", Json::List(parameters))])),
        ("statements", Json::Object(vec![("def", Json::List(definitions))])),
    ]);
    Json::Object(vec![("library", body)]).text(5)
}

fn literal(kind: &str, value: &str) -> Json {
    node("Literal", vec![("valueType", Json::from(system(kind))), ("value", Json::from(value))])
}

/// CQL has no negative literals: a minus sign is an operator.
fn number_of(kind: &str, number: &str) -> Json {
    match number.strip_prefix('-') {
        Some(positive) => node("Negate", vec![("operand", literal(kind, positive))]),
        None => literal(kind, number),
    }
}

fn binary(kind: &str, a: &Expr, b: &Expr) -> Json {
    node(kind, vec![("operand", Json::List(vec![expression_of(a), expression_of(b)]))])
}

fn expression_of(expression: &Expr) -> Json {
    let one = |inner: &Expr| vec![("operand", expression_of(inner))];
    match expression {
        Expr::Text(text) => literal("String", text),
        Expr::Whole(number) => number_of("Integer", number),
        Expr::Decimal(number) => number_of("Decimal", number),
        Expr::Bool(value) => literal("Boolean", if *value { "true" } else { "false" }),
        Expr::Null(kind) => null(kind),
        Expr::Parameter(name) => node("ParameterRef", vec![("name", Json::from(name))]),
        Expr::Definition(name) => node("ExpressionRef", vec![("name", Json::from(name))]),
        Expr::Compare(sign, a, b) => {
            let kind = match *sign {
                "=" => "Equal",
                "<" => "Less",
                "<=" => "LessOrEqual",
                ">" => "Greater",
                _ => "GreaterOrEqual",
            };
            binary(kind, a, b)
        }
        Expr::And(a, b) => binary("And", a, b),
        Expr::Or(a, b) => binary("Or", a, b),
        Expr::Not(inner) => node("Not", one(inner)),
        Expr::IsNull(inner) => node("IsNull", one(inner)),
        Expr::If(condition, then, other) => node(
            "If",
            vec![
                ("condition", expression_of(condition)),
                ("then", expression_of(then)),
                ("else", expression_of(other)),
            ],
        ),
        Expr::Case(items, other) => {
            let items = items.iter().map(|(when, then)| {
                Json::Object(vec![("when", expression_of(when)), ("then", expression_of(then))])
            });
            let items = items.collect();
            node("Case", vec![("caseItem", Json::List(items)), ("else", expression_of(other))])
        }
        Expr::In(item, list) => binary("In", item, list),
        Expr::Texts(items) => {
            let list = items.iter().map(expression_of).collect();
            let elements = vec![("element", Json::List(list))];
            let alias = || node("AliasRef", vec![("name", Json::from("V"))]);
            let is_null = node("IsNull", vec![("operand", alias())]);
            node(
                "Query",
                vec![
                    (
                        "source",
                        Json::List(vec![Json::Object(vec![
                            ("alias", Json::from("V")),
                            ("expression", node("List", elements)),
                        ])]),
                    ),
                    ("let", Json::List(Vec::new())),
                    ("relationship", Json::List(Vec::new())),
                    ("where", node("Not", vec![("operand", is_null)])),
                    ("return", Json::Object(vec![("distinct", Json::from(true)), ("expression", alias())])),
                ],
            )
        }
    }
}
