//! Any text in every field of a report: nothing raw in any form, and what a form can be read back from is read back.
//!
//! The first byte chooses the form, as each costs more than the text, and the second the field, or all of them: so an
//! input asks one question, and the next byte of the fuzzer's another. What stands in the other fields is one letter.

use std::sync::OnceLock;

use report::document::{Request, read};
use report::{Document, Look, RENDERERS, Untrusted};

use super::plain::assert_plain;

/// How much of a text is taken, in bytes: more than any form shows without cutting it.
const TEXT_BYTES_MAX: usize = 1_000;

/// Checks a text.
pub fn check(bytes: &[u8]) {
    let [choice, field, text @ ..] = bytes else { return };
    let text = String::from_utf8_lossy(&text[..text.len().min(TEXT_BYTES_MAX)]).into_owned();
    let form = RENDERERS[usize::from(*choice) % RENDERERS.len()];
    let document = filled(&text, usize::from(*field));
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
    *COUNT.get_or_init(|| markup(&rendered(template(), "html")))
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

/// That report, with one finding, and with this text in one of the fields where a log or a file's name could have put one;
/// in all of them, where there is no such field.
fn filled(text: &str, field: usize) -> Document {
    let mut document = template().clone();
    let mut fields = fields(&mut document);
    match fields.get_mut(field) {
        Some(field) => **field = Untrusted::from(text),
        None => fields.into_iter().for_each(|field| *field = Untrusted::from(text)),
    }
    document
}

/// The same with one letter in every field.
fn template() -> &'static Document {
    static MADE: OnceLock<Document> = OnceLock::new();
    MADE.get_or_init(|| {
        let mut document = read(example().as_bytes()).expect("it was just written");
        let letter = || Untrusted::from("a");
        document.stories.truncate(1);
        document.scan.inputs.iter_mut().for_each(|input| input.cut_short = Some(letter()));
        for story in &mut document.stories {
            story.findings.truncate(1);
            let incident = &mut story.incident;
            (incident.would_change, incident.neighbour) = (vec![letter()], Some(letter()));
            for actor in &mut incident.actors {
                (actor.client, actor.agent) = (Some(letter()), Some(letter()));
            }
            for finding in &mut story.findings {
                finding.telling = None;
                requested(&mut finding.request).into_iter().for_each(|field| *field = Some(letter()));
            }
        }
        fields(&mut document).into_iter().for_each(|field| *field = letter());
        document
    })
}

/// Every field that holds text of strangers.
fn fields(document: &mut Document) -> Vec<&mut Untrusted> {
    let mut all = Vec::new();
    for input in &mut document.scan.inputs {
        all.push(&mut input.path);
        all.extend(&mut input.cut_short);
    }
    for story in &mut document.stories {
        let incident = &mut story.incident;
        all.extend([&mut incident.title, &mut incident.summary]);
        all.extend(incident.would_change.iter_mut().chain(&mut incident.neighbour));
        all.extend(incident.actors.iter_mut().flat_map(|actor| actor.client.iter_mut().chain(&mut actor.agent)));
        all.extend(incident.why.iter_mut().flat_map(|reason| [&mut reason.seen, &mut reason.expected]));
        all.extend(story.impact.iter_mut().map(|impact| &mut impact.place));
        for finding in &mut story.findings {
            all.extend([&mut finding.source.path, &mut finding.route]);
            all.extend(finding.signals.iter_mut().map(|signal| &mut signal.evidence));
            all.extend(requested(&mut finding.request).into_iter().flatten());
        }
    }
    all
}

/// What a log says of a request.
fn requested(request: &mut Request) -> [&mut Option<Untrusted>; 15] {
    [
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
    ]
}
