//! Logs in which one signal alone tells a theft from its innocent twin.
//!
//! Most thefts are told by several signals at once, so that taking one out changes nothing in most worlds. What a signal is
//! there for is a service where the others say nothing: here is one for each of those, as it may well be met. With the
//! signal the theft is loud and its twin is not; without it one of the two is told wrongly. A signal of which no such
//! service can be thought has no place in the list.

use super::services::{self, Site};
use super::traffic::{Caller, DAY, DAYS, Mark, World};
use crate::logs::Writing;
use crate::program::{of_type, rows};

/// A log in which a signal decides.
pub(crate) struct Case {
    pub(crate) signal: &'static str,
    /// What the service is like.
    pub(crate) about: &'static str,
    live: fn(&mut World) -> Parts,
}

/// Who is who in a log.
struct Parts {
    /// Whoever must stand in a loud incident: any of them.
    thieves: Vec<String>,
    /// Who looks like that, and must stand in none.
    twins: Vec<String>,
}

/// All of them.
pub(crate) const CASES: [Case; 8] = [
    Case {
        signal: "shared-answer",
        about: "an application that answers every path with its one page; strangers who ask for one file each",
        live: one_page,
    },
    Case {
        signal: "constant-answer",
        about: "a page that says what is missing, with the status of a success",
        live: echoed_path,
    },
    Case {
        signal: "live-parameter",
        about: "a preview of any page of the web, in any size, that reaches what is inside",
        live: preview_inside,
    },
    Case {
        signal: "role-echo",
        about: "a check of addresses on a route that answers in the sizes of keys",
        live: checked_address,
    },
    Case {
        signal: "orphan-fetch",
        about: "letters of many years, whose owners do not come by while the log lasts",
        live: cold_letters,
    },
    Case {
        signal: "list-before",
        about: "pictures from a few hosts; a list of roles and then their keys, once each, by a host of the thief's own",
        live: pictures_of_hosts,
    },
    Case {
        signal: "lone-choice",
        about: "settings that an application asks for in two ways; fields that are guessed, one of which gives what nobody is given",
        live: asked_for_fields,
    },
    Case {
        signal: "others-values",
        about: "members that clubs export by a name that no record has; exports of others, and a federation that looks after some",
        live: exported_clubs,
    },
];

/// The log of a case, and who must be loud in it and who must not.
fn made(case: &Case, seed: u64) -> (String, Parts) {
    let mut world = World::new(seed);
    let parts = (case.live)(&mut world);
    (world.written(Writing::Combined).0, parts)
}

/// What is told wrongly in a case.
pub(crate) fn wrong(case: &Case, seed: u64) -> Vec<String> {
    let (text, parts) = made(case, seed);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("access.log");
    std::fs::write(&path, text).expect("the log is written");
    let (rows, _) = rows(&[&path]);
    let mut loud: Vec<String> = Vec::new();
    for incident in of_type(&rows, "incident") {
        if incident["severity"] == "high" || incident["severity"] == "critical" {
            let actors = incident["actors"].as_array().expect("an incident has actors");
            loud.extend(actors.iter().filter_map(|actor| actor["client"].as_str().map(ToOwned::to_owned)));
        }
    }
    let mut wrong: Vec<String> = Vec::new();
    if !loud.iter().any(|client| parts.thieves.contains(client)) {
        wrong.push("the theft is not loud".to_owned());
    }
    wrong.extend(loud.iter().filter(|one| !parts.thieves.contains(one)).map(|one| {
        let who = if parts.twins.contains(one) { "the innocent twin" } else { "somebody" };
        format!("{who} is loud: {one}")
    }));
    wrong
}

/// Readers of pages, with what is around them.
fn readers(world: &mut World, paths: &[&str], count: usize) {
    for _ in 0..count {
        let (caller, mut seconds) = (world.person(), world.when());
        for _ in 0..world.between(1, 6) {
            seconds += world.between(5, 90);
            let path = (*world.dice.pick(paths)).to_owned();
            world.page(seconds, &caller, &path);
        }
    }
}

