//! Behaviour of the whole module, through its public face.

mod aliases;
mod limits;
mod merge_keys;
mod places;
mod reading;
mod shared_file;
mod syntax;
mod values;

use super::{Document, Faults, Field};

fn parse(text: &str) -> Document {
    Document::parse(text).unwrap()
}

fn refusal(text: &str) -> String {
    Document::parse(text).unwrap_err().to_string()
}

/// The value at a path such as `api.users.0.role`.
fn at<'a>(document: &'a Document, path: &str) -> Field<'a> {
    let mut unread = Faults::new();
    path.split('.').filter(|step| !step.is_empty()).fold(document.root(), |field, step| match step.parse() {
        Ok(index) => field.list(&mut unread).swap_remove(index),
        Err(_) => field.map(&mut unread).unwrap().field(step).unwrap(),
    })
}

/// What reading the value at a path finds wrong with it, one fault a line.
fn faults_at(text: &str, path: &str, read: impl FnOnce(&Field<'_>, &mut Faults)) -> String {
    let document = parse(text);
    let mut faults = Faults::new();
    read(&at(&document, path), &mut faults);
    faults.to_string()
}

fn text_at(text: &str, path: &str) -> String {
    at(&parse(text), path).scalar(&mut Faults::new()).unwrap().to_owned()
}
