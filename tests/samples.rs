//! The stories of `samples/`: the exact report of each folder, and what it must say in any case.
//!
//! The report shows what changed, line by line, when the program changes; it is renewed with `KEYTRACE_BLESS=1`. The
//! story is asserted here beside it, so that a renewed report cannot hide that a theft is no longer found, or that its
//! innocent twin is.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::{env, fs};

use serde_json::Value;

use crate::program::{is_blessing, keytrace, of_type, parsed, root};

/// Reports name files as the command does, so they are made from the root of the repository.
static AT_ROOT: Mutex<()> = Mutex::new(());

fn report(folder: &str, form: &str) -> String {
    let _guard = AT_ROOT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    env::set_current_dir(root()).expect("the root is there");
    let run = keytrace(["scan", "--output-format", form, &format!("samples/{folder}")]);
    run.text().to_owned()
}

fn check_report(folder: &str) {
    let path = root().join("samples").join(folder).join("report.txt");
    if is_blessing() && !path.exists() {
        // A report in the folder is told to be one and passed over, so it must be there for its own report.
        fs::write(&path, "keytrace \n").expect("a first report");
    }
    let report = report(folder, "text");
    if is_blessing() {
        fs::write(&path, &report).expect("the report is renewed");
    }
    let wanted = fs::read_to_string(&path).unwrap_or_default();
    if let Some((wanted, found)) = wanted.lines().zip(report.lines()).find(|(wanted, found)| wanted != found) {
        panic!("samples/{folder}/report.txt is not the report any more:\n- {wanted}\n+ {found}");
    }
    assert_eq!(wanted.len(), report.len(), "samples/{folder}/report.txt is as long as the report");
}

fn rows(folder: &str) -> Vec<Value> {
    check_report(folder);
    parsed(&report(folder, "ndjson"))
}

fn loud(rows: &[Value]) -> Vec<&Value> {
    let is_loud = |row: &&Value| row["severity"] == "high" || row["severity"] == "critical";
    of_type(rows, "incident").into_iter().filter(is_loud).collect()
}

/// Checks that an incident says what would change it, and what looks like it and is innocent.
fn check_doubts(incident: &Value, changes: &[&str], neighbour: &str) {
    let told = incident["would_change"].as_array().unwrap();
    assert_eq!(told.len(), changes.len(), "{told:?}");
    for (told, wanted) in told.iter().zip(changes) {
        assert!(told.as_str().unwrap().contains(wanted), "{told} holds {wanted}");
    }
    assert!(incident["neighbour"].as_str().unwrap().contains(neighbour), "{}", incident["neighbour"]);
}

/// The clients of an incident.
fn clients(incident: &Value) -> Vec<&str> {
    incident["actors"].as_array().unwrap().iter().map(|actor| actor["client"].as_str().unwrap()).collect()
}

/// The findings of an incident.
fn findings<'a>(rows: &'a [Value], incident: &Value) -> Vec<&'a Value> {
    of_type(rows, "finding").into_iter().filter(|row| row["incident"] == incident["id"]).collect()
}

/// The worst incident that a client has a part in.
fn worst<'a>(rows: &'a [Value], client: &str) -> &'a Value {
    of_type(rows, "incident").into_iter().find(|row| clients(row).contains(&client)).expect("the client is in a story")
}

/// Checks that one client got just these targets, those that contain a text each.
fn check_taken(rows: &[Value], incident: &Value, client: &str, taken: &[&str]) {
    assert_eq!(clients(incident), [client]);
    let got: Vec<&str> = findings(rows, incident)
        .into_iter()
        .filter(|row| row["outcome"] == "success")
        .map(|row| row["request"]["target"].as_str().unwrap())
        .collect();
    assert_eq!(got.len(), taken.len(), "{got:?}");
    for (got, taken) in got.iter().zip(taken) {
        assert!(got.contains(taken), "{got} holds {taken}");
    }
}

