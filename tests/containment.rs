//! What `check` says of the time since an incident: that nothing succeeded, that something did, and what it would have
//! overlooked.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use crate::logs::{self, Dice, Hit, Writing};
use crate::program::{Run, keytrace, of_type, parsed, root, skipped};
use crate::trials::cases;

/// Four days of a shop, and the theft of its keys on the second.
fn shop() -> Vec<(u64, String)> {
    let mut lines = Vec::new();
    let mut put = |hit: Hit| lines.push((hit.seconds, logs::line(&hit, Writing::Combined)));
    for number in 0..2_000_u64 {
        let client = format!("203.0.113.{}", number * 7 % 190);
        let picture = format!("/media/proxy?src=https%3A%2F%2Fcdn.shop.example%2Fp%2F{}.jpg&w=640", number % 400);
        put(Hit::new(number * 170, &client, &picture, 200, 20_000 + number * 97 % 60_000));
    }
    for (seconds, role, bytes) in [(100_000, "", 13), (100_060, "shop-web-role", 1_338)] {
        put(Hit::new(seconds, "198.51.100.7", &theft(role), 200, bytes));
    }
    lines
}

fn theft(role: &str) -> String {
    let keys = "http%3A%2F%2F169.254.169.254%2Flatest%2Fmeta-data%2Fiam%2Fsecurity-credentials%2F";
    format!("/media/proxy?src={keys}{role}&w=640")
}

fn written(folder: &Path, mut lines: Vec<(u64, String)>) -> PathBuf {
    lines.sort();
    let path = folder.join("access.log");
    fs::write(&path, lines.into_iter().map(|(_, line)| line + "\n").collect::<String>()).unwrap();
    path
}

fn check(since: &str, path: &Path) -> Run {
    keytrace(["check".as_ref(), "--since".as_ref(), since.as_ref(), path.as_os_str()])
}

#[test]
fn nothing_since_is_told_with_the_hours_that_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let run = check("2024-06-03", &written(folder.path(), shop()));
    assert_eq!(run.code, 0, "{}{}", run.text(), run.error);
    assert!(run.text().starts_with("NO SUCCESS since 2024-06-03T00:00:00Z"), "{}", run.text());
    assert!(run.text().contains("would have been found: 1 successful request\n"), "{}", run.text());
    let holed: Vec<_> = shop().into_iter().filter(|(second, _)| !(190_000..230_000).contains(second)).collect();
    let run = check("2024-06-03", &written(folder.path(), holed));
    assert!(run.text().contains("nothing from 2024-06-03T05:00:00Z to 2024-06-03T14:59:59"), "{}", run.text());
}

#[test]
fn three_successes_since_are_told_whoever_made_them() {
    let folder = tempfile::tempdir().unwrap();
    for client in ["198.51.100.7", "192.0.2.77"] {
        let mut lines = shop();
        for seconds in [200_000, 210_000, 220_000] {
            lines.push((
                seconds,
                logs::line(&Hit::new(seconds, client, &theft("shop-web-role"), 200, 1_330), Writing::Combined),
            ));
        }
        let path = written(folder.path(), lines);
        let run = check("2024-06-03", &path);
        assert_eq!(run.code, 1, "{}", run.text());
        assert!(run.text().starts_with("SUCCEEDED since"), "{}", run.text());
        let count = if client == "198.51.100.7" {
            "had succeeded before: 3\n"
        } else {
            "whoever made them:                         3\n"
        };
        assert!(run.text().contains(count), "{}", run.text());
        assert!(run.text().matches("access.log:").count() == 3, "each is named with its line: {}", run.text());
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = written(folder.path(), shop());
    let refused = |words: &[&str]| {
        let run = keytrace(words.iter().map(AsRef::as_ref).chain([path.as_os_str()]));
        assert_eq!(run.code, 2, "{words:?}");
        run.error
    };
    assert!(refused(&["check"]).contains("--since"));
    assert!(refused(&["check", "--since", "2024-06-01"]).contains("no incident before that time"));
    assert!(refused(&["check", "--since", "2024-06-03", "--incident", "KT-none"]).contains("no such incident"));
}

/// The volume in the line that tells the smallest leak of the kind of an incident.
fn smallest(text: &str, id: &str) -> Option<usize> {
    let line = text.lines().find(|line| line.starts_with("the smallest leak") && line.contains(id))?;
    line.split("found: ").nth(1)?.split(' ').next()?.parse().ok()
}

#[test]
fn a_leak_as_small_as_is_told_is_seen() {
    let path = root().join("../shared/corpora/labelled/shop/access.log.gz");
    let Ok(packed) = fs::read(&path) else { return skipped("the labelled logs are not here") };
    let mut text = String::new();
    MultiGzDecoder::new(&packed[..]).read_to_string(&mut text).unwrap();
    let since = "2024-05-13T12:00:00Z";
    let rows =
        parsed(keytrace(["scan".as_ref(), "--output-format".as_ref(), "ndjson".as_ref(), path.as_os_str()]).text());
    let incidents = of_type(&rows, "incident");
    let harvest = incidents.iter().find(|row| row["stages"]["harvest"] != 0).expect("there is a harvest");
    let id = harvest["id"].as_str().unwrap();
    let run = check(since, &path);
    assert_eq!(run.code, 0, "{}", run.text());
    let volume = smallest(run.text(), id).expect("a volume is told");
    assert!((3..400).contains(&volume), "{volume}");
    let lines: Vec<&str> = text.lines().collect();
    let own: Vec<(&str, bool)> = of_type(&rows, "finding")
        .into_iter()
        .filter(|row| row["incident"] == id)
        .map(|row| (lines[row["source"]["line"].as_u64().unwrap() as usize - 1], row["outcome"] == "success"))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let mut seen = 0;
    let logs = cases(5);
    for seed in 0..logs {
        let mut dice = Dice::new(900 + u64::from(seed));
        let (mut spliced, mut successes, mut minute) = (String::new(), 0, dice.below(240));
        for (line, is_success) in own.iter().cycle().skip(dice.below(own.len())) {
            let (client, rest) = line.split_once(' ').unwrap();
            let host: u32 = client.bytes().fold(seed, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
            let (_, rest) = rest.split_once(']').unwrap();
            minute += 1;
            let time = format!("14/May/2024:{:02}:{:02}:07 +0900", minute / 60 % 24, minute % 60);
            spliced.push_str(&format!("198.18.{}.{} - - [{time}]{rest}\n", host % 251, host / 251 % 251));
            successes += usize::from(*is_success);
            if successes == volume {
                break;
            }
        }
        let path = folder.path().join("access.log");
        fs::write(&path, format!("{text}{spliced}")).unwrap();
        let rows =
            parsed(keytrace(["scan".as_ref(), "--output-format".as_ref(), "ndjson".as_ref(), path.as_os_str()]).text());
        let is_spliced = |row: &&serde_json::Value| {
            row["severity"] == "high"
                && row["request"]["client"].as_str().is_some_and(|client| client.starts_with("198.18."))
        };
        seen += u32::from(of_type(&rows, "finding").iter().any(is_spliced));
    }
    assert!(logs * 9 <= seen * 10, "a leak of {volume} is seen in {seen} of {logs} logs");
}
