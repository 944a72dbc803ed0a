//! Drawn names and the words that are like them, learnt or not.

use super::*;
use crate::hash::drawn;
use crate::route::{Route, route, shown, spelt};

/// The key after openings in which these paths were asked for, each so often.
fn learnt<'a>(paths: impl IntoIterator<Item = (&'a str, u32)>) -> Key {
    let mut openings = Openings::default();
    for (path, count) in paths {
        let record = Record { target: Some(path.as_bytes()), status: Some(200), ..Record::default() };
        (0..count).for_each(|_| openings.observe(&record));
    }
    openings.key(Key::of(&[7; 32]))
}

/// Names of that length, drawn from some letters.
fn names(letters: &str, length: usize, count: u64) -> Vec<String> {
    let letters: Vec<char> = letters.chars().collect();
    let mut state = 0x1234_5678_9ABC_DEF0_u64 ^ length as u64;
    let mut letter = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        letters[(state >> 33) as usize % letters.len()]
    };
    (0..count).map(|_| (0..length).map(|_| letter()).collect()).collect()
}

const SMALL: &str = "0123456789abcdefghijklmnopqrstuvwxyz";
const LARGE: &str = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const BOTH: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const SIXTY_FOUR: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_";

/// The routes of some paths.
fn routes(paths: &[String]) -> Vec<Route> {
    paths.iter().map(|path| route(path.as_bytes())).collect()
}

#[test]
fn names_that_are_drawn_are_one_route_and_an_object_each_whatever_they_are_drawn_from() {
    for (letters, length) in [
        (SMALL, 6),
        (SMALL, 8),
        (LARGE, 6),
        (LARGE, 10),
        (BOTH, 5),
        (BOTH, 6),
        (BOTH, 11),
        (SIXTY_FOUR, 8),
        (SIXTY_FOUR, 11),
    ] {
        let paths: Vec<String> =
            names(letters, length, 400).iter().map(|name| format!("/api/orders/{name}/items")).collect();
        let key = learnt(
            paths[..40]
                .iter()
                .map(|path| (path.as_str(), 1))
                .chain([("/api/orders/search", 90), ("/api/orders/recent", 40)]),
        );
        let _scope = key.enter();
        let found = routes(&paths);
        let usual = found[0].key;
        let alike = found.iter().filter(|route| route.key == usual && route.object.is_some()).count();
        assert!(385 <= alike, "{alike} of {length} letters");
        let mut objects: Vec<_> = found.iter().filter(|route| route.key == usual).map(|route| route.object).collect();
        objects.sort_unstable();
        objects.dedup();
        assert_eq!(objects.len(), alike, "each is another");
        assert_eq!(spelt(paths[0].as_bytes()), b"/api/orders/*/items");
        assert_eq!(shown(paths[0].as_bytes()), b"/api/orders/*/items");
        let words = routes(&["/api/orders/search".to_owned(), "/api/orders/recent".to_owned()]);
        assert!(words.iter().all(|route| route.object.is_none()) && words[0].key != words[1].key);
    }
}

#[test]
fn names_below_names_are_found() {
    let (shops, orders) = (names(BOTH, 6, 30), names(BOTH, 8, 30));
    let paths: Vec<String> = shops.iter().zip(&orders).map(|(shop, order)| format!("/{shop}/orders/{order}")).collect();
    let _scope = learnt(paths.iter().map(|path| (path.as_str(), 1))).enter();
    assert_eq!(spelt(paths[3].as_bytes()), b"/*/orders/*");
}

#[test]
fn names_below_a_parent_that_comes_later_are_known_by_their_length() {
    let codes = names("BCDFGHJKMNPQRSTVWXYZ23456789", 8, 200);
    let before: Vec<String> = codes[..60].iter().map(|code| format!("/booking/{code}")).collect();
    let _scope = learnt(before.iter().map(|path| (path.as_str(), 1))).enter();
    let after: Vec<String> = codes.iter().map(|code| format!("/appointments/{code}")).collect();
    let found = routes(&after);
    let usual = found.iter().find(|route| route.object.is_some()).expect("most are names").key;
    // Of letters that are nearly all consonants few are built as words are.
    assert!(190 <= found.iter().filter(|route| route.key == usual && route.object.is_some()).count());
    for word in ["/appointments/calendar", "/appointments/SUMMER24", "/appointments/listOpen"] {
        assert_ne!(route(word.as_bytes()).key, usual, "{word}");
    }
}

