//! What is offered to clients. It is what rustls offers unless somebody asks for less: what another version of it adds or
//! takes away is to be seen here.

use tempfile::TempDir;

use super::*;

fn offered() -> Arc<rustls::ServerConfig> {
    let state = TempDir::new().unwrap();
    let tls = Tls::SelfSigned { state_dir: state.path().to_owned() };
    server_config(tls.open(NOW).unwrap().unwrap()).unwrap()
}

#[test]
fn cipher_suites_have_forward_secrecy_and_authenticate_what_they_encrypt() {
    let config = offered();
    let suites = config.crypto_provider().cipher_suites.iter();
    assert_eq!(
        suites.map(|suite| format!("{:?}", suite.suite())).collect::<Vec<_>>(),
        [
            "TLS13_AES_256_GCM_SHA384",
            "TLS13_AES_128_GCM_SHA256",
            "TLS13_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        ]
    );
}

#[test]
fn keys_are_exchanged_on_elliptic_curves_and_first_of_all_beside_a_post_quantum_one() {
    let config = offered();
    let groups = config.crypto_provider().kx_groups.iter();
    assert_eq!(
        groups.map(|group| format!("{:?}", group.name())).collect::<Vec<_>>(),
        ["X25519MLKEM768", "X25519", "secp256r1", "secp384r1"]
    );
}

#[test]
fn nothing_is_taken_before_the_handshake_is_done() {
    assert_eq!(offered().max_early_data_size, 0);
}
