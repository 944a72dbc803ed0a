//! Every form of four reports, and what is told of traces, routes and changes, as it was last looked at: what a row says is
//! tried by what it said.
//!
//! `golden/` holds a report of which nearly everything can be said (losses, faults, limits, persons, contents, hostile text),
//! one of a quiet day, one of a cloud's trail and one of what lies at an edge, and beside them each form of each.
//! `KEYTRACE_BLESS=1` writes them anew, and the difference shows what changed. That a form keeps its standard is tried
//! elsewhere, by that standard's own schema.

use std::path::{Path, PathBuf};
use std::{env, fs};

use accesslog::{Census, Chunk, Position, Reading, Record, Time, each_line, named};
use detect::audit::{KINDS, Secret};
use detect::routes::{Count as Number, Inferred, ParamSummary, RouteKind, RouteSummary, ValueClass};
use detect::trail::{Count, Kind, Pivot, Trace};
use detect::{Confidence, Impact, Outcome, Severity, Stage};
use serde_json::Value;

use crate::audit::{Advice, AuditInput, AuditReport, Blind, Claim, Gravity};
use crate::changes::Changes;
use crate::document::{Document, Finding, read};
use crate::facts::telling;
use crate::records::{RecordStyle, write_fault, write_record};
use crate::routes::RoutesReport;
use crate::trace::{Asked, TracedInput};
use crate::{Look, RENDERERS, Untrusted, audit, routes, trace};

/// The reports, by their names.
const REPORTS: [&str; 4] = ["mixed", "quiet", "cloud", "odd"];

/// Where the page's own program begins, which is the same in every page; its style stands before its body.
const PAGE: (&str, &str) = ("<body>", "<script>(() => {");

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("golden")
}

fn document(name: &str) -> Document {
    read(&fs::read(folder().join(name).with_extension("ndjson")).unwrap()[..]).unwrap()
}

