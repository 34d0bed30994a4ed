//! Parts that several operations have: described once, among the components, where operations refer to them.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

/// The field of a part that has a name of its own; it is not served.
pub(super) const NAME: &str = "x-name";

/// Moves parameters and answers that stand at more than one place to the components.
pub(super) fn share(document: &mut Value) {
    for (kind, name) in [("parameters", name_of_parameter as Name), ("responses", name_of_response as Name)] {
        share_kind(document, kind, name);
    }
}

/// Names a part by what it holds: never by how many others there are, so that a new one renames none.
type Name = fn(&Value) -> String;

fn share_kind(document: &mut Value, kind: &str, name: Name) {
    let mut counts: HashMap<String, usize> = HashMap::new();
    each(document, kind, |part| *counts.entry(part.to_string()).or_default() += 1);
    let mut shared: Map<String, Value> = Map::new();
    each(document, kind, |part| {
        let is_shared = counts.get(&part.to_string()).is_some_and(|count| *count > 1);
        let given = part.as_object_mut().and_then(|part| part.remove(NAME));
        if !is_shared {
            return;
        }
        let name = given.as_ref().and_then(Value::as_str).map_or_else(|| name(part), str::to_owned);
        // Where two parts have one name, the second stays in its place; a test has it named.
        if shared.entry(name.clone()).or_insert_with(|| part.clone()) == part {
            *part = json!({ "$ref": format!("#/components/{kind}/{name}") });
        }
    });
    if !shared.is_empty() {
        document["components"][kind] = shared.into();
    }
}

/// Calls `with` for each part of this kind of each operation.
fn each(document: &mut Value, kind: &str, mut with: impl FnMut(&mut Value)) {
    let items = document["paths"].as_object_mut().into_iter().flat_map(|paths| paths.values_mut());
    for operation in items.filter_map(Value::as_object_mut).flat_map(|item| item.values_mut()) {
        match operation.get_mut(kind) {
            Some(Value::Array(parts)) => parts.iter_mut().for_each(&mut with),
            Some(Value::Object(parts)) => parts.values_mut().for_each(&mut with),
            _ => {}
        }
    }
}

/// Its name and its place: `LinkInPath`.
fn name_of_parameter(parameter: &Value) -> String {
    let text = |field: &str| camel(parameter[field].as_str().unwrap_or_default());
    format!("{}In{}", text("name"), text("in"))
}

/// What its description names first: `TextAndLinks` of "The text and the links; HTML where …".
fn name_of_response(response: &Value) -> String {
    let words = response["description"].as_str().unwrap_or_default();
    let first = words.split(['.', ',', ';', ':']).next().unwrap_or_default();
    let named = first.split(' ').filter(|word| !["The", "the", "A", "a", "An", "an"].contains(word));
    camel(&named.collect::<Vec<_>>().join(" "))
}

pub(super) fn camel(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| word[..1].to_ascii_uppercase() + &word[1..]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An answer with these words.
    fn answer(words: &str) -> Value {
        json!({ "description": words })
    }

    #[test]
    fn parts_of_several_operations_are_described_once() {
        let gone = json!({ "description": "Gone.", "x-name": "NotFound" });
        let (link, page) =
            (json!({ "name": "link", "in": "path" }), json!({ "name": "page", "in": "query" }));
        let done = answer("Done.");
        let mut document = json!({ "paths": {
            "/a": { "get": { "parameters": [link, page], "responses": { "404": gone, "200": {} } } },
            "/b": { "get": { "parameters": [link], "responses": { "404": gone } }, "put": { "responses": { "200": done } } },
            "/c": { "get": { "responses": { "200": done, "503": { "description": "Away.", "x-name": "Away" } } } },
        } });
        share(&mut document);
        let components = &document["components"];
        assert_eq!(components["parameters"], json!({ "LinkInPath": link }));
        assert_eq!(components["responses"], json!({ "Done": done, "NotFound": answer("Gone.") }));
        let a = &document["paths"]["/a"]["get"];
        assert_eq!(a["parameters"], json!([{ "$ref": "#/components/parameters/LinkInPath" }, page]));
        assert_eq!(a["responses"]["200"], json!({}), "one operation alone has it");
        assert_eq!(a["responses"]["404"]["$ref"], "#/components/responses/NotFound");
        let c = &document["paths"]["/c"]["get"]["responses"];
        assert_eq!(c["503"], answer("Away."));
    }

    #[test]
    fn answers_are_named_by_their_first_words() {
        for (words, name) in [
            ("Done.", "Done"),
            ("The text and the links; HTML where `Accept` does not name JSON.", "TextAndLinks"),
            ("The rows as CSV, an attachment.", "RowsAsCSV"),
            ("Erased visits: how many there were.", "ErasedVisits"),
        ] {
            assert_eq!(name_of_response(&answer(words)), name);
        }
    }

    #[test]
    fn new_operation_renames_none() {
        let of = |words: &[&str]| {
            let operation = |(n, words): (usize, &&str)| {
                (format!("/{n}"), json!({ "get": { "responses": { "200": answer(words) } } }))
            };
            let paths: Map<String, Value> = words.iter().enumerate().map(operation).collect();
            let mut document = json!({ "paths": paths });
            share(&mut document);
            document["components"]["responses"].as_object().cloned().unwrap_or_default()
        };
        let before = of(&["Done.", "Done.", "The link.", "The link."]);
        let after = of(&["The badge.", "Done.", "The badge.", "Done.", "The link.", "The link.", "Done."]);
        assert_eq!(before.keys().collect::<Vec<_>>(), ["Done", "Link"]);
        for (name, part) in before {
            assert_eq!(after[&name], part);
        }
    }
}
