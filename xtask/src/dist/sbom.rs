//! What the binary is made of, as `CycloneDX` 1.5 has it: for programs that look for known faults in crates.

use anyhow::Context as _;
use serde::Serialize;

use super::date::Date;
use crate::inventory::Component;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    bom_format: &'static str,
    spec_version: &'static str,
    version: u8,
    metadata: Metadata<'a>,
    components: Vec<Entry<'a>>,
    dependencies: Vec<Needs<'a>>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    timestamp: String,
    component: Entry<'a>,
}

#[derive(Serialize)]
struct Entry<'a> {
    r#type: &'static str,
    #[serde(rename = "bom-ref")]
    reference: String,
    name: &'a str,
    version: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    hashes: Option<[Hash<'a>; 1]>,
    licenses: [Licence<'a>; 1],
    purl: String,
}

#[derive(Serialize)]
struct Hash<'a> {
    alg: &'static str,
    content: &'a str,
}

#[derive(Serialize)]
struct Licence<'a> {
    expression: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Needs<'a> {
    r#ref: String,
    depends_on: &'a [String],
}

/// The document. `checksum` is the SHA-256 of the binary. It has no serial number, so that the same binary has the same
/// document.
pub(super) fn text(components: &[Component], checksum: &str, date: Date) -> anyhow::Result<String> {
    let (binary, crates): (Vec<&Component>, Vec<_>) =
        components.iter().partition(|component| component.name == "portcullis");
    let binary = binary.first().context("the binary does not contain itself")?;
    let document = Document {
        bom_format: "CycloneDX",
        spec_version: "1.5",
        version: 1,
        metadata: Metadata {
            timestamp: date.text(),
            component: entry("application", binary, Some(checksum)),
        },
        components: crates
            .into_iter()
            .map(|component| entry("library", component, component.checksum.as_deref()))
            .collect(),
        dependencies: components
            .iter()
            .map(|component| Needs { r#ref: component.purl(), depends_on: &component.needs })
            .collect(),
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn entry<'a>(kind: &'static str, component: &'a Component, checksum: Option<&'a str>) -> Entry<'a> {
    Entry {
        r#type: kind,
        reference: component.purl(),
        name: &component.name,
        version: &component.version,
        hashes: checksum.map(|content| [Hash { alg: "SHA-256", content }]),
        licenses: [Licence { expression: &component.licence }],
        purl: component.purl(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::inventory::by_hand;

    #[test]
    fn the_document_names_the_binary_and_each_crate_in_it() {
        let binary =
            Component { needs: vec!["pkg:cargo/a@1.2.3".to_owned()], ..by_hand("portcullis", "MIT") };
        let a = Component { checksum: Some("ff".to_owned()), ..by_hand("a", "ISC OR MIT") };
        let document = text(&[a, binary], "ee", Date::by_hand()).unwrap();
        let entry = |kind, name, licence, hash| {
            let url = format!("pkg:cargo/{name}@1.2.3");
            json!({
                "type": kind, "bom-ref": url, "name": name, "version": "1.2.3", "purl": url,
                "hashes": [{"alg": "SHA-256", "content": hash}], "licenses": [{"expression": licence}],
            })
        };
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&document).unwrap(),
            json!({
                "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
                "metadata": {
                    "timestamp": "2023-11-14T22:13:20Z",
                    "component": entry("application", "portcullis", "MIT", "ee"),
                },
                "components": [entry("library", "a", "ISC OR MIT", "ff")],
                "dependencies": [
                    {"ref": "pkg:cargo/a@1.2.3", "dependsOn": []},
                    {"ref": "pkg:cargo/portcullis@1.2.3", "dependsOn": ["pkg:cargo/a@1.2.3"]},
                ],
            })
        );
    }

    #[test]
    fn a_crate_of_ours_has_no_checksum_at_all() {
        let document = text(&[by_hand("ours", "MIT"), by_hand("portcullis", "MIT")], "ee", Date::by_hand());
        assert_eq!(document.unwrap().matches("hashes").count(), 1);
    }
}
