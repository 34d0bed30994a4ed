//! Every address of the app: pages, routes and files, each made by one typed function.
//!
//! All are paths on this server; [`absolute`] puts an origin before them.

use std::fmt;

use super::{
    BadgeId, CorrectionId, CorrectionSubject, DeliveryId, DocumentId, DocumentQuery, DocumentScope,
    HistoryQuery, HistoryScope, KeyId, LinkId, ReaderId, SessionId, ViewerLimit, VisitCursor, VisitId,
    WebhookId,
};

/// The list of documents.
pub const HOME: &str = "/";
/// Password, sessions and API keys.
pub const SETTINGS: &str = "/settings";
/// Two-factor sign-in: setting up, and what is set up.
pub const SECOND_FACTOR: &str = "/settings/two-factor";
/// Passkeys: a list, a new one, the end of one.
pub const PASSKEYS: &str = "/settings/passkeys";
/// The state of the server, for the owner who runs it.
pub const ADMIN: &str = "/admin";
/// What happened in the account.
pub const ACCOUNT_EVENTS: &str = "/settings/events";
/// Of what the owner is told, and where.
pub const NOTICES: &str = "/settings/notices";
/// The webhooks of an owner, for programs.
pub const WEBHOOKS: &str = "/api/webhooks";
/// The stream of events for the browsers of an owner.
pub const NOTICE_EVENTS: &str = "/api/notices/events";
/// How an owner is told of visits by mail, for programs.
pub const NOTICE_MAILS: &str = "/api/notices/mails";
/// What goes with the account when it is deleted.
pub const DELETE_ACCOUNT: &str = "/settings/delete";
/// The same, for programs.
pub const ACCOUNT_EVENTS_RECORD: &str = "/api/account/events";
/// What the account holds, to be downloaded.
pub const ACCOUNT_EXPORT: &str = "/api/account";
/// E-mail address and password.
pub const SIGN_IN: &str = "/sign-in";
/// Asks for a new password by mail.
pub const FORGOT: &str = "/forgot";
/// The analytics of all documents of an owner.
pub const ANALYTICS: &str = "/analytics";
/// Documents of an owner: listed and added.
pub const DOCUMENTS: &str = "/api/documents";
/// The stream of an owner's documents.
pub const DOCUMENT_EVENTS: &str = "/api/documents/events";
/// Several streams in one: each `of` in the query is the path of a stream.
pub const STREAMS: &str = "/api/events";
/// The script that all pages of a browser share, which has one connection for the streams of all. The number changes with
/// what it and pages say to each other: pages of before an update go on with the script that they started.
pub const STREAMS_WORKER: &str = "/streams.js?1";
/// The record of the owner's API keys.
pub const API_KEYS: &str = "/api/keys";

/// The record of an API key.
pub fn api_key(key: &KeyId) -> String {
    format!("{API_KEYS}/{key}")
}

/// The record of the badges of a link.
pub fn link_badges(link: &LinkId) -> String {
    format!("{}/badges", link_record(link))
}

/// The record of a badge of a link.
pub fn link_badge(link: &LinkId, badge: &BadgeId) -> String {
    format!("{}/{badge}", link_badges(link))
}

/// A badge of a link, for other sites; with `.svg` or `.json` behind it a picture, or data.
pub fn badge(token: &str) -> String {
    format!("/embed/{token}")
}

/// The stream of a live badge.
pub fn badge_events(token: &str) -> String {
    format!("{}/events", badge(token))
}

/// What programs can ask, for people.
pub const API: &str = "/api";
/// The same for programs: OpenAPI.
pub const API_DESCRIPTION: &str = "/api/openapi.json";
/// Answers while the process is up.
pub const HEALTH: &str = "/healthz";
/// Answers while Redis does.
pub const READY: &str = "/readyz";
/// Sets the clock of a test.
pub const TEST_CLOCK: &str = "/test/clock";
/// The key in a query that asks the server whether the browser kept the cookie that it was just given.
pub const COOKIE_CHECK: &str = "cookie-check";

/// A page of the list of documents.
pub fn documents(query: &DocumentQuery) -> String {
    format!("{HOME}{}", query.as_parameters())
}

/// The stream of documents as a page shows them.
pub fn document_events(scope: &DocumentScope) -> String {
    match scope {
        DocumentScope::Page(query) => format!("{DOCUMENT_EVENTS}{}", query.as_parameters()),
        DocumentScope::One(document) => format!("/api/documents/{document}/events"),
    }
}

/// An absolute address: scheme and host, then a path of this module.
pub fn absolute(origin: &str, path: impl fmt::Display) -> String {
    format!("{origin}{path}")
}

/// The sign-in page, which leads to `next` afterwards.
pub fn sign_in(next: &str) -> String {
    format!("{SIGN_IN}?next={}", encode(next))
}

/// The page that asks for the second factor of a sign-in, and leads to `next` afterwards.
pub fn sign_in_code(next: &str) -> String {
    format!("{SIGN_IN}/code?next={}", encode(next))
}

