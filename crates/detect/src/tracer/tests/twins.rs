//! What tells a theft from the innocent that looks most like it: each beside the other.

use super::*;

/// The orders of sixty users, four each.
fn order(number: u64) -> String {
    format!("/api/orders/{}", number % 240 * 7_919 % 99_991 + 100_000)
}

/// What users load around their orders.
fn pages(client: &str) -> impl Iterator<Item = Line> {
    ["/", "/search", "/cart", "/help"].map(|page| line(client, page, 200, 20_000)).into_iter()
}

/// Twelve days of a service whose users come back to their own orders, and what else comes on each.
fn regulars(mut more: impl FnMut(u64) -> Vec<Line>) -> Vec<Line> {
    let mut lines = Vec::new();
    for day in 0..12 {
        let before = lines.len();
        for user in 0..60 {
            let client = format!("u{user}");
            lines.extend(pages(&client));
            lines.extend((0..2).map(|turn| line(&client, order(user * 4 + (day * 2 + turn) % 4), 200, 1_800)));
        }
        lines.extend(more(day));
        // A line a minute: what is left of the day are pages.
        for _ in lines.len() - before..1_440 {
            lines.push(line(format!("u{}", lines.len() % 60), "/news", 200, 9_000));
        }
    }
    lines
}

/// So many orders of others a day, each once.
fn taken(client: &str, day: u64, count: u64) -> impl Iterator<Item = Line> {
    (0..count).map(move |n| line(client, order((day * count + n) * 7), 200, 1_800))
}

#[test]
fn who_looks_around_and_guesses_is_loud_and_who_helps_is_shown() {
    let of = |begin: u64, guesses: u64| {
        let missed =
            |day| (0..guesses).map(move |n| line("x", format!("/api/orders/{}", 300_000 + day * 50 + n), 404, 80));
        let lines = regulars(|day| match begin <= day {
            true => pages("x").chain(taken("x", day, 20)).chain(missed(day)).collect(),
            false => Vec::new(),
        });
        (told(&lines), loud(&lines).len())
    };
    assert_eq!(of(4, 0), (1, 0), "who began to help some days ago");
    assert_eq!(of(4, 12), (1, 1), "who is given what it asks for does not guess");
    assert_eq!(of(0, 0), (0, 0), "who helped from the first day on");
}

#[test]
fn a_user_that_turns_is_no_partner_whatever_it_calls_itself() {
    const NAME: &str = "ShopRider/4.2 (Pixel 8)";
    let of = |around: &'static str| {
        let one = move |client: &str, day: u64| -> Vec<Line> {
            let own = (0..2).map(|n| line(client, format!("/api/orders/{}", 500_000 + n), 200, 1_800));
            let others = if client == "r0" && 6 <= day { 20 } else { 0 };
            let around = pages(client).filter(|_| around == "pages");
            let all = around.chain(own).chain(taken(client, day, others));
            all.map(|line| Line { agent: NAME, ..line }).collect()
        };
        loud(&regulars(|day| ["r0", "r1", "r2"].iter().flat_map(|client| one(client, day)).collect())).len()
    };
    assert_eq!(of("pages"), 1);
    assert_eq!(of("nothing"), 0, "a partner whose mandate grew, and who never asks for anything else");
}

/// Users of six versions of an application, four orders each; forty addresses of one version that fetch so many orders
/// and nothing else, after some days or from the beginning on.
fn unseen(each: u64, is_from_begin: bool) -> Vec<Line> {
    const VERSIONS: [&str; 6] = ["Shop/1.1", "Shop/1.2", "Shop/1.3", "Shop/1.4", "Shop/1.5", "Shop/1.6"];
    let of_user = |line: &Line| VERSIONS[line.client[1..].parse::<usize>().expect("a number") % 6];
    let users: Vec<Line> = users().into_iter().map(|line| Line { agent: of_user(&line), ..line }).collect();
    let one =
        |n: u64| line(format!("p{}", n % 40), format!("/api/orders/{}", 100_001 + n * 7_919 % 40_000), 200, 1_900);
    let phones: Vec<Line> = (0..each * 40).map(|n| Line { agent: VERSIONS[0], ..one(n) }).collect();
    let (first, last) = if is_from_begin { (phones, users) } else { (users, phones) };
    first.into_iter().chain(last).collect()
}

