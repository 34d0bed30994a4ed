//! The alerts and the dashboard in `ops/`: what they ask for exists, and each alert fires when it should.

use std::{collections::BTreeSet, path::Path, process::Command};

use serde_json::Value;

use super::metrics;
use crate::support::test_app::TestApp;

/// A file of `ops/`.
fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("ops").join(name);
    std::fs::read_to_string(path).expect("a text")
}

fn promtool(arguments: &[&str]) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ops");
    let output =
        Command::new("promtool").args(arguments).current_dir(folder).output().unwrap_or_else(|error| {
            panic!(
                "promtool cannot be run: {error}. Install the package prometheus, or run: ./make integration"
            )
        });
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}");
    said
}

/// The names of metrics in a query: words that are followed by neither a parenthesis nor an `=`, and hold a `_`.
fn names(query: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut outside = String::new();
    let mut depth = 0;
    for letter in query.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            letter if depth == 0 => outside.push(letter),
            _ => {}
        }
    }
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == ':';
    for word in outside.split(|letter| !is_word(letter)) {
        let is_metric =
            ["sightline_", "http_server_", "process_"].iter().any(|start| word.starts_with(start));
        if is_metric || word == "up" {
            found.insert(word.to_owned());
        }
    }
    found
}

/// Every query of the dashboard, with the title of its panel.
fn queries(dashboard: &Value) -> Vec<(String, String)> {
    let panels = dashboard["panels"].as_array().expect("panels");
    let of_panel = |panel: &Value| {
        let title = panel["title"].as_str().expect("a title").to_owned();
        let targets = panel["targets"].as_array().cloned().unwrap_or_default();
        targets
            .into_iter()
            .map(|target| (title.clone(), target["expr"].as_str().expect("a query").to_owned()))
            .collect::<Vec<_>>()
    };
    panels.iter().flat_map(of_panel).collect()
}

/// Every name that a scrape has, once each kind of thing has happened.
async fn existing() -> BTreeSet<String> {
    let app = TestApp::with_own_redis().await;
    app.join("s1").await;
    app.heartbeat("s1", 2).await;
    app.get(&format!("/v/{}/pages/1", app.link)).await.ok();
    let text = metrics(&app).await;
    let mut names: BTreeSet<String> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| Some(line.split(['{', ' ']).next()?.to_owned()))
        .collect();
    // Prometheus makes it of each scrape.
    names.insert("up".to_owned());
    names
}

#[tokio::test]
async fn dashboard_and_alerts_ask_for_existing_metrics() {
    let existing = existing().await;
    let dashboard: Value = serde_json::from_str(&read("grafana.json")).expect("JSON");
    let queries = queries(&dashboard);
    assert!(queries.len() >= 15, "{queries:?}");
    for (title, query) in queries {
        let asked = names(&query);
        assert!(!asked.is_empty() && asked.is_subset(&existing), "{title}: {query}");
    }
    let alerts = read("alerts.yml");
    let asked = names(&alerts.lines().filter(|line| !line.trim_start().starts_with('#')).collect::<String>());
    assert!(asked.len() >= 10 && asked.is_subset(&existing), "{:?}", asked.difference(&existing));
}

#[test]
fn alerts_fire_as_their_tests_say() {
    let checked = promtool(&["check", "rules", "alerts.yml"]);
    assert!(checked.contains("rules found"), "{checked}");
    promtool(&["test", "rules", "alerts_test.yml"]);
    let alerts = read("alerts.yml");
    let tests = read("alerts_test.yml");
    let names = alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: "));
    for name in names {
        assert!(tests.contains(&format!("alertname: {name}\n")), "{name} is shown to fire");
    }
}

#[tokio::test]
async fn metrics_pass_the_linter_of_prometheus() {
    use std::{io::Write, process::Stdio};
    let app = TestApp::new().await;
    app.join("s1").await;
    let text = metrics(&app).await;
    let mut child = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("promtool cannot be run: {error}. Install the package prometheus"));
    child.stdin.take().expect("piped").write_all(text.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&output.stderr));
}
