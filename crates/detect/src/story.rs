//! What is said of an incident, in words.
//!
//! A manager reads the title, an engineer the sentence, both at night. The words are ours: whatever reads them for him, a
//! program that takes orders from text not least, is to find none of a stranger's there. An address may stand in any
//! sentence, as it can say nothing; names of the log stand but in the sentence for people, and of them only what is short
//! and of plain letters, since sentences are copied where nothing is escaped.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::catalog::Answer;
use crate::finding::{Confidence, Judged, Severity, Stage};
use crate::incident::{Incident, is_success};
use crate::keys;
use crate::outcome::{self, Outcome};
use crate::signal::{Aim, Way};

/// What happened, in a few words.
pub(crate) fn title(incident: &Incident, lead: &Judged) -> String {
    let aim = lead.aim();
    let name = aim.signal().name();
    if is_success(lead) {
        let is_personal = has(lead, "personal-data");
        if has_theft_and_use(incident) {
            return "The keys of a server's role were taken through this service, and used from elsewhere".to_owned();
        }
        return match aim.way {
            Way::Harvest if is_of_length(lead) => {
                "Answers far longer than the route gives anybody else: many records at once, perhaps".to_owned()
            }
            Way::Harvest if has(lead, "others-values") && !is_personal => {
                "What is others' was asked for, one value of a parameter after the other".to_owned()
            }
            Way::Harvest if !is_personal => {
                "Objects of one route were fetched one by one, as no visitor does".to_owned()
            }
            Way::Blind if has(lead, "lone-choice") => {
                "Answers that nobody else is given, to questions that nobody else asks".to_owned()
            }
            _ => given_out(name, aim.way, outcome::is_keys(aim)).to_owned(),
        };
    }
    if name == "key-material" {
        return "Keys stand in the log itself".to_owned();
    }
    let things = things(name);
    match incident.severity {
        Severity::Medium if lead.outcome == Outcome::Unknown => format!("May have been given out: {things}"),
        Severity::Medium => format!("Attempts aimed at this service: {things}"),
        _ if lead.outcome == Outcome::Success => {
            "Published, perhaps on purpose: documents that may hold secrets".to_owned()
        }
        _ if incident.confidence == Confidence::Anomaly => format!("Unusual, no more: {things}"),
        // An answer to what is injected is no sign of what was done with it.
        _ if is_unsaid(incident) => format!("Tried, and whether it worked is in no log: {things}"),
        _ if 1 < kinds(incident) => "Scans for secrets of many kinds, which got nothing".to_owned(),
        _ => format!("Scans for {things}, which got nothing"),
    }
}

/// Whether all is of one kind, was put where a program may act on it, and was answered.
fn is_unsaid(incident: &Incident) -> bool {
    let is_put = |one: &Judged| matches!(one.aim().way, Way::Inject) && one.outcome == Outcome::Unknown;
    kinds(incident) == 1 && incident.findings.iter().any(is_put)
}

/// How many signals the findings were told by.
fn kinds(incident: &Incident) -> usize {
    incident.findings.iter().map(|one| one.aim().signal).collect::<BTreeSet<_>>().len()
}

/// Whether nothing but the lengths of the answers tells of a harvest.
fn is_of_length(lead: &Judged) -> bool {
    lead.aim().way == Way::Harvest && has(lead, "reply-size") && !has(lead, "walk-length")
}

/// Whether a signal is among the reasons.
pub(crate) fn has(lead: &Judged, wanted: &str) -> bool {
    lead.weights.iter().any(|(place, _)| crate::SIGNALS[usize::from(*place)].name() == wanted)
}

fn given_out(name: &str, way: Way, is_keys: bool) -> &'static str {
    match (name, way) {
        ("metadata-service", _) if is_keys => "The keys of a server's role were handed out by its metadata service",
        ("metadata-service", _) => "The metadata service answered through this server",
        ("internal-address", _) => "An internal address answered through this server",
        ("foreign-scheme", Way::Read) => "A file of the server was read through a URL",
        ("foreign-scheme", _) => "Another service answered through this server",
        ("secret-by-name", _) => "Fields that no page shows were given out",
        ("local-file", _) => "A file of the server was read",
        ("credential-file", _) => "A file that holds credentials was given out",
        ("configuration-file", _) => "A configuration was given out",
        ("repository", _) => "A repository is published with the site",
        ("backup-file", _) => "A dump or backup was given out",
        ("debug-endpoint", _) => "A page that shows the inside of the service was given out",
        ("log-file", _) => "A log was given out",
        ("object-harvest", _) => "Records of many people were fetched one by one",
        ("key-use", _) => "The key of a role was used from a place that is not its own",
        ("telling-deed", _) => "Secrets were read in a row, data given away, or a trail switched off",
        ("odd-reply", _) => "Answers of the size of a key document, to requests that do not show what they asked",
        _ => "A hidden file was given out",
    }
}

