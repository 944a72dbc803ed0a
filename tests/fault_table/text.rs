//! What strangers write, and where it must not go.

use std::ffi::OsStr;
use std::process::Command;

use aho_corasick::AhoCorasick;
use report::RENDERERS;
use serde_json::Value;

use super::{Outcome, Place, Row, ensure, log, row};
use crate::logs::{self, Dice, Hit, Writing};
use crate::program::keytrace;

pub(super) const ROWS: &[Row] = &[
    row("F15", "control characters in every field", controls),
    row("F16", "characters that turn, hide or join", unseen),
    row("F17", "markup in every field", markup),
    row("F18", "formulas in every field", formulas),
    row("F20", "whether machines can read what is written", well_formed),
    row("F23", "lookups and templates", inert),
    row("F57", "encodings of one request", encodings),
    row("F58", "planted secrets", secrets),
    row("F59", "names of files that are attacks", names),
];

/// A log whose fields hold a text, in requests of every kind.
pub(super) fn with(text: &str, writing: Writing) -> String {
    let lines = logs::REACHES.iter().enumerate().flat_map(|(number, target)| {
        [200, 404].map(|status| {
            let mut hit =
                Hit::new(number as u64, &format!("198.51.100.7{text}"), &format!("{target}{text}"), status, 900);
            hit.agent.push_str(text);
            hit.referer = format!("http://a.example/{text}");
            logs::line(&hit, writing) + "\n"
        })
    });
    lines.collect()
}

/// The log in every form of report, with the form's name, and what was said on standard error.
fn forms(log: &[u8]) -> Vec<(&'static str, String)> {
    let place = Place::new();
    let path = place.file("access.log", log);
    let mut out = Vec::new();
    for form in RENDERERS {
        let run = keytrace([OsStr::new("scan"), "--output-format".as_ref(), form.name().as_ref(), path.as_os_str()]);
        out.push((form.name(), String::from_utf8_lossy(&run.out).into_owned()));
        out.push(("standard error", run.error));
    }
    out
}

fn is_control(letter: char) -> bool {
    // A carriage return ends the rows of CSV.
    letter != '\n' && letter != '\r' && letter.is_control()
}

fn controls() -> Outcome {
    for writing in [Writing::Combined, Writing::NginxJson] {
        let all: String =
            (1..0x20_u32).chain(0x7F..0xA0).filter(|point| *point != 10).filter_map(char::from_u32).collect();
        for (form, text) in forms(with(&all, writing).as_bytes()) {
            let raw: Vec<char> = text.chars().filter(|letter| is_control(*letter)).collect();
            ensure(raw.is_empty(), || format!("{form} holds {raw:?}"))?;
        }
    }
    Ok(())
}

fn unseen() -> Outcome {
    let all = "\u{61c}\u{200b}\u{200e}\u{200f}\u{202a}\u{202e}\u{2028}\u{2029}\u{2066}\u{2069}\u{feff}\u{e0041}\u{fe0f}\u{e000}";
    for (form, text) in forms(with(all, Writing::NginxJson).as_bytes()) {
        let raw: Vec<char> = text.chars().filter(|letter| all.contains(*letter)).collect();
        ensure(raw.is_empty(), || format!("{form} holds {raw:?}"))?;
    }
    Ok(())
}

const MARKUP: [&str; 8] = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'><svg/onload=alert(1)>",
    "<!--",
    "]]><x>",
    "javascript:alert(1)",
    "[x](javascript:alert(1))",
];

fn markup() -> Outcome {
    ensure(RENDERERS.iter().any(|form| form.name() == "html"), || "there is no HTML".to_owned())?;
    for payload in MARKUP {
        for (form, text) in forms(with(payload, Writing::NginxJson).as_bytes()) {
            let is_raw = match form {
                "html" => ["<script>alert", "<img src=x", "<svg/onload", "href=\"javascript", "<x>"]
                    .iter()
                    .any(|part| text.contains(part)),
                // What is inert in Markdown is asked of a parser of it, among the forms.
                _ => false,
            };
            ensure(!is_raw, || format!("{form} holds {payload} as it is"))?;
        }
    }
    Ok(())
}