/// An application of one page: whatever is no file of it gets the page, and the application finds its way in it.
fn one_page(world: &mut World) -> Parts {
    const PAGE: u64 = 5_120;
    const VIEWS: [&str; 12] = [
        "/",
        "/inbox",
        "/calendar",
        "/contacts",
        "/tasks",
        "/notes",
        "/settings",
        "/profile",
        "/help",
        "/search",
        "/teams",
        "/billing",
    ];
    for _ in 0..250 {
        let (caller, mut seconds) = (world.person(), world.when());
        for _ in 0..world.between(1, 4) {
            let view = (*world.dice.pick(&VIEWS)).to_owned();
            let bytes = world.between(900, 7_000);
            world.put(seconds, &caller, "GET", &view, 200, PAGE, Some(Mark::Step));
            world.get(seconds + 1, &caller, "/static/app.js", 402_118);
            world.get(seconds + 2, &caller, &format!("/api/items?view={}", &view[1..]), bytes);
            seconds += world.between(20, 300);
        }
    }
    // Who looks for one file on every host of the network asks this one for it, too.
    let twins: Vec<Caller> = (0..3).map(|_| world.person()).collect();
    for caller in &twins {
        let seconds = world.when();
        world.put(seconds, caller, "GET", "/.env", 200, PAGE, Some(Mark::Step));
    }
    let thief = world.person();
    world.put(6 * DAY + 9_000, &thief, "GET", "/api/.env", 200, 1_874, Some(Mark::Theft));
    parts(&[thief], &twins)
}

/// A site that says of each path which it has not that it has it not, and calls that a success.
fn echoed_path(world: &mut World) -> Parts {
    const SOUGHT: [&str; 7] = [
        "/.env",
        "/.aws/credentials",
        "/config/.env.production",
        "/wp-config.php.bak",
        "/backup.sql.gz",
        "/.git/config",
        "/server/.npmrc",
    ];
    readers(world, &["/", "/rooms", "/prices", "/arrival", "/garden", "/kitchen/today", "/contact"], 300);
    let scan = |world: &mut World, found: Option<&str>| {
        let (caller, mut seconds) = (world.person(), world.when());
        for path in SOUGHT {
            seconds += world.between(1, 5);
            world.put(seconds, &caller, "GET", path, 200, 1_311 + path.len() as u64, Some(Mark::Step));
        }
        if let Some(path) = found {
            world.put(seconds + 3, &caller, "GET", path, 200, 731, Some(Mark::Theft));
        }
        caller
    };
    let twins = [scan(world, None), scan(world, None)];
    let thief = scan(world, Some("/old/.env"));
    parts(&[thief], &twins)
}

/// A tool that shows a card of any page of the web: its answers are as long as pages are.
fn preview_inside(world: &mut World) -> Parts {
    const NOTHING: u64 = 46;
    let preview = |host: &str, path: &str| format!("/api/preview?url=http%3A%2F%2F{host}%2F{path}");
    for user in 0..400_u64 {
        let (caller, mut seconds) = (world.person(), world.when());
        world.page(seconds, &caller, "/board");
        for _ in 0..world.between(1, 5) {
            seconds += world.between(4, 80);
            let target = preview(&format!("www.blog-{}.example", user * 7 % 391), "post");
            // One page in nine is not there any more.
            let bytes = if world.dice.one_in(9) { NOTHING } else { world.size((400, 60_000)) };
            world.put(seconds, &caller, "GET", &target, 200, bytes, Some(Mark::Step));
        }
        world.get(seconds + 9, &caller, "/login?next=%2Fboard", 4_410);
    }
    // A colleague who shares a page of the office, that the tool cannot reach.
    let colleague = world.person();
    for day in [2, 5] {
        world.page(day * DAY + 40_000, &colleague, "/board");
        let target = preview("192.168.20.4", "wiki%2Fplan");
        world.put(day * DAY + 40_009, &colleague, "GET", &target, 200, NOTHING, Some(Mark::Step));
    }
    // A stranger who asks each host that fetches for the keys of its machine, once.
    let stranger = world.person();
    let keys = preview("169.254.169.254", "latest%2Fmeta-data%2Fiam%2Fsecurity-credentials%2F");
    world.put(DAY + 70_000, &stranger, "GET", &keys, 200, NOTHING, Some(Mark::Step));
    // A proxy of an office that names itself in the address to come back to.
    let office = world.person();
    world.put(
        3 * DAY + 41_000,
        &office,
        "GET",
        "/login?next=http%3A%2F%2F10.1.4.9%2Fboard",
        200,
        4_410,
        Some(Mark::Step),
    );
    let thief = world.person();
    for (turn, path) in ["_cat%2Findices", "customers%2F_search%3Fsize%3D500"].iter().enumerate() {
        let bytes = [2_212, 38_400][turn];
        let seconds = 8 * DAY + 50_000 + turn as u64 * 60;
        world.put(seconds, &thief, "GET", &preview("10.0.3.9%3A9200", path), 200, bytes, Some(Mark::Theft));
    }
    parts(&[thief], &[colleague, stranger, office])
}

