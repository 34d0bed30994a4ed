//! `/api`: what programs can ask, made on the server from the API's own description.

use leptos::prelude::*;

use super::site_header::SiteHeader;
use crate::model::{
    ApiAnswer, ApiBody, ApiCredential, ApiField, ApiGroup, ApiKind, ApiObject, ApiOperation, ApiReference,
    address,
};

/// The whole page below the document's head.
#[component]
pub fn ApiReferencePage(
    /// What it shows.
    reference: ApiReference,
) -> impl IntoView {
    let ApiReference { about, credentials, groups, objects } = reference;
    let contents = groups.iter().map(contents).collect_view();
    view! {
        <SiteHeader/>
        <main class="sheet api">
            <div class="sheet-head">
                <h1>"API"</h1>
                <p class="sheet-facts">
                    "Made from " <a href=address::API_DESCRIPTION>"the OpenAPI description"</a> " of this server."
                </p>
            </div>
            <section class="part">{about.into_iter().map(|words| view! { <p>{prose(&words)}</p> }).collect_view()}</section>
            <section class="part" aria-labelledby="credentials">
                <h2 id="credentials">"Who asks"</h2>
                <dl class="api-terms">{credentials.into_iter().map(credential).collect_view()}</dl>
            </section>
            <nav class="part" aria-labelledby="contents">
                <h2 id="contents">"Operations"</h2>
                {contents}
            </nav>
            {groups.into_iter().map(group).collect_view()}
            <section class="part" aria-labelledby="objects">
                <h2 id="objects">"Objects"</h2>
                {objects.into_iter().map(object).collect_view()}
            </section>
        </main>
    }
}

fn credential(ApiCredential { name, words }: ApiCredential) -> impl IntoView {
    view! {
        <dt><code>{name}</code></dt>
        <dd>{prose(&words)}</dd>
    }
}

fn contents(group: &ApiGroup) -> impl IntoView + use<> {
    let operations = group.operations.iter().map(|operation| {
        let (place, method, path) =
            (format!("#{}", operation.name), operation.method.clone(), operation.path.clone());
        view! { <li><a href=place><code>{method} " " {path}</code></a></li> }
    });
    view! {
        <h3>{group.name.clone()}</h3>
        <ul class="api-contents">{operations.collect_view()}</ul>
    }
}

fn group(ApiGroup { name, words, operations }: ApiGroup) -> impl IntoView {
    view! {
        <section class="part">
            <h2>{name}</h2>
            <p>{prose(&words)}</p>
            {operations.into_iter().map(operation).collect_view()}
        </section>
    }
}

fn operation(operation: ApiOperation) -> impl IntoView {
    let ApiOperation { name, method, path, summary, access, parameters, body, answers, example } = operation;
    let parameters = (!parameters.is_empty()).then(|| view! { <h4>"Parameters"</h4> {fields(parameters)} });
    let body = body.map(|body| view! { <h4>"Body"</h4> {content(body)} });
    view! {
        <article class="api-operation" id=name.clone()>
            <h3>
                <a href=format!("#{name}")><code><b>{method}</b> " " {path}</code></a>
            </h3>
            <p>{summary}</p>
            <p class="sheet-facts">{access}</p>
            <pre class="api-example" tabindex="0" role="group" aria-label="Example"><code>{example}</code></pre>
            {parameters}
            {body}
            <h4>"Answers"</h4>
            <dl class="api-terms">{answers.into_iter().map(answer).collect_view()}</dl>
        </article>
    }
    .into_any()
}

fn answer(ApiAnswer { status, body }: ApiAnswer) -> impl IntoView {
    view! {
        <dt><code>{status}</code></dt>
        <dd>{content(body)}</dd>
    }
}

fn content(ApiBody { words, types, kind, fields: of_body }: ApiBody) -> impl IntoView {
    let words = (!words.is_empty()).then(|| view! { <p>{prose(&words)}</p> });
    let types = (!types.is_empty()).then(|| view! { <p class="sheet-facts">{types}</p> });
    let kind = kind.filter(|kind| *kind != ApiKind::default()).map(|shown| view! { <p>{kind_of(shown)}</p> });
    let of_body = (!of_body.is_empty()).then(|| fields(of_body));
    view! { {words} {types} {kind} {of_body} }.into_any()
}

fn fields(fields: Vec<ApiField>) -> impl IntoView {
    let rows = fields.into_iter().map(|ApiField { name, place, is_required, kind, words }| {
        let place = (!place.is_empty()).then(|| format!("{place}, "));
        let presence = if is_required { "always" } else { "optional" };
        view! {
            <dt><code>{name}</code></dt>
            <dd>
                <span class="sheet-facts">{place} {kind_of(kind)} ", " {presence}</span>
                <span class="api-words">{prose(&words)}</span>
            </dd>
        }
    });
    view! { <dl class="api-fields">{rows.collect_view()}</dl> }.into_any()
}

fn object(ApiObject { name, body }: ApiObject) -> impl IntoView {
    view! {
        <article class="api-operation" id=name.clone()>
            <h3><a href=format!("#{name}")><code>{name.clone()}</code></a></h3>
            {content(body)}
        </article>
    }
    .into_any()
}

fn kind_of(ApiKind { before, object, after }: ApiKind) -> impl IntoView {
    let object = object.map(|name| view! { <a href=format!("#{name}")>{name.clone()}</a> });
    view! { {before} {object} {after} }.into_any()
}

/// Words with code between backticks.
fn prose(words: &str) -> AnyView {
    let parts = words.split('`').enumerate().map(|(place, part)| {
        let part = part.to_owned();
        if place % 2 == 1 { view! { <code>{part}</code> }.into_any() } else { part.into_any() }
    });
    parts.collect_view().into_any()
}
