//! Tokens that clients show: never a user's of that name, for no more than both are for, from where the client may come.

use super::*;
use crate::domain::client::{Client, SecretHash};
use crate::domain::delegation::Delegation;
use crate::domain::right::RightPattern;
use crate::domain::token::{Bearer, Claims};
use crate::services::clients::Clients;

/// A client of the name of an admin, which holds less than he does.
fn of_client(scope: &str) -> Claims {
    let scope: Vec<_> = scope.split(' ').map(|right| RightPattern::parse(right).unwrap()).collect();
    let machine = client("admin", &[]);
    Claims {
        bearer: Bearer::Client { id: machine.id, scope: scope.into() },
        audience: vec!["portcullis".to_owned()],
        stamp: machine.stamp.to_string(),
        session: SessionId::claimed("of the client".to_owned()),
        ..claims(&user("Admin", &[]).user)
    }
}

fn world_with(clients: impl IntoIterator<Item = Client>, claims: Claims) -> World {
    let clients = Clients::new(clients, Arc::new(Notebook::default()));
    let live = Arc::new(LivePolicy::new(policy(Users(usual_users())).with_clients(clients)));
    let ledger: Arc<Notebook> = Arc::default();
    let codec = Tokens::of(&usual_users()).with("machine", claims);
    World { gate: gate(live.clone(), codec, ledger.clone()), live, ledger }
}

#[tokio::test]
async fn a_client_is_never_taken_for_the_user_of_its_name() {
    let world = world_with([client("admin", &["operator"])], of_client("*:*"));
    assert!(world.passes("GET", "/any", "machine").await);
    assert!(matches!(world.refusal("GET", "/admin", "machine").await, Refusal::Forbidden(_)));
    assert!(world.passes("GET", "/admin", "admin").await);
    let without = world_with([], of_client("*:*"));
    let why = without.refusal("GET", "/any", "machine").await;
    assert!(matches!(why, Refusal::Unauthenticated(Unauthenticated::NoSuchClient)), "{why:?}");
}

#[tokio::test]
async fn a_client_s_token_gives_what_it_is_for_of_what_the_client_holds_now() {
    let all = world_with([client("admin", &["admin"])], of_client("*:*"));
    assert!(all.passes("GET", "/admin", "machine").await && all.passes("GET", "/realms", "machine").await);
    let part = world_with([client("admin", &["admin"])], of_client("device:view"));
    assert!(part.passes("GET", "/realms", "machine").await);
    assert!(matches!(part.refusal("GET", "/admin", "machine").await, Refusal::Forbidden(_)));
    let less = world_with([client("admin", &["operator"])], of_client("device:view"));
    assert!(matches!(less.refusal("GET", "/realms", "machine").await, Refusal::Forbidden(_)));
}

#[tokio::test]
async fn a_client_with_another_secret_or_at_another_address_is_nobody() {
    let secret = SecretHash::parse(&"ab".repeat(32)).unwrap();
    let changed = Client::new(client("admin", &[]).id, secret, []);
    let why = world_with([changed], of_client("*:*")).refusal("GET", "/any", "machine").await;
    assert!(matches!(why, Refusal::Unauthenticated(Unauthenticated::Superseded)), "{why:?}");
    let elsewhere = Client { allow_from: ["203.0.113.9/32".parse().unwrap()].into(), ..client("admin", &[]) };
    let why = world_with([elsewhere], of_client("*:*")).refusal("GET", "/any", "machine").await;
    assert!(matches!(why, Refusal::Unauthenticated(Unauthenticated::Elsewhere)), "{why:?}");
}

/// A user's token in the hands of `portal`.
fn of_a_user_through(portal: &Client) -> Claims {
    let (admin, roles) = (user("Admin", &["admin"]).user, policy(Users(vec![])).roles());
    let through = Arc::new(Standing::new(portal.clone(), &roles));
    let stamp = Standing::new(admin.clone(), &roles).through(through).stamp();
    let to = Delegation::read(portal.id.clone(), "*:*").unwrap();
    Claims {
        bearer: Bearer::Delegated { name: admin.name.clone(), to },
        audience: vec!["portcullis".to_owned()],
        stamp: stamp.to_string(),
        ..claims(&admin)
    }
}

#[tokio::test]
async fn a_user_s_token_in_a_client_s_hands_comes_from_where_the_client_may() {
    let portal = client("portal", &["admin"]);
    let world = world_with([portal.clone()], of_a_user_through(&portal));
    assert!(world.passes("GET", "/admin", "machine").await);
    let here = Client { allow_from: ["203.0.113.9/32".parse().unwrap()].into(), ..portal.clone() };
    let world = world_with([here], of_a_user_through(&portal));
    assert_eq!(world.disbelief("machine").await, Unauthenticated::Elsewhere);
}