fn rendered(document: &Document, form: &str, look: Look) -> String {
    let form = RENDERERS.iter().find(|render| render.name() == form).unwrap();
    let mut out = Vec::new();
    form.render(document, look, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Holds a text against the one that is kept under a name; gives the first lines that differ.
fn differs(name: &str, text: &str) -> Option<String> {
    let path = folder().join(name);
    let kept = fs::read_to_string(&path).unwrap_or_default();
    if env::var_os("KEYTRACE_BLESS").is_some() {
        // What is as it was is not touched, as other tests read it at the same time.
        if kept != text {
            fs::write(&path, text).unwrap();
        }
        return None;
    }
    let lines = kept.split('\n').zip(text.split('\n')).find(|(kept, given)| kept != given);
    let (before, after) = lines.unwrap_or(("its length", "another"));
    (kept != text).then(|| format!("{name}\n- {before}\n+ {after}"))
}

#[test]
fn every_form_says_what_it_said() {
    let mut wrong = Vec::new();
    for name in REPORTS {
        let document = document(name);
        for form in RENDERERS {
            let mut text = rendered(&document, form.name(), Look::default());
            if form.name() == "html" {
                let from = text.find(PAGE.0).unwrap();
                let to = text.find(PAGE.1).unwrap();
                text = text[from..to].to_owned();
            }
            wrong.extend(differs(&format!("{name}.{}", form.name()), &text));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_form_says_what_it_is_for() {
    let about: String = RENDERERS
        .iter()
        .map(|form| format!("{} ({}): {}\n", form.name(), form.extensions().join(", "), form.about()))
        .collect();
    assert_eq!(differs("forms.text", &about), None);
}

/// The rows of a form.
fn parsed(document: &Document, form: &str) -> Vec<Value> {
    rendered(document, form, Look::default()).lines().map(|row| serde_json::from_str(row).unwrap()).collect()
}

#[test]
fn what_an_event_leaves_out_is_counted() {
    let of = |count: usize| {
        let mut document = document("cloud");
        document.stories.truncate(1);
        document.stories[0].findings = document.stories[0].findings.iter().cycle().take(count).cloned().collect();
        let event = parsed(&document, "ocsf").remove(1);
        let omitted = |wanted: &str| {
            let all = event["unmapped"]["omitted"].as_array().cloned().unwrap_or_default();
            all.iter().filter(|one| one["key"] == wanted).map(|one| one["items"].as_u64().unwrap()).sum::<u64>()
        };
        let shown = |place: &str| event.pointer(place).and_then(Value::as_array).map_or(0, |items| items.len() as u64);
        [
            shown("/evidences") + omitted("evidences"),
            shown("/unmapped/findings") + omitted("unmapped.findings"),
            shown("/observables") + omitted("observables"),
        ]
    };
    let (few, twice, many) = (of(12), of(24), of(600));
    assert_eq!((few[0], few[1], twice[0], many[0], many[1]), (12, 12, 24, 600, 600));
    assert_eq!(many[2], twice[2] + 48 * (twice[2] - few[2]), "observables");
}

#[test]
fn a_time_line_has_no_row_that_is_too_long() {
    let mut document = document("mixed");
    let long = |length: usize| Some(Untrusted::from("é".repeat(length).as_str()));
    let fields = &mut document.stories[0].findings[0].request;
    (fields.agent, fields.referer, fields.target) = (long(9_000), long(9_000), long(3));
    for form in ["timesketch-csv", "timesketch-jsonl"] {
        let text = rendered(&document, form, Look::default());
        let lengths: Vec<usize> = text.split_inclusive('\n').map(str::len).collect();
        let longest = lengths.iter().copied().max().unwrap();
        assert!((5_000..=10_000).contains(&longest), "{form}: {longest}");
        let row = text.lines().find(|row| row.len() + 2 >= longest).unwrap();
        assert!(row.contains("user_agent ") || row.contains("agent "), "what is left out is said: {form}");
        assert!(!row.contains("omitted\":\"\"") && !row.contains(" 0 bytes"), "{form}");
    }
}

#[test]
fn a_page_lists_so_many_and_counts_the_rest() {
    let page = |inputs: usize, stories: usize| {
        let mut document = document("quiet");
        document.scan.inputs = document.scan.inputs.iter().cycle().take(inputs).cloned().collect();
        document.stories = document.stories.iter().cycle().take(stories).cloned().collect();
        for (place, story) in document.stories.iter_mut().enumerate() {
            (story.incident.id, story.incident.rank) = (format!("KT-{place}"), place as u32 + 1);
        }
        rendered(&document, "html", Look::default())
    };
    let has = |page: &str, text: &str| page.contains(text);
    let of_inputs = [399, 400, 401, 402].map(|inputs| page(inputs, 1));
    let more = of_inputs.map(|page| {
        ["<p class=\"note\">and 1 more</p>", "<p class=\"note\">and 2 more</p>"].map(|text| has(&page, text))
    });
    assert_eq!(more, [[false, false], [false, false], [true, false], [false, true]]);
    let (few, many) = (page(1, 1_000), page(1, 1_001));
    assert!(
        !has(&few, "1 more: all are in the NDJSON report") && has(&many, "and 1 more: all are in the NDJSON report")
    );
    let untold = |page: &str| {
        let (before, _) = page.split_once(" more incidents stand in the list above")?;
        before.rsplit('>').next()?.replace(',', "").parse::<usize>().ok()
    };
    assert_eq!(untold(&page(1, 2)), None);
    let (few, many) = (untold(&few).unwrap(), untold(&many).unwrap());
    assert_eq!(many, few + 1, "those that are told are as many");
}

#[test]
fn a_page_says_what_left_and_how_much_is_not_shown() {
    let page = |count: usize, upper: u64| {
        let mut document = document("mixed");
        let mut one = document.stories[0].impact[0].clone();
        (one.successes, one.objects, one.objects_upper) = (1, 7, upper);
        document.stories.truncate(1);
        document.stories[0].impact = vec![one; count];
        rendered(&document, "html", Look::default())
    };
    let more = |count: usize| page(count, 7).contains("<p class=\"note\">and 1 more: all are in the NDJSON report</p>");
    assert_eq!([24, 25, 26].map(more), [false, true, false]);
    let spans = [6, 7, 9].map(|upper| page(1, upper).contains("<td class=\"number\">7 to 9"));
    assert_eq!(spans, [false, false, true]);
    assert!(!page(1, 7).contains("7 to 7") && !page(1, 6).contains("7 to 6"));
}

#[test]
fn what_is_told_of_a_story_is_what_succeeded_of_every_stage() {
    let one = document("mixed").stories[0].findings[0].clone();
    let finding = |(id, outcome, confidence, stage): &(&str, Outcome, Confidence, Stage)| Finding {
        id: (*id).to_owned(),
        outcome: *outcome,
        confidence: *confidence,
        stage: *stage,
        severity: Severity::High,
        ..one.clone()
    };
    let (got, failed) = (Outcome::Success, Outcome::Failure);
    let (confirmed, probable) = (Confidence::Confirmed, Confidence::Probable);
    let findings = [
        ("a", failed, confirmed, Stage::Extract),
        ("b", got, probable, Stage::Extract),
        ("c", got, confirmed, Stage::Extract),
        ("d", got, confirmed, Stage::Extract),
        ("e", got, confirmed, Stage::Probe),
        ("f", failed, confirmed, Stage::Use),
        ("g", failed, confirmed, Stage::Use),
        ("h", got, confirmed, Stage::Use),
    ];
    let mut story = document("mixed").stories.remove(0);
    story.findings = findings.iter().map(finding).collect();
    let told = |most| telling(&story, most).iter().map(|finding| &finding.id[..]).collect::<String>();
    assert_eq!([0, 1, 2, 3, 4, 5, 8].map(told), ["", "e", "eh", "ceh", "cdeh", "bcdeh", "abcdefgh"]);
}

#[test]
fn a_terminal_has_its_own_look() {
    let looks = [
        ("colours", Look { has_colour: true, width: 64, ..Look::default() }),
        ("summary", Look { is_summary: true, ..Look::default() }),
        ("bright-summary", Look { has_colour: true, is_summary: true, width: 40 }),
    ];
    let told = |report: &str, (name, look)| {
        differs(&format!("{report}.{name}.text"), &rendered(&document(report), "text", look))
    };
    let wrong: Vec<String> =
        looks.iter().flat_map(|look| REPORTS.iter().filter_map(|report| told(report, *look))).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_changed_is_told_as_it_was() {
    let (mixed, quiet, mut later) = (document("mixed"), document("quiet"), document("mixed"));
    later.stories.truncate(3);
    for (number, story) in later.stories.iter_mut().enumerate() {
        story.incident.successes += number as u64;
        story.findings.truncate(1);
    }
    later.stories[2].incident.severity = Severity::Critical;
    let mut wrong = Vec::new();
    let (nothing, pairs) =
        (Document::default(), [(&mixed, &quiet), (&quiet, &mixed), (&mixed, &later), (&later, &mixed)]);
    for (number, (before, after)) in pairs.into_iter().chain([(&nothing, &nothing)]).enumerate() {
        let changes = Changes::between(before, after);
        let (mut text, mut rows) = (Vec::new(), Vec::new());
        changes.write_text(Look { width: 80, ..Look::default() }, &mut text).unwrap();
        changes.write_ndjson(&mut rows).unwrap();
        text.extend(rows);
        wrong.extend(differs(&format!("changes-{number}.text"), &String::from_utf8(text).unwrap()));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A trace of so many hours, each with another count, and of as many places.
fn traced(hours: u64) -> Trace {
    let count =
        |number: u64| Count { requests: 1_000 + number, successes: number, unknown: number / 2, bytes: number * 1_500 };
    let begin = |hour: u64| Time(1_717_200_000_000_000_000 + i64::try_from(hour).unwrap() * 3_600_000_000_000);
    let impact = |number: u64| Impact {
        place: format!("/a/long/place/of/more/than/thirty/eight/{number}").into_bytes().into(),
        month: number.is_multiple_of(2).then_some((2024, 6)),
        requests: 9 + number,
        successes: 7,
        unknown: 2,
        bytes: 123_456 * number,
        objects: 3,
        objects_upper: 3 + number % 3,
        span: number.is_multiple_of(2).then(|| (begin(0), begin(1))),
    };
    let pivot = |number: u64| Pivot {
        kind: Kind::ALL[usize::try_from(number).unwrap() % Kind::ALL.len()],
        value: format!("value\u{202e}-{number}").into_bytes().into(),
        requests: 1 + number,
        others: if number % 4 == 3 { Count::default() } else { count(40 + number) },
        clients: (0..number % 5).map(|client| (format!("192.0.2.{client}").into_bytes().into(), 9 - client)).collect(),
        client_count: number % 5 + number % 2,
        is_cut: number.is_multiple_of(3),
    };
    Trace {
        total: count(hours),
        undated: hours % 50,
        hours: (0..hours).map(|hour| (begin(hour), count(hour))).collect(),
        distinct: [hours, 7, 0, 1_000_000, 3],
        impact: (0..hours).map(impact).collect(),
        pivots: (0..hours).map(pivot).collect(),
        limits_reached: if hours == 50 { vec!["hours", "values to go on from", "objects"] } else { Vec::new() },
        hours_max: 8_784,
        values_max: 65_536,
    }
}

#[test]
fn a_trace_is_told_as_it_was() {
    let input = |number: u64| {
        TracedInput::new(b"logs/a.log", (number == 0).then_some([7; 32]), Some("s3"), 10 + number, number)
    };
    let mut wrong = Vec::new();
    for hours in [0, 1, 40, 41, 50] {
        let asked = Asked {
            version: "0.0.0",
            question: vec![("client", "192.0.2.7".to_owned()), ("path", "/a/*".repeat(40))],
            inputs: (0..hours % 3 + 1).map(input).collect(),
            is_complete: hours != 50,
        };
        let trace = Trace { total: if hours == 0 { Count::default() } else { traced(hours).total }, ..traced(hours) };
        let (mut text, mut rows) = (Vec::new(), Vec::new());
        trace::write_text(&mut text, &asked, &trace).unwrap();
        let evidence = trace::Evidence::begin(&mut rows, &asked, &trace).unwrap();
        assert_eq!(evidence.finish().unwrap(), 0);
        // The rows of the evidence are many and alike.
        if hours < 2 {
            text.extend(rows);
        }
        wrong.extend(differs(&format!("trace-{hours}.text"), &String::from_utf8(text).unwrap()));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn routes_are_told_as_they_were() {
    let number = |number, is_estimate| Number { number, is_estimate };
    let param = |place: usize| ParamSummary {
        name: if place == 3 { Vec::new() } else { format!("parameter{place}").into_bytes() },
        requests: 10 * place as u64,
        class: [ValueClass::Url, ValueClass::Word, ValueClass::Number, ValueClass::FreeText][place % 4],
        classes: if place.is_multiple_of(2) {
            vec![(ValueClass::Word, 3), (ValueClass::Url, 1)]
        } else {
            vec![(ValueClass::Word, 3)]
        },
        hosts: number(place as u64 / 2, place == 4),
    };
    let route = |place: usize| RouteSummary {
        spelling: format!("/a/{{number}}/{place}/{}", "x".repeat(place * 10)).into_bytes(),
        kind: [RouteKind::Static, RouteKind::Object, RouteKind::Fetch][place % 3],
        because: "of what it answers",
        object_segment: place.is_multiple_of(2).then_some(2),
        objects: number(1_234_567, place == 2),
        requests: 1_000_000 >> place,
        clients: number(9_876 + place as u64, place == 4),
        statuses: [0, place as u64, 2, 1, 4, 0],
        methods: [vec![("GET", 5)], vec![("GET", 5), ("POST", 1)], Vec::new()][place % 3].clone(),
        sizes: place.is_multiple_of(2).then_some((999, 123_456_789)),
        span: None,
        params: (0..[0, 1, 5, 8, 9, 11][place]).map(param).collect(),
        has_more_params: place == 5,
    };
    let mut wrong = Vec::new();
    for (count, top) in [(0, 5), (1, 5), (3, 2), (6, 6), (6, 5)] {
        let inferred = Inferred {
            routes: (0..count).map(route).collect(),
            requests: count as u64,
            span: (count != 1).then_some((Time(0), Time(1_000_000_000))),
            unanswered: (count as u64 / 2, 7),
            without_target: count as u64 / 3,
            is_full: count == 3,
        };
        let report = RoutesReport { version: "0.0.0", inferred: &inferred, top };
        let (mut text, mut rows) = (Vec::new(), Vec::new());
        routes::write_text(&mut text, &report).unwrap();
        routes::write_ndjson(&mut rows, &report).unwrap();
        text.extend(rows);
        wrong.extend(differs(&format!("routes-{count}-{top}.text"), &String::from_utf8(text).unwrap()));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// An audit of so many logs, with as many places of one kind of secret and one of another.
fn audited(count: usize) -> AuditReport {
    let input = |number: usize| AuditInput {
        number: number as u32,
        path: format!("logs/\u{202e}{number}.log").into(),
        format: (number != 1).then_some("combined"),
        census: Census {
            records: 1_000 * number as u64,
            span: (number == 2).then_some((Time(0), Time(9_000_000_000))),
            ..Census::default()
        },
        is_last_line_open: false,
        cut_short: None,
        kind: 0,
    };
    let secret = |place: usize| Secret {
        kind: KINDS[if place + 1 < count { 0 } else { KINDS.len() - 1 }],
        place: format!("?token{place}\u{1b}"),
        count: 1_234 + place as u64,
        distinct: 7,
        is_counted: place.is_multiple_of(2),
        lines: (1..=place % 3).map(|line| Position { source: 2, line: line as u64, ..Position::default() }).collect(),
        sample: "abcd****".to_owned(),
    };
    let claim = |place: usize| Claim {
        gravity: [Gravity::Serious, Gravity::Warning, Gravity::Note][place % 3],
        name: "a-gap",
        source: place.is_multiple_of(2).then(|| "logs/0.log".to_owned()),
        says: "nothing was written for longer than it should be ".repeat(place + 1).trim().to_owned(),
        lines: (0..place as u64).collect(),
    };
    let blind = |place: usize| Blind {
        format: "combined",
        sources: place,
        records: 1_000 + place as u64,
        missing: if place == 0 { Vec::new() } else { vec!["host", "duration"] },
        rare: if place == 1 { Vec::new() } else { vec![("user", 1_000)] },
        not_run: vec![("a host".to_owned(), vec!["callback-host"])],
        weak: vec![("a user".to_owned(), vec!["borrowed-agent", "walk-length"])],
        unknown: if place == 2 {
            Vec::new()
        } else {
            vec![
                "how long a request took, by which a fetch of something far away, or of much, can be told from an answer that was at hand",
            ]
        },
    };
    let advice = |place: usize| Advice {
        server: "nginx",
        lines: vec!["log_format long '$remote_addr';".to_owned(), "access_log a long;".to_owned()],
        adds: if place == 0 { Vec::new() } else { vec!["host", "duration"] },
    };
    AuditReport {
        version: "0.0.0",
        inputs: (0..count).map(input).collect(),
        claims: (0..count.min(5)).map(claim).collect(),
        secrets: (0..count.min(9)).map(secret).collect(),
        blind: (0..count.min(4)).map(blind).collect(),
        advice: (0..count.min(2)).map(advice).collect(),
    }
}

#[test]
fn an_audit_is_told_as_it_was() {
    let mut wrong = Vec::new();
    for count in [0, 5, 6, 7, 20, 21] {
        let report = audited(count);
        let (mut text, mut rows) = (Vec::new(), Vec::new());
        audit::write_text(&mut text, &report).unwrap();
        audit::write_ndjson(&mut rows, &report).unwrap();
        // The rows of more logs are many and alike.
        if count < 6 {
            text.extend(rows);
        }
        wrong.extend(differs(&format!("audit-{count}.text"), &String::from_utf8(text).unwrap()));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Lines of a few formats, with what each escapes.
const LINES: [(&str, &str); 4] = [
    ("combined", r#"192.0.2.7 - me [01/May/2024:00:00:00 +0000] "GET /a?b=\x22c HTTP/1.1" 200 5 "-" "a \"b\" \\""#),
    (
        "nginx_json",
        r#"{"time_iso8601":"2024-05-01T00:00:00+00:00","remote_addr":"192.0.2.7","request":"GET /a?b=\u00e9\" HTTP/2.0","status":"200","body_bytes_sent":"5","http_user_agent":"a\\b","request_time":"0.125"}"#,
    ),
    (
        "s3",
        "0a b [06/Feb/2019:00:00:38 +0000] 192.0.2.3 arn:aws:iam::1:user/me 3E57 REST.GET.OBJECT a%2520b.csv \"GET /b/a%2520b.csv?x=1 HTTP/1.1\" 200 - 113 113 7 6 \"-\" \"S3Console/0.4\" - h= SigV4 ECDHE AuthHeader b.s3.example TLSv1.2 - -",
    ),
    ("common", "192.0.2.7 - - [01/May/2024:00:00:00 +0000] \"GET / HTTP/1.0\" 404 -"),
];

#[test]
fn lines_are_shown_as_records_and_as_evidence_as_they_were() {
    let mut out = Vec::new();
    let asked = Asked { version: "0.0.0", question: Vec::new(), inputs: Vec::new(), is_complete: true };
    let mut rows = Vec::new();
    let mut evidence = trace::Evidence::begin(&mut rows, &asked, &traced(0)).unwrap();
    let mut lines = 0;
    for (name, line) in LINES {
        let format = named(name).unwrap();
        let bytes = format!("{line}\nno record\n");
        let chunk = Chunk { bytes: bytes.as_bytes(), start: Position { line: 1, ..Position::default() } };
        each_line(chunk, &Reading::listed(format).strictly(), &mut Census::default(), |seen| {
            for (is_decoded, is_ecs) in [(false, false), (true, false), (true, true)] {
                write_record(&mut out, b"a.log", seen, RecordStyle { is_decoded, is_ecs }).unwrap();
            }
            match &seen.outcome {
                Ok(Some(record)) => {
                    lines += 1;
                    evidence.line(b"a.log", seen.line.at, record).unwrap();
                }
                Ok(None) => {}
                Err(fault) => write_fault(&mut out, b"a.log", seen.line.at, *fault).unwrap(),
            }
        });
    }
    for (target, query) in [(&b"/a"[..], &b"b=1"[..]), (b"/a?c", b"b=1"), (b"/a", b"")] {
        let record =
            Record { target: Some(target), query: Some(query), duration: Some(1_500_000_000), ..Record::default() };
        evidence.line(b"a.log", Position::default(), &record).unwrap();
        lines += 1;
    }
    assert_eq!(evidence.finish().unwrap(), lines);
    out.extend(rows);
    assert_eq!(differs("lines.text", &String::from_utf8(out).unwrap()), None);
}
