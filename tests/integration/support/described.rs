//! The API's description, and answers held against it.
//!
//! Every answer that a test gets from a described operation passes [`check`], so none has a status, a code or a field that
//! the description lacks.

use std::{
    collections::BTreeMap,
    sync::{LazyLock, OnceLock},
};

use jsonschema::Validator;
use serde_json::{Value, json};
use sightline::server::http::Description;

use super::reply::Reply;

/// The description, as it is served.
pub static DESCRIPTION: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_slice(Description::new().json()).expect("JSON"));

static OPERATIONS: LazyLock<Vec<Operation>> = LazyLock::new(read);

/// A method and a path.
pub struct Operation {
    /// In capitals.
    pub method: String,
    /// With placeholders, as the router has it.
    pub path: String,
    /// The parameters by their place.
    pub parameters: Vec<(String, String)>,
    /// Whether it takes a JSON body, and whether any.
    pub takes: Takes,
    answers: BTreeMap<u16, Answer>,
}

/// The body of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    Nothing,
    Json,
    File,
}

struct Answer {
    /// The media types, with a schema or without.
    content: BTreeMap<String, Value>,
    validator: OnceLock<Validator>,
}

impl Operation {
    /// The statuses that are described.
    pub fn statuses(&self) -> impl Iterator<Item = u16> {
        self.answers.keys().copied()
    }

    /// The codes of the errors with a status.
    pub fn codes(&self, status: u16) -> Vec<&str> {
        let schema = self.answers[&status].content.get("application/json");
        let codes = schema.and_then(|schema| schema["properties"]["code"]["enum"].as_array());
        codes.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    /// How well a path fits; `None`: not at all. A literal segment counts more than a placeholder.
    fn fit(&self, path: &str) -> Option<usize> {
        let (ours, theirs): (Vec<&str>, Vec<&str>) =
            (self.path.split('/').collect(), path.split('/').collect());
        let fits = ours.iter().zip(&theirs).all(|(ours, theirs)| ours.starts_with('{') || ours == theirs);
        let literal = ours.iter().filter(|segment| !segment.starts_with('{')).count();
        (fits && ours.len() == theirs.len()).then_some(literal)
    }
}

/// All operations.
pub fn operations() -> &'static [Operation] {
    &OPERATIONS
}

fn read() -> Vec<Operation> {
    let mut operations = Vec::new();
    for (path, item) in DESCRIPTION["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations") {
            let parameters = operation["parameters"].as_array().into_iter().flatten().map(|parameter| {
                let parameter = resolved(parameter);
                let text = |name: &str| parameter[name].as_str().expect(name).to_owned();
                (text("in"), text("name"))
            });
            let content = &operation["requestBody"]["content"];
            operations.push(Operation {
                method: method.to_uppercase(),
                path: path.clone(),
                parameters: parameters.collect(),
                takes: match (content.is_object(), content.get("application/json").is_some()) {
                    (_, true) => Takes::Json,
                    (true, false) => Takes::File,
                    (false, _) => Takes::Nothing,
                },
                answers: answers(&operation["responses"]),
            });
        }
    }
    operations
}

