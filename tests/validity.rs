//! What a trail says of a key beside who used it: when it was issued, and where its role acts.
//!
//! A theft and the use of a key are one story only where the key can be the one that was taken.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{of_type, root, rows};

const THIEF: &str = r#""sourceIPAddress":"198.51.100.99""#;

/// The sample in which a role is taken, where the thief's calls say when the key of their session was issued.
fn story(issued: &str) -> Vec<Value> {
    let session = r#""sessionContext":{"#;
    changed(session, &format!(r#"{session}"attributes":{{"creationDate":"{issued}"}},"ec2RoleDelivery":"1.0","#))
}

/// The same with one text in the thief's calls for another.
fn changed(text: &str, other: &str) -> Vec<Value> {
    let sample = root().join("samples/stolen-role");
    let folder = tempfile::tempdir().unwrap();
    for name in ["access.log", "s3-access.log"] {
        fs::copy(sample.join(name), folder.path().join(name)).unwrap();
    }
    let trail = fs::read_to_string(sample.join("cloudtrail.json")).unwrap();
    let mut count = 0;
    let events = trail.split(r#"{"eventVersion""#).map(|event| {
        let is_thief = event.contains(THIEF);
        count += usize::from(is_thief && event.contains(text));
        if is_thief { event.replacen(text, other, 1) } else { event.to_owned() }
    });
    let events: Vec<String> = events.collect();
    assert!(0 < count, "the thief's calls are in the sample");
    fs::write(folder.path().join("cloudtrail.json"), events.join(r#"{"eventVersion""#)).unwrap();
    let (rows, _) = rows(&[folder.path() as &Path]);
    of_type(&rows, "incident").into_iter().filter(|row| row["severity"] != "low").cloned().collect()
}

fn odds(incident: &Value) -> Option<&str> {
    let reasons = incident["why"].as_array()?;
    reasons.iter().find(|reason| reason["signal"] == "key-used-after")?["seen"].as_str()
}

#[test]
fn a_key_that_was_issued_before_the_theft_is_told_with_its_issue() {
    let incidents = story("2024-07-04T02:03:50Z");
    let odds = odds(&incidents[0]).expect("they are one story");
    assert!(odds.contains("with the key that was issued 10 minutes before, by a metadata service"), "{odds}");
    assert_eq!(incidents[0]["confidence"], "confirmed");
}

#[test]
fn a_key_that_was_issued_after_the_theft_is_another() {
    for issued in ["2024-07-04T02:30:00Z", "2024-07-03T01:00:00Z"] {
        let incidents = story(issued);
        assert!(incidents.iter().all(|incident| odds(incident).is_none()), "{issued}: {incidents:?}");
        let stages =
            |incident: &Value| (incident["stages"]["extract"].as_u64(), incident["stages"]["harvest"].as_u64());
        assert!(incidents.iter().all(|one| !matches!(stages(one), (Some(1..), Some(1..)))), "{issued}");
    }
}

#[test]
fn a_region_in_which_the_role_acts_nowhere_else_is_told() {
    let told = |region: &str| {
        let incidents = changed(r#""awsRegion":"eu-west-1""#, &format!(r#""awsRegion":"{region}""#));
        let reasons = incidents[0]["why"].as_array().unwrap().clone();
        reasons.iter().any(|reason| reason["signal"] == "foreign-region")
    };
    assert!(told("ap-east-1"));
    assert!(!told("eu-west-1"));
}
