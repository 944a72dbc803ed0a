//! `keytrace draft`: every heading that the rules ask for, in both languages; figures that are the saved report's; what
//! strangers wrote inert; and nothing drafted of nothing.

use std::fs;
use std::path::Path;

use comrak::nodes::NodeValue;
use serde_json::Value;

use crate::logs::{self, Hit, Writing};
use crate::program::{Run, keytrace, of_type, parsed};

/// A log with a theft in it, by a request that would be markup if it could.
fn theft() -> String {
    let mut lines: Vec<String> = Vec::new();
    let mut put = |hit: Hit| lines.push(logs::line(&hit, Writing::Combined));
    for number in 0..300 {
        let client = format!("203.0.113.{}", number % 90);
        let picture = format!("/media/proxy?src=https%3A%2F%2Fcdn.shop.example%2Fp%2F{number}.jpg&w=640");
        put(Hit::new(number * 20, &client, &picture, 200, 20_000 + number * 97));
    }
    let keys = "http%3A%2F%2F169.254.169.254%2Flatest%2Fmeta-data%2Fiam%2Fsecurity-credentials%2F";
    let markup = "`<script>alert(1)</script>|[x](http://evil.example/)**";
    put(Hit::new(7_000, "198.51.100.7", &format!("/media/proxy?src={keys}&w=640"), 200, 13));
    put(Hit::new(7_060, "198.51.100.7", &format!("/media/proxy?src={keys}shop-web-role&w={markup}"), 200, 1_338));
    lines.join("\n") + "\n"
}

/// A saved report of that log, in a folder of its own.
fn saved(log: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, report) = (folder.path().join("access.log"), folder.path().join("findings.ndjson"));
    fs::write(&path, log).expect("the log is written");
    let run = keytrace(["scan".as_ref(), "-q".as_ref(), path.as_os_str(), "-o".as_ref(), report.as_os_str()]);
    assert!(run.code < 2, "{}", run.error);
    (folder, report.to_str().expect("a plain name").to_owned())
}

fn drafted(report: &str, options: &[&str]) -> Run {
    keytrace([&["draft", report][..], options].concat())
}

fn thousands(number: &Value) -> String {
    let digits = number.as_u64().expect("a number").to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).unwrap()).collect();
    groups.join(",")
}

#[test]
fn every_heading_is_there_in_both_languages() {
    let (_folder, report) = saved(&theft());
    let english = [
        "Outline of the incident",
        "Items of personal data",
        "Number of persons",
        "Cause",
        "Secondary harm and its likelihood",
        "Response to the persons concerned",
        "Publication",
        "Measures to prevent recurrence",
        "Other matters for reference",
    ];
    let japanese = [
        "事案の概要",
        "漏えい等が発生し、又は発生したおそれがある個人データの項目",
        "漏えい等が発生し、又は発生したおそれがある個人データに係る本人の数",
        "発生原因",
        "二次被害又はそのおそれの有無及びその内容",
        "本人への対応の実施状況",
        "公表の実施状況",
        "再発防止のための措置",
        "その他参考となる事項",
    ];
    for (language, headings, mark) in [("en", english, "[TO FILL IN: "), ("ja", japanese, "【要記入：")] {
        let run = drafted(&report, &["--lang", language]);
        assert_eq!((run.code, run.error.as_str()), (0, ""));
        let text = run.text();
        let sections: Vec<&str> = text.split("\n## ").collect();
        for (place, heading) in headings.iter().enumerate() {
            let own = format!("{}. {heading}\n", place + 1);
            let section = sections.iter().find(|section| section.starts_with(&own));
            let section = section.unwrap_or_else(|| panic!("{language} has the heading {heading}"));
            assert!(section.contains(mark), "{language}: a person has something to say of {heading}");
            assert!(section.contains("GDPR"), "{language}: {heading} is mapped");
        }
        assert!(text.contains("72") && text.contains("60"), "{language}: the clocks are named");
        assert_eq!(text, drafted(&report, &["--lang", language]).text(), "one report gives one draft");
    }
}

