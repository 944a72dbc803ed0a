//! `keytrace trace`, as its user meets it: what it counts and who else there was, that evidence is every line and no
//! other, that the answer does not depend on threads, and that on a labelled log it is what the labels say.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::Path;

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::corpora::corpora;
use crate::program::{keytrace, of_type, parsed};

fn line(client: &str, hour: u32, target: &str, status: &str, agent: &str) -> String {
    format!(
        "{client} - - [01/May/2024:{hour:02}:10:00 +0000] \"GET {target} HTTP/1.1\" {status} 100 \"-\" \"{agent}\"\n"
    )
}

/// A client that fetches orders, one of them twice, among others.
fn written() -> String {
    let mut text = String::new();
    for hour in 0..24 {
        text +=
            &line("192.0.2.9", hour, &format!("/orders/{}", hour % 20), if hour == 7 { "-" } else { "200" }, "one/1");
        text += &line("192.0.2.10", hour, "/orders/3", "200", "one/1");
        text += &line("192.0.2.11", hour, "/?token=abcdefghijkl", "404", "two/2");
    }
    text
}

fn traced(options: &[&str], path: &Path) -> Vec<Value> {
    let run = keytrace([&["trace", path.to_str().unwrap(), "-o", "-"][..], options].concat());
    assert_eq!(run.code, 1, "{}", run.error);
    parsed(run.text())
}

#[test]
fn evidence_is_every_line_that_was_asked_for_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("access.log");
    fs::write(&path, written()).unwrap();
    fs::write(folder.path().join("copy.log"), written()).unwrap();
    let rows =
        traced(&["--client", "192.0.2.9", "--since", "2024-05-01 02:00", "--until", "2024-05-01 22:00"], folder.path());
    let evidence = of_type(&rows, "evidence");
    assert_eq!(evidence.len(), 20, "a copy counts once");
    let bytes = fs::read(&path).unwrap();
    for row in &evidence {
        let number = |key: &str| row["source"][key].as_u64().unwrap() as usize;
        let own = &bytes[number("offset")..number("offset") + number("length")];
        assert!(own.starts_with(b"192.0.2.9 "));
        let digest: String = Sha256::digest(own).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(row["source"]["sha256"], digest);
    }
    let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(of_type(&rows, "trace")[0]["inputs"][0]["sha256"], digest);
    let end = of_type(&rows, "end")[0];
    assert_eq!(end["rows"].as_u64().unwrap() as usize, rows.len() - 1);
}

#[test]
fn what_left_has_two_bounds_and_others_are_named() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("access.log"), written()).unwrap();
    let rows = traced(&["--client", "192.0.2.9"], folder.path());
    let total = of_type(&rows, "total")[0];
    assert_eq!(
        (total["requests"].as_u64(), total["successes"].as_u64(), total["unknown"].as_u64()),
        (Some(24), Some(23), Some(1))
    );
    let impact = of_type(&rows, "impact")[0];
    assert_eq!((impact["place"].as_str(), impact["period"].as_str()), (Some("/orders/*"), Some("2024-05")));
    assert_eq!(
        (impact["objects"].as_u64(), impact["objects_upper"].as_u64(), impact["bytes"].as_u64()),
        (Some(19), Some(20), Some(2300))
    );
    let pivot = |kind: &str, value: &str| {
        of_type(&rows, "pivot").into_iter().find(|row| row["kind"] == kind && row["value"] == value).unwrap()["others"]
            .as_u64()
    };
    assert_eq!(
        (pivot("client", "192.0.2.9"), pivot("agent", "one/1"), pivot("object", "/orders/3")),
        (Some(0), Some(24), Some(24))
    );
    assert_eq!(of_type(&rows, "hour").len(), 24);
    for threads in ["1", "2", "5"] {
        assert_eq!(traced(&["--client", "192.0.2.9", "--threads", threads], folder.path()), rows);
    }
}

