//! Larger logs, where they are at hand: real ones with nothing in them, and one with campaigns in it, line by line.
//!
//! They are not part of the repository. Where the folder beside it that holds them is absent, these tests say so and do
//! nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::program::{of_type, parsed, root, rows, skipped};

pub(crate) fn corpora() -> Option<PathBuf> {
    let path = root().join("../shared/corpora");
    if path.is_dir() {
        return Some(path);
    }
    skipped("no folder of larger logs at ../shared/corpora");
    None
}

fn is_loud(row: &Value) -> bool {
    row["severity"] == "high" || row["severity"] == "critical"
}

#[test]
fn real_logs_in_which_nothing_happened_wake_nobody() {
    let Some(corpora) = corpora() else { return };
    let paths = ["blog-2015.log", "shop-2019.log", "twiki-2004.log"].map(|name| corpora.join("real").join(name));
    for path in paths {
        let (rows, code) = rows(&[&path]);
        assert!(0 < rows[0]["totals"]["records"].as_u64().unwrap(), "{}", path.display());
        let loud: Vec<&Value> = of_type(&rows, "incident").into_iter().filter(|row| is_loud(row)).collect();
        assert!(loud.is_empty() && code == 0, "{}: {loud:?}", path.display());
    }
}

/// What is known of a line of the labelled log.
struct Label {
    campaign: String,
    /// Whether it took something: a successful line that is no probe.
    is_theft: bool,
    is_noise: bool,
}

fn labels(path: PathBuf) -> BTreeMap<u64, Label> {
    let label = |row: Value| {
        let label = Label {
            campaign: row["campaign"].as_str().unwrap().to_owned(),
            is_theft: row["success"] == true && row["stage"] != "probe",
            is_noise: row["stage"] == "noise",
        };
        (row["line"].as_u64().unwrap(), label)
    };
    parsed(&fs::read_to_string(path).unwrap()).into_iter().map(label).collect()
}

/// How many loud incidents an analyst reads.
const READ: usize = 8;

/// How many loud incidents may turn out to be nothing.
const BENIGN_MAX: usize = 3;

#[test]
fn the_campaigns_of_the_labelled_shop_are_found_near_the_top() {
    let Some(corpora) = corpora() else { return };
    let shop = corpora.join("labelled/shop");
    let labels = labels(shop.join("labels.ndjson"));
    let (rows, _) = rows(&[&shop.join("access.log.gz")]);
    let mut lines: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    for finding in of_type(&rows, "finding") {
        let lines = lines.entry(finding["incident"].as_str().unwrap()).or_default();
        lines.insert(finding["source"]["line"].as_u64().unwrap());
    }
    let loud: Vec<&BTreeSet<u64>> = of_type(&rows, "incident")
        .into_iter()
        .filter(|row| is_loud(row))
        .map(|row| &lines[row["id"].as_str().unwrap()])
        .collect();
    for campaign in ["D1", "D2", "D4", "D5"] {
        let thefts: BTreeSet<u64> = labels
            .iter()
            .filter(|(_, label)| label.campaign.starts_with(campaign) && label.is_theft)
            .map(|(line, _)| *line)
            .collect();
        assert!(!thefts.is_empty(), "{campaign} took something");
        let read = loud.iter().take(READ).flat_map(|lines| lines.iter().copied()).collect::<BTreeSet<u64>>();
        assert!(thefts.is_subset(&read), "{campaign}: {:?} are missing", thefts.difference(&read));
    }
    // An incident is of a campaign if a third of its lines are, and of scanners if half of them are.
    let is_benign = |lines: &&&BTreeSet<u64>| {
        let of = |is_noise: bool| {
            lines.iter().filter(|line| labels.get(line).is_some_and(|label| label.is_noise == is_noise)).count()
        };
        of(false) * 3 < lines.len() && of(true) * 2 < lines.len()
    };
    let benign = loud.iter().filter(is_benign).count();
    assert!(benign <= BENIGN_MAX, "{benign} loud incidents are benign");
}
