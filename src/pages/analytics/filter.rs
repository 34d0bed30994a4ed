//! The forms and links by which an analytics page is asked for other days or visits.

use crate::{
    components::{Choice, FilterField, FilterForm, FilterInput},
    model::{Device, HistoryQuery, HistoryRange, HistoryScope, LinkId, address},
};

/// The ranges with a name.
pub(super) fn ranges(query: &HistoryQuery, to: impl Fn(&HistoryQuery) -> String) -> Vec<Choice> {
    let choice = |range: HistoryRange| Choice {
        label: range.label().to_owned(),
        href: to(&query.with_range(range)),
        is_current: query.range == range,
    };
    HistoryRange::NAMED.into_iter().map(choice).collect()
}

/// Two days for any other range.
pub(super) fn range_form(path: &str, query: &HistoryQuery) -> FilterForm {
    let (from, to) = match query.range {
        HistoryRange::Days(from, to) => (from.to_string(), to.to_string()),
        _ => Default::default(),
    };
    let day = |name, label, value| FilterField { name, label, input: FilterInput::Day { value } };
    FilterForm {
        action: path.to_owned(),
        kept: kept(query, &["range", "from", "to", "after"]),
        fields: vec![day("from", "From", from), day("to", "To", to)],
    }
}

/// All that the page can be filtered by.
pub(super) fn filter_form(
    scope: &HistoryScope,
    links: &[(LinkId, String)],
    query: &HistoryQuery,
) -> FilterForm {
    let text = |name, label, value: String, placeholder| FilterField {
        name,
        label,
        input: FilterInput::Text { value, placeholder },
    };
    let select = |name, label, value: Option<String>, options: &[(&str, &str)]| FilterField {
        name,
        label,
        input: FilterInput::Select {
            value: value.unwrap_or_default(),
            options: options.iter().map(|(value, text)| ((*value).to_owned(), (*text).to_owned())).collect(),
        },
    };
    let yes_or_no = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let devices: Vec<(String, String)> = std::iter::once((String::new(), "Any".to_owned()))
        .chain(Device::ALL.iter().map(|device| (device.label().to_lowercase(), device.label().to_owned())))
        .collect();
    let mut fields = vec![
        text("who", "Reader", query.who.clone(), "ada@example.org"),
        text("min", "At least so long", parameter(query, "min"), "5m"),
        text("pages", "At least so many pages", parameter(query, "pages"), "3"),
        select(
            "returning",
            "Returning",
            query.returning.map(yes_or_no),
            &[("", "Any"), ("yes", "Returning readers"), ("no", "New readers")],
        ),
        select(
            "downloaded",
            "Downloaded",
            query.downloaded.then(|| yes_or_no(true)),
            &[("", "Any"), ("yes", "Downloaded")],
        ),
        select(
            "printed",
            "Printing",
            query.printed.then(|| yes_or_no(true)),
            &[("", "Any"), ("yes", "Tried to print")],
        ),
        FilterField {
            name: "device",
            label: "Device",
            input: FilterInput::Select { value: parameter(query, "device"), options: devices },
        },
        text("country", "Country", parameter(query, "country"), "DE"),
        select(
            "archived",
            "Archived",
            query.archived.then(|| yes_or_no(true)),
            &[("", "Left out"), ("yes", "Only archived")],
        ),
    ];
    if !matches!(scope, HistoryScope::Link(_)) {
        let all = std::iter::once((String::new(), "All".to_owned()));
        let options = all.chain(links.iter().map(|(id, label)| (id.to_string(), label.clone()))).collect();
        let input = FilterInput::Select { value: parameter(query, "link"), options };
        fields.insert(1, FilterField { name: "link", label: "Link", input });
    }
    let mut changed: Vec<&str> = fields.iter().map(|field| field.name).collect();
    changed.push("after");
    FilterForm { action: address::analytics(scope), kept: kept(query, &changed), fields }
}

/// A parameter as the address has it; empty: none.
fn parameter(query: &HistoryQuery, wanted: &str) -> String {
    let parameters = parameters(query);
    parameters.into_iter().find(|(name, _)| name == wanted).map(|(_, value)| value).unwrap_or_default()
}

/// The parameters that a form leaves as they are.
fn kept(query: &HistoryQuery, changed: &[&str]) -> Vec<(String, String)> {
    parameters(query).into_iter().filter(|(name, _)| !changed.contains(&&**name)).collect()
}

fn parameters(query: &HistoryQuery) -> Vec<(String, String)> {
    query.parameters().into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
