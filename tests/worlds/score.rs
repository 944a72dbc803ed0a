//! How well a report tells what was done: whether the theft is found, and how many innocent incidents are loud.
//!
//! A theft is found if a line of it that took something stands in an incident that a person should look at now, of
//! severity high or critical. An incident that is as loud, with no line of the theft in it, wakes somebody for nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use super::services::Service;
use super::thefts::Theft;
use super::traffic::{DAY, Mark, World};
use crate::program::{of_type, rows};

/// What a report of one world is worth.
#[derive(Clone)]
pub(crate) struct Score {
    pub(crate) is_found: bool,
    /// Whether it stands at least in an incident of severity medium, which is shown and wakes nobody.
    pub(crate) is_shown: bool,
    /// Titles of the loud incidents that hold no line of the theft.
    pub(crate) false_alarms: Vec<String>,
    pub(crate) lines: u64,
    /// The signals that the findings of the theft name.
    #[cfg(feature = "ablation")]
    pub(crate) signals: BTreeSet<String>,
}

/// The report of a service, in which one theft was committed or none.
pub(crate) fn score(service: &Service, theft: Option<&Theft>, seed: u64) -> Score {
    let mut world = World::new(seed);
    let site = (service.live)(&mut world);
    // In some worlds the theft was there before anything could be learned of the users.
    let from = if seed.is_multiple_of(2) { 300 } else { 3 * DAY + 39_000 };
    if let Some(theft) = theft {
        (theft.commit)(&mut world, &site, from);
    }
    let (text, marks) = world.written(service.writing);
    let lines = text.lines().count() as u64;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("access.log");
    fs::write(&path, text).expect("the log is written");
    let (rows, _) = rows(&[&path]);
    assert_eq!(rows[0]["totals"]["records"].as_u64(), Some(lines), "every line is a record");
    told(&rows, &marks, lines)
}

fn told(rows: &[Value], marks: &[(u64, Mark)], lines: u64) -> Score {
    let marks: BTreeMap<u64, Mark> = marks.iter().copied().collect();
    let mut of_incident: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
    for finding in of_type(rows, "finding") {
        let line = finding["source"]["line"].as_u64().expect("a finding has its line");
        of_incident.entry(finding["incident"].to_string()).or_default().insert(line);
    }
    let mut score = Score {
        is_found: false,
        is_shown: false,
        false_alarms: Vec::new(),
        lines,
        #[cfg(feature = "ablation")]
        signals: named(rows, &marks),
    };
    for incident in of_type(rows, "incident") {
        let lines = of_incident.get(&incident["id"].to_string()).cloned().unwrap_or_default();
        let is_of_theft = lines.iter().any(|line| marks.get(line) == Some(&Mark::Theft));
        let is_loud = incident["severity"] == "high" || incident["severity"] == "critical";
        score.is_found |= is_loud && is_of_theft;
        score.is_shown |= (is_loud || incident["severity"] == "medium") && is_of_theft;
        if is_loud && !lines.iter().any(|line| marks.contains_key(line)) {
            score.false_alarms.push(format!("{} ({})", incident["title"], incident["summary"]));
        }
    }
    score
}

#[cfg(feature = "ablation")]
fn named(rows: &[Value], marks: &BTreeMap<u64, Mark>) -> BTreeSet<String> {
    let is_of_theft =
        |finding: &&&Value| finding["source"]["line"].as_u64().is_some_and(|line| marks.contains_key(&line));
    let findings = of_type(rows, "finding");
    let signals = findings
        .iter()
        .filter(is_of_theft)
        .flat_map(|finding| finding["signals"].as_array().expect("a finding has signals"));
    signals.map(|signal| signal["name"].as_str().expect("a signal has a name").to_owned()).collect()
}
