//! Thefts, by what they do and how well they mimic the users of a service.
//!
//! Level 1 is clean: a browser's agent, no noise, an address spelt otherwise. Level 2 is indirect or spread: a redirect
//! from a host of its own, many addresses, few requests each. Level 3 has context: the pages of the service around it,
//! hosts that look like the service's, wrapped answers, fewer records each than a user's. Level 4 mimics all of it: the
//! sizes of the route, the popularity of the records. At level 4 the log tells next to nothing, and a table in which it
//! is found would speak of a flaw in these worlds.

use super::services::Site;
use super::traffic::{Caller, DAY, DAYS, Mark, World};

/// What a service must have to be robbed so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// What all have.
    Tools,
    /// Records of persons.
    Records,
    /// Records whose identifiers are numbers.
    Numbers,
    /// Lists of records by pages.
    Lists,
}

/// A theft that can be tried on a service.
pub(crate) struct Theft {
    pub(crate) name: &'static str,
    pub(crate) level: u8,
    pub(crate) needs: Needs,
    pub(crate) commit: fn(&mut World, &Site, u64),
}

const fn extraction(name: &'static str, level: u8, commit: fn(&mut World, &Site, u64)) -> Theft {
    Theft { name, level, needs: Needs::Tools, commit }
}

const fn harvest(name: &'static str, level: u8, commit: fn(&mut World, &Site, u64)) -> Theft {
    Theft { name, level, needs: Needs::Records, commit }
}

const fn numbered(name: &'static str, level: u8, commit: fn(&mut World, &Site, u64)) -> Theft {
    Theft { name, level, needs: Needs::Numbers, commit }
}

const fn listed(name: &'static str, level: u8, commit: fn(&mut World, &Site, u64)) -> Theft {
    Theft { name, level, needs: Needs::Lists, commit }
}

/// All thefts.
pub(crate) const THEFTS: [Theft; 29] = [
    extraction("fetch, plain address", 1, fetch_plain),
    extraction("fetch, encoded address", 1, fetch_encoded),
    extraction("fetch, renamed parameter", 2, fetch_renamed),
    extraction("fetch, redirect by own host", 2, |world, site, from| redirect(world, site, from, 2)),
    extraction("fetch, redirect by lookalike", 3, |world, site, from| redirect(world, site, from, 3)),
    extraction("fetch, redirect, usual size", 4, |world, site, from| redirect(world, site, from, 4)),
    extraction("body, tries first", 1, |world, site, from| body(world, site, from, 1)),
    extraction("body, three addresses", 2, |world, site, from| body(world, site, from, 2)),
    extraction("body, among ordinary use", 3, |world, site, from| body(world, site, from, 3)),
    extraction("download, traversal", 1, |world, site, from| download(world, site, from, 1)),
    extraction("download, traversal encoded twice", 2, |world, site, from| download(world, site, from, 2)),
    harvest("records, secret fields asked for", 2, fields),
    numbered("records, one address in a row", 1, row),
    harvest("records, one address guessing", 1, guessing),
    harvest("records, slow over days", 2, slow),
    numbered("records, many addresses in a row", 2, interleaved),
    harvest("records, many addresses guessing", 2, shuffled),
    harvest("records, from a leaked list", 2, leaked),
    harvest("records, from a leaked list, one address", 2, leaked_to_one),
    harvest("records, one each, one agent", 2, once_each),
    numbered("records, one each in a row, any agent", 3, once_in_a_row),
    listed("lists, one address", 1, |world, site, from| pages(world, site, from, 1)),
    listed("lists, forty addresses", 2, |world, site, from| pages(world, site, from, 40)),
    listed("lists, slow over days", 2, pages_slowly),
    harvest("lists, of a few who work there", 2, of_few),
    harvest("records, by a user that turns", 2, turned),
    harvest("records, by one who looks around", 3, around),
    harvest("records, with pages around", 3, context),
    harvest("records, by popularity", 4, popular),
];

