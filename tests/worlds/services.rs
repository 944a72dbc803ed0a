//! Services unlike each other, as they are when nothing happens.
//!
//! Each has what looks like a theft and is none: customers who own thousands of records, a support desk that sees
//! everybody's, partners who sync for the first time, grids of pictures in a row, crawlers and scrapers that wear a
//! browser, a client that asks for one record for ever, previews of pages anywhere. A [`Site`] tells where a thief
//! would reach in.

use super::others;
use super::outside;
use super::traffic::{Caller, DAY, DAYS, World};
use crate::logs::Writing;

/// A service of this test.
pub(crate) struct Service {
    pub(crate) name: &'static str,
    pub(crate) writing: Writing,
    pub(crate) live: fn(&mut World) -> Site,
}

/// All services.
pub(crate) const SERVICES: [Service; 15] = [
    Service { name: "tickets", writing: Writing::Combined, live: tickets },
    Service { name: "photos", writing: Writing::Combined, live: photos },
    Service { name: "news", writing: Writing::NginxJson, live: news },
    Service { name: "clinic", writing: Writing::Caddy, live: clinic },
    Service { name: "shop", writing: Writing::NginxJson, live: shop },
    Service { name: "belege", writing: Writing::Alb, live: others::belege },
    Service { name: "loja", writing: Writing::Combined, live: others::loja },
    Service { name: "chat", writing: Writing::NginxJson, live: others::chat },
    Service { name: "schule", writing: Writing::Combined, live: others::schule },
    Service { name: "gallery", writing: Writing::VirtualHost, live: others::gallery },
    Service { name: "rides", writing: Writing::Caddy, live: others::rides },
    Service { name: "hotel", writing: Writing::Combined, live: outside::hotel },
    Service { name: "museum", writing: Writing::Alb, live: outside::museum },
    Service { name: "campus", writing: Writing::Caddy, live: outside::campus },
    Service { name: "fleet", writing: Writing::Extended, live: outside::fleet },
];

/// Where a service can be reached into.
pub(crate) struct Site {
    /// A page, and the agent of its users where that is an app's.
    pub(crate) page: &'static str,
    pub(crate) app: Option<&'static str>,
    /// The route of records of one person each, `{}` for the identifier.
    pub(crate) record: Option<&'static str>,
    pub(crate) record_bytes: (u64, u64),
    /// The list of a person's records by pages, `{}` for the number of the page.
    pub(crate) list: Option<&'static str>,
    /// The identifiers that exist, ascending where they are numbers.
    pub(crate) known: Vec<String>,
    /// The route that fetches a URL, `{}` for it.
    pub(crate) fetch: &'static str,
    pub(crate) fetch_bytes: (u64, u64),
    /// The route that takes a body and answers in these sizes.
    pub(crate) blind: &'static str,
    pub(crate) blind_bytes: (u64, u64),
    /// The route that gives a file by its name, `{}` for it.
    pub(crate) download: &'static str,
}

