//! A hostile file is refused quickly and in little memory.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::*;

/// Far more than is needed on a busy machine, far less than a bomb would take.
const AT_ONCE: Duration = Duration::from_secs(5);

fn refused_at_once(text: &str) -> String {
    let started = Instant::now();
    let refusal = refusal(text);
    assert!(started.elapsed() < AT_ONCE, "took {:?}", started.elapsed());
    refusal
}

fn bomb(levels: usize, item: impl Fn(usize) -> String) -> String {
    let mut text = "l0: &l0 boom\n".to_owned();
    for level in 1..=levels {
        writeln!(text, "l{level}: &l{level} {}", item(level - 1)).unwrap();
    }
    text
}

fn ten_of(level: usize) -> String {
    format!("[{}]", vec![format!("*l{level}"); 10].join(", "))
}

#[test]
fn ten_levels_of_tenfold_aliases_are_refused() {
    let refusal = refused_at_once(&bomb(10, ten_of));
    assert_eq!(refusal, "line 6 column 10: the aliases of this file stand for more than 20000 values");
}

#[test]
fn three_levels_of_tenfold_aliases_are_within_the_budget() {
    let document = parse(&bomb(3, ten_of));
    assert_eq!(at(&document, "l3.9.9.9").path(), "l3[9][9][9]");
}

#[test]
fn a_bomb_of_merge_keys_is_refused() {
    let merge = |level: usize| format!("{{k{level}: 1, <<: {}}}", ten_of(level));
    let text = format!("l0: &l0 {{a: 1}}\n{}", bomb(10, merge).split_once('\n').unwrap().1);
    assert!(refused_at_once(&text).ends_with("the aliases of this file stand for more than 20000 values"));
}

#[test]
fn a_long_text_is_not_multiplied() {
    let text = format!("a: &a {}\nb: [{}]\n", "x".repeat(500_000), vec!["*a"; 10_000].join(","));
    assert_eq!(
        refused_at_once(&text),
        "line 2 column 11: the aliases of this file stand for more than 20000 values"
    );
}

#[test]
fn sixty_four_levels_are_the_deepest() {
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(Document::parse(&nested(64)).is_ok());
    assert_eq!(refused_at_once(&nested(65)), "line 1 column 65: nested more than 64 levels deep");
    assert!(refused_at_once(&"[".repeat(1 << 20)).ends_with("nested more than 64 levels deep"));
    assert!(refused_at_once(&"- ".repeat(1 << 19)).ends_with("nested more than 64 levels deep"));
    assert!(refused_at_once(&"{a: ".repeat(1 << 18)).ends_with("nested more than 64 levels deep"));
}

#[test]
fn aliases_do_not_evade_the_depth() {
    let chain = bomb(64, |level| format!("[*l{level}]"));
    assert_eq!(refused_at_once(&chain), "line 65 column 12: nested more than 64 levels deep");
    assert!(Document::parse(&bomb(63, |level| format!("[*l{level}]"))).is_ok());
    let below =
        format!("a: &a {}{}\nb: {}*a{}\n", "[".repeat(40), "]".repeat(40), "[".repeat(30), "]".repeat(30));
    assert_eq!(refused_at_once(&below), "line 2 column 34: nested more than 64 levels deep");
}

#[test]
fn a_text_of_one_mebibyte_is_the_longest() {
    let longest = "#".repeat(Document::MAX_BYTES);
    assert!(Document::parse(&longest).is_ok());
    assert_eq!(refusal(&format!("{longest}#")), "the file is longer than 1048576 bytes");
}
