//! What a gate writes to its standard error: JSON, one event a line.

use std::io::{BufRead, BufReader};
use std::process::ChildStderr;
use std::thread;

use serde_json::Value;
use tokio::sync::watch;

use crate::patience::within;

/// The log so far, and the way to wait for more of it.
#[derive(Debug, Clone)]
pub struct Log(watch::Receiver<Vec<String>>);

impl Log {
    /// Collects what comes, on a thread of its own, so that the process never waits for a reader.
    pub(crate) fn collect(stderr: ChildStderr) -> Self {
        let (sender, receiver) = watch::channel(Vec::new());
        thread::spawn(move || {
            for line in BufReader::new(stderr).lines() {
                let Ok(line) = line else { break };
                sender.send_modify(|lines| lines.push(line));
            }
        });
        Self(receiver)
    }

    /// Everything so far.
    pub fn text(&self) -> String {
        self.0.borrow().join("\n")
    }

    /// The events so far that are `wanted`.
    pub fn events(&self, wanted: impl Fn(&Value) -> bool) -> Vec<Value> {
        let lines = self.0.borrow();
        lines.iter().filter_map(|line| serde_json::from_str(line).ok()).filter(wanted).collect()
    }

    /// How many events have a message that begins like this.
    pub fn count(&self, message: &str) -> usize {
        self.events(|event| says(event, message)).len()
    }

    /// Waits for the first event that has a message that begins like this.
    pub async fn said(&self, message: &str) -> Value {
        self.said_again(message, 0).await
    }

    /// Waits for one more event with such a message than `before`.
    pub async fn said_again(&self, message: &str, before: usize) -> Value {
        self.wait_for(message, |event| says(event, message), before).await
    }

    /// Waits for the event that is `wanted` after so many that are too.
    pub async fn wait_for(&self, what: &str, wanted: impl Fn(&Value) -> bool, before: usize) -> Value {
        self.wait_from(0, what, wanted, before).await
    }

    /// How many lines there are: where to wait from for what comes later.
    pub fn end(&self) -> usize {
        self.0.borrow().len()
    }

    /// Waits for the first event behind so many lines that has a message that begins like this.
    pub async fn said_from(&self, line: usize, message: &str) -> Value {
        self.wait_from(line, message, |event| says(event, message), 0).await
    }

    /// Looks at each line once: there may be many of them.
    async fn wait_from(
        &self,
        mut line: usize,
        what: &str,
        wanted: impl Fn(&Value) -> bool,
        mut before: usize,
    ) -> Value {
        let mut receiver = self.0.clone();
        let found = async {
            loop {
                for text in receiver.borrow_and_update().iter().skip(line) {
                    line += 1;
                    let Some(event) = serde_json::from_str(text).ok().filter(&wanted) else { continue };
                    if before == 0 {
                        return event;
                    }
                    before -= 1;
                }
                assert!(
                    receiver.changed().await.is_ok(),
                    "the gate ended without `{what}`:\n{}",
                    self.text()
                );
            }
        };
        within(&format!("waiting for `{what}` in the log"), found).await
    }
}

fn says(event: &Value, message: &str) -> bool {
    event["message"].as_str().is_some_and(|text| text.starts_with(message))
}
