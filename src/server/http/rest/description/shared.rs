//! Parts that several operations have: described once, among the components, where operations refer to them.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

/// Moves parameters and answers that stand at more than one place to the components.
pub(super) fn share(document: &mut Value) {
    for (kind, name) in [("parameters", name_of_parameter as Name), ("responses", name_of_response as Name)] {
        share_kind(document, kind, name);
    }
}

/// Names a part by its status, if it is an answer, and by what it holds.
type Name = fn(&str, &Value) -> String;

fn share_kind(document: &mut Value, kind: &str, name: Name) {
    let mut counts: HashMap<String, usize> = HashMap::new();
    each(document, kind, |_, part| *counts.entry(part.to_string()).or_default() += 1);
    let (mut names, mut shared) = (HashMap::new(), Map::new());
    each(document, kind, |status, part| {
        let text = part.to_string();
        if counts.get(&text).is_none_or(|count| *count < 2) {
            return;
        }
        let name: &String = names.entry(text).or_insert_with(|| {
            let (name, mut free) = (name(status, part), String::new());
            for number in 1.. {
                free = if number == 1 { name.clone() } else { format!("{name}_{number}") };
                if !shared.contains_key(&free) {
                    break;
                }
            }
            shared.insert(free.clone(), part.clone());
            free
        });
        *part = json!({ "$ref": format!("#/components/{kind}/{name}") });
    });
    if !shared.is_empty() {
        document["components"][kind] = shared.into();
    }
}

/// Calls `with` for each part of this kind of each operation: with its status, if it is an answer, and itself.
fn each(document: &mut Value, kind: &str, mut with: impl FnMut(&str, &mut Value)) {
    let items = document["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    for operation in items.filter_map(Value::as_object_mut).flat_map(|item| item.values_mut()) {
        match operation.get_mut(kind) {
            Some(Value::Array(parts)) => parts.iter_mut().for_each(|part| with("", part)),
            Some(Value::Object(parts)) => parts.iter_mut().for_each(|(status, part)| with(status, part)),
            _ => {}
        }
    }
}

/// Its name and its place: `LinkInPath`.
fn name_of_parameter(_: &str, parameter: &Value) -> String {
    let text = |field: &str| camel(parameter[field].as_str().unwrap_or_default());
    format!("{}In{}", text("name"), text("in"))
}

/// The codes of its errors, such as `SignInRequiredOrWrongApiKey`, or else its status.
fn name_of_response(status: &str, response: &Value) -> String {
    let codes = &response["content"]["application/json"]["schema"]["properties"]["code"]["enum"];
    let codes: Vec<String> =
        codes.as_array().into_iter().flatten().filter_map(Value::as_str).map(camel).collect();
    if codes.is_empty() { format!("Answer{status}") } else { codes.join("Or") }
}

fn camel(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word[..1].to_ascii_uppercase() + &word[1..]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_several_operations_are_described_once() {
        let gone = |words: &str| {
            let code = json!({ "properties": { "code": { "enum": ["not_found", "gate_closed"] } } });
            json!({ "description": words, "content": { "application/json": { "schema": code } } })
        };
        let (link, page) =
            (json!({ "name": "link", "in": "path" }), json!({ "name": "page", "in": "query" }));
        let mut document = json!({ "paths": {
            "/a": { "get": { "parameters": [link, page], "responses": { "404": gone("one"), "200": {} } } },
            "/b": {
                "get": { "parameters": [link], "responses": { "404": gone("one") } },
                "put": { "responses": { "404": gone("two") } },
            },
            "/c": { "get": { "responses": { "404": gone("two") } } },
        } });
        share(&mut document);
        let components = &document["components"];
        assert_eq!(components["parameters"], json!({ "LinkInPath": link }));
        assert_eq!(components["responses"]["NotFoundOrGateClosed"], gone("one"));
        assert_eq!(components["responses"]["NotFoundOrGateClosed_2"], gone("two"));
        let a = &document["paths"]["/a"]["get"];
        assert_eq!(a["parameters"], json!([{ "$ref": "#/components/parameters/LinkInPath" }, page]));
        assert_eq!(a["responses"]["200"], json!({}), "one operation alone has it");
        let reference = "#/components/responses/NotFoundOrGateClosed_2";
        assert_eq!(document["paths"]["/c"]["get"]["responses"]["404"]["$ref"], reference);
    }
}