#[test]
fn an_image_proxy_hands_out_the_keys_of_its_server() {
    let rows = rows("image-proxy");
    let [theft] = loud(&rows)[..] else { panic!("one story is loud: {:?}", loud(&rows)) };
    assert_eq!((&theft["severity"], &theft["confidence"]), (&"critical".into(), &"confirmed".into()));
    let list = "security-credentials%2F&";
    let keys = "security-credentials%2Fhinata-media-prod";
    check_taken(&rows, theft, "198.51.100.61", &[list, keys, keys, keys]);
    assert!(theft["why"].as_array().unwrap().iter().any(|reason| reason["signal"] == "disguised-address"));
    let changes = ["the answer of 1,338 bytes were what this route gives for any host", "the strongest, `role-echo`,"];
    check_doubts(theft, &changes, "as long as an answer shortly before");
    let fetched = of_type(&rows, "finding")
        .into_iter()
        .filter(|row| row["request"]["target"].as_str().unwrap().contains("cdn.hinata-kitchen.example"));
    assert_eq!(fetched.count(), 0, "ordinary pictures through the same proxy are nothing");
}

#[test]
fn a_leaked_environment_file_is_told_from_a_page_that_answers_everything() {
    let rows = rows("leaked-env");
    let [theft] = loud(&rows)[..] else { panic!("one story is loud: {:?}", loud(&rows)) };
    assert_eq!(theft["severity"], "high");
    check_taken(&rows, theft, "198.51.100.231", &["/shared/.env", "/shared/.env"]);
    assert!(findings(&rows, theft).iter().all(|row| row["source"]["path"] == "samples/leaked-env/blog.log"));
    check_doubts(theft, &["the page that this site gives for any path", "rests on `reply-status`"], "single-page");
    // Its twins: a scanner whom nothing was answered, and two whom one page was answered for everything.
    for client in ["203.0.113.222", "203.0.113.240", "198.51.100.17"] {
        assert_eq!(worst(&rows, client)["severity"], "low", "{client}");
    }
    let twin = of_type(&rows, "finding")
        .into_iter()
        .filter(|row| row["source"]["path"] == "samples/leaked-env/single-page.log");
    assert!(twin.map(|row| assert_ne!(row["outcome"], "success", "{row}")).count() > 30);
}

#[test]
fn a_webhook_tester_is_made_to_fetch_keys() {
    let rows = rows("webhook-tester");
    let [theft] = loud(&rows)[..] else { panic!("one story is loud: {:?}", loud(&rows)) };
    assert_eq!((&theft["severity"], &theft["confidence"]), (&"critical".into(), &"confirmed".into()));
    let keys = "security-credentials%2Fparcelpost-hooks-prod";
    check_taken(&rows, theft, "203.0.113.77", &["security-credentials%2F&", keys, keys, "user-data"]);
    // Its twin: a customer who tried a host of his own network and was refused.
    let twin = worst(&rows, "198.51.100.14");
    assert!(["low", "medium"].contains(&twin["severity"].as_str().unwrap()));
    check_doubts(twin, &["It would be a theft if the same were asked in another spelling"], "on a desk");
}

#[test]
fn strangers_who_are_refused_by_a_bucket_wake_nobody() {
    let rows = rows("storage");
    assert!(loud(&rows).is_empty(), "{:?}", loud(&rows));
    let targets = of_type(&rows, "finding");
    assert!(targets.iter().any(|row| row["request"]["target"] == "/.aws/credentials"), "they are seen");
    assert!(targets.iter().all(|row| row["outcome"] != "success"));
    assert!(targets.iter().all(|row| row["request"]["user"].is_null()), "the owner's own calls are nothing");
}

#[test]
fn one_virtual_host_gives_files_out_and_the_other_does_not() {
    let rows = rows("virtual-hosts");
    let loud = loud(&rows);
    assert_eq!(loud.len(), 2, "{loud:?}");
    let of = |client: &str| *loud.iter().find(|row| clients(row) == [client]).expect("the client has a story");
    check_taken(&rows, of("198.51.100.180"), "198.51.100.180", &["etc/passwd", "museum/.env", ".aws%2fcredentials"]);
    let repository = of("203.0.113.19");
    assert!(6 <= repository["successes"].as_u64().unwrap());
    for incident in loud {
        assert!(findings(&rows, incident).iter().all(|row| row["request"]["host"] == "museum.example"));
    }
    for client in ["198.51.100.44", "203.0.113.88"] {
        assert!(["low", "medium"].contains(&worst(&rows, client)["severity"].as_str().unwrap()), "{client}");
    }
}

