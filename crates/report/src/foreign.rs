//! Where text of strangers may stand.
//!
//! Programs that take orders from text read reports too, and an order that a stranger wrote into a log must not look like
//! a sentence of ours. So no sentence of ours quotes the log; its text stands below the keys that are listed here and
//! nowhere else, and each form says so of itself where it has a place for that. `*` stands for every item of a list; what
//! lies below a key is listed with it. What the owner of the service wrote (settings, `keytrace.toml`) is listed as well: it
//! is not ours either. Forms for people set such text apart as their medium can.

/// A form, and of each type of its rows the keys; the type is empty where rows have none.
type Listed = (&'static str, &'static [(&'static str, &'static [&'static str])]);

const FOREIGN: &[Listed] = &[
    ("ndjson", NDJSON),
    ("csv", &[("", CSV)]),
    ("sarif", &[("", SARIF)]),
    ("ocsf", &[("", OCSF)]),
    ("ecs", &[("", ECS)]),
    ("timesketch-jsonl", &[("", TIMESKETCH)]),
    ("timesketch-csv", &[("", TIMESKETCH)]),
    ("stix", &[("", &["objects.*.pattern", "objects.*.value"])]),
    ("sigma", &[("", &["detection"])]),
];

/// The keys of the rows of NDJSON, by their type, as the first row lists them.
pub(crate) const NDJSON: &[(&str, &[&str])] = &[
    (
        "scan",
        &[
            "settings.*.value",
            "inputs.*.path",
            "inputs.*.alike.path",
            "inputs.*.cut_short",
            "passed.*.path",
            "passed.*.because",
            "suppressed.*.reason",
        ],
    ),
    (
        "incident",
        &[
            "told",
            "actors.*.client",
            "actors.*.agent",
            "why.*.seen",
            "routes.*.route",
            "persons.*.kind",
            "persons.*.items",
            "reproduce.command",
        ],
    ),
    ("impact", &["place"]),
    (
        "finding",
        &[
            "signals.*.evidence",
            "source.path",
            "request.client",
            "request.user",
            "request.method",
            "request.target",
            "request.referer",
            "request.agent",
            "request.host",
            "request.operation",
            "request.service",
            "request.bucket",
            "request.object",
            "request.region",
            "request.principal",
            "request.access_key_id",
            "request.error_code",
            "route",
        ],
    ),
    ("more", &["items", "text"]),
];

const CSV: &[&str] = &[
    "client",
    "user",
    "method",
    "target",
    "referer",
    "agent",
    "host",
    "evidence",
    "path",
    "note",
    "operation",
    "service",
    "bucket",
    "object",
    "region",
    "principal",
    "access_key_id",
    "error_code",
];

const SARIF: &[&str] = &[
    "runs.*.artifacts.*.location.uri",
    "runs.*.invocations.*.toolExecutionNotifications.*.locations",
    "runs.*.invocations.*.toolExecutionNotifications.*.properties.because",
    "runs.*.results.*.locations",
    "runs.*.results.*.properties.evidence",
    "runs.*.results.*.properties.signals.*.saw",
    "runs.*.results.*.properties.request",
];

const OCSF: &[&str] = &[
    "finding_info.data_sources",
    "evidences.*.src_endpoint",
    "evidences.*.url",
    "evidences.*.http_request",
    "evidences.*.user",
    "evidences.*.api",
    "evidences.*.databucket",
    "evidences.*.data.method",
    "evidences.*.data.region",
    "evidences.*.data.source.path",
    "evidences.*.data.signals.*.evidence",
    "observables.*.value",
    "unmapped.impact.*.place",
    "unmapped.why.*.seen",
    "unmapped.not_read.*.path",
    "unmapped.not_read.*.because",
];

const ECS: &[&str] = &[
    "source",
    "user.name",
    "url",
    "http.request",
    "user_agent.original",
    "cloud.region",
    "error",
    "event.action",
    "event.provider",
    "log.file.path",
    "related",
    "keytrace.incident.told",
    "keytrace.incident.actors",
    "keytrace.incident.why.*.seen",
    "keytrace.incident.routes.*.route",
    "keytrace.incident.persons.*.kind",
    "keytrace.incident.persons.*.items",
    "keytrace.incident.reproduce.command",
    "keytrace.impact.*.place",
    "keytrace.finding.signals.*.evidence",
    "keytrace.finding.bucket",
    "keytrace.finding.object",
    "keytrace.finding.principal",
    "keytrace.finding.access_key_id",
];

const TIMESKETCH: &[&str] = &[
    "source_ip",
    "username",
    "http_method",
    "url",
    "referrer",
    "user_agent",
    "host",
    "evidence",
    "display_name",
    "operation",
    "bucket",
    "object",
    "region",
    "principal",
    "access_key_id",
];

/// The keys below which text of strangers may stand in a form for programs, by the type of the row (empty where rows have
/// none); nothing for forms for people.
pub fn foreign_keys(form: &str) -> &'static [(&'static str, &'static [&'static str])] {
    FOREIGN.iter().find(|(name, _)| *name == form).map_or(&[], |(_, keys)| *keys)
}

/// The keys of a form whose rows have no types.
pub(crate) fn keys(form: &str) -> &'static [&'static str] {
    foreign_keys(form).first().map_or(&[], |(_, keys)| *keys)
}
