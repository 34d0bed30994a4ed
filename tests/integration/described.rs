//! The API's description: as committed, and each answer in it given.

mod causes;

use std::collections::BTreeSet;

use sightline::server::http::Description;

use self::causes::{Causes, ELSEWHERE};
use crate::support::described::{DESCRIPTION, operations};

const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/openapi.json");
/// Set, the test writes the file instead.
const RENEW: &str = "RENEW_DESCRIPTION";

#[test]
fn committed_description_is_that_of_the_program() {
    let made = Description::new();
    if std::env::var_os(RENEW).is_some() {
        std::fs::write(COMMITTED, made.json()).expect("docs/openapi.json is written");
    }
    let committed = std::fs::read_to_string(COMMITTED).unwrap_or_default();
    let made = std::str::from_utf8(made.json()).expect("text");
    let first = made.lines().zip(committed.lines()).position(|(made, committed)| made != committed);
    assert!(
        made == committed,
        "docs/openapi.json is not what the program serves (line {}). Renew it and review the difference:\n\
         {RENEW}=1 ./make integration committed_description",
        first.map_or(0, |line| line + 1),
    );
}

#[test]
fn operations_have_names_of_their_own() {
    let mut names = BTreeSet::new();
    for item in DESCRIPTION["paths"].as_object().expect("paths").values() {
        for operation in item.as_object().expect("operations").values() {
            let name = operation["operationId"].as_str().expect("a name");
            assert!(names.insert(name), "{name} twice");
            assert!(!operation["summary"].as_str().unwrap_or_default().is_empty(), "{name} has no summary");
        }
    }
    assert_eq!(names.len(), operations().len());
}

/// Where two different parts would have the same name, one of them stands in full at each of its places.
#[test]
fn shared_parts_have_names_of_their_own() {
    let mut in_full = BTreeSet::new();
    for item in DESCRIPTION["paths"].as_object().expect("paths").values() {
        for operation in item.as_object().expect("operations").values() {
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let answers = operation["responses"].as_object().expect("answers").values();
            for part in parameters.chain(answers).filter(|part| part.get("$ref").is_none()) {
                assert!(in_full.insert(part.to_string()), "twice, and needs another name: {part:#}");
            }
        }
    }
}

#[test]
fn routes_are_made_from_their_description() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/server/http/rest");
    let mut sources = vec![std::path::PathBuf::from(format!("{folder}.rs"))];
    sources.extend(std::fs::read_dir(folder).expect("sources").map(|file| file.expect("a file").path()));
    for source in sources.iter().filter(|source| source.extension().is_some_and(|kind| kind == "rs")) {
        let is_test_clock = source.ends_with("test_clock.rs");
        let text = std::fs::read_to_string(source).expect("a source");
        assert_eq!(text.contains(".route("), is_test_clock, "{}: use `routes!`", source.display());
    }
}

/// Sends a request for each status of each operation; the check of every answer in `support::described` then holds its
/// body against the description.
#[tokio::test(flavor = "multi_thread")]
async fn every_described_answer_is_given() {
    let causes = Box::pin(Causes::new()).await;
    let (mut wrong, mut excused) = (Vec::new(), BTreeSet::new());
    for operation in operations() {
        for status in operation.statuses() {
            let what = format!("{status} {} {}", operation.method, operation.path);
            if let Some(place) = ELSEWHERE.iter().position(|(prefix, _)| what.starts_with(prefix)) {
                excused.insert(place);
                continue;
            }
            let given = Box::pin(causes.provoke(operation, status)).await;
            if given != status {
                wrong.push(format!("{what}: {given}"));
            }
        }
    }
    assert!(wrong.is_empty(), "described, but answered otherwise: {wrong:#?}");
    assert_eq!(excused.len(), ELSEWHERE.len(), "an excuse has no answer that it excuses: {excused:?}");
}