/// The sizes of a document of keys: as it is, and packed.
const KEYS: (u64, u64) = (1_310, 1_340);
const KEYS_PACKED: (u64, u64) = (1_015, 1_045);

const METADATA: &str = "http%3A%2F%2F169.254.169.254%2Flatest%2Fmeta-data%2Fiam%2Fsecurity-credentials%2F";

fn thief(world: &mut World, site: &Site) -> Caller {
    let person = world.person();
    Caller { agent: site.app.map_or(person.agent, ToOwned::to_owned), ..person }
}

/// The keys of the server, thrice: the list of roles, then the keys, then again when they have run out.
fn fetch(world: &mut World, caller: &Caller, route: &str, address: &str, from: u64) {
    let ask = |world: &mut World, seconds: u64, what: &str, bytes: u64| {
        world.put(seconds, caller, "GET", &route.replace("{}", what), 200, bytes, Some(Mark::Theft));
    };
    ask(world, from, address, 14);
    for turn in 0..3 {
        let bytes = world.size(KEYS);
        ask(world, from + 40 + turn * 19_000, &format!("{address}media-prod-web"), bytes);
    }
}

fn fetch_plain(world: &mut World, site: &Site, from: u64) {
    let caller = thief(world, site);
    fetch(world, &caller, site.fetch, METADATA, from);
}

fn fetch_encoded(world: &mut World, site: &Site, from: u64) {
    let caller = thief(world, site);
    let host = *world.dice.pick(&[
        "2852039166",
        "0xa9fea9fe",
        "0251.0376.0251.0376",
        "%255B%253A%253Affff%253Aa9fe%253Aa9fe%255D",
    ]);
    let address = format!("http%3A%2F%2F{host}%2Flatest%2Fmeta-data%2Fiam%2Fsecurity-credentials%2F");
    fetch(world, &caller, site.fetch, &address, from);
}

fn fetch_renamed(world: &mut World, site: &Site, from: u64) {
    let mut caller = thief(world, site);
    caller.referer = format!("https://www.service.example{}", site.page);
    let (path, _) = site.fetch.split_once('?').unwrap_or((site.fetch, ""));
    let address = "HTTP%3a%2f%2f169.254.43518%2f2021-07-15%2fmeta-data%2fiam%2fsecurity-credentials%2f";
    fetch(world, &caller, &format!("{path}?v=2&_u={{}}"), address, from);
}

fn redirect(world: &mut World, site: &Site, from: u64, level: u8) {
    let mut caller = thief(world, site);
    let host = match level {
        2 => "i.7f3k.example",
        3 => "cdn-service.example",
        _ => "cdn.service.example",
    };
    if 2 < level {
        caller.referer = format!("https://www.service.example{}", site.page);
        world.page(from, &caller, site.page);
    }
    for turn in 0..4 {
        let bytes = match level {
            2 => world.size(KEYS),
            3 => world.size(KEYS_PACKED),
            _ => world.size(site.fetch_bytes),
        };
        let url = format!("https%3A%2F%2F{host}%2Fm%2F{}.jpg", 100 + turn);
        world.put(
            from + 50 + turn * 9_000,
            &caller,
            "GET",
            &site.fetch.replace("{}", &url),
            200,
            bytes,
            Some(Mark::Theft),
        );
    }
}

fn body(world: &mut World, site: &Site, from: u64, level: u8) {
    let callers: Vec<Caller> = (0..if level == 2 { 3 } else { 1 }).map(|_| thief(world, site)).collect();
    let tries = [8, 3, 1][usize::from(level) - 1];
    for turn in 0..tries {
        let caller = &callers[turn as usize % callers.len()];
        world.put(from + turn * 45, caller, "POST", site.blind, 500, 88, Some(Mark::Step));
    }
    for turn in 0..3 {
        let caller = &callers[turn % callers.len()];
        let seconds = from + 900 + turn as u64 * 7_000;
        if level == 3 {
            world.page(seconds - 30, caller, site.page);
        }
        // Who loads the page first sends the form from there.
        let referer = format!("https://www.service.example{}", site.page);
        let within = if level == 3 { Caller { referer, ..caller.clone() } } else { caller.clone() };
        if level == 3 {
            let bytes = world.size(site.blind_bytes);
            world.put(seconds - 10, &within, "POST", site.blind, 200, bytes, Some(Mark::Step));
        }
        let bytes = world.size(if level == 3 { KEYS_PACKED } else { KEYS });
        world.put(seconds, &within, "POST", site.blind, 200, bytes, Some(Mark::Theft));
    }
}

