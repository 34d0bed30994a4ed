//! Range and filter of an analytics page: links and plain forms, which work without script.

use leptos::prelude::*;

/// One of several ways to show a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What it is called.
    pub label: String,
    /// The page shown that way.
    pub href: String,
    /// Whether the page is shown that way now.
    pub is_current: bool,
}

/// A part of the filter in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterChip {
    /// What it says, such as `Reader: ada`.
    pub label: String,
    /// The page without this part.
    pub href: String,
}

/// A form that leads to a page with other parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilterForm {
    /// The path.
    pub action: String,
    /// The parameters that stay, by name and value.
    pub kept: Vec<(String, String)>,
    /// The fields. An empty one is sent as an empty parameter.
    pub fields: Vec<FilterField>,
}

/// A field of a [`FilterForm`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterField {
    /// The parameter; also the id of the input, so unique on the page.
    pub name: &'static str,
    /// The label.
    pub label: &'static str,
    /// The value and how it is entered.
    pub input: FilterInput,
}

/// How a value is entered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FilterInput {
    /// As text.
    Text {
        /// What is there now.
        value: String,
        /// An example.
        placeholder: &'static str,
    },
    /// As a day.
    Day {
        /// Such as `2026-11-03`; empty: none.
        value: String,
    },
    /// As one of several.
    Select {
        /// The value of the chosen one.
        value: String,
        /// Values and labels.
        options: Vec<(String, String)>,
    },
}

/// Shows the range with other ranges to choose, what is filtered, and the form to filter by.
#[component]
pub fn FilterBar(
    /// The range in words.
    #[prop(into)]
    range: String,
    /// The name of the time zone in which days begin.
    #[prop(into)]
    zone: String,
    /// The range that it is compared with, in words; empty: nothing is compared.
    #[prop(optional, into)]
    compared_with: String,
    /// The ranges with a name.
    ranges: Vec<Choice>,
    /// Two days for any other range.
    custom: FilterForm,
    /// What the page is filtered by.
    parts: Vec<FilterChip>,
    /// The page without any filter.
    #[prop(into)]
    clear: String,
    /// All that the page can be filtered by.
    filter: FilterForm,
) -> impl IntoView {
    let is_custom = !ranges.iter().any(|choice| choice.is_current);
    let compared = (!compared_with.is_empty()).then(|| format!(" · compared with {compared_with}"));
    let parts = (!parts.is_empty()).then(|| {
        let chips = parts.into_iter().map(chip).collect_view();
        view! {
            <div class="filter-parts">
                <span class="filter-parts-title" id="filtered-by">"Filtered by"</span>
                <ul class="chips" aria-labelledby="filtered-by">{chips}</ul>
                <a class="filter-clear" href=clear>"Clear all"</a>
            </div>
        }
    });
    view! {
        <section class="filter-bar" aria-label="Range and filter">
            <div class="filter-ranges">
                <nav class="ranges" aria-label="Range">{choices(ranges, "range")}</nav>
                <details class="filter-fold">
                    <summary class="button" class:range-is-custom=is_custom>"Other days"</summary>
                    <Fields form=custom submit="Show"/>
                </details>
                <details class="filter-fold filter-fold-last">
                    <summary class="button">"Filter"</summary>
                    <Fields form=filter submit="Filter"/>
                </details>
            </div>
            <p class="filter-range" data-testid="report-range">
                <strong>{range}</strong>{format!(" · {zone}")}{compared}
            </p>
            {parts}
        </section>
    }
    .into_any()
}

/// Links to other ways of showing a page.
pub(super) fn choices(choices: Vec<Choice>, class: &'static str) -> impl IntoView {
    let link = |Choice { label, href, is_current }| {
        view! { <a class=class href=href aria-current=is_current.then_some("true")>{label}</a> }
    };
    choices.into_iter().map(link).collect_view()
}

