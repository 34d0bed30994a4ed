//! What a visitor does at a link.

use leptos::prelude::*;

use crate::{
    error::AppError,
    model::{self, LinkId},
    wire::Json,
};

/// What a visitor meets at a link.
#[server(endpoint = "open_link", input = Json, output = Json)]
pub async fn open_link(link_id: LinkId) -> Result<model::Opening, AppError> {
    use crate::server::http::context::*;
    services()?.reading.open_link(&link_id, &requester().await?, is_bot()?).await
}

/// Gives what the gate of a link asks for. `page` is the one that the address of the link named, if it named one.
#[server(endpoint = "pass_gate")]
pub async fn pass_gate(
    link_id: LinkId,
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(default)] page: String,
) -> Result<(), AppError> {
    use crate::server::http::{context::*, forms::Form};
    let done = async {
        let visitor = requester().await?.visitor;
        let step = services()?.gates.pass(&link_id, &email, &password, &visitor).await?;
        set_entry_cookies(&link_id, &step).map(|()| None)
    };
    let page = model::address::viewer_opened_on(&link_id, &page);
    Form::of::<PassGate>()
        .field(argument!(PassGate, email), "The e-mail address", &["email", "forbidden"], &email)
        .password(argument!(PassGate, password), "The password", &["wrong_password"])
        .checks_cookies()
        .for_visitors()
        .answer(done.await, &page, &page)
}

/// Gives the code that the gate of a link has sent. `page` as of [`pass_gate`].
#[server(endpoint = "confirm_email")]
pub async fn confirm_email(
    link_id: LinkId,
    code: String,
    #[server(default)] page: String,
) -> Result<(), AppError> {
    use crate::server::{
        http::{context::*, forms::Form},
        services::gate::GateStep,
    };
    let done = async {
        let visitor = requester().await?.visitor;
        let grant = services()?.gates.confirm(&link_id, &code, &visitor).await?;
        set_entry_cookies(&link_id, &GateStep::Open(grant)).map(|()| None)
    };
    let page = model::address::viewer_opened_on(&link_id, &page);
    Form::of::<ConfirmEmail>()
        .password(argument!(ConfirmEmail, code), "The code", &["code"])
        .checks_cookies()
        .for_visitors()
        .answer(done.await, &page, &page)
}

/// Has the gate of a link send another code to the same address. `page` as of [`pass_gate`].
#[server(endpoint = "send_another_code")]
pub async fn send_another_code(link_id: LinkId, #[server(default)] page: String) -> Result<(), AppError> {
    use crate::server::{
        http::{context::*, forms::Form},
        services::gate::GateStep,
    };
    let done = async {
        let visitor = requester().await?.visitor;
        let entry = services()?.gates.send_another_code(&link_id, &visitor).await?;
        set_entry_cookies(&link_id, &GateStep::NeedsCode(entry))?;
        Ok(Some(model::Done::new("Another code is on its way. The one before may still be used.")))
    };
    let page = model::address::viewer_opened_on(&link_id, &page);
    Form::of::<SendAnotherCode>().checks_cookies().for_visitors().answer(done.await, &page, &page)
}

/// The document is rendered and visible: counts a viewer.
#[server(name = JoinLink, endpoint = "join", input = Json, output = Json)]
pub async fn join(link_id: LinkId, join: model::Join) -> Result<(), AppError> {
    use crate::server::http::context::*;
    services()?.reading.join(&link_id, join, &requester().await?, &visit_origin()?).await
}

/// Keeps a viewer active. [`AppError::SessionNotActive`] asks for a new join.
#[server(name = SendHeartbeat, endpoint = "heartbeat", input = Json, output = Json)]
pub async fn heartbeat(link_id: LinkId, heartbeat: model::Heartbeat) -> Result<(), AppError> {
    use crate::server::http::context::*;
    services()?.reading.heartbeat(&link_id, heartbeat, identity()?.visitor()).await
}

/// Ends a visit. A leave of a session that is not active is answered like any other.
#[server(name = LeaveLink, endpoint = "leave", input = Json, output = Json)]
pub async fn leave(link_id: LinkId, leave: model::Leave) -> Result<(), AppError> {
    use crate::server::http::context::*;
    let reporter = reporter(&leave).await?;
    services()?.reading.leave(&link_id, leave, identity()?.visitor(), reporter.as_ref()).await
}
