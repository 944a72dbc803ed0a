//! Whose place of use is not the role's own.
//!
//! The home of a role is where it was used on a good share of the days on which it was used at all. A place that is
//! no home is held against the homes: is a new place news for this role at all, does it bring another tool, calls that the
//! role never makes, prefixes that it never touches, is the same session's key at home at the same time? Each of these has
//! an innocent reason, and bits are added as for walks. A role without a home (an engineer under way, a build machine
//! that is new each hour) has nothing to be held against; only what is telling by itself counts then.
//!
//! Some deeds are worth a row whoever does them, once: secrets read in a row, data given to another account, a trail
//! that is switched off. They wake nobody by themselves, as administrators do them too.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};

use super::cell::Distinct;
use super::{Kind, Ledger, Stays, Use};
use crate::ablation;
use crate::aims::{self, Aim, Suspicion};
use crate::hash::join;
use crate::signal::Weight;

/// How many bits make a use one that a person should look at now.
pub(crate) const BITS_LOUD: i32 = 9;

/// How many bits are worth a row.
const BITS_ENOUGH: i32 = 6;

/// How many bits a telling deed is: a row, and no more.
const DEED_BITS: i32 = 7;

/// How many days of use are enough to tell where a role is at home.
const DAYS_MIN: u32 = 3;

/// How many reads behind a listing are more than a look.
const READS_MIN: u32 = 20;

/// How many reads in a day a place must have before they are held against those at home, and how many times as many
/// they must be.
const VOLUME_MIN: u32 = 50;

/// How many times as many objects as at home must follow each listing.
const LIST_TIMES: u32 = 8;

/// How many calls that make a way back are a whole one: an identity, its rights, its key.
const WAY_BACK_WHOLE: u32 = 3;

/// How many secrets, asked for in one place on few days, are more than a program needs.
const SECRETS_MIN: u32 = 4;

/// What a role did that is worth a row whoever did it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Deed {
    /// Secrets read in a row.
    Secrets,
    /// Data given to another account, or a way to it opened.
    Shared,
    /// A trail that was switched off.
    Blinded,
}

/// What is wanted looked at again.
pub(crate) fn judged(ledger: &Ledger) -> Vec<Aim> {
    let mut roles: BTreeMap<u64, Vec<&Use>> = BTreeMap::new();
    for (_, place) in ledger.uses.iter() {
        roles.entry(place.role_key).or_default().push(place);
    }
    let mut users: HashSet<u64> = HashSet::new();
    let mut homes_of: HashMap<u64, u32> = HashMap::new();
    for places in roles.values_mut() {
        places.sort_by_key(|place| (place.first, place.network_key));
        for place in places.iter().filter(|place| !place.is_private) {
            if place.is_user {
                users.insert(place.network_key);
            }
        }
        for home in homes(places) {
            *homes_of.entry(home.network_key).or_default() += 1;
        }
    }
    let ground = Networks { users, homes_of, stays: Stays::of(&ledger.stays) };
    let mut aims = Vec::new();
    for places in roles.values() {
        let homes = homes(places);
        for place in places {
            let is_home = homes.iter().any(|home| home.network_key == place.network_key);
            // A place that came later, where a machine of an older home is at the same time, may be its thief's.
            let others: Vec<&Use> = homes.iter().copied().filter(|home| !is_home || is_older(home, place)).collect();
            let is_judged = !is_home || others.iter().any(|home| ground.has_met(place, home));
            let suspicion = if is_judged { suspicion(place, places, &others, &ground) } else { Suspicion::default() };
            let is_use = BITS_ENOUGH <= suspicion.bits();
            let deed = deed(place, &homes);
            let (story, kind, suspicion) = match (is_use, deed) {
                (true, _) => (place.role_key, aims::Kind::Use { deed: None }, suspicion),
                (false, Some((deed, weight))) => {
                    let reasons = vec![("telling-deed", weight)];
                    let suspicion = Suspicion { reasons, ..Suspicion::default() };
                    (join(place.role_key, deed as u64), aims::Kind::Use { deed: Some(deed) }, suspicion)
                }
                (false, None) => continue,
            };
            aims.push(Aim { client: place.role_key, route: place.network_key, story, kind, suspicion, is_turn: false });
        }
    }
    aims
}

