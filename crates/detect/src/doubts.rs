//! What speaks for the other reading of an incident, in words.
//!
//! Who is woken by a verdict has to know how firm it is before a server is taken down: what would have to be so for it to
//! be nothing, where to look whether it is so, and by which one reason it stands or falls. Beside it stands the innocent
//! thing that looks most like it, and in which figures this differs. The words and figures are ours; of the log's text but
//! addresses stand in them.

use crate::budget::Rarity;
use crate::finding::{Judged, Severity};
use crate::incident::{Incident, is_success};
use crate::outcome::{self, Outcome};
use crate::signal::{Way, Weight};
use crate::story::{address, has, has_theft_and_use, is_use, thousands};
use crate::{SIGNALS, keys, sized, tracer};

/// The signals whose words are figures alone, and which say how this differs from what is ordinary.
const FIGURES: [&str; 21] = [
    "borrowed-agent",
    "credential-size",
    "crossed-owners",
    "failures-before",
    "foreign-calls",
    "foreign-region",
    "foreign-volume",
    "list-before",
    "list-then-read",
    "lone-choice",
    "narrow-client",
    "orphan-fetch",
    "others-values",
    "refused-calls",
    "reply-renewal",
    "reply-size",
    "turned-habit",
    "walk-length",
    "walk-misses",
    "walk-order",
    "attack-tool",
];

/// How many figures a neighbour is told apart by.
const FIGURES_MAX: usize = 2;

/// What would change the verdict, in one to three sentences.
pub(crate) fn would_change(incident: &Incident, lead: &Judged) -> Vec<String> {
    if !is_success(lead) {
        return vec![not_taken(incident, lead)];
    }
    let mut sentences = Vec::new();
    if has_theft_and_use(incident) {
        let user = whose(incident.findings.iter().filter(|one| is_use(one)));
        sentences.push(format!(
            "The use would be innocent if {user} of your own (a machine, a gateway, an engineer): ask who holds it."
        ));
    }
    if !(has_theft_and_use(incident) && lead.aim().way == Way::Use) {
        sentences.push(innocent(incident, lead));
    }
    sentences.extend(margin(lead));
    sentences
}

/// The innocent thing that looks most like an incident, and how it differs; none for what is told as harmless anyway.
pub(crate) fn neighbour(incident: &Incident, lead: &Judged) -> Option<String> {
    (Severity::Medium <= incident.severity).then(|| {
        let chance = incident.chance.map_or(String::new(), Rarity::sentence);
        format!("{} {} {chance}", lead.aim().signal().twin(), difference(incident, lead)).trim_end().to_owned()
    })
}

/// What would make a success innocent, and where to look.
fn innocent(incident: &Incident, lead: &Judged) -> String {
    let answer = answer(lead);
    match lead.aim().way {
        Way::Fetch => format!(
            "It would be no more than an attempt if {answer} were what this route gives for any host that it cannot \
             reach: ask for one that does not exist, and compare."
        ),
        Way::Read => format!(
            "It would be no more than an attempt if {answer} were what this route gives for any file that is not there: \
             ask for a name that cannot exist, and compare."
        ),
        Way::Document => format!(
            "It would be no leak if {answer} were the page that this site gives for any path, or meant for everybody: \
             ask for a path that cannot exist, compare, and read the document."
        ),
        Way::Select => {
            "It would be nothing if the same request without this choice got as many bytes: ask for both, and compare."
                .to_owned()
        }
        Way::Harvest => format!(
            "It would be no harvest if {} a program of yours or a partner's, and the objects were its due: ask whose.",
            if incident.actor_count == 1 { "the client were" } else { "the clients were" }
        ),
        Way::Blind => format!(
            "It would be nothing if {answer} were ordinary for what was sent: the service's own log at this time tells."
        ),
        Way::Use if lead.aim().signal().name() == "telling-deed" => {
            "It would be an administrator's work if somebody answers for it: ask who held the key at these times."
                .to_owned()
        }
        Way::Use => format!(
            "It would be innocent if {} of your own (a machine, a gateway, an engineer): ask who holds it.",
            whose(incident.findings.iter().filter(|one| is_use(one)))
        ),
        Way::Leak | Way::Inject | Way::Callout => "It would be nothing if this was not acted on.".to_owned(),
    }
}

/// What would make worse, or nothing, of what did not succeed.
fn not_taken(incident: &Incident, lead: &Judged) -> String {
    let answer_count: u64 =
        incident.findings.iter().filter(|one| one.outcome != Outcome::Failure).map(|one| 1 + one.finding.more).sum();
    match (lead.aim().way, lead.outcome) {
        (Way::Leak, _) => {
            "It would be nothing if the key were revoked, or an example: look it up by its id.".to_owned()
        }
        (Way::Inject | Way::Callout, _) => "It would be a break-in if the server called out or acted on it, which no \
                                            access log shows: its outgoing connections do."
            .to_owned(),
        (_, Outcome::Success) => {
            "It would be a leak if one of these documents held a key that works: read them.".to_owned()
        }
        (_, Outcome::Unknown) if lead.severity == Severity::Medium => format!(
            "It would be a theft if {} were what was asked for, and nothing if this route gives the same to anybody: ask \
             for a thing that does not exist, and compare.",
            answer(lead)
        ),
        (_, Outcome::Failure) if lead.severity == Severity::Medium => {
            "It would be a theft if the same were asked in another spelling, or from another address, and answered: \
             look for it."
                .to_owned()
        }
        _ if 0 < answer_count => format!(
            "It would be more if {} held what was asked for, which the log does not show.",
            if answer_count == 1 {
                "the one answer".to_owned()
            } else {
                format!("one of the {} answers", thousands(answer_count))
            }
        ),
        _ => "It would be a theft if one of them had been answered with what it asked for: none was.".to_owned(),
    }
}

