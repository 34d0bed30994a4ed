//! Hooks: behaviour without markup.
//!
//! Each `use_*` function starts what it needs in the browser and ends it when its reactive owner is disposed
//! of. On the server it starts nothing; the paragraph "Server-Side Rendering" of each says what its signals
//! hold there.

mod clipboard;
mod document_reader;
mod documents;
mod hydration_mark;
mod live_source;
mod local_time;
mod printing;
mod realtime_analytics;
mod time_zone;
mod title_count;
mod uploads;
mod viewer_session;
mod viewer_tracking;

pub use clipboard::{Clipboard, use_clipboard, use_copy_on_load};
pub use document_reader::{
    DocumentReader, OUTLINE_ID, PAGES_ID, ReadingEvent, SCROLLER_ID, Scale, THUMBNAILS_ID, first_pages,
    use_document_reader,
};
pub use documents::{LiveDocuments, use_documents};
pub use hydration_mark::use_hydration_mark;
pub use local_time::use_local_time;
pub use printing::{PRINT_ID, use_printing};
pub use realtime_analytics::{
    ConnectionState, RealtimeAnalytics, use_realtime_analytics, use_realtime_analytics_with_limit,
};
pub use time_zone::use_time_zone_note;
pub use title_count::use_title_count;
pub use uploads::{
    FileUpload, NewLinkState, UPLOAD_INPUT_ID, UploadQueue, UploadState, Uploads, use_replacement,
    use_uploads,
};
pub use viewer_session::{ViewerSession, use_viewer_session, use_viewer_session_with_windows};
pub use viewer_tracking::{ViewerReports, use_viewer_tracking};
