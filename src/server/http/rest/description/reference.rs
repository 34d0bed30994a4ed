//! Reads the OpenAPI document for the page about the API.

use serde_json::Value;

use crate::model::{
    ApiAnswer, ApiBody, ApiCredential, ApiField, ApiGroup, ApiKind, ApiObject, ApiOperation, ApiReference,
};

/// What the page shows of a document.
pub(super) fn reference(document: &Value) -> ApiReference {
    let operations = operations(document);
    let groups = list(&document["tags"]).map(|tag| {
        let name = text(&tag["name"]);
        let mut of_group: Vec<ApiOperation> = operations
            .iter()
            .filter(|(group, _)| *group == name)
            .map(|(_, operation)| operation.clone())
            .collect();
        of_group.sort_by_key(|operation| operation.path.clone());
        ApiGroup { words: text(&tag["description"]), operations: of_group, name }
    });
    let credentials = fields(&document["components"]["securitySchemes"])
        .map(|(name, scheme)| ApiCredential { name: name.clone(), words: text(&scheme["description"]) });
    let objects = fields(&document["components"]["schemas"])
        .map(|(name, schema)| ApiObject { name: name.clone(), body: json_body(schema) });
    ApiReference {
        about: text(&document["info"]["description"]).split("  ").map(str::to_owned).collect(),
        credentials: credentials.collect(),
        groups: groups.collect(),
        objects: objects.collect(),
    }
}

/// Each operation with its group.
fn operations(document: &Value) -> Vec<(String, ApiOperation)> {
    let mut operations = Vec::new();
    for (path, item) in fields(&document["paths"]) {
        for (method, operation) in fields(item) {
            let method = method.to_ascii_uppercase();
            let parameters: Vec<ApiField> = list(&operation["parameters"]).map(parameter).collect();
            let body = operation.get("requestBody").map(content);
            let answers = fields(&operation["responses"]).map(|(status, response)| ApiAnswer {
                status: status.clone(),
                body: answer(status, response),
            });
            let access = access(&operation["security"]);
            operations.push((
                text(&operation["tags"][0]),
                ApiOperation {
                    example: example(&method, path, &access, body.as_ref()),
                    name: text(&operation["operationId"]),
                    summary: text(&operation["summary"]),
                    answers: answers.collect(),
                    path: path.clone(),
                    access,
                    method,
                    parameters,
                    body,
                },
            ));
        }
    }
    operations
}

/// Who may ask, from the scopes of the API key.
fn access(security: &Value) -> String {
    let scope = list(security).find_map(|way| way["apiKey"][0].as_str());
    let is_open =
        scope.is_none() || list(security).any(|way| way.as_object().is_some_and(|way| way.is_empty()));
    match (is_open, scope) {
        (true, _) => "Anyone".to_owned(),
        (false, scope) => format!("The owner, or an API key to {}", scope.unwrap_or_default()),
    }
}

fn parameter(parameter: &Value) -> ApiField {
    ApiField {
        name: text(&parameter["name"]),
        place: text(&parameter["in"]),
        is_required: parameter["required"] == true,
        kind: kind(&parameter["schema"]),
        words: text(&parameter["description"]),
    }
}

/// An answer; of an error, which has the same fields everywhere, the words alone.
fn answer(status: &str, response: &Value) -> ApiBody {
    let body = content(response);
    if status < "400" { body } else { ApiBody { fields: Vec::new(), kind: None, ..body } }
}

fn content(holder: &Value) -> ApiBody {
    let types: Vec<&str> = fields(&holder["content"]).map(|(kind, _)| kind.as_str()).collect();
    let json = holder["content"].get("application/json").map(|content| json_body(&content["schema"]));
    ApiBody { words: text(&holder["description"]), types: types.join(", "), ..json.unwrap_or_default() }
}

/// What a schema says of a JSON body: the fields of an object, or else its type.
fn json_body(schema: &Value) -> ApiBody {
    let required: Vec<&str> = list(&schema["required"]).filter_map(Value::as_str).collect();
    let mut of_object: Vec<ApiField> = fields(&schema["properties"])
        .map(|(name, schema)| ApiField {
            name: name.clone(),
            place: String::new(),
            is_required: required.contains(&name.as_str()),
            kind: kind(schema),
            words: text(&schema["description"]),
        })
        .collect();
    of_object.sort_by_key(|field| field.name != "success");
    let kind = of_object.is_empty().then(|| kind(schema));
    ApiBody { words: text(&schema["description"]), types: String::new(), kind, fields: of_object }
}

