//! Many who each look like a user, and together take what belongs to everybody else.
//!
//! A thief with hundreds of addresses gives each of them the pages of a user and a few records: none of them is unlike a
//! user. But a user's few records are its own, and those of such a visit belong to somebody else each. That happens to
//! innocents too, where people share an address or get another's, and these come back on other days; so those who come back
//! are the measure of those who come once. What is in the lines, that it was one visit, by one agent, is for the second pass.

use hashbrown::HashSet;

use crate::aims::{Aim, Suspicion};
use crate::budget::{Among, Chance, bits_above};
use crate::harvest::Taken;
use crate::hash::join;
use crate::ownership::{Mixing, Ownership};
use crate::peers::Peers;
use crate::signs::{Privacy, add_privacy};

/// How many different objects a visit has, at least, and how many it has no more.
const OBJECTS: std::ops::Range<u32> = 3..20;

/// How many of them belong to different others, at least, themselves but for one.
const FOREIGN_MIN: u32 = 2;

/// How many who come back are a measure.
const REGULARS_MIN: u32 = 40;

/// Of a thousand who come back, how many cross owners at least, so that a handful is no wonder.
const USUAL_MIN: u32 = 20;

/// How many visits that cross owners are worth a look, and how many bits they are.
const VISITS_MIN: usize = 20;
const BITS_MIN: u32 = 16;

/// How many bits of so many clients make one bit of a reason, and how many it is at most.
const BITS_EACH: u32 = 8;
const BITS_MAX: i32 = 7;

/// The aims of visits that cross owners, more of them than of those who come back.
pub(crate) fn aims(
    route: u64,
    taken: &[Taken<'_>],
    done: &HashSet<u64>,
    peers: &Peers,
    (privacy, ownership): (Privacy, &Ownership),
) -> Vec<Aim> {
    if !privacy.is_kept {
        return Vec::new();
    }
    let is_of_few = |one: &&Taken<'_>| OBJECTS.contains(&one.distinct) && !one.walk.is_list;
    let crosses = |one: &Taken<'_>| {
        let Mixing { objects, foreign, .. } = ownership.mixing(one.client, one.walk);
        FOREIGN_MIN <= foreign && objects * 2 <= foreign * 3
    };
    let (mut visits, mut regulars, mut regulars_crossing) = (0, 0, 0);
    let mut crossing: Vec<&Taken<'_>> = Vec::new();
    for one in taken.iter().filter(is_of_few) {
        match one.walk.days.count_ones() {
            0 => {}
            1 => {
                visits += 1;
                // Who helps the users has pages of his own.
                let is_as_users = one.groups & !peers.groups == 0 && !done.contains(&one.client);
                if is_as_users && crosses(one) {
                    crossing.push(one);
                }
            }
            _ => {
                regulars += 1;
                regulars_crossing += u32::from(crosses(one));
            }
        }
    }
    if regulars < REGULARS_MIN || crossing.len() < VISITS_MIN {
        return Vec::new();
    }
    let usual = ((regulars_crossing + 1) * 1000 / (regulars + 2)).max(USUAL_MIN);
    let bits = bits_above(crossing.len() as u32, visits, f64::from(usual) / 1000.0);
    if bits < BITS_MIN {
        return Vec::new();
    }
    let chance = Chance::Rank { among: Among::Clients, as_odd: regulars_crossing, others: regulars };
    let objects = crossing.iter().map(|one| one.distinct).sum();
    let mut suspicion = Suspicion { chance: Some(chance), is_visit: true, ..Suspicion::default() };
    suspicion.add(
        "walk-length",
        4,
        format!("{objects} different objects by {} clients that came once", crossing.len()),
        format!("about {} each", peers.usual()),
    );
    suspicion.add(
        "crossed-owners",
        ((bits / BITS_EACH) as i32).min(BITS_MAX),
        format!("{} of {visits} visits are for records that belong to somebody else each", crossing.len()),
        format!("{regulars_crossing} of {regulars} who come back: a record is asked for by its owner"),
    );
    add_privacy(&mut suspicion, privacy, objects);
    let story = join(join(route, 0), 5);
    Aim::of_many(crossing.iter().map(|one| one.client), (route, story), &suspicion).collect()
}
