//! The description of an API: which operations it has. `OpenAPI` 3, or 2 (Swagger), in JSON or YAML.

use std::fs;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use portcullis_store_yaml::document::{Document, Faults, Field, Kind, MapReader};
use serde_json::{Map, Value};

/// Longer descriptions than this are none.
const LONGEST: u64 = 16 << 20;
/// What a path item may hold beside parameters and texts (`OpenAPI` 3.1, 4.8.9.1).
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// A method, and the path as the description has it, with its parameters in braces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Operation {
    pub(super) method: String,
    pub(super) path: String,
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// Reads the operations that a file describes.
pub(super) fn read(file: &Path) -> anyhow::Result<Vec<Operation>> {
    let name = file.display();
    let mut text = String::new();
    let opened = fs::File::open(file).with_context(|| format!("cannot read {name}"))?;
    opened.take(LONGEST).read_to_string(&mut text).with_context(|| format!("cannot read {name}"))?;
    operations(&text).with_context(|| format!("{name} describes no API"))
}

/// The operations of a description, or why it is none.
fn operations(text: &str) -> anyhow::Result<Vec<Operation>> {
    let description =
        if text.trim_start().starts_with('{') { serde_json::from_str(text)? } else { yaml(text)? };
    if description.get("openapi").is_none() && description.get("swagger").is_none() {
        bail!("it says neither `openapi` nor `swagger`");
    }
    let base = base(&description);
    let paths =
        description.get("paths").and_then(Value::as_object).ok_or_else(|| anyhow!("it has no `paths`"))?;
    let mut found = vec![];
    for (path, item) in paths {
        if item.get("$ref").is_some() {
            bail!("{path} is described in another place ($ref); make one description of it first");
        }
        let of_item =
            item.as_object().into_iter().flat_map(Map::keys).filter(|key| METHODS.contains(&key.as_str()));
        found.extend(
            of_item.map(|method| Operation {
                method: method.to_ascii_uppercase(),
                path: format!("{base}{path}"),
            }),
        );
    }
    Ok(found)
}

/// What stands before every path: `basePath`, or the path of the first server.
fn base(description: &Value) -> String {
    let swagger = description.get("basePath").and_then(Value::as_str);
    let server = description.get("servers").and_then(|servers| servers.get(0));
    let url = server.and_then(|server| server.get("url")).and_then(Value::as_str).map(|url| {
        let variables = server.and_then(|server| server.get("variables")).and_then(Value::as_object);
        variables.into_iter().flatten().fold(url.to_owned(), |url, (name, variable)| {
            let usual = variable.get("default").and_then(Value::as_str).unwrap_or_default();
            url.replace(&format!("{{{name}}}"), usual)
        })
    });
    let of_url = url.map(|url| match url.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default().to_owned(),
        None => url,
    });
    let base = swagger.map(str::to_owned).or(of_url).unwrap_or_default();
    let base = base.trim_end_matches('/');
    if base.is_empty() || base.starts_with('/') { base.to_owned() } else { format!("/{base}") }
}

fn yaml(text: &str) -> anyhow::Result<Value> {
    let document = Document::parse(text).map_err(|fault| anyhow!("{fault}"))?;
    Ok(value(&document.root()))
}

/// As JSON, with every single value as text: no more is looked at here.
fn value(field: &Field<'_>) -> Value {
    let mut unread = Faults::new();
    match field.kind() {
        Kind::Null => Value::Null,
        Kind::Scalar => field.scalar(&mut unread).map_or(Value::Null, Value::from),
        Kind::List => field.list(&mut unread).iter().map(value).collect(),
        Kind::Map => {
            let members = field.map(&mut unread);
            let of = |key: &str| Some((key.to_owned(), value(&members.as_ref()?.field(key)?)));
            members.iter().flat_map(MapReader::keys).filter_map(of).collect::<Map<_, _>>().into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(text: &str) -> Vec<String> {
        operations(text).unwrap().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn json_and_yaml_say_the_same() {
        let json =
            r#"{"openapi": "3.1.0", "paths": {"/a/{id}": {"get": {}, "parameters": [], "delete": {}}}}"#;
        let yaml = "openapi: 3.1.0\npaths:\n  /a/{id}:\n    get: {}\n    parameters: []\n    delete: {}\n";
        assert_eq!(listed(json), ["DELETE /a/{id}", "GET /a/{id}"]);
        assert_eq!(listed(yaml), listed(json));
    }

    #[test]
    fn what_stands_before_every_path_is_part_of_it() {
        let with = |members: &str| listed(&format!(r#"{{{members}, "paths": {{"/a": {{"get": {{}}}}}}}}"#));
        assert_eq!(with(r#""swagger": "2.0", "basePath": "/api/v1""#), ["GET /api/v1/a"]);
        assert_eq!(with(r#""swagger": "2.0", "basePath": "/""#), ["GET /a"]);
        let server = |url: &str| with(&format!(r#""openapi": "3.0.0", "servers": [{{"url": "{url}"}}]"#));
        assert_eq!(server("https://bng.example/api"), ["GET /api/a"]);
        assert_eq!(server("https://bng.example"), ["GET /a"]);
        assert_eq!(server("/api/"), ["GET /api/a"]);
        let variable =
            r#""openapi": "3.0.0", "servers": [{"url": "/{v}", "variables": {"v": {"default": "v2"}}}]"#;
        assert_eq!(with(variable), ["GET /v2/a"]);
    }

    #[test]
    fn what_is_no_description_is_refused() {
        let elsewhere = r##"{"openapi": "3.1.0", "paths": {"/a": {"$ref": "#/components/pathItems/a"}}}"##;
        for wrong in ["", "{", "[]", "{}", r#"{"openapi": "3.1.0"}"#, "a: b", "paths: {}", elsewhere] {
            assert!(operations(wrong).is_err(), "{wrong}");
        }
    }
}
