//! Certificates, made by another program than ours: `openssl`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A certificate and its key, in PEM files.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The certificate.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
}

/// One that is its own authority, for `localhost` and 127.0.0.1.
pub fn self_signed(folder: &Path, name: &str) -> Pair {
    self_signed_for_days(folder, name, DAYS)
}

/// The same, which lasts for so many days.
pub fn self_signed_for_days(folder: &Path, name: &str, days: u32) -> Pair {
    make(folder, name, "basicConstraints=critical,CA:FALSE", THIS_MACHINE, days, None)
}

/// An authority.
pub fn authority(folder: &Path, name: &str) -> Pair {
    make(folder, name, "basicConstraints=critical,CA:TRUE", THIS_MACHINE, DAYS, None)
}

/// One that an authority vouches for, for `localhost` and 127.0.0.1.
pub fn signed(folder: &Path, name: &str, by: &Pair) -> Pair {
    signed_for(folder, name, THIS_MACHINE, by)
}

/// One that an authority vouches for, for these names: `DNS:name` or `IP:address`, separated by commas.
pub fn signed_for(folder: &Path, name: &str, names: &str, by: &Pair) -> Pair {
    make(folder, name, "basicConstraints=critical,CA:FALSE", names, DAYS, Some(by))
}

/// When a certificate ends, in seconds since 1970, as other programs read it.
pub fn end(certificate: &Path) -> u64 {
    const SCRIPT: &str = r#"date -d "$(openssl x509 -noout -enddate -in "$0" | cut -d = -f 2)" +%s"#;
    let told = Command::new("sh").args(["-c", SCRIPT]).arg(certificate).output().unwrap();
    String::from_utf8(told.stdout).unwrap().trim().parse().unwrap()
}

const THIS_MACHINE: &str = "DNS:localhost,IP:127.0.0.1";

/// For how many days a certificate lasts that need not last.
const DAYS: u32 = 2;

fn make(folder: &Path, name: &str, constraints: &str, names: &str, days: u32, by: Option<&Pair>) -> Pair {
    // A configuration of our own: the machine's might add what is asked for once more.
    let config = folder.join(format!("{name}.cnf"));
    fs::write(&config, "[req]\ndistinguished_name = dn\n[dn]\n").unwrap();
    let pair =
        Pair { certificate: folder.join(format!("{name}.pem")), key: folder.join(format!("{name}.key")) };
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc"]);
    openssl.args(["-days", &days.to_string()]);
    openssl.args(["-subj", &format!("/CN={name}"), "-addext", constraints]);
    openssl.args(["-addext", &format!("subjectAltName={names}")]);
    openssl.arg("-config").arg(&config).arg("-keyout").arg(&pair.key).arg("-out").arg(&pair.certificate);
    if let Some(Pair { certificate, key }) = by {
        openssl.arg("-CA").arg(certificate).arg("-CAkey").arg(key);
    }
    let made = openssl.output().expect("openssl can be run");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    pair
}