#[test]
fn a_day_on_which_nothing_happened_is_quiet() {
    let rows = rows("nothing-happened");
    assert!(loud(&rows).is_empty(), "{:?}", loud(&rows));
    assert_eq!(
        worst(&rows, "198.51.100.222")["severity"],
        "medium",
        "an audit asks the preview for the metadata service"
    );
    let above = of_type(&rows, "finding")
        .into_iter()
        .filter(|row| !["info", "low"].contains(&row["severity"].as_str().unwrap()));
    assert!(above.map(|row| assert_eq!(row["request"]["client"], "198.51.100.222", "{row}")).count() > 0);
    let of_health = of_type(&rows, "finding").into_iter().filter(|row| row["request"]["target"] == "/actuator/health");
    of_health.for_each(|row| assert_eq!(row["severity"], "info", "a check of health is at most worth knowing: {row}"));
}

#[test]
fn a_role_taken_through_the_web_and_used_from_elsewhere_is_one_story() {
    let rows = rows("stolen-role");
    let [story] = loud(&rows)[..] else { panic!("one story is loud: {:?}", loud(&rows)) };
    assert_eq!((&story["severity"], &story["confidence"]), (&"critical".into(), &"confirmed".into()));
    let mut parts = clients(story);
    parts.sort_unstable();
    assert_eq!(parts, ["198.51.100.99", "203.0.113.150"], "who took the key, and from where it was used");
    for (stage, count) in [("probe", 2), ("extract", 1), ("use", 4), ("harvest", 84)] {
        assert_eq!(story["stages"][stage], count, "{stage}: {}", story["stages"]);
    }
    let has_odds = |reason: &Value| reason["signal"] == "key-used-after";
    assert!(story["why"].as_array().unwrap().iter().any(has_odds), "the odds of chance are told");
    let changes = ["if 198.51.100.99 were an address of your own", "the answer of 1,334 bytes", "`role-echo`"];
    check_doubts(story, &changes, "as long as an answer shortly before");
    // Its twins: the backup that reads all of it each night, the engineers who list and read, a machine that was added.
    for row in of_type(&rows, "finding") {
        let client = row["request"]["client"].as_str().unwrap();
        assert!(parts.contains(&client), "nothing is said of {client}: {row}");
    }
}

#[test]
fn what_looks_like_a_harvest_and_is_none_stands_beside_one() {
    let rows = rows("hard-negatives");
    let [harvest] = loud(&rows)[..] else { panic!("one story is loud: {:?}", loud(&rows)) };
    assert_eq!(clients(harvest), ["203.0.113.99"]);
    assert_eq!(harvest["stages"]["harvest"], 110, "{}", harvest["stages"]);
    check_doubts(harvest, &["a program of yours or a partner's", "`walk-length`"], "22 of 110 requests");
    // The partner is worth a row, since only its name tells; a monitor is worth knowing; of all others nothing is said.
    let partner = worst(&rows, "198.51.100.20");
    assert_eq!(partner["severity"], "medium");
    check_doubts(partner, &["a partner's", "the program names itself"], "nothing but its name");
    assert_eq!(worst(&rows, "10.0.0.9")["severity"], "info");
    for row in of_type(&rows, "finding") {
        let client = row["request"]["client"].as_str().unwrap();
        assert!(["203.0.113.99", "198.51.100.20", "10.0.0.9"].contains(&client), "nothing is said of {client}: {row}");
    }
}

/// Folders of `samples/`.
fn folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(root().join("samples"))
        .expect("there are samples")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

#[test]
fn every_sample_has_its_story_its_report_and_its_test() {
    let stories = fs::read_to_string(root().join("samples/README.md")).unwrap_or_default();
    let tests = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("samples.rs")).unwrap();
    let mut bytes = 0;
    for folder in folders() {
        let name = folder.file_name().unwrap().to_str().unwrap();
        assert!(stories.contains(&format!("## {name}\n")), "samples/README.md tells the story of {name}");
        assert!(tests.contains(&format!("rows(\"{name}\")")), "a test asserts the story of {name}");
        for entry in fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            bytes += entry.metadata().unwrap().len();
        }
        assert!(is_blessing() || folder.join("report.txt").exists(), "{name} has its report");
    }
    assert!(bytes < 3_200_000, "samples are small: {bytes} bytes");
}

#[test]
fn all_samples_together_read_as_one_report() {
    let rows = parsed(&report("", "ndjson"));
    let skipped = rows[0]["passed"].as_array().unwrap();
    assert!(skipped.iter().all(|row| row["is_loss"] == false), "{skipped:?}");
    assert_eq!(rows[0]["totals"]["faults"], 0);
    let severities: Vec<&str> = loud(&rows).iter().map(|row| row["severity"].as_str().unwrap()).collect();
    assert_eq!(severities, ["critical", "critical", "critical", "high", "high", "high", "high"]);
}
