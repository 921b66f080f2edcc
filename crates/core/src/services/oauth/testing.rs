//! What the tests about clients have in common.

use std::sync::Arc;

use super::client_auth::KnownClient;
use crate::domain::client::Client;
use crate::domain::standing::Standing;
use crate::services::actor::Actor;
use crate::services::policy::Policy;

/// A client that has shown its secret, under this policy.
pub(super) fn shown(client: Client, policy: &Arc<Policy>) -> KnownClient {
    let standing = Arc::new(Standing::new(client.clone(), &policy.roles()));
    let subject = standing.subject.id().to_string();
    let actor = Actor { subject, address: None, request_id: "request".to_owned() };
    KnownClient { policy: Arc::clone(policy), standing, client, actor }
}