fn download(world: &mut World, site: &Site, from: u64, level: u8) {
    let up = if level == 1 { "..%2F..%2F..%2F..%2F" } else { "reports%252F..%252F..%252F..%252F" };
    let rest = if level == 1 { "proc%2Fself%2Fenviron" } else { "home%252Fapp%252F.aws%252Fcredentials" };
    let mut caller = thief(world, site);
    for turn in 0..3 {
        if level == 2 {
            caller = thief(world, site);
            caller.referer = format!("https://www.service.example{}", site.page);
        }
        let bytes = if level == 1 { 2_211 } else { 238 };
        let target = site.download.replace("{}", &format!("{up}{rest}"));
        world.put(from + turn * 3_000, &caller, "GET", &target, 200, bytes, Some(Mark::Theft));
    }
}

/// Asks for one record.
fn take(world: &mut World, site: &Site, caller: &Caller, seconds: u64, object: Option<&str>) {
    let route = site.record.unwrap_or_default();
    match object {
        Some(object) => {
            let bytes = world.size(site.record_bytes);
            world.put(seconds, caller, "GET", &route.replace("{}", object), 200, bytes, Some(Mark::Theft));
        }
        None => {
            let guess = guess(world, site);
            world.put(seconds, caller, "GET", &route.replace("{}", &guess), 404, 61, Some(Mark::Step));
        }
    }
}

/// An identifier of the right form that is nobody's.
fn guess(world: &mut World, site: &Site) -> String {
    let near = world.dice.pick(&site.known).clone();
    match near.parse::<u64>() {
        Ok(number) => (number / 10 * 10 + world.between(0, 10)).to_string(),
        Err(_) => world.uuid(),
    }
}

/// That many numbers in a row, and of each whether there is such a record.
fn stretch(world: &mut World, site: &Site, count: usize) -> Vec<Option<String>> {
    let from = world.dice.below(site.known.len() * 2 / 3);
    let known = &site.known[from..];
    let first: u64 = known[0].parse().expect("identifiers are numbers");
    let numbers = (first..).take(count).map(|number| number.to_string());
    numbers.map(|number| known.binary_search(&number).is_ok().then_some(number)).collect()
}

fn anywhere(world: &mut World, site: &Site, count: usize) -> Vec<String> {
    let mut records = site.known.clone();
    for place in 0..count {
        let other = place + world.dice.below(records.len() - place);
        records.swap(place, other);
    }
    records.truncate(count);
    records
}

fn fields(world: &mut World, site: &Site, from: u64) {
    let route = site.record.unwrap_or_default();
    let mut caller = thief(world, site);
    caller.referer = format!("https://www.service.example{}", site.page);
    for (turn, object) in anywhere(world, site, 12).iter().enumerate() {
        let mark = if route.contains('?') { '&' } else { '?' };
        let target = format!("{}{mark}include=owner.api_keys,integration.secret", route.replace("{}", object));
        let bytes = 2 * world.size(site.record_bytes);
        world.put(from + turn as u64 * 300, &caller, "GET", &target, 200, bytes, Some(Mark::Theft));
    }
}

fn row(world: &mut World, site: &Site, from: u64) {
    let caller = thief(world, site);
    for (turn, object) in stretch(world, site, 500).iter().enumerate() {
        take(world, site, &caller, from + turn as u64 * 5, object.as_deref());
    }
}

