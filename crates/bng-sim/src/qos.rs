//! `/api/v1/qos`: rate profiles, and who has them.

use std::collections::BTreeMap;

use axum::extract::State;
use serde::Serialize;

use crate::{
    Sim,
    envelope::{Envelope, Fault},
    seed,
    subscribers::Rate,
};

/// A named rate.
#[derive(Serialize)]
pub(crate) struct Profile {
    pub(crate) name: &'static str,
    pub(crate) download_kbps: u32,
    pub(crate) upload_kbps: u32,
    pub(crate) burst_kbytes: u32,
    pub(crate) priority: u8,
}

impl Profile {
    pub(crate) fn rate(&self) -> Rate {
        Rate {
            profile: Some(self.name.to_owned()),
            download_kbps: self.download_kbps,
            upload_kbps: self.upload_kbps,
        }
    }
}

#[derive(Serialize)]
pub(crate) struct Overview {
    scheduler: &'static str,
    profiles: usize,
    sessions_by_profile: BTreeMap<String, usize>,
}

/// `GET /qos`: how traffic is shaped, and how many sessions have which profile.
pub(crate) async fn overview(State(sim): State<Sim>) -> Envelope<Overview> {
    Envelope::ok(Overview {
        scheduler: "htb",
        profiles: seed::PROFILES.len(),
        sessions_by_profile: sim.subscribers().by_profile(),
    })
}

/// `GET /qos/profiles`: the profiles.
pub(crate) async fn profiles() -> Envelope<&'static [Profile]> {
    Envelope::ok(seed::PROFILES)
}

/// The rate of the profile of this name; 422 if there is none.
pub(crate) fn rate_of(name: &str) -> Result<Rate, Fault> {
    let profile = seed::PROFILES.iter().find(|profile| profile.name == name);
    profile.map(Profile::rate).ok_or_else(|| Fault::invalid(format!("QoS profile '{name}' does not exist")))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{Sim, testing::call};

    #[tokio::test]
    async fn the_overview_follows_a_change_of_rate() {
        let sim = Sim::new();
        let body = json!({"profile": "bronze"});
        call(&sim, "PUT", "/api/v1/subscribers/sub-1001/rate", Some(body)).await;
        let (_, qos) = call(&sim, "GET", "/api/v1/qos", None).await;
        assert_eq!(qos["data"]["sessions_by_profile"], json!({"bronze": 2, "gold": 1, "silver": 3}));
    }
}
