//! A URL of a host that this log does not know, in a parameter that does not usually hold one.
//!
//! It may be the page of an attacker that the server is made to fetch, to run or to be redirected by. It may as well
//! be a link that a person typed. So it is the weakest of objectives, and what is usual for the parameter decides
//! whether it is one at all: that is known only at the end.

use crate::catalog::{Grade, ParamKind};
use crate::host::{Reach, without_port};
use crate::params::ParamProfile;
use crate::request::{Field, Request};
use crate::signal::{Evidence, Role, Signal, Way};

/// How many URLs a parameter may hold in all before holding them is its use.
const URLS_MAX: u32 = 32;

/// Of how many groups of clients at least the use of a parameter is: one client alone does not make it usual.
const USERS_MIN: u32 = 4;

/// A stranger's URL where none is usual.
pub(crate) struct StrangerUrl;

impl Signal for StrangerUrl {
    fn name(&self) -> &'static str {
        "stranger-url"
    }

    fn role(&self) -> Role {
        Role::Objective
    }

    fn technique(&self) -> Option<&'static str> {
        Some("T1190")
    }

    fn about(&self) -> &'static str {
        "Gives the URL of a host elsewhere in a parameter that does not usually hold URLs: the server may be made to fetch or run it."
    }

    fn twin(&self) -> &'static str {
        "Parameters that name where one comes from or goes to hold such URLs every day, and so do previews and feeds."
    }

    fn look(&self, request: &Request<'_>, out: &mut Vec<Evidence>) {
        for place in request.places.iter().filter(|place| place.host.reach == Reach::Public && is_web(&place.scheme)) {
            let part = &request.parts[place.part];
            // A number for a host is spelt so by nobody in good faith.
            if place.host.plain.is_some() && part.field == Field::Param {
                let trail = &part.readings[place.reading].trail;
                out.push(Evidence::new(
                    Grade::Fair,
                    Way::Callout,
                    part,
                    trail,
                    &place.written,
                    "a host elsewhere, spelt as a number",
                ));
                continue;
            }
            let is_value =
                part.field == Field::Param && !matches!(part.kind, Some(ParamKind::Redirect | ParamKind::Search));
            let reading = &part.readings[place.reading];
            let begins = reading.folded.starts_with(&place.scheme);
            let is_asked = part.field == Field::Origin
                && request.record.host.is_none_or(|host| !host.eq_ignore_ascii_case(without_port(&place.written)));
            let is_innocent = is_picture(&place.path) || is_of_page(request, &place.written);
            if begins && (is_value && !is_innocent || is_asked) {
                out.push(Evidence::new(
                    Grade::Weak,
                    Way::Callout,
                    part,
                    &reading.trail,
                    &place.written,
                    "a host elsewhere",
                ));
            }
        }
        for part in request.parts.iter().filter(|part| part.field == Field::Param && part.kind.is_none()) {
            if let Some(reading) = part.readings.iter().find(|reading| is_cut_off(&reading.folded)) {
                let what = "a URL whose question mark cuts off what the program appends";
                out.push(Evidence::new(Grade::Weak, Way::Callout, part, &reading.trail, &reading.text, what));
            }
        }
    }
}

/// Whether a path of a URL is that of a picture or another thing that a page shows and no program runs.
fn is_picture(path: &[u8]) -> bool {
    let end = path.iter().position(|byte| matches!(byte, b'?' | b'#')).unwrap_or(path.len());
    let endings = [
        &b".jpg"[..],
        b".jpeg",
        b".png",
        b".gif",
        b".webp",
        b".avif",
        b".svg",
        b".mp4",
        b".webm",
        b".mp3",
        b".woff2",
        b".css",
    ];
    endings.iter().any(|ending| path[..end].ends_with(ending))
}

/// Whether a host is the one that was asked for, or that of the page from which the request was sent.
fn is_of_page(request: &Request<'_>, host: &[u8]) -> bool {
    let is_asked = request.record.host.is_some_and(|asked| asked.eq_ignore_ascii_case(host));
    let page = request.record.referer.and_then(|page| page.splitn(3, |byte| *byte == b'/').nth(2));
    is_asked
        || page.is_some_and(|page| {
            page.get(..host.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(host))
                && page.get(host.len()).is_none_or(|byte| *byte == b'/')
        })
}

/// Whether a text is a URL, or the mere beginning of one, that ends in a question mark.
fn is_cut_off(text: &[u8]) -> bool {
    let schemes = [&b"http"[..], b"https", b"ftp", b"ftps", b"file"];
    let is_url = |rest: &[u8]| rest == b"?" || rest.starts_with(b"://");
    text.ends_with(b"?") && schemes.iter().any(|scheme| text.strip_prefix(*scheme).is_some_and(is_url))
}

fn is_web(scheme: &[u8]) -> bool {
    matches!(scheme, b"http" | b"https")
}

/// Whether holding URLs is not the usual use of a parameter.
pub(crate) fn is_strange(profile: Option<&ParamProfile>) -> bool {
    profile.is_none_or(|profile| profile.urls <= URLS_MAX || profile.clients.count_ones() < USERS_MIN)
}