fn guessing(world: &mut World, site: &Site, from: u64) {
    let caller = thief(world, site);
    for (turn, object) in anywhere(world, site, 300).iter().enumerate() {
        let object = if world.is_percent(35) { None } else { Some(object.as_str()) };
        take(world, site, &caller, from + turn as u64 * 30, object);
    }
}

fn slow(world: &mut World, site: &Site, from: u64) {
    let mut caller = thief(world, site);
    caller.referer = format!("https://www.service.example{}", site.page);
    let step = (DAYS * DAY - from - 1) / 240;
    for (turn, object) in anywhere(world, site, 240).iter().enumerate() {
        let seconds = from + turn as u64 * step + world.between(0, step);
        let object = if world.is_percent(15) { None } else { Some(object.as_str()) };
        take(world, site, &caller, seconds, object);
    }
}

/// Records by turns over many addresses, that share an agent.
fn spread(world: &mut World, site: &Site, from: u64, addresses: usize, records: &[Option<String>]) {
    let first = thief(world, site);
    let referer = format!("https://www.service.example{}", site.page);
    let callers: Vec<Caller> = (0..addresses)
        .map(|_| Caller { client: world.address(), agent: first.agent.clone(), referer: referer.clone() })
        .collect();
    let step = ((DAYS * DAY - from - 1) / records.len() as u64).min(400);
    for (turn, object) in records.iter().enumerate() {
        let seconds = from + turn as u64 * step + world.between(0, step);
        take(world, site, &callers[turn % addresses], seconds, object.as_deref());
    }
}

fn interleaved(world: &mut World, site: &Site, from: u64) {
    let records = stretch(world, site, 750);
    spread(world, site, from, 150, &records);
}

fn shuffled(world: &mut World, site: &Site, from: u64) {
    let records: Vec<Option<String>> =
        anywhere(world, site, 750).into_iter().map(|object| (!world.is_percent(35)).then_some(object)).collect();
    spread(world, site, from, 150, &records);
}

fn leaked(world: &mut World, site: &Site, from: u64) {
    let records: Vec<Option<String>> = anywhere(world, site, 600).into_iter().map(Some).collect();
    spread(world, site, from, 60, &records);
}

fn leaked_to_one(world: &mut World, site: &Site, from: u64) {
    let records: Vec<Option<String>> = anywhere(world, site, 300).into_iter().map(Some).collect();
    spread(world, site, from, 1, &records);
}

fn once_each(world: &mut World, site: &Site, from: u64) {
    let records: Vec<Option<String>> = anywhere(world, site, 500).into_iter().map(Some).collect();
    spread(world, site, from, 500, &records);
}

/// Numbers in a row, each by another address and any agent, as machines of others do it.
fn once_in_a_row(world: &mut World, site: &Site, from: u64) {
    for (turn, object) in stretch(world, site, 400).iter().enumerate() {
        let caller = thief(world, site);
        take(world, site, &caller, from + turn as u64 * 20, object.as_deref());
    }
}

/// All pages of the list of records, from the first on, over so many addresses.
fn pages(world: &mut World, site: &Site, from: u64, addresses: usize) {
    let first = thief(world, site);
    let callers: Vec<Caller> = (0..addresses).map(|_| Caller { client: world.address(), ..first.clone() }).collect();
    for page in 0..320 {
        let seconds = from + page as u64 * 15;
        page_of(world, site, &callers[page % addresses], seconds, page as u64 + 1);
    }
}

fn pages_slowly(world: &mut World, site: &Site, from: u64) {
    let caller = thief(world, site);
    let step = (DAYS * DAY - from - 1) / 200;
    for page in 0..200 {
        let seconds = from + page * step + world.between(0, step);
        page_of(world, site, &caller, seconds, page + 1);
    }
}