#[test]
fn an_application_fetches_its_users_own_unseen_and_no_more() {
    let of = |each, is_from_begin| {
        let lines = unseen(each, is_from_begin);
        (told(&lines), loud(&lines).len())
    };
    assert_eq!(of(4, false), (1, 0), "as many as a user has");
    assert_eq!(of(16, false), (1, 1));
    assert_eq!(of(16, true), (1, 0), "from the beginning on: that is how it works");
}

#[test]
fn what_one_other_each_was_given_is_somebodys_whatever_its_route_is_called() {
    let rename = |line: Line| Line { target: line.target.replace("/orders/", "/exports/"), ..line };
    let order = |user: u64| (user * 7_919) % 40_000 + 100_000;
    let taken = || {
        let one = move |n: u64| line("x", format!("/api/exports/{}", order(n * 5)), 200, 1_900);
        (0..60).map(move |n| Line { agent: "curl/8.5.0", ..one(n) })
    };
    let users = || users().into_iter().map(rename);
    let after: Vec<Line> = users().chain(taken()).collect();
    assert_eq!(loud(&after).len(), 1);
    let before: Vec<Line> = taken().chain(users()).collect();
    assert_eq!(
        (told(&before), loud(&before).len()),
        (1, 0),
        "there from the beginning on, as what serves the users is"
    );
}

/// Users whose labels show pictures of the shop, and one whose label shows some of a host of its own, of these sizes.
fn labelled(host: &str, sizes: &[u64]) -> Vec<Line> {
    let label = |host: &str| format!("/api/labels/render?src=https%3A%2F%2F{host}%2F1.png");
    let users = users().into_iter().map(|line| match line.target == "/api/labels/render" {
        true => Line { target: label("cdn.shop.example"), ..line },
        false => line,
    });
    users.chain(sizes.iter().map(|bytes| line("x", label(host), 200, *bytes))).collect()
}

#[test]
fn a_list_and_then_a_document_by_a_host_of_ones_own_are_keys() {
    let of = |host, sizes: &[u64]| loud(&labelled(host, sizes));
    assert_eq!(of("i.own.example", &[40_300, 15, 15, 1_322, 1_322]), [(1, [2, 2, 0, 0])]);
    assert_eq!(of("i.own.example", &[40_300, 15, 15, 15, 15]), [], "pictures that are gone");
    assert_eq!(of("i.own.example", &[40_300, 1_322, 1_322]), [], "small pictures");
    assert_eq!(of("i.own.example", &[1_322, 1_322, 15, 15]), [], "small ones that were deleted then");
    assert_eq!(of("cdn.shop.example", &[40_300, 15, 15, 1_322, 1_322]), [], "where all pictures are");
    let beside = |sizes: &[u64]| {
        let small = [1_300, 1_318]
            .map(|bytes| line("y", "/api/labels/render?src=https%3A%2F%2Fi.drawn.example%2F7.png", 200, bytes));
        loud(&[labelled("i.own.example", sizes), small.to_vec()].concat())
    };
    assert_eq!(
        beside(&[40_300, 15, 15, 1_322, 1_322]),
        [(1, [2, 2, 0, 0])],
        "whoever else has small pictures by chance"
    );
    assert_eq!(beside(&[40_300, 1_322, 1_322]), [], "who both have small pictures");
}

/// Users whose labels show pictures of hosts of their own each, and one whose label shows some of his, of these sizes, forty
/// minutes apart.
fn labelled_by_each(sizes: &[u64]) -> Vec<Line> {
    let label = |host: &str| format!("/api/labels/render?src=https%3A%2F%2F{host}.example%2F1.png");
    let users = users().into_iter().map(|line| match line.target == "/api/labels/render" {
        true => Line { target: label(&line.client), ..line },
        false => line,
    });
    let then_others = |bytes: &u64| {
        let others = (0..40).map(|n| line(format!("u{n}"), "/news", 200, 9_000));
        std::iter::once(line("x", label("own"), 200, *bytes)).chain(others).collect::<Vec<Line>>()
    };
    users.chain(sizes.iter().flat_map(then_others)).collect()
}

