//! The parameters of operations that several of them share.

use utoipa::{
    IntoParams, PartialSchema,
    openapi::{
        Required,
        extensions::ExtensionsBuilder,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

use super::shared::{NAME, camel};
use crate::model::{
    BadgeId, CorrectionId, DeliveryId, DocumentId, KeyId, LinkId, ReaderId, VisitId, WebhookId,
};

macro_rules! in_path {
    ($($name:ident: $parameter:literal, $kind:ty, $words:literal;)*) => {$(
        pub(in crate::server::http::rest) struct $name;

        impl IntoParams for $name {
            fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
                let parameter = ParameterBuilder::new()
                    .name($parameter)
                    .parameter_in(ParameterIn::Path)
                    .required(Required::True)
                    .description(Some($words))
                    .schema(Some(<$kind>::schema()));
                vec![parameter.build()]
            }
        }
    )*};
}

in_path! {
    OneDocument: "document", DocumentId, "The document's id.";
    OneLink: "link", LinkId, "The link's id, which is also in the address that readers open.";
    OnePage: "page", u32, "The page, from 1.";
    OneVisit: "visit", VisitId, "The visit's id.";
    OneReader: "reader", ReaderId, "An e-mail address, whatever its capitals, or the short name of a browser's mark.";
    OneBadge: "badge", BadgeId, "The badge's id.";
    OneCorrection: "correction", CorrectionId, "The correction's id.";
    OneWebhook: "webhook", WebhookId, "The webhook's id.";
    OneDelivery: "delivery", DeliveryId, "The delivery's id.";
    OneKey: "key", KeyId, "The key's id.";
}

/// Of a request that makes something.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "only describes what `made_once` reads")]
pub(in crate::server::http::rest) struct IdempotencyKey {
    /// Any text of the client's own, such as a UUID. Sent again with the same key, address and body within 24 hours, the
    /// request gets the first answer, and makes nothing anew; the newest 1,000 keys of an owner are known. After an error
    /// nothing was made, and the key can be used again.
    #[param(rename = "Idempotency-Key", max_length = 255)]
    key: Option<String>,
}

/// Which documents are listed. Some parameters of past visits have the same names.
pub(in crate::server::http::rest) struct DocumentParameters;

impl IntoParams for DocumentParameters {
    fn into_params(place: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let named = |mut parameter: Parameter| {
            let name = format!("List{}InQuery", camel(&parameter.name));
            parameter.extensions = Some(ExtensionsBuilder::new().add(NAME, name).build());
            parameter
        };
        ListParameters::into_params(place).into_iter().map(named).collect()
    }
}

/// A part of the list. Without `page` it is whole, otherwise 50 documents.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only describes what `DocumentQuery::parse` reads")]
struct ListParameters {
    /// The page of the list, from 1.
    #[param(minimum = 1, maximum = 1_000_000)]
    page: Option<u32>,
    /// `name`, `date` (when none is named) or `viewed`.
    #[param(pattern = "^(name|date|viewed)$")]
    sort: Option<String>,
    /// `asc` or `desc`. When none is named, names go up and times go down.
    #[param(pattern = "^(asc|desc)$")]
    direction: Option<String>,
    /// A part of the title, whatever its capitals.
    #[param(max_length = 200)]
    q: Option<String>,
}

/// Which past visits are asked for. Days begin in the owner's time zone.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only describes what `HistoryQuery::parse` reads")]
pub(in crate::server::http::rest) struct HistoryParameters {
    /// `today`, `yesterday`, `7d`, `28d` (when none is named), `90d`, `12m`, `all`, or an hour such as `2026-11-24T15`.
    range: Option<String>,
    /// The first day, such as `2026-11-01`; with `to`, and without `range`.
    from: Option<String>,
    /// The last day.
    to: Option<String>,
    /// The visits of this link.
    link: Option<String>,
    /// A part of the e-mail address, or the short name of a reader.
    who: Option<String>,
    /// At least so much reading time, such as `90s` or `5m`.
    #[param(pattern = "^[0-9]+[sm]$")]
    min: Option<String>,
    /// At least so many pages seen.
    #[param(minimum = 1, maximum = 5_000)]
    pages: Option<u32>,
    /// This page seen.
    #[param(minimum = 1, maximum = 5_000)]
    page: Option<u32>,
    /// `yes`: readers who had been at the link before; `no`: the others.
    #[param(pattern = "^(yes|no)$")]
    returning: Option<String>,
    /// `yes`: visits with a download.
    #[param(pattern = "^yes$")]
    downloaded: Option<String>,
    /// `yes`: visits whose reader asked the browser to print.
    #[param(pattern = "^yes$")]
    printed: Option<String>,
    /// `yes`: archived visits, which are otherwise left out.
    #[param(pattern = "^yes$")]
    archived: Option<String>,
    /// `desktop`, `phone`, `tablet` or `other`.
    #[param(pattern = "^(desktop|phone|tablet|other)$")]
    device: Option<String>,
    /// A country, as two capital letters.
    #[param(pattern = "^[A-Z]{2}$")]
    country: Option<String>,
    /// The host that the reader came from; `-`: none.
    referrer: Option<String>,
    /// `time` (when none is named) or `duration`.
    #[param(pattern = "^(time|duration)$")]
    sort: Option<String>,
    /// `desc` (when none is named) or `asc`.
    #[param(pattern = "^(asc|desc)$")]
    direction: Option<String>,
    /// `off`: no comparison with the period before.
    #[param(pattern = "^off$")]
    compare: Option<String>,
    /// Sorts the documents of an analytics page: `title`, `views`, `readers`, `time`, `completion` or `last`, turned round
    /// behind a hyphen.
    by: Option<String>,
    /// The `next` of the answer before.
    after: Option<String>,
}