pub(super) fn numbers(world: &mut World, count: usize, low: u64, high: u64) -> Vec<String> {
    let mut numbers: Vec<u64> = (0..count).map(|_| world.between(low, high)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    numbers.iter().map(u64::to_string).collect()
}

/// Pictures and pages fetched for users, files downloaded, forms sent: the routes that a thief would borrow.
pub(super) fn tools(world: &mut World, site: &Site, hosts: &[&str], users: usize) {
    for user in 0..users {
        let (mut caller, mut seconds) = (world.person(), world.when());
        caller.referer = format!("https://www.service.example{}", site.page);
        if let Some(app) = site.app {
            caller.agent = app.to_owned();
        }
        world.page(seconds, &caller, site.page);
        for _ in 0..world.between(1, 6) {
            seconds += world.between(2, 60);
            let host = match hosts {
                // A preview of pages anywhere.
                [] => format!("www.blog-{}.example", user * 7 % 391),
                _ => (*world.dice.pick(hosts)).to_owned(),
            };
            let url = format!("https%3A%2F%2F{host}%2Fm%2F{}.jpg", world.between(1, 90_000));
            let bytes = world.size(site.fetch_bytes);
            world.get(seconds, &caller, &site.fetch.replace("{}", &url), bytes);
        }
        if world.is_percent(40) {
            let name = format!("doc-{}.pdf", world.between(1, 4_000));
            let bytes = world.between(20_000, 900_000);
            world.get(seconds + 9, &caller, &site.download.replace("{}", &name), bytes);
        }
        if world.is_percent(50) {
            if world.is_percent(15) {
                world.put(seconds + 20, &caller, "POST", site.blind, 422, 96, None);
            }
            let bytes = world.size(site.blind_bytes);
            world.put(seconds + 31, &caller, "POST", site.blind, 200, bytes, None);
        }
    }
}

/// Users of records: each has a few of its own, some have many. Of a few records two know, as families do.
pub(super) fn owners(world: &mut World, site: &Site, count: usize, visits: u64) {
    let Some(route) = site.record else { return };
    let mut dealt = 0;
    for user in 0..count {
        let mut caller = world.person();
        if let Some(app) = site.app {
            caller.agent = app.to_owned();
        }
        let many = match user % 100 {
            0 => 70,
            1..8 => 14,
            _ => world.between(2, 7),
        };
        let own: Vec<String> = (0..many)
            .map(|_| {
                if world.is_percent(10) {
                    return world.dice.pick(&site.known).clone();
                }
                dealt += 1;
                // Strewn over all of them, each once: the step has no factor in common with their number.
                site.known[(dealt * step_through(site.known.len())) % site.known.len()].clone()
            })
            .collect();
        for _ in 0..world.between(1, visits) {
            visit(world, site, route, &caller, &own);
        }
    }
}

/// A step that comes to each of so many places before it comes to one again.
fn step_through(count: usize) -> usize {
    let divides = |mut one: usize, mut other: usize| {
        while other != 0 {
            (one, other) = (other, one % other);
        }
        one
    };
    (count * 5 / 8..).find(|step| divides(*step, count) == 1).expect("numbers in a row have no common factor")
}

pub(super) fn visit(world: &mut World, site: &Site, route: &str, caller: &Caller, own: &[String]) {
    let mut seconds = world.when();
    world.page(seconds, caller, site.page);
    let (session, notices) = (world.between(380, 460), world.between(2, 900));
    world.get(seconds + 2, caller, "/api/session", session);
    world.get(seconds + 2, caller, "/api/notifications", notices);
    let within = Caller { referer: format!("https://www.service.example{}", site.page), ..caller.clone() };
    let many = 1 + world.about(3).min(own.len() as u64);
    for _ in 0..many {
        seconds += world.between(4, 90);
        let bytes = world.size(site.record_bytes);
        let status = if world.dice.one_in(250) { 404 } else { 200 };
        let target = route.replace("{}", world.dice.pick(own).as_str());
        world.put(seconds, &within, "GET", &target, status, bytes, None);
    }
}

/// A program that takes records in the order of their identifiers, under its own name.
pub(super) fn sync(world: &mut World, site: &Site, caller: &Caller, from: u64, count: usize) {
    let Some(route) = site.record else { return };
    let first = world.dice.below(site.known.len() - count);
    for place in 0..count {
        let bytes = world.size(site.record_bytes);
        let target = route.replace("{}", &site.known[first + place]);
        world.get(from + place as u64 * 2, caller, &target, bytes);
    }
}

fn tickets(world: &mut World) -> Site {
    let site = Site {
        page: "/app",
        app: None,
        record: Some("/api/v2/tickets/{}"),
        record_bytes: (700, 6_000),
        list: None,
        known: numbers(world, 9_000, 41_000, 47_500),
        fetch: "/api/v2/avatar?url={}&s=96",
        fetch_bytes: (6_000, 90_000),
        blind: "/api/v2/webhooks/test",
        blind_bytes: (40, 170),
        download: "/api/v2/attachments/download?file={}",
    };
    owners(world, &site, 700, 6);
    tools(world, &site, &["cdn.service.example", "avatars.id.example"], 300);
    desk(world, &site, "/admin/queue");
    let nightly = world.program("acme-sync/1.4 (+ops@acme.example)");
    for day in 0..DAYS {
        sync(world, &site, &nightly, day * DAY + 7_200, 120);
    }
    // Offices: many people behind one address.
    for _ in 0..4 {
        let office = world.address();
        for _ in 0..25 {
            let person = Caller { client: office.clone(), ..world.person() };
            let own: Vec<String> = (0..4).map(|_| world.dice.pick(&site.known).clone()).collect();
            for _ in 0..3 {
                visit(world, &site, "/api/v2/tickets/{}", &person, &own);
            }
        }
    }
    let partner = world.program("crm-connector/2.0 (integrations@partner.example)");
    sync(world, &site, &partner, 5 * DAY, 400);
    // A broken client in a loop.
    let (broken, one) = (world.person(), site.known[99].clone());
    for turn in 0..3_000 {
        world.get(turn * 300, &broken, &format!("/api/v2/tickets/{one}"), 1_800);
    }
    world.strangers(Some(site.fetch));
    site
}

/// A support desk: few people, all day, all over the records.
pub(super) fn desk(world: &mut World, site: &Site, queue: &str) {
    let Some(route) = site.record else { return };
    for _ in 0..5 {
        let caller = world.person();
        let within = Caller { referer: format!("https://www.service.example{queue}"), ..caller.clone() };
        for day in 0..DAYS {
            let morning = day * DAY + 8 * 3_600;
            world.page(morning, &caller, site.page);
            world.page(morning + 60, &caller, queue);
            world.get(morning + 70, &caller, "/api/session", 412);
            world.get(morning + 90, &caller, "/admin/reports", 18_000);
            for turn in 0..50 {
                let target = route.replace("{}", world.dice.pick(&site.known).as_str());
                let bytes = world.size(site.record_bytes);
                world.get(morning + 200 + turn * 400, &within, &target, bytes);
            }
        }
    }
}

fn photos(world: &mut World) -> Site {
    let site = Site {
        page: "/explore",
        app: None,
        record: Some("/api/albums/{}"),
        record_bytes: (900, 9_000),
        list: None,
        known: numbers(world, 6_000, 400_000, 404_000),
        fetch: "/resize?src={}&w=640",
        fetch_bytes: (8_000, 400_000),
        blind: "/render/collage",
        blind_bytes: (200_000, 900_000),
        download: "/originals?path={}",
    };
    for _ in 0..550 {
        let (caller, seconds) = (world.person(), world.when());
        let start = world.about(3_000);
        world.page(seconds, &caller, "/explore");
        let within = Caller { referer: "https://photos.example/explore".to_owned(), ..caller.clone() };
        for place in 0..world.between(12, 50) {
            let bytes = world.between(5_000, 40_000);
            world.get(seconds + 2 + place / 4, &within, &format!("/thumbs/{}.jpg", start + place), bytes);
        }
        for turn in 0..world.between(0, 4) {
            let (photo, bytes) = (start + world.between(0, 12), world.between(15_000, 40_000));
            world.get(seconds + 30 + turn * 9, &within, &format!("/photo/{photo}"), bytes);
        }
    }
    let paths: Vec<String> = (0..2_000).map(|number| format!("/photo/{number}")).collect();
    let bot = world.program("Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)");
    world.crawl(&bot, &paths);
    let scraper = world.person();
    world.crawl(&scraper, &paths[300..900]);
    owners(world, &site, 500, 4);
    tools(world, &site, &["cdn.photos.example", "img.photos.example"], 350);
    world.strangers(Some(site.fetch));
    site
}

fn news(world: &mut World) -> Site {
    let site = Site {
        page: "/",
        app: None,
        record: None,
        record_bytes: (0, 1),
        list: None,
        known: Vec::new(),
        fetch: "/oembed?format=json&url={}",
        fetch_bytes: (500, 5_000),
        blind: "/feed/import",
        blind_bytes: (9_000, 60_000),
        download: "/epaper?datei={}",
    };
    let posts: Vec<String> =
        (0..700).map(|post| format!("/{}/{:02}/post-title-{post}", 2015 + post % 10, 1 + post % 12)).collect();
    let archive: Vec<String> = (1..3_000).map(|number| format!("/archives/{number}")).collect();
    for _ in 0..1_600 {
        let (caller, mut seconds) = (world.person(), world.when());
        for _ in 0..world.between(1, 5) {
            let old = (world.about(500) as usize).min(archive.len() - 1);
            let path = if world.is_percent(50) { world.dice.pick(&posts).clone() } else { archive[old].clone() };
            world.page(seconds, &caller, &path);
            seconds += world.between(20, 200);
        }
    }
    // A campaign: everybody comes for one page within hours.
    for _ in 0..900 {
        let (mut caller, seconds) = (world.person(), 6 * DAY + world.between(36_000, 46_000));
        caller.referer = "https://social.example/".to_owned();
        world.page(seconds, &caller, "/2024/06/the-story-of-the-day?utm_source=social&utm_campaign=june");
    }
    for agent in [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)",
    ] {
        let bot = world.program(agent);
        world.crawl(&bot, &archive[..2_400]);
    }
    for from in [0, 900, 1_800] {
        let scraper = world.person();
        world.crawl(&scraper, &archive[from..from + 800]);
    }
    tools(world, &site, &[], 350);
    world.strangers(Some(site.fetch));
    site
}