#[test]
fn the_text_fits_a_hundred_columns_and_shows_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let long = line("192.0.2.11", 1, &format!("/{}\\x1b[31m?token=abcdefghijkl", "x".repeat(300)), "200", "two/2");
    fs::write(folder.path().join("access.log"), written() + &long).unwrap();
    let path = folder.path().to_str().unwrap();
    let run = keytrace(["trace", path, "--client", "192.0.2.11"]);
    assert_eq!(run.code, 1, "{}", run.error);
    assert!(run.text().lines().all(|line| line.chars().count() <= 100), "{}", run.text());
    assert!(run.text().contains("25 requests") && !run.text().contains('\u{1b}'), "{}", run.text());
    let evidence = keytrace(["trace", path, "--client", "192.0.2.11", "-o", "-"]);
    assert!(evidence.text().contains("token=abcd****") && !evidence.text().contains("abcdefghijkl"));
}

#[test]
fn an_incident_is_traced_by_its_name_from_the_logs_or_a_saved_report() {
    let Ok(path) = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/image-proxy").canonicalize() else { return };
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("findings.ndjson");
    let scan = keytrace(["scan", "-q", path.to_str().unwrap(), "-o", saved.to_str().unwrap()]);
    assert_eq!(scan.code, 1, "{}", scan.error);
    let report = parsed(&fs::read_to_string(&saved).unwrap());
    let incident = of_type(&report, "incident")[0];
    let id = incident["id"].as_str().unwrap();
    let one = traced(&["--incident", id], &path);
    assert_eq!(traced(&["--incident", id, "--from", saved.to_str().unwrap()], &path), one);
    let places = |rows: &[Value], of: &str| -> BTreeSet<u64> {
        let of_incident = of_type(rows, of).into_iter().filter(|row| of == "evidence" || row["incident"] == id);
        of_incident.map(|row| row["source"]["offset"].as_u64().unwrap()).collect()
    };
    let (findings, evidence) = (places(&report, "finding"), places(&one, "evidence"));
    assert!(!findings.is_empty() && findings.is_subset(&evidence), "{findings:?} {evidence:?}");
    let run = keytrace(["trace", path.to_str().unwrap(), "--incident", "KT-none"]);
    assert!(run.code == 2 && run.error.contains(id), "{}", run.error);
}

#[test]
fn an_incident_with_a_stolen_key_is_traced_by_its_role_too() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/stolen-role").canonicalize().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("findings.ndjson");
    keytrace(["scan", "-q", path.to_str().unwrap(), "-o", saved.to_str().unwrap()]);
    let report = parsed(&fs::read_to_string(&saved).unwrap());
    let incident = of_type(&report, "incident")[0];
    let id = incident["id"].as_str().unwrap();
    let of = |row: &Value, key: &str| row[key].as_str().map(str::to_owned);
    let own = of_type(&report, "finding").into_iter().filter(|row| row["incident"] == id);
    let places: BTreeSet<(String, u64, u64)> = own.map(place).collect();
    let clients: BTreeSet<Option<String>> =
        incident["actors"].as_array().unwrap().iter().map(|actor| of(actor, "client")).collect();
    for options in [&["--incident", id][..], &["--incident", id, "--from", saved.to_str().unwrap()]] {
        let rows = traced(options, &path);
        let evidence = of_type(&rows, "evidence");
        let seen: BTreeSet<(String, u64, u64)> = evidence.iter().map(|row| place(row)).collect();
        assert!(places.is_subset(&seen), "{options:?}");
        let others = evidence.iter().filter(|row| !clients.contains(&of(&row["request"], "client"))).count();
        assert!(0 < others, "the owner's own use of the role is followed too");
    }
}

/// Where a row says that its record stands: the path, the offset, and the number in its document.
fn place(row: &Value) -> (String, u64, u64) {
    let source = &row["source"];
    let number = |key: &str| source[key].as_u64().unwrap_or(0);
    (source["path"].as_str().unwrap().to_owned(), number("offset"), number("record"))
}