fn chip(FilterChip { label, href }: FilterChip) -> impl IntoView {
    view! {
        <li>
            <a class="chip" href=href>
                <span class="visually-hidden">"Remove "</span>
                <span class="chip-text" dir="auto">{label}</span>
                <span class="chip-cross" aria-hidden="true">"×"</span>
            </a>
        </li>
    }
}

#[component]
fn Fields(form: FilterForm, submit: &'static str) -> impl IntoView {
    let FilterForm { action, kept, fields } = form;
    let kept = kept.into_iter().map(|(name, value)| view! { <input type="hidden" name=name value=value/> });
    let fields = fields.into_iter().map(|FilterField { name, label, input }| {
        view! {
            <div class="field">
                <label class="field-label" for=name>{label}</label>
                {entry(name, input)}
            </div>
        }
    });
    view! {
        <form class="filter-form" method="get" action=action>
            {kept.collect_view()}
            {fields.collect_view()}
            <button type="submit" class="button button-main">{submit}</button>
        </form>
    }
    .into_any()
}

fn entry(name: &'static str, input: FilterInput) -> AnyView {
    match input {
        FilterInput::Text { value, placeholder } => view! {
            <input type="text" name=name id=name value=value placeholder=placeholder dir="auto" autocomplete="off"/>
        }
        .into_any(),
        FilterInput::Day { value } => view! { <input type="date" name=name id=name value=value/> }.into_any(),
        FilterInput::Select { value, options } => {
            let options = options.into_iter().map(|(option, label)| {
                let is_chosen = option == value;
                view! { <option value=option selected=is_chosen>{label}</option> }
            });
            view! { <select name=name id=name>{options.collect_view()}</select> }.into_any()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::components::charts::html;

    fn bar(parts: Vec<FilterChip>) -> String {
        let choice = |label: &str, is_current| Choice {
            label: label.to_owned(),
            href: format!("?range={label}"),
            is_current,
        };
        let ranges = vec![choice("7d", false), choice("28d", true)];
        let day =
            FilterField { name: "from", label: "From", input: FilterInput::Day { value: String::new() } };
        let who = FilterInput::Text { value: "ada".to_owned(), placeholder: "E-mail or name" };
        let options =
            [("", "Any"), ("p", "Phone")].map(|(value, label)| (value.to_owned(), label.to_owned()));
        let device = FilterInput::Select { value: "p".to_owned(), options: options.to_vec() };
        let filter = FilterForm {
            action: "/analytics".to_owned(),
            kept: vec![("range".to_owned(), "28d".to_owned())],
            fields: vec![
                FilterField { name: "who", label: "Reader", input: who },
                FilterField { name: "device", label: "Device", input: device },
            ],
        };
        let custom = FilterForm { fields: vec![day], ..FilterForm::default() };
        html(|| {
            view! {
                <FilterBar range="28 Oct – 24 Nov 2026" zone="Europe/Berlin" compared_with="30 Sep – 27 Oct 2026"
                    ranges custom parts clear="/analytics?range=28d" filter/>
            }
        })
    }

    #[test]
    fn range_and_filter_are_links_and_forms() {
        let part = FilterChip { label: "Reader: ada".to_owned(), href: "?range=28d".to_owned() };
        let page = bar(vec![part]);
        for part in [
            "<strong>28 Oct – 24 Nov 2026</strong> · Europe/Berlin · compared with 30 Sep – 27 Oct 2026",
            r#"href="?range=28d" aria-current="true" class="range">28d</a>"#,
            r#"href="?range=7d" class="range">7d</a>"#,
            r#"href="?range=28d" class="chip""#,
            r#"href="/analytics?range=28d" class="filter-clear">Clear all</a>"#,
            r#"method="get" action="/analytics""#,
            r#"<input type="hidden" name="range" value="28d""#,
            r#"<option value="p" selected>Phone</option>"#,
            r#"type="date""#,
        ] {
            assert!(page.contains(part), "{part} is not in {page}");
        }
        assert!(!bar(Vec::new()).contains("Filtered by"));
    }
}
