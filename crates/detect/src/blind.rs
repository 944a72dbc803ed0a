//! Answers that give away what their requests do not show.
//!
//! The payload of a `POST`, of a header, of a redirect somewhere else stands in no access log. The answer does: a
//! route whose answers are pictures of many kilobytes, or labels of twenty, does not by itself answer 1.3 kB to one
//! client alone. What makes it suspicious is what the size is (that of a document of keys), that nobody else gets
//! such, and that the same client failed there just before, as one does who tries. The last is for the second look:
//! it takes the lines.

use hashbrown::{HashMap, HashSet};

use crate::aims::{Aim, Kind, Suspicion};
use crate::budget::{Among, Chance};
use crate::hash::join;
use crate::odd::{Cell, OddReplies, Reply};
use crate::profile::{Profile, RouteProfile, Sizes, ends};
use crate::signals::credential_document;

/// How many answers a route must have given for one of them to be odd.
const ANSWERS_MIN: u32 = 40;

/// How many clients it must have answered: a back office has few, and is a measure all the same.
const CLIENTS_MIN: usize = 3;

/// How many buckets beyond the usual sizes an odd one lies: each is an eighth of a doubling.
const BUCKETS_BEYOND: usize = 3;

/// How many bits make a client's odd answers worth a second look.
const BITS_ENOUGH: i32 = 6;

/// How many bits of wonder are set aside: many clients are looked at, and one of them is always the luckiest.
const SLACK_BITS: i32 = 3;

/// The aims that odd replies give.
pub(crate) fn aims(odd: &OddReplies, profile: &Profile) -> Vec<Aim> {
    let mut routes: HashMap<u64, Vec<Reply>> = HashMap::new();
    let mut rare: HashMap<u64, Vec<&Cell>> = HashMap::new();
    for (_, cell) in odd.cells.iter().filter(|(_, cell)| !cell.replies.is_empty()) {
        rare.entry(cell.route).or_default().push(cell);
    }
    let mut usual: HashMap<u64, Option<(usize, usize)>> = HashMap::new();
    for (_, cell) in odd.cells.iter().filter(|(_, cell)| !cell.replies.is_empty()) {
        let Some(route) = profile.routes.get(cell.route) else { continue };
        let ends = *usual.entry(cell.route).or_insert_with(|| usual_ends(route, &rare[&cell.route]));
        if ends.is_some_and(|ends| is_outside(ends, cell.bucket)) {
            routes.entry(cell.route).or_default().extend(&cell.replies);
        }
    }
    let mut aims = Vec::new();
    for (key, mut replies) in routes {
        let Some(route) = profile.routes.get(key) else { continue };
        replies.sort_unstable();
        let mut clients: Vec<u64> = replies.iter().map(|reply| reply.client).collect();
        clients.sort_unstable();
        clients.dedup();
        let together = family(&replies);
        aims.extend(of_family(key, route, &together));
        clients.retain(|client| !together.iter().any(|reply| reply.client == *client));
        for client in clients {
            let own: Vec<Reply> = replies.iter().copied().filter(|reply| reply.client == client).collect();
            aims.extend(of_client(key, route, client, &own));
        }
    }
    aims
}

/// Between which buckets the sizes lie that the route usually answers; none where that is not known.
///
/// Of a rare size each client counts once: neither a thief nor somebody odd makes his own usual.
fn usual_ends(route: &RouteProfile, rare: &[&Cell]) -> Option<(usize, usize)> {
    if route.answered < ANSWERS_MIN || route.firsts.count() < CLIENTS_MIN {
        return None;
    }
    let mut counts = route.sizes.counts();
    for cell in rare {
        let mut clients: Vec<u64> = cell.replies.iter().map(|reply| reply.client).collect();
        clients.sort_unstable();
        clients.dedup();
        counts[cell.bucket] = clients.len() as u32;
    }
    let total: u32 = counts.iter().sum();
    // Of a hundred answers a few may be odd; that many at each end are no measure.
    Some(ends(&counts, u64::from((total / 20).max(4))))
}

/// Whether a size lies well outside of what the route usually answers.
fn is_outside((first, last): (usize, usize), bucket: usize) -> bool {
    bucket + BUCKETS_BEYOND < first || last + BUCKETS_BEYOND < bucket
}

/// By how many bytes a document of keys differs from itself, fetched anew: its token has no fixed length.
pub(crate) const FAMILY_BYTES: u64 = 64;

/// How many answers make a family.
pub(crate) const FAMILY_MIN: usize = 3;