/// A route on which a few give addresses, and which answers in every size that keys have.
fn checked_address(world: &mut World) -> Parts {
    for _ in 0..260 {
        let (caller, mut seconds) = (world.person(), world.when());
        world.page(seconds, &caller, "/sources");
        for _ in 0..world.between(1, 6) {
            seconds += world.between(3, 60);
            let source = world.between(1, 900);
            let bytes = if world.is_percent(40) { world.between(18, 64) } else { world.between(1_100, 1_500) };
            world.get(seconds, &caller, &format!("/api/v1/sources/check?id={source}"), bytes);
        }
    }
    let check = |what: &str| format!("/api/v1/sources/check?endpoint={METADATA}{what}");
    // Who tries names of roles that are nobody's is told that nothing is there.
    let guesser = world.person();
    for (turn, role) in ["", "admin", "ec2-default", "web-server-role"].into_iter().enumerate() {
        world.put(4 * DAY + turn as u64 * 9, &guesser, "GET", &check(role), 200, 34, Some(Mark::Step));
    }
    let thief = world.person();
    let role = "sources-checker-production";
    world.put(7 * DAY + 8_000, &thief, "GET", &check(""), 200, role.len() as u64, Some(Mark::Theft));
    world.put(7 * DAY + 8_030, &thief, "GET", &check(role), 200, 1_338, Some(Mark::Theft));
    parts(&[thief], &[guesser])
}

const METADATA: &str = "http%3A%2F%2F169.254.169.254%2Flatest%2Fmeta-data%2Fiam%2Fsecurity-credentials%2F";

/// Letters of an insurance: each is read once, when it comes, and those of the years before by nobody.
fn cold_letters(world: &mut World) -> Parts {
    let mut site = Site {
        page: "/postfach",
        app: None,
        record: Some("/api/v1/letters/{}"),
        record_bytes: (9_000, 60_000),
        list: None,
        known: (0..6_000).map(|_| world.uuid()).collect(),
        fetch: "/api/v1/logo?url={}",
        fetch_bytes: (9_000, 70_000),
        blind: "/api/v1/forms",
        blind_bytes: (30_000, 60_000),
        download: "/api/v1/forms/file?name={}",
    };
    services::owners(world, &site, 600, 3);
    // Those whose browsers kept the page ask for their letters alone, with whatever browser; who has the very one that the
    // thieves name is not told from them by anything.
    let agent = world.browser();
    let mut twins = Vec::new();
    while twins.len() < 60 {
        let (caller, seconds) = (world.person(), world.when());
        if caller.agent == agent {
            continue;
        }
        for turn in 0..4 {
            let target = format!("/api/v1/letters/{}", world.uuid());
            let bytes = world.size(site.record_bytes);
            world.get(seconds + turn * 20, &caller, &target, bytes);
        }
        twins.push(caller);
    }
    // A list of letters that leaked: none of them belongs to anybody who comes by.
    site.known = (0..240).map(|_| world.uuid()).collect();
    let thieves: Vec<Caller> = (0..60).map(|_| Caller { agent: agent.clone(), ..world.person() }).collect();
    for (turn, letter) in site.known.iter().enumerate() {
        let seconds = 3 * DAY + turn as u64 * 900 % ((DAYS - 3) * DAY);
        let bytes = world.size(site.record_bytes);
        let caller = &thieves[turn % thieves.len()];
        world.put(seconds, caller, "GET", &format!("/api/v1/letters/{letter}"), 200, bytes, Some(Mark::Theft));
    }
    parts(&thieves, &twins)
}