/// A path of this module with [`COOKIE_CHECK`] in its query.
pub fn with_cookie_check(path: &str) -> String {
    let separator = if path.contains('?') { '&' } else { '?' };
    format!("{path}{separator}{COOKIE_CHECK}")
}

/// The page for the first account.
pub fn setup(token: &str) -> String {
    format!("/setup/{}", encode(token))
}

/// One webhook of an owner, with what was sent to it.
pub fn webhook(webhook: &WebhookId) -> String {
    format!("{NOTICES}/{webhook}")
}

/// The page that sets a new password, by the token of a mail.
pub fn reset(token: &str) -> String {
    format!("/reset/{}", encode(token))
}

/// Stops mails about visits, by the token of a mail: a page for people, and by a POST at once.
pub fn stop_mails(token: &str) -> String {
    format!("/stop-mails/{}", encode(token))
}

/// One webhook, for programs.
pub fn webhook_record(webhook: &WebhookId) -> String {
    format!("{WEBHOOKS}/{webhook}")
}

/// What programs ask of a webhook: `secret`, `test` or `deliveries`.
pub fn webhook_part(webhook: &WebhookId, part: &str) -> String {
    format!("{WEBHOOKS}/{webhook}/{part}")
}

/// One delivery of a webhook, for programs.
pub fn webhook_delivery(webhook: &WebhookId, delivery: &DeliveryId) -> String {
    format!("{WEBHOOKS}/{webhook}/deliveries/{delivery}")
}

/// One document of an owner.
pub fn document(document: &DocumentId) -> String {
    format!("/documents/{document}")
}

/// One document as its owner previews it, without a link.
pub fn document_preview(document: &DocumentId) -> String {
    format!("/documents/{document}/preview")
}

/// The settings of a link.
pub fn link(link: &LinkId) -> String {
    format!("/links/{link}")
}

/// The page with the analytics of a scope.
pub fn analytics(scope: &HistoryScope) -> String {
    match scope {
        HistoryScope::Link(link) => dashboard(link),
        HistoryScope::Document(document) => document_analytics(document),
        HistoryScope::Everything => ANALYTICS.to_owned(),
    }
}

/// What an owner left out of all numbers together.
pub const CORRECTIONS: &str = "/corrections";

/// The same, for programs.
pub const CORRECTION_RECORDS: &str = "/api/corrections";
/// What a correction would change, for programs.
pub const CORRECTION_PREVIEW: &str = "/api/corrections/preview";

/// What was left out together, for programs.
pub fn correction_record(correction: &CorrectionId) -> String {
    format!("{CORRECTION_RECORDS}/{correction}")
}

/// The page that says what leaving visits out would change. `query` is that of an analytics page, as an address has it.
pub fn new_correction(of: &CorrectionSubject, query: &str) -> String {
    let query = query.trim_start_matches('?');
    let separator = if query.is_empty() { "" } else { "&" };
    format!("{CORRECTIONS}/new?of={}{separator}{query}", encode(&of.to_string()))
}

/// The analytics of a document, across its links.
pub fn document_analytics(document: &DocumentId) -> String {
    format!("/documents/{document}/analytics")
}

/// What programs read of past visits: `analytics`, `visits`, or a file such as `visits.csv`.
pub fn history(scope: &HistoryScope, what: &str, query: &HistoryQuery) -> String {
    let of = match scope {
        HistoryScope::Link(link) => format!("/api/links/{link}"),
        HistoryScope::Document(document) => format!("/api/documents/{document}"),
        HistoryScope::Everything => "/api".to_owned(),
    };
    format!("{of}/{what}{}", query.first_page().as_parameters())
}

/// One visit, for programs.
pub fn visit_record(link: &LinkId, visit: &VisitId) -> String {
    format!("/api/links/{link}/visits/{visit}")
}

/// All visits of the reader of a visit.
pub fn visit_reader(link: &LinkId, visit: &VisitId) -> String {
    format!("/api/links/{link}/visits/{visit}/reader")
}

/// One visit.
pub fn visit(link: &LinkId, visit: &VisitId) -> String {
    format!("/links/{link}/visits/{visit}")
}

/// All visits of a reader to the owner's documents.
pub fn reader(reader: &ReaderId) -> String {
    format!("/readers/{}", encode(&reader.to_string()))
}

/// The same list of visits behind one of them.
pub fn older_visits_of_reader(reader: &ReaderId, after: &VisitCursor) -> String {
    format!("{}?after={}", self::reader(reader), encode(&after.to_string()))
}

/// All visits of a reader, for programs.
pub fn reader_record(reader: &ReaderId) -> String {
    format!("/api/readers/{}", encode(&reader.to_string()))
}

/// The live numbers of a link.
pub fn dashboard(link: &LinkId) -> String {
    format!("/dashboard/{link}")
}

/// The live numbers of a link, with all its active viewers.
pub fn viewers(link: &LinkId) -> String {
    format!("/dashboard/{link}/viewers")
}

