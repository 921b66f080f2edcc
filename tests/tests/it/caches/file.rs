//! Changes of the file, where users and clients are in it. All kinds of token are shown while it is taken over.

use portcullis_tests::cast::{OTHER_PASSWORD, Person};

use super::*;

const NEEDED: &str = "{right: 'echo:view'}";

/// Has the file changed while crowds show tokens of every kind that the change concerns, at both doors.
async fn taken_over(
    change: Change,
    surfaces: &[Surface],
    fate: Fate,
    behind: &str,
    to: impl Fn(Setup) -> Setup,
) {
    for door in Door::BOTH {
        let site = Site::with_file(door, setup_of_file()).await;
        let mut bearers = vec![];
        for kind in Kind::concerned_by(change) {
            bearers.push(Bearer::of(kind, &site).await);
        }
        let changed = to(setup_of_file());
        are_honoured(&site, &bearers, surfaces, fate, async || site.take_over(changed, behind).await).await;
    }
}

/// The same with other users in the file.
async fn with_users(change: Change, fate: Fate, to: impl Fn(Person) -> Option<Person>) {
    let people: Vec<_> = PEOPLE.into_iter().filter_map(to).collect();
    taken_over(change, &SURFACES, fate, NEEDED, |setup| setup.users(&everybody(&people))).await;
}

/// The same with other clients.
async fn with_clients(fate: Fate, clients: &str) {
    let change = Change::RemovalOfClient;
    taken_over(change, &SURFACES, fate, NEEDED, |setup| setup.with("clients", clients)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_demoted_in_the_file_may_less_once_it_is_in_force() {
    with_users(Change::Grants, Fate::Less, |person| Some(person.but("role: viewer"))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_deactivated_in_the_file_is_out_once_it_is_in_force() {
    with_users(Change::Deactivation, Fate::Out, |person| Some(person.but("role: shift, active: false")))
        .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_may_not_use_the_api_by_the_file_is_out_once_it_is_in_force() {
    with_users(Change::NoApi, Fate::Out, |person| Some(person.but("role: shift, api_login: false"))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_removed_from_the_file_is_out_once_it_is_in_force() {
    with_users(Change::Removal, Fate::Out, |_| None).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whose_password_is_another_one_in_the_file_is_out_once_it_is_in_force() {
    let (password, hash) = OTHER_PASSWORD;
    with_users(Change::Password, Fate::Out, |person| Some(Person { password, hash, ..person })).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_that_loses_a_right_in_the_file_gives_less_once_it_is_in_force() {
    let role = format!("[{{name: {ROLE}, rights: ['{}']}}]", RIGHTS[1]);
    taken_over(Change::Role, &SURFACES, Fate::Less, NEEDED, |setup| setup.with("roles", &role)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_is_gone_from_the_file_is_out_once_it_is_in_force() {
    with_clients(Fate::Out, &configured(&[], "grants: []")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_holds_less_by_the_file_may_less_once_it_is_in_force() {
    with_clients(Fate::Less, &configured(&HANDS, "grants: [{role: viewer}]")).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_has_another_secret_in_the_file_is_out_once_it_is_in_force() {
    let others = configured(&HANDS, &format!("grants: [{{role: {ROLE}}}]"));
    let asker = configured(&[], "grants: []");
    let changed = asker.clone() + &others[asker.len()..].replace(SECRET_HASH, &"5".repeat(64));
    with_clients(Fate::Out, &changed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_route_that_needs_more_refuses_once_it_is_in_force() {
    let routed = [Surface::Behind, Surface::ForwardAuth];
    taken_over(Change::Role, &routed, Fate::Less, "{role: admin}", |setup| setup).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_proxy_that_is_not_trusted_any_more_is_told_nothing_once_it_is_in_force() {
    let asked = [Surface::ForwardAuth];
    taken_over(Change::Role, &asked, Fate::Less, NEEDED, |setup| setup.with("trusted_proxies", "[]")).await;
}