/// What is known of networks over all roles.
struct Networks<'a> {
    /// Public networks from which people or programs of their own call, not machines of the cloud.
    users: HashSet<u64>,
    /// How many roles are at home in a network.
    homes_of: HashMap<u64, u32>,
    /// Where machines were in two networks at once.
    stays: Stays<'a>,
}

impl Networks<'_> {
    fn has_met(&self, place: &Use, home: &Use) -> bool {
        self.stays.met(place.role_key, place.network_key, home.network_key)
    }
}

/// Whether a home was one before, and on more days.
fn is_older(home: &Use, place: &Use) -> bool {
    home.network_key != place.network_key && home.first < place.first && place.day_count() < home.day_count()
}

/// The homes of a role: the places of a good share of its days; where there are few days, of its hours.
fn homes<'a>(places: &[&'a Use]) -> Vec<&'a Use> {
    let days = places.iter().fold(0, |days, place| days | place.days).count_ones();
    let hours = places.iter().fold(0, |hours, place| hours | place.hours).count_ones();
    let enough = |of: u32| (of * 3).div_ceil(10).max(2);
    let is_home = |place: &&Use| match DAYS_MIN <= days {
        true => enough(days) <= place.day_count(),
        false => enough(hours) <= place.hours.count_ones(),
    };
    places.iter().copied().filter(is_home).collect()
}

/// What the homes of a role have in common.
struct Home {
    tools: Distinct,
    operations: Distinct,
    regions: Distinct,
    prefixes: Distinct,
    keys: Distinct,
    looks: u32,
    lists: u32,
    reads: u32,
    /// How many objects are read in a day where most are.
    reads_a_day: u32,
    refused: u32,
    is_for_hands: bool,
    days: u32,
}

impl Home {
    fn of(places: &[&Use], homes: &[&Use]) -> Home {
        let mut all = Home {
            tools: Distinct::default(),
            operations: Distinct::default(),
            regions: Distinct::default(),
            prefixes: Distinct::default(),
            keys: Distinct::default(),
            looks: 0,
            lists: 0,
            reads: 0,
            reads_a_day: 0,
            refused: 0,
            is_for_hands: false,
            days: places.iter().fold(0, |days, place| days | place.days).count_ones(),
        };
        for home in homes {
            all.tools.merge(home.tools.clone());
            all.operations.merge(home.operations.clone());
            all.regions.merge(home.regions.clone());
            all.prefixes.merge(home.prefixes.clone());
            all.keys.merge(home.keys.clone());
            all.looks = all.looks.saturating_add(home.looks());
            all.lists = all.lists.saturating_add(home.of(Kind::List));
            all.reads = all.reads.saturating_add(home.of(Kind::Read));
            all.reads_a_day = all.reads_a_day.max(home.of(Kind::Read) / home.span_days());
            all.refused = all.refused.saturating_add(home.refused);
            all.is_for_hands |= home.is_for_hands;
        }
        all
    }
}

