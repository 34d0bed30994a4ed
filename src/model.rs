//! The data types that the browser, the server and the wire share, with their limits.
//!
//! JSON is camelCase, times are Unix milliseconds (`i64`), durations are whole seconds (`u64`).
//! This module imports neither Leptos nor Redis, nor any other module of the crate.

/// Makes a type text on the wire: what `Display` writes and `FromStr` checks. Words describe it to programs.
macro_rules! text_on_the_wire {
    ($name:ident, $words:literal) => {
        text_on_the_wire!($name);
        crate::model::described_text!($name, Some($words), None::<&str>);
    };
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = crate::model::Invalid;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
    };
}

/// Describes a type as text, with words and a regular expression.
macro_rules! described_text {
    ($name:ident, $words:expr, $pattern:expr) => {
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                use utoipa::openapi::schema::{ObjectBuilder, Type};
                let text = ObjectBuilder::new().schema_type(Type::String);
                text.description($words).pattern($pattern).build().into()
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}
use described_text;

mod account;
mod account_event;
mod action;
pub mod address;
mod api_reference;
mod badge;
mod client_kind;
mod correction;
mod country;
mod document;
mod document_query;
mod envelope;
pub mod events;
mod flash;
mod history_query;
mod ids;
mod link;
mod link_form;
mod notice;
mod observed;
mod outline;
mod page_sizes;
mod page_text;
mod page_time;
mod picture;
mod reader;
mod reader_name;
mod remark;
mod report;
mod server_status;
mod snapshot;
pub mod timing;
mod visit;
mod visit_mails;
mod webhook;

pub use account::{
    AccountContents, AccountExport, ApiKey, KeyRights, KeyScope, MAX_PASSWORD_BYTES, MAX_PASSWORD_LENGTH,
    MIN_PASSWORD_LENGTH, NewApiKey, Owner, OwnerSession, Passkey, PasswordStrength, SecondFactorSetup,
    SecondFactorState, check_password,
};
pub use account_event::{AccountAction, AccountEvent};
pub use action::{
    Heartbeat, Join, Leave, MAX_DURATION, MAX_EMAIL_LENGTH, MAX_REFERRER_LENGTH, ViewerAction, check_email,
};
pub use api_reference::{
    ApiAnswer, ApiBody, ApiCredential, ApiField, ApiGroup, ApiKind, ApiObject, ApiOperation, ApiReference,
};
pub use badge::{BadgeNumbers, LinkBadge, MAX_BADGES, MAX_SITES, NewLinkBadge};
pub use client_kind::{Browser, ClientKind, Device, System};
pub use correction::{
    Correction, CorrectionPreview, CorrectionState, CorrectionSubject, MAX_CORRECTIONS, NewCorrection,
    PeakChange,
};
pub use country::Country;
pub use document::{
    DocumentChange, DocumentList, DocumentState, DocumentSummary, FileKind, MAX_ALT_LENGTH, MAX_FILE_SIZE,
    MAX_PAGES, MAX_TITLE_LENGTH, Opening, PageSize, SharedDocument, ShownDocument,
};
pub use document_query::{DocumentQuery, DocumentScope, DocumentSort, PAGE_SIZE};
pub use envelope::{Failure, Success, failure, success};
pub use flash::{Done, Flash, FormOutcome, Refusal};
pub use history_query::{
    Day, DayHour, FilterPart, HistoryFilter, HistoryQuery, HistoryRange, HistoryScope, PerformanceOrder,
    PerformanceSort, VISITS_PER_PAGE, VisitCursor, VisitSort,
};
pub use ids::{
    BadgeId, CorrectionId, DeliveryId, DocumentId, Fingerprint, Invalid, KeyId, LinkId, OwnerId,
    OwnerSessionId, PasskeyId, SessionId, WebhookId,
};
pub use link::{Copying, EmailGate, Gate, LinkChange, LinkState, LinkSummary, MAX_LABEL_LENGTH, NewLink};
pub use link_form::LinkForm;
pub use notice::NoticeKind;
pub use observed::{MAX_ADDRESS_LENGTH, MAX_CLICKED, MAX_SEEN, Observed, PageSeen, told_address};
pub use outline::OutlineItem;
pub use page_sizes::PageSizes;
pub use page_text::{LinkTarget, PageLink, PageText, TextBlock, TextLine, TextPiece, TextRole};
pub use page_time::{PageTime, PagesRead, Thirds};
pub use picture::{
    DEFAULT_PICTURE_WIDTH, MAX_PICTURE_PIXELS, PICTURE_WIDTHS, PictureFormat, PictureWish, THUMBNAIL_WIDTH,
    picture_size, picture_widths,
};
pub use reader::{MAX_OTHER_NAMES, ReaderErasure, ReaderHistory, ReaderId, ReaderNumbers, ReaderVisit};
pub use reader_name::ReaderName;
pub use remark::{FileRemark, MAX_REMARK_PAGES};
pub use report::{
    AnalyticsPage, Breakdown, BreakdownKind, BreakdownRow, Compared, HourMap, ListedVisit, PageReport,
    PerformanceRow, Report, ReportNumbers, TimeBar, TimeChart, TimeUnit, VisitDetail, VisitList,
};
pub use server_status::{RedisStatus, ServerStatus, UsedShare, percent_of};
pub use snapshot::{ActiveViewer, LinkCounts, LinkDashboard, LinkViewers, Metrics, Snapshot, ViewerLimit};
pub use visit::{Visit, VisitId, is_view};
pub use visit_mails::{MailSettings, MailSettingsChange, StoppableLink, StoppableMails, VisitMails};
pub use webhook::{
    Delivery, DeliveryState, MAX_WEBHOOK_URL_LENGTH, MadeWebhook, NewWebhook, Webhook, WebhookChange,
    WebhookForm, WebhookKind, WebhookLog,
};
