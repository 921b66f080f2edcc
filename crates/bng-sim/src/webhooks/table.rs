//! The webhooks that are registered, and what makes one acceptable.

use serde::{Deserialize, Serialize};

use crate::envelope::Fault;

/// What a webhook can be told of.
#[derive(Clone, Copy, Deserialize, Serialize)]
pub(crate) enum Event {
    #[serde(rename = "session.start")]
    SessionStart,
    #[serde(rename = "session.stop")]
    SessionStop,
    #[serde(rename = "interface.down")]
    InterfaceDown,
    #[serde(rename = "config.commit")]
    ConfigCommit,
}

/// What a caller says of a webhook.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookBody {
    pub(crate) url: String,
    pub(crate) events: Vec<Event>,
    #[serde(default = "active_unless_said_otherwise")]
    pub(crate) active: bool,
}

impl WebhookBody {
    /// 422 unless it has a URL that could be called and an event to call it for.
    pub(crate) fn checked(self) -> Result<Self, Fault> {
        let rest = self.url.strip_prefix("https://").or_else(|| self.url.strip_prefix("http://"));
        match rest {
            None | Some("") => Err(Fault::invalid("url must be an http or https URL")),
            Some(_) if self.events.is_empty() => Err(Fault::invalid("events must name at least one event")),
            Some(_) => Ok(self),
        }
    }
}

fn active_unless_said_otherwise() -> bool {
    true
}

/// A webhook with its id.
#[derive(Clone, Serialize)]
pub(crate) struct Webhook {
    pub(crate) id: String,
    #[serde(flatten)]
    body: WebhookBody,
}

/// All webhooks, in the order of registration. No two have the same URL.
pub(crate) struct WebhookTable {
    webhooks: Vec<Webhook>,
    last_number: u32,
}

impl WebhookTable {
    pub(crate) fn new(seeded: impl IntoIterator<Item = WebhookBody>) -> Self {
        let mut table = Self { webhooks: Vec::new(), last_number: 0 };
        for body in seeded {
            table.add(body);
        }
        table
    }

    pub(crate) fn list(&self) -> Vec<Webhook> {
        self.webhooks.clone()
    }

    /// 404 if it isn't there.
    pub(crate) fn find(&self, id: &str) -> Result<Webhook, Fault> {
        self.webhooks.iter().find(|webhook| webhook.id == id).cloned().ok_or_else(|| unknown(id))
    }

    /// 409 if another one has the URL.
    pub(crate) fn register(&mut self, body: WebhookBody) -> Result<Webhook, Fault> {
        self.refuse_url_of_another(&body.url, None)?;
        Ok(self.add(body))
    }

    /// 404 if it isn't there, 409 if another one has the URL.
    pub(crate) fn replace(&mut self, id: &str, body: WebhookBody) -> Result<Webhook, Fault> {
        self.find(id)?;
        self.refuse_url_of_another(&body.url, Some(id))?;
        let webhook = self.webhooks.iter_mut().find(|webhook| webhook.id == id).ok_or_else(|| unknown(id))?;
        webhook.body = body;
        Ok(webhook.clone())
    }

    /// 404 if it isn't there. Its id is not given again.
    pub(crate) fn remove(&mut self, id: &str) -> Result<Webhook, Fault> {
        let found = self.webhooks.iter().position(|webhook| webhook.id == id).ok_or_else(|| unknown(id))?;
        Ok(self.webhooks.remove(found))
    }

    fn add(&mut self, body: WebhookBody) -> Webhook {
        self.last_number += 1;
        let webhook = Webhook { id: format!("wh-{}", self.last_number), body };
        self.webhooks.push(webhook.clone());
        webhook
    }

    fn refuse_url_of_another(&self, url: &str, own: Option<&str>) -> Result<(), Fault> {
        let is_another = |webhook: &&Webhook| Some(webhook.id.as_str()) != own;
        let taken = self.webhooks.iter().filter(is_another).any(|webhook| webhook.body.url == url);
        if taken { Err(Fault::conflict("A webhook with this url is registered already")) } else { Ok(()) }
    }
}

fn unknown(id: &str) -> Fault {
    Fault::not_found(format!("Webhook '{id}' not found"))
}