#[test]
fn a_list_and_then_keys_that_run_out_are_told_where_any_host_is_usual() {
    let of = |sizes: &[u64]| loud(&labelled_by_each(sizes));
    assert_eq!(of(&[15, 1_322, 1_326, 1_322]), [(1, [1, 3, 0, 0])]);
    assert_eq!(of(&[1_322, 1_326, 1_322]), [], "small pictures, drawn anew once");
    assert_eq!(of(&[15, 1_322, 1_322, 1_322]), [], "a picture that was not there at first");
    assert_eq!(of(&[40_300, 1_322, 1_326, 1_322]), [], "a picture that was made small");
}

#[test]
fn what_nobody_else_is_given_excuses_nothing() {
    let of = |beside: [u64; 2]| {
        let tries = (0..4).map(|_| line("x", "/api/labels/render", 422, 120));
        let answers = [beside[0], 1_318, 1_334, 1_326, beside[1]];
        loud(&with(tries.chain(answers.map(|bytes| line("x", "/api/labels/render", 200, bytes)))))
    };
    assert_eq!(of([9_560, 18_000]), [(1, [4, 5, 0, 0])], "more files of the same machine");
    assert_eq!(of([40_300, 43_000]), [], "labels as others have them");
}

/// Users, and three of a staff who look at the first page of their list of customers now and then; then, or from the beginning
/// on, so many pages of it by one client, and what it asks for beside them.
fn emptied(agent: &'static str, beside: &[&str], is_from_begin: bool) -> Vec<Line> {
    let list = |page: u64| format!("/staff/customers?page={page}");
    let staff = |n: usize| {
        let client = format!("staff{}", n % 3);
        ["/", "/staff/home", "/staff/tasks", "/staff/news"]
            .map(|page| line(&client, page, 200, 9_000))
            .into_iter()
            .chain([line(&client, list(1), 200, 24_000)])
    };
    let users = users().into_iter().enumerate();
    let users = users.flat_map(|(n, one)| (n % 17 == 0).then(|| staff(n)).into_iter().flatten().chain([one]));
    let pages = (1..=120).map(|page| line("x", list(page), 200, 24_000));
    let beside = beside.iter().map(|page| line("x", page, 200, 9_000));
    let pages = beside.chain(pages).map(|line| Line { agent, ..line });
    if is_from_begin { pages.chain(users).collect() } else { users.chain(pages).collect() }
}

#[test]
fn who_empties_a_list_of_a_few_is_told_and_who_works_there_is_not() {
    let of = |agent, beside: &[&str], is_from_begin| loud(&emptied(agent, beside, is_from_begin)).len();
    assert_eq!(of(APP, &[], false), 1);
    assert_eq!(of("", &[], false), 1, "whatever it calls itself");
    assert_eq!(of(APP, &["/", "/staff/home", "/staff/tasks", "/staff/news", "/help", "/cart"], false), 0, "an export");
    assert_eq!(of(APP, &[], true), 0, "there in the log's first days");
    assert_eq!(of("acme-sync/1.4 (ops@acme.example)", &[], false), 0, "a program that says whose it is");
    let readings: Vec<Line> = emptied(APP, &[], false)
        .into_iter()
        .map(|line| Line { target: line.target.replace("customers", "readings"), ..line })
        .collect();
    assert_eq!(told(&readings), 0, "nobody's in particular");
}

