//! Bodies: what is an object, what is wrong with its members, and that all of it is told.

use proptest::prelude::*;

use super::*;

fn read(body: &str) -> Result<JsonObject, Vec<Fault>> {
    JsonObject::read(Some("application/json"), body.as_bytes())
}

fn kinds(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(|fault| serde_json::to_string(&(fault.kind, &fault.loc)).unwrap()).collect()
}

#[test]
fn what_is_no_json_object_is_told_where() {
    for body in [
        "",
        "username=admin&password=x",
        "[]",
        "null",
        "\"x\"",
        "{\"username\":",
        "{}{}",
        "{\"a\":\"\\ud800\"}",
    ] {
        let faults = kinds(&read(body).err().unwrap());
        assert!(faults[0].starts_with(r#"["json_invalid",["body","#), "{body}: {faults:?}");
    }
    assert_eq!(kinds(&read("{\n x").err().unwrap()), [r#"["json_invalid",["body",3]]"#]);
}

#[test]
fn a_member_that_is_given_twice_is_refused_however_deep() {
    for body in [r#"{"a":1,"a":1}"#, r#"{"a":[{"b":null,"c":{"d":1.5,"d":true}}]}"#] {
        assert!(kinds(&read(body).err().unwrap())[0].contains("json_invalid"), "{body}");
    }
    assert!(read(r#"{"a":[{"b":1},{"b":-1}]}"#).is_ok());
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let mut object =
        read(r#"{"text":1,"flag":"yes","list":{},"grants":[{"role":2,"x":1},3,{}],"more":0}"#).ok().unwrap();
    assert_eq!(object.text("text"), None);
    assert_eq!(object.text("other"), None);
    assert_eq!(object.optional_flag("flag"), None);
    assert_eq!(object.optional_list("list"), None);
    let grants = object.list("grants").unwrap();
    assert_eq!(object.objects("grants", grants, |grant| grant.text("role")), Vec::<String>::new());
    assert_eq!(
        kinds(&object.finish().unwrap_err()),
        [
            r#"["string_type",["body","text"]]"#,
            r#"["missing",["body","other"]]"#,
            r#"["bool_type",["body","flag"]]"#,
            r#"["list_type",["body","list"]]"#,
            r#"["string_type",["body","grants",0,"role"]]"#,
            r#"["extra_forbidden",["body","grants",0,"x"]]"#,
            r#"["dict_type",["body","grants",1]]"#,
            r#"["missing",["body","grants",2,"role"]]"#,
            r#"["extra_forbidden",["body","more"]]"#,
        ]
    );
}

#[test]
fn what_may_be_left_out_is_no_fault_and_null_is_none_where_it_may_be() {
    let mut object = read(r#"{"a":null,"b":null}"#).ok().unwrap();
    assert_eq!(
        (object.optional_text("c"), object.optional_flag("c"), object.nullable_text("a")),
        (None, None, None)
    );
    assert_eq!(object.optional_text("b"), None);
    assert_eq!(kinds(&object.finish().unwrap_err()), [r#"["string_type",["body","b"]]"#]);
}

#[test]
fn a_form_is_no_json_whatever_is_in_it() {
    for wrong in
        ["application/x-www-form-urlencoded", "text/plain", "application/jsonp", "", "multipart/form-data"]
    {
        assert!(JsonObject::read(Some(wrong), b"{}").is_err(), "{wrong}");
    }
    for right in ["application/json", "Application/JSON; charset=utf-8", "application/vnd.x+json"] {
        assert!(JsonObject::read(Some(right), b"{}").is_ok(), "{right}");
    }
}

proptest! {
    #[test]
    fn no_body_makes_the_reader_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = JsonObject::read(None, &body);
    }
}