#[test]
fn what_makes_no_sense_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("access.log"), written()).unwrap();
    let path = folder.path().to_str().unwrap();
    let log = folder.path().join("access.log");
    let code = |options: &[&str]| keytrace([&["trace", path][..], options].concat()).code;
    assert_eq!(code(&[]), 2, "nothing is asked");
    assert_eq!(code(&["--client", "x", "--incident", "KT-1"]), 2);
    assert_eq!(code(&["--client", "x", "--from", "x.ndjson"]), 2);
    assert_eq!(code(&["--client", "x", "-o", "x.pdf"]), 2);
    assert_eq!(code(&["--client", "x", "-o", log.to_str().unwrap()]), 2);
    assert_eq!(code(&["--client", "198.51.100.1"]), 0, "nothing of it is there");
    assert_eq!(keytrace(["trace", "-", "--client", "x"]).code, 2, "a pipe can be read only once");
}

/// The lines of a campaign that got something, by their numbers from 1.
fn labelled(labels: &Path, campaign: &str) -> BTreeSet<u64> {
    let rows = parsed(&fs::read_to_string(labels).unwrap());
    let is_of = |row: &&Value| row["campaign"].as_str().is_some_and(|name| name == campaign) && row["success"] == true;
    rows.iter().filter(is_of).map(|row| row["line"].as_u64().unwrap()).collect()
}

fn lines(path: &Path) -> Vec<String> {
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn the_objects_that_a_stolen_key_fetched_are_those_of_the_labels() {
    let Some(corpora) = corpora() else { return };
    let shop = corpora.join("labelled/shop");
    let log = lines(&shop.join("s3.log.gz"));
    let wanted = labelled(&shop.join("s3.labels.ndjson"), "K1-key-use");
    // Of S3's fields: the client is the fifth, the operation the eighth, the key the ninth, the status and the bytes behind the request.
    let mut clients = BTreeSet::new();
    let (mut objects, mut bytes, mut count) = (BTreeSet::new(), 0, 0);
    for line in wanted.iter().map(|number| &log[*number as usize - 1]) {
        let words: Vec<&str> = line.split(' ').collect();
        clients.insert(words[4]);
        if words[7] == "REST.GET.OBJECT" {
            let behind = line.split("\" ").nth(1).unwrap();
            objects.insert(words[8]);
            bytes += behind.split(' ').nth(2).unwrap().parse::<u64>().unwrap();
            count += 1;
        }
    }
    let asked: Vec<&str> = clients.iter().flat_map(|client| ["--client", client]).collect();
    let rows = traced(&asked, &shop.join("s3.log.gz"));
    let reads: Vec<&Value> =
        of_type(&rows, "impact").into_iter().filter(|row| row["place"].as_str().unwrap().contains('/')).collect();
    let sum = |key: &str| reads.iter().map(|row| row[key].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("successes"), sum("objects"), sum("bytes")), (count, objects.len() as u64, bytes));
}

#[test]
fn the_orders_that_were_harvested_are_those_of_the_labels() {
    let Some(corpora) = corpora() else { return };
    let shop = corpora.join("labelled/shop");
    let log = lines(&shop.join("access.log.gz"));
    let wanted = labelled(&shop.join("labels.ndjson"), "D6-orders");
    let (mut clients, mut targets) = (BTreeSet::new(), BTreeSet::new());
    for line in wanted.iter().map(|number| &log[*number as usize - 1]) {
        clients.insert(line.split(' ').next().unwrap());
        targets.insert(line.split('"').nth(1).unwrap());
    }
    let asked: Vec<&str> = clients.iter().flat_map(|client| ["--client", client]).chain(["--route", "/api/"]).collect();
    let rows = traced(&asked, &shop.join("access.log.gz"));
    let orders = of_type(&rows, "impact").into_iter().filter(|row| row["place"].as_str().unwrap().contains("orders"));
    let (low, high) = orders.fold((0, 0), |(low, high), row| {
        (low + row["objects"].as_u64().unwrap(), high + row["objects_upper"].as_u64().unwrap())
    });
    assert!(low <= targets.len() as u64 && targets.len() as u64 <= high, "{low} {} {high}", targets.len());
}