#[test]
fn hours_without_any_request_leave_no_upper_bound() {
    let told = |language: &str, log: &str| {
        let (_folder, report) = saved(log);
        let text = drafted(&report, &["--lang", language]).text().to_owned();
        let mark = if language == "en" { "No upper bound can be given: in " } else { "上限は確定できない。" };
        text.lines().find(|line| line.starts_with(mark)).map(str::to_owned)
    };
    let keys = "http%3A%2F%2F169.254.169.254%2Flatest%2Fmeta-data%2Fiam%2Fsecurity-credentials%2Fshop-web-role";
    let later = Hit::new(7_060 + 5 * 3_600, "198.51.100.7", &format!("/media/proxy?src={keys}&w=640"), 200, 1_338);
    let later = theft() + &logs::line(&later, Writing::Combined) + "\n";
    let english = told("en", &later).expect("it is said");
    assert!(english.contains("in 4 of the 6 stretches of 60 minutes"), "{english}");
    let japanese = told("ja", &later).expect("it is said");
    assert!(japanese.contains("60分ごとに区切った6区間のうち4区間"), "{japanese}");
    assert_eq!((told("en", &theft()), told("ja", &theft())), (None, None), "no hour is missing");
}

/// The rows of the tables of a draft.
fn cells(text: &str) -> Vec<Vec<&str>> {
    let rows = text.lines().filter(|line| line.starts_with("| "));
    rows.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

#[test]
fn its_figures_are_those_of_the_report() {
    let (_folder, report) = saved(&theft());
    let rows = parsed(&fs::read_to_string(&report).expect("the report"));
    let worst = of_type(&rows, "incident").into_iter().find(|row| row["rank"] == 1).expect("an incident");
    let of_worst = |kind| of_type(&rows, kind).into_iter().filter(|row| row["incident"] == worst["id"]);
    for language in ["en", "ja"] {
        let run = drafted(&report, &["--lang", language]);
        let text = run.text();
        let cells = cells(text);
        assert!(of_worst("impact").count() > 0 && of_worst("finding").count() == 2);
        for impact in of_worst("impact") {
            let (least, most) = (thousands(&impact["objects"]), thousands(&impact["objects_upper"]));
            let wanted = [
                format!("`{}`", impact["place"].as_str().unwrap()),
                format!("`{}`", impact["period"].as_str().unwrap()),
                thousands(&impact["requests"]),
                thousands(&impact["successes"]),
                thousands(&impact["unknown"]),
                thousands(&impact["bytes"]),
                if least == most { least } else { format!("{least} - {most}") },
            ];
            assert!(cells.iter().any(|row| row.starts_with(&wanted.each_ref().map(String::as_str))), "{wanted:?}");
        }
        for finding in of_worst("finding") {
            let digest = format!("`{}`", finding["source"]["sha256"].as_str().unwrap());
            let place = format!(":{}`", finding["source"]["line"]);
            let row = cells.iter().find(|row| row.contains(&digest.as_str())).expect("each line is evidence");
            assert!(row[2].ends_with(&place), "{language}: {row:?}");
        }
        let input = &of_type(&rows, "scan")[0]["inputs"][0];
        let end = of_type(&rows, "end")[0];
        for digest in [&input["sha256"], &end["sha256"]] {
            assert!(text.contains(digest.as_str().unwrap()), "{language}: the digests are named");
        }
        let first = worst["first_seen"].as_str().unwrap().replace('T', " ").replace('Z', " UTC");
        assert!(text.contains(&first), "{language}: {first}");
    }
}

#[test]
fn no_text_of_a_log_is_markup() {
    let (_folder, report) = saved(&theft());
    for language in ["en", "ja"] {
        let run = drafted(&report, &["--lang", language]);
        let text = run.text();
        assert!(text.contains("<script>alert"), "the hostile request is evidence");
        let lines: Vec<&str> = text.lines().collect();
        for pair in lines.windows(2).filter(|pair| pair.iter().all(|line| line.starts_with("| "))) {
            let [above, below] = [pair[0], pair[1]].map(|line| line.matches('|').count());
            assert_eq!(above, below, "{language}: no text splits a cell: {}", pair[1]);
        }
        let arena = comrak::Arena::new();
        let mut options = comrak::Options::default();
        options.extension.table = true;
        options.extension.autolink = true;
        options.extension.strikethrough = true;
        let page = comrak::parse_document(&arena, text, &options);
        for node in page.descendants() {
            let value = &node.data.borrow().value;
            let is_ours = !matches!(
                value,
                NodeValue::HtmlBlock(_) | NodeValue::HtmlInline(_) | NodeValue::Link(_) | NodeValue::Image(_)
            );
            assert!(is_ours, "{language}: {value:?}");
            if let NodeValue::Text(told) = value {
                assert!(!told.contains("script") && !told.contains("evil"), "{language}: {told}");
            }
        }
    }
}

#[test]
fn a_report_that_changed_or_is_not_whole_is_drafted_and_says_so() {
    let (folder, report) = saved(&theft());
    let text = fs::read_to_string(&report).expect("the report");
    let changed = folder.path().join("changed.ndjson");
    fs::write(&changed, text.replace("shop-web-role", "shop-web-rule")).expect("it is written");
    let without_end = folder.path().join("cut.ndjson");
    let end = text.trim_end().rfind('\n').expect("more than one row");
    fs::write(&without_end, &text[..=end]).expect("it is written");
    for (path, english, japanese) in [
        (&changed, "seal of the saved report is broken", "封印値が一致しない"),
        (&without_end, "bears no seal", "封印値がない"),
    ] {
        let path = path.to_str().expect("a plain name");
        for (language, says) in [("en", english), ("ja", japanese)] {
            let run = drafted(path, &["--lang", language]);
            assert_eq!(run.code, 3);
            assert!(run.text().contains(says), "{path}: {says}");
        }
    }
}

#[test]
fn what_makes_no_sense_is_refused_and_leaves_no_file() {
    let quiet = logs::line(&Hit::new(1, "198.51.100.9", "/about", 200, 153), Writing::Combined) + "\n";
    let (folder, report) = saved(&quiet);
    let draft = folder.path().join("draft.md");
    let run = drafted(&report, &["-o", draft.to_str().unwrap()]);
    assert_eq!(run.code, 2);
    assert!(run.error.contains("no incident"), "{}", run.error);
    assert!(!draft.exists());
    let (folder, report) = saved(&theft());
    let log = folder.path().join("access.log");
    for (path, options) in [
        (report.as_str(), &["--incident", "KT-none"][..]),
        (&report, &["-o", &report]),
        (&report, &["--lang", "xx"]),
        (log.to_str().unwrap(), &[]),
        ("no-such-report.ndjson", &[]),
    ] {
        let run = drafted(path, options);
        assert_eq!((run.code, run.out.len()), (2, 0), "{options:?}: {}", run.error);
        assert!(!run.error.is_empty());
    }
    assert!(fs::read_to_string(&report).expect("the report").starts_with('{'), "the report was left alone");
}

#[test]
fn incidents_are_drafted_together_where_several_are_named() {
    let scans = |number: u64, target: &str| {
        logs::line(&Hit::new(number, "198.51.100.9", target, 404, 153), Writing::Combined) + "\n"
    };
    let (folder, report) = saved(&(theft() + &scans(8_000, "/.env") + &scans(8_001, "/.aws/credentials")));
    let rows = parsed(&fs::read_to_string(&report).expect("the report"));
    let ids: Vec<&str> = of_type(&rows, "incident").iter().map(|row| row["id"].as_str().unwrap()).collect();
    assert!(1 < ids.len());
    let path = folder.path().join("draft.md");
    let run = drafted(&report, &["--incident", ids[1], "--incident", ids[0], "-o", path.to_str().unwrap()]);
    assert_eq!((run.code, run.out.len()), (0, 0));
    let text = read(&path);
    for id in &ids[..2] {
        assert!(text.contains(&format!("### Incident `{id}`")), "{id}");
    }
    assert!(!drafted(&report, &[]).text().contains(ids[1]), "of one alone where none is named");
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("the draft is there")
}