fn clinic(world: &mut World) -> Site {
    let mut site = Site {
        page: "/portal",
        app: Some("ClinicApp/5.2.1 (iOS 17.5; iPhone14,5) CFNetwork/1496"),
        record: Some("/v1/patients/{}/results"),
        record_bytes: (1_200, 16_000),
        list: None,
        known: (0..2_500).map(|_| world.uuid()).collect(),
        fetch: "/v1/letters/preview?logo={}",
        fetch_bytes: (30_000, 160_000),
        blind: "/graphql",
        blind_bytes: (180, 30_000),
        download: "/v1/forms/download?name={}",
    };
    owners(world, &site, 900, 4);
    desk(world, &site, "/ward");
    tools(world, &site, &["assets.clinic.example"], 150);
    // The portal in a browser, beside the app.
    let app = site.app.take();
    owners(world, &site, 250, 3);
    tools(world, &site, &["assets.clinic.example"], 60);
    site.app = app;
    for _ in 0..500 {
        let (mut caller, seconds) = (world.person(), world.when());
        caller.agent = site.app.unwrap_or_default().to_owned();
        world.get(seconds, &caller, "/api/session", 401);
        for turn in 0..world.between(2, 12) {
            let bytes = world.size(site.blind_bytes);
            world.put(seconds + turn * 7, &caller, "POST", "/graphql", 200, bytes, None);
        }
    }
    let laboratory = world.program("labconnect/3.0");
    for day in 0..DAYS {
        sync(world, &site, &laboratory, day * DAY + 10_800, 80);
    }
    world.strangers(Some(site.fetch));
    site
}

