//! The sessions that are up, and what can be done to them.

use std::collections::BTreeMap;

use serde::Serialize;

/// How a subscriber got his session.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Access {
    /// PPP over Ethernet, with a user name and password (RFC 2516).
    Pppoe,
    /// IP over Ethernet, known by port and MAC address.
    Ipoe,
}

impl Access {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Pppoe => "pppoe",
            Self::Ipoe => "ipoe",
        }
    }
}

/// The rate of a session. Without a profile it was set by hand.
#[derive(Clone, Serialize)]
pub(crate) struct Rate {
    pub(crate) profile: Option<String>,
    pub(crate) download_kbps: u32,
    pub(crate) upload_kbps: u32,
}

/// One session.
#[derive(Clone, Serialize)]
pub(crate) struct Subscriber {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) access: Access,
    pub(crate) session_id: String,
    pub(crate) username: String,
    pub(crate) mac: String,
    pub(crate) ipv4: String,
    pub(crate) ipv6_prefix: String,
    pub(crate) interface: String,
    pub(crate) vlan: u16,
    pub(crate) rate: Rate,
    /// In the table: how long the session had been up when the simulation started. In an answer: until now.
    pub(crate) uptime_seconds: u64,
}

impl Subscriber {
    /// This session as it is when the simulation has run for `seconds`.
    pub(crate) fn after(&self, seconds: u64) -> Self {
        Self { uptime_seconds: self.uptime_seconds.saturating_add(seconds), ..self.clone() }
    }
}

/// How many sessions there are, and how they are spread.
#[derive(Default, Serialize)]
pub(crate) struct Summary {
    total: usize,
    by_type: BTreeMap<String, usize>,
    by_interface: BTreeMap<String, usize>,
    by_profile: BTreeMap<String, usize>,
}

/// All sessions, in the order of their ids.
pub(crate) struct SubscriberTable {
    sessions: BTreeMap<String, Subscriber>,
}

impl SubscriberTable {
    pub(crate) fn new(sessions: impl IntoIterator<Item = Subscriber>) -> Self {
        Self { sessions: sessions.into_iter().map(|session| (session.id.clone(), session)).collect() }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Subscriber> {
        self.sessions.values()
    }

    pub(crate) fn find(&self, id: &str) -> Option<&Subscriber> {
        self.sessions.get(id)
    }

    pub(crate) fn len(&self) -> usize {
        self.sessions.len()
    }

    pub(crate) fn count_on(&self, interface: &str) -> usize {
        self.iter().filter(|session| session.interface == interface).count()
    }

    pub(crate) fn summary(&self) -> Summary {
        let mut summary = Summary { total: self.len(), ..Summary::default() };
        for session in self.iter() {
            let profile = session.rate.profile.as_deref().unwrap_or("custom");
            count(&mut summary.by_type, session.access.as_str());
            count(&mut summary.by_interface, &session.interface);
            count(&mut summary.by_profile, profile);
        }
        summary
    }

    pub(crate) fn by_profile(&self) -> BTreeMap<String, usize> {
        self.summary().by_profile
    }

    /// Ends one session and gives it back; `None` if it isn't up.
    pub(crate) fn remove(&mut self, id: &str) -> Option<Subscriber> {
        self.sessions.remove(id)
    }

    /// Ends every session on `interface` and says how many they were.
    pub(crate) fn remove_on(&mut self, interface: &str) -> usize {
        let before = self.len();
        self.sessions.retain(|_, session| session.interface != interface);
        before - self.len()
    }

    /// Gives one session another rate; `None` if it isn't up.
    pub(crate) fn set_rate(&mut self, id: &str, rate: Rate) -> Option<&Subscriber> {
        let session = self.sessions.get_mut(id)?;
        session.rate = rate;
        Some(session)
    }
}

fn count(counts: &mut BTreeMap<String, usize>, key: &str) {
    *counts.entry(key.to_owned()).or_default() += 1;
}