/// A part itself, or what it refers to.
fn resolved(part: &'static Value) -> &'static Value {
    let Some(reference) = part.get("$ref").and_then(Value::as_str) else { return part };
    let pointer = reference.strip_prefix('#').expect("a part of the description");
    DESCRIPTION.pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere"))
}

fn answers(responses: &'static Value) -> BTreeMap<u16, Answer> {
    let answer = |(status, response): (&String, &'static Value)| {
        let content = resolved(response)["content"].as_object().into_iter().flatten();
        let content = content.map(|(kind, content)| (kind.clone(), content["schema"].clone())).collect();
        (status.parse().expect("a status"), Answer { content, validator: OnceLock::new() })
    };
    responses.as_object().expect("answers").iter().map(answer).collect()
}

/// Fails when an answer of a described operation is not as described. What is no described operation passes.
#[track_caller]
pub fn check(method: &str, path: &str, reply: &Reply) {
    let path = path.split('?').next().unwrap_or_default();
    let fitting = operations().iter().filter(|operation| operation.method == method);
    let Some(operation) = fitting.max_by_key(|operation| operation.fit(path).map_or(0, |fit| fit + 1)) else {
        return;
    };
    if operation.fit(path).is_none() {
        return;
    }
    let what = format!("{method} {}", operation.path);
    let Some(answer) = operation.answers.get(&reply.status) else {
        panic!("{what} answers {reply}, and the description has no such status");
    };
    let kind = reply.header("content-type").split(';').next().unwrap_or_default();
    if answer.content.is_empty() {
        assert!(reply.body.is_empty(), "{what} is described without a body: {reply}");
        return;
    }
    let Some(schema) = answer.content.get(kind) else {
        panic!("{what} answers {kind}, and the description has {:?}", answer.content.keys());
    };
    let is_plain = reply.header("content-encoding").is_empty();
    if is_plain && kind == "application/json" {
        let validator = answer.validator.get_or_init(|| validator(schema));
        let body = reply.json();
        let faults: Vec<String> = validator
            .iter_errors(&body)
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{what} is not as described: {faults:#?} in {reply}");
    }
}

/// A schema that also refuses fields which it does not name: the API may grow, but not past its description.
fn validator(schema: &Value) -> Validator {
    let mut root = schema.clone();
    root["components"] = DESCRIPTION["components"].clone();
    for (name, schema) in root["components"]["schemas"].as_object_mut().expect("schemas") {
        close_below(schema, name);
    }
    close(&mut root, "");
    jsonschema::draft202012::new(&root).expect("a valid schema")
}

/// Closes a schema where it is used, which sees through references; but not where it is used `within` itself, which would
/// have no end.
fn close(schema: &mut Value, within: &str) {
    close_below(schema, within);
    if schema
        .get("$ref")
        .and_then(Value::as_str)
        .is_some_and(|name| !within.is_empty() && name.ends_with(&format!("/{within}")))
    {
        return;
    }
    // An object of no known fields stays open.
    let is_known =
        ["properties", "$ref", "allOf", "oneOf", "anyOf"].iter().any(|name| schema.get(name).is_some());
    if let Some(schema) = schema.as_object_mut().filter(|_| is_known) {
        schema.insert("unevaluatedProperties".to_owned(), json!(false));
    }
}

fn close_below(schema: &mut Value, within: &str) {
    let Some(schema) = schema.as_object_mut() else { return };
    for (name, part) in schema {
        match (name.as_str(), part) {
            ("properties", Value::Object(fields)) => {
                fields.values_mut().for_each(|field| close(field, within));
            }
            ("items" | "additionalProperties", part) => close(part, within),
            ("oneOf" | "anyOf" | "prefixItems", Value::Array(parts)) => {
                parts.iter_mut().for_each(|part| close(part, within))
            }
            ("allOf", Value::Array(parts)) => parts.iter_mut().for_each(|part| close_below(part, within)),
            _ => {}
        }
    }
}

#[test]
fn undescribed_answers_are_noticed() {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use axum::http::{HeaderMap, StatusCode, header};
    let reply = |status: StatusCode, body: Value| {
        let headers =
            HeaderMap::from_iter([(header::CONTENT_TYPE, "application/json".parse().expect("a type"))]);
        Reply::new(status, headers, body.to_string().into_bytes())
    };
    let path = "/api/readers/ada%40example.com";
    let refused = json!({ "success": false, "error": "Sign in first.", "code": "sign_in_required" });
    check("DELETE", path, &reply(StatusCode::OK, json!({ "success": true, "erased": 3 })));
    check("DELETE", path, &reply(StatusCode::UNAUTHORIZED, refused.clone()));
    for (status, body) in [
        (StatusCode::OK, json!({ "success": true, "erased": 3, "more": 1 })),
        (StatusCode::OK, json!({ "success": true, "erased": "three" })),
        (StatusCode::OK, json!({ "success": true })),
        (StatusCode::FORBIDDEN, refused),
        (StatusCode::IM_A_TEAPOT, json!({})),
    ] {
        let reply = reply(status, body);
        let checked = catch_unwind(AssertUnwindSafe(|| check("DELETE", path, &reply)));
        assert!(checked.is_err(), "{reply} passes");
    }
}
