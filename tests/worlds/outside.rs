//! Four services more, first written in another language by somebody who did not look at the rules, and carried over here.
//!
//! What is new in them are their innocents: people whose address goes over to somebody else the next day, applications
//! without any page, offices and help desks from the first day on, a bridge to a shop's own books, a campaign by mail. That they
//! were written apart holds for the first scan of them alone: what was mended then was mended with them in view.

use super::others::tokens;
use super::services::{Site, desk, sync, visit};
use super::traffic::{Caller, DAY, DAYS, World};

/// How users of these services are.
struct Ways {
    /// How many records one may have.
    own: &'static [u64],
    /// The list of what is free, `{}` for a number, and a picture, `{}` for its number.
    list: &'static str,
    picture: &'static str,
}

/// Users day by day: a third have another address each time, which somebody else had before; a quarter have the application.
fn live(world: &mut World, site: &Site, ways: &Ways, app: &str) {
    let route = site.record.unwrap_or_default();
    let pool: Vec<String> = (0..120).map(|_| world.address()).collect();
    let mut dealt = 0;
    for _ in 0..450 {
        let mut caller = world.person();
        let has_app = site.app.is_some() || world.is_percent(25);
        if has_app {
            caller.agent = app.to_owned();
        }
        let is_on_the_move = world.is_percent(35);
        let own: Vec<String> = (0..*world.dice.pick(ways.own))
            .map(|_| {
                dealt += 1;
                site.known[dealt % site.known.len()].clone()
            })
            .collect();
        for day in 0..DAYS {
            if !world.is_percent(if day % 7 < 5 { 50 } else { 33 }) {
                continue;
            }
            if is_on_the_move {
                caller.client = world.dice.pick(&pool).clone();
            }
            let seconds = day * DAY + world.between(7 * 3_600, 23 * 3_600);
            call(world, site, ways, &caller, seconds, has_app);
            let within = Caller { referer: format!("https://www.service.example{}", site.page), ..caller.clone() };
            for turn in 0..*world.dice.pick(&[0, 1, 1, 2]) {
                let bytes = world.size(site.record_bytes);
                let (status, bytes) = if world.dice.one_in(250) { (404, 310) } else { (200, bytes) };
                let target = route.replace("{}", world.dice.pick(&own).as_str());
                world.put(seconds + 20 + turn * 30, &within, "GET", &target, status, bytes, None);
            }
            borrowable(world, site, &within, seconds + 60);
        }
    }
}

/// What a visit begins with: a page and what it loads, or an application's settings alone.
fn call(world: &mut World, site: &Site, ways: &Ways, caller: &Caller, seconds: u64, has_app: bool) {
    if has_app {
        world.get(seconds, caller, "/api/context", 910);
    } else {
        world.page(seconds, caller, site.page);
        world.get(seconds + 1, caller, "/api/context", 910);
    }
    for turn in 0..world.between(0, 5) {
        let (picture, bytes) = (world.between(1_000, 3_000).to_string(), world.between(9_000, 40_000));
        world.get(seconds + 1 + turn, caller, &ways.picture.replace("{}", &picture), bytes);
    }
    for turn in 0..world.between(1, 3) {
        let (number, bytes) = (world.between(1, 60).to_string(), world.between(3_000, 9_000));
        world.get(seconds + 5 + turn * 8, caller, &ways.list.replace("{}", &number), bytes);
    }
}

/// The routes that a thief would borrow, as users use them.
fn borrowable(world: &mut World, site: &Site, caller: &Caller, seconds: u64) {
    if world.is_percent(12) {
        let host = *world.dice.pick(&["cdn.partner-a.example", "images.vendor.example", "media.service.example"]);
        let url = format!("https%3A%2F%2F{host}%2F{:x}.jpg", world.between(1 << 20, 1 << 28));
        let bytes = world.size(site.fetch_bytes);
        world.get(seconds, caller, &site.fetch.replace("{}", &url), bytes);
    }
    if world.is_percent(10) {
        if world.is_percent(10) {
            world.put(seconds + 5, caller, "POST", site.blind, 422, 96, None);
        }
        let bytes = world.size(site.blind_bytes);
        world.put(seconds + 10, caller, "POST", site.blind, 200, bytes, None);
    }
    if world.is_percent(6) {
        let name = *world.dice.pick(&["guide-2024.pdf", "terms-2024.pdf", "map-2024.pdf", "prices-2024.pdf"]);
        world.get(seconds + 20, caller, &site.download.replace("{}", name), 91_022);
    }
}

