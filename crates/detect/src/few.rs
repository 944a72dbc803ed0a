//! Routes that hardly anybody uses, and who empties one.
//!
//! Where a dozen clients use a route there is no measure of a walk, and none is told by its rank. But what staff alone use,
//! from one office, is where the lists of everybody are. A responder needs no statistics there: a route is in use; somebody who was
//! not there in the log's first days comes, asks for nothing else of a service of which everybody else asks for much, and goes
//! through hundreds of records or all pages of a list, each once. The innocent who does so is a program of the house, which is there
//! from the first day on, says its name or comes back each night; or an export by somebody who works there, with the pages around it.

use crate::aims::{Aim, Kind, Suspicion};
use crate::harvest::{self, FLOOD_PAGES, STEADY_DAYS, Taken};
use crate::hash::join;
use crate::profile::Profile;
use crate::signs::{self, Privacy, ROW, Users, add_agent, add_narrow, add_privacy};

/// How many answers to others make a route one that is in use.
const ANSWERS_MIN: u32 = 40;

/// How many bits it is to be as long as a flood where nobody else is half as long, and how many otherwise.
const ALONE_BITS: i32 = 6;
const LONG_BITS: i32 = 3;

/// The aims of who empties a route that few use, of a service of whose clients the middle one asks for so many groups of routes.
pub(crate) fn aims(
    route: u64,
    taken: &[Taken<'_>],
    (profile, breadth): (&Profile, u32),
    privacy: Privacy,
    users: &dyn Fn(u64) -> Users,
) -> Vec<Aim> {
    let answered = profile.routes.get(route).map_or(0, |route| route.answered);
    let is_emptied = |one: &&Taken<'_>| {
        let is_named = signs::is_named(users(one.walk.agent));
        let enough = if one.walk.is_list { FLOOD_PAGES } else { harvest::flood(is_named, false) };
        let is_steady = STEADY_DAYS <= one.walk.days.count_ones();
        let is_in_use = one.walk.requests.saturating_add(ANSWERS_MIN) <= answered;
        enough <= one.distinct && is_in_use && !is_steady && one.walk.answered <= one.distinct + one.distinct / 4
    };
    let emptied: Vec<&Taken<'_>> = taken.iter().filter(is_emptied).collect();
    // Where several do so, that is what the route is for.
    let [one] = emptied[..] else { return Vec::new() };
    let others = taken.iter().filter(|other| other.client != one.client && other.walk.is_list == one.walk.is_list);
    let others = others.map(|other| other.distinct).max().unwrap_or(0);
    let mut suspicion = Suspicion { is_newcomers: true, ..Suspicion::default() };
    suspicion.add(
        "walk-length",
        if others * 2 < one.distinct { ALONE_BITS } else { LONG_BITS },
        format!("{} different {}", one.distinct, harvest::things(one.walk)),
        format!("{others} at most, as the others of the few clients of this route"),
    );
    // Who works there has its pages around an export, however few beside all that is exported.
    let is_narrow = add_narrow(&mut suspicion, one.breadth, 0, breadth);
    if let Some(density) = one.walk.density().filter(|density| ROW <= *density) {
        suspicion.add(
            "walk-order",
            4,
            format!("identifiers in a row: {density} % of those in between"),
            "those that somebody has to do with".to_owned(),
        );
    }
    add_agent(&mut suspicion, users(one.walk.agent));
    // The pages of a list are what nobody else looks at.
    let is_private = if one.walk.is_list { Some(true) } else { privacy.is_private };
    add_privacy(&mut suspicion, Privacy { is_private, ..privacy }, one.distinct);
    if !is_narrow || suspicion.bits() < BITS_MIN {
        return Vec::new();
    }
    let story = join(join(route, one.client), 7);
    vec![Aim { client: one.client, route, story, kind: Kind::Harvest, suspicion, is_turn: false }]
}

/// How many bits make such a walk worth a second look.
const BITS_MIN: i32 = 8;
