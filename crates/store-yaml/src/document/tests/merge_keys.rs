//! The merge key `<<` of YAML 1.1.

use super::*;

#[test]
fn own_keys_win_over_merged_ones_wherever_the_merge_key_stands() {
    for text in [
        "base: &b {a: 1, b: 2}\nm: {<<: *b, b: own}\n",
        "base: &b {a: 1, b: 2}\nm: {b: own, <<: *b}\n",
        "m: {b: own, <<: {a: 1, b: 2}}\n",
    ] {
        assert_eq!(text_at(text, "m.a"), "1", "{text}");
        assert_eq!(text_at(text, "m.b"), "own", "{text}");
        assert_eq!(faults_at(text, "m", |field, faults| drop(field.map(faults))), "", "{text}");
    }
}

#[test]
fn of_several_merged_maps_the_earlier_wins() {
    let text = "x: &x {a: x}\ny: &y {a: y, b: y}\nm: {<<: [*x, *y, {c: inline}]}\n";
    assert_eq!(text_at(text, "m.a"), "x");
    assert_eq!(text_at(text, "m.b"), "y");
    assert_eq!(text_at(text, "m.c"), "inline");
}

#[test]
fn a_merged_map_may_itself_be_merged() {
    let text = "x: &x {a: x, b: x}\ny: &y {<<: *x, b: y}\nm: {<<: *y}\n";
    assert_eq!(text_at(text, "m.a"), "x");
    assert_eq!(text_at(text, "m.b"), "y");
}

#[test]
fn merged_members_keep_their_places() {
    let found = faults_at("x: &x\n  tokn: 1\nm:\n  <<: *x\n", "m", |field, faults| {
        field.map(faults).unwrap().deny_unknown(&["token"], faults);
    });
    assert_eq!(found, "line 2 column 3: m.tokn: unknown key; did you mean `token`?");
}

#[test]
fn the_anchored_map_is_not_changed_by_being_merged() {
    let text = "base: &b {a: 1}\nm: {<<: *b, c: 2}\n";
    let found = faults_at(text, "base", |field, faults| {
        assert!(field.map(faults).unwrap().field("c").is_none());
    });
    assert_eq!(found, "");
}

#[test]
fn only_maps_can_be_merged() {
    let text = "m:\n  <<: [{a: 1}, text, [b]]\nn: {<<: text}\no: {<<: }\n";
    let map = |field: &Field<'_>, faults: &mut Faults| drop(field.map(faults));
    let expected = "line 2 column 16: m.\"<<\": only a map or a list of maps can be merged\n\
                    line 2 column 22: m.\"<<\": only a map or a list of maps can be merged";
    assert_eq!(faults_at(text, "m", map), expected);
    assert!(faults_at(text, "n", map).starts_with("line 3 column 9: "));
    assert!(faults_at(text, "o", map).starts_with("line 4 column 7: "));
    assert_eq!(text_at(text, "m.a"), "1");
}

#[test]
fn a_second_merge_key_is_given_twice() {
    let found = faults_at("m:\n  <<: {a: 1}\n  <<: {b: 2}\n", "m", |field, faults| drop(field.map(faults)));
    assert_eq!(found, "line 3 column 3: m.\"<<\": given twice; first in line 2 column 3");
}

#[test]
fn flaws_of_a_merged_map_are_flaws_of_the_map() {
    let text = "x: &x {a: 1, a: 2}\nm: {<<: *x}\n";
    let found = faults_at(text, "m", |field, faults| drop(field.map(faults)));
    assert_eq!(found, "line 1 column 14: m.a: given twice; first in line 1 column 8");
}

#[test]
fn a_quoted_merge_key_is_an_ordinary_key() {
    assert_eq!(text_at("m: {\"<<\": {a: 1}}\n", "m.<<.a"), "1");
    assert_eq!(text_at("m: {!!str <<: {a: 1}}\n", "m.<<.a"), "1");
}
