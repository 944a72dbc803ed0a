//! Whose harvest wakes nobody: the innocents who take what is others' for a reason, each by what tells it from a thief.
//!
//! Each takes hundreds of records that are not its own, and each is shown: a responder who does not know it should look.
//! But it is no alarm, as it does what a thief does not: it says whose it is and guesses nothing, it was there before the
//! log began, it keeps hours, it comes when it is due, or it has pages that nobody else is given.

use accesslog::Time;

use crate::aims::Suspicion;
use crate::crowd;
use crate::finding::Finding;
use crate::hash::bit;
use crate::route::route_of;
use crate::target::{Target, host_and_target};
use crate::turned;
use crate::walks::is_miss;

/// What is known of who harvests, when its lines are in hand.
pub(super) struct Circumstances<'a> {
    pub(super) suspicion: &'a Suspicion,
    pub(super) traces: &'a [Finding],
    /// From when until when the log goes.
    pub(super) span: Option<(Time, Time)>,
    /// Whether some of those of one story were there from the beginning on.
    pub(super) is_practice: bool,
    /// Whether it used the service as its users do, for days, before it took what is others'.
    pub(super) has_turned: bool,
    /// Whether it may be somebody who helps the users, who is given what it asks for.
    pub(super) may_help: bool,
}

impl Circumstances<'_> {
    /// Whether it is worth a row, and wakes nobody.
    pub(super) fn are_quiet(&self) -> bool {
        self.may_help
            || self.is_partner()
            || self.is_in_background()
            || self.is_application()
            || self.is_owner()
            || self.is_sync()
            || self.are_of_house()
    }

    /// Whether it is one client that does what is done in a house day by day, or when it is due, or one of many whose practice it is:
    /// no part of what a thief does beside.
    pub(super) fn are_of_house(&self) -> bool {
        self.is_desk() || self.is_office() || self.is_job() || self.is_back_office() || self.is_crowd_of_practice()
    }

    /// Whether the walk is as a partner's first sync is: by a program that says whose it is, which knows what there is.
    ///
    /// Who guesses misses, and who hides does not name itself. The name of a tool that anybody has says nothing. And a
    /// partner's program does not use the service as its users do, nor for days as one of them before.
    fn is_partner(&self) -> bool {
        let has_missed = self.traces.iter().any(|trace| trace.status.is_some_and(is_miss));
        let is_user_turned = self.has_turned && self.suspicion.is_among_users;
        !self.suspicion.is_visit
            && !is_user_turned
            && self.is_of_program()
            && !has_missed
            && self.traces.iter().all(|trace| trace.agent.as_deref().is_some_and(is_named))
    }

    /// Whether nothing tells but that nothing is loaded around the records, by an application that may fetch its own in the
    /// background, from whatever address a phone has then, and fetches no more than its user has, or did so from the
    /// beginning on. A browser loads the page first.
    fn is_in_background(&self) -> bool {
        let is_browser = |trace: &Finding| trace.agent.as_deref().is_some_and(|agent| agent.starts_with(b"Mozilla/"));
        let is_telling = self.suspicion.is_found_by_number() || self.suspicion.has("crossed-owners");
        self.suspicion.has("orphan-fetch")
            && !is_telling
            && !self.traces.iter().all(is_browser)
            && (self.is_practice || !self.suspicion.is_beyond_own)
    }

    /// Whether it is many clients of an application that no user has, and nothing else tells.
    fn is_application(&self) -> bool {
        self.suspicion.is_of_agent && !self.suspicion.is_of_users && !self.suspicion.is_found_by_number()
    }

    /// Whether it is a crowd that did so from the beginning on, or of which it is not known whose the records are, and that guesses
    /// nothing.
    fn is_crowd_of_practice(&self) -> bool {
        self.suspicion.is_crowd && (self.is_practice || self.suspicion.is_unowned) && !self.suspicion.has("walk-misses")
    }

    /// Whether one client takes what hardly anybody else asks for, misses nothing, and comes back for nearly all of it another day: a
    /// business that takes all of its own bills, which may well be in a row.
    fn is_owner(&self) -> bool {
        self.is_one()
            && !self.suspicion.has("walk-misses")
            && self.suspicion.foreign < FOREIGN_MIN
            && turned::comes_back(self.traces)
    }

    /// Whether one client asks every hour, for as long as the log goes, by an interface that no user has, and knows which records
    /// there are: the program of a partner, in a log that does not say what it calls itself.
    fn is_sync(&self) -> bool {
        self.is_one()
            && self.suspicion.own_pages != 0
            && !self.suspicion.is_found_by_number()
            && crowd::never_rests(&self.times(), self.span)
    }

    /// Whether one client keeps the hours of a desk, and nothing tells of how the records were found.
    fn is_desk(&self) -> bool {
        self.is_one() && !self.suspicion.is_found_by_number() && crowd::is_desk(&self.times(), self.span)
    }

    /// Whether one client opens a page that no user asks for with each record, some days in the hours of a desk: an office that
    /// looks into cases, though it began to while the log lasted.
    fn is_office(&self) -> bool {
        self.is_one()
            && self.suspicion.is_paged
            && !self.suspicion.is_found_by_number()
            && crowd::keeps_hours(&self.times(), OFFICE_DAYS_MIN)
    }

    /// Whether a program that does not hide settles something when it is due.
    fn is_job(&self) -> bool {
        self.is_one() && self.is_of_program() && crowd::is_job(&self.times())
    }

    /// Whether one client that was there from the log's first day on takes records from a page that no user is given, and knows
    /// which there are: an office that prints all invoices. In a row they may lie, as it takes all.
    ///
    /// The page is named by the requests for the records: to have asked for something odd besides is no excuse. Where it lies on
    /// another host, a browser names that host alone (Referrer Policy, `strict-origin-when-cross-origin`).
    fn is_back_office(&self) -> bool {
        let is_from_own_page = |trace: &&Finding| {
            let page = trace.referer.as_deref().and_then(host_and_target);
            let is_own = |page| bit(route_of(&Target::new(page)).key) & self.suspicion.own_pages != 0;
            page.is_some_and(|(_, page)| is_own(page) || page == b"/" && self.suspicion.own_pages != 0)
        };
        self.is_one()
            && !self.suspicion.has("walk-misses")
            && self.traces.len() * 9 <= self.traces.iter().filter(is_from_own_page).count() * 10
            && crowd::is_of_first_day(&self.times(), self.span)
    }

    /// Whether it is one client, and did not turn.
    fn is_one(&self) -> bool {
        !self.suspicion.is_of_agent && !self.has_turned
    }

    /// Whether a program says that it is one, and makes no guesses.
    fn is_of_program(&self) -> bool {
        !self.suspicion.has("borrowed-agent") && !self.suspicion.has("walk-misses")
    }

    fn times(&self) -> Vec<Time> {
        turned::times(self.traces).collect()
    }
}