#[test]
fn what_a_program_settles_each_week_at_its_hour_is_a_job() {
    let of = |days: [u64; 2], agent: &'static str| {
        let lines = regulars(|day| {
            let batch = days.iter().position(|one| *one == day);
            let all = batch.into_iter().flat_map(|batch| taken("x", batch as u64, 60));
            all.map(|line| Line { agent, ..line }).collect()
        });
        (told(&lines), loud(&lines).len())
    };
    assert_eq!(of([2, 9], "Java/17.0.9"), (1, 0), "as a house settles its accounts");
    assert_eq!(of([2, 5], "Java/17.0.9"), (1, 1), "some nights");
    assert_eq!(of([2, 9], APP), (1, 1), "by the name of users");
}

#[test]
fn what_others_own_is_told_wherever_its_name_stands() {
    let of = |named: fn(&str) -> String, days: &[u64]| {
        let lines = regulars(|day| match days.contains(&day) {
            true => taken("x", day, 60).collect(),
            false => Vec::new(),
        });
        let renamed = lines.into_iter().map(|line| match line.target.strip_prefix("/api/orders/") {
            Some(number) => Line { target: named(number), ..line },
            None => line,
        });
        loud(&renamed.collect::<Vec<Line>>()).len()
    };
    let names: [fn(&str) -> String; 3] = [
        |number| format!("/cases/2026/{number}/papers/1"),
        |number| format!("/bookings/BK-{}K{}/ticket", &number[..2], &number[2..]),
        |number| format!("/graphql?operationName=Order&variables=%7B%22id%22%3A%22o{number}%22%7D"),
    ];
    for named in names {
        assert_eq!((of(named, &[2, 5]), of(named, &[])), (1, 0), "{}", named("123456"));
    }
}

/// A hundred and fifty orders in a row that are known to be there, and so many guesses, on a day, by who asks for a page too and names
/// a referer.
fn printed(page: &'static str, referer: Option<&'static str>, begin: u64, guesses: u64) -> Vec<Line> {
    regulars(|day| {
        let around = ["/", "/help", page].map(|page| line("x", page, 200, 9_000)).into_iter();
        let order = |n| Line { referer, ..line("x", format!("/api/orders/{}", 700_000 + n), 200, 1_800) };
        let orders = (0..150).map(order);
        let missed = (0..guesses).map(|n| line("x", format!("/api/orders/{}", 800_000 + n), 404, 80));
        if day == begin { around.chain(orders).chain(missed).collect() } else { Vec::new() }
    })
}

#[test]
fn an_office_that_prints_all_is_there_from_the_first_day_and_has_pages_of_its_own() {
    let of = |page, referer, begin, guesses| {
        let lines = printed(page, Some(referer), begin, guesses);
        (told(&lines), loud(&lines).len())
    };
    let (own, its) = ("/staff/invoices", "https://shop.example/staff/invoices");
    assert_eq!(of(own, its, 0, 0), (1, 0));
    assert_eq!(of(own, its, 0, 20), (1, 1), "an office does not guess");
    assert_eq!(of(own, its, 5, 0), (1, 1), "who came later");
    assert_eq!(of("/search", "https://shop.example/search", 0, 0), (1, 1), "from the pages of users");
    assert_eq!(of("/some/where", "https://shop.example/search", 0, 0), (1, 1), "something odd besides is no excuse");
    assert_eq!(loud(&printed(own, None, 0, 0)).len(), 1, "from no page at all");
    let host_alone = "https://staff.shop.example/";
    assert_eq!(of(own, host_alone, 0, 0), (1, 0), "a page on another host, of which browsers name that alone");
    assert_eq!(of("/search", host_alone, 0, 0), (1, 1), "by who asks for no page of its own");
}

#[test]
fn an_office_with_the_browser_of_a_thief_is_no_part_of_what_that_did() {
    let office = printed("/staff/invoices", Some("https://shop.example/staff/invoices"), 0, 0);
    let status = |n: u64| if n.is_multiple_of(6) { 404 } else { 200 };
    let row = (0..150).map(|n| line("y", format!("/api/orders/{}", 600_000 + n), status(n), 1_800));
    let lines: Vec<Line> = office.into_iter().chain(row).collect();
    assert_eq!((told(&lines), loud(&lines)), (2, vec![(1, [0, 0, 0, 150])]));
}