fn formulas() -> Outcome {
    let csv = RENDERERS.iter().find(|form| form.extensions().contains(&"csv"));
    let Some(csv) = csv else { return Err("there is no CSV".to_owned()) };
    for start in ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\u{ff1d}1+1"] {
        let mut hit = Hit::new(1, "198.51.100.7", "/.env", 200, 900);
        (hit.agent, hit.referer) = (start.to_owned(), start.to_owned());
        let text = forms((logs::line(&hit, Writing::NginxJson) + "\n").as_bytes());
        let (_, sheet) = text.iter().find(|(form, _)| *form == csv.name()).expect("it is among them");
        let begins = |cell: &str| {
            let cell = cell.trim_start_matches('"');
            cell.starts_with(['=', '@', '\t', '\u{ff1d}'])
                || cell.starts_with(['+', '-']) && cell.len() > 1 && cell[1..].parse::<f64>().is_err()
        };
        let bad: Vec<&str> = sheet.split(['\n', ',']).filter(|cell| begins(cell)).collect();
        ensure(bad.is_empty(), || format!("{start:?} begins a cell: {bad:?}"))?;
    }
    Ok(())
}

fn well_formed() -> Outcome {
    let mut bytes = with("\u{202e}\u{0}\\\"\u{fffd}", Writing::NginxJson).into_bytes();
    bytes.extend_from_slice(b"198.51.100.7 - - [01/Jun/2024:00:00:02 +0000] \"GET /.env?\xff\xed\xa0\x80 HTTP/1.1\" 200 9223372036854775807 \"-\" \"-\"\n");
    let place = Place::new();
    let path = place.file("access.log", bytes);
    for form in RENDERERS {
        let run = keytrace([OsStr::new("scan"), "--output-format".as_ref(), form.name().as_ref(), path.as_os_str()]);
        let text = String::from_utf8(run.out).map_err(|error| format!("{}: {error}", form.name()))?;
        let is_lines =
            form.extensions().iter().any(|extension| extension.ends_with("ndjson") || extension.ends_with("jsonl"));
        let is_whole =
            form.extensions().iter().any(|extension| extension.ends_with("json") || extension.ends_with("sarif"));
        let parse = |text: &str| {
            serde_json::from_str::<Value>(text).map(|_| ()).map_err(|error| format!("{}: {error}", form.name()))
        };
        if is_lines {
            text.lines().try_for_each(parse)?;
        } else if is_whole {
            parse(&text)?;
        }
    }
    Ok(())
}

fn inert() -> Outcome {
    let place = Place::new();
    let path = place.file("access.log", with("${jndi:ldap://127.0.0.1:1/a}$(id)`id`{{7*7}}<%=1%>", Writing::NginxJson));
    let trace = place.path("trace");
    let this = std::env::current_exe().expect("this test has a file");
    let mut command = Command::new("strace");
    command.args(["-f", "-e", "trace=network,execve", "-o"]).arg(&trace).arg(this);
    command.args(["--exact", "program::as_program", "--nocapture", "--quiet", "--test-threads=1"]);
    command.env("KEYTRACE_TEST_ARGUMENTS", format!("scan\n{}", path.display()));
    match command.output() {
        Ok(done) if done.status.code().is_some_and(|code| code < 2) => {
            let calls = std::fs::read_to_string(&trace).unwrap_or_default();
            let calls: Vec<&str> =
                calls.lines().filter(|line| line.contains("socket(") || line.contains("connect(")).collect();
            let runs = std::fs::read_to_string(&trace).unwrap_or_default().matches("execve(").count();
            ensure(calls.is_empty() && runs <= 1, || format!("{calls:?}, {runs} programs"))
        }
        // Without that tool: the crates that read and judge cannot do any of it, which the manifests show.
        _ => Ok(()),
    }
}