/// By which reason the verdict stands or falls.
fn margin(lead: &Judged) -> Option<String> {
    let enough = enough(lead)?;
    let bits = lead.bits() + lead.excuse_bits;
    let is_loud = Severity::High <= lead.severity;
    if bits < enough {
        return Some(format!(
            "It would be told louder by {} more: {} now, {enough} are enough.",
            bits_of(enough - bits),
            bits_of(bits)
        ));
    }
    if lead.aim().way == Way::Harvest && !is_loud {
        let why = match (has(lead, "orphan-fetch"), has(lead, "narrow-client"), has(lead, "borrowed-agent")) {
            (true, ..) => "an application may fetch so unseen by its user: if yours does not",
            (_, false, _) => "who helps the users may do so among their pages: if nobody answers for it",
            (.., true) => "a desk does so day after day, in its hours: if nobody answers for it",
            _ => "the program names itself and misses nothing: if you do not know it",
        };
        return Some(format!("It is told no louder since {why}, take it for a harvest."));
    }
    if lead.aim().way == Way::Blind && !is_loud {
        return Some(
            "It would be told louder if the same client had failed on this route before: it did not.".to_owned(),
        );
    }
    let (place, weight) = strongest(lead)?;
    let name = SIGNALS[usize::from(*place)].name();
    let left = bits - weight.bits;
    Some(match left < enough {
        true => {
            format!("It rests on `{name}`: without it {} would be left, and {enough} are needed.", bits_of(left))
        }
        false => format!(
            "No single reason carries it: without the strongest, `{name}`, {} would be left, and {enough} are needed.",
            bits_of(left)
        ),
    })
}

/// How many bits are enough for what is said of a success; none if that does not depend on bits.
fn enough(lead: &Judged) -> Option<i32> {
    match lead.aim().way {
        Way::Harvest => Some(tracer::BITS_LOUD),
        Way::Blind => Some(sized::BITS_LOUD),
        Way::Use if lead.aim().signal().name() == "telling-deed" => None,
        Way::Use => Some(keys::BITS_LOUD),
        _ => Some(outcome::BITS_ENOUGH),
    }
}

/// The strongest reason for success; of those as strong the first.
fn strongest(lead: &Judged) -> Option<&(u8, Weight)> {
    lead.weights.iter().rev().max_by_key(|(_, weight)| weight.bits)
}

/// In what an incident differs from its innocent twin.
fn difference(incident: &Incident, lead: &Judged) -> String {
    if !is_success(lead) {
        let is_aimed = lead.aim().way == Way::Fetch && lead.outcome == Outcome::Failure;
        return if is_aimed { "Here it stands in a parameter from which this service fetches." } else { "" }.to_owned();
    }
    if has(lead, "role-echo") {
        return "Here a role was named whose name is as long as an answer shortly before.".to_owned();
    }
    if has_theft_and_use(incident) {
        return "Here the key was used from elsewhere soon after.".to_owned();
    }
    if lead.aim().way == Way::Harvest
        && lead.severity < Severity::High
        && enough(lead) <= Some(lead.bits() + lead.excuse_bits)
    {
        return "Here nothing but its name tells which it is.".to_owned();
    }
    let mut figures: Vec<&(u8, Weight)> = lead
        .weights
        .iter()
        .filter(|(place, weight)| 0 < weight.bits && FIGURES.contains(&SIGNALS[usize::from(*place)].name()))
        .collect();
    // What an honest program does not do differs more than how much it does.
    let is_telling = |place: u8| matches!(SIGNALS[usize::from(place)].name(), "borrowed-agent" | "walk-misses");
    figures.sort_by_key(|(place, weight)| (std::cmp::Reverse((is_telling(*place), weight.bits)), *place));
    let figures: Vec<String> = figures
        .into_iter()
        .take(FIGURES_MAX)
        .map(|(_, weight)| format!("{} (ordinary: {})", weight.seen, weight.expected))
        .collect();
    let failed = incident.finding_count - incident.success_count;
    match (figures.is_empty(), lead.aim().way, failed) {
        (false, ..) => format!("Here: {}.", figures.join("; ")),
        (true, Way::Document | Way::Read, 1..) => {
            let others = if failed == 1 {
                "1 other request".to_owned()
            } else {
                format!("{} other requests", thousands(failed))
            };
            format!("Here {others} of the same story failed, and this did not.")
        }
        _ => String::new(),
    }
}

/// The answer to a request, by its size.
fn answer(lead: &Judged) -> String {
    lead.finding.bytes.map_or("the answer".to_owned(), |bytes| format!("the answer of {} bytes", thousands(bytes)))
}

/// Where findings come from, as the subject of what it would be if it were ours.
fn whose<'a>(findings: impl Iterator<Item = &'a Judged>) -> String {
    let places: std::collections::BTreeSet<Option<&[u8]>> = findings.map(|one| one.finding.client.as_deref()).collect();
    match (places.len(), places.first().and_then(|client| address(*client))) {
        (1, Some(client)) => format!("{client} were an address"),
        (1, None) => "its address were one".to_owned(),
        (count, _) => format!("the {} addresses were", thousands(count as u64)),
    }
}

fn bits_of(bits: i32) -> String {
    if bits == 1 { "1 bit".to_owned() } else { format!("{bits} bits") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_of_signals_that_there_are() {
        for name in FIGURES {
            assert!(SIGNALS.iter().any(|signal| signal.name() == name), "{name}");
        }
    }
}
