//! The BNG's file: any text as YAML, with whatever is found below `api` read in every way there is.

use portcullis_core::domain::role::RoleBook;
use portcullis_store_yaml::document::{Document, Fault, Faults, Field, Kind};
use portcullis_store_yaml::users::read_users;

/// Keys that are looked for in every map; what else stands there is an unknown key.
const KEYS: [&str; 10] =
    ["api", "users", "username", "password_hash", "role", "roles", "grants", "realm", "active", "port"];

/// Reads the document, its users, and every value that can be reached by a known key.
pub fn config(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let document = match Document::parse(text) {
        Ok(document) => document,
        Err(fault) => return it_is_said_properly(text, &fault),
    };
    let mut faults = Faults::new();
    if let Some(users) = api_users(&document, &mut faults) {
        users_are_whole_or_faulty(&users, text);
    }
    read_everything(&document.root(), &mut faults);
    faults.iter().for_each(|fault| it_is_said_properly(text, fault));
    assert_eq!(again(text), Some(faults), "another reading found other faults");
}

fn api_users<'d>(document: &'d Document, faults: &mut Faults) -> Option<Field<'d>> {
    document.section("api", faults)?.map(faults)?.field("users")
}

fn again(text: &str) -> Option<Faults> {
    let mut faults = Faults::new();
    let document = Document::parse(text).ok()?;
    let _ = api_users(&document, &mut faults);
    read_everything(&document.root(), &mut faults);
    Some(faults)
}

/// Reads a value as everything that it might be, and what is below it.
fn read_everything(field: &Field<'_>, faults: &mut Faults) {
    match field.kind() {
        Kind::Null | Kind::Scalar => {
            field.scalar(faults);
            field.bool(faults);
            field.parse::<u16>("a port number", faults);
        }
        Kind::List => field.list(faults).iter().for_each(|item| read_everything(item, faults)),
        Kind::Map => {
            let Some(map) = field.map(faults) else { return };
            map.deny_unknown(&KEYS, faults);
            KEYS.iter().filter_map(|key| map.field(key)).for_each(|field| read_everything(&field, faults));
        }
    }
}

/// Without a fault every user is there, under a name of his own; with one, no hash is told.
fn users_are_whole_or_faulty(field: &Field<'_>, text: &str) {
    let (roles, mut faults) = (RoleBook::built_in(), Faults::new());
    let users = read_users(field, &roles, &mut faults);
    let items = field.list(&mut Faults::new());
    assert!(users.len() <= items.len());
    if faults.is_empty() {
        assert_eq!(users.len(), items.len(), "a user was lost without a word");
        for (index, credentials) in users.iter().enumerate() {
            let is_his = |other: &usize| {
                users.get(*other).is_some_and(|other| other.user.name == credentials.user.name)
            };
            assert!(!(0..index).any(|other| is_his(&other)), "two users have one name");
            assert!(credentials.user.grants.iter().all(|grant| roles.get(&grant.role).is_some()));
        }
    }
    faults.iter().for_each(|fault| it_is_said_properly(text, fault));
    let said = faults.to_string();
    for hash in hashes(&items).filter(|hash| is_told_nowhere_else(text, hash)) {
        assert!(!said.contains(hash), "a hash was told");
    }
}

fn hashes<'d>(items: &[Field<'d>]) -> impl Iterator<Item = &'d str> {
    let mut unread = Faults::new();
    items
        .iter()
        .filter_map(move |item| item.map(&mut unread)?.field("password_hash")?.scalar(&mut Faults::new()))
}

/// Whether what the file gives as a hash is one, and is written down for nothing else.
fn is_told_nowhere_else(text: &str, hash: &str) -> bool {
    hash.starts_with("$2")
        && hash.len() > 20
        && text.matches(hash).count() == 1
        && !text.contains(['*', '\\'])
}

/// A fault has a place in the text, and what it says fits a line of a log.
fn it_is_said_properly(text: &str, fault: &Fault) {
    let said = fault.to_string();
    assert!(!said.is_empty() && !said.contains(char::is_control), "{said:?}");
    let Some(at) = fault.at else { return };
    let index = usize::try_from(at.line).ok().and_then(|line| line.checked_sub(1));
    // Lines as YAML breaks them (YAML 1.2.2, 5.4).
    let unified = text.replace("\r\n", "\n");
    let line = index.and_then(|index| unified.split(['\n', '\r']).nth(index));
    let column = usize::try_from(at.column).unwrap_or(usize::MAX);
    // One behind the end: there something is missing.
    let is_there = line.is_some_and(|line| (1..=line.chars().count() + 1).contains(&column));
    assert!(is_there, "{at}: no such place");
}
