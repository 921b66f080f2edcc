use portcullis_tests::ask::Ask;
use portcullis_tests::cast::{ADMIN, OPERATOR};
use portcullis_tests::client::Protocol;
use portcullis_tests::setup::Setup;
#[tokio::test]
async fn works() {
    let gate = Setup::new().start().await;
    gate.login(&ADMIN).await;
    let gate = Setup::new().tls().start().await;
    let a = gate.client(Protocol::Http2).send(Ask::login(OPERATOR.name, OPERATOR.password)).await;
    println!("{a:?}\n{}", gate.log().text());
}