/// Thirty orders of others on each day from the sixth on, so many pages with each, over so many minutes.
fn looked_into(page: &'static str, pages: u64, every: u64) -> Vec<Line> {
    regulars(|day| {
        let case = |n: u64| {
            let around = (0..pages).map(move |turn| line("x", format!("{page}?case={day}{n}{turn}"), 200, 7_000));
            let order = line("x", order((day * 30 + n) * 7), 200, 1_800);
            let rest = (1..every).map(move |n| line(format!("u{}", n % 60), "/news", 200, 9_000));
            around.chain([order]).chain(rest)
        };
        (0..30).filter(|_| 6 <= day).flat_map(case).collect()
    })
}

#[test]
fn an_office_opens_a_page_of_its_own_with_each_record_and_goes_home() {
    let of = |page, pages, every| {
        let lines = looked_into(page, pages, every);
        (told(&lines), loud(&lines).len())
    };
    assert_eq!(of("/staff/invoices", 1, 4), (1, 0));
    assert_eq!(of("/staff/invoices", 0, 4), (1, 1), "no page");
    assert_eq!(of("/search", 1, 4), (1, 1), "the page of users");
    assert_eq!(of("/staff/invoices", 1, 36), (1, 1), "day and night");
}

/// Thirty phones of couriers on each day, each another address than on the day before, with so many orders of anybody.
fn couriers(agent: &'static str, first: u64) -> Vec<Line> {
    regulars(|day| {
        let phones = (0..3).filter(|_| first <= day).flat_map(|n| taken_by(format!("c{day}-{n}"), (day * 3 + n) * 31));
        phones.map(|line| Line { agent, ..line }).collect()
    })
}

fn taken_by(client: String, from: u64) -> impl Iterator<Item = Line> {
    (0..24).map(move |n| line(client.clone(), order((from + n) * 7), 200, 1_800))
}

#[test]
fn an_agent_that_no_user_has_is_borrowed_from_nobody() {
    let of = |agent, first| {
        let lines = couriers(agent, first);
        (told(&lines), loud(&lines).len())
    };
    assert_eq!(of("Courier/4.2 (Android 14)", 0).1, 0, "an application for those who are given anybody's");
    assert!(1 <= of(APP, 0).1, "the agent of users");
}

#[test]
fn who_followed_a_link_to_its_own_is_not_among_those_who_fetch_others_unseen() {
    let phones = (0..30).map(|n| {
        let own = format!("/api/orders/{}", (n * 7_919) % 40_000 + 100_000);
        Line { agent: "Shop/1.1", ..line(format!("q{n}"), own, 200, 1_900) }
    });
    let lines: Vec<Line> = unseen(16, false).into_iter().chain(phones).collect();
    let clients: Vec<u64> = loud(&lines).iter().map(|(clients, _)| *clients).collect();
    assert_eq!(clients, [40]);
}

/// A service whose users ask for the settings in two ways, and who asks for more of them, or is the first of a new release.
fn asked_for_settings(more: impl Iterator<Item = Line>) -> Vec<(u64, [u64; 4])> {
    let usual = (0..300_u64).map(|user| {
        let fields = if user % 4 == 0 { "name,logo,hours" } else { "name,logo" };
        line(format!("u{user}"), format!("/api/shop/settings?felder={fields}"), 200, 610 + user % 9)
    });
    loud(&with(usual.chain(more)))
}