/// A schema in words.
fn kind(schema: &Value) -> ApiKind {
    if let Some(object) = schema["$ref"].as_str() {
        let object = object.rsplit('/').next().map(str::to_owned);
        return ApiKind { object, ..ApiKind::default() };
    }
    for (any, join) in [("oneOf", " or "), ("anyOf", " or "), ("allOf", " with ")] {
        if let Some(parts) = schema[any].as_array() {
            let mut parts: Vec<ApiKind> = parts.iter().map(kind).collect();
            parts.sort_by_key(|part| part.before == "null");
            return joined(parts, join);
        }
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(name) => vec![name.as_str()],
        names => list(names).filter_map(Value::as_str).collect(),
    };
    if types.contains(&"array") {
        let mut item = kind(&schema["items"]);
        item.before = format!("list of {}", item.before);
        return item;
    }
    if let Some(values) = schema["enum"].as_array() {
        let values: Vec<String> = values.iter().map(Value::to_string).collect();
        return words(values.join(", "));
    }
    let own: Vec<String> = fields(&schema["properties"])
        .map(|(name, schema)| {
            let ApiKind { before, object, after } = kind(schema);
            format!("{name}: {before}{}{after}", object.unwrap_or_default())
        })
        .collect();
    if !own.is_empty() {
        return words(format!("{{ {} }}", own.join(", ")));
    }
    words(types.join(" or "))
}

fn words(before: String) -> ApiKind {
    ApiKind { before, ..ApiKind::default() }
}

/// Alternatives as one kind; the first object among them is the one that is linked.
fn joined(parts: Vec<ApiKind>, join: &str) -> ApiKind {
    let mut all = ApiKind::default();
    for (place, part) in parts.into_iter().enumerate() {
        let join = if place == 0 { "" } else { join };
        match (&all.object, part.object) {
            (None, Some(object)) => {
                all.before += &format!("{join}{}", part.before);
                (all.object, all.after) = (Some(object), part.after);
            }
            (None, None) => all.before += &format!("{join}{}{}", part.before, part.after),
            (Some(_), object) => {
                all.after += &format!("{join}{}{}{}", part.before, object.unwrap_or_default(), part.after);
            }
        }
    }
    all
}

/// A curl command; `$ORIGIN`, `$KEY` and names in capitals are to be filled in.
fn example(method: &str, path: &str, access: &str, body: Option<&ApiBody>) -> String {
    let path = path.split('/').map(|part| match part.strip_prefix('{') {
        Some(name) => format!("${}", name.trim_end_matches('}').to_ascii_uppercase()),
        None => part.to_owned(),
    });
    let mut command = "curl".to_owned();
    if method != "GET" {
        command += &format!(" -X {method}");
    }
    if access != "Anyone" {
        command += " -H \"Authorization: Bearer $KEY\"";
    }
    command += &format!(" \"$ORIGIN{}\"", path.collect::<Vec<_>>().join("/"));
    match body {
        Some(body) if body.types.contains("json") => command + " -d \"$JSON\"",
        Some(_) => command + " --data-binary @file.pdf",
        None => command,
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn fields(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn schemas_are_told_in_words() {
        let told = |schema: Value| {
            let ApiKind { before, object, after } = kind(&schema);
            format!("{before}<{}>{after}", object.unwrap_or_default())
        };
        for (schema, words) in [
            (json!({ "type": "integer" }), "integer<>"),
            (json!({ "type": ["integer", "null"] }), "integer or null<>"),
            (json!({ "$ref": "#/components/schemas/Visit" }), "<Visit>"),
            (json!({ "type": "array", "items": { "$ref": "#/a/Visit" } }), "list of <Visit>"),
            (json!({ "oneOf": [{ "type": "null" }, { "$ref": "#/a/Visit" }] }), "<Visit> or null"),
            (json!({ "type": "string", "enum": ["a", "b"] }), "\"a\", \"b\"<>"),
            (
                json!({ "type": "object", "properties": { "page": { "type": "integer" } } }),
                "{ page: integer }<>",
            ),
        ] {
            assert_eq!(told(schema), words);
        }
    }

    #[test]
    fn example_carries_key_and_body() {
        let json = ApiBody { types: "application/json".to_owned(), ..ApiBody::default() };
        let command = example("PATCH", "/api/links/{link}/visits/{visit}", "The owner", Some(&json));
        let expected = "curl -X PATCH -H \"Authorization: Bearer $KEY\" \"$ORIGIN/api/links/$LINK/visits/$VISIT\" -d \"$JSON\"";
        assert_eq!(command, expected);
        assert_eq!(example("GET", "/healthz", "Anyone", None), "curl \"$ORIGIN/healthz\"");
    }
}