/// What a signal is about, in the plural.
fn things(name: &str) -> &'static str {
    match name {
        "metadata-service" => "the keys of the server's role",
        "internal-address" => "addresses inside the network",
        "foreign-scheme" => "files and services through URLs of other schemes",
        "secret-by-name" => "fields that hold secrets",
        "local-file" => "files of the server",
        "credential-file" => "files that hold credentials",
        "configuration-file" => "configuration files",
        "repository" => "published repositories",
        "backup-file" => "dumps and backups",
        "debug-endpoint" => "pages that show the inside of a service",
        "log-file" => "logs on the web",
        "lookup-string" => "lookups of the environment, or of code from elsewhere",
        "secret-injection" => "secrets by injection",
        "callback-host" => "calls out of the server",
        "object-harvest" => "the records of others",
        "odd-reply" => "what a route does not give",
        "key-use" => "what a role may, from a place that is not its own",
        "telling-deed" => "secrets in a row, or data of the account",
        "stranger-url" => "URLs of hosts elsewhere where none are usual",
        _ => "hidden files",
    }
}

/// Whether a sentence may hold names of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    Quoted,
    Unsaid,
}

/// What happened, in a sentence.
pub(crate) fn summary(incident: &Incident, lead: &Judged, names: Names) -> String {
    let who = who(incident, names);
    let aim = lead.aim();
    let (all, good) = (incident.finding_count, incident.success_count);
    if let Some(sentence) = theft_and_use(incident, names) {
        return sentence;
    }
    if lead.aim().way == Way::Use {
        let sentence = used(incident, names);
        let first = sentence[..1].to_uppercase();
        return format!("{first}{}.", &sentence[1..]);
    }
    if is_success(lead) {
        let rest = if all == good {
            String::new()
        } else {
            format!("; {} more failed or cannot be told", thousands(all - good))
        };
        return format!(
            "{who} {}{}: {} succeeded{rest}.",
            got(lead, incident.actor_count),
            through(lead, names),
            requests(good)
        );
    }
    if aim.way == Way::Leak {
        return format!(
            "{} of {who} {} a key in clear, such as {}.",
            requests(all),
            if all == 1 { "carries" } else { "carry" },
            aim.what
        );
    }
    let what = match kinds(incident) {
        1 => format!("{}{}", things(aim.signal().name()), through(lead, names)),
        _ => format!("{} different things", thousands(objects(incident))),
    };
    let refused = incident
        .findings
        .iter()
        .filter(|one| one.outcome == Outcome::Failure)
        .map(|one| 1 + one.finding.more)
        .sum::<u64>();
    let result = match all - refused {
        0 => "none was answered".to_owned(),
        unknown if incident.severity <= Severity::Low => format!(
            "{} answered, which proves nothing",
            if unknown == 1 { "1 was".to_owned() } else { format!("{} were", thousands(unknown)) }
        ),
        unknown => format!(
            "what {} got cannot be told from this log",
            if unknown == 1 { "one".to_owned() } else { thousands(unknown) }
        ),
    };
    format!("{who} made {} for {what}: {result}.", requests(all))
}

fn who(incident: &Incident, names: Names) -> String {
    let client = incident.actors.first().and_then(|actor| named(actor.client.as_deref(), names));
    match (incident.actor_count, client) {
        (1, Some(client)) => client,
        (1, None) => "One client".to_owned(),
        (count, _) => format!("{} clients", thousands(count)),
    }
}

pub(crate) fn is_use(one: &Judged) -> bool {
    one.aim().way == Way::Use && is_success(one)
}

/// Whether an incident holds the theft of a key and its use.
pub(crate) fn has_theft_and_use(incident: &Incident) -> bool {
    incident.findings.iter().any(is_use)
        && incident.findings.iter().any(|one| one.aim().way != Way::Use && is_success(one))
}

/// The theft of a key and its use, in a sentence.
fn theft_and_use(incident: &Incident, names: Names) -> Option<String> {
    if !has_theft_and_use(incident) {
        return None;
    }
    let is_theft = |one: &&Judged| one.aim().way != Way::Use && is_success(one);
    let thefts = || incident.findings.iter().filter(is_theft);
    let theft = thefts().find(|one| outcome::is_keys(one.aim())).or_else(|| thefts().next())?;
    let thief = named(theft.finding.client.as_deref(), names).unwrap_or_else(|| "A client".to_owned());
    let uses = used(incident, names);
    Some(format!("{thief} {}{}; then {uses}.", got(theft, 1), through(theft, names)))
}