#[test]
fn a_question_that_nobody_else_asks_is_told_where_it_was_guessed_and_gave_what_nobody_gets() {
    let asked = |client: &str, fields: &str, status: u16, bytes: u64| {
        line(client, format!("/api/shop/settings?felder={fields}"), status, bytes)
    };
    let one_more = |client: &str| asked(client, "name,logo,zahlung", 200, 1_011);
    let guess = asked("x", "name,logo,kasse", 400, 77);
    assert_eq!(asked_for_settings([guess.clone(), one_more("x")].into_iter()), [(1, [1, 1, 0, 0])]);
    // What is answered in an ordinary size is of the same story, if nobody else asks so.
    let small = [guess.clone(), one_more("x"), asked("x", "kasse", 200, 612), asked("x", "name,logo", 200, 612)];
    assert_eq!(asked_for_settings(small.into_iter()), [(1, [1, 2, 0, 0])]);
    // Its own ordinary requests are those of any user, which it pretends to be.
    let before = (0..6).map(|_| asked("x", "name,logo", 200, 612));
    assert_eq!(asked_for_settings(before.chain([guess.clone(), one_more("x")])).len(), 1);
    assert_eq!(asked_for_settings([one_more("x")].into_iter()), [], "nothing was refused before");
    let released = (0..5).map(|user| one_more(&format!("u{user}")));
    assert_eq!(asked_for_settings([guess.clone(), one_more("x")].into_iter().chain(released)), [], "others ask so too");
    assert_eq!(
        asked_for_settings([guess.clone(), asked("x", "name,logo,kasse2", 200, 612)].into_iter()),
        [],
        "as ever"
    );
    let refused_as_ever = [asked("x", "name,logo", 503, 90), one_more("x")];
    assert_eq!(asked_for_settings(refused_as_ever.into_iter()), [], "what all ask for failed");
}

#[test]
fn a_business_that_comes_back_for_its_own_bills_is_shown_and_who_comes_back_for_others_is_loud() {
    let own = || (0..150).map(|n| line("b", format!("/api/orders/{}", 200_000 + n * 3), 200, 1_800 + n));
    let of_others =
        || (0..150).map(|user| line("b", format!("/api/orders/{}", user * 7_919 % 40_000 + 100_000), 200, 1_800));
    let twice = |one: Vec<Line>| [one.clone(), users(), one].concat();
    assert_eq!(loud(&twice(own().collect())), []);
    assert_eq!(told(&twice(own().collect())), 1);
    assert_eq!(loud(&with(own())).len(), 1, "once");
    assert_eq!(loud(&twice(of_others().collect())).len(), 1);
}

#[test]
fn who_tries_records_through_is_loud_among_its_own_pages_and_old_links_are_not() {
    // A user with hundreds of pages besides, so that none would call it narrow, whose guesses lie anywhere.
    let of = |guesses: u64, agent: &'static str| {
        let guess = |n: u64| {
            let status = if n.is_multiple_of(7) { 200 } else { 403 };
            line(
                "x",
                format!("/api/orders/{}", 100_000 + n * 104_729 % 40_000),
                status,
                if status == 200 { 1_900 } else { 61 },
            )
        };
        let pages = (0..guesses).flat_map(|_| pages("x").take(2));
        loud(&with(pages.chain((0..guesses).map(guess)).map(move |line| Line { agent, ..line }))).len()
    };
    assert_eq!(of(300, APP), 1);
    assert_eq!(of(40, APP), 0, "old links");
    assert_eq!(of(300, "GreatBot/1.0"), 0, "a crawler that names itself follows the links of years");
}

#[test]
fn who_used_a_form_for_days_and_then_fails_into_odd_answers_is_loud() {
    let of = |failures: u64, days: usize| {
        let own = (0..6).map(|n| line("x", "/api/labels/render", 200, 40_000 + n * 310));
        let between = (0..days * 1_440).map(|n| line(format!("u{}", n % 300), "/news", 200, 9_000));
        let tries = (0..failures).map(|_| line("x", "/api/labels/render", 422, 88));
        let answers = [1_711, 1_715, 1_711].map(|bytes| line("x", "/api/labels/render", 200, bytes));
        loud(&with(own.chain(between).chain(tries).chain(answers))).len()
    };
    assert_eq!(of(6, 3), 1);
    assert_eq!(of(6, 0), 0, "a user at work, who is given what it was given an hour ago");
    assert_eq!(of(2, 3), 0, "two mistakes are anybody's");
}