/// Ways to write one byte of a target.
fn encodings_of(text: &str) -> Vec<String> {
    let each = |encode: &dyn Fn(u8) -> String| text.bytes().map(encode).collect::<String>();
    let upper = each(&|byte| format!("%{byte:02X}"));
    let lower = each(&|byte| format!("%{byte:02x}"));
    let letters =
        each(&|byte| if byte.is_ascii_alphanumeric() { format!("%{byte:02X}") } else { char::from(byte).to_string() });
    let marks =
        each(&|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") });
    let double = upper.replace('%', "%25");
    let triple = double.replace("%25", "%2525");
    let unicode = each(&|byte| format!("%u{byte:04x}"));
    let odd = text
        .bytes()
        .enumerate()
        .map(|(at, byte)| if at % 2 == 0 { format!("%{byte:02x}") } else { char::from(byte).to_string() });
    let wide = each(&|byte| match byte {
        b'0'..=b'9' | b'a'..=b'z' | b'.' => char::from_u32(0xFEE0 + u32::from(byte))
            .map_or(String::new(), |letter| letter.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect()),
        _ => format!("%{byte:02X}"),
    });
    vec![upper, lower, letters, marks, double, triple, unicode, odd.collect(), wide, text.to_owned()]
}

fn encodings() -> Outcome {
    let targets = [
        "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
        "http://169.254.169.254/latest/user-data",
        "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/token",
        "http://100.100.100.200/latest/meta-data/ram/security-credentials/",
        "http://169.254.170.2/v2/credentials/",
        "http://[::ffff:169.254.169.254]/latest/meta-data/",
    ];
    let mut lines = log(40);
    let mut spelt = Vec::new();
    for (number, target) in targets.iter().enumerate() {
        for (way, spelling) in encodings_of(target).into_iter().enumerate() {
            let client = format!("203.0.113.{}", number * 20 + way);
            let hit = Hit::new(90, &client, &format!("/media/proxy?w=64&src={spelling}"), 200, 1_338);
            lines.push_str(&(logs::line(&hit, Writing::Combined) + "\n"));
            spelt.push((client, spelling));
        }
    }
    let place = Place::new();
    let run = keytrace([
        "scan".as_ref(),
        "--output-format".as_ref(),
        "ndjson".as_ref(),
        place.file("a.log", lines).as_os_str(),
    ]);
    let missed: Vec<_> =
        spelt.iter().filter(|(client, _)| !run.text().contains(&format!("\"client\":\"{client}\""))).collect();
    ensure(missed.is_empty(), || format!("{} of {} are not seen: {:?}", missed.len(), spelt.len(), missed.first()))
}

fn secrets() -> Outcome {
    let mut dice = Dice::new(58);
    let letters: Vec<char> = ('A'..='Z').chain('a'..='z').chain('0'..='9').collect();
    let mut word = |length: usize| (0..length).map(|_| *dice.pick(&letters)).collect::<String>();
    let mut lines = String::new();
    let mut hidden = Vec::new();
    let shapes = [
        ("aws_secret_access_key=", 40),
        ("password=", 16),
        ("access_token=", 40),
        ("api_key=", 32),
        ("client_secret=", 32),
        ("X-Amz-Signature=", 64),
        ("X-Amz-Security-Token=", 120),
        ("x=ghp_", 36),
        ("x=AKIA", 16),
        ("session=", 32),
        ("next=%2Fcb%3Ftoken%3D", 30),
    ];
    for number in 0..2_000 {
        let (name, length) = shapes[number % shapes.len()];
        let mut secret = word(length);
        if name.ends_with("AKIA") {
            secret = secret.to_ascii_uppercase();
        }
        let target = format!("/.env?{name}{secret}");
        let mut hit = Hit::new(number as u64, &format!("203.0.113.{}", number % 250), &target, 200, 900);
        hit.referer = format!("https://shop.example/?{name}{secret}");
        hit.agent = format!("bot ?{name}{secret}");
        lines
            .push_str(&(logs::line(&hit, if number % 2 == 0 { Writing::Combined } else { Writing::NginxJson }) + "\n"));
        hidden.push(secret[4..].to_owned());
    }
    // All of them in one pass over each form: one by one took a minute and a half.
    let any = AhoCorasick::new(&hidden).expect("secrets are patterns");
    for (form, text) in forms(lines.as_bytes()) {
        if let Some(shown) = any.find(&text) {
            return Err(format!("{form} shows {}", hidden[shown.pattern().as_usize()]));
        }
    }
    Ok(())
}

fn names() -> Outcome {
    let place = Place::new();
    for (number, payload) in
        ["\u{1b}[31m", "<script>alert(1)", "\u{202e}gol", "=1+1", "$(id)", "a\nb", "%n%s"].iter().enumerate()
    {
        let name = payload.replace('/', "_");
        place.file(&format!("{name}{number}.log"), log(10 + number as u64));
        place.file(&format!("{name}{number}.gz"), b"\x1f\x8b\x08");
    }
    for form in RENDERERS {
        let words = ["scan", "--output-format", form.name()].map(OsStr::new);
        let run = keytrace(words.into_iter().chain([place.folder().as_os_str()]));
        let text = String::from_utf8_lossy(&run.out).into_owned() + &run.error;
        let raw: Vec<char> = text.chars().filter(|letter| is_control(*letter) || *letter == '\u{202e}').collect();
        ensure(run.code == 3 && raw.is_empty(), || format!("{}: {} {raw:?}", form.name(), run.code))?;
    }
    Ok(())
}