/// The past visits of a reader at a link. `who` is an e-mail address or the name of a mark.
///
/// Written without [`HistoryQuery`], which the browser's program need not hold.
pub fn visits_of_reader(link: &LinkId, who: &str) -> String {
    format!("{}?range=all&who={}#analytics", dashboard(link), encode(who))
}

/// The page on which visitors read.
pub fn viewer(link: &LinkId) -> String {
    format!("/v/{link}")
}

/// The same, opened on a page.
pub fn viewer_on_page(link: &LinkId, page: &str) -> String {
    format!("{}?p={}", viewer(link), encode(page))
}

/// The same, on the page that an address named; empty: it named none.
pub fn viewer_opened_on(link: &LinkId, page: &str) -> String {
    if page.is_empty() { viewer(link) } else { viewer_on_page(link, page) }
}

/// Whether a path is [`viewer`]'s, whatever stands for the link.
pub fn is_viewer(path: &str) -> bool {
    path.strip_prefix("/v/").is_some_and(|link| !link.is_empty() && !link.contains('/'))
}

/// The picture of a page, counted from 1; with a version it may be cached for good.
pub fn page_picture(link: &LinkId, page: u32, version: Option<&str>) -> String {
    page_below(&viewer(link), page, version)
}

/// The picture of a page, counted from 1, below the path of a link's viewer or of a document's record.
pub fn page_below(path: &str, page: u32, version: Option<&str>) -> String {
    let version = version.map_or(String::new(), |version| format!("?v={version}"));
    format!("{path}/pages/{page}{version}")
}

/// The text of a page, counted from 1, below the path of a link's or a document's record.
pub fn page_text_below(record: &str, page: u32, version: Option<&str>) -> String {
    let version = version.map_or(String::new(), |version| format!("?v={version}"));
    format!("{record}/pages/{page}/text{version}")
}

/// The outline of a document, below the path of a link's or a document's record.
pub fn outline_below(record: &str, version: Option<&str>) -> String {
    let version = version.map_or(String::new(), |version| format!("?v={version}"));
    format!("{record}/outline{version}")
}

/// A picture, for a place `width` pixels wide; `picture` is an address with a version.
pub fn with_width(picture: &str, width: u16) -> String {
    format!("{picture}&width={width}")
}

/// A page of the document that is being read, counted from 1.
pub fn page_here(page: u32) -> String {
    format!("?p={page}")
}

/// The file of a document, for visitors who may download it.
pub fn download(link: &LinkId) -> String {
    format!("/v/{link}/download")
}

/// A download as the viewer of `session` makes it.
pub fn with_session(download: &str, session: &SessionId) -> String {
    format!("{download}?session={session}")
}

/// Adds a document with this title; the body is the file.
pub fn upload(title: &str) -> String {
    format!("{DOCUMENTS}?title={}", encode(title))
}

/// One document, for programs.
pub fn document_record(document: &DocumentId) -> String {
    format!("/api/documents/{document}")
}

/// The links of a document, for programs.
pub fn document_links(document: &DocumentId) -> String {
    format!("/api/documents/{document}/links")
}

/// One link, for programs.
pub fn link_record(link: &LinkId) -> String {
    format!("/api/links/{link}")
}

/// The file of a document, for its owner.
pub fn document_file(document: &DocumentId) -> String {
    format!("/api/documents/{document}/file")
}

/// The picture of a page of a document, counted from 1, for its owner.
pub fn document_page(document: &DocumentId, page: u32, version: &str) -> String {
    page_below(&document_record(document), page, Some(version))
}

/// A small picture of a document's first page, for its owner.
pub fn thumbnail(document: &DocumentId, version: &str) -> String {
    format!("/api/documents/{document}/thumbnail?v={version}")
}

/// The QR code of a link's address.
pub fn qr_code(link: &LinkId) -> String {
    format!("/api/links/{link}/qr.svg")
}

/// Where viewers report and programs ask for a snapshot.
pub fn realtime(link: &LinkId) -> String {
    format!("/api/send/realtime/{link}")
}

/// The stream of a link's snapshots, each with at most `limit` viewers.
pub fn realtime_events(link: &LinkId, limit: ViewerLimit) -> String {
    let limit =
        if limit == ViewerLimit::default() { String::new() } else { format!("?limit={}", limit.get()) };
    format!("/api/send/realtime/{link}/events{limit}")
}

/// The address of a secret for authenticator apps
/// ([Key URI format](https://github.com/google/google-authenticator/wiki/Key-Uri-Format)).
pub fn authenticator(email: &str, secret: &str) -> String {
    format!("otpauth://totp/Sightline:{}?secret={secret}&issuer=Sightline", encode(email))
}

/// Percent-encodes all but RFC 3986's unreserved characters, so that a text fits in any part of an address.
pub fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { (byte as char).to_string() } else { format!("%{byte:02X}") })
        .collect()
}