/// Pictures that people bring from three shops, and now and then from a host of their own; one that is gone is answered by an
/// empty one.
fn pictures_of_hosts(world: &mut World) -> Parts {
    const GONE: u64 = 43;
    let picture = |host: &str, name: u64| format!("/pictures/resize?src=https%3A%2F%2F{host}%2F{name:x}.jpg&w=320");
    for _ in 0..500 {
        let (caller, mut seconds) = (world.person(), world.when());
        world.page(seconds, &caller, "/wishes");
        let shop = ["img.linens.example", "media.lamps.example", "static.chairs.example"][world.dice.below(3)];
        for _ in 0..world.between(2, 9) {
            seconds += world.between(2, 60);
            let bytes = if world.is_percent(2) { GONE } else { world.size((6_000, 90_000)) };
            let name = world.between(100_000, 999_999);
            world.put(seconds, &caller, "GET", &picture(shop, name), 200, bytes, Some(Mark::Step));
        }
    }
    // Whose own pictures are drawings of a few colours, and whose own pictures are partly gone.
    let mut owner = |host: &str, sizes: &[u64]| {
        let (caller, mut seconds) = (world.person(), world.when());
        world.page(seconds, &caller, "/wishes");
        for (name, bytes) in sizes.iter().enumerate() {
            seconds += 70;
            world.put(seconds, &caller, "GET", &picture(host, name as u64), 200, *bytes, Some(Mark::Step));
        }
        caller
    };
    let draws = owner("home.draws.example", &[1_402, 1_377]);
    let lost = owner("www.lost.example", &[GONE, GONE, 1_290, 1_391]);
    let thief = owner("cdn.wishes-media.example", &[19, 1_338, 1_342]);
    parts(&[thief], &[draws, lost])
}

/// An application asks for the settings of its club in two ways. Somebody tries other fields; others have the next release, or
/// were refused once what all ask for.
fn asked_for_fields(world: &mut World) -> Parts {
    let settings = |fields: &str| format!("/api/v2/club/settings?felder={fields}");
    for number in 0..400 {
        let (caller, mut seconds) = (world.person(), world.when());
        world.page(seconds, &caller, "/club");
        for _ in 0..world.between(1, 4) {
            seconds += world.between(2, 600);
            let fields = if number % 5 == 0 { "name,logo,farben,zeiten" } else { "name,logo,farben" };
            let bytes = world.size((560, 690));
            world.put(seconds, &caller, "GET", &settings(fields), 200, bytes, Some(Mark::Step));
        }
    }
    let mut ask = |asked: &[(&str, u16, u64)]| {
        let (caller, mut seconds) = (world.person(), world.when());
        world.page(seconds, &caller, "/club");
        for (fields, status, bytes) in asked {
            seconds += 40;
            world.put(seconds, &caller, "GET", &settings(fields), *status, *bytes, Some(Mark::Step));
        }
        caller
    };
    let thief = ask(&[("name,logo,farben", 200, 604), ("name,konto", 400, 71), ("name,kasse", 200, 1_610)]);
    let released =
        ask(&[("name,logo,farben,zeiten,wetter", 200, 1_480), ("name,logo,farben,zeiten,wetter", 200, 1_466)]);
    let unlucky = ask(&[("name,logo,farben", 503, 90), ("name,logo,farben,karte", 200, 2_480)]);
    parts(&[thief], &[released, unlucky])
}

