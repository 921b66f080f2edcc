use super::super::cpu::{CpuTime, Memory};
use super::super::programs::fake;
use super::*;

const MEMORY: Memory = Memory { resident: 10_240, proportional: 5_120 };

fn cost(name: &'static str, user: f64, system: f64) -> Cost {
    let request = CpuTime { user, system };
    Cost { name, request, beside_first: 1.5, per_second: 20_000.0, p99: 3.5, idle: MEMORY, after: MEMORY }
}

fn report() -> Report {
    let programs = fake(&["nginx", "wrk"]);
    Report {
        quick: false,
        machine: Machine { cores: 2, processor: "P".into(), kernel: "6".into(), load: Some(0.0), programs },
        rounds: 3,
        turn: 5,
        micro: vec![Timing { name: "token_check".into(), nanoseconds: 1500.0 }],
        starts: Some(Starts { gate: 9.0, nginx: Some(3.0) }),
        works: vec![Found {
            name: "gate",
            title: "a verified request",
            costs: vec![cost("portcullis", 5.0, 10.0), cost("nginx", 5.0, 15.0)],
            left_out: vec!["envoy is not installed".to_owned()],
            verdicts: vec![Verdict::new("gate: portcullis beside nginx", 0.75, "", Bound::AtMost(1.0))],
        }],
        logins: Some(Logins {
            per_second: 8.0,
            share: Some(0.93),
            storm: Storm { quiet_p99: 1.0, p99: 3.0, logins: 7.0 },
        }),
        memory: Some(Holdings {
            idle: MEMORY,
            connections: 10_000,
            crowded: Some(Memory { resident: 0, proportional: 512_000 }),
        }),
    }
}

#[test]
fn a_person_reads_what_was_found_and_whether_it_was_aimed_at() {
    let text = report().as_text();
    for line in [
        "2 cores, P, Linux 6",
        "wrk 1.2, nginx 1.2",
        "note: envoy is not installed: no comparison with it",
        "token_check                        1.50 µs",
        "gate: a verified request; 64 connections that are kept, 3 rounds of 5 s by turns, medians",
        "nginx                              5.00 µs      15.00 µs      20.00 µs          1.50         20000       3.50 ms     10.00 MiB     10.00 MiB",
        "left out: envoy is not installed",
        "start to first answer              9.00 ms       3.00 ms          3.00",
        "of what the cores can hash            0.93",
        "99 of 100 within                   3.00 ms       1.00 ms          3.00",
        "10000 TLS connections           500.00 MiB",
        "gate: portcullis beside nginx                                         0.75          at most 1.00  reached",
        "memory: with 10,000 TLS connections                             500.00 MiB    at most 300.00 MiB  missed",
        "starts: start to first answer                                      9.00 ms      at most 30.00 ms  reached",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} in\n{text}");
    }
}

#[test]
fn a_program_reads_the_same() {
    let report: serde_json::Value = serde_json::from_str(&report().as_json().unwrap()).unwrap();
    assert_eq!(report["works"][0]["costs"][1]["request"]["system"], 15.0);
    assert_eq!(report["verdicts"][0]["bound"]["at_most"], 1.0);
    assert_eq!(report["verdicts"][0]["reached"], true);
    assert!(report["reservations"].as_array().unwrap().len() > 3);
}

#[test]
fn what_was_not_measured_is_left_out() {
    let poor = Report { works: vec![], starts: None, logins: None, memory: None, micro: vec![], ..report() };
    let text = poor.as_text();
    assert!(!text.contains("aimed at") && !text.contains("memory") && !text.contains("parts"), "{text}");
}
