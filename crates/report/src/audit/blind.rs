//! What logs cannot show for want of a field.

use accesslog::Fields;
use detect::SIGNALS;
use detect::audit::SourceAudit;

use super::AuditInput;

/// What the logs of one format cannot show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blind {
    /// The format.
    pub format: &'static str,
    /// How many logs there are of it.
    pub sources: usize,
    /// How many records they hold.
    pub records: u64,
    /// The fields that no record has.
    pub missing: Vec<&'static str>,
    /// The fields that fewer than half of the records have, and how many have them.
    pub rare: Vec<(&'static str, u64)>,
    /// The signals that cannot run, by the fields they want for.
    pub not_run: Vec<(String, Vec<&'static str>)>,
    /// The signals that see few records only, since most lack the fields they need, by those fields.
    pub weak: Vec<(String, Vec<&'static str>)>,
    /// What cannot be known, in sentences.
    pub unknown: Vec<&'static str>,
}

/// What cannot be known without a field. Of a storage service's and a cloud's logs only those that name a cloud.
const UNKNOWN: &[(&str, &str)] = &[
    ("time", "when anything happened: no order, no period, no gap can be told"),
    ("client", "who sent a request: nothing can be followed from one request to the next"),
    ("status", "whether a request succeeded: every attempt stays one of unknown outcome"),
    ("bytes", "how much left: neither the size of a key document nor the volume of a leak can be told"),
    (
        "host",
        "which host was asked for: a request whose Host header names a metadata service or an inner host (an open \
      proxy, a forged Host) looks like any other",
    ),
    (
        "duration",
        "how long an answer took: a server that was made to call another host shows it by its time alone, where \
      the answer is always the same",
    ),
    ("request_bytes", "how much was sent: an upload, or a payload in a body, leaves nothing, not even its size"),
    ("forwarded", "whom a proxy saw: if one stands before this server, all its clients are one"),
    ("referer", "where a request claims to come from: fetches that skip the page before them look like any other"),
    ("agent", "by which program: a script that poses as a browser, and one that says what it is, look the same"),
    ("user", "who was logged in: records fetched by somebody else than their owner are told by address alone"),
    (
        "request_id",
        "which line of another log belongs to a request: web, application and cloud logs are joined by time and \
      address alone",
    ),
    ("upstream", "which server answered: a request that was routed somewhere it should not reach shows nothing"),
    ("tls_version", "by which TLS a client came: programs behind many addresses cannot be told by it"),
];

/// What the logs of each format cannot show, in the order of the formats.
pub(super) fn blind(inputs: &[AuditInput], sources: &[SourceAudit]) -> Vec<Blind> {
    let mut formats: Vec<&'static str> = inputs.iter().filter_map(|input| input.format).collect();
    formats.sort_unstable();
    formats.dedup();
    let of_format = |format: &'static str| {
        let own: Vec<&SourceAudit> = sources
            .iter()
            .filter(|source| inputs.iter().any(|input| input.number == source.number && input.format == Some(format)))
            .collect();
        (!own.is_empty()).then(|| one(format, &own))
    };
    formats.into_iter().filter_map(of_format).collect()
}

fn one(format: &'static str, sources: &[&SourceAudit]) -> Blind {
    let records: u64 = sources.iter().map(|source| source.records).sum();
    let posts: u64 = sources.iter().map(|source| source.posts).sum();
    let fields = sources.iter().fold(Fields::default(), |fields, source| fields | source.fields);
    let held = |name: &str| -> u64 {
        sources.iter().flat_map(|source| &source.held).filter(|(field, _)| *field == name).map(|(_, held)| held).sum()
    };
    let is_cloud = fields.contains(Fields::CLOUD);
    // CloudTrail tells by its error code what became of a call.
    let is_trail = format == "aws_cloudtrail";
    let is_of_web = |name: &str| match name {
        "status" => !is_trail,
        "time" | "client" | "bytes" | "user" | "request_id" => true,
        _ => !is_cloud,
    };
    let names: Vec<&'static str> = detect::audit::FIELDS.iter().map(|(name, _)| *name).collect();
    let wanted: Vec<&'static str> =
        names.into_iter().filter(|name| *name != "cloud" && *name != "scheme" && is_of_web(name)).collect();
    let missing: Vec<&'static str> = wanted.iter().copied().filter(|name| held(name) == 0).collect();
    let rare =
        wanted.iter().map(|name| (*name, held(name))).filter(|(_, held)| 0 < *held && held * 2 < records).collect();
    let lack = |signal: &&dyn detect::Signal| signal.needs().without(fields);
    let joined = |fields: Fields| fields.names().collect::<Vec<_>>().join(", ");
    let not_run =
        SIGNALS.iter().filter(|signal| !lack(signal).is_empty()).map(|signal| (signal.name(), joined(lack(signal))));
    let few = |signal: &dyn detect::Signal| {
        let few: Vec<&str> = signal.needs().names().filter(|name| held(name) * 2 < records).collect();
        few.join(", ")
    };
    let weak = SIGNALS.iter().filter(|signal| lack(signal).is_empty()).map(|signal| (signal.name(), few(*signal)));
    let mut unknown: Vec<&'static str> =
        UNKNOWN.iter().filter(|(name, _)| missing.contains(name)).map(|(_, says)| *says).collect();
    if is_trail && sources.iter().all(|source| source.data_events == 0) {
        unknown.push(
            "which objects were read: there is no data event of S3 (GetObject and the like), which CloudTrail logs \
                      only where it is told to",
        );
    }
    if format == "s3" {
        unknown.push(
            "which key signed: server access logs name the principal and not the key, and are delivered without a \
                      promise that all are (best effort)",
        );
    }
    if 0 < posts && !is_cloud {
        unknown.push(
            "what stood in the bodies of POST, PUT and PATCH: no access log holds them, so what a form or an API \
                      was given is seen by its answer alone",
        );
    }
    Blind {
        format,
        sources: sources.len(),
        records,
        missing,
        rare,
        not_run: by_fields(not_run),
        weak: by_fields(weak.filter(|(_, few)| !few.is_empty())),
        unknown,
    }
}

/// The signals by what they lack, in the order of the first of each.
fn by_fields(signals: impl Iterator<Item = (&'static str, String)>) -> Vec<(String, Vec<&'static str>)> {
    let mut out: Vec<(String, Vec<&'static str>)> = Vec::new();
    for (signal, lack) in signals {
        match out.iter_mut().find(|(other, _)| *other == lack) {
            Some((_, signals)) => signals.push(signal),
            None => out.push((lack, vec![signal])),
        }
    }
    out
}