#[test]
fn who_asks_every_hour_by_an_interface_of_its_own_is_a_partner_and_who_comes_late_is_not() {
    let of = |own: &'static str, from: usize| {
        let mut lines = regulars(|_| Vec::new());
        let places = (0..lines.len()).filter(|place| place % 20 == 19 && from <= place / 1_440);
        for (taken, place) in places.enumerate() {
            let target = if place % 60 == 59 {
                own.to_owned()
            } else {
                format!("/api/orders/{}", 100_000 + taken * 7_919 % 99_991)
            };
            lines[place] = Line { agent: "", ..line("p", target, 200, 1_800) };
        }
        (told(&lines), loud(&lines).len())
    };
    assert_eq!(of("/partner/changes", 0), (1, 0));
    assert_eq!(of("/partner/changes", 3), (1, 1), "it came on the fourth day");
    assert_eq!(of("/news", 0), (1, 1), "it has no interface of its own");
}

/// Agents of users, six each.
const AGENTS: [&str; 10] = [
    "Mozilla/5.0 (A)",
    "Mozilla/5.0 (B)",
    "Mozilla/5.0 (C)",
    "Mozilla/5.0 (D)",
    "Mozilla/5.0 (E)",
    "Mozilla/5.0 (F)",
    "Mozilla/5.0 (G)",
    "Mozilla/5.0 (H)",
    "Mozilla/5.0 (I)",
    "Mozilla/5.0 (J)",
];

/// What so many clients ask for on some days, half on each in turn, beside the regulars: what each asks for by its number. All have
/// the agents of users.
fn by_many(clients: u64, days: [u64; 2], each: impl Fn(u64) -> Vec<(String, u16)>) -> Vec<Line> {
    let lines = regulars(|day| {
        let ask = |n: u64| {
            let mut all = each(n);
            let rest = all.split_off(all.len() / 2);
            let half = if day == days[0] { all } else { rest };
            half.into_iter().map(move |(target, status)| line(format!("m{n}"), target, status, 1_800))
        };
        (0..clients).filter(|_| days.contains(&day)).flat_map(ask).collect()
    });
    let with_agent = |line: Line| {
        let number: usize = line.client[1..].parse().expect("a client has a number");
        Line { agent: AGENTS[number % AGENTS.len()], ..line }
    };
    lines.into_iter().map(with_agent).collect()
}

#[test]
fn who_stands_out_is_told_with_the_many_that_it_belongs_to() {
    let each = |n: u64| {
        let count = if n < 6 { 26 } else { 6 };
        (0..count).map(|turn| (order((n * 31 + turn) * 7), 200)).collect()
    };
    let of = |days| loud(&by_many(36, days, each)).iter().map(|(clients, _)| *clients).collect::<Vec<_>>();
    assert_eq!(of([5, 7]), [36]);
    assert_eq!(
        of([0, 7]),
        [6],
        "what all of them do from the first day on is a practice, and these are no less for that"
    );
}

#[test]
fn many_that_guess_take_what_is_others_though_nobody_opened_it_and_whenever_they_began() {
    let of = |clients: u64, missed: u64, days: [u64; 2]| {
        let each = |n: u64| {
            let number = |turn: u64| format!("/api/orders/{}", 300_000 + (n * 14 + turn) * 7_919 % 99_991);
            let status = |turn: u64| if turn % 14 < missed { 404 } else { 200 };
            (0..14).map(|turn| (number(turn), status(turn))).collect()
        };
        let lines = by_many(clients, days, each);
        (told(&lines), loud(&lines).iter().map(|(clients, _)| *clients).collect::<Vec<_>>())
    };
    let (early, late) = ([0, 7], [5, 7]);
    assert_eq!((of(39, 6, late), of(39, 6, early)), ((1, vec![39]), (1, vec![39])));
    assert_eq!(of(39, 0, late), (1, vec![]), "whose records these are is not known: it is shown");
    assert_eq!(of(39, 0, early), (0, vec![]), "and is no news where it was so from the first day on");
    assert_eq!(of(12, 6, late).1, [], "a dozen is no crowd");
}