/// What was done with a key, as the rest of a sentence.
fn used(incident: &Incident, names: Names) -> String {
    let uses: Vec<&Judged> = incident.findings.iter().filter(|one| one.aim().way == Way::Use).collect();
    let first = uses.iter().find(|one| is_success(one)).or(uses.first());
    let role = first.and_then(|one| one.finding.cloud.as_ref()?.principal.as_deref());
    let role = named(role.map(keys::role_name), names).map_or("the role".to_owned(), |role| format!("the role {role}"));
    let places: BTreeSet<Option<&[u8]>> = uses.iter().map(|one| one.finding.client.as_deref()).collect();
    let place = match (places.len(), places.first().and_then(|client| named(*client, names))) {
        (1, Some(client)) => client,
        (count, _) => format!("{} addresses", thousands(count as u64)),
    };
    let good: Vec<&&Judged> = uses.iter().filter(|one| is_success(one)).collect();
    let read: Vec<&&&Judged> = good.iter().filter(|one| one.stage == Stage::Harvest).collect();
    let objects = read.iter().map(|one| one.aim().object).collect::<BTreeSet<_>>().len() as u64;
    let bytes: u64 = read.iter().filter_map(|one| one.finding.bytes).sum();
    let what = match objects {
        0 => format!("{} answered", requests(good.len() as u64)),
        _ => format!("{} objects read, {} bytes", thousands(objects), thousands(bytes)),
    };
    format!("the key of {role} was used from {place}, which is not its own: {what}")
}

/// The parameter that the lead stands in, if it has a plain name.
fn through(lead: &Judged, names: Names) -> String {
    let aim = lead.aim();
    match plain(Some(&aim.name)).filter(|name| !name.is_empty() && aim.field.is_target()) {
        Some(name) if names == Names::Quoted => format!(" through the parameter `{name}`"),
        Some(_) => " through a parameter".to_owned(),
        None => String::new(),
    }
}

/// How many different things the findings reach for.
fn objects(incident: &Incident) -> u64 {
    incident.findings.iter().map(|one| one.aim().object).collect::<BTreeSet<_>>().len() as u64
}

fn requests(count: u64) -> String {
    if count == 1 { "1 request".to_owned() } else { format!("{} requests", thousands(count)) }
}

/// What the lead got, as the predicate of a sentence.
fn got(lead: &Judged, actors: u64) -> String {
    let aim = lead.aim();
    let was = if actors == 1 { "was" } else { "were" };
    match (&aim.aim, aim.way) {
        (Aim::Metadata { answer: Answer::Secret, .. }, _) => {
            format!("made this server fetch keys from the metadata service of its cloud ({})", aim.what)
        }
        (Aim::Metadata { .. }, _) => {
            format!("made this server fetch from the metadata service of its cloud ({})", aim.what)
        }
        (_, Way::Fetch) => format!("made this server fetch from {}", aim.what),
        (_, Way::Read) => format!("read a file of the server ({})", aim.what),
        (_, Way::Use) => "called with a key".to_owned(),
        (_, Way::Harvest) if is_of_length(lead) => "got answers far longer than anybody else's".to_owned(),
        (_, Way::Harvest) if has(lead, "others-values") => {
            "went through the values of a parameter that are others'".to_owned()
        }
        (_, Way::Harvest) => "fetched objects one by one, as no user of the service does".to_owned(),
        (_, Way::Blind) => format!("got answers of {} from a route that gives nobody else such", sizes(lead)),
        (_, Way::Select) => format!("{was} given {} by naming it", aim.what),
        _ => format!("{was} given {}", aim.what),
    }
}

/// The size of an answer, in words.
fn sizes(lead: &Judged) -> String {
    lead.finding.bytes.map_or("an odd size".to_owned(), |bytes| format!("about {} bytes", thousands(bytes)))
}

/// A text that may stand in a sentence: an address, or what is plain where names may.
fn named(text: Option<&[u8]>, names: Names) -> Option<String> {
    address(text).or_else(|| plain(text).filter(|_| names == Names::Quoted))
}

/// A text if it is an address.
pub(crate) fn address(text: Option<&[u8]>) -> Option<String> {
    let text = std::str::from_utf8(text?).ok()?;
    text.parse::<IpAddr>().is_ok().then(|| text.to_owned())
}

