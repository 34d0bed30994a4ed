//! Compares an answer of an earlier program with today's: what was in it is in it, and more may be.

use serde_json::Value;

/// What follows the clock, or counts changes of the server itself.
pub const PASSING: [&str; 7] =
    ["asOf", "history", "now", "usedAt", "viewsThisMonth", "viewsThisWeek", "viewsToday"];

/// Where today's answer lacks something of the earlier one, or says it otherwise, but for fields of these names; empty when it
/// does nowhere.
pub fn differences(then: &Value, now: &Value, passing: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    compare("", then, now, passing, &mut found);
    found
}

fn compare(path: &str, then: &Value, now: &Value, passing: &[&str], found: &mut Vec<String>) {
    match (then, now) {
        (Value::Object(then), Value::Object(now)) => {
            for (name, then) in then.iter().filter(|(name, _)| !passing.contains(&name.as_str())) {
                compare(
                    &format!("{path}.{name}"),
                    then,
                    now.get(name).unwrap_or(&Value::Null),
                    passing,
                    found,
                );
            }
        }
        (Value::Array(then), Value::Array(now)) if then.len() == now.len() => {
            for (index, (then, now)) in then.iter().zip(now).enumerate() {
                compare(&format!("{path}[{index}]"), then, now, passing, found);
            }
        }
        (then, now) if then != now => found.push(format!("{path}: then {then}, now {now}")),
        _ => {}
    }
}