fn shop(world: &mut World) -> Site {
    let site = Site {
        page: "/%E5%95%86%E5%93%81",
        app: None,
        // Orders, in Japanese.
        record: Some("/%E3%83%9E%E3%82%A4%E3%83%9A%E3%83%BC%E3%82%B8/%E6%B3%A8%E6%96%87/{}"),
        record_bytes: (2_500, 11_000),
        list: None,
        known: numbers(world, 8_000, 7_000_000, 7_005_000),
        fetch: "/bild?quelle={}&breite=320",
        fetch_bytes: (4_000, 120_000),
        blind: "/rechnung/vorschau",
        blind_bytes: (45_000, 90_000),
        download: "/downloads?datei={}",
    };
    for _ in 0..1_100 {
        let (caller, mut seconds) = (world.person(), world.when());
        world.page(seconds, &caller, site.page);
        for _ in 0..world.between(1, 9) {
            seconds += world.between(5, 120);
            let number = world.about(120);
            world.page(seconds, &caller, &format!("/%E5%95%86%E5%93%81/{number}?farbe=%E8%B5%A4"));
        }
    }
    let products: Vec<String> = (0..700).map(|number| format!("/%E5%95%86%E5%93%81/{number}")).collect();
    let bot = world.program("Mozilla/5.0 (compatible; Applebot/0.1; +http://www.apple.com/go/applebot)");
    world.crawl(&bot, &products);
    owners(world, &site, 700, 4);
    desk(world, &site, "/admin/bestellungen");
    let partner = world.program("Warenwirtschaft/8.1");
    sync(world, &site, &partner, 3 * DAY + 9_000, 600);
    tools(world, &site, &["cdn.shop.example", "bilder.shop.example"], 350);
    world.strangers(Some(site.fetch));
    site
}
