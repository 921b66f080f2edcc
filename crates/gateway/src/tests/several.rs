//! Several addresses of one service: who is asked, who is left out, and what is never asked twice.

use std::time::Duration;

use bytes::Bytes;
use http::Method;
use http_body_util::Full;
use tokio::task::yield_now;
use tokio::time::{advance, timeout};

use super::nodes::{Manner, Nodes, Told};
use super::upstream::{get, outbound, with_body};
use crate::{Gateway, GatewayError, Phase};
use portcullis_testkit::permits::public_permit as permit;

const SECOND: Duration = Duration::from_secs(1);
/// How many failures in a row leave an address out.
const ENOUGH: usize = 3;

async fn is_answered(gateway: &Gateway) -> bool {
    get(gateway, "/a").await.is_ok()
}

async fn post(gateway: &Gateway) -> Result<(), GatewayError> {
    let body = Full::new(Bytes::from_static(b"once"));
    gateway.forward(&permit("/a").await, with_body(Method::POST, body)).await.map(drop)
}

/// Gets until the address without anybody is left out.
async fn run_into(gateway: &Gateway, told: &Told) {
    for _ in 0..6 {
        assert!(is_answered(gateway).await);
    }
    assert_eq!(told.take().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn requests_are_spread_evenly() {
    let nodes = Nodes::new();
    let all = [0, 1, 2].map(|number| nodes.start(number, Manner::Answers));
    let gateway = Gateway::new(nodes.options(3));
    for _ in 0..30 {
        assert!(is_answered(&gateway).await);
    }
    assert_eq!(all.each_ref().map(|node| node.got().len()), [10, 10, 10]);
    assert_eq!(all.map(|node| node.connections()), [1, 1, 1]);
}

#[tokio::test(start_paused = true)]
async fn an_address_that_hangs_gets_hardly_more_than_it_has() {
    let nodes = Nodes::new();
    let (hangs, answers) = (nodes.start(0, Manner::Hangs), nodes.start(1, Manner::Answers));
    let gateway = Gateway::new(nodes.options(2));
    let clone = gateway.clone();
    let stuck = tokio::spawn(async move { get(&clone, "/stuck").await.map(drop) });
    while hangs.connections() == 0 {
        yield_now().await;
    }
    for _ in 0..20 {
        timeout(SECOND, get(&gateway, "/a")).await.unwrap().unwrap();
    }
    assert_eq!((hangs.got(), answers.got().len()), (vec!["GET /stuck HTTP/1.1".to_owned()], 20));
    // Its time is over: that is no fault of the connection, and nobody waits there any more.
    let overdue = stuck.await.unwrap().unwrap_err();
    assert!(matches!(overdue, GatewayError::TimedOut(Phase::ResponseHead)), "{overdue}");
    assert!(gateway.addresses().iter().all(|address| address.is_in_service));
    assert!(timeout(SECOND, async { while is_answered(&gateway).await {} }).await.is_err());
    assert_eq!(hangs.got().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn where_nobody_listens_nothing_fails_and_soon_nobody_looks() {
    let (nodes, told) = (Nodes::new(), Told::default());
    let works = nodes.start(1, Manner::Answers);
    let gateway = Gateway::new(told.by(nodes.options(2)));
    for _ in 0..10 {
        assert!(is_answered(&gateway).await);
        post(&gateway).await.unwrap();
    }
    assert_eq!(works.got().len(), 20);
    assert_eq!(told.take(), ["0 is left out for 1"]);
    let states = gateway.addresses();
    assert_eq!([states[0].is_in_service, states[1].is_in_service], [false, true]);
    assert_eq!([states[0].times_left_out, states[1].times_left_out], [1, 0]);
}

#[tokio::test(start_paused = true)]
async fn an_address_that_is_back_is_tried_by_one_request_and_then_used_as_before() {
    let (nodes, told) = (Nodes::new(), Told::default());
    let works = nodes.start(1, Manner::Answers);
    let gateway = Gateway::new(told.by(nodes.options(2)));
    run_into(&gateway, &told).await;
    // Not yet there when its time is over: it is left out for longer.
    advance(SECOND).await;
    assert!(is_answered(&gateway).await);
    assert_eq!(told.take(), ["0 is left out for 2"]);

    let back = nodes.start(0, Manner::Answers);
    works.got();
    for _ in 0..10 {
        assert!(is_answered(&gateway).await);
    }
    assert_eq!((back.got().len(), works.got().len()), (0, 10), "its time is not over");
    advance(2 * SECOND).await;
    for _ in 0..10 {
        assert!(is_answered(&gateway).await);
    }
    assert_eq!(told.take(), ["0 is back"]);
    assert_eq!((back.got().len() + works.got().len(), back.connections()), (10, 1));
    for _ in 0..10 {
        assert!(is_answered(&gateway).await);
    }
    assert_eq!((back.got().len(), works.got().len()), (5, 5));
}

#[tokio::test(start_paused = true)]
async fn a_request_that_tries_an_address_is_answered_even_if_that_fails() {
    let (nodes, told) = (Nodes::new(), Told::default());
    let _works = nodes.start(1, Manner::Answers);
    let gateway = Gateway::new(told.by(nodes.options(2)));
    run_into(&gateway, &told).await;
    let breaks = nodes.start(0, Manner::Breaks);
    advance(SECOND).await;
    // What could not be asked again leaves the trial to what can.
    for _ in 0..5 {
        post(&gateway).await.unwrap();
    }
    assert!(breaks.got().is_empty());
    assert!(is_answered(&gateway).await);
    assert_eq!(breaks.got(), ["GET /a HTTP/1.1"]);
    assert_eq!(told.take(), ["0 is left out for 2"]);
}

#[tokio::test(start_paused = true)]
async fn if_all_are_left_out_the_one_that_comes_back_first_is_asked() {
    let (nodes, told) = (Nodes::new(), Told::default());
    let gateway = Gateway::new(told.by(nodes.options(2)));
    for _ in 0..10 {
        let refused = get(&gateway, "/a").await.unwrap_err();
        assert!(matches!(refused, GatewayError::Unavailable(_)), "{refused}");
    }
    let mut said = told.take();
    said.sort();
    assert_eq!(
        said,
        ["0 is left out for 1", "1 is left out for 1"],
        "no longer for being asked all the same"
    );
    advance(SECOND).await;
    assert!(!is_answered(&gateway).await);
    told.take();
    // Neither's time is over, and both are there again.
    let both = [0, 1].map(|number| nodes.start(number, Manner::Answers));
    assert!(is_answered(&gateway).await);
    assert_eq!(told.take().len(), 1);
    assert_eq!(both.map(|node| node.got().len()).iter().sum::<usize>(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_get_whose_connection_breaks_is_asked_of_another_address() {
    let (nodes, told) = (Nodes::new(), Told::default());
    let (breaks, works) = (nodes.start(0, Manner::Breaks), nodes.start(1, Manner::Answers));
    let gateway = Gateway::new(told.by(nodes.options(2)));
    for _ in 0..10 {
        assert!(is_answered(&gateway).await);
    }
    assert_eq!((breaks.got().len(), works.got().len()), (ENOUGH, 10));
    assert_eq!(told.take(), ["0 is left out for 1"]);
}

#[tokio::test(start_paused = true)]
async fn the_last_chance_is_not_spent_on_an_address_that_has_failed_before() {
    let (nodes, told) = (Nodes::new(), Told::default());
    let (forgets, breaks) = (nodes.start(0, Manner::AnswersOnce), nodes.start(1, Manner::Breaks));
    let gateway = Gateway::new(told.by(nodes.options(2)));
    let mut number = 0;
    while told.take().is_empty() {
        is_answered(&gateway).await;
        number += 1;
        assert!(number < 20);
    }
    breaks.got();
    // Both are there, and one of them keeps no connection: what breaks on that is asked of it again.
    for _ in 0..10 {
        assert!(is_answered(&gateway).await);
    }
    assert!(breaks.got().is_empty() && forgets.got().len() > 10);
    drop(forgets);
    advance(Duration::from_mins(2)).await;
    let _works = nodes.start(0, Manner::Answers);
    assert!(is_answered(&gateway).await, "one tries, and is answered by the other");
    assert_eq!(breaks.got().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn if_the_only_one_that_is_asked_breaks_it_is_asked_once_more() {
    let nodes = Nodes::new();
    let forgets = nodes.start(0, Manner::AnswersOnce);
    let gateway = Gateway::new(nodes.options(2));
    for _ in 0..20 {
        assert!(is_answered(&gateway).await);
    }
    assert!(forgets.got().len() > 20);
}

#[tokio::test(start_paused = true)]
async fn what_may_have_arrived_and_changes_something_is_not_asked_of_another_address() {
    let nodes = Nodes::new();
    let (breaks, works) = (nodes.start(0, Manner::Breaks), nodes.start(1, Manner::Answers));
    let gateway = Gateway::new(nodes.options(2));
    let mut failed = 0;
    for _ in 0..10 {
        failed += usize::from(post(&gateway).await.is_err());
    }
    assert_eq!((failed, breaks.got().len(), works.got().len()), (ENOUGH, ENOUGH, 10 - ENOUGH));
    // Without a body it may have changed something all the same.
    let nodes = Nodes::new();
    let (breaks, works) = (nodes.start(0, Manner::Breaks), nodes.start(1, Manner::Breaks));
    let gateway = Gateway::new(nodes.options(2));
    gateway.forward(&permit("/a").await, outbound(Method::DELETE)).await.unwrap_err();
    assert_eq!(breaks.got().len() + works.got().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_was_closed_while_nobody_used_it_is_no_fault_of_its_address() {
    let (nodes, told) = (Nodes::new(), Told::default());
    let (forgets, keeps) = (nodes.start(0, Manner::AnswersOnce), nodes.start(1, Manner::Answers));
    let gateway = Gateway::new(told.by(nodes.options(2)));
    for _ in 0..30 {
        assert!(is_answered(&gateway).await);
    }
    assert!(forgets.connections() > ENOUGH, "{}", forgets.connections());
    assert_eq!((told.take().len(), keeps.connections()), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn nor_are_many_such_connections_in_a_row() {
    let (nodes, told) = (Nodes::new(), Told::default());
    let _forgets = nodes.start(0, Manner::AnswersOnce);
    let gateway = Gateway::new(told.by(nodes.options(2)));
    run_into(&gateway, &told).await;
    // As many at a time make as many connections, of which each serves one request.
    let many: Vec<_> = std::iter::repeat_with(|| gateway.clone()).take(4 * ENOUGH).collect();
    let many = many.into_iter().map(|gateway| tokio::spawn(async move { is_answered(&gateway).await }));
    for one in many.collect::<Vec<_>>() {
        assert!(one.await.unwrap());
    }
    for _ in 0..ENOUGH {
        is_answered(&gateway).await;
    }
    assert_eq!(told.take(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_goes_away_does_not_wait_any_more() {
    let nodes = Nodes::new();
    let both = [0, 1].map(|number| nodes.start(number, Manner::Hangs));
    let gateway = Gateway::new(nodes.options(2));
    for _ in 0..10 {
        assert!(timeout(SECOND, get(&gateway, "/a")).await.is_err());
    }
    assert_eq!(both.map(|node| node.got().len()), [5, 5]);
}

#[tokio::test(start_paused = true)]
async fn addresses_that_stay_keep_their_connections_and_what_is_known_of_them() {
    let (nodes, told) = (Nodes::new(), Told::default());
    let works = nodes.start(1, Manner::Answers);
    let before = Gateway::new(told.by(nodes.options(2)));
    run_into(&before, &told).await;
    let further = nodes.start(2, Manner::Answers);
    let gateway = Gateway::instead_of(&before, nodes.options(3));
    drop(before);
    for _ in 0..10 {
        assert!(is_answered(&gateway).await);
    }
    assert_eq!((works.connections(), further.connections()), (1, 1));
    assert_eq!(gateway.addresses().iter().filter(|address| address.is_in_service).count(), 2);

    let mut changed = nodes.options(3);
    changed.pool_idle = SECOND;
    let gateway = Gateway::instead_of(&gateway, changed);
    assert!(gateway.addresses().iter().all(|address| address.is_in_service), "reached in another way");
    for _ in 0..10 {
        assert!(is_answered(&gateway).await);
    }
    assert_eq!((works.connections(), further.connections()), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn one_that_stops_in_the_middle_fails_no_get() {
    let (nodes, told) = (Nodes::new(), Told::default());
    let (stops, stays) = (nodes.start(0, Manner::Answers), nodes.start(1, Manner::Answers));
    let gateway = Gateway::new(told.by(nodes.options(2)));
    for _ in 0..10 {
        assert!(is_answered(&gateway).await);
    }
    stops.stop().await;
    for _ in 0..20 {
        assert!(is_answered(&gateway).await);
    }
    assert_eq!((told.take().len(), stays.got().len()), (1, 25));
}
