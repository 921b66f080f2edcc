//! Changes that an administrator makes, or the user himself, where users are in a database.

use portcullis_tests::ask::Ask;
use portcullis_tests::cast::OTHER_PASSWORD;
use serde_json::{Value, json};

use super::*;

/// Makes a change while a crowd shows a token, for each kind of token that it concerns, at both doors.
async fn each(change: Change, fate: Fate, make: impl AsyncFn(&Site, &Bearer)) {
    for door in Door::BOTH {
        let site = Site::with_database(door).await;
        for kind in Kind::concerned_by(change) {
            // The role is what it was, whatever it has lost for the kind before.
            site.does("PUT", &format!("{ROLES}/{ROLE}"), &json!({ "rights": RIGHTS }), 200).await;
            let bearers = [Bearer::of(kind, &site).await];
            are_honoured(&site, &bearers, &SURFACES, fate, async || make(&site, &bearers[0]).await).await;
        }
    }
}

async fn patch(site: &Site, bearer: &Bearer, body: Value) {
    site.does("PATCH", &format!("{USERS}/{}", bearer.owner()), &body, 200).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_a_session_is_honoured_by_the_next_request() {
    each(Change::Session, Fate::Out, async |site, bearer| {
        match bearer.kind {
            // Signed by us, so that no list has it: whoever bears it ends it.
            Kind::Client | Kind::Delegated => assert_eq!(site.send(bearer.revoke()).await.status, 200),
            Kind::Login => drop(
                site.done(Ask::post("/api/v1/auth/logout").bearer(&bearer.token), &Value::Null, 204).await,
            ),
            Kind::Opaque => {
                let ask = Ask::new("DELETE", "/bca-networks/api/token").bearer(&bearer.token);
                site.done(ask, &Value::Null, 204).await;
            }
            Kind::Personal => {
                let own = site.login(&PEOPLE[3]).await;
                let path = format!("{TOKENS}/{}", bearer.session);
                site.done(Ask::new("DELETE", &path).bearer(&own), &Value::Null, 204).await;
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_an_administrator_ends_is_honoured_by_the_next_request() {
    each(Change::Session, Fate::Out, async |site, bearer| match bearer.kind {
        // No list of sessions has a client's: all of its tokens end together.
        Kind::Client => {
            site.does("DELETE", &format!("{SESSIONS}?client={}", bearer.hands()), &Value::Null, 204).await;
        }
        _ => drop(site.does("DELETE", &format!("{SESSIONS}/{}", bearer.session), &Value::Null, 204).await),
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_all_sessions_is_honoured_by_the_next_request() {
    each(Change::AllSessions, Fate::Out, async |site, bearer| {
        let whose = match bearer.kind {
            Kind::Client => format!("client={}", bearer.hands()),
            _ => format!("user={}", bearer.owner()),
        };
        site.does("DELETE", &format!("{SESSIONS}?{whose}"), &Value::Null, 204).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grant_that_is_taken_is_missing_at_the_next_request() {
    each(Change::Grants, Fate::Less, async |site, bearer| {
        patch(site, bearer, json!({ "grants": [{ "role": "viewer" }] })).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_that_a_role_loses_is_missing_at_the_next_request() {
    each(Change::Role, Fate::Less, async |site, _| {
        site.does("PUT", &format!("{ROLES}/{ROLE}"), &json!({ "rights": RIGHTS[1..] }), 200).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deactivated_user_is_out_at_the_next_request() {
    each(Change::Deactivation, Fate::Out, async |site, bearer| {
        patch(site, bearer, json!({ "active": false })).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_who_may_not_use_the_api_any_more_is_out_at_the_next_request() {
    each(Change::NoApi, Fate::Out, async |site, bearer| {
        patch(site, bearer, json!({ "api_login": false })).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_user_is_out_at_the_next_request() {
    each(Change::Removal, Fate::Out, async |site, bearer| {
        site.does("DELETE", &format!("{USERS}/{}", bearer.owner()), &Value::Null, 204).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_removed_client_is_out_at_the_next_request_with_all_that_it_had_in_its_hands() {
    each(Change::RemovalOfClient, Fate::Out, async |site, bearer| {
        site.does("DELETE", &format!("{CLIENTS}/{}", bearer.hands()), &Value::Null, 204).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_password_ends_every_token_with_the_next_request() {
    each(Change::Password, Fate::Out, async |site, bearer| {
        patch(site, bearer, json!({ "password": OTHER_PASSWORD.0 })).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_that_one_has_changed_oneself_ends_every_token_with_the_next_request() {
    each(Change::Password, Fate::Out, async |site, bearer| {
        let person = PEOPLE.into_iter().find(|person| person.name == bearer.owner()).unwrap();
        let login = site.login(&person).await;
        let body = json!({ "current": person.password, "new": OTHER_PASSWORD.0 });
        site.done(Ask::post("/api/v1/auth/password").bearer(&login), &body, 204).await;
    })
    .await;
}