/// Of how many records that were looked at another owner is known, at least, where they are others': one or two of a business are
/// looked at by somebody at home, too.
const FOREIGN_MIN: u32 = 3;

/// On how many days an office works that has a page with each record, at least.
const OFFICE_DAYS_MIN: usize = 3;

/// Beginnings of the agents of browsers and of tools that anybody has.
const ANYBODYS: [&[u8]; 18] = [
    b"aiohttp",
    b"apache-httpclient",
    b"axios",
    b"curl",
    b"dart",
    b"faraday",
    b"go-http-client",
    b"guzzle",
    b"httpie",
    b"httpx",
    b"java",
    b"libwww",
    b"mozilla",
    b"node",
    b"okhttp",
    b"python",
    b"scrapy",
    b"wget",
];

/// Whether an agent says where to read about it, as crawlers do.
pub(crate) fn is_crawler(agent: &[u8]) -> bool {
    memchr::memmem::find(agent, b"://").is_some()
}

/// Whether an agent is a product and its version (RFC 9110, 10.1.5) that is no browser and none of anybody's tools.
pub(crate) fn is_named(agent: &[u8]) -> bool {
    let lower = agent.to_ascii_lowercase();
    lower.contains(&b'/') && !ANYBODYS.iter().any(|tool| lower.starts_with(tool))
}