/// Clubs export their members by their name. Somebody goes through others' after its own; a federation goes through those that it
/// looks after, and does so again.
fn exported_clubs(world: &mut World) -> Parts {
    const SYLLABLES: [&str; 12] =
        ["al", "ber", "dorf", "eck", "fels", "gau", "hain", "in", "lau", "mar", "stedt", "wald"];
    let name = |number: usize| [number % 12, number / 12 % 12, 5].map(|at| SYLLABLES[at]).concat();
    let export = |world: &mut World, caller: &Caller, seconds: u64, club: usize| {
        let bytes = 9_000 + club as u64 % 60 * 410;
        let target = format!("/vorstand/ausfuhr?wer={}&form=csv", name(club));
        world.put(seconds, caller, "GET", &target, 200, bytes, Some(Mark::Step));
    };
    for club in 0..120 {
        let caller = world.person();
        for _ in 0..world.between(1, 4) {
            let seconds = world.when();
            world.page(seconds, &caller, "/vorstand");
            export(world, &caller, seconds + 40, club);
        }
    }
    let (thief, federation) = (world.person(), world.person());
    let (others, own): (Vec<usize>, Vec<usize>) =
        ((0..110).map(|n| n * 37 % 120).collect(), (0..90).map(|n| n * 7 % 120).collect());
    let turns = [
        (&thief, 6 * DAY + 50_000, &others),
        (&federation, 2 * DAY + 40_000, &own),
        (&federation, 9 * DAY + 40_000, &own),
    ];
    for (caller, mut seconds, clubs) in turns {
        world.page(seconds, caller, "/vorstand");
        for club in clubs {
            seconds += world.between(8, 60);
            export(world, caller, seconds, *club);
        }
    }
    parts(&[thief], &[federation])
}

fn parts(thieves: &[Caller], twins: &[Caller]) -> Parts {
    let names = |callers: &[Caller]| callers.iter().map(|caller| caller.client.clone()).collect();
    Parts { thieves: names(thieves), twins: names(twins) }
}

#[test]
fn thefts_and_their_twins_are_told_apart_where_one_signal_tells_them() {
    #[cfg(feature = "ablation")]
    let _alone = crate::ablated::alone();
    for case in &CASES {
        for seed in 1..=3 {
            let wrong = wrong(case, seed);
            assert!(wrong.is_empty(), "{}, {}, seed {seed}: {wrong:?}", case.signal, case.about);
        }
    }
}

/// Without its signal each case is told wrongly: what these tests try is that signal.
#[cfg(feature = "ablation")]
#[test]
fn without_its_signal_each_of_these_cases_is_told_wrongly() {
    let _alone = crate::ablated::alone();
    for case in &CASES {
        for seed in 1..=3 {
            detect::ablation::take_out(Some(case.signal));
            let wrong = wrong(case, seed);
            detect::ablation::take_out(None);
            assert!(!wrong.is_empty(), "`{}` decides nothing: {}, seed {seed}", case.signal, case.about);
        }
    }
}

/// The signals on which each case rests.
#[cfg(feature = "ablation")]
#[test]
fn what_each_case_rests_on_is_tabled() {
    use std::io::Write;

    let _alone = crate::ablated::alone();
    let print = |row: String| writeln!(std::io::stdout(), "{row}").expect("standard output can be written");
    print("| case | told wrongly without |\n| --- | --- |".to_owned());
    for case in &CASES {
        let weighed = detect::SIGNALS.iter().filter(|signal| signal.role() != detect::Role::Objective);
        let decides = |name: &str| {
            detect::ablation::take_out(Some(name));
            let is_wrong = !wrong(case, 1).is_empty();
            detect::ablation::take_out(None);
            is_wrong
        };
        let names: Vec<String> =
            weighed.map(|signal| signal.name()).filter(|name| decides(name)).map(|name| format!("`{name}`")).collect();
        assert!(names.contains(&format!("`{}`", case.signal)), "{}: {names:?}", case.about);
        print(format!("| {} | {} |", case.about, names.join(", ")));
    }
}
