//! Any text in every field of a report: nothing raw in any form, and what a form can be read back from is read back.
//!
//! The first byte chooses the form, as each costs more than the text: so an input asks one question, and the next byte
//! of the fuzzer's another.

use std::sync::OnceLock;

use report::document::read;
use report::{Document, Look, RENDERERS, Untrusted};

use super::plain::assert_plain;

/// How much of a text is taken, in bytes: more than any form shows without cutting it.
const TEXT_BYTES_MAX: usize = 1_000;

/// Checks a text.
pub fn check(bytes: &[u8]) {
    let [choice, text @ ..] = bytes else { return };
    let text = String::from_utf8_lossy(&text[..text.len().min(TEXT_BYTES_MAX)]).into_owned();
    let form = RENDERERS[usize::from(*choice) % RENDERERS.len()];
    let document = filled(&text);
    let out = rendered(&document, form.name());
    assert_plain(form.name(), &out);
    match form.name() {
        "ndjson" => assert_eq!(read(&out[..]).expect("it was just written"), document, "read back"),
        "html" => assert_eq!(markup(&out), of_plain_text(), "text makes no markup"),
        "csv" | "timesketch-csv" => cells(&out),
        "markdown" | "text" | "sigma" => {}
        name => {
            for line in String::from_utf8(out).expect("UTF-8").lines() {
                let read = serde_json::from_str::<serde_json::Value>(line);
                assert!(read.is_ok(), "{name} is JSON: {line}");
            }
        }
    }
}

pub(super) fn rendered(document: &Document, form: &str) -> Vec<u8> {
    let form = RENDERERS.iter().find(|known| known.name() == form).expect("a form");
    let mut out = Vec::new();
    form.render(document, Look::default(), &mut out).expect("memory can be written");
    out
}

/// How many elements are begun and ended in a page.
fn markup(page: &[u8]) -> usize {
    page.iter().filter(|byte| **byte == b'<').count()
}

/// The same of a page whose text is plain.
fn of_plain_text() -> usize {
    static COUNT: OnceLock<usize> = OnceLock::new();
    *COUNT.get_or_init(|| markup(&rendered(&filled("a"), "html")))
}

/// No cell is a formula, and every row has its columns.
fn cells(table: &[u8]) {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(table);
    for row in reader.records() {
        for cell in &row.expect("every row has as many cells") {
            let is_number = cell.parse::<f64>().is_ok();
            let is_formula = cell.trim_start().starts_with(['=', '+', '-', '@', '|', '＝', '＋', '－', '＠']);
            assert!(is_number || !is_formula, "a formula: {cell}");
        }
    }
}

/// A small report, made once.
pub(super) fn example() -> &'static str {
    static REPORT: OnceLock<String> = OnceLock::new();
    REPORT.get_or_init(|| {
        let path = super::unpack::file();
        let line = |number: u32| {
            format!(
                "198.51.100.{} - - [01/Jun/2024:00:00:{:02} +0000] \"GET /p?src=http://169.254.169.254/latest/meta-data/iam/security-credentials/{} HTTP/1.1\" 200 {} \"http://a.example/\" \"curl/8\"\n",
                number % 3, number % 60, if number.is_multiple_of(2) { "" } else { "web" }, 200 + number
            )
        };
        std::fs::write(&path, (0..6).map(line).collect::<String>()).expect("the log is written");
        let (mut out, mut error) = (Vec::new(), Vec::new());
        let arguments = ["keytrace", "scan", "--output-format", "ndjson"].map(Into::into);
        keytrace::run(arguments.into_iter().chain([path.into_os_string()]), &mut out, &mut error);
        String::from_utf8(out).expect("reports are UTF-8")
    })
}

/// That report, with one finding, and with this text wherever a log or a file's name could have put one.
fn filled(text: &str) -> Document {
    static READ: OnceLock<Document> = OnceLock::new();
    let document = READ.get_or_init(|| {
        let mut document = read(example().as_bytes()).expect("it was just written");
        document.stories.truncate(1);
        document.stories.iter_mut().for_each(|story| story.findings.truncate(1));
        document
    });
    let mut document = document.clone();
    let text = || Untrusted::from(text);
    for input in &mut document.scan.inputs {
        input.path = text();
        input.cut_short = Some(text());
    }
    for story in &mut document.stories {
        let incident = &mut story.incident;
        (incident.title, incident.summary) = (text(), text());
        (incident.would_change, incident.neighbour) = (vec![text()], Some(text()));
        for actor in &mut incident.actors {
            (actor.client, actor.agent) = (Some(text()), Some(text()));
        }
        incident.why.iter_mut().for_each(|reason| (reason.seen, reason.expected) = (text(), text()));
        story.impact.iter_mut().for_each(|impact| impact.place = text());
        for finding in &mut story.findings {
            finding.source.path = text();
            finding.route = text();
            finding.telling = None;
            finding.signals.iter_mut().for_each(|signal| signal.evidence = text());
            let request = &mut finding.request;
            for field in [
                &mut request.client,
                &mut request.user,
                &mut request.method,
                &mut request.target,
                &mut request.referer,
                &mut request.agent,
                &mut request.host,
                &mut request.operation,
                &mut request.service,
                &mut request.bucket,
                &mut request.object,
                &mut request.region,
                &mut request.principal,
                &mut request.access_key_id,
                &mut request.error_code,
            ] {
                *field = Some(text());
            }
        }
    }
    document
}