/// The largest family of answers that several clients got: nearly of one size and yet not of one, as keys are that are
/// fetched anew. Of two as large the one of the smaller sizes.
fn family(replies: &[Reply]) -> Vec<Reply> {
    // Who got several has a story of his own.
    let count = |client: u64| replies.iter().filter(|other| other.client == client).count();
    let is_part = |reply: &Reply| credential_document(reply.bytes).is_some() && count(reply.client) < FAMILY_MIN;
    let mut by_size: Vec<Reply> = replies.iter().copied().filter(is_part).collect();
    by_size.sort_unstable_by_key(|reply| (reply.bytes, *reply));
    let starting = |from: usize| {
        let end = by_size.partition_point(|reply| reply.bytes <= by_size[from].bytes + FAMILY_BYTES);
        &by_size[from..end]
    };
    let is_family = |family: &&[Reply]| {
        let sizes = 1 + family.windows(2).filter(|pair| pair[0].bytes != pair[1].bytes).count();
        let clients: HashSet<u64> = family.iter().map(|reply| reply.client).collect();
        FAMILY_MIN <= family.len() && 2 <= sizes && 2 <= clients.len()
    };
    let families = (0..by_size.len()).map(starting).filter(is_family);
    families.rev().max_by_key(|family| family.len()).map(<[Reply]>::to_vec).unwrap_or_default()
}

/// The aims of a family: one story, whoever got its answers.
fn of_family(key: u64, route: &RouteProfile, family: &[Reply]) -> Vec<Aim> {
    let Some(suspicion) = weighed(route, family).filter(|_| !family.is_empty()) else { return Vec::new() };
    let (low, high) = (family[0].bytes, family[family.len() - 1].bytes);
    let mut clients: Vec<u64> = family.iter().map(|reply| reply.client).collect();
    clients.sort_unstable();
    clients.dedup();
    let story = join(join(key, clients[0]), 3);
    let kind = Kind::Blind { low, high };
    clients
        .into_iter()
        .map(|client| Aim { client, route: key, story, kind, suspicion: suspicion.clone(), is_turn: false })
        .collect()
}

fn of_client(key: u64, route: &RouteProfile, client: u64, own: &[Reply]) -> Option<Aim> {
    let (low, high) = (own.iter().map(|reply| reply.bytes).min()?, own.iter().map(|reply| reply.bytes).max()?);
    let suspicion = weighed(route, own)?;
    Some(Aim {
        client,
        route: key,
        story: join(join(key, client), 2),
        kind: Kind::Blind { low, high },
        suspicion,
        is_turn: false,
    })
}

/// What speaks for it that these answers of a route are documents of keys; none if that is too little.
fn weighed(route: &RouteProfile, own: &[Reply]) -> Option<Suspicion> {
    let own: Vec<u64> = own.iter().map(|reply| reply.bytes).collect();
    weighed_among((&route.sizes, route.answered), &own)
}

/// The same of answers of these sizes, among so many of a route of which the sizes are known.
pub(crate) fn weighed_among((sizes, answered): (&Sizes, u32), own: &[u64]) -> Option<Suspicion> {
    let documents: Vec<(u64, &'static str)> =
        own.iter().filter_map(|bytes| Some((*bytes, credential_document(*bytes)?))).collect();
    let (low, high) = (*own.iter().min()?, *own.iter().max()?);
    let mut suspicion = Suspicion::default();
    // One client's answers count for as much as they would be a wonder if it drew them from all others'.
    let mut counts = sizes.counts();
    for bytes in own {
        let count = &mut counts[Sizes::bucket(*bytes)];
        *count = count.saturating_sub(1);
    }
    let alike: u32 = counts[Sizes::bucket(low)..=Sizes::bucket(high)].iter().sum();
    let others = answered.saturating_sub(own.len() as u32);
    let one_in = ((others + 2) / (alike + 1)).max(1);
    let rarity = (own.len() as i32 * one_in.ilog2() as i32 - SLACK_BITS).clamp(0, 7);
    suspicion.add(
        "reply-size",
        rarity,
        format!("{} of {low} to {high} bytes", answers(own.len())),
        format!("{alike} of {others} other answers of this route are alike"),
    );
    if let Some((bytes, what)) = documents.first() {
        suspicion.add(
            "credential-size",
            3,
            format!("{bytes} bytes, the size of {what}"),
            "one of the sizes of this route".to_owned(),
        );
    }
    // As odd are all of a size that is as rare, whichever it is.
    let as_odd = counts.iter().filter(|count| **count <= alike).sum();
    suspicion.chance = Some(Chance::Rank { among: Among::Answers, as_odd, others });
    (BITS_ENOUGH <= suspicion.bits()).then_some(suspicion)
}

/// So many answers, in words.
pub(crate) fn answers(count: usize) -> String {
    if count == 1 { "1 answer".to_owned() } else { format!("{count} answers") }
}
