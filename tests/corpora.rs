//! Larger logs, where they are at hand: real ones with nothing in them, and one with campaigns in it, line by line.
//!
//! They are not part of the repository. Where the folder beside it that holds them is absent, these tests say so and do
//! nothing.
//!
//! The campaigns are looked for in the log as it is, and as it would be if its shop were another one: if it called things
//! otherwise, spelt its records otherwise, wrote another format, or if hashes were under other keys. Whoever knows six campaigns
//! by their names knows nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::program::{keytrace, of_type, parsed, root, rows, skipped, two_at_a_time};

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
const BENIGN_MAX: usize = 1;

/// What is wrong with what a report says of the campaigns: all six are loud among the first, with most lines of what they took, and
/// next to nothing else is.
fn wrong(rows: &[Value], labels: &BTreeMap<u64, Label>) -> Vec<String> {
    let mut lines: BTreeMap<&str, BTreeSet<u64>> = BTreeMap::new();
    for finding in of_type(rows, "finding") {
        let lines = lines.entry(finding["incident"].as_str().unwrap()).or_default();
        lines.insert(finding["source"]["line"].as_u64().unwrap());
    }
    let loud: Vec<&BTreeSet<u64>> = of_type(rows, "incident")
        .into_iter()
        .filter(|row| is_loud(row))
        .map(|row| &lines[row["id"].as_str().unwrap()])
        .collect();
    let read = loud.iter().take(READ).flat_map(|lines| lines.iter().copied()).collect::<BTreeSet<u64>>();
    let mut wrong = Vec::new();
    for (campaign, least) in [("D1", 90), ("D2", 90), ("D3", 90), ("D4", 90), ("D5", 90), ("D6", 80)] {
        let is_theft = |label: &Label| label.campaign.starts_with(campaign) && label.is_theft;
        let thefts: Vec<u64> = labels.iter().filter(|(_, label)| is_theft(label)).map(|(line, _)| *line).collect();
        assert!(!thefts.is_empty(), "{campaign} took something");
        let told = thefts.iter().filter(|line| read.contains(line)).count();
        if told * 100 < thefts.len() * least {
            wrong.push(format!("{campaign}: {told} of {} lines are loud", thefts.len()));
        }
    }
    // An incident is of a campaign if a third of its lines are.
    let is_nothing = |lines: &&&BTreeSet<u64>| {
        lines.iter().filter(|line| labels.get(line).is_some_and(|label| !label.is_noise)).count() * 3 < lines.len()
    };
    let nothing = loud.iter().filter(is_nothing).count();
    if BENIGN_MAX < nothing {
        wrong.push(format!("{nothing} loud incidents are nothing"));
    }
    wrong
}

#[test]
fn the_campaigns_of_the_labelled_shop_are_found_near_the_top() {
    let Some(corpora) = corpora() else { return };
    let shop = corpora.join("labelled/shop");
    let labels = labels(shop.join("labels.ndjson"));
    let (rows, _) = rows(&[&shop.join("access.log.gz")]);
    assert_eq!(wrong(&rows, &labels), [""; 0]);
}

/// Writes one line of the log otherwise.
type Retell = fn(&str) -> String;

/// A line in which orders are asked for in another way.
fn orders_as(line: &str, spell: impl Fn(u64) -> String) -> String {
    const ORDERS: &str = "/api/v1/orders/";
    let Some((before, behind)) = line.split_once(ORDERS) else { return line.to_owned() };
    let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
    match behind[..digits].parse() {
        Ok(number) => format!("{before}{}{}", spell(number), &behind[digits..]),
        Err(_) => line.to_owned(),
    }
}

/// A number as the UUID of a record that was drawn.
fn drawn(number: u64) -> String {
    // Two odd factors spread the bits; that it can be undone is no matter here.
    let spread = |factor: u64| number.wrapping_mul(factor) ^ number.wrapping_mul(factor).rotate_left(29);
    let digits = format!("{:016x}{:016x}", spread(0x9E37_79B9_7F4A_7C15), spread(0xD1B5_4A32_D192_ED03));
    format!("{}-{}-4{}-a{}-{}", &digits[..8], &digits[8..12], &digits[13..16], &digits[17..20], &digits[20..])
}