/// A list that three at a desk alone use, among the pages around it: they look at its beginning, and a newcomer takes all of it.
fn of_few(world: &mut World, site: &Site, from: u64) {
    let list = |page: u64| format!("/staff/customers?page={page}");
    let staff: Vec<Caller> = (0..3).map(|_| world.person()).collect();
    for day in 0..DAYS {
        for caller in &staff {
            for _ in 0..world.between(3, 8) {
                let seconds = day * DAY + world.between(8 * 3_600, 17 * 3_600);
                world.page(seconds, caller, site.page);
                world.get(seconds + 3, caller, "/staff/tasks", 4_100);
                world.get(seconds + 4, caller, "/staff/notes", 812);
                let page = world.between(1, 3);
                world.get(seconds + 9, caller, &list(page), 24_300);
            }
        }
    }
    let caller = thief(world, site);
    for page in 1..=120 {
        let seconds = from + page * 6 + world.between(0, 5);
        world.put(seconds, &caller, "GET", &list(page), 200, 24_300, Some(Mark::Theft));
    }
}

fn page_of(world: &mut World, site: &Site, caller: &Caller, seconds: u64, page: u64) {
    let (low, high) = site.record_bytes;
    let bytes = world.size((low * 9, high * 9));
    let target = site.list.unwrap_or_default().replace("{}", &page.to_string());
    world.put(seconds, caller, "GET", &target, 200, bytes, Some(Mark::Theft));
}

/// Few records each, by many who each look like a user: pages, assets, the calls of the page.
fn visits(world: &mut World, site: &Site, from: u64, each: usize, records: &[String]) {
    for own in records.chunks(each) {
        let caller = thief(world, site);
        let within = Caller { referer: format!("https://www.service.example{}", site.page), ..caller.clone() };
        let mut seconds = world.when().max(from);
        world.page(seconds, &caller, site.page);
        world.get(seconds + 2, &caller, "/api/session", 412);
        world.get(seconds + 2, &caller, "/api/notifications", 2);
        for object in own {
            seconds += world.between(8, 90);
            take(world, site, &within, seconds, Some(object));
        }
    }
}

fn context(world: &mut World, site: &Site, from: u64) {
    let records = anywhere(world, site, 600);
    visits(world, site, from, 3, &records);
}

/// The pages and calls of a visit, and then so many records.
fn visit_for(
    world: &mut World,
    site: &Site,
    caller: &Caller,
    mut seconds: u64,
    records: &[String],
    mark: Option<Mark>,
) {
    let within = Caller { referer: format!("https://www.service.example{}", site.page), ..caller.clone() };
    world.page(seconds, caller, site.page);
    world.get(seconds + 2, caller, "/api/session", 412);
    world.get(seconds + 2, caller, "/api/notifications", 2);
    for object in records {
        seconds += world.between(8, 60);
        let bytes = world.size(site.record_bytes);
        let target = site.record.unwrap_or_default().replace("{}", object);
        world.put(seconds, &within, "GET", &target, 200, bytes, mark);
    }
}

/// A user with records of its own, who comes back to them for a week and then takes what is others'.
fn turned(world: &mut World, site: &Site, _: u64) {
    let caller = thief(world, site);
    let own = anywhere(world, site, 3);
    let others = anywhere(world, site, 400);
    for day in 0..7 {
        let two: Vec<String> = (0..2).map(|_| world.dice.pick(&own).clone()).collect();
        visit_for(world, site, &caller, day * DAY + 40_000, &two, None);
    }
    for (turn, eighty) in others.chunks(80).enumerate() {
        visit_for(world, site, &caller, (7 + turn as u64) * DAY + 36_000, eighty, Some(Mark::Theft));
    }
}

/// One who takes sixty records a day among the pages of the service, from the first day that it is seen.
fn around(world: &mut World, site: &Site, from: u64) {
    let caller = thief(world, site);
    let records = anywhere(world, site, 360);
    for (turn, sixty) in records.chunks(60).enumerate() {
        visit_for(world, site, &caller, from + turn as u64 * DAY, sixty, Some(Mark::Theft));
    }
}

fn popular(world: &mut World, site: &Site, from: u64) {
    let records: Vec<String> = (0..400).map(|_| world.dice.pick(&site.known).clone()).collect();
    visits(world, site, from, 2, &records);
}
