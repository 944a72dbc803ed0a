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
    // Its twins: a scanner whom nothing was answered, and two whom one page was answered for everything; a monitor.
    assert_eq!(worst(&rows, "10.0.0.9")["severity"], "info");
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

/// Something innocent that looks like an attack, the folder in which it stands beside one, and how it shows in its log.
struct Innocent {
    what: &'static str,
    folder: &'static str,
    /// What a line of it holds: all of these.
    holds: &'static [&'static str],
    /// How many lines do, at least.
    lines: usize,
    /// How bad its worst incident may be; nothing is said of it where this is empty.
    worst: &'static str,
}

const fn innocent(
    what: &'static str,
    folder: &'static str,
    (holds, lines): (&'static [&'static str], usize),
    worst: &'static str,
) -> Innocent {
    Innocent { what, folder, holds, lines, worst }
}

/// What is known to look like a theft and to be none.
const INNOCENTS: [Innocent; 27] = [
    innocent("pictures through a proxy", "image-proxy", (&["/media/proxy?src=https%3A%2F%2Fcdn."], 200), ""),
    innocent("previews of pages anywhere", "image-proxy", (&["/api/v1/link-preview?url=https"], 12), "info"),
    innocent("addresses of customers to be called", "webhook-tester", (&["/v2/webhooks/test?url=https"], 60), ""),
    innocent("logins of programs on a desk", "webhook-tester", (&["redirect_uri=http%3A%2F%2F127.0.0.1"], 8), ""),
    innocent("pages that are embedded", "webhook-tester", (&["parentOrigin=https", "came_from=https"], 10), ""),
    innocent("an audit of the owner's", "webhook-tester", (&["192.0.2.240", "169.254.169.254"], 2), "medium"),
    innocent("a page about metadata services", "webhook-tester", (&["169-254-169-254-2flatest"], 14), ""),
    innocent("one page for whatever is asked", "leaked-env", (&["/.env", " 200 5120 "], 2), "low"),
    innocent("a monitor that reads what is inside", "leaked-env", (&["10.0.0.9", "/metrics"], 12), "info"),
    innocent("a crawler", "hard-negatives", (&["FernBot", "/products/"], 80), ""),
    innocent("grids of pictures without an ending", "hard-negatives", (&["203.0.113.7 ", "/t/"], 140), ""),
    innocent("a partner's sync each night", "hard-negatives", (&["OrchardSync", "/api/orders/"], 80), "medium"),
    innocent("an administrator's export", "hard-negatives", (&["/admin/export/orders.csv"], 3), ""),
    innocent("customers' exports of what is theirs", "hard-negatives", (&["/account/export"], 2), ""),
    innocent("checks of health", "hard-negatives", (&["/healthz"], 140), ""),
    innocent("a monitor every hour", "hard-negatives", (&["10.0.0.9", "/metrics"], 72), "info"),
    innocent("a new release of the app", "hard-negatives", (&["/api/feed?shape="], 45), ""),
    innocent("an office behind one address", "hard-negatives", (&["203.0.113.200 "], 150), ""),
    innocent("a deploy after which all sizes change", "hard-negatives", (&["18/Sep/2024:1", "GET / "], 10), ""),
    innocent("an app that retries in an outage", "hard-negatives", (&["192.0.2.33", "/api/orders/", " 503 "], 60), ""),
    innocent("a mail to many", "hard-negatives", (&["utm_source=mail", "_branch_match_id="], 40), ""),
    innocent("pixels with long parameters", "hard-negatives", (&["/p.gif?d="], 38), ""),
    innocent("a business that owns many orders", "hard-negatives", (&["198.51.100.60 ", "/api/orders/"], 90), ""),
    innocent("those who answer, after the theft", "hard-negatives", (&["203.0.113.40", "/api/orders/"], 80), ""),
    innocent("a build machine that is elsewhere each day", "stolen-role", (&["assumed-role/tide-deploy"], 4), ""),
    innocent("a backup that lists and reads all each night", "stolen-role", (&["assumed-role/tide-backup"], 300), ""),
    innocent("an engineer at home", "stolen-role", (&["tide-engineer/ana", "198.18.77.3"], 8), ""),
];

#[test]
fn each_thing_that_looks_like_a_theft_stands_beside_one_and_wakes_nobody() {
    let mut complaints = Vec::new();
    for folder in folders() {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let own: Vec<&Innocent> = INNOCENTS.iter().filter(|one| one.folder == name).collect();
        if own.is_empty() {
            continue;
        }
        let rows = parsed(&report(name, "ndjson"));
        assert!(!loud(&rows).is_empty(), "{name} holds an attack");
        let severity = |id: &Value| {
            let incident = of_type(&rows, "incident").into_iter().find(|row| row["id"] == *id).expect("its incident");
            Severity::of(incident["severity"].as_str().unwrap())
        };
        for Innocent { what, holds, lines, worst, .. } in own {
            let texts = records(&folder);
            let held: Vec<&(String, Place)> = texts
                .iter()
                .filter(|(text, _)| holds.iter().all(|part| text.contains(part)))
                .map(|(_, at)| at)
                .collect();
            if held.len() < *lines {
                complaints.push(format!("{what}: {} lines of {lines} in {name}", held.len()));
            }
            let told = of_type(&rows, "finding").into_iter().filter(|row| {
                let source = &row["source"];
                let at = (source["line"].as_u64().unwrap(), source["record"].as_u64().unwrap());
                held.iter()
                    .any(|(path, place)| *place == at && source["path"].as_str().unwrap().ends_with(path.as_str()))
            });
            if let Some(told) =
                told.map(|row| severity(&row["incident"])).max().filter(|told| Severity::of(worst) < *told)
            {
                complaints.push(format!("{what}, in {name}: told as {told:?}"));
            }
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// How bad an incident is, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Severity(usize);

impl Severity {
    fn of(name: &str) -> Severity {
        Severity(["", "info", "low", "medium", "high", "critical"].iter().position(|one| *one == name).unwrap())
    }
}

/// The place of a record: its line, and the record within it.
type Place = (u64, u64);

/// The records of a folder's logs: the text of each, and its place, by the name of its file.
fn records(folder: &Path) -> Vec<(String, (String, Place))> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let text = fs::read_to_string(&path).unwrap();
        if name == "cloudtrail.json" {
            let whole: Value = serde_json::from_str(&text).unwrap();
            let records = whole["Records"].as_array().unwrap().iter().map(Value::to_string);
            all.extend((1..).zip(records).map(|(place, record)| (record, (name.clone(), (1, place)))));
        } else if name != "report.txt" {
            all.extend((1..).zip(text.lines()).map(|(line, text)| (text.to_owned(), (name.clone(), (line, 1)))));
        }
    }
    all
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
