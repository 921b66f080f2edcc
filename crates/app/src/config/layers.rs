//! The two layers of settings, the file and above it the environment, and which of them a value comes from.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use figment::value::{Dict, Map, Value};
use figment::{Error, Figment, Metadata, Profile, Provider};
use portcullis_store_yaml::document::{Faults, Field, Kind, MapReader};

use super::environment::{Surroundings, variable};
use super::keys::{SETTINGS, placed};
use super::setting::Setting;

const FILE: &str = "file";
const ENVIRONMENT: &str = "environment";

/// All settings of both layers.
pub(super) struct Settings<'d> {
    api: Option<MapReader<'d>>,
    merged: Figment,
}

impl<'d> Settings<'d> {
    /// Lays what the environment says over what the file says.
    pub(super) fn merge(api: Option<MapReader<'d>>, around: &Surroundings, faults: &mut Faults) -> Self {
        let written = SETTINGS.iter().filter_map(|key| Some((*key, value_of(&field(api.as_ref()?, key)?))));
        let file = Layer { name: FILE, values: written.collect() };
        let overrides = around.overrides(faults).into_iter();
        let environment = Layer {
            name: ENVIRONMENT,
            values: overrides.map(|(key, text)| (key, Value::from(text))).collect(),
        };
        Self { merged: Figment::from(file).merge(environment), api }
    }

    /// A setting of [`SETTINGS`], if it is given anywhere.
    pub(super) fn get(&self, key: &str) -> Option<Setting<'d>> {
        let value = self.merged.find_value(key).ok()?;
        let layer = self.merged.get_metadata(value.tag())?;
        if layer.name == ENVIRONMENT {
            return Some(Setting::Variable { name: variable(key), text: value.into_string()? });
        }
        field(self.api.as_ref()?, key).map(Setting::Written)
    }

    /// A setting that may be absent, which `null` says in the file.
    pub(super) fn optional(&self, key: &str) -> Option<Setting<'d>> {
        self.get(key).filter(|setting| !setting.is_null())
    }

    /// `true` or `false`.
    pub(super) fn bool(&self, key: &str, default: bool, faults: &mut Faults) -> bool {
        self.get(key).and_then(|setting| setting.bool(faults)).unwrap_or(default)
    }

    /// A path, if one is given.
    pub(super) fn path(&self, key: &str, faults: &mut Faults) -> Option<PathBuf> {
        let usable = |text: &str| (!text.is_empty() && !text.contains('\0')).then(|| text.into());
        self.optional(key)?.read("a path", faults, usable)
    }

    /// One of these words; the first is the default.
    pub(super) fn choice<T: Copy>(
        &self,
        key: &str,
        first: (&str, T),
        others: &[(&str, T)],
        faults: &mut Faults,
    ) -> T {
        let words: Vec<_> = std::iter::once(first).chain(others.iter().copied()).collect();
        let expected = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(" or ");
        let meant = |text: &str| words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        self.get(key).and_then(|setting| setting.read(&expected, faults, meant)).unwrap_or(first.1)
    }

    /// A number within a range.
    pub(super) fn number<T>(&self, key: &str, range: RangeInclusive<T>, default: T, faults: &mut Faults) -> T
    where
        T: FromStr + PartialOrd + std::fmt::Display,
    {
        let expected = format!("a number from {} to {}", range.start(), range.end());
        let within = |text: &str| digits(text).filter(|number| range.contains(number));
        self.get(key).and_then(|setting| setting.read(&expected, faults, within)).unwrap_or(default)
    }
}

/// A number of digits alone, without the sign that `parse` takes too.
pub(super) fn digits<T: FromStr>(text: &str) -> Option<T> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// What the file says for a key. That a section is no map is noted where its keys are checked.
fn field<'d>(api: &MapReader<'d>, key: &str) -> Option<Field<'d>> {
    match placed(key) {
        (None, name) => api.field(name),
        (Some(section), name) => {
            let section = api.field(section).filter(|section| section.kind() == Kind::Map)?;
            section.map(&mut Faults::new())?.field(name)
        }
    }
}

/// What the file says, as figment's value: text, a list of texts, or something that only its reader can judge.
fn value_of(field: &Field<'_>) -> Value {
    let mut unread = Faults::new();
    match field.kind() {
        Kind::Scalar => Value::from(field.scalar(&mut unread).unwrap_or_default()),
        Kind::List => {
            let texts = field.list(&mut unread);
            texts.iter().filter_map(|item| item.scalar(&mut unread)).collect::<Vec<_>>().into()
        }
        Kind::Null | Kind::Map => Value::from(Dict::new()),
    }
}

/// Values by their dotted keys.
struct Layer {
    name: &'static str,
    values: Vec<(&'static str, Value)>,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name)
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        let mut dict = Dict::new();
        for (key, value) in &self.values {
            let (section, name) = placed(key);
            let members = match section {
                None => &mut dict,
                Some(section) => match dict.entry(section.into()).or_insert_with(|| Dict::new().into()) {
                    Value::Dict(_, members) => members,
                    _ => continue, // no key is both a value and a section
                },
            };
            members.insert(name.into(), value.clone());
        }
        Ok(Profile::Default.collect(dict))
    }
}
