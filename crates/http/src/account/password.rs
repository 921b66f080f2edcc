//! `POST /api/v1/auth/password`: another password for whoever knows the present one.

use std::sync::Arc;

use axum::extract::State;
use http::StatusCode;
use portcullis_core::domain::secret::Password;
use portcullis_core::services::registry::AdminError;
use portcullis_core::services::user_admin::UserAdmin;
use portcullis_guard::reply::Reply;

use crate::admin::editing::{Editing, told};
use crate::api_error::ApiError;
use crate::body::JsonBody;
use crate::extract::Passed;
use crate::validation::Fault;

/// From the answer on, all tokens of the caller are dead, the one that was sent too.
pub(crate) async fn post(
    State(users): State<Arc<UserAdmin>>,
    Passed(principal): Passed,
    Editing(editor): Editing,
    JsonBody(mut body): JsonBody,
) -> Result<StatusCode, ApiError> {
    let (current, new) = (body.text("current"), body.text("new"));
    body.finish()?;
    let (Some(current), Some(new)) = (current, new) else { return Err(ApiError::internal()) };
    if principal.kind.personal().is_some() {
        let detail = "A personal token can't change the password";
        return Err(Reply::new(StatusCode::FORBIDDEN, "unfit_token", detail).into());
    }
    let Some(user) = principal.standing.subject.user() else {
        return Err(Reply::new(StatusCode::FORBIDDEN, "no_password", "A client has no password").into());
    };
    let changed =
        users.change_own_password(&editor, &user.name, Password::new(current), Password::new(new)).await;
    match changed {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        Err(AdminError::Password(broken)) => {
            let fault = |rule: &_| Fault::value_error("body", "new", format!("{rule}"));
            Err(broken.iter().map(fault).collect::<Vec<_>>().into())
        }
        Err(error) => Err(told(&error, &editor)),
    }
}