#[test]
fn words_stay_words() {
    let cities = [
        "berlin", "london", "moscow", "madrid", "lisbon", "vienna", "warsaw", "athens", "dublin", "prague", "zagreb",
        "ankara", "geneva", "munich", "naples", "krakow", "bergen", "malaga",
    ];
    let flights: Vec<String> = (100..140).map(|number| format!("LH{number}x").replace('x', "0")).collect();
    let currencies = [
        "EURUSD", "GBPUSD", "USDJPY", "USDCHF", "AUDUSD", "NZDUSD", "USDCAD", "EURGBP", "EURJPY", "GBPJPY", "EURCHF",
        "CADJPY", "AUDNZD",
    ];
    let calls = [
        "getUser", "setName", "getCart", "addItem", "delItem", "getList", "setCity", "getShop", "newUser", "getTerm",
        "putCard", "getBank", "getMail",
    ];
    let slugs = [
        "blue-shirt",
        "dark-pants",
        "cool-socks",
        "warm-boots",
        "grey-scarf",
        "tall-chair",
        "long-table",
        "soft-couch",
        "full-shelf",
        "slim-stand",
        "rice-ovens",
        "gold-rings",
        "tiny-spoon",
    ];
    let users: Vec<String> = (10..60).map(|number| format!("smith{number}")).collect();
    let flights: Vec<&str> = flights.iter().map(String::as_str).collect();
    let users: Vec<&str> = users.iter().map(String::as_str).collect();
    for words in [&cities[..], &flights, &currencies, &calls, &slugs, &users] {
        let paths: Vec<String> = words.iter().map(|word| format!("/a/{word}")).collect();
        let _scope = learnt(paths.iter().map(|path| (path.as_str(), 3))).enter();
        assert_eq!(drawn(), &Drawn::NOWHERE, "{}", words[0]);
    }
}

#[test]
fn few_names_and_names_that_got_no_answer_show_nothing() {
    let paths: Vec<String> = names(BOTH, 6, 40).iter().map(|name| format!("/o/{name}")).collect();
    {
        let _scope = learnt(paths[..NAMES_MIN - 1].iter().map(|path| (path.as_str(), 9))).enter();
        assert_eq!(drawn(), &Drawn::NOWHERE);
    }
    let mut openings = Openings::default();
    for path in &paths {
        openings.observe(&Record { target: Some(path.as_bytes()), status: Some(404), ..Record::default() });
    }
    let _scope = openings.key(Key::default()).enter();
    assert_eq!(drawn(), &Drawn::NOWHERE);
}

#[test]
fn where_names_are_among_many_words_nothing_is_known() {
    let mut paths: Vec<String> = names(BOTH, 6, 20).iter().map(|name| format!("/w/{name}")).collect();
    paths.extend((0..40).map(|number| format!("/w/a-longer-title-of-a-page-{number}")));
    let _scope = learnt(paths.iter().map(|path| (path.as_str(), 1))).enter();
    assert_eq!(drawn(), &Drawn::NOWHERE);
}

#[test]
fn it_is_bounded_and_depends_on_no_order() {
    let of = |seed: usize| names(SMALL, 6, 14).into_iter().map(move |name| format!("/{}/{name}", "x".repeat(seed + 1)));
    let paths: Vec<String> = (0..PLACES_MAX + 30).flat_map(of).collect();
    let forth = learnt(paths.iter().map(|path| (path.as_str(), 1)));
    let back = learnt(paths.iter().rev().map(|path| (path.as_str(), 1)));
    let forth = {
        let _scope = forth.enter();
        drawn()
    };
    let back = {
        let _scope = back.enter();
        drawn()
    };
    assert_eq!(forth, back);
    assert_eq!(forth.places.len(), PLACES_MAX);
    assert!(forth.words.len() <= WORDS_MAX);
}
