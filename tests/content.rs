//! `--content-root`: persons inside the objects that left are counted, each once, and what could not be looked into is said.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::logs::{self, Hit, Writing};
use crate::program::{Run, keytrace, of_type, parsed, root};

/// How many orders somebody walks over; each sixth is none.
const WALKED: u64 = 120;

/// A service whose users look at their own orders, and somebody who walks over those of others.
fn harvested() -> String {
    let mut lines = String::new();
    let mut at = 0;
    let mut put = |client: &str, target: &str, status: u16, bytes: u64| {
        at += 20;
        lines += &logs::line(&Hit::new(at, client, target, status, bytes), Writing::Combined);
        lines.push('\n');
    };
    logs::with_orders(&mut put);
    for number in 0..WALKED {
        let status = match number % 6 {
            0 => 404,
            1 => 206,
            _ => 200,
        };
        let bytes = if status == 206 { 10 } else { 1_900 };
        put("198.51.100.7", &format!("/api/orders/{}", 120_000 + number), status, bytes);
    }
    lines
}

struct Case {
    folder: tempfile::TempDir,
    logs: PathBuf,
}

impl Case {
    fn new(log: &str, settings: &str) -> Case {
        let folder = tempfile::tempdir().expect("a folder");
        let logs = folder.path().join("access.log");
        fs::write(&logs, log).expect("the log is written");
        fs::write(folder.path().join("own.toml"), settings).expect("the settings are written");
        fs::create_dir(folder.path().join("root")).expect("a folder");
        Case { folder, logs }
    }

    fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.folder.path().join("root").join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, content).expect("the object is written");
    }

    fn run(&self, words: &[&str]) -> Run {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let logs = self.logs.display().to_string();
        let own = ["scan", "-q", &logs, "--config", &path("own.toml"), "--content-root", &path("root"), "--no-digest"];
        keytrace([&own[..], words].concat())
    }

    /// The worst incident that harvests.
    fn incident(&self) -> Value {
        let run = self.run(&["--output-format", "ndjson"]);
        let rows = parsed(run.text());
        let incidents = of_type(&rows, "incident");
        let harvest = incidents.into_iter().find(|one| one["stages"]["harvest"] != 0);
        harvest.unwrap_or_else(|| panic!("a harvest is found: {}", run.error)).clone()
    }
}

