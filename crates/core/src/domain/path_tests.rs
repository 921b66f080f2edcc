//! The path rules, one by one, and properties over generated paths.

use proptest::prelude::*;

use super::*;

fn fault(raw: &str) -> PathFault {
    Target::parse(raw).expect_err(raw)
}

#[test]
fn plain_paths_and_queries_go_on_unchanged() {
    for raw in ["/", "/a", "/a/", "/a/b.c~d-e_f", "/a?b=c&d=%2F;%zz?#", "/a:b@c!$&'()*+,=", "/a?\\..//"] {
        let target = Target::parse(raw).unwrap();
        assert_eq!(target.as_str(), raw.split('#').next().unwrap());
        assert_eq!(target.key(), target.path());
    }
}

#[test]
fn encoded_unreserved_characters_are_decoded_and_others_kept() {
    let target = Target::parse("/%61pi/%7Euser/caf%c3%A9/a%20b/x%3Ay?q=%61").unwrap();
    assert_eq!(target.as_str(), "/api/~user/caf%c3%A9/a%20b/x%3Ay?q=%61");
    assert_eq!(target.key(), "/api/~user/café/a b/x:y");
    assert_eq!(target.query(), Some("q=%61"));
}

#[test]
fn encoded_delimiters_are_noticed_and_kept_as_they_are_spelled() {
    for delimiter in ["%2F", "%2f", "%3F", "%3f", "%23", "%3B", "%3b", "%25"] {
        let raw = format!("/data/interface=Gi0{delimiter}0");
        let target = Target::parse(&raw).unwrap();
        assert!(target.has_encoded_delimiter(), "{raw}");
        assert_eq!(target.as_str(), raw);
    }
    assert_eq!(Target::parse("/i=Gi0%2f0").unwrap().key(), "/i=Gi0%2F0");
    assert_eq!(Target::parse("/i=Gi0%2f0").unwrap().segment(0).as_deref(), Some("i=Gi0/0"));
}

#[test]
fn what_servers_read_in_two_ways_is_refused() {
    use PathFault::{
        Backslash, BrokenEncoding, Control, DotSegment, EmptySegment, NotAbsolute, NotUtf8, RawCharacter,
    };
    let cases: &[(PathFault, &[&str])] = &[
        (NotAbsolute, &["", "*", "a", "?a", "#", "host:80"]),
        (Backslash, &["/a\\b", "/a%5Cb", "/a%5cb", "/\\"]),
        (Control, &["/a%00", "/a%0d%0a", "/%1F", "/%7f", "/%C2%80", "/%c2%9F", "/a\tb", "/\u{7f}"]),
        (
            RawCharacter,
            &["/a;b", "/;", "/a\"", "/<", "/>", "/{id}", "/a|b", "/^", "/[", "/]", "/`", "/é", "/a b"],
        ),
        (BrokenEncoding, &["/%", "/%2", "/%zz", "/%+1", "/%%41", "/%u0041", "/%é", "/a%1"]),
        (NotUtf8, &["/%ff", "/%c0%af", "/%e0%80%af", "/%ed%a0%80", "/%c3", "/%A9"]),
        (EmptySegment, &["//", "//a", "/a//b", "/a//", "///"]),
        (
            DotSegment,
            &[
                "/.",
                "/..",
                "/a/..",
                "/a/../b",
                "/%2e",
                "/%2E%2e/a",
                "/.%2e",
                "/a.",
                "/a./b",
                "/a%2e",
                "/a%20",
                "/a%20/b",
                "/...",
                "/.%20",
            ],
        ),
    ];
    for (expected, paths) in cases {
        for raw in *paths {
            assert_eq!(fault(raw), *expected, "{raw:?}");
        }
    }
}

#[test]
fn what_is_plain_may_stand_raw() {
    for byte in (0..=u8::MAX).filter(|byte| is_plain(*byte)) {
        assert_eq!(check_raw(byte), Ok(()), "{byte}");
        assert!(!b"%?#".contains(&byte), "{byte}");
    }
}

#[test]
fn a_fragment_never_arrives() {
    assert_eq!(Target::parse("/a#/../b?c").unwrap().as_str(), "/a");
    assert_eq!(Target::parse("/a?b#c").unwrap().as_str(), "/a?b");
}

#[test]
fn decoding_once_leaves_what_is_no_encoding() {
    assert_eq!(decode_once("a%2Fb%zz%"), "a/b%zz%");
    assert_eq!(decode_once("é%é%c3%a9"), "é%éé");
    assert_eq!(decode_once("%252F"), "%2F");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn no_text_makes_the_reader_panic(raw in any::<String>()) {
        let _ = Target::parse(&raw);
        let _ = decode_once(&raw);
    }

    #[test]
    fn the_canonical_form_is_its_own_canonical_form(raw in "(/[a-c.%0-9A-F~;]{0,5}){1,4}(\\?[a-z%/;]{0,5})?") {
        if let Ok(target) = Target::parse(&raw) {
            prop_assert_eq!(&Target::parse(target.as_str()).unwrap(), &target);
        }
    }
}