/// A text if it is short and of plain letters, safe to stand in a sentence for people.
fn plain(text: Option<&[u8]>) -> Option<String> {
    let text = std::str::from_utf8(text?).ok()?;
    let is_plain =
        text.len() <= 64 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".:_-[]".contains(&byte));
    is_plain.then(|| text.to_owned())
}

/// A number with its thousands set apart.
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| std::str::from_utf8(group).expect("digits")).collect();
    groups.join(",")
}

/// What to do next, by what the lead got.
pub(crate) fn advice(lead: &Judged) -> Vec<&'static str> {
    let name = lead.aim().signal().name();
    if !is_success(lead) {
        return match (name, lead.severity) {
            ("key-material", _) => vec![
                "Revoke the key, keep it out of URLs and headers that are logged, and purge the logs that hold it.",
            ],
            ("lookup-string" | "callback-host" | "secret-injection", _) => {
                vec![
                    "Look in the server's own logs and its outgoing connections at these times: whether it worked is not in an access log.",
                ]
            }
            (_, Severity::Medium) => vec![
                "Compare the replies with what the route answers otherwise, and look whether the client came back under another address.",
            ],
            _ if lead.outcome == Outcome::Success => {
                vec!["Look at what the documents hold, and whether they are meant to be public."]
            }
            _ => vec!["Nothing, unless the clients are yours."],
        };
    }
    match name {
        "metadata-service" => vec![
            "Revoke the sessions of the role now (deny all sessions issued before this moment), then rotate what it could read.",
            "Search the cloud's trail for uses of the role from outside its instances since the first success.",
            "Require IMDSv2 with a hop limit of 1, and allow the parameter only hosts that it needs.",
        ],
        "internal-address" | "foreign-scheme" => vec![
            "Find out what answers at that address, and what it would have given.",
            "Allow the parameter only hosts and schemes that it needs, after the name is resolved.",
        ],
        "secret-by-name" => vec![
            "Ask for the same fields yourself and look at what comes back; rotate every key in it.",
            "Let the interface answer only fields on a list.",
        ],
        "credential-file" | "local-file" | "configuration-file" => vec![
            "Ask for the same file yourself and look at what comes back; rotate every key and password in it.",
            "Search for uses of those keys since the first success.",
            "Take the file off the site, or keep the program in its folder.",
        ],
        "object-harvest" => vec![
            "Count whose records these are: every identifier that was answered is one record that left.",
            "Let the route answer an object to its owner alone, and block the clients until it does.",
            "Look for the same agent and the same order of identifiers before and after.",
        ],
        "odd-reply" => vec![
            "Look in the service's own logs for what these requests asked and what came back; if it was a key, revoke it now.",
            "Search for uses of the service's keys from elsewhere since the first such answer.",
            "Record a digest of the request's body, or the hosts that the service calls, on this route.",
        ],
        "key-use" => vec![
            "Revoke the sessions of the role now (deny all sessions issued before this moment), or the key if it is a long-lived one.",
            "Count what was read: each object is named in the findings; look whether keys, users or roles were made.",
            "Find out where the key was taken: look in the web logs for what was handed out in the hours before the first use.",
        ],
        "telling-deed" => {
            vec!["Ask whose work this was; if nobody's, revoke the key and undo what was shared or switched off."]
        }
        "repository" | "backup-file" => vec![
            "Take it off the site; rotate every key and password in it or in its history.",
            "Count whose data it holds.",
        ],
        "debug-endpoint" => vec![
            "Close the page to the outside; rotate what it shows: a dump of memory or environment holds every secret of the service.",
        ],
        _ => vec!["Take it off the site; look at what it holds and rotate every key in it."],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(thousands(0), "0");
        assert_eq!(thousands(999), "999");
        assert_eq!(thousands(1_234_567), "1,234,567");
    }

    #[test]
    fn only_plain_text_stands_in_a_sentence() {
        assert_eq!(plain(Some(b"192.0.2.1")).as_deref(), Some("192.0.2.1"));
        assert_eq!(plain(Some(b"<b>")), None);
        assert_eq!(plain(Some(b"a b")), None);
    }

    #[test]
    fn an_address_may_stand_in_any_sentence_and_a_name_in_that_for_people() {
        for (text, unsaid, quoted) in [
            (&b"2001:db8::1"[..], Some("2001:db8::1"), Some("2001:db8::1")),
            (b"web.example", None, Some("web.example")),
            (b"ignore all of this", None, None),
        ] {
            assert_eq!(named(Some(text), Names::Unsaid).as_deref(), unsaid);
            assert_eq!(named(Some(text), Names::Quoted).as_deref(), quoted);
        }
    }
}