/// The persons of an incident: items, at least, at most.
fn persons(incident: &Value) -> Vec<(String, u64, u64)> {
    let rows = incident["persons"].as_array().expect("a list").iter();
    let items = |row: &Value| {
        row["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item.as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
            .join("+")
    };
    rows.map(|row| (items(row), row["certain"].as_u64().unwrap(), row["at_most"].as_u64().unwrap())).collect()
}

/// The numbers that were answered, whole or in part.
fn answered() -> impl Iterator<Item = u64> {
    (0..WALKED).filter(|number| number % 6 != 0)
}

const FIELD: &str = "[[data]]\ncontent = \"/api/orders/*\"\nfield = \"customer.id\"\nkind = \"customer\"\nitems = [\"name\"]\n\
                     held_in = { address = \"customer.address\" }\n";

#[test]
fn persons_inside_objects_are_counted_once_by_what_they_lost() {
    let case = Case::new(&harvested(), FIELD);
    for number in answered() {
        // Thirty-one customers; only those with an even number have an address.
        let customer = number % 31;
        let address = if customer % 2 == 0 { "somewhere" } else { " " };
        let text = json!({"customer": {"id": customer, "address": address}}).to_string();
        case.put(&format!("api/orders/{}", 120_000 + number), text + "\n");
    }
    let incident = case.incident();
    let whole: BTreeSet<u64> = answered().filter(|number| number % 6 != 1).map(|number| number % 31).collect();
    let all: BTreeSet<u64> = answered().map(|number| number % 31).collect();
    let count = |of: &BTreeSet<u64>, is_even: bool| of.iter().filter(|one| (*one % 2 == 0) == is_even).count() as u64;
    let expected = [
        ("name+address".to_owned(), count(&whole, true), count(&all, true)),
        ("name".to_owned(), count(&whole, false), count(&all, false)),
    ];
    assert_eq!(persons(&incident).into_iter().collect::<BTreeSet<_>>(), expected.into());
    let contents = json!({"objects": 100, "whole": 80, "in_part": 20, "missing": 0, "unread": 0, "without_entry": 0, "unnamed": 0});
    assert_eq!(incident["contents"], contents);
    let on = |threads: &str| case.run(&["--output-format", "ndjson", "--threads", threads]).out;
    assert!(on("1") == on("2") && on("2") == on("5"), "threads change nothing");
}

#[test]
fn a_person_whom_a_request_and_an_object_name_is_one() {
    let both = "[[data]]\npath = \"/api/orders/{subject}\"\nkind = \"order\"\nitems = [\"name\"]\n\
                [[data]]\ncontent = \"/api/orders/*\"\ncolumn = \"order\"\nkind = \"order\"\nitems = [\"address\"]\n";
    let case = Case::new(&harvested(), both);
    // One that left whole names ten that were asked for, and five that were not; its copies name nobody new.
    let listed = (120_002..).filter(|number| number % 6 != 0).take(10).chain(1..=5);
    let table = listed.fold("n;order\r\n".to_owned(), |table, order| table + &format!("\"a;\n\"\"b\";{order}\r\n"));
    case.put("api/orders/120002", &table);
    case.put("api/orders/120003", &table);
    let incident = case.incident();
    let found = persons(&incident);
    assert_eq!(found, [("name".to_owned(), 90, 90), ("name+address".to_owned(), 10, 10), ("address".to_owned(), 5, 5)]);
    assert_eq!((&incident["contents"]["whole"], &incident["contents"]["missing"]), (&json!(2), &json!(98)));
    let text = case.run(&[]);
    assert!(text.text().contains("98 not found: there may be"), "{}", text.text());
}

#[test]
fn hostile_objects_cost_themselves_and_are_said() {
    let case = Case::new(&harvested(), &FIELD.replace("field", "column").replace("customer.", ""));
    let gzip = |text: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).expect("it is packed");
        encoder.finish().expect("it is packed")
    };
    let good = b"id,address\n1,a\n2,\n";
    case.put("api/orders/120002", gzip(good));
    case.put(
        "api/orders/120003",
        [&b"\xEF\xBB\xBFid,address\n\xFF\xFE,a\n"[..], &b"x".repeat(5_000), b",b\n,c\n"].concat(),
    );
    case.put("api/orders/120004", [&b"id,address\n3,a\n\""[..], &vec![b'x'; 2 << 20]].concat());
    case.put("api/orders/120005", gzip(&[&b"id,address\n4,a\n"[..], &vec![b'0'; 8 << 20]].concat()));
    let packed = gzip(good);
    case.put("api/orders/120008", &packed[..packed.len() - 6]);
    case.put("api/orders/120009", b"\xFF\xFEi\0d\0");
    case.put("api/orders/120010", "name\nx\n");
    fs::write(case.folder.path().join("secret.csv"), "id,address\n99,a\n").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("../../../secret.csv", case.folder.path().join("root/api/orders/120011")).unwrap();
    fs::create_dir(case.folder.path().join("root/api/orders/120014")).unwrap();
    let run = case.run(&["--output-format", "ndjson", "--max-bytes", "4194304"]);
    let rows = parsed(run.text());
    let incident =
        of_type(&rows, "incident").into_iter().find(|one| one["stages"]["harvest"] != 0).expect("it is found");
    let contents = &incident["contents"];
    assert_eq!(contents["objects"], 100);
    assert_eq!(
        (&contents["whole"], &contents["in_part"]),
        (&json!(1), &json!(1)),
        "a file larger than its answer left in part: {contents}"
    );
    assert_eq!((&contents["unread"], &contents["missing"]), (&json!(5), &json!(93)), "{contents}");
    assert_eq!(contents["unnamed"], 2, "a cell that is too long, and an empty one: {contents}");
    // Of the two of the good one all is certain; of what was read of the others nothing is.
    let found = persons(incident);
    assert_eq!(found.iter().map(|row| row.1).sum::<u64>(), 2, "{found:?}");
    let rows = [("name".to_owned(), 1, 4), ("name+address".to_owned(), 1, 4)];
    assert_eq!(found, rows, "of three more who were read, it is open whether they lost anything");
}

