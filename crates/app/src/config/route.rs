//! One route of the file.

use std::time::Duration;

use portcullis_core::domain::role::RoleBook;
use portcullis_core::domain::route::{EncodedDelimiters, Enforcement, Pattern, Route, RouteId};
use portcullis_store_yaml::document::{Faults, Field, MapReader, shown};

use super::methods::methods;
use super::requirement::requirement;
use super::setting::Setting;
use super::upgrades::upgrades;
use super::upstream::WAIT;

const KEYS: &[&str] = &["path", "methods", "require", "enforce", "encoded_delimiters", "timeout", "upgrade"];

/// Reads a route; none if its path or its requirement has a fault.
pub(super) fn read_route(
    item: &Field<'_>,
    roles: &RoleBook,
    faults: &mut Faults,
) -> Option<(Pattern, Route)> {
    let map = item.map(faults)?;
    map.deny_unknown(KEYS, faults);
    let encoded_delimiters = read_encoded_delimiters(&map, faults);
    let pattern = map.require("path", faults).and_then(|path| read_path(&path, encoded_delimiters, faults));
    let methods = methods(map.field("methods").as_ref(), faults);
    let require = map.require("require", faults);
    let requirement = require.and_then(|require| requirement(&require, pattern.as_ref(), roles, faults));
    let enforcement = read_enforcement(&map, faults);
    let timeout = read_timeout(&map, faults);
    let upgrades = map.field("upgrade").map(|list| upgrades(&list, faults)).unwrap_or_default();

    let (pattern, requirement) = (pattern?, requirement?);
    let id = RouteId::new(&methods, &pattern);
    let plain = Route::to_upstream(id, methods, requirement);
    let encoded_delimiters = encoded_delimiters.unwrap_or_default();
    Some((pattern, Route { enforcement, encoded_delimiters, timeout, upgrades, ..plain }))
}

fn read_path(
    field: &Field<'_>,
    delimiters: Option<EncodedDelimiters>,
    faults: &mut Faults,
) -> Option<Pattern> {
    let text = field.scalar(faults)?;
    let pattern = Pattern::parse(text);
    let pattern = pattern
        .map_err(|error| faults.push(field.fault(format!("{error}, found `{}`", shown(text)))))
        .ok()?;
    if pattern.has_encoded_delimiter() && delimiters == Some(EncodedDelimiters::Refuse) {
        faults.push(
            field.fault("an encoded delimiter in a path needs `encoded_delimiters: forward` beside it"),
        );
    }
    Some(pattern)
}

/// None if what stands there is neither.
fn read_encoded_delimiters(map: &MapReader<'_>, faults: &mut Faults) -> Option<EncodedDelimiters> {
    let Some(field) = map.field("encoded_delimiters") else { return Some(EncodedDelimiters::default()) };
    Setting::Written(field).read("forward or refuse", faults, |text| match text {
        "forward" => Some(EncodedDelimiters::Forward),
        "refuse" => Some(EncodedDelimiters::Refuse),
        _ => None,
    })
}

fn read_enforcement(map: &MapReader<'_>, faults: &mut Faults) -> Enforcement {
    match map.field("enforce").and_then(|field| field.bool(faults)) {
        Some(false) => Enforcement::Shadow,
        Some(true) | None => Enforcement::Enforced,
    }
}

fn read_timeout(map: &MapReader<'_>, faults: &mut Faults) -> Option<Duration> {
    Setting::Written(map.field("timeout")?).duration(WAIT, faults)
}