/// Those who are there besides: offices, a help desk, a bridge to the books, a crawler of pictures, a campaign.
fn others(world: &mut World, site: &Site, ways: &Ways) {
    let route = site.record.unwrap_or_default();
    for _ in 0..3 {
        let office = world.address();
        for _ in 0..14 {
            let person = Caller { client: office.clone(), ..world.person() };
            let own: Vec<String> = (0..3).map(|_| world.dice.pick(&site.known).clone()).collect();
            for _ in 0..5 {
                visit(world, site, route, &person, &own);
            }
        }
    }
    desk(world, site, "/backoffice/search");
    let bridge = world.program("erp-bridge/2.3 (+ops@erp.example)");
    for day in 0..DAYS {
        sync(world, site, &bridge, day * DAY + 10_800, 90);
    }
    let pictures: Vec<String> = (1_000..3_000).map(|number| ways.picture.replace("{}", &number.to_string())).collect();
    let bot = world.program("Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)");
    world.crawl(&bot, &pictures);
    for _ in 0..500 {
        let (caller, seconds) = (world.person(), 5 * DAY + 39_600 + world.about(1_800));
        world.page(seconds, &caller, &format!("{}?utm_source=mail&utm_campaign=juni", site.page));
        world.get(seconds + 1, &caller, "/api/context", 910);
    }
    world.strangers(Some(site.fetch));
}

/// Bookings of a hotel, in German.
pub(super) fn hotel(world: &mut World) -> Site {
    let site = Site {
        page: "/de/hotels",
        app: None,
        record: Some("/booking/v3/reservations/{}"),
        record_bytes: (1_200, 3_600),
        list: None,
        known: (0..1_500_u64).map(|number| (20_300_000 + number * 3 + number % 2).to_string()).collect(),
        fetch: "/booking/v3/preview?link={}&mode=card",
        fetch_bytes: (3_000, 30_000),
        blind: "/booking/v3/invoices/render",
        blind_bytes: (30_000, 120_000),
        download: "/files/get?doc={}",
    };
    let ways =
        Ways { own: &[1, 1, 2, 2, 3, 4, 6], list: "/booking/v3/rooms?from={}&to=31", picture: "/img/scale/640x{}" };
    live(world, &site, &ways, "HotelApp/5.2 (Android 14; de)");
    others(world, &site, &ways);
    site
}

/// Tickets of a museum, each a file.
pub(super) fn museum(world: &mut World) -> Site {
    let site = Site {
        page: "/visit",
        app: None,
        record: Some("/tickets/{}/pdf"),
        record_bytes: (1_200, 3_600),
        list: None,
        known: (0..1_500).map(|_| world.uuid()).collect(),
        fetch: "/embed/unfurl?u={}",
        fetch_bytes: (3_000, 30_000),
        blind: "/api/labels",
        blind_bytes: (30_000, 120_000),
        download: "/press/download?name={}",
    };
    let ways = Ways { own: &[1, 1, 2, 2, 3, 4, 6], list: "/events?month={}&hall=2", picture: "/media/320x{}" };
    live(world, &site, &ways, "okhttp/4.11.0");
    others(world, &site, &ways);
    site
}

/// What teachers say of what was handed in, on a campus.
pub(super) fn campus(world: &mut World) -> Site {
    let site = Site {
        page: "/course/view",
        app: None,
        record: Some("/api/rest/submission/{}/feedback"),
        record_bytes: (1_200, 3_600),
        list: None,
        known: (880_000..881_500).map(|number: u64| number.to_string()).collect(),
        fetch: "/lti/import?source={}&type=feed",
        fetch_bytes: (3_000, 30_000),
        blind: "/api/rest/export/diploma",
        blind_bytes: (30_000, 120_000),
        download: "/repository/fetch?path={}",
    };
    let ways =
        Ways { own: &[1, 1, 2, 2, 3, 4, 6], list: "/api/rest/calendar?y=2024&w={}", picture: "/pluginfile/640/{}" };
    live(world, &site, &ways, "CampusMobile/3.9 CFNetwork/1490 Darwin/23");
    others(world, &site, &ways);
    site
}

/// Where lorries are, by letters that were drawn.
pub(super) fn fleet(world: &mut World) -> Site {
    let site = Site {
        page: "/dashboard",
        app: None,
        record: Some("/v1/vehicles/trk_{}/position"),
        record_bytes: (1_200, 3_600),
        list: None,
        known: tokens(world, 2_000, 14),
        fetch: "/v1/hooks/check?target={}",
        fetch_bytes: (3_000, 30_000),
        blind: "/v1/reports/build",
        blind_bytes: (30_000, 120_000),
        download: "/v1/exports?file={}",
    };
    let ways = Ways { own: &[2, 3, 5, 8], list: "/v1/zones?lat={}&lon=9", picture: "/tiles/12/{}.png" };
    live(world, &site, &ways, "FleetDriver/2.14 (Android 13)");
    others(world, &site, &ways);
    site
}