/// A line of nginx in JSON, of one in the combined format; the few that are none are left out.
fn as_json(line: &str) -> String {
    let parts: Vec<&str> = line.split('"').collect();
    let [head, request, answer, referer, _, agent, _] = parts[..] else { return "{}".to_owned() };
    let mut head = head.split(&[' ', '[', ']'][..]);
    let client = head.next().expect("a client");
    let time = head.find(|word| word.contains('/')).expect("a time");
    let mut answer = answer.split_whitespace();
    let status: u64 = answer.next().and_then(|status| status.parse().ok()).expect("a status");
    let bytes: u64 = answer.next().and_then(|bytes| bytes.parse().ok()).unwrap_or(0);
    json!({
        "time_local": format!("{time} +0900"), "remote_addr": client, "request": request, "status": status,
        "body_bytes_sent": bytes, "http_referer": referer, "http_user_agent": agent,
    })
    .to_string()
}

/// A line of a shop that calls things otherwise, in no language.
fn in_other_words(line: &str) -> String {
    const WORDS: [(&str, &str); 12] = [
        ("/api/v1/orders", "/rpc/vendu"),
        ("/api/v1/shop/settings?fields=", "/rpc/budiko/agordoj?kolonoj="),
        ("integrations.s3", "konektoj.stoko"),
        ("locale", "lingvo"),
        ("theme", "koloro"),
        (",keys", ",ekstra"),
        ("/api/v1/link-preview?url=", "/rpc/rigardo?de="),
        ("/media/proxy?src=", "/bildoj/perilo?bildo="),
        ("/api/v1/labels/render", "/rpc/etikedo/presi"),
        ("/api/v1/files/download?name=", "/rpc/dosiero?tiu="),
        ("/mypage", "/miapagho"),
        ("HinataKitchen/", "Kuirejo/"),
    ];
    WORDS.iter().fold(line.to_owned(), |line, (word, other)| line.replace(word, other))
}

/// How the log is told otherwise, and under which key if not that of its content.
const TOLD_OTHERWISE: [(&str, Retell, Option<&str>); 9] = [
    ("in other words", in_other_words, None),
    ("in JSON", as_json, None),
    ("records of one parameter", |line| orders_as(line, |n| format!("/order.php?x={n}")), None),
    ("records of no name", |line| orders_as(line, |n| format!("/ajax?action=detail&rec={n}")), None),
    ("records called by a key", |line| orders_as(line, |n| format!("/odata/Orders({n})")), None),
    ("records in a query", |line| orders_as(line, |n| format!("/graphql?query=%7Border(id:{n})%7Btotal%7D%7D")), None),
    ("records in files", |line| orders_as(line, |n| format!("/dl?file=order_{n}.pdf")), None),
    ("records that were drawn", |line| orders_as(line, |n| format!("/api/v1/orders/{}", drawn(n))), None),
    ("another key", ToOwned::to_owned, Some("2c624232cdd221771294dfbb310aca000a0df6ac8b66b696d90ef06fdefb64a3")),
];

#[test]
fn the_campaigns_are_found_in_a_shop_that_tells_the_same_otherwise() {
    let Some(corpora) = corpora() else { return };
    let shop = corpora.join("labelled/shop");
    let labels = labels(shop.join("labels.ndjson"));
    let mut bytes = Vec::new();
    let log = fs::File::open(shop.join("access.log.gz")).expect("the log is there");
    GzDecoder::new(log).read_to_end(&mut bytes).expect("the log is whole");
    let text = String::from_utf8_lossy(&bytes);
    let folder = tempfile::tempdir().expect("a folder");
    let told = two_at_a_time(&TOLD_OTHERWISE, |(how, retell, key)| {
        let path = folder.path().join(format!("{}.log", how.replace(' ', "-")));
        let lines: Vec<String> = text.lines().map(retell).collect();
        fs::write(&path, lines.join("\n") + "\n").expect("the log is written");
        let mut arguments = vec!["scan", "--output-format", "ndjson"];
        arguments.extend(key.iter().flat_map(|key| ["--key", key]));
        let run = keytrace(arguments.into_iter().map(Path::new).chain([path.as_path()]));
        (*how, wrong(&parsed(run.text()), &labels))
    });
    let told: Vec<_> = told.into_iter().filter(|(_, wrong)| !wrong.is_empty()).collect();
    assert!(told.is_empty(), "{told:?}");
}