fn suspicion(place: &Use, places: &[&Use], homes: &[&Use], ground: &Networks<'_>) -> Suspicion {
    let home = Home::of(places, homes);
    let has_home = !homes.is_empty();
    let mut reasons: Vec<(&'static str, Weight)> = Vec::new();
    let mut say = |name, bits: i32, seen: String, expected: &str| {
        if !ablation::is_out(name) {
            reasons.push((name, Weight { bits, seen, expected: expected.to_owned() }));
        }
    };
    let others = places.len() as u32 - 1;
    if has_home && DAYS_MIN <= home.days {
        // A role that is somewhere else each day is nowhere a stranger.
        let bits = ((home.days + 1) / (others + 1)).max(1).ilog2().min(4) as i32;
        if 0 < bits {
            let seen = format!(
                "used from a network on {} of the {} days on which the role was used, and from {others} others",
                place.day_count(),
                home.days
            );
            say("foreign-network", bits, seen, "a network that the role is used from day by day");
        }
    }
    if place.is_machine && !place.is_private {
        let bits = if has_home { 2 } else { 4 };
        say(
            "machine-key-outside",
            bits,
            "a session that is named after a machine, from a public address that is not known to be its own".to_owned(),
            "the machine's own address, or one inside its network",
        );
        if ground.users.contains(&place.network_key) {
            let seen = "people and programs of their own call from the same network".to_owned();
            say("network-of-others", 3, seen, "a network of machines of that role");
        }
    }
    if place.is_for_attacks {
        say(
            "attack-tool",
            5,
            "the agent names a tool or a system that is made for attacks".to_owned(),
            "a library that services are built with",
        );
    }
    let is_other_tool = has_home && !home.tools.is_empty() && place.tools.is_apart_from(&home.tools);
    if is_other_tool || !has_home && place.is_machine && place.is_for_hands {
        let is_hands = place.is_for_hands && !home.is_for_hands;
        let seen = if is_hands {
            "a tool for hands, not the role's usual one"
        } else {
            "another tool than the role's usual ones"
        };
        say(
            "foreign-tool",
            if is_hands { 4 } else { 3 },
            seen.to_owned(),
            "the tools that the role is used with elsewhere",
        );
    }
    let new = place.operations.new_beside(&home.operations);
    if 0 < place.looks()
        && (has_home && 0 < new && home.looks * 10 <= place.looks().max(1) * home.days.max(1)
            || !has_home && (place.is_machine || place.is_for_attacks))
    {
        let seen = format!(
            "{} calls that ask what there is, {new} kinds of calls that the role does not make elsewhere",
            place.looks()
        );
        say("foreign-calls", if has_home { 3 } else { 2 }, seen, "the calls that the role makes day by day");
    } else if has_home && 0 < new {
        let seen = format!("{new} kinds of calls that the role does not make elsewhere");
        say("foreign-calls", 2, seen, "the calls that the role makes day by day");
    }
    if 0 < place.refused && home.refused == 0 {
        let bits = match place.refused {
            1..5 => 1,
            5..20 => 2,
            _ => 3,
        };
        say("refused-calls", bits, format!("{} calls were refused", place.refused), "a program that calls what it may");
    }
    let (lists, reads) = (place.of(Kind::List), place.of(Kind::Read));
    if 0 < lists && READS_MIN <= reads {
        let seen = format!("{lists} listings, then {reads} objects read");
        let each = home.reads.max(1) / home.lists.max(1);
        match () {
            () if home.lists == 0 => {
                say("list-then-read", 3, seen, "objects read by names that the service knows");
            }
            () if each.saturating_mul(LIST_TIMES) <= reads / lists => {
                say("list-then-read", 2, seen, "the few objects that the role reads behind a listing");
            }
            () => {}
        }
    }
    let (a_day, usual) = (reads / place.day_count().max(1), home.reads_a_day.max(1));
    if has_home && VOLUME_MIN <= a_day && usual * 2 <= a_day {
        let seen = format!("{a_day} objects read in a day");
        let bits = (a_day / usual).ilog2().min(6) as i32;
        say("foreign-volume", bits, seen, &format!("about {usual}, as where the role is at home"));
    }
    if has_home && !home.prefixes.is_empty() {
        let fresh = place.prefixes.new_beside(&home.prefixes);
        if 0 < fresh {
            let seen = format!(
                "objects below {fresh} prefix{} that the role touches nowhere else",
                if fresh == 1 { "" } else { "es" }
            );
            say(
                "foreign-prefixes",
                if place.prefixes.len() <= fresh * 2 { 2 } else { 1 },
                seen,
                "the prefixes that the role works in",
            );
        }
    }
    if has_home && !home.regions.is_empty() {
        // What a service of the whole world is asked stands in one region's log, whoever asks it: one region more beside the
        // role's own tells nothing.
        let fresh = place.regions.new_beside(&home.regions);
        if place.regions.is_apart_from(&home.regions) && 0 < fresh || 3 <= fresh {
            let many = if fresh == 1 { "" } else { "s" };
            let seen = format!("calls in {fresh} region{many} that the role acts in nowhere else");
            say("foreign-region", 2, seen, "the regions that the role acts in");
        }
    }
    let has_met = |place: &Use| homes.iter().any(|home| ground.has_met(place, home));
    if has_met(place) {
        let count = places.iter().filter(|other| has_met(other)).count() as u32;
        let seen = match count {
            0..=1 => "the session of one machine is used at home and here, at the same time".to_owned(),
            _ => format!("sessions of machines are used at home and in {count} other networks, at the same time"),
        };
        // A second way out is one, or few.
        let bits = 4 + (count.max(1).ilog2() as i32 - 1).clamp(0, 3);
        say("key-in-two-places", bits, seen, "a machine in one place");
    } else if !place.keys.is_empty() && has_home && place.keys.new_beside(&home.keys) < place.keys.len() {
        let seen = "the same session's key is used at home and here".to_owned();
        say("key-in-two-places", 3, seen, "a session's key in the one place that it was made for");
    }
    if (0 < place.of(Kind::Persist) || 0 < place.of(Kind::Blind)) && (has_home || place.is_machine) {
        let seen = "calls that make a way back in, or switch a trail off".to_owned();
        let is_whole = WAY_BACK_WHOLE <= place.of(Kind::Persist) || 0 < place.of(Kind::Blind);
        say("way-back", if is_whole { 5 } else { 3 }, seen, "what the role is for");
    }
    if has_home && let Some(weight) = secrets(place, homes) {
        say("telling-deed", 3, weight.seen, "what the role does day by day");
    } else if has_home && 0 < place.of(Kind::Share) {
        let seen = "an image, a snapshot or a way in is given to somebody else".to_owned();
        say("telling-deed", 3, seen, "what the role does day by day");
    }
    // Where other roles are at home, a role that comes there for once is a colleague in the office.
    let is_shared = !place.is_machine && ground.homes_of.get(&place.network_key).is_some_and(|roles| 0 < *roles);
    Suspicion { reasons, excuse_bits: if is_shared { -3 } else { 0 }, ..Suspicion::default() }
}

/// What was done in a place that is worth a row whoever did it; what is done day by day is work.
fn deed(place: &Use, homes: &[&Use]) -> Option<(Deed, Weight)> {
    if DAYS_MIN <= place.day_count() {
        return None;
    }
    let weight = |bits, seen: String, expected: &str| Weight { bits, seen, expected: expected.to_owned() };
    if 0 < place.of(Kind::Share) {
        let seen =
            format!("{} calls that give an image, a snapshot or a way in to somebody else", place.of(Kind::Share));
        return Some((Deed::Shared, weight(DEED_BITS, seen, "data that stays in its account")));
    }
    if 0 < place.of(Kind::Blind) {
        let seen = format!("{} calls that switch a trail off or leave its reach", place.of(Kind::Blind));
        return Some((Deed::Blinded, weight(DEED_BITS, seen, "a trail that goes on")));
    }
    secrets(place, homes).map(|weight| (Deed::Secrets, weight))
}

/// Whether more secrets were asked for in a place than the role needs elsewhere.
fn secrets(place: &Use, homes: &[&Use]) -> Option<Weight> {
    let is_listed = 0 < place.of(Kind::ListSecrets);
    let others = || homes.iter().filter(|home| home.network_key != place.network_key);
    if let Some(usual) = others().map(|home| home.secrets / home.day_count().max(1)).max()
        && place.secrets / place.day_count().max(1) <= usual * 2
    {
        return None;
    }
    if SECRETS_MIN * 2 <= place.secrets || is_listed && SECRETS_MIN <= place.secrets {
        let seen = format!(
            "{} secrets, parameters or passwords asked for{}",
            place.secrets,
            if is_listed { ", behind a list of them" } else { "" }
        );
        let expected = "a program that reads the few it needs".to_owned();
        return Some(Weight { bits: DEED_BITS, seen, expected });
    }
    None
}