#[test]
fn objects_of_a_bucket_are_found_by_bucket_and_key_or_by_key_alone() {
    let settings = "[[data]]\npath = \"/orders/{subject}\"\nkind = \"order\"\nitems = [\"name\"]\n\
                    [[data]]\ncontent = \"*/**\"\nitems = [\"address of the computer\"]\n";
    let mut case = Case::new("", settings);
    case.logs = root().join("samples/stolen-role/s3-access.log");
    let rows = parsed(case.run(&["--output-format", "ndjson"]).text());
    let taken = |row: &&&Value| row["outcome"] == "success" && row["request"]["operation"] == "REST.GET.OBJECT";
    let findings = of_type(&rows, "finding");
    let name = |key: &str, row: &Value| row["request"][key].as_str().expect("a name").to_owned();
    let objects: BTreeSet<(String, String)> =
        findings.iter().filter(taken).map(|row| (name("bucket", row), name("object", row))).collect();
    assert!(20 < objects.len(), "{}", objects.len());
    let id = findings.iter().find(|row| taken(row)).expect("one")["incident"].clone();
    let incident = |case: &Case| {
        let rows = parsed(case.run(&["--output-format", "ndjson"]).text());
        of_type(&rows, "incident").into_iter().find(|row| row["id"] == id).expect("it is there").clone()
    };
    assert_eq!(incident(&case)["contents"]["missing"], objects.len());
    let log = |order: usize, status: u16| {
        let hit = |order: usize, status: u16| {
            logs::line(&Hit::new(7, "192.0.2.1", &format!("/orders/{order}"), status, 9), Writing::Combined)
        };
        [hit(order, status), hit(7_000, 200), hit(9_000, 404)].join("\n") + "\n"
    };
    // As keys alone first, then below a folder of the bucket: that one holds then.
    for below in ["", "bucket"] {
        for (number, (bucket, key)) in objects.iter().enumerate() {
            let folder = if below.is_empty() { String::new() } else { format!("{bucket}/") };
            case.put(&format!("{folder}{key}"), log(number, 200));
        }
        let incident = incident(&case);
        assert_eq!(incident["contents"]["whole"], objects.len(), "{incident}");
        let expected = objects.len() as u64 + 1;
        assert_eq!(persons(&incident), [("address of the computer".to_owned(), expected, expected)]);
    }
    let report = case.folder.path().join("r.ndjson").display().to_string();
    case.run(&["-o", &report]);
    let row = format!("| `order` | `address of the computer` | {0} | {0} |", objects.len() + 1);
    for (language, told) in [("en", "objects left whole and were read whole"), ("ja", "オブジェクトの内容")] {
        let draft = keytrace(["draft", &report, "--lang", language, "--incident", id.as_str().unwrap()]);
        assert!(draft.text().contains(&row) && draft.text().contains(told), "{}", draft.text());
    }
    for form in ["report.html", "report.md"] {
        let path = case.folder.path().join(form);
        case.run(&["-o", path.to_str().unwrap()]);
        assert!(fs::read_to_string(&path).unwrap().contains("objects left whole and were read whole"), "{form}");
    }
}

#[test]
fn a_root_that_can_tell_nothing_is_refused() {
    let case = Case::new(&harvested(), "[[data]]\npath = \"/a/{subject}\"\nitems = [\"name\"]\n");
    let run = case.run(&[]);
    assert!(run.code == 2 && run.error.contains("no settings say how an object is read"), "{}", run.error);
    let case = Case::new(&harvested(), FIELD);
    fs::remove_dir(case.folder.path().join("root")).unwrap();
    let run = case.run(&[]);
    assert!(run.code == 2 && run.error.contains("expected a folder"), "{}", run.error);
    assert!(!Path::new("root").exists());
}
