//! Where a body ends.

use portcullis_tests::canned::{Canned, OK};
use portcullis_tests::setup::Setup;

use super::{SMUGGLED, assert_unreadable, fields, start, statuses};

#[tokio::test]
async fn with_both_a_length_and_chunks_the_chunks_count_and_the_connection_ends() {
    let (gate, canned) = start().await;
    for both in [
        "Content-Length: 6\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 6",
        "Content-Length: 6\r\ntransfer-encoding: CHUNKED",
        "Content-Length: 6\r\nContent-Length: 6\r\nTransfer-Encoding: chunked",
    ] {
        let request = format!("POST /a HTTP/1.1\r\nHost: x\r\n{both}\r\n\r\n0\r\n\r\n{SMUGGLED}");
        let statuses = statuses(&gate.exchange(&request).await);
        if statuses == [400] {
            assert_eq!(canned.received(), Vec::<String>::new(), "{both}");
            continue;
        }
        assert_eq!(statuses, [200], "{both}");
        let received = canned.only();
        assert!(!received.contains("smuggled"), "{received}");
        assert!(!fields(&received).contains("content-length: 6"), "{received}");
    }
}

#[tokio::test]
async fn chunks_go_on_as_chunks_and_without_a_length() {
    let (gate, canned) = start().await;
    let request = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n\
                   5\r\nhello\r\n0\r\n\r\n";
    let answers = gate.exchange(request).await;
    if statuses(&answers) != [400] {
        let received = canned.only();
        let fields = fields(&received);
        assert!(
            fields.contains("\r\ntransfer-encoding: chunked") && !fields.contains("content-length"),
            "{received}"
        );
        assert!(received.ends_with("\r\n\r\n5\r\nhello\r\n0\r\n\r\n"), "{received}");
    }
}

#[tokio::test]
async fn a_transfer_coding_that_is_not_chunked_alone_is_refused() {
    let codings = [
        "Transfer-Encoding: identity",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
        "Transfer-Encoding:\x0bchunked",
        "Transfer-Encoding : chunked",
        " Transfer-Encoding: chunked",
        "Transfer-Encoding: \"chunked\"",
        "Transfer-Encoding: chunked;x=1",
        "Content-Length: 5\r\nTransfer-Encoding: gzip",
    ];
    let request = |coding| format!("POST /a HTTP/1.1\r\nHost: x\r\n{coding}\r\n\r\n0\r\n\r\n{SMUGGLED}");
    assert_unreadable(codings.map(request)).await;
}

#[tokio::test]
async fn http_1_0_knows_no_chunks() {
    let head = "POST /a HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n";
    assert_unreadable([format!("{head}0\r\n\r\n{SMUGGLED}")]).await;
}

#[tokio::test]
async fn a_length_that_is_none_or_two_is_refused() {
    let lengths = [
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5, 6",
        "Content-Length: +5",
        "Content-Length: -5",
        "Content-Length: 0x5",
        "Content-Length: 5 5",
        "Content-Length: 5.0",
        "Content-Length: ",
        "Content-Length: five",
        "Content-Length: 99999999999999999999999",
        "Content-Length : 5",
        "Content-Length\t: 5",
        "Content-Length: 5\x0b",
    ];
    let request = |length| format!("POST /a HTTP/1.1\r\nHost: x\r\n{length}\r\n\r\nhello{SMUGGLED}");
    assert_unreadable(lengths.map(request)).await;
}

#[tokio::test]
async fn the_same_length_twice_is_refused_or_becomes_one() {
    let (gate, canned) = start().await;
    let request = "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello";
    if statuses(&gate.exchange(request).await) != [400] {
        assert_eq!(fields(&canned.only()).matches("content-length").count(), 1);
    }
}

#[tokio::test]
async fn a_length_in_a_spelling_that_some_server_knows_is_no_length_and_goes_no_further_than_a_field() {
    let (gate, canned) = start().await;
    let request = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer_Encoding: chunked\r\nConnection: close\r\n\r\n";
    assert_eq!(statuses(&gate.exchange(request).await), [200]);
    let received = canned.only();
    assert!(!fields(&received).contains("transfer"), "{received}");
}

#[tokio::test]
async fn a_body_whose_chunks_are_broken_never_becomes_a_whole_request() {
    let (gate, canned) = start().await;
    for body in [
        "5\r\nhelloX\r\n0\r\n\r\n",
        "zz\r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n",
        "5;\nhello\r\n0\r\n\r\n",
        "fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello0\r\n\r\n",
    ] {
        let request =
            format!("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{body}{SMUGGLED}");
        let statuses = statuses(&gate.exchange(&request).await);
        assert!(statuses.is_empty() || statuses == [400], "{body:?}: {statuses:?}");
        let received = canned.received().concat();
        assert!(!received.ends_with("0\r\n\r\n") && !received.contains("smuggled"), "{body:?}: {received}");
    }
}

#[tokio::test]
async fn requests_that_come_at_once_are_answered_in_their_order() {
    let (gate, canned) = start().await;
    let request = "GET /first HTTP/1.1\r\nHost: x\r\n\r\nPOST /second HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody\
                   GET /a//b HTTP/1.1\r\nHost: x\r\n\r\nGET /third HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    assert_eq!(statuses(&gate.exchange(request).await), [200, 200, 400, 200]);
    let lines: Vec<_> =
        canned.received().iter().map(|request| request.lines().next().unwrap().to_owned()).collect();
    assert_eq!(lines, ["GET /first HTTP/1.1", "POST /second HTTP/1.1", "GET /third HTTP/1.1"]);
}

#[tokio::test]
async fn the_body_of_a_refused_request_is_never_taken_for_a_request() {
    let canned = Canned::answering(OK).await;
    let gate = Setup::before(canned.address()).start().await;
    let length = SMUGGLED.len();
    for (line, refusal) in [
        ("POST /api/v1/webhooks HTTP/1.1", 401),
        ("POST /a//b HTTP/1.1", 400),
        ("DELETE /api/v1/auth/me HTTP/1.1", 405),
    ] {
        let request = format!("{line}\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{SMUGGLED}");
        let mut wire = gate.wire().await;
        wire.write(request).await;
        wire.write("GET /api/v1/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        let mut statuses = vec![];
        while let Some(answer) = wire.answer().await {
            statuses.push(answer.status);
        }
        // Whether the connection goes on is the gate's business.
        assert!(statuses == [refusal] || statuses == [refusal, 200], "{line}: {statuses:?}");
    }
    assert_eq!(canned.received(), Vec::<String>::new());
}
